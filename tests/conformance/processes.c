/* processes.c - rows D04 and D11 to D20, and X06: what becomes of a child that
 * runs.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <buskin/process.h>
#include <buskin/status.h>

#include "../employer.h"
#include "../harness.h"

#define HOUR_NS (INT64_C(3600) * 1000000000)

/* Somebody who does not end holds its output open, and says who that is. */
#define HELD "sleep 1000 & echo $!; "

static void
let_go(void)
{
	pid_t holder = atoi(patron_reads(&employer_heard, 2));

	ck_assert_int_gt(holder, 1);
	ck_assert_int_eq(kill(holder, SIGKILL), 0);
}

static int
send_signal(bsk_ref process, int number)
{
	unsigned before = employer_count(&bsk_result_type);

	employer_ask(process, BSK_PARCEL(bsk_process_signal,
	    .number = number));
	return ((const struct bsk_result *)employer_hears(&bsk_result_type,
	    before + 1))->error;
}

static void
wait_for(bsk_ref process)
{
	employer_ask(process, BSK_PARCEL(bsk_process_wait, .reserved = 0));
}

/* What answers that, the n-th time. */
static int
waited(unsigned n)
{
	const struct bsk_child_exited *exited =
	    employer_hears(&bsk_child_exited_type, n);

	return exited->code;
}

/* --- events --------------------------------------------------------------- */

START_TEST(D04)
{
	const struct bsk_child_exited *child;

	(void)employer_run((struct bsk_process_config){ .command = WORDS("sh",
	    "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 7")});
	child = &employer_exited(1)->child;
	ck_assert_int_eq(child->code, 7);
	ck_assert_int_eq(child->pid, employer_started(1));
	ck_assert_int_gt(child->user_ns + child->system_ns, 0);
	ck_assert_uint_gt(child->memory_bytes, 0);
	(void)employer_finished(1);
	ck_assert_uint_eq(employer_count(&bsk_process_exited_type), 1);
}
END_TEST

START_TEST(D11)
{
	static const uint64_t bytes[] = { 0, 4, 8 };
	bool seen[3] = { false };
	unsigned last;

	(void)employer_run((struct bsk_process_config){ .command = WORDS("sh",
	    "-c", "echo out; echo err err >&2; exit 3") });
	ck_assert_int_eq(employer_finished(1)->code, 3);
	ck_assert_uint_eq(
	    patron_place(&employer_heard, &bsk_process_started_type), 0);
	last = patron_place(&employer_heard, &bsk_process_finished_type);
	ck_assert_uint_eq(last, 5);
	for (unsigned i = 1; i <= 3; i++) {
		const struct bsk_process_closed *closed =
		    employer_hears(&bsk_process_closed_type, i);

		ck_assert(!seen[closed->fd]);
		seen[closed->fd] = true;
		ck_assert_uint_eq(closed->bytes, bytes[closed->fd]);
	}
	ck_assert_uint_eq(employer_count(&bsk_process_started_type), 1);
	ck_assert_uint_eq(employer_count(&bsk_process_exited_type), 1);
	ck_assert_uint_eq(strlen(patron_reads(&employer_heard, 12)), 12);
}
END_TEST

START_TEST(D12)
{
	char expected[801] = "";
	bsk_ref process = employer_run((struct bsk_process_config){
	    .command = WORDS("cat") });

	for (int i = 0; i < 100; i++) {
		char line[16];

		(void)snprintf(line, sizeof(line), "%07d\n", i);
		(void)strcat(expected, line);
		employer_feed(process, line);
	}
	employer_close_input(process);
	ck_assert_str_eq(patron_reads(&employer_heard, 800), expected);
	(void)employer_finished(1);
	ck_assert_uint_eq(
	    patron_place(&employer_heard, &bsk_process_started_type), 0);
}
END_TEST

START_TEST(D13)
{
	(void)employer_run((struct bsk_process_config){ .linger_ns = HOUR_NS,
	    .command = WORDS("sh", "-c", HELD "exit 3") });
	ck_assert_int_eq(employer_exited(1)->child.code, 3);
	ck_assert_uint_eq(employer_count(&bsk_process_finished_type), 0);
	let_go();
	ck_assert_int_eq(employer_finished(1)->code, 3);
	ck_assert(!employer_finished(1)->cut);
}
END_TEST

START_TEST(D13_no_longer_than_it_may)
{
	(void)employer_run((struct bsk_process_config){ .linger_ns = 20 * MS,
	    .command = WORDS("sh", "-c", HELD "exit 0") });
	ck_assert(employer_finished(1)->cut);
	let_go();
}
END_TEST

START_TEST(D14)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .linger_ns = HOUR_NS,
	    .command = WORDS("sh", "-c", HELD "read x; exit 5") });

	wait_for(process);
	wait_for(process);
	employer_feed(process, "\n");
	ck_assert_int_eq(waited(2), 5);
	wait_for(process);
	ck_assert_int_eq(waited(3), 5);
	ck_assert_uint_eq(employer_count(&bsk_process_finished_type), 0);
	let_go();
	(void)employer_finished(1);
}
END_TEST

/* Both of its outputs are held, and nobody reads what they bring. */
START_TEST(X06)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .linger_ns = HOUR_NS,
	    .command = WORDS("sh", "-c",
		"sleep 1000 >&2 & echo $!; echo >&2; read x; kill -9 $$") });

	wait_for(process);
	employer_feed(process, "\n");
	ck_assert_int_eq(waited(1), -SIGKILL);
	ck_assert_int_eq(employer_exited(1)->child.signal, SIGKILL);
	ck_assert_uint_eq(employer_count(&bsk_process_finished_type), 0);
	let_go();
	ck_assert_int_eq(employer_finished(1)->code, -SIGKILL);
}
END_TEST

/* --- how it stands -------------------------------------------------------- */

START_TEST(D15)
{
	const struct bsk_process_status *now;
	bsk_ref process = employer_run((struct bsk_process_config){
	    .linger_ns = HOUR_NS,
	    .command = WORDS("sh", "-c", HELD "read x; exit 9") });
	pid_t pid = employer_started(1);

	now = employer_status(process);
	ck_assert_int_eq(now->state, BSK_PROCESS_RUNNING);
	ck_assert_int_eq(now->pid, pid);
	ck_assert_int_eq(now->code, 0);
	ck_assert_uint_eq(now->children.count, 1);
	ck_assert_int_eq(
	    ((const struct bsk_resource *)now->children.items)->number, pid);
	employer_feed(process, "\n");
	(void)employer_exited(1);
	now = employer_status(process);
	ck_assert_int_eq(now->state, BSK_PROCESS_OVER);
	ck_assert_int_eq(now->pid, pid);
	ck_assert_int_eq(now->code, 9);
	ck_assert_uint_eq(now->children.count, 0);
	let_go();
	(void)employer_finished(1);
}
END_TEST

/* Told to pause, the actor that reads its output does. */
START_TEST(D16)
{
	const struct bsk_process_started *started;
	bsk_ref process = employer_run((struct bsk_process_config){
	    .linger_ns = HOUR_NS, .err = BSK_STDIO_NULL,
	    .command = WORDS("sh", "-c", "read x; echo hello") });

	started = employer_hears(&bsk_process_started_type, 1);
	ck_assert(bsk_ref_equal(started->in, process));
	ck_assert(!bsk_ref_is_nobody(started->out));
	ck_assert(bsk_ref_is_nobody(started->err));
	ck_assert_int_eq(bsk_system_send(employer_system, started->out,
	    BSK_NEW(bsk_stream_pause, .reserved = 0)), 0);
	employer_feed(process, "\n");
	(void)employer_exited(1);
	ck_assert_int_eq(employer_status(process)->out, BSK_PROCESS_PIPE_OPEN);
	ck_assert_uint_eq(employer_count(&bsk_process_finished_type), 0);
	ck_assert_int_eq(bsk_system_send(employer_system, started->out,
	    BSK_NEW(bsk_stream_resume, .reserved = 0)), 0);
	ck_assert_str_eq(patron_reads(&employer_heard, 6), "hello\n");
	(void)employer_finished(1);
}
END_TEST

START_TEST(D20)
{
	const struct bsk_process_status *now;
	bsk_ref process = employer_run((struct bsk_process_config){
	    .err = BSK_STDIO_NULL, .command = WORDS("sh", "-c",
		"read x; exec >&-; read x; exit 0") });

	(void)employer_started(1);
	now = employer_status(process);
	ck_assert_int_eq(now->in, BSK_PROCESS_PIPE_OPEN);
	ck_assert_int_eq(now->out, BSK_PROCESS_PIPE_OPEN);
	ck_assert_int_eq(now->err, BSK_PROCESS_NO_PIPE);
	employer_feed(process, "\n");
	(void)employer_hears(&bsk_process_closed_type, 1);
	now = employer_status(process);
	ck_assert_int_eq(now->state, BSK_PROCESS_RUNNING);
	ck_assert_int_eq(now->in, BSK_PROCESS_PIPE_OPEN);
	ck_assert_int_eq(now->out, BSK_PROCESS_PIPE_CLOSED);
	ck_assert_uint_eq(now->written_bytes, 1);
	employer_close_input(process);
	(void)employer_finished(1);
}
END_TEST

/* --- signals and the end -------------------------------------------------- */

static const int numbers[] = { SIGUSR1, SIGTERM, SIGKILL, SIGHUP };

START_TEST(D17)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .linger_ns = HOUR_NS, .command = WORDS("sh", "-c",
		HELD "echo; exec cat") });

	(void)patron_reads(&employer_heard, 3);
	ck_assert_int_eq(send_signal(process, 65), -EINVAL);
	ck_assert_int_eq(send_signal(process, -1), -EINVAL);
	ck_assert_int_eq(send_signal(process, numbers[_i]), 0);
	ck_assert_int_eq(employer_exited(1)->child.code, -numbers[_i]);
	ck_assert_int_eq(send_signal(process, SIGTERM), -ESRCH);
	let_go();
	(void)employer_finished(1);
}
END_TEST

START_TEST(D18)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .grace_ns = 20 * MS, .command = WORDS("sh", "-c",
		"trap '' TERM; echo on; while :; do sleep 0.01; done") });

	(void)patron_reads(&employer_heard, 3);
	employer_stop(process);
	employer_stop(process);
	(void)employer_hears(&bsk_down_type, 2);
	ck_assert_int_eq(employer_exited(1)->child.code, -SIGKILL);
	(void)employer_finished(1);
	ck_assert_uint_eq(employer_count(&bsk_process_exited_type), 1);
	ck_assert_uint_eq(employer_count(&bsk_process_finished_type), 1);
}
END_TEST

/* Its input ends: who reads it to the end has the time for what comes then. */
START_TEST(D18_in_time)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .grace_ns = HARNESS_PATIENCE_NS, .command = WORDS("sh", "-c",
		"trap '' TERM; echo on; cat; echo off") });

	(void)patron_reads(&employer_heard, 3);
	employer_stop(process);
	(void)employer_hears(&bsk_down_type, 1);
	ck_assert_str_eq(patron_reads(&employer_heard, 7), "on\noff\n");
	ck_assert_int_eq(employer_exited(1)->child.code, 0);
	ck_assert_uint_eq(employer_count(&bsk_process_exited_type), 1);
}
END_TEST

/* The whole group is asked, given its grace, and killed. */
START_TEST(D18_group)
{
	bsk_list fds;
	int life = employer_give(7, 1, &fds);
	bsk_ref process = employer_run((struct bsk_process_config){
	    .fds = fds, .kill_group = true, .grace_ns = 20 * MS,
	    .command = WORDS("sh", "-c", "trap '' TERM; echo on; "
		"sleep 1000 & while :; do sleep 0.01; done") });
	char byte;

	(void)patron_reads(&employer_heard, 3);
	employer_stop(process);
	(void)employer_hears(&bsk_down_type, 1);
	ck_assert_int_eq(employer_exited(1)->child.code, -SIGKILL);
	ck_assert_int_eq(read(life, &byte, 1), 0);
	ck_assert_int_eq(close(life), 0);
}
END_TEST

/* Done is done: the actor is gone with its child, unasked, and the fixture
 * finds nothing of either. */
START_TEST(D19)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .command = WORDS("true") });

	(void)employer_finished(1);
	employer_stop(process);
	ck_assert(employer_down() == 0 || employer_down() == -ESRCH);
	wait_for(process);
	(void)employer_hears(&bsk_ask_failed_type, 1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("processes");
	TCase *tcase = harness_case("processes");

	tcase_add_checked_fixture(tcase, employer_begin, employer_end);
	tcase_add_test(tcase, D04);
	tcase_add_test(tcase, D11);
	tcase_add_test(tcase, D12);
	tcase_add_test(tcase, D13);
	tcase_add_test(tcase, D13_no_longer_than_it_may);
	tcase_add_test(tcase, D14);
	tcase_add_test(tcase, X06);
	tcase_add_test(tcase, D15);
	tcase_add_test(tcase, D16);
	tcase_add_test(tcase, D20);
	tcase_add_loop_test(tcase, D17, 0,
	    (int)(sizeof(numbers) / sizeof(numbers[0])));
	tcase_add_test(tcase, D18);
	tcase_add_test(tcase, D18_in_time);
	tcase_add_test(tcase, D18_group);
	tcase_add_test(tcase, D19);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
