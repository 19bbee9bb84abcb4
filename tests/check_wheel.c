/* check_wheel.c - the wheel of timers, against a list that is searched. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "wheel.h"

#define TIMERS 400u
#define STEPS 40000u
#define TICK_NS ((int64_t)1 << WHEEL_TICK_BITS)
#define YEAR_NS INT64_C(31556952000000000)

/* A timer, and what the model knows of it. */
struct entry {
	struct timer timer; /* first */
	bool is_armed;
	uint64_t serial;    /* when it was armed */
};

static struct wheel wheel;
static struct entry entries[TIMERS];
static uint64_t serials;
static uint64_t chance;

static uint64_t
draw(uint64_t below)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return chance % below;
}

static void
begin(int64_t now_ns)
{
	memset(entries, 0, sizeof(entries));
	wheel_init(&wheel, now_ns);
	chance = harness_seed() | 1;
}

static void
arm(struct entry *entry, int64_t due_ns)
{
	wheel_arm(&wheel, &entry->timer, due_ns);
	entry->is_armed = true;
	entry->serial = ++serials;
}

/* Near, far, at the edge of a wheel, in the past. */
static int64_t
draw_due(int64_t now_ns)
{
	switch (draw(6)) {
	case 0:
		return now_ns + (int64_t)draw(4 * TICK_NS);
	case 1:
		return now_ns + (int64_t)draw(1000) * TICK_NS;
	case 2:
		return now_ns + (int64_t)(UINT64_C(1) << draw(60));
	case 3:
		return now_ns - (int64_t)draw(1000000);
	case 4:
		return INT64_MAX - (int64_t)draw(3);
	default: /* many at one time */
		return (now_ns / 1000000 + 1 + (int64_t)draw(3)) * 1000000;
	}
}

static void
check_next(int64_t now_ns)
{
	int64_t first_ns = INT64_MAX;
	int64_t next_ns = wheel_next(&wheel);
	bool any = false;

	for (unsigned i = 0; i < TIMERS; i++)
		if (entries[i].is_armed) {
			any = true;
			if (entries[i].timer.due_ns < first_ns)
				first_ns = entries[i].timer.due_ns;
		}
	if (!any) {
		ck_assert(next_ns == INT64_MAX);
		return;
	}
	/* the tick after it at the latest; far ones stand at the end */
	if (first_ns > now_ns && first_ns < INT64_MAX / 4)
		ck_assert_int_lt(next_ns, first_ns + TICK_NS);
}

/* All that are due by a tick's beginning come, and no other. */
static void
take_due(int64_t now_ns)
{
	int64_t tick_ns = now_ns & ~(TICK_NS - 1);
	struct timer *timer;

	while ((timer = wheel_take_due(&wheel, now_ns)) != NULL) {
		struct entry *entry = (struct entry *)timer;

		ck_assert(entry->is_armed);
		ck_assert(!timer_is_armed(timer));
		ck_assert_int_le(timer->due_ns, now_ns);
		entry->is_armed = false;
	}
	for (unsigned i = 0; i < TIMERS; i++)
		if (entries[i].is_armed)
			ck_assert_int_gt(entries[i].timer.due_ns, tick_ns);
}

static int64_t
draw_pause(void)
{
	switch (draw(4)) {
	case 0:
		return (int64_t)draw(TICK_NS);
	case 1:
		return (int64_t)draw(1000000);
	case 2:
		return (int64_t)(UINT64_C(1) << draw(44));
	default:
		return 0;
	}
}

START_TEST(agrees_with_a_plain_list)
{
	int64_t now_ns = 123456789;

	begin(now_ns);
	for (unsigned step = 0; step < STEPS; step++) {
		struct entry *entry = &entries[draw(TIMERS)];

		if (!entry->is_armed) {
			arm(entry, draw_due(now_ns));
		} else if (draw(3) == 0) {
			wheel_disarm(&wheel, &entry->timer);
			entry->is_armed = false;
		}
		ck_assert(timer_is_armed(&entry->timer) == entry->is_armed);
		if (step % 16 != 0)
			continue;
		check_next(now_ns);
		now_ns += draw_pause();
		take_due(now_ns);
	}
}
END_TEST

START_TEST(is_never_early_and_a_tick_late_at_most)
{
	begin(0);
	for (int64_t due_ns = 1; due_ns < INT64_C(1) << 50; due_ns *= 3) {
		arm(&entries[0], due_ns);
		ck_assert_ptr_null(wheel_take_due(&wheel, due_ns - 1));
		ck_assert_ptr_eq(wheel_take_due(&wheel,
		    due_ns + TICK_NS - 1), &entries[0].timer);
	}
}
END_TEST

/* Armed at different distances, so that they come from different wheels. */
START_TEST(the_same_time_fires_in_the_order_of_arming)
{
	const int64_t due_ns = INT64_C(7000000000);

	begin(0);
	for (unsigned i = 0; i < 60; i++) {
		int64_t now_ns = due_ns - (due_ns >> (i / 2));

		ck_assert_ptr_null(wheel_take_due(&wheel, now_ns));
		arm(&entries[i], due_ns);
	}
	for (unsigned i = 0; i < 60; i++)
		ck_assert_ptr_eq(wheel_take_due(&wheel, due_ns + TICK_NS),
		    &entries[i].timer);
	ck_assert_ptr_null(wheel_take_due(&wheel, due_ns + TICK_NS));
}
END_TEST

START_TEST(different_times_in_one_tick_fire_in_order)
{
	const unsigned count = 20;

	begin(0);
	for (unsigned i = 0; i < count; i++)
		arm(&entries[i], 10 * TICK_NS + (i * 7) % count);
	for (unsigned i = 0; i < count; i++) {
		struct timer *timer = wheel_take_due(&wheel, 12 * TICK_NS);

		ck_assert_ptr_nonnull(timer);
		ck_assert_int_eq(timer->due_ns, 10 * TICK_NS + i);
	}
}
END_TEST

/* "No limit" is the largest number there is; it must stand somewhere. */
START_TEST(the_farthest_time_can_be_armed_and_disarmed)
{
	begin(INT64_C(86400000000000));
	arm(&entries[0], INT64_MAX);
	arm(&entries[1], INT64_MAX - 1);
	arm(&entries[2], 140 * YEAR_NS);
	ck_assert_ptr_null(wheel_take_due(&wheel, 139 * YEAR_NS));
	ck_assert_ptr_eq(wheel_take_due(&wheel, 141 * YEAR_NS),
	    &entries[2].timer);
	wheel_disarm(&wheel, &entries[0].timer);
	wheel_disarm(&wheel, &entries[1].timer);
	ck_assert(wheel_next(&wheel) == INT64_MAX);
}
END_TEST

START_TEST(what_is_past_is_due_at_once)
{
	begin(50 * TICK_NS);
	arm(&entries[0], 3);
	arm(&entries[1], -5);
	ck_assert_ptr_eq(wheel_take_due(&wheel, 50 * TICK_NS),
	    &entries[1].timer);
	ck_assert_ptr_eq(wheel_take_due(&wheel, 50 * TICK_NS),
	    &entries[0].timer);
}
END_TEST

START_TEST(disarming_what_is_not_armed_does_nothing)
{
	begin(0);
	wheel_disarm(&wheel, &entries[0].timer);
	arm(&entries[1], 5);
	wheel_disarm(&wheel, &entries[1].timer);
	wheel_disarm(&wheel, &entries[1].timer);
	ck_assert(wheel_next(&wheel) == INT64_MAX);
	ck_assert_ptr_null(wheel_take_due(&wheel, YEAR_NS));
}
END_TEST

static Suite *
wheel_suite(void)
{
	Suite *suite = suite_create("wheel");
	TCase *tcase = harness_case("wheel");

	tcase_add_test(tcase, agrees_with_a_plain_list);
	tcase_add_test(tcase, is_never_early_and_a_tick_late_at_most);
	tcase_add_test(tcase, the_same_time_fires_in_the_order_of_arming);
	tcase_add_test(tcase, different_times_in_one_tick_fire_in_order);
	tcase_add_test(tcase, the_farthest_time_can_be_armed_and_disarmed);
	tcase_add_test(tcase, what_is_past_is_due_at_once);
	tcase_add_test(tcase, disarming_what_is_not_armed_does_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(wheel_suite);
}
