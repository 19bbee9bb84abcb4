/* streams_flow.c - rows G: how much waits in a stream, how it ends and is
 * handed over, and what it tells of itself; and X23.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/log.h>
#include <buskin/status.h>
#include <buskin/unix.h>

#include "../bailiff.h"
#include "../harness.h"
#include "../peer.h"
#include "../scribe.h"
#include "../streamed.h"

/* --- pressure --------------------------------------------------------- */

static const struct bsk_stream_pressure *
pressure(unsigned nth)
{
	return clerk_wait(clerk, &bsk_stream_pressure_type, nth);
}

static const struct {
	uint64_t high, low;   /* as asked for */
	size_t at_high, at_low; /* bytes that may wait */
} marks[] = {
	{ 0, 0, 65536, 16384 },
	{ 1000, 200, 1000, 200 },
	{ 1000, 1000, 1000, 1000 },
	{ 400, 0, 400, 100 },
};

START_TEST(G10_told_above_the_high_mark_and_not_above_the_low_one)
{
	size_t high = marks[_i].at_high;
	size_t low = marks[_i].at_low;

	atomic_store(&room, 0);
	peer_socket(fds);
	stream = STREAM(.high_water = marks[_i].high,
	    .low_water = marks[_i].low);
	TELL(bsk_stream_pressure_watch);
	TELL(bsk_stream_pressure_watch);
	write_static(high);
	ck_assert_uint_eq(status()->waiting_bytes, high);
	ck_assert_uint_eq(clerk_count(clerk, &bsk_stream_pressure_type), 0);
	write_static(1);
	ck_assert(pressure(1)->on);
	ck_assert_uint_eq(pressure(1)->waiting_bytes, high + 1);
	write_static(1);
	atomic_store(&room, (int64_t)(high + 1 - low));
	kick(high, low);
	ck_assert_uint_eq(status()->waiting_bytes, low + 1);
	ck_assert_uint_eq(clerk_count(clerk, &bsk_stream_pressure_type), 1);
	atomic_store(&room, 1);
	kick(high, low);
	ck_assert(!pressure(2)->on);
	ck_assert_uint_eq(pressure(2)->waiting_bytes, low);
	(void)status();
	ck_assert_uint_eq(clerk_count(clerk, &bsk_stream_pressure_type), 2);
}
END_TEST

START_TEST(G10_a_low_mark_above_the_high_one_is_refused)
{
	const struct bsk_result *result;

	peer_socket(fds);
	stream = STREAM(.high_water = 10);
	clerk_ask(clerk, stream, BSK_NEW(bsk_stream_limit, .high_water = 10,
	    .low_water = 11));
	result = clerk_wait(clerk, &bsk_result_type, 1);
	ck_assert_int_eq(result->error, -EINVAL);
	ck_assert_str_eq(bsk_text_chars(result->field), "low_water");
	ck_assert_str_ne(bsk_text_chars(result->text), "");
	clerk_say(clerk, stream, "as before");
	peer_expect(fds[1], "as before");
}
END_TEST

START_TEST(G10_so_it_is_at_the_beginning)
{
	const struct bsk_down *down;

	peer_socket(fds);
	stream = STREAM(.high_water = 10, .low_water = 11);
	down = clerk_wait(clerk, &bsk_down_type, 1);
	ck_assert_int_eq(down->reason, -EINVAL);
	ck_assert_uint_eq(scribe_count(BSK_LOG_ERROR, "low_water"), 1);
	peer_expect_eof(fds[1]);
}
END_TEST

/* --- pausing and ending ----------------------------------------------- */

START_TEST(G11)
{
	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	TELL(bsk_stream_pause);
	TELL(bsk_stream_pause);
	peer_say(fds[1], "waits");
	ck_assert(status()->paused);
	ck_assert(!status()->reading);
	ck_assert_uint_eq(status()->read_bytes, 0);
	TELL(bsk_stream_resume);
	TELL(bsk_stream_resume);
	clerk_expect(clerk, "waits");
	ck_assert(status()->reading);
	clerk_stop(clerk, stream);
	TELL(bsk_stream_resume);
	TELL(bsk_stream_pause);
	ck_assert_int_eq(ended()->reason, 0);
}
END_TEST

START_TEST(G12)
{
	static unsigned char got[LARGE];

	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	write_static(LARGE);
	clerk_stop(clerk, stream);
	ck_assert(!status()->reading);
	peer_say(fds[1], "nobody hears this");
	ck_assert_uint_eq(peer_read(fds[1], got, LARGE), LARGE);
	ck_assert_int_eq(ended()->reason, 0);
	ck_assert_uint_eq(ended()->written_bytes, LARGE);
	ck_assert_uint_eq(ended()->read_bytes, 0);
}
END_TEST

START_TEST(G13)
{
	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	write_static(LARGE);
	clerk_settle(clerk, stream);
	TELL(bsk_stream_abort);
	ck_assert_int_eq(ended()->reason, 0);
	ck_assert_uint_gt(ended()->unsent_bytes, 0);
	ck_assert_uint_eq(
	    ended()->unsent_bytes + ended()->written_bytes, LARGE);
}
END_TEST

START_TEST(G14)
{
	static unsigned char got[LARGE];

	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	write_static(LARGE);
	TELL(bsk_stream_finish);
	ck_assert(status()->finishing);
	ck_assert_uint_eq(peer_read(fds[1], got, LARGE), LARGE);
	peer_expect_eof(fds[1]);
	ck_assert(!status()->writing);
	peer_say(fds[1], "still heard");
	clerk_expect(clerk, "still heard");
}
END_TEST

/* All at once, in each order: whatever ends it, it ends once. */
START_TEST(G15)
{
	unsigned order;

	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	write_static(LARGE);
	for (order = (unsigned)_i; order < (unsigned)_i + 5; order++)
		switch (order % 5) {
		case 0:
			TELL(bsk_stream_abort);
			break;
		case 1:
			TELL(bsk_stream_finish);
			break;
		case 2:
			clerk_stop(clerk, stream);
			break;
		case 3:
			hang_up();
			break;
		default:
			clerk_do(clerk, kill_it, &stream);
		}
	(void)ended();
}
END_TEST

/* --- handing over ----------------------------------------------------- */

/* The peer goes on writing while another takes over; between them the two hear
 * everything once and in order. */
START_TEST(G16)
{
	static unsigned char sent[2 * LARGE];
	const unsigned char *two;
	size_t first;

	next = clerk_new(system_);
	peer_fill(sent, sizeof(sent));
	peer_socket(fds);
	stream = STREAM(.read_size = 4096, .read_budget = 4096);
	peer_write(fds[1], sent, LARGE / 4);
	clerk_ask(clerk, stream, BSK_NEW(bsk_stream_hand_over,
	    .to = clerk_ref(next)));
	(void)clerk_wait(clerk, &bsk_result_type, 1);
	first = (size_t)status()->read_bytes;
	ck_assert(status()->paused);
	ck_assert(bsk_ref_equal(status()->to, clerk_ref(next)));
	clerk_tell(next, stream, BSK_NEW(bsk_stream_resume, .reserved = 0));
	peer_write(fds[1], sent + LARGE / 4, sizeof(sent) - LARGE / 4);
	hang_up();
	two = clerk_bytes(next, sizeof(sent) - first);
	ck_assert_mem_eq(clerk_bytes(clerk, first), sent, first);
	ck_assert_mem_eq(two, sent + first, sizeof(sent) - first);
	(void)clerk_wait(next, &bsk_stream_eof_type, 1);
	ck_assert_uint_eq(((const struct bsk_stream_ended *)clerk_wait(
	    next, &bsk_stream_ended_type, 1))->read_bytes, sizeof(sent));
	(void)ended();
}
END_TEST

/* --- descriptors of one's own ----------------------------------------- */

/* Connect and accept give plain descriptors; a stream over one sends all and
 * receives. */
START_TEST(G17_connect_accept_send_all_receive)
{
	static unsigned char heap[LARGE];
	bsk_ref connector;
	const struct bsk_unix_connected *connected;
	const struct bsk_unix_accepted *accepted;

	(void)clerk_spawn(clerk, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config,
		.path = bsk_text_copy("@buskin-raw"), .accept = BSK_UNIX_FD,
		.to = clerk_ref(clerk)));
	connector = clerk_spawn(clerk, &bsk_unix_connector_class, NULL);
	(void)clerk_wait(clerk, &bsk_listener_ready_type, 1);
	clerk_ask(clerk, connector, BSK_NEW(bsk_unix_connect,
	    .path = bsk_text_copy("@buskin-raw")));
	connected = clerk_wait(clerk, &bsk_unix_connected_type, 1);
	accepted = clerk_wait(clerk, &bsk_unix_accepted_type, 1);
	fds[0] = dup(bsk_fd_number(connected->fd));
	fds[1] = dup(bsk_fd_number(accepted->fd));
	stream = STREAM(.high_water = 0);
	write_static(LARGE);
	ck_assert_uint_eq(peer_read(fds[1], heap, LARGE), LARGE);
	peer_say(fds[1], "received");
	clerk_expect(clerk, "received");
}
END_TEST

START_TEST(G17_one_that_blocks_is_refused)
{
	const struct bsk_down *down;

	ck_assert_int_eq(socketpair(
	    AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	stream = STREAM(.high_water = 0);
	down = clerk_wait(clerk, &bsk_down_type, 1);
	ck_assert_int_eq(down->reason, -EINVAL);
	ck_assert_uint_eq(scribe_count(BSK_LOG_ERROR, "blocks"), 1);
}
END_TEST

/* --- how it stands ---------------------------------------------------- */

START_TEST(G18)
{
	const struct bsk_stream_status *now;
	const struct bsk_resource *resource;

	atomic_store(&room, 3);
	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	clerk_say(clerk, stream, "12345");
	peer_say(fds[1], "hello");
	(void)clerk_bytes(clerk, 5);
	now = status();
	ck_assert_int_eq(now->fd, fds[0]);
	ck_assert_int_eq(now->kind, BSK_STREAM_SOCKET);
	ck_assert(now->reading && now->writing && now->blocked);
	ck_assert(!now->paused && !now->choked && !now->finishing);
	ck_assert_uint_eq(now->waiting_bytes, 2);
	ck_assert_uint_eq(now->waiting_messages, 1);
	ck_assert_uint_eq(now->written_bytes, 3);
	ck_assert_uint_eq(now->read_bytes, 5);
	ck_assert_int_eq(now->pid, getpid());
	ck_assert_uint_eq(now->uid, getuid());
	ck_assert_uint_eq(now->fds.count, 1);
	resource = now->fds.items;
	ck_assert_int_eq(resource->number, fds[0]);
	ck_assert(bsk_ref_equal(resource->owner, stream));
	ck_assert_ptr_eq(bsk_stream_class.status, &bsk_stream_status_type);
}
END_TEST

/* Killed with output still waiting: its descriptor is closed (the fixture looks
 * for leaks), and the log is told which it was and what was lost. */
START_TEST(G19)
{
	char words[64];

	atomic_store(&room, 0);
	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	clerk_say(clerk, stream, "never written");
	(void)status();
	(void)snprintf(words, sizeof(words),
	    "descriptor %d was cut off with 13 bytes", fds[0]);
	clerk_do(clerk, kill_it, &stream);
	peer_expect_eof(fds[1]);
	ck_assert_uint_eq(ended()->unsent_bytes, 13);
	clerk_do(clerk, kill_it, &stream); /* lets the log be told before */
	ck_assert_uint_eq(scribe_count(BSK_LOG_WARNING, words), 1);
}
END_TEST

/* It has more to write than anybody reads. */
START_TEST(G19_is_named_when_the_time_of_the_stop_is_over)
{
	char words[32];

	atomic_store(&room, 0);
	peer_socket(fds);
	bailiff_spawn(system_);
	ck_assert_int_eq(bsk_system_spawn(system_, &bsk_stream_class,
	    BSK_PARCEL(bsk_stream_config, .fd = bsk_fd_own(fds[0])), NULL,
	    &stream), 0);
	clerk_say(clerk, stream, "never written");
	(void)status();
	bsk_system_stop(system_, 0);
	bsk_system_stop(system_, 0);
	(void)snprintf(words, sizeof(words), "; fds %d (", fds[0]);
	ck_assert_ptr_nonnull(strstr(bailiff_wait("stream"), words));
}
END_TEST

/* --- much of it ------------------------------------------------------- */

struct load {
	size_t bytes;
	size_t piece;
};

/* Room in the mailbox for all of it. */
static void
spawn_roomy(bsk_ctx *ctx, void *arg)
{
	const struct bsk_spawn_options options = { .capacity = UINT32_MAX / 2,
		.capacity_bytes = UINT64_MAX / 2 };

	ck_assert_int_eq(bsk_spawn(ctx, &bsk_stream_class, BSK_PARCEL(
	    bsk_stream_config, .fd = bsk_fd_own(fds[0])), &options, arg), 0);
}

static void
queue_all(bsk_ctx *ctx, void *arg)
{
	static unsigned char heap[LARGE];
	const struct load *load = arg;
	size_t at;

	for (at = 0; at < load->bytes; at += load->piece)
		ck_assert_int_eq(bsk_send(ctx, stream, BSK_NEW(bsk_bytes,
		    .bytes = bsk_buf_static(heap, load->piece))), 0);
}

/* All of it waits at once, shared, before the peer reads the first byte.
 * Returns how often the kernel was asked, and of how many vectors. */
static uint64_t
write_load(struct load load)
{
	static unsigned char got[LARGE];
	uint64_t seen;
	size_t left;

	peer_socket(fds);
	clerk_do(clerk, spawn_roomy, &stream);
	(void)status();
	atomic_store(&room, 0);
	clerk_do(clerk, queue_all, &load);
	while (status()->waiting_bytes < load.bytes)
		continue;
	atomic_store(&writes, 0);
	atomic_store(&offered, 0);
	atomic_store(&room, NO_LIMIT);
	kick(0, 0);
	for (left = load.bytes; left > 0; left -= seen) {
		seen = peer_read(fds[1], got, left < LARGE ? left : LARGE);
		ck_assert_uint_gt(seen, 0);
	}
	ck_assert_uint_eq(status()->written_bytes, load.bytes);
	hang_up();
	return atomic_load(&offered) + atomic_load(&writes);
}

/* Eight times as much costs about eight times as many operations, not 64 times,
 * and the whole no more than a few for each message and each socketful. How
 * many exactly is for the reader's pace to say. */
START_TEST(X23)
{
	static const size_t pieces[] = { LARGE, 4096 };
	size_t piece = pieces[_i];
	size_t all = (size_t)1 << 30;
	uint64_t eighth;
	uint64_t whole;

	if (harness_is_instrumented())
		all /= 16;
	eighth = write_load((struct load){ all / 8, piece });
	whole = write_load((struct load){ all, piece });
	ck_assert_uint_lt(whole, 24 * eighth);
	ck_assert_uint_lt(whole, 40 * (all / piece + all / 65536));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("streams: flow");
	TCase *tcase = harness_case("G");

	tcase_add_checked_fixture(tcase, streamed_begin, streamed_end);
	tcase_add_loop_test(tcase,
	    G10_told_above_the_high_mark_and_not_above_the_low_one, 0, 4);
	tcase_add_test(tcase, G10_a_low_mark_above_the_high_one_is_refused);
	tcase_add_test(tcase, G10_so_it_is_at_the_beginning);
	tcase_add_test(tcase, G11);
	tcase_add_test(tcase, G12);
	tcase_add_test(tcase, G13);
	tcase_add_test(tcase, G14);
	tcase_add_loop_test(tcase, G15, 0, 5);
	tcase_add_test(tcase, G16);
	tcase_add_test(tcase, G17_connect_accept_send_all_receive);
	tcase_add_test(tcase, G17_one_that_blocks_is_refused);
	tcase_add_test(tcase, G18);
	tcase_add_test(tcase, G19);
	tcase_add_test(tcase, G19_is_named_when_the_time_of_the_stop_is_over);
	tcase_add_loop_test(tcase, X23, 0, 2);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
