/* check_unix_channel_connects.c - a channel that is given a path connects there
 * and loses nothing meanwhile; and a deployment passes descriptors on.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <buskin/builtin.h>
#include <buskin/deployment.h>
#include <buskin/stream.h>
#include <buskin/unix.h>
#include <buskin/unix_channel.h>

#include "clerk.h"
#include "harness.h"
#include "peer.h"

static const struct bsk_os *const os = &bsk_os_libc;
static bsk_system *system_;
static struct clerk *clerk;
static bsk_ref channel;
static int peer;
static struct bsk_unix_socket server = { .fd = -1 };
static char front[128], back[128];

static void
begin_to_connect(void)
{
	peer = -1;
	(void)snprintf(front, sizeof(front), "%s", peer_path("front"));
	(void)snprintf(back, sizeof(back), "%s", peer_path("back"));
}

static void
end_connected(void)
{
	if (peer >= 0)
		(void)close(peer);
	if (server.fd >= 0)
		(void)close(server.fd);
	peer_clean();
}

static void
begin_with_clerk(void)
{
	begin_to_connect();
	system_ = harness_system(2, NULL);
	clerk = clerk_new(system_);
}

static void
end_with_clerk(void)
{
	harness_system_end(system_);
	clerk_free(clerk);
	end_connected();
}

static void
serve(int backlog)
{
	const char *why;

	ck_assert_int_eq(bsk_unix_listen(
	    os, back, 0600, backlog, &server, &why), 0);
}

static int
accept_one(void)
{
	struct pollfd it = { .fd = server.fd, .events = POLLIN };
	int fd;

	ck_assert_int_eq(poll(&it, 1, HARNESS_PATIENCE_S * 1000), 1);
	fd = accept4(server.fd, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

#define CONNECT(...) \
	(channel = clerk_spawn(clerk, &bsk_unix_channel_class, \
	    BSK_PARCEL(bsk_unix_channel_config, \
		.path = bsk_text_copy(back), __VA_ARGS__)))

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

/* Reads a packet, and from the descriptor that came with it: these words. */
static void
expect_words(int fd, const char *bytes, const char *words)
{
	struct bsk_unix_received received;
	char got[64];
	ssize_t size = (ssize_t)strlen(bytes);

	ck_assert_int_eq(bsk_unix_receive(
	    os, fd, got, sizeof(got), 4, &received), size);
	ck_assert_mem_eq(got, bytes, (size_t)size);
	ck_assert_uint_eq(received.count, 1);
	peer_expect(received.fds[0], words);
	(void)close(received.fds[0]);
}

/* A pipe's reading end, with these words to be read. */
static int
words_to_read(const char *words)
{
	int pipes[2];

	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	peer_say(pipes[1], words);
	(void)close(pipes[1]);
	return pipes[0];
}

/* --- connecting ------------------------------------------------------- */

START_TEST(with_a_path_it_connects_and_what_it_is_sent_waits)
{
	int first;

	serve(0);
	first = peer_connect(back); /* the queue is full */
	CONNECT(.timeout_ns = INT64_C(3600000000000));
	clerk_ask(clerk, channel, BSK_NEW(bsk_unix_packet,
	    .bytes = bsk_buf_copy("here", 4),
	    .fds = list_of(words_to_read("words"))));
	ck_assert_uint_eq(clerk_count(clerk, &bsk_result_type), 0);
	(void)close(accept_one());
	(void)close(first);
	peer = accept_one();
	expect_words(peer, "here", "words");
	ck_assert_int_eq(result(1), 0);
	peer_say(peer, "back");
	ck_assert_uint_eq(((const struct bsk_unix_packet *)clerk_wait(
	    clerk, &bsk_unix_packet_type, 1))->bytes.size, 4);
}
END_TEST

START_TEST(ends_as_failed_where_nobody_takes_it)
{
	const struct bsk_stream_ended *ended;

	if (_i == 1) {
		serve(0);
		peer = peer_connect(back);
	}
	CONNECT(.timeout_ns = 1000000);
	ck_assert_int_eq(((const struct bsk_down *)clerk_wait(clerk,
	    &bsk_down_type, 1))->reason, _i == 0 ? -ENOENT : -ETIMEDOUT);
	ended = clerk_wait(clerk, &bsk_stream_ended_type, 1);
	ck_assert_int_eq(ended->reason, _i == 0 ? -ENOENT : -ETIMEDOUT);
}
END_TEST

START_TEST(asked_to_stop_while_it_connects_it_ends)
{
	serve(0);
	peer = peer_connect(back);
	CONNECT(.timeout_ns = INT64_C(3600000000000));
	clerk_stop(clerk, channel);
	ck_assert_int_eq(((const struct bsk_down *)clerk_wait(clerk,
	    &bsk_down_type, 1))->reason, 0);
}
END_TEST

START_TEST(refuses_a_config_that_names_no_socket_or_two)
{
	int pair[2];

	peer_socket(pair);
	peer = pair[1];
	ck_assert_int_eq(clerk_spawn_error(clerk, &bsk_unix_channel_class,
	    BSK_PARCEL(bsk_unix_channel_config, .max_fds = 1)), -EINVAL);
	ck_assert_int_eq(clerk_spawn_error(clerk, &bsk_unix_channel_class,
	    BSK_PARCEL(bsk_unix_channel_config, .fd = bsk_fd_own(pair[0]),
		.path = bsk_text_copy(back))), -EINVAL);
	ck_assert_int_eq(clerk_spawn_error(clerk, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config, .path = bsk_text_copy(front),
		.accept = BSK_UNIX_CHANNEL, .frame = BSK_FRAME_LINES)),
	    -EINVAL);
}
END_TEST

/* --- in a deployment -------------------------------------------------- */

static const char deployment_text[] =
    "{ \"buskin\": 1, \"name\": \"t\", \"actors\": {"
    " \"front\": { \"class\": \"unix-listener\", \"config\":"
    " { \"path\": \"${FRONT}\", \"accept\": \"channel\" },"
    " \"out\": { \"packets\": \"back\" } },"
    " \"back\": { \"class\": \"unix-channel\", \"config\":"
    " { \"path\": \"${BACK}\", \"max_fds\": 4 } } } }";

static const char *
variable(void *arg, const char *name)
{
	(void)arg;
	return strcmp(name, "FRONT") == 0 ? front : back;
}

static void
deploy(void)
{
	const struct bsk_deployment_source source = { "t.json",
		deployment_text, sizeof(deployment_text) - 1 };
	const struct bsk_deployment_options options = { .sources = &source,
		.source_count = 1, .classes = bsk_builtin_classes,
		.variable = variable };
	struct bsk_system_options how = { .workers = 2 };
	bsk_diagnoses *diagnoses = bsk_diagnoses_new();
	bsk_deployment *deployment;
	bsk_ref deployer;

	ck_assert_int_eq(bsk_deployment_load(
	    &options, diagnoses, &deployment), 0);
	bsk_diagnoses_free(diagnoses);
	bsk_deployment_system(deployment, &how);
	ck_assert_int_eq(bsk_system_create(&how, &system_), 0);
	ck_assert_int_eq(bsk_system_start(system_), 0);
	ck_assert_int_eq(bsk_deployment_start(
	    deployment, system_, &deployer), 0);
	bsk_deployment_free(deployment);
}

static int
connect_soon(const char *path)
{
	struct sockaddr_un address;
	socklen_t size;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bsk_unix_address(path, &address, &size), 0);
	while (connect(fd, (struct sockaddr *)&address, size) < 0) {
		ck_assert(errno == ENOENT || errno == ECONNREFUSED);
		(void)sched_yield();
	}
	return fd;
}

START_TEST(a_deployment_passes_descriptors_on)
{
	int fd = words_to_read("words");
	int client;

	serve(5);
	deploy();
	peer = accept_one();
	client = connect_soon(front);
	ck_assert_int_eq(bsk_unix_send(os, client, "to", 2, &fd, 1), 2);
	(void)close(fd);
	expect_words(peer, "to", "words");
	(void)close(client);
	harness_system_end(system_);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("unix-channel-connects");
	TCase *tcase = harness_case("connecting");

	tcase_add_checked_fixture(tcase, begin_with_clerk, end_with_clerk);
	tcase_add_test(
	    tcase, with_a_path_it_connects_and_what_it_is_sent_waits);
	tcase_add_loop_test(
	    tcase, ends_as_failed_where_nobody_takes_it, 0, 2);
	tcase_add_test(tcase, asked_to_stop_while_it_connects_it_ends);
	tcase_add_test(tcase, refuses_a_config_that_names_no_socket_or_two);
	suite_add_tcase(s, tcase);
	tcase = harness_case("deployed");
	tcase_add_checked_fixture(tcase, begin_to_connect, end_connected);
	tcase_add_test(tcase, a_deployment_passes_descriptors_on);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
