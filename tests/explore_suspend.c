/* explore_suspend.c - who writes more than there is room for waits.
 *
 * Sources write to relays, relays to one sink, all with small mailboxes that
 * suspend. Nothing is lost, each pair keeps its order, and in the end nobody
 * waits. In some runs the sink is killed: then what it did not hear is dead,
 * and nobody waits for it.
 */
#include <buskin/inspect.h>

#include "explore.h"

#define SOURCES 3u
#define ITEMS 20u

struct item {
	uint32_t source;
	uint32_t number; /* from 1 */
};
static const struct bsk_field item_fields[] = {
	BSK_FIELD(item, source, "whose"),
	BSK_FIELD(item, number, "which"),
};
static const struct bsk_type item_type = BSK_TYPE(item, "data", item_fields);

struct more {
	uint32_t reserved;
};
static const struct bsk_field more_fields[] = {
	BSK_FIELD(more, reserved, "nothing"),
};
static const struct bsk_type more_type =
    BSK_TYPE(more, "go on writing", more_fields);

struct world {
	bsk_ref sink;
	bsk_ref relays[2];
	bool sink_is_killed;
	uint32_t sources;
	uint32_t finished; /* sources that have written all */
	uint32_t relayed;
	uint32_t heard;
	uint32_t last[SOURCES];
};

static struct world *
world_of(bsk_ctx *ctx)
{
	return bsk_sim_state(bsk_system_of(ctx));
}

/* --- the sink --- */

struct sink {
	uint32_t heard;
};

BSK_HANDLER(sink_item, sink, item)
{
	struct world *world = world_of(ctx);

	self->heard++;
	EXPECT(ctx, body->number == world->last[body->source] + 1);
	world->last[body->source] = body->number;
	world->heard++;
	return 0;
}

static const struct bsk_handler sink_handlers[] = {
	BSK_ON(item, sink_item),
};
static const struct bsk_class sink_class =
    BSK_CLASS(sink, "sink", "hears", sink_handlers);

/* --- a relay --- */

struct relay {
	uint32_t relayed;
};

BSK_HANDLER(relay_item, relay, item)
{
	struct world *world = world_of(ctx);

	self->relayed++;
	world->relayed++;
	if (world->sink_is_killed && world->relayed == SOURCES * ITEMS / 2)
		(void)bsk_kill(ctx, world->sink);
	return bsk_send(ctx, world->sink, BSK_NEW(item,
	    .source = body->source, .number = body->number));
}

static const struct bsk_handler relay_handlers[] = {
	BSK_ON(item, relay_item),
};
static const struct bsk_class relay_class =
    BSK_CLASS(relay, "relay", "passes on", relay_handlers);

/* --- a source --- */

struct source {
	uint32_t id;
	uint32_t sent;
};

/* What tells it to go on is data: it does not come while it is suspended. */
static int
write_some(struct source *self, bsk_ctx *ctx)
{
	struct world *world = world_of(ctx);
	unsigned count = 1 + (unsigned)(bsk_random(ctx) % 5);
	int r = 0;

	for (; r == 0 && count > 0 && self->sent < ITEMS; count--)
		r = bsk_send(ctx, world->relays[self->id % 2], BSK_NEW(item,
		    .source = self->id, .number = ++self->sent));
	if (r < 0 || self->sent == ITEMS) {
		world->finished += r == 0;
		return r;
	}
	return bsk_send(ctx, bsk_self(ctx), BSK_NEW(more, .reserved = 0));
}

BSK_HANDLER(source_open, source, bsk_open)
{
	(void)body;
	self->id = world_of(ctx)->sources++;
	return write_some(self, ctx);
}

BSK_HANDLER(source_more, source, more)
{
	(void)body;
	return write_some(self, ctx);
}

static const struct bsk_handler source_handlers[] = {
	BSK_ON(bsk_open, source_open),
	BSK_ON(more,     source_more),
};
static const struct bsk_class source_class =
    BSK_CLASS(source, "source", "writes", source_handlers);

/* --- the scenario --- */

static bool
look(void *arg, const struct bsk_actor_info *info)
{
	bsk_sim_expect(arg, !info->suspended);
	bsk_sim_expect(arg, info->depth == 0);
	return true;
}

static void
play(bsk_system *system, void *state)
{
	struct bsk_spawn_options options = {.capacity = 3};
	struct world *world = state;

	world->sink_is_killed = bsk_sim_draw(system) % 4 == 0;
	world->sink = explore_spawn(system, &sink_class, NULL, &options);
	for (unsigned i = 0; i < 2; i++)
		world->relays[i] = explore_spawn(system, &relay_class, NULL,
		    &options);
	for (unsigned i = 0; i < SOURCES; i++)
		(void)explore_spawn(system, &source_class, NULL, NULL);
	(void)bsk_sim_run(system, 1000000);
	bsk_sim_expect(system, world->finished == SOURCES);
	bsk_sim_expect(system, world->relayed == SOURCES * ITEMS);
	bsk_sim_expect(system, world->sink_is_killed ||
	    world->heard == SOURCES * ITEMS);
	bsk_sim_expect(system, bsk_inspect_actors(system, look, system) == 0);
}

const struct bsk_sim_scenario explore_suspend = {
	.name = "suspend",
	.state_size = sizeof(struct world),
	.play = play,
};
