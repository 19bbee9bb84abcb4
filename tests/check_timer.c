/* check_timer.c - the timer tells who asked, in time, as often as asked. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include <buskin/inspect.h>
#include <buskin/sim.h>
#include <buskin/timer.h>

#include "probe.h"
#include "seeds.h"

#define MS INT64_C(1000000)

/* A simulated system with a timer and two probes, who keep what they hear. */
static bsk_system *sim;
static bsk_ref timer;
static bsk_ref ann;
static bsk_ref ben;
static struct probe_log by_ann;
static struct probe_log by_ben;

static void
begin(uint64_t seed)
{
	ck_assert_int_eq(bsk_sim_create(NULL, seed, &sim), 0);
	ck_assert_int_eq(bsk_system_spawn(sim, &bsk_timer_class, NULL, NULL,
	    &timer), 0);
	probe_log_init(&by_ann);
	probe_log_init(&by_ben);
	ann = probe_spawn(sim, &by_ann, NULL);
	ben = probe_spawn(sim, &by_ben, NULL);
}

static void
end(void)
{
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim) + 60000 * MS), 1);
	ck_assert_uint_eq(bsk_system_messages(sim), 0);
	bsk_system_destroy(sim);
	probe_log_release(&by_ann);
	probe_log_release(&by_ben);
}

static void
run_until(int64_t now_ms)
{
	ck_assert_int_eq(bsk_sim_run(sim, now_ms * MS), 0);
}

static void
set(bsk_ref setter, uint64_t id, int64_t after_ms, int64_t every_ms)
{
	probe_tell(sim, setter, timer, BSK_PARCEL(bsk_timer_set, .id = id,
	    .after_ns = after_ms * MS, .every_ns = every_ms * MS));
}

static void
cancel(bsk_ref setter, uint64_t id)
{
	probe_tell(sim, setter, timer,
	    BSK_PARCEL(bsk_timer_cancel, .id = id));
}

static const struct bsk_timer_fired *
fired(struct probe_log *log, unsigned index)
{
	return probe_heard(log, index, &bsk_timer_fired_type);
}

static int32_t
last_result(struct probe_log *log)
{
	const struct bsk_result *result = probe_last(log, &bsk_result_type);

	ck_assert_ptr_nonnull(result);
	return result->error;
}

/* Never early, and late by no more than the runtime's timers are coarse. */
static void
is_due(int64_t due_ns, int64_t now_ns)
{
	ck_assert_int_ge(now_ns, due_ns);
	ck_assert_int_lt(now_ns, due_ns + MS / 10);
}

/* --- once --------------------------------------------------------------- */

static void
once(uint64_t seed)
{
	begin(seed);
	set(ann, 7, 5, 0);
	run_until(4);
	ck_assert_uint_eq(by_ann.count, 0);
	run_until(1000);
	ck_assert_uint_eq(by_ann.count, 1);
	ck_assert_uint_eq(fired(&by_ann, 0)->id, 7);
	ck_assert_uint_eq(fired(&by_ann, 0)->count, 1);
	is_due(5 * MS, by_ann.records[0].now_ns);
	is_due(5 * MS, 5 * MS + fired(&by_ann, 0)->late_ns);
	ck_assert_uint_eq(by_ben.count, 0);
	end();
}

START_TEST(a_timer_for_once_fires_once_and_not_early)
{
	seeds_walk(once);
}
END_TEST

static void
at_once(uint64_t seed)
{
	begin(seed);
	set(ann, 1, 0, 0);
	run_until(0);
	ck_assert_uint_eq(by_ann.count, 1);
	end();
}

START_TEST(a_timer_for_now_fires_now)
{
	seeds_walk(at_once);
}
END_TEST

/* --- periods ------------------------------------------------------------ */

static void
periods(uint64_t seed)
{
	unsigned i;

	begin(seed);
	set(ann, 1, 5, 10);
	run_until(4);
	ck_assert_uint_eq(by_ann.count, 0);
	run_until(96);
	ck_assert_uint_eq(by_ann.count, 10);
	for (i = 0; i < 10; i++) {
		ck_assert_uint_eq(fired(&by_ann, i)->count, 1);
		is_due((5 + 10 * i) * MS, by_ann.records[i].now_ns);
	}
	end();
}

START_TEST(a_periodic_timer_fires_each_period_without_drift)
{
	seeds_walk(periods);
}
END_TEST

/* --- again, and cancelled ----------------------------------------------- */

static void
moved(uint64_t seed)
{
	begin(seed);
	set(ann, 1, 5, 0);
	set(ann, 1, 20, 0);
	run_until(19);
	ck_assert_uint_eq(by_ann.count, 0);
	run_until(100);
	ck_assert_uint_eq(by_ann.count, 1);
	end();
}

START_TEST(a_timer_that_is_set_again_is_moved)
{
	seeds_walk(moved);
}
END_TEST

static void
cancelled(uint64_t seed)
{
	begin(seed);
	set(ann, 1, 5, 5);
	set(ann, 2, 5, 0);
	cancel(ann, 1);
	cancel(ann, 2);
	run_until(100);
	ck_assert_uint_eq(by_ann.count, 0);
	set(ann, 1, 5, 5);
	run_until(107);
	ck_assert_uint_eq(by_ann.count, 1);
	cancel(ann, 1);
	run_until(1000);
	ck_assert_uint_eq(by_ann.count, 1);
	end();
}

START_TEST(a_cancelled_timer_does_not_fire)
{
	seeds_walk(cancelled);
}
END_TEST

/* --- answers ------------------------------------------------------------ */

static void
answers(uint64_t seed)
{
	const struct bsk_result *result;

	begin(seed);
	probe_ask(sim, ann, timer, BSK_PARCEL(bsk_timer_set, .id = 1,
	    .after_ns = 50 * MS));
	run_until(1);
	ck_assert_int_eq(last_result(&by_ann), 0);
	probe_ask(sim, ann, timer, BSK_PARCEL(bsk_timer_cancel, .id = 1));
	run_until(2);
	ck_assert_int_eq(last_result(&by_ann), 0);
	probe_ask(sim, ann, timer, BSK_PARCEL(bsk_timer_cancel, .id = 1));
	run_until(3);
	ck_assert_int_eq(last_result(&by_ann), -ENOENT);
	probe_ask(sim, ann, timer, BSK_PARCEL(bsk_timer_set, .id = 1,
	    .after_ns = -1));
	run_until(4);
	ck_assert_int_eq(last_result(&by_ann), -EINVAL);
	probe_ask(sim, ann, timer, BSK_PARCEL(bsk_timer_set, .id = 1,
	    .every_ns = -1));
	run_until(100);
	result = probe_last(&by_ann, &bsk_result_type);
	ck_assert_int_eq(result->error, -EINVAL);
	ck_assert_str_eq(bsk_text_chars(result->field), "every_ns");
	ck_assert_uint_eq(by_ann.count, 5);
	end();
}

START_TEST(who_asks_is_answered_and_told_what_is_wrong)
{
	seeds_walk(answers);
}
END_TEST

static void
from_outside(uint64_t seed)
{
	begin(seed);
	ck_assert_int_eq(bsk_system_send(sim, timer,
	    BSK_NEW(bsk_timer_set, .id = 1)), 0);
	ck_assert_int_eq(bsk_system_send(sim, timer,
	    BSK_NEW(bsk_timer_cancel, .id = 1)), 0);
	set(ann, 1, 5, 0);
	run_until(100);
	ck_assert_uint_eq(by_ann.count, 1);
	end();
}

START_TEST(what_nobody_sets_does_no_harm)
{
	seeds_walk(from_outside);
}
END_TEST

/* --- many --------------------------------------------------------------- */

static void
two_setters(uint64_t seed)
{
	begin(seed);
	set(ann, 1, 5, 0);
	set(ben, 1, 10, 0);
	run_until(7);
	ck_assert_uint_eq(by_ann.count, 1);
	ck_assert_uint_eq(by_ben.count, 0);
	cancel(ann, 1);
	run_until(100);
	ck_assert_uint_eq(by_ann.count, 1);
	ck_assert_uint_eq(by_ben.count, 1);
	end();
}

START_TEST(two_setters_may_use_the_same_id)
{
	seeds_walk(two_setters);
}
END_TEST

static void
in_order(uint64_t seed)
{
	uint64_t id;

	begin(seed);
	for (id = 0; id < 50; id++)
		set(ann, id, 5, 0);
	run_until(100);
	ck_assert_uint_eq(by_ann.count, 50);
	for (id = 0; id < 50; id++)
		ck_assert_uint_eq(fired(&by_ann, (unsigned)id)->id, id);
	end();
}

START_TEST(those_due_together_fire_in_the_order_they_were_set)
{
	seeds_walk(in_order);
}
END_TEST

/* A deadline for each id, moved and cancelled at random; what fires must be
 * just what is left, each at its time. */
static void
as_the_model(uint64_t seed)
{
	int64_t due_ms[40] = { 0 };
	unsigned left = 0;
	unsigned i;
	uint64_t id;

	begin(seed);
	srandom((unsigned)seed);
	for (i = 0; i < 200; i++) {
		id = (uint64_t)random() % 40;
		due_ms[id] = random() % 3 == 0 ? 0 : 1 + random() % 500;
		if (due_ms[id] == 0)
			cancel(ann, id);
		else
			set(ann, id, due_ms[id], 0);
	}
	run_until(1000);
	for (id = 0; id < 40; id++)
		left += due_ms[id] > 0;
	ck_assert_uint_eq(by_ann.count, left);
	for (i = 0; i < left; i++) {
		id = fired(&by_ann, i)->id;
		is_due(due_ms[id] * MS, by_ann.records[i].now_ns);
		due_ms[id] = INT64_MAX / MS; /* not again */
	}
	end();
}

START_TEST(any_mixture_fires_as_a_simple_model_says)
{
	seeds_walk(as_the_model);
}
END_TEST

/* --- a setter's end ----------------------------------------------------- */

static uint64_t
dead_letters(void)
{
	struct bsk_system_info info;

	bsk_inspect_system(sim, &info);
	return info.ends[BSK_END_DEAD];
}

static void
setter_ends(uint64_t seed)
{
	uint64_t before;
	uint64_t id;

	begin(seed);
	for (id = 0; id < 30; id++) {
		set(ann, id, 50, 10);
		set(ben, id, 50, 0);
	}
	run_until(5);
	probe_stop(sim, ann, ann);
	run_until(10);
	before = dead_letters();
	run_until(1000);
	ck_assert_uint_eq(dead_letters(), before);
	ck_assert_uint_eq(by_ann.count, 0);
	ck_assert_uint_eq(by_ben.count, 30);
	end();
}

START_TEST(a_setters_timers_go_with_it)
{
	seeds_walk(setter_ends);
}
END_TEST

/* --- on a wire ---------------------------------------------------------- */

static void
on_a_wire(uint64_t seed)
{
	struct bsk_wire wire = { .port = bsk_text_copy("fired") };
	const struct bsk_spawn_options options = { .wires = &wire,
	    .wire_count = 1 };
	bsk_ref ticker;
	unsigned i;

	begin(seed);
	wire.to = ann;
	ck_assert_int_eq(bsk_system_spawn(sim, &bsk_timer_class,
	    BSK_PARCEL(bsk_timer_config, .every_ns = 10 * MS), &options,
	    &ticker), 0);
	run_until(55);
	ck_assert_uint_eq(by_ann.count, 5);
	for (i = 0; i < 5; i++) {
		ck_assert_uint_eq(fired(&by_ann, i)->id, 0);
		ck_assert_uint_eq(fired(&by_ann, i)->count, 1);
	}
	end();
	bsk_text_drop(&wire.port);
}

START_TEST(with_every_it_ticks_on_its_port)
{
	seeds_walk(on_a_wire);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("timer");
	SRunner *runner = srunner_create(suite);
	int failures;

	seeds_add(suite, "once", a_timer_for_once_fires_once_and_not_early);
	seeds_add(suite, "now", a_timer_for_now_fires_now);
	seeds_add(suite, "periods",
	    a_periodic_timer_fires_each_period_without_drift);
	seeds_add(suite, "moved", a_timer_that_is_set_again_is_moved);
	seeds_add(suite, "cancelled", a_cancelled_timer_does_not_fire);
	seeds_add(suite, "answers",
	    who_asks_is_answered_and_told_what_is_wrong);
	seeds_add(suite, "outside", what_nobody_sets_does_no_harm);
	seeds_add(suite, "setters", two_setters_may_use_the_same_id);
	seeds_add(suite, "order",
	    those_due_together_fire_in_the_order_they_were_set);
	seeds_add(suite, "model", any_mixture_fires_as_a_simple_model_says);
	seeds_add(suite, "ends", a_setters_timers_go_with_it);
	seeds_add(suite, "wire", with_every_it_ticks_on_its_port);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
