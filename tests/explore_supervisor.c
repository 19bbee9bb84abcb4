/* explore_supervisor.c - who is to live lives, who is not does not.
 *
 * A supervisor of any strategy with children of each kind, which fail, exit or
 * are killed at random. As long as it has restarts left, the permanent ones are
 * there at the end, each once; when it has none, it fails, and nobody of its
 * family is left. Every request to it is answered.
 */
#include <errno.h>
#include <stdio.h>

#include <buskin/inspect.h>
#include <buskin/log.h>
#include <buskin/supervisor.h>

#include "explore.h"

#define CHILDREN 4u
#define TURN_NS INT64_C(1000000)
#define WITHIN_NS (1000 * TURN_NS)

struct end {
	int32_t reason; /* 0: exit; else fail with it */
};
static const struct bsk_field end_fields[] = {
	BSK_FIELD(end, reason, "why"),
};
static const struct bsk_type end_type = BSK_TYPE(end, "end", end_fields);

struct child_config {
	uint32_t number;
};
static const struct bsk_field config_fields[] = {
	BSK_FIELD(child_config, number, "which"),
};
static const struct bsk_type child_config_type =
    BSK_TYPE(child_config, "a child's config", config_fields);

struct world {
	bsk_ref supervisor;
	bsk_ref children[CHILDREN];
	bool are_open[CHILDREN];
	uint32_t lives[CHILDREN];
	bool were_stopped[CHILDREN];
	bool have_exited[CHILDREN]; /* in order, once or more */
	bool have_failed[CHILDREN]; /* or were killed */
	uint32_t asked;
	uint32_t answered;
	uint32_t downs; /* of the supervisor */
	int32_t reason;
};

static struct world *
world_of(bsk_ctx *ctx)
{
	return bsk_sim_state(bsk_system_of(ctx));
}

/* --- a child --- */

struct child {
	uint32_t number;
};

BSK_HANDLER(child_open, child, bsk_open)
{
	const struct child_config *config = bsk_config(ctx);
	struct world *world = world_of(ctx);

	self->number = config->number;
	EXPECT(ctx, !world->are_open[self->number]);
	/* one that was stopped may be made anew with its group */
	EXPECT(ctx, body->incarnation == 0 ||
	    body->incarnation == world->lives[self->number]);
	world->are_open[self->number] = true;
	world->lives[self->number] = body->incarnation + 1;
	return 0;
}

BSK_HANDLER(on_end, child, end)
{
	struct world *world = world_of(ctx);

	if (body->reason < 0) {
		world->have_failed[self->number] = true;
		return body->reason;
	}
	world->have_exited[self->number] = true;
	bsk_exit(ctx, 0);
	return 0;
}

BSK_HANDLER(child_close, child, bsk_close)
{
	struct world *world = world_of(ctx);

	(void)body;
	EXPECT(ctx, world->are_open[self->number]);
	world->are_open[self->number] = false;
	return 0;
}

static const struct bsk_handler child_handlers[] = {
	BSK_ON(bsk_open,  child_open),
	BSK_ON(end,       on_end),
	BSK_ON(bsk_close, child_close),
};
static const struct bsk_class child_class = BSK_CLASS(child, "child",
    "ends", child_handlers, .config = &child_config_type);

/* --- who starts, stops and hurts them --- */

struct boss {
	uint32_t turns;
	uint64_t monitor;
};

static int
start(bsk_ctx *ctx, uint32_t number)
{
	char name[8];
	uint64_t ask;

	(void)snprintf(name, sizeof(name), "c%u", number);
	world_of(ctx)->asked++;
	return bsk_ask(ctx, world_of(ctx)->supervisor,
	    BSK_NEW(bsk_child_start, .name = bsk_text_copy(name),
		.class_name = bsk_text_copy("child"),
		.config = BSK_PARCEL(child_config, .number = number),
		.restart = (int32_t)(number % 3)), WITHIN_NS, &ask);
}

static int
stop(bsk_ctx *ctx, uint32_t number)
{
	char name[8];
	uint64_t ask;

	(void)snprintf(name, sizeof(name), "c%u", number);
	world_of(ctx)->were_stopped[number] = true;
	world_of(ctx)->asked++;
	return bsk_ask(ctx, world_of(ctx)->supervisor,
	    BSK_NEW(bsk_child_stop, .name = bsk_text_copy(name)),
	    WITHIN_NS, &ask);
}

static int
hurt(bsk_ctx *ctx)
{
	struct world *world = world_of(ctx);
	uint32_t number = (uint32_t)(bsk_random(ctx) % CHILDREN);
	bsk_ref child = world->children[number];

	if (bsk_ref_is_nobody(child))
		return 0;
	switch (bsk_random(ctx) % 8) {
	case 0:
		world->have_failed[number] = true;
		return bsk_kill(ctx, child);
	case 1:
		return stop(ctx, number);
	case 2:
	case 3:
		return bsk_send(ctx, child, BSK_NEW(end, .reason = 0));
	default:
		return bsk_send(ctx, child, BSK_NEW(end, .reason = -EIO));
	}
}

BSK_HANDLER(boss_open, boss, bsk_open)
{
	int r = bsk_monitor(ctx, world_of(ctx)->supervisor, &self->monitor);

	(void)body;
	for (uint32_t i = 0; r == 0 && i < CHILDREN; i++)
		r = start(ctx, i);
	return r < 0 ? r : bsk_timer_arm(ctx, 1, TURN_NS, TURN_NS);
}

BSK_HANDLER(boss_due, boss, bsk_timer_due)
{
	int r = 0;

	if (++self->turns == 6)
		return bsk_timer_disarm(ctx, body->timer);
	for (uint64_t i = bsk_random(ctx) % 3; r == 0 && i > 0; i--)
		r = hurt(ctx);
	return r;
}

BSK_HANDLER(on_started, boss, bsk_child_started)
{
	struct world *world = world_of(ctx);
	uint32_t number = 0;

	(void)self;
	world->answered++;
	/* what is asked of one is done in order */
	while (number < CHILDREN - 1 &&
	    !bsk_ref_is_nobody(world->children[number]))
		number++;
	EXPECT(ctx, bsk_ref_is_nobody(world->children[number]));
	world->children[number] = body->child;
	return 0;
}

BSK_HANDLER(on_result, boss, bsk_result)
{
	(void)self;
	EXPECT(ctx, body->error == 0 || body->error == -ENOENT ||
	    body->error == -ESHUTDOWN);
	world_of(ctx)->answered++;
	return 0;
}

BSK_HANDLER(on_failed, boss, bsk_ask_failed)
{
	(void)self;
	EXPECT(ctx, body->reason == -ELOOP || body->reason == -ESRCH);
	world_of(ctx)->answered++;
	return 0;
}

BSK_HANDLER(on_down, boss, bsk_down)
{
	struct world *world = world_of(ctx);

	EXPECT(ctx, body->monitor == self->monitor);
	world->downs++;
	world->reason = body->reason;
	return 0;
}

static const struct bsk_handler boss_handlers[] = {
	BSK_ON(bsk_open,          boss_open),
	BSK_ON(bsk_timer_due,     boss_due),
	BSK_ON(bsk_child_started, on_started),
	BSK_ON(bsk_result,        on_result),
	BSK_ON(bsk_ask_failed,    on_failed),
	BSK_ON(bsk_down,          on_down),
};
static const struct bsk_class boss_class =
    BSK_CLASS(boss, "boss", "hurts children", boss_handlers);

/* The supervisor says what it does; here nobody listens. */
BSK_HANDLER(on_line, child, bsk_log_line)
{
	(void)self;
	(void)ctx;
	(void)body;
	return 0;
}

static const struct bsk_handler deaf_handlers[] = {
	BSK_ON(bsk_log_line, on_line),
};
static const struct bsk_class deaf_class =
    BSK_CLASS(child, "deaf", "takes the log's lines", deaf_handlers);

/* --- the scenario --- */

static bool
count(void *arg, const struct bsk_actor_info *info)
{
	*(uint32_t *)arg += info->class_ == &child_class;
	return true;
}

/* Who must be there, and who must not. In a group others decide as well about
 * all but the permanent ones. */
static void
look_at_child(bsk_system *system, const struct world *world, uint32_t number,
    int32_t strategy)
{
	bool ends_for_good = world->have_exited[number];

	if (strategy != BSK_ONE_FOR_ONE && (number % 3 != BSK_PERMANENT ||
	    world->were_stopped[number]))
		return;
	if (number % 3 == BSK_TEMPORARY)
		ends_for_good = ends_for_good || world->have_failed[number];
	if (number % 3 == BSK_PERMANENT)
		ends_for_good = false;
	bsk_sim_expect(system, world->are_open[number] ==
	    !(world->were_stopped[number] || ends_for_good));
}

static void
play(bsk_system *system, void *state)
{
	struct bsk_supervisor_config config = {
		.strategy = (int32_t)(bsk_sim_draw(system) % 3),
		.restarts = bsk_sim_draw(system) % 4 == 0 ? 2 : 100,
		.within_ns = WITHIN_NS,
		.backoff_first_ns = (int64_t)(bsk_sim_draw(system) % 2) *
		    TURN_NS,
		.backoff_max_ns = 2 * TURN_NS,
		.backoff_jitter = 0.5,
	};
	struct bsk_spawn_options log = {.name = "log"};
	struct world *world = state;
	uint32_t children = 0;
	uint32_t open = 0;

	(void)explore_spawn(system, &deaf_class, NULL, &log);
	world->supervisor = explore_spawn(system, &bsk_supervisor_class,
	    bsk_parcel_new(&bsk_supervisor_config_type, &config), NULL);
	(void)explore_spawn(system, &boss_class, NULL, NULL);
	(void)bsk_sim_run(system, 100 * TURN_NS);
	bsk_sim_expect(system, world->answered == world->asked);
	bsk_sim_expect(system,
	    bsk_inspect_actors(system, count, &children) == 0);
	for (uint32_t i = 0; i < CHILDREN; i++)
		open += world->are_open[i];
	bsk_sim_expect(system, open == children);
	bsk_sim_expect(system, world->downs == 0 || (children == 0 &&
	    world->downs == 1 && world->reason == -ELOOP &&
	    config.restarts == 2));
	for (uint32_t i = 0; world->downs == 0 && i < CHILDREN; i++)
		look_at_child(system, world, i, config.strategy);
}

static const struct bsk_class *const classes[] = { &child_class, NULL };
static const struct bsk_system_options options = {.classes = classes};

const struct bsk_sim_scenario explore_supervisor = {
	.name = "supervisor",
	.options = &options,
	.state_size = sizeof(struct world),
	.play = play,
};
