/* check_supervisor_spec.c - budgets, what is listed and comes back when asked
 * for, supervisors of supervisors; and what is refused.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <buskin/child_spec.h>

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

/* --- what is refused ------------------------------------------------------ */

struct wrong {
	struct bsk_child_start start;
	const char *field;
};

static const struct wrong wrongs[] = {
	{ { .restart = -1 }, "restart" },
	{ { .placement = 9 }, "placement" },
	{ { .on_full = 9 }, "on_full" },
	{ { .mailbox = 2 }, "mailbox" },
	{ { .grace_ns = -1 }, "grace_ns" },
	{ { .restarts = 100001, .within_ns = MS }, "restarts" },
	{ { .restarts = 1 }, "within_ns" },
	{ { .within_ns = -1 }, "within_ns" },
	{ { .significant = true }, "significant" },
	{ { .significant = true, .restart = BSK_TRANSIENT }, "significant" },
	{ { .poison = 1 }, "poison" },
	{ { .poison = 256, .redeliver = true }, "poison" },
	{ { .redeliver = true, .restart = BSK_TEMPORARY }, "redeliver" },
	{ { .redeliver = true, .mailbox = BSK_MAILBOX_DROP }, "redeliver" },
};

static void
refuses(uint64_t seed)
{
	const struct wrong *wrong = &wrongs[seed %
	    (sizeof(wrongs) / sizeof(wrongs[0]))];
	struct bsk_child_start start = wrong->start;
	const struct bsk_result *result;

	start.name = bsk_text_copy("a");
	start.class_name = bsk_text_copy("child");
	world_begin(seed, lenient());
	start_spec(start);
	run_until(10);
	result = probe_last(&told, &bsk_result_type);
	ck_assert_ptr_nonnull(result);
	ck_assert_int_eq(result->error, -EINVAL);
	ck_assert_str_eq(result->field.chars, wrong->field);
	ck_assert_str_ne(result->text.chars, "");
	ck_assert_uint_eq(list(0)->count, 0);
	world_end();
}

START_TEST(a_spec_that_cannot_work_is_refused_with_the_field)
{
	seeds_walk(refuses);
}
END_TEST

/* The whole config is refused, before there is a supervisor. */
static void
expect_wrong(struct bsk_supervisor_config config, int error,
    const char *field)
{
	struct bsk_config_fault fault;
	bsk_ref ref;

	ck_assert_int_eq(bsk_supervisor_check(&config, &fault), error);
	ck_assert_str_eq(fault.field, field);
	ck_assert_int_eq(bsk_system_spawn(sim, &bsk_supervisor_class,
	    bsk_parcel_new(&bsk_supervisor_config_type, &config), NULL, &ref),
	    error);
}

static struct bsk_supervisor_config
with_children(struct bsk_child_start first, struct bsk_child_start second)
{
	struct bsk_supervisor_config config = lenient();

	config.children = bsk_list_new(sizeof(first), 2);
	((struct bsk_child_start *)config.children.items)[0] = first;
	((struct bsk_child_start *)config.children.items)[1] = second;
	return config;
}

START_TEST(a_supervisor_that_cannot_work_is_refused_with_the_field)
{
	struct bsk_supervisor_config config = lenient();
	struct bsk_child_start bad = spec("b", BSK_PERMANENT, plain);

	world_begin(1, lenient());
	config.strategy = 3;
	expect_wrong(config, -EINVAL, "strategy");
	config = lenient();
	config.on_exhausted = -1;
	expect_wrong(config, -EINVAL, "on_exhausted");
	config = lenient();
	config.auto_shutdown = 3;
	expect_wrong(config, -EINVAL, "auto_shutdown");
	config = lenient();
	config.within_ns = 0;
	expect_wrong(config, -EINVAL, "within_ns");
	config = lenient();
	config.restarts = UINT32_MAX;
	expect_wrong(config, -EINVAL, "restarts");
	config = lenient();
	config.backoff_jitter = 1.5;
	expect_wrong(config, -EINVAL, "backoff_jitter");
	config = lenient();
	config.backoff_first_ns = -1;
	expect_wrong(config, -EINVAL, "backoff_first_ns");
	expect_wrong(with_children(spec("a", BSK_PERMANENT, plain),
	    spec("a", BSK_PERMANENT, plain)), -EEXIST, "children");
	bad.grace_ns = -1;
	expect_wrong(with_children(spec("a", BSK_PERMANENT, plain), bad),
	    -EINVAL, "children");
	world_end();
}
END_TEST

/* --- budgets -------------------------------------------------------------- */

static void
own_budget(uint64_t seed)
{
	struct bsk_child_start poor = spec("a", BSK_PERMANENT, plain);
	struct bsk_supervisor_config config = lenient();

	poor.restarts = 1;
	poor.within_ns = 1000 * MS;
	config.on_exhausted = BSK_EXHAUSTED_KEEP_DOWN;
	begin(seed, config);
	start_spec(poor);
	start("b", BSK_PERMANENT);
	run_until(10);
	tell("a", -EIO, 0);
	tell("b", -EIO, 0);
	run_until(20);
	tell("b", -EIO, 0);
	run_until(30);
	ck_assert_int_eq(probe_count(&told, &bsk_down_type), 0);
	tell("a", -EPIPE, 0);
	run_until(40);
	ck_assert_ptr_nonnull(strstr(written,
	    "error gives up on a: more than 1 restarts within 1000 ms\n"));
	ck_assert(!is_there("a") && is_there("b"));
	ck_assert_ptr_null(its_end());
	restart("a"); /* by hand, it is */
	run_until(50);
	ck_assert(is_there("a"));
	world_end();
}

START_TEST(a_child_has_a_budget_of_its_own_and_may_be_kept_down)
{
	seeds_walk(own_budget);
}
END_TEST

static void
ends_in_order(uint64_t seed)
{
	struct bsk_supervisor_config config = lenient();

	config.restarts = 0;
	config.on_exhausted = BSK_EXHAUSTED_STOP;
	begin(seed, config);
	start("a", BSK_PERMANENT);
	start("b", BSK_PERMANENT);
	run_until(10);
	story[0] = '\0';
	tell("a", -EIO, 0);
	run_until(50);
	ck_assert_str_eq(story, "a! b? b!");
	ck_assert_ptr_nonnull(its_end());
	ck_assert_int_eq(its_end()->reason, 0);
	world_end();
}

START_TEST(when_exhausted_it_may_end_in_order)
{
	seeds_walk(ends_in_order);
}
END_TEST

/* --- while it runs -------------------------------------------------------- */

static void
comes_back(uint64_t seed)
{
	world_begin(seed, lenient());
	start("a", BSK_PERMANENT);
	run_until(10);
	start("b", BSK_PERMANENT);
	run_until(20);
	stop("a");
	run_until(30);
	ck_assert_str_eq(listed(), "a-0 br0");
	start("a", BSK_PERMANENT); /* is listed */
	run_until(40);
	ck_assert_int_eq(last_error(), -EEXIST);
	restart("a");
	run_until(50);
	ck_assert_str_eq(listed(), "ar1 br0");
	ck_assert(is_there("a"));
	restart("a");
	run_until(60);
	ck_assert_int_eq(last_error(), -EALREADY);
	delete("a");
	run_until(70);
	ck_assert_int_eq(last_error(), -EBUSY);
	stop("a");
	run_until(80);
	delete("a");
	run_until(90);
	ck_assert_int_eq(last_error(), 0);
	ck_assert_str_eq(listed(), "br0");
	delete("a");
	run_until(100);
	ck_assert_int_eq(last_error(), -ENOENT);
	restart("a");
	run_until(110);
	ck_assert_int_eq(last_error(), -ENOENT);
	ck_assert_uint_eq(probe_count(&told, &bsk_child_started_type), 3);
	world_end();
}

START_TEST(who_was_stopped_is_listed_and_comes_back_or_is_deleted)
{
	seeds_walk(comes_back);
}
END_TEST

static void
tells(uint64_t seed)
{
	const struct bsk_children *children_;
	const struct bsk_child_info *info;
	bsk_ref found;

	world_begin(seed, lenient());
	start("a", BSK_PERMANENT);
	run_until(10);
	start("b", BSK_TRANSIENT);
	run_until(20);
	tell("b", -EIO, 0);
	run_until(30);
	children_ = list(0);
	info = children_->children.items;
	ck_assert_uint_eq(children_->count, 2);
	ck_assert_uint_eq(children_->restarts, 1);
	ck_assert_str_eq(info[1].name.chars, "b");
	ck_assert_str_eq(info[1].class_name.chars, "child");
	ck_assert_int_eq(info[1].state, BSK_WARD_RUNNING);
	ck_assert_int_eq(info[1].restart, BSK_TRANSIENT);
	ck_assert_uint_eq(info[1].restarts, 1);
	ck_assert_int_eq(info[1].reason, -EIO);
	ck_assert_int_eq(bsk_system_find(sim, "b", &found), 0);
	ck_assert(bsk_ref_equal(info[1].child, found));
	children_ = list(1);
	ck_assert_uint_eq(children_->children.count, 1);
	ck_assert_uint_eq(list(9)->children.count, 0);
	world_end();
}

START_TEST(the_list_tells_state_restarts_and_reason)
{
	seeds_walk(tells);
}
END_TEST

/* Started, failed, stopped and started again at whatever moment. */
static void
storm(uint64_t seed)
{
	struct bsk_supervisor_config config = lenient();
	unsigned i;

	config.strategy = (int32_t)(seed % 3);
	config.backoff_first_ns = (int64_t)(seed % 5) * MS;
	world_begin(seed, config);
	for (i = 0; i < 12; i++) {
		start(i % 2 == 0 ? "a" : "b", (int32_t)(i / 4));
		if (is_there("a"))
			tell("a", i % 3 == 0 ? 0 : -EIO, i);
		stop(i % 3 == 0 ? "a" : "b");
		restart("a");
		delete("b");
		ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim) +
		    (int64_t)((seed * 7 + i * 13) % 40) * MS / 10), 0);
	}
	run_until(1000);
	stop("a");
	stop("b");
	run_until(2000);
	ck_assert_uint_eq(children(), 0);
	ck_assert(!is_there("a") && !is_there("b"));
	world_end();
}

START_TEST(whatever_is_asked_at_whatever_moment_nobody_is_left)
{
	seeds_walk(storm);
}
END_TEST

/* --- supervisors of supervisors ------------------------------------------- */

static struct bsk_child_start
nested(const char *name, struct bsk_supervisor_config config)
{
	return (struct bsk_child_start){
		.name = bsk_text_copy(name),
		.class_name = bsk_text_copy("supervisor"),
		.config = bsk_parcel_new(&bsk_supervisor_config_type, &config),
	};
}

/* "low" looks after x and y, gives up at once, and is restarted with both. */
static void
escalates(uint64_t seed)
{
	struct bsk_supervisor_config low = with_children(
	    spec("x", BSK_PERMANENT, plain), spec("y", BSK_PERMANENT, plain));

	low.restarts = 0;
	begin(seed, lenient());
	start_spec(nested("low", low));
	run_until(10);
	ck_assert_str_eq(story, "x0 y0");
	story[0] = '\0';
	tell("x", -EIO, 0);
	run_until(50);
	ck_assert_str_eq(story, "x! y? y! x0 y0");
	ck_assert(is_there("x") && is_there("y") && is_there("low"));
	ck_assert_uint_eq(list(0)->restarts, 1);
	ck_assert_ptr_null(its_end());
	story[0] = '\0';
	probe_stop(sim, boss, supervisor);
	run_until(100);
	ck_assert_ptr_nonnull(strstr(story, "y? y! x? x!"));
	ck_assert_uint_eq(children(), 0);
	world_end();
}

START_TEST(a_nested_supervisor_gives_up_to_the_one_above)
{
	seeds_walk(escalates);
}
END_TEST

static void
killed_below(uint64_t seed)
{
	struct bsk_supervisor_config low = with_children(
	    spec("x", BSK_PERMANENT, plain), spec("y", BSK_PERMANENT, plain));
	bsk_ref ref;

	begin(seed, lenient());
	start_spec(nested("low", low));
	ck_assert_int_eq(bsk_sim_run(sim, (int64_t)seed * 20000), 0);
	if (bsk_system_find(sim, "low", &ref) == 0)
		probe_kill(sim, boss, ref);
	run_until(100);
	ck_assert_uint_eq(children(), 2);
	ck_assert(is_there("x") && is_there("y"));
	ck_assert_uint_le(list(0)->restarts, 1);
	world_end();
}

START_TEST(a_nested_supervisor_that_is_killed_comes_back_with_its_children)
{
	seeds_walk(killed_below);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("supervisor_spec");
	SRunner *runner = srunner_create(suite);
	int failures;

#define ADD(claim) seeds_add(suite, #claim, claim)
	ADD(a_spec_that_cannot_work_is_refused_with_the_field);
	ADD(a_supervisor_that_cannot_work_is_refused_with_the_field);
	ADD(a_child_has_a_budget_of_its_own_and_may_be_kept_down);
	ADD(when_exhausted_it_may_end_in_order);
	ADD(who_was_stopped_is_listed_and_comes_back_or_is_deleted);
	ADD(the_list_tells_state_restarts_and_reason);
	ADD(whatever_is_asked_at_whatever_moment_nobody_is_left);
	ADD(a_nested_supervisor_gives_up_to_the_one_above);
	ADD(a_nested_supervisor_that_is_killed_comes_back_with_its_children);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
