/* src/json_pointer.c - RFC 6901 pointers, written and found. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <buskin/json.h>

#include "json_pointer.h"
#include "utf8.h"

/* One step of the way from a root to a value, told from the value up. */
struct step {
	const struct step *up; /* towards the root; NULL: this is the root */
	const bsk_json *json;
	size_t index;          /* among its siblings */
};

void
json_pointer_start(struct json_pointer *pointer, char *chars, size_t size)
{
	assert(size > 0);
	*pointer = (struct json_pointer){chars, size, 0, false};
	chars[0] = '\0';
}

/* All of it or nothing, so that a cut pointer is still UTF-8 and no escape is
 * cut in two. */
static void
put(struct json_pointer *pointer, const char *bytes, size_t size)
{
	if (pointer->is_full || size >= pointer->size - pointer->length) {
		pointer->is_full = true;
		return;
	}
	memcpy(pointer->chars + pointer->length, bytes, size);
	pointer->length += size;
	pointer->chars[pointer->length] = '\0';
}

void
json_pointer_slash(struct json_pointer *pointer)
{
	put(pointer, "/", 1);
}

void
json_pointer_character(struct json_pointer *pointer, const char *bytes,
    size_t size)
{
	if (*bytes == '~')
		put(pointer, "~0", 2);
	else if (*bytes == '/')
		put(pointer, "~1", 2);
	else
		put(pointer, bytes, size);
}

void
json_pointer_index(struct json_pointer *pointer, size_t index)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%zu", index);
	put(pointer, digits, strlen(digits));
}

static void
put_key(struct json_pointer *pointer, const char *key)
{
	size_t left = strlen(key);
	size_t length;

	while (left > 0 && !pointer->is_full) {
		length = utf8_length(key, left);
		if (length == 0)
			length = 1; /* a built document may hold anything */
		json_pointer_character(pointer, key, length);
		key += length;
		left -= length;
	}
}

static void
put_steps(struct json_pointer *pointer, const struct step *step)
{
	if (step->up == NULL)
		return;
	put_steps(pointer, step->up);
	json_pointer_slash(pointer);
	if (bsk_json_kind(step->up->json) == BSK_JSON_OBJECT)
		put_key(pointer, bsk_json_key(step->json));
	else
		json_pointer_index(pointer, step->index);
}

/* Writes the pointer once it has found the value, and only then. */
static bool
find(const struct step *step, const bsk_json *wanted,
    struct json_pointer *pointer)
{
	struct step below = {step, bsk_json_first(step->json), 0};

	if (step->json == wanted) {
		put_steps(pointer, step);
		return true;
	}
	while (below.json != NULL) {
		if (find(&below, wanted, pointer))
			return true;
		below.json = bsk_json_next(below.json);
		below.index++;
	}
	return false;
}

int
bsk_json_pointer(const bsk_json *root, const bsk_json *json,
    char *ret_chars, size_t size)
{
	struct step start = {NULL, root, 0};
	struct json_pointer pointer = {ret_chars, size, 0, false};

	assert(size > 0);
	if (!find(&start, json, &pointer))
		return -ENOENT;
	ret_chars[pointer.length] = '\0';
	return 0;
}
