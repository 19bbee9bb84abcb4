/* entry.h - the way into a system from a thread outside. */
#ifndef ENTRY_H
#define ENTRY_H

#include "system.h"

/* Puts a message from outside on its way. It must be malloc's own, as every
 * message is that was made on a thread outside. */
void entry_inject(struct bsk_system *system, bsk_ref to,
    struct bsk_message *message);

#endif
