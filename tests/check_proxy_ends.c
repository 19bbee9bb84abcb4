/* check_proxy_ends.c - every way for a connection to end, or not to begin, is
 * an end for both sides, and told.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/log.h>

#include "harness.h"
#include "peer.h"
#include "proxied.h"
#include "scribe.h"

/* --- no upstream ------------------------------------------------------ */

START_TEST(an_upstream_that_is_not_there_is_a_hang_up_that_is_told)
{
	static const int errors[] = { -ENOENT, -ECONNREFUSED };
	unsigned nth;

	if (_i == 1) {
		serve(5);
		hang_up(&server.fd); /* its file stays */
	}
	PROXY(.idle_ns = HOUR);
	for (nth = 1; nth <= 3; nth++) {
		client = peer_connect(front);
		peer_expect_eof(client);
		ck_assert_int_eq(ended(nth)->reason, errors[_i]);
		ck_assert(!ended(nth)->connected);
		ck_assert_int_eq(ended(nth)->pid, getpid());
		hang_up(&client);
	}
	ck_assert_uint_eq(status()->failures, 3);
	ck_assert_uint_eq(scribe_wait(BSK_LOG_WARNING,
	    bsk_reason_text(errors[_i])), 1);
}
END_TEST

/* Fills the queue of the upstream socket; gives how many that took. */
static unsigned
fill_queue(int *fds, unsigned most)
{
	struct sockaddr_un address;
	socklen_t size;
	unsigned count = 0;

	ck_assert_int_eq(bsk_unix_address(back, &address, &size), 0);
	for (;;) {
		ck_assert_uint_lt(count, most);
		fds[count] = socket(
		    AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (connect(fds[count], (struct sockaddr *)&address,
		    size) < 0)
			break;
		count++;
	}
	(void)close(fds[count]);
	return count;
}

START_TEST(a_full_queue_is_waited_for_but_not_for_ever)
{
	int fds[16];
	unsigned count;
	unsigned index;

	serve(1);
	count = fill_queue(fds, 16);
	PROXY(.timeout_ns = _i == 0 ? 20 * MS : HOUR);
	client = peer_connect(front);
	peer_say(client, "is anybody there?");
	if (_i == 0) {
		ck_assert_int_eq(ended(1)->reason, -ETIMEDOUT);
	} else {
		for (index = 0; index < count; index++)
			(void)close(accept_one());
		upstream = accept_one();
		peer_expect(upstream, "is anybody there?");
	}
	for (index = 0; index < count; index++)
		(void)close(fds[index]);
}
END_TEST

START_TEST(a_client_may_leave_while_it_is_connected)
{
	int fds[16];
	unsigned count;

	serve(1);
	count = fill_queue(fds, 16);
	PROXY(.timeout_ns = HOUR);
	client = peer_connect(front);
	peer_say(client, "never mind");
	hang_up(&client);
	ck_assert_int_eq(ended(1)->reason, -ECANCELED);
	ck_assert_uint_eq(status()->failures, 0);
	while (count > 0)
		(void)close(fds[--count]);
}
END_TEST

/* --- in the middle ---------------------------------------------------- */

START_TEST(what_was_said_before_a_hang_up_arrives)
{
	int *first = _i == 0 ? &client : &upstream;
	int *second = _i == 0 ? &upstream : &client;

	serve(5);
	PROXY(.idle_ns = HOUR);
	meet();
	peer_say(*first, "last words");
	hang_up(first);
	peer_expect(*second, "last words");
	peer_expect_eof(*second);
	ck_assert_int_eq(ended(1)->reason, 0);
}
END_TEST

/* The one writes more than anybody takes, the other answers and goes. */
START_TEST(who_goes_unheard_is_still_heard)
{
	int *first = _i % 2 == 0 ? &client : &upstream;
	int *second = _i % 2 == 0 ? &upstream : &client;

	if (_i >= 2)
		refuse_to_splice();
	serve(5);
	PROXY(.idle_ns = HOUR);
	meet();
	(void)write_until_stopped(*first, 64 * MIB);
	peer_say(*second, "too long");
	hang_up(second);
	peer_expect(*first, "too long");
	ck_assert_int_lt(ended(1)->reason, 0);
	ck_assert_uint_gt(ended(1)->lost_bytes, 0);
	ck_assert_uint_eq(_i % 2 == 0 ? ended(1)->down_bytes :
	    ended(1)->up_bytes, 8);
}
END_TEST

START_TEST(both_may_go_at_once)
{
	serve(5);
	PROXY(.idle_ns = HOUR);
	meet();
	peer_say(client, "a");
	peer_say(upstream, "b");
	hang_up(&client);
	hang_up(&upstream);
	(void)ended(1);
}
END_TEST

START_TEST(who_is_quiet_for_too_long_is_hung_up_on)
{
	serve(5);
	PROXY(.idle_ns = 50 * MS);
	meet();
	peer_say(client, "a word");
	peer_expect(upstream, "a word");
	peer_expect_eof(client);
	peer_expect_eof(upstream);
	ck_assert_int_eq(ended(1)->reason, -ETIMEDOUT);
	ck_assert_uint_eq(ended(1)->up_bytes, 6);
}
END_TEST

/* --- the kernel fails -------------------------------------------------- */

/* Waits until a side is hung up on, whatever it has said in vain. */
static void
expect_hang_up(int fd)
{
	struct pollfd over = { .fd = fd, .events = POLLRDHUP };

	ck_assert_int_eq(poll(&over, 1, HARNESS_PATIENCE_S * 1000), 1);
}

/* Whatever fails, the two are hung up on, and the next are served. */
START_TEST(a_fault_is_the_end_of_one_connection_only)
{
	static const enum faulty_call calls[] = { FAULTY_SPLICE, FAULTY_SOCKET,
		FAULTY_CONNECT, FAULTY_EPOLL_CTL };

	serve(5);
	PROXY(.idle_ns = HOUR);
	faulty_os_fail(&world, calls[_i], 1, EIO);
	client = peer_connect(front);
	(void)send(client, "x", 1, MSG_NOSIGNAL); /* if it is still there */
	expect_hang_up(client);
	ck_assert_int_eq(ended(1)->reason, -EIO);
	ck_assert_uint_eq(faulty_os_struck(&world), 1);
	hang_up(&client);
	if (calls[_i] == FAULTY_SPLICE || calls[_i] == FAULTY_EPOLL_CTL)
		(void)close(accept_one());
	meet();
	peer_say(client, "hello");
	peer_expect(upstream, "hello");
}
END_TEST

/* --- stopping --------------------------------------------------------- */

START_TEST(a_stop_lets_them_finish)
{
	serve(5);
	PROXY(.linger_ns = HOUR, .drain_ns = HOUR);
	meet();
	peer_say(client, "under way");
	peer_expect(upstream, "under way");
	stop();
	peer_say(upstream, "an answer");
	peer_expect(client, "an answer");
	hang_up(&client);
	peer_expect_eof(upstream);
	ck_assert_int_eq(proxy_end(), 0);
	ck_assert_int_eq(ended(1)->reason, 0);
}
END_TEST

START_TEST(a_stop_ends_who_is_quiet)
{
	serve(5);
	PROXY(.linger_ns = 10 * MS, .drain_ns = HOUR);
	meet();
	peer_say(client, "under way");
	peer_expect(upstream, "under way");
	stop();
	peer_expect_eof(upstream);
	peer_expect_eof(client);
	ck_assert_int_eq(proxy_end(), 0);
	ck_assert_int_eq(ended(1)->reason, 0);
}
END_TEST

START_TEST(who_does_not_finish_is_cut_off)
{
	serve(5);
	PROXY(.linger_ns = HOUR, .drain_ns = 20 * MS);
	meet();
	peer_say(client, "under way");
	peer_expect(upstream, "under way");
	stop();
	peer_expect_eof(upstream);
	peer_expect_eof(client);
	ck_assert_int_eq(proxy_end(), 0);
	ck_assert_uint_eq(scribe_wait(BSK_LOG_WARNING, "cuts off 1"), 1);
}
END_TEST

START_TEST(one_that_stops_takes_nobody_more)
{
	int late;

	serve(5);
	PROXY(.linger_ns = HOUR, .drain_ns = HOUR);
	meet();
	stop();
	while (scribe_count(BSK_LOG_WARNING, "is stopping") == 0) {
		late = peer_connect(front);
		if (_i == 0)
			peer_expect_eof(late);
		(void)close(late);
	}
	hang_up(&client);
	ck_assert_int_eq(proxy_end(), 0);
}
END_TEST

/* --- config ----------------------------------------------------------- */

static void
expect_refusal(struct bsk_proxy_config config, int error, const char *field)
{
	struct bsk_config_fault fault;

	ck_assert_int_eq(bsk_proxy_check(&config, &fault), error);
	ck_assert_str_eq(fault.field, field);
	ck_assert_str_ne(fault.text, "");
}

START_TEST(what_cannot_work_is_refused_before_anything_is_made)
{
	char longest[109] = { 0 };
	struct bsk_proxy_config config = { .path = { "x" }, .pipe_bytes = 1 };

	memset(longest, 'p', 108);
	expect_refusal(config, -EINVAL, "pipe_bytes");
	config.path.chars = longest;
	expect_refusal(config, -ENAMETOOLONG, "path");
	config.path.chars = NULL;
	expect_refusal(config, -EINVAL, "path");
	ck_assert_int_eq(clerk_spawn_error(
	    clerk, &bsk_proxy_class, BSK_PARCEL(bsk_proxy_config,
		.path = bsk_text_copy(""))), -EINVAL);
}
END_TEST

static TCase *
ends(void)
{
	TCase *tcase = harness_case("ends");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase,
	    an_upstream_that_is_not_there_is_a_hang_up_that_is_told, 0, 2);
	tcase_add_loop_test(
	    tcase, a_full_queue_is_waited_for_but_not_for_ever, 0, 2);
	tcase_add_test(tcase, a_client_may_leave_while_it_is_connected);
	tcase_add_loop_test(
	    tcase, what_was_said_before_a_hang_up_arrives, 0, 2);
	tcase_add_loop_test(tcase, who_goes_unheard_is_still_heard, 0, 4);
	tcase_add_test(tcase, both_may_go_at_once);
	tcase_add_test(tcase, who_is_quiet_for_too_long_is_hung_up_on);
	tcase_add_loop_test(
	    tcase, a_fault_is_the_end_of_one_connection_only, 0, 4);
	tcase_add_test(tcase, a_stop_lets_them_finish);
	tcase_add_test(tcase, a_stop_ends_who_is_quiet);
	tcase_add_test(tcase, who_does_not_finish_is_cut_off);
	tcase_add_test(tcase, one_that_stops_takes_nobody_more);
	tcase_add_test(
	    tcase, what_cannot_work_is_refused_before_anything_is_made);
	return tcase;
}

static Suite *
suite(void)
{
	Suite *s = suite_create("proxy ends");

	suite_add_tcase(s, ends());
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
