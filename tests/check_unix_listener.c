/* check_unix_listener.c - whoever connects is served; what cannot be had is
 * waited for; and at the end nothing is left, and nothing is cut off that had
 * a chance to finish.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <buskin/inspect.h>
#include <buskin/stream.h>
#include <buskin/unix.h>

#include "clerk.h"
#include "faulty_os.h"
#include "harness.h"
#include "peer.h"

#define SECOND INT64_C(1000000000)

static struct faulty_os world;
static bsk_system *system_;
static struct clerk *clerk;
static bsk_ref listener;
static char path[128];

static void
make(uint32_t workers)
{
	struct bsk_system_options options = { .workers = workers,
		.os = &world.table };

	faulty_os_init(&world, &bsk_os_libc);
	ck_assert_int_eq(bsk_system_create(&options, &system_), 0);
	ck_assert_int_eq(bsk_system_start(system_), 0);
	clerk = clerk_new(system_);
	(void)snprintf(path, sizeof(path), "%s", peer_path("socket"));
}

static void
begin(void)
{
	make(2);
}

static void
begin_with_one_worker(void)
{
	make(1);
}

static void
end(void)
{
	struct stat status;

	harness_system_end(system_);
	clerk_free(clerk);
	ck_assert_int_eq(lstat(path, &status), -1);
	peer_clean();
}

#define SPAWN(...) \
	clerk_spawn(clerk, &bsk_unix_listener_class, \
	    BSK_PARCEL(bsk_unix_listener_config, __VA_ARGS__))

#define LISTEN(...) \
	do { \
		listener = SPAWN(.path = bsk_text_copy(path), \
		    .to = clerk_ref(clerk), __VA_ARGS__); \
		(void)clerk_wait(clerk, &bsk_listener_ready_type, 1); \
	} while (0)

/* Its end, told to its parent. */
static int
reason(void)
{
	const struct bsk_down *down = clerk_wait(clerk, &bsk_down_type, 1);

	ck_assert(bsk_ref_equal(down->actor, listener));
	return down->reason;
}

START_TEST(says_where_it_listens_once_it_does)
{
	const struct bsk_listener_ready *ready;

	LISTEN(.mode = 0600);
	ready = clerk_wait(clerk, &bsk_listener_ready_type, 1);
	ck_assert_str_eq(ready->path.chars, path);
	(void)close(peer_connect(path));
}
END_TEST

START_TEST(each_connection_is_an_actor_that_can_be_answered)
{
	bsk_ref one;
	bsk_ref other;
	int a;
	int b;

	LISTEN(.mode = 0600);
	a = peer_connect(path);
	b = peer_connect(path);
	peer_say(a, "a");
	one = clerk_sender(clerk, &bsk_bytes_type, 1);
	peer_say(b, "b");
	other = clerk_sender(clerk, &bsk_bytes_type, 2);
	ck_assert(!bsk_ref_equal(one, other));
	clerk_say(clerk, one, "to a");
	clerk_say(clerk, other, "to b");
	peer_expect(a, "to a");
	peer_expect(b, "to b");
	(void)close(a);
	(void)close(b);
}
END_TEST

START_TEST(cuts_frames_if_told_to)
{
	int client;

	LISTEN(.frame = BSK_FRAME_LINES);
	client = peer_connect(path);
	peer_say(client, "one\ntwo\n");
	(void)clerk_wait(clerk, &bsk_bytes_type, 2);
	clerk_say(clerk, clerk_sender(clerk, &bsk_bytes_type, 1), "three");
	peer_expect(client, "three\n");
	(void)close(client);
}
END_TEST

START_TEST(hands_over_descriptors_with_the_peers_credentials)
{
	const struct bsk_unix_accepted *accepted;
	int client;
	int fd;

	LISTEN(.accept = BSK_UNIX_FD);
	client = peer_connect(path);
	accepted = clerk_wait(clerk, &bsk_unix_accepted_type, 1);
	ck_assert_int_eq(accepted->pid, getpid());
	ck_assert_uint_eq(accepted->uid, geteuid());
	ck_assert_uint_eq(accepted->gid, getegid());
	fd = bsk_fd_take(&accepted->fd);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	peer_say(fd, "hi");
	peer_expect(client, "hi");
	(void)close(fd);
	(void)close(client);
}
END_TEST

START_TEST(tells_its_parent_in_mode_fd_if_nobody_is_named)
{
	listener = SPAWN(
	    .path = bsk_text_copy(path), .accept = BSK_UNIX_FD);
	(void)clerk_wait(clerk, &bsk_listener_ready_type, 1);
	(void)close(peer_connect(path));
	(void)clerk_wait(clerk, &bsk_unix_accepted_type, 1);
}
END_TEST

START_TEST(does_not_open_where_somebody_listens)
{
	struct bsk_unix_socket taken;
	const char *why;

	ck_assert_int_eq(bsk_unix_listen(
	    &bsk_os_libc, path, 0600, 5, &taken, &why), 0);
	listener = SPAWN(.path = bsk_text_copy(path));
	ck_assert_int_eq(reason(), -EADDRINUSE);
	(void)close(peer_connect(path));
	bsk_unix_unlink(&bsk_os_libc, path, &taken);
	(void)close(taken.fd);
}
END_TEST

START_TEST(does_not_open_at_a_path_that_is_too_long_or_none)
{
	char longest[109];

	memset(longest, 'p', 108);
	longest[108] = '\0';
	ck_assert_int_eq(clerk_spawn_error(clerk, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config,
		.path = bsk_text_copy(longest))), -ENAMETOOLONG);
	ck_assert_int_eq(clerk_spawn_error(clerk, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config, .backlog = 5)), -EINVAL);
}
END_TEST

/* Handed a socket, it uses that, and leaves its file alone. */
START_TEST(uses_a_socket_that_it_is_given)
{
	struct bsk_unix_socket given;
	const char *why;
	int client;

	ck_assert_int_eq(bsk_unix_listen(
	    &bsk_os_libc, path, 0600, 5, &given, &why), 0);
	listener = SPAWN(
	    .fd = bsk_fd_own(given.fd), .to = clerk_ref(clerk));
	client = peer_connect(path);
	peer_say(client, "hello");
	clerk_expect(clerk, "hello");
	(void)close(client);
	clerk_stop(clerk, listener);
	ck_assert_int_eq(reason(), 0);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(refuses_a_descriptor_that_does_not_listen)
{
	int pair[2];

	peer_socket(pair);
	listener = SPAWN(.fd = bsk_fd_own(pair[0]));
	ck_assert_int_eq(reason(), -EINVAL);
	peer_expect_eof(pair[1]);
	(void)close(pair[1]);
}
END_TEST

/* When descriptors run out, the client waits, is served as soon as one can be
 * had, and the system goes on. */
START_TEST(serves_those_who_came_while_descriptors_were_out)
{
	int early;
	int late;

	LISTEN(.mode = 0600);
	early = peer_connect(path);
	peer_say(early, "early ");
	(void)clerk_bytes(clerk, 6);
	faulty_os_fail_always(&world, FAULTY_ACCEPT, EMFILE);
	late = peer_connect(path);
	peer_say(late, "late");
	while (faulty_os_count(&world, FAULTY_ACCEPT) < 4)
		continue; /* it has tried, and tried again */
	ck_assert_uint_eq(clerk_count(clerk, &bsk_bytes_type), 1);
	faulty_os_fail_always(&world, FAULTY_ACCEPT, 0);
	clerk_expect(clerk, "early late");
	(void)close(early);
	(void)close(late);
}
END_TEST

START_TEST(a_client_that_left_the_queue_is_nobodys_end)
{
	int client;

	LISTEN(.mode = 0600);
	faulty_os_fail(&world, FAULTY_ACCEPT, 1, ECONNABORTED);
	client = peer_connect(path);
	peer_say(client, "hello");
	clerk_expect(clerk, "hello");
	ck_assert_uint_eq(faulty_os_struck(&world), 1);
	(void)close(client);
}
END_TEST

START_TEST(serves_no_more_at_a_time_than_it_may)
{
	int one;
	int other;

	LISTEN(.max_connections = 1);
	one = peer_connect(path);
	peer_say(one, "one");
	(void)clerk_bytes(clerk, 3);
	other = peer_connect(path);
	peer_say(other, "other");
	peer_say(one, "more");
	(void)clerk_bytes(clerk, 7);
	ck_assert_mem_eq(clerk_bytes(clerk, 7), "onemore", 7);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_ACCEPT), 1);
	(void)close(one);
	clerk_expect(clerk, "onemoreother");
	(void)close(other);
}
END_TEST

/* Far more than are accepted in one turn. */
START_TEST(accepts_a_crowd)
{
	int clients[150];
	unsigned index;

	LISTEN(.backlog = 200);
	for (index = 0; index < 150; index++) {
		clients[index] = peer_connect(path);
		peer_say(clients[index], "x");
	}
	(void)clerk_bytes(clerk, 150);
	for (index = 0; index < 150; index++)
		(void)close(clients[index]);
}
END_TEST

START_TEST(asked_to_stop_with_nobody_there_it_ends_at_once)
{
	struct stat status;

	LISTEN(.mode = 0600);
	clerk_stop(clerk, listener);
	ck_assert_int_eq(reason(), 0);
	ck_assert_int_eq(lstat(path, &status), -1);
}
END_TEST

/* What waits to be written to a slow reader is written first. */
START_TEST(asked_to_stop_it_lets_its_connections_finish)
{
	static unsigned char answer[1 << 20];
	static unsigned char got[sizeof(answer)];
	int client;

	LISTEN(.drain_ns = 3600 * SECOND);
	client = peer_connect(path);
	peer_say(client, "?");
	peer_fill(answer, sizeof(answer));
	clerk_tell(clerk, clerk_sender(clerk, &bsk_bytes_type, 1),
	    BSK_NEW(bsk_bytes,
		.bytes = bsk_buf_static(answer, sizeof(answer))));
	clerk_stop(clerk, listener);
	ck_assert_uint_eq(
	    peer_read(client, got, sizeof(got)), sizeof(answer));
	ck_assert_mem_eq(answer, got, sizeof(answer));
	peer_expect_eof(client);
	ck_assert_int_eq(reason(), 0);
	(void)close(client);
}
END_TEST

START_TEST(cuts_off_who_does_not_finish_in_time)
{
	static unsigned char answer[1 << 20];
	int client;

	LISTEN(.drain_ns = SECOND / 100);
	client = peer_connect(path);
	peer_say(client, "?");
	clerk_tell(clerk, clerk_sender(clerk, &bsk_bytes_type, 1),
	    BSK_NEW(bsk_bytes,
		.bytes = bsk_buf_static(answer, sizeof(answer))));
	clerk_stop(clerk, listener);
	ck_assert_int_eq(reason(), 0);
	(void)close(client);
}
END_TEST

/* Last words of its connections that it heard, and that came too late. */
static uint64_t heard;
static uint64_t missed;

static bool
note_last_words(void *arg, const struct bsk_edge_info *edge)
{
	uint64_t of_this = edge->ends[BSK_END_HANDLED];

	(void)arg;
	if (edge->type == &bsk_stream_ended_type) {
		heard += of_this;
		missed += edge->sent - of_this;
	}
	return true;
}

/* With one worker, what a connection says last and its end come together, and
 * the latter first. */
START_TEST(asked_to_stop_it_hears_the_last_words_of_its_connections)
{
	int client;

	LISTEN(.drain_ns = 3600 * SECOND);
	client = peer_connect(path);
	peer_say(client, "?");
	clerk_say(clerk, clerk_sender(clerk, &bsk_bytes_type, 1), "!");
	peer_expect(client, "!");
	clerk_stop(clerk, listener);
	peer_expect_eof(client);
	(void)close(client);
	ck_assert_int_eq(reason(), 0);
	ck_assert_int_eq(
	    bsk_inspect_edges(system_, note_last_words, NULL), 0);
	ck_assert_uint_eq(heard, 1);
	ck_assert_uint_eq(missed, 0);
}
END_TEST

/* An end may come just before it is told to stop. */
START_TEST(told_to_stop_as_the_last_goes_it_hears_that_first)
{
	int client;

	LISTEN(.drain_ns = 3600 * SECOND);
	client = peer_connect(path);
	peer_say(client, "?");
	(void)clerk_wait(clerk, &bsk_bytes_type, 1);
	(void)close(client);
	clerk_stop(clerk, listener);
	ck_assert_int_eq(reason(), 0);
	ck_assert_int_eq(
	    bsk_inspect_edges(system_, note_last_words, NULL), 0);
	ck_assert_uint_eq(heard, 1);
	ck_assert_uint_eq(missed, 0);
}
END_TEST

START_TEST(leaves_a_successors_file_when_it_ends)
{
	struct bsk_unix_socket successor;
	const char *why;

	LISTEN(.mode = 0600);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(bsk_unix_listen(
	    &bsk_os_libc, path, 0600, 5, &successor, &why), 0);
	clerk_stop(clerk, listener);
	ck_assert_int_eq(reason(), 0);
	(void)close(peer_connect(path));
	bsk_unix_unlink(&bsk_os_libc, path, &successor);
	(void)close(successor.fd);
}
END_TEST

START_TEST(an_abstract_name_serves_as_well)
{
	int client;

	(void)snprintf(path, sizeof(path), "@buskin-listener-%d",
	    (int)getpid());
	LISTEN(.mode = 0600);
	client = peer_connect(path);
	peer_say(client, "hello");
	clerk_expect(clerk, "hello");
	(void)close(client);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("unix-listener");
	TCase *tcase = harness_case("unix-listener");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, says_where_it_listens_once_it_does);
	tcase_add_test(
	    tcase, each_connection_is_an_actor_that_can_be_answered);
	tcase_add_test(tcase, cuts_frames_if_told_to);
	tcase_add_test(
	    tcase, hands_over_descriptors_with_the_peers_credentials);
	tcase_add_test(tcase, tells_its_parent_in_mode_fd_if_nobody_is_named);
	tcase_add_test(tcase, does_not_open_where_somebody_listens);
	tcase_add_test(
	    tcase, does_not_open_at_a_path_that_is_too_long_or_none);
	tcase_add_test(tcase, uses_a_socket_that_it_is_given);
	tcase_add_test(tcase, refuses_a_descriptor_that_does_not_listen);
	tcase_add_test(
	    tcase, serves_those_who_came_while_descriptors_were_out);
	tcase_add_test(tcase, a_client_that_left_the_queue_is_nobodys_end);
	tcase_add_test(tcase, serves_no_more_at_a_time_than_it_may);
	tcase_add_test(tcase, accepts_a_crowd);
	tcase_add_test(tcase, asked_to_stop_with_nobody_there_it_ends_at_once);
	tcase_add_test(tcase, asked_to_stop_it_lets_its_connections_finish);
	tcase_add_test(tcase, cuts_off_who_does_not_finish_in_time);
	tcase_add_test(tcase, leaves_a_successors_file_when_it_ends);
	tcase_add_test(tcase, an_abstract_name_serves_as_well);
	suite_add_tcase(s, tcase);
	tcase = harness_case("last words");
	tcase_add_checked_fixture(tcase, begin_with_one_worker, end);
	tcase_add_test(tcase,
	    asked_to_stop_it_hears_the_last_words_of_its_connections);
	tcase_add_test(tcase,
	    told_to_stop_as_the_last_goes_it_hears_that_first);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
