/* lifetime.c - rows M: making systems, one beside the other. */
#include <string.h>

#include <buskin/builtin.h>
#include <buskin/child.h>
#include <buskin/inspect.h>
#include <buskin/reactor.h>

#include "../clerk.h"
#include "../favours.h"
#include "../harness.h"

#define SYSTEMS 3

/* A system is made of its options, and works. */
START_TEST(M01)
{
	struct bsk_system_options options = {
		.name = "m01", .workers = 1 + (unsigned)_i, .capacity = 10,
	};
	struct bsk_system_info info;
	bsk_system *system;
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	bsk_inspect_system(system, &info);
	ck_assert_str_eq(info.name, "m01");
	ck_assert_uint_eq(info.workers, 1 + (unsigned)_i);
	ref = helper(system, BSK_PLACE_POOL);
	ck_assert_int_eq(call(system, ref, ANSWER, HARNESS_PATIENCE_NS), 0);
	harness_system_end(system);
}
END_TEST

static void
find_watcher(bsk_ctx *ctx, void *arg)
{
	ck_assert_int_eq(bsk_service(ctx, &bsk_child_watcher_class, arg), 0);
}

/* Made when somebody first asks for it, and by one only. */
START_TEST(M02)
{
	bsk_system *system = harness_system(2, NULL);
	struct clerk *clerk = clerk_new(system);
	bsk_ref first;
	bsk_ref second;

	ck_assert_int_lt(bsk_system_find(system, "child-watcher", &first), 0);
	clerk_do(clerk, find_watcher, &first);
	clerk_do(clerk, find_watcher, &second);
	ck_assert(bsk_ref_equal(first, second));
	ck_assert_int_eq(bsk_system_find(system, "child-watcher", &second), 0);
	ck_assert(bsk_ref_equal(first, second));
	harness_system_end(system);
	clerk_free(clerk);
}
END_TEST

/* No thread is special, and several systems of a process each have their
 * own. */
START_TEST(M03)
{
	bsk_system *systems[SYSTEMS];
	struct clerk *clerks[SYSTEMS];
	bsk_ref watcher;

	for (int i = 0; i < SYSTEMS; i++) {
		systems[i] = harness_system(1, NULL);
		clerks[i] = clerk_new(systems[i]);
		clerk_do(clerks[i], find_watcher, &watcher);
	}
	for (int i = 0; i < SYSTEMS; i++) {
		harness_system_end(systems[i]);
		clerk_free(clerks[i]);
	}
}
END_TEST

static const struct bsk_class *
builtin(const char *name)
{
	for (size_t i = 0; bsk_builtin_classes[i] != NULL; i++)
		if (strcmp(bsk_builtin_classes[i]->name, name) == 0)
			return bsk_builtin_classes[i];
	return NULL;
}

START_TEST(M05)
{
	static const char *const names[] = {
		"child-watcher", "file", "log", "on-signal", "pipe", "process",
		"reactor", "signal", "stream", "supervisor", "timer",
		"unix-connector", "unix-listener",
	};

	ck_assert_msg(builtin(names[_i]) != NULL, "no class %s", names[_i]);
	ck_assert_ptr_nonnull(builtin(names[_i])->doc);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("lifetime");
	TCase *tcase = harness_case("lifetime");

	tcase_add_loop_test(tcase, M01, 0, 3);
	tcase_add_test(tcase, M02);
	tcase_add_test(tcase, M03);
	tcase_add_loop_test(tcase, M05, 0, 13);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
