/* moves.c - actors that go to another worker.
 *
 * No message may overtake another of the same sender and receiver, and rings
 * keep their order each for itself. So an actor takes up its life at its new
 * home when no ring holds anything of it or for it that was sent before:
 *
 * - It leaves its run queue, and its new home is told to everybody.
 * - Each worker of the pool is sent an errand, behind all that the actor had
 *   sent there, and answers behind all that it had sent to the actor's old
 *   home. That keeps what comes for the actor.
 * - When all have answered, the actors go with what was kept. What has come to
 *   the new home meanwhile waits for them there, and comes last.
 *
 * Who has no rings sends by the actor's door, which stays; see enum home.
 */
#include <stdlib.h>

#include "errand.h"
#include "moves.h"
#include "post.h"
#include "transit.h"
#include "turn.h"

#define LOOKS (2 * MOVES_MAX) /* how far down a run queue they are looked for */

/* --- who may leave -------------------------------------------------------- */

static bool
is_bound(const struct extras *extras)
{
	const struct extras_own *own;

	if (extras == NULL)
		return false;
	own = &extras->own;
	return own->asks.count > 0 || own->timers.count > 0 ||
	    own->awaited_count > 0 || own->held != NULL ||
	    own->notices != NULL;
}

/* Who has children stays, for they come home there; and so does the guardian,
 * who may have some that it does not know of yet. */
static bool
may_leave(struct worker *worker, struct task *task)
{
	struct cell *cell = (struct cell *)task;

	return task->run == turn_run && cell_stage(cell) == LIFE_ACTIVE &&
	    !cell_has(cell, CELL_SERVICE | CELL_DOOMED | CELL_REVIVED |
	    CELL_HALTED) && cell->first_child == 0 &&
	    cell_blocked(cell) == 0 && !is_bound(cell_has_extras(cell)) &&
	    !bsk_ref_equal(worker->parker, cell_ref(cell)) &&
	    !bsk_ref_equal(worker->system->guardian, cell_ref(cell));
}

/* Takes some out of the run queue, neighbours if possible: they may talk to
 * each other. */
static unsigned
choose(struct worker *worker, unsigned count, struct task **ret_first)
{
	struct task **link = &worker->first;
	struct task *before = NULL;
	unsigned chosen = 0;

	for (unsigned i = 0; i < LOOKS && *link != NULL && chosen < count;
	    i++) {
		struct task *task = *link;

		if (!may_leave(worker, task)) {
			before = task;
			link = &task->next;
			continue;
		}
		*link = task->next;
		if (worker->last == task)
			worker->last = before;
		task->next = NULL;
		*ret_first = task;
		ret_first = &task->next;
		chosen++;
	}
	return chosen;
}

/* --- the mailbox --------------------------------------------------------- */

/* Each worker counts for itself what lies in its actors' mailboxes. */
static void
check_out(struct worker *worker, struct message_queue queue)
{
	struct bsk_message *message = queue.last;

	if (message == NULL)
		return;
	do {
		edges_at(&worker->edges, message->edge)->here--;
		message = message->next;
	} while (message != queue.last);
}

static void
check_in(struct worker *worker, struct message_queue queue)
{
	struct bsk_message *message = queue.last;

	if (message == NULL)
		return;
	do {
		post_check_in(worker, message);
		message = message->next;
	} while (message != queue.last);
}

/* --- leaving and arriving ------------------------------------------------- */

static void
leave(struct worker *worker, struct cell *cell, unsigned to)
{
	cell->edge = NULL;
	check_out(worker, cell->control);
	check_out(worker, cell->data);
	cells_move(&worker->system->cells, cell->index, to);
}

static void
settle(struct worker *worker, struct cell *cell)
{
	check_in(worker, cell->control);
	check_in(worker, cell->data);
	cells_moved(&worker->system->cells, cell->index);
	worker_ready(worker, &cell->task);
}

/* What is for others that have not come yet is kept once more. */
static void
deliver(struct worker *worker, struct message_queue queue)
{
	struct bsk_message *message;

	while ((message = message_queue_pop(&queue)) != NULL)
		post_arrived(worker, message);
}

static void
arrive(struct worker *worker, uint64_t one, uint64_t unused)
{
	struct transit *transit = (struct transit *)(uintptr_t)one;
	struct message_queue early = worker->early;
	struct task *task;

	(void)unused;
	while ((task = transit->first) != NULL) {
		transit->first = task->next;
		settle(worker, (struct cell *)task);
	}
	worker->early = (struct message_queue){NULL};
	deliver(worker, transit->late);
	deliver(worker, early);
	free(transit);
}

/* --- between the two ------------------------------------------------------ */

static void
answered(struct worker *worker, uint64_t one, uint64_t unused)
{
	struct transit *transit = (struct transit *)(uintptr_t)one;

	(void)unused;
	if (++transit->answers < worker->rings - 1)
		return;
	worker->leaving = NULL;
	errand_run(worker, transit->to, arrive, one, 0);
}

static void
answer(struct worker *worker, uint64_t one, uint64_t from)
{
	errand_run(worker, (unsigned)from, answered, one, 0);
}

static void
drop(struct message_queue *errands)
{
	struct bsk_message *message;

	while ((message = message_queue_pop(errands)) != NULL)
		bsk_message_free(message);
}

/* All that a move needs: an errand for each other worker, too. Their answers
 * can be sent in the memory of what they answer. */
static struct transit *
lay_by(struct worker *worker, struct message_queue *errands)
{
	struct transit *transit = calloc(1, sizeof(*transit));

	for (unsigned i = 1; transit != NULL && i < worker->rings; i++) {
		struct bsk_message *message = BSK_NEW(errand, .one = 0);

		if (message != NULL) {
			message_queue_push(errands, message);
		} else {
			drop(errands);
			free(transit);
			transit = NULL;
		}
	}
	return transit;
}

static void
tell_everybody(struct worker *worker, struct transit *transit,
    struct message_queue errands)
{
	for (unsigned i = 0; i < worker->rings; i++)
		if (i != worker->index)
			errand_send(worker, i, message_queue_pop(&errands),
			    answer, (uint64_t)(uintptr_t)transit,
			    worker->index);
}

unsigned
moves_begin(struct worker *worker, unsigned to, unsigned count)
{
	struct message_queue errands = {NULL};
	struct transit *transit;
	unsigned chosen;

	if (worker->leaving != NULL || to == worker->index)
		return 0;
	transit = lay_by(worker, &errands);
	if (transit == NULL)
		return 0;
	chosen = choose(worker, count, &transit->first);
	if (chosen == 0) {
		drop(&errands);
		free(transit);
		return 0;
	}
	transit->to = to;
	worker->leaving = transit;
	for (struct task *task = transit->first; task != NULL;
	    task = task->next)
		leave(worker, (struct cell *)task, to);
	tell_everybody(worker, transit, errands);
	return chosen;
}

/* --- when ----------------------------------------------------------------- */

/* The worker of the pool where a ready task waits for the shortest time. */
static struct worker *
least_loaded(const struct worker *worker)
{
	struct worker *least = worker->peers[0];

	for (unsigned i = 1; i < worker->rings; i++)
		if (peek(&worker->peers[i]->waited_ns) <
		    peek(&least->waited_ns))
			least = worker->peers[i];
	return least;
}

static unsigned
count_ready(const struct worker *worker)
{
	unsigned count = 0;

	for (const struct task *task = worker->first;
	    task != NULL && count < LOOKS; task = task->next)
		count++;
	return count;
}

/* Half of what this one has more than the other. Where a handler may keep its
 * worker for as long as it takes, nobody's life is to wait for that. */
void
moves_on_load(struct worker *worker)
{
	int64_t mine_ns = peek(&worker->waited_ns);
	struct worker *other = least_loaded(worker);
	int64_t other_ns = peek(&other->waited_ns);

	if (worker->system->handover_ns < 0 || worker->system->sim.on ||
	    other_ns > mine_ns / 2)
		return;
	(void)moves_begin(worker, other->index, (unsigned)(count_ready(worker) *
	    (mine_ns - other_ns) / (2 * mine_ns)));
}
