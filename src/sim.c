/* sim.c - a system in one thread, in an order drawn from a seed.
 *
 * The same workers as ever, stepped one at a time by the caller's thread: which
 * worker is next, how far down its run queue the next task lies and how many
 * messages that may handle are all drawn from the seed. Time moves only when
 * nothing else can; in a busy world (see bsk_sim_scenario) at other times too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "current.h"
#include "moves.h"
#include "owner.h"
#include "sim.h"
#include "system_make.h"

#define WORKERS 2u
#define REACH 4u        /* how far down a run queue a task is picked */
#define BUDGET 8u       /* messages in a turn at most */
#define MOVES 32u       /* of so many steps of a worker, in one some of its
                         * ready actors move */
#define HURRY 16u       /* of so many rounds of a busy world, time passes in
                         * one */

/* The simulation's world is the given one but for its clock and its chance.
 * Every system has a table of its own, in its struct sim; `self` stays that of
 * the given one, whose functions need it. */
static struct sim *
sim_of(const struct bsk_os *os)
{
	return (struct sim *)(uintptr_t)((const char *)os -
	    offsetof(struct sim, os));
}

static int64_t
virtual_now(const struct bsk_os *os)
{
	return sim_of(os)->now_ns;
}

/* splitmix64 (Steele, Lea and Flood, 2014). */
static uint64_t
draw(struct sim *sim)
{
	uint64_t z = sim->chance += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static int
virtual_random(const struct bsk_os *os, void *ret_bytes, size_t size)
{
	struct sim *sim = sim_of(os);
	unsigned char *bytes = ret_bytes;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)draw(sim);
	return 0;
}

int
sim_make(const struct bsk_system_options *options, uint64_t seed,
    const volatile unsigned char *owner, struct bsk_system **ret_system)
{
	struct bsk_system_options mine = {0};
	struct sim start = {.on = true, .chance = seed};
	struct bsk_system *system;
	int r;

	if (options != NULL)
		mine = *options;
	if (mine.workers == 0)
		mine.workers = WORKERS;
	start.os = mine.os != NULL ? *mine.os : bsk_os_libc;
	start.os.now = virtual_now;
	start.os.tick = virtual_now;
	start.os.random = virtual_random;
	r = system_make(&mine, &start.os, owner, &system);
	if (r < 0)
		return r;
	system->sim = start;
	for (unsigned i = 0; i <= system->host; i++)
		worker_watch(system->workers[i]);
	system->os = &system->sim.os;
	for (unsigned i = 0; i <= system->host; i++) {
		system->workers[i]->os = system->os;
		system->workers[i]->chance = draw(&system->sim) | 1;
	}
	*ret_system = system;
	return 0;
}

int
bsk_sim_create(const struct bsk_system_options *options, uint64_t seed,
    bsk_system **ret_system)
{
	return sim_make(options, seed, NULL, ret_system);
}

void
bsk_sim_trace(bsk_system *system, bsk_on_sim_step *on_step, void *arg)
{
	system->sim.on_step = on_step;
	system->sim.arg = arg;
}

int64_t
bsk_sim_now(const bsk_system *system)
{
	return system->sim.now_ns;
}

uint64_t
bsk_sim_draw(bsk_system *system)
{
	return draw(&system->sim);
}

/* A task from somewhere near the front; the others keep their order. */
static struct task *
pick(struct worker *worker, uint64_t chance)
{
	for (uint64_t skip = chance % REACH; skip > 0; skip--) {
		struct task *task = worker_next(worker);

		if (task == NULL)
			return NULL;
		if (worker->first == NULL)
			return task;
		worker_ready(worker, task);
	}
	return worker_next(worker);
}

/* A simulation's actors move when it is drawn. */
static void
move_some(struct bsk_system *system, struct worker *worker)
{
	struct sim *sim = &system->sim;

	if (worker->rings > 1 && draw(sim) % MOVES == 0)
		(void)moves_begin(worker, (unsigned)(draw(sim) %
		    worker->rings), 1 + (unsigned)(draw(sim) % REACH));
}

static void
run_task(struct sim *sim, struct worker *worker, struct task *task)
{
	sim->turns++;
	worker->turn_budget = 1 + (unsigned)(draw(sim) % BUDGET);
	task->run(task, worker);
	if (sim->on_turn != NULL)
		sim->on_turn(sim->arg);
}

/* One whose actor is gone does what its thread would have done. Whether that
 * was still to do. */
static bool
leave(struct worker *worker)
{
	if (!peek(&worker->is_left) || worker_has_returned(worker))
		return false;
	worker_run(worker);
	worker_close(worker);
	return true;
}

/* Whether the worker had anything to do. */
static bool
step(struct bsk_system *system, struct worker *worker)
{
	struct task *task;
	bool any;

	if (system->sim.is_over || !owner_is_here(system->owner))
		return false;
	if (peek(&worker->must_end))
		return leave(worker);
	current_worker = worker;
	any = worker_look_around(worker);
	move_some(system, worker);
	task = pick(worker, draw(&system->sim));
	if (task != NULL)
		run_task(&system->sim, worker, task);
	current_worker = NULL;
	return any || task != NULL;
}

/* Every worker once, from a drawn one on; some are left out. */
static bool
round_of_steps(struct bsk_system *system)
{
	unsigned count = peek(&system->worker_count);
	unsigned first = (unsigned)(draw(&system->sim) % count);
	bool any = false;

	for (unsigned i = 0; i < count; i++) {
		if (draw(&system->sim) % 4 == 0) {
			any = true;
			continue;
		}
		any = step(system, system->workers[(first + i) % count]) ||
		    any;
	}
	return any;
}

/* Everybody looks, nobody is left out: is it really quiet? */
static bool
is_quiet(struct bsk_system *system)
{
	bool any = false;

	for (unsigned i = 0; i < peek(&system->worker_count); i++)
		any = step(system, system->workers[i]) || any;
	return !any;
}

static int64_t
next_timer(struct bsk_system *system)
{
	int64_t next = INT64_MAX;

	for (unsigned i = 0; i < peek(&system->worker_count); i++) {
		int64_t one = wheel_next(&system->workers[i]->wheel);

		if (one < next)
			next = one;
	}
	return next;
}

/* Lets time pass to the next timer, or to `until_ns` when that is later than
 * this. Whether there is anything to do then. */
static bool
pass_time(struct bsk_system *system, int64_t until_ns)
{
	struct sim *sim = &system->sim;
	int64_t next = next_timer(system);
	bool any = next != INT64_MAX && next <= until_ns;
	int64_t to = any ? next : until_ns;

	if (to != INT64_MAX && to > sim->now_ns)
		sim->now_ns = to;
	return any;
}

/* Lets time pass to the next timer, though there may be something to do. */
static void
hurry(struct bsk_system *system, int64_t until_ns)
{
	struct sim *sim = &system->sim;
	int64_t next = next_timer(system);

	if (next != INT64_MAX && next <= until_ns && next > sim->now_ns)
		sim->now_ns = next;
}

/* Whether there was anything to do until then. */
static bool
go_on(struct bsk_system *system, int64_t until_ns)
{
	struct sim *sim = &system->sim;

	if (sim->is_busy && draw(sim) % HURRY == 0)
		hurry(system, until_ns);
	return round_of_steps(system) || !is_quiet(system) ||
	    pass_time(system, until_ns);
}

static bool
may_go_on(const struct bsk_system *system)
{
	const struct sim *sim = &system->sim;

	return !peek(&system->pool.ended) && !sim->is_over &&
	    (sim->turns_max == 0 || sim->turns < sim->turns_max) &&
	    owner_is_here(system->owner);
}

/* What was still under way when the system ended comes in. */
static void
bring_in(struct bsk_system *system)
{
	bool any = true;

	while (any) {
		any = false;
		for (unsigned i = 0; i < peek(&system->worker_count); i++) {
			current_worker = system->workers[i];
			any = worker_look_around(current_worker) || any;
		}
	}
}

int
bsk_sim_run(bsk_system *system, int64_t until_ns)
{
	struct worker *before = current_worker;
	bool has_ended = peek(&system->pool.ended);
	bool is_at_rest = false;

	while (!is_at_rest && may_go_on(system))
		is_at_rest = !go_on(system, until_ns);
	if (!owner_is_here(system->owner)) {
		current_worker = before;
		return -EOWNERDEAD;
	}
	if (peek(&system->pool.ended) && !has_ended)
		bring_in(system);
	current_worker = before;
	if (peek(&system->pool.ended))
		return 1;
	return is_at_rest && !system->sim.is_over ? 0 : -ECANCELED;
}
