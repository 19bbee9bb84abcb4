/* check_asks.c - every ask ends once, with an answer or with a reason. */
#include <errno.h>

#include "harness.h"
#include "number.h"
#include "probe.h"
#include "seeds.h"

/* What the asked actor is told to do. */
struct order {
	int32_t fail; /* returned from the handler */
	bool holds;   /* keeps the message */
	bool answers; /* with a bsk_result */
};
BSK_DECLARE(order);

static const struct bsk_field order_fields[] = {
	BSK_FIELD(order, fail, "what to return"),
	BSK_FIELD(order, holds, "whether to hold"),
	BSK_FIELD(order, answers, "whether to answer"),
};
const struct bsk_type order_type = BSK_TYPE(order, "do it", order_fields);

struct asked {
	uint64_t handled;
};

BSK_HANDLER(asked_order, asked, order);
BSK_HANDLER(asked_number, asked, number);

static const struct bsk_handler asked_handlers[] = {
	BSK_ON(order, asked_order),
	BSK_ON(number, asked_number),
};
static const struct bsk_class asked_class =
    BSK_CLASS(asked, "asked", "answers or not", asked_handlers);

static int
asked_order(struct asked *self, bsk_ctx *ctx, const struct order *order)
{
	self->handled++;
	if (order->holds)
		ck_assert_ptr_nonnull(bsk_hold(ctx));
	if (order->answers)
		ck_assert_int_eq(bsk_reply(ctx,
		    BSK_NEW(bsk_result, .error = 7)), 0);
	return order->fail;
}

static int
asked_number(struct asked *self, bsk_ctx *ctx, const struct number *number)
{
	(void)ctx;
	(void)number;
	self->handled++;
	return 0;
}

/* --- the world ------------------------------------------------------------ */

static bsk_system *
simulated(uint64_t seed)
{
	bsk_system *system;

	ck_assert_int_eq(bsk_sim_create(NULL, seed, &system), 0);
	return system;
}

static bsk_ref
bee(bsk_system *system)
{
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(system, &asked_class, NULL, NULL,
	    &ref), 0);
	return ref;
}

static void
rest(bsk_system *system)
{
	ck_assert_int_eq(bsk_sim_run(system, bsk_sim_now(system) + 1000), 0);
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

/* --- claims --------------------------------------------------------------- */

static void
an_answer_comes_once(uint64_t seed)
{
	bsk_system *system = simulated(seed);
	const struct bsk_result *result;
	struct probe_log heard;
	bsk_ref ref = bee(system);
	bsk_ref probe;

	probe_log_init(&heard);
	probe = probe_spawn(system, &heard, NULL);
	probe_ask(system, probe, ref, BSK_PARCEL(order, .answers = true));
	rest(system);
	ck_assert_uint_eq(probe_count(&heard, &bsk_result_type), 1);
	result = probe_last(&heard, &bsk_result_type);
	ck_assert_int_eq(result->error, 7);
	bsk_sim_run(system, bsk_sim_now(system) + INT64_C(20000000000));
	ck_assert_uint_eq(probe_count(&heard, &bsk_ask_failed_type), 0);
	finish(system);
	probe_log_release(&heard);
}

static void
asks_fail_at_once_with_the_reason(uint64_t seed)
{
	bsk_system *system = simulated(seed);
	const struct bsk_ask_failed *failed;
	struct probe_log heard;
	bsk_ref ref = bee(system);
	bsk_ref probe;
	int64_t begin_ns;

	probe_log_init(&heard);
	probe = probe_spawn(system, &heard, NULL);
	rest(system);
	begin_ns = bsk_sim_now(system);
	/* handled without an answer; failed on; nobody there */
	probe_ask(system, probe, ref, BSK_PARCEL(number, .value = 1));
	rest(system);
	failed = probe_last(&heard, &bsk_ask_failed_type);
	ck_assert_ptr_nonnull(failed);
	ck_assert_int_eq(failed->reason, -ENODATA);
	probe_ask(system, probe, ref, BSK_PARCEL(order, .fail = -EIO));
	rest(system);
	failed = probe_last(&heard, &bsk_ask_failed_type);
	ck_assert_int_eq(failed->reason, -EIO);
	probe_ask(system, probe, ref, BSK_PARCEL(number, .value = 2));
	rest(system);
	failed = probe_last(&heard, &bsk_ask_failed_type);
	ck_assert_int_eq(failed->reason, -ESRCH);
	ck_assert_uint_eq(probe_count(&heard, &bsk_ask_failed_type), 3);
	ck_assert_int_lt(bsk_sim_now(system) - begin_ns, 1000000);
	finish(system);
	probe_log_release(&heard);
}

static void
a_held_ask_fails_when_its_time_is_up(uint64_t seed)
{
	bsk_system *system = simulated(seed);
	const struct bsk_ask_failed *failed;
	struct probe_log heard;
	bsk_ref ref = bee(system);
	bsk_ref probe;

	probe_log_init(&heard);
	probe = probe_spawn(system, &heard, NULL);
	probe_ask(system, probe, ref, BSK_PARCEL(order, .holds = true));
	rest(system);
	ck_assert_ptr_null(probe_last(&heard, &bsk_ask_failed_type));
	bsk_sim_run(system, bsk_sim_now(system) + INT64_C(11000000000));
	failed = probe_last(&heard, &bsk_ask_failed_type);
	ck_assert_ptr_nonnull(failed);
	ck_assert_int_eq(failed->reason, -ETIMEDOUT);
	finish(system);
	ck_assert_uint_eq(probe_count(&heard, &bsk_ask_failed_type), 1);
	probe_log_release(&heard);
}

START_TEST(test_answer)
{
	seeds_walk(an_answer_comes_once);
}
END_TEST

START_TEST(test_reasons)
{
	seeds_walk(asks_fail_at_once_with_the_reason);
}
END_TEST

START_TEST(test_held)
{
	seeds_walk(a_held_ask_fails_when_its_time_is_up);
}
END_TEST

static Suite *
asks_suite(void)
{
	Suite *suite = suite_create("asks");

	seeds_add(suite, "an_answer_comes_once", test_answer);
	seeds_add(suite, "asks_fail_at_once_with_the_reason", test_reasons);
	seeds_add(suite, "a_held_ask_fails_when_its_time_is_up", test_held);
	return suite;
}

int
main(void)
{
	return harness_main(asks_suite);
}
