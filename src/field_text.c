/* src/field_text.c - one value of a field in words. */
#include <inttypes.h>
#include <stdio.h>

#include "field_text.h"

static void
plain_text(const struct bsk_field *field, int64_t value, char *chars)
{
	if (field_is_unsigned(field))
		(void)snprintf(chars, FIELD_UNIT_SIZE, "%" PRIu64,
		    (uint64_t)value);
	else
		(void)snprintf(chars, FIELD_UNIT_SIZE, "%" PRId64, value);
}

const char *
field_integer_text(const struct bsk_field *field, int64_t value,
    char *ret_chars)
{
	/* Beyond INT64_MAX no unit has a text. */
	enum bsk_unit unit = value < 0 && field_is_unsigned(field) ?
	    BSK_UNIT_NONE : field->unit;

	if (value >= 0 && (size_t)value < field_word_count(field))
		return field->names[value];
	switch (unit) {
	case BSK_UNIT_NS:
		field_unit_duration_text(value, ret_chars);
		break;
	case BSK_UNIT_BYTES:
		field_unit_bytes_text(value, ret_chars);
		break;
	case BSK_UNIT_MODE:
		field_unit_mode_text(value, ret_chars);
		break;
	case BSK_UNIT_SIGNAL:
		field_unit_signal_text(value, ret_chars);
		break;
	default:
		plain_text(field, value, ret_chars);
		break;
	}
	return ret_chars;
}

void
field_ref_text(bsk_ref ref, char *ret_chars)
{
	(void)snprintf(ret_chars, FIELD_REF_SIZE, "%" PRIu32 ".%" PRIu32,
	    (uint32_t)ref.bits, (uint32_t)(ref.bits >> 32));
}
