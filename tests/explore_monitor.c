/* explore_monitor.c - one down for each monitor, and none after it is taken
 * back.
 *
 * Watchers monitor victims, some of them twice, some when they are gone
 * already, and take some monitors back. Victims exit, fail, or are killed.
 */
#include <errno.h>

#include "explore.h"

#define WATCHERS 3u
#define VICTIMS 4u
#define MONITORS 6u
#define TURN_NS 100000

struct end {
	int32_t reason; /* 0: exit; else fail with it */
};
static const struct bsk_field end_fields[] = {
	BSK_FIELD(end, reason, "why"),
};
static const struct bsk_type end_type = BSK_TYPE(end, "end", end_fields);

struct world {
	bsk_ref victims[VICTIMS];
	uint32_t opened;
	bool has_ended[VICTIMS];
	int32_t reasons[VICTIMS];
	uint32_t open;  /* monitors that somebody waits for */
};

static struct world *
world_of(bsk_ctx *ctx)
{
	return bsk_sim_state(bsk_system_of(ctx));
}

static uint32_t
victim_of(const struct world *world, bsk_ref ref)
{
	uint32_t i = 0;

	while (i < VICTIMS - 1 && !bsk_ref_equal(world->victims[i], ref))
		i++;
	return i;
}

/* --- a victim --- */

struct victim {
	uint32_t reserved;
};

BSK_HANDLER(on_end, victim, end)
{
	(void)self;
	if (body->reason < 0)
		return body->reason;
	bsk_exit(ctx, 0);
	return 0;
}

BSK_HANDLER(victim_close, victim, bsk_close)
{
	struct world *world = world_of(ctx);
	uint32_t number = victim_of(world, bsk_self(ctx));

	(void)self;
	EXPECT(ctx, !world->has_ended[number]);
	world->has_ended[number] = true;
	world->reasons[number] = body->reason;
	return 0;
}

static const struct bsk_handler victim_handlers[] = {
	BSK_ON(end,       on_end),
	BSK_ON(bsk_close, victim_close),
};
static const struct bsk_class victim_class =
    BSK_CLASS(victim, "victim", "ends", victim_handlers);

/* --- a watcher --- */

struct watcher {
	uint32_t count;
	uint64_t monitors[MONITORS];
	bool are_over[MONITORS];
};

static int
watch(struct watcher *self, bsk_ctx *ctx)
{
	struct world *world = world_of(ctx);
	bsk_ref victim = world->victims[bsk_random(ctx) % VICTIMS];

	if (self->count == MONITORS)
		return 0;
	world->open++;
	return bsk_monitor(ctx, victim, &self->monitors[self->count++]);
}

static void
take_back(struct watcher *self, bsk_ctx *ctx)
{
	uint32_t number = (uint32_t)(bsk_random(ctx) % MONITORS);
	int r;

	if (number >= self->count)
		return;
	r = bsk_demonitor(ctx, self->monitors[number]);
	EXPECT(ctx, r == (self->are_over[number] ? -ENOENT : 0));
	world_of(ctx)->open -= r == 0;
	self->are_over[number] = true;
}

static int
do_something(struct watcher *self, bsk_ctx *ctx)
{
	bsk_ref victim = world_of(ctx)->victims[bsk_random(ctx) % VICTIMS];

	switch (bsk_random(ctx) % 12) {
	case 0:
		return bsk_kill(ctx, victim);
	case 1:
		return bsk_send(ctx, victim, BSK_NEW(end, .reason = -EIO));
	case 2:
		return bsk_send(ctx, victim, BSK_NEW(end, .reason = 0));
	case 3:
		return bsk_stop(ctx, victim);
	case 4:
	case 5:
		take_back(self, ctx);
		return 0;
	default:
		return watch(self, ctx);
	}
}

static int
go_on(struct watcher *self, bsk_ctx *ctx)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < 3; i++)
		r = do_something(self, ctx);
	return r < 0 || self->count == MONITORS ? r : bsk_timer_arm(ctx, 1,
	    (int64_t)(bsk_random(ctx) % TURN_NS), 0);
}

BSK_HANDLER(watcher_open, watcher, bsk_open)
{
	(void)body;
	return go_on(self, ctx);
}

BSK_HANDLER(watcher_due, watcher, bsk_timer_due)
{
	(void)body;
	return go_on(self, ctx);
}

BSK_HANDLER(on_down, watcher, bsk_down)
{
	struct world *world = world_of(ctx);
	uint32_t victim = victim_of(world, body->actor);
	uint32_t number = 0;

	while (number < self->count && self->monitors[number] != body->monitor)
		number++;
	EXPECT(ctx, number < self->count);
	EXPECT(ctx, bsk_ref_equal(world->victims[victim], body->actor));
	if (number == self->count)
		return 0;
	EXPECT(ctx, !self->are_over[number]);
	self->are_over[number] = true;
	world->open--;
	/* one that is killed before it was opened has no bsk_close */
	EXPECT(ctx, world->has_ended[victim] || body->reason == -ECANCELED ||
	    body->reason == -ESRCH);
	EXPECT(ctx, body->reason == -ESRCH || !world->has_ended[victim] ||
	    body->reason == world->reasons[victim]);
	return 0;
}

static const struct bsk_handler watcher_handlers[] = {
	BSK_ON(bsk_open,      watcher_open),
	BSK_ON(bsk_timer_due, watcher_due),
	BSK_ON(bsk_down,      on_down),
};
static const struct bsk_class watcher_class =
    BSK_CLASS(watcher, "watcher", "monitors", watcher_handlers);

/* --- the scenario --- */

static void
play(bsk_system *system, void *state)
{
	struct bsk_spawn_options options = {.placement = BSK_PLACE_THREAD};
	struct world *world = state;

	for (unsigned i = 0; i < VICTIMS; i++)
		world->victims[i] = explore_spawn(system, &victim_class, NULL,
		    bsk_sim_draw(system) % 4 == 0 ? &options : NULL);
	if (bsk_sim_draw(system) % 2 == 0)
		explore_send(system, world->victims[0],
		    BSK_NEW(end, .reason = -EPIPE));
	for (unsigned i = 0; i < WATCHERS; i++)
		(void)explore_spawn(system, &watcher_class, NULL, NULL);
	(void)bsk_sim_run(system, 100 * TURN_NS);
	for (unsigned i = 0; i < VICTIMS; i++)
		explore_send(system, world->victims[i],
		    BSK_NEW(end, .reason = 0));
	(void)bsk_sim_run(system, 200 * TURN_NS);
	bsk_sim_expect(system, world->open == 0);
}

const struct bsk_sim_scenario explore_monitor = {
	.name = "monitor",
	.state_size = sizeof(struct world),
	.play = play,
};
