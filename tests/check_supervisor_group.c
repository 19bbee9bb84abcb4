/* check_supervisor_group.c - who is restarted with whom, and in which order. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "seeds.h"
#include "supervised.h"

/* A supervisor with that strategy. */
static struct bsk_supervisor_config
of(int32_t strategy)
{
	struct bsk_supervisor_config config = lenient();

	config.strategy = strategy;
	return config;
}

/* --- the three strategies ------------------------------------------------- */

/* Children a, b, c, d of which one ends, and what is seen of it. */
struct row {
	int32_t strategy;
	const char *kinds; /* p, t or y: permanent, transient, temporary */
	char ends;         /* which */
	int32_t reason;    /* why */
	const char *story;
	const char *list;  /* what is listed afterwards */
};

#define ONE BSK_ONE_FOR_ONE
#define ALL BSK_ONE_FOR_ALL
#define REST BSK_REST_FOR_ONE

static const struct row rows[] = {
	{ ONE, "pppp", 'b', -EIO, "b! b1", "ar0 br1 cr0 dr0" },
	{ ONE, "pppp", 'b', 0, "b! b1", "ar0 br1 cr0 dr0" },
	{ ONE, "pttp", 'b', -EIO, "b! b1", "ar0 br1 cr0 dr0" },
	{ ONE, "pttp", 'b', 0, "b!", "ar0 b-0 cr0 dr0" },
	{ ONE, "pyyp", 'b', -EIO, "b!", "ar0 cr0 dr0" },
	{ ONE, "pyyp", 'b', 0, "b!", "ar0 cr0 dr0" },
	{ ALL, "pppp", 'b', -EIO, "b! d? d! c? c! a? a! a1 b1 c1 d1",
	    "ar1 br1 cr1 dr1" },
	{ ALL, "pppp", 'a', 0, "a! d? d! c? c! b? b! a1 b1 c1 d1",
	    "ar1 br1 cr1 dr1" },
	{ ALL, "pppp", 'd', -EIO, "d! c? c! b? b! a? a! a1 b1 c1 d1",
	    "ar1 br1 cr1 dr1" },
	{ ALL, "tptp", 'b', -EIO, "b! d? d! c? c! a? a! a1 b1 c1 d1",
	    "ar1 br1 cr1 dr1" },
	{ ALL, "ptpp", 'b', 0, "b!", "ar0 b-0 cr0 dr0" },
	{ ALL, "ypyp", 'b', -EIO, "b! d? d! c? c! a? a! b1 d1", "br1 dr1" },
	{ ALL, "ypyp", 'a', -EIO, "a!", "br0 cr0 dr0" },
	{ REST, "pppp", 'a', -EIO, "a! d? d! c? c! b? b! a1 b1 c1 d1",
	    "ar1 br1 cr1 dr1" },
	{ REST, "pppp", 'b', -EIO, "b! d? d! c? c! b1 c1 d1",
	    "ar0 br1 cr1 dr1" },
	{ REST, "pppp", 'd', -EIO, "d! d1", "ar0 br0 cr0 dr1" },
	{ REST, "yptp", 'b', 0, "b! d? d! c? c! b1 c1 d1",
	    "ar0 br1 cr1 dr1" },
	{ REST, "ppyt", 'b', -EIO, "b! d? d! c? c! b1 d1",
	    "ar0 br1 dr1" },
	{ REST, "pyyp", 'b', -EIO, "b!", "ar0 cr0 dr0" },
};

static int32_t
kind_of(char letter)
{
	return letter == 'p' ? BSK_PERMANENT :
	    letter == 't' ? BSK_TRANSIENT : BSK_TEMPORARY;
}

static void
play(const struct row *row, uint64_t seed)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	const char ends[2] = { row->ends, '\0' };
	struct bsk_supervisor_config config = of(row->strategy);
	struct bsk_child_start *children_;
	unsigned i;

	config.children = bsk_list_new(sizeof(*children_), 4);
	children_ = config.children.items;
	for (i = 0; i < 4; i++)
		children_[i] = spec(names[i], kind_of(row->kinds[i]),
		    (struct child_config){ .slow_ns = 0 });
	world_begin(seed, config);
	run_until(10);
	ck_assert_str_eq(story, "a0 b0 c0 d0");
	story[0] = '\0';
	tell(ends, row->reason, 0);
	run_until(20);
	ck_assert_msg(strcmp(story, row->story) == 0,
	    "%s, %c ends: \"%s\" instead of \"%s\"", row->kinds, row->ends,
	    story, row->story);
	ck_assert_str_eq(listed(), row->list);
	world_end();
}

static void
plays(uint64_t seed)
{
	size_t count = sizeof(rows) / sizeof(rows[0]);

	play(&rows[seed % count], seed);
	play(&rows[(seed + 7) % count], seed);
}

START_TEST(each_strategy_stops_in_reverse_and_starts_in_order)
{
	seeds_walk(plays);
}
END_TEST

/* --- grace, and the mailbox ----------------------------------------------- */

static void
outlives_grace(uint64_t seed)
{
	bsk_ref before;
	bsk_ref after;

	world_begin(seed, of(ALL));
	start("a", BSK_PERMANENT);
	start_as("b", BSK_PERMANENT,
	    (struct child_config){ .is_stubborn = true });
	run_until(10);
	story[0] = '\0';
	ck_assert_int_eq(bsk_system_find(sim, "b", &before), 0);
	tell("a", -EIO, 0);
	run_until(50);
	ck_assert_str_eq(story, "a! b?");
	tell("b", 1, 7); /* is handled by who drains, or by who comes after */
	run_until(100);
	ck_assert_str_eq(story, "a! b? b=7 b! a1 b1");
	ck_assert_int_eq(bsk_system_find(sim, "b", &after), 0);
	ck_assert(bsk_ref_equal(before, after));
	ck_assert_ptr_nonnull(strstr(written,
	    "warning b did not stop within 50 ms and is killed\n"));
	ck_assert_str_eq(listed(), "ar1 br1");
	world_end();
}

START_TEST(who_outlives_its_grace_is_killed_and_restarted_with_the_group)
{
	seeds_walk(outlives_grace);
}
END_TEST

static void
mailboxes(uint64_t seed)
{
	struct bsk_child_start dropping = spec("b", BSK_PERMANENT,
	    (struct child_config){ .slow_ns = MS });
	const char *first;
	uint32_t i;

	dropping.mailbox = BSK_MAILBOX_DROP;
	world_begin(seed, of(ALL));
	start("a", BSK_PERMANENT);
	start_spec(dropping);
	run_until(10);
	story[0] = '\0';
	tell("a", -EIO, 0);
	for (i = 1; i <= 2; i++)
		tell("a", 1, i);
	tell("b", -EIO, 0);
	for (i = 1; i <= 2; i++)
		tell("b", 1, i);
	run_until(50);
	first = strstr(story, "a=1");
	ck_assert_ptr_nonnull(strstr(story, "a1"));
	ck_assert(first != NULL && strstr(first, "a=2") != NULL);
	ck_assert_ptr_null(strstr(story, "b="));
	world_end();
}

START_TEST(each_mailbox_is_kept_or_dropped_as_its_spec_says)
{
	seeds_walk(mailboxes);
}
END_TEST

static void
redelivers(uint64_t seed)
{
	struct bsk_child_start twice = spec("a", BSK_PERMANENT,
	    (struct child_config){ .slow_ns = 0 });

	twice.redeliver = true;
	twice.poison = 2;
	world_begin(seed, of(ONE));
	start_spec(twice);
	run_until(10);
	tell("a", -EIO, 42);
	tell("a", 1, 7);
	run_until(50);
	ck_assert_str_eq(story, "a0 a! a1 a! a2 a=7");
	ck_assert_ptr_nonnull(strstr(written, "actor a (child) failed on end: "
	    "Input/output error; it is not tried again: {\"reason\":-5,"
	    "\"number\":42}"));
	world_end();
}

START_TEST(poison_is_tried_as_often_as_the_spec_says_and_then_logged)
{
	seeds_walk(redelivers);
}
END_TEST

/* --- failing while the group is being restarted --------------------------- */

static void
anew(uint64_t seed)
{
	struct bsk_supervisor_config config = of(ALL);

	config.restarts = 3;
	world_begin(seed, config);
	start("a", BSK_PERMANENT);
	start_as("b", BSK_PERMANENT, (struct child_config){ .stillborn = 3 });
	start("c", BSK_PERMANENT);
	run_until(100);
	/* Three failures: a restart each, of all. */
	ck_assert_ptr_nonnull(strstr(story, "b2 b! a? a! a3 b3 c"));
	ck_assert_uint_eq(list(0)->restarts, 3);
	tell("c", -EIO, 0); /* one more than is allowed */
	run_until(200);
	ck_assert_uint_eq(children(), 0);
	ck_assert_ptr_nonnull(strstr(written, "gives up on c"));
	world_end();
}

START_TEST(who_fails_while_all_are_restarted_counts_and_begins_it_anew)
{
	seeds_walk(anew);
}
END_TEST

static void
two_at_once(uint64_t seed)
{
	world_begin(seed, of(ALL));
	start("a", BSK_PERMANENT);
	start("b", BSK_PERMANENT);
	start("c", BSK_PERMANENT);
	run_until(10);
	tell("b", -EIO, 0);
	tell("c", -EPIPE, 0);
	run_until(100);
	ck_assert_uint_eq(children(), 3);
	ck_assert_ptr_null(strstr(story, "a2 b"));
	ck_assert_uint_eq(list(0)->restarts, 1);
	world_end();
}

START_TEST(two_that_fail_at_once_are_one_restart)
{
	seeds_walk(two_at_once);
}
END_TEST

/* Another one, before it in the order, fails while those after it are being
 * restarted: the group grows. */
static void
grows(uint64_t seed)
{
	struct bsk_supervisor_config config = of(REST);

	config.backoff_first_ns = config.backoff_max_ns = 20 * MS;
	world_begin(seed, config);
	start("a", BSK_PERMANENT);
	start("b", BSK_PERMANENT);
	start("c", BSK_PERMANENT);
	run_until(10);
	story[0] = '\0';
	tell("c", -EIO, 0);
	run_until(20);
	tell("b", -EIO, 0);
	run_until(35); /* the first delay would be over */
	ck_assert_str_eq(story, "c! b!");
	run_until(60);
	ck_assert_str_eq(story, "c! b! b1 c1");
	ck_assert_str_eq(listed(), "ar0 br1 cr1");
	world_end();
}

START_TEST(a_group_grows_when_an_older_one_fails)
{
	seeds_walk(grows);
}
END_TEST

static void
waits(uint64_t seed)
{
	struct bsk_supervisor_config config = of(ALL);

	config.backoff_first_ns = config.backoff_max_ns = 100 * MS;
	world_begin(seed, config);
	start("a", BSK_PERMANENT);
	start("b", BSK_PERMANENT);
	run_until(10);
	tell("a", -EIO, 0);
	run_until(50);
	ck_assert_str_eq(listed(), "a~0 b~0");
	start("c", BSK_PERMANENT); /* waits until the others are up */
	stop("b");                 /* does not wait */
	run_until(60);
	ck_assert_int_eq(last_error(), 0);
	ck_assert_str_eq(listed(), "a~0 b-0");
	ck_assert_uint_eq(probe_count(&told, &bsk_child_started_type), 2);
	run_until(200);
	ck_assert_str_eq(listed(), "ar1 b-0 cr0");
	ck_assert_uint_eq(probe_count(&told, &bsk_child_started_type), 3);
	world_end();
}

START_TEST(starts_wait_for_a_group_and_stops_do_not)
{
	seeds_walk(waits);
}
END_TEST

static void
brings_back(uint64_t seed)
{
	world_begin(seed, of(ALL));
	start("a", BSK_PERMANENT);
	start("b", BSK_TRANSIENT);
	start("c", BSK_PERMANENT);
	run_until(10);
	tell("b", 0, 0);
	stop("c");
	run_until(20);
	ck_assert_str_eq(listed(), "ar0 b-0 c-0");
	tell("a", -EIO, 0);
	run_until(50);
	ck_assert_str_eq(listed(), "ar1 br1 cr1");
	world_end();
}

START_TEST(a_group_brings_back_who_was_stopped)
{
	seeds_walk(brings_back);
}
END_TEST

/* The supervisor may be asked to stop, or be killed, at any moment of it. */
static void
any_moment(uint64_t seed)
{
	struct bsk_supervisor_config config = of(seed % 2 == 0 ? ALL : REST);

	config.backoff_first_ns = config.backoff_max_ns = 2 * MS;
	world_begin(seed, config);
	start_as("a", BSK_PERMANENT, (struct child_config){ .slow_ns = MS });
	start_as("b", BSK_PERMANENT, (struct child_config){ .stillborn = 2 });
	start_as("c", BSK_TEMPORARY, (struct child_config){ .slow_ns = MS });
	start("d", BSK_TRANSIENT);
	ck_assert_int_eq(bsk_sim_run(sim, (int64_t)(seed * 60000)), 0);
	if (seed % 3 == 0)
		probe_kill(sim, boss, supervisor);
	else
		probe_stop(sim, boss, supervisor);
	run_until(500);
	ck_assert_uint_eq(children(), 0);
	ck_assert(!is_there("a") && !is_there("b") && !is_there("c"));
	world_end();
}

START_TEST(nobody_is_left_whenever_the_supervisor_ends)
{
	seeds_walk(any_moment);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("supervisor_group");
	SRunner *runner = srunner_create(suite);
	int failures;

#define ADD(claim) seeds_add(suite, #claim, claim)
	ADD(each_strategy_stops_in_reverse_and_starts_in_order);
	ADD(who_outlives_its_grace_is_killed_and_restarted_with_the_group);
	ADD(each_mailbox_is_kept_or_dropped_as_its_spec_says);
	ADD(poison_is_tried_as_often_as_the_spec_says_and_then_logged);
	ADD(who_fails_while_all_are_restarted_counts_and_begins_it_anew);
	ADD(two_that_fail_at_once_are_one_restart);
	ADD(a_group_grows_when_an_older_one_fails);
	ADD(starts_wait_for_a_group_and_stops_do_not);
	ADD(a_group_brings_back_who_was_stopped);
	ADD(nobody_is_left_whenever_the_supervisor_ends);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
