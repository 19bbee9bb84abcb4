/* check_supervisor_stop.c - children are stopped as asked, and none is left
 * behind.
 */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "seeds.h"
#include "supervised.h"

/* --- giving up ---------------------------------------------------------- */

static void
gives_up(uint64_t seed)
{
	const struct bsk_down *down;

	world_begin(seed, (struct bsk_supervisor_config){ .restarts = 3,
	    .within_ns = 1000 * MS });
	probe_monitor(sim, boss, supervisor);
	start("a", BSK_PERMANENT);
	start_as("b", BSK_PERMANENT, (struct child_config){ .stillborn = 99 });
	start("c", BSK_PERMANENT);
	run_until(500);
	down = probe_last(&told, &bsk_down_type);
	ck_assert_ptr_nonnull(down);
	ck_assert_int_eq(down->reason, -ELOOP);
	ck_assert_uint_eq(children(), 0);
	ck_assert_ptr_nonnull(strstr(story, "b3 b!"));
	ck_assert_ptr_null(strstr(story, "b4"));
	ck_assert_ptr_nonnull(strstr(story, "c? c! a? a!"));
	ck_assert_ptr_nonnull(strstr(written,
	    "error gives up on b: more than 3 restarts within 1000 ms\n"));
	world_end();
}

START_TEST(too_many_restarts_in_the_time_end_it_and_its_children)
{
	seeds_walk(gives_up);
}
END_TEST

/* The delays it may have had would be of 100, 200 and 400 ms; the next, of
 * 800, it does not wait for. */
static void
gives_up_at_once(uint64_t seed)
{
	world_begin(seed, (struct bsk_supervisor_config){ .restarts = 3,
	    .within_ns = 10000 * MS, .backoff_first_ns = 100 * MS,
	    .backoff_max_ns = 10000 * MS });
	probe_monitor(sim, boss, supervisor);
	start_as("a", BSK_PERMANENT, (struct child_config){ .stillborn = 99 });
	run_until(710);
	ck_assert_str_eq(story, "a0 a! a1 a! a2 a! a3 a!");
	ck_assert_ptr_nonnull(probe_last(&told, &bsk_down_type));
	world_end();
}

START_TEST(one_restart_too_many_is_not_waited_for)
{
	seeds_walk(gives_up_at_once);
}
END_TEST

static void
bears(uint64_t seed)
{
	int64_t now_ms;

	world_begin(seed, (struct bsk_supervisor_config){ .restarts = 3,
	    .within_ns = 1000 * MS });
	start("a", BSK_PERMANENT);
	run_until(10);
	for (now_ms = 500; now_ms < 20000; now_ms += 340) {
		tell("a", -EIO, 0);
		run_until(now_ms);
	}
	ck_assert(is_there("a"));
	world_end();
}

START_TEST(as_many_as_allowed_for_ever_are_borne)
{
	seeds_walk(bears);
}
END_TEST

/* --- stopping ----------------------------------------------------------- */

static void
in_reverse(uint64_t seed)
{
	world_begin(seed, lenient());
	start_as("a", BSK_PERMANENT, (struct child_config){ .slow_ns = MS });
	start_as("b", BSK_PERMANENT,
	    (struct child_config){ .slow_ns = 20 * MS });
	start("c", BSK_PERMANENT);
	run_until(10);
	story[0] = '\0';
	probe_monitor(sim, boss, supervisor);
	probe_stop(sim, boss, supervisor);
	run_until(200);
	ck_assert_str_eq(story, "c? c! b? b! a? a!");
	ck_assert_int_eq(((const struct bsk_down *)probe_last(&told,
	    &bsk_down_type))->reason, 0);
	world_end();
}

START_TEST(when_it_stops_its_children_stop_before_last_first)
{
	seeds_walk(in_reverse);
}
END_TEST

static void
graceless(uint64_t seed)
{
	world_begin(seed, lenient());
	start("a", BSK_PERMANENT);
	start_as("b", BSK_PERMANENT,
	    (struct child_config){ .is_stubborn = true });
	run_until(10);
	story[0] = '\0';
	probe_stop(sim, boss, supervisor);
	run_until(59);
	ck_assert_str_eq(story, "b?");
	run_until(200);
	ck_assert_str_eq(story, "b? b! a? a!");
	ck_assert_uint_eq(children(), 0);
	world_end();
}

START_TEST(who_does_not_stop_in_its_grace_is_killed)
{
	seeds_walk(graceless);
}
END_TEST

static void
stops_one(uint64_t seed)
{
	world_begin(seed, lenient());
	start("a", BSK_PERMANENT);
	start_as("b", BSK_PERMANENT,
	    (struct child_config){ .slow_ns = 20 * MS });
	run_until(10);
	stop("b");
	stop("b");
	run_until(25);
	ck_assert_uint_eq(probe_count(&told, &bsk_result_type), 0);
	run_until(100);
	ck_assert_uint_eq(probe_count(&told, &bsk_result_type), 2);
	ck_assert_int_eq(last_error(), 0);
	ck_assert(is_there("a") && !is_there("b"));
	stop("b"); /* has been: so it is */
	run_until(200);
	ck_assert_uint_eq(probe_count(&told, &bsk_result_type), 3);
	ck_assert_int_eq(last_error(), 0);
	stop("c");
	run_until(300);
	ck_assert_int_eq(last_error(), -ENOENT);
	world_end();
}

START_TEST(a_child_is_stopped_and_all_who_asked_are_told_when_it_has_ended)
{
	seeds_walk(stops_one);
}
END_TEST

static void
stops_delayed(uint64_t seed)
{
	world_begin(seed, (struct bsk_supervisor_config){ .restarts = 3,
	    .within_ns = 1000 * MS, .backoff_first_ns = 500 * MS });
	start("a", BSK_PERMANENT);
	run_until(10);
	tell("a", -EIO, 0);
	run_until(20);
	stop("a");
	run_until(2000);
	ck_assert_int_eq(last_error(), 0);
	ck_assert_str_eq(story, "a0 a!");
	ck_assert_uint_eq(children(), 0);
	world_end();
}

START_TEST(a_child_that_waits_for_its_restart_can_be_stopped)
{
	seeds_walk(stops_delayed);
}
END_TEST

/* Whatever happens while it stops: nobody is restarted, nobody stays. */
static void
dies_meanwhile(uint64_t seed)
{
	static const char *const names[] = { "a", "b", "c" };
	const char *unlucky = names[seed % 3];

	world_begin(seed, lenient());
	start_as("a", BSK_PERMANENT, (struct child_config){ .slow_ns = MS });
	start_as("b", BSK_PERMANENT, (struct child_config){ .slow_ns = MS });
	start_as("c", BSK_PERMANENT, (struct child_config){ .slow_ns = MS });
	run_until(10);
	probe_monitor(sim, boss, supervisor);
	probe_stop(sim, boss, supervisor);
	tell(unlucky, -EIO, 0);
	start("d", BSK_PERMANENT);
	run_until(500);
	ck_assert_uint_eq(children(), 0);
	ck_assert_uint_eq(probe_count(&told, &bsk_down_type), 1);
	ck_assert_ptr_null(strstr(story, "1"));
	world_end();
}

START_TEST(who_dies_while_it_stops_is_not_restarted)
{
	seeds_walk(dies_meanwhile);
}
END_TEST

static void
is_killed(uint64_t seed)
{
	world_begin(seed, lenient());
	start("a", BSK_PERMANENT);
	start_as("b", BSK_PERMANENT, (struct child_config){ .stillborn = 99 });
	start("c", BSK_PERMANENT);
	probe_kill(sim, boss, supervisor);
	run_until((int64_t)(seed % 7));
	run_until(500);
	ck_assert_uint_eq(children(), 0);
	ck_assert(!is_there("a") && !is_there("b") && !is_there("c"));
	world_end();
}

START_TEST(when_it_is_killed_no_child_is_left)
{
	seeds_walk(is_killed);
}
END_TEST

static void
child_killed(uint64_t seed)
{
	bsk_ref child;
	bsk_ref after;

	world_begin(seed, lenient());
	start("a", BSK_PERMANENT);
	run_until(10);
	ck_assert_int_eq(bsk_system_find(sim, "a", &child), 0);
	probe_kill(sim, boss, child);
	run_until(500);
	ck_assert_str_eq(story, "a0 a! a1");
	ck_assert_ptr_nonnull(strstr(written,
	    "a ended: Operation canceled; restart 1 in 0 ms\n"));
	ck_assert_int_eq(bsk_system_find(sim, "a", &after), 0);
	ck_assert(bsk_ref_equal(child, after));
	world_end();
}

START_TEST(a_child_that_somebody_kills_is_restarted)
{
	seeds_walk(child_killed);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("supervisor_stop");
	SRunner *runner = srunner_create(suite);
	int failures;

	seeds_add(suite, "gives-up",
	    too_many_restarts_in_the_time_end_it_and_its_children);
	seeds_add(suite, "at-once", one_restart_too_many_is_not_waited_for);
	seeds_add(suite, "bears", as_many_as_allowed_for_ever_are_borne);
	seeds_add(suite, "reverse",
	    when_it_stops_its_children_stop_before_last_first);
	seeds_add(suite, "grace", who_does_not_stop_in_its_grace_is_killed);
	seeds_add(suite, "stop",
	    a_child_is_stopped_and_all_who_asked_are_told_when_it_has_ended);
	seeds_add(suite, "delayed",
	    a_child_that_waits_for_its_restart_can_be_stopped);
	seeds_add(suite, "meanwhile", who_dies_while_it_stops_is_not_restarted);
	seeds_add(suite, "killed", when_it_is_killed_no_child_is_left);
	seeds_add(suite, "child-killed",
	    a_child_that_somebody_kills_is_restarted);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
