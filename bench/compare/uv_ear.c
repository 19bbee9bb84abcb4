/* uv_ear.c - one end of bytes over libuv, that writes down what it is told,
 * and the loop that it hears with.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uv_rows.h"

#define SOON_MS 15000
#define QUIET_MS 500
#define TICK_MS 2

/* A write and its bytes. */
struct parcel {
	uv_write_t  request;
	struct ear *ear;
	char        bytes[];
};

static void
on_tick(uv_timer_t *timer)
{
	(void)timer;
}

/* Until the count is so high or the time is over. */
static bool
run_loop(const int *count, int wanted, uint64_t limit_ms)
{
	uv_loop_t *loop = uv_default_loop();
	uint64_t end_ns = uv_hrtime() + limit_ms * 1000000;
	uv_timer_t tick;

	(void)uv_timer_init(loop, &tick);
	(void)uv_timer_start(&tick, on_tick, TICK_MS, TICK_MS);
	while (*count < wanted && uv_hrtime() < end_ns)
		(void)uv_run(loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&tick, NULL);
	(void)uv_run(loop, UV_RUN_NOWAIT);
	return *count >= wanted;
}

bool
until(const int *count, int wanted)
{
	return run_loop(count, wanted, SOON_MS);
}

void
a_while(void)
{
	const int never = 0;

	(void)run_loop(&never, 1, QUIET_MS);
}

int
open_fds(void)
{
	static struct ear first;
	DIR *dir;
	int count = 0;

	/* What the loop opens with its first stream is not left behind. */
	if (first.pipe.data == NULL) {
		(void)close(ear_pair(&first));
		ear_close(&first);
		(void)until(&first.closed, 1);
	}
	dir = opendir("/proc/self/fd");
	while (dir != NULL && readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count;
}

size_t
take(int fd, size_t wanted)
{
	static char bytes[65536];
	uint64_t end_ns = uv_hrtime() + (uint64_t)SOON_MS * 1000000;
	size_t seen = 0;
	ssize_t count = -1;

	while (seen < wanted && count != 0 && uv_hrtime() < end_ns) {
		(void)uv_run(uv_default_loop(), UV_RUN_NOWAIT);
		count = read(fd, bytes, sizeof bytes);
		if (count > 0)
			seen += (size_t)count;
	}
	return seen;
}

/* --- the ear -------------------------------------------------------------- */

static void
on_room(uv_handle_t *handle, size_t size, uv_buf_t *ret_room)
{
	static char room[65536];

	(void)handle;
	(void)size;
	*ret_room = uv_buf_init(room, sizeof room);
}

static void
on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *room)
{
	struct ear *ear = stream->data;

	for (ssize_t i = 0; i < count; i++) {
		if ((size_t)(ear->bytes + i) < sizeof ear->data - 1)
			ear->data[ear->bytes + i] = room->base[i];
	}
	if (count > 0) {
		ear->bytes += (int)count;
	} else if (count < 0) {
		ear->ends++;
		ear->error = (int)count;
	}
}

void
ear_open(struct ear *ear, int fd)
{
	memset(ear, 0, sizeof *ear);
	(void)uv_pipe_init(uv_default_loop(), &ear->pipe, 0);
	ear->pipe.data = ear;
	if (fd >= 0)
		expect(uv_pipe_open(&ear->pipe, fd) == 0, "not opened");
}

void
ear_listen(struct ear *ear)
{
	int error = uv_read_start((uv_stream_t *)&ear->pipe, on_room, on_read);

	expect(error == 0 || error == UV_EALREADY, "uv_read_start: %s",
	    uv_strerror(error));
}

int
ear_pair(struct ear *ear)
{
	int fds[2];

	expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0, fds) == 0, "no socket pair");
	ear_open(ear, fds[0]);
	return fds[1];
}

static void
on_written(uv_write_t *request, int error)
{
	struct parcel *parcel = (struct parcel *)request;

	parcel->ear->answers++;
	if (error != 0)
		parcel->ear->write_error = error;
	free(parcel);
}

int
ear_write(struct ear *ear, size_t size)
{
	struct parcel *parcel = calloc(1, sizeof *parcel + size);
	uv_buf_t bytes;
	int error;

	expect(parcel != NULL, "no memory");
	parcel->ear = ear;
	for (size_t i = 0; i < size; i++)
		parcel->bytes[i] = (char)(i % 251);
	bytes = uv_buf_init(parcel->bytes, (unsigned)size);
	error = uv_write(&parcel->request, (uv_stream_t *)&ear->pipe, &bytes,
	    1, on_written);
	if (error != 0)
		free(parcel);
	return error;
}

static void
on_shut(uv_shutdown_t *request, int error)
{
	struct ear *ear = request->handle->data;

	(void)error;
	ear->shut++;
	free(request);
}

void
ear_shut(struct ear *ear)
{
	uv_shutdown_t *request = calloc(1, sizeof *request);

	expect(request != NULL && uv_shutdown(request,
	    (uv_stream_t *)&ear->pipe, on_shut) == 0, "uv_shutdown");
}

static void
on_closed(uv_handle_t *handle)
{
	((struct ear *)handle->data)->closed++;
}

void
ear_close(struct ear *ear)
{
	uv_close((uv_handle_t *)&ear->pipe, on_closed);
}

static void
on_shut_close(uv_shutdown_t *request, int error)
{
	struct ear *ear = request->handle->data;

	on_shut(request, error);
	ear_close(ear);
}

void
ear_finish(struct ear *ear)
{
	uv_shutdown_t *request = calloc(1, sizeof *request);

	expect(request != NULL && uv_shutdown(request,
	    (uv_stream_t *)&ear->pipe, on_shut_close) == 0, "uv_shutdown");
}
