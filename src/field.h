/* src/field.h - what the files of the field machinery share. */
#ifndef BUSKIN_SRC_FIELD_H
#define BUSKIN_SRC_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <buskin/field.h>

/* The field's key in JSON. */
static inline const char *
field_key(const struct bsk_field *field)
{
	return field->json == NULL ? field->name : field->json;
}

/* Where the field lies in a body. */
static inline const void *
field_at(const struct bsk_field *field, const void *body)
{
	return (const unsigned char *)body + field->offset;
}

static inline void *
field_at_mutable(const struct bsk_field *field, void *body)
{
	return (unsigned char *)body + field->offset;
}

static inline bool
field_is_integer(const struct bsk_field *field)
{
	return field->kind >= BSK_KIND_I8 && field->kind <= BSK_KIND_U64;
}

static inline bool
field_is_unsigned(const struct bsk_field *field)
{
	return field->kind >= BSK_KIND_U8 && field->kind <= BSK_KIND_U64;
}

/* How many bytes the field takes in its struct. */
size_t field_size(const struct bsk_field *field);

/* An element of a list field, told as a field of its own at offset 0. */
struct bsk_field field_element(const struct bsk_field *list);

/* The integer at `at`, by the field's kind. An unsigned one beyond INT64_MAX
 * comes out negative: ask field_is_unsigned. */
int64_t field_integer(const struct bsk_field *field, const void *at);

/* Writes an integer that is known to fit the field's kind. */
void field_integer_set(const struct bsk_field *field, void *at, int64_t value);

/* How many words an enumeration has; 0: the field is none. */
size_t field_word_count(const struct bsk_field *field);

/* The range that an integer field's value must be in: the field's own, cut to
 * what its kind, unit and words allow. Of a signed field `ret_max` holds an
 * int64_t. */
void field_range(const struct bsk_field *field, int64_t *ret_min,
    uint64_t *ret_max);

/* Whether an integer is in the range. For an unsigned field `value` holds a
 * uint64_t. */
bool field_fits(const struct bsk_field *field, int64_t value);

#endif
