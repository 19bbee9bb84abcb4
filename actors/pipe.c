/* actors/pipe.c - one end of a pipe.
 *
 *   hears   bsk_bytes, bsk_stream_pause, _resume, _finish, _abort
 *                            for the stream that does the work
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
#include <inttypes.h>

#include <buskin/actor.h>
#include <buskin/log.h>
#include <buskin/pipe.h>
#include <buskin/status.h>

#define AGAIN_NS INT64_C(100000000) /* until it is tried again to open */

struct pipe_end {
	const struct bsk_pipe_config *config;
	bsk_ref stream; /* the child; nobody: waits to be opened */
	struct bsk_unblock unblock;
	bsk_fd spare;   /* what was read last, until it is opened again */
	struct bsk_pipe_opened opened; /* the last that was said */
	bool was_open;  /* and so it is no mistake in the config that it cannot
	                 * be opened now */
	bool paused;    /* by request */
	bool closing;   /* by request: not to be opened again */
};

BSK_HANDLER(on_open, pipe_end, bsk_open);
BSK_HANDLER(on_bytes, pipe_end, bsk_bytes);
BSK_HANDLER(on_pause, pipe_end, bsk_stream_pause);
BSK_HANDLER(on_resume, pipe_end, bsk_stream_resume);
BSK_HANDLER(on_finish, pipe_end, bsk_stream_finish);
BSK_HANDLER(on_abort, pipe_end, bsk_stream_abort);
BSK_HANDLER(on_eof, pipe_end, bsk_stream_eof);
BSK_HANDLER(on_ended, pipe_end, bsk_stream_ended);
BSK_HANDLER(on_status, pipe_end, bsk_status_ask);
BSK_HANDLER(on_timer, pipe_end, bsk_timer_due);
BSK_HANDLER(on_drain, pipe_end, bsk_drain);
BSK_HANDLER(on_close, pipe_end, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_bytes, on_bytes),
	BSK_ON(bsk_stream_pause, on_pause),
	BSK_ON(bsk_stream_resume, on_resume),
	BSK_ON(bsk_stream_finish, on_finish),
	BSK_ON(bsk_stream_abort, on_abort),
	BSK_ON(bsk_stream_eof, on_eof),
	BSK_ON(bsk_stream_ended, on_ended),
	BSK_ON(bsk_status_ask, on_status),
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

/* --- refusing --------------------------------------------------------- */

static bool
is_of_path(const struct bsk_pipe_config *config)
{
	return bsk_fd_number(config->fd) < 0 &&
	    bsk_text_chars(config->path)[0] != '\0';
}

/* The config keeps its own until this actor is over, so a copy is given
 * back. */
static int
refuse(const struct pipe_end *self, bsk_ctx *ctx, int error,
    const struct bsk_pipe_trouble *trouble)
{
	const struct bsk_pipe_config *config = self->config;
	const struct bsk_os *os = bsk_os(ctx);
	int owned = bsk_fd_number(config->fd);
	bsk_text text = is_of_path(config) ?
	    bsk_text_format("%s: %s", bsk_text_chars(config->path),
		trouble->why) :
	    bsk_text_format("descriptor %d: %s",
		owned < 0 ? config->number : owned, trouble->why);

	if (!bsk_ref_is_nobody(config->to)) {
		(void)bsk_send(ctx, config->to, BSK_NEW(bsk_pipe_refused,
		    .error = error, .text = text,
		    .field = bsk_text_copy(trouble->field),
		    .fd = bsk_fd_own(owned < 0 ? -1 : os->dup(os, owned))));
		return error;
	}
	(void)bsk_log(ctx, BSK_LOG_ERROR, "%s", bsk_text_chars(text));
	bsk_text_drop(&text);
	return error;
}

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
	struct bsk_pipe_opened *opened = &self->opened;
	const struct bsk_os *os = bsk_os(ctx);
	struct stat status;
	int error = os->fstat(os, fd, &status);

	if (error < 0)
		return error;
	opened->number = fd;
	opened->inode = status.st_ino;
	opened->kind = S_ISFIFO(status.st_mode) ? BSK_PIPE_FIFO :
	    S_ISSOCK(status.st_mode) ? BSK_PIPE_SOCKET : BSK_PIPE_DEVICE;
	self->was_open = true;
	if (bsk_ref_is_nobody(self->config->to))
		return 0;
	return bsk_send(ctx, self->config->to,
	    bsk_message_new(&bsk_pipe_opened_type, opened));
}

/* The stream is wired as we are. It owns the descriptor from here on. */
static int
spawn(struct pipe_end *self, bsk_ctx *ctx, int fd)
{
	bool is_write = self->config->end == BSK_PIPE_WRITE;
	struct bsk_spawn_options options = {
		.capacity = BSK_CONNECTION_CAPACITY,
		.capacity_bytes = BSK_CONNECTION_CAPACITY_BYTES,
	};
	int error;

	options.wire_count = bsk_wires(ctx, BSK_PIPE_DATA, &options.wires);
	error = bsk_spawn(ctx, &bsk_stream_class,
	    BSK_PARCEL(bsk_stream_config, .fd = bsk_fd_own(fd),
		.read_only = !is_write, .write_only = is_write),
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
	int fd;
	int error = bsk_pipe_open(
	    os, self->config, &self->unblock, &fd, &trouble);

	if (error < 0 && is_for_later(self, error))
		return bsk_timer_arm(ctx, 0, AGAIN_NS, 0);
	if (error < 0)
		return refuse(self, ctx, error, &trouble);
	error = say_opened(self, ctx, fd);
	if (error < 0) {
		(void)os->close(os, fd);
		return error;
	}
	keep(self, os, fd);
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
on_bytes(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_bytes *bytes)
{
	(void)bytes;
	return bsk_forward(ctx, self->stream);
}

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

static bsk_list
descriptors(const struct pipe_end *self)
{
	bsk_list list = bsk_list_new(sizeof(struct bsk_resource),
	    self->opened.number >= 0);
	struct bsk_resource *items = list.items;

	if (list.count == 1) {
		items->number = self->opened.number;
		items->what = bsk_text_format("%s, inode %" PRIu64,
		    self->config->end == BSK_PIPE_WRITE ? "written" : "read",
		    self->opened.inode);
	}
	return list;
}

static int
on_status(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_status_ask *ask)
{
	bool is_write = self->config->end == BSK_PIPE_WRITE;
	int32_t state = state_of(self);

	(void)ask;
	(void)bsk_reply(ctx, BSK_NEW(bsk_pipe_status,
	    .number = self->opened.number, .kind = self->opened.kind,
	    .inode = self->opened.inode, .end = self->config->end,
	    .state = state, .reading = !is_write && state == BSK_PIPE_OPEN,
	    .can_finish = is_write, .fds = descriptors(self)));
	return 0;
}

/* --- ending ----------------------------------------------------------- */

/* That the reader goes away is in order; that nothing can be read any more,
 * say, is not. */
static bool
is_orderly(const struct pipe_end *self, int reason)
{
	return reason == 0 || (self->config->end == BSK_PIPE_WRITE &&
	    (reason == -EPIPE || reason == -ECONNRESET));
}

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
	bool orderly = is_orderly(self, ended->reason);
	int error = 0;

	bsk_unblock_end(&self->unblock, bsk_os(ctx));
	self->stream = bsk_nobody();
	self->opened.number = -1;
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
	bsk_unblock_end(&self->unblock, bsk_os(ctx));
	if (spare >= 0)
		(void)bsk_os(ctx)->close(bsk_os(ctx), spare);
	return 0;
}
