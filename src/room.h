/* room.h - how much room a mailbox has, and who waits for it.
 *
 * A mailbox is bounded by the count of the messages in it, and by the bytes of
 * these and of the messages that its actor holds. As long as an alarm is set
 * and quiet, its marks stand where the bounds would: so it costs nothing where
 * there is room.
 */
#ifndef ROOM_H
#define ROOM_H

#include "system.h"

/* The sender of a message that found the mailbox full takes no further data
 * until there is room. Without memory to remember it, it goes on. */
void room_wait(struct worker *worker, struct cell *cell, bsk_ref sender);

/* A data message of `sender` was written for another worker. With every 256th
 * (or a MiB, whichever is first) the sender takes no further data until the
 * receiver's home has taken it in: what is on its way is bounded too, also
 * while that worker is busy. `load` is what room_load said before it was
 * written. */
void room_carry(struct worker *worker, bsk_ref sender, bsk_ref receiver,
    unsigned load);

/* What a message weighs on its way. */
unsigned room_load(struct bsk_message *message);

/* Adds a message to the bytes of a mailbox, and returns how many they are; or
 * takes it off again. */
uint64_t room_take_up(struct worker *worker, struct cell *cell,
    struct bsk_message *message);
void room_give_back(struct worker *worker, struct cell *cell,
    struct bsk_message *message);

/* Whether there is no room for another message, or it is time for the alarm:
 * see room_is_short. */
static inline bool
room_is_full(struct cell *cell)
{
	return peek(&cell->depth) >= peek(&cell->capacity) ||
	    cell_has(cell, CELL_HEAVY);
}

/* Whether there is no room, once the alarm has been raised. */
bool room_is_short(struct worker *worker, struct cell *cell);

/* Sets the alarm of a mailbox whose bounds are set, in percent of these. */
void room_set_alarm(struct cell *cell, unsigned percent);

/* What becomes of a message that finds no room. */
enum bsk_on_full room_policy(struct worker *worker, struct cell *cell,
    const struct bsk_message *message);

/* Lets all who wait go on if half of the room is free, and ends the alarm if
 * the mailbox holds no more than half of what has raised it. */
void room_offer_half(struct worker *worker, struct cell *cell);

/* The same, where there is one or the other. */
static inline void
room_offer(struct worker *worker, struct cell *cell)
{
	if (cell_has(cell, CELL_OFFERS))
		room_offer_half(worker, cell);
}

/* Lets all who wait for room in this mailbox go on. */
void room_release(struct worker *worker, struct cell *cell);

#endif
