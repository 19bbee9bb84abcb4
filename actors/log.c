/* actors/log.c - writes lines for people.
 *
 *   hears   bsk_log_line   from whoever has something to say
 *           bsk_bytes      from a wire: each line of it is one here
 *           bsk_count      from a wire
 *           bsk_fault, bsk_overrun, bsk_alarm  from the runtime: what is wrong
 *           log_flush      from itself: the turn's lines are together
 *           bsk_timer_due  from the runtime: try again to write
 *   says    nothing: what it has to tell, it writes
 *
 * Lines are gathered in a buffer and written whole. What would block is tried
 * again after a while; what does not fit meanwhile, or cannot be written at
 * all, is counted, and the count is a line of its own once writing works.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/counter.h>
#include <buskin/inspect.h>
#include <buskin/log.h>
#include <buskin/notice.h>

#define BUFFER_SIZE 65536
#define NAME_SIZE 64
#define RETRY_TIMER 1
#define RETRY_NS 10000000
#define DRAIN_TRIES 100      /* so for a second the last lines are tried */

/* A notice to itself, behind what is in the mailbox by then. */
struct log_flush {
	uint32_t bits; /* not 0 */
};

struct log {
	char *buffer;       /* BUFFER_SIZE bytes */
	size_t used;        /* of them: to be written */
	uint64_t lost;      /* lines that could not be written, not yet told */
	int lost_error;     /* why the last of them */
	int fd;             /* borrowed, or that of `again` */
	bsk_fd again;       /* the same pipe or terminal, not to wait for it */
	bool is_socket;     /* and so are its writes told not to wait */
	int level;          /* the least urgent that is written */
	int format;         /* enum bsk_log_format */
	unsigned tries;     /* left, to write the last lines */
	bsk_notice *flush;
	bool is_posted;     /* the flush is in the mailbox */
	bool is_torn;       /* what was written last ended within a line */
	bool is_draining;
};

BSK_HANDLER(on_open, log, bsk_open);
BSK_HANDLER(on_line, log, bsk_log_line);
BSK_HANDLER(on_bytes, log, bsk_bytes);
BSK_HANDLER(on_count, log, bsk_count);
BSK_HANDLER(on_fault, log, bsk_fault);
BSK_HANDLER(on_overrun, log, bsk_overrun);
BSK_HANDLER(on_alarm, log, bsk_alarm);
BSK_HANDLER(on_flush, log, log_flush);
BSK_HANDLER(on_due, log, bsk_timer_due);
BSK_HANDLER(on_drain, log, bsk_drain);
BSK_HANDLER(on_close, log, bsk_close);

static const struct bsk_field flush_fields[] =
    { BSK_FIELD(log_flush, bits, "not 0") };
static const struct bsk_type log_flush_type = BSK_TYPE(log_flush,
    "write what has been gathered", flush_fields);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,      on_open),
	BSK_ON(bsk_log_line,  on_line),
	BSK_ON(bsk_bytes,     on_bytes),
	BSK_ON(bsk_count,     on_count),
	BSK_ON(bsk_fault,     on_fault),
	BSK_ON(bsk_overrun,   on_overrun),
	BSK_ON(bsk_alarm,     on_alarm),
	BSK_ON(log_flush,     on_flush),
	BSK_ON(bsk_timer_due, on_due),
	BSK_ON(bsk_drain,     on_drain),
	BSK_ON(bsk_close,     on_close),
};

static const struct bsk_port ports[] = {
	BSK_PORT_IN("in", bsk_log_line, "lines"),
	BSK_PORT_IN("bytes", bsk_bytes, "text; each line of it is one here"),
	BSK_PORT_IN("count", bsk_count, "counts"),
};

const struct bsk_class bsk_log_class = BSK_CLASS(log, "log",
    "writes lines for people", handlers, BSK_PORTS(ports),
    .config = &bsk_log_config_type);

static bool
is_sound(const struct bsk_log_config *config)
{
	return (unsigned)config->level <= BSK_LOG_DEBUG &&
	    (unsigned)config->format <= BSK_LOG_JSON && config->fd >= 0;
}

/* A write must not wait for a reader, for all actors of the worker would wait
 * with it. The descriptor's flags are left alone: others may share it. */
static void
avoid_waiting(struct log *self, const struct bsk_os *os)
{
	char path[32];
	struct stat stat;
	int fd;

	if (os->fstat(os, self->fd, &stat) < 0 || S_ISREG(stat.st_mode))
		return;
	self->is_socket = S_ISSOCK(stat.st_mode);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", self->fd);
	fd = os->open(os, path, O_WRONLY | O_NONBLOCK | O_NOCTTY, 0);
	self->again = bsk_fd_own(fd);
	self->fd = fd < 0 ? self->fd : fd;
}

static int
on_open(struct log *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_log_config *config = bsk_config(ctx);
	const struct log_flush flush = { 0 };
	int result;

	(void)open;
	if (config == NULL || !is_sound(config))
		return -EINVAL;
	self->level = config->level;
	self->format = config->format;
	self->fd = config->fd == 0 ? 2 : config->fd;
	/* A service without standard error still runs; any other descriptor
	 * was named on purpose. */
	result = bsk_os(ctx)->flags_get(bsk_os(ctx), self->fd);
	if (result < 0 && self->fd > 2)
		return result;
	if (result >= 0 && (result & O_NONBLOCK) == 0)
		avoid_waiting(self, bsk_os(ctx));
	self->buffer = malloc(BUFFER_SIZE);
	if (self->buffer == NULL)
		return -ENOMEM;
	result = bsk_notice_new(ctx, bsk_self(ctx), &log_flush_type, &flush,
	    offsetof(struct log_flush, bits), &self->flush);
	return result < 0 ? result : bsk_take_faults(ctx);
}

/* --- writing ------------------------------------------------------------ */

/* What is in the buffer cannot be written. A line end that comes first is no
 * line: it only ends one that was written. */
static void
lose(struct log *self, int error)
{
	size_t i;

	for (i = 1; i < self->used; i++)
		self->lost += self->buffer[i] == '\n';
	self->lost_error = error;
	self->used = 0;
}

static ssize_t
write_some(const struct log *self, const struct bsk_os *os)
{
	struct iovec vector = { self->buffer, self->used };
	const struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };

	return self->is_socket ?
	    os->sendmsg(os, self->fd, &message, MSG_DONTWAIT) :
	    os->write(os, self->fd, self->buffer, self->used);
}

/* Writes what is in the buffer; what would block stays there. */
static int
write_out(struct log *self, bsk_ctx *ctx)
{
	ssize_t result;

	while (self->used > 0) {
		result = write_some(self, bsk_os(ctx));
		if (result == 0 || result == -EAGAIN)
			return -EAGAIN;
		if (result < 0) {
			lose(self, (int)result);
			return (int)result;
		}
		self->is_torn = self->buffer[result - 1] != '\n';
		self->used -= (size_t)result;
		memmove(self->buffer, self->buffer + result, self->used);
	}
	return 0;
}

/* Adds a line to the buffer, which has room for it. */
static void
add(struct log *self, bsk_ctx *ctx, enum bsk_log_level level,
    const char *name, const void *text, size_t size)
{
	const struct bsk_log_entry entry = {
		.wall_ns = bsk_os(ctx)->wall(bsk_os(ctx)),
		.level = level,
		.format = (enum bsk_log_format)self->format,
		.name = name,
		.text = text,
		.size = size,
	};

	if (self->is_torn && self->used == 0)
		self->buffer[self->used++] = '\n';
	self->used += bsk_log_compose(&entry, self->buffer + self->used);
}

static int
tell_lost(struct log *self, bsk_ctx *ctx)
{
	uint64_t lost = self->lost;
	char text[160];
	int result;

	(void)snprintf(text, sizeof(text), "%" PRIu64 " lines were lost: %s",
	    lost, bsk_reason_text(self->lost_error));
	add(self, ctx, BSK_LOG_WARNING, NULL, text, strlen(text));
	self->lost = 0;
	result = write_out(self, ctx);
	if (result < 0 && result != -EAGAIN)
		self->lost = lost;
	return result;
}

static void
flush(struct log *self, bsk_ctx *ctx)
{
	int result = write_out(self, ctx);

	if (result == 0 && self->lost > 0)
		result = tell_lost(self, ctx);
	if (result == -EAGAIN)
		(void)bsk_timer_arm(ctx, RETRY_TIMER, RETRY_NS, 0);
}

static bool
has_room(const struct log *self)
{
	return BUFFER_SIZE - self->used > BSK_LOG_LINE_SIZE;
}

static void
say(struct log *self, bsk_ctx *ctx, enum bsk_log_level level,
    const char *name, const void *text, size_t size)
{
	if ((int)level > self->level)
		return;
	if (!has_room(self))
		flush(self, ctx);
	if (!has_room(self)) {
		self->lost++;
		self->lost_error = -EAGAIN;
		return;
	}
	add(self, ctx, level, name, text, size);
	if (!self->is_posted)
		bsk_notice_post(ctx, self->flush, 1);
	self->is_posted = true;
}

static int
on_flush(struct log *self, bsk_ctx *ctx, const struct log_flush *now)
{
	(void)now;
	self->is_posted = false;
	flush(self, ctx);
	return 0;
}

/* --- what is heard ------------------------------------------------------ */

/* The sender's name, into `ret_name` of NAME_SIZE bytes. */
static void
sender_name(bsk_ctx *ctx, char *ret_name)
{
	(void)bsk_inspect_name(bsk_system_of(ctx), bsk_sender(ctx), ret_name,
	    NAME_SIZE);
}

static int
on_line(struct log *self, bsk_ctx *ctx, const struct bsk_log_line *line)
{
	const char *text = bsk_text_chars(line->text);
	char name[NAME_SIZE];

	if (line->level < BSK_LOG_EMERGENCY || line->level > BSK_LOG_DEBUG)
		return 0;
	sender_name(ctx, name);
	say(self, ctx, (enum bsk_log_level)line->level, name, text,
	    strlen(text));
	return 0;
}

static int
on_bytes(struct log *self, bsk_ctx *ctx, const struct bsk_bytes *bytes)
{
	const unsigned char *at = bytes->bytes.bytes;
	size_t left = bytes->bytes.size;
	char name[NAME_SIZE];
	const unsigned char *end;
	size_t size;

	sender_name(ctx, name);
	while (left > 0) {
		end = memchr(at, '\n', left);
		size = end == NULL ? left : (size_t)(end - at);
		say(self, ctx, BSK_LOG_INFO, name, at, size);
		if (end != NULL)
			size++;
		at += size;
		left -= size;
	}
	return 0;
}

static int
on_count(struct log *self, bsk_ctx *ctx, const struct bsk_count *count)
{
	char name[NAME_SIZE];
	char text[160];

	sender_name(ctx, name);
	(void)snprintf(text, sizeof(text), "%" PRIu64 " messages, %" PRIu64
	    " bytes, %" PRIu64 " lines, %.1f messages/s", count->messages,
	    count->bytes, count->lines, count->rate);
	say(self, ctx, BSK_LOG_INFO, name, text, strlen(text));
	return 0;
}

static int
say_text(struct log *self, bsk_ctx *ctx, enum bsk_log_level level,
    bsk_text text)
{
	const char *chars = bsk_text_chars(text);

	say(self, ctx, level, "", chars, strlen(chars));
	bsk_text_drop(&text);
	return 0;
}

/* What the runtime tells of. */
#define TELLS(what, level) static int \
on_##what(struct log *self, bsk_ctx *ctx, const struct bsk_##what *what) \
{ \
	return say_text(self, ctx, level, bsk_##what##_text(what)); \
}
TELLS(fault, BSK_LOG_ERROR)
TELLS(overrun, BSK_LOG_WARNING)
TELLS(alarm, alarm->raised ? BSK_LOG_WARNING : BSK_LOG_NOTICE)

/* --- the end ------------------------------------------------------------ */

static void
finish(struct log *self, bsk_ctx *ctx)
{
	flush(self, ctx);
	if (self->used == 0 || self->tries-- == 0)
		bsk_exit(ctx, 0);
}

static int
on_due(struct log *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)due;
	if (self->is_draining)
		finish(self, ctx);
	else
		flush(self, ctx);
	return 0;
}

static int
on_drain(struct log *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->is_draining = true;
	self->tries = DRAIN_TRIES;
	finish(self, ctx);
	return 0;
}

static int
on_close(struct log *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)close;
	if (self->buffer != NULL)
		(void)write_out(self, ctx);
	if (self->flush != NULL)
		bsk_notice_free(ctx, self->flush);
	bsk_fd_drop(&self->again);
	free(self->buffer);
	return 0;
}
