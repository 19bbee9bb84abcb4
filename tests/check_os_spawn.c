/* check_os_spawn.c - the parent's side of spawn: what it says when a child
 * fails, that nothing is left over, and that threads may do it at once.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#include "spawned.h"

#define TIMEOUT_S 60
#define THREADS 4
#define SPAWNS_EACH 50
#define MANY 200
#define NOBODY 65534U
#define STACK_SIZE 65536L /* bytes; at least what one spawn maps */

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

static void
expect_no_program(const char *path, int error)
{
	struct bsk_os_spawn how = spawned_how(true_argv);

	how.path = path;
	expect_failure(&how, error, BSK_SPAWN_EXEC);
}

/* Makes a file with this text and mode; the name is ours to unlink. */
static void
make_file(char *name, const char *text, mode_t mode)
{
	int fd = mkstemp(name);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
	    write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	ck_assert_int_eq(close(fd), 0);
}

START_TEST(success_says_no_step)
{
	struct bsk_os_spawn how = spawned_how(true_argv);
	enum bsk_os_spawn_step step = (enum bsk_os_spawn_step)-7;
	struct bsk_os_wait wait;
	pid_t pid;
	int pidfd;

	ck_assert_int_eq(os->spawn(os, &how, &pid, &pidfd, &step), 0);
	ck_assert_int_eq((int)step, -7);
	ck_assert_int_eq(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	wait = spawned_end(pidfd);
	ck_assert_int_eq(wait.pid, pid);
	ck_assert_int_eq(wait.code, CLD_EXITED);
	ck_assert_int_eq(wait.status, 0);
}
END_TEST

START_TEST(without_a_program_it_ends_unheard_but_for_who_waits_for_all)
{
	const struct bsk_os_spawn nothing = { .process_group = -1 };
	enum bsk_os_spawn_step step;
	unsigned open = spawned_open_count();
	siginfo_t info;
	pid_t pid;
	int pidfd;

	ck_assert_int_eq(os->spawn(os, &nothing, &pid, &pidfd, &step), 0);
	ck_assert_int_eq(pidfd, -1);
	ck_assert_uint_eq(spawned_open_count(), open);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED), -1);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info,
	    WEXITED | (int)__WALL), 0);
	ck_assert_int_eq(info.si_pid, pid);
}
END_TEST

START_TEST(success_ends_in_a_sigchld)
{
	struct bsk_os_spawn how = spawned_how(true_argv);

	spawned_says(&how, &said);
	ck_assert(sigchld_is_pending());
}
END_TEST

START_TEST(a_missing_program_is_enoent_at_exec)
{
	expect_no_program("/nonexistent/program", -ENOENT);
	expect_no_program("", -ENOENT);
	expect_no_program("true", -ENOENT); /* no search */
}
END_TEST

START_TEST(a_file_that_is_no_program_is_refused_at_exec)
{
	char plain[] = "/tmp/check-os-spawn-XXXXXX";
	char garbage[] = "/tmp/check-os-spawn-XXXXXX";

	make_file(plain, "#!/bin/sh\n", 0600);
	make_file(garbage, "no program at all\n", 0700);
	expect_no_program(plain, -EACCES);
	expect_no_program(garbage, -ENOEXEC);
	expect_no_program("/tmp", -EACCES);
	expect_no_program("/dev/null/program", -ENOTDIR);
	ck_assert_int_eq(unlink(plain), 0);
	ck_assert_int_eq(unlink(garbage), 0);
}
END_TEST

START_TEST(a_bad_directory_is_named)
{
	struct bsk_os_spawn how = spawned_how(true_argv);

	how.directory = "/nonexistent";
	expect_failure(&how, -ENOENT, BSK_SPAWN_DIRECTORY);
	how.directory = "/dev/null";
	expect_failure(&how, -ENOTDIR, BSK_SPAWN_DIRECTORY);
}
END_TEST

START_TEST(a_bad_descriptor_is_named)
{
	struct bsk_os_child_fd fd = { .from = -1, .to = 5 };
	struct bsk_os_spawn how = spawned_how(true_argv);

	how.fds = &fd;
	how.fd_count = 1;
	expect_failure(&how, -EBADF, BSK_SPAWN_FDS);
	fd.from = 200;
	expect_failure(&how, -EBADF, BSK_SPAWN_FDS);
	fd.to = 200;
	expect_failure(&how, -EBADF, BSK_SPAWN_FDS);
	fd.from = 0;
	fd.to = -1;
	expect_failure(&how, -EBADF, BSK_SPAWN_FDS);
}
END_TEST

START_TEST(a_bad_limit_is_named)
{
	struct bsk_os_limit limit = { RLIMIT_NOFILE, { 20, 10 } };
	struct bsk_os_spawn how = spawned_how(true_argv);

	how.limits = &limit;
	how.limit_count = 1;
	expect_failure(&how, -EINVAL, BSK_SPAWN_LIMITS);
	limit.resource = 99;
	expect_failure(&how, -EINVAL, BSK_SPAWN_LIMITS);
}
END_TEST

START_TEST(a_bad_group_of_processes_is_named)
{
	struct bsk_os_spawn how = spawned_how(true_argv);

	how.process_group = 1; /* not of our session */
	if (getsid(0) != getsid(1))
		expect_failure(&how, -EPERM, BSK_SPAWN_SESSION);
	how.process_group = getpgid(0);
	how.new_session = 1; /* whose leader cannot leave it */
	expect_failure(&how, -EPERM, BSK_SPAWN_SESSION);
}
END_TEST

START_TEST(a_bad_signal_for_the_parents_death_is_named)
{
	struct bsk_os_spawn how = spawned_how(true_argv);

	how.parent_death_signal = 99;
	expect_failure(&how, -EINVAL, BSK_SPAWN_PARENT_DEATH);
}
END_TEST

/* In the test's own process, which ends with it. */
START_TEST(another_user_is_refused_to_who_is_not_root)
{
	struct bsk_os_spawn how = spawned_how(true_argv);

	if (geteuid() == 0)
		ck_assert_int_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
	how.set_user = 1;
	how.user = 0;
	how.group = 0;
	expect_failure(&how, -EPERM, BSK_SPAWN_GROUPS);
}
END_TEST

START_TEST(a_killed_child_tells_its_signal)
{
	struct bsk_os_spawn how = spawned_how(cat);
	struct bsk_os_child_fd input = { .to = 0 };
	enum bsk_os_spawn_step step;
	struct bsk_os_wait wait;
	int fds[2];
	int pidfd;
	pid_t pid;

	ck_assert_int_eq(os->pipe2(os, fds, 0), 0);
	input.from = fds[0];
	how.fds = &input;
	how.fd_count = 1;
	ck_assert_int_eq(os->spawn(os, &how, &pid, &pidfd, &step), 0);
	ck_assert_int_eq(os->pidfd_send_signal(os, pidfd, SIGKILL), 0);
	wait = spawned_end(pidfd);
	ck_assert_int_eq(wait.pid, pid);
	ck_assert_int_eq(wait.code, CLD_KILLED);
	ck_assert_int_eq(wait.status, SIGKILL);
	ck_assert_int_eq(os->close(os, fds[0]), 0);
	ck_assert_int_eq(os->close(os, fds[1]), 0);
}
END_TEST

START_TEST(without_descriptors_it_fails_at_clone)
{
	struct bsk_os_spawn how = spawned_how(true_argv);
	enum bsk_os_spawn_step step = BSK_SPAWN_EXEC;
	struct rlimit none;
	struct rlimit old;
	pid_t pid = -7;
	int pidfd = -7;
	int error;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	error = os->spawn(os, &how, &pid, &pidfd, &step);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_int_eq(error, -EMFILE);
	ck_assert_int_eq(step, BSK_SPAWN_CLONE);
	ck_assert_int_eq(pidfd, -7);
}
END_TEST

static long
mapped_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long pages = 0;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%ld", &pages), 1);
	(void)fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

START_TEST(the_childs_stack_is_given_back)
{
	long before = mapped_bytes();

	for (int i = 0; i < MANY; i++)
		expect_no_program("/nonexistent", -ENOENT);
	ck_assert_int_lt(mapped_bytes() - before, MANY / 2 * STACK_SIZE);
}
END_TEST

static void *
spawn_often(void *arg)
{
	const int *first = arg;
	char code[32];
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", code, NULL };
	struct bsk_os_spawn how = spawned_how(argv);
	struct bsk_os_wait wait;
	enum bsk_os_spawn_step step;
	int pidfd;
	pid_t pid;

	for (int i = 0; i < SPAWNS_EACH; i++) {
		(void)snprintf(code, sizeof(code), "exit %d", *first + i);
		ck_assert_int_eq(os->spawn(os, &how, &pid, &pidfd, &step), 0);
		wait = spawned_end(pidfd);
		ck_assert_int_eq(wait.pid, pid);
		ck_assert_int_eq(wait.code, CLD_EXITED);
		ck_assert_int_eq(wait.status, *first + i);
	}
	return NULL;
}

START_TEST(four_threads_start_two_hundred_children_at_once)
{
	pthread_t threads[THREADS];
	int first[THREADS];

	for (int i = 0; i < THREADS; i++) {
		first[i] = i * SPAWNS_EACH;
		ck_assert_int_eq(pthread_create(
		    &threads[i], NULL, spawn_often, &first[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

/* Buries every child it can find until told to stop. */
struct reaper {
	atomic_bool stop;
	unsigned reaped;
};

static void *
reap_all(void *arg)
{
	struct reaper *reaper = arg;
	struct bsk_os_wait wait;

	while (!atomic_load(&reaper->stop))
		if (os->waitid(os, P_ALL, 0, WEXITED | WNOHANG, &wait) == 0 &&
		    wait.pid != 0)
			reaper->reaped++;
	return NULL;
}

START_TEST(nobody_else_ever_sees_a_child_that_failed)
{
	struct reaper reaper = { .reaped = 0 };
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, reap_all, &reaper), 0);
	for (int i = 0; i < MANY; i++)
		expect_no_program("/nonexistent", -ENOENT);
	atomic_store(&reaper.stop, true);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(reaper.reaped, 0);
}
END_TEST

static void
add_failures(TCase *tcase)
{
	tcase_add_test(tcase, a_missing_program_is_enoent_at_exec);
	tcase_add_test(tcase, a_file_that_is_no_program_is_refused_at_exec);
	tcase_add_test(tcase, a_bad_directory_is_named);
	tcase_add_test(tcase, a_bad_descriptor_is_named);
	tcase_add_test(tcase, a_bad_limit_is_named);
	tcase_add_test(tcase, a_bad_group_of_processes_is_named);
	tcase_add_test(tcase, a_bad_signal_for_the_parents_death_is_named);
	tcase_add_test(tcase, another_user_is_refused_to_who_is_not_root);
	tcase_add_test(tcase, without_descriptors_it_fails_at_clone);
}

int
main(void)
{
	Suite *suite = suite_create("os_spawn");
	TCase *tcase = tcase_create("os_spawn");
	SRunner *runner;
	int failures;

	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, success_says_no_step);
	tcase_add_test(tcase, success_ends_in_a_sigchld);
	tcase_add_test(tcase,
	    without_a_program_it_ends_unheard_but_for_who_waits_for_all);
	add_failures(tcase);
	tcase_add_test(tcase, a_killed_child_tells_its_signal);
	tcase_add_test(tcase, the_childs_stack_is_given_back);
	tcase_add_test(tcase, four_threads_start_two_hundred_children_at_once);
	tcase_add_test(tcase, nobody_else_ever_sees_a_child_that_failed);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
