/* uv_streams.c - rows G and what belongs to them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "uv_rows.h"

/* Much enough to fill any socket's buffer. */
#define OVERFLOWING (8 * MUCH)

static void
pour(void *arg)
{
	static const char bytes[65536];
	int fd = *(int *)arg;

	while (send(fd, bytes, sizeof bytes, MSG_NOSIGNAL) >= 0 ||
	    errno == EAGAIN)
		;
}

ROW(G02)
{
	struct ear firehose;
	struct ear other;
	uv_thread_t thread;
	int pouring = ear_pair(&firehose);
	int knock = ear_pair(&other);

	ear_listen(&firehose);
	ear_listen(&other);
	(void)uv_thread_create(&thread, pour, &pouring);
	expect(until(&firehose.bytes, (int)MUCH), "nothing pours");
	expect(write(knock, "x", 1) == 1, "not written");
	expect(until(&other.bytes, 1), "the other is never heard");
	(void)shutdown(pouring, SHUT_RDWR);
	(void)uv_thread_join(&thread);
}

ROW(G04)
{
	struct ear ear;
	int peer = ear_pair(&ear);

	ear_listen(&ear);
	(void)shutdown(peer, SHUT_WR);
	expect(until(&ear.ends, 1), "no end of file");
	expect(ear_write(&ear, 4) == 0 && take(peer, 4) == 4, "not kept");
}

ROW(G06)
{
	struct ear ear;
	int peer = ear_pair(&ear);

	ear_listen(&ear);
	(void)ear_write(&ear, 6);
	expect(until(&ear.answers, 1), "not written");
	(void)close(peer);
	expect(until(&ear.ends, 1), "never told");
	expect(ear.error == UV_ECONNRESET, "%s", uv_strerror(ear.error));
}

/* Whether these are the bytes that parcels of so many hold. */
static void
check_order(int fd, size_t parcel, size_t whole)
{
	unsigned char bytes[4096];
	ssize_t count = -1;

	for (size_t seen = 0; seen < whole; seen += count > 0 ?
	    (size_t)count : 0) {
		(void)uv_run(uv_default_loop(), UV_RUN_NOWAIT);
		count = read(fd, bytes, sizeof bytes);
		for (ssize_t i = 0; i < count; i++)
			expect(bytes[i] == (seen + (size_t)i) % parcel % 251,
			    "not what was written");
	}
}

ROW(G07)
{
	struct ear ear;
	int peer = ear_pair(&ear);

	for (size_t i = 0; i < MUCH / 1024; i++)
		expect(ear_write(&ear, 1024) == 0, "refused");
	check_order(peer, 1024, MUCH);
}

ROW(G08)
{
	struct ear ear;

	(void)ear_pair(&ear);
	ear_shut(&ear);
	expect(ear_write(&ear, 1) < 0, "a write after the end was taken");
}

ROW(G09)
{
	struct ear ear;
	int peer = ear_pair(&ear);

	ear_listen(&ear);
	(void)close(peer);
	expect(until(&ear.ends, 1), "never told");
	for (int i = 0; i < 100; i++)
		(void)ear_write(&ear, 1);
	a_while();
	expect(ear.write_error == UV_EPIPE, "nobody was told");
}

ROW(G11)
{
	struct ear ear;
	int peer = ear_pair(&ear);

	ear_listen(&ear);
	(void)uv_read_stop((uv_stream_t *)&ear.pipe);
	(void)uv_read_stop((uv_stream_t *)&ear.pipe);
	expect(write(peer, "x", 1) == 1, "not written");
	a_while();
	expect(ear.bytes == 0, "read while paused");
	ear_listen(&ear);
	ear_listen(&ear);
	expect(until(&ear.bytes, 1), "never read");
}

ROW(G12)
{
	struct ear ear;
	int peer = ear_pair(&ear);

	(void)ear_write(&ear, MUCH);
	ear_finish(&ear);
	expect(take(peer, MUCH + 1) == MUCH, "what waited was lost");
}

ROW(G13)
{
	struct ear ear;
	int peer = ear_pair(&ear);

	(void)ear_write(&ear, OVERFLOWING);
	ear_close(&ear);
	expect(until(&ear.closed, 1) && ear.write_error == UV_ECANCELED,
	    "never told");
	expect(take(peer, OVERFLOWING) < OVERFLOWING,
	    "written all the same");
}

ROW(G14)
{
	struct ear ear;
	int peer = ear_pair(&ear);

	ear_listen(&ear);
	(void)ear_write(&ear, MUCH);
	ear_shut(&ear);
	expect(take(peer, MUCH + 1) == MUCH, "what waited was lost");
	expect(write(peer, "answer", 6) == 6 && until(&ear.bytes, 6),
	    "reads no more");
}

ROW(G15)
{
	struct ear ears[2];
	int peer = ear_pair(&ears[0]);

	(void)ear_pair(&ears[1]);
	ear_listen(&ears[0]);
	ear_listen(&ears[1]);
	(void)close(peer);
	ear_close(&ears[1]);
	expect(until(&ears[0].ends, 1) && until(&ears[1].closed, 1),
	    "never told");
	a_while();
	expect(ears[0].ends == 1 && ears[1].closed == 1, "told twice");
}

ROW(G16)
{
	struct ear first;
	struct ear second;
	int peer = ear_pair(&first);

	memset(&second, 0, sizeof second);
	ear_listen(&first);
	expect(write(peer, "one", 3) == 3 && until(&first.bytes, 3),
	    "never read");
	expect(write(peer, "two", 3) == 3, "not written");
	first.pipe.data = &second;
	expect(until(&second.bytes, 3), "lost on the way");
}

/* Takes all in a process of its own, once the gate is opened. */
static pid_t
drink(int ours, int theirs, const int *gate)
{
	static char bytes[65536];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)close(ours);
	(void)close(gate[1]);
	(void)read(gate[0], bytes, 1);
	for (;;) {
		ssize_t count = read(theirs, bytes, sizeof bytes);

		if (count == 0)
			_exit(0);
		if (count < 0)
			uv_sleep(1);
	}
}

static double
spent_s(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* What a block costs when so many are queued. */
static double
cost(int blocks)
{
	struct ear ear;
	int gate[2];
	int fd;
	int peer = ear_pair(&ear);
	double before = spent_s();
	pid_t pid;

	expect(pipe(gate) == 0, "no pipe");
	(void)uv_fileno((uv_handle_t *)&ear.pipe, &fd);
	pid = drink(fd, peer, gate);
	(void)close(peer);
	for (int i = 0; i < blocks; i++)
		(void)ear_write(&ear, 65536);
	(void)close(gate[1]);
	ear_finish(&ear);
	expect(until(&ear.closed, 1), "%d of %d", ear.answers, blocks);
	(void)waitpid(pid, NULL, 0);
	return (spent_s() - before) / blocks;
}

ROW(X23)
{
	double few = cost(256);
	double many = cost(4096);

	expect(many < 4 * few, "a byte costs %.0f times as much with 256 MiB"
	    " queued as with 16", many / few);
}
