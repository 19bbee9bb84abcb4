/* src/field_check.c - whether a type's descriptor is sound. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/json.h>

#include "field.h"

/* The types that are being looked at, each inside the one above it. */
struct chain {
	const struct chain *up;
	const struct bsk_type *type;
};

/* Each gives NULL, or why it is not sound. */
static const char *check_type(const struct bsk_type *type,
    const struct chain *up);

static const char *
check_place(const struct bsk_type *type, const struct bsk_field *field)
{
	size_t size;

	if (field->name == NULL || field->doc == NULL)
		return "a field has no name or no doc";
	if (field->kind <= BSK_KIND_NONE || field->kind > BSK_KIND_PARCEL)
		return "a field has no kind";
	if (field->kind == BSK_KIND_STRUCT && field->type == NULL)
		return "a struct field has no type, or its C type has no kind";
	size = field_size(field);
	if (size > type->size || field->offset > type->size - size)
		return "a field lies outside its struct";
	return NULL;
}

static const char *
check_words(const struct bsk_field *field)
{
	if (!field_is_integer(field))
		return "words and units are for integers";
	if (field->names != NULL && field->names[0] == NULL)
		return "an enumeration has no words";
	if (field->names != NULL && field->unit != BSK_UNIT_NONE)
		return "an enumeration has no unit";
	return NULL;
}

static const char *
check_number(const struct bsk_field *field)
{
	const char *why = NULL;
	uint64_t max;
	int64_t min;

	if (field->names != NULL || field->unit != BSK_UNIT_NONE)
		why = check_words(field);
	if (why != NULL || !field_is_integer(field))
		return why;
	field_range(field, &min, &max);
	if (field->min != 0 && field->min != min)
		return "min is out of the kind's range";
	if ((field->max > 0 || field->min < 0) && (uint64_t)field->max != max)
		return "max is out of the kind's range";
	return NULL;
}

static bool
is_countable(const struct bsk_field *field)
{
	return field->kind == BSK_KIND_TEXT || field->kind == BSK_KIND_BUF ||
	    field->kind == BSK_KIND_LIST;
}

static const char *
check_range(const struct bsk_field *field)
{
	bool has_max = field->max != 0 || field->min < 0;

	if (field->min == 0 && field->max == 0)
		return NULL;
	if (has_max && field->max < field->min)
		return "max is less than min";
	if (is_countable(field))
		return field->min < 0 ? "a size is not negative" : NULL;
	if (!field_is_integer(field) && field->kind != BSK_KIND_F64)
		return "this kind has no range";
	return NULL;
}

static const char *
check_list(const struct bsk_field *field)
{
	struct bsk_field element;

	if (field->kind != BSK_KIND_LIST)
		return field->element == BSK_KIND_NONE ? NULL :
		    "only a list has elements";
	if (field->element <= BSK_KIND_NONE ||
	    field->element > BSK_KIND_PARCEL ||
	    field->element == BSK_KIND_LIST)
		return "a list needs an element that is no list";
	if (field->element == BSK_KIND_STRUCT && field->type == NULL)
		return "a list of structs needs their type";
	element = field_element(field);
	return check_number(&element);
}

/* Whether dropping a field of this kind has work to do. */
static bool
owns(const struct bsk_field *field)
{
	if (field->kind == BSK_KIND_STRUCT)
		return (field->type->marks & BSK_TYPE_OWNS) != 0;
	return field->kind > BSK_KIND_STRUCT;
}

/* Tries the preset as if it were given: the field alone, in a struct of its
 * own, so that required neighbours do not matter. */
static const char *
check_preset(const struct bsk_field *field)
{
	struct bsk_field alone = *field;
	struct bsk_type type = {.name = "preset", .fields = &alone,
	    .field_count = 1, .marks = BSK_TYPE_OWNS};
	bsk_json *object = bsk_json_new_object();
	bsk_json *value = NULL;
	int result;
	void *body;

	alone.offset = 0;
	alone.preset = NULL;
	type.size = field_size(field);
	body = malloc(type.size);
	result = bsk_json_read(field->preset, strlen(field->preset), &value,
	    NULL);
	if (result == 0)
		result = bsk_json_put(object, field_key(field), value);
	if (result == 0 && body != NULL)
		result = bsk_type_from_json(&type, object, body, NULL, NULL);
	if (result == 0 && body != NULL)
		bsk_type_drop(&type, body);
	free(body);
	bsk_json_free(object);
	return result == -EINVAL ? "a preset is not of the field's kind" :
	    NULL;
}

static const char *
check_marks(const struct bsk_field *field)
{
	bool is_required = (field->marks & BSK_REQUIRED) != 0;

	if (is_required && field->preset != NULL)
		return "a required field needs no preset";
	if (is_required && (field->kind == BSK_KIND_FD ||
	    (field->kind == BSK_KIND_PARCEL && field->type == NULL)))
		return "JSON cannot give a descriptor or a parcel";
	return NULL;
}

static const char *
check_field(const struct bsk_type *type, const struct bsk_field *field,
    const struct chain *chain)
{
	const char *why = check_place(type, field);

	if (why == NULL && field->type != NULL)
		why = check_type(field->type, chain);
	if (why == NULL)
		why = check_range(field);
	if (why == NULL)
		why = check_list(field);
	if (why == NULL && field->kind != BSK_KIND_LIST)
		why = check_number(field);
	if (why == NULL)
		why = check_marks(field);
	if (why == NULL && field->preset != NULL)
		why = check_preset(field);
	return why;
}

static bool
has_twins(const struct bsk_type *type)
{
	const struct bsk_field *end = type->fields + type->field_count;
	const struct bsk_field *one;
	const struct bsk_field *other;

	for (one = type->fields; one < end; one++)
		for (other = type->fields; other < one; other++)
			if (strcmp(field_key(one), field_key(other)) == 0)
				return true;
	return false;
}

static bool
is_in_chain(const struct bsk_type *type, const struct chain *chain)
{
	for (; chain != NULL; chain = chain->up)
		if (chain->type == type)
			return true;
	return false;
}

static const char *
check_struct(const struct bsk_type *type)
{
	if (type->name == NULL || type->doc == NULL)
		return "the type has no name or no doc";
	if (type->size > BSK_TYPE_SIZE_MAX)
		return "the struct is larger than BSK_TYPE_SIZE_MAX";
	return NULL;
}

/* A list's elements may be of the type that holds the list. */
static const char *
check_type(const struct bsk_type *type, const struct chain *up)
{
	struct chain chain = {up, type};
	const char *why = check_struct(type);
	bool does_own = false;
	size_t i;

	if (is_in_chain(type, up))
		return NULL;
	for (i = 0; i < type->field_count && why == NULL; i++) {
		why = check_field(type, &type->fields[i], &chain);
		if (why == NULL)
			does_own |= owns(&type->fields[i]);
	}
	if (why == NULL && has_twins(type))
		why = "two fields have one key";
	if (why == NULL && does_own != ((type->marks & BSK_TYPE_OWNS) != 0))
		why = does_own ? "a field owns something: mark the type" :
		    "no field owns anything: unmark the type";
	return why;
}

int
bsk_type_check(const struct bsk_type *type, const char **ret_why)
{
	const char *why = check_type(type, NULL);

	if (why == NULL)
		return 0;
	if (ret_why != NULL)
		*ret_why = why;
	return -EINVAL;
}
