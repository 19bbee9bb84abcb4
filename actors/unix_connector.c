/* actors/unix_connector.c - connects to Unix sockets.
 *
 *   hears   bsk_unix_connect    from whoever wants a connection
 *           bsk_bytes           for the connection it has made by itself
 *           bsk_stream_ended, bsk_down   from that connection
 *   says    bsk_unix_connected, bsk_result   to whoever asked
 *
 * A Unix socket connects at once or not at all. Only one thing is worth waiting
 * for: that its accept queue is full (-EAGAIN), which goes by no event, so it
 * is tried again after ever longer waits, until its time is up.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/actor.h>
#include <buskin/framer.h>
#include <buskin/log.h>
#include <buskin/unix.h>

#define MS_NS INT64_C(1000000)
#define TIMEOUT_NS (5000 * MS_NS)
#define WAIT_FIRST_NS MS_NS      /* while the accept queue is full */
#define WAIT_MAX_NS (100 * MS_NS)
#define RECONNECT_MAX_NS (10000 * MS_NS)
#define WAITING_DEFAULT 1024
#define TIMER_RECONNECT 0 /* other timers are attempts */

/* A connection that is being tried. */
struct attempt {
	struct attempt *next;
	bsk_message *ask;    /* whose answer it is; NULL: our own */
	uint64_t timer;      /* its number */
	int64_t deadline_ns;
	int64_t wait_ns;     /* the last */
	bsk_fd fd;
	struct sockaddr_un address;
	socklen_t size;
};

struct unix_connector {
	const struct bsk_unix_connector_config *config;
	const char *where;      /* its path */
	struct attempt *attempts;
	uint64_t timers;        /* given out to attempts so far */
	bsk_ref connection;     /* our child; nobody: there is none */
	int64_t backoff_ns;     /* before the next try; 0: all is well */
	bsk_message **waiting;  /* for a connection; the oldest first */
	uint32_t count;         /* of them */
	uint32_t room;          /* for them */
	bool draining;
};

BSK_HANDLER(on_open, unix_connector, bsk_open);
BSK_HANDLER(on_connect, unix_connector, bsk_unix_connect);
BSK_HANDLER(on_bytes, unix_connector, bsk_bytes);
BSK_HANDLER(on_ended, unix_connector, bsk_stream_ended);
BSK_HANDLER(on_down, unix_connector, bsk_down);
BSK_HANDLER(on_timer, unix_connector, bsk_timer_due);
BSK_HANDLER(on_drain, unix_connector, bsk_drain);
BSK_HANDLER(on_close, unix_connector, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_unix_connect, on_connect),
	BSK_ON(bsk_bytes, on_bytes),
	BSK_ON(bsk_stream_ended, on_ended),
	BSK_ON(bsk_down, on_down),
	BSK_ON(bsk_timer_due, on_timer),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

static const struct bsk_port ports[] = {
	[BSK_UNIX_CONNECTOR_DATA] =
	    BSK_PORT_OUT("data", bsk_bytes, "what was read"),
	[BSK_UNIX_CONNECTOR_BYTES] =
	    BSK_PORT_IN("bytes", bsk_bytes, "what to write"),
};

const struct bsk_class bsk_unix_connector_class = BSK_CLASS(unix_connector,
    "unix-connector", "connects to Unix sockets", handlers, BSK_PORTS(ports),
    .config = &bsk_unix_connector_config_type, .fds = 1);

/* --- our own connection ----------------------------------------------- */

static int
spawn(struct unix_connector *self, bsk_ctx *ctx, int fd)
{
	const struct bsk_unix_connector_config *config = self->config;
	const struct bsk_stream_config stream = { .fd = bsk_fd_own(fd) };
	struct bsk_spawn_options options = {
		.capacity = BSK_CONNECTION_CAPACITY,
		.capacity_bytes = BSK_CONNECTION_CAPACITY_BYTES,
	};

	options.wire_count =
	    bsk_wires(ctx, BSK_UNIX_CONNECTOR_DATA, &options.wires);
	if (config->frame == BSK_FRAME_NONE)
		return bsk_spawn(ctx, &bsk_stream_class,
		    bsk_parcel_new(&bsk_stream_config_type, &stream),
		    &options, &self->connection);
	return bsk_spawn(ctx, &bsk_framer_class,
	    BSK_PARCEL(bsk_framer_config, .frame = config->frame,
		.max_frame = config->max_frame, .stream = stream),
	    &options, &self->connection);
}

/* What waits is put back to the front of the mailbox, last first: it comes
 * again, in order, now that there is a connection to pass it on to. */
static int
connected(struct unix_connector *self, bsk_ctx *ctx, int fd)
{
	int error = spawn(self, ctx, fd);

	if (error < 0)
		return error;
	self->backoff_ns = 0;
	while (self->count > 0)
		bsk_unhold(ctx, self->waiting[--self->count]);
	return 0;
}

/* Tries again later, or ends: as the config says. */
static int
disconnected(struct unix_connector *self, bsk_ctx *ctx, int reason)
{
	int64_t most_ns = self->config->reconnect_max_ns;
	int64_t wait_ns = self->backoff_ns;

	self->connection = bsk_nobody();
	if (self->draining || self->config->reconnect_first_ns <= 0) {
		bsk_exit(ctx, self->draining ? 0 : reason);
		return 0;
	}
	if (most_ns <= 0)
		most_ns = RECONNECT_MAX_NS;
	wait_ns = wait_ns == 0 ? self->config->reconnect_first_ns : 2 * wait_ns;
	self->backoff_ns = wait_ns < most_ns ? wait_ns : most_ns;
	return bsk_timer_arm(ctx, TIMER_RECONNECT, self->backoff_ns, 0);
}

/* --- attempts --------------------------------------------------------- */

static void
forget(struct unix_connector *self, bsk_ctx *ctx, struct attempt *attempt)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct attempt **place = &self->attempts;

	while (*place != attempt)
		place = &(*place)->next;
	*place = attempt->next;
	if (bsk_fd_number(attempt->fd) >= 0)
		(void)os->close(os, bsk_fd_number(attempt->fd));
	free(attempt);
}

static int
succeed(struct unix_connector *self, bsk_ctx *ctx, struct attempt *attempt)
{
	bsk_message *ask = attempt->ask;
	int fd = bsk_fd_number(attempt->fd);
	struct ucred peer = bsk_unix_peer(bsk_os(ctx), fd);

	attempt->fd = bsk_fd_own(-1);
	forget(self, ctx, attempt);
	if (ask == NULL)
		return connected(self, ctx, fd);
	(void)bsk_answer(ctx, ask, BSK_NEW(bsk_unix_connected,
	    .fd = bsk_fd_own(fd), .pid = peer.pid, .uid = peer.uid,
	    .gid = peer.gid));
	return 0;
}

static int
fail(struct unix_connector *self, bsk_ctx *ctx, bsk_message *ask, int error)
{
	const struct bsk_unix_connect *connect;

	if (ask == NULL) {
		if (self->backoff_ns == 0)
			(void)bsk_log(ctx, BSK_LOG_WARNING,
			    "cannot connect to %s: %s", self->where,
			    strerrordesc_np(-error));
		return disconnected(self, ctx, error);
	}
	connect = bsk_message_body(ask);
	(void)bsk_answer(ctx, ask, BSK_NEW(bsk_result, .error = error,
	    .text = bsk_text_format("cannot connect to %s: %s",
		bsk_text_chars(connect->path), strerrordesc_np(-error)),
	    .field = bsk_text_copy("path")));
	return 0;
}

static int
try(struct unix_connector *self, bsk_ctx *ctx, struct attempt *attempt)
{
	const struct bsk_os *os = bsk_os(ctx);
	int64_t left_ns = attempt->deadline_ns - bsk_now(ctx);
	int error = os->connect(os, bsk_fd_number(attempt->fd),
	    (const struct sockaddr *)&attempt->address, attempt->size);

	if (error == 0)
		return succeed(self, ctx, attempt);
	if (error == -EAGAIN && left_ns > 0) {
		attempt->wait_ns = attempt->wait_ns == 0
		    ? WAIT_FIRST_NS : 2 * attempt->wait_ns;
		if (attempt->wait_ns > WAIT_MAX_NS)
			attempt->wait_ns = WAIT_MAX_NS;
		return bsk_timer_arm(ctx, attempt->timer,
		    attempt->wait_ns < left_ns ? attempt->wait_ns : left_ns, 0);
	}
	if (error == -EAGAIN)
		error = -ETIMEDOUT;
	error = fail(self, ctx, attempt->ask, error);
	forget(self, ctx, attempt);
	return error;
}

/* Begins to connect; `ask` is held, or NULL. */
static int
begin(struct unix_connector *self, bsk_ctx *ctx, bsk_message *ask,
    const char *path, int64_t timeout_ns)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct attempt *attempt = calloc(1, sizeof(*attempt));
	int error;

	if (attempt == NULL)
		return fail(self, ctx, ask, -ENOMEM);
	attempt->next = self->attempts;
	self->attempts = attempt;
	attempt->ask = ask;
	attempt->timer = ++self->timers;
	attempt->deadline_ns =
	    bsk_now(ctx) + (timeout_ns > 0 ? timeout_ns : TIMEOUT_NS);
	error = bsk_unix_address(path, &attempt->address, &attempt->size);
	if (error == 0) {
		error = os->socket(os, AF_UNIX, SOCK_STREAM, 0);
		attempt->fd = bsk_fd_own(error);
	}
	if (error >= 0)
		return try(self, ctx, attempt);
	forget(self, ctx, attempt);
	return fail(self, ctx, ask, error);
}

static int
on_connect(struct unix_connector *self, bsk_ctx *ctx,
    const struct bsk_unix_connect *connect)
{
	bsk_message *ask = bsk_hold(ctx);

	if (ask == NULL)
		return -ENOMEM;
	return begin(self, ctx, ask, bsk_text_chars(connect->path),
	    connect->timeout_ns);
}

static int
connect_ourselves(struct unix_connector *self, bsk_ctx *ctx)
{
	if (self->where[0] == '\0')
		return 0;
	return begin(self, ctx, NULL, self->where, self->config->timeout_ns);
}

static int
on_open(struct unix_connector *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)open;
	self->config = bsk_config(ctx);
	self->where = bsk_text_chars(self->config->path);
	return connect_ourselves(self, ctx);
}

/* --- passing on ------------------------------------------------------- */

/* Keeps the message in hand until there is a connection. */
static int
keep(struct unix_connector *self, bsk_ctx *ctx)
{
	uint32_t most = self->config->max_waiting > 0
	    ? self->config->max_waiting : WAITING_DEFAULT;
	bsk_message *message = bsk_hold(ctx);

	if (message != NULL && self->waiting == NULL) {
		self->waiting = calloc(most, sizeof(bsk_message *));
		self->room = self->waiting == NULL ? 0 : most;
	}
	if (message == NULL)
		return -ENOMEM;
	if (self->count < self->room)
		self->waiting[self->count++] = message;
	else
		bsk_let_go(ctx, message, BSK_END_DROPPED);
	return 0;
}

static int
on_bytes(struct unix_connector *self, bsk_ctx *ctx,
    const struct bsk_bytes *bytes)
{
	(void)bytes;
	if (bsk_ref_is_nobody(self->connection))
		return keep(self, ctx);
	return bsk_forward(ctx, self->connection);
}

static int
on_ended(struct unix_connector *self, bsk_ctx *ctx,
    const struct bsk_stream_ended *ended)
{
	if (!bsk_ref_equal(bsk_sender(ctx), self->connection))
		return 0;
	return disconnected(self, ctx, ended->reason);
}

/* It ended without a word. */
static int
on_down(struct unix_connector *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	if (!bsk_ref_equal(down->actor, self->connection))
		return 0;
	return disconnected(self, ctx, down->reason);
}

static int
on_timer(struct unix_connector *self, bsk_ctx *ctx,
    const struct bsk_timer_due *due)
{
	struct attempt *attempt = self->attempts;

	if (due->timer == TIMER_RECONNECT)
		return connect_ourselves(self, ctx);
	while (attempt != NULL && attempt->timer != due->timer)
		attempt = attempt->next;
	return attempt == NULL ? 0 : try(self, ctx, attempt);
}

/* --- ending ----------------------------------------------------------- */

static int
on_drain(struct unix_connector *self, bsk_ctx *ctx,
    const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = true;
	if (!bsk_ref_is_nobody(self->connection))
		return bsk_stop(ctx, self->connection);
	bsk_exit(ctx, 0);
	return 0;
}

/* The runtime lets go of what is held: as lost, and asks fail. */
static int
on_close(struct unix_connector *self, bsk_ctx *ctx,
    const struct bsk_close *close)
{
	(void)close;
	while (self->attempts != NULL)
		forget(self, ctx, self->attempts);
	free(self->waiting);
	return 0;
}
