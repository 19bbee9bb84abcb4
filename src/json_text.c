/* src/json_text.c - a document as text.
 *
 * Written here and not by cJSON 1.7.15, which compares numbers with a
 * tolerance and so prints 2^53 - 1 as another integer, and prints the largest
 * double as text that overflows.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/json.h>

#define TEXT_MIN 256 /* bytes at first */

#define INTEGER_MAX 9007199254740992.0 /* 2^53 */

/* Room for a double in 17 digits. */
#define NUMBER_SIZE 40

/* Text that grows; once memory lacked, nothing more is added. */
struct text {
	char *chars;    /* from malloc(3) */
	size_t length;
	size_t capacity;
	bool is_pretty;
	bool is_lost;   /* no memory */
};

static bool
reserve(struct text *text, size_t more)
{
	size_t capacity = text->capacity == 0 ? TEXT_MIN : text->capacity;
	char *chars;

	if (text->is_lost || text->capacity - text->length >= more)
		return !text->is_lost;
	while (capacity - text->length < more)
		capacity *= 2;
	chars = realloc(text->chars, capacity);
	if (chars == NULL) {
		text->is_lost = true;
		return false;
	}
	text->chars = chars;
	text->capacity = capacity;
	return true;
}

static void
put(struct text *text, const char *chars, size_t length)
{
	if (!reserve(text, length))
		return;
	memcpy(text->chars + text->length, chars, length);
	text->length += length;
}

static void
put_line(struct text *text, unsigned depth)
{
	if (!text->is_pretty)
		return;
	put(text, "\n", 1);
	while (depth-- > 0)
		put(text, "  ", 2);
}

static void
put_escape(struct text *text, unsigned char byte)
{
	static const char from[] = "\"\\\b\f\n\r\t";
	static const char to[] = "\"\\bfnrt";
	const char *found = byte == '\0' ? NULL : strchr(from, byte);
	char chars[8];

	if (found != NULL)
		(void)snprintf(chars, sizeof(chars), "\\%c",
		    to[found - from]);
	else
		(void)snprintf(chars, sizeof(chars), "\\u%04x", byte);
	put(text, chars, strlen(chars));
}

static bool
is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte != '"' && byte != '\\';
}

static void
put_string(struct text *text, const char *chars)
{
	size_t length;

	put(text, "\"", 1);
	while (*chars != '\0') {
		length = 0;
		while (is_plain((unsigned char)chars[length]))
			length++;
		put(text, chars, length);
		chars += length;
		if (*chars != '\0')
			put_escape(text, (unsigned char)*chars++);
	}
	put(text, "\"", 1);
}

/* The fewest digits that read as the same number again. */
static void
format_number(double number, char *chars)
{
	int digits;

	if (fabs(number) <= INTEGER_MAX &&
	    (double)(long long)number == number) {
		(void)snprintf(chars, NUMBER_SIZE, "%.0f", number);
		return;
	}
	for (digits = 15; digits <= 17; digits++) {
		(void)snprintf(chars, NUMBER_SIZE, "%.*g", digits, number);
		if (strtod(chars, NULL) == number)
			return;
	}
}

/* The decimal point is the process's locale's, of whatever length: what is
 * none of a number's own characters stands for it. */
static void
put_number(struct text *text, double number)
{
	char chars[NUMBER_SIZE];
	size_t before;
	size_t point;

	if (!isfinite(number)) {
		put(text, "null", 4);
		return;
	}
	format_number(number, chars);
	before = strspn(chars, "+-0123456789e");
	put(text, chars, before);
	point = strcspn(chars + before, "+-0123456789e");
	if (point == 0)
		return;
	put(text, ".", 1);
	put(text, chars + before + point, strlen(chars + before + point));
}

static void put_value(struct text *text, const bsk_json *json, unsigned depth);

static void
put_children(struct text *text, const bsk_json *json, unsigned depth)
{
	bool is_object = bsk_json_kind(json) == BSK_JSON_OBJECT;
	const bsk_json *child = bsk_json_first(json);

	put(text, is_object ? "{" : "[", 1);
	while (child != NULL) {
		put_line(text, depth + 1);
		if (is_object) {
			put_string(text, bsk_json_key(child));
			put(text, ": ", text->is_pretty ? 2 : 1);
		}
		put_value(text, child, depth + 1);
		child = bsk_json_next(child);
		if (child != NULL)
			put(text, ",", 1);
	}
	if (bsk_json_first(json) != NULL)
		put_line(text, depth);
	put(text, is_object ? "}" : "]", 1);
}

static void
put_value(struct text *text, const bsk_json *json, unsigned depth)
{
	switch (bsk_json_kind(json)) {
	case BSK_JSON_NULL:
		put(text, "null", 4);
		break;
	case BSK_JSON_FALSE:
		put(text, "false", 5);
		break;
	case BSK_JSON_TRUE:
		put(text, "true", 4);
		break;
	case BSK_JSON_NUMBER:
		put_number(text, bsk_json_number(json));
		break;
	case BSK_JSON_STRING:
		put_string(text, bsk_json_string(json));
		break;
	default:
		put_children(text, json, depth);
		break;
	}
}

static char *
write_text(const bsk_json *json, bool is_pretty)
{
	struct text text = {.is_pretty = is_pretty};

	put_value(&text, json, 0);
	put(&text, "", 1);
	if (!text.is_lost)
		return text.chars;
	free(text.chars);
	return NULL;
}

char *
bsk_json_text(const bsk_json *json)
{
	return write_text(json, false);
}

char *
bsk_json_pretty(const bsk_json *json)
{
	return write_text(json, true);
}
