/* check_threads.c - actors on the pool, on threads of their own, on the host:
 * order and bounds between them, and threads that come and go.
 *
 * size-exception: one world of threads and places serves all of its claims
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include <buskin/inspect.h>

#include "faulty_os.h"
#include "harness.h"

#define SOURCES 6u
#define COUNT 20000u
#define BATCH 7u
#define CAPACITY 64u
#define LIVES 1000u
#define AHEAD 256u /* what may be on its way from another thread */

struct number {
	uint64_t value;
};
BSK_DECLARE(number);
static const struct bsk_field number_fields[] = {
	BSK_FIELD(number, value, "which"),
};
const struct bsk_type number_type =
    BSK_TYPE(number, "a number", number_fields);

/* Overtakes numbers. */
struct shout {
	uint64_t value;
};
BSK_DECLARE(shout);
static const struct bsk_field shout_fields[] = {
	BSK_FIELD(shout, value, "which"),
};
const struct bsk_type shout_type =
    BSK_CONTROL_TYPE(shout, "a control message", shout_fields);

/* What a test waits for; handlers on any thread count here. */
static atomic_uint done;

static void
wait_until_done(unsigned count)
{
	int64_t until_ns = bsk_os_libc.now(&bsk_os_libc) +
	    4 * HARNESS_PATIENCE_NS;
	struct timespec pause = {0, 200000};

	while (atomic_load(&done) < count) {
		ck_assert_msg(bsk_os_libc.now(&bsk_os_libc) < until_ns,
		    "%u of %u after a long time", atomic_load(&done), count);
		nanosleep(&pause, NULL);
	}
}

/* --- a sink and its sources ---------------------------------------------- */

struct sink {
	uint64_t next[SOURCES];
	uint64_t count;
};

BSK_HANDLER(sink_number, sink, number);

static const struct bsk_handler sink_handlers[] = {
	BSK_ON(number, sink_number),
};
static const struct bsk_class sink_class =
    BSK_CLASS(sink, "sink", "hears numbers", sink_handlers);

static int
sink_number(struct sink *self, bsk_ctx *ctx, const struct number *number)
{
	uint64_t source = number->value >> 32;

	(void)ctx;
	ck_assert_uint_eq(number->value & 0xffffffff, self->next[source]);
	self->next[source]++;
	if (++self->count == (uint64_t)SOURCES * COUNT)
		atomic_fetch_add(&done, 1);
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
	wait_until_done(1);
	ck_assert_int_eq(bsk_inspect_actor(system, sink, note_info, &info),
	    0);
	ck_assert_int_eq(info.placement, placement);
	ck_assert_uint_le(info.high_water,
	    CAPACITY + SOURCES * (AHEAD + BATCH));
	ck_assert_uint_eq(info.ends[BSK_END_HANDLED],
	    (uint64_t)SOURCES * COUNT + 1); /* and bsk_open */
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

/* --- threads that come and go -------------------------------------------- */

/* Lives on a thread of its own, has a child on the pool, and ends. */
struct mayfly {
	bsk_ref child;
};

BSK_HANDLER(mayfly_open, mayfly, bsk_open);
BSK_HANDLER(mayfly_number, mayfly, number);
BSK_HANDLER(mayfly_close, mayfly, bsk_close);

static const struct bsk_handler mayfly_handlers[] = {
	BSK_ON(bsk_open, mayfly_open),
	BSK_ON(number, mayfly_number),
	BSK_ON(bsk_close, mayfly_close),
};
static const struct bsk_class mayfly_class = BSK_CLASS(mayfly, "mayfly",
    "ends when it is told", mayfly_handlers, .placement = BSK_PLACE_THREAD);

static int
mayfly_open(struct mayfly *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)open;
	return bsk_spawn(ctx, &sink_class, NULL, NULL, &self->child);
}

static int
mayfly_number(struct mayfly *self, bsk_ctx *ctx, const struct number *number)
{
	(void)bsk_send(ctx, self->child, BSK_NEW(number, .value = 0));
	(void)bsk_reply(ctx, BSK_NEW(number, .value = number->value));
	bsk_exit(ctx, 0);
	return 0;
}

static int
mayfly_close(struct mayfly *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)self;
	(void)ctx;
	(void)close;
	atomic_fetch_add(&done, 1);
	return 0;
}

static bool
note_worker(void *arg, const struct bsk_actor_info *info)
{
	uint32_t *last = arg;

	if (info->worker > *last)
		*last = info->worker;
	return true;
}

START_TEST(a_thousand_lives_need_few_threads)
{
	bsk_system *system = harness_system(1, NULL);
	uint32_t last = 0;

	for (unsigned i = 0; i < LIVES; i++) {
		bsk_ref ref = spawn_placed(system, &mayfly_class, NULL,
		    BSK_PLACE_DEFAULT);
		bsk_message *answer;

		ck_assert_int_eq(bsk_inspect_actors(system, note_worker,
		    &last), 0);
		ck_assert_int_eq(bsk_system_call(system, ref, BSK_NEW(number,
		    .value = i), HARNESS_PATIENCE_NS, &answer), 0);
		bsk_message_free(answer);
		wait_until_done(i + 1);
	}
	/* one is done with, while the next is made already */
	ck_assert_uint_le(last, 60);
	harness_system_end(system);
	ck_assert_uint_eq(atomic_load(&done), LIVES);
}
END_TEST

/* All at once, and what is sent to them reaches them or is buried. */
START_TEST(many_live_and_end_at_once)
{
	for (unsigned round = 0; round < 5; round++) {
		bsk_system *system = harness_system(2, NULL);
		bsk_ref refs[40];

		for (unsigned i = 0; i < 40; i++)
			refs[i] = spawn_placed(system, &mayfly_class, NULL,
			    BSK_PLACE_DEFAULT);
		for (unsigned k = 0; k < 20; k++)
			for (unsigned i = 0; i < 40; i++)
				ck_assert_int_eq(bsk_system_send(system,
				    refs[i], BSK_NEW(number, .value = 1)), 0);
		if (round % 2 == 0)
			wait_until_done(40 * (round + 1));
		harness_system_end(system);
		ck_assert_uint_eq(atomic_load(&done), 40 * (round + 1));
	}
}
END_TEST

START_TEST(there_is_a_limit_and_it_is_told)
{
	bsk_system *system = harness_system(1, NULL);
	unsigned count = 0;
	bsk_ref ref;
	int r;

	do
		r = bsk_system_spawn(system, &mayfly_class, NULL, NULL, &ref);
	while (r == 0 && ++count < 1000);
	ck_assert_int_eq(r, -EAGAIN);
	ck_assert_uint_ge(count, 200);
	ck_assert_int_eq(bsk_system_spawn(system, &sink_class, NULL, NULL,
	    &ref), 0);
	harness_system_end(system);
	ck_assert_uint_eq(atomic_load(&done), count);
}
END_TEST

/* Whoever tried goes on; the worker that was made serves the next. */
START_TEST(a_thread_that_does_not_start_is_told_and_does_no_harm)
{
	struct faulty_os world;
	struct bsk_system_options options = {.workers = 1};
	bsk_system *system;
	bsk_ref ref;

	faulty_os_init(&world, &bsk_os_libc);
	options.os = &world.table;
	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	for (unsigned i = 0; i < 3; i++) {
		faulty_os_fail(&world, FAULTY_SIGMASK, 1, EAGAIN);
		ck_assert_int_eq(bsk_system_spawn(system, &mayfly_class, NULL,
		    NULL, &ref), -EAGAIN);
		(void)spawn_placed(system, &mayfly_class, NULL,
		    BSK_PLACE_DEFAULT);
	}
	harness_system_end(system);
	ck_assert_uint_eq(atomic_load(&done), 3);
}
END_TEST

START_TEST(a_system_that_cannot_start_says_so)
{
	for (unsigned nth = 1; nth <= 3; nth++) {
		struct faulty_os world;
		struct bsk_system_options options = {.workers = 2};
		bsk_system *system;
		bsk_ref ref;

		faulty_os_init(&world, &bsk_os_libc);
		options.os = &world.table;
		ck_assert_int_eq(bsk_system_create(&options, &system), 0);
		(void)spawn_placed(system, &mayfly_class, NULL,
		    BSK_PLACE_DEFAULT);
		faulty_os_fail(&world, FAULTY_SIGMASK, 2 * nth - 1, EAGAIN);
		ck_assert_int_eq(bsk_system_start(system), -EAGAIN);
		ck_assert_int_eq(bsk_system_spawn(system, &sink_class, NULL,
		    NULL, &ref), -ESHUTDOWN);
		bsk_system_destroy(system);
	}
}
END_TEST

/* --- what is made from a thread ------------------------------------------ */

/* Its child is found by its name, on another worker, while it is being made. */
struct infant {
	bool is_open;
};

BSK_HANDLER(infant_open, infant, bsk_open);
BSK_HANDLER(infant_shout, infant, shout);

static const struct bsk_handler infant_handlers[] = {
	BSK_ON(bsk_open, infant_open),
	BSK_ON(shout, infant_shout),
};
static const struct bsk_class infant_class =
    BSK_CLASS(infant, "infant", "hears shouts", infant_handlers);

static int
infant_open(struct infant *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)ctx;
	(void)open;
	self->is_open = true;
	return 0;
}

static int
infant_shout(struct infant *self, bsk_ctx *ctx, const struct shout *shout)
{
	(void)shout;
	ck_assert(self->is_open);
	bsk_exit(ctx, 0);
	return 0;
}

struct nurse {
	unsigned born;
};

BSK_HANDLER(nurse_number, nurse, number);
BSK_HANDLER(nurse_down, nurse, bsk_down);

static const struct bsk_handler nurse_handlers[] = {
	BSK_ON(number, nurse_number),
	BSK_ON(bsk_down, nurse_down),
};
static const struct bsk_class nurse_class = BSK_CLASS(nurse, "nurse",
    "has one child after the other", nurse_handlers,
    .placement = BSK_PLACE_THREAD);

static int
bear(struct nurse *self, bsk_ctx *ctx)
{
	struct bsk_spawn_options options = {
		.name = "infant",
		.placement = self->born % 2 == 0 ? BSK_PLACE_POOL :
		    BSK_PLACE_THREAD,
	};
	bsk_ref child;

	if (++self->born > LIVES)
		return 0;
	return bsk_spawn(ctx, &infant_class, NULL, &options, &child);
}

static int
nurse_number(struct nurse *self, bsk_ctx *ctx, const struct number *number)
{
	(void)number;
	return bear(self, ctx);
}

static int
nurse_down(struct nurse *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	ck_assert_int_eq(down->reason, 0);
	atomic_fetch_add(&done, 1);
	return bear(self, ctx);
}

struct visitor {
	char unused;
};

BSK_HANDLER(visitor_number, visitor, number);

static const struct bsk_handler visitor_handlers[] = {
	BSK_ON(number, visitor_number),
};
static const struct bsk_class visitor_class =
    BSK_CLASS(visitor, "visitor", "looks for infants", visitor_handlers);

static int
visitor_number(struct visitor *self, bsk_ctx *ctx,
    const struct number *number)
{
	bsk_ref infant;

	(void)self;
	if (bsk_find(ctx, "infant", &infant) == 0)
		(void)bsk_send(ctx, infant, BSK_NEW(shout, .value = 1));
	if (atomic_load(&done) == LIVES)
		return 0;
	return bsk_send(ctx, bsk_self(ctx), BSK_NEW(number,
	    .value = number->value));
}

START_TEST(open_is_first_also_for_one_found_by_name)
{
	bsk_system *system = harness_system(1, NULL);
	bsk_ref nurse = spawn_placed(system, &nurse_class, NULL,
	    BSK_PLACE_DEFAULT);

	for (int i = 0; i < 2; i++) {
		bsk_ref visitor = spawn_placed(system, &visitor_class, NULL,
		    i == 0 ? BSK_PLACE_POOL : BSK_PLACE_HOST);

		ck_assert_int_eq(bsk_system_send(system, visitor,
		    BSK_NEW(number, .value = 1)), 0);
	}
	ck_assert_int_eq(bsk_system_send(system, nurse, BSK_NEW(number,
	    .value = 1)), 0);
	wait_until_done(LIVES);
	harness_system_end(system);
}
END_TEST

static Suite *
threads_suite(void)
{
	Suite *suite = suite_create("threads");
	TCase *tcase = harness_case("threads");

	tcase_add_test(tcase, order_and_bounds_hold_into_the_pool);
	tcase_add_test(tcase, order_and_bounds_hold_into_a_thread);
	tcase_add_test(tcase, order_and_bounds_hold_into_the_host);
	tcase_add_test(tcase, a_thousand_lives_need_few_threads);
	tcase_add_test(tcase, many_live_and_end_at_once);
	tcase_add_test(tcase, there_is_a_limit_and_it_is_told);
	tcase_add_test(tcase,
	    a_thread_that_does_not_start_is_told_and_does_no_harm);
	tcase_add_test(tcase, a_system_that_cannot_start_says_so);
	tcase_add_test(tcase, open_is_first_also_for_one_found_by_name);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(threads_suite);
}
