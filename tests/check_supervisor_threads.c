/* check_supervisor_threads.c - supervisors on a real pool, and children on
 * threads of their own: failures come from several at a time.
 */
#include <check.h>
#include <errno.h>
#include <sched.h>

#include <buskin/log.h>
#include <buskin/supervisor.h>
#include <buskin/system.h>

#include "harness.h"
#include "number.h"

#define CHILDREN 6u
#define ROUNDS 60u
#define PATIENCE_NS INT64_C(10000000000)

/* A child fails when it is told 0. */
struct child {
	uint64_t sum;
};

BSK_HANDLER(on_number, child, number)
{
	(void)ctx;
	self->sum += body->value;
	return body->value == 0 ? -EIO : 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(number, on_number),
};
static const struct bsk_class child_class = BSK_CLASS(child, "child",
    "fails when it is told", handlers);
/* In the log's place: what is said of so many failures is not read. */
struct hush {
	uint64_t lines;
};

BSK_HANDLER(on_line, hush, bsk_log_line)
{
	(void)ctx;
	(void)body;
	self->lines++;
	return 0;
}

static const struct bsk_handler hush_handlers[] = {
	BSK_ON(bsk_log_line, on_line),
};
static const struct bsk_class hush_class = BSK_CLASS(hush, "hush",
    "hears the log's lines", hush_handlers);

static const struct bsk_class *const classes[] = {
	&child_class, &bsk_supervisor_class, NULL,
};

static const char *
name_of(unsigned i)
{
	static const char *const names[CHILDREN] = {
		"a", "b", "c", "d", "e", "f",
	};

	return names[i];
}

static struct bsk_supervisor_config
config_of(int32_t strategy)
{
	struct bsk_supervisor_config config = {
		.strategy = strategy,
		.restarts = 100000,
		.within_ns = PATIENCE_NS,
		.children = bsk_list_new(sizeof(struct bsk_child_start),
		    CHILDREN),
	};
	struct bsk_child_start *children = config.children.items;
	unsigned i;

	for (i = 0; i < CHILDREN; i++) {
		children[i].name = bsk_text_copy(name_of(i));
		children[i].class_name = bsk_text_copy("child");
		children[i].placement = i % 2 == 0 ? BSK_PLACE_THREAD :
		    BSK_PLACE_POOL;
		children[i].mailbox = i % 3 == 0 ? BSK_MAILBOX_DROP :
		    BSK_MAILBOX_KEEP;
		children[i].redeliver = i % 3 == 1;
		children[i].poison = i % 3 == 1 ? 2 : 0;
	}
	return config;
}

/* Whether all of them run. */
static bool
all_run(bsk_system *system, bsk_ref supervisor)
{
	const struct bsk_children *children;
	const struct bsk_child_info *items;
	bsk_message *answer;
	unsigned running = 0;
	uint32_t i;
	int result = bsk_system_call(system, supervisor,
	    BSK_NEW(bsk_children_ask, .from = 0), PATIENCE_NS, &answer);

	ck_assert_int_eq(result, 0);
	children = bsk_message_body(answer);
	items = children->children.items;
	ck_assert_uint_eq(children->count, CHILDREN);
	for (i = 0; i < children->children.count; i++)
		running += items[i].state == BSK_WARD_RUNNING;
	bsk_message_free(answer);
	return running == CHILDREN;
}

static void
upset(bsk_system *system, unsigned seed)
{
	bsk_ref ref;
	unsigned i;

	for (i = 0; i < CHILDREN; i++)
		if (bsk_system_find(system, name_of(i), &ref) == 0)
			(void)bsk_system_send(system, ref, BSK_NEW(number,
			    .value = (seed >> i) % 3));
}

static bsk_ref
begin(bsk_system *system, int32_t strategy)
{
	struct bsk_supervisor_config config = config_of(strategy);
	const struct bsk_spawn_options named = { .name = "log" };
	bsk_ref supervisor = bsk_nobody();

	ck_assert_int_eq(bsk_system_spawn(system, &hush_class, NULL, &named,
	    &supervisor), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &bsk_supervisor_class,
	    bsk_parcel_new(&bsk_supervisor_config_type, &config), NULL,
	    &supervisor), 0);
	return supervisor;
}

/* Whatever fails at a time, on whatever thread, all run again. */
START_TEST(all_run_again_after_a_storm_of_failures)
{
	bsk_system *system = harness_system(3, classes);
	bsk_ref supervisor = begin(system, _i);
	unsigned seed = (unsigned)harness_seed();
	unsigned i;

	for (i = 0; i < ROUNDS; i++) {
		upset(system, seed * 31 + i * 7);
		if (i % 4 == 0)
			(void)all_run(system, supervisor);
	}
	while (!all_run(system, supervisor))
		(void)sched_yield();
	harness_system_end(system);
}
END_TEST

/* The system stops in the middle of it: nobody is left, the books balance. */
START_TEST(a_stop_in_the_middle_leaves_nobody)
{
	bsk_system *system = harness_system(3, classes);
	unsigned seed = (unsigned)harness_seed();
	unsigned i;

	(void)begin(system, _i);
	for (i = 0; i < seed % 20; i++)
		upset(system, seed * 17 + i * 5);
	harness_system_end(system);
}
END_TEST

static Suite *
threads_suite(void)
{
	Suite *suite = suite_create("supervisor_threads");
	TCase *tcase = harness_case("threads");

	tcase_add_loop_test(tcase, all_run_again_after_a_storm_of_failures, 0,
	    3);
	tcase_add_loop_test(tcase, a_stop_in_the_middle_leaves_nobody, 0, 3);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(threads_suite);
}
