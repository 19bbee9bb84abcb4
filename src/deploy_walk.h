/* src/deploy_walk.h - going along the wires, depth first. */
#ifndef BUSKIN_SRC_DEPLOY_WALK_H
#define BUSKIN_SRC_DEPLOY_WALK_H

#include "deploy.h"

/* An actor that the walk has come through. */
struct deploy_walk_step {
	size_t actor;
	size_t next; /* index of the wire to look at next */
};

/* A walk. The callbacks may be NULL. */
struct deploy_walk {
	const struct bsk_deployment *deployment;
	/* Whether to go along a wire; NULL: along all. */
	bool (*follows)(const struct bsk_deployment *deployment,
	    const struct deploy_wire *wire);
	/* `wire` leads back to steps[from]. */
	void (*on_cycle)(struct deploy_walk *walk,
	    const struct deploy_wire *wire, size_t from);
	/* All that the actor leads to has been left before it. */
	void (*on_left)(struct deploy_walk *walk, size_t actor);
	void *arg;            /* for the callbacks */
	struct deploy_walk_step *steps; /* `depth` of them; the walk's own */
	size_t depth;
	unsigned char *marks; /* of each actor; the walk's own */
};

/* Walks from each of `roots` (NULL: the actors in their order) to all that has
 * not been visited. 0 or -ENOMEM. */
int deploy_walk(struct deploy_walk *walk, const size_t *roots);

#endif
