/* src/deploy_path.c - the way from a root to a value. */
#include "deploy_path.h"

/* A document that was read is not deeper than the path is long. */
static bool
find(const bsk_json *at, const bsk_json *json, struct deploy_path *path)
{
	const bsk_json *child;
	size_t index = 0;

	if (at == json)
		return true;
	if (path->depth > BSK_JSON_DEPTH_MAX)
		return false;
	for (child = bsk_json_first(at); child != NULL;
	    child = bsk_json_next(child)) {
		path->steps[path->depth] = child;
		path->indices[path->depth] = index++;
		path->depth++;
		if (find(child, json, path))
			return true;
		path->depth--;
	}
	return false;
}

bool
deploy_path_find(const bsk_json *root, const bsk_json *json,
    struct deploy_path *ret_path)
{
	ret_path->depth = 0;
	return find(root, json, ret_path);
}

static const bsk_json *
element(const bsk_json *array, size_t index)
{
	const bsk_json *at = bsk_json_kind(array) == BSK_JSON_ARRAY ?
	    bsk_json_first(array) : NULL;

	while (at != NULL && index-- > 0)
		at = bsk_json_next(at);
	return at;
}

const bsk_json *
deploy_path_follow(const struct deploy_path *path, const bsk_json *root)
{
	const bsk_json *at = root;
	const char *key;
	size_t i;

	for (i = 0; i < path->depth && at != NULL; i++) {
		key = bsk_json_key(path->steps[i]);
		at = key != NULL ? bsk_json_member(at, key) :
		    element(at, path->indices[i]);
	}
	return at;
}
