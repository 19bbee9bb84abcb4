/* check_process.c - a child process is an actor: fed, heard, restarted, and
 * gone when it is to go.
 *
 * size-exception: one patron and one set of shell children serve all claims
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <buskin/process.h>
#include <buskin/supervisor.h>

#include "faulty_os.h"
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

/* Feeds it, and asks it to stop: in that order, for it is one actor that
 * does both. */
static void
feed_and_stop(bsk_ref process, const char *bytes)
{
	patron_ask_actor(all, patron, process, BSK_PARCEL(bsk_bytes,
	    .bytes = bsk_buf_copy(bytes, strlen(bytes))));
	patron_stop(all, patron, process);
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
	return ((const struct bsk_process_started *)patron_hears(&heard,
	    &bsk_process_started_type, n))->pid;
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
	return ((const struct bsk_down *)patron_hears(&heard, &bsk_down_type,
	    1))->reason;
}

/* --- life ----------------------------------------------------------------- */

START_TEST(what_is_sent_is_read_and_answered)
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

START_TEST(what_is_sent_early_waits)
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

START_TEST(a_mebibyte_comes_back_whole)
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
	ck_assert_str_eq(patron_reads(&heard, 9), "a\nbb\nccc\n");
	ck_assert_uint_eq(heard.pieces, 3);
}
END_TEST

START_TEST(a_missing_program_fails_the_actor)
{
	bsk_ref process = run((struct bsk_process_config){
	    .command = WORDS("/no/such/program") });

	patron_stop(all, patron, process);
	/* It may be gone before we look. */
	ck_assert(down() == -ENOENT || down() == -ESRCH);
	ck_assert_uint_eq(patron_count(&heard, &bsk_process_started_type), 0);
}
END_TEST

START_TEST(exit_is_told_though_output_is_held)
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

	patron_ask_actor(all, patron, process,
	    BSK_PARCEL(bsk_process_signal, .number = number));
	return ((const struct bsk_result *)patron_hears(&heard,
	    &bsk_result_type, before + 1))->error;
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

START_TEST(asked_to_stop_it_reads_to_the_end)
{
	bsk_ref process = run((struct bsk_process_config){
	    .command = WORDS("sh", "-c", "cat; echo last words") });

	feed_and_stop(process, "first\n");
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

/* It needs longer than its grace to read it all, but is never so long without
 * reading. */
START_TEST(while_a_child_reads_its_grace_does_not_pass)
{
	static char lot[6 * 65536 + 1];
	bsk_ref process = run((struct bsk_process_config){
	    .command = WORDS("sh", "-c",
		"for i in 1 2 3 4 5 6; do "
		"dd bs=65536 count=1 iflag=fullblock status=none >/dev/null; "
		"sleep 0.4; done; cat; echo all"), .grace_ns = 1500 * MS });

	memset(lot, 'x', sizeof(lot) - 1);
	feed_and_stop(process, lot);
	ck_assert_int_eq(down(), 0);
	ck_assert_str_eq(patron_reads(&heard, 4), "all\n");
	ck_assert_int_eq(exited(1)->child.code, 0);
	ck_assert_uint_eq(exited(1)->unsent_bytes, 0);
}
END_TEST

START_TEST(asked_to_stop_early_it_runs_first)
{
	bsk_ref process = run((struct bsk_process_config){
	    .command = WORDS("cat") });

	feed_and_stop(process, "early\n");
	ck_assert_int_eq(down(), 0);
	ck_assert_str_eq(patron_reads(&heard, 6), "early\n");
}
END_TEST

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
	feed_and_stop(process, "in vain\n");
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
	return ((const struct bsk_child_started *)patron_hears(&heard,
	    &bsk_child_started_type, 1))->child;
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
START_TEST(what_was_not_sent_goes_to_the_next)
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

/* --- a world that fails --------------------------------------------------- */

/* A life that must end whatever fails; the fixture sees what is left. */
static void
live(struct faulty_os *world, void *arg)
{
	const struct bsk_system_options options = { .os = &world->table,
	    .workers = 1 };
	bsk_ref process;

	(void)arg;
	patron_log_init(&heard);
	ck_assert_int_eq(bsk_system_create(&options, &all), 0);
	patron = patron_spawn(all, &heard);
	ck_assert_int_eq(bsk_system_start(all), 0);
	process = run((struct bsk_process_config){ .command = WORDS("cat"),
	    .grace_ns = 20 * MS });
	feed_and_stop(process, "line\n");
	(void)down();
	harness_system_end(all);
	patron_log_release(&heard);
}

static const enum faulty_call failing[] = {
	FAULTY_DUP, FAULTY_PIPE2, FAULTY_FLAGS_GET, FAULTY_FLAGS_SET,
	FAULTY_SPAWN, FAULTY_STAT, FAULTY_EPOLL_CTL,
};
#define FAILING ((int)(sizeof(failing) / sizeof(failing[0])))

START_TEST(nothing_is_left_if_a_call_fails)
{
	ck_assert_uint_gt(faulty_os_walk(&bsk_os_libc, failing[_i], EMFILE,
	    live, NULL), 0);
}
END_TEST

static Suite *
process_suite(void)
{
	Suite *suite = suite_create("process");
	TCase *tcase = harness_case("process");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, what_is_sent_is_read_and_answered);
	tcase_add_test(tcase, started_comes_first_and_finished_last);
	tcase_add_test(tcase, what_is_sent_early_waits);
	tcase_add_test(tcase, a_mebibyte_comes_back_whole);
	tcase_add_test(tcase, output_is_cut_in_lines);
	tcase_add_test(tcase, a_missing_program_fails_the_actor);
	tcase_add_test(tcase, exit_is_told_though_output_is_held);
	tcase_add_test(tcase, a_signal_reaches_the_child);
	tcase_add_test(tcase, nobody_of_a_group_outlives_the_actor);
	tcase_add_test(tcase, asked_to_stop_it_reads_to_the_end);
	tcase_add_test(tcase, a_child_that_does_not_end_gets_sigterm);
	tcase_add_test(tcase, a_child_that_ignores_sigterm_is_killed);
	tcase_add_test(tcase, while_a_child_reads_its_grace_does_not_pass);
	tcase_add_test(tcase, asked_to_stop_early_it_runs_first);
	tcase_add_test(tcase, no_child_outlives_a_system_that_ends);
	tcase_add_test(tcase, a_child_that_closes_its_stdin_may_live_on);
	tcase_add_test(tcase, a_killed_child_is_restarted_in_place);
	tcase_add_test(tcase, what_was_not_sent_goes_to_the_next);
	suite_add_tcase(suite, tcase);
	tcase = harness_case("process in a failing world");
	tcase_add_loop_test(tcase, nothing_is_left_if_a_call_fails, 0, FAILING);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(process_suite);
}
