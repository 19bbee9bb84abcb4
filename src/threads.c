/* threads.c - a system's workers and the threads that run them. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "current.h"
#include "ctx.h"
#include "deadlock.h"
#include "errand.h"
#include "fault.h"
#include "moves.h"
#include "owner.h"
#include "post.h"
#include "threads.h"
#include "sentry.h"

/* Looks for readiness, as the actor that offered to. */
static void
on_park(struct worker *worker, int64_t timeout_ns)
{
	struct cell *cell = system_local(worker, worker->parker);
	struct bsk_ctx ctx = ctx_of(worker, cell);

	if (cell != NULL && cell->state != NULL)
		worker->park->wait(cell->state, &ctx, timeout_ns);
}

static bool
is_gone(void *arg, bsk_ref ref)
{
	return system_is_gone(arg, ref);
}

/* Folds what the worker knows of the edges of actors that are gone. */
static void
on_crowd(struct worker *worker)
{
	edges_sweep(&worker->edges, is_gone, worker->system);
}

static const struct worker_hooks hooks = {
	.on_arrival = post_arrived,
	.on_crowd = on_crowd,
	.on_park = on_park,
	.on_awake = sentry_awake,
	.on_ring = deadlock_break,
	.on_alarm = fault_alarm,
	.on_summons = sentry_summoned,
	.on_load = moves_on_load,
};

static void
unreserve(struct worker *worker)
{
	struct worker *before = current_worker;

	current_worker = worker;
	errand_unreserve(worker);
	current_worker = before;
}

static void
free_worker(struct worker *worker)
{
	worker_release(worker);
	free(worker);
}

static int
new_worker(struct bsk_system *system, unsigned index,
    struct worker **ret_worker)
{
	struct worker *worker = aligned_alloc(64, sizeof(*worker));
	struct worker *before = current_worker;
	int r;

	if (worker == NULL)
		return -ENOMEM;
	r = worker_init(worker, index, system->os, &hooks);
	if (r < 0) {
		free(worker);
		return r;
	}
	worker->system = system;
	worker->owner = system->owner;
	/* The sentry is the host's, and does not look at itself. One with a
	 * thread of its own is there for work that takes long. */
	if (index == system->host && system->overrun_ns > 0) {
		worker->budget_ns = system->overrun_ns;
		worker_watch(worker);
	}
	worker->peers = system->workers;
	current_worker = worker;
	r = errand_reserve(worker);
	current_worker = before;
	if (r < 0) {
		unreserve(worker);
		free_worker(worker);
		return r;
	}
	system->os->random(system->os, &worker->chance,
	    sizeof(worker->chance));
	worker->chance |= 1;
	*ret_worker = worker;
	return 0;
}

static int
link_workers(struct bsk_system *system)
{
	for (unsigned from = 0; from < system->pool_size; from++) {
		system->workers[from]->rings = system->pool_size;
		for (unsigned to = 0; to < system->pool_size; to++) {
			struct ring *ring;

			if (from == to)
				continue;
			ring = ring_new();
			if (ring == NULL)
				return -ENOMEM;
			system->workers[from]->out[to] = ring;
			system->workers[to]->in[from] = ring;
		}
	}
	return 0;
}

static void
add_worker(struct bsk_system *system, struct worker *worker)
{
	system->workers[worker->index] = worker;
	/* Release: pairs with the acquire in threads_end and the inspection. */
	atomic_store_explicit(&system->worker_count, worker->index + 1,
	    memory_order_release);
}

int
threads_init(struct bsk_system *system)
{
	for (unsigned i = 0; i <= system->pool_size; i++) {
		struct worker *worker;
		int r = new_worker(system, i, &worker);

		if (r < 0)
			return r;
		add_worker(system, worker);
	}
	return link_workers(system);
}

void
threads_release(struct bsk_system *system)
{
	unsigned count = peek(&system->worker_count);

	/* What one has laid by may lie in another's memory. */
	for (unsigned i = 0; i < count; i++)
		unreserve(system->workers[i]);
	for (unsigned i = 0; i < count; i++)
		free_worker(system->workers[i]);
}

/* --- threads ------------------------------------------------------------- */

/* A process that a handler has forked ends with this thread, its only one. A
 * worker is closed when it was left by its actor; all others stay open until
 * the system is freed, also when it has ended before that actor. */
static void *
run(void *arg)
{
	struct worker *worker = arg;

	worker_serve(worker);
	if (!owner_is_here(worker->owner))
		return NULL;
	if (peek(&worker->is_left))
		worker_close(worker);
	else if (worker->index < worker->system->pool_size)
		spares_serve(&worker->system->pool.spares);
	return NULL;
}

/* Threads of ours inherit a mask with all signals blocked, but that by which a
 * handler of the pool is asked where it is. The workers of a simulation are
 * stepped by whoever simulates. */
static int
start_thread(struct bsk_system *system, unsigned index)
{
	const struct bsk_os *os = system->os;
	bsk_os_signals before;
	int error;

	if (system->sim.on)
		return 0;
	error = (os->sigmask)(os, SIG_SETMASK, index < system->pool_size ?
	    stack_mask(&system->stack_signal) : ~(bsk_os_signals)0, &before);
	if (error < 0)
		return error;
	error = pthread_create(&system->pool.threads[index], NULL, run,
	    system->workers[index]);
	(os->sigmask)(os, SIG_SETMASK, before, NULL);
	if (error != 0)
		return -error;
	system->pool.has_thread[index] = true;
	return 0;
}

int
threads_start(struct bsk_system *system, bool with_host)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < system->pool_size; i++)
		r = start_thread(system, i);
	if (r == 0 && with_host)
		r = start_thread(system, system->host);
	if (r < 0)
		threads_end(system);
	return r;
}

/* A worker whose thread has returned, made ready for another; else -EAGAIN. */
static int
reuse_worker(struct bsk_system *system, unsigned *ret_index)
{
	unsigned count = peek(&system->worker_count);

	for (unsigned i = system->host + 1; i < count; i++) {
		if (!worker_has_returned(system->workers[i]))
			continue;
		if (system->pool.has_thread[i])
			pthread_join(system->pool.threads[i], NULL);
		system->pool.has_thread[i] = false;
		worker_reopen(system->workers[i]);
		*ret_index = i;
		return 0;
	}
	return -EAGAIN;
}

static int
extend_workers(struct bsk_system *system, unsigned *ret_index)
{
	unsigned index = peek(&system->worker_count);
	struct worker *worker;
	int r;

	if (index == WORKERS_MAX)
		return -EAGAIN;
	r = new_worker(system, index, &worker);
	if (r < 0)
		return r;
	add_worker(system, worker);
	*ret_index = index;
	return 0;
}

int
threads_add(struct bsk_system *system, unsigned *ret_worker)
{
	struct pool *pool = &system->pool;
	unsigned index = 0;
	int r = -ESHUTDOWN;

	pthread_mutex_lock(&pool->lock);
	if (!peek(&pool->ended))
		r = reuse_worker(system, &index);
	if (r == -EAGAIN)
		r = extend_workers(system, &index);
	if (r == 0) {
		r = start_thread(system, index);
		if (r < 0)
			worker_close(system->workers[index]);
	}
	pthread_mutex_unlock(&pool->lock);
	if (r == 0)
		*ret_worker = index;
	return r;
}

void
threads_end(struct bsk_system *system)
{
	struct pool *pool = &system->pool;
	unsigned count;

	pthread_mutex_lock(&pool->lock);
	poke(&system->stopping, true); /* also when nobody asked for it */
	poke(&pool->ended, true);
	pool->status = peek(&system->stop_status);
	count = peek(&system->worker_count);
	for (unsigned i = 0; i < count; i++)
		worker_end(system->workers[i]);
	pthread_cond_broadcast(&pool->ended_cond);
	pthread_mutex_unlock(&pool->lock);
	spares_end(&pool->spares);
	calls_close(&system->calls);
}

void
threads_join(struct bsk_system *system)
{
	struct pool *pool = &system->pool;

	for (unsigned i = 0; i < WORKERS_MAX; i++) {
		if (!pool->has_thread[i])
			continue;
		pthread_join(pool->threads[i], NULL);
		pool->has_thread[i] = false;
	}
	spares_join(&pool->spares);
}
