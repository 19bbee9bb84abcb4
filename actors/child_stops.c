/* actors/child_stops.c - tells of children that are stopped or go on.
 *
 *   hears   bsk_child_stops_follow  from the child watcher
 *           bsk_signal_raised       from the signal actor: SIGCHLD
 *   says    bsk_child_stopped, bsk_child_continued
 *                                   to the child watcher
 *
 * It never reaps: it asks the kernel for stops alone, and so goes with every
 * strategy. Only children that somebody wants it of are looked at. Changes that
 * come quickly one after the other may be told as the last of them.
 *
 * Where SIGCHLD is another system's, or ignored, it looks by the clock.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include <buskin/child_strategy.h>
#include <buskin/signal.h>

#define TIMER_LOOK 0
#define NO_SIGNAL_NS INT64_C(20000000) /* between looks, without SIGCHLD */
#define LOOK_NS INT64_C(500000000)     /* with it: a host may block it */

struct child_stops {
	struct bsk_child_set set;
	int64_t every_ns; /* between looks; 0: it is not known yet */
	bool looking;     /* the timer is armed */
};

BSK_HANDLER(on_open, child_stops, bsk_open);
BSK_HANDLER(on_follow, child_stops, bsk_child_stops_follow);
BSK_HANDLER(on_raised, child_stops, bsk_signal_raised);
BSK_HANDLER(on_result, child_stops, bsk_result);
BSK_HANDLER(on_ask_failed, child_stops, bsk_ask_failed);
BSK_HANDLER(on_due, child_stops, bsk_timer_due);
BSK_HANDLER(on_close, child_stops, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,               on_open),
	BSK_ON(bsk_child_stops_follow, on_follow),
	BSK_ON(bsk_signal_raised,      on_raised),
	BSK_ON(bsk_result,             on_result),
	BSK_ON(bsk_ask_failed,         on_ask_failed),
	BSK_ON(bsk_timer_due,          on_due),
	BSK_ON(bsk_close,              on_close),
};

const struct bsk_class bsk_child_stops_class = BSK_CLASS(child_stops,
    "child-stops", "tells of children that are stopped", handlers);

static int
on_open(struct child_stops *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)self;
	(void)open;
	return bsk_child_ask_for_signal(ctx);
}

/* The clock runs while there is anything to look at. */
static int
keep_time(struct child_stops *self, bsk_ctx *ctx)
{
	if (self->every_ns == 0 || self->looking == (self->set.count > 0))
		return 0;
	self->looking = !self->looking;
	if (self->looking)
		return bsk_timer_arm(ctx, TIMER_LOOK, self->every_ns,
		    self->every_ns);
	(void)bsk_timer_disarm(ctx, TIMER_LOOK);
	return 0;
}

static int
begin(struct child_stops *self, bsk_ctx *ctx, int error)
{
	self->every_ns = error < 0 ||
	    bsk_child_ends_are_ignored(bsk_os(ctx)) ? NO_SIGNAL_NS : LOOK_NS;
	return keep_time(self, ctx);
}

static int
on_result(struct child_stops *self, bsk_ctx *ctx,
    const struct bsk_result *result)
{
	return begin(self, ctx, result->error);
}

static int
on_ask_failed(struct child_stops *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	return begin(self, ctx, failed->reason);
}

/* Ended already, or taken away: the strategy's business. */
static int
look_at(bsk_ctx *ctx, int32_t pid)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct bsk_os_wait wait;

	if (os->waitid(os, P_PID, (id_t)pid,
	    WSTOPPED | WCONTINUED | WNOHANG, &wait) < 0 || wait.pid == 0)
		return 0;
	if (wait.code == CLD_CONTINUED)
		return bsk_send(ctx, bsk_parent(ctx),
		    BSK_NEW(bsk_child_continued, .pid = pid));
	return bsk_send(ctx, bsk_parent(ctx), BSK_NEW(bsk_child_stopped,
	    .pid = pid, .signal = wait.status));
}

static int
look(struct child_stops *self, bsk_ctx *ctx)
{
	int error = 0;

	for (const struct bsk_child_node *node = self->set.first;
	    node != NULL && error == 0; node = node->next)
		error = look_at(ctx, node->pid);
	return error;
}

static int
on_follow(struct child_stops *self, bsk_ctx *ctx,
    const struct bsk_child_stops_follow *request)
{
	struct bsk_child_node *node =
	    bsk_child_set_find(&self->set, request->pid);

	int error = 0;

	if (node != NULL && !request->on)
		bsk_child_set_drop(&self->set, node);
	if (node == NULL && request->on) {
		error = bsk_child_set_add(&self->set, request->pid);
		if (error == 0)
			error = look_at(ctx, request->pid);
	}
	return error < 0 ? error : keep_time(self, ctx);
}

static int
on_raised(struct child_stops *self, bsk_ctx *ctx,
    const struct bsk_signal_raised *raised)
{
	(void)raised;
	return look(self, ctx);
}

static int
on_due(struct child_stops *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)due;
	return look(self, ctx);
}

static int
on_close(struct child_stops *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)ctx;
	(void)close;
	bsk_child_set_clear(&self->set);
	return 0;
}
