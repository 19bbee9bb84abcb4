/* actors/signal_handler.c - catches signals by sigaction(2).
 *
 *   hears   bsk_signal_catch   from the signal actor
 *           bsk_fd_ready       from the reactor: a handler has put one down
 *   says    bsk_result         the answer
 *           bsk_signal_raised  to the signal actor, one for each
 *
 * For a process with threads of its own that leave signals open: whichever
 * thread the kernel picks, the handler puts the signal down in our sink (see
 * signal_table.c) and wakes us through an eventfd.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>

#include <buskin/actor.h>
#include <buskin/reactor.h>
#include <buskin/signal.h>
#include <buskin/signal_table.h>

#define SIGNAL_END 65 /* one past the last */
#define BATCH 512     /* signals a turn: a flood leaves others theirs */
#define ALL 65536     /* more than there is room for */
#define PATIENCE 100000 /* times that handlers are looked for */
#define WATCH_TIMEOUT_NS INT64_C(10000000000)

struct signal_handler {
	bsk_fd fd;       /* the eventfd that wakes us */
	bsk_ref reactor;
	struct bsk_signal_sink *sink;
	bsk_os_signals caught;
};

BSK_HANDLER(on_open, signal_handler, bsk_open);
BSK_HANDLER(on_catch, signal_handler, bsk_signal_catch);
BSK_HANDLER(on_ready, signal_handler, bsk_fd_ready);
BSK_HANDLER(on_result, signal_handler, bsk_result);
BSK_HANDLER(on_ask_failed, signal_handler, bsk_ask_failed);
BSK_HANDLER(on_close, signal_handler, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,         on_open),
	BSK_ON(bsk_signal_catch, on_catch),
	BSK_ON(bsk_fd_ready,     on_ready),
	BSK_ON(bsk_result,       on_result),
	BSK_ON(bsk_ask_failed,   on_ask_failed),
	BSK_ON(bsk_close,        on_close),
};

const struct bsk_class bsk_signal_handler_class = BSK_CLASS(signal_handler,
    "signal-handler", "catches signals by a handler", handlers);

static int
on_open(struct signal_handler *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_os *os = bsk_os(ctx);
	int fd = os->eventfd(os, 0);
	uint64_t ask;
	int error;

	(void)open;
	if (fd < 0)
		return fd;
	self->fd = bsk_fd_own(fd);
	error = bsk_signal_sink_new(os, fd, &self->sink);
	if (error == 0)
		error = bsk_service(ctx, &bsk_reactor_class, &self->reactor);
	if (error < 0)
		return error;
	return bsk_ask(ctx, self->reactor, BSK_NEW(bsk_fd_watch, .fd = fd,
	    .events = BSK_FD_IN), WATCH_TIMEOUT_NS, &ask);
}

static int
change(struct signal_handler *self, int number, bool on)
{
	bsk_os_signals bit = UINT64_C(1) << (number - 1);
	int error;

	if (!on) {
		error = bsk_signal_unlead(self->sink, number);
		if (error == 0 || error == -EBUSY)
			self->caught &= ~bit; /* else our end tries again */
		return error;
	}
	error = bsk_signal_lead(self->sink, number);
	if (error == 0)
		self->caught |= bit;
	return error;
}

/* Hands on what was put down. Whether all of it, in so many. */
static int
hand_on(struct signal_handler *self, bsk_ctx *ctx, int most, bool *ret_all)
{
	struct bsk_signal_raised raised;
	int error = 0;

	for (int i = 0; error == 0 && i < most; i++) {
		*ret_all = !bsk_signal_take(self->sink, &raised);
		if (*ret_all)
			return 0;
		error = bsk_send(ctx, bsk_parent(ctx),
		    bsk_message_new(&bsk_signal_raised_type, &raised));
	}
	return error;
}

/* Also what handlers are about to put down, on whichever threads. They need us
 * to make room; those of other signals may keep coming, so not for ever. */
static int
hand_on_all(struct signal_handler *self, bsk_ctx *ctx)
{
	bool is_busy = true;
	bool is_all = false;
	int error = 0;

	for (int i = 0; error == 0 && is_busy && i < PATIENCE; i++) {
		is_busy = bsk_signal_is_busy();
		error = hand_on(self, ctx, ALL, &is_all);
		if (is_busy)
			(void)sched_yield();
	}
	return error;
}

/* What was caught before a signal is let go is told before the answer: so it is
 * never taken for one of a later watch. */
static int
on_catch(struct signal_handler *self, bsk_ctx *ctx,
    const struct bsk_signal_catch *request)
{
	bool is_signal = request->number > 0 && request->number < SIGNAL_END;
	int error = is_signal ?
	    change(self, request->number, request->on) : -EINVAL;
	int lost = 0;

	if (is_signal && !request->on)
		lost = hand_on_all(self, ctx);
	/* That somebody else has it now is no fault of whoever lets it go. */
	if (error == -EBUSY)
		error = 0;
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
	    .text = bsk_signal_refusal(request->number, error)));
	return lost;
}

static int
on_ready(struct signal_handler *self, bsk_ctx *ctx,
    const struct bsk_fd_ready *ready)
{
	const struct bsk_os *os = bsk_os(ctx);
	bool is_all = false;
	uint64_t count;
	int error;

	/* Only to take the eventfd back to zero. */
	(void)os->read(os, bsk_fd_number(self->fd), &count, sizeof(count));
	error = hand_on(self, ctx, BATCH, &is_all);
	return error < 0 || is_all ? error : bsk_send(ctx, bsk_self(ctx),
	    BSK_NEW(bsk_fd_ready, .fd = ready->fd, .events = ready->events));
}

/* Whether the reactor watches. */
static int
on_result(struct signal_handler *self, bsk_ctx *ctx,
    const struct bsk_result *result)
{
	(void)self;
	(void)ctx;
	return result->error;
}

static int
on_ask_failed(struct signal_handler *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	(void)self;
	(void)ctx;
	return failed->reason;
}

static int
on_close(struct signal_handler *self, bsk_ctx *ctx,
    const struct bsk_close *close)
{
	(void)close;
	for (int number = 1; number < SIGNAL_END; number++)
		if ((self->caught >> (number - 1) & 1) != 0)
			(void)change(self, number, false);
	bsk_signal_sink_free(self->sink);
	if (bsk_fd_number(self->fd) >= 0)
		(void)bsk_send(ctx, self->reactor,
		    BSK_NEW(bsk_fd_release, .fd = self->fd));
	return 0;
}
