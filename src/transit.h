/* transit.h - what comes for actors that are on their way to another worker.
 *
 * An actor that moves is at neither end for a while: its new home is told to
 * everybody before it is there, and what was sent to the old one comes in
 * after it has left. Either is kept, and goes on in order; see moves.c.
 */
#ifndef TRANSIT_H
#define TRANSIT_H

#include "cell.h"

/* Actors that leave a worker together. */
struct transit {
	unsigned to;                /* the worker that they move to */
	unsigned answers;           /* workers that know that they have left */
	struct task *first;         /* the actors, linked as ready tasks are */
	struct message_queue late;  /* what still came for them */
};

/* Keeps a message for an actor whose home is `home`, which says that it is on
 * its way, if it is the calling worker that it comes to or leaves. */
bool transit_keep(struct worker *worker, const struct cell *cell,
    unsigned home, struct bsk_message *message);

/* The same for one that is sent here: who has left is somewhere else. */
bool transit_keep_sent(struct worker *worker, unsigned home,
    struct bsk_message *message);

/* Which worker carries to an actor: one of the pool gives it to the actor's
 * home, any other one to the same worker all of the actor's life. */
static inline unsigned
transit_way(const struct worker *worker, unsigned home)
{
	return worker->rings > 0 ? home_worker(home) : home_door(home);
}

#endif
