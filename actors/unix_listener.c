/* actors/unix_listener.c - listens on a Unix socket.
 *
 *   hears   bsk_fd_ready        from the reactor: somebody wants to connect
 *           bsk_stream_ended, bsk_down   from its connections
 *           bsk_listener_start, bsk_listener_stop   from its owner
 *           bsk_listener_credit from whom it hands connections over to
 *   says    bsk_listener_ready, bsk_listener_failed, bsk_unix_accepted
 *                               to whom its config says; the last of these
 *                               through "clients" where that is wired
 *
 * Each connection is a child, a stream, a framer with its stream or a channel,
 * that is wired as the listener is. When descriptors run out, the queue is left
 * alone for a while (buskin/accept.h): said once, and tried again at once when
 * a connection has ended.
 */
#include <errno.h>

#include <buskin/accept.h>
#include <buskin/log.h>
#include <buskin/notice.h>
#include <buskin/reactor.h>
#include <buskin/stream.h>
#include <buskin/unix_channel.h>
#include <buskin/unix_crowd.h>
#include <buskin/unix_door.h>

#define BATCH 64 /* connections accepted in one turn */
#define DRAIN_NS INT64_C(2000000000)
#define SHED_NS INT64_C(10000000000)

/* Our timers. */
enum { TIMER_PAUSE, TIMER_DRAIN, TIMER_ALONE };

struct unix_listener {
	const struct bsk_unix_listener_config *config;
	struct bsk_unix_door door; /* the socket */
	bsk_notice *turn;       /* to ourselves: the batch was used, go on */
	struct bsk_accept accept;
	struct bsk_unix_crowd crowd; /* the connections */
	bsk_message *start;     /* held: who asked us to listen */
	bool serving;           /* it listens, and is watched */
	bool draining;
	int late;               /* -ETIMEDOUT: connections were cut off */
};

BSK_HANDLER(on_open, unix_listener, bsk_open);
BSK_HANDLER(on_start, unix_listener, bsk_listener_start);
BSK_HANDLER(on_ready, unix_listener, bsk_fd_ready);
BSK_HANDLER(on_result, unix_listener, bsk_result);
BSK_HANDLER(on_failed, unix_listener, bsk_ask_failed);
BSK_HANDLER(on_credit, unix_listener, bsk_listener_credit);
BSK_HANDLER(on_eof, unix_listener, bsk_stream_eof);
BSK_HANDLER(on_ended, unix_listener, bsk_stream_ended);
BSK_HANDLER(on_down, unix_listener, bsk_down);
BSK_HANDLER(on_timer, unix_listener, bsk_timer_due);
BSK_HANDLER(on_status, unix_listener, bsk_status_ask);
BSK_HANDLER(on_stop, unix_listener, bsk_listener_stop);
BSK_HANDLER(on_drain, unix_listener, bsk_drain);
BSK_HANDLER(on_close, unix_listener, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_listener_start, on_start),
	BSK_ON(bsk_fd_ready, on_ready),
	BSK_ON(bsk_result, on_result),
	BSK_ON(bsk_ask_failed, on_failed),
	BSK_ON(bsk_listener_credit, on_credit),
	BSK_ON(bsk_stream_eof, on_eof),
	BSK_ON(bsk_stream_ended, on_ended),
	BSK_ON(bsk_down, on_down),
	BSK_ON(bsk_timer_due, on_timer),
	BSK_ON(bsk_status_ask, on_status),
	BSK_ON(bsk_listener_stop, on_stop),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

static const struct bsk_port ports[] = {
	[BSK_UNIX_LISTENER_DATA] =
	    BSK_PORT_OUT("data", bsk_bytes, "what connections send"),
	[BSK_UNIX_LISTENER_CLIENTS] = BSK_PORT_OUT("clients",
	    bsk_unix_accepted, "the connections themselves"),
	[BSK_UNIX_LISTENER_PACKETS] = BSK_PORT_OUT("packets",
	    bsk_unix_packet, "what channels send"),
};

const struct bsk_class bsk_unix_listener_class = BSK_CLASS(unix_listener,
    "unix-listener", "listens on a Unix socket", handlers, BSK_PORTS(ports),
    .config = &bsk_unix_listener_config_type,
    .check = bsk_unix_listener_check,
    .status = &bsk_unix_listener_status_type,
    .fds = 4); /* with a lock, a reserve and a client */

static const char *
where(const struct unix_listener *self)
{
	return bsk_unix_door_name(&self->door);
}

/* --- opening ---------------------------------------------------------- */

static int
on_open(struct unix_listener *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_unix_listener_config *config = bsk_config(ctx);
	const struct bsk_fd_ready turn = { .fd = -1 };
	int error;

	(void)open;
	self->config = config;
	error = bsk_notice_new(ctx, bsk_self(ctx), &bsk_fd_ready_type, &turn,
	    offsetof(struct bsk_fd_ready, events), &self->turn);
	if (error == 0)
		error = bsk_unix_door_open(&self->door, ctx, config);
	if (error < 0)
		return error;
	bsk_accept_open(&self->accept, ctx,
	    config->shed_ns > 0 ? config->shed_ns : SHED_NS);
	return config->wait ? 0 :
	    bsk_unix_door_listen(&self->door, ctx, config);
}

static int
on_start(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_listener_start *start)
{
	const char *why = "the listener listens already";
	int error = -EALREADY;

	(void)start;
	if (self->door.shut) {
		error = -ESHUTDOWN;
		why = "the listener was stopped";
	} else if (!self->door.watched) {
		self->start = bsk_hold(ctx);
		return self->start == NULL ? -ENOMEM :
		    bsk_unix_door_listen(&self->door, ctx, self->config);
	}
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
	    .text = bsk_text_copy(why)));
	return 0;
}

static int
on_result(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_result *result)
{
	bsk_ref host = bsk_unix_crowd_host(self->config, ctx);
	bsk_message *start = self->start;

	if (result->error < 0)
		return bsk_unix_door_fail(ctx, self->config, result->error);
	self->serving = !self->door.shut;
	self->start = NULL;
	if (start != NULL)
		(void)bsk_answer(ctx, start, BSK_NEW(bsk_result,
		    .error = self->serving ? 0 : -ESHUTDOWN));
	if (!self->serving || bsk_ref_is_nobody(host))
		return 0;
	return bsk_send(ctx, host,
	    BSK_NEW(bsk_listener_ready, .path = bsk_text_copy(where(self))));
}

static int
on_failed(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	return bsk_unix_door_fail(ctx, self->config, failed->reason);
}

/* --- accepting -------------------------------------------------------- */

/* One that cannot be served is hung up on; serving goes on. */
static void
admit(struct unix_listener *self, bsk_ctx *ctx, int fd)
{
	int error =
	    bsk_unix_crowd_admit(&self->crowd, ctx, self->config, fd);

	if (error < 0)
		(void)bsk_log(ctx, BSK_LOG_ERROR, "%s: hung up on a client: %s",
		    where(self), bsk_reason_text(error));
}

/* Lets the queue alone for a while; says so once. */
static void
pause_accepting(struct unix_listener *self, bsk_ctx *ctx, int error)
{
	if (self->accept.is_first)
		(void)bsk_log(ctx, BSK_LOG_WARNING,
		    "%s: cannot accept for now: %s", where(self),
		    bsk_reason_text(error));
	if (bsk_timer_arm(ctx, TIMER_PAUSE,
	    bsk_accept_pause_ns(&self->accept), 0) < 0)
		bsk_accept_resume(&self->accept);
}

static void
accept_some(struct unix_listener *self, bsk_ctx *ctx)
{
	unsigned left = BATCH;
	int fd = 0;

	while (fd >= 0 && !self->door.shut &&
	    !bsk_unix_crowd_is_full(&self->crowd, self->config)) {
		if (left-- == 0) {
			bsk_notice_post(ctx, self->turn, BSK_FD_IN);
			return;
		}
		fd = bsk_accept_next(&self->accept, ctx,
		    bsk_fd_number(self->door.fd));
		if (fd >= 0)
			admit(self, ctx, fd);
		else if (fd != -EAGAIN)
			pause_accepting(self, ctx, fd);
	}
}

static int
on_ready(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_fd_ready *ready)
{
	(void)ready;
	bsk_accept_told(&self->accept);
	accept_some(self, ctx);
	return 0;
}

static int
on_credit(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_listener_credit *credit)
{
	bsk_unix_crowd_credit(&self->crowd, credit->count);
	if (self->serving && !self->accept.paused)
		accept_some(self, ctx);
	return 0;
}

/* --- connections ------------------------------------------------------ */

/* The stream knows itself what to do then. */
static int
on_eof(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_stream_eof *eof)
{
	(void)self;
	(void)ctx;
	(void)eof;
	return 0;
}

static int
on_ended(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_stream_ended *ended)
{
	if (ended->reason == -EMSGSIZE || ended->reason == -EBADMSG)
		(void)bsk_log(ctx, BSK_LOG_NOTICE,
		    "%s: hung up on a client: it sent %s", where(self),
		    ended->reason == -EMSGSIZE ?
		    "a frame that is too large" : "what is no frame");
	return 0;
}

/* The last connection is gone. */
static void
be_alone(struct unix_listener *self, bsk_ctx *ctx)
{
	bsk_unix_crowd_tell(&self->crowd, ctx, self->late);
	if (self->draining)
		bsk_exit(ctx, 0);
}

/* This overtakes what the connection has told before: when it was the last, we
 * go on behind that. */
static int
on_down(struct unix_listener *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	if (!bsk_unix_crowd_left(&self->crowd, down->actor))
		return 0;
	if (self->crowd.count == 0 && self->door.shut)
		return bsk_timer_arm(ctx, TIMER_ALONE, 0, 0);
	if (self->accept.paused)
		return bsk_timer_arm(ctx, TIMER_PAUSE,
		    bsk_accept_freed_ns(&self->accept), 0);
	accept_some(self, ctx);
	return 0;
}

static int
cut_off(struct unix_listener *self, bsk_ctx *ctx)
{
	if (self->crowd.count == 0)
		return 0;
	(void)bsk_log(ctx, BSK_LOG_WARNING,
	    "%s: cuts off %u clients that did not finish in time",
	    where(self), self->crowd.count);
	bsk_unix_crowd_kill(&self->crowd, ctx);
	self->late = -ETIMEDOUT;
	return 0;
}

static int
on_timer(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_timer_due *due)
{
	if (due->timer == TIMER_DRAIN)
		return cut_off(self, ctx);
	if (due->timer == TIMER_ALONE) {
		be_alone(self, ctx);
		return 0;
	}
	bsk_accept_resume(&self->accept);
	accept_some(self, ctx);
	return 0;
}

/* --- looking ---------------------------------------------------------- */

static int
on_status(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_status_ask *ask)
{
	(void)ask;
	(void)bsk_reply(ctx, BSK_NEW(bsk_unix_listener_status,
	    .path = bsk_text_copy(where(self)), .serving = self->serving,
	    .paused = self->accept.paused, .connections = self->crowd.count,
	    .accepted = self->accept.accepted,
	    .refused = self->crowd.refused + self->accept.shed,
	    .failures = self->accept.failures,
	    .clients = bsk_unix_crowd_list(&self->crowd),
	    .fds = bsk_unix_door_fds(&self->door)));
	return 0;
}

/* --- ending ----------------------------------------------------------- */

static void
stop_listening(struct unix_listener *self, bsk_ctx *ctx)
{
	self->serving = false;
	bsk_accept_release(&self->accept, ctx);
	bsk_unix_door_shut(&self->door, ctx, self->config);
}

/* Tells the connections to finish. */
static int
drain(struct unix_listener *self, bsk_ctx *ctx, int64_t timeout_ns)
{
	int error = bsk_unix_crowd_stop(&self->crowd, ctx);

	if (error < 0)
		return error;
	if (self->crowd.count == 0)
		return bsk_timer_arm(ctx, TIMER_ALONE, 0, 0);
	if (timeout_ns <= 0)
		timeout_ns = self->config->drain_ns;
	return bsk_timer_arm(
	    ctx, TIMER_DRAIN, timeout_ns > 0 ? timeout_ns : DRAIN_NS, 0);
}

static int
on_stop(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_listener_stop *stop)
{
	int error;

	stop_listening(self, ctx);
	if (!stop->drain) {
		(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = 0));
		return 0;
	}
	error = bsk_unix_crowd_await(&self->crowd, ctx);
	return error < 0 ? error : drain(self, ctx, stop->timeout_ns);
}

static int
on_drain(struct unix_listener *self, bsk_ctx *ctx, const struct bsk_drain *it)
{
	(void)it;
	self->draining = true;
	stop_listening(self, ctx);
	return drain(self, ctx, 0);
}

/* The runtime lets go of what is held: asks fail. */
static int
on_close(struct unix_listener *self, bsk_ctx *ctx,
    const struct bsk_close *close)
{
	(void)close;
	stop_listening(self, ctx);
	bsk_unix_crowd_release(&self->crowd);
	bsk_unix_door_release(&self->door);
	if (self->turn != NULL)
		bsk_notice_free(ctx, self->turn);
	return 0;
}
