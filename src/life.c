/* life.c - how an actor begins, fails, begins again and ends. */
#include <errno.h>
#include <string.h>

#include <buskin/life.h>

#include "asks.h"
#include "behaviors.h"
#include "errand.h"
#include "fault.h"
#include "held.h"
#include "kin.h"
#include "life.h"
#include "links.h"
#include "monitors.h"
#include "notice.h"
#include "post.h"
#include "room.h"
#include "timers.h"

static size_t
state_size(struct cell *cell)
{
	size_t size = cell_class(cell)->state_size;

	return size == 0 ? 1 : size;
}

int
life_begin(struct worker *worker, struct cell *cell)
{
	cell->state = arena_get(&worker->arena, state_size(cell));
	if (cell->state == NULL)
		return -ENOMEM;
	memset(cell->state, 0, state_size(cell));
	return 0;
}

/* --- the end of an incarnation ------------------------------------------- */

static void
close_state(struct worker *worker, struct cell *cell, int reason)
{
	struct bsk_ctx ctx = ctx_of(worker, cell);
	struct bsk_close close = {.reason = reason};
	bsk_door *door = behavior_find(cell->behavior,
	    &bsk_close_type);

	if (cell->state == NULL)
		return;
	if (door != NULL)
		(void)door(cell->state, &ctx, &close);
	arena_put(&worker->arena, cell->state, state_size(cell));
	cell->state = NULL;
}

/* Children go with their parent. Their cells come to this worker when they
 * are over; until then they have no siblings. */
static void
kill_children(struct worker *worker, struct cell *cell)
{
	struct cell *child;

	while ((child = kin_newest(worker, cell)) != NULL) {
		kin_unlink(worker, cell, child);
		life_doom(worker, cell_ref(child));
	}
}

static void
unbecome(struct worker *worker, struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);
	struct behavior *behavior;

	if (extras == NULL || extras->own.become == NULL)
		return;
	/* It was found when the actor was spawned, so it is there. */
	if (behaviors_get(&worker->system->behaviors, cell_class(cell),
	    &behavior) == 0)
		cell->behavior = behavior;
	behavior_free(extras->own.become);
	extras->own.become = NULL;
}

static void
leave_park(struct worker *worker, uint64_t self)
{
	if (worker->parker.bits == self)
		worker_park_set(worker, NULL, NULL, bsk_nobody());
}

static void
end_incarnation(struct worker *worker, struct cell *cell, int reason)
{
	struct bsk_system *system = worker->system;
	struct extras *extras = cell_has_extras(cell);
	uint64_t self = cell_ref(cell).bits;

	leave_park(worker, self); /* its waker may be freed as it closes */
	close_state(worker, cell, reason);
	leave_park(worker, self);
	/* Relaxed: the ref is only compared. */
	atomic_compare_exchange_strong_explicit(&system->fault_taker, &self,
	    0, memory_order_relaxed, memory_order_relaxed);
	kill_children(worker, cell);
	held_lose(worker, cell, reason);
	timers_clear(worker, cell);
	asks_clear(worker, cell);
	monitors_unwatch_all(worker, cell);
	links_tell(worker, cell, reason);
	if (extras != NULL) {
		notice_free_all(extras->own.notices);
		extras->own.notices = NULL;
	}
	unbecome(worker, cell);
}

/* --- the end of a life --------------------------------------------------- */

static void
empty_data(struct worker *worker, struct cell *cell, int reason)
{
	struct bsk_message *message;

	if (reason >= 0)
		reason = -ESRCH;
	while ((message = message_queue_pop(&cell->data)) != NULL) {
		if ((message->flags & MESSAGE_EXEMPT) == 0)
			room_give_back(worker, cell, message);
		fault_pass_on(worker, cell, message);
		post_end(worker, cell, message, BSK_END_DEAD, reason);
	}
	poke(&cell->depth, 0);
}

static void
empty_mailbox(struct worker *worker, struct cell *cell, int reason)
{
	struct bsk_message *message;

	if (reason >= 0)
		reason = -ESRCH;
	while ((message = message_queue_pop(&cell->control)) != NULL) {
		if (message->type == &post_monitor_type) {
			const struct post_monitor *monitor;

			monitor = message_body(message);
			monitors_accept(worker, cell, message->from,
			    monitor->number);
		} else if (message->type == &post_link_type) {
			const struct post_link *link = message_body(message);

			post_down(worker, &bsk_link_down_type, message->from,
			    link->number, cell_ref(cell), reason);
		}
		post_end(worker, cell, message, BSK_END_DEAD, reason);
	}
	empty_data(worker, cell, reason);
}

/* What waits is not for the next incarnation. */
static void
forget(struct worker *worker, struct cell *cell, int reason)
{
	if (!cell_has(cell, CELL_FORGETS))
		return;
	empty_data(worker, cell, reason);
	room_offer(worker, cell);
}

/* The last step, at the parent's home: the cell is free again. A parent that
 * is gone has cut the links before. */
static void
come_home(struct worker *worker, uint64_t child_bits, uint64_t reason)
{
	struct cell *child = cells_find(&worker->system->cells,
	    (bsk_ref){child_bits});
	bsk_ref parent_ref = {peek(&child->parent)};
	struct cell *parent = system_local(worker, parent_ref);

	if (parent != NULL) {
		kin_unlink(worker, parent, child);
		if (behavior_find(parent->behavior, &bsk_down_type) !=
		    NULL && parent->state != NULL)
			post_down(worker, &bsk_down_type, parent_ref, 0,
			    cell_ref(child), (int)(int64_t)reason);
	}
	cells_give(&worker->system->cells, &worker->spare, child);
}

/* A thread of its own ends with its actor; what is still sent there is for
 * the parent's home to bury. */
static void
leave_thread(struct worker *worker, struct cell *cell)
{
	struct bsk_system *system = worker->system;
	uint32_t parent = (uint32_t)peek(&cell->parent);

	if (worker->index <= system->host)
		return;
	cells_set_home(&system->cells, cell->index,
	    cells_home(&system->cells, parent));
	worker_leave(worker);
}

void
life_finish(struct worker *worker, struct cell *cell, int reason)
{
	struct extras *extras = cell_has_extras(cell);
	bsk_ref self = cell_ref(cell);
	bsk_ref parent = {peek(&cell->parent)};

	if (cell_stage(cell) == LIFE_RESTARTING)
		reason = extras->own.reason;
	else
		end_incarnation(worker, cell, reason);
	/* From here on nothing is put into the mailbox, not even by itself. */
	cell_set_life(cell, LIFE_OVER);
	empty_mailbox(worker, cell, reason);
	room_release(worker, cell);
	directory_remove(&worker->system->directory, self);
	monitors_tell(worker, cell, reason);
	leave_thread(worker, cell);
	cell_extras_clear(cell);
	/* Behind what it has sent to its parent. */
	errand_run_at(worker, parent, come_home, self.bits,
	    (uint64_t)(int64_t)reason);
}

static uint32_t
incarnation(struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);

	return extras == NULL ? 0 : peek(&extras->restarts);
}

/* Without memory to tell the parent, the life ends: never a silent wait. */
static int
ask_for_verdict(struct worker *worker, struct cell *cell, int reason)
{
	bsk_ref parent = {peek(&cell->parent)};
	struct bsk_message *message;

	message = BSK_NEW(bsk_child_ended, .child = cell_ref(cell),
	    .reason = reason, .incarnation = incarnation(cell),
	    .ended_ns = worker->os->now(worker->os));
	if (message == NULL || cell_extras(cell) == NULL) {
		bsk_message_free(message);
		return -ENOMEM;
	}
	end_incarnation(worker, cell, reason);
	cell_set_life(cell, LIFE_RESTARTING);
	cell_has_extras(cell)->own.reason = reason;
	cell_clear(cell, CELL_HALTED);
	forget(worker, cell, reason);
	return post_runtime(worker, cell_ref(cell), parent, message);
}

void
life_end(struct worker *worker, struct cell *cell, int reason)
{
	if (cell_has(cell, CELL_SUPERVISED) &&
	    ask_for_verdict(worker, cell, reason) == 0)
		return;
	life_finish(worker, cell, reason);
}

bool
life_begin_again(struct worker *worker, struct cell *cell)
{
	struct bsk_message *open;

	if (cell_stage(cell) != LIFE_RESTARTING)
		return true;
	open = BSK_NEW(bsk_open, .incarnation = incarnation(cell) + 1);
	if (open == NULL) {
		life_finish(worker, cell, -ENOMEM);
		return false;
	}
	bump(&cell_has_extras(cell)->restarts, 1);
	cell_set_life(cell, LIFE_STARTING);
	post_open(worker, cell, open);
	return true;
}

int
life_opened(struct worker *worker, struct cell *cell)
{
	bsk_ref parent = {peek(&cell->parent)};

	cell_set_life(cell, LIFE_ACTIVE);
	if (!cell_has(cell, CELL_TELLS_OPEN))
		return 0;
	return post_runtime(worker, cell_ref(cell), parent,
	    BSK_NEW(bsk_child_opened, .child = cell_ref(cell),
	    .incarnation = incarnation(cell)));
}

/* --- verdicts ------------------------------------------------------------ */

static void
doom(struct worker *worker, uint64_t actor, uint64_t unused)
{
	struct cell *cell = system_local(worker, (bsk_ref){actor});

	(void)unused;
	if (cell == NULL)
		return;
	cell_set(cell, CELL_DOOMED);
	cell_schedule(worker, cell);
}

/* One that waits for the verdict has ended already. */
static void
halt(struct worker *worker, uint64_t actor, uint64_t unused)
{
	struct cell *cell = system_local(worker, (bsk_ref){actor});

	(void)unused;
	if (cell == NULL || !cell_has(cell, CELL_SUPERVISED) ||
	    cell_stage(cell) == LIFE_RESTARTING)
		return;
	cell_set(cell, CELL_HALTED);
	cell_schedule(worker, cell);
}

static void
kill_by(struct worker *worker, uint64_t actor, uint64_t killer)
{
	struct cell *cell = system_local(worker, (bsk_ref){actor});

	if (cell != NULL && cell_has(cell, CELL_SUPERVISED) &&
	    peek(&cell->parent) != killer)
		halt(worker, actor, 0);
	else
		doom(worker, actor, 0);
}

/* What its parent asked of the life before: the verdict is another one. */
static void
forgive_stops(struct worker *worker, struct cell *cell)
{
	struct message_queue kept = {NULL};
	struct bsk_message *message;

	while ((message = message_queue_pop(&cell->data)) != NULL)
		if (message->type == &bsk_drain_type &&
		    message->from.bits == peek(&cell->parent))
			post_end(worker, cell, message, BSK_END_CANCELLED, 0);
		else
			message_queue_push(&kept, message);
	cell->data = kept;
}

static void
revive(struct worker *worker, uint64_t actor, uint64_t unused)
{
	struct cell *cell = system_local(worker, (bsk_ref){actor});

	(void)unused;
	if (cell == NULL || cell_stage(cell) != LIFE_RESTARTING)
		return;
	forget(worker, cell, cell_has_extras(cell)->own.reason);
	forgive_stops(worker, cell);
	cell_set(cell, CELL_REVIVED);
	cell_schedule(worker, cell);
}

static void
pronounce(struct worker *worker, bsk_ref actor, bsk_ref judge,
    void (*verdict)(struct worker *worker, uint64_t actor, uint64_t judge))
{
	if (!bsk_ref_is_nobody(actor))
		errand_run_at(worker, actor, verdict, actor.bits, judge.bits);
}

void
life_doom(struct worker *worker, bsk_ref actor)
{
	pronounce(worker, actor, bsk_nobody(), doom);
}

void
life_kill(struct worker *worker, bsk_ref actor, bsk_ref killer)
{
	pronounce(worker, actor, killer, kill_by);
}

void
life_halt(struct worker *worker, bsk_ref actor)
{
	pronounce(worker, actor, bsk_nobody(), halt);
}

void
life_revive(struct worker *worker, bsk_ref actor)
{
	pronounce(worker, actor, bsk_nobody(), revive);
}
