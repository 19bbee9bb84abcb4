/* actors/pipe.c - one end of a pipe.
 *
 *   hears   bsk_bytes, bsk_stream_pause, _resume, _finish, _abort
 *                            for the stream that does the work
 *           bsk_stream_eof, bsk_stream_ended   from it
 *   says    bsk_stream_eof, bsk_stream_ended   to whom its config says
 *
 * O_NONBLOCK is a flag of the open file, not of the descriptor, so to set it
 * changes what others see who share the file. A duplicate is kept to take it
 * away again once the stream has ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <buskin/actor.h>
#include <buskin/log.h>
#include <buskin/pipe.h>

#define AGAIN_NS INT64_C(100000000) /* until the next look for a reader */

struct pipe_end {
	const struct bsk_pipe_config *config;
	bsk_ref stream; /* the child; nobody: waits for a reader */
	bsk_fd keeper;  /* a duplicate, to set the open file back by; none: it
	                 * was non-blocking before */
};

BSK_HANDLER(on_open, pipe_end, bsk_open);
BSK_HANDLER(on_bytes, pipe_end, bsk_bytes);
BSK_HANDLER(on_pause, pipe_end, bsk_stream_pause);
BSK_HANDLER(on_resume, pipe_end, bsk_stream_resume);
BSK_HANDLER(on_finish, pipe_end, bsk_stream_finish);
BSK_HANDLER(on_abort, pipe_end, bsk_stream_abort);
BSK_HANDLER(on_eof, pipe_end, bsk_stream_eof);
BSK_HANDLER(on_ended, pipe_end, bsk_stream_ended);
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
    BSK_PORTS(ports), .config = &bsk_pipe_config_type, .fds = 2);

/* --- opening ---------------------------------------------------------- */

static const char *
kind_text(mode_t mode)
{
	if (S_ISREG(mode))
		return "a regular file";
	if (S_ISDIR(mode))
		return "a directory";
	if (S_ISBLK(mode))
		return "a block device";
	return "of no known kind";
}

/* Whether it is of a kind that tells when it is ready. */
static int
check_kind(bsk_ctx *ctx, int fd)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct stat status;
	int error = os->fstat(os, fd, &status);

	if (error < 0)
		return error;
	if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) ||
	    S_ISCHR(status.st_mode))
		return 0;
	(void)bsk_log(ctx, BSK_LOG_ERROR, "descriptor %d is %s; a pipe is for "
	    "pipes, sockets and character devices", fd,
	    kind_text(status.st_mode));
	return -EINVAL;
}

/* Makes the open file non-blocking, and keeps what is needed to undo that. */
static int
unblock(struct pipe_end *self, bsk_ctx *ctx, int fd)
{
	const struct bsk_os *os = bsk_os(ctx);
	int flags = os->flags_get(os, fd);
	int keeper;

	if (flags < 0 || (flags & O_NONBLOCK) != 0)
		return flags < 0 ? flags : 0;
	keeper = os->dup(os, fd);
	if (keeper < 0)
		return keeper;
	self->keeper = bsk_fd_own(keeper);
	return os->flags_set(os, fd, flags | O_NONBLOCK);
}

static void
set_back(struct pipe_end *self, bsk_ctx *ctx)
{
	const struct bsk_os *os = bsk_os(ctx);
	int fd = bsk_fd_number(self->keeper);
	int flags;

	if (fd < 0)
		return;
	flags = os->flags_get(os, fd);
	if (flags >= 0)
		(void)os->flags_set(os, fd, flags & ~O_NONBLOCK);
	(void)os->close(os, fd);
	self->keeper = bsk_fd_own(-1);
}

/* The descriptor that the config means: a number of our own to close. */
static int
find(const struct pipe_end *self, bsk_ctx *ctx)
{
	const struct bsk_pipe_config *config = self->config;
	const struct bsk_os *os = bsk_os(ctx);
	const char *path = bsk_text_chars(config->path);
	int flags = config->end == BSK_PIPE_WRITE ? O_WRONLY : O_RDONLY;
	int fd = bsk_fd_take(&config->fd);

	if (fd >= 0)
		return fd;
	if (path[0] == '\0')
		return os->dup(os, config->number);
	fd = os->open(os, path, flags | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0 && !(fd == -ENXIO && config->reopen))
		(void)bsk_log(ctx, BSK_LOG_ERROR, "cannot open %s: %s%s", path,
		    strerrordesc_np(-fd),
		    fd == -ENXIO ? " (nobody reads it)" : "");
	return fd;
}

/* The stream is wired as we are. */
static int
spawn(struct pipe_end *self, bsk_ctx *ctx, int fd)
{
	bool is_write = self->config->end == BSK_PIPE_WRITE;
	struct bsk_spawn_options options = {
		.capacity = BSK_CONNECTION_CAPACITY,
		.capacity_bytes = BSK_CONNECTION_CAPACITY_BYTES,
	};

	options.wire_count = bsk_wires(ctx, BSK_PIPE_DATA, &options.wires);
	return bsk_spawn(ctx, &bsk_stream_class,
	    BSK_PARCEL(bsk_stream_config, .fd = bsk_fd_own(fd),
		.read_only = !is_write, .write_only = is_write),
	    &options, &self->stream);
}

static int
begin(struct pipe_end *self, bsk_ctx *ctx)
{
	const struct bsk_os *os = bsk_os(ctx);
	int fd = find(self, ctx);
	int error;

	if (fd == -ENXIO && self->config->reopen)
		return bsk_timer_arm(ctx, 0, AGAIN_NS, 0);
	if (fd < 0)
		return fd;
	error = check_kind(ctx, fd);
	if (error == 0)
		error = unblock(self, ctx, fd);
	if (error == 0)
		return spawn(self, ctx, fd);
	(void)os->close(os, fd);
	return error;
}

static int
on_open(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)open;
	self->config = bsk_config(ctx);
	return begin(self, ctx);
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
	return bsk_forward(ctx, self->stream);
}

static int
on_resume(struct pipe_end *self, bsk_ctx *ctx,
    const struct bsk_stream_resume *it)
{
	(void)it;
	return bsk_forward(ctx, self->stream);
}

static int
on_finish(struct pipe_end *self, bsk_ctx *ctx,
    const struct bsk_stream_finish *it)
{
	(void)it;
	return bsk_forward(ctx, self->stream);
}

static int
on_abort(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_stream_abort *it)
{
	(void)it;
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

/* --- ending ----------------------------------------------------------- */

/* That the other end goes away is in order; that the descriptor cannot be
 * watched, say, is not. */
static bool
is_orderly(int reason)
{
	return reason == 0 || reason == -EPIPE || reason == -ECONNRESET;
}

static int
on_ended(struct pipe_end *self, bsk_ctx *ctx,
    const struct bsk_stream_ended *ended)
{
	const struct bsk_pipe_config *config = self->config;

	set_back(self, ctx);
	self->stream = bsk_nobody();
	if (config->reopen && bsk_text_chars(config->path)[0] != '\0' &&
	    is_orderly(ended->reason)) {
		int error = begin(self, ctx);

		return error < 0 ? error : pass_on(self, ctx);
	}
	bsk_exit(ctx, is_orderly(ended->reason) ? 0 : ended->reason);
	return pass_on(self, ctx);
}

static int
on_drain(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	if (!bsk_ref_is_nobody(self->stream))
		return bsk_stop(ctx, self->stream);
	bsk_exit(ctx, 0);
	return 0;
}

static int
on_close(struct pipe_end *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)close;
	set_back(self, ctx);
	return 0;
}
