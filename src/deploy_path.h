/* src/deploy_path.h - the way from a root to a value, to be gone again in
 * another tree of the same shape. */
#ifndef BUSKIN_SRC_DEPLOY_PATH_H
#define BUSKIN_SRC_DEPLOY_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include <buskin/json.h>

/* The steps from a root down. */
struct deploy_path {
	size_t depth;
	/* The value at each step, and its place among its siblings. */
	const bsk_json *steps[BSK_JSON_DEPTH_MAX + 1];
	size_t indices[BSK_JSON_DEPTH_MAX + 1];
};

/* Finds the way from `root` to `json`. False: it is not there. */
bool deploy_path_find(const bsk_json *root, const bsk_json *json,
    struct deploy_path *ret_path);

/* Goes the same way from another root: by keys in objects, by places in
 * arrays. NULL: it leads nowhere there. */
const bsk_json *deploy_path_follow(const struct deploy_path *path,
    const bsk_json *root);

#endif
