/* src/field_scalar.c - reading one number, word or address from JSON. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "field_scalar.h"
#include "field_unit.h"
#include "nearest.h"

/* Integers beyond it are given as strings. */
#define SAFE_MAX 9007199254740992 /* 2^53 */

/* An integer as it was given. */
struct integer {
	int64_t value;
	bool is_beyond; /* above INT64_MAX: `value` holds a uint64_t */
};

void
field_scalar_bool(struct field_reader *reader, const bsk_json *json, bool *at)
{
	enum bsk_json_kind kind = bsk_json_kind(json);

	if (kind == BSK_JSON_TRUE || kind == BSK_JSON_FALSE)
		*at = kind == BSK_JSON_TRUE;
	else
		field_fault_kind(reader, json, "true or false", NULL);
}

void
field_scalar_double(struct field_reader *reader,
    const struct bsk_field *field, const bsk_json *json, double *at)
{
	double number = bsk_json_number(json);
	bool has_min = field->min != 0 || field->max != 0;
	bool has_max = field->max > 0 || field->min < 0;

	if (bsk_json_kind(json) != BSK_JSON_NUMBER)
		field_fault_kind(reader, json, "a number", NULL);
	else if (has_min && number < (double)field->min)
		field_fault(reader, json, "out-of-range", NULL,
		    "out of range: the least is %lld", (long long)field->min);
	else if (has_max && number > (double)field->max)
		field_fault(reader, json, "out-of-range", NULL,
		    "out of range: the most is %lld", (long long)field->max);
	else
		*at = number;
}

/* "index.generation" */
static int
parse_ref(const char *chars, bsk_ref *ret_ref)
{
	const char *dot = strchr(chars, '.');
	uint64_t index;
	uint64_t generation;
	char digits[16];

	if (dot == NULL || (size_t)(dot - chars) >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, chars, (size_t)(dot - chars));
	digits[dot - chars] = '\0';
	if (field_unit_unsigned(digits, &index) < 0 ||
	    field_unit_unsigned(dot + 1, &generation) < 0 ||
	    index > UINT32_MAX || generation > UINT32_MAX)
		return -EINVAL;
	ret_ref->bits = generation << 32 | index;
	return 0;
}

void
field_scalar_ref(struct field_reader *reader, const bsk_json *json,
    bsk_ref *at)
{
	const char *chars = bsk_json_string(json);

	if (bsk_json_kind(json) == BSK_JSON_NULL)
		*at = bsk_nobody();
	else if (chars == NULL)
		field_fault_kind(reader, json, "an actor's ref",
		    "write \"index.generation\", or null for nobody");
	else if (parse_ref(chars, at) < 0)
		field_fault(reader, json, "bad-ref",
		    "write \"index.generation\", or null for nobody",
		    "this is no actor's ref");
}

/* --- integers --- */

static int
read_word(struct field_reader *reader, const struct bsk_field *field,
    const bsk_json *json, struct integer *ret_integer)
{
	const char *chars = bsk_json_string(json);
	size_t i;

	if (chars == NULL) {
		field_fault_kind(reader, json, "a word", NULL);
		return -EINVAL;
	}
	for (i = 0; field->names[i] != NULL; i++) {
		if (strcmp(chars, field->names[i]) == 0) {
			ret_integer->value = (int64_t)i;
			return 0;
		}
	}
	field_fault_word(reader, json, field);
	return -EINVAL;
}

static int
read_number(struct field_reader *reader, const bsk_json *json,
    const char *wanted, struct integer *ret_integer)
{
	if (bsk_json_kind(json) != BSK_JSON_NUMBER) {
		field_fault_kind(reader, json, wanted, NULL);
		return -EINVAL;
	}
	if (bsk_json_integer(json, &ret_integer->value) < 0) {
		field_fault(reader, json, "not-whole", NULL,
		    "a whole number is needed");
		return -EINVAL;
	}
	return 0;
}

/* A decimal string; `is_counter` says that small ones may be strings too. */
static int
read_digits(struct field_reader *reader, const bsk_json *json,
    bool is_counter, struct integer *ret_integer)
{
	const char *chars = bsk_json_string(json);
	uint64_t value;
	int result;

	result = field_unit_signed(chars, &ret_integer->value);
	if (result == -ERANGE && field_unit_unsigned(chars, &value) == 0) {
		ret_integer->value = (int64_t)value;
		ret_integer->is_beyond = true;
		return 0;
	}
	if (result == 0 && (is_counter || ret_integer->value > SAFE_MAX ||
	    ret_integer->value < -SAFE_MAX))
		return 0;
	if (result == -ERANGE)
		field_fault(reader, json, "out-of-range", NULL,
		    "out of range: more than 64 bits");
	else
		field_fault_kind(reader, json, "a whole number",
		    result == 0 ? "remove the quotes" : NULL);
	return -EINVAL;
}

static int
read_plain(struct field_reader *reader, const struct bsk_field *field,
    const bsk_json *json, struct integer *ret_integer)
{
	if (bsk_json_kind(json) == BSK_JSON_STRING)
		return read_digits(reader, json,
		    field->unit == BSK_UNIT_COUNTER, ret_integer);
	return read_number(reader, json, "a whole number", ret_integer);
}

static int
read_duration(struct field_reader *reader, const bsk_json *json,
    struct integer *ret_integer)
{
	const char *chars = bsk_json_string(json);
	int result;

	if (chars == NULL) {
		field_fault_kind(reader, json, "a time",
		    "write a string with a unit: \"250ms\", \"1m30s\"");
		return -EINVAL;
	}
	result = field_unit_duration(chars, &ret_integer->value);
	if (result == -ERANGE)
		field_fault(reader, json, "bad-duration",
		    "a time is a whole number of nanoseconds, up to 292 years",
		    "this time cannot be held");
	else if (result < 0)
		field_fault(reader, json, "bad-duration",
		    "units are d, h, m, s, ms, us, ns: \"250ms\", \"1m30s\"",
		    "this is no time");
	return result;
}

static int
read_size(struct field_reader *reader, const bsk_json *json,
    struct integer *ret_integer)
{
	const char *chars = bsk_json_string(json);
	int result;

	if (chars == NULL)
		return read_number(reader, json, "a size", ret_integer);
	result = field_unit_bytes(chars, &ret_integer->value);
	if (result < 0)
		field_fault(reader, json, "bad-size", "write bytes as a "
		    "number, or with a unit: \"64KiB\", \"1MiB\", \"10kB\"",
		    result == -ERANGE ? "this is no whole number of bytes" :
		    "this is no size");
	return result;
}

static int
read_mode(struct field_reader *reader, const bsk_json *json,
    struct integer *ret_integer)
{
	static const char hint[] = "write octal digits in quotes: \"0660\"";
	const char *chars = bsk_json_string(json);
	int result;

	if (chars == NULL) {
		field_fault_kind(reader, json, "a file mode", hint);
		return -EINVAL;
	}
	result = field_unit_mode(chars, &ret_integer->value);
	if (result < 0)
		field_fault(reader, json, "bad-mode", hint,
		    "this is no file mode");
	return result;
}

static int
read_signal(struct field_reader *reader, const bsk_json *json,
    struct integer *ret_integer)
{
	const char *chars = bsk_json_string(json);
	char hint[FIELD_HINT_SIZE] =
	    "write a name such as \"TERM\" or \"RTMIN+3\", or a number";
	struct nearest nearest;
	size_t i;

	if (chars == NULL)
		return read_number(reader, json, "a signal", ret_integer);
	if (field_unit_signal(chars, &ret_integer->value) == 0)
		return 0;
	nearest_start(&nearest, strncasecmp(chars, "SIG", 3) == 0 ?
	    chars + 3 : chars);
	for (i = 0; field_unit_signal_name(i) != NULL; i++)
		nearest_offer(&nearest, field_unit_signal_name(i));
	if (nearest.best != NULL)
		(void)snprintf(hint, sizeof(hint), "did you mean \"%s\"?",
		    nearest.best);
	field_fault(reader, json, "bad-signal", hint, "this is no signal");
	return -EINVAL;
}

static int
read_integer(struct field_reader *reader, const struct bsk_field *field,
    const bsk_json *json, struct integer *ret_integer)
{
	if (field->names != NULL)
		return read_word(reader, field, json, ret_integer);
	switch (field->unit) {
	case BSK_UNIT_NS:
		return read_duration(reader, json, ret_integer);
	case BSK_UNIT_BYTES:
		return read_size(reader, json, ret_integer);
	case BSK_UNIT_MODE:
		return read_mode(reader, json, ret_integer);
	case BSK_UNIT_SIGNAL:
		return read_signal(reader, json, ret_integer);
	default:
		return read_plain(reader, field, json, ret_integer);
	}
}

void
field_scalar_integer(struct field_reader *reader,
    const struct bsk_field *field, const bsk_json *json, void *at)
{
	struct integer integer = {0, false};
	bool is_unsigned = field_is_unsigned(field);

	if (read_integer(reader, field, json, &integer) < 0)
		return;
	if ((integer.is_beyond && !is_unsigned) ||
	    (!integer.is_beyond && integer.value < 0 && is_unsigned) ||
	    !field_fits(field, integer.value))
		field_fault_range(reader, json, field);
	else
		field_integer_set(field, at, integer.value);
}
