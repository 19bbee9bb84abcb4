/* src/json_token.c - the words of a JSON text: strings, numbers, literals. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json_fault.h"
#include "json_token.h"
#include "utf8.h"

/* 2^53, beyond which not every integer is a double. */
#define INTEGER_MAX "9007199254740992"
#define INTEGER_DIGITS (sizeof(INTEGER_MAX) - 1)

/* Room for a number's digits and its exponent; longer ones use the heap. */
#define NUMBER_BUFFER 128
#define EXPONENT_SIZE 24

/* An exponent beyond which nothing changes: the text that would make up for
 * it with digits cannot be that long. */
#define EXPONENT_MAX (INT64_MAX / 100)

/* A number's parts, as places in the text. */
struct number {
	const char *start;    /* its sign or first digit */
	const char *whole;    /* first digit */
	size_t whole_length;  /* at least 1 */
	const char *fraction; /* first digit after the point */
	size_t fraction_length;
	int64_t exponent;     /* saturated at EXPONENT_MAX */
	bool has_exponent;
	bool is_negative;
	const char *end;
};

/* --- strings --- */

static int
fail_escape(struct json_scan *scan)
{
	return json_fault(scan, "bad-escape",
	    "after a backslash comes one of \" \\ / b f n r t, or u and four "
	    "hexadecimal digits", "unknown escape in a string");
}

/* The second half of a surrogate pair may follow and is taken along. */
static int
scan_surrogate(struct json_scan *scan, int code)
{
	const char *next = scan->text + scan->at + 6;
	size_t left = scan->size - scan->at - 6;
	int low = -1;

	if (code <= 0xdbff && left >= 6 && next[0] == '\\' && next[1] == 'u')
		low = json_fault_hex4(next + 2, left - 2);
	if (low >= 0xdc00 && low <= 0xdfff)
		scan->at += 6;
	else
		json_fault_refuse(scan, scan->at, "lone-surrogate",
		    "write the character itself, or both halves of its pair",
		    "half a surrogate pair is no character");
	scan->at += 6;
	return 0;
}

static int
scan_escape(struct json_scan *scan)
{
	const char *at = scan->text + scan->at;
	size_t left = scan->size - scan->at;
	int code;

	if (left < 2 || at[1] == '\0' || strchr("\"\\/bfnrtu", at[1]) == NULL)
		return fail_escape(scan);
	if (at[1] != 'u') {
		scan->at += 2;
		return 0;
	}
	code = json_fault_hex4(at + 2, left - 2);
	if (code < 0)
		return fail_escape(scan);
	if (code >= 0xd800 && code <= 0xdfff)
		return scan_surrogate(scan, code);
	if (code == 0)
		json_fault_refuse(scan, scan->at, "nul-character",
		    "leave it out: text here ends at the first zero",
		    "a string holds the zero character");
	scan->at += 6;
	return 0;
}

/* One character of a string that is neither its end nor an escape. */
static int
scan_character(struct json_scan *scan)
{
	const char *at = scan->text + scan->at;
	size_t length;
	char glyph[JSON_FAULT_GLYPH];

	if ((unsigned char)*at < 0x20) {
		json_fault_glyph(scan, glyph);
		return json_fault(scan, "control-character",
		    "write it as an escape, such as \\n or \\t; a missing "
		    "quote also looks like this",
		    "the raw control character %s in a string", glyph);
	}
	length = utf8_length(at, scan->size - scan->at);
	if (length == 0) {
		json_fault_glyph(scan, glyph);
		return json_fault(scan, "bad-utf8",
		    "save the file as UTF-8", "the byte %s is not UTF-8",
		    glyph);
	}
	scan->at += length;
	scan->extra += length - 1;
	return 0;
}

int
json_token_string(struct json_scan *scan)
{
	size_t start = scan->at;
	size_t start_extra = scan->extra;
	int result;
	char byte;

	scan->at++;
	while (scan->at < scan->size) {
		byte = scan->text[scan->at];
		if (byte == '"') {
			scan->at++;
			return 0;
		}
		result = byte == '\\' ? scan_escape(scan) :
		    scan_character(scan);
		if (result < 0)
			return result;
	}
	/* Where it began says more than where the text ends. */
	scan->at = start;
	scan->extra = start_extra;
	return json_fault(scan, "unclosed", "add the closing quote",
	    "a string that never ends");
}

/* --- literals --- */

static bool
is_word(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	    (byte >= '0' && byte <= '9') || byte == '_';
}

/* The length of the word at the scan. */
static size_t
word_length(const struct json_scan *scan)
{
	size_t end = scan->at;

	while (end < scan->size && is_word(scan->text[end]))
		end++;
	return end - scan->at;
}

static const char *
hint_of_word(const char *word, size_t length)
{
	if (length == 0)
		return NULL;
	if (length <= 8 && (strncasecmp(word, "nan", length) == 0 ||
	    strncasecmp(word, "infinity", length) == 0))
		return "JSON has no such number; use null or a string";
	if (length <= 5 && (strncasecmp(word, "true", length) == 0 ||
	    strncasecmp(word, "false", length) == 0 ||
	    strncasecmp(word, "null", length) == 0))
		return "the words are true, false and null, in small letters";
	return "put text in double quotes";
}

int
json_token_literal(struct json_scan *scan)
{
	static const char *const words[] = {"true", "false", "null"};
	const char *at = scan->text + scan->at;
	size_t length = word_length(scan);
	size_t i;
	char glyph[JSON_FAULT_GLYPH];

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (length == strlen(words[i]) &&
		    memcmp(at, words[i], length) == 0) {
			scan->at += length;
			return 0;
		}
	}
	if (length > 0)
		return json_fault(scan, "syntax", hint_of_word(at, length),
		    "\"%.*s\" is no JSON value",
		    length > 40 ? 40 : (int)length, at);
	json_fault_glyph(scan, glyph);
	return json_fault(scan, "syntax",
	    *at == '\'' ? "put text in double quotes" : NULL,
	    "a value cannot start with %s", glyph);
}

/* --- numbers --- */

static const char *
skip_digits(const char *at, const char *end)
{
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at;
}

static int
fail_number(struct json_scan *scan, const char *at, const char *hint)
{
	scan->at = (size_t)(at - scan->text);
	return json_fault(scan, "bad-number", hint, "not a JSON number");
}

static int
split_whole(struct json_scan *scan, const char *end, struct number *number)
{
	const char *at = number->start;

	number->is_negative = *at == '-';
	if (number->is_negative)
		at++;
	number->whole = at;
	number->end = skip_digits(at, end);
	number->whole_length = (size_t)(number->end - at);
	if (number->whole_length == 0)
		return fail_number(scan, number->start,
		    "a number starts with a digit, after at most one \"-\"");
	if (*at == '0' && number->whole_length > 1)
		return fail_number(scan, number->start,
		    "remove the leading zeros; a file mode is a string: "
		    "\"0660\"");
	return 0;
}

static int
split_fraction(struct json_scan *scan, const char *end, struct number *number)
{
	if (number->end == end || *number->end != '.')
		return 0;
	number->fraction = number->end + 1;
	number->end = skip_digits(number->fraction, end);
	number->fraction_length = (size_t)(number->end - number->fraction);
	if (number->fraction_length == 0)
		return fail_number(scan, number->start,
		    "digits must follow the decimal point");
	return 0;
}

/* The value of digits, as far as it matters. */
static int64_t
saturate(const char *at, const char *end)
{
	int64_t value = 0;

	for (; at < end && value < EXPONENT_MAX; at++)
		value = value * 10 + (*at - '0');
	return value;
}

static int
split_exponent(struct json_scan *scan, const char *end, struct number *number)
{
	const char *at = number->end;
	bool is_negative = false;

	if (at == end || (*at != 'e' && *at != 'E'))
		return 0;
	at++;
	if (at < end && (*at == '+' || *at == '-'))
		is_negative = *at++ == '-';
	number->end = skip_digits(at, end);
	if (number->end == at)
		return fail_number(scan, number->start,
		    "digits must follow the \"e\"");
	number->has_exponent = true;
	number->exponent = saturate(at, number->end) * (is_negative ? -1 : 1);
	return 0;
}

/* strtod(3) reads the decimal point of the process's locale, which is not
 * ours to know. So there is none: 12.5e3 is read as 125e2. */
static int
value_of(const struct number *number, double *ret_value)
{
	size_t digits = number->whole_length + number->fraction_length;
	char small[NUMBER_BUFFER];
	char *buffer = small;
	char *at;

	if (digits + EXPONENT_SIZE + 1 > sizeof(small))
		buffer = malloc(digits + EXPONENT_SIZE + 1);
	if (buffer == NULL)
		return -ENOMEM;
	at = buffer;
	if (number->is_negative)
		*at++ = '-';
	memcpy(at, number->whole, number->whole_length);
	at += number->whole_length;
	if (number->fraction_length > 0)
		memcpy(at, number->fraction, number->fraction_length);
	at += number->fraction_length;
	(void)snprintf(at, EXPONENT_SIZE, "e%lld", (long long)
	    (number->exponent - (int64_t)number->fraction_length));
	*ret_value = strtod(buffer, NULL);
	if (buffer != small)
		free(buffer);
	return 0;
}

static bool
has_nonzero_digit(const char *digits, size_t length)
{
	size_t i = 0;

	while (i < length && digits[i] == '0')
		i++;
	return i < length;
}

static bool
is_integer_beyond(const struct number *number)
{
	if (number->fraction != NULL || number->has_exponent)
		return false;
	if (number->whole_length != INTEGER_DIGITS)
		return number->whole_length > INTEGER_DIGITS;
	/* Digits of one length compare as the numbers do. */
	return memcmp(number->whole, INTEGER_MAX, INTEGER_DIGITS) > 0;
}

static void
refuse_range(struct json_scan *scan, size_t start,
    const struct number *number, double value)
{
	if (is_integer_beyond(number))
		json_fault_refuse(scan, start, "number-range",
		    "write large integers as strings",
		    "an integer beyond 2^53 is not exact");
	else if (isinf(value) || (value == 0 &&
	    (has_nonzero_digit(number->whole, number->whole_length) ||
	    has_nonzero_digit(number->fraction, number->fraction_length))))
		json_fault_refuse(scan, start, "number-range", NULL,
		    "a number that a double cannot hold");
}

int
json_token_number(struct json_scan *scan, double *ret_number)
{
	const char *end = scan->text + scan->size;
	size_t start = scan->at;
	struct number number = {.start = scan->text + start};
	int result;

	result = split_whole(scan, end, &number);
	if (result == 0)
		result = split_fraction(scan, end, &number);
	if (result == 0)
		result = split_exponent(scan, end, &number);
	if (result == 0 && number.end < end && is_word(*number.end))
		result = fail_number(scan, number.start,
		    "a time or size with a unit is a string: \"250ms\"");
	if (result == 0)
		result = value_of(&number, ret_number);
	if (result < 0)
		return result;
	scan->at = (size_t)(number.end - scan->text);
	if (scan->at - start > JSON_NUMBER_MAX)
		scan->has_long_number = true;
	refuse_range(scan, start, &number, *ret_number);
	return 0;
}
