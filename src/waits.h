/* waits.h - who waits for room in whose mailbox, and rings of such waits.
 *
 * A wait is known on both sides: at the mailbox's home as one of those who are
 * to go on (room.h), at the waiter's home as an actor that it waits for. Actors
 * that wait for each other in a ring would never go on. So whoever begins to
 * wait sends a probe along the waits, from home to home; one that comes back to
 * it has found a ring, and only such a one does: all on a ring stand still, so
 * none of its waits can end meanwhile (K. M. Chandy, J. Misra, L. M. Haas,
 * Distributed Deadlock Detection, 1983). The last wait of a ring to begin finds
 * it, and so may others of it that begin at the same time.
 */
#ifndef WAITS_H
#define WAITS_H

#include "system.h"

/* A ring of more actors is not found. */
#define WAITS_RING_MAX 63u

/* `sender` takes no data from now on; its wait is one of `receiver`, which is
 * at home here, and knows of it. Without memory to remember it, it goes on. */
void waits_begin(struct worker *worker, bsk_ref sender, bsk_ref receiver);

/* `sender` no longer waits for `receiver`. */
void waits_end(struct worker *worker, bsk_ref sender, bsk_ref receiver);

/* Ends all waits of an actor at home here. Those it waited for do not know. */
void waits_give_up(struct worker *worker, struct cell *cell);

#endif
