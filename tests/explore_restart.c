/* explore_restart.c - a restart loses nothing but the message that broke it.
 *
 * A worker fails over some of its work, and its boss restarts it, sometimes
 * after a while. What is sent meanwhile is kept: control and data come in
 * order, each once. A monitor outlives the lives of the worker; a timer does
 * not.
 */
#include <errno.h>

#include "explore.h"

#define SENDERS 2u
#define JOBS 10u
#define TURN_NS 100000

struct job {
	uint32_t sender;
	uint32_t number; /* from 1 */
	bool is_bad;
};
static const struct bsk_field job_fields[] = {
	BSK_FIELD(job, sender, "whose"),
	BSK_FIELD(job, number, "which"),
	BSK_FIELD(job, is_bad, "whether it breaks who does it"),
};
static const struct bsk_type job_type = BSK_TYPE(job, "work", job_fields);

struct order {
	uint32_t sender;
	uint32_t number; /* from 1 */
};
static const struct bsk_field order_fields[] = {
	BSK_FIELD(order, sender, "whose"),
	BSK_FIELD(order, number, "which"),
};
static const struct bsk_type order_type =
    BSK_CONTROL_TYPE(order, "control", order_fields);

struct world {
	bsk_ref worker;
	bsk_ref senders[SENDERS];
	uint32_t sender_count;
	uint32_t bad;       /* jobs that were sent */
	uint32_t failures;  /* lives that they ended */
	uint32_t restarts;
	uint32_t jobs[SENDERS];        /* the last */
	uint32_t orders[SENDERS];      /* the last */
	uint32_t orders_sent[SENDERS];
	uint32_t downs;
	bool is_killed;     /* it is to end for good */
	bool is_alive;      /* between bsk_open and bsk_close */
};

static struct world *
world_of(bsk_ctx *ctx)
{
	return bsk_sim_state(bsk_system_of(ctx));
}

/* --- the worker --- */

struct worker {
	uint32_t done; /* in this life */
	uint32_t incarnation;
};

BSK_HANDLER(worker_open, worker, bsk_open)
{
	struct world *world = world_of(ctx);

	EXPECT(ctx, !world->is_alive);
	EXPECT(ctx, body->incarnation == world->failures);
	world->is_alive = true;
	self->incarnation = body->incarnation;
	/* its number is that of this life */
	return bsk_timer_arm(ctx, body->incarnation + 1, TURN_NS / 2,
	    TURN_NS / 2);
}

BSK_HANDLER(on_job, worker, job)
{
	struct world *world = world_of(ctx);

	EXPECT(ctx, world->is_alive);
	EXPECT(ctx, body->number == world->jobs[body->sender] + 1);
	world->jobs[body->sender] = body->number;
	self->done++;
	if (!body->is_bad)
		return 0;
	world->failures++;
	return -EIO;
}

BSK_HANDLER(on_order, worker, order)
{
	struct world *world = world_of(ctx);

	(void)self;
	EXPECT(ctx, world->is_alive);
	EXPECT(ctx, body->number == world->orders[body->sender] + 1);
	world->orders[body->sender] = body->number;
	return 0;
}

BSK_HANDLER(worker_due, worker, bsk_timer_due)
{
	EXPECT(ctx, body->timer == self->incarnation + 1);
	if (world_of(ctx)->jobs[0] == JOBS)
		(void)bsk_timer_disarm(ctx, body->timer);
	return 0;
}

BSK_HANDLER(worker_close, worker, bsk_close)
{
	struct world *world = world_of(ctx);

	(void)self;
	(void)body;
	EXPECT(ctx, world->is_alive);
	world->is_alive = false;
	return 0;
}

static const struct bsk_handler worker_handlers[] = {
	BSK_ON(bsk_open,      worker_open),
	BSK_ON(job,           on_job),
	BSK_ON(order,         on_order),
	BSK_ON(bsk_timer_due, worker_due),
	BSK_ON(bsk_close,     worker_close),
};
static const struct bsk_class worker_class =
    BSK_CLASS(worker, "worker", "works", worker_handlers);

/* --- the boss --- */

struct boss {
	bsk_ref worker;
};

BSK_HANDLER(boss_open, boss, bsk_open)
{
	struct bsk_spawn_options options = {
		.supervised = true,
		.placement = bsk_random(ctx) % 2 == 0 ?
		    BSK_PLACE_THREAD : BSK_PLACE_POOL,
	};
	int r;

	(void)body;
	r = bsk_spawn(ctx, &worker_class, NULL, &options, &self->worker);
	world_of(ctx)->worker = self->worker;
	return r;
}

BSK_HANDLER(on_ended, boss, bsk_child_ended)
{
	struct world *world = world_of(ctx);

	EXPECT(ctx, !world->is_alive);
	if (world->is_killed && body->reason == -ECANCELED)
		return bsk_kill(ctx, self->worker);
	EXPECT(ctx, body->reason == -EIO);
	EXPECT(ctx, body->incarnation == world->restarts);
	world->restarts++;
	if (bsk_random(ctx) % 2 == 0)
		return bsk_restart(ctx, self->worker);
	return bsk_timer_arm(ctx, 1, (int64_t)(bsk_random(ctx) % TURN_NS), 0);
}

BSK_HANDLER(boss_due, boss, bsk_timer_due)
{
	(void)body;
	return bsk_restart(ctx, self->worker);
}

static const struct bsk_handler boss_handlers[] = {
	BSK_ON(bsk_open,        boss_open),
	BSK_ON(bsk_child_ended, on_ended),
	BSK_ON(bsk_timer_due,   boss_due),
};
static const struct bsk_class boss_class =
    BSK_CLASS(boss, "boss", "restarts", boss_handlers);

/* --- a sender, who monitors the worker as well --- */

struct sender {
	uint32_t id;
	uint32_t jobs;
	uint64_t monitor;
};

static int
send_some(struct sender *self, bsk_ctx *ctx)
{
	struct world *world = world_of(ctx);
	unsigned count = 1 + (unsigned)(bsk_random(ctx) % 4);

	for (; count > 0 && self->jobs < JOBS; count--) {
		bool is_bad = bsk_random(ctx) % 5 == 0;

		world->bad += is_bad;
		(void)bsk_send(ctx, world->worker, BSK_NEW(job,
		    .sender = self->id, .number = ++self->jobs,
		    .is_bad = is_bad));
		if (bsk_random(ctx) % 3 == 0)
			(void)bsk_send(ctx, world->worker, BSK_NEW(order,
			    .sender = self->id,
			    .number = ++world->orders_sent[self->id]));
	}
	return self->jobs == JOBS ? 0 : bsk_timer_arm(ctx, 1,
	    (int64_t)(bsk_random(ctx) % TURN_NS), 0);
}

BSK_HANDLER(sender_open, sender, bsk_open)
{
	struct world *world = world_of(ctx);

	(void)body;
	self->id = world->sender_count++;
	(void)bsk_monitor(ctx, world->worker, &self->monitor);
	return send_some(self, ctx);
}

BSK_HANDLER(sender_due, sender, bsk_timer_due)
{
	(void)body;
	return send_some(self, ctx);
}

BSK_HANDLER(sender_down, sender, bsk_down)
{
	EXPECT(ctx, body->monitor == self->monitor);
	world_of(ctx)->downs++;
	return 0;
}

static const struct bsk_handler sender_handlers[] = {
	BSK_ON(bsk_open,      sender_open),
	BSK_ON(bsk_timer_due, sender_due),
	BSK_ON(bsk_down,      sender_down),
};
static const struct bsk_class sender_class =
    BSK_CLASS(sender, "sender", "sends work", sender_handlers);

/* --- the scenario --- */

struct killer {
	uint32_t reserved;
};

BSK_HANDLER(killer_open, killer, bsk_open)
{
	struct world *world = world_of(ctx);

	(void)self;
	(void)body;
	world->is_killed = true;
	return bsk_kill(ctx, world->worker);
}

static const struct bsk_handler killer_handlers[] = {
	BSK_ON(bsk_open, killer_open),
};
static const struct bsk_class killer_class =
    BSK_CLASS(killer, "killer", "kills the worker", killer_handlers);

static void
play(bsk_system *system, void *state)
{
	struct world *world = state;

	(void)explore_spawn(system, &boss_class, NULL, NULL);
	(void)bsk_sim_run(system, 0);
	for (unsigned i = 0; i < SENDERS; i++)
		(void)explore_spawn(system, &sender_class, NULL, NULL);
	(void)bsk_sim_run(system, 1000 * TURN_NS);
	for (unsigned i = 0; i < SENDERS; i++) {
		bsk_sim_expect(system, world->jobs[i] == JOBS);
		bsk_sim_expect(system,
		    world->orders[i] == world->orders_sent[i]);
	}
	bsk_sim_expect(system, world->failures == world->bad);
	bsk_sim_expect(system, world->restarts == world->bad);
	bsk_sim_expect(system, world->is_alive && world->downs == 0);
	(void)explore_spawn(system, &killer_class, NULL, NULL);
	(void)bsk_sim_run(system, 2000 * TURN_NS);
	bsk_sim_expect(system, !world->is_alive);
	bsk_sim_expect(system, world->downs == SENDERS);
}

const struct bsk_sim_scenario explore_restart = {
	.name = "restart",
	.state_size = sizeof(struct world),
	.play = play,
};
