/* explore_stop.c - a stop at any moment comes to its end.
 *
 * A small forest of actors that send each other messages and make children,
 * also while they are stopping; some are slow to stop and some never do. It is
 * stopped from outside or by an actor, once or twice, at a moment that is
 * drawn. Whoever was opened is closed once, and hears nothing after that; who
 * has no parent stops in order: by phases, in each the newest first.
 */
#include <errno.h>

#include "explore.h"

#define TREES 3u
#define NODES 24u
#define NODES_OF_A_TREE (NODES / TREES)
#define TURN_NS 100000
#define TIMEOUT_NS (20 * TURN_NS)

struct ping {
	uint32_t hops;
};
static const struct bsk_field ping_fields[] = {
	BSK_FIELD(ping, hops, "how often it is passed on"),
};
static const struct bsk_type ping_type =
    BSK_TYPE(ping, "a message", ping_fields);

/* Which node it is, and how deep. */
struct node_config {
	uint32_t number;
	uint32_t depth;
	bool is_slow;
	bool is_stubborn;
};
static const struct bsk_field config_fields[] = {
	BSK_FIELD(node_config, number, "which"),
	BSK_FIELD(node_config, depth, "generations below it"),
	BSK_FIELD(node_config, is_slow, "takes a while to stop"),
	BSK_FIELD(node_config, is_stubborn, "does not stop"),
};
static const struct bsk_type node_config_type =
    BSK_TYPE(node_config, "a node's config", config_fields);

struct world {
	bsk_ref nodes[NODES];
	bool were_opened[NODES];
	bool were_closed[NODES];
	uint8_t phases[TREES];
	uint32_t last_place; /* of a tree that was closed; 0: none was */
	bool is_forced;       /* by a second stop, or a stubborn node */
	int64_t stop_ns;      /* when an actor stops the system; 0: none does */
};

static struct world *
world_of(bsk_ctx *ctx)
{
	return bsk_sim_state(bsk_system_of(ctx));
}

/* --- a node --- */

struct node {
	uint32_t number;
	uint32_t children;
};

static const struct bsk_class node_class;

static uint32_t
living(bsk_ctx *ctx, const struct node *self)
{
	struct world *world = world_of(ctx);

	EXPECT(ctx, world->were_opened[self->number]);
	EXPECT(ctx, !world->were_closed[self->number]);
	return self->number;
}

static int
make_child(struct node *self, bsk_ctx *ctx)
{
	const struct node_config *config = bsk_config(ctx);
	struct bsk_spawn_options options = {
		.placement = bsk_random(ctx) % 8 == 0 ? BSK_PLACE_THREAD :
		    BSK_PLACE_POOL,
	};
	uint32_t number = self->number * 2 + TREES + self->children;

	/* a node of the last row has no children, another has two */
	if (config->depth == 0 || self->children == 2 || number >= NODES)
		return 0;
	self->children++;
	return bsk_spawn(ctx, &node_class, BSK_PARCEL(node_config,
	    .number = number, .depth = config->depth - 1,
	    .is_slow = bsk_random(ctx) % 4 == 0), &options,
	    &world_of(ctx)->nodes[number]);
}

static int
ping(bsk_ctx *ctx, uint32_t hops)
{
	bsk_ref to = world_of(ctx)->nodes[bsk_random(ctx) % NODES];

	return hops == 0 ? 0 : bsk_send(ctx, to,
	    BSK_NEW(ping, .hops = hops - 1));
}

BSK_HANDLER(on_open, node, bsk_open)
{
	const struct node_config *config = bsk_config(ctx);
	struct world *world = world_of(ctx);
	int r;

	(void)body;
	self->number = config->number;
	EXPECT(ctx, !world->were_opened[self->number]);
	world->were_opened[self->number] = true;
	r = make_child(self, ctx);
	if (r == 0)
		r = ping(ctx, 8);
	if (r == 0 && self->number == 0 && world->stop_ns > 0)
		r = bsk_timer_arm(ctx, 2, world->stop_ns, 0);
	return r;
}

BSK_HANDLER(on_ping, node, ping)
{
	(void)living(ctx, self);
	if (bsk_random(ctx) % 4 == 0 && make_child(self, ctx) < 0)
		return -EIO;
	return ping(ctx, body->hops);
}

BSK_HANDLER(on_drain, node, bsk_drain)
{
	const struct node_config *config = bsk_config(ctx);

	(void)body;
	(void)living(ctx, self);
	(void)make_child(self, ctx);
	(void)ping(ctx, 3);
	if (config->is_stubborn)
		return 0;
	if (config->is_slow)
		return bsk_timer_arm(ctx, 1, TURN_NS, 0);
	bsk_exit(ctx, 0);
	return 0;
}

BSK_HANDLER(on_due, node, bsk_timer_due)
{
	(void)living(ctx, self);
	if (body->timer == 1)
		bsk_exit(ctx, 0);
	else
		bsk_stop_system(ctx, 0);
	return 0;
}

/* Of a tree in the order of the stop, from 1. */
static uint32_t
place_of(const struct world *world, uint32_t tree)
{
	return world->phases[tree] * TREES + TREES - tree;
}

BSK_HANDLER(on_close, node, bsk_close)
{
	const struct node_config *config = bsk_config(ctx);
	struct world *world = world_of(ctx);

	(void)body;
	world->were_closed[living(ctx, self)] = true;
	(void)ping(ctx, 1);
	if (config->number >= TREES)
		return 0;
	EXPECT(ctx, world->is_forced ||
	    place_of(world, config->number) > world->last_place);
	world->last_place = place_of(world, config->number);
	return 0;
}

static const struct bsk_handler node_handlers[] = {
	BSK_ON(bsk_open,      on_open),
	BSK_ON(ping,          on_ping),
	BSK_ON(bsk_drain,     on_drain),
	BSK_ON(bsk_timer_due, on_due),
	BSK_ON(bsk_close,     on_close),
};
static const struct bsk_class node_class = BSK_CLASS(node, "node",
    "has children", node_handlers, .config = &node_config_type);

/* --- the scenario --- */

static void
play(bsk_system *system, void *state)
{
	uint64_t kind = bsk_sim_draw(system);
	bool is_stubborn = kind % 5 == 0;
	struct world *world = state;

	world->is_forced = is_stubborn || kind / 5 % 4 == 0;
	if (kind / 20 % 2 == 0)
		world->stop_ns = 1 + (int64_t)(kind / 40 % (5 * TURN_NS));
	for (uint32_t i = 0; i < TREES; i++) {
		world->phases[i] = (uint8_t)(bsk_sim_draw(system) % 3);
		world->nodes[i] = explore_spawn(system, &node_class,
		    BSK_PARCEL(node_config, .number = i, .depth = 2,
		    .is_slow = bsk_sim_draw(system) % 2 == 0,
		    .is_stubborn = is_stubborn && i == 1),
		    &(struct bsk_spawn_options){
		    .stop_phase = world->phases[i] });
	}
	(void)bsk_sim_run(system, (int64_t)(bsk_sim_draw(system) % 3));
	if (world->stop_ns == 0)
		bsk_system_stop(system, 0);
	else
		(void)bsk_sim_run(system, 10 * TURN_NS);
	if (kind / 5 % 4 != 0)
		return;
	(void)bsk_sim_run(system, (int64_t)(bsk_sim_draw(system) %
	    (10 * TURN_NS)));
	bsk_system_stop(system, 0);
	if (world->stop_ns == 0)
		bsk_system_stop(system, 0); /* a third says nothing more */
}

static void
check(bsk_system *system, void *state)
{
	const struct world *world = state;

	for (unsigned i = 0; i < NODES; i++)
		bsk_sim_expect(system,
		    world->were_opened[i] == world->were_closed[i]);
	for (uint32_t i = 0; i < TREES; i++)
		bsk_sim_expect(system, world->is_forced ||
		    place_of(world, i) <= world->last_place);
}

static const struct bsk_system_options options = {
	.stop_timeout_ns = TIMEOUT_NS,
};

const struct bsk_sim_scenario explore_stop = {
	.name = "stop",
	.options = &options,
	.state_size = sizeof(struct world),
	.play = play,
	.check = check,
};
