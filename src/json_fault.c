/* src/json_fault.c - telling what is wrong with a JSON text, and where. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json_fault.h"
#include "json_pointer.h"
#include "utf8.h"

struct bsk_json_place
json_fault_place(const struct json_scan *scan)
{
	struct bsk_json_place place;

	place.offset = scan->at;
	place.line = scan->line;
	place.column =
	    (unsigned)(scan->at - scan->line_start - scan->extra) + 1;
	return place;
}

static void
put_code(struct json_pointer *pointer, unsigned code)
{
	char bytes[4];
	size_t length = utf8_put(code, bytes);

	json_pointer_character(pointer, bytes, length);
}

int
json_fault_hex4(const char *digits, size_t size)
{
	static const char all[] = "0123456789abcdef0123456789ABCDEF";
	const char *found;
	int value = 0;
	size_t i;

	if (size < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		found = digits[i] == '\0' ? NULL : strchr(all, digits[i]);
		if (found == NULL)
			return -1;
		value = value * 16 + (int)((found - all) % 16);
	}
	return value;
}

/* Puts what the escape at `at` means; returns how long it is. The key was
 * scanned before, so that the escape is whole; half a pair is shown as the
 * replacement character. */
static size_t
put_escape(struct json_pointer *pointer, const char *at)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	unsigned code;
	unsigned low;

	if (at[1] != 'u') {
		put_code(pointer,
		    (unsigned char)to[strchr(from, at[1]) - from]);
		return 2;
	}
	code = (unsigned)json_fault_hex4(at + 2, 4);
	if (code < 0xd800 || code > 0xdfff) {
		put_code(pointer, code == 0 ? 0xfffd : code);
		return 6;
	}
	low = at[6] == '\\' && at[7] == 'u' ?
	    (unsigned)json_fault_hex4(at + 8, 4) : 0;
	if (code > 0xdbff || low < 0xdc00 || low > 0xdfff) {
		put_code(pointer, 0xfffd);
		return 6;
	}
	put_code(pointer,
	    0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
	return 12;
}

static void
put_key(struct json_pointer *pointer, const struct json_scan *scan,
    size_t quote)
{
	const char *at = scan->text + quote + 1;
	size_t length;

	while (*at != '"' && !pointer->is_full) {
		if (*at == '\\') {
			at += put_escape(pointer, at);
		} else {
			length = utf8_length(at, 4);
			json_pointer_character(pointer, at, length);
			at += length;
		}
	}
}

/* The way from the root to the value that is being read. */
static void
write_pointer(const struct json_scan *scan, char *chars, size_t size)
{
	const struct json_frame *frame = scan->frames;
	const struct json_frame *end = frame + scan->depth;
	struct json_pointer pointer;

	json_pointer_start(&pointer, chars, size);
	for (; frame < end; frame++) {
		if (frame->is_object && !frame->has_key)
			return;
		json_pointer_slash(&pointer);
		if (frame->is_object)
			put_key(&pointer, scan, frame->key);
		else
			json_pointer_index(&pointer, frame->index);
	}
}

static void
fill(struct json_scan *scan, const char *code, const char *hint)
{
	struct bsk_json_error *error = scan->error;

	error->place = json_fault_place(scan);
	error->code = code;
	(void)snprintf(error->hint, sizeof(error->hint), "%s",
	    hint == NULL ? "" : hint);
	write_pointer(scan, error->pointer, sizeof(error->pointer));
}

int
json_fault(struct json_scan *scan, const char *code, const char *hint,
    const char *format, ...)
{
	va_list list;

	fill(scan, code, hint);
	va_start(list, format);
	(void)vsnprintf(scan->error->text, sizeof(scan->error->text), format,
	    list);
	va_end(list);
	return -EINVAL;
}

void
json_fault_refuse(struct json_scan *scan, size_t at, const char *code,
    const char *hint, const char *text)
{
	size_t now = scan->at;

	if (scan->is_refused)
		return;
	scan->is_refused = true;
	scan->at = at;
	fill(scan, code, hint);
	(void)snprintf(scan->error->text, sizeof(scan->error->text), "%s",
	    text);
	scan->at = now;
}

void
json_fault_glyph(const struct json_scan *scan, char *ret_chars)
{
	const char *at = scan->text + scan->at;
	size_t length = utf8_length(at, scan->size - scan->at);

	if (length == 0 || (unsigned char)*at < 0x20 || *at == 0x7f)
		(void)snprintf(ret_chars, JSON_FAULT_GLYPH, "<%02X>",
		    (unsigned)(unsigned char)*at);
	else
		(void)snprintf(ret_chars, JSON_FAULT_GLYPH, "\"%.*s\"",
		    (int)length, at);
}
