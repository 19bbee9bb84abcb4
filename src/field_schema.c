/* src/field_schema.c - JSON Schema (draft 2020-12) of a type.
 *
 * It says what bsk_type_from_json takes, as far as a schema can: lengths are
 * bytes here and characters there, so a bound is given only where it follows.
 */
#include <errno.h>
#include <string.h>

#include <buskin/json.h>

#include "field.h"
#include "field_unit.h"

/* 2^53: bounds beyond it cannot be written exactly, and need not be. */
#define SAFE_MAX 9007199254740992

/* A schema that is being made, and the types around it. */
struct maker {
	const struct maker *up;      /* the struct that holds this one */
	const struct bsk_type *type; /* whose fields are being described */
};

/* Each of these puts into `to` and gives 0 or -ENOMEM; `to` may be NULL for
 * one that could not be made. */
static int put_value(bsk_json *to, const struct bsk_field *field,
    const struct maker *maker);

static int
put_string(bsk_json *to, const char *key, const char *chars)
{
	return bsk_json_put(to, key, bsk_json_new_string(chars));
}

static int
put_number(bsk_json *to, const char *key, double number)
{
	return bsk_json_put(to, key, bsk_json_new_number(number));
}

/* "type": one, or [one, other]. */
static int
put_types(bsk_json *to, const char *one, const char *other)
{
	bsk_json *types;

	if (other == NULL)
		return put_string(to, "type", one);
	types = bsk_json_new_array();
	if (bsk_json_append(types, bsk_json_new_string(one)) < 0 ||
	    bsk_json_append(types, bsk_json_new_string(other)) < 0) {
		bsk_json_free(types);
		return -ENOMEM;
	}
	return bsk_json_put(to, "type", types);
}

static int
put_pattern(bsk_json *to, const char *other, const char *pattern)
{
	int result = put_types(to, "string", other);

	return result < 0 ? result : put_string(to, "pattern", pattern);
}

/* --- integers --- */

static int
put_words(bsk_json *to, const struct bsk_field *field)
{
	bsk_json *words = bsk_json_new_array();
	size_t i;

	for (i = 0; field->names[i] != NULL; i++) {
		if (bsk_json_append(words,
		    bsk_json_new_string(field->names[i])) < 0) {
			bsk_json_free(words);
			return -ENOMEM;
		}
	}
	return bsk_json_put(to, "enum", words);
}

static int
put_range(bsk_json *to, const struct bsk_field *field)
{
	uint64_t max;
	int64_t min;
	int result = 0;

	field_range(field, &min, &max);
	if (min >= -SAFE_MAX)
		result = put_number(to, "minimum", (double)min);
	if (result == 0 && !field_is_unsigned(field) &&
	    (int64_t)max <= SAFE_MAX)
		result = put_number(to, "maximum", (double)(int64_t)max);
	if (result == 0 && field_is_unsigned(field) && max <= SAFE_MAX)
		result = put_number(to, "maximum", (double)max);
	return result;
}

static int
put_plain(bsk_json *to, const struct bsk_field *field)
{
	bool is_wide = field_size(field) == sizeof(int64_t);
	int result;

	if (field->unit == BSK_UNIT_COUNTER)
		result = put_pattern(to, "integer", "^-?[0-9]+$");
	else if (is_wide)
		result = put_pattern(to, "integer", "^-?[0-9]{16,20}$");
	else
		result = put_types(to, "integer", NULL);
	return result < 0 ? result : put_range(to, field);
}

static int
put_integer(bsk_json *to, const struct bsk_field *field)
{
	int result;

	if (field->names != NULL)
		return put_words(to, field);
	switch (field->unit) {
	case BSK_UNIT_NS:
		return put_pattern(to, NULL,
		    "^(0|-?([0-9]+(\\.[0-9]+)?(d|h|m|s|ms|us|ns))+)$");
	case BSK_UNIT_MODE:
		return put_pattern(to, NULL, "^0?[0-7]{1,4}$");
	case BSK_UNIT_BYTES:
		result = put_pattern(to, "integer",
		    "^[0-9]+(\\.[0-9]+)?([KMGT]iB|[kMGT]?B)?$");
		return result < 0 ? result : put_range(to, field);
	case BSK_UNIT_SIGNAL:
		result = put_pattern(to, "integer",
		    "^(SIG)?[A-Z][A-Z0-9]+([+-][0-9]+)?$");
		return result < 0 ? result : put_range(to, field);
	default:
		return put_plain(to, field);
	}
}

static int
put_double(bsk_json *to, const struct bsk_field *field)
{
	int result = put_types(to, "number", NULL);

	if (result == 0 && (field->min != 0 || field->max != 0))
		result = put_number(to, "minimum", (double)field->min);
	if (result == 0 && (field->max > 0 || field->min < 0))
		result = put_number(to, "maximum", (double)field->max);
	return result;
}

/* --- what owns --- */

/* No more bytes are no more characters; one byte is one character. */
static int
put_lengths(bsk_json *to, const struct bsk_field *field)
{
	int result = 0;

	if (field->min > 0)
		result = put_number(to, "minLength", 1);
	if (result == 0 && field->max > 0)
		result = put_number(to, "maxLength", (double)field->max);
	return result;
}

static int
put_text(bsk_json *to, const struct bsk_field *field)
{
	int result;

	result = put_types(to, "string",
	    (field->marks & BSK_REQUIRED) != 0 ? NULL : "null");
	return result < 0 ? result : put_lengths(to, field);
}

static bsk_json *
base64_object(void)
{
	static const char text[] = "{\"base64\": {\"type\": \"string\", "
	    "\"contentEncoding\": \"base64\"}}";
	bsk_json *properties = NULL;

	(void)bsk_json_read(text, sizeof(text) - 1, &properties, NULL);
	return properties;
}

/* Keywords for one kind of value do not bind the others, so the string's and
 * the object's stand side by side. */
static int
put_buf(bsk_json *to, const struct bsk_field *field)
{
	bsk_json *required = bsk_json_new_array();
	int result;

	result = bsk_json_append(required, bsk_json_new_string("base64"));
	if (result < 0) {
		bsk_json_free(required);
		return result;
	}
	result = bsk_json_put(to, "required", required);
	if (result == 0)
		result = put_types(to, "string", "object");
	if (result == 0)
		result = put_lengths(to, field);
	if (result == 0)
		result = bsk_json_put(to, "properties", base64_object());
	if (result == 0)
		result = bsk_json_put(to, "additionalProperties",
		    bsk_json_new_bool(false));
	return result;
}

static int
put_list(bsk_json *to, const struct bsk_field *field,
    const struct maker *maker)
{
	struct bsk_field element = field_element(field);
	bsk_json *items = bsk_json_new_object();
	int result;

	result = put_value(items, &element, maker);
	if (result < 0) {
		bsk_json_free(items);
		return result;
	}
	result = bsk_json_put(to, "items", items);
	if (result == 0)
		result = put_types(to, "array", NULL);
	if (result == 0 && field->min > 0)
		result = put_number(to, "minItems", (double)field->min);
	if (result == 0 && field->max > 0)
		result = put_number(to, "maxItems", (double)field->max);
	return result;
}

/* --- objects --- */

static int
put_properties(bsk_json *to, const struct maker *maker)
{
	const struct bsk_type *type = maker->type;
	bsk_json *properties = bsk_json_new_object();
	bsk_json *value;
	int result;
	size_t i;

	result = bsk_json_put(properties, "$comment",
	    bsk_json_new_bool(true));
	for (i = 0; i < type->field_count && result == 0; i++) {
		value = bsk_json_new_object();
		result = put_value(value, &type->fields[i], maker);
		if (result < 0)
			bsk_json_free(value);
		else
			result = bsk_json_put(properties,
			    field_key(&type->fields[i]), value);
	}
	if (result < 0) {
		bsk_json_free(properties);
		return result;
	}
	return bsk_json_put(to, "properties", properties);
}

static int
put_required(bsk_json *to, const struct bsk_type *type)
{
	bsk_json *keys = bsk_json_new_array();
	int result = keys == NULL ? -ENOMEM : 0;
	size_t i;

	for (i = 0; i < type->field_count && result == 0; i++)
		if ((type->fields[i].marks & BSK_REQUIRED) != 0)
			result = bsk_json_append(keys, bsk_json_new_string(
			    field_key(&type->fields[i])));
	if (result < 0 || bsk_json_count(keys) == 0) {
		bsk_json_free(keys);
		return result;
	}
	return bsk_json_put(to, "required", keys);
}

static bool
is_inside(const struct bsk_type *type, const struct maker *maker)
{
	for (; maker != NULL; maker = maker->up)
		if (maker->type == type)
			return true;
	return false;
}

/* A type inside itself is any object: a schema that stands in another has no
 * root to refer to. */
static int
put_type(bsk_json *to, const struct bsk_type *type, const struct maker *up,
    const char *other)
{
	struct maker maker = {up, type};
	int result = put_types(to, "object", other);

	if (result < 0 || is_inside(type, up))
		return result;
	result = put_properties(to, &maker);
	if (result == 0)
		result = put_required(to, type);
	if (result == 0)
		result = bsk_json_put(to, "additionalProperties",
		    bsk_json_new_bool(false));
	return result;
}

static int
put_owned(bsk_json *to, const struct bsk_field *field,
    const struct maker *maker)
{
	switch (field->kind) {
	case BSK_KIND_STRUCT:
		return put_type(to, field->type, maker, NULL);
	case BSK_KIND_TEXT:
		return put_text(to, field);
	case BSK_KIND_BUF:
		return put_buf(to, field);
	case BSK_KIND_LIST:
		return put_list(to, field, maker);
	default:
		if (field->kind == BSK_KIND_PARCEL && field->type == NULL)
			return put_types(to, "object", "null");
		if (field->type == NULL)
			return put_types(to, "null", NULL);
		return put_type(to, field->type, maker,
		    (field->marks & BSK_REQUIRED) != 0 ? NULL : "null");
	}
}

static int
put_kind(bsk_json *to, const struct bsk_field *field,
    const struct maker *maker)
{
	switch (field->kind) {
	case BSK_KIND_BOOL:
		return put_types(to, "boolean", NULL);
	case BSK_KIND_F64:
		return put_double(to, field);
	case BSK_KIND_REF:
		return put_pattern(to, "null", "^[0-9]{1,10}\\.[0-9]{1,10}$");
	default:
		if (field_is_integer(field))
			return put_integer(to, field);
		return put_owned(to, field, maker);
	}
}

static int
put_preset(bsk_json *to, const char *preset)
{
	bsk_json *json = NULL;

	(void)bsk_json_read(preset, strlen(preset), &json, NULL);
	return bsk_json_put(to, "default", json);
}

static int
put_value(bsk_json *to, const struct bsk_field *field,
    const struct maker *maker)
{
	int result = 0;

	if (field->doc != NULL)
		result = put_string(to, "description", field->doc);
	if (result == 0)
		result = put_kind(to, field, maker);
	if (result == 0 && field->preset != NULL)
		result = put_preset(to, field->preset);
	if (result == 0 && (field->marks & BSK_SECRET) != 0)
		result = bsk_json_put(to, "writeOnly",
		    bsk_json_new_bool(true));
	return result;
}

int
bsk_type_schema(const struct bsk_type *type, struct bsk_json **ret_json)
{
	bsk_json *schema = bsk_json_new_object();
	int result;

	result = put_string(schema, "title", type->name);
	if (result == 0 && type->doc != NULL)
		result = put_string(schema, "description", type->doc);
	if (result == 0)
		result = put_type(schema, type, NULL, NULL);
	if (result < 0)
		bsk_json_free(schema);
	else
		*ret_json = schema;
	return result;
}
