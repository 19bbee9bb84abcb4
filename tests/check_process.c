/* check_process.c - a child process is an actor: fed, heard, restarted, and
 * gone when it is to go. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <buskin/inspect.h>
#include <buskin/process.h>
#include <buskin/supervisor.h>

#include "harness.h"
#include "patron.h"

#define MS INT64_C(1000000)
#define PORTS 5

static const struct bsk_class *const classes[] = { &bsk_process_class, NULL };

static bsk_system *all;
static struct patron_log heard;
static bsk_ref patron;

static void
begin(void)
{
	all = harness_system(2, classes);
	patron_log_init(&heard);
	patron = patron_spawn(all, &heard);
}

static void
end(void)
{
	harness_system_end(all);
	patron_log_release(&heard);
}

#define WORDS(...) \
	bsk_list_of_texts((const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static const char *const port_names[PORTS] = {
	"stdout", "stderr", "started", "exited", "finished",
};

/* A process whose every port is wired to the patron. */
static bsk_ref
run(struct bsk_process_config how)
{
	struct bsk_wire wires[PORTS];
	const struct bsk_spawn_options options = {
		.wires = wires, .wire_count = PORTS,
	};
	bsk_ref process;

	for (int i = 0; i < PORTS; i++)
		wires[i] = (struct bsk_wire){ .port = { port_names[i] },
		    .to = patron };
	ck_assert_int_eq(bsk_system_spawn(all, &bsk_process_class,
	    bsk_parcel_new(&bsk_process_config_type, &how), &options,
	    &process), 0);
	return process;
}

static void
feed(bsk_ref process, const char *bytes)
{
	ck_assert_int_eq(bsk_system_send(all, process, BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_copy(bytes, strlen(bytes)))), 0);
}

static void
close_input(bsk_ref process)
{
	ck_assert_int_eq(bsk_system_send(all, process,
	    BSK_NEW(bsk_stream_finish, .reserved = 0)), 0);
}

static pid_t
started(unsigned n)
{
	const struct bsk_process_started *body =
	    patron_hears(&heard, &bsk_process_started_type, n);

	return body->pid;
}

static const struct bsk_process_exited *
exited(unsigned n)
{
	return patron_hears(&heard, &bsk_process_exited_type, n);
}

static const struct bsk_process_finished *
finished(unsigned n)
{
	return patron_hears(&heard, &bsk_process_finished_type, n);
}

static int
down(void)
{
	const struct bsk_down *body = patron_hears(&heard, &bsk_down_type, 1);

	return body->reason;
}

/* --- life ----------------------------------------------------------------- */

START_TEST(what_is_sent_is_read_and_what_is_written_is_heard)
{
	bsk_ref process = run((struct bsk_process_config){
	    .command = WORDS("cat") });

	feed(process, "one\n");
	ck_assert_str_eq(patron_reads(&heard, 4), "one\n");
	feed(process, "two\n");
	close_input(process);
	ck_assert_int_eq(finished(1)->code, 0);
	ck_assert_str_eq(patron_reads(&heard, 8), "one\ntwo\n");
	ck_assert_uint_eq(finished(1)->out_bytes, 8);
	ck_assert_uint_eq(exited(1)->written_bytes, 8);
	ck_assert_uint_eq(exited(1)->unread_bytes, 0);
}
END_TEST

START_TEST(started_comes_first_and_finished_last)
{
	(void)run((struct bsk_process_config){
	    .command = WORDS("sh", "-c", "echo out; echo err >&2; exit 3") });
	ck_assert_int_eq(finished(1)->code, 3);
	ck_assert_int_eq(exited(1)->child.code, 3);
	ck_assert_int_eq(exited(1)->child.pid, started(1));
	ck_assert_uint_lt(patron_place(&heard, &bsk_process_started_type),
	    patron_place(&heard, &bsk_process_exited_type));
	ck_assert_uint_lt(patron_place(&heard, &bsk_process_exited_type),
	    patron_place(&heard, &bsk_process_finished_type));
	ck_assert_uint_eq(strlen(patron_reads(&heard, 8)), 8);
	ck_assert_uint_eq(finished(1)->err_bytes, 4);
}
END_TEST

/* What was sent before the child was there comes first and in order. */
START_TEST(what_is_sent_early_waits_for_the_child)
{
	bsk_ref process = run((struct bsk_process_config){
	    .command = WORDS("cat") });
	char expected[801] = "";
	char line[16];

	for (int i = 0; i < 100; i++) {
		(void)snprintf(line, sizeof(line), "%07d\n", i);
		(void)strcat(expected, line);
		feed(process, line);
	}
	ck_assert_str_eq(patron_reads(&heard, 800), expected);
}
END_TEST

#define MIB (1024 * 1024)

START_TEST(a_mebibyte_goes_through_cat_and_back_whole)
{
	bsk_ref process = run((struct bsk_process_config){
	    .command = WORDS("cat") });
	char *bytes = malloc(MIB + 1);
	int error;

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < MIB; i++)
		bytes[i] = (char)('a' + i * 7 % 26);
	bytes[MIB] = '\0';
	for (size_t at = 0; at < MIB; at += 4096) {
		bsk_buf piece = bsk_buf_copy(bytes + at, 4096);

		while ((error = bsk_system_send(all, process, BSK_NEW(bsk_bytes,
		    .bytes = bsk_buf_share(&piece)))) == -EAGAIN)
			continue;
		ck_assert_int_eq(error, 0);
		bsk_buf_drop(&piece);
	}
	close_input(process);
	ck_assert_int_eq(memcmp(patron_reads(&heard, MIB), bytes, MIB), 0);
	ck_assert_uint_eq(finished(1)->out_bytes, MIB);
	free(bytes);
}
END_TEST

START_TEST(output_is_cut_in_lines)
{
	(void)run((struct bsk_process_config){ .frame = BSK_FRAME_LINES,
	    .command = WORDS("printf", "a\\nbb\\nccc") });
	(void)finished(1);
	ck_assert_str_eq(patron_reads(&heard, 8), "a\nbb\nccc");
	ck_assert_uint_eq(heard.pieces, 3);
}
END_TEST

START_TEST(a_program_that_is_not_there_fails_the_actor_with_the_errno)
{
	bsk_ref process = run((struct bsk_process_config){
	    .command = WORDS("/no/such/program") });

	patron_stop(all, patron, process);
	/* It may be asked to stop before it has failed, or be gone by then. */
	ck_assert(down() == -ENOENT || down() == -ESRCH);
	ck_assert_uint_eq(patron_count(&heard, &bsk_process_started_type), 0);
}
END_TEST

START_TEST(exit_is_told_though_another_holds_the_output)
{
	(void)run((struct bsk_process_config){ .linger_ns = 50 * MS,
	    .command = WORDS("sh", "-c", "sleep 1000 & echo $!") });
	ck_assert_int_eq(exited(1)->child.code, 0);
	ck_assert(finished(1)->cut);
	ck_assert_int_eq(kill(atoi(patron_reads(&heard, 1)), SIGKILL), 0);
}
END_TEST

/* --- signals -------------------------------------------------------------- */

static int
signal_it(bsk_ref process, int number)
{
	unsigned before = patron_count(&heard, &bsk_result_type);
	const struct bsk_result *result;

	patron_ask_actor(all, patron, process,
	    BSK_PARCEL(bsk_process_signal, .number = number));
	result = patron_hears(&heard, &bsk_result_type, before + 1);
	return result->error;
}

START_TEST(a_signal_reaches_the_child)
{
	bsk_ref process = run((struct bsk_process_config){
	    .command = WORDS("cat") });

	(void)started(1);
	ck_assert_int_eq(signal_it(process, 0), 0);
	ck_assert_int_eq(signal_it(process, 65), -EINVAL);
	ck_assert_int_eq(signal_it(process, SIGUSR1), 0);
	ck_assert_int_eq(exited(1)->child.code, -SIGUSR1);
	ck_assert_int_eq(exited(1)->child.signal, SIGUSR1);
}
END_TEST

/* Nobody holds the pipe any more once the whole group is dead. */
START_TEST(nobody_of_a_group_outlives_the_actor)
{
	bsk_list fds = bsk_list_new(sizeof(struct bsk_process_fd), 1);
	struct bsk_process_fd *more = fds.items;
	int ends[2];
	char byte;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	*more = (struct bsk_process_fd){ bsk_fd_own(ends[1]), 7 };
	patron_stop(all, patron, run((struct bsk_process_config){
	    .fds = fds, .linger_ns = 50 * MS, .kill_group = true,
	    .command = WORDS("sh", "-c", "sleep 1000 & exit 0") }));
	ck_assert_int_eq(down(), 0);
	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
	(void)close(ends[0]);
}
END_TEST

/* --- stopping ------------------------------------------------------------- */

START_TEST(asked_to_stop_it_closes_stdin_and_reads_to_the_end)
{
	bsk_ref process = run((struct bsk_process_config){
	    .command = WORDS("sh", "-c", "cat; echo last words") });

	feed(process, "first\n");
	patron_stop(all, patron, process);
	ck_assert_int_eq(down(), 0);
	ck_assert_str_eq(patron_reads(&heard, 17), "first\nlast words\n");
	ck_assert_int_eq(exited(1)->child.code, 0);
}
END_TEST

START_TEST(a_child_that_does_not_end_gets_sigterm)
{
	bsk_ref process = run((struct bsk_process_config){
	    .command = WORDS("sleep", "1000"), .grace_ns = 20 * MS });

	(void)started(1);
	patron_stop(all, patron, process);
	ck_assert_int_eq(down(), 0);
	ck_assert_int_eq(exited(1)->child.signal, SIGTERM);
}
END_TEST

START_TEST(a_child_that_ignores_sigterm_is_killed)
{
	bsk_ref process = run((struct bsk_process_config){
	    .command = WORDS("sh", "-c",
	        "trap '' TERM; echo deaf; while :; do sleep 0.01; done"),
	    .grace_ns = 20 * MS });

	(void)patron_reads(&heard, 5);
	patron_stop(all, patron, process);
	ck_assert_int_eq(down(), 0);
	ck_assert_int_eq(exited(1)->child.signal, SIGKILL);
}
END_TEST

START_TEST(asked_to_stop_before_it_runs_it_runs_and_stops)
{
	bsk_ref process = run((struct bsk_process_config){
	    .command = WORDS("cat") });

	feed(process, "early\n");
	patron_stop(all, patron, process);
	ck_assert_int_eq(down(), 0);
	ck_assert_str_eq(patron_reads(&heard, 6), "early\n");
}
END_TEST

/* The fixture sees whether a child is left. */
START_TEST(no_child_outlives_a_system_that_ends)
{
	(void)run((struct bsk_process_config){ .grace_ns = 20 * MS,
	    .command = WORDS("sh", "-c", "trap '' TERM; exec sleep 1000") });
	(void)started(1);
}
END_TEST

START_TEST(a_child_that_closes_its_stdin_may_live_on)
{
	bsk_ref process = run((struct bsk_process_config){
	    .command = WORDS("sh", "-c",
	        "exec <&-; echo shut; while :; do sleep 0.01; done"),
	    .grace_ns = 20 * MS });

	(void)patron_reads(&heard, 5);
	feed(process, "in vain\n");
	patron_stop(all, patron, process);
	ck_assert_int_eq(down(), 0);
	ck_assert_int_eq(exited(1)->child.signal, SIGTERM);
	ck_assert_uint_eq(exited(1)->unsent_bytes, 8);
	ck_assert_uint_eq(exited(1)->unsent_messages, 1);
}
END_TEST

/* --- restarting ----------------------------------------------------------- */

static bsk_ref
supervise(struct bsk_process_config how)
{
	bsk_list wires = bsk_list_new(sizeof(struct bsk_wire), PORTS);
	struct bsk_wire *wire = wires.items;
	const struct bsk_child_started *body;
	bsk_ref supervisor;

	for (int i = 0; i < PORTS; i++)
		wire[i] = (struct bsk_wire){
		    .port = bsk_text_copy(port_names[i]), .to = patron };
	ck_assert_int_eq(bsk_system_spawn(all, &bsk_supervisor_class,
	    BSK_PARCEL(bsk_supervisor_config, .restarts = 5,
	    .within_ns = 60000 * MS), NULL, &supervisor), 0);
	patron_ask_actor(all, patron, supervisor, BSK_PARCEL(bsk_child_start,
	    .name = bsk_text_copy("p"), .class_name = bsk_text_copy("process"),
	    .config = bsk_parcel_new(&bsk_process_config_type, &how),
	    .wires = wires, .restart = BSK_PERMANENT,
	    .grace_ns = 10000 * MS));
	body = patron_hears(&heard, &bsk_child_started_type, 1);
	return body->child;
}

START_TEST(a_killed_child_is_restarted_in_place)
{
	bsk_ref process = supervise((struct bsk_process_config){
	    .command = WORDS("cat") });
	pid_t first = started(1);

	feed(process, "one\n");
	(void)patron_reads(&heard, 4);
	ck_assert_int_eq(kill(first, SIGKILL), 0);
	ck_assert_int_ne(started(2), first);
	feed(process, "two\n");
	ck_assert_str_eq(patron_reads(&heard, 8), "one\ntwo\n");
	ck_assert_int_eq(exited(1)->child.code, -SIGKILL);
}
END_TEST

/* The first child reads nothing and dies; what the kernel was never given
 * reaches the second, in order; what it was, is told. */
START_TEST(what_a_killed_child_was_not_sent_goes_to_the_next)
{
	char path[] = "/tmp/check-process-XXXXXX";
	int fd = mkstemp(path);
	static char line[4097];
	const struct bsk_process_exited *first;
	bsk_ref process;
	size_t given;

	ck_assert_int_ge(fd, 0);
	process = supervise((struct bsk_process_config){
	    .command = WORDS("sh", "-c",
	        "if test -s $0; then exec cat; fi; echo x >$0; exec sleep 1000",
	        path) });
	memset(line, 'a', 4096);
	for (int i = 0; i < 100; i++) {
		line[0] = (char)('0' + i % 10);
		feed(process, line);
	}
	(void)started(1);
	while (lseek(fd, 0, SEEK_END) == 0)
		continue;
	ck_assert_int_eq(kill(started(1), SIGKILL), 0);
	first = exited(1);
	given = (size_t)first->written_bytes;
	ck_assert_uint_eq(first->unread_bytes, given);
	ck_assert_uint_eq(given % 4096, 0);
	ck_assert_uint_lt(given, 100 * 4096);
	ck_assert_int_eq(patron_reads(&heard, 100 * 4096 - given)[0],
	    (int)('0' + given / 4096 % 10));
	(void)close(fd);
	(void)unlink(path);
}
END_TEST

static Suite *
process_suite(void)
{
	Suite *suite = suite_create("process");
	TCase *tcase = harness_case("process");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase,
	    what_is_sent_is_read_and_what_is_written_is_heard);
	tcase_add_test(tcase, started_comes_first_and_finished_last);
	tcase_add_test(tcase, what_is_sent_early_waits_for_the_child);
	tcase_add_test(tcase, a_mebibyte_goes_through_cat_and_back_whole);
	tcase_add_test(tcase, output_is_cut_in_lines);
	tcase_add_test(tcase,
	    a_program_that_is_not_there_fails_the_actor_with_the_errno);
	tcase_add_test(tcase, exit_is_told_though_another_holds_the_output);
	tcase_add_test(tcase, a_signal_reaches_the_child);
	tcase_add_test(tcase, nobody_of_a_group_outlives_the_actor);
	tcase_add_test(tcase,
	    asked_to_stop_it_closes_stdin_and_reads_to_the_end);
	tcase_add_test(tcase, a_child_that_does_not_end_gets_sigterm);
	tcase_add_test(tcase, a_child_that_ignores_sigterm_is_killed);
	tcase_add_test(tcase, asked_to_stop_before_it_runs_it_runs_and_stops);
	tcase_add_test(tcase, no_child_outlives_a_system_that_ends);
	tcase_add_test(tcase, a_child_that_closes_its_stdin_may_live_on);
	tcase_add_test(tcase, a_killed_child_is_restarted_in_place);
	tcase_add_test(tcase,
	    what_a_killed_child_was_not_sent_goes_to_the_next);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(process_suite);
}
