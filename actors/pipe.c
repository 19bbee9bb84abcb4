/* actors/pipe.c - one end of a pipe.
 *
 *   hears   whatever a stream does, for the one that does the work
 *           bsk_stream_eof, bsk_stream_ended   from it
 *           bsk_status_ask   how does it stand?
 *   says    bsk_pipe_opened, bsk_pipe_refused, bsk_stream_eof,
 *           bsk_stream_ended   to whom its config says
 *           bsk_pipe_status
 *
 * What is wrong with a descriptor or path is found out before anything is done
 * to it. Where an end is opened again, what was read last is kept open until
 * then: a FIFO that nobody has open forgets what is in it.
 */
#include <errno.h>

#include <buskin/actor.h>
#include <buskin/log.h>
#include <buskin/pipe.h>
#include <buskin/status.h>

#define AGAIN_NS INT64_C(100000000) /* until it is tried again to open */
#define PATIENCE_NS INT64_C(10000000000) /* with the stream */

struct pipe_end {
	const struct bsk_pipe_config *config;
	bsk_ref stream; /* the child; nobody: waits to be opened */
	bsk_fd spare;   /* what was read last, until it is opened again */
	struct bsk_pipe_opened opened; /* the last that was said */
	bool was_open;  /* and so it is no mistake in the config that it cannot
	                 * be opened now */
	bsk_message *asker; /* held: waits for what the stream will say */
	bool paused;    /* by request */
	bool closing;   /* by request: not to be opened again */
};

/* What is for the stream: handed to it as it is, with its sender. */
#define PASSES(tag)                             \
	BSK_HANDLER(pass_##tag, pipe_end, tag)  \
	{                                       \
		(void)body;                     \
		return bsk_forward(ctx, self->stream); \
	}

BSK_HANDLER(on_open, pipe_end, bsk_open);
PASSES(bsk_bytes)
BSK_HANDLER(pass_bsk_stream_sendfile, pipe_end, bsk_stream_sendfile)
{
	if (!bsk_ref_is_nobody(self->stream))
		return bsk_forward(ctx, self->stream);
	bsk_sendfiles_refuse(ctx, body, -ESHUTDOWN);
	return 0;
}
PASSES(bsk_stream_sendfile_cancel)
PASSES(bsk_stream_limit)
PASSES(bsk_stream_pressure_watch)
PASSES(bsk_stream_hand_over)
BSK_HANDLER(on_pause, pipe_end, bsk_stream_pause);
BSK_HANDLER(on_resume, pipe_end, bsk_stream_resume);
BSK_HANDLER(on_finish, pipe_end, bsk_stream_finish);
BSK_HANDLER(on_abort, pipe_end, bsk_stream_abort);
BSK_HANDLER(on_eof, pipe_end, bsk_stream_eof);
BSK_HANDLER(on_ended, pipe_end, bsk_stream_ended);
BSK_HANDLER(on_status, pipe_end, bsk_status_ask);
BSK_HANDLER(on_told, pipe_end, bsk_stream_status);
BSK_HANDLER(on_failed, pipe_end, bsk_ask_failed);
BSK_HANDLER(on_timer, pipe_end, bsk_timer_due);
BSK_HANDLER(on_drain, pipe_end, bsk_drain);
BSK_HANDLER(on_close, pipe_end, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_bytes, pass_bsk_bytes),
	BSK_ON(bsk_stream_sendfile, pass_bsk_stream_sendfile),
	BSK_ON(bsk_stream_sendfile_cancel, pass_bsk_stream_sendfile_cancel),
	BSK_ON(bsk_stream_limit, pass_bsk_stream_limit),
	BSK_ON(bsk_stream_pressure_watch, pass_bsk_stream_pressure_watch),
	BSK_ON(bsk_stream_hand_over, pass_bsk_stream_hand_over),
	BSK_ON(bsk_stream_pause, on_pause),
	BSK_ON(bsk_stream_resume, on_resume),
	BSK_ON(bsk_stream_finish, on_finish),
	BSK_ON(bsk_stream_abort, on_abort),
	BSK_ON(bsk_stream_eof, on_eof),
	BSK_ON(bsk_stream_ended, on_ended),
	BSK_ON(bsk_status_ask, on_status),
	BSK_ON(bsk_stream_status, on_told),
	BSK_ON(bsk_ask_failed, on_failed),
	BSK_ON(bsk_timer_due, on_timer),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

static const struct bsk_port ports[] = {
	[BSK_PIPE_DATA] = BSK_PORT_OUT("data", bsk_bytes, "what was read"),
	[BSK_PIPE_BYTES] = BSK_PORT_IN("bytes", bsk_bytes, "what to write"),
};

const struct bsk_class bsk_pipe_class = BSK_CLASS(pipe_end, "pipe",
    "reads or writes a pipe, a FIFO or a terminal", handlers,
    BSK_PORTS(ports), .config = &bsk_pipe_config_type,
    .status = &bsk_pipe_status_type, .fds = 3);

/* --- opening ---------------------------------------------------------- */

/* Whether it may be that it can be opened later. */
static bool
is_for_later(const struct pipe_end *self, int error)
{
	if (!self->config->reopen)
		return false;
	if (error == -ENXIO)
		return self->was_open || self->config->end == BSK_PIPE_WRITE;
	return self->was_open &&
	    (error == -ENOENT || error == -EIO || error == -ENODEV);
}

/* Keeps open, beside the stream, what is to be opened again. */
static void
keep(struct pipe_end *self, const struct bsk_os *os, int fd)
{
	int old = bsk_fd_take(&self->spare);

	if (self->config->reopen && self->config->end == BSK_PIPE_READ)
		self->spare = bsk_fd_own(os->dup(os, fd));
	if (old >= 0)
		(void)os->close(os, old);
}

static int
say_opened(struct pipe_end *self, bsk_ctx *ctx, int fd)
{
	int error = bsk_pipe_look(bsk_os(ctx), fd, &self->opened);

	if (error < 0)
		return error;
	self->was_open = true;
	if (bsk_ref_is_nobody(self->config->to))
		return 0;
	return bsk_send(ctx, self->config->to,
	    bsk_message_new(&bsk_pipe_opened_type, &self->opened));
}

/* The stream is wired as we are. It owns the descriptor from here on. */
static int
spawn(struct pipe_end *self, bsk_ctx *ctx, bsk_fd fd)
{
	bool is_write = self->config->end == BSK_PIPE_WRITE;
	struct bsk_spawn_options options = {
		.capacity = BSK_CONNECTION_CAPACITY,
		.capacity_bytes = BSK_CONNECTION_CAPACITY_BYTES,
	};
	int error;

	options.wire_count = bsk_wires(ctx, BSK_PIPE_DATA, &options.wires);
	error = bsk_spawn(ctx, &bsk_stream_class,
	    BSK_PARCEL(bsk_stream_config, .fd = fd,
		.read_only = !is_write, .write_only = is_write,
		.high_water = self->config->high_water,
		.low_water = self->config->low_water),
	    &options, &self->stream);
	if (error == 0 && self->paused)
		error = bsk_send(ctx, self->stream,
		    BSK_NEW(bsk_stream_pause, .reserved = 0));
	return error;
}

static int
begin(struct pipe_end *self, bsk_ctx *ctx)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct bsk_pipe_trouble trouble;
	bsk_fd fd;
	int error = bsk_pipe_open(os, self->config, &fd, &trouble);

	if (error < 0 && is_for_later(self, error))
		return bsk_timer_arm(ctx, 0, AGAIN_NS, 0);
	if (error < 0)
		return bsk_pipe_refuse(ctx, self->config, error, &trouble);
	error = say_opened(self, ctx, bsk_fd_number(fd));
	if (error < 0) {
		bsk_fd_drop(&fd);
		return error;
	}
	keep(self, os, bsk_fd_number(fd));
	return spawn(self, ctx, fd);
}

static int
on_open(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)open;
	self->config = bsk_config(ctx);
	self->opened.number = -1;
	return self->config == NULL ? -EINVAL : begin(self, ctx);
}

static int
on_timer(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)due;
	return begin(self, ctx);
}

/* --- working ---------------------------------------------------------- */

static int
on_pause(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_stream_pause *it)
{
	(void)it;
	self->paused = true;
	return bsk_forward(ctx, self->stream);
}

static int
on_resume(struct pipe_end *self, bsk_ctx *ctx,
    const struct bsk_stream_resume *it)
{
	(void)it;
	self->paused = false;
	return bsk_forward(ctx, self->stream);
}

static int
pass_on(const struct pipe_end *self, bsk_ctx *ctx)
{
	if (bsk_ref_is_nobody(self->config->to))
		return 0;
	return bsk_forward(ctx, self->config->to);
}

static int
on_eof(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_stream_eof *eof)
{
	(void)eof;
	return pass_on(self, ctx);
}

/* --- how it stands ---------------------------------------------------- */

static int32_t
state_of(const struct pipe_end *self)
{
	if (self->closing)
		return BSK_PIPE_CLOSING;
	if (bsk_ref_is_nobody(self->stream))
		return BSK_PIPE_WAITING;
	return self->paused ? BSK_PIPE_PAUSED : BSK_PIPE_OPEN;
}

static bsk_message *
describe(const struct pipe_end *self, const struct bsk_stream_status *of)
{
	return bsk_pipe_describe(
	    &self->opened, self->config->end, state_of(self), of);
}

/* The stream is asked for one asker at a time: whoever comes in between is told
 * what we know without it. */
static int
on_status(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_status_ask *ask)
{
	const struct bsk_stream_status nothing = { .fd = -1 };
	uint64_t number;

	(void)ask;
	if (self->asker == NULL && !bsk_ref_is_nobody(self->stream) &&
	    bsk_ask(ctx, self->stream, BSK_NEW(bsk_status_ask, .reserved = 0),
	    PATIENCE_NS, &number) == 0)
		self->asker = bsk_hold(ctx);
	else
		(void)bsk_reply(ctx, describe(self, &nothing));
	return 0;
}

static int
answer(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_stream_status *of)
{
	bsk_message *asker = self->asker;

	self->asker = NULL;
	if (asker != NULL)
		(void)bsk_answer(ctx, asker, describe(self, of));
	return 0;
}

static int
on_told(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_stream_status *of)
{
	return answer(self, ctx, of);
}

static int
on_failed(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_ask_failed *ask)
{
	const struct bsk_stream_status nothing = { .fd = -1 };

	(void)ask;
	return answer(self, ctx, &nothing);
}

/* --- ending ----------------------------------------------------------- */

/* One that has ended without a byte is not tried again at once: it may end like
 * that for ever. */
static int
begin_anew(struct pipe_end *self, bsk_ctx *ctx,
    const struct bsk_stream_ended *ended)
{
	if (ended->read_bytes == 0 && ended->written_bytes == 0)
		return bsk_timer_arm(ctx, 0, AGAIN_NS, 0);
	return begin(self, ctx);
}

static int
on_ended(struct pipe_end *self, bsk_ctx *ctx,
    const struct bsk_stream_ended *ended)
{
	bool orderly = bsk_pipe_is_orderly(self->config, ended->reason);
	int error = 0;

	self->stream = bsk_nobody();
	self->opened.number = -1;
	self->opened.inode = 0;
	if (!bsk_ref_is_nobody(self->config->to))
		error = bsk_send(ctx, self->config->to,
		    bsk_message_new(&bsk_stream_ended_type, ended));
	if (error == 0 && self->config->reopen && !self->closing && orderly)
		return begin_anew(self, ctx, ended);
	bsk_exit(ctx, orderly ? error : ended->reason);
	return 0;
}

/* Ends as a stream would, of which there is none now. */
static int
leave(struct pipe_end *self, bsk_ctx *ctx)
{
	bsk_exit(ctx, 0);
	if (bsk_ref_is_nobody(self->config->to))
		return 0;
	return bsk_send(ctx, self->config->to,
	    BSK_NEW(bsk_stream_ended, .reason = 0));
}

static int
on_finish(struct pipe_end *self, bsk_ctx *ctx,
    const struct bsk_stream_finish *it)
{
	(void)it;
	if (self->config->end == BSK_PIPE_READ)
		return 0;
	self->closing = true;
	if (bsk_ref_is_nobody(self->stream))
		return leave(self, ctx);
	return bsk_forward(ctx, self->stream);
}

static int
on_abort(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_stream_abort *it)
{
	(void)it;
	self->closing = true;
	if (bsk_ref_is_nobody(self->stream))
		return leave(self, ctx);
	return bsk_forward(ctx, self->stream);
}

static int
on_drain(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->closing = true;
	if (bsk_ref_is_nobody(self->stream))
		return leave(self, ctx);
	return bsk_stop(ctx, self->stream);
}

static int
on_close(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	int spare = bsk_fd_take(&self->spare);

	(void)close;
	if (spare >= 0)
		(void)bsk_os(ctx)->close(bsk_os(ctx), spare);
	return 0;
}
