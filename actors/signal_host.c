/* actors/signal_host.c - blocks signals in the host's thread.
 *
 *   hears   bsk_signal_catch  from the signal actor, through signal_fd.c
 *   says    bsk_result        the answer
 *
 * The host's thread is the one where signals that nobody watches get their
 * ordinary action; so what is watched must be blocked in it, and only there
 * can it be. A signal is blocked before it joins the signalfd's set. It leaves
 * in the opposite order, and what came in until then and was not read is taken
 * off the queue first: it was meant for the watchers, and must not meet the
 * default action, which may be to die.
 *
 * (os->sigmask) stands in parentheses because <signal.h> has a macro of that
 * name.
 */
#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <buskin/actor.h>
#include <buskin/signal.h>

#define SIGNAL_COUNT 64 /* as many as bsk_os_signals has bits */

struct signal_host {
	bsk_fd fd;              /* the signalfd */
	bsk_os_signals caught;  /* its set */
	bsk_os_signals blocked; /* what of these we have blocked; the others
	                         * were blocked before and stay so */
};

BSK_HANDLER(on_open, signal_host, bsk_open);
BSK_HANDLER(on_catch, signal_host, bsk_signal_catch);
BSK_HANDLER(on_close, signal_host, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,         on_open),
	BSK_ON(bsk_signal_catch, on_catch),
	BSK_ON(bsk_close,        on_close),
};

const struct bsk_class bsk_signal_host_class = BSK_CLASS(signal_host,
    "signal-host", "blocks signals in the host's thread", handlers,
    .config = &bsk_signal_host_config_type, .placement = BSK_PLACE_HOST);

static int
on_open(struct signal_host *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_signal_host_config *config = bsk_config(ctx);

	(void)open;
	self->fd = bsk_fd_own(bsk_fd_take(&config->fd));
	return bsk_fd_number(self->fd) < 0 ? -EBADF : 0;
}

static int
catch_signal(struct signal_host *self, const struct bsk_os *os,
    bsk_os_signals bit)
{
	bsk_os_signals old;
	int error = (os->sigmask)(os, SIG_BLOCK, bit, &old);

	if (error < 0)
		return error;
	error = os->signalfd(os, bsk_fd_number(self->fd), self->caught | bit);
	if (error < 0) {
		(void)(os->sigmask)(os, SIG_SETMASK, old, NULL);
		return error;
	}
	self->caught |= bit;
	self->blocked |= bit & ~old;
	return 0;
}

/* Reads what is left of some signals, through a signalfd for just these. */
static void
discard(const struct bsk_os *os, bsk_os_signals bits)
{
	struct signalfd_siginfo info;
	int fd = os->signalfd(os, -1, bits);

	if (fd < 0)
		return;
	while (os->read(os, fd, &info, sizeof(info)) > 0)
		continue;
	(void)os->close(os, fd);
}

static int
let_go(struct signal_host *self, const struct bsk_os *os, bsk_os_signals bits)
{
	int error = os->signalfd(os, bsk_fd_number(self->fd),
	    self->caught & ~bits);

	if (error < 0)
		return error;
	discard(os, bits & self->caught);
	error = (os->sigmask)(os, SIG_UNBLOCK, bits & self->blocked, NULL);
	self->caught &= ~bits;
	self->blocked &= ~bits;
	return error;
}

static int
change(struct signal_host *self, const struct bsk_os *os, int number, bool on)
{
	bsk_os_signals bit;

	if (number < 1 || number > SIGNAL_COUNT)
		return -EINVAL;
	bit = UINT64_C(1) << (number - 1);
	return on ? catch_signal(self, os, bit) : let_go(self, os, bit);
}

static int
on_catch(struct signal_host *self, bsk_ctx *ctx,
    const struct bsk_signal_catch *request)
{
	int error = change(self, bsk_os(ctx), request->number, request->on);

	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
	    .text = bsk_signal_refusal(request->number, error)));
	return 0;
}

static int
on_close(struct signal_host *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)close;
	if (bsk_fd_number(self->fd) < 0)
		return 0;
	(void)let_go(self, bsk_os(ctx), self->caught);
	(void)bsk_os(ctx)->close(bsk_os(ctx), bsk_fd_number(self->fd));
	return 0;
}
