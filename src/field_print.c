/* src/field_print.c - a body for people, on one line. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "field.h"
#include "field_text.h"
#include "utf8.h"

/* How much of a buffer is shown, bytes. */
#define BUF_SHOWN_MAX 64

/* Text that is being written: what does not fit is only counted. */
struct out {
	char *chars;
	size_t size;
	size_t length; /* that the whole would have */
};

static void put_body(struct out *out, const struct bsk_type *type,
    const void *body);
static void put_value(struct out *out, const struct bsk_field *field,
    const void *at);

static void
put(struct out *out, const char *bytes, size_t length)
{
	size_t room = out->length + 1 < out->size ?
	    out->size - out->length - 1 : 0;

	if (room > 0)
		memcpy(out->chars + out->length, bytes,
		    length < room ? length : room);
	out->length += length;
}

static void __attribute__((format(printf, 2, 3)))
put_format(struct out *out, const char *format, ...)
{
	char chars[64];
	va_list list;
	int length;

	va_start(list, format);
	length = vsnprintf(chars, sizeof(chars), format, list);
	va_end(list);
	put(out, chars, (size_t)length);
}

/* Bytes in quotes; what would confuse a terminal or a reader is escaped. */
static void
put_quoted(struct out *out, const char *bytes, size_t size)
{
	size_t length;

	put(out, "\"", 1);
	for (; size > 0; bytes += length, size -= length) {
		length = utf8_length(bytes, size);
		if (*bytes == '"' || *bytes == '\\') {
			put_format(out, "\\%c", *bytes);
		} else if (*bytes == '\n') {
			put(out, "\\n", 2);
		} else if (length == 0 || *bytes == 0x7f ||
		    (length == 1 && (unsigned char)*bytes < 0x20)) {
			put_format(out, "\\x%02x", (unsigned char)*bytes);
			length = 1;
		} else {
			put(out, bytes, length);
		}
	}
	put(out, "\"", 1);
}

static void
put_text(struct out *out, const bsk_text *text)
{
	if (bsk_text_is_lost(*text))
		put(out, "lost", 4);
	else if (text->chars == NULL)
		put(out, "none", 4);
	else
		put_quoted(out, text->chars, strlen(text->chars));
}

static void
put_buf(struct out *out, const bsk_buf *buf)
{
	size_t shown = buf->size < BUF_SHOWN_MAX ? buf->size : BUF_SHOWN_MAX;

	put_format(out, "%zu bytes", buf->size);
	if (shown == 0)
		return;
	put(out, " ", 1);
	put_quoted(out, (const char *)buf->bytes, shown);
	if (shown < buf->size)
		put(out, "...", 3);
}

static void
put_list(struct out *out, const struct bsk_field *field, const bsk_list *list)
{
	struct bsk_field element = field_element(field);
	size_t size = field_size(&element);
	uint32_t i;

	if (bsk_list_is_lost(*list)) {
		put(out, "lost", 4);
		return;
	}
	put(out, "[", 1);
	for (i = 0; i < list->count; i++) {
		if (i > 0)
			put(out, ", ", 2);
		put_value(out, &element,
		    (const unsigned char *)list->items + i * size);
	}
	put(out, "]", 1);
}

static void
put_parcel(struct out *out, const struct bsk_parcel *parcel)
{
	const struct bsk_type *type = bsk_parcel_type(parcel);

	if (type == NULL) {
		put(out, parcel == NULL ? "none" : "lost", 4);
		return;
	}
	put(out, type->name, strlen(type->name));
	put(out, " ", 1);
	put_body(out, type, bsk_parcel_body(parcel));
}

static void
put_scalar(struct out *out, const struct bsk_field *field, const void *at)
{
	char chars[FIELD_UNIT_SIZE];
	const char *text = chars;

	switch (field->kind) {
	case BSK_KIND_BOOL:
		text = *(const bool *)at ? "true" : "false";
		break;
	case BSK_KIND_F64:
		(void)snprintf(chars, sizeof(chars), "%g",
		    *(const double *)at);
		break;
	case BSK_KIND_REF:
		field_ref_text(*(const bsk_ref *)at, chars);
		if (bsk_ref_is_nobody(*(const bsk_ref *)at))
			text = "nobody";
		break;
	case BSK_KIND_FD:
		(void)snprintf(chars, sizeof(chars), "fd %d",
		    bsk_fd_number(*(const bsk_fd *)at));
		break;
	default:
		text = field_integer_text(field, field_integer(field, at),
		    chars);
		break;
	}
	put(out, text, strlen(text));
}

static void
put_value(struct out *out, const struct bsk_field *field, const void *at)
{
	switch (field->kind) {
	case BSK_KIND_STRUCT:
		put_body(out, field->type, at);
		break;
	case BSK_KIND_TEXT:
		put_text(out, at);
		break;
	case BSK_KIND_BUF:
		put_buf(out, at);
		break;
	case BSK_KIND_LIST:
		put_list(out, field, at);
		break;
	case BSK_KIND_PARCEL:
		put_parcel(out, *(struct bsk_parcel *const *)at);
		break;
	default:
		put_scalar(out, field, at);
		break;
	}
}

static void
put_body(struct out *out, const struct bsk_type *type, const void *body)
{
	const struct bsk_field *field = type->fields;
	size_t i;

	put(out, "{", 1);
	for (i = 0; i < type->field_count; i++, field++) {
		if (i > 0)
			put(out, ", ", 2);
		put(out, field_key(field), strlen(field_key(field)));
		put(out, ": ", 2);
		if ((field->marks & BSK_SECRET) != 0)
			put(out, "***", 3);
		else
			put_value(out, field, field_at(field, body));
	}
	put(out, "}", 1);
}

/* Where to end what was cut at `end`: not inside a character. */
static size_t
end_of_cut(const char *chars, size_t end)
{
	size_t lead = end;

	while (lead > 0 && ((unsigned char)chars[lead - 1] & 0xc0) == 0x80)
		lead--;
	if (lead > 0 && utf8_length(chars + lead - 1, end - lead + 1) == 0)
		return lead - 1;
	return end;
}

size_t
bsk_type_print(const struct bsk_type *type, const void *body,
    char *ret_chars, size_t size)
{
	struct out out = {ret_chars, size, 0};

	put_body(&out, type, body);
	if (out.length < size)
		ret_chars[out.length] = '\0';
	else if (size > 0)
		ret_chars[end_of_cut(ret_chars, size - 1)] = '\0';
	return out.length;
}
