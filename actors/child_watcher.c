/* actors/child_watcher.c - the child watcher that everybody finds.
 *
 *   hears   bsk_child_watch, bsk_child_unwatch, bsk_child_signal
 *                           from whoever has to do with a child process
 *   says    the same        to the actor that does it, by the strategy that
 *                           the config names; that one answers the asker
 *
 * A strategy is a class of its own that hears these three, and drains.
 */
#include <errno.h>

#include <buskin/actor.h>
#include <buskin/child.h>

struct child_watcher {
	bsk_ref strategy; /* who does it */
	bool draining;
};

BSK_HANDLER(on_open, child_watcher, bsk_open);
BSK_HANDLER(on_watch, child_watcher, bsk_child_watch);
BSK_HANDLER(on_unwatch, child_watcher, bsk_child_unwatch);
BSK_HANDLER(on_signal, child_watcher, bsk_child_signal);
BSK_HANDLER(on_drain, child_watcher, bsk_drain);
BSK_HANDLER(on_down, child_watcher, bsk_down);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,          on_open),
	BSK_ON(bsk_child_watch,   on_watch),
	BSK_ON(bsk_child_unwatch, on_unwatch),
	BSK_ON(bsk_child_signal,  on_signal),
	BSK_ON(bsk_drain,         on_drain),
	BSK_ON(bsk_down,          on_down),
};

const struct bsk_class bsk_child_watcher_class = BSK_CLASS(child_watcher,
    "child-watcher", "tells how child processes end", handlers,
    .config = &bsk_child_watcher_config_type);

/* By enum bsk_child_strategy. */
static const struct bsk_class *const strategies[] = {
	&bsk_child_pidfd_class,
	&bsk_child_pidfd_class,
};

static int
on_open(struct child_watcher *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_child_watcher_config *config = bsk_config(ctx);
	int chosen = config == NULL ? BSK_CHILD_AUTO : config->strategy;

	(void)open;
	if (chosen < 0 ||
	    (size_t)chosen >= sizeof(strategies) / sizeof(strategies[0]))
		return -EINVAL;
	return bsk_spawn(ctx, strategies[chosen], NULL, NULL,
	    &self->strategy);
}

static int
on_watch(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_child_watch *request)
{
	(void)request;
	return bsk_forward(ctx, self->strategy);
}

static int
on_unwatch(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_child_unwatch *request)
{
	(void)request;
	return bsk_forward(ctx, self->strategy);
}

static int
on_signal(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_child_signal *request)
{
	(void)request;
	return bsk_forward(ctx, self->strategy);
}

static int
on_drain(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = true;
	return bsk_stop(ctx, self->strategy);
}

/* The only child is the one that does the work. */
static int
on_down(struct child_watcher *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	if (!self->draining)
		return down->reason == 0 ? -EPIPE : down->reason;
	bsk_exit(ctx, down->reason);
	return 0;
}
