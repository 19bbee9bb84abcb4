/* timers.c - the timers of an actor, by its own numbers.
 *
 * At most one bsk_timer_due of a timer is in the mailbox; periods that pass
 * meanwhile are added to it when it comes out. A message that was overtaken by
 * arming or disarming anew carries an old round and does not count.
 */
#include <errno.h>

#include <buskin/life.h>

#include "post.h"
#include "timers.h"

struct actor_timer {
	struct timer timer;  /* first: a timer is its actor_timer */
	bsk_ref actor;
	uint64_t number;
	uint64_t round;      /* in the message's `ask` */
	uint64_t count;      /* periods due and not told */
	int64_t every_ns;    /* 0: once */
	bool is_told;        /* a message of this round is in the mailbox */
};

static int
tell(struct worker *worker, struct actor_timer *it)
{
	struct bsk_message *due = BSK_NEW(bsk_timer_due,
	    .timer = it->number);

	if (due == NULL)
		return -ENOMEM;
	due->flags |= MESSAGE_TIMER | MESSAGE_EXEMPT;
	due->ask = it->round;
	it->is_told = true;
	return post_runtime(worker, bsk_nobody(), it->actor, due);
}

/* The first time after now that lies whole periods after it was due last. */
static int64_t
next_due(const struct actor_timer *it, int64_t periods)
{
	int64_t due_ns = it->timer.due_ns;

	if (it->every_ns > (INT64_MAX - due_ns) / periods)
		return INT64_MAX;
	return due_ns + periods * it->every_ns;
}

/* Without memory for the news it is tried again a millisecond later. */
static void
on_due(struct timer *timer, struct worker *worker)
{
	struct actor_timer *it = (struct actor_timer *)timer;
	int64_t late_ns;
	int64_t periods;

	if (!it->is_told && tell(worker, it) < 0) {
		wheel_arm(&worker->wheel, timer, timer->due_ns + 1000000);
		return;
	}
	if (it->every_ns == 0) {
		it->count++;
		return;
	}
	late_ns = worker->os->now(worker->os) - timer->due_ns;
	periods = late_ns < 0 ? 1 : 1 + late_ns / it->every_ns;
	it->count += (uint64_t)periods;
	wheel_arm(&worker->wheel, timer, next_due(it, periods));
}

static struct actor_timer *
find_or_add(struct worker *worker, struct cell *cell, uint64_t number)
{
	struct extras *extras = cell_extras(cell);
	struct actor_timer *it;

	if (extras == NULL)
		return NULL;
	it = idmap_get(&extras->own.timers, number);
	if (it != NULL) {
		wheel_disarm(&worker->wheel, &it->timer);
		return it;
	}
	it = arena_get(&worker->arena, sizeof(*it));
	if (it == NULL)
		return NULL;
	if (idmap_put(&extras->own.timers, number, it) < 0) {
		arena_put(&worker->arena, it, sizeof(*it));
		return NULL;
	}
	bump(&extras->timers, 1);
	it->timer.previous = NULL;
	it->timer.fire = on_due;
	it->actor = cell_ref(cell);
	it->number = number;
	return it;
}

int
timers_arm(struct worker *worker, struct cell *cell, uint64_t number,
    int64_t after_ns, int64_t every_ns)
{
	struct actor_timer *it = find_or_add(worker, cell, number);
	int64_t now_ns = worker->os->now(worker->os);

	if (it == NULL)
		return -ENOMEM;
	if (after_ns < 0)
		after_ns = 0;
	if (after_ns > INT64_MAX - now_ns)
		after_ns = INT64_MAX - now_ns;
	it->every_ns = every_ns < 0 ? 0 : every_ns;
	it->count = 0;
	it->is_told = false;
	it->round = ++cell_has_extras(cell)->own.next_number;
	wheel_arm(&worker->wheel, &it->timer, now_ns + after_ns);
	return 0;
}

int
timers_reserve(struct worker *worker, struct cell *cell, uint64_t number)
{
	struct actor_timer *it = find_or_add(worker, cell, number);

	if (it == NULL)
		return -ENOMEM;
	it->round = 0;
	it->is_told = false;
	return 0;
}

static void
forget(struct worker *worker, struct actor_timer *it)
{
	wheel_disarm(&worker->wheel, &it->timer);
	arena_put(&worker->arena, it, sizeof(*it));
}

int
timers_disarm(struct worker *worker, struct cell *cell, uint64_t number)
{
	struct extras *extras = cell_has_extras(cell);
	struct actor_timer *it = NULL;

	if (extras != NULL)
		it = idmap_take(&extras->own.timers, number);
	if (it == NULL)
		return -ENOENT;
	poke(&extras->timers, peek(&extras->timers) - 1);
	forget(worker, it);
	return 0;
}

bool
timers_open(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	struct extras *extras = cell_has_extras(cell);
	struct bsk_timer_due *due = message_body(message);
	struct actor_timer *it = NULL;

	if (extras != NULL)
		it = idmap_get(&extras->own.timers, due->timer);
	if (it == NULL || it->round != message->ask)
		return false;
	due->count = it->count;
	it->count = 0;
	it->is_told = false;
	if (it->every_ns == 0)
		timers_disarm(worker, cell, due->timer);
	return true;
}

void
timers_clear(struct worker *worker, struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);
	struct actor_timer *it;

	if (extras == NULL)
		return;
	while ((it = idmap_take_any(&extras->own.timers)) != NULL)
		forget(worker, it);
	poke(&extras->timers, 0);
}
