/* load_bytes.c - servers through which many bytes go: one that reads them all,
 * one that hands them on, one that sends a file.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

/* Who writes for LOAD_NS, and then ends its half of the connection. */
struct writer {
	int fd;
	size_t size; /* of each write */
	uint64_t written;
};

static void *
write_on(void *argument)
{
	struct writer *self = argument;
	int64_t over_ns = io_now_ns() + LOAD_NS;

	for (; io_now_ns() < over_ns; self->written += self->size)
		load_send(self->fd, self->written, self->size);
	(void)shutdown(self->fd, SHUT_WR);
	return NULL;
}

/* Reads to the end; how much it was. */
static uint64_t
read_on(int fd)
{
	static char bytes[LOAD_CHUNK];
	uint64_t offset = 0;
	ssize_t some = read(fd, bytes, sizeof(bytes));

	for (; some > 0; some = read(fd, bytes, sizeof(bytes))) {
		load_check(bytes, offset, (size_t)some);
		offset += (uint64_t)some;
	}
	if (some < 0)
		load_fail("read: %m");
	return offset;
}

static void
print_bytes(const struct load_work *work, uint64_t bytes, int64_t begun_ns,
    int64_t over_ns, const struct load_usage *before)
{
	struct load_usage after;
	double gib = (double)bytes / LOAD_GIB;

	load_look(&after);
	load_print(work, "rate", gib * 1e9 / (double)(over_ns - begun_ns),
	    "GiB/s");
	load_print_cpu(work, before, &after, gib, 1, "s/GiB");
}

/* --- read and counted --------------------------------------------------- */

void
load_sink(const struct load_work *work)
{
	struct writer writer = { .size = (size_t)work->size };
	struct load_usage before;
	int64_t begun_ns;
	int64_t over_ns;
	uint64_t counted = 0;

	load_start((const char *const[]){ "sink", load_path("socket"), NULL });
	writer.fd = load_reach();
	load_look(&before);
	begun_ns = io_now_ns();
	(void)write_on(&writer);
	if (recv(writer.fd, &counted, sizeof(counted), MSG_WAITALL) !=
	    (ssize_t)sizeof(counted))
		load_fail("no count came back");
	over_ns = io_now_ns();
	if (counted != writer.written)
		load_fail("%llu bytes were counted, %llu sent",
		    (unsigned long long)counted,
		    (unsigned long long)writer.written);
	print_bytes(work, counted, begun_ns, over_ns, &before);
}

/* --- handed on ----------------------------------------------------------- */

void
load_proxy(const struct load_work *work)
{
	struct writer writer = { .size = (size_t)work->size };
	int listening = load_listen(load_path("upstream"));
	struct load_usage before;
	int64_t begun_ns;
	int64_t over_ns;
	pthread_t thread;
	uint64_t got;
	int fd;

	load_start((const char *const[]){ "proxy", load_path("socket"),
	    load_path("upstream"), NULL });
	writer.fd = load_reach();
	fd = accept(listening, NULL, NULL);
	if (fd < 0)
		load_fail("accept: %m");
	load_look(&before);
	begun_ns = io_now_ns();
	if (pthread_create(&thread, NULL, write_on, &writer) != 0)
		load_fail("no thread");
	got = read_on(fd);
	over_ns = io_now_ns();
	(void)pthread_join(thread, NULL);
	if (got != writer.written)
		load_fail("%llu bytes arrived of %llu",
		    (unsigned long long)got,
		    (unsigned long long)writer.written);
	print_bytes(work, got, begun_ns, over_ns, &before);
}

/* --- sent from a file ---------------------------------------------------- */

static void
make_file(const char *path, uint64_t size)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	uint64_t offset = 0;

	while (offset < size) {
		size_t some = size - offset < LOAD_CHUNK ?
		    (size_t)(size - offset) : LOAD_CHUNK;
		ssize_t written = write(fd, load_bytes(offset), some);

		if (written <= 0)
			load_fail("%s: %m", path);
		offset += (uint64_t)written;
	}
	(void)close(fd);
}

/* One connection after another gets the file. */
void
load_file(const struct load_work *work)
{
	uint64_t size = (uint64_t)work->size;
	struct load_usage before;
	int64_t begun_ns;
	int fd;

	make_file(load_path("file"), size);
	load_start((const char *const[]){ "sendfile", load_path("socket"),
	    load_path("file"), NULL });
	fd = load_reach();
	if (read_on(fd) != size)
		load_fail("not all of the file arrived");
	(void)close(fd);
	load_look(&before);
	begun_ns = io_now_ns();
	for (long i = 0; i < work->connections; i++) {
		fd = load_connect();
		if (read_on(fd) != size)
			load_fail("not all of the file arrived");
		(void)close(fd);
	}
	print_bytes(work, size * (uint64_t)work->connections, begun_ns,
	    io_now_ns(), &before);
}
