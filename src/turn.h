/* turn.h - an actor's turn: some messages out of its mailbox, handled. */
#ifndef TURN_H
#define TURN_H

#include "system.h"

/* The task of every cell. */
void turn_run(struct task *task, struct worker *worker);

#endif
