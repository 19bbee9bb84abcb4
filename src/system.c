/* system.c - making, running and freeing a system. */
#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "behaviors.h"
#include "current.h"
#include "guardian.h"
#include "life.h"
#include "links.h"
#include "owner.h"
#include "post.h"
#include "spawn.h"
#include "system_make.h"
#include "threads.h"
#include "utf8.h"

#define CAPACITY 1024u
#define CAPACITY_BYTES ((uint64_t)16 << 20)
#define STOP_TIMEOUT_NS 15000000000
#define HANDOVER_NS 2000000
#define OVERRUN_NS 100000000
#define ROUNDS 100 /* of ending actors that are made while others end */

static const struct bsk_class *const no_classes[] = {NULL};

static unsigned
cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

static void
set_limits(struct bsk_system *system,
    const struct bsk_system_options *options)
{
	system->handover_ns = options->handover_ns != 0 ?
	    options->handover_ns : HANDOVER_NS;
	system->overrun_ns = options->overrun_ns != 0 ?
	    options->overrun_ns : OVERRUN_NS;
}

static void
set_options(struct bsk_system *system,
    const struct bsk_system_options *options)
{
	system->os = options->os != NULL ? options->os : &bsk_os_libc;
	system->classes = options->classes != NULL ? options->classes :
	    no_classes;
	system->capacity = options->capacity != 0 ? options->capacity :
	    CAPACITY;
	system->capacity_bytes = options->capacity_bytes != 0 ?
	    options->capacity_bytes : CAPACITY_BYTES;
	system->alarm = options->alarm;
	system->on_deadlock = options->on_deadlock;
	system->on_full = options->on_full != BSK_ON_FULL_DEFAULT ?
	    options->on_full : BSK_SUSPEND;
	system->stop_timeout_ns = options->stop_timeout_ns > 0 ?
	    options->stop_timeout_ns : STOP_TIMEOUT_NS;
	set_limits(system, options);
	system->pool_size = options->workers != 0 ? options->workers : cpus();
	if (system->pool_size > WORKERS_POOL)
		system->pool_size = WORKERS_POOL;
	system->host = system->pool_size;
}

/* The name goes out as JSON, which holds nothing but UTF-8. */
static int
copy_names(struct bsk_system *system,
    const struct bsk_system_options *options)
{
	const char *name = options->name != NULL ? options->name : "buskin";

	if (!utf8_is_valid(name, strlen(name)) || options->alarm > 100)
		return -EINVAL;
	system->name = strdup(name);
	if (options->fault_sink != NULL)
		system->fault_sink = strdup(options->fault_sink);
	poke(&system->has_sink, options->fault_sink != NULL);
	return system->name == NULL ||
	    (options->fault_sink != NULL && system->fault_sink == NULL) ?
	    -ENOMEM : 0;
}

static int
init_pool(struct pool *pool)
{
	pthread_condattr_t attributes;
	int error = pthread_condattr_init(&attributes);

	if (error != 0)
		return -error;
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	error = pthread_cond_init(&pool->ended_cond, &attributes);
	pthread_condattr_destroy(&attributes);
	if (error != 0)
		return -error;
	error = pthread_mutex_init(&pool->lock, NULL);
	if (error == 0)
		error = pthread_mutex_init(&pool->early, NULL);
	return error == 0 ? spares_init(&pool->spares) : -error;
}

static int
make_stop_messages(struct bsk_system *system)
{
	struct worker *before = current_worker;

	current_worker = NULL;
	for (int i = 0; i < 2; i++)
		system->stop_messages[i] = BSK_NEW(guardian_stop,
		    .reserved = 0);
	current_worker = before;
	return system->stop_messages[0] == NULL ||
	    system->stop_messages[1] == NULL ? -ENOMEM : 0;
}

/* The guardian is begun here and now: a system without one could not end. */
static int
make_guardian(struct bsk_system *system)
{
	struct worker *before = current_worker;
	struct worker *worker = system->workers[0];
	struct task *task;
	int r;

	current_worker = worker;
	r = spawn(worker, NULL, &guardian_class, NULL, NULL, 0,
	    &system->guardian);
	if (r == 0 && (task = worker_next(worker)) != NULL)
		task->run(task, worker);
	if (r == 0 && system_local(worker, system->guardian) == NULL)
		r = -ENOMEM;
	current_worker = before;
	return r;
}

static void
free_parts(struct bsk_system *system)
{
	if (!system->owner_is_lent)
		owner_release(system->owner);
	free(system->fault_sink);
	free(system->name);
	free(system);
}

/* Frees what stands of a system; nothing of it runs. */
static void
dismantle(struct bsk_system *system)
{
	struct worker *before = current_worker;
	unsigned asked = peek(&system->stops);

	stack_close(&system->stack_signal, system->os);
	current_worker = NULL;
	for (unsigned i = asked; i < 2; i++)
		bsk_message_free(system->stop_messages[i]);
	current_worker = before;
	threads_release(system);
	cells_release(&system->cells);
	links_release(&system->links);
	directory_release(&system->directory);
	calls_release(&system->calls);
	behaviors_release(&system->behaviors);
	activation_release(&system->activation, system->os);
	spares_release(&system->pool.spares);
	pthread_mutex_destroy(&system->pool.early);
	pthread_mutex_destroy(&system->pool.lock);
	pthread_cond_destroy(&system->pool.ended_cond);
	free_parts(system);
}

/* What needs no undoing one by one: each is a lock and zeros. */
static int
init_parts(struct bsk_system *system)
{
	int r = behaviors_init(&system->behaviors);

	if (r == 0)
		r = calls_init(&system->calls);
	if (r == 0)
		r = directory_init(&system->directory);
	if (r == 0)
		r = links_init(&system->links);
	if (r == 0)
		r = cells_init(&system->cells);
	if (r == 0)
		r = init_pool(&system->pool);
	return r;
}

/* As long as anything may fail, the sockets stay with the process. */
static int
copy_sockets(struct bsk_system *system,
    const struct bsk_system_options *options)
{
	return options->activation ?
	    activation_copy(&system->activation, system->os) : 0;
}

static void
take_sockets(struct bsk_system *system,
    const struct bsk_system_options *options)
{
	if (options->activation)
		activation_take(&system->activation, system->os);
}

static int
own(struct bsk_system *system, const volatile unsigned char *owner)
{
	system->owner = owner;
	system->owner_is_lent = owner != NULL;
	return owner != NULL ? 0 : owner_init(&system->owner);
}

int
system_make(const struct bsk_system_options *options,
    const struct bsk_os *os, const volatile unsigned char *owner,
    struct bsk_system **ret_system)
{
	struct bsk_system *system = calloc(1, sizeof(*system));
	int r;

	if (system == NULL)
		return -ENOMEM;
	set_options(system, options);
	if (os != NULL)
		system->os = os;
	r = copy_names(system, options);
	if (r == 0)
		r = own(system, owner);
	if (r == 0)
		r = init_parts(system);
	/* Where it is refused, no worker is lent. */
	(void)system->os->barrier_prepare(system->os);
	if (r < 0) {
		free_parts(system);
		return r;
	}
	system->created_ns = system->os->now(system->os);
	r = make_stop_messages(system);
	if (r == 0)
		r = copy_sockets(system, options);
	if (r == 0)
		r = threads_init(system);
	if (r == 0)
		r = make_guardian(system);
	if (r < 0) {
		dismantle(system);
		return r;
	}
	take_sockets(system, options);
	*ret_system = system;
	return 0;
}

int
bsk_system_create(const struct bsk_system_options *options,
    bsk_system **ret_system)
{
	static const struct bsk_system_options defaults;
	bsk_system *system = NULL;
	int r = system_make(options == NULL ? &defaults : options, NULL, NULL,
	    &system);

	if (r == 0 && options != NULL && options->overrun_signal != 0)
		r = stack_open(&system->stack_signal, system->os,
		    options->overrun_signal);
	if (r == 0)
		system->pool.spares.signal = system->stack_signal.number;
	if (r < 0)
		bsk_system_destroy(system);
	else
		*ret_system = system;
	return r;
}

/* --- running ------------------------------------------------------------- */

/* From here on actors are spawned by the guardian. */
static int
begin(struct pool *pool, bool has_runner)
{
	int r = 0;

	pthread_mutex_lock(&pool->early);
	pthread_mutex_lock(&pool->lock);
	if (pool->started) {
		r = -EALREADY;
	} else {
		pool->started = true;
		pool->has_runner = has_runner;
	}
	pthread_mutex_unlock(&pool->lock);
	pthread_mutex_unlock(&pool->early);
	return r;
}

int
bsk_system_start(bsk_system *system)
{
	int r = -ENOTSUP;

	if (!owner_is_here(system->owner))
		return -EOWNERDEAD;
	if (!system->sim.on)
		r = begin(&system->pool, false);
	return r < 0 ? r : threads_start(system, true);
}

/* The runner's last touch: whoever waits to free the system may do so. */
static int
leave(struct pool *pool)
{
	int status;

	pthread_mutex_lock(&pool->lock);
	status = pool->status;
	pool->has_runner = false;
	pthread_cond_broadcast(&pool->ended_cond);
	pthread_mutex_unlock(&pool->lock);
	return status;
}

/* A thread that runs actors must not be killed by a pipe without a reader. */
static void
run_host(struct bsk_system *system)
{
	const struct bsk_os *os = system->os;
	bsk_os_signals pipe_signal = (bsk_os_signals)1 << (SIGPIPE - 1);
	bsk_os_signals before;

	if ((os->sigmask)(os, SIG_BLOCK, pipe_signal, &before) < 0)
		before = 0;
	worker_run(system->workers[system->host]);
	if ((before & pipe_signal) == 0)
		(os->sigmask)(os, SIG_UNBLOCK, pipe_signal, NULL);
}

int
bsk_system_run(bsk_system *system)
{
	int status;
	int r = -ENOTSUP;

	if (!owner_is_here(system->owner))
		return -EOWNERDEAD;
	if (current_worker != NULL)
		return -EDEADLK;
	if (!system->sim.on)
		r = begin(&system->pool, true);
	if (r < 0)
		return r;
	r = threads_start(system, false);
	if (r == 0)
		run_host(system);
	/* Forked by an actor on this thread: there is nobody to wait for. */
	if (!owner_is_here(system->owner))
		return -EOWNERDEAD;
	threads_join(system);
	status = leave(&system->pool);
	return r < 0 ? r : status;
}

int
bsk_system_wait(bsk_system *system, int64_t timeout_ns)
{
	struct pool *pool = &system->pool;
	int64_t until_ns = bsk_os_libc.now(&bsk_os_libc);
	struct timespec until;
	int error = 0;

	if (!owner_is_here(system->owner))
		return -EOWNERDEAD;
	if (current_worker != NULL && current_worker->system == system)
		return -EDEADLK;
	if (timeout_ns < 0 || timeout_ns > INT64_MAX - until_ns)
		timeout_ns = INT64_MAX - until_ns;
	until_ns += timeout_ns;
	until.tv_sec = (time_t)(until_ns / 1000000000);
	until.tv_nsec = (long)(until_ns % 1000000000);
	pthread_mutex_lock(&pool->lock);
	while (!peek(&pool->ended) && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&pool->ended_cond, &pool->lock,
		    &until);
	error = peek(&pool->ended) ? pool->status : -ETIMEDOUT;
	pthread_mutex_unlock(&pool->lock);
	return error;
}

/* --- the end ------------------------------------------------------------- */

/* Nothing runs: what is still under way is brought to its end here. */
static void
settle(struct bsk_system *system)
{
	struct worker *before = current_worker;
	unsigned count = peek(&system->worker_count);
	bool any = true;

	while (any) {
		any = false;
		for (unsigned i = 0; i < count; i++) {
			struct task *task;

			current_worker = system->workers[i];
			current_worker->parker = bsk_nobody();
			any = worker_look_around(current_worker) || any;
			while ((task = worker_next(current_worker)) != NULL) {
				task->run(task, current_worker);
				any = true;
			}
		}
	}
	current_worker = before;
}

/* Whoever is left ends before anything else is handled: all of a system that
 * never ran, and the guardian of one that did. */
static void
end_actors(struct bsk_system *system)
{
	struct worker *before = current_worker;
	uint32_t count = cells_count(&system->cells);

	for (uint32_t i = 1; i < count; i++) {
		struct cell *cell = cells_find(&system->cells, (bsk_ref){i});

		if (cell_stage(cell) == LIFE_NONE ||
		    cell_stage(cell) == LIFE_OVER)
			continue;
		current_worker = system->workers[
		    cells_home(&system->cells, i)];
		life_doom(current_worker, cell_ref(cell));
	}
	current_worker = before;
	settle(system);
}

/* An actor with a thread of its own runs before its system does. */
static void
end_threads(struct bsk_system *system)
{
	struct pool *pool = &system->pool;
	bool runs;

	pthread_mutex_lock(&pool->lock);
	runs = pool->started && !peek(&pool->ended);
	pthread_mutex_unlock(&pool->lock);
	if (runs) {
		bsk_system_stop(system, 0);
		bsk_system_wait(system, -1);
	} else {
		threads_end(system);
	}
	pthread_mutex_lock(&pool->lock);
	while (pool->has_runner)
		pthread_cond_wait(&pool->ended_cond, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
	threads_join(system);
}

void
system_settle(struct bsk_system *system)
{
	end_threads(system);
	/* One that is closing may still make others. */
	for (int i = 0; i < ROUNDS && peek(&system->cells.live) > 0; i++)
		end_actors(system);
	settle(system);
}

void
bsk_system_destroy(bsk_system *system)
{
	if (system == NULL || !owner_is_here(system->owner))
		return;
	/* A handler that destroyed its own system would wait for itself. */
	assert(current_worker == NULL || current_worker->system != system);
	system_settle(system);
	dismantle(system);
}

const struct bsk_class *const *
bsk_system_classes(const bsk_system *system)
{
	return system->classes;
}
