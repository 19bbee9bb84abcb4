/* check_child_watcher.c - how children end is told, once and truly, by every
 * strategy alike.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <buskin/child.h>

#include "harness.h"
#include "nursery.h"

#define STRATEGY nursery_strategies[_i]
#define IS_EXCLUSIVE (STRATEGY == BSK_CHILD_REAP_ALL)
#define ABORT "read line; kill -ABRT $$"

START_TEST(an_exit_code_is_told_and_the_child_is_reaped)
{
	int leash;
	pid_t pid = nursery_bear(NURSERY_EXIT_7, &leash);

	nursery_watcher(STRATEGY);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(1), 0);
	ck_assert_uint_eq(nursery_tellings(), 0);
	(void)close(leash);
	ck_assert_int_eq(nursery_told(1)->pid, pid);
	ck_assert_int_eq(nursery_told(1)->code, 7);
	ck_assert_int_eq(nursery_told(1)->signal, 0);
	ck_assert(!nursery_told(1)->lost && !nursery_told(1)->core);
	ck_assert_uint_gt(nursery_told(1)->memory_bytes, 0);
	ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(a_child_that_was_dead_already_is_told_all_the_same)
{
	int leash;
	pid_t pid = nursery_bear(NURSERY_EXIT_7, &leash);

	(void)close(leash);
	nursery_await_end(pid);
	nursery_watcher(STRATEGY);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_told(1)->code, 7);
	ck_assert_int_eq(nursery_answer(1), 0);
}
END_TEST

START_TEST(a_signal_is_told_as_its_negative_number)
{
	int leash;
	pid_t pid = nursery_bear(ABORT, &leash);

	nursery_watcher(STRATEGY);
	nursery_watch(pid);
	(void)close(leash);
	ck_assert_int_eq(nursery_told(1)->code, -SIGABRT);
	ck_assert_int_eq(nursery_told(1)->signal, SIGABRT);
}
END_TEST

START_TEST(a_signal_is_sent_to_a_watched_child_only)
{
	int leash;
	pid_t pid = nursery_bear(NURSERY_EXIT_7, &leash);

	nursery_watcher(STRATEGY);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(1), 0);
	nursery_ask(BSK_PARCEL(bsk_child_signal, .pid = pid,
	    .number = SIGKILL));
	ck_assert_int_eq(nursery_answer(2), 0);
	ck_assert_int_eq(nursery_told(1)->code, -SIGKILL);
	nursery_ask(BSK_PARCEL(bsk_child_signal, .pid = pid,
	    .number = SIGKILL));
	ck_assert_int_eq(nursery_answer(3), -ESRCH);
	(void)close(leash);
}
END_TEST

START_TEST(a_stopped_child_is_not_told)
{
	int leash;
	pid_t pid = nursery_bear(NURSERY_EXIT_7, &leash);
	siginfo_t info;

	nursery_watcher(STRATEGY);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(1), 0);
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WSTOPPED), 0);
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	(void)close(leash);
	ck_assert_int_eq(nursery_told(1)->code, 7);
	ck_assert_uint_eq(nursery_tellings(), 1);
}
END_TEST

START_TEST(a_child_that_somebody_else_reaped_is_lost_with_255)
{
	int leash;
	pid_t pid = nursery_bear(NURSERY_EXIT_7, &leash);
	int pidfd = bsk_os_libc.pidfd_open(&bsk_os_libc, pid);

	ck_assert_int_ge(pidfd, 0);
	(void)close(leash);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	nursery_watcher(STRATEGY);
	nursery_ask(BSK_PARCEL(bsk_child_watch, .pid = pid,
	    .pidfd = bsk_fd_own(pidfd)));
	ck_assert_int_eq(nursery_told(1)->code, 255);
	ck_assert(nursery_told(1)->lost);
	ck_assert_int_eq(nursery_answer(1), 0);
}
END_TEST

START_TEST(whoever_is_no_child_is_refused)
{
	nursery_watcher(STRATEGY);
	nursery_watch(getpid());
	ck_assert_int_eq(nursery_answer(1), -ECHILD);
	nursery_watch(1);
	ck_assert_int_eq(nursery_answer(2), -ECHILD);
	nursery_watch(0);
	ck_assert_int_eq(nursery_answer(3), -EINVAL);
	nursery_watch(-5);
	ck_assert_int_eq(nursery_answer(4), -EINVAL);
	ck_assert_str_eq(bsk_text_chars(((const struct bsk_result *)
	    patron_hears(&nursery_heard, &bsk_result_type, 4))->field),
	    "pid");
}
END_TEST

/* Save by the one strategy that reaps everybody. */
START_TEST(a_child_that_is_unwatched_is_neither_told_nor_reaped)
{
	int leash;
	pid_t pid = nursery_bear(NURSERY_EXIT_7, &leash);

	nursery_watcher(STRATEGY);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(1), 0);
	nursery_unwatch(pid);
	ck_assert_int_eq(nursery_answer(2), 0);
	nursery_unwatch(pid);
	ck_assert_int_eq(nursery_answer(3), -ENOENT);
	(void)close(leash);
	ck_assert(waitpid(pid, NULL, 0) == pid || IS_EXCLUSIVE);
	ck_assert_uint_eq(nursery_tellings(), 0);
}
END_TEST

START_TEST(one_actor_watches_a_child_and_watching_twice_is_once)
{
	int leash;
	pid_t pid = nursery_bear(NURSERY_EXIT_7, &leash);
	bsk_ref other = patron_spawn(nursery_system, &nursery_heard);

	nursery_watcher(STRATEGY);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(1), 0);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(2), 0);
	patron_ask(nursery_system, other, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_watch, .pid = pid));
	ck_assert_int_eq(nursery_answer(3), -EBUSY);
	(void)close(leash);
	ck_assert_int_eq(nursery_told(1)->code, 7);
	ck_assert_uint_eq(nursery_tellings(), 1);
}
END_TEST

START_TEST(a_child_is_reaped_though_its_watcher_has_ended)
{
	bsk_ref other = patron_spawn(nursery_system, &nursery_heard);
	int leash;
	pid_t pid = nursery_bear(NURSERY_EXIT_7, &leash);

	nursery_watcher(STRATEGY);
	patron_ask(nursery_system, other, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_watch, .pid = pid, .owned = true));
	ck_assert_int_eq(nursery_answer(1), 0);
	patron_stop(nursery_system, nursery_patron, other);
	(void)patron_hears(&nursery_heard, &bsk_down_type, 1);
	(void)close(leash);
	/* The fixture sees that no zombie is left: the watcher waits for what
	 * is owned. */
}
END_TEST

#define MANY 100

START_TEST(many_that_end_at_once_are_all_told_truly)
{
	pid_t pids[MANY];
	int times[MANY];
	unsigned told_of = 0;

	nursery_watcher(STRATEGY);
	for (int i = 0; i < MANY; i++) {
		pids[i] = nursery_bear_idle(7);
		nursery_watch(pids[i]);
		times[i] = 0;
	}
	for (unsigned i = 1; i <= MANY; i++)
		ck_assert_int_eq(nursery_answer(i), 0);
	nursery_let_all_go();
	for (unsigned i = 1; i <= MANY; i++) {
		ck_assert_int_eq(nursery_told(i)->code, 7);
		for (unsigned j = 0; j < MANY; j++)
			if (nursery_told(i)->pid == pids[j])
				told_of += times[j]++ == 0;
	}
	ck_assert_uint_eq(told_of, MANY);
	ck_assert_uint_eq(nursery_tellings(), MANY);
}
END_TEST

static Suite *
child_watcher_suite(void)
{
	const TTest *const tests[] = {
		an_exit_code_is_told_and_the_child_is_reaped,
		a_child_that_was_dead_already_is_told_all_the_same,
		a_signal_is_told_as_its_negative_number,
		a_signal_is_sent_to_a_watched_child_only,
		a_stopped_child_is_not_told,
		a_child_that_somebody_else_reaped_is_lost_with_255,
		whoever_is_no_child_is_refused,
		a_child_that_is_unwatched_is_neither_told_nor_reaped,
		one_actor_watches_a_child_and_watching_twice_is_once,
		a_child_is_reaped_though_its_watcher_has_ended,
		many_that_end_at_once_are_all_told_truly,
	};
	Suite *suite = suite_create("child_watcher");
	TCase *tcase = harness_case("child_watcher");

	tcase_add_checked_fixture(tcase, nursery_begin, nursery_end);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_loop_test(tcase, tests[i], 0, NURSERY_STRATEGIES);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(child_watcher_suite);
}
