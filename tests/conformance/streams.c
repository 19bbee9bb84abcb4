/* streams.c - rows G: what a connected stream promises: how it begins, reads,
 * fails and writes.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/log.h>
#include <buskin/status.h>
#include <buskin/unix.h>

#include "../harness.h"
#include "../peer.h"
#include "../scribe.h"
#include "../streamed.h"

/* --- beginning and reading -------------------------------------------- */

static void
spawn_and_ask(bsk_ctx *ctx, void *arg)
{
	const struct bsk_wire wire = { .port = { "data" },
		.to = bsk_self(ctx) };
	const struct bsk_spawn_options options = { .wires = &wire,
		.wire_count = 1 };
	bsk_ref *child = arg;
	uint64_t ask;

	ck_assert_int_eq(bsk_spawn(ctx, &bsk_stream_class, BSK_PARCEL(
	    bsk_stream_config, .fd = bsk_fd_own(fds[0])), &options, child), 0);
	ck_assert_int_eq(bsk_ask(ctx, *child, BSK_NEW(bsk_status_ask,
	    .reserved = 0), HARNESS_PATIENCE_NS, &ask), 0);
}

/* The stream is there and answers before anything is read, though there is
 * something to read all the time. */
START_TEST(G01)
{
	const struct bsk_stream_status *at_first;

	peer_socket(fds);
	peer_say(fds[1], "early");
	clerk_do(clerk, spawn_and_ask, &stream);
	clerk_expect(clerk, "early");
	at_first = clerk_wait(clerk, &bsk_stream_status_type, 1);
	ck_assert_uint_eq(at_first->read_bytes, 0);
	ck_assert(at_first->reading);
	ck_assert_uint_eq(status()->read_bytes, 5);
}
END_TEST

static void
spawn_two(bsk_ctx *ctx, void *arg)
{
	const int *two = arg;
	int index;

	for (index = 0; index < 2; index++) {
		bsk_ref child;

		ck_assert_int_eq(bsk_spawn(ctx, &bsk_stream_class, BSK_PARCEL(
		    bsk_stream_config, .fd = bsk_fd_own(two[index]),
		    .read_size = 1024, .read_budget = 4096), NULL, &child), 0);
	}
}

/* Two that both have much to read take turns. */
START_TEST(G02)
{
	static unsigned char heap[24576];
	struct bsk_stream_config usual;
	int other[2];
	unsigned turns = 1;
	size_t run = 0;
	unsigned index;

	peer_socket(fds);
	peer_socket(other);
	peer_write(fds[1], heap, sizeof(heap));
	peer_write(other[1], heap, sizeof(heap));
	clerk_do(clerk, spawn_two, (int[]){ fds[0], other[0] });
	hang_up();
	(void)close(other[1]);
	(void)clerk_wait(clerk, &bsk_stream_ended_type, 2);
	for (index = 0; index < atomic_load(&read_count); index++) {
		bool same = index > 0 &&
		    reads[index].fd == reads[index - 1].fd;

		turns += index > 0 && !same;
		run = (same ? run : 0) + (size_t)reads[index].got;
		ck_assert_uint_le(run, 4096);
	}
	ck_assert_uint_ge(turns, 2 * sizeof(heap) / 4096);
	ck_assert_int_eq(bsk_type_from_json(
	    &bsk_stream_config_type, NULL, &usual, NULL, NULL), 0);
	ck_assert_uint_eq(usual.read_budget, 262144);
}
END_TEST

/* What the receiver gets is what the kernel wrote to: no copy between. */
START_TEST(G03)
{
	static unsigned char heap[65536];
	unsigned same = 0;
	unsigned index;

	peer_socket(fds);
	ck_assert_int_eq(write(fds[1], heap, sizeof(heap)), sizeof(heap));
	stream = STREAM(.read_size = 16384);
	(void)clerk_bytes(clerk, sizeof(heap));
	for (index = 0; index < clerk_count(clerk, &bsk_bytes_type); index++) {
		const struct bsk_bytes *heard =
		    clerk_wait(clerk, &bsk_bytes_type, index + 1);

		same += reads[index].got == 16384 &&
		    heard->bytes.bytes == reads[index].bytes;
	}
	ck_assert_uint_ge(same, 2);
}
END_TEST

START_TEST(G04_half_close_keeps_the_writing_side)
{
	peer_socket(fds);
	stream = STREAM(.half_close = true);
	ck_assert_int_eq(shutdown(fds[1], SHUT_WR), 0);
	(void)clerk_wait(clerk, &bsk_stream_eof_type, 1);
	clerk_say(clerk, stream, "answer");
	peer_expect(fds[1], "answer");
	ck_assert_uint_eq(clerk_count(clerk, &bsk_stream_ended_type), 0);
}
END_TEST

START_TEST(G04_else_it_is_closed)
{
	peer_socket(fds);
	stream = STREAM(.half_close = false);
	ck_assert_int_eq(shutdown(fds[1], SHUT_WR), 0);
	peer_expect_eof(fds[1]);
	ck_assert_int_eq(ended()->reason, 0);
}
END_TEST

/* --- failing ---------------------------------------------------------- */

/* One that fails on what it is given; as the parent of its stream, or as the
 * heir of another's. */
struct faller {
	uint8_t unused;
};

BSK_HANDLER(fall_at_open, faller, bsk_open)
{
	const struct bsk_wire wire = { .port = { "data" },
		.to = bsk_self(ctx) };
	const struct bsk_spawn_options options = { .wires = &wire,
		.wire_count = 1 };
	const struct bsk_stream_config *config = bsk_config(ctx);
	bsk_ref child;

	(void)self;
	(void)body;
	if (config == NULL || bsk_fd_number(config->fd) < 0)
		return 0;
	return bsk_spawn(ctx, &bsk_stream_class, BSK_PARCEL(bsk_stream_config,
	    .fd = bsk_fd_own(bsk_fd_take(&config->fd))), &options, &child);
}

BSK_HANDLER(fall_at_bytes, faller, bsk_bytes)
{
	(void)self;
	(void)ctx;
	(void)body;
	return -EBADMSG;
}

static const struct bsk_handler faller_handlers[] = {
	BSK_ON(bsk_open, fall_at_open),
	BSK_ON(bsk_bytes, fall_at_bytes),
};
static const struct bsk_class faller_class = BSK_CLASS(faller, "faller",
    "fails on what it is given", faller_handlers,
    .config = &bsk_stream_config_type);

START_TEST(G05_the_stream_of_one_that_fails_is_closed)
{
	peer_socket(fds);
	(void)clerk_spawn(clerk, &faller_class, BSK_PARCEL(bsk_stream_config,
	    .fd = bsk_fd_own(fds[0])));
	peer_say(fds[1], "poison");
	peer_expect_eof(fds[1]);
	ck_assert_int_eq(((const struct bsk_down *)clerk_wait(
	    clerk, &bsk_down_type, 1))->reason, -EBADMSG);
}
END_TEST

START_TEST(G05_so_is_one_that_was_handed_to_it)
{
	bsk_ref faller = clerk_spawn(clerk, &faller_class, NULL);

	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	clerk_ask(clerk, stream, BSK_NEW(bsk_stream_hand_over, .to = faller));
	(void)clerk_wait(clerk, &bsk_result_type, 1);
	TELL(bsk_stream_resume);
	peer_say(fds[1], "poison");
	ck_assert_int_eq(((const struct bsk_stream_ended *)clerk_wait(
	    clerk, &bsk_stream_ended_type, 1))->reason, -EBADMSG);
	peer_expect_eof(fds[1]);
}
END_TEST

static const int read_errors[] = { ECONNRESET, ENOTCONN, ENOMEM, EBADF };

START_TEST(G06_reading)
{
	int error = read_errors[_i];

	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	(void)status();
	faulty_os_fail(&world, FAULTY_READ, 1, error);
	peer_say(fds[1], "?");
	ck_assert_int_eq(ended()->reason, -error);
	ck_assert_uint_eq(scribe_count(BSK_LOG_WARNING, NULL), 0);
}
END_TEST

static const int write_errors[] = { ECONNRESET, EPIPE, ENOTCONN, ENOBUFS };

START_TEST(G06_writing)
{
	int error = write_errors[_i];

	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	(void)status();
	atomic_store(&write_error, error);
	clerk_say(clerk, stream, "lost");
	hang_up();
	ck_assert_int_eq(ended()->reason, -error);
	ck_assert_uint_eq(ended()->unsent_bytes, 4);
}
END_TEST

/* --- writing ---------------------------------------------------------- */

/* A call for what goes out at once; and one for all that had to wait, which the
 * reactor is asked about only then. */
START_TEST(G07)
{
	unsigned asked;

	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	(void)status();
	asked = faulty_os_count(&world, FAULTY_EPOLL_CTL);
	clerk_say(clerk, stream, "at once ");
	ck_assert(!status()->blocked);
	ck_assert_uint_eq(atomic_load(&writes), 1);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_EPOLL_CTL), asked);
	atomic_store(&room, 0);
	clerk_say(clerk, stream, "one ");
	clerk_say(clerk, stream, "two ");
	clerk_say(clerk, stream, "three");
	ck_assert(status()->blocked);
	ck_assert_uint_eq(status()->waiting_messages, 3);
	atomic_store(&room, NO_LIMIT);
	atomic_store(&writes, 0);
	kick(0, 0);
	ck_assert_uint_eq(atomic_load(&writes), 1);
	ck_assert(!status()->blocked);
	peer_expect(fds[1], "at once one two three");
}
END_TEST

START_TEST(G08)
{
	const struct bsk_ask_failed *failed;
	const struct bsk_stream_sent *sent;

	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	clerk_say(clerk, stream, "");
	(void)status();
	ck_assert_uint_eq(atomic_load(&writes), 0);
	clerk_ask(clerk, stream, BSK_NEW(bsk_unix_accepted, .pid = 1));
	failed = clerk_wait(clerk, &bsk_ask_failed_type, 1);
	ck_assert_int_eq(failed->reason, -ENOMSG);
	clerk_say(clerk, stream, "last");
	TELL(bsk_stream_finish);
	clerk_say(clerk, stream, "late");
	clerk_ask(clerk, stream, BSK_NEW(bsk_stream_sendfile, .count = 1));
	sent = clerk_wait(clerk, &bsk_stream_sent_type, 1);
	ck_assert_int_eq(sent->error, -ESHUTDOWN);
	ck_assert_int_eq(sent->reason, BSK_SENT_REFUSED);
	ck_assert_uint_eq(status()->late_messages, 1);
	peer_expect(fds[1], "last");
	peer_expect_eof(fds[1]);
}
END_TEST

/* Reading goes on, so there is still a stream to write to. */
START_TEST(G09)
{
	int in[2];
	unsigned index;

	peer_pipe_from(in);
	peer_pipe_to(fds);
	stream = clerk_spawn(clerk, &bsk_stream_class,
	    BSK_PARCEL(bsk_stream_config, .fd = bsk_fd_own(in[0]),
		.write_fd = bsk_fd_own(fds[0])));
	(void)status();
	hang_up();
	clerk_say(clerk, stream, "lost"); /* with EPIPE, or late already */
	(void)status();
	for (index = (unsigned)status()->late_messages; index < 4; index++)
		clerk_say(clerk, stream, "late");
	ck_assert_uint_eq(status()->late_messages, 4);
	ck_assert_uint_eq(scribe_count(BSK_LOG_WARNING, NULL), 0);
	for (index = 0; index < 20; index++)
		clerk_say(clerk, stream, "late");
	ck_assert_uint_eq(status()->late_messages, 24);
	ck_assert_uint_eq(scribe_count(BSK_LOG_WARNING, "5 messages"), 1);
	ck_assert_uint_eq(scribe_count(BSK_LOG_WARNING, NULL), 1);
	atomic_store(&later_ns, 11 * SECOND);
	clerk_say(clerk, stream, "late");
	ck_assert_uint_eq(status()->late_messages, 25);
	ck_assert_uint_eq(scribe_count(BSK_LOG_WARNING, "25 messages"), 1);
	(void)close(in[1]);
	(void)ended();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("streams");
	TCase *tcase = harness_case("G");

	tcase_add_checked_fixture(tcase, streamed_begin, streamed_end);
	tcase_add_test(tcase, G01);
	tcase_add_test(tcase, G02);
	tcase_add_test(tcase, G03);
	tcase_add_test(tcase, G04_half_close_keeps_the_writing_side);
	tcase_add_test(tcase, G04_else_it_is_closed);
	tcase_add_test(tcase, G05_the_stream_of_one_that_fails_is_closed);
	tcase_add_test(tcase, G05_so_is_one_that_was_handed_to_it);
	tcase_add_loop_test(tcase, G06_reading, 0, 4);
	tcase_add_loop_test(tcase, G06_writing, 0, 4);
	tcase_add_test(tcase, G07);
	tcase_add_test(tcase, G08);
	tcase_add_test(tcase, G09);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
