/* check_post.c - order, bounds and policies of mailboxes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/inspect.h>

#include "harness.h"
#include "number.h"
#include "seeds.h"
#include "system.h"

/* A sink hears numbers and says in `heard` what it heard. */
#define HEARD 100000
#define CARRIED 256 /* by one sender to other workers at a time */
static uint64_t heard[HEARD];
static size_t heard_count;
static uint64_t next_of[16]; /* the next number expected of each source */
static unsigned refused;

struct sink {
	uint64_t count;
};

BSK_HANDLER(sink_number, sink, number);
BSK_HANDLER(sink_shout, sink, shout);

static const struct bsk_handler sink_handlers[] = {
	BSK_ON(number, sink_number),
	BSK_ON(shout, sink_shout),
};
static const struct bsk_class sink_class =
    BSK_CLASS(sink, "sink", "hears numbers", sink_handlers);

static int
sink_number(struct sink *self, bsk_ctx *ctx, const struct number *number)
{
	uint64_t source = number->value >> 32;
	uint64_t serial = number->value & 0xffffffff;

	(void)ctx;
	self->count++;
	ck_assert_uint_lt(heard_count, HEARD);
	heard[heard_count++] = number->value;
	ck_assert_uint_ge(serial, next_of[source]);
	next_of[source] = serial + 1;
	return 0;
}

static int
sink_shout(struct sink *self, bsk_ctx *ctx, const struct shout *shout)
{
	(void)ctx;
	(void)self;
	heard[heard_count++] = shout->value;
	return 0;
}

/* A source sends `count` numbers, `batch` in each handler, to its port. */
struct source_config {
	uint64_t id;
	uint64_t count;
	uint64_t batch;
};
BSK_DECLARE(source_config);
static const struct bsk_field source_config_fields[] = {
	BSK_FIELD(source_config, id, "which source"),
	BSK_FIELD(source_config, count, "numbers"),
	BSK_FIELD(source_config, batch, "at once"),
};
const struct bsk_type source_config_type =
    BSK_TYPE(source_config, "a source's config", source_config_fields);

struct source {
	uint64_t sent;
};

BSK_HANDLER(source_open, source, bsk_open);
BSK_HANDLER(source_number, source, number);

static const struct bsk_handler source_handlers[] = {
	BSK_ON(bsk_open, source_open),
	BSK_ON(number, source_number),
};
static const struct bsk_port source_ports[] = {
	BSK_PORT_OUT("out", number, "numbers"),
};
static const struct bsk_class source_class = BSK_CLASS(source, "source",
    "sends numbers", source_handlers, BSK_PORTS(source_ports),
    .config = &source_config_type);

static int
source_open(struct source *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)self;
	(void)open;
	return bsk_send(ctx, bsk_self(ctx), BSK_NEW(number, .value = 0));
}

static int
source_number(struct source *self, bsk_ctx *ctx, const struct number *number)
{
	const struct source_config *config = bsk_config(ctx);

	(void)number;
	for (uint64_t i = 0; i < config->batch; i++) {
		int r;

		if (self->sent == config->count)
			return 0;
		r = bsk_emit(ctx, 0, BSK_NEW(number,
		    .value = config->id << 32 | self->sent++));
		if (r == -EAGAIN)
			refused++;
		else
			ck_assert_int_eq(r, 0);
	}
	return bsk_send(ctx, bsk_self(ctx), BSK_NEW(number, .value = 0));
}

/* --- the world ----------------------------------------------------------- */

static bsk_system *
begin(uint64_t seed, uint32_t workers)
{
	struct bsk_system_options options = {.workers = workers};
	bsk_system *system;

	heard_count = 0;
	refused = 0;
	memset(next_of, 0, sizeof(next_of));
	ck_assert_int_eq(bsk_sim_create(&options, seed, &system), 0);
	return system;
}

static void
finish(bsk_system *system)
{
	bsk_system_stop(system, 0);
	ck_assert_int_eq(bsk_sim_run(system, INT64_MAX), 1);
	harness_check_books(system);
	ck_assert_uint_eq(bsk_system_messages(system), 0);
	bsk_system_destroy(system);
}

static bsk_ref
new_sink(bsk_system *system, uint32_t capacity, enum bsk_on_full on_full)
{
	struct bsk_spawn_options options = {
		.name = "sink",
		.capacity = capacity,
		.on_full = on_full,
	};
	bsk_ref sink;

	ck_assert_int_eq(bsk_system_spawn(system, &sink_class, NULL, &options,
	    &sink), 0);
	return sink;
}

static void
new_source(bsk_system *system, uint64_t id, uint64_t count, uint64_t batch,
    bsk_ref to, enum bsk_placement placement)
{
	struct bsk_wire wire = {
		.port = bsk_text_copy("out"),
		.to = to,
	};
	struct bsk_spawn_options options = {
		.wires = &wire,
		.wire_count = 1,
		.placement = placement,
	};
	bsk_ref source;

	ck_assert_int_eq(bsk_system_spawn(system, &source_class,
	    BSK_PARCEL(source_config, .id = id, .count = count,
	    .batch = batch), &options, &source), 0);
	bsk_text_drop(&wire.port);
}

static uint32_t high_water;

static bool
note_high_water(void *arg, const struct bsk_actor_info *info)
{
	(void)arg;
	high_water = info->high_water;
	return true;
}

static uint64_t
dropped(bsk_system *system)
{
	struct bsk_system_info info;

	bsk_inspect_system(system, &info);
	return info.ends[BSK_END_DROPPED];
}

/* --- claims -------------------------------------------------------------- */

static void
a_pair_keeps_its_order(uint64_t seed)
{
	bsk_system *system = begin(seed, 2);
	bsk_ref sink = new_sink(system, 8, BSK_SUSPEND);

	for (uint64_t i = 0; i < 4; i++)
		new_source(system, i, 200, 1 + i * 5, sink, BSK_PLACE_POOL);
	ck_assert_int_eq(bsk_sim_run(system, INT64_C(1000000000)), 0);
	ck_assert_uint_eq(heard_count, 4 * 200);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(next_of[i], 200);
	finish(system);
}

static void
suspend_loses_nothing_and_bounds_the_mailbox(uint64_t seed)
{
	uint32_t workers = 1 + (uint32_t)(seed % 2);
	bsk_system *system = begin(seed, workers);
	bsk_ref sink = new_sink(system, 8, BSK_SUSPEND);

	new_source(system, 0, 500, 20, sink, BSK_PLACE_POOL);
	new_source(system, 1, 500, 20, sink, BSK_PLACE_POOL);
	ck_assert_int_eq(bsk_sim_run(system, INT64_C(1000000000)), 0);
	ck_assert_uint_eq(heard_count, 1000);
	ck_assert_uint_eq(dropped(system), 0);
	ck_assert_int_eq(bsk_inspect_actor(system, sink, note_high_water,
	    NULL), 0);
	/* what each may send in the handler that found it full, and no more;
	 * between workers, what may be on its way besides */
	ck_assert_uint_le(high_water, 8 + 2 * 20 +
	    (workers == 1 ? 0 : 2 * CARRIED));
	finish(system);
}

static void
refuse_tells_the_sender(uint64_t seed)
{
	bsk_system *system = begin(seed, 1);
	bsk_ref sink = new_sink(system, 4, BSK_REFUSE);

	new_source(system, 0, 100, 50, sink, BSK_PLACE_POOL);
	ck_assert_int_eq(bsk_sim_run(system, INT64_C(1000000000)), 0);
	ck_assert_uint_ge(refused, 2);
	ck_assert_uint_eq(heard_count + refused, 100);
	ck_assert_uint_eq(dropped(system), refused);
	finish(system);
}

static void
drop_new_keeps_the_first(uint64_t seed)
{
	bsk_system *system = begin(seed, 1);
	bsk_ref sink = new_sink(system, 4, BSK_DROP_NEW);

	new_source(system, 0, 100, 100, sink, BSK_PLACE_POOL);
	ck_assert_int_eq(bsk_sim_run(system, INT64_C(1000000000)), 0);
	ck_assert_uint_eq(heard_count, 4);
	for (uint64_t i = 0; i < 4; i++)
		ck_assert_uint_eq(heard[i], i);
	ck_assert_uint_eq(dropped(system), 96);
	finish(system);
}

static void
drop_old_keeps_the_last(uint64_t seed)
{
	bsk_system *system = begin(seed, 1);
	bsk_ref sink = new_sink(system, 4, BSK_DROP_OLD);

	new_source(system, 0, 100, 100, sink, BSK_PLACE_POOL);
	ck_assert_int_eq(bsk_sim_run(system, INT64_C(1000000000)), 0);
	ck_assert_uint_eq(heard_count, 4);
	for (uint64_t i = 0; i < 4; i++)
		ck_assert_uint_eq(heard[i], 96 + i);
	ck_assert_uint_eq(dropped(system), 96);
	finish(system);
}

static void
control_overtakes_data_and_has_no_bound(uint64_t seed)
{
	bsk_system *system = begin(seed, 1);
	bsk_ref sink = new_sink(system, 2, BSK_DROP_NEW);

	/* before anything runs, so that all of it waits */
	for (uint64_t i = 0; i < 2; i++)
		ck_assert_int_eq(bsk_system_send(system, sink,
		    BSK_NEW(number, .value = i)), 0);
	for (uint64_t i = 0; i < 50; i++)
		ck_assert_int_eq(bsk_system_send(system, sink,
		    BSK_NEW(shout, .value = 1000 + i)), 0);
	ck_assert_int_eq(bsk_sim_run(system, INT64_C(1000000000)), 0);
	ck_assert_uint_eq(heard_count, 52);
	for (uint64_t i = 0; i < 50; i++)
		ck_assert_uint_eq(heard[i], 1000 + i);
	ck_assert_uint_eq(heard[50], 0);
	finish(system);
}

static void
bytes_bound_a_mailbox_too(uint64_t seed)
{
	struct bsk_spawn_options options = {
		.capacity_bytes = 4096,
		.on_full = BSK_DROP_NEW,
	};
	bsk_system *system = begin(seed, 1);
	static char block[1100];
	bsk_ref sink;

	ck_assert_int_eq(bsk_system_spawn(system, &sink_class, NULL, &options,
	    &sink), 0);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(bsk_system_send(system, sink,
		    BSK_NEW(bsk_bytes,
		    .bytes = bsk_buf_copy(block, sizeof(block)))), 0);
	ck_assert_int_eq(bsk_sim_run(system, INT64_C(1000000000)), 0);
	/* the one that reaches the bound is the last to be taken */
	ck_assert_uint_eq(dropped(system), 6);
	finish(system);
}

static void
an_unwired_port_drops_and_says_so(uint64_t seed)
{
	bsk_system *system = begin(seed, 1);
	bsk_ref source;

	ck_assert_int_eq(bsk_system_spawn(system, &source_class,
	    BSK_PARCEL(source_config, .id = 0, .count = 7, .batch = 3), NULL,
	    &source), 0);
	ck_assert_int_eq(bsk_sim_run(system, INT64_C(1000000000)), 0);
	ck_assert_uint_eq(dropped(system), 7);
	finish(system);
}

/* --- what the sender remembers -------------------------------------------- */

static bsk_ref aim;

struct archer {
	char unused;
};

BSK_HANDLER(on_shoot, archer, number)
{
	(void)self;
	return bsk_send(ctx, aim, BSK_NEW(number, .value = body->value));
}

static const struct bsk_handler archer_handlers[] = {
	BSK_ON(number, on_shoot),
};
static const struct bsk_class archer_class = BSK_CLASS(archer, "archer",
    "sends to where it aims", archer_handlers);

static bool
is_anybody(void *arg, bsk_ref it)
{
	(void)arg;
	(void)it;
	return true;
}

/* Has others use an entry, and then the one it was of again: as when that one's
 * message is forwarded by another. */
static void
use_by_turns(struct edges *edges, uint32_t number, bsk_ref from, bsk_ref to)
{
	bsk_ref other = from;

	edges_sweep(edges, is_anybody, NULL);
	while (edges_find(edges, other, from, &number_type) != number)
		other.bits++;
	edges_sweep(edges, is_anybody, NULL);
	while (edges->free != number) {
		other.bits++;
		(void)edges_find(edges, other, from, &number_type);
	}
	ck_assert_uint_eq(edges_find(edges, from, to, &number_type), number);
}

static void
an_edge_used_by_turns_leads_there_again(uint64_t seed)
{
	bsk_system *system = begin(seed, 1);
	struct edges *edges = &system->workers[0]->edges;
	bsk_ref archer;

	aim = new_sink(system, 0, BSK_ON_FULL_DEFAULT);
	ck_assert_int_eq(bsk_system_spawn(system, &archer_class, NULL, NULL,
	    &archer), 0);
	for (uint64_t i = 0; i < 3; i++) {
		ck_assert_int_eq(bsk_system_send(system, archer,
		    BSK_NEW(number, .value = i)), 0);
		ck_assert_int_eq(bsk_sim_run(system, 1000), 0);
		ck_assert_uint_eq(heard_count, i + 1);
		use_by_turns(edges, edges_find(edges, archer, aim,
		    &number_type), archer, aim);
	}
	finish(system);
}

#define UNDER_SEEDS(claim) \
	START_TEST(test_##claim) \
	{ \
		seeds_walk(claim); \
	} \
	END_TEST

UNDER_SEEDS(a_pair_keeps_its_order)
UNDER_SEEDS(suspend_loses_nothing_and_bounds_the_mailbox)
UNDER_SEEDS(refuse_tells_the_sender)
UNDER_SEEDS(drop_new_keeps_the_first)
UNDER_SEEDS(drop_old_keeps_the_last)
UNDER_SEEDS(control_overtakes_data_and_has_no_bound)
UNDER_SEEDS(bytes_bound_a_mailbox_too)
UNDER_SEEDS(an_unwired_port_drops_and_says_so)
UNDER_SEEDS(an_edge_used_by_turns_leads_there_again)

static Suite *
post_suite(void)
{
	Suite *suite = suite_create("post");

#define ADD(claim) seeds_add(suite, #claim, test_##claim)
	ADD(a_pair_keeps_its_order);
	ADD(suspend_loses_nothing_and_bounds_the_mailbox);
	ADD(refuse_tells_the_sender);
	ADD(drop_new_keeps_the_first);
	ADD(drop_old_keeps_the_last);
	ADD(control_overtakes_data_and_has_no_bound);
	ADD(bytes_bound_a_mailbox_too);
	ADD(an_unwired_port_drops_and_says_so);
	ADD(an_edge_used_by_turns_leads_there_again);
	return suite;
}

int
main(void)
{
	return harness_main(post_suite);
}
