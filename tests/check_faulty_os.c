/* check_faulty_os.c - the faulty world itself: it must fail what was asked for
 * and nothing else, or the tests that lean on it prove nothing.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <fcntl.h>

#include "faulty_os.h"

#define THREADS 4
#define CALLS_EACH 1000U

static struct faulty_os world;
static const struct bsk_os *const os = &world.table;

static void
begin(void)
{
	faulty_os_init(&world, &bsk_os_libc);
}

START_TEST(passes_calls_through_and_counts_them)
{
	int fds[2];
	char byte = 0;

	ck_assert_int_eq(os->pipe2(os, fds, 0), 0);
	ck_assert_int_eq(os->write(os, fds[1], "x", 1), 1);
	ck_assert_int_eq(os->read(os, fds[0], &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
	ck_assert_int_eq(os->close(os, fds[0]), 0);
	ck_assert_int_eq(os->close(os, fds[1]), 0);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_PIPE2), 1);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_WRITE), 1);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_READ), 1);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_CLOSE), 2);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_ANY), 5);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_OPEN), 0);
	ck_assert_uint_eq(faulty_os_struck(&world), 0);
}
END_TEST

START_TEST(only_the_nth_call_from_now_fails)
{
	ck_assert_int_eq(os->access(os, "/", F_OK), 0);
	faulty_os_fail(&world, FAULTY_ACCESS, 2, EIO);
	ck_assert_int_eq(os->access(os, "/", F_OK), 0);
	ck_assert_int_eq(os->access(os, "/", F_OK), -EIO);
	ck_assert_int_eq(os->access(os, "/", F_OK), 0);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_ACCESS), 4);
	ck_assert_uint_eq(faulty_os_struck(&world), 1);
}
END_TEST

START_TEST(a_plan_is_for_its_kind_alone)
{
	struct stat found;

	faulty_os_fail(&world, FAULTY_ACCESS, 1, EIO);
	ck_assert_int_eq(os->stat(os, "/", &found), 0);
	ck_assert_int_eq(os->access(os, "/", F_OK), -EIO);
}
END_TEST

START_TEST(a_new_plan_replaces_the_old)
{
	faulty_os_fail(&world, FAULTY_ACCESS, 1, EIO);
	faulty_os_fail(&world, FAULTY_ACCESS, 2, EPERM);
	ck_assert_int_eq(os->access(os, "/", F_OK), 0);
	ck_assert_int_eq(os->access(os, "/", F_OK), -EPERM);
}
END_TEST

START_TEST(every_call_fails_until_told_otherwise)
{
	faulty_os_fail_always(&world, FAULTY_ACCESS, EIO);
	ck_assert_int_eq(os->access(os, "/", F_OK), -EIO);
	ck_assert_int_eq(os->access(os, "/", F_OK), -EIO);
	faulty_os_fail_always(&world, FAULTY_ACCESS, 0);
	ck_assert_int_eq(os->access(os, "/", F_OK), 0);
	ck_assert_uint_eq(faulty_os_struck(&world), 2);
}
END_TEST

START_TEST(any_counts_the_kinds_together)
{
	struct stat found;

	faulty_os_fail(&world, FAULTY_ANY, 3, ENOMEM);
	ck_assert_int_eq(os->access(os, "/", F_OK), 0);
	ck_assert_int_eq(os->stat(os, "/", &found), 0);
	ck_assert_int_eq(os->lstat(os, "/", &found), -ENOMEM);
	ck_assert_int_eq(os->lstat(os, "/", &found), 0);
}
END_TEST

START_TEST(what_cannot_fail_is_only_counted)
{
	faulty_os_fail_always(&world, FAULTY_ANY, EIO);
	ck_assert_int_gt(os->now(os), 0);
	ck_assert_int_gt(os->wall(os), 0);
	ck_assert_int_gt(os->getpid(os), 0);
	ck_assert_uint_eq(
	    os->geteuid(os), bsk_os_libc.geteuid(&bsk_os_libc));
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_NOW), 1);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_ANY), 0);
	ck_assert_uint_eq(faulty_os_struck(&world), 0);
}
END_TEST

START_TEST(a_failing_call_is_not_made)
{
	int fds[2] = { -7, -7 };

	faulty_os_fail(&world, FAULTY_PIPE2, 1, EMFILE);
	ck_assert_int_eq(os->pipe2(os, fds, 0), -EMFILE);
	ck_assert_int_eq(fds[0], -7);
	ck_assert_int_eq(fds[1], -7);
}
END_TEST

START_TEST(a_failing_close_has_closed)
{
	int fd = os->open(os, "/dev/null", O_RDONLY, 0);

	ck_assert_int_ge(fd, 0);
	faulty_os_fail(&world, FAULTY_CLOSE, 1, EIO);
	ck_assert_int_eq(os->close(os, fd), -EIO);
	ck_assert_int_eq(os->flags_get(os, fd), -EBADF);
}
END_TEST

START_TEST(a_failing_spawn_names_its_step)
{
	char *argv[] = { (char *)"true", NULL };
	struct bsk_os_spawn how = { .path = "/bin/true", .argv = argv };
	enum bsk_os_spawn_step step = BSK_SPAWN_CLONE;
	pid_t pid = -7;
	int pidfd = -7;

	faulty_os_fail(&world, FAULTY_SPAWN, 1, EACCES);
	ck_assert_int_eq(os->spawn(os, &how, &pid, &pidfd, &step), -EACCES);
	ck_assert_int_eq(step, BSK_SPAWN_EXEC);
	atomic_store(&world.spawn_step, BSK_SPAWN_DIRECTORY);
	faulty_os_fail(&world, FAULTY_SPAWN, 1, ENOENT);
	ck_assert_int_eq(os->spawn(os, &how, &pid, &pidfd, &step), -ENOENT);
	ck_assert_int_eq(step, BSK_SPAWN_DIRECTORY);
	ck_assert_int_eq(pid, -7);
	ck_assert_int_eq(pidfd, -7);
}
END_TEST

START_TEST(names_are_the_tables)
{
	ck_assert_str_eq(faulty_os_name(FAULTY_READ), "read");
	ck_assert_str_eq(faulty_os_name(FAULTY_EPOLL_WAIT), "epoll_wait");
	ck_assert_str_eq(faulty_os_name(FAULTY_RANDOM), "random");
	ck_assert_str_eq(faulty_os_name(FAULTY_ANY), "any");
}
END_TEST

static void *
call_often(void *failures)
{
	for (unsigned i = 0; i < CALLS_EACH; i++)
		if (os->access(os, "/", F_OK) < 0)
			(void)atomic_fetch_add((atomic_uint *)failures, 1);
	return NULL;
}

START_TEST(threads_are_counted_exactly_and_one_call_fails)
{
	pthread_t threads[THREADS];
	atomic_uint failures = 0;

	faulty_os_fail(&world, FAULTY_ACCESS, THREADS * CALLS_EACH / 2, EIO);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, call_often,
		    &failures), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_ACCESS),
	    THREADS * CALLS_EACH);
	ck_assert_uint_eq(failures, 1);
}
END_TEST

/* Notes which of its three calls failed in each run. */
struct walk {
	unsigned runs;
	int failed_at[8]; /* by run; 0: none */
};

static void
three_calls(struct faulty_os *faulty, void *argument)
{
	const struct bsk_os *table = &faulty->table;
	struct walk *walk = argument;
	int failed = 0;

	for (int i = 1; i <= 3; i++)
		if (table->access(table, "/", F_OK) == -ENOSPC)
			failed = i;
	ck_assert_int_eq(failed != 0, faulty_os_struck(faulty) != 0);
	walk->failed_at[walk->runs++] = failed;
}

START_TEST(a_walk_fails_each_call_once_and_ends_with_success)
{
	struct walk walk = { 0 };

	ck_assert_uint_eq(faulty_os_walk(&bsk_os_libc, FAULTY_ACCESS, ENOSPC,
	    three_calls, &walk), 3);
	ck_assert_uint_eq(walk.runs, 4);
	ck_assert_int_eq(walk.failed_at[0], 1);
	ck_assert_int_eq(walk.failed_at[1], 2);
	ck_assert_int_eq(walk.failed_at[2], 3);
	ck_assert_int_eq(walk.failed_at[3], 0);
}
END_TEST

START_TEST(a_walk_of_what_is_never_called_has_no_failure)
{
	struct walk walk = { 0 };

	ck_assert_uint_eq(faulty_os_walk(&bsk_os_libc, FAULTY_OPEN, ENOSPC,
	    three_calls, &walk), 0);
	ck_assert_uint_eq(walk.runs, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("faulty_os");
	TCase *tcase = tcase_create("faulty_os");
	SRunner *runner;
	int failures;

	tcase_add_checked_fixture(tcase, begin, NULL);
	tcase_add_test(tcase, passes_calls_through_and_counts_them);
	tcase_add_test(tcase, only_the_nth_call_from_now_fails);
	tcase_add_test(tcase, a_plan_is_for_its_kind_alone);
	tcase_add_test(tcase, a_new_plan_replaces_the_old);
	tcase_add_test(tcase, every_call_fails_until_told_otherwise);
	tcase_add_test(tcase, any_counts_the_kinds_together);
	tcase_add_test(tcase, what_cannot_fail_is_only_counted);
	tcase_add_test(tcase, a_failing_call_is_not_made);
	tcase_add_test(tcase, a_failing_close_has_closed);
	tcase_add_test(tcase, a_failing_spawn_names_its_step);
	tcase_add_test(tcase, names_are_the_tables);
	tcase_add_test(tcase, threads_are_counted_exactly_and_one_call_fails);
	tcase_add_test(tcase,
	    a_walk_fails_each_call_once_and_ends_with_success);
	tcase_add_test(tcase, a_walk_of_what_is_never_called_has_no_failure);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
