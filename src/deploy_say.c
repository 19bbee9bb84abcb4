/* src/deploy_say.c - telling what is wrong with a configuration, and where. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deploy_clean.h"
#include "deploy_diagnoses.h"
#include "deploy_path.h"
#include "deploy_say.h"

/* Room for a text; longer ones are cut. */
#define TEXT_MAX 512

/* Room for a pointer; a longer one is cut. */
#define POINTER_MAX 1024

/* Where something stands in a source's own document. */
struct home {
	const struct deploy_source *source;
	const bsk_json *json;
	const char *key; /* of the member of it that is meant; it is there */
};

static void
add(struct deploy_load *load, const struct deploy_source *source,
    struct bsk_diagnosis *diagnosis)
{
	size_t rank = (size_t)(source - load->sources);
	char *excerpt = NULL;
	int result;

	/* What is said of a value whose variable is not known follows from
	 * that, and is not said. */
	if (diagnosis->place.line > 0 && deploy_diagnoses_has(load->diagnoses,
	    rank, diagnosis->place.offset, "unset-variable"))
		return;
	diagnosis->file = source->name;
	if (diagnosis->place.line > 0) {
		excerpt = deploy_excerpt(source->text, source->size,
		    diagnosis->place.offset, &diagnosis->caret);
		if (excerpt == NULL)
			deploy_fail(load, -ENOMEM);
	}
	diagnosis->excerpt = excerpt;
	result = deploy_diagnoses_add(load->diagnoses, rank, diagnosis);
	if (result < 0)
		deploy_fail(load, result);
	free(excerpt);
}

/* The last source that has the value is the one that gave it: what a later one
 * does not mention it leaves as it was. */
static struct home
find_home(const struct deploy_load *load, struct deploy_spot spot)
{
	const bsk_json *root = load->deployment->tree;
	size_t i = load->options->source_count;
	struct home home = {load->sources, NULL, spot.key};
	struct deploy_path path;

	if (!deploy_path_find(root, spot.json == NULL ? root : spot.json,
	    &path))
		path.depth = 0;
	while (i-- > 0) {
		home.source = &load->sources[i];
		home.json = deploy_path_follow(&path, home.source->document);
		if (home.json != NULL && (spot.key == NULL || i == 0 ||
		    bsk_json_member(home.json, spot.key) != NULL))
			break;
	}
	return home;
}

/* A key that is nowhere is missed in the last source that has the object. */
static struct home
locate(const struct deploy_load *load, struct deploy_spot spot)
{
	struct home home = find_home(load, spot);

	if (spot.key != NULL && (home.json == NULL ||
	    bsk_json_member(home.json, spot.key) == NULL))
		home = find_home(load, deploy_at(spot.json));
	return home;
}

static void
add_home(struct deploy_load *load, const struct home *home,
    struct bsk_diagnosis *diagnosis)
{
	const bsk_json *root = home->source->document;
	char pointer[POINTER_MAX] = "";
	const bsk_json *member = home->key == NULL ? NULL :
	    bsk_json_member(home->json, home->key);

	if (member != NULL)
		(void)bsk_json_key_place(root, member, &diagnosis->place);
	else
		(void)bsk_json_place(root, home->json, &diagnosis->place);
	(void)bsk_json_pointer(root, member != NULL ? member : home->json,
	    pointer, sizeof(pointer));
	diagnosis->pointer = pointer;
	add(load, home->source, diagnosis);
}

static void
say(struct deploy_load *load, const struct home *home,
    enum bsk_severity severity, const char *code, bsk_text hint,
    const char *format, va_list list)
{
	char text[TEXT_MAX];
	struct bsk_diagnosis diagnosis = {
		.severity = severity,
		.code = code,
		.text = text,
		.hint = hint.chars,
	};

	(void)vsnprintf(text, sizeof(text), format, list);
	if (bsk_text_is_lost(hint))
		deploy_fail(load, -ENOMEM);
	add_home(load, home, &diagnosis);
	bsk_text_drop(&hint);
}

void
deploy_error(struct deploy_load *load, struct deploy_spot spot,
    const char *code, bsk_text hint, const char *format, ...)
{
	struct home home = locate(load, spot);
	va_list list;

	va_start(list, format);
	say(load, &home, BSK_ERROR, code, hint, format, list);
	va_end(list);
}

void
deploy_warning(struct deploy_load *load, struct deploy_spot spot,
    const char *code, bsk_text hint, const char *format, ...)
{
	struct home home = locate(load, spot);
	va_list list;

	va_start(list, format);
	say(load, &home, BSK_WARNING, code, hint, format, list);
	va_end(list);
}

void
deploy_error_in(struct deploy_load *load, const struct deploy_source *source,
    const bsk_json *json, const char *code, bsk_text hint,
    const char *format, ...)
{
	struct home home = {source, json, NULL};
	va_list list;

	va_start(list, format);
	say(load, &home, BSK_ERROR, code, hint, format, list);
	va_end(list);
}

void
deploy_error_syntax(struct deploy_load *load,
    const struct deploy_source *source, const struct bsk_json_error *error)
{
	struct bsk_diagnosis diagnosis = {
		.severity = BSK_ERROR,
		.place = error->place,
		.pointer = error->pointer,
		.code = error->code,
		.text = error->text,
		.hint = error->hint[0] == '\0' ? NULL : error->hint,
	};

	add(load, source, &diagnosis);
}

void
deploy_error_input(struct deploy_load *load,
    const struct deploy_source *source, int result)
{
	char text[TEXT_MAX];
	struct bsk_diagnosis diagnosis = {
		.severity = BSK_ERROR,
		.pointer = "",
		.code = "no-input",
		.text = text,
	};

	(void)snprintf(text, sizeof(text), "cannot be read: %s",
	    strerrordesc_np(-result));
	add(load, source, &diagnosis);
	deploy_fail(load, result);
}

bool
deploy_is_kind(struct deploy_load *load, const bsk_json *json,
    enum bsk_json_kind kind)
{
	static const char *const words[] = {
		[BSK_JSON_STRING] = "a string",
		[BSK_JSON_ARRAY] = "an array",
		[BSK_JSON_OBJECT] = "an object",
	};

	if (bsk_json_kind(json) == kind)
		return true;
	deploy_error(load, deploy_at(json), "wrong-kind", deploy_hint(NULL),
	    "expected %s, not %s", words[kind], bsk_json_kind_text(json));
	return false;
}
