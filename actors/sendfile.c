/* actors/sendfile.c - the files that wait to be written, beside an outbox.
 *
 *   says    bsk_stream_sent   to whoever sent bsk_stream_sendfile, once
 *
 * A file keeps its place by the number of the message that is held next when
 * it comes: the outbox stops there (its barrier), the file is written, and the
 * barrier moves on to the next file's place.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <buskin/actor.h>
#include <buskin/log.h>
#include <buskin/sendfile.h>

#define SLICE ((size_t)256 * 1024) /* bytes that the kernel copies at a time */
#define BLOCK 16384                /* bytes that we copy at a time */

struct bsk_sendfile_entry {
	struct bsk_sendfile_entry *next;
	bsk_message *message; /* held, to be answered */
	uint64_t place;       /* the message that comes after it */
	bsk_fd fd;
	struct bsk_stream_sendfile how; /* the numbers */
	uint64_t bytes;       /* sent so far */
	bool copying;         /* the kernel cannot */
};

/* What is told at the end of one. */
struct verdict {
	int error;
	enum bsk_sent_reason reason;
	const char *text;
	const char *field;
};

/* --- answering -------------------------------------------------------- */

static void
seek(const struct bsk_sendfile_entry *entry, bsk_ctx *ctx)
{
	const struct bsk_os *os = bsk_os(ctx);

	if (entry->how.seek && entry->bytes > 0)
		(void)os->lseek(os, bsk_fd_number(entry->fd),
		    entry->how.offset + (int64_t)entry->bytes, SEEK_SET);
}

static bsk_message *
answer(const struct bsk_sendfile_entry *entry, const struct verdict *verdict)
{
	const char *text = verdict->text;

	if (text == NULL && verdict->error < 0)
		text = bsk_reason_text(verdict->error);
	return BSK_NEW(bsk_stream_sent, .ticket = entry->how.ticket,
	    .error = verdict->error, .reason = (int32_t)verdict->reason,
	    .bytes = entry->bytes,
	    .offset = entry->how.offset + (int64_t)entry->bytes,
	    .fd = entry->fd, .text = bsk_text_copy(text),
	    .field = bsk_text_copy(verdict->field));
}

/* Answers an entry that is in no queue any more, and frees what it owns. */
static void
report(struct bsk_sendfile_entry *entry, bsk_ctx *ctx,
    const struct verdict *verdict)
{
	bsk_message *message = entry->message;
	bsk_ref asker = bsk_message_sender(message);

	seek(entry, ctx);
	if (bsk_message_is_ask(message)) {
		(void)bsk_answer(ctx, message, answer(entry, verdict));
		return;
	}
	if (!bsk_ref_is_nobody(asker))
		(void)bsk_send(ctx, asker, answer(entry, verdict));
	else
		bsk_fd_drop(&entry->fd);
	bsk_let_go(ctx, message, BSK_END_HANDLED);
}

/* Takes the first file out of the queue and answers it. */
static void
finish(struct bsk_sendfiles *files, bsk_ctx *ctx, struct bsk_outbox *outbox,
    struct verdict verdict)
{
	struct bsk_sendfile_entry *entry = files->first;

	files->first = entry->next;
	files->count--;
	if (files->first == NULL)
		files->last = NULL;
	outbox->barrier = files->first == NULL ? 0 : files->first->place;
	report(entry, ctx, &verdict);
	free(entry);
}

/* Puts an entry at the end of the queue. */
static void
append(struct bsk_sendfiles *files, struct bsk_outbox *outbox,
    struct bsk_sendfile_entry *entry)
{
	entry->next = NULL;
	if (files->last != NULL)
		files->last->next = entry;
	else
		files->first = entry;
	files->last = entry;
	files->count++;
	outbox->barrier = files->first->place;
}

/* --- taking ----------------------------------------------------------- */

static struct verdict
refusal(int error, const char *field, const char *text)
{
	return (struct verdict){ error, BSK_SENT_REFUSED, text, field };
}

static struct verdict
check_numbers(const struct bsk_stream_sendfile *how)
{
	if (how->offset < 0)
		return refusal(-EINVAL, "offset", "it is negative");
	if (how->count < 0 || (how->count == 0 && !how->to_end))
		return refusal(-EINVAL, "count", "it must be at least 1");
	if (how->count > 0 && how->to_end)
		return refusal(-EINVAL, "to_end", "there is a count as well");
	if (how->count > INT64_MAX - how->offset)
		return refusal(-EINVAL, "count", "no file goes that far");
	return (struct verdict){ 0 };
}

static struct verdict
check_file(bsk_ctx *ctx, int fd)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct stat status;
	int error;

	if (fd < 0)
		return refusal(-EBADF, "fd", "there is none");
	error = os->fstat(os, fd, &status);
	if (error < 0)
		return refusal(error, "fd", NULL);
	if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))
		return refusal(-ESPIPE, "fd", "a pipe or a socket has no "
		    "offsets");
	if (!S_ISREG(status.st_mode))
		return refusal(-EINVAL, "fd", "it is no regular file");
	return (struct verdict){ 0 };
}

/* In packets, a file would be cut wherever it happens. */
static struct verdict
check_out(bsk_ctx *ctx, int out)
{
	const struct bsk_os *os = bsk_os(ctx);
	int type = 0;
	socklen_t size = sizeof(type);

	if (os->getsockopt(os, out, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
	    type != SOCK_STREAM)
		return refusal(-EINVAL, NULL, "the stream's socket is none of "
		    "bytes");
	return (struct verdict){ 0 };
}

static struct verdict
check(bsk_ctx *ctx, int out, const struct bsk_stream_sendfile *how)
{
	struct verdict verdict = check_numbers(how);

	if (verdict.error == 0)
		verdict = check_file(ctx, bsk_fd_number(how->fd));
	if (verdict.error == 0)
		verdict = check_out(ctx, out);
	return verdict;
}

/* What comes of the message in hand: an entry with its descriptor. */
static int
take(bsk_ctx *ctx, const struct bsk_stream_sendfile *how,
    struct bsk_sendfile_entry *ret_entry)
{
	bsk_message *message = bsk_hold(ctx);

	if (message == NULL) {
		(void)bsk_reply(ctx, BSK_NEW(bsk_stream_sent,
		    .ticket = how->ticket, .error = -ENOMEM,
		    .reason = BSK_SENT_REFUSED));
		return -ENOMEM;
	}
	*ret_entry = (struct bsk_sendfile_entry){ .message = message,
		.fd = bsk_fd_own(bsk_fd_take(&how->fd)), .how = *how };
	return 0;
}

void
bsk_sendfiles_refuse(bsk_ctx *ctx, const struct bsk_stream_sendfile *how,
    int error)
{
	struct bsk_sendfile_entry entry;
	struct verdict verdict = refusal(error, NULL, NULL);

	if (error != -ESHUTDOWN)
		verdict.reason = BSK_SENT_PEER_GONE;
	if (take(ctx, how, &entry) == 0)
		report(&entry, ctx, &verdict);
}

void
bsk_sendfiles_put(struct bsk_sendfiles *files, bsk_ctx *ctx,
    struct bsk_outbox *outbox, int out, const struct bsk_stream_sendfile *how)
{
	struct verdict verdict = check(ctx, out, how);
	struct bsk_sendfile_entry *entry = NULL;
	struct bsk_sendfile_entry taken;

	if (take(ctx, how, &taken) < 0)
		return;
	if (verdict.error == 0)
		entry = malloc(sizeof(*entry));
	if (verdict.error == 0 && entry == NULL)
		verdict = refusal(-ENOMEM, NULL, NULL);
	if (verdict.error < 0) {
		report(&taken, ctx, &verdict);
		return;
	}
	*entry = taken;
	entry->place = bsk_outbox_next(outbox);
	append(files, outbox, entry);
}

/* --- writing ---------------------------------------------------------- */

/* Whether it is the writing side that fails so. */
static bool
is_of_the_peer(ssize_t error)
{
	return error == -EPIPE || error == -ECONNRESET ||
	    error == -ENOTCONN || error == -ESHUTDOWN ||
	    error == -ECONNABORTED || error == -ETIMEDOUT;
}

static bool
is_of_the_kernel(ssize_t error)
{
	return error == -EINVAL || error == -ENOSYS || error == -EOPNOTSUPP;
}

static ssize_t
copy_block(const struct bsk_sendfile_entry *entry, const struct bsk_os *os,
    int out, int64_t offset, size_t size)
{
	unsigned char block[BLOCK];
	ssize_t got = os->pread(os, bsk_fd_number(entry->fd), block,
	    size < BLOCK ? size : BLOCK, offset);

	return got > 0 ? os->write(os, out, block, (size_t)got) : got;
}

/* Sends once, at most `size` bytes. What the peer did not take of a block is
 * read again: it is in memory by then. */
static ssize_t
send_some(struct bsk_sendfile_entry *entry, const struct bsk_os *os, int out,
    size_t size)
{
	int64_t offset = entry->how.offset + (int64_t)entry->bytes;
	int fd = bsk_fd_number(entry->fd);
	ssize_t sent = -EINVAL;
	int64_t moving = offset;

	if (!entry->copying)
		sent = os->sendfile(os, out, fd, &moving, size);
	if (!entry->copying && is_of_the_kernel(sent) && !entry->how.no_copy)
		entry->copying = true;
	if (entry->copying)
		sent = copy_block(entry, os, out, offset, size);
	return sent;
}

static size_t
slice_of(const struct bsk_sendfile_entry *entry, size_t left)
{
	uint64_t rest = UINT64_MAX;
	size_t size = left < SLICE ? left : SLICE;

	if (!entry->how.to_end)
		rest = (uint64_t)entry->how.count - entry->bytes;
	return rest < size ? (size_t)rest : size;
}

static struct verdict
failure(ssize_t error)
{
	struct verdict verdict = { (int)error, BSK_SENT_UNREADABLE, NULL,
		NULL };

	if (is_of_the_kernel(error))
		verdict = (struct verdict){ -EOPNOTSUPP, BSK_SENT_CANNOT,
			"the kernel cannot send this file there", NULL };
	return verdict;
}

/* Goes on with the first file. Returns as bsk_sendfiles_write does. */
static int
write_first(struct bsk_sendfiles *files, bsk_ctx *ctx,
    struct bsk_outbox *outbox, int out, size_t *left)
{
	struct bsk_sendfile_entry *entry = files->first;
	size_t size = slice_of(entry, *left);
	ssize_t sent;

	if (*left == 0)
		return 1;
	sent = send_some(entry, bsk_os(ctx), out, size);
	if (sent == -EAGAIN || is_of_the_peer(sent))
		return (int)sent;
	if (sent > 0) {
		entry->bytes += (uint64_t)sent;
		files->sent_bytes += (uint64_t)sent;
		*left -= (size_t)sent;
	}
	if (sent < 0)
		finish(files, ctx, outbox, failure(sent));
	else if (sent == 0)
		finish(files, ctx, outbox,
		    (struct verdict){ 0, BSK_SENT_FILE_END, NULL, NULL });
	else if (slice_of(entry, SLICE) == 0)
		finish(files, ctx, outbox,
		    (struct verdict){ 0, BSK_SENT_ALL, NULL, NULL });
	return 0;
}

int
bsk_sendfiles_write(struct bsk_sendfiles *files, bsk_ctx *ctx,
    struct bsk_outbox *outbox, int out, size_t *left)
{
	int result = 0;

	while (result == 0 && files->first != NULL &&
	    bsk_outbox_is_at_barrier(outbox))
		result = write_first(files, ctx, outbox, out, left);
	return result;
}

/* --- not writing ------------------------------------------------------ */

void
bsk_sendfiles_lose(struct bsk_sendfiles *files, bsk_ctx *ctx,
    struct bsk_outbox *outbox, int error)
{
	const struct verdict verdict = { .error = error,
		.reason = is_of_the_peer(error) ? BSK_SENT_PEER_GONE :
		BSK_SENT_CANCELLED };

	while (files->first != NULL)
		finish(files, ctx, outbox, verdict);
}

/* All go through the queue once; those that stay are put behind. */
void
bsk_sendfiles_cancel(struct bsk_sendfiles *files, bsk_ctx *ctx,
    struct bsk_outbox *outbox, bsk_ref sender, uint64_t ticket)
{
	const struct verdict verdict = { .error = -ECANCELED,
		.reason = BSK_SENT_CANCELLED };
	struct bsk_sendfile_entry *entry = files->first;
	struct bsk_sendfile_entry *next;

	files->first = files->last = NULL;
	files->count = 0;
	outbox->barrier = 0;
	for (; entry != NULL; entry = next) {
		bsk_ref asker = bsk_message_sender(entry->message);

		next = entry->next;
		if (entry->how.ticket != ticket ||
		    !bsk_ref_equal(sender, asker)) {
			append(files, outbox, entry);
			continue;
		}
		report(entry, ctx, &verdict);
		free(entry);
	}
}
