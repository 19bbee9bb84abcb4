/* actors/sendfile.c - the files that wait to be written, beside an outbox.
 *
 *   says    bsk_stream_sent   to whoever sent bsk_stream_sendfile, once
 *
 * A file keeps its place by the number of the message that is held next when
 * it comes: the outbox stops there (its barrier), the file is written, and the
 * barrier moves on to the next file's place.
 */
#include <errno.h>

#include <buskin/actor.h>
#include <buskin/sendfile_entry.h>

#define SLICE ((size_t)256 * 1024) /* bytes that the kernel copies at a time */
#define BLOCK 16384                /* bytes that we copy at a time */

/* Takes the first file out of the queue and answers it. */
static void
finish(struct bsk_sendfiles *files, bsk_ctx *ctx, struct bsk_outbox *outbox,
    struct bsk_sendfile_verdict verdict)
{
	struct bsk_sendfile_entry *entry = files->first;

	files->first = entry->next;
	files->count--;
	if (files->first == NULL)
		files->last = NULL;
	outbox->barrier = files->first == NULL ? 0 : files->first->place;
	bsk_sendfile_end(entry, ctx, verdict);
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

void
bsk_sendfiles_refuse(bsk_ctx *ctx, const struct bsk_stream_sendfile *how,
    int error)
{
	bsk_sendfile_refuse(ctx, how, (struct bsk_sendfile_verdict){
		.error = error, .reason = error == -ESHUTDOWN ?
		BSK_SENT_REFUSED : BSK_SENT_PEER_GONE });
}

void
bsk_sendfiles_put(struct bsk_sendfiles *files, bsk_ctx *ctx,
    struct bsk_outbox *outbox, int out, const struct bsk_stream_sendfile *how)
{
	struct bsk_sendfile_entry *entry = bsk_sendfile_take(ctx, how, out);

	if (entry == NULL)
		return;
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
    int out, size_t size)
{
	unsigned char block[BLOCK];
	ssize_t got = bsk_sendfile_read(entry, os, block,
	    size < BLOCK ? size : BLOCK);

	return got > 0 ? os->write(os, out, block, (size_t)got) : got;
}

/* Sends once, at most `size` bytes. What the peer did not take of a block is
 * read again: it is in memory by then. */
static ssize_t
send_some(struct bsk_sendfile_entry *entry, const struct bsk_os *os, int out,
    size_t size)
{
	int64_t moving = entry->how.offset + (int64_t)entry->bytes;
	int fd = bsk_fd_number(entry->fd);
	ssize_t sent = -EINVAL;

	if (!entry->copying)
		sent = os->sendfile(os, out, fd, &moving, size);
	if (!entry->copying && is_of_the_kernel(sent) && !entry->how.no_copy)
		entry->copying = true;
	if (entry->copying)
		sent = copy_block(entry, os, out, size);
	return sent;
}

static size_t
slice_of(const struct bsk_sendfile_entry *entry, size_t left)
{
	uint64_t rest = bsk_sendfile_left(entry);
	size_t size = left < SLICE ? left : SLICE;

	return rest < size ? (size_t)rest : size;
}

static struct bsk_sendfile_verdict
failure(ssize_t error)
{
	if (is_of_the_kernel(error))
		return (struct bsk_sendfile_verdict){ -EOPNOTSUPP,
			BSK_SENT_CANNOT,
			"the kernel cannot send this file there", NULL };
	return (struct bsk_sendfile_verdict){ (int)error, BSK_SENT_UNREADABLE,
		NULL, NULL };
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
		    (struct bsk_sendfile_verdict){ 0, BSK_SENT_FILE_END,
			NULL, NULL });
	else if (slice_of(entry, SLICE) == 0)
		finish(files, ctx, outbox,
		    (struct bsk_sendfile_verdict){ 0, BSK_SENT_ALL,
			NULL, NULL });
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
	const struct bsk_sendfile_verdict verdict = { .error = error,
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
	const struct bsk_sendfile_verdict verdict = { .error = -ECANCELED,
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
		bsk_sendfile_end(entry, ctx, verdict);
	}
}
