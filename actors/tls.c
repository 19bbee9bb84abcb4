/* actors/tls.c - TLS over a stream.
 *
 *   hears   bsk_bytes          from its stream: to be decrypted; from others:
 *                              to be encrypted
 *           bsk_stream_sendfile, _sendfile_cancel   from others
 *           bsk_stream_eof, bsk_stream_ended   from its stream
 *           bsk_stream_pause, _resume, _finish, _abort, _limit,
 *           _pressure_watch, bsk_tls_start
 *   says    bsk_bytes          through "data": what was decrypted
 *           bsk_tls_ready, bsk_tls_failed, bsk_stream_eof, bsk_stream_ended
 *                              to its parent
 *
 * What comes is noted here; the session does what follows from it.
 */
#include <errno.h>

#include <buskin/actor.h>
#include <buskin/log.h>
#include <buskin/notice.h>
#include <buskin/sendfile_entry.h>
#include <buskin/status.h>
#include <buskin/tls_session.h>

#define LATE_MAX 5 /* messages after the end until that is said */

/* Of the stream. It reads no more when *more* than this waits. */
#define HIGH_WATER (512 * 1024 - 1)
#define LOW_WATER (128 * 1024)

struct tls {
	struct bsk_tls_session session;
	uint64_t late;       /* messages that came after the end */
	uint64_t late_limit; /* at how many it is said next */
};

/* The notice to ourselves. */
struct tls_turn {
	uint32_t bits; /* 1 */
};

static const struct bsk_field turn_fields[] = {
	BSK_FIELD(tls_turn, bits, "1"),
};
static const struct bsk_type tls_turn_type =
	BSK_TYPE(tls_turn, "go on", turn_fields);

/* What waits, waits in the stream, and that tells whoever has asked us. */
#define PASSES(tag)                        \
	BSK_HANDLER(pass_##tag, tls, tag)  \
	{                                  \
		(void)body;                \
		return bsk_forward(ctx, self->session.wire.stream); \
	}

BSK_HANDLER(on_open, tls, bsk_open);
BSK_HANDLER(on_start, tls, bsk_tls_start);
BSK_HANDLER(on_bytes, tls, bsk_bytes);
BSK_HANDLER(on_file, tls, bsk_stream_sendfile);
BSK_HANDLER(on_cancel, tls, bsk_stream_sendfile_cancel);
PASSES(bsk_stream_limit)
PASSES(bsk_stream_pressure_watch)
BSK_HANDLER(on_turn, tls, tls_turn);
BSK_HANDLER(on_eof, tls, bsk_stream_eof);
BSK_HANDLER(on_ended, tls, bsk_stream_ended);
BSK_HANDLER(on_pause, tls, bsk_stream_pause);
BSK_HANDLER(on_resume, tls, bsk_stream_resume);
BSK_HANDLER(on_finish, tls, bsk_stream_finish);
BSK_HANDLER(on_abort, tls, bsk_stream_abort);
BSK_HANDLER(on_timer, tls, bsk_timer_due);
BSK_HANDLER(on_status, tls, bsk_status_ask);
BSK_HANDLER(on_drain, tls, bsk_drain);
BSK_HANDLER(on_close, tls, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_tls_start, on_start),
	BSK_ON(bsk_bytes, on_bytes),
	BSK_ON(bsk_stream_sendfile, on_file),
	BSK_ON(bsk_stream_sendfile_cancel, on_cancel),
	BSK_ON(bsk_stream_limit, pass_bsk_stream_limit),
	BSK_ON(bsk_stream_pressure_watch, pass_bsk_stream_pressure_watch),
	BSK_ON(tls_turn, on_turn),
	BSK_ON(bsk_stream_eof, on_eof),
	BSK_ON(bsk_stream_ended, on_ended),
	BSK_ON(bsk_stream_pause, on_pause),
	BSK_ON(bsk_stream_resume, on_resume),
	BSK_ON(bsk_stream_finish, on_finish),
	BSK_ON(bsk_stream_abort, on_abort),
	BSK_ON(bsk_timer_due, on_timer),
	BSK_ON(bsk_status_ask, on_status),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

static const struct bsk_port ports[] = {
	[BSK_TLS_DATA] = BSK_PORT_OUT("data", bsk_bytes, "what was decrypted"),
	[BSK_TLS_BYTES] = BSK_PORT_IN("bytes", bsk_bytes, "what to encrypt"),
};

const struct bsk_class bsk_tls_class = BSK_CLASS(tls, "tls",
    "speaks TLS over a stream", handlers, BSK_PORTS(ports),
    .config = &bsk_tls_config_type, .status = &bsk_tls_status_type, .fds = 1);

/* --- beginning -------------------------------------------------------- */

static int
spawn_stream(struct bsk_tls_session *self, bsk_ctx *ctx)
{
	const struct bsk_wire wire = {
		.port = { "data" }, .to = bsk_self(ctx),
	};
	const struct bsk_spawn_options options = {
		.wires = &wire, .wire_count = 1,
		.capacity = BSK_CONNECTION_CAPACITY,
		.capacity_bytes = BSK_CONNECTION_CAPACITY_BYTES,
	};
	struct bsk_stream_config own = self->config->stream;

	own.fd = bsk_fd_move(&self->config->stream.fd);
	own.write_fd = bsk_fd_move(&self->config->stream.write_fd);
	own.half_close = true; /* until we have said our farewell */
	own.linger_ns = 0;
	own.high_water += own.high_water == 0 ? HIGH_WATER : 0;
	own.low_water += own.low_water == 0 ? LOW_WATER : 0;
	return bsk_spawn(ctx, &bsk_stream_class,
	    bsk_parcel_new(&bsk_stream_config_type, &own), &options,
	    &self->wire.stream);
}

/* The terms have become wrong since they were checked: a file has gone. */
static int
refuse(bsk_ctx *ctx, const struct bsk_tls_fault *fault)
{
	struct bsk_stream_ended ended = { .reason = fault->error };

	bsk_tls_tell(ctx, BSK_NEW(bsk_tls_failed, .error = fault->error,
	    .cause = BSK_TLS_CONFIG, .text = bsk_text_copy(fault->text),
	    .field = bsk_text_copy(fault->field)));
	bsk_tls_tell(ctx, bsk_message_new(&bsk_stream_ended_type, &ended));
	return fault->error;
}

static int
on_open(struct tls *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_tls_config *config = bsk_config(ctx);
	const struct tls_turn turn = { 0 };
	struct bsk_tls_fault fault;
	int error;

	(void)open;
	self->late_limit = LATE_MAX;
	self->session.config = config;
	if (config == NULL)
		return -EBADF;
	error = bsk_tls_wire_open(&self->session.wire, ctx, config, &fault);
	if (error < 0)
		return refuse(ctx, &fault);
	error = bsk_notice_new(ctx, bsk_self(ctx), &tls_turn_type, &turn,
	    offsetof(struct tls_turn, bits), &self->session.turn);
	if (error == 0)
		error = spawn_stream(&self->session, ctx);
	if (error < 0 || config->in_the_clear)
		return error;
	return bsk_tls_session_shake(&self->session, ctx);
}

/* Answers what is no part of the protocol, if its sender asked. */
static int
answer(bsk_ctx *ctx, int error, const char *text)
{
	error = bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
	    .text = bsk_text_copy(text)));
	return error == -ENOMEM ? error : 0;
}

static int
on_start(struct tls *self, bsk_ctx *ctx, const struct bsk_tls_start *start)
{
	struct bsk_tls_session *session = &self->session;
	int error = 0;

	if (session->state != BSK_TLS_UNWRAPPED || session->eof)
		return answer(ctx, -EALREADY, "this is no stream in the clear");
	if (session->paused)
		error = bsk_send(ctx, session->wire.stream,
		    BSK_NEW(bsk_stream_resume, .reserved = 0));
	if (error == 0)
		error = bsk_tls_wire_feed(&session->wire, &start->received);
	if (error == 0)
		error = answer(ctx, 0, NULL);
	return error < 0 ? error : bsk_tls_session_shake(session, ctx);
}

/* --- bytes ------------------------------------------------------------ */

/* What comes after the end is let go, and that is said: at first at the fifth,
 * then whenever they are twice as many. */
static void
refuse_late(struct tls *self, bsk_ctx *ctx)
{
	bsk_let_go(ctx, bsk_hold(ctx), self->session.reason < 0
	    ? BSK_END_LOST : BSK_END_DROPPED);
	if (++self->late < self->late_limit)
		return;
	self->late_limit *= 2;
	(void)bsk_log(ctx, BSK_LOG_WARNING, "the TLS connection is closed: "
	    "%llu messages for it were dropped",
	    (unsigned long long)self->late);
}

static int
take_plain(struct tls *self, bsk_ctx *ctx, size_t size)
{
	struct bsk_tls_session *session = &self->session;
	int error = 0;

	if (session->state > BSK_TLS_WRAPPED) {
		refuse_late(self, ctx);
		return 0;
	}
	session->used = true;
	if (session->lingering)
		error = bsk_tls_session_linger(session, ctx);
	if (error < 0 || size == 0)
		return error;
	if (session->state == BSK_TLS_UNWRAPPED) {
		session->wire.written_bytes += size;
		return bsk_forward(ctx, session->wire.stream);
	}
	error = bsk_tls_wire_put(&session->wire, ctx, size);
	return error < 0 ? error : bsk_tls_session_go(session, ctx);
}

static int
on_bytes(struct tls *self, bsk_ctx *ctx, const struct bsk_bytes *bytes)
{
	struct bsk_tls_session *session = &self->session;
	int error;

	if (!bsk_ref_equal(bsk_sender(ctx), session->wire.stream))
		return take_plain(self, ctx, bytes->bytes.size);
	if (session->state == BSK_TLS_UNWRAPPED)
		return bsk_tls_wire_pass(&session->wire, ctx, &bytes->bytes);
	error = bsk_tls_wire_feed(&session->wire, &bytes->bytes);
	return error < 0 ? error : bsk_tls_session_go(session, ctx);
}

static int
on_file(struct tls *self, bsk_ctx *ctx, const struct bsk_stream_sendfile *it)
{
	struct bsk_tls_session *session = &self->session;
	int error = 0;

	if (session->state > BSK_TLS_WRAPPED) {
		bsk_sendfile_refuse(ctx, it, (struct bsk_sendfile_verdict){
			-ESHUTDOWN, BSK_SENT_REFUSED, NULL, NULL });
		return 0;
	}
	session->used = true;
	if (session->lingering)
		error = bsk_tls_session_linger(session, ctx);
	if (error < 0)
		return error;
	if (session->state == BSK_TLS_UNWRAPPED)
		return bsk_forward(ctx, session->wire.stream);
	bsk_tls_wire_put_file(&session->wire, ctx, it);
	return bsk_tls_session_go(session, ctx);
}

static int
on_cancel(struct tls *self, bsk_ctx *ctx,
    const struct bsk_stream_sendfile_cancel *it)
{
	struct bsk_tls_session *session = &self->session;

	if (session->state == BSK_TLS_UNWRAPPED)
		return bsk_forward(ctx, session->wire.stream);
	bsk_tls_wire_cancel(&session->wire, ctx, bsk_sender(ctx), it->ticket);
	return bsk_tls_session_go(session, ctx);
}

static int
on_turn(struct tls *self, bsk_ctx *ctx, const struct tls_turn *turn)
{
	(void)turn;
	return bsk_tls_session_go(&self->session, ctx);
}

static int
on_eof(struct tls *self, bsk_ctx *ctx, const struct bsk_stream_eof *eof)
{
	(void)eof;
	self->session.eof = true;
	return bsk_tls_session_go(&self->session, ctx);
}

static int
on_ended(struct tls *self, bsk_ctx *ctx, const struct bsk_stream_ended *ended)
{
	self->session.eof = true;
	self->session.over = true;
	self->session.ended = *ended;
	return bsk_tls_session_go(&self->session, ctx);
}

/* --- what our reader and our parent want ------------------------------- */

static int
on_pause(struct tls *self, bsk_ctx *ctx, const struct bsk_stream_pause *it)
{
	(void)it;
	self->session.paused = true;
	if (self->session.state != BSK_TLS_UNWRAPPED)
		return 0;
	return bsk_send(ctx, self->session.wire.stream,
	    BSK_NEW(bsk_stream_pause, .reserved = 0));
}

static int
on_resume(struct tls *self, bsk_ctx *ctx, const struct bsk_stream_resume *it)
{
	(void)it;
	self->session.paused = false;
	if (self->session.state == BSK_TLS_UNWRAPPED)
		return bsk_send(ctx, self->session.wire.stream,
		    BSK_NEW(bsk_stream_resume, .reserved = 0));
	return bsk_tls_session_go(&self->session, ctx);
}

static int
on_finish(struct tls *self, bsk_ctx *ctx, const struct bsk_stream_finish *it)
{
	(void)self;
	(void)it;
	return answer(ctx, -EOPNOTSUPP,
	    "TLS cannot end one side only: stop the actor");
}

static int
on_abort(struct tls *self, bsk_ctx *ctx, const struct bsk_stream_abort *it)
{
	int error = bsk_tls_session_abort(&self->session, ctx);

	(void)it;
	/* The stream may have ended already, while our reader was paused. */
	return error < 0 ? error : bsk_tls_session_go(&self->session, ctx);
}

static int
on_timer(struct tls *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	struct bsk_tls_session *session = &self->session;
	int error;

	if (due->timer != BSK_TLS_TIMER_LINGER)
		return bsk_tls_session_time_out(
		    session, ctx, (enum bsk_tls_timer)due->timer);
	error = bsk_tls_session_end(session, ctx);
	return error < 0 ? error : bsk_tls_session_go(session, ctx);
}

static int
on_status(struct tls *self, bsk_ctx *ctx, const struct bsk_status_ask *ask)
{
	const struct bsk_tls_session *session = &self->session;
	const struct bsk_tls_status status = {
		.state = (int32_t)session->state,
		.role = session->config->role,
		.truncated = session->truncated, .paused = session->paused,
	};

	(void)ask;
	return bsk_tls_reply_status(
	    ctx, &session->wire, &session->agreed, status);
}

static int
on_drain(struct tls *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	int error;

	(void)drain;
	self->session.deaf = true;
	error = bsk_tls_session_linger(&self->session, ctx);
	return error < 0 ? error : bsk_tls_session_go(&self->session, ctx);
}

static int
on_close(struct tls *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)close;
	(void)bsk_tls_wire_close(&self->session.wire, ctx);
	bsk_type_drop(&bsk_tls_ready_type, &self->session.agreed);
	if (self->session.turn != NULL)
		bsk_notice_free(ctx, self->session.turn);
	return 0;
}
