/* life.h - how an actor begins, fails, begins again and ends. */
#ifndef LIFE_H
#define LIFE_H

#include "ctx.h"

/* Gives the actor a state of zeros; its bsk_open may be handled then. */
int life_begin(struct worker *worker, struct cell *cell);

/* Ends this incarnation with a reason. A supervised actor then waits for its
 * parent's verdict; any other is over, and so is its cell. */
void life_end(struct worker *worker, struct cell *cell, int reason);

/* Ends the actor for good, whatever its parent would say. */
void life_finish(struct worker *worker, struct cell *cell, int reason);

/* Begins another incarnation of one that waits for the verdict. False when its
 * life ended over that: the cell is no longer this worker's. */
bool life_begin_again(struct worker *worker, struct cell *cell);

/* Has an actor, wherever it is at home, ended before its next message. */
void life_doom(struct worker *worker, bsk_ref actor);

/* The same, for whom `killer` says so: a supervised actor only ends this
 * incarnation of its, unless that is its parent. */
void life_kill(struct worker *worker, bsk_ref actor, bsk_ref killer);

/* Has a supervised actor end its incarnation and wait for the verdict. */
void life_halt(struct worker *worker, bsk_ref actor);

/* Has an actor that waits for the verdict begin again. */
void life_revive(struct worker *worker, bsk_ref actor);

/* Its bsk_open has been handled. -ENOMEM: its parent could not be told. */
int life_opened(struct worker *worker, struct cell *cell);

#endif
