/* check_log.c - the log writes every line, or says how many it could not. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/counter.h>
#include <buskin/log.h>
#include <buskin/sim.h>

#include "faulty_os.h"
#include "probe.h"

#define MS INT64_C(1000000)
#define TIME "2026-11-22T00:00:00.000Z "

/* A simulated system with a log that writes into a real pipe, and a probe
 * named "ann" who has things to say. */
static struct faulty_os world;
static bsk_system *sim;
static bsk_ref log_;
static bsk_ref ann;
static struct probe_log heard;
static int ends[2];

/* What has come out of the pipe. */
static char out[1 << 20];
static size_t out_size;

static int64_t
wall(const struct bsk_os *os)
{
	(void)os;
	return INT64_C(1795305600) * 1000000000;
}

/* --- an actor that says something, or fails ----------------------------- */

struct say {
	bsk_text text; /* to say; none: fail */
};
static const struct bsk_field say_fields[] = {
	BSK_FIELD(say, text, "what to say"),
};
static const struct bsk_type say_type = BSK_OWNING_TYPE(say,
    "say something", say_fields);

struct speaker {
	int unused;
};

BSK_HANDLER(on_say, speaker, say)
{
	(void)self;
	if (body->text.chars == NULL)
		return -EIO;
	return bsk_log(ctx, BSK_LOG_WARNING, "%s %d", body->text.chars, 7);
}

static const struct bsk_handler handlers[] = { BSK_ON(say, on_say) };

static const struct bsk_class speaker_class = BSK_CLASS(speaker, "speaker",
    "says something", handlers);

/* --- the world ---------------------------------------------------------- */

static void
begin(void)
{
	out_size = 0;
	out[0] = '\0';
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	faulty_os_init(&world, &bsk_os_libc);
	world.table.wall = wall;
	ck_assert_int_eq(bsk_sim_create(&(struct bsk_system_options){
	    .os = &world.table }, 1, &sim), 0);
	probe_log_init(&heard);
	ann = probe_spawn(sim, &heard,
	    &(struct bsk_spawn_options){ .name = "ann" });
}

static void
end(void)
{
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim) + 60000 * MS), 1);
	ck_assert_uint_eq(bsk_system_messages(sim), 0);
	bsk_system_destroy(sim);
	probe_log_release(&heard);
	ck_assert_int_eq(close(ends[0]), 0);
	ck_assert_int_eq(close(ends[1]), 0);
}

static void
spawn_log(int32_t level, int32_t format)
{
	const struct bsk_spawn_options options = { .name = "log" };

	ck_assert_int_eq(bsk_system_spawn(sim, &bsk_log_class,
	    BSK_PARCEL(bsk_log_config, .level = level, .format = format,
	    .fd = ends[1]), &options, &log_), 0);
}

static void
say(int32_t level, const char *text)
{
	probe_tell(sim, ann, log_, BSK_PARCEL(bsk_log_line, .level = level,
	    .text = bsk_text_copy(text)));
}

/* Takes what is in the pipe. */
static void
take(void)
{
	ssize_t size;

	do {
		size = read(ends[0], out + out_size,
		    sizeof(out) - 1 - out_size);
		out_size += size > 0 ? (size_t)size : 0;
	} while (size > 0);
	out[out_size] = '\0';
}

static void
run(void)
{
	ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim) + MS), 0);
}

static unsigned
count_lines(void)
{
	unsigned count = 0;
	const char *at = out;

	while ((at = strchr(at, '\n')) != NULL) {
		count++;
		at++;
	}
	return count;
}

/* --- what is written ---------------------------------------------------- */

START_TEST(a_line_is_written_with_its_senders_name)
{
	spawn_log(BSK_LOG_INFO, BSK_LOG_TEXT);
	say(BSK_LOG_NOTICE, "one");
	say(BSK_LOG_ERROR, "two");
	run();
	take();
	ck_assert_str_eq(out, TIME "notice ann: one\n" TIME "error ann: two\n");
}
END_TEST

START_TEST(what_is_less_urgent_than_asked_for_is_not_written)
{
	spawn_log(BSK_LOG_WARNING, BSK_LOG_JSON);
	say(BSK_LOG_NOTICE, "one");
	say(BSK_LOG_WARNING, "two");
	say(BSK_LOG_EMERGENCY, "three");
	say(-1, "four");
	say(8, "five");
	run();
	take();
	ck_assert_uint_eq(count_lines(), 2);
	ck_assert_ptr_nonnull(strstr(out, "\"text\":\"two\"}\n{"));
	ck_assert_ptr_nonnull(strstr(out, "\"level\":\"emergency\""));
}
END_TEST

static void
send_bytes(const char *text)
{
	probe_tell(sim, ann, log_, BSK_PARCEL(bsk_bytes,
	    .bytes = bsk_buf_copy(text, strlen(text))));
}

START_TEST(each_line_of_bytes_is_a_line)
{
	spawn_log(BSK_LOG_INFO, BSK_LOG_TEXT);
	send_bytes("one\ntwo\n");
	send_bytes("");
	send_bytes("\n");
	send_bytes("three");
	run();
	take();
	ck_assert_str_eq(out, TIME "info ann: one\n" TIME "info ann: two\n"
	    TIME "info ann: \n" TIME "info ann: three\n");
}
END_TEST

START_TEST(a_count_is_a_line)
{
	spawn_log(BSK_LOG_INFO, BSK_LOG_TEXT);
	probe_tell(sim, ann, log_, BSK_PARCEL(bsk_count, .messages = 3,
	    .bytes = 20, .lines = 4, .rate = 1.5));
	run();
	take();
	ck_assert_str_eq(out, TIME "info ann: 3 messages, 20 bytes, 4 lines, "
	    "1.5 messages/s\n");
}
END_TEST

START_TEST(a_failing_handler_is_an_error_in_the_log)
{
	bsk_ref speaker;

	spawn_log(BSK_LOG_INFO, BSK_LOG_TEXT);
	run();
	ck_assert_int_eq(bsk_system_spawn(sim, &speaker_class, NULL,
	    &(struct bsk_spawn_options){ .name = "bob" }, &speaker), 0);
	ck_assert_int_eq(bsk_system_send(sim, speaker, BSK_NEW(say)), 0);
	run();
	take();
	ck_assert_str_eq(out, TIME "error actor bob (speaker) failed on say: "
	    "Input/output error\n");
}
END_TEST

START_TEST(any_actor_may_say_something_of_any_length)
{
	char *text = malloc(5001);
	bsk_ref speaker;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', 5000);
	text[5000] = '\0';
	spawn_log(BSK_LOG_INFO, BSK_LOG_TEXT);
	ck_assert_int_eq(bsk_system_spawn(sim, &speaker_class, NULL, NULL,
	    &speaker), 0);
	ck_assert_int_eq(bsk_system_send(sim, speaker, BSK_NEW(say,
	    .text = bsk_text_copy("short"))), 0);
	ck_assert_int_eq(bsk_system_send(sim, speaker, BSK_NEW(say,
	    .text = bsk_text_copy(text))), 0);
	run();
	take();
	ck_assert_uint_eq(count_lines(), 2);
	ck_assert_ptr_nonnull(strstr(out, TIME "warning short 7\n"));
	ck_assert_ptr_nonnull(strstr(out, text));
	ck_assert_ptr_nonnull(strstr(out, "x 7\n"));
	free(text);
}
END_TEST

/* --- how ---------------------------------------------------------------- */

START_TEST(lines_that_come_together_are_one_write)
{
	unsigned i;

	spawn_log(BSK_LOG_INFO, BSK_LOG_TEXT);
	run();
	for (i = 0; i < 20; i++)
		ck_assert_int_eq(bsk_system_send(sim, log_,
		    BSK_NEW(bsk_log_line, .text = bsk_text_copy("x"))), 0);
	run();
	take();
	ck_assert_uint_eq(count_lines(), 20);
	ck_assert_uint_le(faulty_os_count(&world, FAULTY_WRITE), 2);
}
END_TEST

START_TEST(a_full_pipe_only_delays)
{
	unsigned i;

	ck_assert_int_gt(fcntl(ends[1], F_SETPIPE_SZ, 4096), 0);
	spawn_log(BSK_LOG_INFO, BSK_LOG_TEXT);
	for (i = 0; i < 400; i++)
		say(BSK_LOG_INFO, "in a pipe that has room for some of this");
	for (i = 0; i < 100; i++) {
		ck_assert_int_eq(bsk_sim_run(sim,
		    bsk_sim_now(sim) + 20 * MS), 0);
		take();
	}
	ck_assert_uint_eq(count_lines(), 400);
	ck_assert_ptr_null(strstr(out, "lost"));
}
END_TEST

START_TEST(what_does_not_fit_is_counted_and_told)
{
	unsigned lost;
	unsigned i;

	ck_assert_int_gt(fcntl(ends[1], F_SETPIPE_SZ, 4096), 0);
	spawn_log(BSK_LOG_INFO, BSK_LOG_TEXT);
	for (i = 0; i < 5000; i++) {
		say(BSK_LOG_INFO, "more than the log keeps, of this length");
		if (i % 100 == 0)
			run();
	}
	for (i = 0; i < 100; i++) {
		ck_assert_int_eq(bsk_sim_run(sim,
		    bsk_sim_now(sim) + 20 * MS), 0);
		take();
	}
	ck_assert_ptr_nonnull(strstr(out, " lines were lost: Resource "));
	lost = (unsigned)strtoul(strstr(out, "warning ") + 8, NULL, 10);
	ck_assert_uint_gt(lost, 0);
	ck_assert_uint_eq(count_lines() - 1 + lost, 5000);
}
END_TEST

START_TEST(what_a_broken_descriptor_costs_is_told_when_it_is_whole)
{
	spawn_log(BSK_LOG_INFO, BSK_LOG_TEXT);
	faulty_os_fail_always(&world, FAULTY_WRITE, ENOSPC);
	say(BSK_LOG_INFO, "one");
	run();
	say(BSK_LOG_INFO, "two");
	say(BSK_LOG_INFO, "three");
	run();
	faulty_os_fail_always(&world, FAULTY_WRITE, 0);
	say(BSK_LOG_INFO, "four");
	run();
	take();
	ck_assert_str_eq(out, TIME "info ann: four\n" TIME
	    "warning 3 lines were lost: No space left on device\n");
}
END_TEST

START_TEST(a_line_that_was_torn_is_ended_before_the_next)
{
	const char *torn;

	ck_assert_int_gt(fcntl(ends[1], F_SETPIPE_SZ, 4096), 0);
	spawn_log(BSK_LOG_INFO, BSK_LOG_TEXT);
	memset(out, 'x', 6000);
	out[6000] = '\0';
	say(BSK_LOG_INFO, out);
	run(); /* the pipe takes the first 4096 bytes of it */
	faulty_os_fail_always(&world, FAULTY_WRITE, EIO);
	ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim) + 20 * MS), 0);
	faulty_os_fail_always(&world, FAULTY_WRITE, 0);
	take();
	ck_assert_uint_eq(out_size, 4096);
	say(BSK_LOG_INFO, "next");
	run();
	take();
	torn = strchr(out, '\n');
	ck_assert_ptr_eq(torn, out + 4096);
	ck_assert_str_eq(torn + 1, TIME "info ann: next\n" TIME
	    "warning 1 lines were lost: Input/output error\n");
}
END_TEST

START_TEST(when_it_is_stopped_all_is_written)
{
	spawn_log(BSK_LOG_INFO, BSK_LOG_TEXT);
	say(BSK_LOG_INFO, "one");
	probe_stop(sim, ann, log_);
	run();
	take();
	ck_assert_str_eq(out, TIME "info ann: one\n");
}
END_TEST

START_TEST(a_reader_that_never_reads_does_not_hold_up_the_end)
{
	unsigned i;

	ck_assert_int_gt(fcntl(ends[1], F_SETPIPE_SZ, 4096), 0);
	spawn_log(BSK_LOG_INFO, BSK_LOG_TEXT);
	for (i = 0; i < 400; i++)
		say(BSK_LOG_INFO, "in a pipe that has room for some of this");
	run();
	probe_monitor(sim, ann, log_);
	probe_stop(sim, ann, log_);
	ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim) + 900 * MS), 0);
	ck_assert_uint_eq(heard.count, 0);
	ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim) + 200 * MS), 0);
	ck_assert_uint_eq(probe_count(&heard, &bsk_down_type), 1);
}
END_TEST

/* As standard error is: shared, and with writes that wait. What it is given is
 * more than the pipe holds; the test would hang in write(2). */
static void
hold_nobody_up(void)
{
	int flags = fcntl(ends[1], F_GETFL) & ~O_NONBLOCK;
	int i;

	ck_assert_int_eq(fcntl(ends[1], F_SETFL, flags), 0);
	spawn_log(BSK_LOG_INFO, BSK_LOG_TEXT);
	for (i = 0; i < 4000; i++) {
		say(BSK_LOG_INFO, "longer than what the kernel keeps of it, "
		    "all of them taken together; nobody reads a word of it");
		run();
	}
	ck_assert_int_eq(fcntl(ends[1], F_GETFL), flags);
	take();
	ck_assert_uint_gt(count_lines(), 0);
}

START_TEST(a_pipe_whose_writes_wait_holds_nobody_up)
{
	hold_nobody_up();
}
END_TEST

START_TEST(a_socket_whose_writes_wait_holds_nobody_up)
{
	ck_assert_int_eq(close(ends[0]), 0);
	ck_assert_int_eq(close(ends[1]), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0, ends), 0);
	hold_nobody_up();
}
END_TEST

START_TEST(a_descriptor_that_is_not_open_is_refused)
{
	const struct bsk_down *down;

	ck_assert_int_eq(bsk_system_spawn(sim, &bsk_log_class,
	    BSK_PARCEL(bsk_log_config, .fd = 1000), NULL, &log_), 0);
	probe_monitor(sim, ann, log_);
	run();
	down = probe_last(&heard, &bsk_down_type);
	ck_assert_ptr_nonnull(down);
	ck_assert(down->reason == -EBADF || down->reason == -ESRCH);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log");
	TCase *tcase = tcase_create("log");
	SRunner *runner = srunner_create(suite);
	int failures;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_line_is_written_with_its_senders_name);
	tcase_add_test(tcase,
	    what_is_less_urgent_than_asked_for_is_not_written);
	tcase_add_test(tcase, each_line_of_bytes_is_a_line);
	tcase_add_test(tcase, a_count_is_a_line);
	tcase_add_test(tcase, a_failing_handler_is_an_error_in_the_log);
	tcase_add_test(tcase, any_actor_may_say_something_of_any_length);
	tcase_add_test(tcase, lines_that_come_together_are_one_write);
	tcase_add_test(tcase, a_full_pipe_only_delays);
	tcase_add_test(tcase, what_does_not_fit_is_counted_and_told);
	tcase_add_test(tcase,
	    what_a_broken_descriptor_costs_is_told_when_it_is_whole);
	tcase_add_test(tcase, a_line_that_was_torn_is_ended_before_the_next);
	tcase_add_test(tcase, when_it_is_stopped_all_is_written);
	tcase_add_test(tcase,
	    a_reader_that_never_reads_does_not_hold_up_the_end);
	tcase_add_test(tcase, a_pipe_whose_writes_wait_holds_nobody_up);
	tcase_add_test(tcase, a_socket_whose_writes_wait_holds_nobody_up);
	tcase_add_test(tcase, a_descriptor_that_is_not_open_is_refused);
	suite_add_tcase(suite, tcase);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
