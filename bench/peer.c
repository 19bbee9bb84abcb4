/* peer.c - the main program of a peer of bench/io, and the figures that all
 * peers count alike.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "peer.h"

#define BACKLOG 1024
#define SPAWN_LIMIT_NS INT64_C(7000000000) /* no new child after that */
#define SETTLE_US 300000
#define CODES 61 /* exit codes 0.. of those that end together */
#define BLOCKS 2u /* of the pattern that lie one behind another in memory */

static char pattern[PEER_CAT_BLOCK * BLOCKS]; /* set before a child runs */

int
peer_listen(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	(void)unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		io_must(-errno, path);
	return fd;
}

/* --- children: spawn ---------------------------------------------------- */

void
peer_spawn_begin(struct peer_parent *self, char **arguments)
{
	static char parameters[64];
	long mib = arguments[2] != NULL ? io_count(arguments[2]) : 0;
	size_t size = (size_t)mib << 20;

	*self = (struct peer_parent){ .parameters = parameters,
		.total = io_count(arguments[0]),
		.at_once = io_count(arguments[1]) };
	(void)snprintf(parameters, sizeof(parameters), "n=%ld,conc=%ld%s",
	    self->total, self->at_once, mib > 0 ? ",bigparent" : "");
	self->ballast = size > 0 ? malloc(size) : NULL;
	if (self->ballast != NULL)
		(void)memset(self->ballast, 1, size);
	if (self->at_once > self->total)
		self->at_once = self->total;
	self->begun_ns = io_now_ns();
	self->cpu_s = io_cpu_s();
}

bool
peer_spawn_more(struct peer_parent *self, int64_t code)
{
	io_must(code == 0 ? 0 : -ECHILD, "/bin/true");
	self->ended++;
	if (io_now_ns() > self->begun_ns + SPAWN_LIMIT_NS)
		self->total = self->started;
	return self->started < self->total;
}

void
peer_spawn_print(struct peer_parent *self)
{
	double count = (double)self->ended;
	double ns = (double)(io_now_ns() - self->begun_ns);

	io_print("spawn", self->parameters, "rate", count * 1e9 / ns,
	    "children/s");
	io_print("spawn", self->parameters, "parent_cpu",
	    (io_cpu_s() - self->cpu_s) * 1e6 / count, "us/child");
	io_print("spawn", self->parameters, "loop_stall",
	    (double)self->stall_ns / 1e3 / count, "us/child");
	free(self->ballast);
}

/* --- children: reap ------------------------------------------------------ */

void
peer_reap_begin(struct peer_reaper *self, char **arguments)
{
	*self = (struct peer_reaper){ .total = io_count(arguments[0]),
		.holder = arguments[1] };
	io_must(pipe2(self->pipe, O_CLOEXEC) < 0 ? -errno : 0, "pipe2");
}

int
peer_reap_code(long number)
{
	return (int)(number % CODES);
}

void
peer_reap_release(struct peer_reaper *self)
{
	(void)close(self->pipe[0]);
	(void)usleep(SETTLE_US);
	self->cpu_s = io_cpu_s();
	self->begun_ns = io_now_ns();
	(void)close(self->pipe[1]);
}

static void
print_reaped(const struct peer_reaper *self, int64_t over_ns)
{
	char parameters[32];

	(void)snprintf(parameters, sizeof(parameters), "n=%ld", self->total);
	io_print("reap-burst", parameters, "lost",
	    (double)(self->total - self->ended + self->bad), "children");
	io_print("reap-burst", parameters, "all_delivered",
	    (double)(over_ns - self->begun_ns) / 1e6, "ms");
	io_print("reap-burst", parameters, "parent_cpu",
	    (io_cpu_s() - self->cpu_s) * 1e3, "ms");
}

bool
peer_reap_ended(struct peer_reaper *self, bool is_good)
{
	self->bad += !is_good;
	if (++self->ended < self->total)
		return false;
	print_reaped(self, io_now_ns());
	return true;
}

/* --- bytes through cat(1) ------------------------------------------------ */

void
peer_cat_begin(struct peer_cat *self, char **arguments)
{
	int64_t limit_ns = (int64_t)(strtod(arguments[1], NULL) * 1e9);

	io_fill(pattern, sizeof(pattern), PEER_CAT_BLOCK);
	*self = (struct peer_cat){ .limit = (uint64_t)io_count(arguments[0]) };
	self->begun_ns = io_now_ns();
	self->over_ns = self->begun_ns + limit_ns;
	self->cpu_s = io_cpu_s();
}

size_t
peer_cat_next(const struct peer_cat *self, char **ret_bytes)
{
	uint64_t left = self->limit - self->sent;

	*ret_bytes = pattern + self->sent % PEER_CAT_BLOCK;
	if (io_now_ns() >= self->over_ns)
		return 0;
	return left < PEER_CAT_BLOCK ? (size_t)left : PEER_CAT_BLOCK;
}

void
peer_cat_take(struct peer_cat *self, const char *bytes, size_t size)
{
	const char *expected = pattern + self->got % PEER_CAT_BLOCK;

	if (size > PEER_CAT_BLOCK || memcmp(bytes, expected, size) != 0)
		self->bad = true;
	self->got += size;
}

void
peer_cat_print(const struct peer_cat *self)
{
	double seconds = (double)(io_now_ns() - self->begun_ns) / 1e9;
	double gib = (double)self->got / 1073741824.0;

	io_must(self->bad || self->got != self->sent ? -EIO : 0, "cat");
	io_print("pipe-throughput", "cat", "rate", gib / seconds, "GiB/s");
	io_print("pipe-throughput", "cat", "parent_cpu",
	    (io_cpu_s() - self->cpu_s) / gib, "s/GiB");
	io_print("pipe-throughput", "cat", "moved", gib, "GiB");
}

/* --- signals -------------------------------------------------------------- */

struct peer_ear *
peer_ear_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct peer_ear *ear = mmap(NULL, sizeof(*ear),
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	io_must(ear == MAP_FAILED ? -errno : 0, path);
	(void)close(fd);
	return ear;
}

void
peer_ear_hear(struct peer_ear *ear)
{
	ear->last_ns = (uint64_t)io_now_ns();
	ear->told++;
}

/* --- the program --------------------------------------------------------*/

int
main(int argc, char **argv)
{
	const struct peer_command *command = peer_commands;

	if (argc < 2) {
		(void)fprintf(stderr, "usage: %s COMMAND ARGUMENT...\n",
		    argv[0]);
		return 2;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	io_lift_limit();
	while (command->name != NULL && strcmp(command->name, argv[1]) != 0)
		command++;
	if (command->name == NULL) {
		(void)fprintf(stderr, "skipped: %s has no %s\n",
		    program_invocation_short_name, argv[1]);
		return IO_SKIPPED;
	}
	if (argc - 2 < command->least) {
		(void)fprintf(stderr, "%s: %s needs %d arguments\n", argv[0],
		    argv[1], command->least);
		return 2;
	}
	command->run(argv + 2);
	return 0;
}
