/* src/view.h - what the files of the view share: JSON from small pieces.
 *
 * Each makes a new value, or returns NULL for want of memory.
 */
#ifndef BUSKIN_SRC_VIEW_H
#define BUSKIN_SRC_VIEW_H

#include <buskin/inspect.h>
#include <buskin/json.h>
#include <buskin/view.h>

/* "index.generation"; nobody is null. */
bsk_json *view_ref(bsk_ref ref);

/* A string; NULL is null. */
bsk_json *view_text(const char *chars);

/* Counters by the word for the end. */
bsk_json *view_ends(const uint64_t *ends);

/* An actor, as in <buskin/view.h>; with its status, if the survey knows it. */
bsk_json *view_actor(const struct bsk_actor_info *info,
    const struct bsk_survey *survey);

/* All actors, likewise. Returns 0 or -ENOMEM. */
int view_actors(bsk_system *system, const struct bsk_survey *survey,
    bsk_json **ret_json);

/* The resources that actors told of, by kind. */
bsk_json *view_resources(const struct bsk_survey *survey);

/* The edges of one actor, or with nobody of all. Returns 0 or -ENOMEM. */
int view_edges(bsk_system *system, bsk_ref only, bsk_json **ret_json);

#endif
