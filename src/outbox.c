/* outbox.c - messages whose bytes wait to be written. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include <buskin/outbox.h>

#define ROOM_LEAST 8

/* What one writev takes, and the bytes after which no more is offered: the
 * kernel would look at each vector and take none. */
#define VECTORS 256
#define OFFER ((size_t)1 << 20)
_Static_assert(VECTORS <= IOV_MAX, "the kernel takes that many");

static bsk_message **
outbox_place(const struct bsk_outbox *outbox, size_t index)
{
	return &outbox->held[(outbox->first + index) & (outbox->room - 1)];
}

static const bsk_buf *
outbox_bytes(const struct bsk_outbox *outbox, size_t index)
{
	const struct bsk_bytes *body =
	    bsk_message_body(*outbox_place(outbox, index));

	return &body->bytes;
}

static int
grow(struct bsk_outbox *outbox)
{
	size_t room = outbox->room > 0 ? 2 * outbox->room : ROOM_LEAST;
	bsk_message **held = malloc(room * sizeof(bsk_message *));
	size_t index;

	if (held == NULL)
		return -ENOMEM;
	for (index = 0; index < outbox->count; index++)
		held[(outbox->first + index) & (room - 1)] =
		    *outbox_place(outbox, index);
	free(outbox->held);
	outbox->held = held;
	outbox->room = room;
	return 0;
}

/* Holds the message in hand, of which `done` bytes are written. */
static int
append(struct bsk_outbox *outbox, bsk_ctx *ctx, size_t size, size_t done)
{
	int error = outbox->count == outbox->room ? grow(outbox) : 0;
	bsk_message *message = bsk_hold(ctx);

	if (error == 0 && message == NULL)
		error = -ENOMEM;
	if (error < 0) {
		if (message != NULL)
			bsk_let_go(ctx, message, BSK_END_LOST);
		outbox->lost_bytes += size - done;
		outbox->lost_messages++;
		return error;
	}
	if (outbox->count == 0)
		outbox->done = done;
	*outbox_place(outbox, outbox->count++) = message;
	outbox->waiting_bytes += size - done;
	return 0;
}

int
bsk_outbox_put(struct bsk_outbox *outbox, bsk_ctx *ctx, int fd,
    const struct bsk_bytes *bytes)
{
	const struct bsk_os *os = bsk_os(ctx);
	size_t size = bytes->bytes.size;
	ssize_t wrote = 0;
	int error;

	if (size == 0)
		return 0;
	if (outbox->count == 0 && outbox->barrier == 0)
		wrote = os->write(os, fd, bytes->bytes.bytes, size);
	if (wrote > 0)
		outbox->written_bytes += (uint64_t)wrote;
	if (wrote == (ssize_t)size)
		return 0;
	error = append(outbox, ctx, size, wrote > 0 ? (size_t)wrote : 0);
	if (error == 0 && wrote < 0 && wrote != -EAGAIN)
		error = (int)wrote;
	return error;
}

/* How many messages may be written now. */
static size_t
before_barrier(const struct bsk_outbox *outbox)
{
	uint64_t most = outbox->count;

	if (outbox->barrier > 0 && outbox->barrier - 1 - outbox->first < most)
		most = outbox->barrier - 1 - outbox->first;
	return most < VECTORS ? (size_t)most : VECTORS;
}

static int
gather(const struct bsk_outbox *outbox, struct iovec *ret_vectors)
{
	size_t count = before_barrier(outbox);
	size_t skip = outbox->done;
	size_t offered = 0;
	size_t index;

	for (index = 0; index < count && offered < OFFER; index++) {
		const bsk_buf *bytes = outbox_bytes(outbox, index);

		/* The kernel only reads what a vector of writev points to. */
		ret_vectors[index].iov_base =
		    (void *)(uintptr_t)(bytes->bytes + skip);
		ret_vectors[index].iov_len = bytes->size - skip;
		offered += bytes->size - skip;
		skip = 0;
	}
	return (int)index;
}

/* Takes note of what was written: lets go of each message that is whole. */
static void
advance(struct bsk_outbox *outbox, bsk_ctx *ctx, size_t wrote)
{
	outbox->written_bytes += wrote;
	outbox->waiting_bytes -= wrote;
	outbox->done += wrote;
	while (outbox->count > 0) {
		size_t size = outbox_bytes(outbox, 0)->size;
		bsk_message *oldest = *outbox_place(outbox, 0);

		if (outbox->done < size)
			return;
		outbox->done -= size;
		outbox->first++;
		outbox->count--;
		bsk_let_go(ctx, oldest, BSK_END_HANDLED);
	}
}

int
bsk_outbox_write(struct bsk_outbox *outbox, bsk_ctx *ctx, int fd, size_t *left)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct iovec vectors[VECTORS];

	while (*left > 0) {
		int count = gather(outbox, vectors);
		ssize_t wrote;

		if (count == 0)
			return 0;
		wrote = os->writev(os, fd, vectors, count);
		if (wrote < 0)
			return (int)wrote;
		advance(outbox, ctx, (size_t)wrote);
		*left -= (size_t)wrote < *left ? (size_t)wrote : *left;
	}
	return 1;
}

int
bsk_outbox_flush(struct bsk_outbox *outbox, bsk_ctx *ctx, int fd)
{
	size_t left = SIZE_MAX;
	int result = bsk_outbox_write(outbox, ctx, fd, &left);

	return result == -EAGAIN ? 0 : result;
}

void
bsk_outbox_lose(struct bsk_outbox *outbox, bsk_ctx *ctx)
{
	size_t index;

	for (index = 0; index < outbox->count; index++)
		bsk_let_go(ctx, *outbox_place(outbox, index), BSK_END_LOST);
	outbox->lost_bytes += outbox->waiting_bytes;
	outbox->lost_messages += outbox->count;
	outbox->waiting_bytes = 0;
	outbox->count = 0;
	outbox->done = 0;
	outbox->barrier = 0;
	free(outbox->held);
	outbox->held = NULL;
	outbox->room = 0;
}

void
bsk_outbox_return(struct bsk_outbox *outbox, bsk_ctx *ctx)
{
	size_t begun = outbox->done > 0 ? 1 : 0;

	while (outbox->count > begun)
		bsk_unhold(ctx, *outbox_place(outbox, --outbox->count));
	outbox->waiting_bytes = begun == 0 ? 0 :
	    outbox_bytes(outbox, 0)->size - outbox->done;
	bsk_outbox_lose(outbox, ctx);
}

uint64_t
bsk_outbox_unread(bsk_ctx *ctx, int fd)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct stat status;
	int bytes = 0;

	/* Of a socket, the kernel would tell what waits on our own side. */
	if (os->fstat(os, fd, &status) < 0 || !S_ISFIFO(status.st_mode) ||
	    os->waiting(os, fd, &bytes) < 0)
		return 0;
	return (uint64_t)bytes;
}
