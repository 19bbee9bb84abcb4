/* post.c - a message's way to its receiver, and its end.
 *
 * A send on the receiver's own worker touches plain memory only: it is counted,
 * put into the mailbox, and the cell goes into the run queue. For another
 * worker the message is written into the ring between the two.
 */
#include <errno.h>
#include <string.h>

#include <buskin/life.h>

#include "errand.h"
#include "notice.h"
#include "post.h"
#include "rare.h"
#include "room.h"
#include "transit.h"

#define OLDEST_TRIES 4u /* messages looked at */

/* --- counting ----------------------------------------------------------- */

/* What the runtime itself sends is counted as the rest. */
static uint32_t
edge_of(struct worker *worker, const struct bsk_message *message)
{
	if ((message->flags & (MESSAGE_RUNTIME | MESSAGE_REST)) != 0)
		return EDGES_REST;
	return edges_find(&worker->edges, message->from, message->to,
	    message->type);
}

static void
count_sent(struct worker *worker, uint32_t edge)
{
	bump(&edges_at(&worker->edges, edge)->sent, 1);
}

void
post_check_in(struct worker *worker, struct bsk_message *message)
{
	message->edge = edge_of(worker, message);
	edges_at(&worker->edges, message->edge)->here++;
}

static void
count_end(struct worker *worker, struct cell *cell,
    const struct bsk_message *message, enum bsk_end end)
{
	struct edge *edge = edges_at(&worker->edges, message->edge);

	bump(&edge->ends[end], 1);
	edge->here--;
	bump(&worker->ends[end], 1);
	if (cell == NULL)
		return;
	if (end == BSK_END_HANDLED) {
		bump(&cell->handled, 1);
	} else {
		struct extras *extras = cell_extras(cell);

		if (extras != NULL)
			bump(&extras->ends[end], 1);
	}
}

/* --- ends ---------------------------------------------------------------- */

static void
fail_ask(struct worker *worker, const struct bsk_message *message, int reason)
{
	struct bsk_message *failed;

	if (reason >= 0)
		reason = -ENODATA;
	if (bsk_ref_is_nobody(message->from)) {
		calls_answer(&worker->system->calls, message->ask, NULL,
		    reason);
		return;
	}
	failed = BSK_NEW(bsk_ask_failed, .ask = message->ask,
	    .reason = reason);
	if (failed == NULL)
		return; /* its deadline tells the asker */
	failed->to = message->from;
	failed->ask = message->ask;
	failed->flags |= MESSAGE_ANSWERS | MESSAGE_EXEMPT | MESSAGE_RUNTIME;
	post(worker, failed);
}

void
post_end(struct worker *worker, struct cell *cell,
    struct bsk_message *message, enum bsk_end end, int reason)
{
	count_end(worker, cell, message, end);
	if ((message->flags & MESSAGE_ASKS) != 0)
		fail_ask(worker, message, reason);
	if ((message->flags & MESSAGE_NOTICE) == 0) {
		bsk_message_free(message);
		return;
	}
	if (end != BSK_END_HANDLED)
		notice_open(message); /* what it carried ends with it */
	if (notice_home(message))
		post(worker, message);
}

_Static_assert(sizeof(struct bsk_down) == sizeof(struct errand),
    "what is laid by serves for either");
_Static_assert(offsetof(struct bsk_down, monitor) ==
    offsetof(struct bsk_link_down, link) && offsetof(struct bsk_down, reason) ==
    offsetof(struct bsk_link_down, reason) && sizeof(struct bsk_down) ==
    sizeof(struct bsk_link_down), "one is made like the other");

/* Nothing else would tell that one: so it is told without memory too. */
void
post_down(struct worker *worker, const struct bsk_type *type, bsk_ref to,
    uint64_t number, bsk_ref actor, int reason)
{
	struct bsk_down down = {
		.actor = actor,
		.monitor = number,
		.reason = reason,
	};
	struct bsk_message *message = bsk_message_new(type, &down);

	if (message == NULL) {
		message = errand_spare(worker, type);
		if (message != NULL)
			memcpy(message_body(message), &down, sizeof(down));
	}
	post_runtime(worker, bsk_nobody(), to, message);
}

/* Nobody there to take it. */
static void
bury(struct worker *worker, struct bsk_message *message)
{
	bool links = message->type == &post_link_type;

	if (links || message->type == &post_monitor_type)
		post_down(worker, links ? &bsk_link_down_type : &bsk_down_type,
		    message->from, *(uint64_t *)message_body(message),
		    message->to, -ESRCH);
	post_end(worker, NULL, message, BSK_END_DEAD, -ESRCH);
}

/* --- into the mailbox ---------------------------------------------------- */

static void
put(struct worker *worker, struct cell *cell, struct bsk_message *message)
{
	uint64_t weight = room_take_up(worker, cell, message);

	if ((message->flags & MESSAGE_NUMBERED) == 0)
		message->put_ns = worker->seen_ns;
	if (weight > 0 && message->edge != EDGES_REST)
		bump(&edges_at(&worker->edges, message->edge)->owned,
		    weight - message->type->size);
	post_put(worker, cell, message, peek(&cell->standing));
}

static struct bsk_message *
take_data(struct worker *worker, struct cell *cell)
{
	struct bsk_message *message = message_queue_pop(&cell->data);

	if (message == NULL || (message->flags & MESSAGE_EXEMPT) != 0)
		return message;
	poke(&cell->depth, peek(&cell->depth) - 1);
	if ((message->flags & MESSAGE_OWNS) != 0)
		room_give_back(worker, cell, message);
	return message;
}

/* Drops the oldest that is bounded; what is exempt keeps its place. Whether
 * there was one. */
static bool
drop_oldest(struct worker *worker, struct cell *cell)
{
	struct message_queue kept = {NULL};
	struct bsk_message *message;

	while ((message = take_data(worker, cell)) != NULL &&
	    (message->flags & MESSAGE_EXEMPT) != 0)
		message_queue_push(&kept, message);
	if (message != NULL)
		post_end(worker, cell, message, BSK_END_DROPPED, -EAGAIN);
	message_queue_prepend(&cell->data, kept);
	return message != NULL;
}

/* A large one may take the room of many small ones. What the actor holds is not
 * dropped. */
static void
make_room(struct worker *worker, struct cell *cell)
{
	while (room_is_short(worker, cell) && drop_oldest(worker, cell))
		;
}

static int
put_in_full(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	bsk_ref sender = message->from;

	switch (room_policy(worker, cell, message)) {
	case BSK_REFUSE:
		post_end(worker, cell, message, BSK_END_DROPPED, -EAGAIN);
		return -EAGAIN;
	case BSK_DROP_NEW:
		post_end(worker, cell, message, BSK_END_DROPPED, -EAGAIN);
		return 0;
	case BSK_DROP_OLD:
		make_room(worker, cell);
		put(worker, cell, message);
		return 0;
	default:
		put(worker, cell, message);
		room_wait(worker, cell, sender);
		return 0;
	}
}

/* The receiver is at home here. */
static int
deliver(struct worker *worker, struct cell *cell, struct bsk_message *message)
{
	edges_at(&worker->edges, message->edge)->here++;
	if (cell == NULL || !cell_lives(cell, message->to)) {
		bury(worker, message);
		return 0;
	}
	if (message_is_open(message)) {
		message_queue_push_front(&cell->control, message);
		cell_schedule(worker, cell);
		return 0;
	}
	if (message_is_control(message)) {
		message_queue_push(&cell->control, message);
		cell_schedule(worker, cell);
		return 0;
	}
	if ((message->flags & MESSAGE_EXEMPT) != 0) {
		message_queue_push(&cell->data, message);
		cell_schedule(worker, cell);
		return 0;
	}
	if (room_is_full(cell) && room_is_short(worker, cell))
		return put_in_full(worker, cell, message);
	put(worker, cell, message);
	return 0;
}

/* --- sending ------------------------------------------------------------- */

/* Where a message's receiver is at home, if it may have one. The cell itself is
 * not looked at: its home writes it all the time. */
static inline unsigned
home_of(struct cells *cells, const struct bsk_message *message)
{
	return home_read(cells_home_at(cells, (uint32_t)message->to.bits));
}

/* Who lived on a worker that has closed has moved, or is gone for good. */
static void
carry_home(struct worker *worker, struct cell *cell,
    struct bsk_message *message, unsigned home)
{
	struct cells *cells = &worker->system->cells;
	unsigned before;

	do {
		if (worker_carry(worker, transit_way(worker, home), message))
			return;
		before = home;
		home = home_of(cells, message);
		if (home == before)
			cell = NULL;
	} while (cell != NULL && !home_is(home, worker->index));
	deliver(worker, cell, message);
}

/* Its actor is at home elsewhere, or will be here. */
static void
send_away(struct worker *worker, struct cell *cell,
    struct bsk_message *message, unsigned home)
{
	bsk_ref sender = message->from;
	bsk_ref receiver = message->to;
	unsigned load = 0;

	if ((message->flags & (MESSAGE_CONTROL | MESSAGE_EXEMPT)) == 0)
		load = room_load(message);
	if (!transit_keep_sent(worker, home, message))
		carry_home(worker, cell, message, home);
	if (load > 0)
		room_carry(worker, sender, receiver, load);
}

/* A message whose edge is known. */
static int
send_along_edge(struct worker *worker, struct bsk_message *message,
    uint32_t edge)
{
	struct cells *cells = &worker->system->cells;
	struct cell *cell;
	unsigned home;

	message->edge = edge;
	if (edge == EDGES_REST)
		message->flags |= MESSAGE_REST;
	count_sent(worker, edge);
	cell = cells_find(cells, message->to);
	if (cell == NULL)
		return deliver(worker, NULL, message);
	home = home_of(cells, message);
	if (home_is(home, worker->index))
		return deliver(worker, cell, message);
	send_away(worker, cell, message, home);
	return 0;
}

int
post(struct worker *worker, struct bsk_message *message)
{
	if (message == NULL)
		return -ENOMEM;
	message->flags &= (uint16_t)~MESSAGE_REST;
	return send_along_edge(worker, message, edge_of(worker, message));
}

/* The edge that a message goes along is the sender's last from here on. */
static uint32_t
turn_to(struct worker *worker, struct cell *sender,
    const struct bsk_message *message)
{
	struct cells *cells = &worker->system->cells;
	uint32_t number = edges_find(&worker->edges, message->from,
	    message->to, message->type);
	struct edge *edge = edges_at(&worker->edges, number);
	struct cell *cell = cells_find(cells, message->to);

	if (number == EDGES_REST || cell == NULL)
		return number;
	edge->cell = cell;
	edge->home = cells_home_at(cells, (uint32_t)message->to.bits);
	sender->edge = edge;
	return number;
}

int
post_from(struct worker *worker, struct cell *sender,
    struct bsk_message *message)
{
	struct edge *edge = sender->edge;
	bsk_ref from = cell_ref(sender);
	bool is_known = edge != NULL && edge->cell != NULL &&
	    edge_is(edge, from, message->to, message->type);

	message->from = from;
	message->flags &= (uint16_t)~MESSAGE_REST;
	return send_along_edge(worker, message, is_known ? edge->number :
	    turn_to(worker, sender, message));
}


int
post_runtime(struct worker *worker, bsk_ref from, bsk_ref to,
    struct bsk_message *message)
{
	if (message == NULL)
		return -ENOMEM;
	message->from = from;
	message->to = to;
	message->flags |= MESSAGE_RUNTIME;
	return post(worker, message);
}

/* What comes from outside is counted as sent here. */
void
post_arrived(struct worker *worker, struct bsk_message *message)
{
	struct cells *cells = &worker->system->cells;
	struct cell *cell;
	unsigned home;

	if (message->type == &errand_type) {
		errand_arrived(worker, message);
		return;
	}
	message->edge = edge_of(worker, message);
	if ((message->flags & MESSAGE_UNCOUNTED) != 0) {
		message->flags &= (uint16_t)~MESSAGE_UNCOUNTED;
		count_sent(worker, message->edge);
		bump(&worker->messages_made, 1);
	}
	cell = cells_find(cells, message->to);
	if (cell == NULL) {
		deliver(worker, NULL, message);
		return;
	}
	home = home_of(cells, message);
	if (home_is(home, worker->index))
		deliver(worker, cell, message);
	else if (!transit_keep(worker, cell, home, message))
		carry_home(worker, cell, message, home);
}

void
post_pass_on(struct worker *worker, struct cell *cell,
    struct bsk_message *message, bsk_ref to)
{
	count_end(worker, cell, message, BSK_END_HANDLED);
	message->to = to;
	message->flags &= MESSAGE_ASKS | MESSAGE_OUTSIDE;
	message->flags |= message_flags_of(message->type);
	message->deaths = 0;
	post(worker, message);
}

void
post_open(struct worker *worker, struct cell *cell, struct bsk_message *open)
{
	open->to = cell_ref(cell);
	open->flags |= MESSAGE_RUNTIME;
	count_sent(worker, EDGES_REST);
	edges_at(&worker->edges, EDGES_REST)->here++;
	message_queue_push_front(&cell->control, open);
	cell_schedule(worker, cell);
}

void
post_back(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	message_queue_push_front(&cell->data, message);
	if ((message->flags & MESSAGE_EXEMPT) == 0)
		poke(&cell->depth, peek(&cell->depth) + 1);
	(void)room_take_up(worker, cell, message);
	cell_schedule(worker, cell);
}

/* --- how old ------------------------------------------------------------- */

/* What comes first may have a number where others say when they came: then one
 * soon after it may do, and if there is none, it is as if it had come now. */
void
post_note_oldest(struct worker *worker, struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);
	const struct bsk_message *last = cell->data.last;
	const struct bsk_message *message = last;

	if (extras == NULL || last == NULL)
		return;
	for (unsigned i = 0; i < OLDEST_TRIES; i++) {
		message = message->next;
		if ((message->flags & (MESSAGE_NUMBERED | MESSAGE_EXEMPT)) ==
		    0) {
			poke(&extras->since_ns, message->put_ns);
			return;
		}
		if (message == last)
			break;
	}
	poke(&extras->since_ns, worker->seen_ns);
}

/* --- taking -------------------------------------------------------------- */

struct bsk_message *
post_take(struct worker *worker, struct cell *cell)
{
	struct bsk_message *message;

	if (cell_takes_control(cell))
		return message_queue_pop(&cell->control);
	if (cell->data.last == NULL || !cell_takes_data(cell))
		return NULL;
	message = take_data(worker, cell);
	room_offer(worker, cell);
	return message;
}
