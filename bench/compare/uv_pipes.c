/* uv_pipes.c - rows I, J and K and what belongs to them. */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "uv_rows.h"

#define PIPE_SIZE 65536

/* A pipe: one end is the ear's, the other, without blocking, is returned. */
static int
pipe_for(struct ear *ear, int end)
{
	int fds[2];

	expect(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0, "no pipe");
	(void)fcntl(fds[1], F_SETPIPE_SZ, PIPE_SIZE);
	ear_open(ear, fds[end]);
	return fds[!end];
}

static int
file_of(size_t size)
{
	int fd = open("file", O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	expect(fd >= 0 && ftruncate(fd, (off_t)size) == 0, "no file");
	return fd;
}

/* --- files ---------------------------------------------------------------- */

static ssize_t
send_file(int to, int from, size_t size)
{
	uv_fs_t request;
	int error = uv_fs_sendfile(NULL, &request, to, from, 0, size, NULL);

	uv_fs_req_cleanup(&request);
	return error;
}

static void
pair_of(int fds[2], int flags)
{
	expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0,
	    fds) == 0, "no socket pair");
}

ROW(I06)
{
	int fds[2];
	ssize_t sent;

	pair_of(fds, 0);
	sent = send_file(fds[0], file_of(576), 5000);
	expect(sent == 576 && take(fds[1], 576) == 576, "sent %zd", sent);
}

struct sending {
	int     to;
	int     from;
	ssize_t sent;
};

static void
send_all(void *arg)
{
	struct sending *sending = arg;
	ssize_t count;

	do {
		count = send_file(sending->to, sending->from, MUCH);
		sending->sent += count > 0 ? count : 0;
	} while (count > 0 && sending->sent < (ssize_t)MUCH);
}

ROW(I09)
{
	struct sending sending = { .from = file_of(MUCH) };
	uv_thread_t thread;
	int fds[2];

	/* It waits in a thread, so the socket blocks. */
	pair_of(fds, 0);
	sending.to = fds[0];
	(void)uv_thread_create(&thread, send_all, &sending);
	expect(take(fds[1], MUCH) == MUCH, "cut short");
	(void)uv_thread_join(&thread);
	expect(sending.sent == (ssize_t)MUCH, "told %zd", sending.sent);
}

ROW(X12)
{
	int fds[2];
	ssize_t sent;

	pair_of(fds, 0);
	(void)close(fds[1]);
	sent = send_file(fds[0], file_of(100), 100);
	expect(sent == UV_EPIPE, "told %zd", sent);
}

ROW(X13)
{
	int source[2];
	int fds[2];
	ssize_t sent;

	pair_of(fds, 0);
	expect(pipe(source) == 0 && write(source[1], "hello", 5) == 5 &&
	    close(source[1]) == 0, "no pipe");
	sent = send_file(fds[0], source[0], 5);
	expect(sent < 0 || (sent == 5 && take(fds[1], 5) == 5),
	    "told %zd sent of 5, without an error", sent);
}

/* --- reading -------------------------------------------------------------- */

/* What is no pipe is refused when it is given or when it is used. */
static void
give_plain_file(int (*use)(struct ear *))
{
	struct ear ear;

	memset(&ear, 0, sizeof ear);
	(void)uv_pipe_init(uv_default_loop(), &ear.pipe, 0);
	ear.pipe.data = &ear;
	if (uv_pipe_open(&ear.pipe, file_of(10)) == 0 && use(&ear) == 0) {
		a_while();
		expect(ear.ends > 0 || ear.write_error != 0,
		    "it was taken");
	}
}

static int
use_by_reading(struct ear *ear)
{
	ear_listen(ear);
	return 0;
}

static int
use_by_writing(struct ear *ear)
{
	return ear_write(ear, 5);
}

ROW(J01)
{
	give_plain_file(use_by_reading);
}

ROW(K01)
{
	give_plain_file(use_by_writing);
}

/* Whether a descriptor that others share blocks after it was served. */
static void
serve_shared(int end)
{
	struct ear ear;
	int fds[2];
	int shared;

	expect(pipe2(fds, O_CLOEXEC) == 0, "no pipe");
	shared = dup(fds[end]);
	ear_open(&ear, fds[end]);
	ear_close(&ear);
	expect(until(&ear.closed, 1), "no end");
	expect(!(fcntl(shared, F_GETFL) & O_NONBLOCK),
	    "O_NONBLOCK is left on what others share");
}

ROW(J03)
{
	serve_shared(0);
}

ROW(X16)
{
	int master;
	int slave;
	uv_tty_t tty;

	expect(openpty(&master, &slave, NULL, NULL, NULL) == 0, "no tty");
	expect(uv_tty_init(uv_default_loop(), &tty, dup(slave), 0) == 0,
	    "not opened");
	expect(!(fcntl(slave, F_GETFL) & O_NONBLOCK),
	    "the terminal does not block any more");
	serve_shared(1);
}

ROW(J08)
{
	static const char bytes[50000];
	struct ear ear;
	int peer = pipe_for(&ear, 0);

	ear_listen(&ear);
	expect(write(peer, bytes, sizeof bytes) == sizeof bytes &&
	    close(peer) == 0, "not written");
	expect(until(&ear.ends, 1), "no end");
	a_while();
	expect(ear.bytes == sizeof bytes && ear.ends == 1 &&
	    ear.error == UV_EOF, "%d bytes, %d ends", ear.bytes, ear.ends);
}

ROW(J15)
{
	struct ear ear;
	int peer = pipe_for(&ear, 0);

	ear_listen(&ear);
	(void)uv_read_stop((uv_stream_t *)&ear.pipe);
	expect(write(peer, "held", 4) == 4 && close(peer) == 0,
	    "not written");
	a_while();
	expect(ear.bytes == 0 && ear.ends == 0, "told while paused");
	ear_listen(&ear);
	expect(until(&ear.ends, 1) && ear.bytes == 4, "lost bytes");
}

ROW(J17)
{
	struct ear ear;
	char bytes[9];
	int kept;
	int peer = pipe_for(&ear, 0);

	(void)uv_fileno((uv_handle_t *)&ear.pipe, &kept);
	kept = dup(kept);
	ear_listen(&ear);
	expect(write(peer, "unread", 6) == 6, "not written");
	ear_close(&ear);
	expect(until(&ear.closed, 1), "no end");
	a_while();
	expect(ear.closed == 1 && ear.bytes == 0 &&
	    read(kept, bytes, sizeof bytes) == 6, "read after the end");
}

ROW(X15)
{
	struct ear ear;
	int first;
	int second;

	expect(mkfifo("fifo", 0600) == 0, "no fifo");
	ear_open(&ear, open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
	first = open("fifo", O_WRONLY | O_CLOEXEC);
	ear_listen(&ear);
	expect(write(first, "one", 3) == 3 && until(&ear.bytes, 3),
	    "never read");
	(void)close(first);
	expect(until(&ear.ends, 1), "no end of file");
	second = open("fifo", O_WRONLY | O_CLOEXEC);
	ear_listen(&ear);
	expect(write(second, "two", 3) == 3 && until(&ear.bytes, 6),
	    "the second writer is not read");
}

static void
on_file_read(uv_fs_t *request)
{
	++*(int *)request->data;
}

/* As uv_guess_handle says: it is a file to libuv, read by its threads. */
ROW(X17)
{
	static char bytes[8];
	uv_buf_t room = uv_buf_init(bytes, sizeof bytes);
	uv_fs_t request;
	int answers = 0;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	expect(uv_guess_handle(fd) == UV_FILE, "not known as a file");
	request.data = &answers;
	expect(uv_fs_read(uv_default_loop(), &request, fd, &room, 1, -1,
	    on_file_read) == 0, "refused");
	expect(until(&answers, 1) && request.result == 0,
	    "no end of file");
}

/* --- writing -------------------------------------------------------------- */

static void
on_left(uv_poll_t *poll, int error, int events)
{
	(void)error;
	(void)events;
	++*(int *)poll->data;
	(void)uv_poll_stop(poll);
}

/* The stream does not tell; a watch on a duplicate may. */
ROW(K02)
{
	struct ear ear;
	uv_poll_t poll;
	int told = 0;
	int fd;
	int peer = pipe_for(&ear, 1);

	(void)uv_fileno((uv_handle_t *)&ear.pipe, &fd);
	(void)uv_poll_init(uv_default_loop(), &poll, dup(fd));
	poll.data = &told;
	(void)uv_poll_start(&poll, UV_DISCONNECT, on_left);
	a_while();
	expect(told == 0, "told before");
	(void)close(peer);
	expect(until(&told, 1), "nobody notices before the next write");
}

ROW(K05)
{
	struct ear ear;
	int peer = pipe_for(&ear, 1);

	for (int i = 0; i < 10; i++)
		expect(ear_write(&ear, 100000) == 0, "refused");
	expect(take(peer, 1000000) == 1000000, "lost bytes");
}

ROW(K11)
{
	struct ear ear;
	int peer = pipe_for(&ear, 1);
	int error;

	(void)close(peer);
	error = ear_write(&ear, 1);
	expect(error == UV_EPIPE || (until(&ear.answers, 1) &&
	    ear.write_error == UV_EPIPE), "%s",
	    uv_strerror(ear.write_error));
}

ROW(K14)
{
	struct ear ear;
	int peer = pipe_for(&ear, 1);

	(void)ear_write(&ear, MUCH);
	(void)close(peer);
	expect(until(&ear.answers, 1), "never told");
	expect(ear.write_error == UV_EPIPE, "%s",
	    uv_strerror(ear.write_error));
}

ROW(K20)
{
	struct ear ear;
	int peer = pipe_for(&ear, 1);
	size_t seen;

	(void)ear_write(&ear, 100000);
	ear_finish(&ear);
	seen = take(peer, MUCH);
	expect(seen == 100000, "%zu of 100000 arrived", seen);
}

ROW(K21)
{
	struct ear ear;
	int peer = pipe_for(&ear, 1);

	(void)ear_write(&ear, 100000);
	ear_close(&ear);
	expect(until(&ear.closed, 1), "never told");
	expect(take(peer, 100000) < 100000, "written all the same");
}

ROW(K22)
{
	struct ear ear;
	size_t waiting;

	(void)pipe_for(&ear, 1);
	(void)ear_write(&ear, 100000);
	waiting = uv_stream_get_write_queue_size((uv_stream_t *)&ear.pipe);
	expect(waiting == 100000 - PIPE_SIZE, "%zu wait", waiting);
}

ROW(X14)
{
	struct ear ear;
	int peer = ear_pair(&ear);

	expect(write(peer, "words", 5) == 5, "not written");
	a_while();
	expect(ear_write(&ear, 5) == 0 && take(peer, 5) == 5 &&
	    ear.ends == 0, "taken for one that leaves");
}
