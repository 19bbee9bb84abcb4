/* src/json_read.c - reading a document: the scan, the parse, and the keys. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "utf8.h"

/* How much of a key is worth telling, bytes. */
#define KEY_SHOWN_MAX 60

/* A member of an object whose keys are being compared. */
struct member {
	const char *key;
	const bsk_json *value;
	size_t order; /* in the object */
};

/* What is needed to find keys that are given twice. */
struct keys {
	const bsk_json *root;
	struct member *members; /* of one object at a time */
	size_t capacity;        /* as many as the largest object so far has */
	const bsk_json *first;  /* two members with one key: the pair ... */
	const bsk_json *second; /* ... whose second is the earliest; or NULL */
	size_t second_offset;   /* of its key, bytes */
};

static int
compare_members(const void *left, const void *right)
{
	const struct member *one = left;
	const struct member *other = right;
	int order = strcmp(one->key, other->key);

	if (order != 0)
		return order;
	return one->order < other->order ? -1 : 1;
}

static void
note_twin(struct keys *keys, const struct member *pair)
{
	struct bsk_json_place place;

	(void)bsk_json_key_place(keys->root, pair[1].value, &place);
	if (keys->first != NULL && place.offset > keys->second_offset)
		return;
	keys->first = pair[0].value;
	keys->second = pair[1].value;
	keys->second_offset = place.offset;
}

static int
reserve(struct keys *keys, size_t count)
{
	struct member *members;

	if (count <= keys->capacity)
		return 0;
	members = realloc(keys->members, count * sizeof(*members));
	if (members == NULL)
		return -ENOMEM;
	keys->members = members;
	keys->capacity = count;
	return 0;
}

/* Sorted, so that the time does not grow with the square of what a stranger
 * sends, nor by any choice of keys. */
static int
compare_keys(struct keys *keys, const bsk_json *object)
{
	size_t count = bsk_json_count(object);
	const bsk_json *value = bsk_json_first(object);
	size_t i;

	if (count < 2)
		return 0;
	if (reserve(keys, count) < 0)
		return -ENOMEM;
	for (i = 0; i < count; i++, value = bsk_json_next(value))
		keys->members[i] = (struct member){bsk_json_key(value), value,
		    i};
	qsort(keys->members, count, sizeof(keys->members[0]),
	    compare_members);
	for (i = 1; i < count; i++)
		if (strcmp(keys->members[i - 1].key, keys->members[i].key)
		    == 0)
			note_twin(keys, &keys->members[i - 1]);
	return 0;
}

/* The scan has bounded the depth. */
static int
walk(struct keys *keys, const bsk_json *json)
{
	const bsk_json *child = bsk_json_first(json);
	int result = 0;

	if (bsk_json_kind(json) == BSK_JSON_OBJECT)
		result = compare_keys(keys, json);
	for (; child != NULL && result == 0; child = bsk_json_next(child))
		if (bsk_json_first(child) != NULL)
			result = walk(keys, child);
	return result;
}

static void
tell_twins(const struct keys *keys, struct bsk_json_error *error)
{
	const char *key = bsk_json_key(keys->second);
	struct bsk_json_place first;

	(void)bsk_json_key_place(keys->root, keys->first, &first);
	(void)bsk_json_key_place(keys->root, keys->second, &error->place);
	error->code = "duplicate-key";
	(void)snprintf(error->text, sizeof(error->text),
	    "the key \"%.*s\" is given twice",
	    (int)utf8_cut(key, KEY_SHOWN_MAX), key);
	(void)snprintf(error->hint, sizeof(error->hint),
	    "the first is on line %u, column %u; remove one", first.line,
	    first.column);
	(void)bsk_json_pointer(keys->root, keys->second, error->pointer,
	    sizeof(error->pointer));
}

static int
check_keys(const bsk_json *root, struct bsk_json_error *error)
{
	struct keys keys = {.root = root};
	int result = walk(&keys, root);

	free(keys.members);
	if (result == 0 && keys.second != NULL) {
		tell_twins(&keys, error);
		return -EINVAL;
	}
	return result;
}

int
bsk_json_read(const char *text, size_t size, bsk_json **ret_json,
    struct bsk_json_error *ret_error)
{
	struct bsk_json_error unasked;
	struct bsk_json_error *error = ret_error == NULL ? &unasked : ret_error;
	struct json_scan scan;
	bsk_json *json = NULL;
	int result;

	result = json_scan(&scan, text, size, error);
	if (result == 0) {
		json = json_build(&scan);
		result = json == NULL ? -ENOMEM : check_keys(json, error);
	}
	json_scan_release(&scan);
	if (result == 0)
		*ret_json = json;
	else
		bsk_json_free(json);
	return result;
}
