/* outside.h - what threads outside the pool do to a system. */
#ifndef OUTSIDE_H
#define OUTSIDE_H

#include "system.h"

/* Puts a message from outside on its way. It must be malloc's own, as every
 * message is that was made on a thread outside. */
void outside_inject(struct bsk_system *system, bsk_ref to,
    struct bsk_message *message);

#endif
