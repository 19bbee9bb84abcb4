/* room.h - who waits for room in a mailbox. */
#ifndef ROOM_H
#define ROOM_H

#include "system.h"

/* The sender of a message that found the mailbox full takes no further data
 * until there is room. Without memory to remember it, it goes on. */
void room_wait(struct worker *worker, struct cell *cell, bsk_ref sender);

/* A data message of `sender` was written for another worker. With every 256th
 * the sender takes no further data until that worker has taken it in: what is on
 * its way is bounded too, also while that worker is busy. */
void room_carry(struct worker *worker, bsk_ref sender, unsigned to);

/* Lets all who wait for room in this mailbox go on. */
void room_release(struct worker *worker, struct cell *cell);

#endif
