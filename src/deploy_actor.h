/* src/deploy_actor.h - the section "actors". */
#ifndef BUSKIN_SRC_DEPLOY_ACTOR_H
#define BUSKIN_SRC_DEPLOY_ACTOR_H

#include "deploy.h"

/* Reads the section, save the wires. Supervisors must have been read. */
void deploy_actor_read(struct deploy_load *load);

/* A config of the class, read from `json` (NULL: not given; its mistakes are
 * told at `owner` then). NULL: the class has none, or after a mistake. */
struct bsk_parcel *deploy_actor_config(struct deploy_load *load,
    const struct bsk_class *class_, const bsk_json *owner,
    const bsk_json *json);

/* Frees what actors own. */
void deploy_actor_release(struct deploy_actor *actor);

#endif
