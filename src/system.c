/* system.c - making, running and freeing a system. */
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
#include "post.h"
#include "spawn.h"
#include "system_make.h"
#include "threads.h"

#define CAPACITY 1024u
#define CAPACITY_BYTES ((uint64_t)16 << 20)
#define STOP_TIMEOUT_NS 15000000000

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
	system->on_full = options->on_full != BSK_ON_FULL_DEFAULT ?
	    options->on_full : BSK_SUSPEND;
	system->stop_timeout_ns = options->stop_timeout_ns > 0 ?
	    options->stop_timeout_ns : STOP_TIMEOUT_NS;
	system->pool_size = options->workers != 0 ? options->workers : cpus();
	if (system->pool_size > WORKERS_POOL)
		system->pool_size = WORKERS_POOL;
	system->host = system->pool_size;
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
	if (error != 0)
		pthread_cond_destroy(&pool->ended_cond);
	return -error;
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

static int
make_guardian(struct bsk_system *system)
{
	struct worker *before = current_worker;
	int r;

	current_worker = system->workers[0];
	r = spawn(system->workers[0], NULL, &guardian_class, NULL, NULL, 0,
	    &system->guardian);
	current_worker = before;
	return r;
}

/* Frees what stands of a system; nothing of it runs. */
static void
dismantle(struct bsk_system *system)
{
	struct worker *before = current_worker;
	unsigned asked = peek(&system->stops);

	current_worker = NULL;
	for (unsigned i = asked; i < 2; i++)
		bsk_message_free(system->stop_messages[i]);
	current_worker = before;
	threads_release(system);
	cells_release(&system->cells);
	directory_release(&system->directory);
	calls_release(&system->calls);
	behaviors_release(&system->behaviors);
	pthread_mutex_destroy(&system->pool.lock);
	pthread_cond_destroy(&system->pool.ended_cond);
	free(system->name);
	free(system);
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
		r = cells_init(&system->cells);
	if (r == 0)
		r = init_pool(&system->pool);
	return r;
}

int
system_make(const struct bsk_system_options *options,
    const struct bsk_os *os, struct bsk_system **ret_system)
{
	struct bsk_system *system = calloc(1, sizeof(*system));
	int r;

	if (system == NULL)
		return -ENOMEM;
	set_options(system, options);
	if (os != NULL)
		system->os = os;
	system->name = strdup(options->name != NULL ? options->name :
	    "buskin");
	r = system->name == NULL ? -ENOMEM : init_parts(system);
	if (r < 0) {
		free(system->name);
		free(system);
		return r;
	}
	system->created_ns = system->os->now(system->os);
	r = make_stop_messages(system);
	if (r == 0)
		r = threads_init(system);
	if (r == 0)
		r = make_guardian(system);
	if (r < 0) {
		dismantle(system);
		return r;
	}
	*ret_system = system;
	return 0;
}

int
bsk_system_create(const struct bsk_system_options *options,
    bsk_system **ret_system)
{
	static const struct bsk_system_options defaults;

	return system_make(options == NULL ? &defaults : options, NULL,
	    ret_system);
}

/* --- running ------------------------------------------------------------------ */

int
bsk_system_start(bsk_system *system)
{
	int r = 0;

	if (system->sim.on)
		return -ENOTSUP;
	pthread_mutex_lock(&system->pool.lock);
	if (system->pool.started)
		r = -EALREADY;
	system->pool.started = true;
	pthread_mutex_unlock(&system->pool.lock);
	return r < 0 ? r : threads_start(system, true);
}

static int
become_runner(struct pool *pool)
{
	int r = 0;

	pthread_mutex_lock(&pool->lock);
	if (pool->has_runner || pool->started)
		r = -EALREADY;
	else
		pool->started = pool->has_runner = true;
	pthread_mutex_unlock(&pool->lock);
	return r;
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
	int r;

	if (system->sim.on)
		return -ENOTSUP;
	r = become_runner(&system->pool);
	if (r < 0)
		return r;
	r = threads_start(system, false);
	if (r == 0)
		run_host(system);
	threads_join(system);
	return r < 0 ? r : system->pool.status;
}

int
bsk_system_wait(bsk_system *system, int64_t timeout_ns)
{
	struct pool *pool = &system->pool;
	int64_t until_ns = bsk_os_libc.now(&bsk_os_libc);
	struct timespec until;
	int error = 0;

	if (timeout_ns < 0 || timeout_ns > INT64_MAX - until_ns)
		timeout_ns = INT64_MAX - until_ns;
	until_ns += timeout_ns;
	until.tv_sec = (time_t)(until_ns / 1000000000);
	until.tv_nsec = (long)(until_ns % 1000000000);
	pthread_mutex_lock(&pool->lock);
	while (!pool->ended && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&pool->ended_cond, &pool->lock,
		    &until);
	error = pool->ended ? pool->status : -ETIMEDOUT;
	pthread_mutex_unlock(&pool->lock);
	return error;
}

/* --- the end -------------------------------------------------------------------- */

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

/* A system that never ran: its actors end one after the other. */
static void
end_actors(struct bsk_system *system)
{
	struct worker *before = current_worker;
	uint32_t count = cells_count(&system->cells);

	for (uint32_t i = 1; i < count; i++) {
		struct cell *cell = cells_find(&system->cells, (bsk_ref){i});

		if (peek(&cell->life) == LIFE_NONE ||
		    peek(&cell->life) == LIFE_OVER)
			continue;
		current_worker = system->workers[
		    cells_home(&system->cells, i)];
		life_doom(current_worker, cell_ref(cell));
	}
	current_worker = before;
	settle(system);
}

void
bsk_system_destroy(bsk_system *system)
{
	bool runs;

	if (system == NULL)
		return;
	pthread_mutex_lock(&system->pool.lock);
	runs = system->pool.started && !system->pool.ended;
	pthread_mutex_unlock(&system->pool.lock);
	if (runs) {
		bsk_system_stop(system, 0);
		bsk_system_wait(system, -1);
	}
	threads_join(system);
	settle(system);
	end_actors(system);
	dismantle(system);
}

const struct bsk_class *const *
bsk_system_classes(const bsk_system *system)
{
	return system->classes;
}
