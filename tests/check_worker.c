/* check_worker.c - order and bounds between workers: of the pool, of threads of
 * single actors, and the host's.
 */
#include <buskin/inspect.h>

#include "harness.h"
#include "number.h"
#include "tally.h"

#define SOURCES 6u
#define COUNT 20000u
#define BATCH 7u
#define CAPACITY 64u
#define AHEAD 256u /* what may be on its way from another thread */

/* Counts the sinks that have heard everything. */
static struct tally done = TALLY_INIT;

/* --- a sink and its sources ---------------------------------------------- */

struct sink {
	uint64_t next[SOURCES];
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

	ck_assert_uint_eq(number->value & 0xffffffff, self->next[source]);
	self->next[source]++;
	if (++self->count < (uint64_t)SOURCES * COUNT)
		return 0;
	return bsk_send(ctx, bsk_self(ctx), BSK_NEW(shout, .value = 0));
}

/* All numbers have been counted when this comes. */
static int
sink_shout(struct sink *self, bsk_ctx *ctx, const struct shout *shout)
{
	(void)self;
	(void)ctx;
	(void)shout;
	tally_add(&done);
	return 0;
}

struct source_config {
	uint64_t id;
	bsk_ref sink;
};
BSK_DECLARE(source_config);
static const struct bsk_field source_config_fields[] = {
	BSK_FIELD(source_config, id, "which source"),
	BSK_FIELD(source_config, sink, "to whom"),
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
static const struct bsk_class source_class = BSK_CLASS(source, "source",
    "sends numbers", source_handlers, .config = &source_config_type);

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
	for (unsigned i = 0; i < BATCH; i++) {
		if (self->sent == COUNT)
			return 0;
		ck_assert_int_eq(bsk_send(ctx, config->sink, BSK_NEW(number,
		    .value = config->id << 32 | self->sent++)), 0);
	}
	return bsk_send(ctx, bsk_self(ctx), BSK_NEW(number, .value = 0));
}

static bsk_ref
spawn_placed(bsk_system *system, const struct bsk_class *class_,
    struct bsk_parcel *config, enum bsk_placement placement)
{
	struct bsk_spawn_options options = {
		.placement = placement,
		.capacity = CAPACITY,
	};
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(system, class_, config, &options,
	    &ref), 0);
	return ref;
}

static bool
note_info(void *arg, const struct bsk_actor_info *info)
{
	*(struct bsk_actor_info *)arg = *info;
	return true;
}

static void
pour_into(enum bsk_placement placement)
{
	static const enum bsk_placement places[SOURCES] = {
		BSK_PLACE_POOL, BSK_PLACE_THREAD, BSK_PLACE_HOST,
		BSK_PLACE_THREAD, BSK_PLACE_HOST, BSK_PLACE_POOL,
	};
	bsk_system *system = harness_system(2, NULL);
	bsk_ref sink = spawn_placed(system, &sink_class, NULL, placement);
	struct bsk_actor_info info;

	for (unsigned i = 0; i < SOURCES; i++)
		(void)spawn_placed(system, &source_class,
		    BSK_PARCEL(source_config, .id = i, .sink = sink),
		    places[i]);
	tally_wait(&done, 1);
	ck_assert_int_eq(bsk_inspect_actor(system, sink, note_info, &info),
	    0);
	ck_assert_int_eq(info.placement, placement);
	ck_assert_uint_le(info.high_water,
	    CAPACITY + SOURCES * (AHEAD + BATCH));
	/* And bsk_open; the shout may have been counted, or not yet. */
	ck_assert_uint_ge(info.ends[BSK_END_HANDLED],
	    (uint64_t)SOURCES * COUNT + 1);
	ck_assert_uint_le(info.ends[BSK_END_HANDLED],
	    (uint64_t)SOURCES * COUNT + 2);
	harness_system_end(system);
}

START_TEST(order_and_bounds_hold_into_the_pool)
{
	pour_into(BSK_PLACE_POOL);
}
END_TEST

START_TEST(order_and_bounds_hold_into_a_thread)
{
	pour_into(BSK_PLACE_THREAD);
}
END_TEST

START_TEST(order_and_bounds_hold_into_the_host)
{
	pour_into(BSK_PLACE_HOST);
}
END_TEST

static Suite *
worker_suite(void)
{
	Suite *suite = suite_create("worker");
	TCase *tcase = harness_case("worker");

	tcase_add_test(tcase, order_and_bounds_hold_into_the_pool);
	tcase_add_test(tcase, order_and_bounds_hold_into_a_thread);
	tcase_add_test(tcase, order_and_bounds_hold_into_the_host);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(worker_suite);
}
