/* actors/signal_fd.c - catches signals by signalfd(2).
 *
 *   hears   bsk_signal_catch   from the signal actor; passed on to the host
 *           bsk_fd_ready       from the reactor: signals wait to be read
 *   says    bsk_signal_raised  to the signal actor, one for each that is read
 *
 * A signalfd gives what every thread blocks. The system's own threads block
 * everything; the host's thread is where the program's signals would go, so
 * an actor placed there (signal_host.c) blocks what is watched and keeps the
 * set of the signalfd. Reading is done here, on the pool.
 */
#include <errno.h>
#include <sys/signalfd.h>

#include <buskin/actor.h>
#include <buskin/reactor.h>
#include <buskin/signal.h>

#define BATCH 32  /* signals a read */
#define ROUNDS 16 /* reads a turn, so that a flood leaves others theirs */
#define WATCH_TIMEOUT_NS INT64_C(10000000000)

struct signal_fd {
	bsk_fd fd;       /* the signalfd */
	bsk_ref reactor;
	bsk_ref host;
};

BSK_HANDLER(on_open, signal_fd, bsk_open);
BSK_HANDLER(on_catch, signal_fd, bsk_signal_catch);
BSK_HANDLER(on_ready, signal_fd, bsk_fd_ready);
BSK_HANDLER(on_result, signal_fd, bsk_result);
BSK_HANDLER(on_ask_failed, signal_fd, bsk_ask_failed);
BSK_HANDLER(on_down, signal_fd, bsk_down);
BSK_HANDLER(on_close, signal_fd, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,         on_open),
	BSK_ON(bsk_signal_catch, on_catch),
	BSK_ON(bsk_fd_ready,     on_ready),
	BSK_ON(bsk_result,       on_result),
	BSK_ON(bsk_ask_failed,   on_ask_failed),
	BSK_ON(bsk_down,         on_down),
	BSK_ON(bsk_close,        on_close),
};

const struct bsk_class bsk_signal_fd_class = BSK_CLASS(signal_fd,
    "signal-fd", "catches signals by signalfd", handlers);

/* The host has a descriptor of its own for the same signalfd, so that it can
 * never reach for a number that has come to mean something else. */
static int
on_open(struct signal_fd *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_os *os = bsk_os(ctx);
	int fd = os->signalfd(os, -1, 0);
	int twin;
	uint64_t ask;
	int error;

	(void)open;
	if (fd < 0)
		return fd;
	self->fd = bsk_fd_own(fd);
	error = bsk_service(ctx, &bsk_reactor_class, &self->reactor);
	if (error < 0)
		return error;
	twin = os->dup(os, fd);
	if (twin < 0)
		return twin;
	error = bsk_spawn(ctx, &bsk_signal_host_class,
	    BSK_PARCEL(bsk_signal_host_config, .fd = bsk_fd_own(twin)), NULL,
	    &self->host);
	if (error < 0)
		return error;
	return bsk_ask(ctx, self->reactor, BSK_NEW(bsk_fd_watch, .fd = fd,
	    .events = BSK_FD_IN), WATCH_TIMEOUT_NS, &ask);
}

/* The host answers. */
static int
on_catch(struct signal_fd *self, bsk_ctx *ctx,
    const struct bsk_signal_catch *request)
{
	(void)request;
	return bsk_forward(ctx, self->host);
}

static int
tell(bsk_ctx *ctx, const struct signalfd_siginfo *info)
{
	return bsk_send(ctx, bsk_parent(ctx), BSK_NEW(bsk_signal_raised,
	    .number = (int32_t)info->ssi_signo, .code = info->ssi_code,
	    .pid = (int32_t)info->ssi_pid, .uid = info->ssi_uid,
	    .value = info->ssi_int, .count = 1));
}

static int
tell_all(bsk_ctx *ctx, const struct signalfd_siginfo *batch, size_t count)
{
	int error = 0;

	for (size_t i = 0; i < count && error == 0; i++)
		error = tell(ctx, &batch[i]);
	return error;
}

static int
on_ready(struct signal_fd *self, bsk_ctx *ctx, const struct bsk_fd_ready *ready)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct signalfd_siginfo batch[BATCH];
	ssize_t size;
	int error;

	for (int round = 0; round < ROUNDS; round++) {
		size = os->read(os, bsk_fd_number(self->fd), batch,
		    sizeof(batch));
		if (size == -EAGAIN)
			return 0;
		if (size < 0)
			return (int)size;
		error = tell_all(ctx, batch, (size_t)size / sizeof(batch[0]));
		if (error < 0)
			return error;
	}
	return bsk_send(ctx, bsk_self(ctx), BSK_NEW(bsk_fd_ready,
	    .fd = ready->fd, .events = ready->events));
}

/* Whether the reactor watches. */
static int
on_result(struct signal_fd *self, bsk_ctx *ctx,
    const struct bsk_result *result)
{
	(void)self;
	(void)ctx;
	return result->error;
}

static int
on_ask_failed(struct signal_fd *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	(void)self;
	(void)ctx;
	return failed->reason;
}

/* The only child is the host's part. */
static int
on_down(struct signal_fd *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	(void)self;
	(void)ctx;
	return down->reason == 0 ? -EPIPE : down->reason;
}

static int
on_close(struct signal_fd *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)close;
	if (bsk_fd_number(self->fd) >= 0)
		(void)bsk_send(ctx, self->reactor,
		    BSK_NEW(bsk_fd_release, .fd = self->fd));
	return 0;
}
