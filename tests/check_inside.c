/* check_inside.c - a handler that has lost its worker, and has it back. */
#include <errno.h>
#include <string.h>

#include <buskin/park.h>
#include <buskin/sim.h>

#include "favours.h"
#include "harness.h"
#include "number.h"

#define MS INT64_C(1000000)

static bsk_system *sys;

static void
begin(int64_t overrun_ns)
{
	const struct bsk_system_options options = { .workers = 1,
	    .overrun_ns = overrun_ns };

	sem_init(&in_handler, 0, 0);
	sem_init(&go_on, 0, 0);
	ck_assert_int_eq(bsk_system_create(&options, &sys), 0);
	ck_assert_int_eq(bsk_system_start(sys), 0);
}

static bsk_ref
actor(const struct bsk_class *class_, enum bsk_placement placement)
{
	const struct bsk_spawn_options options = { .placement = placement };
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(sys, class_, NULL, &options, &ref),
	    0);
	return ref;
}

static void
expect_answer(bsk_ref to)
{
	ck_assert_int_eq(call(sys, to, ANSWER, HARNESS_PATIENCE_NS), 0);
}

/* --- one that goes on to use its worker ----------------------------------- */

#define ROUNDS 4

struct plodder {
	char unused;
};

/* Waits, and again when it has its worker back. */
BSK_HANDLER(on_plod, plodder, favour)
{
	(void)self;
	if (body->wish == ANSWER)
		return bsk_reply(ctx, BSK_NEW(number, .value = 0));
	for (int i = 0; i < ROUNDS; i++) {
		sem_post(&in_handler);
		wait_for(&go_on);
		(void)bsk_random(ctx);
	}
	return 0;
}

static const struct bsk_handler plodder_handlers[] = {
	BSK_ON(favour, on_plod),
};
static const struct bsk_class plodder_class = BSK_CLASS(plodder, "plodder",
    "takes long, and longer", plodder_handlers);

/* Its worker sleeps in it. */
static sem_t bell;

static void
sleep_on_bell(void *arg, bsk_ctx *ctx, int64_t timeout_ns)
{
	(void)arg;
	(void)ctx;
	if (timeout_ns < 0)
		wait_for(&bell);
	else
		(void)sem_trywait(&bell);
}

static void
ring_bell(void *waker)
{
	sem_post(waker);
}

static const struct bsk_park bell_park = { .wait = sleep_on_bell,
	.wake = ring_bell };

BSK_HANDLER(on_bed_open, plodder, bsk_open)
{
	(void)self;
	(void)body;
	return bsk_park_set(ctx, &bell_park, &bell);
}

static const struct bsk_handler bed_handlers[] = {
	BSK_ON(bsk_open, on_bed_open),
	BSK_ON(favour, on_plod),
};
static const struct bsk_class bed_class = BSK_CLASS(plodder, "bed",
    "is slept in", bed_handlers);

/* Who was handled meanwhile is not taken for it, least of all the one that the
 * worker sleeps in, which would keep it. */
START_TEST(is_lent_as_often_as_it_takes_long)
{
	bsk_ref bed;
	bsk_ref plodder;
	bsk_ref quick;

	sem_init(&bell, 0, 0);
	begin(-1);
	bed = actor(&bed_class, BSK_PLACE_POOL);
	quick = helper(sys, BSK_PLACE_POOL);
	plodder = actor(&plodder_class, BSK_PLACE_POOL);
	ck_assert_int_eq(bsk_system_send(sys, plodder, favour(IGNORE)), 0);
	for (int i = 0; i < ROUNDS; i++) {
		wait_for(&in_handler);
		expect_answer(quick);
		expect_answer(bed);
		sem_post(&go_on);
	}
	expect_answer(plodder);
	harness_system_end(sys);
}
END_TEST

/* --- what is told of it --------------------------------------------------- */

static sem_t told;
static atomic_uint told_running;
static atomic_uint told_ended;
static atomic_uint told_of_others;

BSK_HANDLER(on_taker_open, plodder, bsk_open)
{
	(void)self;
	(void)body;
	return bsk_take_faults(ctx);
}

BSK_HANDLER(on_overrun, plodder, bsk_overrun)
{
	(void)self;
	(void)ctx;
	if (strcmp(bsk_text_chars(body->class_name), "plodder") != 0)
		atomic_fetch_add(&told_of_others, 1);
	atomic_fetch_add(body->running ? &told_running : &told_ended, 1);
	sem_post(&told);
	return 0;
}

static const struct bsk_handler taker_handlers[] = {
	BSK_ON(bsk_open, on_taker_open),
	BSK_ON(bsk_overrun, on_overrun),
	BSK_ON(favour, on_plod),
};
static const struct bsk_class taker_class = BSK_CLASS(plodder, "taker",
    "takes faults", taker_handlers);

/* As long as it takes the sentry to look a few times. */
static void
keep_busy(bsk_ref quick)
{
	int64_t until_ns = bsk_os_libc.now(&bsk_os_libc) + 10 * MS;

	while (bsk_os_libc.now(&bsk_os_libc) < until_ns)
		expect_answer(quick);
}

START_TEST(is_told_of_once_while_it_runs)
{
	bsk_ref plodder;
	bsk_ref quick;
	bsk_ref taker;

	sem_init(&told, 0, 0);
	atomic_store(&told_running, 0);
	atomic_store(&told_ended, 0);
	atomic_store(&told_of_others, 0);
	begin(100 * MS);
	taker = actor(&taker_class, BSK_PLACE_THREAD);
	quick = helper(sys, BSK_PLACE_POOL);
	plodder = actor(&plodder_class, BSK_PLACE_POOL);
	ck_assert_int_eq(bsk_system_send(sys, plodder, favour(IGNORE)), 0);
	for (int i = 0; i < ROUNDS; i++) {
		wait_for(&in_handler);
		if (i == 0)
			wait_for(&told);
		keep_busy(quick);
		sem_post(&go_on);
	}
	expect_answer(plodder);
	expect_answer(taker);
	ck_assert_uint_eq(atomic_load(&told_running), 1);
	ck_assert_uint_eq(atomic_load(&told_ended), 1);
	ck_assert_uint_eq(atomic_load(&told_of_others), 0);
	harness_system_end(sys);
}
END_TEST

/* --- one that has a system of its own ------------------------------------- */

static void
make_world(bsk_system **ret_world)
{
	bsk_ref within;

	ck_assert_int_eq(bsk_sim_create(NULL, 1, ret_world), 0);
	ck_assert_int_eq(bsk_system_spawn(*ret_world, &helper_class, NULL,
	    NULL, &within), 0);
	ck_assert_int_eq(bsk_system_send(*ret_world, within, favour(BLOCK)),
	    0);
}

struct maker {
	bsk_system *world;
};

/* What its own system's handlers do is done in this one. */
BSK_HANDLER(on_make, maker, favour)
{
	(void)ctx;
	(void)body;
	make_world(&self->world);
	sem_post(&in_handler);
	wait_for(&go_on);
	(void)bsk_sim_run(self->world, INT64_MAX);
	sem_post(&in_handler);
	wait_for(&go_on);
	bsk_system_destroy(self->world);
	return 0;
}

static const struct bsk_handler maker_handlers[] = {
	BSK_ON(favour, on_make),
};
static const struct bsk_class maker_class = BSK_CLASS(maker, "maker",
    "has a system", maker_handlers);

START_TEST(a_system_within_keeps_nobody)
{
	bsk_ref maker;
	bsk_ref quick;

	begin(-1);
	quick = helper(sys, BSK_PLACE_POOL);
	maker = actor(&maker_class, BSK_PLACE_POOL);
	ck_assert_int_eq(bsk_system_send(sys, maker, favour(IGNORE)), 0);
	for (int i = 0; i < 3; i++) {
		wait_for(&in_handler);
		expect_answer(quick);
		sem_post(&go_on);
	}
	expect_answer(quick);
	harness_system_end(sys);
}
END_TEST

BSK_HANDLER(on_keeper_open, maker, bsk_open)
{
	(void)ctx;
	(void)body;
	make_world(&self->world);
	return 0;
}

BSK_HANDLER(on_keeper_favour, maker, favour)
{
	(void)self;
	(void)body;
	bsk_exit(ctx, 0);
	return 0;
}

/* Closing is the runtime's work, during which it keeps the worker. */
BSK_HANDLER(on_keeper_close, maker, bsk_close)
{
	(void)ctx;
	(void)body;
	(void)bsk_sim_run(self->world, INT64_MAX);
	bsk_system_destroy(self->world);
	return 0;
}

static const struct bsk_handler keeper_handlers[] = {
	BSK_ON(bsk_open, on_keeper_open),
	BSK_ON(favour, on_keeper_favour),
	BSK_ON(bsk_close, on_keeper_close),
};
static const struct bsk_class keeper_class = BSK_CLASS(maker, "keeper",
    "closes a system", keeper_handlers);

START_TEST(a_system_within_lends_nothing_in_the_runtime)
{
	bsk_ref keeper;
	bsk_ref quick;

	begin(-1);
	quick = helper(sys, BSK_PLACE_POOL);
	keeper = actor(&keeper_class, BSK_PLACE_POOL);
	ck_assert_int_eq(bsk_system_send(sys, keeper, favour(IGNORE)), 0);
	wait_for(&in_handler);
	ck_assert_int_eq(call(sys, quick, ANSWER, 50 * MS), -ETIMEDOUT);
	sem_post(&go_on);
	expect_answer(quick);
	harness_system_end(sys);
}
END_TEST

static Suite *
inside_suite(void)
{
	Suite *suite = suite_create("inside");
	TCase *tcase = harness_case("inside");

	tcase_add_test(tcase, is_lent_as_often_as_it_takes_long);
	tcase_add_test(tcase, is_told_of_once_while_it_runs);
	tcase_add_test(tcase, a_system_within_keeps_nobody);
	tcase_add_test(tcase, a_system_within_lends_nothing_in_the_runtime);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(inside_suite);
}
