/* post.h - a message's way to its receiver, and its end. */
#ifndef POST_H
#define POST_H

#include "rare.h"
#include "room.h"
#include "system.h"

enum {
	POST_MANY = 32 /* messages that wait */
};

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

/* Data has come where there was none: it is the oldest. Told of those whose
 * cells have extras. */
static inline void
post_first(struct worker *worker, struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);

	if (extras != NULL)
		poke(&extras->since_ns, worker->seen_ns);
}

/* More wait than ever: if they are many, it is worth to know since when. */
static inline void
post_rise(struct cell *cell, uint32_t depth)
{
	poke(&cell->high_water, depth);
	if (depth == POST_MANY)
		(void)cell_extras(cell);
}

/* Puts one that owns nothing into a mailbox here that has room, and whose cell
 * stands like that. */
static inline void
post_put(struct worker *worker, struct cell *cell,
    struct bsk_message *message, uint64_t standing)
{
	uint32_t depth = peek(&cell->depth) + 1;

	if (cell->data.last == NULL)
		post_first(worker, cell);
	message_queue_push(&cell->data, message);
	poke(&cell->depth, depth);
	if (RARELY(depth > peek(&cell->high_water)))
		post_rise(cell, depth);
	if ((standing & CELL_SCHEDULED) != 0 ||
	    !standing_takes_data(standing))
		return;
	poke(&cell->standing, standing | CELL_SCHEDULED);
	worker_ready(worker, &cell->task);
}

/* The short way of post_from, for a plain message: most go where the one before
 * went, and its actor lives here, handles data and has room. Whether that is
 * so; else nothing has happened. Where the edge leads is not known when others
 * have used its entry meanwhile. */
static inline bool
post_plain(struct worker *worker, struct cell *sender,
    struct bsk_message *message)
{
	struct edge *edge = sender->edge;
	bsk_ref from = cell_ref(sender);
	bsk_ref to = message->to;
	struct cell *cell;
	uint64_t standing;

	if (RARELY(edge == NULL || !message_is_plain(message) ||
	    !edge_is(edge, from, to, message->type)))
		return false;
	cell = edge->cell;
	if (RARELY(cell == NULL ||
	    !home_is(home_read(edge->home), worker->index)))
		return false;
	standing = peek(&cell->standing);
	if (RARELY(!standing_is_open(standing) ||
	    peek(&cell->generation) != (uint32_t)(to.bits >> 32) ||
	    peek(&cell->depth) >= peek(&cell->capacity)))
		return false;
	message->from = from;
	message->put_ns = worker->seen_ns;
	message->edge = edge->number;
	bump(&edge->sent, 1);
	edge->here++;
	post_put(worker, cell, message, standing);
	return true;
}

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

/* Ends a plain message as handled: the short way of post_end. The worker and
 * the cell are told how many these were by post_count_plain. */
static inline void
post_end_plain(struct worker *worker, struct bsk_message *message)
{
	struct edge *edge = edges_at(&worker->edges, message->edge);

	bump(&edge->ends[BSK_END_HANDLED], 1);
	edge->here--;
	arena_put(&worker->arena, message, message_size(message->type));
}

/* So many plain messages of an actor have ended as handled. */
static inline void
post_count_plain(struct worker *worker, struct cell *cell, unsigned count)
{
	bump(&worker->ends[BSK_END_HANDLED], count);
	bump(&cell->handled, count);
	bump(&worker->messages_freed, count);
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

/* The turn of an actor is over and messages wait: since when is noted. */
void post_note_oldest(struct worker *worker, struct cell *cell);

/* The next message to handle, taken out of the mailbox; NULL: none. */
struct bsk_message *post_take(struct worker *worker, struct cell *cell);

/* The same, if it is a plain one and the cell stands like that. NULL: take the
 * long way. */
static inline struct bsk_message *
post_take_plain(struct worker *worker, struct cell *cell, uint64_t standing)
{
	struct bsk_message *last = cell->data.last;

	if (RARELY(cell->control.last != NULL || last == NULL ||
	    !message_is_plain(last->next) || !standing_takes_data(standing)))
		return NULL;
	poke(&cell->depth, peek(&cell->depth) - 1);
	if (RARELY((standing & CELL_OFFERS) != 0))
		room_offer_half(worker, cell);
	return message_queue_pop_of(&cell->data, last);
}

/* Tells one that watched an actor, or was linked with it, of its end: by a
 * bsk_down or a bsk_link_down, as `type` says. */
void post_down(struct worker *worker, const struct bsk_type *type, bsk_ref to,
    uint64_t number, bsk_ref actor, int reason);

#endif
