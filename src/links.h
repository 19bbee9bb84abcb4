/* links.h - who ends with whom. */
#ifndef LINKS_H
#define LINKS_H

#include "system.h"

/* `links` must be zeros. */
int links_init(struct links *links);
void links_release(struct links *links);

/* Links `cell` with an actor, if they are not linked. -ENOMEM. */
int links_make(struct worker *worker, struct cell *cell, bsk_ref peer);

/* Takes that back, whoever of the two has made it. -ENOENT, -ENOMEM. */
int links_cut(struct worker *worker, struct cell *cell, bsk_ref peer);

/* The other side's request to be linked has come. */
void links_accept(struct worker *worker, struct cell *cell, bsk_ref peer,
    uint64_t number);

/* The other side has taken the link back. */
void links_drop(struct worker *worker, struct cell *cell, bsk_ref peer,
    uint64_t number);

/* A bsk_link_down has come. Whether it still counts. */
bool links_open(struct worker *worker, struct cell *cell, bsk_ref peer,
    uint64_t number);

/* This life of the actor ends: tells all that it is linked with. */
void links_tell(struct worker *worker, struct cell *cell, int reason);

/* Tells of every link once, under the lock. 0, or 1 when the callback ended
 * it. Any thread. */
int links_each(struct links *links,
    bool (*on_link)(void *arg, const struct bsk_link_info *info), void *arg);

/* The type of a link's taking back: post_link_type is the request's. */
struct links_unlink {
	uint64_t number; /* as in bsk_link_down */
};
BSK_DECLARE(links_unlink);

#endif
