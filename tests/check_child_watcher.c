/* check_child_watcher.c - how children end is told, once and truly. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <buskin/child.h>

#include "harness.h"
#include "patron.h"

static bsk_system *all;
static struct patron_log heard;
static bsk_ref patron;

static void
begin(void)
{
	all = harness_system(2, NULL);
	patron_log_init(&heard);
	patron = patron_spawn(all, &heard);
}

static void
end(void)
{
	harness_system_end(all);
	patron_log_release(&heard);
}

#define EXIT_7 "read line; exit 7"
#define ABORT "read line; kill -ABRT $$"

/* A child that runs the script with `in` as its standard input. */
static pid_t
bear_on(int in, const char *script)
{
	char *argv[] = { "sh", "-c", (char *)script, NULL };
	const struct bsk_os_child_fd fd = { in, STDIN_FILENO };
	const struct bsk_os_spawn how = { .path = "/bin/sh", .argv = argv,
	    .fds = &fd, .fd_count = 1, .process_group = -1 };
	enum bsk_os_spawn_step step;
	pid_t pid;
	int pidfd;

	ck_assert_int_eq(bsk_os_libc.spawn(&bsk_os_libc, &how, &pid, &pidfd,
	    &step), 0);
	(void)close(pidfd);
	return pid;
}

/* Makes the child whose script goes on once the leash is closed. */
static pid_t
bear(const char *script, int *ret_leash)
{
	int leash[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(leash, O_CLOEXEC), 0);
	pid = bear_on(leash[0], script);
	(void)close(leash[0]);
	*ret_leash = leash[1];
	return pid;
}

static void
watch(pid_t pid)
{
	patron_ask(all, patron, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_watch, .pid = pid));
}

static int
answer(unsigned n)
{
	const struct bsk_result *result =
	    patron_hears(&heard, &bsk_result_type, n);

	return result->error;
}

static const struct bsk_child_exited *
told(unsigned n)
{
	return patron_hears(&heard, &bsk_child_exited_type, n);
}

START_TEST(an_exit_code_is_told_and_the_child_is_reaped)
{
	int leash;
	pid_t pid = bear(EXIT_7, &leash);

	watch(pid);
	ck_assert_int_eq(answer(1), 0);
	ck_assert_uint_eq(patron_count(&heard, &bsk_child_exited_type), 0);
	(void)close(leash);
	ck_assert_int_eq(told(1)->pid, pid);
	ck_assert_int_eq(told(1)->code, 7);
	ck_assert_int_eq(told(1)->signal, 0);
	ck_assert(!told(1)->lost && !told(1)->core);
	ck_assert_uint_gt(told(1)->memory_bytes, 0);
	ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(a_child_that_was_dead_already_is_told_all_the_same)
{
	int leash;
	pid_t pid = bear(EXIT_7, &leash);
	siginfo_t info;

	(void)close(leash);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT),
	    0);
	watch(pid);
	ck_assert_int_eq(told(1)->code, 7);
	ck_assert_int_eq(answer(1), 0);
}
END_TEST

START_TEST(a_signal_is_told_as_its_negative_number)
{
	int leash;
	pid_t pid = bear(ABORT, &leash);

	watch(pid);
	(void)close(leash);
	ck_assert_int_eq(told(1)->code, -SIGABRT);
	ck_assert_int_eq(told(1)->signal, SIGABRT);
}
END_TEST

START_TEST(a_signal_is_sent_by_pidfd)
{
	int leash;
	pid_t pid = bear(EXIT_7, &leash);

	watch(pid);
	ck_assert_int_eq(answer(1), 0);
	patron_ask(all, patron, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_signal, .pid = pid, .number = SIGKILL));
	ck_assert_int_eq(answer(2), 0);
	ck_assert_int_eq(told(1)->code, -SIGKILL);
	patron_ask(all, patron, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_signal, .pid = pid, .number = SIGKILL));
	ck_assert_int_eq(answer(3), -ESRCH);
	(void)close(leash);
}
END_TEST

START_TEST(a_stopped_child_is_not_told)
{
	int leash;
	pid_t pid = bear(EXIT_7, &leash);
	siginfo_t info;

	watch(pid);
	ck_assert_int_eq(answer(1), 0);
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WSTOPPED), 0);
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	(void)close(leash);
	ck_assert_int_eq(told(1)->code, 7);
	ck_assert_uint_eq(patron_count(&heard, &bsk_child_exited_type), 1);
}
END_TEST

START_TEST(a_child_that_somebody_else_reaped_is_lost_with_255)
{
	int leash;
	pid_t pid = bear(EXIT_7, &leash);
	int pidfd = bsk_os_libc.pidfd_open(&bsk_os_libc, pid);

	ck_assert_int_ge(pidfd, 0);
	(void)close(leash);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	patron_ask(all, patron, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_watch, .pid = pid,
		.pidfd = bsk_fd_own(pidfd)));
	ck_assert_int_eq(told(1)->code, 255);
	ck_assert(told(1)->lost);
}
END_TEST

START_TEST(whoever_is_no_child_is_refused)
{
	int leash;
	pid_t pid = bear(EXIT_7, &leash);

	(void)close(leash);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	watch(pid);
	ck_assert_int_eq(answer(1), -ESRCH);
	watch(getpid());
	ck_assert_int_eq(answer(2), -ECHILD);
	watch(0);
	ck_assert_int_eq(answer(3), -EINVAL);
	watch(-5);
	ck_assert_int_eq(answer(4), -EINVAL);
}
END_TEST

START_TEST(a_child_that_is_unwatched_is_neither_told_nor_reaped)
{
	int leash;
	pid_t pid = bear(EXIT_7, &leash);

	watch(pid);
	ck_assert_int_eq(answer(1), 0);
	patron_ask(all, patron, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_unwatch, .pid = pid));
	ck_assert_int_eq(answer(2), 0);
	patron_ask(all, patron, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_unwatch, .pid = pid));
	ck_assert_int_eq(answer(3), -ENOENT);
	(void)close(leash);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_uint_eq(patron_count(&heard, &bsk_child_exited_type), 0);
}
END_TEST

START_TEST(one_actor_watches_a_child_and_watching_twice_is_once)
{
	int leash;
	pid_t pid = bear(EXIT_7, &leash);
	bsk_ref other = patron_spawn(all, &heard);

	watch(pid);
	ck_assert_int_eq(answer(1), 0);
	watch(pid);
	ck_assert_int_eq(answer(2), 0);
	patron_ask(all, other, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_watch, .pid = pid));
	ck_assert_int_eq(answer(3), -EBUSY);
	(void)close(leash);
	ck_assert_int_eq(told(1)->code, 7);
	ck_assert_uint_eq(patron_count(&heard, &bsk_child_exited_type), 1);
}
END_TEST

START_TEST(a_child_is_reaped_though_its_watcher_has_ended)
{
	bsk_ref other = patron_spawn(all, &heard);
	siginfo_t info;
	int leash;
	pid_t pid = bear(EXIT_7, &leash);

	patron_ask(all, other, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_watch, .pid = pid, .owned = true));
	ck_assert_int_eq(answer(1), 0);
	patron_stop(all, patron, other);
	(void)patron_hears(&heard, &bsk_down_type, 1);
	(void)close(leash);
	/* The fixture sees that no zombie is left: the watcher waits for what
	 * is owned. */
	(void)waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
}
END_TEST

#define MANY 100

START_TEST(many_that_end_at_once_are_all_told_truly)
{
	pid_t pids[MANY];
	int leash[2];
	unsigned told_of = 0;

	ck_assert_int_eq(pipe2(leash, O_CLOEXEC), 0);
	for (int i = 0; i < MANY; i++) {
		pids[i] = bear_on(leash[0], EXIT_7);
		watch(pids[i]);
	}
	for (unsigned i = 1; i <= MANY; i++)
		ck_assert_int_eq(answer(i), 0);
	(void)close(leash[0]);
	(void)close(leash[1]);
	for (unsigned i = 1; i <= MANY; i++) {
		ck_assert_int_eq(told(i)->code, 7);
		for (unsigned j = 0; j < MANY; j++)
			told_of += told(i)->pid == pids[j];
	}
	ck_assert_uint_eq(told_of, MANY);
	ck_assert_uint_eq(patron_count(&heard, &bsk_child_exited_type), MANY);
}
END_TEST

static Suite *
child_watcher_suite(void)
{
	Suite *suite = suite_create("child_watcher");
	TCase *tcase = harness_case("child_watcher");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, an_exit_code_is_told_and_the_child_is_reaped);
	tcase_add_test(tcase,
	    a_child_that_was_dead_already_is_told_all_the_same);
	tcase_add_test(tcase, a_signal_is_told_as_its_negative_number);
	tcase_add_test(tcase, a_signal_is_sent_by_pidfd);
	tcase_add_test(tcase, a_stopped_child_is_not_told);
	tcase_add_test(tcase,
	    a_child_that_somebody_else_reaped_is_lost_with_255);
	tcase_add_test(tcase, whoever_is_no_child_is_refused);
	tcase_add_test(tcase,
	    a_child_that_is_unwatched_is_neither_told_nor_reaped);
	tcase_add_test(tcase,
	    one_actor_watches_a_child_and_watching_twice_is_once);
	tcase_add_test(tcase, a_child_is_reaped_though_its_watcher_has_ended);
	tcase_add_test(tcase, many_that_end_at_once_are_all_told_truly);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(child_watcher_suite);
}
