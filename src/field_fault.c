/* src/field_fault.c - telling what is wrong with JSON that is to be a type. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "field_fault.h"
#include "field_text.h"
#include "utf8.h"

#define TEXT_SIZE 240

/* How much of what a stranger wrote is told back, bytes. */
#define SHOWN_MAX 60

static int
shown(const char *chars)
{
	return (int)utf8_cut(chars, SHOWN_MAX);
}

static void
tell(struct field_reader *reader, const struct bsk_json_fault *fault)
{
	reader->is_faulty = true;
	if (reader->on_fault != NULL)
		reader->on_fault(reader->arg, fault);
}

void
field_fault(struct field_reader *reader, const bsk_json *where,
    const char *code, const char *hint, const char *format, ...)
{
	char text[TEXT_SIZE];
	struct bsk_json_fault fault = {where, NULL, code, text, hint};
	va_list list;

	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	tell(reader, &fault);
}

void
field_fault_missing(struct field_reader *reader, const bsk_json *object,
    const struct bsk_field *field)
{
	char text[TEXT_SIZE];
	struct bsk_json_fault fault = {object, field_key(field), "missing-key",
	    text, field->doc};

	(void)snprintf(text, sizeof(text), "the key \"%s\" is missing",
	    field_key(field));
	tell(reader, &fault);
}

/* Appends ", WORD" and says whether it fitted; the end of the room is left
 * for "...". */
static bool
add_word(char *chars, size_t size, const char *word)
{
	size_t length = strlen(chars);
	int added;

	added = snprintf(chars + length, size - length - 4, "%s%s",
	    length == 0 ? "one of " : ", ", word);
	if ((size_t)added < size - length - 4)
		return true;
	(void)snprintf(chars + length, size - length, ", ...");
	return false;
}

static void
hint_words(char *hint, const struct bsk_field *field)
{
	size_t i;

	hint[0] = '\0';
	for (i = 0; field->names[i] != NULL; i++)
		if (!add_word(hint, FIELD_HINT_SIZE, field->names[i]))
			return;
}

static void
hint_keys(char *hint, const struct bsk_type *type)
{
	size_t i;

	hint[0] = '\0';
	for (i = 0; i < type->field_count; i++)
		if (!add_word(hint, FIELD_HINT_SIZE,
		    field_key(&type->fields[i])))
			return;
}

void
field_fault_unknown(struct field_reader *reader, const bsk_json *object,
    const bsk_json *member, const struct bsk_type *type)
{
	char text[TEXT_SIZE];
	char hint[FIELD_HINT_SIZE];
	const char *key = bsk_json_key(member);
	struct bsk_json_fault fault = {object, key, "unknown-key", text, hint};
	struct nearest nearest;
	size_t i;

	nearest_start(&nearest, key);
	for (i = 0; i < type->field_count; i++)
		nearest_offer(&nearest, field_key(&type->fields[i]));
	if (nearest.best != NULL)
		(void)snprintf(hint, sizeof(hint), "did you mean \"%s\"?",
		    nearest.best);
	else
		hint_keys(hint, type);
	(void)snprintf(text, sizeof(text), "unknown key \"%.*s\"", shown(key),
	    key);
	tell(reader, &fault);
}

void
field_fault_kind(struct field_reader *reader, const bsk_json *where,
    const char *wanted, const char *hint)
{
	field_fault(reader, where, "wrong-kind", hint, "expected %s, not %s",
	    wanted, bsk_json_kind_text(where));
}

void
field_fault_word(struct field_reader *reader, const bsk_json *where,
    const struct bsk_field *field)
{
	const char *given = bsk_json_string(where);
	char hint[FIELD_HINT_SIZE];
	struct nearest nearest;
	size_t i;

	nearest_start(&nearest, given);
	for (i = 0; field->names[i] != NULL; i++)
		nearest_offer(&nearest, field->names[i]);
	if (nearest.best != NULL)
		(void)snprintf(hint, sizeof(hint), "did you mean \"%s\"?",
		    nearest.best);
	else
		hint_words(hint, field);
	field_fault(reader, where, "unknown-word", hint,
	    "\"%.*s\" is no word for this", shown(given), given);
}

void
field_fault_range(struct field_reader *reader, const bsk_json *where,
    const struct bsk_field *field)
{
	char least[FIELD_UNIT_SIZE];
	char most[FIELD_UNIT_SIZE];
	uint64_t max;
	int64_t min;

	field_range(field, &min, &max);
	field_fault(reader, where, "out-of-range", NULL,
	    "out of range: %s to %s",
	    field_integer_text(field, min, least),
	    field_integer_text(field, (int64_t)max, most));
}
