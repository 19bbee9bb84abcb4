/* actors/stream.c - a stream: bytes in and out of a non-blocking descriptor.
 *
 *   hears   bsk_bytes         from anybody: to be written
 *           bsk_fd_ready      from the reactor; or from itself, to go on
 *           bsk_stream_pause, _resume, _finish, _abort
 *   says    bsk_bytes         through "data": what was read
 *           bsk_stream_eof, bsk_stream_ended   to its parent
 *
 * Each side is open or over (its number is -1); when both are over, the stream
 * ends. Output is tried at once; the reactor watches for room only while some
 * waits: on a socket each message that the peer takes would wake us in vain.
 */
#include <errno.h>

#include <buskin/actor.h>
#include <buskin/intake.h>
#include <buskin/notice.h>
#include <buskin/outbox.h>
#include <buskin/reactor.h>
#include <buskin/stream.h>

#define MESSAGE_COST 128 /* bytes that a message counts beside its own */
#define PATIENCE_NS INT64_C(30000000000) /* with the reactor */

struct stream {
	struct bsk_stream_config limits; /* the numbers, with their defaults */
	bsk_fd fd;         /* of one side or of both */
	bsk_fd write_fd;   /* of the writing side, if that is another */
	int in;            /* the number to read; -1: that side is over */
	int out;           /* the number to write; -1: that side is over */
	bsk_ref reactor;
	bsk_notice *turn;  /* to ourselves: the budget was used, go on */
	struct bsk_intake intake;
	struct bsk_outbox outbox;
	uint64_t unread_bytes; /* in the pipe when its reader left */
	int reason;        /* why the writing side failed, if it did */
	bool out_asked;    /* the reactor watches for room */
	bool gone;         /* the peer takes nothing any more */
	bool paused;       /* reading, by request */
	bool choked;       /* reading, by our own output */
	bool used;         /* somebody has sent us something to write */
	bool lingering;    /* finish when nothing comes any more */
	bool finishing;    /* shut the writing side when all is written */
	bool ended;        /* and said so */
};

BSK_HANDLER(on_open, stream, bsk_open);
BSK_HANDLER(on_ready, stream, bsk_fd_ready);
BSK_HANDLER(on_bytes, stream, bsk_bytes);
BSK_HANDLER(on_pause, stream, bsk_stream_pause);
BSK_HANDLER(on_resume, stream, bsk_stream_resume);
BSK_HANDLER(on_finish, stream, bsk_stream_finish);
BSK_HANDLER(on_abort, stream, bsk_stream_abort);
BSK_HANDLER(on_result, stream, bsk_result);
BSK_HANDLER(on_failed, stream, bsk_ask_failed);
BSK_HANDLER(on_linger, stream, bsk_timer_due);
BSK_HANDLER(on_drain, stream, bsk_drain);
BSK_HANDLER(on_close, stream, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_fd_ready, on_ready),
	BSK_ON(bsk_bytes, on_bytes),
	BSK_ON(bsk_stream_pause, on_pause),
	BSK_ON(bsk_stream_resume, on_resume),
	BSK_ON(bsk_stream_finish, on_finish),
	BSK_ON(bsk_stream_abort, on_abort),
	BSK_ON(bsk_result, on_result),
	BSK_ON(bsk_ask_failed, on_failed),
	BSK_ON(bsk_timer_due, on_linger),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

static const struct bsk_port ports[] = {
	[BSK_STREAM_DATA] = BSK_PORT_OUT("data", bsk_bytes, "what was read"),
	[BSK_STREAM_BYTES] = BSK_PORT_IN("bytes", bsk_bytes, "what to write"),
};

const struct bsk_class bsk_stream_class = BSK_CLASS(stream, "stream",
    "bytes in and out of a descriptor", handlers, BSK_PORTS(ports),
    .config = &bsk_stream_config_type);

static int
take_config(struct stream *self, const struct bsk_stream_config *config)
{
	struct bsk_stream_config *limits = &self->limits;

	self->fd = bsk_fd_own(bsk_fd_take(&config->fd));
	self->write_fd = bsk_fd_own(bsk_fd_take(&config->write_fd));
	*limits = *config;
	limits->read_size += limits->read_size == 0 ? 65536 : 0;
	limits->read_budget += limits->read_budget == 0 ? 262144 : 0;
	limits->high_water += limits->high_water == 0 ? 65536 : 0;
	limits->low_water += limits->low_water > 0 ? 0 : limits->high_water / 4;
	self->in = config->write_only ? -1 : bsk_fd_number(self->fd);
	self->out = bsk_fd_number(self->write_fd);
	if (self->out < 0 && !config->read_only)
		self->out = bsk_fd_number(self->fd);
	return self->in < 0 && self->out < 0 ? -EBADF : 0;
}

/* Asks the reactor for the events that matter to a descriptor now. */
static int
watch(const struct stream *self, bsk_ctx *ctx, int fd)
{
	uint32_t events = BSK_FD_RDHUP;
	uint64_t ask;

	if (fd == self->in)
		events |= BSK_FD_IN;
	if (fd == self->out && self->out_asked)
		events |= BSK_FD_OUT;
	return bsk_ask(ctx, self->reactor, BSK_NEW(bsk_fd_watch, .fd = fd,
	    .events = events), PATIENCE_NS, &ask);
}

static int
on_open(struct stream *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_stream_config *config = bsk_config(ctx);
	const struct bsk_fd_ready turn = { .fd = -2 }; /* neither side */
	int error;

	(void)open;
	error = bsk_service(ctx, &bsk_reactor_class, &self->reactor);
	if (error == 0)
		error = config == NULL ? -EBADF : take_config(self, config);
	if (error < 0)
		return error;
	bsk_intake_open(&self->intake, ctx, bsk_fd_number(self->fd));
	error = bsk_notice_new(ctx, bsk_self(ctx), &bsk_fd_ready_type, &turn,
	    offsetof(struct bsk_fd_ready, events), &self->turn);
	if (error == 0 && self->in >= 0)
		error = watch(self, ctx, self->in);
	if (error == 0 && self->out >= 0 && self->out != self->in)
		error = watch(self, ctx, self->out);
	return error;
}

static void
release(const struct stream *self, bsk_ctx *ctx, bsk_fd *fd)
{
	if (bsk_fd_number(*fd) >= 0)
		(void)bsk_send(
		    ctx, self->reactor, BSK_NEW(bsk_fd_release, .fd = *fd));
	*fd = bsk_fd_own(-1);
}

static void
end(struct stream *self, bsk_ctx *ctx, int reason)
{
	if (self->ended)
		return;
	self->ended = true;
	self->in = self->out = -1;
	bsk_outbox_lose(&self->outbox, ctx);
	if (!bsk_ref_is_nobody(bsk_parent(ctx)))
		(void)bsk_send(ctx, bsk_parent(ctx), BSK_NEW(bsk_stream_ended,
		    .reason = reason, .read_bytes = self->intake.read_bytes,
		    .written_bytes = self->outbox.written_bytes,
		    .unsent_bytes = self->outbox.lost_bytes,
		    .unsent_messages = self->outbox.lost_messages,
		    .unread_bytes = self->unread_bytes));
	bsk_exit(ctx, 0);
}

/* Shuts the writing side, or ends, when the time has come. */
static void
settle(struct stream *self, bsk_ctx *ctx)
{
	if (self->out >= 0 && self->finishing && self->outbox.count == 0) {
		if (self->out == self->in)
			(void)bsk_os(ctx)->shutdown(
			    bsk_os(ctx), self->out, SHUT_WR);
		release(self, ctx, &self->write_fd);
		self->out = -1;
	}
	if (self->in < 0 && self->out < 0)
		end(self, ctx, self->reason);
}

/* The peer takes nothing any more. What it sent before may still be read. */
static void
lose_out(struct stream *self, bsk_ctx *ctx, int error)
{
	self->unread_bytes = bsk_outbox_unread(ctx, self->out);
	self->reason = error == 0 && self->outbox.count > 0 ? -EPIPE : error;
	bsk_outbox_lose(&self->outbox, ctx);
	self->choked = false;
	self->finishing = true;
	settle(self, ctx);
}

/* Finishes as soon as nothing more comes to be written. */
static void
linger(struct stream *self, bsk_ctx *ctx)
{
	self->lingering = self->limits.linger_ns > 0 &&
	    bsk_timer_arm(ctx, 0, self->limits.linger_ns, 0) == 0;
	self->finishing = self->finishing || !self->lingering;
}

static void
on_eof(struct stream *self, bsk_ctx *ctx)
{
	if (!bsk_ref_is_nobody(bsk_parent(ctx)))
		(void)bsk_send(ctx, bsk_parent(ctx), BSK_NEW(bsk_stream_eof,
		    .read_bytes = self->intake.read_bytes));
	self->in = -1;
	if (self->out >= 0 && self->gone)
		lose_out(self, ctx, 0);
	else if (self->out >= 0 && !self->limits.half_close)
		linger(self, ctx);
	settle(self, ctx);
}

/* Reads once and passes it on. Returns how much it was; 0: no more for now. */
static size_t
read_once(struct stream *self, bsk_ctx *ctx, size_t size)
{
	bsk_buf bytes;
	ssize_t got;

	if (self->in < 0 || self->paused || self->choked)
		return 0;
	got = bsk_intake_read(&self->intake, ctx, self->in, size, &bytes);
	/* A wire may refuse; want of memory would make a hole. */
	if (got > 0 && bsk_emit(ctx, BSK_STREAM_DATA,
	    BSK_NEW(bsk_bytes, .bytes = bytes)) == -ENOMEM)
		got = -ENOMEM;
	if (got == 0)
		on_eof(self, ctx);
	else if (got < 0 && got != -EAGAIN)
		end(self, ctx, (int)got);
	return got > 0 ? (size_t)got : 0;
}

static void
read_on(struct stream *self, bsk_ctx *ctx)
{
	size_t left = self->limits.read_budget;
	size_t size = self->limits.read_size;
	size_t got = 1;

	for (; got > 0 && left > 0; left -= got)
		got = read_once(self, ctx, size < left ? size : left);
	if (left == 0)
		bsk_notice_post(ctx, self->turn, BSK_FD_IN);
}

/* After each attempt to write, with what came of it. Many small messages must
 * stop the reading too: they fill a mailbox. */
static void
wrote(struct stream *self, bsk_ctx *ctx, int error)
{
	size_t count = self->outbox.count;
	uint64_t waiting = self->outbox.waiting_bytes + MESSAGE_COST * count;
	bool was_choked = self->choked;

	if (error == 0 && (count > 0) != self->out_asked) {
		self->out_asked = count > 0;
		error = watch(self, ctx, self->out);
	}
	if (error < 0)
		lose_out(self, ctx, error);
	else if (waiting > self->limits.high_water)
		self->choked = true;
	else if (waiting <= self->limits.low_water)
		self->choked = false;
	settle(self, ctx);
	if (was_choked && !self->choked)
		read_on(self, ctx);
}

/* There is room, or there never will be again. */
static void
on_out(struct stream *self, bsk_ctx *ctx, uint32_t events)
{
	self->gone = self->gone || (events & (BSK_FD_HUP | BSK_FD_ERR)) != 0;
	if (self->outbox.count > 0)
		wrote(self, ctx,
		    bsk_outbox_flush(&self->outbox, ctx, self->out));
	if (self->gone && self->out >= 0 && self->out != self->in)
		lose_out(self, ctx, 0);
}

static int
on_bytes(struct stream *self, bsk_ctx *ctx, const struct bsk_bytes *bytes)
{
	if (self->out < 0 || self->finishing) {
		bsk_let_go(ctx, bsk_hold(ctx),
		    self->reason < 0 ? BSK_END_LOST : BSK_END_DROPPED);
		return 0;
	}
	self->used = true;
	if (self->lingering)
		linger(self, ctx);
	wrote(self, ctx,
	    bsk_outbox_put(&self->outbox, ctx, self->out, bytes));
	return 0;
}

static int
on_ready(struct stream *self, bsk_ctx *ctx, const struct bsk_fd_ready *ready)
{
	if (ready->fd == self->in)
		bsk_intake_told(&self->intake, ready->events);
	if (ready->fd == self->out)
		on_out(self, ctx, ready->events);
	read_on(self, ctx);
	return 0;
}

static int
on_pause(struct stream *self, bsk_ctx *ctx, const struct bsk_stream_pause *it)
{
	(void)ctx;
	(void)it;
	self->paused = true;
	return 0;
}

static int
on_resume(struct stream *self, bsk_ctx *ctx, const struct bsk_stream_resume *it)
{
	(void)it;
	self->paused = false;
	read_on(self, ctx);
	return 0;
}

static int
on_finish(struct stream *self, bsk_ctx *ctx, const struct bsk_stream_finish *it)
{
	(void)it;
	self->finishing = true;
	settle(self, ctx);
	return 0;
}

static int
on_abort(struct stream *self, bsk_ctx *ctx, const struct bsk_stream_abort *it)
{
	(void)it;
	end(self, ctx, self->reason);
	return 0;
}

static int
on_result(struct stream *self, bsk_ctx *ctx, const struct bsk_result *result)
{
	int error = result->error;

	if (error == -EPERM && self->outbox.count == 0)
		error = bsk_intake_unwatched(&self->intake);
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
	self->finishing = true;
	settle(self, ctx);
	return 0;
}

/* Whoever has answered before may be about to answer. */
static int
on_drain(struct stream *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->in = -1;
	self->finishing = self->finishing || !self->used || self->gone;
	linger(self, ctx);
	settle(self, ctx);
	return 0;
}

static int
on_close(struct stream *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	end(self, ctx, close->reason);
	release(self, ctx, &self->fd);
	release(self, ctx, &self->write_fd);
	if (self->turn != NULL)
		bsk_notice_free(ctx, self->turn);
	return 0;
}
