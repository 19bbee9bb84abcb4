/* load.c - bench/load WORKLOAD PROGRAM [ARGUMENT...]: starts a server, drives
 * it for a second, and tells how it fared.
 *
 * The server is PROGRAM ARGUMENT... with a command of bench/io behind: echo
 * PATH, sink PATH, proxy PATH UPSTREAM, sendfile PATH FILE, signals FILE
 * NUMBER. A server that fails or answers wrongly is a word and exit 1, one that
 * leaves the command out is exit 77.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

static const struct load_work works[] = {
	{ "latency", "size=64", load_latency, 1, 1, 64 },
	{ "closed-64", "n=64,depth=1,size=64", load_closed, 64, 1, 64 },
	{ "closed-64x16", "n=64,depth=16,size=64", load_closed, 64, 16, 64 },
	{ "closed-1000", "n=1000,depth=1,size=1024", load_closed, 1000, 1,
	    1024 },
	{ "connect", "at_once=1", load_churn, 1, 0, 0 },
	{ "connect-32", "at_once=32", load_churn, 32, 0, 0 },
	{ "sink", "write=64KiB", load_sink, 1, 0, 65536 },
	{ "proxy", "write=64KiB", load_proxy, 1, 0, 65536 },
	{ "sendfile", "file=256MiB", load_file, 4, 0, 1 << 28 },
	{ "idle", "n=1000", load_idle, 1000, 0, 0 },
	{ "signals-flood", "n=200000", load_flood, 200000, 0, 0 },
	{ "signals-queued", "n=200000", load_queued, 200000, 0, 0 },
	{ "signals-one", "n=2000", load_single, 2000, 0, 0 },
};
#define COUNT (sizeof(works) / sizeof(works[0]))

static char stream[LOAD_PERIOD + LOAD_CHUNK];
static const char *running = "?"; /* which workload */

void
load_fail(const char *format, ...)
{
	va_list words;

	load_alive();
	(void)fprintf(stderr, "load: %s: ", running);
	va_start(words, format);
	(void)vfprintf(stderr, format, words);
	va_end(words);
	(void)fputc('\n', stderr);
	exit(1);
}

void
load_print(const struct load_work *work, const char *metric, double value,
    const char *unit)
{
	io_print(work->name, work->parameters, metric, value, unit);
}

void
load_print_cpu(const struct load_work *work, const struct load_usage *before,
    const struct load_usage *after, double count, double scale,
    const char *unit)
{
	load_print(work, "cpu", (after->cpu_s - before->cpu_s) * scale / count,
	    unit);
}

const char *
load_bytes(uint64_t offset)
{
	return stream + offset % LOAD_PERIOD;
}

void
load_check(const char *bytes, uint64_t offset, size_t size)
{
	while (size > 0) {
		size_t some = size < LOAD_CHUNK ? size : LOAD_CHUNK;

		if (memcmp(bytes, load_bytes(offset), some) != 0)
			load_fail("other bytes came back, near offset %llu",
			    (unsigned long long)offset);
		bytes += some;
		offset += some;
		size -= some;
	}
}

void
load_send(int fd, uint64_t offset, size_t size)
{
	while (size > 0) {
		size_t some = size < LOAD_CHUNK ? size : LOAD_CHUNK;
		ssize_t sent = send(fd, load_bytes(offset), some, MSG_NOSIGNAL);

		if (sent < 0)
			load_fail("send: %m");
		offset += (uint64_t)sent;
		size -= (size_t)sent;
	}
}

void
load_receive(int fd, uint64_t offset, size_t size)
{
	char bytes[4096];

	while (size > 0) {
		ssize_t some = read(fd, bytes,
		    size < sizeof(bytes) ? size : sizeof(bytes));

		if (some <= 0)
			load_fail("no answer");
		load_check(bytes, offset, (size_t)some);
		offset += (uint64_t)some;
		size -= (size_t)some;
	}
}

static int
usage(void)
{
	(void)fputs("usage: bench/load WORKLOAD PROGRAM [ARGUMENT...]\n",
	    stderr);
	for (size_t i = 0; i < COUNT; i++)
		(void)fprintf(stderr, "  %s (%s)\n", works[i].name,
		    works[i].parameters);
	return 2;
}

int
main(int argc, char **argv)
{
	if (argc < 3)
		return usage();
	for (size_t i = 0; i < COUNT; i++) {
		if (strcmp(works[i].name, argv[1]) != 0)
			continue;
		running = works[i].name;
		io_fill(stream, sizeof(stream), LOAD_PERIOD);
		load_open(argv + 2);
		works[i].run(&works[i]);
		load_alive();
		return 0;
	}
	return usage();
}
