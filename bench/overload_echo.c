/* overload_echo.c - one request after another at an echo on a Unix socket,
 * while nothing else is done, and while actors that send to themselves keep
 * the worker busy.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <buskin/echo.h>
#include <buskin/unix.h>

#include "loop.h"
#include "overload.h"

#define SAMPLES ((size_t)1 << 20)
#define SPELL_NS INT64_C(2000000000)
#define WARM_NS INT64_C(200000000)
#define SIZE 64u
#define DEPTH 64u

/* Who keeps the workers busy. */
static const struct load {
	const char *name;
	unsigned loops;
	int64_t work_ns; /* that a message takes, beyond itself */
} loads[] = {
	{ "loops=8", 8, 0 },
	{ "loops=128", 128, 0 },
	{ "loops=8,work=100us", 8, 100000 },
};

static bsk_ref
listener(const struct bench *bench, const char *name)
{
	bsk_ref echo = bench_spawn(bench, &bsk_echo_class, NULL, NULL);
	const struct bsk_wire wire = { .port = { "data" }, .to = echo };

	return bench_spawn(bench, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config,
		.path = bsk_text_copy(name)),
	    &(const struct bsk_spawn_options){ .wires = &wire,
		.wire_count = 1 });
}

/* The listener may not be there yet. */
static int
reach(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    strlen(name));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	io_must(fd < 0 ? -errno : 0, "socket");
	memcpy(address.sun_path, name, strlen(name));
	address.sun_path[0] = '\0';
	for (unsigned tries = 0; tries < 1000; tries++) {
		if (connect(fd, (const struct sockaddr *)&address, size) == 0)
			return fd;
		bench_sleep(1000000);
	}
	io_must(-errno, "connect");
	return -1;
}

static int
connect_to(const struct bench *bench)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "@buskin-overload-%ld",
	    (long)getpid());
	(void)listener(bench, name);
	return reach(name);
}

static void
ask(int fd)
{
	char bytes[SIZE] = "an echo";
	size_t got = 0;

	io_must(send(fd, bytes, SIZE, MSG_NOSIGNAL) == SIZE ? 0 : -EIO,
	    "send");
	while (got < SIZE) {
		ssize_t some = recv(fd, bytes, SIZE - got, 0);

		io_must(some > 0 ? 0 : -EIO, "receive");
		got += (size_t)some;
	}
}

static void
ask_for(const struct bench *bench, int fd, int64_t spell_ns, const char *what)
{
	uint64_t *delays_ns = calloc(SAMPLES, sizeof(*delays_ns));
	int64_t now_ns = io_now_ns();
	int64_t over_ns = now_ns + spell_ns;
	size_t count = 0;

	io_must(delays_ns == NULL ? -ENOMEM : 0, "samples");
	while (now_ns < over_ns && count < SAMPLES) {
		int64_t begun_ns = now_ns;

		ask(fd);
		now_ns = io_now_ns();
		delays_ns[count++] = (uint64_t)(now_ns - begun_ns);
	}
	if (what != NULL)
		overload_print(bench, what, delays_ns, count);
	free(delays_ns);
}

/* Each load has a system of its own, so that none is left of the one before. */
static void
ask_under(const struct bench *bench, const struct load *load)
{
	struct bsk_system_options options = { .name = "loaded",
		.workers = bench->threads };
	struct bench loaded = { bench->workload, bench->threads, 0, NULL };
	int fd;

	io_must(bsk_system_create(&options, &loaded.system), "create");
	io_must(bsk_system_start(loaded.system), "start");
	fd = connect_to(&loaded);
	for (unsigned i = 0; load != NULL && i < load->loops; i++)
		loop_start(&loaded, loop_spawn(&loaded, DEPTH), DEPTH,
		    LOOP_FOR_EVER, load->work_ns);
	ask_for(bench, fd, WARM_NS, NULL);
	ask_for(bench, fd, SPELL_NS, load == NULL ? "idle" : load->name);
	(void)close(fd);
	bsk_system_stop(loaded.system, 0);
	(void)bsk_system_wait(loaded.system, -1);
	bsk_system_destroy(loaded.system);
}

static void
echo(const struct bench *bench)
{
	ask_under(bench, NULL);
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		ask_under(bench, &loads[i]);
}

const struct workload overload_echo = { "echo", echo };
