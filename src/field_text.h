/* src/field_text.h - one value of a field in words. */
#ifndef BUSKIN_SRC_FIELD_TEXT_H
#define BUSKIN_SRC_FIELD_TEXT_H

#include "field.h"
#include "field_unit.h"

/* Room for a ref's text, with its zero byte. */
#define FIELD_REF_SIZE 24

/* An integer as the field's unit and words say; `value` is what field_integer
 * gives. Words are not copied and may be longer than `ret_chars`, so the text
 * is returned: it is `ret_chars`, of FIELD_UNIT_SIZE bytes, or a word. */
const char *field_integer_text(const struct bsk_field *field, int64_t value,
    char *ret_chars);

/* "index.generation". */
void field_ref_text(bsk_ref ref, char *ret_chars);

#endif
