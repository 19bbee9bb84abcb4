/* actors/unix_listener.c - listens on a Unix socket.
 *
 *   hears   bsk_fd_ready        from the reactor: somebody wants to connect
 *           bsk_stream_ended, bsk_down   from its connections
 *   says    bsk_listener_ready, bsk_unix_accepted   to whom its config says
 *
 * Each connection is a child, a stream or a framer with its stream, that is
 * wired as the listener is. When descriptors run out, the queue is left alone
 * for a while: said once, tried again after ever longer pauses, and at once
 * when a connection has ended.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/actor.h>
#include <buskin/framer.h>
#include <buskin/log.h>
#include <buskin/notice.h>
#include <buskin/reactor.h>
#include <buskin/unix.h>

#define BATCH 64 /* connections accepted in one turn */
#define BACKLOG_DEFAULT 128
#define CONNECTIONS_DEFAULT 1024
#define PATIENCE_NS INT64_C(30000000000) /* with the reactor */
#define DRAIN_NS INT64_C(2000000000)
#define PAUSE_FIRST_NS INT64_C(10000000)
#define PAUSE_MAX_NS INT64_C(1000000000)
#define PAUSE_AT_ONCE_NS INT64_C(1000000) /* a descriptor is about to be free */

/* Our timers. */
enum { TIMER_PAUSE, TIMER_DRAIN };

struct unix_listener {
	const struct bsk_unix_listener_config *config;
	const char *where;    /* its path */
	struct bsk_unix_socket file; /* what is to be removed at the end */
	bsk_fd fd;            /* the socket that listens */
	bsk_ref reactor;
	bsk_notice *turn;     /* to ourselves: the batch was used, go on */
	bsk_ref *connections; /* children */
	uint32_t count;       /* of them */
	uint32_t room;        /* for them */
	uint32_t limit;       /* of them at a time */
	int64_t pause_ns;     /* the last, after a failure; 0: none */
	bool pending;         /* somebody may be in the queue */
	bool paused;          /* until a timer tells */
	bool draining;
};

BSK_HANDLER(on_open, unix_listener, bsk_open);
BSK_HANDLER(on_ready, unix_listener, bsk_fd_ready);
BSK_HANDLER(on_result, unix_listener, bsk_result);
BSK_HANDLER(on_failed, unix_listener, bsk_ask_failed);
BSK_HANDLER(on_ended, unix_listener, bsk_stream_ended);
BSK_HANDLER(on_down, unix_listener, bsk_down);
BSK_HANDLER(on_timer, unix_listener, bsk_timer_due);
BSK_HANDLER(on_drain, unix_listener, bsk_drain);
BSK_HANDLER(on_close, unix_listener, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_fd_ready, on_ready),
	BSK_ON(bsk_result, on_result),
	BSK_ON(bsk_ask_failed, on_failed),
	BSK_ON(bsk_stream_ended, on_ended),
	BSK_ON(bsk_down, on_down),
	BSK_ON(bsk_timer_due, on_timer),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

static const struct bsk_port ports[] = {
	[BSK_UNIX_LISTENER_DATA] =
	    BSK_PORT_OUT("data", bsk_bytes, "what connections send"),
};

const struct bsk_class bsk_unix_listener_class = BSK_CLASS(unix_listener,
    "unix-listener", "listens on a Unix socket", handlers, BSK_PORTS(ports),
    .config = &bsk_unix_listener_config_type, .fds = 2); /* and a client */

/* --- opening ---------------------------------------------------------- */

static int
listen_on_path(struct unix_listener *self, bsk_ctx *ctx)
{
	const struct bsk_unix_listener_config *config = self->config;
	const char *why = NULL;
	int error = bsk_unix_listen(bsk_os(ctx), self->where,
	    config->mode != 0 ? config->mode : 0600,
	    config->backlog > 0 ? config->backlog : BACKLOG_DEFAULT,
	    &self->file, &why);

	if (error < 0)
		(void)bsk_log(ctx, BSK_LOG_ERROR, "cannot listen on %s: %s%s%s",
		    self->where, strerrordesc_np(-error),
		    why != NULL ? ": " : "", why != NULL ? why : "");
	else
		self->fd = bsk_fd_own(self->file.fd);
	return error;
}

/* Takes a socket that was handed over, if it is one that listens. */
static int
listen_on_fd(struct unix_listener *self, bsk_ctx *ctx)
{
	int error;

	self->fd = bsk_fd_own(bsk_fd_take(&self->config->fd));
	error = bsk_unix_adopt(bsk_os(ctx), bsk_fd_number(self->fd));
	if (error < 0)
		(void)bsk_log(ctx, BSK_LOG_ERROR, "cannot listen on "
		    "descriptor %d: it is no Unix socket that listens",
		    bsk_fd_number(self->fd));
	return error;
}

static int
on_open(struct unix_listener *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_fd_ready turn = { .fd = -1 };
	uint64_t ask;
	int error;

	(void)open;
	self->config = bsk_config(ctx);
	self->where = bsk_text_chars(self->config->path);
	self->limit = self->config->max_connections > 0
	    ? self->config->max_connections : CONNECTIONS_DEFAULT;
	error = bsk_service(ctx, &bsk_reactor_class, &self->reactor);
	if (error == 0)
		error = bsk_notice_new(ctx, bsk_self(ctx), &bsk_fd_ready_type,
		    &turn, offsetof(struct bsk_fd_ready, events), &self->turn);
	if (error == 0 && bsk_fd_number(self->config->fd) >= 0)
		error = listen_on_fd(self, ctx);
	else if (error == 0)
		error = listen_on_path(self, ctx);
	if (error < 0)
		return error;
	return bsk_ask(ctx, self->reactor, BSK_NEW(bsk_fd_watch,
	    .fd = bsk_fd_number(self->fd), .events = BSK_FD_IN), PATIENCE_NS,
	    &ask);
}

/* Whom the config names; in mode "fd", if none, the parent. */
static bsk_ref
whom(const struct unix_listener *self, bsk_ctx *ctx)
{
	if (bsk_ref_is_nobody(self->config->to) &&
	    self->config->accept == BSK_UNIX_FD)
		return bsk_parent(ctx);
	return self->config->to;
}

static int
on_result(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_result *result)
{
	bsk_ref to = whom(self, ctx);

	if (result->error < 0 || bsk_ref_is_nobody(to))
		return result->error;
	return bsk_send(ctx, to,
	    BSK_NEW(bsk_listener_ready, .path = bsk_text_copy(self->where)));
}

static int
on_failed(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	(void)self;
	(void)ctx;
	return failed->reason;
}

/* --- accepting -------------------------------------------------------- */

static int
hand_over(const struct unix_listener *self, bsk_ctx *ctx, int fd)
{
	struct ucred peer = bsk_unix_peer(bsk_os(ctx), fd);

	return bsk_send(ctx, whom(self, ctx), BSK_NEW(bsk_unix_accepted,
	    .fd = bsk_fd_own(fd), .pid = peer.pid, .uid = peer.uid,
	    .gid = peer.gid));
}

static int
make_room(struct unix_listener *self)
{
	uint32_t room = self->room > 0 ? 2 * self->room : 16;
	bsk_ref *connections =
	    realloc(self->connections, room * sizeof(*connections));

	if (connections == NULL)
		return -ENOMEM;
	self->connections = connections;
	self->room = room;
	return 0;
}

static int
spawn(struct unix_listener *self, bsk_ctx *ctx, int fd, bsk_ref *ret_child)
{
	const struct bsk_unix_listener_config *config = self->config;
	struct bsk_framer_config framer = {
		.frame = config->frame, .max_frame = config->max_frame,
		.stream = { .fd = bsk_fd_own(fd),
			.half_close = config->half_close,
			.linger_ns = config->linger_ns },
	};
	const struct bsk_class *class_ = &bsk_stream_class;
	struct bsk_spawn_options options = {
		.capacity = BSK_CONNECTION_CAPACITY,
		.capacity_bytes = BSK_CONNECTION_CAPACITY_BYTES,
	};
	struct bsk_parcel *parcel;

	options.wire_count =
	    bsk_wires(ctx, BSK_UNIX_LISTENER_DATA, &options.wires);
	if (config->frame == BSK_FRAME_NONE) {
		parcel = bsk_parcel_new(
		    &bsk_stream_config_type, &framer.stream);
	} else {
		class_ = &bsk_framer_class;
		parcel = bsk_parcel_new(&bsk_framer_config_type, &framer);
	}
	return bsk_spawn(ctx, class_, parcel, &options, ret_child);
}

/* One that cannot be served is hung up on; serving goes on. */
static void
serve(struct unix_listener *self, bsk_ctx *ctx, int fd)
{
	const struct bsk_os *os = bsk_os(ctx);
	int error = self->count == self->room ? make_room(self) : 0;

	if (error < 0)
		(void)os->close(os, fd);
	else if (self->config->accept == BSK_UNIX_FD)
		error = hand_over(self, ctx, fd);
	else
		error = spawn(self, ctx, fd, &self->connections[self->count]);
	if (error < 0)
		(void)bsk_log(ctx, BSK_LOG_ERROR, "%s: hung up on a client: %s",
		    self->where, strerrordesc_np(-error));
	else if (self->config->accept == BSK_UNIX_STREAM)
		self->count++;
}

/* Lets the queue alone for a while; says so once. */
static void
pause_accepting(struct unix_listener *self, bsk_ctx *ctx, int error)
{
	if (self->pause_ns == 0)
		(void)bsk_log(ctx, BSK_LOG_WARNING,
		    "%s: cannot accept for now: %s", self->where,
		    strerrordesc_np(-error));
	self->pause_ns =
	    self->pause_ns == 0 ? PAUSE_FIRST_NS : 2 * self->pause_ns;
	if (self->pause_ns > PAUSE_MAX_NS)
		self->pause_ns = PAUSE_MAX_NS;
	self->paused =
	    bsk_timer_arm(ctx, TIMER_PAUSE, self->pause_ns, 0) == 0;
}

static void
accept_some(struct unix_listener *self, bsk_ctx *ctx)
{
	const struct bsk_os *os = bsk_os(ctx);
	unsigned left = BATCH;

	while (self->pending && !self->paused && !self->draining &&
	    self->count < self->limit) {
		int fd;

		if (left-- == 0) {
			bsk_notice_post(ctx, self->turn, BSK_FD_IN);
			return;
		}
		fd = os->accept(os, bsk_fd_number(self->fd), NULL, NULL);
		if (fd >= 0) {
			serve(self, ctx, fd);
		} else if (fd == -EAGAIN) {
			self->pending = false;
			self->pause_ns = 0;
		} else if (fd != -ECONNABORTED) {
			pause_accepting(self, ctx, fd);
		}
	}
}

static int
on_ready(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_fd_ready *ready)
{
	(void)ready;
	self->pending = true;
	accept_some(self, ctx);
	return 0;
}

/* --- connections ------------------------------------------------------ */

static int
on_ended(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_stream_ended *ended)
{
	if (ended->reason == -EMSGSIZE || ended->reason == -EBADMSG)
		(void)bsk_log(ctx, BSK_LOG_NOTICE,
		    "%s: hung up on a client: it sent %s", self->where,
		    ended->reason == -EMSGSIZE ?
		    "a frame that is too large" : "what is no frame");
	return 0;
}

static int
on_down(struct unix_listener *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	uint32_t index = 0;

	while (index < self->count &&
	    !bsk_ref_equal(self->connections[index], down->actor))
		index++;
	if (index == self->count)
		return 0;
	self->connections[index] = self->connections[--self->count];
	if (self->draining && self->count == 0)
		bsk_exit(ctx, 0);
	else if (self->paused)
		return bsk_timer_arm(ctx, TIMER_PAUSE, PAUSE_AT_ONCE_NS, 0);
	accept_some(self, ctx);
	return 0;
}

static int
on_timer(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_timer_due *due)
{
	if (due->timer == TIMER_DRAIN) {
		(void)bsk_log(ctx, BSK_LOG_WARNING,
		    "%s: cuts off %u clients that did not finish in time",
		    self->where, self->count);
		bsk_exit(ctx, 0); /* its children go with it */
		return 0;
	}
	self->paused = false;
	accept_some(self, ctx);
	return 0;
}

/* --- ending ----------------------------------------------------------- */

/* The file goes first: nobody shall find it and then nobody behind it. */
static void
stop_listening(struct unix_listener *self, bsk_ctx *ctx)
{
	if (bsk_fd_number(self->fd) < 0)
		return;
	bsk_unix_unlink(bsk_os(ctx), self->where, &self->file);
	(void)bsk_send(
	    ctx, self->reactor, BSK_NEW(bsk_fd_release, .fd = self->fd));
	self->fd = bsk_fd_own(-1);
}

static int
on_drain(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_drain *drain)
{
	int64_t drain_ns = self->config->drain_ns;
	int error = 0;
	uint32_t index;

	(void)drain;
	self->draining = true;
	stop_listening(self, ctx);
	if (self->count == 0)
		bsk_exit(ctx, 0);
	for (index = 0; index < self->count && error == 0; index++)
		error = bsk_stop(ctx, self->connections[index]);
	if (error < 0)
		return error;
	return bsk_timer_arm(
	    ctx, TIMER_DRAIN, drain_ns > 0 ? drain_ns : DRAIN_NS, 0);
}

static int
on_close(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_close *close)
{
	(void)close;
	stop_listening(self, ctx);
	free(self->connections);
	if (self->turn != NULL)
		bsk_notice_free(ctx, self->turn);
	return 0;
}
