/* check_process.c - a child process is an actor: fed, heard, restarted. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <buskin/child.h>
#include <buskin/process.h>
#include <buskin/supervisor.h>

#include "employer.h"
#include "faulty_os.h"
#include "harness.h"

/* --- life ----------------------------------------------------------------- */

START_TEST(what_is_sent_is_read_and_answered)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .command = WORDS("cat") });

	employer_feed(process, "one\n");
	ck_assert_str_eq(patron_reads(&employer_heard, 4), "one\n");
	employer_feed(process, "two\n");
	employer_close_input(process);
	ck_assert_int_eq(employer_finished(1)->code, 0);
	ck_assert_str_eq(patron_reads(&employer_heard, 8), "one\ntwo\n");
	ck_assert_uint_eq(employer_finished(1)->out_bytes, 8);
	ck_assert_uint_eq(employer_exited(1)->written_bytes, 8);
	ck_assert_uint_eq(employer_exited(1)->unread_bytes, 0);
}
END_TEST

START_TEST(started_comes_first_and_finished_last)
{
	(void)employer_run((struct bsk_process_config){
	    .command = WORDS("sh", "-c", "echo out; echo err >&2; exit 3") });
	ck_assert_int_eq(employer_finished(1)->code, 3);
	ck_assert_int_eq(employer_exited(1)->child.code, 3);
	ck_assert_int_eq(employer_exited(1)->child.pid, employer_started(1));
	ck_assert_uint_lt(
	    patron_place(&employer_heard, &bsk_process_started_type),
	    patron_place(&employer_heard, &bsk_process_exited_type));
	ck_assert_uint_lt(
	    patron_place(&employer_heard, &bsk_process_exited_type),
	    patron_place(&employer_heard, &bsk_process_finished_type));
	ck_assert_uint_eq(strlen(patron_reads(&employer_heard, 8)), 8);
	ck_assert_uint_eq(employer_finished(1)->err_bytes, 4);
}
END_TEST

START_TEST(what_is_sent_early_waits)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .command = WORDS("cat") });
	char expected[801] = "";
	char line[16];

	for (int i = 0; i < 100; i++) {
		(void)snprintf(line, sizeof(line), "%07d\n", i);
		(void)strcat(expected, line);
		employer_feed(process, line);
	}
	ck_assert_str_eq(patron_reads(&employer_heard, 800), expected);
}
END_TEST

#define MIB (1024 * 1024)

START_TEST(a_mebibyte_comes_back_whole)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .command = WORDS("cat") });
	char *bytes = malloc(MIB + 1);
	int error;

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < MIB; i++)
		bytes[i] = (char)('a' + i * 7 % 26);
	bytes[MIB] = '\0';
	for (size_t at = 0; at < MIB; at += 4096) {
		bsk_buf piece = bsk_buf_copy(bytes + at, 4096);

		while ((error = bsk_system_send(employer_system, process,
			    BSK_NEW(bsk_bytes,
				.bytes = bsk_buf_share(&piece)))) == -EAGAIN)
			continue;
		ck_assert_int_eq(error, 0);
		bsk_buf_drop(&piece);
	}
	employer_close_input(process);
	ck_assert_int_eq(
	    memcmp(patron_reads(&employer_heard, MIB), bytes, MIB), 0);
	ck_assert_uint_eq(employer_finished(1)->out_bytes, MIB);
	free(bytes);
}
END_TEST

START_TEST(output_is_cut_in_lines)
{
	(void)employer_run((struct bsk_process_config){.frame = BSK_FRAME_LINES,
	    .command = WORDS("printf", "a\\nbb\\nccc")});
	(void)employer_finished(1);
	ck_assert_str_eq(patron_reads(&employer_heard, 9), "a\nbb\nccc\n");
	ck_assert_uint_eq(employer_heard.pieces, 3);
}
END_TEST

START_TEST(a_missing_program_fails_the_actor)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .command = WORDS("/no/such/program") });

	employer_stop(process);
	/* It may be gone before we look. */
	ck_assert(employer_down() == -ENOENT || employer_down() == -ESRCH);
	ck_assert_uint_eq(
	    patron_count(&employer_heard, &bsk_process_started_type), 0);
}
END_TEST

START_TEST(exit_is_told_though_output_is_held)
{
	(void)employer_run((struct bsk_process_config){ .linger_ns = 50 * MS,
	    .command = WORDS("sh", "-c", "sleep 1000 & echo $!") });
	ck_assert_int_eq(employer_exited(1)->child.code, 0);
	ck_assert(employer_finished(1)->cut);
	ck_assert_int_eq(
	    kill(atoi(patron_reads(&employer_heard, 1)), SIGKILL), 0);
}
END_TEST

/* --- signals -------------------------------------------------------------- */

static int
signal_it(bsk_ref process, int number)
{
	unsigned before = patron_count(&employer_heard, &bsk_result_type);

	employer_ask(process,
	    BSK_PARCEL(bsk_process_signal, .number = number));
	return ((const struct bsk_result *)patron_hears(&employer_heard,
	    &bsk_result_type, before + 1))->error;
}

START_TEST(a_signal_reaches_the_child)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .command = WORDS("cat") });

	(void)employer_started(1);
	ck_assert_int_eq(signal_it(process, 0), 0);
	ck_assert_int_eq(signal_it(process, 65), -EINVAL);
	ck_assert_int_eq(signal_it(process, SIGUSR1), 0);
	ck_assert_int_eq(employer_exited(1)->child.code, -SIGUSR1);
	ck_assert_int_eq(employer_exited(1)->child.signal, SIGUSR1);
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
	employer_stop(employer_run((struct bsk_process_config){
	    .fds = fds, .linger_ns = 50 * MS, .kill_group = true,
	    .command = WORDS("sh", "-c", "sleep 1000 & exit 0") }));
	ck_assert_int_eq(employer_down(), 0);
	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
	(void)close(ends[0]);
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
		    .port = bsk_text_copy(employer_ports[i]),
		    .to = employer_patron };
	ck_assert_int_eq(
	    bsk_system_spawn(employer_system, &bsk_supervisor_class,
		BSK_PARCEL(bsk_supervisor_config, .restarts = 5,
		    .within_ns = 60000 * MS),
		NULL, &supervisor),
	    0);
	employer_ask(supervisor,
	    BSK_PARCEL(bsk_child_start,
	    .name = bsk_text_copy("p"), .class_name = bsk_text_copy("process"),
	    .config = bsk_parcel_new(&bsk_process_config_type, &how),
	    .wires = wires, .restart = BSK_PERMANENT,
	    .grace_ns = 10000 * MS));
	return ((const struct bsk_child_started *)patron_hears(&employer_heard,
	    &bsk_child_started_type, 1))->child;
}

START_TEST(a_killed_child_is_restarted_in_place)
{
	bsk_ref process = supervise((struct bsk_process_config){
	    .command = WORDS("cat") });
	pid_t first = employer_started(1);

	employer_feed(process, "one\n");
	(void)patron_reads(&employer_heard, 4);
	ck_assert_int_eq(kill(first, SIGKILL), 0);
	ck_assert_int_ne(employer_started(2), first);
	employer_feed(process, "two\n");
	ck_assert_str_eq(patron_reads(&employer_heard, 8), "one\ntwo\n");
	ck_assert_int_eq(employer_exited(1)->child.code, -SIGKILL);
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
		employer_feed(process, line);
	}
	(void)employer_started(1);
	while (lseek(fd, 0, SEEK_END) == 0)
		continue;
	ck_assert_int_eq(kill(employer_started(1), SIGKILL), 0);
	first = employer_exited(1);
	given = (size_t)first->written_bytes;
	ck_assert_uint_eq(first->unread_bytes, given);
	ck_assert_uint_eq(given % 4096, 0);
	ck_assert_uint_lt(given, 100 * 4096);
	ck_assert_int_eq(patron_reads(&employer_heard, 100 * 4096 - given)[0],
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
	    .workers = 1, .handover_ns = -1 };
	bsk_ref process;

	(void)arg;
	patron_log_init(&employer_heard);
	ck_assert_int_eq(bsk_system_create(&options, &employer_system), 0);
	employer_patron = patron_spawn(employer_system, &employer_heard);
	ck_assert_int_eq(bsk_system_start(employer_system), 0);
	process = employer_run((struct bsk_process_config){
	    .command = WORDS("cat"), .grace_ns = 20 * MS });
	employer_feed_and_stop(process, "line\n");
	(void)employer_down();
	harness_system_end(employer_system);
	patron_log_release(&employer_heard);
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

/* --- stops ---------------------------------------------------------------- */

/* Wired by hand: no other test has its stops looked for. */
static bsk_ref
run_stoppable(void)
{
	static const char *const names[] = { "started", "stopped",
		"continued", "exited" };
	struct bsk_wire wires[4];
	const struct bsk_spawn_options options = { .wires = wires,
		.wire_count = 4 };
	bsk_ref process;

	for (int i = 0; i < 4; i++)
		wires[i] = (struct bsk_wire){ .port = { names[i] },
		    .to = employer_patron };
	ck_assert_int_eq(bsk_system_spawn(employer_system, &bsk_process_class,
	    BSK_PARCEL(bsk_process_config, .command = WORDS("cat")), &options,
	    &process), 0);
	return process;
}

START_TEST(its_stops_are_told)
{
	bsk_ref process = run_stoppable();
	const struct bsk_child_stopped *stopped;
	const struct bsk_child_continued *continued;
	pid_t pid = employer_started(1);

	employer_ask(process, BSK_PARCEL(bsk_process_signal,
	    .number = SIGSTOP));
	stopped = employer_hears(&bsk_child_stopped_type, 1);
	ck_assert_int_eq(stopped->pid, pid);
	ck_assert_int_eq(stopped->signal, SIGSTOP);
	employer_ask(process, BSK_PARCEL(bsk_process_signal,
	    .number = SIGCONT));
	continued = employer_hears(&bsk_child_continued_type, 1);
	ck_assert_int_eq(continued->pid, pid);
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	(void)employer_hears(&bsk_child_stopped_type, 2);
	employer_ask(process, BSK_PARCEL(bsk_process_signal,
	    .number = SIGKILL));
	ck_assert_int_eq(employer_exited(1)->child.signal, SIGKILL);
	ck_assert_uint_eq(employer_count(&bsk_child_continued_type), 1);
}
END_TEST

/* --- a child that is not watched ------------------------------------------ */

static _Atomic(pid_t) refused;

/* A child watcher that will not have the first child, and gives everything
 * else to a real one. */
struct choosy {
	bsk_ref watcher;
	bool had_one;
};

BSK_HANDLER(on_open, choosy, bsk_open)
{
	(void)body;
	return bsk_spawn(ctx, &bsk_child_watcher_class, NULL, NULL,
	    &self->watcher);
}

BSK_HANDLER(on_unwatch, choosy, bsk_child_unwatch)
{
	(void)body;
	return bsk_forward(ctx, self->watcher);
}

BSK_HANDLER(on_watch, choosy, bsk_child_watch)
{
	if (self->had_one)
		return bsk_forward(ctx, self->watcher);
	self->had_one = true;
	/* Release: pairs with the load in the test, and is all it needs. */
	atomic_store_explicit(&refused, body->pid, memory_order_release);
	return bsk_reply(ctx, BSK_NEW(bsk_result, .error = -EIO));
}

static const struct bsk_handler choosy_handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_child_unwatch, on_unwatch),
	BSK_ON(bsk_child_watch, on_watch),
};

static const struct bsk_class choosy_class = BSK_CLASS(choosy, "choosy",
    "refuses the first child", choosy_handlers);

START_TEST(one_that_cannot_be_watched_is_killed_and_reaped)
{
	const struct bsk_spawn_options options = { .name = "child-watcher" };
	bsk_ref choosy;
	pid_t pid = 0;

	ck_assert_int_eq(bsk_system_spawn(employer_system, &choosy_class, NULL,
	    &options, &choosy), 0);
	(void)employer_run((struct bsk_process_config){
	    .command = WORDS("sleep", "1000") });
	while (pid == 0 || kill(pid, 0) == 0) {
		(void)sched_yield();
		pid = atomic_load_explicit(&refused, memory_order_acquire);
	}
	ck_assert_int_eq(errno, ESRCH);
}
END_TEST

static Suite *
process_suite(void)
{
	Suite *suite = suite_create("process");
	TCase *tcase = harness_case("process");

	tcase_add_checked_fixture(tcase, employer_begin, employer_end);
	tcase_add_test(tcase, what_is_sent_is_read_and_answered);
	tcase_add_test(tcase, started_comes_first_and_finished_last);
	tcase_add_test(tcase, what_is_sent_early_waits);
	tcase_add_test(tcase, a_mebibyte_comes_back_whole);
	tcase_add_test(tcase, output_is_cut_in_lines);
	tcase_add_test(tcase, a_missing_program_fails_the_actor);
	tcase_add_test(tcase, exit_is_told_though_output_is_held);
	tcase_add_test(tcase, a_signal_reaches_the_child);
	tcase_add_test(tcase, nobody_of_a_group_outlives_the_actor);
	tcase_add_test(tcase, a_killed_child_is_restarted_in_place);
	tcase_add_test(tcase, what_was_not_sent_goes_to_the_next);
	tcase_add_test(tcase, its_stops_are_told);
	tcase_add_test(tcase, one_that_cannot_be_watched_is_killed_and_reaped);
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
