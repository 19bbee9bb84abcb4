/* check_os_process.c - processes that exist: their ends and their signals. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawned.h"

#define TIMEOUT_S 60

static const struct bsk_os *const os = &bsk_os_libc;
static unsigned open_before;

static void
begin(void)
{
	open_before = spawned_open_count();
}

static void
end(void)
{
	ck_assert_uint_eq(spawned_open_count(), open_before);
}

START_TEST(a_child_that_lives_has_nothing_to_report)
{
	struct bsk_os_wait wait = { .pid = -7 };
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			(void)pause();
	ck_assert_int_eq(os->waitid(
	    os, P_PID, (id_t)pid, WEXITED | WNOHANG, &wait), 0);
	ck_assert_int_eq(wait.pid, 0);
	ck_assert_int_eq(os->kill(os, pid, SIGKILL), 0);
	ck_assert_int_eq(os->waitid(os, P_PID, (id_t)pid, WEXITED, &wait), 0);
	ck_assert_int_eq(wait.pid, pid);
	ck_assert_int_eq(wait.code, CLD_KILLED);
	ck_assert_int_eq(wait.status, SIGKILL);
	wait.pid = -7;
	ck_assert_int_eq(
	    os->waitid(os, P_PID, (id_t)pid, WEXITED, &wait), -ECHILD);
	ck_assert_int_eq(wait.pid, -7);
}
END_TEST

START_TEST(a_pidfd_takes_a_signal)
{
	struct bsk_os_wait wait;
	pid_t pid = fork();
	int pidfd;

	if (pid == 0)
		for (;;)
			(void)pause();
	pidfd = os->pidfd_open(os, pid);
	ck_assert_int_ge(pidfd, 0);
	ck_assert_int_eq(os->pidfd_send_signal(os, pidfd, 0), 0);
	ck_assert_int_eq(os->pidfd_send_signal(os, pidfd, 99), -EINVAL);
	ck_assert_int_eq(os->pidfd_send_signal(os, pidfd, SIGKILL), 0);
	wait = spawned_end(pidfd);
	ck_assert_int_eq(wait.pid, pid);
	ck_assert_int_eq(wait.status, SIGKILL);
	ck_assert_int_eq(os->kill(os, pid, 0), -ESRCH);
}
END_TEST

START_TEST(what_one_child_has_used_is_told)
{
	struct bsk_os_wait wait;
	pid_t pid = fork();

	if (pid == 0)
		_exit(5);
	ck_assert_int_eq(os->waitid(os, P_PID, (id_t)pid, WEXITED, &wait), 0);
	ck_assert_int_eq(wait.code, CLD_EXITED);
	ck_assert_int_eq(wait.status, 5);
	ck_assert_int_gt(wait.usage.ru_maxrss, 0);
}
END_TEST

START_TEST(we_know_who_we_are)
{
	ck_assert_int_eq(os->getpid(os), getpid());
	ck_assert_uint_eq(os->geteuid(os), geteuid());
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("os_process");
	TCase *tcase = tcase_create("os_process");
	SRunner *runner;
	int failures;

	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_child_that_lives_has_nothing_to_report);
	tcase_add_test(tcase, a_pidfd_takes_a_signal);
	tcase_add_test(tcase, what_one_child_has_used_is_told);
	tcase_add_test(tcase, we_know_who_we_are);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
