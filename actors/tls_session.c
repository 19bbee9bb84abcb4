/* actors/tls_session.c - how a tls actor goes through its states. */
#include <errno.h>

#include <buskin/log.h>
#include <buskin/tls_session.h>

#define HANDSHAKE_NS INT64_C(60000000000)
#define SHUTDOWN_NS INT64_C(30000000000)
#define SECOND_NS 1e9

/* --- failing ---------------------------------------------------------- */

int
bsk_tls_session_abort(struct bsk_tls_session *self, bsk_ctx *ctx)
{
	self->state = BSK_TLS_SHUTDOWN;
	self->deaf = true;
	self->stopped = true;
	if (self->over)
		return 0;
	return bsk_send(ctx, self->wire.stream,
	    BSK_NEW(bsk_stream_abort, .reserved = 0));
}

/* How long what a timer stands for may take. */
static int64_t
patience_ns(const struct bsk_tls_session *self, enum bsk_tls_timer timer)
{
	const struct bsk_tls_terms *terms = &self->config->terms;
	bool is_handshake = timer == BSK_TLS_TIMER_HANDSHAKE;
	int64_t after_ns = is_handshake ? terms->handshake_timeout_ns
	    : terms->shutdown_timeout_ns;

	if (after_ns > 0)
		return after_ns;
	return is_handshake ? HANDSHAKE_NS : SHUTDOWN_NS;
}

/* What the peer has sent will not do. It is told so by an alert, which gets as
 * much time as a farewell. */
static int
fail(struct bsk_tls_session *self, bsk_ctx *ctx, int error,
    const struct bsk_tls_fault *fault)
{
	if (error == -ENOMEM)
		return error;
	self->reason = error;
	bsk_tls_tell_failed(ctx, error == -EKEYREJECTED ? BSK_TLS_UNTRUSTED
	    : BSK_TLS_PROTOCOL, error, bsk_text_copy(fault->text));
	self->state = BSK_TLS_SHUTDOWN;
	self->deaf = true;
	self->peer_done = true;
	return bsk_timer_arm(ctx, BSK_TLS_TIMER_SHUTDOWN,
	    patience_ns(self, BSK_TLS_TIMER_SHUTDOWN), 0);
}

/* --- ending ----------------------------------------------------------- */

int
bsk_tls_session_time_out(struct bsk_tls_session *self, bsk_ctx *ctx,
    enum bsk_tls_timer timer)
{
	bool is_late = timer == BSK_TLS_TIMER_HANDSHAKE &&
	    self->state != BSK_TLS_HANDSHAKE;

	if (is_late || self->over)
		return 0;
	if (self->reason < 0) /* told already; it was the alert that waited */
		return bsk_tls_session_abort(self, ctx);
	self->reason = -ETIMEDOUT;
	bsk_tls_tell_failed(ctx, BSK_TLS_TIMEOUT, -ETIMEDOUT,
	    bsk_text_format("the TLS %s took longer than %g s",
		timer == BSK_TLS_TIMER_HANDSHAKE ? "handshake" : "shutdown",
		(double)patience_ns(self, timer) / SECOND_NS));
	return bsk_tls_session_abort(self, ctx);
}

int
bsk_tls_session_end(struct bsk_tls_session *self, bsk_ctx *ctx)
{
	if (self->state == BSK_TLS_HANDSHAKE)
		return bsk_tls_session_abort(self, ctx);
	if (self->state == BSK_TLS_WRAPPED)
		self->state = BSK_TLS_FLUSHING;
	if (self->state == BSK_TLS_UNWRAPPED) {
		self->state = BSK_TLS_SHUTDOWN;
		self->peer_done = true;
	}
	return bsk_timer_arm(ctx, BSK_TLS_TIMER_SHUTDOWN,
	    patience_ns(self, BSK_TLS_TIMER_SHUTDOWN), 0);
}

int
bsk_tls_session_linger(struct bsk_tls_session *self, bsk_ctx *ctx)
{
	int64_t linger_ns = self->config->stream.linger_ns;

	self->lingering = linger_ns > 0 && self->used &&
	    self->state != BSK_TLS_HANDSHAKE &&
	    bsk_timer_arm(ctx, BSK_TLS_TIMER_LINGER, linger_ns, 0) == 0;
	return self->lingering ? 0 : bsk_tls_session_end(self, ctx);
}

/* The peer writes no more: it said so, or it is torn off. */
static int
end_reading(struct bsk_tls_session *self, bsk_ctx *ctx, bool is_torn)
{
	if (self->peer_done)
		return 0;
	self->peer_done = true;
	self->broken = is_torn || self->state == BSK_TLS_UNWRAPPED;
	if (self->state == BSK_TLS_SHUTDOWN)
		return 0;
	self->truncated = is_torn && self->state != BSK_TLS_UNWRAPPED;
	if (self->state == BSK_TLS_HANDSHAKE) {
		self->reason = -ECONNABORTED;
		bsk_tls_tell_failed(ctx, BSK_TLS_HANGUP, self->reason,
		    bsk_text_copy("the peer hung up during the handshake"));
		return bsk_tls_session_abort(self, ctx);
	}
	bsk_tls_tell(ctx, BSK_NEW(bsk_stream_eof,
	    .read_bytes = self->wire.read_bytes));
	if (self->config->stream.half_close)
		(void)bsk_log(ctx, BSK_LOG_WARNING,
		    "half_close has no effect over TLS");
	return bsk_tls_session_linger(self, ctx);
}

static void
end(struct bsk_tls_session *self, bsk_ctx *ctx)
{
	bool was_reset = self->ended.reason == -ECONNRESET && self->broken;

	/* Who has said its farewell need not stay to hear ours. */
	if (self->peer_done && !was_reset && self->wire.first == NULL &&
	    self->ended.unsent_bytes <= self->farewell)
		self->ended.reason = 0;
	if (self->reason < 0)
		self->ended.reason = self->reason;
	self->ended.truncated = self->truncated;
	bsk_tls_tell_ended(ctx, &self->wire, self->ended);
	bsk_exit(ctx, 0);
}

/* --- going on --------------------------------------------------------- */

static int
shake(struct bsk_tls_session *self, bsk_ctx *ctx)
{
	struct bsk_tls_fault fault;
	int error = bsk_tls_engine_shake(self->wire.engine, &fault);

	if (error == -EAGAIN && self->eof)
		return end_reading(self, ctx, true);
	if (error < 0)
		return error == -EAGAIN ? 0 : fail(self, ctx, error, &fault);
	self->state = BSK_TLS_WRAPPED;
	(void)bsk_timer_disarm(ctx, BSK_TLS_TIMER_HANDSHAKE);
	self->agreed = bsk_tls_engine_describe(self->wire.engine);
	return bsk_tls_tell_ready(ctx, &self->agreed);
}

static int
receive(struct bsk_tls_session *self, bsk_ctx *ctx)
{
	struct bsk_tls_fault fault;
	int error;

	if (self->state == BSK_TLS_UNWRAPPED)
		return self->eof ? end_reading(self, ctx, false) : 0;
	if (self->paused && !self->deaf)
		return bsk_tls_wire_pace(&self->wire, ctx);
	error = bsk_tls_wire_drain(&self->wire, ctx, self->deaf, &fault);
	if (error == 0 || (error == -EAGAIN && self->eof))
		return end_reading(self, ctx, error < 0);
	if (error != -EAGAIN)
		return fail(self, ctx, error, &fault);
	return bsk_tls_wire_pace(&self->wire, ctx);
}

static int
transmit(struct bsk_tls_session *self, bsk_ctx *ctx)
{
	struct bsk_tls_fault fault;
	int result = bsk_tls_wire_pour(&self->wire, ctx, &fault);

	if (result > 0)
		bsk_notice_post(ctx, self->turn, 1);
	if (result != 0)
		return result > 0 ? 0 : fail(self, ctx, result, &fault);
	if (self->state != BSK_TLS_FLUSHING)
		return 0;
	self->state = BSK_TLS_SHUTDOWN;
	self->farewell = self->wire.sent_bytes;
	bsk_tls_engine_farewell(self->wire.engine);
	result = bsk_tls_wire_send(&self->wire, ctx);
	self->farewell = self->wire.sent_bytes - self->farewell;
	return result;
}

/* Moves the bytes that can be moved. */
static int
move(struct bsk_tls_session *self, bsk_ctx *ctx)
{
	int error = 0;

	if (self->state == BSK_TLS_HANDSHAKE)
		error = shake(self, ctx);
	if (error == 0 && self->state != BSK_TLS_HANDSHAKE &&
	    self->reason == 0 && !self->stopped)
		error = receive(self, ctx);
	if (error == 0 && (self->state == BSK_TLS_WRAPPED ||
	    self->state == BSK_TLS_FLUSHING))
		error = transmit(self, ctx);
	return error < 0 ? error : bsk_tls_wire_send(&self->wire, ctx);
}

int
bsk_tls_session_go(struct bsk_tls_session *self, bsk_ctx *ctx)
{
	int error = move(self, ctx);

	if (error < 0)
		return error;
	if (self->over) {
		if (self->peer_done || self->deaf)
			end(self, ctx);
		return 0;
	}
	if (self->state < BSK_TLS_SHUTDOWN || !self->peer_done ||
	    self->stopped)
		return 0;
	self->stopped = true;
	return bsk_stop(ctx, self->wire.stream);
}

int
bsk_tls_session_shake(struct bsk_tls_session *self, bsk_ctx *ctx)
{
	int error = bsk_timer_arm(ctx, BSK_TLS_TIMER_HANDSHAKE,
	    patience_ns(self, BSK_TLS_TIMER_HANDSHAKE), 0);

	self->state = BSK_TLS_HANDSHAKE;
	return error < 0 ? error : bsk_tls_session_go(self, ctx);
}
