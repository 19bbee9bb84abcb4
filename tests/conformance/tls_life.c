/* tls_life.c - rows H: bytes through TLS, and how it ends. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include <buskin/log.h>
#include <buskin/status.h>

#include "../harness.h"
#include "../peer.h"
#include "../tls_case.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define LARGE ((size_t)4 << 20)

static unsigned char *
large(void)
{
	unsigned char *bytes = malloc(LARGE);

	ck_assert_ptr_nonnull(bytes);
	peer_fill(bytes, LARGE);
	return bytes;
}

static void
send_large(const unsigned char *bytes)
{
	clerk_tell(tls_case.clerk, tls_case.tls, BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_copy(bytes, LARGE)));
}

/* --- states ----------------------------------------------------------- */

START_TEST(H09_unwrapped_to_wrapped)
{
	tls_case_spawn_with((struct bsk_tls_config){ .role = BSK_TLS_CLIENT,
	    .terms = tls_case_client(), .in_the_clear = true });
	ck_assert_int_eq(tls_case_status()->state, BSK_TLS_UNWRAPPED);
	clerk_ask(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_tls_start, .received = { 0 }));
	ck_assert_int_eq(tls_case_status()->state, BSK_TLS_HANDSHAKE);
	tls_case_meet(true);
	ck_assert(tls_peer_shake(tls_case.peer));
	(void)clerk_wait(tls_case.clerk, &bsk_tls_ready_type, 1);
	ck_assert_int_eq(tls_case_status()->state, BSK_TLS_WRAPPED);
	clerk_stop(tls_case.clerk, tls_case.tls);
	tls_peer_expect_farewell(tls_case.peer);
	ck_assert_int_eq(tls_case_status()->state, BSK_TLS_SHUTDOWN);
	tls_peer_farewell(tls_case.peer);
	ck_assert_int_eq(tls_case_ended()->reason, 0);
}
END_TEST

START_TEST(H09_other_steps_are_refused)
{
	const struct bsk_result *result;

	tls_case_connect(BSK_TLS_SERVER);
	clerk_ask(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_tls_start, .received = { 0 }));
	result = clerk_wait(tls_case.clerk, &bsk_result_type, 1);
	ck_assert_int_eq(result->error, -EALREADY);
	ck_assert_str_ne(bsk_text_chars(result->text), "");
	tls_peer_say(tls_case.peer, "on it goes");
	clerk_expect(tls_case.clerk, "on it goes");
}
END_TEST

START_TEST(H12)
{
	const struct bsk_result *result;

	tls_case_connect(BSK_TLS_CLIENT);
	clerk_ask(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_stream_finish, .reserved = 0));
	result = clerk_wait(tls_case.clerk, &bsk_result_type, 1);
	ck_assert_int_eq(result->error, -EOPNOTSUPP);
	ck_assert_str_ne(bsk_text_chars(result->text), "");
	clerk_say(tls_case.clerk, tls_case.tls, "still here");
	tls_peer_expect(tls_case.peer, "still here");
}
END_TEST

/* --- flow ------------------------------------------------------------- */

/* What the kernel has not given to the actor. */
static size_t
unread_by_peer(void)
{
	struct pollfd writable = { .fd = tls_case.fds[1], .events = POLLOUT };

	return poll(&writable, 1, 0) == 1 ? 0 : 1;
}

START_TEST(H11)
{
	unsigned char *bytes = large();
	size_t sent = 0;

	tls_case_connect(BSK_TLS_SERVER);
	clerk_tell(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_stream_pause, .reserved = 0));
	ck_assert(tls_case_status()->paused);
	/* Until the socket is full, for nobody reads it. */
	while (sent < LARGE) {
		const struct bsk_tls_status *now;

		while (sent < LARGE && unread_by_peer() == 0) {
			tls_peer_write(tls_case.peer, bytes + sent, 16384);
			sent += 16384;
		}
		now = tls_case_status();
		if (now->unread_bytes >= 256 << 10 && unread_by_peer() != 0)
			break;
	}
	ck_assert_uint_lt(sent, LARGE);
	/* What one turn had read by then may come on top. */
	ck_assert_uint_lt(tls_case_status()->unread_bytes, 768 << 10);
	ck_assert_uint_eq(tls_case_status()->read_bytes, 0);
	clerk_tell(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_stream_resume, .reserved = 0));
	tls_peer_write(tls_case.peer, bytes + sent, LARGE - sent);
	ck_assert_mem_eq(clerk_bytes(tls_case.clerk, LARGE), bytes, LARGE);
	free(bytes);
}
END_TEST

START_TEST(H10_bytes_of_any_number)
{
	unsigned char *bytes = large();
	unsigned char *heard = malloc(LARGE);

	ck_assert_ptr_nonnull(heard);
	tls_case_connect(_i == 0 ? BSK_TLS_SERVER : BSK_TLS_CLIENT);
	send_large(bytes);
	tls_peer_read(tls_case.peer, heard, LARGE);
	ck_assert_mem_eq(heard, bytes, LARGE);
	free(heard);
	free(bytes);
}
END_TEST

/* Has so many bytes wait for the peer, which says something meanwhile. */
static void
let_wait(size_t size, unsigned char *bytes)
{
	tls_case_connect(BSK_TLS_SERVER);
	clerk_tell(tls_case.clerk, tls_case.tls, BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_copy(bytes, size)));
	while (tls_case_status()->written_bytes < size)
		continue;
	tls_peer_say(tls_case.peer, "meanwhile");
}

START_TEST(H10_less_than_512_KiB_stop_nothing)
{
	unsigned char *bytes = large();

	/* The kernel has room for some 200 KiB. */
	let_wait(512 << 10, bytes);
	clerk_expect(tls_case.clerk, "meanwhile");
	free(bytes);
}
END_TEST

START_TEST(H10_more_stop_reading)
{
	unsigned char *bytes = large();
	unsigned char *heard = malloc(LARGE);
	int unread = 0;

	ck_assert_ptr_nonnull(heard);
	let_wait(LARGE, bytes);
	for (int i = 0; i < 100; i++)
		(void)tls_case_status();
	ck_assert_int_eq(ioctl(tls_case.fds[1], SIOCOUTQ, &unread), 0);
	ck_assert_int_gt(unread, 0);
	ck_assert_uint_eq(clerk_count(tls_case.clerk, &bsk_bytes_type), 0);
	tls_peer_read(tls_case.peer, heard, LARGE);
	ck_assert_mem_eq(heard, bytes, LARGE);
	clerk_expect(tls_case.clerk, "meanwhile");
	free(heard);
	free(bytes);
}
END_TEST

/* Who asks is told above the high mark and not above the low one. */
START_TEST(H10_the_owner_is_told)
{
	const struct bsk_stream_pressure *told;
	unsigned char *bytes = large();
	unsigned char *heard = malloc(LARGE);

	ck_assert_ptr_nonnull(heard);
	tls_case_connect(BSK_TLS_SERVER);
	clerk_tell(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_stream_pressure_watch, .reserved = 0));
	send_large(bytes);
	told = clerk_wait(tls_case.clerk, &bsk_stream_pressure_type, 1);
	ck_assert(told->on);
	ck_assert_uint_ge(told->waiting_bytes, 512 << 10);
	tls_peer_read(tls_case.peer, heard, LARGE);
	told = clerk_wait(tls_case.clerk, &bsk_stream_pressure_type, 2);
	ck_assert(!told->on);
	ck_assert_uint_le(told->waiting_bytes, 128 << 10);
	ck_assert_mem_eq(heard, bytes, LARGE);
	free(heard);
	free(bytes);
}
END_TEST

START_TEST(H10_the_marks_can_be_moved)
{
	const struct bsk_result *result;

	tls_case_connect(BSK_TLS_CLIENT);
	clerk_ask(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_stream_limit, .high_water = 1, .low_water = 2));
	result = clerk_wait(tls_case.clerk, &bsk_result_type, 1);
	ck_assert_int_eq(result->error, -EINVAL);
	clerk_ask(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_stream_limit, .high_water = 1000, .low_water = 10));
	result = clerk_wait(tls_case.clerk, &bsk_result_type, 2);
	ck_assert_int_eq(result->error, 0);
}
END_TEST

/* --- ends ------------------------------------------------------------- */

START_TEST(H13)
{
	struct bsk_tls_config config = { .role = BSK_TLS_SERVER,
		.terms = tls_case_server(), .stream.half_close = true };

	tls_case_spawn_with(config);
	tls_case_meet(false);
	ck_assert(tls_peer_shake(tls_case.peer));
	tls_peer_farewell(tls_case.peer);
	tls_peer_expect_farewell(tls_case.peer); /* all the same */
	ck_assert_int_eq(tls_case_ended()->reason, 0);
}
END_TEST

START_TEST(H14)
{
	tls_case_connect(BSK_TLS_SERVER);
	clerk_stop(tls_case.clerk, tls_case.tls);
	tls_peer_expect_farewell(tls_case.peer);
	for (int i = 0; i < 8; i++)
		clerk_say(tls_case.clerk, tls_case.tls, "too late");
	ck_assert_int_eq(tls_case_status()->state, BSK_TLS_SHUTDOWN);
	ck_assert_uint_eq(tls_case_status()->written_bytes, 0);
	ck_assert_uint_eq(tls_case_status()->waiting_bytes, 0);
	tls_peer_farewell(tls_case.peer);
	ck_assert_int_eq(tls_case_ended()->reason, 0);
}
END_TEST

START_TEST(H15_flushes_first)
{
	unsigned char *bytes = large();
	unsigned char *heard = malloc(LARGE);

	ck_assert_ptr_nonnull(heard);
	tls_case_connect(BSK_TLS_SERVER);
	send_large(bytes);
	clerk_stop(tls_case.clerk, tls_case.tls);
	tls_peer_read(tls_case.peer, heard, LARGE);
	ck_assert_mem_eq(heard, bytes, LARGE);
	tls_peer_expect_farewell(tls_case.peer);
	tls_peer_farewell(tls_case.peer);
	ck_assert_int_eq(tls_case_ended()->reason, 0);
	ck_assert_uint_eq(tls_case_ended()->written_bytes, LARGE);
	ck_assert_uint_eq(tls_case_ended()->unsent_bytes, 0);
	free(heard);
	free(bytes);
}
END_TEST

START_TEST(H15_aborts_the_handshake)
{
	tls_case_spawn(BSK_TLS_SERVER, tls_case_server());
	clerk_say(tls_case.clerk, tls_case.tls, "never");
	clerk_stop(tls_case.clerk, tls_case.tls);
	ck_assert_int_eq(tls_case_ended()->reason, 0);
	ck_assert_uint_eq(tls_case_ended()->unsent_bytes, 5);
	ck_assert_uint_eq(tls_case_ended()->unsent_messages, 1);
	peer_expect_eof(tls_case.fds[1]);
	ck_assert_uint_eq(clerk_count(tls_case.clerk, &bsk_tls_ready_type), 0);
}
END_TEST

START_TEST(H16)
{
	char byte;

	tls_case_connect(BSK_TLS_SERVER);
	clerk_tell(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_stream_abort, .reserved = 0));
	ck_assert_int_eq(tls_case_ended()->reason, 0);
	ck_assert(!tls_case_ended()->truncated);
	/* No farewell: the socket is just at its end. */
	ck_assert_int_eq(recv(tls_case.fds[1], &byte, 1, 0), 0);
}
END_TEST

START_TEST(H17)
{
	const struct bsk_stream_eof *eof;

	tls_case_connect(_i == 0 ? BSK_TLS_SERVER : BSK_TLS_CLIENT);
	tls_peer_say(tls_case.peer, "the last");
	tls_peer_farewell(tls_case.peer);
	eof = clerk_wait(tls_case.clerk, &bsk_stream_eof_type, 1);
	ck_assert_uint_eq(eof->read_bytes, 8);
	clerk_expect(tls_case.clerk, "the last");
	tls_peer_expect_farewell(tls_case.peer);
	ck_assert_int_eq(tls_case_ended()->reason, 0);
	ck_assert(!tls_case_ended()->truncated);
	ck_assert_uint_eq(tls_case_ended()->read_bytes, 8);
	ck_assert_uint_eq(clerk_count(tls_case.clerk, &bsk_stream_eof_type), 1);
}
END_TEST

START_TEST(H17_an_answer_may_be_on_its_way)
{
	struct bsk_tls_config config = { .role = BSK_TLS_SERVER,
		.terms = tls_case_server(), .stream.linger_ns = SECOND };

	tls_case_spawn_with(config);
	tls_case_meet(false);
	ck_assert(tls_peer_shake(tls_case.peer));
	clerk_say(tls_case.clerk, tls_case.tls, "one");
	tls_peer_expect(tls_case.peer, "one");
	tls_peer_farewell(tls_case.peer);
	(void)clerk_wait(tls_case.clerk, &bsk_stream_eof_type, 1);
	clerk_say(tls_case.clerk, tls_case.tls, "two");
	tls_peer_expect(tls_case.peer, "two");
	tls_peer_expect_farewell(tls_case.peer);
	ck_assert_int_eq(tls_case_ended()->reason, 0);
}
END_TEST

START_TEST(H21_in_the_handshake)
{
	tls_case_spawn(BSK_TLS_SERVER, tls_case_server());
	peer_say(tls_case.fds[1], "\x16\x03\x01");
	(void)shutdown(tls_case.fds[1], SHUT_WR);
	ck_assert_int_eq(tls_case_failed()->cause, BSK_TLS_HANGUP);
	ck_assert_int_eq(tls_case_failed()->error, -ECONNABORTED);
	ck_assert_int_eq(tls_case_ended()->reason, -ECONNABORTED);
	ck_assert(tls_case_ended()->truncated);
}
END_TEST

START_TEST(H21_after_data)
{
	tls_case_connect(BSK_TLS_SERVER);
	tls_peer_say(tls_case.peer, "and then");
	(void)shutdown(tls_case.fds[1], SHUT_WR);
	clerk_expect(tls_case.clerk, "and then");
	(void)clerk_wait(tls_case.clerk, &bsk_stream_eof_type, 1);
	ck_assert_int_eq(tls_case_ended()->reason, 0);
	ck_assert(tls_case_ended()->truncated);
	ck_assert_uint_eq(clerk_count(tls_case.clerk, &bsk_tls_failed_type), 0);
}
END_TEST

START_TEST(H21_behind_a_pause)
{
	tls_case_connect(BSK_TLS_SERVER);
	clerk_tell(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_stream_pause, .reserved = 0));
	ck_assert(tls_case_status()->paused);
	tls_peer_say(tls_case.peer, "not lost");
	tls_peer_free(tls_case.peer);
	tls_case.peer = NULL;
	tls_case.fds[1] = -1;
	while (tls_case_status()->unread_bytes == 0)
		continue;
	clerk_tell(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_stream_resume, .reserved = 0));
	clerk_expect(tls_case.clerk, "not lost");
	(void)tls_case_ended();
	ck_assert(tls_case_ended()->truncated);
}
END_TEST

/* --- in place --------------------------------------------------------- */

START_TEST(H19)
{
	tls_case_spawn_with((struct bsk_tls_config){ .role = BSK_TLS_SERVER,
	    .terms = tls_case_server(), .in_the_clear = true });
	peer_say(tls_case.fds[1], "STARTTLS\n");
	clerk_expect(tls_case.clerk, "STARTTLS\n");
	clerk_say(tls_case.clerk, tls_case.tls, "ready when you are\n");
	clerk_tell(tls_case.clerk, tls_case.tls,
	    BSK_NEW(bsk_tls_start, .received = { 0 }));
	peer_expect(tls_case.fds[1], "ready when you are\n");
	tls_case_meet(false);
	ck_assert(tls_peer_shake(tls_case.peer));
	tls_peer_say(tls_case.peer, "secret");
	clerk_expect(tls_case.clerk, "STARTTLS\nsecret");
	clerk_say(tls_case.clerk, tls_case.tls, "also secret");
	tls_peer_expect(tls_case.peer, "also secret");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("tls_life");
	TCase *tcase = harness_case("tls_life");

	tcase_add_checked_fixture(tcase, tls_case_begin, tls_case_end);
	tcase_add_test(tcase, H09_unwrapped_to_wrapped);
	tcase_add_test(tcase, H09_other_steps_are_refused);
	tcase_add_loop_test(tcase, H10_bytes_of_any_number, 0, 2);
	tcase_add_test(tcase, H10_less_than_512_KiB_stop_nothing);
	tcase_add_test(tcase, H10_more_stop_reading);
	tcase_add_test(tcase, H10_the_owner_is_told);
	tcase_add_test(tcase, H10_the_marks_can_be_moved);
	tcase_add_test(tcase, H11);
	tcase_add_test(tcase, H12);
	tcase_add_test(tcase, H13);
	tcase_add_test(tcase, H14);
	tcase_add_test(tcase, H15_flushes_first);
	tcase_add_test(tcase, H15_aborts_the_handshake);
	tcase_add_test(tcase, H16);
	tcase_add_loop_test(tcase, H17, 0, 2);
	tcase_add_test(tcase, H17_an_answer_may_be_on_its_way);
	tcase_add_test(tcase, H19);
	tcase_add_test(tcase, H21_in_the_handshake);
	tcase_add_test(tcase, H21_after_data);
	tcase_add_test(tcase, H21_behind_a_pause);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
