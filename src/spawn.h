/* spawn.h - making actors. */
#ifndef SPAWN_H
#define SPAWN_H

#include "system.h"

/* Makes an actor as a child of `parent`, which is at home here, or of the
 * guardian when `parent` is NULL. `config` is taken. `flags` are enum
 * cell_flag to start with. As bsk_spawn. */
int spawn(struct worker *worker, struct cell *parent,
    const struct bsk_class *class_, struct bsk_parcel *config,
    const struct bsk_spawn_options *options, unsigned flags,
    bsk_ref *ret_ref);

#endif
