/* peer_uv_serve.c - the servers of the peer that is made with libuv. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"
#include "peer_uv.h"

#define BACKLOG 1024
#define BUFFER_SIZE 262144u
#define ECHO_SIZE 65536u

struct connection {
	uv_pipe_t pipe; /* first: libuv's handle is all of it */
	struct connection *other; /* who gets what is read here */
	uv_write_t write;
	char *rest; /* what the other has not taken yet, or NULL */
	uv_connect_t connect;
	uv_fs_t sending;
	uint64_t bytes; /* read, or sent */
};

/* Fixed before the loop runs. */
static struct {
	void (*accepted)(struct connection *self);
	uv_read_cb on_read;
	size_t read_size;
	const char *upstream;
	uv_file file;
	uint64_t file_size;
} plan;

static uv_stream_t *
stream_of(struct connection *self)
{
	return (uv_stream_t *)&self->pipe;
}

static void
on_closed(uv_handle_t *handle)
{
	struct connection *self = (struct connection *)handle;

	free(self->rest);
	free(self);
}

static void
end(struct connection *self)
{
	if (!uv_is_closing((uv_handle_t *)&self->pipe))
		uv_close((uv_handle_t *)&self->pipe, on_closed);
}

static struct connection *
make(void)
{
	struct connection *self = calloc(1, sizeof(*self));

	uv_peer_must(self == NULL ? UV_ENOMEM : 0, "connection");
	uv_peer_must(uv_pipe_init(uv_default_loop(), &self->pipe, 0), "pipe");
	self->other = self;
	return self;
}

/* All is read into the same memory: it is used up before more is. */
static void
on_memory(uv_handle_t *handle, size_t wished, uv_buf_t *ret_memory)
{
	static char memory[BUFFER_SIZE];

	(void)handle;
	(void)wished;
	*ret_memory = uv_buf_init(memory, (unsigned)plan.read_size);
}

static void
on_connection(uv_stream_t *listener, int status)
{
	struct connection *self;

	uv_peer_must(status, "listen");
	self = make();
	uv_peer_must(uv_accept(listener, stream_of(self)), "accept");
	plan.accepted(self);
}

static void
start_reading(struct connection *self)
{
	uv_peer_must(uv_read_start(stream_of(self), on_memory, plan.on_read),
	    "read");
}

static void
serve(const char *path, void (*accepted)(struct connection *))
{
	uv_pipe_t listener;

	(void)unlink(path);
	plan.accepted = accepted;
	uv_peer_must(uv_pipe_init(uv_default_loop(), &listener, 0), "pipe");
	uv_peer_must(uv_pipe_bind(&listener, path), path);
	uv_peer_must(uv_listen((uv_stream_t *)&listener, BACKLOG,
	    on_connection), path);
	uv_peer_run();
}

/* --- echo and proxy: what is read goes to the other --------------------- */

static void
on_written(uv_write_t *write, int status)
{
	struct connection *self = write->data;

	free(self->rest);
	self->rest = NULL;
	if (status < 0)
		end(self);
	else if (!uv_is_closing((uv_handle_t *)&self->pipe))
		start_reading(self);
}

/* Nothing is read while the other has not taken all. */
static void
pass(struct connection *self, char *bytes, size_t size)
{
	uv_stream_t *to = stream_of(self->other);
	uv_buf_t all = uv_buf_init(bytes, (unsigned)size);
	int written = uv_try_write(to, &all, 1);
	size_t taken = written > 0 ? (size_t)written : 0;

	if (taken == size)
		return;
	self->rest = malloc(size - taken);
	uv_peer_must(self->rest == NULL ? UV_ENOMEM : 0, "rest");
	(void)memcpy(self->rest, bytes + taken, size - taken);
	all = uv_buf_init(self->rest, (unsigned)(size - taken));
	self->write.data = self;
	(void)uv_read_stop(stream_of(self));
	if (uv_write(&self->write, to, &all, 1, on_written) < 0)
		end(self);
}

static void
on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *memory)
{
	struct connection *self = (struct connection *)stream;

	if (size > 0) {
		pass(self, memory->base, (size_t)size);
	} else if (size < 0) {
		if (self->other != self)
			end(self->other);
		end(self);
	}
}

static void
on_reached(uv_connect_t *connect, int status)
{
	struct connection *self = connect->data;

	uv_peer_must(status, plan.upstream);
	start_reading(self);
}

/* One way, which is what is measured. */
static void
accept_pair(struct connection *self)
{
	self->other = make();
	self->connect.data = self;
	uv_pipe_connect(&self->connect, &self->other->pipe, plan.upstream,
	    on_reached);
}

void
uv_peer_echo(char **arguments)
{
	plan.on_read = on_read;
	plan.read_size = ECHO_SIZE;
	serve(arguments[0], start_reading);
}

void
uv_peer_proxy(char **arguments)
{
	plan.on_read = on_read;
	plan.read_size = BUFFER_SIZE;
	plan.upstream = arguments[1];
	serve(arguments[0], accept_pair);
}

/* --- sink ---------------------------------------------------------------- */

static void
on_sunk(uv_stream_t *stream, ssize_t size, const uv_buf_t *memory)
{
	struct connection *self = (struct connection *)stream;
	uv_buf_t count = uv_buf_init((char *)&self->bytes,
	    sizeof(self->bytes));

	(void)memory;
	if (size > 0) {
		self->bytes += (uint64_t)size;
	} else if (size < 0) {
		(void)uv_try_write(stream, &count, 1);
		end(self);
	}
}

void
uv_peer_sink(char **arguments)
{
	plan.on_read = on_sunk;
	plan.read_size = BUFFER_SIZE;
	serve(arguments[0], start_reading);
}

/* --- sendfile -----------------------------------------------------------*/

static void send_more(struct connection *self);

static void
on_sent(uv_fs_t *sending)
{
	struct connection *self = sending->data;
	ssize_t sent = sending->result;

	uv_fs_req_cleanup(sending);
	self->bytes += sent > 0 ? (uint64_t)sent : 0;
	if (sent <= 0 || self->bytes >= plan.file_size)
		end(self);
	else
		send_more(self);
}

static void
send_more(struct connection *self)
{
	uv_os_fd_t fd;

	uv_peer_must(uv_fileno((uv_handle_t *)&self->pipe, &fd), "fileno");
	self->sending.data = self;
	uv_peer_must(uv_fs_sendfile(uv_default_loop(), &self->sending, fd,
	    plan.file, (int64_t)self->bytes,
	    (size_t)(plan.file_size - self->bytes), on_sent), "sendfile");
}

/* A thread of libuv's sends, and may wait. */
static void
accept_sender(struct connection *self)
{
	uv_peer_must(uv_stream_set_blocking(stream_of(self), 1), "blocking");
	send_more(self);
}

void
uv_peer_sendfile(char **arguments)
{
	struct stat status;

	plan.file = open(arguments[1], O_RDONLY | O_CLOEXEC);
	if (plan.file < 0 || fstat(plan.file, &status) < 0)
		io_must(-errno, arguments[1]);
	plan.file_size = (uint64_t)status.st_size;
	serve(arguments[0], accept_sender);
}
