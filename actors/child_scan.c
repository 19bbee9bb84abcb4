/* actors/child_scan.c - the strategy that looks at each child by its pid.
 *
 *   hears   bsk_child_follow, bsk_child_signal, bsk_child_look
 *                               from the child watcher
 *           bsk_signal_raised   from the signal actor: SIGCHLD
 *   says    bsk_child_strategy_ready, bsk_child_followed, bsk_child_exited,
 *           bsk_child_unexpected
 *                               to the child watcher
 *
 * For old kernels, and where children are also waited for by others. It never
 * takes a child that it does not follow, so that it may share a process with
 * whoever has children too. One SIGCHLD may stand for many ends; so the kernel
 * is asked who has ended, without taking that one away, until it names nobody.
 * Then an end costs the same among many children as among few. Only when the
 * kernel names a child of somebody else's, which hides the others until its own
 * parent takes it, is each of ours looked at.
 *
 * Where SIGCHLD is another system's, or ignored, it looks by the clock.
 */
#include <errno.h>
#include <sys/wait.h>

#include <buskin/child_strategy.h>
#include <buskin/signal.h>

#define TIMER_LOOK 0
#define NO_SIGNAL_NS INT64_C(20000000) /* between looks, without SIGCHLD */

struct child_scan {
	struct bsk_child_set set;
	int32_t unexpected; /* the pid that hid the others last; 0: none */
	bool no_signal;     /* SIGCHLD does not come */
	bool looking;       /* the timer is armed */
};

BSK_HANDLER(on_open, child_scan, bsk_open);
BSK_HANDLER(on_follow, child_scan, bsk_child_follow);
BSK_HANDLER(on_signal, child_scan, bsk_child_signal);
BSK_HANDLER(on_look, child_scan, bsk_child_look);
BSK_HANDLER(on_raised, child_scan, bsk_signal_raised);
BSK_HANDLER(on_result, child_scan, bsk_result);
BSK_HANDLER(on_ask_failed, child_scan, bsk_ask_failed);
BSK_HANDLER(on_due, child_scan, bsk_timer_due);
BSK_HANDLER(on_close, child_scan, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,          on_open),
	BSK_ON(bsk_child_follow,  on_follow),
	BSK_ON(bsk_child_signal,  on_signal),
	BSK_ON(bsk_child_look,    on_look),
	BSK_ON(bsk_signal_raised, on_raised),
	BSK_ON(bsk_result,        on_result),
	BSK_ON(bsk_ask_failed,    on_ask_failed),
	BSK_ON(bsk_timer_due,     on_due),
	BSK_ON(bsk_close,         on_close),
};

const struct bsk_class bsk_child_scan_class = BSK_CLASS(child_scan,
    "child-watcher-scan", "follows children by looking at each", handlers,
    .config = &bsk_child_watcher_config_type);

static int
on_open(struct child_scan *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)self;
	(void)open;
	return bsk_child_ask_for_signal(ctx);
}

/* Children that ended before SIGCHLD was caught are seen as they are followed:
 * the watcher tells of none until we are ready. */
static int
begin(struct child_scan *self, bsk_ctx *ctx, int error)
{
	self->no_signal = error < 0 ||
	    bsk_child_ends_are_ignored(bsk_os(ctx));
	return bsk_child_say_ready(ctx, 0, NULL);
}

static int
on_result(struct child_scan *self, bsk_ctx *ctx,
    const struct bsk_result *result)
{
	return begin(self, ctx, result->error);
}

static int
on_ask_failed(struct child_scan *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	return begin(self, ctx, failed->reason);
}

/* The clock runs while there is anything to look at. */
static int
keep_time(struct child_scan *self, bsk_ctx *ctx)
{
	int64_t every_ns = bsk_child_look_ns(ctx);

	if (self->looking == (self->set.count > 0))
		return 0;
	self->looking = !self->looking;
	if (!self->looking) {
		(void)bsk_timer_disarm(ctx, TIMER_LOOK);
		return 0;
	}
	if (self->no_signal && every_ns > NO_SIGNAL_NS)
		every_ns = NO_SIGNAL_NS;
	return bsk_timer_arm(ctx, TIMER_LOOK, every_ns, every_ns);
}

static int
on_follow(struct child_scan *self, bsk_ctx *ctx,
    const struct bsk_child_follow *request)
{
	int error = bsk_child_set_follow(ctx, &self->set, request);

	return error < 0 ? error : keep_time(self, ctx);
}

static int
on_signal(struct child_scan *self, bsk_ctx *ctx,
    const struct bsk_child_signal *request)
{
	return bsk_child_set_signal(ctx, &self->set, request);
}

static int
look(struct child_scan *self, bsk_ctx *ctx)
{
	int error = bsk_child_look_at_all(ctx, &self->set);

	return error < 0 ? error : keep_time(self, ctx);
}

static int
on_look(struct child_scan *self, bsk_ctx *ctx,
    const struct bsk_child_look *body)
{
	(void)body;
	return look(self, ctx);
}

static int
on_due(struct child_scan *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)due;
	return look(self, ctx);
}

/* Somebody else's is named again and again; it is told once. */
static int
pass_over(struct child_scan *self, bsk_ctx *ctx, int32_t pid)
{
	int error = 0;

	if (pid != self->unexpected)
		error = bsk_send(ctx, bsk_parent(ctx),
		    BSK_NEW(bsk_child_unexpected, .pid = pid));
	self->unexpected = pid;
	return error < 0 ? error : look(self, ctx);
}

static int
on_raised(struct child_scan *self, bsk_ctx *ctx,
    const struct bsk_signal_raised *raised)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct bsk_os_wait wait;
	struct bsk_child_node *node;
	int error = 0;

	(void)raised;
	while (error == 0 && self->set.count > 0) {
		error = os->waitid(os, P_ALL, 0,
		    WEXITED | WNOHANG | WNOWAIT, &wait);
		/* None is left, and ours are lost. */
		if (error == -ECHILD)
			return look(self, ctx);
		if (error < 0 || wait.pid == 0)
			break;
		node = bsk_child_set_find(&self->set, wait.pid);
		if (node == NULL)
			return pass_over(self, ctx, wait.pid);
		error = bsk_child_look_at(ctx, &self->set, node);
	}
	return error < 0 ? error : keep_time(self, ctx);
}

static int
on_close(struct child_scan *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)ctx;
	(void)close;
	bsk_child_set_clear(&self->set);
	return 0;
}
