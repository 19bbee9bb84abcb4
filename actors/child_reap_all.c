/* actors/child_reap_all.c - the strategy that reaps whoever has ended.
 *
 *   hears   bsk_child_follow, bsk_child_signal, bsk_child_look
 *                               from the child watcher
 *           bsk_signal_raised   from the signal actor: SIGCHLD
 *   says    bsk_child_strategy_ready, bsk_child_followed, bsk_child_exited
 *                               to the child watcher
 *
 * For a process that inherits children it has never heard of, as init does. One
 * call for each end, however many children live. What it reaps and does not
 * follow is told too: the watcher keeps it, for whoever comes to ask.
 *
 * Nobody else in the process may wait for children then. It needs SIGCHLD for
 * itself: where another system of the process has that, it refuses to begin.
 */
#include <errno.h>
#include <sys/wait.h>

#include <buskin/child_strategy.h>
#include <buskin/signal.h>

#define TIMER_LOOK 0
#define IGNORED_NS INT64_C(20000000) /* between looks when SIGCHLD is ignored */

struct child_reap_all {
	struct bsk_child_set set;
};

BSK_HANDLER(on_open, child_reap_all, bsk_open);
BSK_HANDLER(on_follow, child_reap_all, bsk_child_follow);
BSK_HANDLER(on_signal, child_reap_all, bsk_child_signal);
BSK_HANDLER(on_look, child_reap_all, bsk_child_look);
BSK_HANDLER(on_raised, child_reap_all, bsk_signal_raised);
BSK_HANDLER(on_result, child_reap_all, bsk_result);
BSK_HANDLER(on_ask_failed, child_reap_all, bsk_ask_failed);
BSK_HANDLER(on_due, child_reap_all, bsk_timer_due);
BSK_HANDLER(on_close, child_reap_all, bsk_close);

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

const struct bsk_class bsk_child_reap_all_class = BSK_CLASS(child_reap_all,
    "child-watcher-reap-all", "reaps whatever child has ended", handlers,
    .config = &bsk_child_watcher_config_type);

static int
on_open(struct child_reap_all *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)self;
	(void)open;
	return bsk_child_ask_for_signal(ctx);
}

/* --- reaping -------------------------------------------------------------- */

static int
bury(struct child_reap_all *self, bsk_ctx *ctx,
    const struct bsk_child_exited *exited)
{
	struct bsk_child_node *node =
	    bsk_child_set_find(&self->set, exited->pid);

	if (node != NULL)
		bsk_child_set_drop(&self->set, node);
	return bsk_child_say_exited(ctx, exited);
}

static int
reap(struct child_reap_all *self, bsk_ctx *ctx)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct bsk_child_exited exited;
	struct bsk_os_wait wait;
	int error = 0;

	while (error == 0) {
		error = os->waitid(os, P_ALL, 0, WEXITED | WNOHANG, &wait);
		if (error < 0 || wait.pid == 0)
			break;
		exited = bsk_child_exited_of(&wait);
		error = bury(self, ctx, &exited);
	}
	return error == -ECHILD ? 0 : error;
}

/* --- beginning ------------------------------------------------------------ */

/* The first look closes the gap to whoever ended before SIGCHLD was caught.
 * The clock is for what no signal tells: that somebody else reaped a child of
 * ours. */
static int
begin(struct child_reap_all *self, bsk_ctx *ctx, int error)
{
	int64_t every_ns = bsk_child_look_ns(ctx);

	if (error < 0)
		return bsk_child_say_ready(ctx, error, "cannot have SIGCHLD "
		    "to itself, and so not reap every child");
	if (bsk_child_ends_are_ignored(bsk_os(ctx)) && every_ns > IGNORED_NS)
		every_ns = IGNORED_NS;
	error = bsk_child_say_ready(ctx, 0, NULL);
	if (error == 0)
		error = bsk_timer_arm(ctx, TIMER_LOOK, every_ns, every_ns);
	return error < 0 ? error : reap(self, ctx);
}

static int
on_result(struct child_reap_all *self, bsk_ctx *ctx,
    const struct bsk_result *result)
{
	return begin(self, ctx, result->error);
}

static int
on_ask_failed(struct child_reap_all *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	return begin(self, ctx, failed->reason);
}

/* --- following ------------------------------------------------------------ */

static int
on_follow(struct child_reap_all *self, bsk_ctx *ctx,
    const struct bsk_child_follow *request)
{
	return bsk_child_set_follow(ctx, &self->set, request);
}

static int
on_signal(struct child_reap_all *self, bsk_ctx *ctx,
    const struct bsk_child_signal *request)
{
	return bsk_child_set_signal(ctx, &self->set, request);
}

static int
look(struct child_reap_all *self, bsk_ctx *ctx)
{
	int error = reap(self, ctx);

	return error < 0 ? error : bsk_child_look_at_all(ctx, &self->set);
}

static int
on_look(struct child_reap_all *self, bsk_ctx *ctx,
    const struct bsk_child_look *body)
{
	(void)body;
	return look(self, ctx);
}

static int
on_due(struct child_reap_all *self, bsk_ctx *ctx,
    const struct bsk_timer_due *due)
{
	(void)due;
	return look(self, ctx);
}

static int
on_raised(struct child_reap_all *self, bsk_ctx *ctx,
    const struct bsk_signal_raised *raised)
{
	(void)raised;
	return reap(self, ctx);
}

static int
on_close(struct child_reap_all *self, bsk_ctx *ctx,
    const struct bsk_close *close)
{
	(void)ctx;
	(void)close;
	bsk_child_set_clear(&self->set);
	return 0;
}
