/* check_supervisor.c - children are started and restarted as asked. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "seeds.h"
#include "supervised.h"

/* --- starting ----------------------------------------------------------- */

static void
starts(uint64_t seed)
{
	const struct bsk_child_started *started;
	bsk_ref found;

	world_begin(seed, lenient());
	start("a", BSK_PERMANENT);
	start("b", BSK_PERMANENT);
	run_until(10);
	ck_assert_uint_eq(probe_count(&told, &bsk_child_started_type), 2);
	started = probe_last(&told, &bsk_child_started_type);
	ck_assert_int_eq(bsk_system_find(sim, "b", &found), 0);
	ck_assert(bsk_ref_equal(started->child, found));
	ck_assert_str_eq(written, "");
	world_end();
}

START_TEST(children_are_started_and_found_by_name)
{
	seeds_walk(starts);
}
END_TEST

static void
refuse_start(struct bsk_child_start start, int error, const char *field)
{
	const struct bsk_result *result;
	unsigned before = children();

	probe_ask(sim, boss, supervisor,
	    bsk_parcel_new(&bsk_child_start_type, &start));
	(void)bsk_sim_run(sim, bsk_sim_now(sim) + MS);
	result = probe_last(&told, &bsk_result_type);
	ck_assert_ptr_nonnull(result);
	ck_assert_int_eq(result->error, error);
	ck_assert_str_eq(bsk_text_chars(result->field), field);
	ck_assert_str_ne(bsk_text_chars(result->text), "");
	ck_assert_uint_eq(children(), before);
	probe_log_clear(&told);
}

#define START(name_, class_, ...) \
	(struct bsk_child_start){ .name = bsk_text_copy(name_), \
	    .class_name = bsk_text_copy(class_), __VA_ARGS__ }

static void
refuses(uint64_t seed)
{
	bsk_list wires;

	world_begin(seed, lenient());
	start("a", BSK_PERMANENT);
	run_until(10);
	probe_log_clear(&told);
	refuse_start(START("a", "child"), -EEXIST, "name");
	refuse_start(START("", "child"), -EINVAL, "name");
	refuse_start(START("b", "chidl"), -ENOENT, "class_name");
	refuse_start(START("b", "child", .restart = 3), -EINVAL, "restart");
	refuse_start(START("b", "child", .grace_ns = -1), -EINVAL,
	    "grace_ns");
	refuse_start(START("b", "child",
	    .config = BSK_PARCEL(probe_config)), -EINVAL, "config");
	wires = bsk_list_new(sizeof(struct bsk_wire), 1);
	((struct bsk_wire *)wires.items)->port = bsk_text_copy("nowhere");
	refuse_start(START("b", "child", .wires = wires), -EINVAL, "wires");
	world_end();
}

START_TEST(what_cannot_be_started_is_refused_with_the_field)
{
	seeds_walk(refuses);
}
END_TEST

/* --- restarting --------------------------------------------------------- */

static void
kinds(uint64_t seed)
{
	world_begin(seed, lenient());
	start("p", BSK_PERMANENT);
	start("t", BSK_TRANSIENT);
	start("y", BSK_TEMPORARY);
	run_until(10);
	story[0] = '\0';
	tell("p", 0, 0);
	run_until(20);
	ck_assert_str_eq(story, "p! p1");
	tell("p", -EIO, 0);
	run_until(30);
	ck_assert_str_eq(story, "p! p1 p! p2");
	story[0] = '\0';
	tell("t", -EIO, 0);
	run_until(40);
	ck_assert_str_eq(story, "t! t1");
	tell("t", 0, 0);
	run_until(50);
	ck_assert_str_eq(story, "t! t1 t!");
	ck_assert(!is_there("t"));
	tell("y", -EIO, 0);
	run_until(60);
	ck_assert_str_eq(story, "t! t1 t! y!");
	ck_assert(!is_there("y") && is_there("p"));
	world_end();
}

START_TEST(each_kind_is_restarted_when_it_should)
{
	seeds_walk(kinds);
}
END_TEST

static void
keeps_mail(uint64_t seed)
{
	bsk_ref before;
	bsk_ref after;
	uint32_t i;

	world_begin(seed, lenient());
	start("a", BSK_PERMANENT);
	run_until(10);
	ck_assert_int_eq(bsk_system_find(sim, "a", &before), 0);
	for (i = 1; i <= 4; i++)
		tell("a", i == 2 ? -EIO : 1, i);
	run_until(20);
	ck_assert_str_eq(story, "a0 a=1 a! a1 a=3 a=4");
	ck_assert_int_eq(bsk_system_find(sim, "a", &after), 0);
	ck_assert(bsk_ref_equal(before, after));
	world_end();
}

START_TEST(address_and_mailbox_are_kept)
{
	seeds_walk(keeps_mail);
}
END_TEST

static void
is_logged(uint64_t seed)
{
	world_begin(seed, (struct bsk_supervisor_config){ .restarts = 5,
	    .within_ns = 1000 * MS, .backoff_first_ns = 20 * MS });
	start("a", BSK_PERMANENT);
	run_until(10);
	tell("a", -EIO, 0);
	run_until(100);
	ck_assert_ptr_nonnull(strstr(written,
	    "warning a ended: Input/output error; restart 1 in 20 ms\n"));
	world_end();
}

START_TEST(each_restart_is_logged_with_reason_attempt_and_delay)
{
	seeds_walk(is_logged);
}
END_TEST

/* The shortest and the longest second delay under all the seeds. */
static int64_t shortest_ns = INT64_MAX;
static int64_t longest_ns;

static void
backs_off(uint64_t seed)
{
	static const int64_t base_ms[] = { 100, 200, 400, 400 };
	int64_t delay_ns;
	unsigned i;

	world_begin(seed, (struct bsk_supervisor_config){ .restarts = 100,
	    .within_ns = 10000 * MS, .backoff_first_ns = 100 * MS,
	    .backoff_max_ns = 400 * MS, .backoff_jitter = 0.5 });
	start_as("a", BSK_PERMANENT, (struct child_config){ .stillborn = 4 });
	run_until(2000);
	ck_assert_str_eq(story, "a0 a! a1 a! a2 a! a3 a! a4");
	for (i = 0; i < 4; i++) {
		delay_ns = life_ns[i + 1] - life_ns[i];
		ck_assert_int_ge(delay_ns, base_ms[i] * MS / 2);
		ck_assert_int_le(delay_ns, base_ms[i] * MS * 3 / 2 + MS / 10);
		if (i == 1 && delay_ns < shortest_ns)
			shortest_ns = delay_ns;
		if (i == 1 && delay_ns > longest_ns)
			longest_ns = delay_ns;
	}
	world_end();
}

START_TEST(delays_grow_and_vary_within_the_jitter)
{
	seeds_walk(backs_off);
	if (getenv("BUSKIN_SEED") == NULL) {
		ck_assert_int_lt(shortest_ns, 120 * MS);
		ck_assert_int_gt(longest_ns, 280 * MS);
	}
}
END_TEST

static void
forgives(uint64_t seed)
{
	world_begin(seed, (struct bsk_supervisor_config){ .restarts = 100,
	    .within_ns = 1000 * MS, .backoff_first_ns = 100 * MS,
	    .backoff_max_ns = 10000 * MS });
	start_as("a", BSK_PERMANENT, (struct child_config){ .stillborn = 3 });
	run_until(2000); /* delays of 100, 200 and 400 ms are behind it */
	ck_assert_str_eq(story, "a0 a! a1 a! a2 a! a3");
	tell("a", -EIO, 0);
	run_until(2099);
	ck_assert_str_eq(story, "a0 a! a1 a! a2 a! a3 a!");
	run_until(2101);
	ck_assert_str_eq(story, "a0 a! a1 a! a2 a! a3 a! a4");
	world_end();
}

START_TEST(after_a_long_life_the_delay_begins_anew)
{
	seeds_walk(forgives);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("supervisor");
	SRunner *runner = srunner_create(suite);
	int failures;

	seeds_add(suite, "starts", children_are_started_and_found_by_name);
	seeds_add(suite, "refuses",
	    what_cannot_be_started_is_refused_with_the_field);
	seeds_add(suite, "kinds", each_kind_is_restarted_when_it_should);
	seeds_add(suite, "keeps", address_and_mailbox_are_kept);
	seeds_add(suite, "logged",
	    each_restart_is_logged_with_reason_attempt_and_delay);
	seeds_add(suite, "backoff", delays_grow_and_vary_within_the_jitter);
	seeds_add(suite, "forgives", after_a_long_life_the_delay_begins_anew);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
