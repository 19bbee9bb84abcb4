/* src/deploy_show.c - a list of mistakes, written for people and as JSON. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/deployment.h>

/* The escape sequences of one style; all empty in the plain one. */
struct palette {
	const char *bold;
	const char *error;
	const char *warning;
	const char *dim;
	const char *end;
};

static const struct palette palettes[] = {
	[BSK_DIAGNOSES_PLAIN] = {"", "", "", "", ""},
	[BSK_DIAGNOSES_COLOUR] = {"\033[1m", "\033[1;31m", "\033[1;35m",
	    "\033[2m", "\033[0m"},
};

static const char *
severity_word(const struct bsk_diagnosis *shown)
{
	return shown->severity == BSK_ERROR ? "error" : "warning";
}

static void
write_head(FILE *out, const struct palette *in,
    const struct bsk_diagnosis *shown)
{
	const char *colour = shown->severity == BSK_ERROR ? in->error :
	    in->warning;

	(void)fprintf(out, "%s%s:", in->bold, shown->file);
	if (shown->place.line > 0)
		(void)fprintf(out, "%u:%u:", shown->place.line,
		    shown->place.column);
	(void)fprintf(out, "%s %s%s:%s %s %s[%s]%s\n", in->end, colour,
	    severity_word(shown), in->end, shown->text, in->dim, shown->code,
	    in->end);
}

static bool
is_tail(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* A tab stays a tab, so that the caret stands where the line has it. */
static void
write_caret(FILE *out, const struct palette *in,
    const struct bsk_diagnosis *shown)
{
	const char *at = shown->excerpt;
	unsigned left = shown->caret;

	(void)fputs("      | ", out);
	for (; left > 0 && *at != '\0'; at++)
		if (!is_tail(*at)) {
			(void)fputc(*at == '\t' ? '\t' : ' ', out);
			left--;
		}
	(void)fprintf(out, "%s^%s\n", in->bold, in->end);
}

static void
write_one(FILE *out, const struct palette *in,
    const struct bsk_diagnosis *shown)
{
	write_head(out, in, shown);
	if (shown->place.line > 0)
		(void)fprintf(out, "  at: %s\n",
		    *shown->pointer == '\0' ? "the whole" : shown->pointer);
	if (shown->excerpt != NULL) {
		(void)fprintf(out, "%5u | %s\n", shown->place.line,
		    shown->excerpt);
		write_caret(out, in, shown);
	}
	if (shown->hint != NULL)
		(void)fprintf(out, "  hint: %s\n", shown->hint);
}

char *
bsk_diagnoses_text(const bsk_diagnoses *diagnoses,
    enum bsk_diagnoses_style style)
{
	const struct bsk_diagnosis *shown;
	char *text = NULL;
	size_t size = 0;
	size_t i;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	for (i = 0; (shown = bsk_diagnoses_at(diagnoses, i)) != NULL; i++)
		write_one(out, &palettes[style], shown);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* --- as JSON --- */

static int
put_text(bsk_json *object, const char *key, const char *text)
{
	if (text == NULL)
		return 0;
	return bsk_json_put(object, key, bsk_json_new_string(text));
}

static int
put_number(bsk_json *object, const char *key, unsigned number)
{
	return bsk_json_put(object, key, bsk_json_new_number(number));
}

static int
put_place(bsk_json *object, const struct bsk_diagnosis *shown)
{
	int result = put_number(object, "line", shown->place.line);

	if (result == 0)
		result = put_number(object, "column", shown->place.column);
	if (result == 0)
		result = put_text(object, "pointer", shown->pointer);
	if (result == 0 && shown->excerpt != NULL)
		result = put_number(object, "caret", shown->caret);
	if (result == 0)
		result = put_text(object, "excerpt", shown->excerpt);
	return result;
}

static int
put_one(bsk_json *array, const struct bsk_diagnosis *shown)
{
	bsk_json *object = bsk_json_new_object();
	int result = object == NULL ? -ENOMEM : 0;

	if (result == 0)
		result = put_text(object, "severity", severity_word(shown));
	if (result == 0)
		result = put_text(object, "file", shown->file);
	if (result == 0 && shown->place.line > 0)
		result = put_place(object, shown);
	if (result == 0)
		result = put_text(object, "code", shown->code);
	if (result == 0)
		result = put_text(object, "text", shown->text);
	if (result == 0)
		result = put_text(object, "hint", shown->hint);
	if (result == 0)
		return bsk_json_append(array, object);
	bsk_json_free(object);
	return result;
}

int
bsk_diagnoses_json(const bsk_diagnoses *diagnoses, bsk_json **ret_json)
{
	const struct bsk_diagnosis *shown;
	bsk_json *array = bsk_json_new_array();
	int result = array == NULL ? -ENOMEM : 0;
	size_t i;

	for (i = 0; result == 0; i++) {
		shown = bsk_diagnoses_at(diagnoses, i);
		if (shown == NULL)
			break;
		result = put_one(array, shown);
	}
	if (result < 0) {
		bsk_json_free(array);
		return result;
	}
	*ret_json = array;
	return 0;
}
