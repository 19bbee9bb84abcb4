/* actors/sendfile_entry.c - one file that an actor was asked to send.
 *
 *   says    bsk_stream_sent   to whoever sent bsk_stream_sendfile, once
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <buskin/actor.h>
#include <buskin/log.h>
#include <buskin/sendfile_entry.h>

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
answer(const struct bsk_sendfile_entry *entry,
    const struct bsk_sendfile_verdict *verdict)
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

/* Answers, and gives away what the entry owns. */
static void
report(struct bsk_sendfile_entry *entry, bsk_ctx *ctx,
    const struct bsk_sendfile_verdict *verdict)
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

void
bsk_sendfile_end(struct bsk_sendfile_entry *entry, bsk_ctx *ctx,
    struct bsk_sendfile_verdict verdict)
{
	report(entry, ctx, &verdict);
	free(entry);
}

/* --- taking ----------------------------------------------------------- */

static struct bsk_sendfile_verdict
refusal(int error, const char *field, const char *text)
{
	return (struct bsk_sendfile_verdict){ error, BSK_SENT_REFUSED, text,
		field };
}

static struct bsk_sendfile_verdict
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
	return (struct bsk_sendfile_verdict){ 0 };
}

static struct bsk_sendfile_verdict
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
	return (struct bsk_sendfile_verdict){ 0 };
}

/* In packets, a file would be cut wherever it happens. */
static struct bsk_sendfile_verdict
check_out(bsk_ctx *ctx, int out)
{
	const struct bsk_os *os = bsk_os(ctx);
	int type = 0;
	socklen_t size = sizeof(type);

	if (os->getsockopt(os, out, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
	    type != SOCK_STREAM)
		return refusal(-EINVAL, NULL, "the stream's socket is none of "
		    "bytes");
	return (struct bsk_sendfile_verdict){ 0 };
}

static struct bsk_sendfile_verdict
check(bsk_ctx *ctx, int out, const struct bsk_stream_sendfile *how)
{
	struct bsk_sendfile_verdict verdict = check_numbers(how);

	if (verdict.error == 0)
		verdict = check_file(ctx, bsk_fd_number(how->fd));
	if (verdict.error == 0)
		verdict = check_out(ctx, out);
	return verdict;
}

/* Holds the message in hand and takes its descriptor. */
static int
hold(bsk_ctx *ctx, const struct bsk_stream_sendfile *how,
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
bsk_sendfile_refuse(bsk_ctx *ctx, const struct bsk_stream_sendfile *how,
    struct bsk_sendfile_verdict verdict)
{
	struct bsk_sendfile_entry entry;

	if (hold(ctx, how, &entry) == 0)
		report(&entry, ctx, &verdict);
}

struct bsk_sendfile_entry *
bsk_sendfile_take(bsk_ctx *ctx, const struct bsk_stream_sendfile *how, int out)
{
	struct bsk_sendfile_verdict verdict = check(ctx, out, how);
	struct bsk_sendfile_entry *entry = NULL;

	if (verdict.error == 0)
		entry = malloc(sizeof(*entry));
	if (verdict.error == 0 && entry == NULL)
		verdict = refusal(-ENOMEM, NULL, NULL);
	if (verdict.error < 0) {
		bsk_sendfile_refuse(ctx, how, verdict);
		return NULL;
	}
	if (hold(ctx, how, entry) == 0)
		return entry;
	free(entry);
	return NULL;
}

/* --- reading ---------------------------------------------------------- */

uint64_t
bsk_sendfile_left(const struct bsk_sendfile_entry *entry)
{
	return entry->how.to_end ? UINT64_MAX :
	    (uint64_t)entry->how.count - entry->bytes;
}

ssize_t
bsk_sendfile_read(const struct bsk_sendfile_entry *entry,
    const struct bsk_os *os, void *block, size_t size)
{
	return os->pread(os, bsk_fd_number(entry->fd), block, size,
	    entry->how.offset + (int64_t)entry->bytes);
}
