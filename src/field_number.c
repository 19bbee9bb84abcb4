/* src/field_number.c - a field by itself: its size, its number, its range. */
#include <signal.h>
#include <stdbool.h>

#include "field.h"

size_t
field_size(const struct bsk_field *field)
{
	static const size_t sizes[] = {
		[BSK_KIND_BOOL] = sizeof(bool),
		[BSK_KIND_I8] = sizeof(int8_t),
		[BSK_KIND_I16] = sizeof(int16_t),
		[BSK_KIND_I32] = sizeof(int32_t),
		[BSK_KIND_I64] = sizeof(int64_t),
		[BSK_KIND_U8] = sizeof(uint8_t),
		[BSK_KIND_U16] = sizeof(uint16_t),
		[BSK_KIND_U32] = sizeof(uint32_t),
		[BSK_KIND_U64] = sizeof(uint64_t),
		[BSK_KIND_F64] = sizeof(double),
		[BSK_KIND_REF] = sizeof(bsk_ref),
		[BSK_KIND_TEXT] = sizeof(bsk_text),
		[BSK_KIND_BUF] = sizeof(bsk_buf),
		[BSK_KIND_FD] = sizeof(bsk_fd),
		[BSK_KIND_LIST] = sizeof(bsk_list),
		[BSK_KIND_PARCEL] = sizeof(struct bsk_parcel *),
	};

	if (field->kind == BSK_KIND_STRUCT)
		return field->type->size;
	return sizes[field->kind];
}

struct bsk_field
field_element(const struct bsk_field *list)
{
	struct bsk_field element = *list;

	element.kind = list->element;
	element.element = BSK_KIND_NONE;
	element.offset = 0;
	element.min = 0;
	element.max = 0;
	element.preset = NULL;
	return element;
}

int64_t
field_integer(const struct bsk_field *field, const void *at)
{
	switch (field->kind) {
	case BSK_KIND_I8:
		return *(const int8_t *)at;
	case BSK_KIND_I16:
		return *(const int16_t *)at;
	case BSK_KIND_I32:
		return *(const int32_t *)at;
	case BSK_KIND_U8:
		return *(const uint8_t *)at;
	case BSK_KIND_U16:
		return *(const uint16_t *)at;
	case BSK_KIND_U32:
		return *(const uint32_t *)at;
	default:
		return *(const int64_t *)at;
	}
}

void
field_integer_set(const struct bsk_field *field, void *at, int64_t value)
{
	switch (field->kind) {
	case BSK_KIND_I8:
	case BSK_KIND_U8:
		*(uint8_t *)at = (uint8_t)value;
		break;
	case BSK_KIND_I16:
	case BSK_KIND_U16:
		*(uint16_t *)at = (uint16_t)value;
		break;
	case BSK_KIND_I32:
	case BSK_KIND_U32:
		*(uint32_t *)at = (uint32_t)value;
		break;
	default:
		*(int64_t *)at = value;
		break;
	}
}

size_t
field_word_count(const struct bsk_field *field)
{
	size_t count = 0;

	if (field->names != NULL)
		while (field->names[count] != NULL)
			count++;
	return count;
}

/* The most that the kind, the unit and the words allow. */
static uint64_t
largest_of(const struct bsk_field *field)
{
	unsigned bits = 8 * (unsigned)field_size(field);
	uint64_t largest = UINT64_MAX >> (64 - bits);
	uint64_t most = largest;

	if (!field_is_unsigned(field))
		largest >>= 1;
	if (field->names != NULL)
		most = field_word_count(field) - 1;
	else if (field->unit == BSK_UNIT_MODE)
		most = 07777;
	else if (field->unit == BSK_UNIT_SIGNAL)
		most = (uint64_t)SIGRTMAX;
	return most < largest ? most : largest;
}

static int64_t
least_of(const struct bsk_field *field)
{
	if (field_is_unsigned(field) || field->names != NULL ||
	    field->unit == BSK_UNIT_MODE || field->unit == BSK_UNIT_SIGNAL)
		return 0;
	return -(int64_t)(UINT64_MAX >> (65 - 8 * field_size(field))) - 1;
}

void
field_range(const struct bsk_field *field, int64_t *ret_min,
    uint64_t *ret_max)
{
	uint64_t largest = largest_of(field);
	int64_t least = least_of(field);
	bool has_max = field->max > 0 || field->min < 0;

	if ((field->min != 0 || field->max != 0) && field->min > least)
		least = field->min;
	/* A negative bound compares as a signed number; a signed kind's
	 * largest always fits one. */
	if (has_max && (field->max < 0 || (uint64_t)field->max < largest))
		largest = (uint64_t)field->max;
	*ret_min = least;
	*ret_max = largest;
}

bool
field_fits(const struct bsk_field *field, int64_t value)
{
	uint64_t max;
	int64_t min;

	field_range(field, &min, &max);
	if (field_is_unsigned(field))
		return (uint64_t)value >= (uint64_t)min &&
		    (uint64_t)value <= max;
	return value >= min && value <= (int64_t)max;
}
