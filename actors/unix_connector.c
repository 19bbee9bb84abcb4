/* actors/unix_connector.c - connects to Unix sockets.
 *
 *   hears   bsk_unix_connect, bsk_unix_cancel   from whoever wants a connection
 *           bsk_bytes           for the connection it has made by itself
 *           bsk_stream_ended, bsk_down   from that connection
 *   says    bsk_unix_connected, bsk_unix_refused   to whoever asked
 *
 * How an accept queue that is full is waited for: buskin/unix_attempt.h.
 */
#include <errno.h>
#include <stdlib.h>

#include <buskin/actor.h>
#include <buskin/log.h>
#include <buskin/stream.h>
#include <buskin/unix_attempt.h>
#include <buskin/unix_crowd.h>

#define MS_NS INT64_C(1000000)
#define RECONNECT_MAX_NS (10000 * MS_NS)
#define WAITING_DEFAULT 1024

/* Our timers; the others are attempts. */
enum { TIMER_RECONNECT, TIMER_DOWN, TIMER_LAST = TIMER_DOWN };

struct unix_connector {
	const struct bsk_unix_connector_config *config;
	const char *where;      /* its path */
	struct bsk_unix_attempt *attempts;
	uint64_t timers;        /* given out to attempts so far */
	bsk_ref connection;     /* our child; nobody: there is none */
	int reason;             /* with which it ended, when it has */
	struct ucred peer;      /* who is at its other end */
	uint64_t made;          /* connections ever */
	uint64_t failures;      /* attempts that came to nothing */
	int64_t backoff_ns;     /* before the next try; 0: all is well */
	bsk_message **waiting;  /* for a connection; the oldest first */
	uint32_t count;         /* of them */
	uint32_t room;          /* for them */
	bool draining;
};

BSK_HANDLER(on_open, unix_connector, bsk_open);
BSK_HANDLER(on_connect, unix_connector, bsk_unix_connect);
BSK_HANDLER(on_cancel, unix_connector, bsk_unix_cancel);
BSK_HANDLER(on_status, unix_connector, bsk_status_ask);
BSK_HANDLER(on_bytes, unix_connector, bsk_bytes);
BSK_HANDLER(on_eof, unix_connector, bsk_stream_eof);
BSK_HANDLER(on_ended, unix_connector, bsk_stream_ended);
BSK_HANDLER(on_down, unix_connector, bsk_down);
BSK_HANDLER(on_timer, unix_connector, bsk_timer_due);
BSK_HANDLER(on_drain, unix_connector, bsk_drain);
BSK_HANDLER(on_close, unix_connector, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_unix_connect, on_connect),
	BSK_ON(bsk_unix_cancel, on_cancel),
	BSK_ON(bsk_status_ask, on_status),
	BSK_ON(bsk_bytes, on_bytes),
	BSK_ON(bsk_stream_eof, on_eof),
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
    .config = &bsk_unix_connector_config_type,
    .check = bsk_unix_connector_check,
    .status = &bsk_unix_connector_status_type, .fds = 1);

/* --- our own connection ----------------------------------------------- */

static int
spawn(struct unix_connector *self, bsk_ctx *ctx, int fd)
{
	struct bsk_framer_config how = {
		.frame = self->config->frame,
		.max_frame = self->config->max_frame,
		.stream = { .fd = bsk_fd_own(fd) },
		.tls_role = BSK_TLS_CLIENT, .tls = self->config->tls,
	};

	return bsk_unix_connection_spawn(
	    ctx, BSK_UNIX_CONNECTOR_DATA, &how, &self->connection);
}

/* What waits is put back to the front of the mailbox, last first: it comes
 * again, in order, now that there is a connection to pass it on to. */
static int
connected(struct unix_connector *self, bsk_ctx *ctx, int fd)
{
	int error;

	self->peer = bsk_unix_peer(bsk_os(ctx), fd);
	error = spawn(self, ctx, fd);
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
	(void)bsk_timer_disarm(ctx, TIMER_DOWN);
	if (self->draining || self->config->reconnect_first_ns <= 0) {
		bsk_exit(ctx, self->draining ? 0 : reason);
		return 0;
	}
	if (most_ns <= 0)
		most_ns = RECONNECT_MAX_NS;
	wait_ns = wait_ns == 0 ? self->config->reconnect_first_ns :
	    wait_ns > most_ns / 2 ? most_ns : 2 * wait_ns;
	self->backoff_ns = wait_ns < most_ns ? wait_ns : most_ns;
	return bsk_timer_arm(ctx, TIMER_RECONNECT, self->backoff_ns, 0);
}

/* --- attempts --------------------------------------------------------- */

static int
succeed(struct unix_connector *self, bsk_ctx *ctx,
    struct bsk_unix_attempt *attempt)
{
	bsk_message *ask = attempt->ask;
	bool pidfd = attempt->pidfd;
	int fd = bsk_unix_attempt_take(attempt);

	self->made++;
	bsk_unix_attempt_drop(&self->attempts, ctx, attempt);
	if (ask == NULL)
		return connected(self, ctx, fd);
	(void)bsk_answer(ctx, ask, bsk_unix_connected_new(ctx, fd, pidfd));
	return 0;
}

/* Of our own connection. */
static int
fail(struct unix_connector *self, bsk_ctx *ctx, int error)
{
	self->failures++;
	if (self->backoff_ns == 0)
		(void)bsk_log(ctx, BSK_LOG_WARNING, "cannot connect to %s: %s",
		    self->where, bsk_reason_text(error));
	return disconnected(self, ctx, error);
}

/* The socket is closed before anybody is told. */
static int
give_up(struct unix_connector *self, bsk_ctx *ctx,
    struct bsk_unix_attempt *attempt, int error)
{
	bsk_message *ask = attempt->ask;

	bsk_unix_attempt_drop(&self->attempts, ctx, attempt);
	if (ask == NULL)
		return fail(self, ctx, error);
	self->failures++;
	(void)bsk_answer(ctx, ask, bsk_unix_refused_new(
	    bsk_message_body(ask), error, "path", ""));
	return 0;
}

static int
try(struct unix_connector *self, bsk_ctx *ctx,
    struct bsk_unix_attempt *attempt)
{
	int64_t wait_ns;
	int error = bsk_unix_attempt_try(attempt, ctx, &wait_ns);

	if (error == 0)
		return succeed(self, ctx, attempt);
	if (error == -EAGAIN)
		return bsk_timer_arm(ctx, attempt->timer, wait_ns, 0);
	return give_up(self, ctx, attempt, error);
}

static void
enlist(struct unix_connector *self, struct bsk_unix_attempt *attempt)
{
	attempt->next = self->attempts;
	attempt->timer = TIMER_LAST + ++self->timers;
	self->attempts = attempt;
}

static int
on_connect(struct unix_connector *self, bsk_ctx *ctx,
    const struct bsk_unix_connect *connect)
{
	struct bsk_unix_attempt *attempt = NULL;
	bsk_message *answer;
	int error = bsk_unix_attempt_asked(ctx, connect, &attempt, &answer);

	if (attempt == NULL) {
		*(error < 0 ? &self->failures : &self->made) += 1;
		(void)bsk_reply(ctx, answer);
		return 0;
	}
	attempt->ask = bsk_hold(ctx);
	enlist(self, attempt);
	return try(self, ctx, attempt);
}

static int
on_cancel(struct unix_connector *self, bsk_ctx *ctx,
    const struct bsk_unix_cancel *cancel)
{
	struct bsk_unix_attempt *attempt = self->attempts;

	(void)cancel;
	while (attempt != NULL) {
		struct bsk_unix_attempt *next = attempt->next;

		if (attempt->ask != NULL && bsk_ref_equal(
		    bsk_message_sender(attempt->ask), bsk_sender(ctx))) {
			(void)bsk_timer_disarm(ctx, attempt->timer);
			(void)give_up(self, ctx, attempt, -ECANCELED);
		}
		attempt = next;
	}
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = 0));
	return 0;
}

static int
on_status(struct unix_connector *self, bsk_ctx *ctx,
    const struct bsk_status_ask *ask)
{
	bool connected = !bsk_ref_is_nobody(self->connection);
	struct bsk_unix_connector_status status = {
		.path = bsk_text_copy(self->where), .connected = connected,
		.connection = self->connection, .waiting = self->count,
		.made = self->made, .failures = self->failures,
	};
	const struct bsk_unix_attempt *attempt = self->attempts;

	(void)ask;
	for (; attempt != NULL; attempt = attempt->next)
		status.attempts++;
	if (connected) {
		status.pid = self->peer.pid;
		status.uid = self->peer.uid;
		status.gid = self->peer.gid;
	}
	(void)bsk_reply(ctx, bsk_message_new(
	    &bsk_unix_connector_status_type, &status));
	return 0;
}

static int
connect_ourselves(struct unix_connector *self, bsk_ctx *ctx)
{
	struct bsk_unix_attempt *attempt;
	int error;

	if (self->where[0] == '\0')
		return 0;
	error = bsk_unix_attempt_new(
	    ctx, self->where, self->config->timeout_ns, &attempt);
	if (error < 0)
		return fail(self, ctx, error);
	enlist(self, attempt);
	return try(self, ctx, attempt);
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
on_eof(struct unix_connector *self, bsk_ctx *ctx,
    const struct bsk_stream_eof *eof)
{
	(void)self;
	(void)ctx;
	(void)eof;
	return 0;
}

static int
on_ended(struct unix_connector *self, bsk_ctx *ctx,
    const struct bsk_stream_ended *ended)
{
	if (!bsk_ref_equal(bsk_sender(ctx), self->connection))
		return 0;
	return disconnected(self, ctx, ended->reason);
}

/* This overtakes what it said in the end: only behind that we know whether it
 * ended without a word. */
static int
on_down(struct unix_connector *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	if (!bsk_ref_equal(down->actor, self->connection))
		return 0;
	self->reason = down->reason;
	return bsk_timer_arm(ctx, TIMER_DOWN, 0, 0);
}

static int
on_timer(struct unix_connector *self, bsk_ctx *ctx,
    const struct bsk_timer_due *due)
{
	struct bsk_unix_attempt *attempt = self->attempts;

	if (due->timer == TIMER_RECONNECT)
		return connect_ourselves(self, ctx);
	if (due->timer == TIMER_DOWN)
		return disconnected(self, ctx, self->reason);
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
		bsk_unix_attempt_drop(
		    &self->attempts, ctx, self->attempts);
	free(self->waiting);
	return 0;
}
