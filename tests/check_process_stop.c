/* check_process_stop.c - a child process goes when it is to go. */
#include <signal.h>
#include <string.h>

#include "employer.h"
#include "harness.h"

START_TEST(asked_to_stop_it_reads_to_the_end)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .command = WORDS("sh", "-c", "cat; echo last words") });

	employer_feed_and_stop(process, "first\n");
	ck_assert_int_eq(employer_down(), 0);
	ck_assert_str_eq(
	    patron_reads(&employer_heard, 17), "first\nlast words\n");
	ck_assert_int_eq(employer_exited(1)->child.code, 0);
}
END_TEST

START_TEST(a_child_that_does_not_end_gets_sigterm)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .command = WORDS("sleep", "1000"), .grace_ns = 20 * MS });

	(void)employer_started(1);
	employer_stop(process);
	ck_assert_int_eq(employer_down(), 0);
	ck_assert_int_eq(employer_exited(1)->child.signal, SIGTERM);
}
END_TEST

START_TEST(a_child_that_ignores_sigterm_is_killed)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .command = WORDS("sh", "-c",
		"trap '' TERM; echo deaf; while :; do sleep 0.01; done"),
	    .grace_ns = 20 * MS });

	(void)patron_reads(&employer_heard, 5);
	employer_stop(process);
	ck_assert_int_eq(employer_down(), 0);
	ck_assert_int_eq(employer_exited(1)->child.signal, SIGKILL);
}
END_TEST

/* It needs longer than its grace to read it all, but is never so long without
 * reading. */
START_TEST(while_a_child_reads_its_grace_does_not_pass)
{
	static char lot[6 * 65536 + 1];
	bsk_ref process = employer_run((struct bsk_process_config){
	    .command = WORDS("sh", "-c",
		"for i in 1 2 3 4 5 6; do "
		"dd bs=65536 count=1 iflag=fullblock status=none >/dev/null; "
		"sleep 0.4; done; cat; echo all"), .grace_ns = 1500 * MS });

	memset(lot, 'x', sizeof(lot) - 1);
	employer_feed_and_stop(process, lot);
	ck_assert_int_eq(employer_down(), 0);
	ck_assert_str_eq(patron_reads(&employer_heard, 4), "all\n");
	ck_assert_int_eq(employer_exited(1)->child.code, 0);
	ck_assert_uint_eq(employer_exited(1)->unsent_bytes, 0);
}
END_TEST

START_TEST(asked_to_stop_early_it_runs_first)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .command = WORDS("cat") });

	employer_feed_and_stop(process, "early\n");
	ck_assert_int_eq(employer_down(), 0);
	ck_assert_str_eq(patron_reads(&employer_heard, 6), "early\n");
}
END_TEST

START_TEST(no_child_outlives_a_system_that_ends)
{
	(void)employer_run((struct bsk_process_config){ .grace_ns = 20 * MS,
	    .command = WORDS("sh", "-c", "trap '' TERM; exec sleep 1000") });
	(void)employer_started(1);
}
END_TEST

START_TEST(a_child_that_closes_its_stdin_may_live_on)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .command = WORDS("sh", "-c",
		"exec <&-; echo shut; while :; do sleep 0.01; done"),
	    .grace_ns = 20 * MS });

	(void)patron_reads(&employer_heard, 5);
	employer_feed_and_stop(process, "in vain\n");
	ck_assert_int_eq(employer_down(), 0);
	ck_assert_int_eq(employer_exited(1)->child.signal, SIGTERM);
	ck_assert_uint_eq(employer_exited(1)->unsent_bytes, 8);
	ck_assert_uint_eq(employer_exited(1)->unsent_messages, 1);
}
END_TEST

static Suite *
process_stop_suite(void)
{
	Suite *suite = suite_create("process, stopped");
	TCase *tcase = harness_case("process, stopped");

	tcase_add_checked_fixture(tcase, employer_begin, employer_end);
	tcase_add_test(tcase, asked_to_stop_it_reads_to_the_end);
	tcase_add_test(tcase, a_child_that_does_not_end_gets_sigterm);
	tcase_add_test(tcase, a_child_that_ignores_sigterm_is_killed);
	tcase_add_test(tcase, while_a_child_reads_its_grace_does_not_pass);
	tcase_add_test(tcase, asked_to_stop_early_it_runs_first);
	tcase_add_test(tcase, no_child_outlives_a_system_that_ends);
	tcase_add_test(tcase, a_child_that_closes_its_stdin_may_live_on);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(process_stop_suite);
}
