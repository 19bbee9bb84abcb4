/* post.h - a message's way to its receiver, and its end. */
#ifndef POST_H
#define POST_H

#include "room.h"
#include "system.h"

/* Asks to be told of an actor's end; the runtime's own. Here because it is
 * answered even when the actor is gone. */
struct post_monitor {
	uint64_t number; /* the watching actor's */
};
BSK_DECLARE(post_monitor);

/* Asks to end with an actor; likewise. */
struct post_link {
	uint64_t number; /* the asking actor's */
};
BSK_DECLARE(post_link);

/* Sends a message whose `to`, `from` and flags are set, from this worker.
 * Takes it. 0, or -EAGAIN when a mailbox here refused it. NULL: -ENOMEM. */
int post(struct worker *worker, struct bsk_message *message);

/* As post, for a message that `sender`, an actor at home here, sends. */
int post_from(struct worker *worker, struct cell *sender,
    struct bsk_message *message);

/* A message of the runtime's own from `from`, of a control type. */
int post_runtime(struct worker *worker, bsk_ref from, bsk_ref to,
    struct bsk_message *message);

/* A message from another worker, or from outside, has come to this one. */
void post_arrived(struct worker *worker, struct bsk_message *message);

/* Counts a message here that came with the mailbox it lies in. */
void post_check_in(struct worker *worker, struct bsk_message *message);

/* Ends a message that is at this worker: counts it, fails its ask for `reason`
 * if it still waits, frees it. `cell` is whose it was; NULL: nobody's. */
void post_end(struct worker *worker, struct cell *cell,
    struct bsk_message *message, enum bsk_end end, int reason);

/* Ends a plain message as handled: the short way of post_end. */
static inline void
post_end_plain(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	struct edge *edge = edges_at(&worker->edges, message->edge);

	bump(&edge->ends[BSK_END_HANDLED], 1);
	edge->here--;
	bump(&worker->ends[BSK_END_HANDLED], 1);
	bump(&cell->handled, 1);
	bump(&worker->messages_freed, 1);
	arena_put(&worker->arena, message, message_size(message->type));
}

/* Ends a message as handled and sends it on, with its sender and its ask. */
void post_pass_on(struct worker *worker, struct cell *cell,
    struct bsk_message *message, bsk_ref to);

/* Puts a bsk_open first into a mailbox at this worker. */
void post_open(struct worker *worker, struct cell *cell,
    struct bsk_message *open);

/* Puts a message that its receiver held back to the front of its mailbox. */
void post_back(struct worker *worker, struct cell *cell,
    struct bsk_message *message);

/* As post_take: the long way. */
struct bsk_message *post_take_any(struct worker *worker, struct cell *cell);

/* The next message to handle, taken out of the mailbox; NULL: none. */
static inline struct bsk_message *
post_take(struct worker *worker, struct cell *cell)
{
	struct bsk_message *last = cell->data.last;

	if (cell->control.last != NULL || last == NULL ||
	    !message_is_plain(last->next) || !cell_takes_data(cell))
		return post_take_any(worker, cell);
	poke(&cell->depth, peek(&cell->depth) - 1);
	room_offer(worker, cell);
	return message_queue_pop(&cell->data);
}

/* Tells one that watched an actor, or was linked with it, of its end: by a
 * bsk_down or a bsk_link_down, as `type` says. */
void post_down(struct worker *worker, const struct bsk_type *type, bsk_ref to,
    uint64_t number, bsk_ref actor, int reason);

#endif
