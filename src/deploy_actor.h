/* src/deploy_actor.h - the sections "actors" and "inspector". */
#ifndef BUSKIN_SRC_DEPLOY_ACTOR_H
#define BUSKIN_SRC_DEPLOY_ACTOR_H

#include "deploy.h"

/* Reads both, save the wires. Supervisors must have been read. */
void deploy_actor_read(struct deploy_load *load);

/* Frees what actors own. */
void deploy_actor_release(struct deploy_actor *actor);

#endif
