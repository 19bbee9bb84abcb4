/* check_deadline.c - an ask's deadline goes along a chain of asks. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../src/ask_number.h"
#include "harness.h"
#include "number.h"
#include "probe.h"
#include "seeds.h"

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)

/* --- one of a chain ------------------------------------------------------- */

#define LINKS 3u

/* What each of the chain does when it is asked. */
enum how { IN_HAND, HELD, PASSED_ON };

static bsk_ref chain[LINKS];
static int64_t deadlines[LINKS]; /* as each was told */
static int32_t failures[LINKS];  /* of its own asks */
static int64_t failed_ns[LINKS];
static int late;                 /* what an ask for nobody comes to */
static enum how how;

struct link_config {
	uint32_t number;
};
BSK_DECLARE(link_config);
static const struct bsk_field link_fields[] = {
	BSK_FIELD(link_config, number, "which"),
};
const struct bsk_type link_config_type =
    BSK_TYPE(link_config, "one of a chain", link_fields);

struct link {
	bsk_message *held;
};

static int
pass_on(bsk_ctx *ctx, const bsk_message *asking, unsigned next,
    uint64_t value)
{
	return bsk_ask_for(ctx, asking, chain[next],
	    BSK_NEW(number, .value = value), HOUR, NULL);
}

/* The last one holds it and says nothing. */
BSK_HANDLER(on_number, link, number)
{
	const struct link_config *config = bsk_config(ctx);
	unsigned next = config->number + 1;

	deadlines[config->number] = bsk_deadline(ctx, NULL);
	if (next < LINKS && how == PASSED_ON)
		return bsk_forward(ctx, chain[next]);
	self->held = bsk_hold(ctx);
	ck_assert_int_eq(bsk_deadline(ctx, self->held),
	    deadlines[config->number]);
	return next == LINKS ? 0 : pass_on(ctx,
	    how == HELD ? self->held : NULL, next, body->value);
}

BSK_HANDLER(on_failed, link, bsk_ask_failed)
{
	const struct link_config *config = bsk_config(ctx);

	failures[config->number] = body->reason;
	failed_ns[config->number] = bsk_now(ctx);
	if (self->held != NULL)
		late = pass_on(ctx, self->held, config->number + 1, 0);
	return 0;
}

static const struct bsk_handler link_handlers[] = {
	BSK_ON(number, on_number),
	BSK_ON(bsk_ask_failed, on_failed),
};
static const struct bsk_class link_class = BSK_CLASS(link, "link",
    "one of a chain", link_handlers, .config = &link_config_type);

static void
make_chain(bsk_system *system)
{
	late = 0;
	for (unsigned i = 0; i < LINKS; i++) {
		failures[i] = 0;
		deadlines[i] = 0;
		ck_assert_int_eq(bsk_system_spawn(system, &link_class,
		    BSK_PARCEL(link_config, .number = i), NULL, &chain[i]), 0);
	}
}

/* --- claims --------------------------------------------------------------- */

static void
finish(bsk_system *system)
{
	bsk_system_stop(system, 0);
	ck_assert_int_eq(bsk_sim_run(system, INT64_MAX), 1);
	harness_check_books(system);
	ck_assert_uint_eq(bsk_system_messages(system), 0);
	bsk_system_destroy(system);
}

/* The probe waits for ten seconds; whoever is asked on its behalf would wait
 * for an hour, and does not. */
static bsk_system *
ask_chain(uint64_t seed, int64_t *ret_until_ns)
{
	bsk_system *system;
	struct probe_log heard;
	bsk_ref probe;

	ck_assert_int_eq(bsk_sim_create(NULL, seed, &system), 0);
	probe_log_init(&heard);
	probe = probe_spawn(system, &heard, NULL);
	make_chain(system);
	*ret_until_ns = bsk_sim_now(system) + 10 * SECOND;
	probe_ask(system, probe, chain[0], BSK_PARCEL(number, .value = 1));
	ck_assert_int_eq(bsk_sim_run(system, *ret_until_ns + SECOND), 0);
	ck_assert_uint_eq(probe_count(&heard, &bsk_ask_failed_type), 1);
	probe_log_release(&heard);
	return system;
}

/* A millisecond more at most with each step. */
static void
check_deadlines(int64_t until_ns)
{
	for (unsigned i = 0; i < LINKS; i++) {
		ck_assert_int_ge(deadlines[i], until_ns);
		ck_assert_int_le(deadlines[i],
		    until_ns + (i + 1) * 2 * MS);
	}
}

static void
who_is_asked_in_the_end_knows_who_waits(uint64_t seed)
{
	int64_t until_ns;
	bsk_system *system;

	how = IN_HAND;
	system = ask_chain(seed, &until_ns);
	check_deadlines(until_ns);
	for (unsigned i = 0; i + 1 < LINKS; i++) {
		ck_assert_int_eq(failures[i], -ETIMEDOUT);
		ck_assert_int_ge(failed_ns[i], until_ns);
		ck_assert_int_le(failed_ns[i], until_ns + 10 * MS);
	}
	finish(system);
}

static void
a_held_ask_has_its_deadline_and_then_nobody_is_asked(uint64_t seed)
{
	int64_t until_ns;
	bsk_system *system;

	how = HELD;
	system = ask_chain(seed, &until_ns);
	check_deadlines(until_ns);
	ck_assert_int_eq(late, -ETIMEDOUT);
	finish(system);
}

static void
what_is_passed_on_is_waited_for_by_who_asked(uint64_t seed)
{
	int64_t until_ns;
	bsk_system *system;

	how = PASSED_ON;
	system = ask_chain(seed, &until_ns);
	for (unsigned i = 0; i < LINKS; i++)
		ck_assert_int_eq(deadlines[i], deadlines[0]);
	check_deadlines(until_ns);
	finish(system);
}

START_TEST(a_thread_outside_is_waited_for_no_longer_than_it_waits)
{
	bsk_system *system = harness_system(1, NULL);
	int64_t now_ns = bsk_os_libc.now(&bsk_os_libc);
	bsk_message *answer;

	how = IN_HAND;
	make_chain(system);
	ck_assert_int_eq(bsk_system_call(system, chain[0],
	    BSK_NEW(number, .value = 1), 50 * MS, &answer), -ETIMEDOUT);
	ck_assert_int_ge(deadlines[0], now_ns + 50 * MS);
	ck_assert_int_lt(deadlines[0], now_ns + HARNESS_PATIENCE_NS);
	harness_system_end(system);
}
END_TEST

START_TEST(what_is_no_ask_has_no_deadline)
{
	bsk_system *system;

	ck_assert_int_eq(bsk_sim_create(NULL, 1, &system), 0);
	how = IN_HAND;
	make_chain(system);
	ck_assert_int_eq(bsk_system_send(system, chain[LINKS - 1],
	    BSK_NEW(number, .value = 1)), 0);
	ck_assert_int_eq(bsk_sim_run(system, SECOND), 0);
	ck_assert_int_eq(deadlines[LINKS - 1], INT64_MAX);
	finish(system);
}
END_TEST

/* --- the number ----------------------------------------------------------- */

static uint64_t
draw(void)
{
	return (uint64_t)mrand48() << 32 ^ (uint64_t)mrand48();
}

START_TEST(a_number_says_until_when_whatever_the_clock_reads)
{
	uint64_t seed = harness_seed();

	srand48((long)seed);
	for (unsigned i = 0; i < 100000; i++) {
		int64_t now_ns = (int64_t)(draw() >> 2);
		int64_t wait_ns = (int64_t)(draw() % (uint64_t)(2 * HOUR));
		int64_t later_ns = now_ns +
		    (int64_t)(draw() % (uint64_t)(2 * HOUR));
		uint64_t last = draw();
		uint64_t number = ask_number(last, now_ns, now_ns + wait_ns);
		int64_t until_ns = ask_until(number, later_ns);

		ck_assert_uint_eq(number & ASK_COUNT_MASK,
		    (last + 1) & ASK_COUNT_MASK);
		if (until_ns < now_ns + wait_ns ||
		    until_ns > now_ns + wait_ns + 3 * MS)
			ck_abort_msg("now %" PRId64 " + %" PRId64 ": %" PRId64,
			    now_ns, wait_ns, until_ns);
	}
}
END_TEST

START_TEST(too_far_is_not_kept)
{
	ck_assert_int_eq(ask_until(ask_number(0, 5, 5 + 3 * HOUR), 5),
	    INT64_MAX);
	ck_assert_int_eq(ask_until(ask_number(0, 5, INT64_MAX), 5), INT64_MAX);
}
END_TEST

#define UNDER_SEEDS(scenario) START_TEST(test_##scenario) \
{ \
	seeds_walk(scenario); \
} \
END_TEST

UNDER_SEEDS(who_is_asked_in_the_end_knows_who_waits)
UNDER_SEEDS(a_held_ask_has_its_deadline_and_then_nobody_is_asked)
UNDER_SEEDS(what_is_passed_on_is_waited_for_by_who_asked)

static Suite *
deadline_suite(void)
{
	Suite *suite = suite_create("deadline");
	TCase *tcase = harness_case("deadline");

#define ADD(scenario) seeds_add(suite, #scenario, test_##scenario)
	ADD(who_is_asked_in_the_end_knows_who_waits);
	ADD(a_held_ask_has_its_deadline_and_then_nobody_is_asked);
	ADD(what_is_passed_on_is_waited_for_by_who_asked);
	tcase_add_test(tcase,
	    a_thread_outside_is_waited_for_no_longer_than_it_waits);
	tcase_add_test(tcase, what_is_no_ask_has_no_deadline);
	tcase_add_test(tcase,
	    a_number_says_until_when_whatever_the_clock_reads);
	tcase_add_test(tcase, too_far_is_not_kept);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(deadline_suite);
}
