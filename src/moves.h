/* moves.h - actors that go to another worker.
 *
 * A child begins its life where its parent is: who talk to each other are near
 * each other. Where that is too much work for one worker, so that a ready actor
 * waits long, while a worker of the pool has little to do, some go there.
 */
#ifndef MOVES_H
#define MOVES_H

#include "system.h"

/* How many actors may leave a worker together. */
enum { MOVES_MAX = 256 };

/* Has up to `count` ready actors of a worker of the pool leave for another one.
 * Not those that have a child, a timer or something else that binds them to
 * where they are; and none while others are on their way from here, or without
 * memory. How many. */
unsigned moves_begin(struct worker *worker, unsigned to, unsigned count);

/* Ready tasks wait long at a worker of the pool: see worker_hooks. */
void moves_on_load(struct worker *worker);

#endif
