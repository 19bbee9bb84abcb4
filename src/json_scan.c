/* src/json_scan.c - the strict look at a JSON text before it is parsed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json_fault.h"
#include "json_scan.h"
#include "json_token.h"

#define MARKS_MIN 64

#define COMMENT_HINT "JSON has no comments; use a \"$comment\" key"

/* What may come next. */
enum expect {
	EXPECT_VALUE,       /* after "[...," or ":", or at the very start */
	EXPECT_FIRST_VALUE, /* after "[": a value or "]" */
	EXPECT_KEY,         /* after "{...," */
	EXPECT_FIRST_KEY,   /* after "{": a key or "}" */
	EXPECT_COLON,
	EXPECT_MORE,        /* after a value: "," or the end of what is open */
	EXPECT_NOTHING      /* after the root */
};

static int expect_value(struct json_scan *scan, enum expect *ret_next);
static int expect_first_value(struct json_scan *scan, enum expect *ret_next);
static int expect_key(struct json_scan *scan, enum expect *ret_next);
static int expect_first_key(struct json_scan *scan, enum expect *ret_next);
static int expect_colon(struct json_scan *scan, enum expect *ret_next);
static int expect_more(struct json_scan *scan, enum expect *ret_next);
static int expect_nothing(struct json_scan *scan, enum expect *ret_next);

static int (*const steps[])(struct json_scan *, enum expect *) = {
	[EXPECT_VALUE] = expect_value,
	[EXPECT_FIRST_VALUE] = expect_first_value,
	[EXPECT_KEY] = expect_key,
	[EXPECT_FIRST_KEY] = expect_first_key,
	[EXPECT_COLON] = expect_colon,
	[EXPECT_MORE] = expect_more,
	[EXPECT_NOTHING] = expect_nothing,
};

/* --- places --- */

static void
skip_space(struct json_scan *scan)
{
	for (; scan->at < scan->size; scan->at++) {
		switch (scan->text[scan->at]) {
		case '\n':
			scan->line++;
			scan->line_start = scan->at + 1;
			scan->extra = 0;
			break;
		case ' ':
		case '\t':
		case '\r':
			break;
		default:
			return;
		}
	}
}

static int
add_mark(struct json_scan *scan)
{
	size_t capacity = scan->mark_capacity * 2;
	struct json_mark *marks;

	if (scan->mark_count == scan->mark_capacity) {
		if (capacity == 0)
			capacity = MARKS_MIN;
		marks = realloc(scan->marks, capacity * sizeof(*marks));
		if (marks == NULL)
			return -ENOMEM;
		scan->marks = marks;
		scan->mark_capacity = capacity;
	}
	scan->marks[scan->mark_count] = (struct json_mark){
		.place = json_fault_place(scan), .key = scan->key};
	scan->mark_count++;
	scan->key.line = 0;
	return 0;
}

/* What is open, to be told of when the text ends too early. */
static int
fail_end(struct json_scan *scan)
{
	if (scan->depth == 0)
		return json_fault(scan, "empty", "the smallest document is {}",
		    "there is nothing here");
	if (scan->frames[scan->depth - 1].is_object)
		return json_fault(scan, "unclosed", "add the closing \"}\"",
		    "the text ends inside an object");
	return json_fault(scan, "unclosed", "add the closing \"]\"",
	    "the text ends inside an array");
}

/* Something else than `wanted` stands here. */
static int
fail_wanted(struct json_scan *scan, const char *wanted, const char *hint)
{
	char glyph[JSON_FAULT_GLYPH];

	if (scan->at == scan->size)
		return fail_end(scan);
	if (scan->text[scan->at] == '/' || scan->text[scan->at] == '#')
		return json_fault(scan, "comment", COMMENT_HINT,
		    "this looks like a comment");
	json_fault_glyph(scan, glyph);
	return json_fault(scan, "syntax", hint, "expected %s, found %s",
	    wanted, glyph);
}

static char
peek(const struct json_scan *scan)
{
	return scan->at < scan->size ? scan->text[scan->at] : '\0';
}

/* --- open and close --- */

static int
open_frame(struct json_scan *scan, bool is_object, enum expect *ret_next)
{
	if (scan->depth == BSK_JSON_DEPTH_MAX)
		return json_fault(scan, "too-deep", NULL,
		    "nested deeper than %d", BSK_JSON_DEPTH_MAX);
	scan->frames[scan->depth] = (struct json_frame){
		.is_object = is_object};
	scan->depth++;
	scan->at++;
	*ret_next = is_object ? EXPECT_FIRST_KEY : EXPECT_FIRST_VALUE;
	return 0;
}

static int
close_frame(struct json_scan *scan, enum expect *ret_next)
{
	scan->at++;
	scan->depth--;
	*ret_next = scan->depth == 0 ? EXPECT_NOTHING : EXPECT_MORE;
	return 0;
}

/* --- steps --- */

static int
scan_scalar(struct json_scan *scan, enum expect *ret_next)
{
	char first = peek(scan);
	int result;

	if (first == '"')
		result = json_token_string(scan);
	else if ((first >= '0' && first <= '9') || first == '-' ||
	    first == '+' || first == '.')
		result = json_token_number(scan,
		    &scan->marks[scan->mark_count - 1].number);
	else
		result = json_token_literal(scan);
	*ret_next = scan->depth == 0 ? EXPECT_NOTHING : EXPECT_MORE;
	return result;
}

static int
expect_value(struct json_scan *scan, enum expect *ret_next)
{
	char first = peek(scan);
	int result;

	if (scan->at == scan->size || memchr("/#]},:", first, 6) != NULL)
		return fail_wanted(scan, "a value", NULL);
	result = add_mark(scan);
	if (result < 0)
		return result;
	if (first == '{' || first == '[')
		return open_frame(scan, first == '{', ret_next);
	return scan_scalar(scan, ret_next);
}

static int
expect_first_value(struct json_scan *scan, enum expect *ret_next)
{
	if (peek(scan) == ']')
		return close_frame(scan, ret_next);
	return expect_value(scan, ret_next);
}

static int
expect_key(struct json_scan *scan, enum expect *ret_next)
{
	struct json_frame *frame = &scan->frames[scan->depth - 1];
	size_t quote = scan->at;
	int result;

	frame->has_key = false;
	if (peek(scan) != '"')
		return fail_wanted(scan, "a key in double quotes",
		    "keys are strings: {\"key\": value}");
	scan->key = json_fault_place(scan);
	result = json_token_string(scan);
	if (result < 0)
		return result;
	frame->key = quote;
	frame->has_key = true;
	*ret_next = EXPECT_COLON;
	return 0;
}

static int
expect_first_key(struct json_scan *scan, enum expect *ret_next)
{
	if (peek(scan) == '}')
		return close_frame(scan, ret_next);
	return expect_key(scan, ret_next);
}

static int
expect_colon(struct json_scan *scan, enum expect *ret_next)
{
	if (peek(scan) != ':')
		return fail_wanted(scan, "\":\" after the key", NULL);
	scan->at++;
	*ret_next = EXPECT_VALUE;
	return 0;
}

/* The next character that is no space, behind the one at the scan. */
static char
peek_behind(const struct json_scan *scan)
{
	size_t at = scan->at + 1;

	while (at < scan->size && memchr(" \t\r\n", scan->text[at], 4) != NULL)
		at++;
	return at < scan->size ? scan->text[at] : '\0';
}

static int
expect_more(struct json_scan *scan, enum expect *ret_next)
{
	struct json_frame *frame = &scan->frames[scan->depth - 1];
	char close = frame->is_object ? '}' : ']';
	char found = peek(scan);

	if (found == close)
		return close_frame(scan, ret_next);
	if (found != ',')
		return fail_wanted(scan, frame->is_object ?
		    "\",\" or \"}\"" : "\",\" or \"]\"",
		    found == '"' || found == '{' || found == '[' ?
		    "add a comma between the two" : NULL);
	if (peek_behind(scan) == close)
		return json_fault(scan, "trailing-comma", "remove the comma",
		    "a comma before \"%c\"", close);
	scan->at++;
	frame->index++;
	*ret_next = frame->is_object ? EXPECT_KEY : EXPECT_VALUE;
	return 0;
}

static int
expect_nothing(struct json_scan *scan, enum expect *ret_next)
{
	char glyph[JSON_FAULT_GLYPH];

	(void)ret_next;
	if (peek(scan) == '/' || peek(scan) == '#')
		return fail_wanted(scan, "the end", NULL);
	json_fault_glyph(scan, glyph);
	return json_fault(scan, "trailing-text",
	    "a document is one value; remove what follows it",
	    "%s after the end of the document", glyph);
}

static int
check_start(struct json_scan *scan)
{
	if (scan->size >= 3 && memcmp(scan->text, "\xef\xbb\xbf", 3) == 0)
		return json_fault(scan, "byte-order-mark",
		    "save the file as UTF-8 without a byte order mark",
		    "the text starts with a byte order mark");
	if (scan->size >= 2 && (memcmp(scan->text, "\xff\xfe", 2) == 0 ||
	    memcmp(scan->text, "\xfe\xff", 2) == 0))
		return json_fault(scan, "bad-utf8", "save the file as UTF-8",
		    "the text is UTF-16");
	return 0;
}

int
json_scan(struct json_scan *scan, const char *text, size_t size,
    struct bsk_json_error *ret_error)
{
	enum expect next = EXPECT_VALUE;
	int result;

	memset(scan, 0, sizeof(*scan));
	scan->text = text;
	scan->size = size;
	scan->line = 1;
	scan->error = ret_error;
	result = check_start(scan);
	while (result == 0) {
		skip_space(scan);
		if (next == EXPECT_NOTHING && scan->at == scan->size)
			break;
		result = steps[next](scan, &next);
	}
	if (result == 0 && scan->is_refused)
		return -EINVAL;
	return result;
}

void
json_scan_release(struct json_scan *scan)
{
	free(scan->marks);
	scan->marks = NULL;
}
