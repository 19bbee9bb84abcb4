/* check_timers.c - an actor's own timers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "seeds.h"

#define TICK_NS INT64_C(16384)

/* What the actor is told to do with a timer. */
enum deed { ARM, DISARM, STASH };

struct deed_order {
	uint32_t deed;
	uint64_t timer;
	int64_t after_ns;
	int64_t every_ns;
};
BSK_DECLARE(deed_order);
static const struct bsk_field deed_order_fields[] = {
	BSK_FIELD(deed_order, deed, "what"),
	BSK_FIELD(deed_order, timer, "which"),
	BSK_FIELD(deed_order, after_ns, "when"),
	BSK_FIELD(deed_order, every_ns, "and then how often"),
};
const struct bsk_type deed_order_type =
    BSK_TYPE(deed_order, "do it", deed_order_fields);

/* What was heard; each test has a process of its own. */
static struct {
	uint64_t messages;
	uint64_t counts; /* summed */
	uint64_t last;   /* timer */
	int64_t at_ns;   /* when last */
	int64_t armed_ns; /* when armed last */
	int result;      /* of the last disarming */
	unsigned again;  /* how often to arm it in its own handler */
	bool stashes;
} heard;

struct clock {
	bsk_message *stashed;
};

BSK_HANDLER(clock_order, clock, deed_order);
BSK_HANDLER(clock_due, clock, bsk_timer_due);

static const struct bsk_handler clock_handlers[] = {
	BSK_ON(deed_order, clock_order),
	BSK_ON(bsk_timer_due, clock_due),
};
static const struct bsk_class clock_class =
    BSK_CLASS(clock, "clock", "has timers", clock_handlers);

static int
clock_order(struct clock *self, bsk_ctx *ctx, const struct deed_order *order)
{
	switch (order->deed) {
	case ARM:
		heard.armed_ns = bsk_now(ctx);
		return bsk_timer_arm(ctx, order->timer, order->after_ns,
		    order->every_ns);
	case DISARM:
		heard.result = bsk_timer_disarm(ctx, order->timer);
		return 0;
	default:
		bsk_unhold(ctx, self->stashed);
		self->stashed = NULL;
		return 0;
	}
}

static int
clock_due(struct clock *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	if (heard.stashes) {
		heard.stashes = false;
		self->stashed = bsk_hold(ctx);
		ck_assert_ptr_nonnull(self->stashed);
		return 0;
	}
	ck_assert_uint_ge(due->count, 1);
	heard.messages++;
	heard.counts += due->count;
	heard.last = due->timer;
	heard.at_ns = bsk_now(ctx);
	if (heard.again == 0)
		return 0;
	heard.again--;
	return bsk_timer_arm(ctx, due->timer, 0, 0);
}

static bsk_system *
begin(uint64_t seed, bsk_ref *ret_clock)
{
	bsk_system *system;

	memset(&heard, 0, sizeof(heard));
	ck_assert_int_eq(bsk_sim_create(NULL, seed, &system), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &clock_class, NULL, NULL,
	    ret_clock), 0);
	return system;
}

static void
order(bsk_system *system, bsk_ref clock, enum deed deed, uint64_t timer,
    int64_t after_ns, int64_t every_ns)
{
	ck_assert_int_eq(bsk_system_send(system, clock, BSK_NEW(deed_order,
	    .deed = deed, .timer = timer, .after_ns = after_ns,
	    .every_ns = every_ns)), 0);
}

static void
rest(bsk_system *system, int64_t for_ns)
{
	ck_assert_int_eq(bsk_sim_run(system, bsk_sim_now(system) + for_ns), 0);
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

/* --- claims -------------------------------------------------------------- */

static void
comes_once_and_never_early(uint64_t seed)
{
	bsk_ref clock;
	bsk_system *system = begin(seed, &clock);
	int64_t after_ns = (int64_t)(seed * seed * 977 % 50000000);

	rest(system, (int64_t)(seed * 31337));
	order(system, clock, ARM, 3, after_ns, 0);
	rest(system, INT64_C(1000000000));
	ck_assert_uint_eq(heard.messages, 1);
	ck_assert_uint_eq(heard.counts, 1);
	ck_assert_uint_eq(heard.last, 3);
	ck_assert_int_ge(heard.at_ns, heard.armed_ns + after_ns);
	ck_assert_int_lt(heard.at_ns, heard.armed_ns + after_ns + TICK_NS);
	order(system, clock, DISARM, 3, 0, 0);
	rest(system, 1);
	ck_assert_int_eq(heard.result, -ENOENT);
	finish(system);
}

static void
no_period_is_lost(uint64_t seed)
{
	const int64_t every_ns = 100 + (int64_t)seed * 700;
	bsk_ref clock;
	bsk_system *system = begin(seed, &clock);

	order(system, clock, ARM, 1, every_ns, every_ns);
	rest(system, INT64_C(3000000));
	ck_assert_uint_gt(heard.messages, 1);
	ck_assert_int_eq((int64_t)heard.counts,
	    (heard.at_ns - heard.armed_ns) / every_ns);
	order(system, clock, DISARM, 1, 0, 0);
	rest(system, 1);
	ck_assert_int_eq(heard.result, 0);
	heard.messages = 0;
	rest(system, INT64_C(3000000));
	ck_assert_uint_eq(heard.messages, 0);
	finish(system);
}

/* The news is in the mailbox when it is disarmed, or armed for later. */
static void
what_is_disarmed_or_moved_does_not_come(uint64_t seed)
{
	bsk_ref clock;
	bsk_system *system = begin(seed, &clock);

	for (int i = 0; i < 30; i++) {
		order(system, clock, ARM, 9, 0, 0);
		order(system, clock, DISARM, 9, 0, 0);
	}
	rest(system, TICK_NS * 3);
	ck_assert_uint_eq(heard.messages, 0);
	for (int i = 0; i < 30; i++)
		order(system, clock, ARM, 9, 5000000 * (i + 1), 0);
	rest(system, INT64_C(1000000000));
	ck_assert_uint_eq(heard.messages, 1);
	ck_assert_int_ge(heard.at_ns, heard.armed_ns + 5000000 * 30);
	finish(system);
}

static void
may_be_armed_in_its_own_handler(uint64_t seed)
{
	bsk_ref clock;
	bsk_system *system = begin(seed, &clock);

	heard.again = 50;
	order(system, clock, ARM, 4, 0, 0);
	rest(system, INT64_C(1000000000));
	ck_assert_uint_eq(heard.messages, 51);
	finish(system);
}

static void
the_farthest_times_are_far(uint64_t seed)
{
	bsk_ref clock;
	bsk_system *system = begin(seed, &clock);

	order(system, clock, ARM, 1, INT64_MAX, 0);
	order(system, clock, ARM, 2, INT64_MAX, INT64_MAX);
	order(system, clock, ARM, 3, 1000, INT64_MAX);
	order(system, clock, ARM, 4, -7, -7);
	rest(system, INT64_C(1000000000000));
	ck_assert_uint_eq(heard.messages, 2); /* 3 and 4, once each */
	finish(system);
}

/* Held, and put back: it is as if it came then. */
static void
what_is_put_back_comes_again(uint64_t seed)
{
	bsk_ref clock;
	bsk_system *system = begin(seed, &clock);

	heard.stashes = true;
	order(system, clock, ARM, 6, 1000, 0);
	rest(system, INT64_C(1000000));
	ck_assert_uint_eq(heard.messages, 0);
	order(system, clock, STASH, 0, 0, 0);
	rest(system, INT64_C(1000000));
	ck_assert_uint_eq(heard.messages, 1);
	ck_assert_uint_eq(heard.last, 6);
	finish(system);
}

#define UNDER_SEEDS(claim) \
	START_TEST(test_##claim) \
	{ \
		seeds_walk(claim); \
	} \
	END_TEST

UNDER_SEEDS(comes_once_and_never_early)
UNDER_SEEDS(no_period_is_lost)
UNDER_SEEDS(what_is_disarmed_or_moved_does_not_come)
UNDER_SEEDS(may_be_armed_in_its_own_handler)
UNDER_SEEDS(the_farthest_times_are_far)
UNDER_SEEDS(what_is_put_back_comes_again)

static Suite *
timers_suite(void)
{
	Suite *suite = suite_create("timers");

#define ADD(claim) seeds_add(suite, #claim, test_##claim)
	ADD(comes_once_and_never_early);
	ADD(no_period_is_lost);
	ADD(what_is_disarmed_or_moved_does_not_come);
	ADD(may_be_armed_in_its_own_handler);
	ADD(the_farthest_times_are_far);
	ADD(what_is_put_back_comes_again);
	return suite;
}

int
main(void)
{
	return harness_main(timers_suite);
}
