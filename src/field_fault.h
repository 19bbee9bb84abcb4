/* src/field_fault.h - telling what is wrong with JSON that is to be a type. */
#ifndef BUSKIN_SRC_FIELD_FAULT_H
#define BUSKIN_SRC_FIELD_FAULT_H

#include <buskin/json.h>

#include "field.h"
#include "nearest.h"

/* A reading in progress. */
struct field_reader {
	bsk_on_json_fault *on_fault; /* may be NULL */
	void *arg;
	bool is_faulty;        /* something was told, or would have been */
	bool is_out_of_memory;
};

/* Room for a hint, with its zero byte. */
#define FIELD_HINT_SIZE 200

/* Tells of a fault of the value `where`. `hint` may be NULL. */
void field_fault(struct field_reader *reader, const bsk_json *where,
    const char *code, const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Tells that `object` (NULL: not given) lacks a key. */
void field_fault_missing(struct field_reader *reader, const bsk_json *object,
    const struct bsk_field *field);

/* Tells that `member` is none of the type's. */
void field_fault_unknown(struct field_reader *reader, const bsk_json *object,
    const bsk_json *member, const struct bsk_type *type);

/* Tells that the value is not `wanted`, a phrase such as "a string". */
void field_fault_kind(struct field_reader *reader, const bsk_json *where,
    const char *wanted, const char *hint);

/* Tells that a string is none of an enumeration's words. */
void field_fault_word(struct field_reader *reader, const bsk_json *where,
    const struct bsk_field *field);

/* Tells that an integer is out of the field's range. */
void field_fault_range(struct field_reader *reader, const bsk_json *where,
    const struct bsk_field *field);

#endif
