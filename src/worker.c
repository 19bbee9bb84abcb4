/* worker.c - a worker: takes in, runs, sends out, sleeps. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "current.h"
#include "owner.h"
#include "pulse.h"

#define LOOK_IO_NS 50000         /* time between two looks for readiness */
#define SPIN_NS 10000            /* how long an idle worker only looks */
#define UNSENT_NS 100000         /* how soon a full ring is tried again */
#define ARRIVALS 64u             /* messages taken from a ring at a time */

static int
init_sleep(struct worker *worker)
{
	pthread_condattr_t attributes;
	int error;

	error = pthread_condattr_init(&attributes);
	if (error != 0)
		return -error;
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	error = pthread_cond_init(&worker->cond, &attributes);
	pthread_condattr_destroy(&attributes);
	if (error != 0)
		return -error;
	error = pthread_mutex_init(&worker->lock, NULL);
	if (error != 0)
		pthread_cond_destroy(&worker->cond);
	return -error;
}

static int
init_gate(struct worker *worker)
{
	int r = gate_init(&worker->gate);

	if (r < 0) {
		pthread_mutex_destroy(&worker->lock);
		pthread_cond_destroy(&worker->cond);
	}
	return r;
}

int
worker_init(struct worker *worker, unsigned index, const struct bsk_os *os,
    const struct worker_hooks *hooks)
{
	int r;

	memset(worker, 0, sizeof(*worker));
	worker->index = index;
	worker->os = os;
	worker->hooks = hooks;
	worker->budget_ns = INT64_MAX;
	pulse_init(worker);
	worker->chance = 0x9e3779b97f4a7c15u ^ index;
	arena_init(&worker->arena, index);
	worker->seen_ns = os->now(os);
	wheel_init(&worker->wheel, worker->seen_ns);
	r = edges_init(&worker->edges);
	if (r < 0)
		return r;
	r = inbox_init(&worker->inbox);
	if (r < 0) {
		edges_release(&worker->edges);
		return r;
	}
	r = init_sleep(worker);
	if (r == 0)
		r = init_gate(worker);
	if (r < 0) {
		inbox_release(&worker->inbox);
		edges_release(&worker->edges);
	}
	return r;
}

void
worker_release(struct worker *worker)
{
	for (unsigned i = 0; i < WORKERS_POOL; i++)
		ring_free(worker->in[i]);
	gate_release(&worker->gate);
	pthread_mutex_destroy(&worker->lock);
	pthread_cond_destroy(&worker->cond);
	inbox_release(&worker->inbox);
	edges_release(&worker->edges);
	stock_leave(worker->stock);
	arena_release(&worker->arena);
}

/* --- between workers --------------------------------------------------- */

bool
worker_carry(struct worker *worker, unsigned to, struct bsk_message *message)
{
	struct ring *ring = to < WORKERS_POOL ? worker->out[to] : NULL;

	if (ring == NULL)
		return worker_inject(worker->peers[to], message);
	if (ring_write(ring, message) && ring_publish(ring))
		worker_wake(worker->peers[to]);
	return true;
}

bool
worker_inject(struct worker *worker, struct bsk_message *message)
{
	if (!inbox_put(&worker->inbox, message))
		return false;
	worker_wake(worker);
	return true;
}

static bool
take_in(struct worker *worker)
{
	struct message_queue queue = inbox_take(&worker->inbox);
	struct bsk_message *messages[ARRIVALS];
	bool any = queue.last != NULL;
	struct bsk_message *message;

	while ((message = message_queue_pop(&queue)) != NULL)
		worker->hooks->on_arrival(worker, message);
	for (unsigned i = 0; i < worker->rings; i++) {
		unsigned count = 0;

		if (worker->in[i] != NULL)
			count = ring_read(worker->in[i], messages, ARRIVALS);
		for (unsigned m = 0; m < count; m++)
			worker->hooks->on_arrival(worker, messages[m]);
		any = any || count > 0;
	}
	return any;
}

/* Whether there was anything. */
static bool
send_out(struct worker *worker)
{
	bool any = false;

	for (unsigned i = 0; i < worker->rings; i++) {
		struct ring *ring = worker->out[i];

		if (ring != NULL && ring_publish(ring)) {
			worker_wake(worker->peers[i]);
			any = true;
		}
	}
	return any;
}

static bool
fire_timers(struct worker *worker, int64_t now_ns)
{
	struct timer *timer;
	bool any = false;

	while ((timer = wheel_take_due(&worker->wheel, now_ns)) != NULL) {
		timer->fire(timer, worker);
		any = true;
	}
	return any;
}

bool
worker_look_around(struct worker *worker)
{
	int64_t now_ns = worker->os->now(worker->os);
	bool any;

	worker->seen_ns = now_ns;
	any = take_in(worker);
	any = fire_timers(worker, now_ns) || any;
	any = send_out(worker) || any;
	pulse_look(worker, now_ns);
	if (edges_want_sweep(&worker->edges))
		worker->hooks->on_crowd(worker);
	/* Relaxed: worker_wake orders it, and so does what is summoned for. */
	if (peek(&worker->is_summoned))
		worker->hooks->on_summons(worker);
	if (!worker->is_watched && peek(&worker->is_looked_at))
		poke(&worker->is_looked_at, false);
	if (worker->parker.bits != 0 &&
	    now_ns - worker->polled_ns >= LOOK_IO_NS) {
		worker->polled_ns = now_ns;
		worker->hooks->on_park(worker, 0);
	}
	return any;
}

/* --- sleeping ----------------------------------------------------------- */

/* Pairs with fall_asleep: both are read-modify-writes of `sleep`, so one comes
 * first. If this does, the sleeper finds WORKER_NOTIFIED, stays awake and sees
 * what was published before (release here, acquire there). If the sleeper
 * does, this finds WORKER_ASLEEP and rouses it. */
void
worker_wake(struct worker *worker)
{
	if (atomic_exchange_explicit(&worker->sleep, WORKER_NOTIFIED,
	    memory_order_acq_rel) != WORKER_ASLEEP)
		return;
	pthread_mutex_lock(&worker->lock);
	if (worker->park != NULL)
		worker->park->wake(worker->waker);
	else
		pthread_cond_signal(&worker->cond);
	pthread_mutex_unlock(&worker->lock);
}

/* Whether the worker may sleep now. Pairs with worker_wake. */
static bool
fall_asleep(struct worker *worker)
{
	int awake = WORKER_AWAKE;

	return atomic_compare_exchange_strong_explicit(&worker->sleep, &awake,
	    WORKER_ASLEEP, memory_order_acq_rel, memory_order_acquire);
}

static void
wait_for_wake(struct worker *worker, int64_t until_ns)
{
	struct timespec until;

	until.tv_sec = (time_t)(until_ns / 1000000000);
	until.tv_nsec = (long)(until_ns % 1000000000);
	pthread_mutex_lock(&worker->lock);
	while (peek(&worker->sleep) == WORKER_ASLEEP) {
		int error = 0;

		if (until_ns == INT64_MAX)
			pthread_cond_wait(&worker->cond, &worker->lock);
		else
			error = pthread_cond_timedwait(&worker->cond,
			    &worker->lock, &until);
		if (error == ETIMEDOUT)
			break;
	}
	pthread_mutex_unlock(&worker->lock);
}

static void
sleep_until(struct worker *worker, int64_t until_ns)
{
	int64_t now_ns = worker->os->now(worker->os);

	arena_flush(&worker->arena);
	if (fall_asleep(worker)) {
		if (worker->parker.bits == 0)
			wait_for_wake(worker, until_ns);
		else if (until_ns == INT64_MAX)
			worker->hooks->on_park(worker, -1);
		else
			worker->hooks->on_park(worker,
			    until_ns > now_ns ? until_ns - now_ns : 0);
		bump(&worker->wakeups, 1);
		worker->polled_ns = worker->os->now(worker->os);
	}
	/* Acquire: pairs with the release in worker_wake. Sequentially
	 * consistent with the sentry that would fall asleep. */
	atomic_exchange(&worker->sleep, WORKER_AWAKE);
	worker->hooks->on_awake(worker);
}

/* An idle worker looks a little longer before it sleeps: to be woken costs the
 * waker more than that. One that sleeps on readiness does so at once. */
static bool
spin(struct worker *worker)
{
	int64_t until_ns = worker->os->now(worker->os) + SPIN_NS;

	if (worker->parker.bits != 0)
		return false;
	do {
		if (worker_look_around(worker) || worker->first != NULL)
			return true;
	} while (worker->os->now(worker->os) < until_ns);
	return false;
}

/* Whether a peer's ring is too full to take what is written for it. */
static bool
has_unsent(const struct worker *worker)
{
	for (unsigned i = 0; i < worker->rings; i++)
		if (worker->out[i] != NULL && !ring_is_clear(worker->out[i]))
			return true;
	return false;
}

static void
idle(struct worker *worker)
{
	int64_t until_ns;

	pulse_rest(worker);
	if (worker_look_around(worker) || worker->first != NULL)
		return;
	if (peek(&worker->sleep) == WORKER_NOTIFIED) {
		atomic_exchange_explicit(&worker->sleep, WORKER_AWAKE,
		    memory_order_acq_rel); /* pairs with worker_wake */
		return;
	}
	if (spin(worker) || peek(&worker->must_end))
		return;
	until_ns = wheel_next(&worker->wheel);
	if (has_unsent(worker)) {
		int64_t again_ns = worker->os->now(worker->os) + UNSENT_NS;

		until_ns = until_ns < again_ns ? until_ns : again_ns;
	}
	sleep_until(worker, until_ns);
}

/* --- running ------------------------------------------------------------ */

static bool
goes_on(struct worker *worker)
{
	/* Acquire: pairs with the release in worker_end. */
	return !atomic_load_explicit(&worker->must_end,
	    memory_order_acquire) && peek(&worker->gate.wanted) == 0 &&
	    owner_is_here(worker->owner);
}

void
worker_run(struct worker *worker)
{
	struct worker *before = current_worker;

	current_worker = worker;
	worker->hooks->on_awake(worker);
	while (goes_on(worker)) {
		struct task *task;

		if (++worker->turns >= worker->look_turns) {
			worker->turns = 0;
			worker_look_around(worker);
		}
		task = worker_next(worker);
		if (task != NULL)
			task->run(task, worker);
		else
			idle(worker);
	}
	if (owner_is_here(worker->owner)) {
		(void)send_out(worker);
		arena_flush(&worker->arena);
	}
	current_worker = before;
}

void
worker_serve(struct worker *worker)
{
	current_hand.thread = pthread_self();
	gate_enter(&worker->gate);
	current_hand.entered = worker;
	worker_run(worker);
	current_hand.entered = NULL;
	if (owner_is_here(worker->owner))
		gate_leave(&worker->gate);
}

void
worker_end(struct worker *worker)
{
	/* Release: pairs with the acquire in worker_run. */
	atomic_store_explicit(&worker->must_end, true, memory_order_release);
	worker_wake(worker);
}

void
worker_leave(struct worker *worker)
{
	/* Relaxed: worker_end orders it before worker_run's return. */
	poke(&worker->is_left, true);
	worker_end(worker);
}

void
worker_close(struct worker *worker)
{
	struct worker *before = current_worker;

	current_worker = worker;
	inbox_set_closed(&worker->inbox, true);
	take_in(worker);
	arena_flush(&worker->arena);
	current_worker = before;
	/* Release: pairs with the acquire in worker_has_returned. */
	atomic_store_explicit(&worker->has_returned, true,
	    memory_order_release);
}

bool
worker_has_returned(struct worker *worker)
{
	/* Acquire: pairs with the release in worker_close. */
	return atomic_load_explicit(&worker->has_returned,
	    memory_order_acquire);
}

void
worker_reopen(struct worker *worker)
{
	poke(&worker->has_returned, false);
	poke(&worker->must_end, false);
	poke(&worker->is_left, false);
	poke(&worker->sleep, WORKER_AWAKE);
	inbox_set_closed(&worker->inbox, false);
}

void
worker_park_set(struct worker *worker, const struct bsk_park *park,
    void *waker, bsk_ref parker)
{
	pthread_mutex_lock(&worker->lock);
	worker->park = park;
	worker->waker = waker;
	worker->parker = parker;
	pthread_mutex_unlock(&worker->lock);
}

bool
worker_is_parker(struct worker *worker, bsk_ref actor)
{
	bool is_parker;

	pthread_mutex_lock(&worker->lock);
	is_parker = worker->parker.bits == actor.bits;
	pthread_mutex_unlock(&worker->lock);
	return is_parker;
}

/* xorshift64* (Vigna, 2016). */
uint64_t
worker_random(struct worker *worker)
{
	uint64_t x = worker->chance;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	worker->chance = x;
	return x * 0x2545f4914f6cdd1du;
}
