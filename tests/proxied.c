/* proxied.c - a client, its upstream side, and a proxy between them. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <buskin/actor.h>

#include "harness.h"
#include "peer.h"
#include "proxied.h"
#include "scribe.h"

struct faulty_os world;
static struct bsk_os behind; /* what stands behind the faults */
atomic_uint socket_bytes;
bsk_system *system_;
struct clerk *clerk;
bsk_ref proxy;
struct bsk_unix_socket server;
char front[128], back[128];
int client, upstream;
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

void
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

void
hang_up(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void
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
void
serve(int backlog)
{
	const char *why;

	ck_assert_int_eq(bsk_unix_listen(
	    &bsk_os_libc, back, 0600, backlog, &server, &why), 0);
}

/* A proxy with a listener before it; the clerk is told of ends. */
void
stand_between(struct bsk_proxy_config config)
{
	const struct bsk_wire ended = { .port = { "ended" },
		.to = clerk_ref(clerk) };
	struct bsk_wire clients = { .port = { "clients" } };
	unsigned ready = clerk_count(clerk, &bsk_listener_ready_type);
	bsk_ref listener;
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
	(void)clerk_wait(clerk, &bsk_listener_ready_type, ready + 1);
}

int
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
void
meet(void)
{
	client = peer_connect(front);
	upstream = accept_one();
}

const struct bsk_relay_ended *
ended(unsigned nth)
{
	return clerk_wait(clerk, &bsk_relay_ended_type, nth);
}

const struct bsk_proxy_status *
status(void)
{
	unsigned nth = clerk_count(clerk, &bsk_proxy_status_type) + 1;

	clerk_ask(clerk, proxy, BSK_NEW(bsk_status_ask, .reserved = 0));
	return clerk_wait(clerk, &bsk_proxy_status_type, nth);
}

/* The only relay there is. */
bsk_ref
relay(void)
{
	const struct bsk_proxy_status *now = status();
	const struct bsk_unix_client *clients = now->clients.items;

	ck_assert_uint_eq(now->clients.count, 1);
	return clients[0].connection;
}

const struct bsk_relay_status *
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
void
stop(void)
{
	clerk_do(clerk, watch_proxy, NULL);
	clerk_stop(clerk, proxy);
}

int
proxy_end(void)
{
	const struct bsk_down *down = clerk_wait(clerk, &bsk_down_type, 1);

	return down->reason;
}

/* Makes the kernel refuse to splice. */
void
refuse_to_splice(void)
{
	faulty_os_fail_always(&world, FAULTY_SPLICE, EINVAL);
}

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
void
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

/* Writes until there has been no room for a while; how much it took. */
size_t
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

