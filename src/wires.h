/* wires.h - where the out ports of an actor lead. */
#ifndef WIRES_H
#define WIRES_H

#include "system.h"

/* A wire that is to be laid from an actor that lives: to that actor. */
struct wires_laid {
	uint32_t port;   /* of the sender's class */
	bsk_ref to;      /* where it leads */
	uint8_t on_full; /* enum bsk_on_full */
};
BSK_DECLARE(wires_laid);

/* The number of the out port that a wire of an actor of that class begins at;
 * -EINVAL: there is none, or its `on_full` is none. */
int wires_port(const struct bsk_class *class_, const struct bsk_wire *wire);

/* The wires of an actor to be. -EINVAL, -ENOMEM. */
int wires_set(struct cell *cell, const struct bsk_class *class_,
    const struct bsk_spawn_options *options);

/* One more, of an actor at home here. -ENOMEM. */
int wires_add(struct worker *worker, struct cell *cell,
    const struct wires_laid *laid);

#endif
