/* check_unix_connector.c - a connection is made, waited for, or refused with
 * its reason; and one of its own is made again and loses nothing it kept.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <buskin/unix.h>

#include "clerk.h"
#include "harness.h"
#include "peer.h"

#define MS INT64_C(1000000)

static bsk_system *system_;
static struct clerk *clerk;
static bsk_ref connector;
static struct bsk_unix_socket server;
static char path[128];

static void
make(uint32_t workers)
{
	system_ = harness_system(workers, NULL);
	clerk = clerk_new(system_);
	(void)snprintf(path, sizeof(path), "%s", peer_path("socket"));
	server.fd = -1;
}

static void
begin(void)
{
	make(2);
}

/* What a connection says last and its end come together then, and the latter
 * first. */
static void
begin_with_one_worker(void)
{
	make(1);
}

static void
end(void)
{
	harness_system_end(system_);
	clerk_free(clerk);
	if (server.fd >= 0)
		(void)close(server.fd);
	peer_clean();
}

/* A listening socket that blocks. */
static void
serve(int backlog)
{
	const char *why;

	ck_assert_int_eq(bsk_unix_listen(
	    &bsk_os_libc, path, 0600, backlog, &server, &why), 0);
}

static int
accept_one(void)
{
	int fd;

	do
		fd = accept4(server.fd, NULL, NULL, SOCK_CLOEXEC);
	while (fd < 0 && errno == EAGAIN);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
await_bytes(int fd)
{
	struct pollfd it = { .fd = fd, .events = POLLIN };

	ck_assert_int_eq(poll(&it, 1, HARNESS_PATIENCE_S * 1000), 1);
}

#define SPAWN(...) \
	(connector = clerk_spawn(clerk, &bsk_unix_connector_class, \
	    BSK_PARCEL(bsk_unix_connector_config, __VA_ARGS__)))

static void
ask(const char *where, int64_t timeout_ns)
{
	clerk_ask(clerk, connector, BSK_NEW(bsk_unix_connect,
	    .path = bsk_text_copy(where), .timeout_ns = timeout_ns));
}

static int
refusal(unsigned nth)
{
	const struct bsk_unix_refused *result =
	    clerk_wait(clerk, &bsk_unix_refused_type, nth);

	ck_assert_ptr_nonnull(strstr(result->text.chars, "cannot connect to"));
	ck_assert_str_eq(result->field.chars, "path");
	return result->error;
}

START_TEST(gives_a_connection_to_who_asks)
{
	const struct bsk_unix_connected *connected;
	int theirs;
	int ours;

	serve(5);
	SPAWN(.timeout_ns = 0);
	ask(path, 0);
	connected = clerk_wait(clerk, &bsk_unix_connected_type, 1);
	ck_assert_int_eq(connected->pid, getpid());
	ck_assert_uint_eq(connected->uid, geteuid());
	ours = bsk_fd_take(&connected->fd);
	theirs = accept_one();
	peer_say(ours, "hello");
	peer_expect(theirs, "hello");
	(void)close(ours);
	(void)close(theirs);
}
END_TEST

START_TEST(connects_to_an_abstract_name)
{
	(void)snprintf(path, sizeof(path), "@buskin-connector-%d",
	    (int)getpid());
	serve(5);
	SPAWN(.timeout_ns = 0);
	ask(path, 0);
	(void)clerk_wait(clerk, &bsk_unix_connected_type, 1);
}
END_TEST

START_TEST(tells_why_it_could_not)
{
	char longest[109];
	FILE *file = fopen(peer_path("file"), "w");

	(void)fclose(file);
	memset(longest, 'p', 108);
	longest[108] = '\0';
	SPAWN(.timeout_ns = 0);
	ask(path, 0);
	ck_assert_int_eq(refusal(1), -ENOENT);
	ask(peer_path("file"), 0);
	ck_assert_int_eq(refusal(2), -ECONNREFUSED);
	ask(longest, 0);
	ck_assert_int_eq(refusal(3), -ENAMETOOLONG);
	ask("", 0);
	ck_assert_int_eq(refusal(4), -EINVAL);
}
END_TEST

/* Fills the accept queue; gives how many it took. */
static unsigned
crowd(int *clients, unsigned most)
{
	struct sockaddr_un address;
	socklen_t size;
	unsigned count = 0;

	ck_assert_int_eq(bsk_unix_address(path, &address, &size), 0);
	while (count < most) {
		clients[count] = socket(
		    AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (connect(clients[count], (struct sockaddr *)&address,
		    size) < 0)
			break;
		count++;
	}
	ck_assert_uint_lt(count, most);
	(void)close(clients[count]);
	return count;
}

START_TEST(waits_for_room_in_a_full_queue)
{
	int clients[16];
	unsigned count;

	serve(1);
	count = crowd(clients, 16);
	SPAWN(.timeout_ns = 0);
	ask(path, HARNESS_PATIENCE_NS);
	(void)close(accept_one());
	(void)clerk_wait(clerk, &bsk_unix_connected_type, 1);
	while (count > 0)
		(void)close(clients[--count]);
}
END_TEST

START_TEST(a_queue_that_stays_full_is_timed_out)
{
	int clients[16];
	unsigned count;

	serve(1);
	count = crowd(clients, 16);
	SPAWN(.timeout_ns = 0);
	ask(path, 20 * MS);
	ck_assert_int_eq(refusal(1), -ETIMEDOUT);
	while (count > 0)
		(void)close(clients[--count]);
}
END_TEST

START_TEST(who_waits_when_it_ends_is_told)
{
	const struct bsk_ask_failed *failed;
	int clients[16];
	unsigned count;

	serve(1);
	count = crowd(clients, 16);
	SPAWN(.timeout_ns = 0);
	ask(path, HARNESS_PATIENCE_NS);
	clerk_stop(clerk, connector);
	failed = clerk_wait(clerk, &bsk_ask_failed_type, 1);
	ck_assert_int_lt(failed->reason, 0);
	while (count > 0)
		(void)close(clients[--count]);
}
END_TEST

START_TEST(with_a_path_it_connects_by_itself_and_passes_bytes)
{
	int theirs;

	serve(5);
	SPAWN(.path = bsk_text_copy(path));
	theirs = accept_one();
	clerk_say(clerk, connector, "to them");
	peer_expect(theirs, "to them");
	peer_say(theirs, "to us");
	clerk_expect(clerk, "to us");
	(void)close(theirs);
	ck_assert_int_eq(((const struct bsk_down *)clerk_wait(
	    clerk, &bsk_down_type, 1))->reason, 0);
}
END_TEST

START_TEST(without_a_second_try_a_refusal_ends_it)
{
	SPAWN(.path = bsk_text_copy(path));
	ck_assert_int_eq(((const struct bsk_down *)clerk_wait(
	    clerk, &bsk_down_type, 1))->reason, -ENOENT);
}
END_TEST

/* Closed with something unread, a socket resets its peer. */
START_TEST(ends_for_the_reason_that_its_connection_told)
{
	int theirs;

	serve(5);
	SPAWN(.path = bsk_text_copy(path));
	theirs = accept_one();
	clerk_say(clerk, connector, "?");
	await_bytes(theirs);
	(void)close(theirs);
	ck_assert_int_eq(((const struct bsk_down *)clerk_wait(
	    clerk, &bsk_down_type, 1))->reason, -ECONNRESET);
}
END_TEST

/* What was sent while there was no connection comes first, in order. */
START_TEST(keeps_what_it_is_sent_until_there_is_a_connection)
{
	int theirs;

	SPAWN(.path = bsk_text_copy(path), .reconnect_first_ns = MS,
	    .reconnect_max_ns = 5 * MS, .frame = BSK_FRAME_LINES);
	clerk_say(clerk, connector, "one\n");
	clerk_say(clerk, connector, "two\n");
	clerk_say(clerk, connector, "three\n");
	serve(5);
	theirs = accept_one();
	peer_expect(theirs, "one\ntwo\nthree\n");
	(void)close(theirs);
}
END_TEST

START_TEST(keeps_no_more_than_it_may)
{
	int theirs;

	SPAWN(.path = bsk_text_copy(path), .reconnect_first_ns = MS,
	    .reconnect_max_ns = 5 * MS, .max_waiting = 2);
	clerk_say(clerk, connector, "1");
	clerk_say(clerk, connector, "2");
	clerk_say(clerk, connector, "3");
	/* Answered in its turn: it has heard them all. */
	clerk_ask(clerk, connector, BSK_NEW(bsk_unix_connect,
	    .path = bsk_text_copy("/no/such/path")));
	(void)clerk_wait(clerk, &bsk_unix_refused_type, 1);
	serve(5);
	theirs = accept_one();
	peer_expect(theirs, "12");
	clerk_say(clerk, connector, "4");
	peer_expect(theirs, "4");
	(void)close(theirs);
}
END_TEST

START_TEST(connects_again_when_the_other_side_is_back)
{
	int theirs;
	int round;

	serve(5);
	SPAWN(.path = bsk_text_copy(path), .reconnect_first_ns = MS,
	    .reconnect_max_ns = 5 * MS);
	for (round = 0; round < 3; round++) {
		theirs = accept_one();
		peer_say(theirs, "x");
		(void)clerk_bytes(clerk, (size_t)round + 1);
		(void)close(theirs);
	}
}
END_TEST

START_TEST(asked_to_stop_it_writes_what_it_was_given)
{
	static unsigned char sent[1 << 20];
	static unsigned char got[sizeof(sent)];
	int theirs;

	serve(5);
	SPAWN(.path = bsk_text_copy(path), .reconnect_first_ns = MS);
	theirs = accept_one();
	peer_fill(sent, sizeof(sent));
	clerk_tell(clerk, connector, BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_static(sent, sizeof(sent))));
	clerk_stop(clerk, connector);
	ck_assert_uint_eq(peer_read(theirs, got, sizeof(got)), sizeof(got));
	ck_assert_mem_eq(sent, got, sizeof(got));
	peer_expect_eof(theirs);
	ck_assert_int_eq(((const struct bsk_down *)clerk_wait(
	    clerk, &bsk_down_type, 1))->reason, 0);
	(void)close(theirs);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("unix-connector");
	TCase *tcase = harness_case("unix-connector");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, gives_a_connection_to_who_asks);
	tcase_add_test(tcase, connects_to_an_abstract_name);
	tcase_add_test(tcase, tells_why_it_could_not);
	tcase_add_test(tcase, waits_for_room_in_a_full_queue);
	tcase_add_test(tcase, a_queue_that_stays_full_is_timed_out);
	tcase_add_test(tcase, who_waits_when_it_ends_is_told);
	tcase_add_test(
	    tcase, with_a_path_it_connects_by_itself_and_passes_bytes);
	tcase_add_test(tcase, without_a_second_try_a_refusal_ends_it);
	tcase_add_test(
	    tcase, keeps_what_it_is_sent_until_there_is_a_connection);
	tcase_add_test(tcase, keeps_no_more_than_it_may);
	tcase_add_test(tcase, connects_again_when_the_other_side_is_back);
	tcase_add_test(tcase, asked_to_stop_it_writes_what_it_was_given);
	suite_add_tcase(s, tcase);
	tcase = harness_case("last words");
	tcase_add_checked_fixture(tcase, begin_with_one_worker, end);
	tcase_add_test(tcase, ends_for_the_reason_that_its_connection_told);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
