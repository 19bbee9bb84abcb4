/* check_signal_alloc.c - whichever allocation fails, a signal that was taken is
 * told, or its actor fails.
 */
#include <check.h>
#include <signal.h>

#include <buskin/reactor.h>
#include <buskin/signal.h>
#include <buskin/sim.h>

#include "fail_alloc.h"
#include "harness.h"

#define SECOND INT64_C(1000000000)
#define RAISED 100
#define MOST 2000u /* allocations of a scenario; far more than there are */

/* --- the parent of a handler ---------------------------------------------- */

static bsk_ref handler; /* whom it spawned */
static int told;        /* signals that it heard of */
static bool has_failed; /* whether its child has */

struct parent {
	uint8_t reserved;
};

BSK_HANDLER(on_open, parent, bsk_open)
{
	(void)self;
	(void)body;
	return bsk_spawn(ctx, &bsk_signal_handler_class, NULL, NULL, &handler);
}

BSK_HANDLER(on_raised, parent, bsk_signal_raised)
{
	(void)self;
	(void)ctx;
	told += (int)body->count;
	return 0;
}

BSK_HANDLER(on_down, parent, bsk_down)
{
	(void)self;
	(void)ctx;
	has_failed = body->reason < 0;
	return 0;
}

static const struct bsk_handler parent_handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_signal_raised, on_raised),
	BSK_ON(bsk_down, on_down),
};
static const struct bsk_class parent_class = BSK_CLASS(parent, "parent",
    "has a handler of signals", parent_handlers);

/* --- a reactor that never tells of anything ------------------------------- */

struct idler {
	uint8_t reserved;
};

BSK_HANDLER(on_watch, idler, bsk_fd_watch)
{
	(void)self;
	(void)body;
	return bsk_reply(ctx, BSK_NEW(bsk_result, .error = 0));
}

static const struct bsk_handler idler_handlers[] = {
	BSK_ON(bsk_fd_watch, on_watch),
};
static const struct bsk_class idler_class = BSK_CLASS(idler, "reactor",
    "never tells of anything", idler_handlers);

/* --- claims --------------------------------------------------------------- */

/* The signals are let go before the reactor has told of any. Returns how many
 * allocations there were meanwhile. */
static unsigned
let_go(unsigned n)
{
	bsk_system *sim;
	bsk_ref ref;
	unsigned reached;

	told = 0;
	has_failed = false;
	ck_assert_int_eq(bsk_sim_create(&(struct bsk_system_options){
	    .name = "signals" }, 1, &sim), 0);
	ck_assert_int_eq(bsk_system_spawn(sim, &idler_class, NULL,
	    &(struct bsk_spawn_options){ .name = "reactor" }, &ref), 0);
	ck_assert_int_eq(bsk_system_spawn(sim, &parent_class, NULL, NULL,
	    &ref), 0);
	ck_assert_int_eq(bsk_sim_run(sim, SECOND), 0);
	ck_assert_int_eq(bsk_system_send(sim, handler, BSK_NEW(
	    bsk_signal_catch, .number = SIGUSR1, .on = true)), 0);
	ck_assert_int_eq(bsk_sim_run(sim, 2 * SECOND), 0);
	ck_assert(!has_failed);
	for (int i = 0; i < RAISED; i++)
		ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_int_eq(bsk_system_send(sim, handler, BSK_NEW(
	    bsk_signal_catch, .number = SIGUSR1)), 0);
	fail_alloc_start(n);
	(void)bsk_sim_run(sim, 3 * SECOND);
	reached = fail_alloc_stop();
	ck_assert(has_failed || told == RAISED);
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, 60 * SECOND), 1);
	bsk_system_destroy(sim);
	return reached;
}

START_TEST(a_signal_that_is_let_go_is_told_or_its_actor_fails)
{
	unsigned reached = MOST;

	for (unsigned n = 1; reached >= n - 1; n++) {
		ck_assert_uint_lt(n, MOST);
		reached = let_go(n);
	}
	ck_assert_int_eq(told, RAISED);
	ck_assert(!has_failed);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("signal_alloc");
	TCase *tcase = harness_case("signal_alloc");

	tcase_add_test(tcase,
	    a_signal_that_is_let_go_is_told_or_its_actor_fails);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
