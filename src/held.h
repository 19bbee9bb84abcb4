/* held.h - the messages in an actor's hands. */
#ifndef HELD_H
#define HELD_H

#include "system.h"

/* Puts a message of this actor's into its hands, where its bytes still count
 * against the mailbox's bound. -ENOMEM. */
int held_add(struct worker *worker, struct cell *cell,
    struct bsk_message *message);

/* Takes one out of them; it is addressed to the actor again. */
void held_remove(struct worker *worker, struct cell *cell,
    struct bsk_message *message);

/* Lets all go, as lost. */
void held_lose(struct worker *worker, struct cell *cell, int reason);

#endif
