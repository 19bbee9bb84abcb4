/* check_framer.c - a stream of bytes is cut into frames, and frames are sent as
 * such; alone in a world of seeds, and before a real socket.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include <buskin/framer.h>
#include <buskin/sim.h>
#include <buskin/status.h>

#include "clerk.h"
#include "harness.h"
#include "peer.h"
#include "seeds.h"

#define LINES 3000
#define LARGE (1 << 20)

/* --- in a world of seeds ---------------------------------------------- */

/* What a sink in a simulated system has heard. */
static struct {
	char bytes[LARGE];
	size_t size;
	unsigned frames;
} heard;

struct sink {
	uint8_t unused;
};

BSK_HANDLER(on_frame, sink, bsk_bytes)
{
	(void)self;
	(void)ctx;
	ck_assert_uint_le(heard.size + body->bytes.size, LARGE);
	if (body->bytes.size > 0)
		memcpy(heard.bytes + heard.size, body->bytes.bytes,
		    body->bytes.size);
	heard.size += body->bytes.size;
	heard.frames++;
	return 0;
}

static const struct bsk_handler sink_handlers[] = {
	BSK_ON(bsk_bytes, on_frame),
};
static const struct bsk_class sink_class = BSK_CLASS(sink, "sink",
    "hears frames", sink_handlers, .config = NULL);

static bsk_system *sim;
static bsk_ref framer;

static void
begin_sim(uint64_t seed, const struct bsk_class *target,
    struct bsk_framer_config config)
{
	const struct bsk_system_options options = { .workers = 2 };
	struct bsk_wire wire = { .port = { "data" } };
	const struct bsk_spawn_options spawn = { .wires = &wire,
		.wire_count = 1 };

	memset(&heard, 0, sizeof(heard));
	ck_assert_int_eq(bsk_sim_create(&options, seed, &sim), 0);
	ck_assert_int_eq(
	    bsk_system_spawn(sim, target, NULL, NULL, &wire.to), 0);
	ck_assert_int_eq(bsk_system_spawn(sim, &bsk_framer_class,
	    bsk_parcel_new(&bsk_framer_config_type, &config), &spawn,
	    &framer), 0);
}

/* Stops it; whether it ended by itself within a minute. */
static void
end_sim(void)
{
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, INT64_C(60000000000)), 1);
	ck_assert_uint_eq(bsk_system_messages(sim), 0);
	bsk_system_destroy(sim);
}

static void
say(const char *bytes, size_t size)
{
	ck_assert_int_eq(bsk_system_send(sim, framer, BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_copy(bytes, size))), 0);
}

/* More lines than one turn cuts, in one piece and in torn ones. */
static void
many_lines(uint64_t seed)
{
	static char sent[LARGE];
	size_t size = 0;
	size_t at = 0;
	unsigned line;

	begin_sim(seed, &sink_class,
	    (struct bsk_framer_config){ .frame = BSK_FRAME_LINES });
	for (line = 0; line < LINES; line++)
		size += (size_t)sprintf(sent + size, "line %u\n", line);
	while (at < size) {
		size_t piece = 1 + (seed * 7919 + at) % (size / 3);

		piece = piece < size - at ? piece : size - at;
		say(sent + at, piece);
		at += piece;
	}
	(void)bsk_sim_run(sim, 0);
	ck_assert_uint_eq(heard.frames, LINES);
	ck_assert_uint_eq(heard.size, size);
	ck_assert_mem_eq(heard.bytes, sent, size);
	end_sim();
}

START_TEST(many_lines_come_in_order)
{
	seeds_walk(many_lines);
}
END_TEST

/* Asked to stop while pieces wait, it cuts them all first, and the last line,
 * which lacked its end. */
static void
drain(uint64_t seed)
{
	static char sent[LARGE];
	size_t size = 0;
	unsigned line;

	begin_sim(seed, &sink_class,
	    (struct bsk_framer_config){ .frame = BSK_FRAME_LINES });
	for (line = 0; line < LINES; line++)
		size += (size_t)sprintf(sent + size, "%u\n", line);
	size += (size_t)sprintf(sent + size, "end");
	say(sent, size);
	end_sim();
	ck_assert_uint_eq(heard.frames, LINES + 1);
	ck_assert_uint_eq(heard.size, size + 1);
	ck_assert_mem_eq(heard.bytes, sent, size);
	ck_assert_int_eq(heard.bytes[size], '\n');
}

START_TEST(draining_cuts_all_and_the_last_line)
{
	seeds_walk(drain);
}
END_TEST

static void
refuse(uint64_t seed)
{
	begin_sim(seed, &sink_class, (struct bsk_framer_config){
	    .frame = BSK_FRAME_LINES, .max_frame = 4 });
	say("ok\nfour\nfives\nnever\n", 20);
	(void)bsk_sim_run(sim, 0);
	ck_assert_uint_eq(heard.frames, 2);
	ck_assert_mem_eq(heard.bytes, "ok\nfour\n", 8);
	say("never\n", 6);
	end_sim();
	ck_assert_uint_eq(heard.frames, 2);
}

START_TEST(a_frame_that_is_too_large_ends_it)
{
	seeds_walk(refuse);
}
END_TEST

/* --- before a socket -------------------------------------------------- */

static bsk_system *system_;
static struct clerk *clerk;
static int fds[2];

static void
begin(void)
{
	system_ = harness_system(2, NULL);
	clerk = clerk_new(system_);
	peer_socket(fds);
}

static void
end(void)
{
	harness_system_end(system_);
	clerk_free(clerk);
	if (fds[1] >= 0)
		(void)close(fds[1]);
}

#define FRAMER(...) \
	(framer = clerk_spawn(clerk, &bsk_framer_class, \
	    BSK_PARCEL(bsk_framer_config, \
	    .stream = { .fd = bsk_fd_own(fds[0]), .half_close = true }, \
	    __VA_ARGS__)))

static void
hang_up(void)
{
	(void)close(fds[1]);
	fds[1] = -1;
}

static const struct bsk_bytes *
frame(unsigned nth)
{
	return clerk_wait(clerk, &bsk_bytes_type, nth);
}

static int
reason(void)
{
	const struct bsk_stream_ended *told =
	    clerk_wait(clerk, &bsk_stream_ended_type, 1);

	(void)clerk_wait(clerk, &bsk_down_type, 1);
	ck_assert_uint_eq(clerk_count(clerk, &bsk_stream_ended_type), 1);
	return told->reason;
}

START_TEST(cuts_what_its_stream_reads)
{
	FRAMER(.frame = BSK_FRAME_LINES);
	peer_say(fds[1], "one\ntwo\nthr");
	(void)frame(2);
	peer_say(fds[1], "ee\n");
	(void)frame(3);
	clerk_expect(clerk, "one\ntwo\nthree\n");
	ck_assert(bsk_ref_equal(
	    clerk_sender(clerk, &bsk_bytes_type, 1), framer));
	hang_up();
	ck_assert_int_eq(reason(), 0);
}
END_TEST

START_TEST(emits_the_last_line_at_end_of_file_at_once)
{
	FRAMER(.frame = BSK_FRAME_LINES);
	peer_say(fds[1], "no end");
	ck_assert_int_eq(shutdown(fds[1], SHUT_WR), 0);
	clerk_expect(clerk, "no end\n");
	ck_assert_uint_eq(clerk_count(clerk, &bsk_stream_ended_type), 0);
	hang_up();
	ck_assert_int_eq(reason(), 0);
}
END_TEST

START_TEST(sends_as_frames_what_others_send_it)
{
	FRAMER(.frame = BSK_FRAME_NETSTRING);
	clerk_say(clerk, framer, "abc");
	clerk_say(clerk, framer, "");
	clerk_say(clerk, framer, "12345678901");
	peer_expect(fds[1], "3:abc,0:,11:12345678901,");
}
END_TEST

START_TEST(adds_the_end_that_a_line_lacks)
{
	FRAMER(.frame = BSK_FRAME_LINES);
	clerk_say(clerk, framer, "with\n");
	clerk_say(clerk, framer, "without");
	clerk_say(clerk, framer, "");
	clerk_say(clerk, framer, "last\n");
	peer_expect(fds[1], "with\nwithout\nlast\n");
}
END_TEST

START_TEST(a_frame_that_is_too_large_ends_the_stream)
{
	FRAMER(.frame = BSK_FRAME_LINES, .max_frame = 4);
	peer_say(fds[1], "four\nfives\n");
	peer_expect_eof(fds[1]);
	ck_assert_int_eq(reason(), -EMSGSIZE);
	clerk_expect(clerk, "four\n");
}
END_TEST

START_TEST(what_is_no_frame_ends_the_stream)
{
	FRAMER(.frame = BSK_FRAME_NETSTRING);
	peer_say(fds[1], "3:abc,nonsense");
	peer_expect_eof(fds[1]);
	ck_assert_int_eq(reason(), -EBADMSG);
	clerk_expect(clerk, "abc");
}
END_TEST

START_TEST(a_frame_torn_off_by_the_end_is_told)
{
	FRAMER(.frame = BSK_FRAME_NETSTRING);
	peer_say(fds[1], "3:abc,3:de");
	hang_up();
	ck_assert_int_eq(reason(), -EBADMSG);
	clerk_expect(clerk, "abc");
}
END_TEST

/* Far more frames than a turn cuts and more input than may wait: the stream is
 * paused and goes on, and nothing is lost. */
START_TEST(a_flood_of_short_lines_comes_whole)
{
	static char flood[600000];
	size_t index;

	FRAMER(.frame = BSK_FRAME_LENGTH);
	for (index = 0; index < sizeof(flood); index += 600) {
		memcpy(flood + index, "\0\0\2\124", 4);
		memset(flood + index + 4, 'a' + (int)(index / 600 % 26), 596);
	}
	peer_write(fds[1], flood, sizeof(flood));
	hang_up();
	ck_assert_int_eq(reason(), 0);
	ck_assert_uint_eq(clerk_count(clerk, &bsk_bytes_type), 1000);
	for (index = 0; index < 1000; index++)
		ck_assert_int_eq(clerk_bytes(clerk, 596000)[596 * index],
		    'a' + (int)(index % 26));
}
END_TEST

/* A half close, as a stream's own: we still hear. */
START_TEST(what_a_stream_can_be_told_it_passes_on)
{
	FRAMER(.frame = BSK_FRAME_LINES);
	clerk_say(clerk, framer, "all\n");
	clerk_tell(clerk, framer, BSK_NEW(bsk_stream_finish, .reserved = 0));
	peer_expect(fds[1], "all\n");
	peer_expect_eof(fds[1]);
	peer_say(fds[1], "an answer\n");
	clerk_expect(clerk, "an answer\n");
	clerk_tell(clerk, framer, BSK_NEW(bsk_stream_abort, .reserved = 0));
	ck_assert_int_eq(reason(), 0);
}
END_TEST

/* By request it stays paused, also when its own queue has room again. */
START_TEST(paused_it_reads_no_more_until_it_is_resumed)
{
	static char line[4096];
	int unread = 0;

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	FRAMER(.frame = BSK_FRAME_LINES);
	peer_say(fds[1], "one\n");
	(void)frame(1);
	clerk_tell(clerk, framer, BSK_NEW(bsk_stream_pause, .reserved = 0));
	clerk_ask(clerk, framer, BSK_NEW(bsk_status_ask, .reserved = 0));
	ck_assert(((const struct bsk_stream_status *)clerk_wait(clerk,
	    &bsk_stream_status_type, 1))->paused);
	for (int i = 0; i < 4; i++)
		peer_write(fds[1], line, sizeof(line));
	clerk_ask(clerk, framer, BSK_NEW(bsk_status_ask, .reserved = 0));
	ck_assert(((const struct bsk_stream_status *)clerk_wait(clerk,
	    &bsk_stream_status_type, 2))->paused);
	ck_assert_int_eq(ioctl(fds[1], SIOCOUTQ, &unread), 0);
	ck_assert_int_gt(unread, 0);
	ck_assert_uint_eq(clerk_count(clerk, &bsk_bytes_type), 1);
	clerk_tell(clerk, framer, BSK_NEW(bsk_stream_resume, .reserved = 0));
	(void)frame(5);
	hang_up();
	ck_assert_int_eq(reason(), 0);
}
END_TEST

/* Alone it is nobody's stream: what it does not hear is a dead letter. */
START_TEST(alone_it_has_nobody_to_pass_it_on_to)
{
	framer = clerk_spawn(clerk, &bsk_framer_class,
	    BSK_PARCEL(bsk_framer_config, .frame = BSK_FRAME_LINES));
	clerk_ask(clerk, framer, BSK_NEW(bsk_status_ask, .reserved = 0));
	ck_assert_int_lt(((const struct bsk_ask_failed *)clerk_wait(clerk,
	    &bsk_ask_failed_type, 1))->reason, 0);
	(void)close(fds[0]);
	(void)clerk_stop(clerk, framer);
}
END_TEST

START_TEST(asked_to_stop_it_lets_its_stream_finish)
{
	FRAMER(.frame = BSK_FRAME_LINES);
	clerk_say(clerk, framer, "bye\n");
	clerk_stop(clerk, framer);
	peer_expect(fds[1], "bye\n");
	peer_expect_eof(fds[1]);
	ck_assert_int_eq(reason(), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("framer");
	TCase *socket = harness_case("before a socket");

	tcase_add_checked_fixture(socket, begin, end);
	tcase_add_test(socket, cuts_what_its_stream_reads);
	tcase_add_test(socket, emits_the_last_line_at_end_of_file_at_once);
	tcase_add_test(socket, sends_as_frames_what_others_send_it);
	tcase_add_test(socket, adds_the_end_that_a_line_lacks);
	tcase_add_test(socket, a_frame_that_is_too_large_ends_the_stream);
	tcase_add_test(socket, what_is_no_frame_ends_the_stream);
	tcase_add_test(socket, a_frame_torn_off_by_the_end_is_told);
	tcase_add_test(socket, a_flood_of_short_lines_comes_whole);
	tcase_add_test(socket, what_a_stream_can_be_told_it_passes_on);
	tcase_add_test(socket, paused_it_reads_no_more_until_it_is_resumed);
	tcase_add_test(socket, alone_it_has_nobody_to_pass_it_on_to);
	tcase_add_test(socket, asked_to_stop_it_lets_its_stream_finish);
	suite_add_tcase(s, socket);
	seeds_add(s, "many lines", many_lines_come_in_order);
	seeds_add(s, "drain", draining_cuts_all_and_the_last_line);
	seeds_add(s, "refuse", a_frame_that_is_too_large_ends_it);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
