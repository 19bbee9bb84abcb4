/* check_os_spawn_refused.c - spawn where the kernel refuses a system call, for
 * want of something or because it is too old.
 *
 * What is refused stays so until the process ends, so each test needs the one
 * that Check gives it.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawned.h"

#define TIMEOUT_S 60

static const struct bsk_os *const os = &bsk_os_libc;
static struct spawned said;
static bsk_os_signals mask_before;
static unsigned open_before;

static char *const true_argv[] = { (char *)"/bin/true", NULL };
static char *const cat[] = { (char *)"/bin/cat", NULL };

static void
begin(void)
{
	sigset_t some;

	(void)sigemptyset(&some);
	(void)sigaddset(&some, SIGUSR1);
	(void)sigaddset(&some, SIGRTMIN + 3);
	(void)sigaddset(&some, SIGCHLD); /* so that one would stay pending */
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &some, NULL), 0);
	ck_assert_int_eq((os->sigmask)(os, SIG_BLOCK, 0, &mask_before), 0);
	open_before = spawned_open_count();
}

static void
end(void)
{
	bsk_os_signals mask;

	ck_assert_int_eq((os->sigmask)(os, SIG_BLOCK, 0, &mask), 0);
	ck_assert_uint_eq(mask, mask_before);
	ck_assert_uint_eq(spawned_open_count(), open_before);
	spawned_assert_no_child();
}

static bool
sigchld_is_pending(void)
{
	sigset_t pending;

	ck_assert_int_eq(sigpending(&pending), 0);
	return sigismember(&pending, SIGCHLD) == 1;
}

/* The spawn must fail so, tell nothing else, and raise no SIGCHLD. */
static void
expect_failure(
    const struct bsk_os_spawn *how, int error, enum bsk_os_spawn_step step)
{
	enum bsk_os_spawn_step got = (enum bsk_os_spawn_step)-7;
	int pidfd = -7;
	pid_t pid = -7;

	ck_assert_int_eq(os->spawn(os, how, &pid, &pidfd, &got), error);
	ck_assert_int_eq(got, step);
	ck_assert_int_eq(pid, -7);
	ck_assert_int_eq(pidfd, -7);
	spawned_assert_no_child();
	ck_assert(!sigchld_is_pending());
}

START_TEST(a_child_killed_before_its_program_is_ecanceled)
{
	struct bsk_os_spawn how = spawned_how(true_argv);

	spawned_refuse(SYS_execve, 0, 0);
	expect_failure(&how, -ECANCELED, BSK_SPAWN_EXEC);
}
END_TEST

START_TEST(without_processes_it_fails_at_clone)
{
	struct bsk_os_spawn how = spawned_how(true_argv);

	spawned_refuse(SYS_clone, CLONE_PIDFD, EAGAIN);
	expect_failure(&how, -EAGAIN, BSK_SPAWN_CLONE);
}
END_TEST

/* In a process that ends without an exit handler: those of the sanitizers need
 * what is refused here. */
START_TEST(without_memory_it_fails_at_clone)
{
	struct bsk_os_spawn how = spawned_how(true_argv);
	enum bsk_os_spawn_step step = BSK_SPAWN_EXEC;
	int status = -1;
	pid_t pid;
	int pidfd;

	for (int refuse_map = 0; refuse_map < 2; refuse_map++) {
		pid = fork();
		if (pid == 0) {
			spawned_refuse(
			    refuse_map ? SYS_mmap : SYS_mprotect, 0, ENOMEM);
			_exit(os->spawn(os, &how, &pid, &pidfd, &step) !=
				-ENOMEM ||
			    step != BSK_SPAWN_CLONE);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
}
END_TEST

START_TEST(a_kernel_that_gives_no_pidfd_at_birth_is_asked_later)
{
	struct bsk_os_spawn how = spawned_how(true_argv);

	spawned_refuse(SYS_clone, CLONE_PIDFD, EINVAL);
	how.path = "/nonexistent";
	expect_failure(&how, -ENOENT, BSK_SPAWN_EXEC);
	how.path = true_argv[0];
	spawned_says(&how, &said);
}
END_TEST

START_TEST(a_kernel_without_pidfds_gives_none)
{
	struct bsk_os_spawn how = spawned_how(true_argv);
	enum bsk_os_spawn_step step;
	struct bsk_os_wait wait;
	int pidfd = -7;
	pid_t pid;

	spawned_refuse(SYS_clone, CLONE_PIDFD, EINVAL);
	spawned_refuse(SYS_pidfd_open, 0, ENOSYS);
	ck_assert_int_eq(os->spawn(os, &how, &pid, &pidfd, &step), 0);
	ck_assert_int_eq(pidfd, -1);
	ck_assert_int_eq(os->waitid(os, P_PID, (id_t)pid, WEXITED, &wait), 0);
	ck_assert_int_eq(wait.status, 0);
}
END_TEST

/* The child is a program by then, so that its SIGCHLD may come. */
START_TEST(a_child_whose_pidfd_cannot_be_had_is_killed)
{
	struct bsk_os_spawn how = spawned_how(cat);
	enum bsk_os_spawn_step step = BSK_SPAWN_EXEC;
	struct bsk_os_child_fd input = { .to = 0 };
	int fds[2]; /* it would live until the second is closed */
	int pidfd = -7;
	pid_t pid = -7;

	ck_assert_int_eq(os->pipe2(os, fds, 0), 0);
	input.from = fds[0];
	how.fds = &input;
	how.fd_count = 1;
	spawned_refuse(SYS_clone, CLONE_PIDFD, EINVAL);
	spawned_refuse(SYS_pidfd_open, 0, EMFILE);
	ck_assert_int_eq(os->spawn(os, &how, &pid, &pidfd, &step), -EMFILE);
	ck_assert_int_eq(step, BSK_SPAWN_CLONE);
	ck_assert_int_eq(pid, -7);
	ck_assert_int_eq(pidfd, -7);
	spawned_assert_no_child();
	ck_assert_int_eq(os->close(os, fds[0]), 0);
	ck_assert_int_eq(os->close(os, fds[1]), 0);
}
END_TEST

START_TEST(a_kernel_without_close_range_is_good_enough)
{
	struct bsk_os_spawn how = spawned_how(true_argv);

	spawned_refuse(SYS_close_range, 0, ENOSYS);
	spawned_says(&how, &said);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("os_spawn_refused");
	TCase *tcase = tcase_create("os_spawn_refused");
	SRunner *runner;
	int failures;

	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_child_killed_before_its_program_is_ecanceled);
	tcase_add_test(tcase, without_processes_it_fails_at_clone);
	tcase_add_test(tcase, without_memory_it_fails_at_clone);
	tcase_add_test(
	    tcase, a_kernel_that_gives_no_pidfd_at_birth_is_asked_later);
	tcase_add_test(tcase, a_kernel_without_pidfds_gives_none);
	tcase_add_test(tcase, a_child_whose_pidfd_cannot_be_had_is_killed);
	tcase_add_test(tcase, a_kernel_without_close_range_is_good_enough);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
