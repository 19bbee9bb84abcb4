/* io_serve.c - servers on a Unix socket: echo, sink, proxy, sendfile. They
 * serve until they are killed.
 */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/echo.h>
#include <buskin/proxy.h>
#include <buskin/stream.h>
#include <buskin/unix.h>

#include "io.h"

#define BACKLOG 1024
#define CONNECTIONS 16384

/* --- sink: reads all, then tells how much that was --------------------- */

struct sink {
	bsk_ref stream; /* the child */
	uint64_t bytes; /* read */
};

BSK_HANDLER(on_bytes, sink, bsk_bytes)
{
	(void)ctx;
	self->bytes += body->bytes.size;
	return 0;
}

BSK_HANDLER(on_eof, sink, bsk_stream_eof)
{
	(void)body;
	(void)bsk_send(ctx, self->stream, BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_copy(&self->bytes, sizeof(self->bytes))));
	return bsk_send(ctx, self->stream,
	    BSK_NEW(bsk_stream_finish, .reserved = 0));
}

BSK_HANDLER(on_sunk, sink, bsk_stream_ended)
{
	(void)self;
	(void)body;
	bsk_exit(ctx, 0);
	return 0;
}

/* Its config is the stream's, which gets it as it is. */
BSK_HANDLER(on_open, sink, bsk_open)
{
	const struct bsk_stream_config *config = bsk_config(ctx);
	const struct bsk_wire wire = { .port = { "data" },
		.to = bsk_self(ctx) };

	(void)body;
	return bsk_spawn(ctx, &bsk_stream_class,
	    BSK_PARCEL(bsk_stream_config, .fd = bsk_fd_move(&config->fd),
		.half_close = true),
	    &(const struct bsk_spawn_options){ .wires = &wire,
		.wire_count = 1 }, &self->stream);
}

static const struct bsk_handler sink_handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_bytes, on_bytes),
	BSK_ON(bsk_stream_eof, on_eof),
	BSK_ON(bsk_stream_ended, on_sunk),
};
static const struct bsk_class sink_class = BSK_CLASS(sink, "sink",
    "counts what is read", sink_handlers, .config = &bsk_stream_config_type);

/* --- who gets connections ---------------------------------------------- */

struct server_config {
	bsk_text path;
	bool sends; /* a file; else a sink is made of each */
	bsk_fd file;
};
BSK_DECLARE(server_config);

static const struct bsk_field server_config_fields[] = {
	BSK_FIELD(server_config, path, "where to listen"),
	BSK_FIELD(server_config, sends, "send a file"),
	BSK_FIELD(server_config, file, "that one"),
};
const struct bsk_type server_config_type = BSK_OWNING_TYPE(
    server_config, "where to serve what", server_config_fields);

struct server {
	const struct server_config *config;
};

BSK_HANDLER(on_start, server, bsk_open)
{
	bsk_ref listener;

	(void)body;
	self->config = bsk_config(ctx);
	return bsk_spawn(ctx, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config,
		.path = bsk_text_copy(self->config->path.chars),
		.to = bsk_self(ctx), .accept = BSK_UNIX_FD,
		.backlog = BACKLOG, .max_connections = CONNECTIONS),
	    NULL, &listener);
}

static int
send_file(const struct server *self, bsk_ctx *ctx, const bsk_fd *client)
{
	int file = fcntl(bsk_fd_number(self->config->file), F_DUPFD_CLOEXEC, 0);
	bsk_ref stream;
	int error = bsk_spawn(ctx, &bsk_stream_class,
	    BSK_PARCEL(bsk_stream_config, .fd = bsk_fd_move(client)), NULL,
	    &stream);

	if (error == 0)
		error = bsk_send(ctx, stream, BSK_NEW(bsk_stream_sendfile,
		    .fd = bsk_fd_own(file), .to_end = true));
	if (error == 0)
		error = bsk_send(ctx, stream,
		    BSK_NEW(bsk_stream_finish, .reserved = 0));
	return error;
}

BSK_HANDLER(on_accepted, server, bsk_unix_accepted)
{
	bsk_ref child;

	if (self->config->sends)
		return send_file(self, ctx, &body->fd);
	return bsk_spawn(ctx, &sink_class, BSK_PARCEL(bsk_stream_config,
	    .fd = bsk_fd_move(&body->fd)), NULL, &child);
}

static const struct bsk_handler server_handlers[] = {
	BSK_ON(bsk_open, on_start),
	BSK_ON(bsk_unix_accepted, on_accepted),
};
static const struct bsk_class server_class = BSK_CLASS(server, "server",
    "serves connections", server_handlers, .config = &server_config_type);

/* --- the commands ----------------------------------------------------- */

static void
listen_at(bsk_system *system, const char *path, int32_t accept,
    const char *port, bsk_ref to)
{
	const struct bsk_wire wire = { .port = { port }, .to = to };
	const struct bsk_spawn_options options = { .wires = &wire,
		.wire_count = 1 };

	(void)unlink(path);
	(void)io_spawn_actor(system, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config, .path = bsk_text_copy(path),
		.accept = accept, .backlog = BACKLOG,
		.max_connections = CONNECTIONS),
	    &options);
}

static void
echo(bsk_system *system, char **arguments)
{
	listen_at(system, arguments[0], BSK_UNIX_STREAM, "data",
	    io_spawn_actor(system, &bsk_echo_class, NULL, NULL));
}

static void
proxy(bsk_system *system, char **arguments)
{
	listen_at(system, arguments[0], BSK_UNIX_FD, "clients",
	    io_spawn_actor(system, &bsk_proxy_class,
		BSK_PARCEL(bsk_proxy_config,
		    .path = bsk_text_copy(arguments[1])), NULL));
}

static void
sink(bsk_system *system, char **arguments)
{
	(void)unlink(arguments[0]);
	(void)io_spawn_actor(system, &server_class, BSK_PARCEL(server_config,
	    .path = bsk_text_copy(arguments[0])), NULL);
}

static void
sendfile_(bsk_system *system, char **arguments)
{
	int file = open(arguments[1], O_RDONLY | O_CLOEXEC);

	io_must(file, arguments[1]);
	(void)unlink(arguments[0]);
	(void)io_spawn_actor(system, &server_class, BSK_PARCEL(server_config,
	    .path = bsk_text_copy(arguments[0]), .sends = true,
	    .file = bsk_fd_own(file)), NULL);
}

const struct io_command io_echo = { "echo", "PATH", 1, echo };
const struct io_command io_proxy = { "proxy", "PATH UPSTREAM", 2, proxy };
const struct io_command io_sendfile = { "sendfile", "PATH FILE", 2, sendfile_ };
const struct io_command io_sink = { "sink", "PATH", 1, sink };
