/* check_proxy.c - what a client says arrives, and what is said to it, in the
 * kernel or by hand; who does not read holds up who writes; and every way to
 * end is an end for both sides.
 *
 * The test is the clients and the upstream side. The world counts what a read
 * or a write gets from a socket: nothing, as long as bytes are spliced.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <buskin/echo.h>
#include <buskin/log.h>
#include <buskin/proxy.h>
#include <buskin/reactor.h>

#include "clerk.h"
#include "faulty_os.h"
#include "harness.h"
#include "mob.h"
#include "peer.h"
#include "scribe.h"

#define MS INT64_C(1000000)
#define HOUR (INT64_C(3600000) * MS)
#define MIB ((size_t)1 << 20)
#define CROWD 1000u
#define PIECE 65536

static struct faulty_os world;
static struct bsk_os behind;      /* what stands behind the faults */
static atomic_uint socket_bytes;  /* calls that had bytes of sockets here */
static bsk_system *system_;
static struct clerk *clerk;
static bsk_ref proxy, listener;
static struct bsk_unix_socket server; /* the upstream socket */
static char front[128], back[128];
static int client, upstream;      /* one connection, the test's ends */
static unsigned char pattern[PIECE + 256];

/* --- the world -------------------------------------------------------- */

static ssize_t
noted(int fd, ssize_t result)
{
	struct stat status;

	if (result > 0 && fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode))
		atomic_fetch_add(&socket_bytes, 1);
	return result;
}

static ssize_t
read_noted(const struct bsk_os *os, int fd, void *bytes, size_t size)
{
	(void)os;
	return noted(fd, bsk_os_libc.read(&bsk_os_libc, fd, bytes, size));
}

static ssize_t
write_noted(const struct bsk_os *os, int fd, const void *bytes, size_t size)
{
	(void)os;
	return noted(fd, bsk_os_libc.write(&bsk_os_libc, fd, bytes, size));
}

static void
begin(void)
{
	const struct bsk_system_options options = { .workers = 2,
		.os = &world.table };
	size_t index;

	for (index = 0; index < sizeof(pattern); index++)
		pattern[index] = (unsigned char)(index * 7 % 251);
	behind = bsk_os_libc;
	behind.read = read_noted;
	behind.write = write_noted;
	faulty_os_init(&world, &behind);
	atomic_store(&socket_bytes, 0);
	(void)snprintf(front, sizeof(front), "%s", peer_path("front"));
	(void)snprintf(back, sizeof(back), "%s", peer_path("back"));
	ck_assert_int_eq(bsk_system_create(&options, &system_), 0);
	scribe_spawn(system_);
	ck_assert_int_eq(bsk_system_start(system_), 0);
	clerk = clerk_new(system_);
	server.fd = client = upstream = -1;
}

static void
hang_up(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void
end(void)
{
	harness_system_end(system_);
	clerk_free(clerk);
	hang_up(&server.fd);
	hang_up(&client);
	hang_up(&upstream);
	peer_clean();
}

/* --- both sides ------------------------------------------------------- */

/* The upstream socket. */
static void
serve(int backlog)
{
	const char *why;

	ck_assert_int_eq(bsk_unix_listen(
	    &bsk_os_libc, back, 0600, backlog, &server, &why), 0);
}

/* A proxy with a listener before it; the clerk is told of ends. */
static void
stand_between(struct bsk_proxy_config config)
{
	const struct bsk_wire ended = { .port = { "ended" },
		.to = clerk_ref(clerk) };
	struct bsk_wire clients = { .port = { "clients" } };
	const struct bsk_spawn_options telling = { .wires = &ended,
		.wire_count = 1 };
	const struct bsk_spawn_options passing = { .wires = &clients,
		.wire_count = 1 };

	config.path = bsk_text_copy(back);
	ck_assert_int_eq(bsk_system_spawn(system_, &bsk_proxy_class,
	    bsk_parcel_new(&bsk_proxy_config_type, &config), &telling,
	    &proxy), 0);
	clients.to = proxy;
	ck_assert_int_eq(bsk_system_spawn(system_, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config,
		.path = bsk_text_copy(front), .accept = BSK_UNIX_FD,
		.to = clerk_ref(clerk), .backlog = 4096), &passing,
	    &listener), 0);
	(void)clerk_wait(clerk, &bsk_listener_ready_type, 1);
}

#define PROXY(...) stand_between((struct bsk_proxy_config){ __VA_ARGS__ })

static int
accept_one(void)
{
	struct pollfd room = { .fd = server.fd, .events = POLLIN };
	int fd;

	ck_assert_int_eq(poll(&room, 1, HARNESS_PATIENCE_S * 1000), 1);
	fd = accept4(server.fd, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* A client with its upstream side. */
static void
meet(void)
{
	client = peer_connect(front);
	upstream = accept_one();
}

static const struct bsk_relay_ended *
ended(unsigned nth)
{
	return clerk_wait(clerk, &bsk_relay_ended_type, nth);
}

static const struct bsk_proxy_status *
status(void)
{
	unsigned nth = clerk_count(clerk, &bsk_proxy_status_type) + 1;

	clerk_ask(clerk, proxy, BSK_NEW(bsk_status_ask, .reserved = 0));
	return clerk_wait(clerk, &bsk_proxy_status_type, nth);
}

/* The only relay there is. */
static bsk_ref
relay(void)
{
	const struct bsk_proxy_status *now = status();
	const struct bsk_unix_client *clients = now->clients.items;

	ck_assert_uint_eq(now->clients.count, 1);
	return clients[0].connection;
}

static const struct bsk_relay_status *
relay_status(bsk_ref which)
{
	unsigned nth = clerk_count(clerk, &bsk_relay_status_type) + 1;

	clerk_ask(clerk, which, BSK_NEW(bsk_status_ask, .reserved = 0));
	return clerk_wait(clerk, &bsk_relay_status_type, nth);
}

static void
watch_proxy(bsk_ctx *ctx, void *arg)
{
	uint64_t monitor;

	(void)arg;
	ck_assert_int_eq(bsk_monitor(ctx, proxy, &monitor), 0);
}

/* Has it stop; the clerk will hear bsk_down. */
static void
stop(void)
{
	clerk_do(clerk, watch_proxy, NULL);
	clerk_stop(clerk, proxy);
}

static int
proxy_end(void)
{
	const struct bsk_down *down = clerk_wait(clerk, &bsk_down_type, 1);

	return down->reason;
}

/* Makes the kernel refuse to splice. */
static void
refuse_to_splice(void)
{
	faulty_os_fail_always(&world, FAULTY_SPLICE, EINVAL);
}

/* --- passing on ------------------------------------------------------- */

START_TEST(what_is_said_arrives_both_ways)
{
	serve(5);
	PROXY(.idle_ns = HOUR);
	meet();
	peer_say(client, "question");
	peer_expect(upstream, "question");
	peer_say(upstream, "answer");
	peer_expect(client, "answer");
	ck_assert_uint_eq(status()->connections, 1);
	ck_assert_uint_eq(relay_status(relay())->up_bytes, 8);
	ck_assert_uint_eq(atomic_load(&socket_bytes), 0);
}
END_TEST

/* One end of a large exchange: what it has written and read so far. */
struct party {
	int fd;
	size_t seed; /* where in the pattern its words begin */
	size_t wrote;
	size_t read;
};

static void
write_some(struct party *party, size_t size)
{
	size_t left = size - party->wrote;
	size_t from = party->seed + party->wrote % 251;
	size_t most = left < PIECE ? left : PIECE - 251;
	ssize_t wrote = send(party->fd, pattern + from % 251,
	    most, MSG_DONTWAIT | MSG_NOSIGNAL);

	ck_assert_int_ge(wrote, 0);
	party->wrote += (size_t)wrote;
	if (party->wrote == size)
		(void)shutdown(party->fd, SHUT_WR);
}

/* What comes must be the other's words. Whether there is more. */
static bool
read_some(struct party *party, size_t seed)
{
	unsigned char bytes[PIECE - 251];
	ssize_t got = recv(party->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	ck_assert_int_ge(got, 0);
	ck_assert_mem_eq(bytes, pattern + (seed + party->read % 251) % 251,
	    (size_t)got);
	party->read += (size_t)got;
	return got > 0;
}

/* Both say so much at once and end; each hears it whole, and its end. */
static void
exchange(size_t size)
{
	struct party parties[2] = { { .fd = client, .seed = 0 },
		{ .fd = upstream, .seed = 100 } };
	struct pollfd polled[2];
	int open = 2;
	int index;

	for (index = 0; index < 2; index++)
		polled[index] = (struct pollfd){ .fd = parties[index].fd,
			.events = POLLIN | POLLOUT };
	while (open > 0) {
		ck_assert_int_gt(
		    poll(polled, 2, HARNESS_PATIENCE_S * 1000), 0);
		for (index = 0; index < 2; index++) {
			struct party *party = &parties[index];

			if ((polled[index].revents & POLLOUT) != 0)
				write_some(party, size);
			if (party->wrote == size)
				polled[index].events &= ~POLLOUT;
			if ((polled[index].revents & POLLIN) != 0 &&
			    !read_some(party, parties[1 - index].seed))
				polled[index].events &= ~POLLIN;
			if (polled[index].fd >= 0 &&
			    polled[index].events == 0) {
				polled[index].fd = -1;
				open--;
			}
		}
	}
	ck_assert_uint_eq(parties[0].read, size);
	ck_assert_uint_eq(parties[1].read, size);
}

START_TEST(a_flood_passes_both_ways_at_once_and_never_comes_here)
{
	size_t size = harness_is_instrumented() ? 6 * MIB : 64 * MIB;

	serve(5);
	PROXY(.idle_ns = HOUR);
	meet();
	exchange(size);
	ck_assert_int_eq(ended(1)->reason, 0);
	ck_assert_uint_eq(ended(1)->up_bytes, size);
	ck_assert_uint_eq(ended(1)->down_bytes, size);
	ck_assert_uint_eq(ended(1)->copied_bytes, 0);
	ck_assert_uint_eq(atomic_load(&socket_bytes), 0);
	ck_assert_uint_gt(faulty_os_count(&world, FAULTY_SPLICE), 0);
	ck_assert_uint_eq(status()->up_bytes, size);
	ck_assert_uint_eq(status()->down_bytes, size);
	ck_assert_uint_eq(status()->connections, 0);
}
END_TEST

START_TEST(where_the_kernel_refuses_it_is_copied)
{
	size_t size = harness_is_instrumented() ? 2 * MIB : 16 * MIB;

	serve(5);
	if (_i == 0)
		refuse_to_splice();
	else
		faulty_os_fail_always(&world, FAULTY_PIPE2, EMFILE);
	PROXY(.idle_ns = HOUR);
	meet();
	exchange(size);
	ck_assert_int_eq(ended(1)->reason, 0);
	ck_assert_uint_eq(ended(1)->copied_bytes, 2 * size);
	ck_assert_uint_gt(atomic_load(&socket_bytes), 0);
	ck_assert_uint_eq(status()->copied_bytes, 2 * size);
}
END_TEST

/* Also with bytes in the pipe by then. */
START_TEST(the_kernel_may_refuse_at_any_time)
{
	serve(5);
	faulty_os_fail(&world, FAULTY_SPLICE, (unsigned)_i + 1, EINVAL);
	PROXY(.idle_ns = HOUR);
	meet();
	exchange(MIB);
	ck_assert_uint_eq(faulty_os_struck(&world), 1);
	ck_assert_int_eq(ended(1)->reason, 0);
	ck_assert_uint_gt(ended(1)->copied_bytes, 0);
}
END_TEST

START_TEST(a_pipe_that_may_not_be_enlarged_will_do)
{
	serve(5);
	faulty_os_fail_always(&world, FAULTY_PIPE_SIZE_SET, EPERM);
	PROXY(.idle_ns = HOUR);
	meet();
	exchange(4 * MIB);
	ck_assert_int_eq(ended(1)->reason, 0);
	ck_assert_uint_eq(ended(1)->copied_bytes, 0);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_PIPE_SIZE_SET), 2);
}
END_TEST

/* --- half close ------------------------------------------------------- */

START_TEST(who_has_said_all_still_hears)
{
	int *first = _i == 0 ? &client : &upstream;
	int *second = _i == 0 ? &upstream : &client;

	serve(5);
	PROXY(.idle_ns = HOUR);
	meet();
	peer_say(*first, "all");
	ck_assert_int_eq(shutdown(*first, SHUT_WR), 0);
	peer_expect(*second, "all");
	peer_expect_eof(*second);
	peer_say(*second, "an answer");
	peer_expect(*first, "an answer");
	ck_assert_uint_eq(status()->connections, 1);
	ck_assert_int_eq(shutdown(*second, SHUT_WR), 0);
	peer_expect_eof(*first);
	ck_assert_int_eq(ended(1)->reason, 0);
	ck_assert_uint_eq(ended(1)->lost_bytes, 0);
}
END_TEST

/* --- back-pressure ---------------------------------------------------- */

/* Writes until there has been no room for a while; how much it took. */
static size_t
write_until_stopped(int fd, size_t most)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	size_t wrote = 0;

	while (poll(&room, 1, 200) == 1 && wrote < most) {
		ssize_t result = send(fd, pattern, PIECE, MSG_DONTWAIT);

		ck_assert_int_gt(result, 0);
		wrote += (size_t)result;
	}
	return wrote;
}

/* Whether the reactor watches the relay's client for something to read. */
static bool
is_read(bsk_ref which)
{
	unsigned nth = clerk_count(clerk, &bsk_reactor_status_type) + 1;
	const struct bsk_resource *ours = relay_status(which)->fds.items;
	const struct bsk_reactor_status *now;
	const struct bsk_resource *all;
	bsk_ref reactor;
	uint32_t index = 0;

	ck_assert_int_eq(bsk_system_find(
	    system_, bsk_reactor_class.name, &reactor), 0);
	clerk_ask(clerk, reactor, BSK_NEW(bsk_status_ask, .reserved = 0));
	now = clerk_wait(clerk, &bsk_reactor_status_type, nth);
	all = now->fds.items;
	while (all[index].number != ours[0].number)
		ck_assert_uint_lt(++index, now->fds.count);
	return strncmp(all[index].what.chars, "in", 2) == 0;
}

START_TEST(who_does_not_read_holds_up_who_writes)
{
	size_t most = _i == 0 ? MIB : PIECE;
	size_t wrote;
	size_t got = 0;
	bsk_ref which;

	serve(5);
	if (_i == 1)
		refuse_to_splice();
	PROXY(.idle_ns = HOUR);
	meet();
	wrote = write_until_stopped(client, 64 * MIB);
	which = relay();
	ck_assert_uint_lt(wrote, 8 * MIB);
	ck_assert_uint_gt(relay_status(which)->up_waiting_bytes, 0);
	ck_assert_uint_le(relay_status(which)->up_waiting_bytes, most);
	ck_assert(!is_read(which));
	ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
	while (got < wrote) {
		char bytes[4096];

		got += peer_read(upstream, bytes,
		    wrote - got < 4096 ? wrote - got : 4096);
	}
	peer_expect_eof(upstream);
	ck_assert_uint_eq(relay_status(which)->up_bytes, wrote);
}
END_TEST

START_TEST(a_client_that_does_not_read_stops_nobody_else)
{
	int modest;
	int other;

	serve(5);
	PROXY(.idle_ns = HOUR);
	meet();
	(void)write_until_stopped(upstream, 64 * MIB);
	modest = peer_connect(front);
	other = accept_one();
	peer_say(modest, "hello");
	peer_expect(other, "hello");
	(void)close(modest);
	(void)close(other);
}
END_TEST

/* --- many ------------------------------------------------------------- */

/* Their upstream side is an echo in the same system. */
static void
serve_echoes(void)
{
	struct bsk_wire wire = { .port = { "data" } };
	const struct bsk_spawn_options options = { .wires = &wire,
		.wire_count = 1 };
	bsk_ref echoes;

	ck_assert_int_eq(bsk_system_spawn(
	    system_, &bsk_echo_class, NULL, NULL, &wire.to), 0);
	ck_assert_int_eq(bsk_system_spawn(system_, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config,
		.path = bsk_text_copy(back), .to = clerk_ref(clerk),
		.max_connections = CROWD, .backlog = 4096), &options,
	    &echoes), 0);
	(void)clerk_wait(clerk, &bsk_listener_ready_type, 1);
}

static struct mob *mob;

static void
begin_with_mob(void)
{
	mob = mob_new();
	begin();
}

static void
end_with_mob(void)
{
	mob_free(mob);
	end();
}

/* A relay has six descriptors, and the echo one. */
START_TEST(a_thousand_connections_at_once)
{
	struct rlimit limit, before;
	unsigned crowd = harness_is_instrumented() ? CROWD / 10 : CROWD;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	serve_echoes();
	PROXY(.max_connections = CROWD);
	mob_connect(mob, front, crowd);
	mob_expect_answers(mob, crowd);
	ck_assert_uint_eq(status()->connections, crowd);
	mob_leave(mob, crowd);
	ck_assert_int_eq(ended(crowd)->reason, 0);
	ck_assert_uint_eq(status()->up_bytes, crowd);
	ck_assert_uint_eq(status()->down_bytes, crowd);
	ck_assert_uint_eq(status()->refused + status()->failures, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
}
END_TEST

START_TEST(more_than_the_limit_are_hung_up_on)
{
	int late;

	serve(5);
	PROXY(.max_connections = 1);
	meet();
	late = peer_connect(front);
	peer_expect_eof(late);
	(void)close(late);
	ck_assert_uint_eq(status()->refused, 1);
	ck_assert_uint_eq(scribe_count(BSK_LOG_WARNING, "as many"), 1);
	peer_say(client, "still here");
	peer_expect(upstream, "still here");
	hang_up(&client);
	(void)ended(1);
	hang_up(&upstream);
	while (status()->connections > 0)
		continue;
	meet();
	peer_say(client, "room again");
	peer_expect(upstream, "room again");
}
END_TEST

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
	ck_assert_uint_eq(scribe_count(BSK_LOG_WARNING,
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
	ck_assert_uint_eq(scribe_count(BSK_LOG_WARNING, "cuts off 1"), 1);
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
passing(void)
{
	TCase *tcase = harness_case("passing on");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, what_is_said_arrives_both_ways);
	tcase_add_test(
	    tcase, a_flood_passes_both_ways_at_once_and_never_comes_here);
	tcase_add_loop_test(
	    tcase, where_the_kernel_refuses_it_is_copied, 0, 2);
	tcase_add_loop_test(tcase, the_kernel_may_refuse_at_any_time, 0, 8);
	tcase_add_test(tcase, a_pipe_that_may_not_be_enlarged_will_do);
	tcase_add_loop_test(tcase, who_has_said_all_still_hears, 0, 2);
	tcase_add_loop_test(
	    tcase, who_does_not_read_holds_up_who_writes, 0, 2);
	tcase_add_test(tcase, a_client_that_does_not_read_stops_nobody_else);
	return tcase;
}

static TCase *
crowds(void)
{
	TCase *tcase = harness_case("crowds");

	tcase_add_checked_fixture(tcase, begin_with_mob, end_with_mob);
	tcase_add_test(tcase, a_thousand_connections_at_once);
	return tcase;
}

static TCase *
ends(void)
{
	TCase *tcase = harness_case("ends");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, more_than_the_limit_are_hung_up_on);
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
	Suite *s = suite_create("proxy");

	suite_add_tcase(s, passing());
	suite_add_tcase(s, crowds());
	suite_add_tcase(s, ends());
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
