/* check_supervisor_significant.c - children whose end is their supervisor's. */
#include <check.h>
#include <errno.h>

#include "seeds.h"
#include "supervised.h"

static const struct child_config plain;

/* The boss watches the supervisor's end. */
static void
begin(uint64_t seed, struct bsk_supervisor_config config)
{
	world_begin(seed, config);
	probe_monitor(sim, boss, supervisor);
}

static const struct bsk_down *
its_end(void)
{
	return probe_last(&told, &bsk_down_type);
}

static void
shuts_down(uint64_t seed)
{
	bool any = seed % 2 == 0;
	struct bsk_supervisor_config config = lenient();
	struct bsk_child_start first = spec("a", BSK_TRANSIENT, plain);
	struct bsk_child_start second = spec("b", BSK_TEMPORARY, plain);

	first.significant = true;
	second.significant = true;
	config.auto_shutdown = any ? BSK_AUTO_SHUTDOWN_ANY_SIGNIFICANT :
	    BSK_AUTO_SHUTDOWN_ALL_SIGNIFICANT;
	begin(seed, config);
	start_spec(first);
	start_spec(second);
	start("c", BSK_TEMPORARY);
	run_until(10);
	tell("a", -EIO, 0); /* is restarted: no end */
	tell("c", -EIO, 0); /* is not significant */
	run_until(20);
	ck_assert_ptr_null(its_end());
	tell("b", -EIO, 0);
	run_until(30);
	ck_assert_int_eq(its_end() != NULL, any);
	if (!any)
		tell("a", 0, 0);
	run_until(40);
	ck_assert_ptr_nonnull(its_end());
	ck_assert_int_eq(its_end()->reason, 0);
	ck_assert_uint_eq(children(), 0);
	world_end();
}

START_TEST(significant_children_end_their_supervisor)
{
	seeds_walk(shuts_down);
}
END_TEST

static void
last_two_at_once(uint64_t seed)
{
	struct bsk_supervisor_config config = lenient();
	struct bsk_child_start first = spec("a", BSK_TRANSIENT, plain);
	struct bsk_child_start second = spec("b", BSK_TEMPORARY, plain);

	first.significant = true;
	second.significant = true;
	config.auto_shutdown = BSK_AUTO_SHUTDOWN_ALL_SIGNIFICANT;
	begin(seed, config);
	start_spec(first);
	start_spec(second);
	run_until(10);
	tell("a", 0, 0);
	tell("b", 0, 0);
	run_until(20);
	ck_assert_ptr_nonnull(its_end());
	ck_assert_int_eq(its_end()->reason, 0);
	world_end();
}

START_TEST(significant_children_may_end_together)
{
	seeds_walk(last_two_at_once);
}
END_TEST

static void
with_its_group(uint64_t seed)
{
	struct bsk_supervisor_config config = lenient();
	struct bsk_child_start second = spec("b", BSK_TEMPORARY, plain);

	second.significant = true;
	config.strategy = BSK_ONE_FOR_ALL;
	config.auto_shutdown = BSK_AUTO_SHUTDOWN_ANY_SIGNIFICANT;
	begin(seed, config);
	start("a", BSK_PERMANENT);
	start_spec(second);
	run_until(10);
	tell("a", -EIO, 0);
	run_until(20);
	ck_assert_ptr_null(its_end());
	ck_assert_str_eq(listed(), "ar1");
	world_end();
}

START_TEST(a_significant_child_that_is_stopped_with_its_group_ends_nobody)
{
	seeds_walk(with_its_group);
}
END_TEST

static void
by_request(uint64_t seed)
{
	struct bsk_supervisor_config config = lenient();
	struct bsk_child_start first = spec("a", BSK_TRANSIENT, plain);

	first.significant = true;
	config.auto_shutdown = BSK_AUTO_SHUTDOWN_ANY_SIGNIFICANT;
	begin(seed, config);
	start_spec(first);
	run_until(10);
	stop("a");
	run_until(50);
	ck_assert_int_eq(last_error(), 0);
	ck_assert_ptr_null(its_end());
	world_end();
}

START_TEST(a_significant_child_that_is_stopped_ends_nobody)
{
	seeds_walk(by_request);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("supervisor_significant");
	SRunner *runner = srunner_create(suite);
	int failures;

#define ADD(claim) seeds_add(suite, #claim, claim)
	ADD(significant_children_end_their_supervisor);
	ADD(significant_children_may_end_together);
	ADD(a_significant_child_that_is_stopped_with_its_group_ends_nobody);
	ADD(a_significant_child_that_is_stopped_ends_nobody);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
