/* check_stream.c - every byte comes and goes once and in order, and every end
 * is told, once and with the right figures.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/reactor.h>
#include <buskin/stream.h>

#include "clerk.h"
#include "harness.h"
#include "peer.h"

#define SECOND INT64_C(1000000000)
#define LARGE (1 << 20)

static bsk_system *system_;
static struct clerk *clerk;
static bsk_ref stream;
static int fds[2]; /* [1] is the peer's */

static void
begin(void)
{
	system_ = harness_system(2, NULL);
	clerk = clerk_new(system_);
}

static void
end(void)
{
	harness_system_end(system_);
	clerk_free(clerk);
	if (fds[1] >= 0)
		(void)close(fds[1]);
}

/* A megabyte that nobody needs to free. */
static bsk_buf
large(void)
{
	static unsigned char bytes[LARGE];

	peer_fill(bytes, LARGE);
	return bsk_buf_static(bytes, LARGE);
}

#define STREAM(...) \
	clerk_spawn(clerk, &bsk_stream_class, BSK_PARCEL(bsk_stream_config, \
	    .fd = bsk_fd_own(fds[0]), __VA_ARGS__))

static void
hang_up(void)
{
	(void)close(fds[1]);
	fds[1] = -1;
}

static const struct bsk_stream_ended *
ended(void)
{
	const struct bsk_stream_ended *told =
	    clerk_wait(clerk, &bsk_stream_ended_type, 1);

	(void)clerk_wait(clerk, &bsk_down_type, 1);
	ck_assert_uint_eq(clerk_count(clerk, &bsk_stream_ended_type), 1);
	return told;
}

START_TEST(emits_what_the_peer_writes)
{
	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	peer_say(fds[1], "one ");
	(void)clerk_bytes(clerk, 4);
	peer_say(fds[1], "two");
	clerk_expect(clerk, "one two");
}
END_TEST

START_TEST(writes_what_it_is_sent)
{
	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	clerk_say(clerk, stream, "ab");
	clerk_say(clerk, stream, "");
	clerk_say(clerk, stream, "cd");
	peer_expect(fds[1], "abcd");
}
END_TEST

/* Far more than fits the socket, so it waits for room again and again. */
START_TEST(writes_all_of_a_megabyte_in_order)
{
	unsigned char *sent = malloc(LARGE);
	unsigned char *got = malloc(LARGE);
	size_t at;

	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	peer_fill(sent, LARGE);
	for (at = 0; at < LARGE; at += 4096)
		clerk_tell(clerk, stream, BSK_NEW(bsk_bytes,
		    .bytes = bsk_buf_copy(sent + at, 4096)));
	ck_assert_uint_eq(peer_read(fds[1], got, LARGE), LARGE);
	ck_assert_mem_eq(sent, got, LARGE);
	clerk_stop(clerk, stream);
	ck_assert_uint_eq(ended()->written_bytes, LARGE);
	ck_assert_uint_eq(ended()->unsent_bytes, 0);
	free(sent);
	free(got);
}
END_TEST

/* More than its budget per turn, so it has to send for itself. */
START_TEST(reads_all_of_a_megabyte_in_order)
{
	unsigned char *sent = malloc(LARGE);

	peer_socket(fds);
	stream = STREAM(.read_size = 16384, .read_budget = 32768);
	peer_fill(sent, LARGE);
	peer_write(fds[1], sent, LARGE);
	ck_assert_mem_eq(clerk_bytes(clerk, LARGE), sent, LARGE);
	hang_up();
	ck_assert_uint_eq(ended()->read_bytes, LARGE);
	free(sent);
}
END_TEST

START_TEST(tells_the_end_of_file_and_then_its_end)
{
	const struct bsk_stream_eof *eof;

	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	peer_say(fds[1], "last words");
	hang_up();
	eof = clerk_wait(clerk, &bsk_stream_eof_type, 1);
	ck_assert_uint_eq(eof->read_bytes, 10);
	ck_assert_int_eq(ended()->reason, 0);
	ck_assert_uint_eq(ended()->read_bytes, 10);
	clerk_expect(clerk, "last words");
}
END_TEST

START_TEST(half_close_goes_on_writing_after_the_peers_end)
{
	peer_socket(fds);
	stream = STREAM(.half_close = true);
	ck_assert_int_eq(shutdown(fds[1], SHUT_WR), 0);
	(void)clerk_wait(clerk, &bsk_stream_eof_type, 1);
	clerk_say(clerk, stream, "still here");
	peer_expect(fds[1], "still here");
	clerk_tell(clerk, stream, BSK_NEW(bsk_stream_finish, .reserved = 0));
	peer_expect_eof(fds[1]);
	ck_assert_int_eq(ended()->reason, 0);
	ck_assert_uint_eq(ended()->written_bytes, 10);
}
END_TEST

START_TEST(ends_when_a_half_closed_peer_goes_altogether)
{
	peer_socket(fds);
	stream = STREAM(.half_close = true);
	ck_assert_int_eq(shutdown(fds[1], SHUT_WR), 0);
	(void)clerk_wait(clerk, &bsk_stream_eof_type, 1);
	hang_up();
	ck_assert_int_eq(ended()->reason, 0);
}
END_TEST

START_TEST(lingers_for_an_answer_that_is_on_its_way)
{
	peer_socket(fds);
	stream = STREAM(.linger_ns = 3600 * SECOND);
	peer_say(fds[1], "question");
	ck_assert_int_eq(shutdown(fds[1], SHUT_WR), 0);
	(void)clerk_wait(clerk, &bsk_stream_eof_type, 1);
	clerk_say(clerk, stream, "answer");
	peer_expect(fds[1], "answer");
	ck_assert_uint_eq(clerk_count(clerk, &bsk_stream_ended_type), 0);
	hang_up();
	ck_assert_int_eq(ended()->reason, 0);
}
END_TEST

START_TEST(lingers_no_longer_than_it_was_told)
{
	peer_socket(fds);
	stream = STREAM(.linger_ns = SECOND / 100);
	ck_assert_int_eq(shutdown(fds[1], SHUT_WR), 0);
	peer_expect_eof(fds[1]);
	ck_assert_int_eq(ended()->reason, 0);
}
END_TEST

START_TEST(writes_what_waits_before_it_finishes)
{
	unsigned char *sent = malloc(LARGE);
	unsigned char *got = malloc(LARGE);

	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	peer_fill(sent, LARGE);
	clerk_tell(clerk, stream, BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_copy(sent, LARGE)));
	clerk_tell(clerk, stream, BSK_NEW(bsk_stream_finish, .reserved = 0));
	clerk_say(clerk, stream, "too late");
	ck_assert_uint_eq(peer_read(fds[1], got, LARGE), LARGE);
	ck_assert_mem_eq(sent, got, LARGE);
	peer_expect_eof(fds[1]);
	hang_up();
	ck_assert_uint_eq(ended()->written_bytes, LARGE);
	free(sent);
	free(got);
}
END_TEST

START_TEST(still_reads_after_it_has_finished_writing)
{
	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	clerk_tell(clerk, stream, BSK_NEW(bsk_stream_finish, .reserved = 0));
	peer_expect_eof(fds[1]);
	peer_say(fds[1], "more");
	clerk_expect(clerk, "more");
	hang_up();
	ck_assert_uint_eq(ended()->read_bytes, 4);
}
END_TEST

START_TEST(an_abort_loses_what_waits_and_says_so)
{
	const struct bsk_stream_ended *told;

	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	clerk_tell(clerk, stream, BSK_NEW(bsk_bytes,
	    .bytes = large()));
	clerk_tell(clerk, stream, BSK_NEW(bsk_stream_abort, .reserved = 0));
	told = ended();
	ck_assert_uint_gt(told->unsent_bytes, 0);
	ck_assert_uint_eq(told->unsent_messages, 1);
	ck_assert_uint_eq(told->written_bytes + told->unsent_bytes, LARGE);
}
END_TEST

/* The peer is gone, but what it had said is not: it comes first. */
START_TEST(a_broken_pipe_does_not_hide_what_was_said_before)
{
	peer_socket(fds);
	peer_say(fds[1], "farewell");
	hang_up();
	stream = STREAM(.high_water = 0);
	clerk_say(clerk, stream, "nobody reads this");
	clerk_expect(clerk, "farewell");
	ck_assert_uint_eq(ended()->read_bytes, 8);
}
END_TEST

START_TEST(tells_epipe_with_what_was_not_sent)
{
	const struct bsk_stream_ended *told;

	peer_socket(fds);
	stream = STREAM(.half_close = true);
	clerk_tell(clerk, stream, BSK_NEW(bsk_bytes,
	    .bytes = large()));
	hang_up();
	told = ended();
	ck_assert_msg(told->reason == -EPIPE || told->reason == -ECONNRESET,
	    "reason %d", told->reason);
	ck_assert_uint_eq(told->unsent_messages, 1);
	ck_assert_uint_eq(told->written_bytes + told->unsent_bytes, LARGE);
}
END_TEST

/* --- pipes ------------------------------------------------------------ */

START_TEST(reads_a_pipe_to_its_end)
{
	peer_pipe_from(fds);
	stream = STREAM(.read_only = true);
	peer_say(fds[1], "from a pipe");
	hang_up();
	clerk_expect(clerk, "from a pipe");
	ck_assert_int_eq(ended()->reason, 0);
}
END_TEST

START_TEST(writes_a_pipe_and_closes_it)
{
	peer_pipe_to(fds);
	stream = STREAM(.write_only = true);
	clerk_say(clerk, stream, "to a pipe");
	clerk_tell(clerk, stream, BSK_NEW(bsk_stream_finish, .reserved = 0));
	peer_expect(fds[1], "to a pipe");
	peer_expect_eof(fds[1]);
	ck_assert_int_eq(ended()->reason, 0);
	ck_assert_uint_eq(ended()->unread_bytes, 0);
}
END_TEST

START_TEST(a_reader_that_leaves_an_empty_pipe_is_no_error)
{
	peer_pipe_to(fds);
	stream = STREAM(.write_only = true);
	clerk_say(clerk, stream, "read this");
	peer_expect(fds[1], "read this");
	hang_up();
	ck_assert_int_eq(ended()->reason, 0);
	ck_assert_uint_eq(ended()->unread_bytes, 0);
}
END_TEST

START_TEST(tells_what_the_reader_of_a_pipe_went_without)
{
	peer_pipe_to(fds);
	stream = STREAM(.write_only = true);
	clerk_say(clerk, stream, "read not this");
	peer_expect(fds[1], "read ");
	hang_up();
	ck_assert_uint_eq(ended()->unread_bytes, 8);
	ck_assert_uint_eq(ended()->written_bytes, 13);
}
END_TEST

START_TEST(reads_one_pipe_and_writes_another)
{
	int in[2];
	bsk_ref both;

	peer_pipe_from(in);
	peer_pipe_to(fds);
	both = clerk_spawn(clerk, &bsk_stream_class,
	    BSK_PARCEL(bsk_stream_config, .fd = bsk_fd_own(in[0]),
		.write_fd = bsk_fd_own(fds[0]), .half_close = true));
	peer_say(in[1], "in");
	clerk_expect(clerk, "in");
	(void)close(in[1]);
	(void)clerk_wait(clerk, &bsk_stream_eof_type, 1);
	clerk_say(clerk, both, "out");
	clerk_tell(clerk, both, BSK_NEW(bsk_stream_finish, .reserved = 0));
	peer_expect(fds[1], "out");
	peer_expect_eof(fds[1]);
	ck_assert_int_eq(ended()->reason, 0);
}
END_TEST

START_TEST(asked_to_stop_it_writes_what_waits_and_ends)
{
	unsigned char *got = malloc(LARGE);

	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	clerk_tell(clerk, stream, BSK_NEW(bsk_bytes,
	    .bytes = large()));
	clerk_stop(clerk, stream);
	ck_assert_uint_eq(peer_read(fds[1], got, LARGE), LARGE);
	peer_expect_eof(fds[1]);
	ck_assert_int_eq(ended()->reason, 0);
	free(got);
}
END_TEST

START_TEST(a_regular_file_ends_it_with_eperm)
{
	fds[0] = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	fds[1] = -1;
	stream = STREAM(.high_water = 0);
	ck_assert_int_eq(ended()->reason, -EPERM);
}
END_TEST

START_TEST(a_device_that_cannot_be_watched_is_served)
{
	fds[0] = open("/dev/zero", O_RDWR | O_CLOEXEC);
	fds[1] = -1;
	stream = STREAM(.read_size = 512, .read_budget = 1024);
	clerk_say(clerk, stream, "into the void");
	(void)clerk_bytes(clerk, 16384);
	clerk_stop(clerk, stream);
	ck_assert_int_eq(ended()->reason, 0);
	ck_assert_uint_eq(ended()->written_bytes, 13);
}
END_TEST

START_TEST(without_a_descriptor_it_does_not_open)
{
	const struct bsk_down *down;

	fds[0] = fds[1] = -1;
	stream = STREAM(.high_water = 0);
	down = clerk_wait(clerk, &bsk_down_type, 1);
	ck_assert_int_eq(down->reason, -EBADF);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stream");
	TCase *tcase = harness_case("stream");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, emits_what_the_peer_writes);
	tcase_add_test(tcase, writes_what_it_is_sent);
	tcase_add_test(tcase, writes_all_of_a_megabyte_in_order);
	tcase_add_test(tcase, reads_all_of_a_megabyte_in_order);
	tcase_add_test(tcase, tells_the_end_of_file_and_then_its_end);
	tcase_add_test(tcase, half_close_goes_on_writing_after_the_peers_end);
	tcase_add_test(tcase, ends_when_a_half_closed_peer_goes_altogether);
	tcase_add_test(tcase, lingers_for_an_answer_that_is_on_its_way);
	tcase_add_test(tcase, lingers_no_longer_than_it_was_told);
	tcase_add_test(tcase, writes_what_waits_before_it_finishes);
	tcase_add_test(tcase, still_reads_after_it_has_finished_writing);
	tcase_add_test(tcase, an_abort_loses_what_waits_and_says_so);
	tcase_add_test(tcase, a_broken_pipe_does_not_hide_what_was_said_before);
	tcase_add_test(tcase, tells_epipe_with_what_was_not_sent);
	tcase_add_test(tcase, reads_a_pipe_to_its_end);
	tcase_add_test(tcase, writes_a_pipe_and_closes_it);
	tcase_add_test(tcase, a_reader_that_leaves_an_empty_pipe_is_no_error);
	tcase_add_test(tcase, tells_what_the_reader_of_a_pipe_went_without);
	tcase_add_test(tcase, reads_one_pipe_and_writes_another);
	tcase_add_test(tcase, asked_to_stop_it_writes_what_waits_and_ends);
	tcase_add_test(tcase, a_regular_file_ends_it_with_eperm);
	tcase_add_test(tcase, a_device_that_cannot_be_watched_is_served);
	tcase_add_test(tcase, without_a_descriptor_it_does_not_open);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
