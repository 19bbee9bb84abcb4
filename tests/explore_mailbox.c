/* explore_mailbox.c - a small mailbox that drops or refuses what is too much.
 *
 * Several senders write to one sink, data and control; the sink holds some of
 * the data and puts it back later. No message is handled twice, those of one
 * sender come in order, control is never dropped, and each that was not
 * handled was dropped.
 */
#include <errno.h>

#include <buskin/inspect.h>

#include "explore.h"

#define SENDERS 3u
#define ITEMS 12u
#define CAPACITY 4u

struct item {
	uint32_t sender;
	uint32_t number; /* from 1 */
};
static const struct bsk_field item_fields[] = {
	BSK_FIELD(item, sender, "whose"),
	BSK_FIELD(item, number, "which"),
};
static const struct bsk_type item_type = BSK_TYPE(item, "data", item_fields);

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
	bsk_ref sink;
	uint32_t senders; /* so far */
	uint64_t heard;
	uint64_t sent;
	uint64_t refused; /* as far as their senders know */
	uint32_t last_item[SENDERS];
	uint32_t last_order[SENDERS];
};

static struct world *
world_of(bsk_ctx *ctx)
{
	return bsk_sim_state(bsk_system_of(ctx));
}

/* --- the sink --- */

struct sink {
	bsk_message *held[2];
	unsigned count;
};

/* What is held would be overtaken: so while any is, all that comes is. */
BSK_HANDLER(on_item, sink, item)
{
	struct world *world = world_of(ctx);

	if (self->count > 0 || bsk_random(ctx) % 8 == 0) {
		self->held[self->count] = bsk_hold(ctx);
		EXPECT(ctx, self->held[self->count] != NULL);
		if (++self->count == 1)
			return bsk_timer_arm(ctx, 1, 100, 0);
		while (self->count > 0)
			bsk_unhold(ctx, self->held[--self->count]);
		(void)bsk_timer_disarm(ctx, 1);
		return 0;
	}
	EXPECT(ctx, body->number > world->last_item[body->sender]);
	world->last_item[body->sender] = body->number;
	world->heard++;
	return 0;
}

BSK_HANDLER(on_order, sink, order)
{
	struct world *world = world_of(ctx);

	(void)self;
	EXPECT(ctx, body->number == world->last_order[body->sender] + 1);
	world->last_order[body->sender] = body->number;
	return 0;
}

BSK_HANDLER(on_due, sink, bsk_timer_due)
{
	(void)body;
	while (self->count > 0)
		bsk_unhold(ctx, self->held[--self->count]);
	return 0;
}

static const struct bsk_handler sink_handlers[] = {
	BSK_ON(item,          on_item),
	BSK_ON(order,         on_order),
	BSK_ON(bsk_timer_due, on_due),
};
static const struct bsk_class sink_class =
    BSK_CLASS(sink, "sink", "hears", sink_handlers);

/* --- a sender --- */

struct sender {
	uint32_t id;
	uint32_t items;
	uint32_t orders;
};

static int
send_some(struct sender *self, bsk_ctx *ctx)
{
	struct world *world = world_of(ctx);
	unsigned count = 1 + (unsigned)(bsk_random(ctx) % 6);
	int r;

	for (; count > 0 && self->items < ITEMS; count--) {
		r = bsk_send(ctx, world->sink, BSK_NEW(item,
		    .sender = self->id, .number = ++self->items));
		EXPECT(ctx, r == 0 || r == -EAGAIN);
		world->sent++;
		world->refused += r == -EAGAIN;
	}
	if (bsk_random(ctx) % 2 == 0)
		(void)bsk_send(ctx, world->sink, BSK_NEW(order,
		    .sender = self->id, .number = ++self->orders));
	return self->items < ITEMS ? bsk_timer_arm(ctx, 1,
	    (int64_t)(bsk_random(ctx) % 100), 0) : 0;
}

BSK_HANDLER(sender_open, sender, bsk_open)
{
	(void)body;
	self->id = world_of(ctx)->senders++;
	return send_some(self, ctx);
}

BSK_HANDLER(sender_due, sender, bsk_timer_due)
{
	(void)body;
	return send_some(self, ctx);
}

static const struct bsk_handler sender_handlers[] = {
	BSK_ON(bsk_open,      sender_open),
	BSK_ON(bsk_timer_due, sender_due),
};
static const struct bsk_class sender_class =
    BSK_CLASS(sender, "sender", "writes", sender_handlers);

/* --- the scenario --- */

static void
play(bsk_system *system, void *state)
{
	static const enum bsk_on_full policies[] = {
		BSK_REFUSE, BSK_DROP_NEW, BSK_DROP_OLD,
	};
	struct bsk_spawn_options options = {
		.capacity = CAPACITY,
		.on_full = policies[bsk_sim_draw(system) % 3],
	};
	struct world *world = state;

	world->sink = explore_spawn(system, &sink_class, NULL, &options);
	for (unsigned i = 0; i < SENDERS; i++)
		(void)explore_spawn(system, &sender_class, NULL, NULL);
	(void)bsk_sim_run(system, 1000000);
	bsk_sim_expect(system, world->sent == SENDERS * ITEMS);
}

static bool
add_up(void *arg, const struct bsk_edge_info *edge)
{
	uint64_t *ends = arg;

	for (unsigned i = 0; edge->type == &item_type && i < BSK_END_COUNT;
	    i++)
		ends[i] += edge->ends[i];
	return true;
}

static void
check(bsk_system *system, void *state)
{
	const struct world *world = state;
	uint64_t ends[BSK_END_COUNT] = {0};

	bsk_sim_expect(system,
	    bsk_inspect_edges(system, add_up, ends) == 0);
	bsk_sim_expect(system, ends[BSK_END_HANDLED] == world->heard);
	bsk_sim_expect(system,
	    ends[BSK_END_DROPPED] == world->sent - world->heard);
	bsk_sim_expect(system, ends[BSK_END_DROPPED] >= world->refused);
}

const struct bsk_sim_scenario explore_mailbox = {
	.name = "mailbox",
	.state_size = sizeof(struct world),
	.play = play,
	.check = check,
};
