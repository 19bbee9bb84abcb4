/* src/field.c - what a body owns: dropping, copying, weighing it.
 *
 * A type, its fields, the elements of a list and a parcel hold each other in
 * turn, so the functions here are mutually recursive and share one file. What
 * only looks at a single number is in field_number.c.
 */
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "os_fd.h"

struct bsk_parcel {
	const struct bsk_type *type;
	alignas(max_align_t) unsigned char body[];
};

/* A lost parcel is known by its address; it is never written. */
static const struct bsk_parcel lost_parcel;

/* Bounds that are passed on the way to a type's bound; more is taken for a
 * type that holds itself. */
#define BOUND_DEPTH_MAX 32

static void drop_fields(const struct bsk_type *type, void *body);
static int copy_fields(const struct bsk_type *type, const void *from,
    void *to);
static int copy_parcel(const struct bsk_parcel *from,
    struct bsk_parcel **ret_to);

/* --- dropping --- */

static void
drop_list(const struct bsk_field *field, bsk_list *list);

static void
drop_value(const struct bsk_field *field, void *at)
{
	switch (field->kind) {
	case BSK_KIND_STRUCT:
		drop_fields(field->type, at);
		break;
	case BSK_KIND_TEXT:
		bsk_text_drop(at);
		break;
	case BSK_KIND_BUF:
		bsk_buf_drop(at);
		break;
	case BSK_KIND_FD:
		bsk_fd_drop(at);
		break;
	case BSK_KIND_LIST:
		drop_list(field, at);
		break;
	case BSK_KIND_PARCEL:
		bsk_parcel_free(*(struct bsk_parcel **)at);
		break;
	default:
		break;
	}
}

static void
drop_list(const struct bsk_field *field, bsk_list *list)
{
	struct bsk_field element = field_element(field);
	size_t size = field_size(&element);
	uint32_t i;

	if (list->items == NULL)
		return;
	if (element.kind >= BSK_KIND_STRUCT)
		for (i = 0; i < list->count; i++)
			drop_value(&element,
			    (unsigned char *)list->items + i * size);
	free(list->items);
}

static void
drop_fields(const struct bsk_type *type, void *body)
{
	const struct bsk_field *end = type->fields + type->field_count;
	const struct bsk_field *field;

	if ((type->marks & BSK_TYPE_OWNS) == 0)
		return;
	for (field = type->fields; field < end; field++)
		if (field->kind >= BSK_KIND_STRUCT)
			drop_value(field, field_at_mutable(field, body));
}

void
bsk_type_drop(const struct bsk_type *type, void *body)
{
	drop_fields(type, body);
	memset(body, 0, type->size);
}

/* --- copying --- */

static int
copy_list(const struct bsk_field *field, const bsk_list *from, bsk_list *to);

/* `to` is zero before and, after a failure, can be dropped. */
static int
copy_value(const struct bsk_field *field, const void *from, void *to)
{
	switch (field->kind) {
	case BSK_KIND_STRUCT:
		return copy_fields(field->type, from, to);
	case BSK_KIND_TEXT:
		*(bsk_text *)to =
		    bsk_text_copy(((const bsk_text *)from)->chars);
		return bsk_text_is_lost(*(bsk_text *)to) ? -ENOMEM : 0;
	case BSK_KIND_BUF:
		*(bsk_buf *)to = bsk_buf_share(from);
		return bsk_buf_is_lost(to) ? -ENOMEM : 0;
	case BSK_KIND_FD:
		return os_fd_copy(*(const bsk_fd *)from, to);
	case BSK_KIND_LIST:
		return copy_list(field, from, to);
	case BSK_KIND_PARCEL:
		return copy_parcel(*(struct bsk_parcel *const *)from, to);
	default:
		memcpy(to, from, field_size(field));
		return 0;
	}
}

static int
copy_list(const struct bsk_field *field, const bsk_list *from, bsk_list *to)
{
	struct bsk_field element = field_element(field);
	size_t size = field_size(&element);
	uint32_t i;
	int result;

	*to = bsk_list_new(size, from->count);
	if (bsk_list_is_lost(*to))
		return -ENOMEM;
	for (i = 0; i < from->count; i++) {
		result = copy_value(&element,
		    (const unsigned char *)from->items + i * size,
		    (unsigned char *)to->items + i * size);
		if (result < 0)
			return result;
	}
	return 0;
}

/* Clears what a plain copy of the bytes must not share. */
static void
clear_owned(const struct bsk_type *type, void *body)
{
	size_t i;

	for (i = 0; i < type->field_count; i++)
		if (type->fields[i].kind >= BSK_KIND_STRUCT)
			memset(field_at_mutable(&type->fields[i], body), 0,
			    field_size(&type->fields[i]));
}

/* After a failure `to` is cleared and owns nothing. */
static int
copy_fields(const struct bsk_type *type, const void *from, void *to)
{
	const struct bsk_field *field;
	int result = 0;
	size_t i;

	memcpy(to, from, type->size);
	if ((type->marks & BSK_TYPE_OWNS) == 0)
		return 0;
	clear_owned(type, to);
	for (i = 0; i < type->field_count && result == 0; i++) {
		field = &type->fields[i];
		if (field->kind >= BSK_KIND_STRUCT)
			result = copy_value(field, field_at(field, from),
			    field_at_mutable(field, to));
	}
	if (result < 0)
		bsk_type_drop(type, to);
	return result;
}

int
bsk_type_copy(const struct bsk_type *type, const void *from, void *ret_to)
{
	alignas(max_align_t) unsigned char copy[BSK_TYPE_SIZE_MAX];
	int result = copy_fields(type, from, copy);

	if (result == 0)
		memcpy(ret_to, copy, type->size);
	return result;
}

/* --- parcels --- */

/* Where no memory was to be had for a parcel. The caller's struct may be a
 * const object when it owns nothing, so a copy of it is dropped. */
static struct bsk_parcel *
lose_parcel(const struct bsk_type *type, const void *body)
{
	alignas(max_align_t) unsigned char copy[BSK_TYPE_SIZE_MAX];

	memcpy(copy, body, type->size);
	drop_fields(type, copy);
	return (struct bsk_parcel *)&lost_parcel;
}

struct bsk_parcel *
bsk_parcel_new(const struct bsk_type *type, const void *body)
{
	struct bsk_parcel *parcel = NULL;

	if (!bsk_type_has_lost(type, body))
		parcel = malloc(sizeof(*parcel) + type->size);
	if (parcel == NULL)
		return lose_parcel(type, body);
	parcel->type = type;
	memcpy(parcel->body, body, type->size);
	return parcel;
}

static int
copy_parcel(const struct bsk_parcel *from, struct bsk_parcel **ret_to)
{
	struct bsk_parcel *parcel;
	int result;

	if (from == NULL)
		return 0;
	if (bsk_parcel_is_lost(from))
		return -ENOMEM;
	parcel = malloc(sizeof(*parcel) + from->type->size);
	if (parcel == NULL)
		return -ENOMEM;
	parcel->type = from->type;
	result = copy_fields(from->type, from->body, parcel->body);
	if (result < 0)
		free(parcel);
	else
		*ret_to = parcel;
	return result;
}

struct bsk_parcel *
bsk_parcel_copy(const struct bsk_parcel *parcel)
{
	struct bsk_parcel *copy = NULL;

	if (copy_parcel(parcel, &copy) < 0)
		return (struct bsk_parcel *)&lost_parcel;
	return copy;
}

void
bsk_parcel_free(struct bsk_parcel *parcel)
{
	if (parcel == NULL || bsk_parcel_is_lost(parcel))
		return;
	drop_fields(parcel->type, parcel->body);
	free(parcel);
}

bool
bsk_parcel_is_lost(const struct bsk_parcel *parcel)
{
	return parcel == &lost_parcel;
}

const struct bsk_type *
bsk_parcel_type(const struct bsk_parcel *parcel)
{
	return parcel == NULL ? NULL : parcel->type;
}

const void *
bsk_parcel_body(const struct bsk_parcel *parcel)
{
	if (parcel == NULL || bsk_parcel_is_lost(parcel))
		return NULL;
	return parcel->body;
}

/* --- lost --- */

static bool
list_has_lost(const struct bsk_field *field, const bsk_list *list);

static bool
value_has_lost(const struct bsk_field *field, const void *at)
{
	switch (field->kind) {
	case BSK_KIND_STRUCT:
		return bsk_type_has_lost(field->type, at);
	case BSK_KIND_TEXT:
		return bsk_text_is_lost(*(const bsk_text *)at);
	case BSK_KIND_BUF:
		return bsk_buf_is_lost(at);
	case BSK_KIND_LIST:
		return list_has_lost(field, at);
	case BSK_KIND_PARCEL:
		return bsk_parcel_is_lost(*(struct bsk_parcel *const *)at);
	default:
		return false;
	}
}

static bool
list_has_lost(const struct bsk_field *field, const bsk_list *list)
{
	struct bsk_field element = field_element(field);
	size_t size = field_size(&element);
	uint32_t i;

	if (bsk_list_is_lost(*list))
		return true;
	if (element.kind < BSK_KIND_STRUCT)
		return false;
	for (i = 0; i < list->count; i++)
		if (value_has_lost(&element,
		    (const unsigned char *)list->items + i * size))
			return true;
	return false;
}

bool
bsk_type_has_lost(const struct bsk_type *type, const void *body)
{
	const struct bsk_field *end = type->fields + type->field_count;
	const struct bsk_field *field;

	if ((type->marks & BSK_TYPE_OWNS) == 0)
		return false;
	for (field = type->fields; field < end; field++)
		if (field->kind >= BSK_KIND_STRUCT &&
		    value_has_lost(field, field_at(field, body)))
			return true;
	return false;
}

/* --- weight and bound --- */

static size_t weigh_owned(const struct bsk_type *type, const void *body);

static size_t
weigh_list(const struct bsk_field *field, const bsk_list *list);

static size_t
weigh_parcel(const struct bsk_parcel *parcel)
{
	if (parcel == NULL || bsk_parcel_is_lost(parcel))
		return 0;
	return sizeof(*parcel) + bsk_type_weight(parcel->type, parcel->body);
}

/* What a value holds beyond its place in the struct. */
static size_t
weigh_value(const struct bsk_field *field, const void *at)
{
	switch (field->kind) {
	case BSK_KIND_STRUCT:
		return weigh_owned(field->type, at);
	case BSK_KIND_TEXT:
		if (((const bsk_text *)at)->chars == NULL)
			return 0;
		return strlen(((const bsk_text *)at)->chars) + 1;
	case BSK_KIND_BUF:
		return ((const bsk_buf *)at)->size;
	case BSK_KIND_LIST:
		return weigh_list(field, at);
	case BSK_KIND_PARCEL:
		return weigh_parcel(*(struct bsk_parcel *const *)at);
	default:
		return 0;
	}
}

static size_t
weigh_list(const struct bsk_field *field, const bsk_list *list)
{
	struct bsk_field element = field_element(field);
	size_t size = field_size(&element);
	size_t weight = 0;
	uint32_t i;

	if (list->items == NULL)
		return 0;
	if (element.kind >= BSK_KIND_STRUCT)
		for (i = 0; i < list->count; i++)
			weight += weigh_value(&element,
			    (const unsigned char *)list->items + i * size);
	return weight + size * list->count;
}

static size_t
weigh_owned(const struct bsk_type *type, const void *body)
{
	size_t weight = 0;
	size_t i;

	if ((type->marks & BSK_TYPE_OWNS) == 0)
		return 0;
	for (i = 0; i < type->field_count; i++)
		weight += weigh_value(&type->fields[i],
		    field_at(&type->fields[i], body));
	return weight;
}

size_t
bsk_type_weight(const struct bsk_type *type, const void *body)
{
	return type->size + weigh_owned(type, body);
}

static size_t bound_owned(const struct bsk_type *type, unsigned depth);
static size_t bound_value(const struct bsk_field *field, unsigned depth);

static size_t
bound_list(const struct bsk_field *field, size_t max, unsigned depth)
{
	struct bsk_field element = field_element(field);
	size_t each = bound_value(&element, depth);

	if (each > SIZE_MAX - field_size(&element))
		return SIZE_MAX;
	each += field_size(&element);
	return max > SIZE_MAX / each ? SIZE_MAX : max * each;
}

/* The most that a value can hold beyond its place in the struct. */
static size_t
bound_value(const struct bsk_field *field, unsigned depth)
{
	size_t max = field->max > 0 ? (size_t)field->max : SIZE_MAX;

	switch (field->kind) {
	case BSK_KIND_STRUCT:
		return bound_owned(field->type, depth);
	case BSK_KIND_TEXT:
		return max == SIZE_MAX ? max : max + 1;
	case BSK_KIND_BUF:
		return max;
	case BSK_KIND_PARCEL:
		return SIZE_MAX;
	case BSK_KIND_LIST:
		return max == SIZE_MAX ? max :
		    bound_list(field, max, depth);
	default:
		return 0;
	}
}

/* Ends at the first field without a bound, so that a type which holds itself
 * more than once is not walked more than once. */
static size_t
bound_owned(const struct bsk_type *type, unsigned depth)
{
	size_t bound = 0;
	size_t more;
	size_t i;

	if (depth == BOUND_DEPTH_MAX)
		return SIZE_MAX;
	for (i = 0; i < type->field_count; i++) {
		more = bound_value(&type->fields[i], depth + 1);
		if (more > SIZE_MAX - bound)
			return SIZE_MAX;
		bound += more;
	}
	return bound;
}

size_t
bsk_type_bound(const struct bsk_type *type)
{
	size_t owned = bound_owned(type, 0);

	return owned > SIZE_MAX - type->size ? SIZE_MAX : owned + type->size;
}
