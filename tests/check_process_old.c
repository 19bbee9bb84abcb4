/* check_process_old.c - children on a kernel without pidfds.
 *
 * Refused are pidfd_open(2) and a clone(2) that would give a pidfd, as by a
 * kernel before 5.2. All else of processes is the same there.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <buskin/child.h>
#include <buskin/spawner.h>
#include <buskin/supervisor.h>

#include "employer.h"
#include "harness.h"
#include "spawned.h"

static void
begin(void)
{
	spawned_refuse(SYS_pidfd_open, 0, ENOSYS);
	spawned_refuse(SYS_clone, CLONE_PIDFD, EINVAL);
	employer_begin();
}

static const struct bsk_child_watcher_status *
watcher_status(void)
{
	patron_ask(employer_system, employer_patron, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_status_ask, .reserved = 0));
	return employer_hears(&bsk_child_watcher_status_type, 1);
}

START_TEST(children_are_watched_by_scan)
{
	(void)employer_run((struct bsk_process_config){
	    .command = WORDS("sh", "-c", "exit 3") });
	ck_assert_int_eq(employer_exited(1)->child.code, 3);
	ck_assert(!employer_exited(1)->child.lost);
	ck_assert_int_eq(watcher_status()->strategy, BSK_CHILD_SCAN);
}
END_TEST

START_TEST(a_signal_reaches_the_child)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .command = WORDS("sleep", "1000"), .kill_group = _i == 1 });

	(void)employer_started(1);
	employer_ask(process, BSK_PARCEL(bsk_process_signal,
	    .number = SIGUSR1));
	ck_assert_int_eq(employer_exited(1)->child.signal, SIGUSR1);
}
END_TEST

START_TEST(asked_to_stop_it_is_stopped)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .command = WORDS("sleep", "1000"), .grace_ns = 20 * MS });

	(void)employer_started(1);
	employer_stop(process);
	ck_assert_int_eq(employer_down(), 0);
	ck_assert_int_eq(employer_exited(1)->child.signal, SIGTERM);
}
END_TEST

/* The fixture sees that nothing is left. */
START_TEST(what_runs_at_the_end_is_killed_and_reaped)
{
	(void)employer_run((struct bsk_process_config){
	    .command = WORDS("sleep", "1000"), .grace_ns = 20 * MS });
	(void)employer_started(1);
}
END_TEST

START_TEST(what_was_not_taken_is_killed_and_reaped)
{
	const struct bsk_process_spawned *spawned;
	bsk_ref other = patron_spawn(employer_system, &employer_heard);

	patron_ask(employer_system, other, &bsk_spawner_class,
	    BSK_PARCEL(bsk_process_spawn, .how = {
		.command = WORDS("sleep", "1000") }));
	spawned = employer_hears(&bsk_process_spawned_type, 1);
	ck_assert_int_eq(bsk_fd_number(spawned->pidfd), -1);
	employer_stop(other);
	while (kill(spawned->pid, 0) == 0)
		(void)sched_yield();
	ck_assert_int_eq(errno, ESRCH);
}
END_TEST

static Suite *
process_old_suite(void)
{
	Suite *suite = suite_create("process_old");
	TCase *tcase = harness_case("process_old");

	tcase_add_checked_fixture(tcase, begin, employer_end);
	tcase_add_test(tcase, children_are_watched_by_scan);
	tcase_add_loop_test(tcase, a_signal_reaches_the_child, 0, 2);
	tcase_add_test(tcase, asked_to_stop_it_is_stopped);
	tcase_add_test(tcase, what_runs_at_the_end_is_killed_and_reaped);
	tcase_add_test(tcase, what_was_not_taken_is_killed_and_reaped);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(process_old_suite);
}
