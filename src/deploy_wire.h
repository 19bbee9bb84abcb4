/* src/deploy_wire.h - the wires: what each actor's "out" says. */
#ifndef BUSKIN_SRC_DEPLOY_WIRE_H
#define BUSKIN_SRC_DEPLOY_WIRE_H

#include "deploy.h"

/* Reads the wires of all actors. Actors must have been read. */
void deploy_wire_read(struct deploy_load *load);

#endif
