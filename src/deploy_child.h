/* src/deploy_child.h - what an actor's supervisor is asked for. */
#ifndef BUSKIN_SRC_DEPLOY_CHILD_H
#define BUSKIN_SRC_DEPLOY_CHILD_H

#include "deploy_types.h"

/* Fills in the spec of an actor from what its object says; errors for what
 * cannot work are told at the keys of `json`. */
void deploy_child_read(struct deploy_load *load, const bsk_json *json,
    const struct deploy_role *role, struct deploy_actor *actor);

#endif
