/* src/field_to_json.c - a body as a JSON object. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/json.h>

#include "base64.h"
#include "field.h"
#include "field_text.h"
#include "utf8.h"

/* 2^53: integers beyond it are not safe as JSON numbers. */
#define SAFE_MAX 9007199254740992

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Each of these gives NULL for want of memory. */
static bsk_json *of_body(const struct bsk_type *type, const void *body,
    enum bsk_secrecy secrecy);
static bsk_json *of_value(const struct bsk_field *field, const void *at,
    enum bsk_secrecy secrecy);

static bool
is_safe(const struct bsk_field *field, int64_t value)
{
	if (field_is_unsigned(field))
		return (uint64_t)value <= SAFE_MAX;
	return value <= SAFE_MAX && value >= -SAFE_MAX;
}

/* Whether the integer is a JSON number: no word, no unit that needs one. */
static bool
is_plain(const struct bsk_field *field, int64_t value)
{
	char name[FIELD_UNIT_SIZE];

	if (value >= 0 && (size_t)value < field_word_count(field))
		return false;
	switch (field->unit) {
	case BSK_UNIT_NS:
	case BSK_UNIT_MODE:
	case BSK_UNIT_COUNTER:
		return false;
	case BSK_UNIT_BYTES:
		return value == 0 || value % 1024 != 0;
	case BSK_UNIT_SIGNAL:
		field_unit_signal_text(value, name);
		return name[0] >= '0' && name[0] <= '9';
	default:
		return true;
	}
}

static bsk_json *
of_integer(const struct bsk_field *field, int64_t value)
{
	char chars[FIELD_UNIT_SIZE];

	if (is_plain(field, value) && is_safe(field, value))
		return bsk_json_new_number((double)value);
	return bsk_json_new_string(field_integer_text(field, value, chars));
}

static bsk_json *
of_ref(bsk_ref ref)
{
	char chars[FIELD_REF_SIZE];

	if (bsk_ref_is_nobody(ref))
		return bsk_json_new_null();
	field_ref_text(ref, chars);
	return bsk_json_new_string(chars);
}

/* Text of any origin, with the replacement character for what is no UTF-8. */
static bsk_json *
of_broken(const char *chars, size_t size)
{
	char *mended = malloc(size * strlen(REPLACEMENT) + 1);
	bsk_json *json;
	size_t length;
	size_t to = 0;

	if (mended == NULL)
		return NULL;
	for (; size > 0; chars += length, size -= length) {
		length = utf8_length(chars, size);
		if (length == 0) {
			memcpy(mended + to, REPLACEMENT, 3);
			to += 3;
			length = 1;
		} else {
			memcpy(mended + to, chars, length);
			to += length;
		}
	}
	mended[to] = '\0';
	json = bsk_json_new_string(mended);
	free(mended);
	return json;
}

static bsk_json *
of_text(bsk_text text)
{
	size_t size;

	if (text.chars == NULL)
		return bsk_json_new_null();
	if (bsk_text_is_lost(text))
		return NULL;
	size = strlen(text.chars);
	if (!utf8_is_valid(text.chars, size))
		return of_broken(text.chars, size);
	return bsk_json_new_string(text.chars);
}

/* The buffer's bytes as a string: themselves when they are text. */
static bsk_json *
of_bytes(const bsk_buf *buf, bool is_text)
{
	size_t length = is_text ? buf->size : base64_length(buf->size);
	char *chars = malloc(length + 1);
	bsk_json *json;

	if (chars == NULL)
		return NULL;
	if (!is_text)
		base64_encode(buf->bytes, buf->size, chars);
	else if (length > 0)
		memcpy(chars, buf->bytes, length);
	chars[length] = '\0';
	json = bsk_json_new_string(chars);
	free(chars);
	return json;
}

/* Puts into what may not have been made. On failure all of it is gone. */
static bsk_json *
with(bsk_json *object, const char *key, bsk_json *value)
{
	if (bsk_json_put(object, key, value) == 0)
		return object;
	bsk_json_free(object);
	return NULL;
}

static bsk_json *
of_buf(const bsk_buf *buf)
{
	const char *bytes = (const char *)buf->bytes;

	if (bsk_buf_is_lost(buf))
		return NULL;
	if (buf->size == 0 || (memchr(bytes, '\0', buf->size) == NULL &&
	    utf8_is_valid(bytes, buf->size)))
		return of_bytes(buf, true);
	return with(bsk_json_new_object(), "base64", of_bytes(buf, false));
}

static bsk_json *
of_fd(bsk_fd fd)
{
	int number = bsk_fd_number(fd);

	return number < 0 ? bsk_json_new_null() : bsk_json_new_number(number);
}

static bsk_json *
of_list(const struct bsk_field *field, const bsk_list *list,
    enum bsk_secrecy secrecy)
{
	struct bsk_field element = field_element(field);
	bsk_json *array = NULL;
	const unsigned char *item = list->items;
	uint32_t i;

	if (!bsk_list_is_lost(*list))
		array = bsk_json_new_array();
	for (i = 0; array != NULL && i < list->count; i++) {
		if (bsk_json_append(array,
		    of_value(&element, item, secrecy)) < 0) {
			bsk_json_free(array);
			array = NULL;
		}
		item += field_size(&element);
	}
	return array;
}

static bsk_json *
of_parcel(const struct bsk_field *field, const struct bsk_parcel *parcel,
    enum bsk_secrecy secrecy)
{
	const struct bsk_type *type = bsk_parcel_type(parcel);
	bsk_json *json;

	if (parcel == NULL)
		return bsk_json_new_null();
	if (type == NULL)
		return NULL;
	if (type == field->type)
		return of_body(type, bsk_parcel_body(parcel), secrecy);
	json = with(bsk_json_new_object(), "type",
	    bsk_json_new_string(type->name));
	return with(json, "body",
	    of_body(type, bsk_parcel_body(parcel), secrecy));
}

static bsk_json *
of_owned(const struct bsk_field *field, const void *at,
    enum bsk_secrecy secrecy)
{
	switch (field->kind) {
	case BSK_KIND_TEXT:
		return of_text(*(const bsk_text *)at);
	case BSK_KIND_BUF:
		return of_buf(at);
	case BSK_KIND_FD:
		return of_fd(*(const bsk_fd *)at);
	case BSK_KIND_LIST:
		return of_list(field, at, secrecy);
	case BSK_KIND_PARCEL:
		return of_parcel(
		    field, *(struct bsk_parcel *const *)at, secrecy);
	default:
		return of_body(field->type, at, secrecy);
	}
}

static bsk_json *
of_value(const struct bsk_field *field, const void *at,
    enum bsk_secrecy secrecy)
{
	switch (field->kind) {
	case BSK_KIND_BOOL:
		return bsk_json_new_bool(*(const bool *)at);
	case BSK_KIND_F64:
		return bsk_json_new_number(*(const double *)at);
	case BSK_KIND_REF:
		return of_ref(*(const bsk_ref *)at);
	default:
		if (field_is_integer(field))
			return of_integer(field, field_integer(field, at));
		return of_owned(field, at, secrecy);
	}
}

static bsk_json *
of_body(const struct bsk_type *type, const void *body,
    enum bsk_secrecy secrecy)
{
	bsk_json *object = bsk_json_new_object();
	const struct bsk_field *field = type->fields;
	bsk_json *value;
	size_t i;

	for (i = 0; object != NULL && i < type->field_count; i++, field++) {
		if (secrecy == BSK_SECRETS_MASKED &&
		    (field->marks & BSK_SECRET) != 0)
			value = bsk_json_new_string("***");
		else
			value = of_value(field, field_at(field, body),
			    secrecy);
		object = with(object, field_key(field), value);
	}
	return object;
}

int
bsk_type_to_json(const struct bsk_type *type, const void *body,
    enum bsk_secrecy secrecy, struct bsk_json **ret_json)
{
	bsk_json *json = of_body(type, body, secrecy);

	if (json == NULL)
		return -ENOMEM;
	*ret_json = json;
	return 0;
}
