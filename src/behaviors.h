/* behaviors.h - the behaviors of all classes that a system uses. */
#ifndef BEHAVIORS_H
#define BEHAVIORS_H

#include "system.h"

int behaviors_init(struct behaviors *behaviors);
void behaviors_release(struct behaviors *behaviors);

/* A class's behavior, made on first use. -EINVAL: the class is not sound;
 * -ENOMEM. Any thread. */
int behaviors_get(struct behaviors *behaviors,
    const struct bsk_class *class_, struct behavior **ret_behavior);

#endif
