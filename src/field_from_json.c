/* src/field_from_json.c - a body from a JSON object, every limit checked. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "field_fault.h"
#include "field_scalar.h"

/* The one key that is let pass everywhere. */
#define COMMENT_KEY "$comment"

static void read_value(struct field_reader *reader,
    const struct bsk_field *field, const bsk_json *json, void *at);
static void read_body(struct field_reader *reader,
    const struct bsk_type *type, const bsk_json *json, void *body);
static void preset_body(struct field_reader *reader,
    const struct bsk_type *type, void *body);

/* Whether so many bytes or elements are allowed; tells if not. */
static bool
check_count(struct field_reader *reader, const struct bsk_field *field,
    const bsk_json *json, size_t count, const char *unit)
{
	bool is_short = field->min > 0 && count < (uint64_t)field->min;

	if (!is_short && (field->max <= 0 || count <= (uint64_t)field->max))
		return true;
	field_fault(reader, json, is_short ? "too-short" : "too-long", NULL,
	    "%s: %zu %s, the %s is %lld", is_short ? "too short" : "too long",
	    count, unit, is_short ? "least" : "most",
	    (long long)(is_short ? field->min : field->max));
	return false;
}

static void
read_text(struct field_reader *reader, const struct bsk_field *field,
    const bsk_json *json, bsk_text *at)
{
	const char *chars = bsk_json_string(json);

	if (chars == NULL) {
		if (bsk_json_kind(json) != BSK_JSON_NULL ||
		    (field->marks & BSK_REQUIRED) != 0)
			field_fault_kind(reader, json, "a string", NULL);
		return;
	}
	if (!check_count(reader, field, json, strlen(chars), "bytes"))
		return;
	*at = bsk_text_copy(chars);
	reader->is_out_of_memory |= bsk_text_is_lost(*at);
}

/* The string in {"base64": "..."}; NULL when it is no such object. */
static const char *
base64_of(const bsk_json *json)
{
	const bsk_json *member = bsk_json_member(json, "base64");

	if (member == NULL || bsk_json_count(json) != 1)
		return NULL;
	return bsk_json_string(member);
}

static void
read_base64(struct field_reader *reader, const struct bsk_field *field,
    const bsk_json *json, bsk_buf *at)
{
	const char *chars = base64_of(json);
	unsigned char *bytes;
	size_t size;

	if (chars == NULL) {
		field_fault_kind(reader, json, "bytes",
		    "write a string, or {\"base64\": \"...\"}");
		return;
	}
	if (base64_size(chars, &size) < 0) {
		field_fault(reader, json, "bad-base64", NULL,
		    "this is no base64");
		return;
	}
	if (!check_count(reader, field, json, size, "bytes"))
		return;
	if (bsk_buf_new(size, at, &bytes) < 0)
		reader->is_out_of_memory = true;
	else
		base64_decode(chars, bytes);
}

static void
read_buf(struct field_reader *reader, const struct bsk_field *field,
    const bsk_json *json, bsk_buf *at)
{
	const char *chars = bsk_json_string(json);

	if (chars == NULL) {
		read_base64(reader, field, json, at);
		return;
	}
	if (!check_count(reader, field, json, strlen(chars), "bytes"))
		return;
	*at = bsk_buf_copy(chars, strlen(chars));
	reader->is_out_of_memory |= bsk_buf_is_lost(at);
}

static void
read_list(struct field_reader *reader, const struct bsk_field *field,
    const bsk_json *json, bsk_list *at)
{
	struct bsk_field element = field_element(field);
	const bsk_json *child = bsk_json_first(json);
	size_t count = bsk_json_count(json);
	unsigned char *item;

	if (bsk_json_kind(json) != BSK_JSON_ARRAY) {
		field_fault_kind(reader, json, "an array", NULL);
		return;
	}
	if (!check_count(reader, field, json, count, "elements"))
		return;
	*at = bsk_list_new(field_size(&element),
	    count < UINT32_MAX ? (uint32_t)count : UINT32_MAX);
	if (bsk_list_is_lost(*at)) {
		reader->is_out_of_memory = true;
		return;
	}
	for (item = at->items; child != NULL; child = bsk_json_next(child)) {
		read_value(reader, &element, child, item);
		item += field_size(&element);
	}
}

/* What is made by the program alone is none here. */
static void
read_none(struct field_reader *reader, const struct bsk_field *field,
    const bsk_json *json)
{
	if (bsk_json_kind(json) != BSK_JSON_NULL)
		field_fault(reader, json, "not-readable", "leave it out",
		    "%s cannot be given in JSON", field->kind == BSK_KIND_FD ?
		    "a descriptor" : "a parcel");
}

/* A struct that may be left out. After a fault it is dropped with the rest. */
static void
read_optional(struct field_reader *reader, const struct bsk_field *field,
    const bsk_json *json, struct bsk_parcel **at)
{
	void *body;

	if (bsk_json_kind(json) == BSK_JSON_NULL &&
	    (field->marks & BSK_REQUIRED) == 0)
		return;
	body = calloc(1, field->type->size);
	if (body == NULL) {
		reader->is_out_of_memory = true;
		return;
	}
	read_body(reader, field->type, json, body);
	*at = bsk_parcel_new(field->type, body);
	reader->is_out_of_memory |= bsk_parcel_is_lost(*at);
	free(body);
}

static void
read_owned(struct field_reader *reader, const struct bsk_field *field,
    const bsk_json *json, void *at)
{
	switch (field->kind) {
	case BSK_KIND_STRUCT:
		read_body(reader, field->type, json, at);
		break;
	case BSK_KIND_TEXT:
		read_text(reader, field, json, at);
		break;
	case BSK_KIND_BUF:
		read_buf(reader, field, json, at);
		break;
	case BSK_KIND_LIST:
		read_list(reader, field, json, at);
		break;
	default:
		if (field->type != NULL)
			read_optional(reader, field, json, at);
		else
			read_none(reader, field, json);
		break;
	}
}

static void
read_value(struct field_reader *reader, const struct bsk_field *field,
    const bsk_json *json, void *at)
{
	switch (field->kind) {
	case BSK_KIND_BOOL:
		field_scalar_bool(reader, json, at);
		break;
	case BSK_KIND_F64:
		field_scalar_double(reader, field, json, at);
		break;
	case BSK_KIND_REF:
		field_scalar_ref(reader, json, at);
		break;
	default:
		if (field_is_integer(field))
			field_scalar_integer(reader, field, json, at);
		else
			read_owned(reader, field, json, at);
		break;
	}
}

/* A preset is the program's own text, and bsk_type_check has looked at it:
 * only memory can lack. */
static void
preset_value(struct field_reader *reader, const struct bsk_field *field,
    void *at)
{
	struct field_reader quiet = {NULL, NULL, false, false};
	bsk_json *json;
	int result;

	if (field->preset == NULL) {
		if (field->kind == BSK_KIND_STRUCT)
			preset_body(reader, field->type, at);
		return;
	}
	result = bsk_json_read(field->preset, strlen(field->preset), &json,
	    NULL);
	assert(result != -EINVAL);
	if (result == 0) {
		read_value(&quiet, field, json, at);
		assert(!quiet.is_faulty);
		bsk_json_free(json);
	}
	reader->is_out_of_memory |= result < 0 || quiet.is_out_of_memory;
}

/* A nested struct that is not given at all is not asked for its keys. */
static void
preset_body(struct field_reader *reader, const struct bsk_type *type,
    void *body)
{
	size_t i;

	for (i = 0; i < type->field_count; i++)
		preset_value(reader, &type->fields[i],
		    field_at_mutable(&type->fields[i], body));
}

static bool
is_known(const struct bsk_type *type, const char *key)
{
	size_t i;

	for (i = 0; i < type->field_count; i++)
		if (strcmp(field_key(&type->fields[i]), key) == 0)
			return true;
	return strcmp(key, COMMENT_KEY) == 0;
}

static void
read_field(struct field_reader *reader, const struct bsk_field *field,
    const bsk_json *object, void *at)
{
	const bsk_json *value = object == NULL ? NULL :
	    bsk_json_member(object, field_key(field));

	if (value != NULL)
		read_value(reader, field, value, at);
	else if ((field->marks & BSK_REQUIRED) != 0)
		field_fault_missing(reader, object, field);
	else
		preset_value(reader, field, at);
}

static void
read_body(struct field_reader *reader, const struct bsk_type *type,
    const bsk_json *json, void *body)
{
	const bsk_json *member = NULL;
	size_t i;

	if (json != NULL && bsk_json_kind(json) != BSK_JSON_OBJECT) {
		field_fault_kind(reader, json, "an object", NULL);
		return;
	}
	if (json != NULL)
		member = bsk_json_first(json);
	for (; member != NULL; member = bsk_json_next(member))
		if (!is_known(type, bsk_json_key(member)))
			field_fault_unknown(reader, json, member, type);
	for (i = 0; i < type->field_count; i++)
		read_field(reader, &type->fields[i], json,
		    field_at_mutable(&type->fields[i], body));
}

int
bsk_type_from_json(const struct bsk_type *type,
    const struct bsk_json *json, void *ret_body,
    bsk_on_json_fault *on_fault, void *arg)
{
	struct field_reader reader = {on_fault, arg, false, false};

	memset(ret_body, 0, type->size);
	read_body(&reader, type, json, ret_body);
	if (!reader.is_out_of_memory && !reader.is_faulty)
		return 0;
	bsk_type_drop(type, ret_body);
	return reader.is_out_of_memory ? -ENOMEM : -EINVAL;
}
