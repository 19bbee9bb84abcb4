/* actors/child_waiter.c - the thread that waits for children.
 *
 *   hears   bsk_child_wait   from the strategy `thread`
 *   says    bsk_child_strategy_ready, once, and bsk_child_woken
 *                            to the same
 *
 * It takes no child away, so that whoever it belongs to still can. It also sees
 * children without an exit signal: of that kind is the one that is born only to
 * wake it for its end (see bsk_child_waiter_config); no other wait in this
 * process takes that one away, and it is reaped here.
 */
#include <errno.h>
#include <sys/wait.h>

#include <buskin/child_strategy.h>

struct child_waiter {
	bsk_fd bell;
};

BSK_HANDLER(on_open, child_waiter, bsk_open);
BSK_HANDLER(on_wait, child_waiter, bsk_child_wait);
BSK_HANDLER(on_close, child_waiter, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,       on_open),
	BSK_ON(bsk_child_wait, on_wait),
	BSK_ON(bsk_close,      on_close),
};

const struct bsk_class bsk_child_waiter_class = BSK_CLASS(child_waiter,
    "child-waiter", "waits for children in a thread of its own", handlers,
    .config = &bsk_child_waiter_config_type,
    .placement = BSK_PLACE_THREAD);

static int
on_open(struct child_waiter *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_child_waiter_config *config = bsk_config(ctx);

	(void)open;
	self->bell = bsk_fd_own(bsk_fd_take(&config->bell));
	return bsk_fd_number(self->bell) < 0 ? -EBADF :
	    bsk_child_say_ready(ctx, 0, NULL);
}

static int
on_wait(struct child_waiter *self, bsk_ctx *ctx,
    const struct bsk_child_wait *body)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct bsk_os_wait wait = { .pid = 0 };
	int error = os->waitid(os, P_ALL, 0, WEXITED | WNOWAIT | (int)__WALL,
	    &wait);

	(void)self;
	(void)body;
	return bsk_send(ctx, bsk_parent(ctx), BSK_NEW(bsk_child_woken,
	    .pid = error < 0 ? 0 : wait.pid, .error = error));
}

/* The strategy has rung before it ended, if at all. */
static int
on_close(struct child_waiter *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	const struct bsk_os *os = bsk_os(ctx);
	int bell = bsk_fd_number(self->bell);
	struct bsk_os_wait wait;
	uint64_t pid = 0;

	(void)close;
	if (bell < 0)
		return 0;
	if (os->read(os, bell, &pid, sizeof(pid)) > 0)
		(void)os->waitid(os, P_PID, (id_t)pid,
		    WEXITED | (int)__WALL, &wait);
	(void)os->close(os, bell);
	return 0;
}
