/* actors/stream.c - a stream: bytes in and out of a non-blocking descriptor.
 *
 *   hears   bsk_bytes, bsk_stream_sendfile   from anybody: to be written
 *           bsk_fd_ready      from the reactor; or from itself, to go on
 *           bsk_stream_pause, _resume, _finish, _abort, _hand_over, _limit,
 *           _pressure_watch, _sendfile_cancel
 *   says    bsk_bytes         through "data", or to whom it was handed over
 *           bsk_stream_eof, bsk_stream_ended   to its parent, and that one
 *
 * Each side is open or over (its number is -1); both over, the stream ends.
 * Room is watched for only while something waits: else each read would wake us.
 */
#include <errno.h>

#include <buskin/actor.h>
#include <buskin/inlet.h>
#include <buskin/notice.h>
#include <buskin/outlet.h>
#include <buskin/reactor.h>
#include <buskin/status.h>
#include <buskin/stream.h>
#include <buskin/watched.h>

#define TURN (-2) /* for a descriptor's number: we go on by ourselves */

struct stream {
	const struct bsk_stream_config *config;
	struct bsk_watched fd;       /* of one side or of both */
	struct bsk_watched write_fd; /* of the writing side, if another */
	bsk_notice *turn;  /* to ourselves: the budget was used, go on */
	struct bsk_inlet in;
	struct bsk_outlet out;
	bool gone;         /* the peer takes nothing any more */
	bool lingering;    /* finish when nothing comes any more */
	bool ended;        /* and said so */
};

BSK_HANDLER(on_open, stream, bsk_open);
BSK_HANDLER(on_ready, stream, bsk_fd_ready);
BSK_HANDLER(on_bytes, stream, bsk_bytes);
BSK_HANDLER(on_file, stream, bsk_stream_sendfile);
BSK_HANDLER(on_cancel, stream, bsk_stream_sendfile_cancel);
BSK_HANDLER(on_pause, stream, bsk_stream_pause);
BSK_HANDLER(on_resume, stream, bsk_stream_resume);
BSK_HANDLER(on_finish, stream, bsk_stream_finish);
BSK_HANDLER(on_abort, stream, bsk_stream_abort);
BSK_HANDLER(on_hand_over, stream, bsk_stream_hand_over);
BSK_HANDLER(on_limit, stream, bsk_stream_limit);
BSK_HANDLER(on_pressure_watch, stream, bsk_stream_pressure_watch);
BSK_HANDLER(on_status, stream, bsk_status_ask);
BSK_HANDLER(on_result, stream, bsk_result);
BSK_HANDLER(on_failed, stream, bsk_ask_failed);
BSK_HANDLER(on_linger, stream, bsk_timer_due);
BSK_HANDLER(on_down, stream, bsk_down);
BSK_HANDLER(on_drain, stream, bsk_drain);
BSK_HANDLER(on_close, stream, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_fd_ready, on_ready),
	BSK_ON(bsk_bytes, on_bytes),
	BSK_ON(bsk_stream_sendfile, on_file),
	BSK_ON(bsk_stream_sendfile_cancel, on_cancel),
	BSK_ON(bsk_stream_pause, on_pause),
	BSK_ON(bsk_stream_resume, on_resume),
	BSK_ON(bsk_stream_finish, on_finish),
	BSK_ON(bsk_stream_abort, on_abort),
	BSK_ON(bsk_stream_hand_over, on_hand_over),
	BSK_ON(bsk_stream_limit, on_limit),
	BSK_ON(bsk_stream_pressure_watch, on_pressure_watch),
	BSK_ON(bsk_status_ask, on_status),
	BSK_ON(bsk_result, on_result),
	BSK_ON(bsk_ask_failed, on_failed),
	BSK_ON(bsk_timer_due, on_linger),
	BSK_ON(bsk_down, on_down),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

static const struct bsk_port ports[] = {
	[BSK_STREAM_DATA] = BSK_PORT_OUT("data", bsk_bytes, "what was read"),
	[BSK_STREAM_BYTES] = BSK_PORT_IN("bytes", bsk_bytes, "what to write"),
};

const struct bsk_class bsk_stream_class = BSK_CLASS(stream, "stream",
    "bytes in and out of a descriptor", handlers, BSK_PORTS(ports),
    .config = &bsk_stream_config_type, .status = &bsk_stream_status_type);

/* Asks the reactor for what matters now. */
static int
watch(struct stream *self, bsk_ctx *ctx)
{
	const struct bsk_outlet *out = &self->out;
	uint32_t in = self->in.fd >= 0 ? BSK_FD_IN | BSK_FD_RDHUP : 0;
	uint32_t room = BSK_FD_RDHUP;
	int error = 0;

	room |= bsk_outlet_waits(out) ? BSK_FD_OUT : 0;
	if (out->fd >= 0 && out->fd == bsk_fd_number(self->fd.fd))
		in |= room;
	else if (out->fd >= 0)
		error = bsk_watched_want(&self->write_fd, ctx, room);
	if (error == 0 && in != 0)
		error = bsk_watched_want(&self->fd, ctx, in);
	return error;
}

static int
on_open(struct stream *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_stream_config *config = bsk_config(ctx);
	const struct bsk_fd_ready turn = { .fd = TURN };
	int error = bsk_stream_check(ctx, config);

	(void)open;
	self->config = config;
	if (error == 0)
		error = bsk_watched_take(&self->fd, ctx, &config->fd);
	if (error == 0)
		error = bsk_watched_take(&self->write_fd, ctx,
		    &config->write_fd);
	if (error < 0)
		return error;
	bsk_stream_begin(ctx, config, bsk_fd_number(self->fd.fd),
	    bsk_fd_number(self->write_fd.fd), &self->in, &self->out);
	error = bsk_notice_new(ctx, bsk_self(ctx), &bsk_fd_ready_type, &turn,
	    offsetof(struct bsk_fd_ready, events), &self->turn);
	return error < 0 ? error : watch(self, ctx);
}

static void
end(struct stream *self, bsk_ctx *ctx, int reason)
{
	if (!self->ended)
		bsk_stream_conclude(ctx, &self->fd.fd, &self->write_fd.fd,
		    &self->in, &self->out, reason);
	self->ended = true;
	bsk_exit(ctx, 0);
}

/* Shuts the writing side, or ends, when the time has come. */
static void
settle(struct stream *self, bsk_ctx *ctx)
{
	struct bsk_outlet *outlet = &self->out;
	const struct bsk_os *os = bsk_os(ctx);

	if (outlet->fd >= 0 && outlet->finishing && !bsk_outlet_waits(outlet)) {
		if (outlet->fd == self->in.fd)
			(void)os->shutdown(os, outlet->fd, SHUT_WR);
		if (!bsk_fd_is_lent(self->write_fd.fd)) /* it may be read */
			bsk_watched_release(&self->write_fd, ctx);
		outlet->fd = -1;
	}
	if (self->in.fd < 0 && outlet->fd < 0)
		end(self, ctx, outlet->reason);
}

/* The peer takes nothing any more. What it sent before may still be read. */
static void
lose_out(struct stream *self, bsk_ctx *ctx, int error)
{
	bsk_outlet_lose(&self->out, ctx, error);
	self->out.finishing = true;
	settle(self, ctx);
}

/* Finishes as soon as nothing more comes to be written. */
static void
linger(struct stream *self, bsk_ctx *ctx)
{
	self->lingering = self->config->linger_ns > 0 &&
	    bsk_timer_arm(ctx, 0, self->config->linger_ns, 0) == 0;
	self->out.finishing = self->out.finishing || !self->lingering;
}

/* --- reading ---------------------------------------------------------- */

static void
on_eof(struct stream *self, bsk_ctx *ctx)
{
	const struct bsk_stream_eof eof = { self->in.intake.read_bytes };

	bsk_inlet_announce(&self->in, ctx, &bsk_stream_eof_type, &eof);
	if (self->out.fd >= 0 && self->gone)
		lose_out(self, ctx, 0);
	else if (self->out.fd >= 0 && !self->config->half_close)
		linger(self, ctx);
	settle(self, ctx);
}

static void
read_on(struct stream *self, bsk_ctx *ctx)
{
	int result = bsk_inlet_read(&self->in, ctx, self->out.choked);

	if (result > 0)
		bsk_notice_post(ctx, self->turn, BSK_FD_IN);
	else if (result == -ENODATA)
		on_eof(self, ctx);
	else if (result < 0)
		end(self, ctx, result);
}

/* --- writing ---------------------------------------------------------- */

/* After each attempt to write, with what came of it. */
static void
wrote(struct stream *self, bsk_ctx *ctx, int result)
{
	if (result == 1)
		bsk_notice_post(ctx, self->turn, BSK_FD_OUT);
	if (result >= 0 && self->out.fd >= 0)
		result = watch(self, ctx);
	if (result < 0)
		lose_out(self, ctx, result);
	settle(self, ctx);
	if (self->in.held_back && !self->out.choked)
		read_on(self, ctx);
}

/* There is room, or there never will be again. */
static void
on_out(struct stream *self, bsk_ctx *ctx, uint32_t events)
{
	self->gone = self->gone || (events & (BSK_FD_HUP | BSK_FD_ERR)) != 0;
	if (bsk_outlet_waits(&self->out))
		wrote(self, ctx, bsk_outlet_write(&self->out, ctx));
	if (self->gone && self->out.fd >= 0 && self->out.fd != self->in.fd)
		lose_out(self, ctx, 0);
}

/* It waits anew before an answer is written, not after its reader may act. */
static int
on_bytes(struct stream *self, bsk_ctx *ctx, const struct bsk_bytes *bytes)
{
	if (self->lingering)
		linger(self, ctx);
	wrote(self, ctx, bsk_outlet_put(&self->out, ctx, bytes));
	return 0;
}

static int
on_file(struct stream *self, bsk_ctx *ctx, const struct bsk_stream_sendfile *it)
{
	if (self->lingering)
		linger(self, ctx);
	wrote(self, ctx, bsk_outlet_put_file(&self->out, ctx, it));
	return 0;
}

static int
on_cancel(struct stream *self, bsk_ctx *ctx,
    const struct bsk_stream_sendfile_cancel *it)
{
	wrote(self, ctx, bsk_outlet_cancel(&self->out, ctx, it->ticket));
	return 0;
}

static int
on_limit(struct stream *self, bsk_ctx *ctx, const struct bsk_stream_limit *it)
{
	bsk_pressure_limit(&self->out.pressure, ctx, it);
	wrote(self, ctx, bsk_outlet_write(&self->out, ctx));
	return 0;
}

static int
on_pressure_watch(struct stream *self, bsk_ctx *ctx,
    const struct bsk_stream_pressure_watch *it)
{
	(void)it;
	return bsk_pressure_watch(&self->out.pressure, ctx);
}

/* --- events ----------------------------------------------------------- */

static int
on_ready(struct stream *self, bsk_ctx *ctx, const struct bsk_fd_ready *ready)
{
	if (ready->fd == self->in.fd)
		bsk_intake_told(&self->in.intake, ready->events);
	if (ready->fd == TURN)
		on_out(self, ctx, 0);
	else if (ready->fd == self->out.fd)
		on_out(self, ctx, ready->events);
	read_on(self, ctx);
	return 0;
}

/* What has been read before goes the old way, and the answer after it. */
static int
on_hand_over(struct stream *self, bsk_ctx *ctx,
    const struct bsk_stream_hand_over *it)
{
	return bsk_inlet_hand_over(&self->in, ctx, it->to);
}

static int
on_down(struct stream *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	bsk_pressure_forget(&self->out.pressure, down->actor);
	if (bsk_ref_equal(down->actor, self->in.heir))
		end(self, ctx, down->reason);
	return 0;
}

static int
on_status(struct stream *self, bsk_ctx *ctx, const struct bsk_status_ask *it)
{
	(void)it;
	(void)bsk_reply(ctx, bsk_stream_describe(ctx, &self->in, &self->out));
	return 0;
}

static int
on_pause(struct stream *self, bsk_ctx *ctx, const struct bsk_stream_pause *it)
{
	(void)ctx;
	(void)it;
	self->in.paused = true;
	return 0;
}

static int
on_resume(struct stream *self, bsk_ctx *ctx, const struct bsk_stream_resume *it)
{
	(void)it;
	self->in.paused = false;
	read_on(self, ctx);
	return 0;
}

static int
on_finish(struct stream *self, bsk_ctx *ctx, const struct bsk_stream_finish *it)
{
	(void)it;
	self->out.finishing = true;
	settle(self, ctx);
	return 0;
}

static int
on_abort(struct stream *self, bsk_ctx *ctx, const struct bsk_stream_abort *it)
{
	(void)it;
	end(self, ctx, self->out.reason);
	return 0;
}

static int
on_result(struct stream *self, bsk_ctx *ctx, const struct bsk_result *result)
{
	int error = result->error;

	if (error == -EPERM && !bsk_outlet_waits(&self->out))
		error = bsk_intake_unwatched(&self->in.intake);
	if (error < 0)
		end(self, ctx, error);
	read_on(self, ctx);
	return 0;
}

static int
on_failed(struct stream *self, bsk_ctx *ctx, const struct bsk_ask_failed *ask)
{
	end(self, ctx, ask->reason);
	return 0;
}

static int
on_linger(struct stream *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)due;
	return on_finish(self, ctx, NULL);
}

/* Whoever has answered before may be about to answer. */
static int
on_drain(struct stream *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->in.fd = -1;
	if (self->gone || !bsk_outlet_is_used(&self->out))
		self->out.finishing = true;
	linger(self, ctx);
	settle(self, ctx);
	return 0;
}

static int
on_close(struct stream *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	end(self, ctx, close->reason);
	bsk_watched_release(&self->fd, ctx);
	bsk_watched_release(&self->write_fd, ctx);
	if (self->turn != NULL)
		bsk_notice_free(ctx, self->turn);
	return 0;
}
