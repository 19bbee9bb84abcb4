/* actors/file.c - appends what it is sent to a file.
 *
 *   hears   bsk_bytes        from whoever is wired to "in"
 *           bsk_file_reopen  from whoever has renamed the file
 *           bsk_timer_due    from the runtime: a second since a write
 *   says    bsk_result       to who asked it to reopen
 *           bsk_log_line     to the log: what could not be done, and why
 *
 * It is always opened with O_APPEND, so that several may write to one file and
 * that a file which somebody empties does not grow a hole.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <buskin/file.h>
#include <buskin/log.h>

#define SYNC_TIMER 1
#define SYNC_NS 1000000000
#define DEFAULT_MODE 0644

struct file {
	bsk_fd fd;
	bool is_regular;
	bool is_unsynced; /* something was written since the last fsync */
};

BSK_HANDLER(on_open, file, bsk_open);
BSK_HANDLER(on_bytes, file, bsk_bytes);
BSK_HANDLER(on_reopen, file, bsk_file_reopen);
BSK_HANDLER(on_due, file, bsk_timer_due);
BSK_HANDLER(on_drain, file, bsk_drain);
BSK_HANDLER(on_close, file, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,        on_open),
	BSK_ON(bsk_bytes,       on_bytes),
	BSK_ON(bsk_file_reopen, on_reopen),
	BSK_ON(bsk_timer_due,   on_due),
	BSK_ON(bsk_drain,       on_drain),
	BSK_ON(bsk_close,       on_close),
};

static const struct bsk_port ports[] = {
	BSK_PORT_IN("in", bsk_bytes, "what to append"),
};

const struct bsk_class bsk_file_class = BSK_CLASS(file, "file",
    "appends what it is sent to a file", handlers, BSK_PORTS(ports),
    .config = &bsk_file_config_type, .placement = BSK_PLACE_THREAD, .fds = 2);

/* Says what went wrong and hands the error on. */
static int
fail(bsk_ctx *ctx, const char *what, int error)
{
	const struct bsk_file_config *config = bsk_config(ctx);

	(void)bsk_log(ctx, BSK_LOG_ERROR, "%s: cannot %s: %s",
	    bsk_text_chars(config->path), what, bsk_reason_text(error));
	return error;
}

/* --- opening ------------------------------------------------------------ */

/* Whether it is of a kind that can be written to without a reader. A device
 * was opened so that the opening does not wait; its writes may. */
static int
admit(const struct bsk_os *os, int fd, bool *ret_is_regular)
{
	struct stat stat;
	int flags;
	int result = os->fstat(os, fd, &stat);

	if (result < 0)
		return result;
	if (!S_ISREG(stat.st_mode) && !S_ISCHR(stat.st_mode))
		return -EINVAL;
	flags = os->flags_get(os, fd);
	if (flags < 0)
		return flags;
	result = os->flags_set(os, fd, flags & ~O_NONBLOCK);
	if (result < 0)
		return result;
	*ret_is_regular = S_ISREG(stat.st_mode);
	return 0;
}

/* A file system on the network may tell only now that it had no room. */
static void
shut(struct file *self, bsk_ctx *ctx)
{
	int fd = bsk_fd_number(self->fd);
	int result = fd < 0 ? 0 : bsk_os(ctx)->close(bsk_os(ctx), fd);

	self->fd = bsk_fd_own(-1);
	if (result < 0)
		(void)fail(ctx, "close", result);
}

/* Opens the configured path and puts it in the place of the one before, which
 * stays when this fails. */
static int
open_path(struct file *self, bsk_ctx *ctx, bool is_emptied)
{
	const struct bsk_file_config *config = bsk_config(ctx);
	const struct bsk_os *os = bsk_os(ctx);
	int flags = O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK;
	int result;
	int fd;

	flags |= config->create ? O_CREAT : 0;
	flags |= is_emptied ? O_TRUNC : 0;
	fd = os->open(os, bsk_text_chars(config->path), flags,
	    config->mode == 0 ? DEFAULT_MODE : (mode_t)config->mode);
	if (fd < 0)
		return fail(ctx, "open", fd);
	result = admit(os, fd, &self->is_regular);
	if (result < 0) {
		(void)os->close(os, fd);
		return fail(ctx, "append to it", result);
	}
	shut(self, ctx);
	self->fd = bsk_fd_own(fd);
	return 0;
}

static int
on_open(struct file *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_file_config *config = bsk_config(ctx);

	if (config == NULL || bsk_text_chars(config->path)[0] == '\0')
		return -EINVAL;
	return open_path(self, ctx, !config->append && open->incarnation == 0);
}

/* --- to the disk -------------------------------------------------------- */

/* A device that cannot be synced says -EINVAL; it has nothing to sync. */
static int
sync_now(struct file *self, bsk_ctx *ctx)
{
	const struct bsk_file_config *config = bsk_config(ctx);
	const struct bsk_os *os = bsk_os(ctx);
	int result;

	if (!self->is_unsynced || config->sync == BSK_FILE_SYNC_NONE)
		return 0;
	self->is_unsynced = false;
	result = os->fsync(os, bsk_fd_number(self->fd));
	if (result == 0 || (result == -EINVAL && !self->is_regular))
		return 0;
	return fail(ctx, "bring what was written to the disk", result);
}

/* Sees to it that what was just written is synced in time. */
static int
sync_later(struct file *self, bsk_ctx *ctx)
{
	const struct bsk_file_config *config = bsk_config(ctx);
	bool was_unsynced = self->is_unsynced;

	self->is_unsynced = true;
	if (config->sync == BSK_FILE_SYNC_MESSAGE)
		return sync_now(self, ctx);
	if (config->sync == BSK_FILE_SYNC_SECOND && !was_unsynced)
		return bsk_timer_arm(ctx, SYNC_TIMER, SYNC_NS, 0);
	return 0;
}

static int
on_due(struct file *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)due;
	return sync_now(self, ctx);
}

/* --- writing ------------------------------------------------------------ */

/* Takes `size` bytes that were just written off the end again. Not where
 * somebody else's come after them, nor from a device. */
static int
take_back(struct file *self, const struct bsk_os *os, size_t size)
{
	int fd = bsk_fd_number(self->fd);
	int64_t end = os->lseek(os, fd, 0, SEEK_CUR);
	struct stat stat;
	int result;

	if (!self->is_regular || end < (int64_t)size)
		return -ESPIPE;
	result = os->fstat(os, fd, &stat);
	if (result < 0)
		return result;
	if (stat.st_size != end)
		return -EBUSY;
	return os->ftruncate(os, fd, end - (int64_t)size);
}

/* The write of the message in hand has failed after `size` bytes of it: as if
 * it had not been tried, the file is as before and the message is the next. */
static int
step_back(struct file *self, bsk_ctx *ctx, size_t size, int error)
{
	const struct bsk_file_config *config = bsk_config(ctx);
	bsk_message *message = bsk_hold(ctx);

	(void)fail(ctx, "write", error);
	if (size > 0 && take_back(self, bsk_os(ctx), size) < 0)
		(void)bsk_log(ctx, BSK_LOG_ERROR,
		    "%s: the first %zu bytes of a message stay at its end",
		    bsk_text_chars(config->path), size);
	if (message != NULL)
		bsk_unhold(ctx, message);
	return error;
}

static int
on_bytes(struct file *self, bsk_ctx *ctx, const struct bsk_bytes *bytes)
{
	const struct bsk_os *os = bsk_os(ctx);
	const bsk_buf *buf = &bytes->bytes;
	size_t done = 0;
	ssize_t result;

	while (done < buf->size) {
		result = os->write(os, bsk_fd_number(self->fd),
		    buf->bytes + done, buf->size - done);
		if (result <= 0)
			return step_back(self, ctx, done,
			    result == 0 ? -EIO : (int)result);
		done += (size_t)result;
	}
	return done == 0 ? 0 : sync_later(self, ctx);
}

static int
on_reopen(struct file *self, bsk_ctx *ctx,
    const struct bsk_file_reopen *reopen)
{
	int result = sync_now(self, ctx);
	int opened;

	(void)reopen;
	if (result < 0)
		return result;
	opened = open_path(self, ctx, false);
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = opened,
	    .text = bsk_text_copy(opened < 0 ?
	    "the path cannot be opened; the old file stays in use" : NULL)));
	return 0;
}

/* --- the end ------------------------------------------------------------ */

static int
on_drain(struct file *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	int result = sync_now(self, ctx);

	(void)drain;
	bsk_exit(ctx, result);
	return 0;
}

static int
on_close(struct file *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)close;
	(void)sync_now(self, ctx);
	shut(self, ctx);
	return 0;
}
