/* check_proxy_faults.c - whichever allocation or call fails, a client is served
 * or hung up on, the next one is served, and nothing is left.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <buskin/proxy.h>
#include <buskin/system.h>

#include "fail_alloc.h"
#include "faulty_os.h"
#include "harness.h"
#include "peer.h"
#include "scribe.h"

#define MOST 400u /* allocations or calls of a kind; far more than there are */

#define FAR 1000000u

enum outcome { SERVED, HUNG_UP, HANGS };

static struct faulty_os world;
static bsk_system *system_;
static struct bsk_unix_socket server;
static char front[128], back[128];
static struct sockaddr_un address;
static socklen_t address_size;

/* --- the world, anew for each failure --------------------------------- */

static void
spawn_both(void)
{
	struct bsk_wire wire = { .port = { "clients" } };
	const struct bsk_spawn_options options = { .wires = &wire,
		.wire_count = 1 };
	bsk_ref listener;

	ck_assert_int_eq(bsk_system_spawn(system_, &bsk_proxy_class,
	    BSK_PARCEL(bsk_proxy_config, .path = bsk_text_copy(back)), NULL,
	    &wire.to), 0);
	ck_assert_int_eq(bsk_system_spawn(system_, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config, .accept = BSK_UNIX_FD,
		.path = bsk_text_copy(front)), &options, &listener), 0);
}

static void
await_listener(void)
{
	int fd = -1;

	while (fd < 0) {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(fd, (struct sockaddr *)&address,
		    address_size) == 0)
			break;
		(void)close(fd);
		fd = -1;
		(void)sched_yield();
	}
	(void)close(fd);
	while ((fd = accept(server.fd, NULL, NULL)) < 0)
		(void)sched_yield();
	(void)close(fd);
}

static void
begin(void)
{
	const struct bsk_system_options options = { .workers = 1,
	    .handover_ns = -1,
		.os = &world.table };
	const char *why;

	(void)snprintf(front, sizeof(front), "%s", peer_path("front"));
	(void)snprintf(back, sizeof(back), "%s", peer_path("back"));
	ck_assert_int_eq(
	    bsk_unix_address(front, &address, &address_size), 0);
	ck_assert_int_eq(bsk_unix_listen(
	    &bsk_os_libc, back, 0600, 5, &server, &why), 0);
	faulty_os_init(&world, &bsk_os_libc);
	ck_assert_int_eq(bsk_system_create(&options, &system_), 0);
	scribe_spawn(system_);
	ck_assert_int_eq(bsk_system_start(system_), 0);
	spawn_both();
	await_listener();
}

static void
end(void)
{
	harness_system_end(system_);
	(void)close(server.fd);
	peer_clean();
}

/* --- one client: nothing is asserted, and nothing allocated ------------- */

/* Reads so many bytes. */
static enum outcome
hear(int fd, size_t size)
{
	struct pollfd it = { .fd = fd, .events = POLLIN };
	char bytes[16];
	ssize_t got = 1;

	while (size > 0 && got > 0) {
		if (poll(&it, 1, HARNESS_PATIENCE_S * 1000) <= 0)
			return HANGS;
		got = read(fd, bytes, size);
		size -= got > 0 ? (size_t)got : 0;
	}
	return size == 0 ? SERVED : HUNG_UP;
}

static enum outcome
converse(int client, int upstream)
{
	enum outcome outcome = hear(upstream, 8);

	if (outcome != SERVED)
		return outcome;
	if (send(upstream, "answer", 6, MSG_NOSIGNAL) < 0)
		return HUNG_UP;
	(void)shutdown(upstream, SHUT_WR);
	return hear(client, 6);
}

static enum outcome
play(void)
{
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd any[2] = { { .fd = client, .events = POLLIN },
		{ .fd = server.fd, .events = POLLIN } };
	enum outcome outcome = HUNG_UP;
	int upstream = -1;

	if (connect(client, (struct sockaddr *)&address, address_size) == 0) {
		(void)send(client, "question", 8, MSG_NOSIGNAL);
		outcome = poll(any, 2, HARNESS_PATIENCE_S * 1000) > 0 ?
		    HUNG_UP : HANGS;
		if ((any[1].revents & POLLIN) != 0)
			upstream = accept(server.fd, NULL, NULL);
	}
	if (upstream >= 0) {
		outcome = converse(client, upstream);
		(void)close(upstream);
	}
	(void)close(client);
	return outcome;
}

/* --- the walks ---------------------------------------------------------- */

START_TEST(whichever_allocation_fails)
{
	unsigned reached = MOST;
	unsigned served = 0;
	unsigned n;

	for (n = 1; reached >= n - 1; n++) {
		enum outcome outcome;

		ck_assert_uint_lt(n, MOST);
		begin();
		fail_alloc_start(n);
		outcome = play();
		reached = fail_alloc_stop();
		ck_assert_msg(outcome != HANGS, "allocation %u: hangs", n);
		served += outcome == SERVED;
		outcome = play();
		ck_assert_msg(outcome == SERVED,
		    "allocation %u: then %d", n, (int)outcome);
		end();
	}
	ck_assert_uint_gt(n, 3);
	ck_assert_uint_gt(served, 0);
}
END_TEST

/* Of each kind the first, the second, ... call that one client causes. */
static const struct {
	enum faulty_call call;
	int error;
	int hung_up; /* whether the client may be; else it is served */
} kinds[] = {
	{ FAULTY_ACCEPT, ENFILE, 0 },
	{ FAULTY_SOCKET, EMFILE, 1 },
	{ FAULTY_CONNECT, ECONNREFUSED, 1 },
	{ FAULTY_GETSOCKOPT, EIO, 1 },
	{ FAULTY_EPOLL_CTL, ENOSPC, 1 },
	{ FAULTY_PIPE2, EMFILE, 0 },
	{ FAULTY_PIPE_SIZE_SET, EPERM, 0 },
	{ FAULTY_SPLICE, EINVAL, 0 },
	{ FAULTY_SPLICE, ENOMEM, 1 },
	{ FAULTY_SPLICE, EIO, 1 },
	{ FAULTY_WRITE, EINTR, 0 },
	{ FAULTY_SHUTDOWN, ENOTCONN, 1 },
	{ FAULTY_CLOSE, EIO, 0 },
};

START_TEST(whichever_call_fails)
{
	unsigned struck = 1;
	unsigned n;

	for (n = 1; struck > 0; n++) {
		enum outcome outcome;

		ck_assert_uint_lt(n, MOST);
		begin();
		faulty_os_fail(&world, kinds[_i].call, n, kinds[_i].error);
		outcome = play();
		struck = faulty_os_struck(&world);
		ck_assert_msg(outcome == SERVED || (struck > 0 &&
		    outcome == HUNG_UP && kinds[_i].hung_up), "%s %u: %d",
		    faulty_os_name(kinds[_i].call), n, (int)outcome);
		faulty_os_fail(&world, kinds[_i].call, FAR, kinds[_i].error);
		outcome = play();
		ck_assert_msg(outcome == SERVED, "%s %u: then %d",
		    faulty_os_name(kinds[_i].call), n, (int)outcome);
		end();
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("proxy_faults");
	TCase *tcase = harness_case("faults");

	tcase_add_test(tcase, whichever_allocation_fails);
	tcase_add_loop_test(tcase, whichever_call_fails, 0,
	    (int)(sizeof(kinds) / sizeof(kinds[0])));
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
