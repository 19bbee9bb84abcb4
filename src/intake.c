/* intake.c - bytes that are read as readiness is told. */
#include <errno.h>

#include <buskin/intake.h>
#include <buskin/reactor.h>

/* What is read by way of the stack, bytes. */
#define SMALL 8192

#define HANG_UP (BSK_FD_RDHUP | BSK_FD_HUP | BSK_FD_ERR)

/* Of a byte stream, a short read tells that nothing is left; not so of packets
 * or of a terminal. */
void
bsk_intake_open(struct bsk_intake *intake, bsk_ctx *ctx, int fd)
{
	const struct bsk_os *os = bsk_os(ctx);
	int type = 0;
	socklen_t size = sizeof(type);
	struct stat status;
	int error = os->getsockopt(os, fd, SOL_SOCKET, SO_TYPE, &type, &size);

	if (error == 0) {
		intake->short_is_empty = type == SOCK_STREAM;
	} else if (os->fstat(os, fd, &status) == 0) {
		intake->short_is_empty = S_ISFIFO(status.st_mode);
		intake->is_device = S_ISCHR(status.st_mode);
	}
}

void
bsk_intake_told(struct bsk_intake *intake, uint32_t events)
{
	if ((events & (BSK_FD_IN | HANG_UP)) != 0)
		intake->readable = true;
	if ((events & HANG_UP) != 0)
		intake->hung_up = true;
}

int
bsk_intake_unwatched(struct bsk_intake *intake)
{
	if (!intake->is_device)
		return -EPERM;
	intake->unwatched = true;
	intake->readable = true;
	return 0;
}

static ssize_t
read_small(const struct bsk_os *os, int fd, size_t size, bsk_buf *ret_bytes)
{
	unsigned char small[SMALL];
	ssize_t got = os->read(os, fd, small, size);

	if (got > 0)
		*ret_bytes = bsk_buf_copy(small, (size_t)got);
	return got;
}

static ssize_t
read_large(const struct bsk_os *os, int fd, size_t size, bsk_buf *ret_bytes)
{
	unsigned char *bytes;
	bsk_buf whole;
	ssize_t got;

	if (bsk_buf_new(size, &whole, &bytes) < 0)
		return -ENOMEM;
	got = os->read(os, fd, bytes, size);
	if (got > 0 && (size_t)got < size / 2)
		*ret_bytes = bsk_buf_copy(bytes, (size_t)got);
	else if (got > 0)
		*ret_bytes = bsk_buf_slice(&whole, 0, (size_t)got);
	bsk_buf_drop(&whole);
	return got;
}

/* Takes note of what a read of at most `size` bytes has told. */
static void
note(struct bsk_intake *intake, ssize_t got, size_t size)
{
	if (got > 0)
		intake->read_bytes += (uint64_t)got;
	intake->bulk = got >= SMALL;
	if (got == -EAGAIN)
		intake->readable = false;
	/* Near the end only the end itself tells that nothing is left. */
	if (got > 0 && (size_t)got < size && intake->short_is_empty &&
	    !intake->hung_up)
		intake->readable = false;
}

/* A small read goes by way of the stack and is copied to a buffer of its size:
 * whoever keeps a line must not keep 64 KiB. A large one is read in place. */
ssize_t
bsk_intake_read(struct bsk_intake *intake, bsk_ctx *ctx, int fd, size_t size,
    bsk_buf *ret_bytes)
{
	const struct bsk_os *os = bsk_os(ctx);
	ssize_t got;

	if (!intake->readable)
		return -EAGAIN;
	if (!intake->bulk && size > SMALL)
		size = SMALL;
	if (size <= SMALL)
		got = read_small(os, fd, size, ret_bytes);
	else
		got = read_large(os, fd, size, ret_bytes);
	note(intake, got, size);
	if (got == -EAGAIN && intake->unwatched)
		return -EPERM;
	return got == -EIO && intake->is_device ? 0 : got;
}
