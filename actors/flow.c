/* actors/flow.c - bytes on their way from one descriptor to another.
 *
 * That a socket has nothing to give and that the pipe is full are the same
 * -EAGAIN. It is believed of the socket only when the pipe is empty; else the
 * flow is choked, and tries again when the pipe has given something.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include <buskin/flow.h>

#define BUFFER ((size_t)64 * 1024)
#define PIPE_FIRST ((size_t)64 * 1024) /* of a pipe that was never full */
#define PIPE_MOST ((size_t)1 << 20)
#define FLAGS (SPLICE_F_MOVE | SPLICE_F_NONBLOCK)

/* Whether the kernel does not do this for these descriptors. */
static bool
is_refusal(ssize_t error)
{
	return error == -EINVAL || error == -ENOSYS || error == -EOPNOTSUPP;
}

static size_t
buffered(const struct bsk_flow *flow)
{
	return flow->end - flow->begin;
}

static size_t
most(const struct bsk_flow *flow)
{
	return flow->most_bytes > 0 ? flow->most_bytes : PIPE_MOST;
}

/* How many bytes the pipe may hold; none there yet, as much as it will. */
static size_t
pipe_size(const struct bsk_flow *flow)
{
	if (flow->pipe_bytes > 0)
		return flow->pipe_bytes;
	return PIPE_FIRST < most(flow) ? PIPE_FIRST : most(flow);
}

/* How many more may come in. The buffer is filled only when it is empty. */
static size_t
room(const struct bsk_flow *flow)
{
	if (flow->choked)
		return 0;
	if (flow->copying)
		return bsk_flow_held(flow) == 0 ? BUFFER : 0;
	return pipe_size(flow) - flow->piped_bytes;
}

bool
bsk_flow_is_full(const struct bsk_flow *flow)
{
	return flow->ended || room(flow) == 0;
}

/* From now on by hand. Whether that is possible. */
static bool
copy(struct bsk_flow *flow)
{
	flow->copying = true;
	flow->choked = false;
	flow->buffer = malloc(BUFFER);
	if (flow->buffer == NULL)
		flow->stuck = -ENOMEM;
	return flow->stuck == 0;
}

/* --- the pipe --------------------------------------------------------- */

static int
pipe_open(struct bsk_flow *flow, const struct bsk_os *os)
{
	int fds[2];
	int error = os->pipe2(os, fds, O_NONBLOCK);

	if (error < 0)
		return error;
	flow->source = bsk_fd_own(fds[0]);
	flow->sink = bsk_fd_own(fds[1]);
	flow->pipe_bytes = pipe_size(flow);
	return 0;
}

/* A flow that half fills its pipe is worth a larger one. Where that is not
 * allowed (fcntl(2) has limits for each user) it does with what it has. */
static void
pipe_widen(struct bsk_flow *flow, const struct bsk_os *os)
{
	int size;

	if (flow->piped_bytes < flow->pipe_bytes / 2 ||
	    flow->pipe_bytes >= most(flow))
		return;
	size = os->pipe_size_set(
	    os, bsk_fd_number(flow->sink), (int)most(flow));
	if (size < 0)
		flow->most_bytes = flow->pipe_bytes;
	else
		flow->pipe_bytes = most(flow);
}

/* Without a pipe (there may be no more descriptors) there is still a way. */
static ssize_t
pipe_fill(struct bsk_flow *flow, const struct bsk_os *os, int fd, size_t size)
{
	ssize_t got;

	if (flow->pipe_bytes == 0 && pipe_open(flow, os) < 0)
		return -EINVAL;
	got = os->splice(os, fd, bsk_fd_number(flow->sink), size, FLAGS);
	if (got > 0) {
		flow->piped_bytes += (size_t)got;
		pipe_widen(flow, os);
	}
	return got;
}

/* What the kernel does not pass on any more comes back. */
static bool
pipe_empty(struct bsk_flow *flow, const struct bsk_os *os)
{
	ssize_t got;

	if (buffered(flow) > 0)
		return false;
	got = os->read(
	    os, bsk_fd_number(flow->source), flow->buffer, BUFFER);
	if (got <= 0) {
		flow->stuck = got < 0 ? (int)got : -EIO;
		return false;
	}
	flow->piped_bytes -= (size_t)got;
	flow->begin = 0;
	flow->end = (size_t)got;
	return true;
}

/* --- taking ----------------------------------------------------------- */

static ssize_t
buffer_fill(struct bsk_flow *flow, const struct bsk_os *os, int fd)
{
	ssize_t got = os->read(os, fd, flow->buffer, BUFFER);

	flow->begin = 0;
	flow->end = got > 0 ? (size_t)got : 0;
	return got;
}

/* What it means that nothing came. Whether it is worth another try. */
static bool
take_nothing(struct bsk_flow *flow, struct bsk_flow_side *from, ssize_t got)
{
	if (got == -EAGAIN && bsk_flow_held(flow) == 0)
		from->readable = false;
	else if (got == -EAGAIN)
		flow->choked = true;
	else if (is_refusal(got) && !flow->copying)
		return copy(flow);
	else
		flow->ended = true;
	if (got < 0 && flow->ended) {
		flow->error = (int)got;
		from->gone = true;
	}
	return false;
}

/* Takes some from the one side. Whether there is something new. */
static bool
take(struct bsk_flow *flow, const struct bsk_os *os,
    struct bsk_flow_side *from, size_t left)
{
	size_t size = room(flow) < left ? room(flow) : left;
	ssize_t got;

	if (flow->copying && flow->piped_bytes > 0)
		return pipe_empty(flow, os);
	if (flow->ended || !from->readable || size == 0)
		return false;
	if (flow->copying)
		got = buffer_fill(flow, os, bsk_flow_side_fd(from));
	else
		got = pipe_fill(flow, os, bsk_flow_side_fd(from), size);
	return got > 0 || take_nothing(flow, from, got);
}

/* --- giving ----------------------------------------------------------- */

static ssize_t
buffer_give(struct bsk_flow *flow, const struct bsk_os *os, int fd)
{
	ssize_t put = os->write(
	    os, fd, flow->buffer + flow->begin, buffered(flow));

	if (put > 0) {
		flow->begin += (size_t)put;
		flow->copied_bytes += (uint64_t)put;
	}
	return put;
}

static ssize_t
pipe_give(struct bsk_flow *flow, const struct bsk_os *os, int fd, size_t size)
{
	ssize_t put = os->splice(os, bsk_fd_number(flow->source), fd,
	    flow->piped_bytes < size ? flow->piped_bytes : size, FLAGS);

	if (put > 0)
		flow->piped_bytes -= (size_t)put;
	return put;
}

/* As take_nothing. Whoever is gone may still be read; one who is there and
 * cannot be given anything would wait for ever. */
static bool
give_nothing(struct bsk_flow *flow, struct bsk_flow_side *to, ssize_t put)
{
	if (put == -EAGAIN) {
		to->writable = false;
		return false;
	}
	if (is_refusal(put) && !flow->copying)
		return copy(flow);
	flow->error = put < 0 ? (int)put : -EIO;
	to->gone = put == -EPIPE || put == -ECONNRESET;
	if (!to->gone)
		flow->stuck = flow->error;
	return false;
}

/* Gives some to the other side. Whether there is room again. */
static bool
give(struct bsk_flow *flow, const struct bsk_os *os, struct bsk_flow_side *to,
    size_t *left)
{
	ssize_t put;

	if (!to->writable || to->gone || bsk_flow_held(flow) == 0)
		return false;
	if (flow->copying && buffered(flow) == 0)
		return false; /* it is in the pipe: see take */
	if (flow->copying)
		put = buffer_give(flow, os, bsk_flow_side_fd(to));
	else
		put = pipe_give(flow, os, bsk_flow_side_fd(to), *left);
	if (put <= 0)
		return give_nothing(flow, to, put);
	flow->choked = false;
	flow->moved_bytes += (uint64_t)put;
	*left -= (size_t)put < *left ? (size_t)put : *left;
	return true;
}

/* --- the whole -------------------------------------------------------- */

int
bsk_flow_move(struct bsk_flow *flow, bsk_ctx *ctx, struct bsk_flow_side *from,
    struct bsk_flow_side *to, size_t budget_bytes)
{
	const struct bsk_os *os = bsk_os(ctx);
	size_t left = budget_bytes;
	bool going = !flow->over && !to->gone;

	while (going && left > 0) {
		going = give(flow, os, to, &left);
		going = take(flow, os, from, left) || going;
	}
	return flow->stuck < 0 ? flow->stuck : left == 0;
}

void
bsk_flow_settle(struct bsk_flow *flow, bsk_ctx *ctx,
    const struct bsk_flow_side *to)
{
	const struct bsk_os *os = bsk_os(ctx);

	if (flow->over || !(to->gone || flow->ended))
		return;
	if (!to->gone && bsk_flow_held(flow) > 0)
		return;
	if (to->gone)
		flow->lost_bytes = bsk_flow_held(flow);
	else
		(void)os->shutdown(os, bsk_flow_side_fd(to), SHUT_WR);
	flow->ended = flow->over = true;
}

static void
close_end(const struct bsk_os *os, bsk_fd *fd)
{
	if (bsk_fd_number(*fd) >= 0)
		(void)os->close(os, bsk_fd_number(*fd));
	*fd = bsk_fd_own(-1);
}

void
bsk_flow_release(struct bsk_flow *flow, bsk_ctx *ctx)
{
	const struct bsk_os *os = bsk_os(ctx);

	close_end(os, &flow->source);
	close_end(os, &flow->sink);
	free(flow->buffer);
	flow->buffer = NULL;
	flow->begin = flow->end = 0;
	flow->pipe_bytes = flow->piped_bytes = 0;
	flow->ended = flow->over = true;
}
