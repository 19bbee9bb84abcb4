/* check_unix_channel.c - descriptors travel with their bytes, belong to who
 * gets them, and a peer that sends too many is hung up on and leaves none.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/stream.h>
#include <buskin/unix_channel.h>

#include "clerk.h"
#include "harness.h"
#include "peer.h"

static const struct bsk_os *const os = &bsk_os_libc;
static bsk_system *system_;
static struct clerk *clerk;
static bsk_ref channel;
static int peer;

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
	(void)close(peer);
}

static void
open_channel(uint32_t max_fds)
{
	int pair[2];

	peer_socket(pair);
	peer = pair[1];
	channel = clerk_spawn(clerk, &bsk_unix_channel_class,
	    BSK_PARCEL(bsk_unix_channel_config, .fd = bsk_fd_own(pair[0]),
		.max_fds = max_fds));
}

static bsk_list
list_of(int fd)
{
	bsk_list list = bsk_list_new(sizeof(bsk_fd), 1);

	((bsk_fd *)list.items)[0] = bsk_fd_own(fd);
	return list;
}

static int
result(unsigned nth)
{
	return ((const struct bsk_result *)clerk_wait(
	    clerk, &bsk_result_type, nth))->error;
}

START_TEST(descriptors_come_with_their_bytes)
{
	const struct bsk_unix_packet *packet;
	const bsk_fd *fds;
	int pipes[2];
	int both[2];

	open_channel(0);
	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	both[0] = pipes[1];
	both[1] = pipes[0];
	ck_assert_int_eq(bsk_unix_send(os, peer, "two", 3, both, 2), 3);
	packet = clerk_wait(clerk, &bsk_unix_packet_type, 1);
	ck_assert_uint_eq(packet->bytes.size, 3);
	ck_assert_mem_eq(packet->bytes.bytes, "two", 3);
	ck_assert_uint_eq(packet->fds.count, 2);
	fds = packet->fds.items;
	ck_assert_int_ne(
	    fcntl(bsk_fd_number(fds[0]), F_GETFD) & FD_CLOEXEC, 0);
	peer_say(bsk_fd_number(fds[0]), "through");
	peer_expect(pipes[0], "through");
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}
END_TEST

START_TEST(descriptors_go_with_their_bytes)
{
	struct bsk_unix_received received;
	char bytes[8];
	int pipes[2];

	open_channel(0);
	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	clerk_ask(clerk, channel, BSK_NEW(bsk_unix_packet,
	    .bytes = bsk_buf_copy("one", 3), .fds = list_of(pipes[1])));
	ck_assert_int_eq(result(1), 0);
	ck_assert_int_eq(bsk_unix_receive(
	    os, peer, bytes, sizeof(bytes), 4, &received), 3);
	ck_assert_uint_eq(received.count, 1);
	ck_assert(!received.cut);
	peer_say(received.fds[0], "through");
	peer_expect(pipes[0], "through");
	/* That was the last of the writing ends: the packet's is closed. */
	(void)close(received.fds[0]);
	peer_expect_eof(pipes[0]);
	(void)close(pipes[0]);
}
END_TEST

START_TEST(what_is_no_packet_is_refused)
{
	bsk_list many = bsk_list_new(sizeof(bsk_fd), BSK_UNIX_FDS_MAX + 1);

	open_channel(0);
	clerk_ask(clerk, channel,
	    BSK_NEW(bsk_unix_packet, .fds = list_of(dup(0))));
	ck_assert_int_eq(result(1), -EINVAL);
	clerk_ask(clerk, channel, BSK_NEW(bsk_unix_packet,
	    .bytes = bsk_buf_copy("x", 1), .fds = many));
	ck_assert_int_eq(result(2), -EMSGSIZE);
	clerk_ask(clerk, channel, BSK_NEW(bsk_unix_packet,
	    .bytes = bsk_buf_copy("ok", 2)));
	ck_assert_int_eq(result(3), 0);
	peer_expect(peer, "ok");
}
END_TEST

START_TEST(a_descriptor_that_is_none_ends_only_its_packet)
{
	open_channel(0);
	clerk_ask(clerk, channel, BSK_NEW(bsk_unix_packet,
	    .bytes = bsk_buf_copy("x", 1), .fds = list_of(-1)));
	ck_assert_int_eq(result(1), -EBADF);
	clerk_ask(clerk, channel, BSK_NEW(bsk_unix_packet,
	    .bytes = bsk_buf_copy("ok", 2)));
	ck_assert_int_eq(result(2), 0);
	peer_expect(peer, "ok");
}
END_TEST

#define TOO_LARGE ((size_t)8 << 20)

START_TEST(a_packet_that_is_too_large_for_the_kernel_ends_alone)
{
	const struct bsk_stream_ended *ended;
	unsigned char *bytes;
	bsk_buf large;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0, pair), 0);
	peer = pair[1];
	channel = clerk_spawn(clerk, &bsk_unix_channel_class,
	    BSK_PARCEL(bsk_unix_channel_config, .fd = bsk_fd_own(pair[0])));
	ck_assert_int_eq(bsk_buf_new(TOO_LARGE, &large, &bytes), 0);
	memset(bytes, 'x', TOO_LARGE);
	clerk_ask(clerk, channel,
	    BSK_NEW(bsk_unix_packet, .bytes = large));
	ck_assert_int_eq(result(1), -EMSGSIZE);
	clerk_ask(clerk, channel, BSK_NEW(bsk_unix_packet,
	    .bytes = bsk_buf_copy("ok", 2)));
	ck_assert_int_eq(result(2), 0);
	peer_expect(peer, "ok");
	clerk_stop(clerk, channel);
	ended = clerk_wait(clerk, &bsk_stream_ended_type, 1);
	ck_assert_int_eq(ended->reason, 0);
	ck_assert_uint_eq(ended->unsent_bytes, TOO_LARGE);
	ck_assert_uint_eq(ended->unsent_messages, 1);
}
END_TEST

/* The fixture sees that none is left open. */
START_TEST(a_peer_that_sends_too_many_is_hung_up_on)
{
	const struct bsk_stream_ended *ended;
	int many[BSK_UNIX_FDS_MAX];
	unsigned index;

	open_channel(4);
	for (index = 0; index < BSK_UNIX_FDS_MAX; index++)
		many[index] = 0;
	ck_assert_int_eq(
	    bsk_unix_send(os, peer, "x", 1, many, BSK_UNIX_FDS_MAX), 1);
	ended = clerk_wait(clerk, &bsk_stream_ended_type, 1);
	ck_assert_int_eq(ended->reason, -EMSGSIZE);
	ck_assert_uint_eq(clerk_count(clerk, &bsk_unix_packet_type), 0);
	peer_expect_eof(peer);
}
END_TEST

START_TEST(as_many_as_it_says_are_let_through)
{
	int few[5] = { 0, 0, 0, 0, 0 };

	open_channel(5);
	ck_assert_int_eq(bsk_unix_send(os, peer, "x", 1, few, 5), 1);
	ck_assert_uint_eq(((const struct bsk_unix_packet *)clerk_wait(
	    clerk, &bsk_unix_packet_type, 1))->fds.count, 5);
}
END_TEST

/* Far more than the socket takes at once: in order, and every descriptor with
 * the first byte of its packet. */
START_TEST(packets_wait_for_a_slow_peer)
{
	static unsigned char large[300000];
	struct bsk_unix_received received;
	size_t total = 0;
	unsigned count = 0;

	open_channel(0);
	for (unsigned index = 0; index < 3; index++)
		clerk_ask(clerk, channel, BSK_NEW(bsk_unix_packet,
		    .bytes = bsk_buf_static(large, sizeof(large)),
		    .fds = list_of(dup(0))));
	clerk_stop(clerk, channel);
	for (ssize_t got = 1; got > 0;) {
		static unsigned char bytes[65536];

		got = bsk_unix_receive(
		    os, peer, bytes, sizeof(bytes), 4, &received);
		ck_assert_int_ge(got, 0);
		if (received.count > 0)
			ck_assert_uint_ge(count * sizeof(large), total);
		total += (size_t)got;
		if (received.count > 0)
			ck_assert_uint_lt(count * sizeof(large), total);
		for (unsigned i = 0; i < received.count; i++)
			(void)close(received.fds[i]);
		count += received.count;
	}
	ck_assert_uint_eq(total, 3 * sizeof(large));
	ck_assert_uint_eq(count, 3);
	ck_assert_int_eq(result(3), 0);
}
END_TEST

START_TEST(the_end_of_the_peer_is_told)
{
	const struct bsk_stream_ended *ended;

	open_channel(0);
	peer_say(peer, "bye");
	(void)shutdown(peer, SHUT_WR);
	ended = clerk_wait(clerk, &bsk_stream_ended_type, 1);
	ck_assert_int_eq(ended->reason, 0);
	ck_assert_uint_eq(ended->read_bytes, 3);
	(void)clerk_wait(clerk, &bsk_unix_packet_type, 1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("unix-channel");
	TCase *tcase = harness_case("unix-channel");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, descriptors_come_with_their_bytes);
	tcase_add_test(tcase, descriptors_go_with_their_bytes);
	tcase_add_test(tcase, what_is_no_packet_is_refused);
	tcase_add_test(tcase,
	    a_descriptor_that_is_none_ends_only_its_packet);
	tcase_add_test(tcase,
	    a_packet_that_is_too_large_for_the_kernel_ends_alone);
	tcase_add_test(tcase, a_peer_that_sends_too_many_is_hung_up_on);
	tcase_add_test(tcase, as_many_as_it_says_are_let_through);
	tcase_add_test(tcase, packets_wait_for_a_slow_peer);
	tcase_add_test(tcase, the_end_of_the_peer_is_told);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
