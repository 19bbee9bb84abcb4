/* src/field_scalar.h - reading one number, word or address from JSON. */
#ifndef BUSKIN_SRC_FIELD_SCALAR_H
#define BUSKIN_SRC_FIELD_SCALAR_H

#include "field_fault.h"

/* Each reads `json` into the field at `at`, or tells what is wrong with it and
 * leaves `at` alone. */
void field_scalar_bool(struct field_reader *reader, const bsk_json *json,
    bool *at);
void field_scalar_double(struct field_reader *reader,
    const struct bsk_field *field, const bsk_json *json, double *at);
void field_scalar_ref(struct field_reader *reader, const bsk_json *json,
    bsk_ref *at);
void field_scalar_integer(struct field_reader *reader,
    const struct bsk_field *field, const bsk_json *json, void *at);

#endif
