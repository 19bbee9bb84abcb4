/* actors/child_thread.c - the strategy that has a thread sleep in waitid(2).
 *
 *   hears   bsk_child_follow, bsk_child_signal, bsk_child_look
 *                             from the child watcher
 *           bsk_child_strategy_ready, bsk_child_woken
 *                             from its thread: it is there; a child has ended
 *           bsk_drain         the thread is to be woken, so that it ends
 *   says    bsk_child_strategy_ready, bsk_child_followed, bsk_child_exited,
 *           bsk_child_unexpected
 *                             to the child watcher
 *           bsk_child_wait    to its thread
 *
 * The last resort: it needs neither pidfds nor signals. One thread
 * (child_waiter.c) waits for any child of the process without taking it away,
 * and says which; reaping is done here, one after the other with everything
 * else that concerns the child. So an end costs the same among ten thousand
 * children as among ten, and there is one thread however many they are.
 *
 * An ended child of somebody else's would wake the thread without rest, as long
 * as nobody takes it away: it sleeps by the clock then, and all of ours are
 * looked at.
 */
#include <errno.h>

#include <buskin/child_strategy.h>

#define TIMER_LOOK 0
#define TIMER_AGAIN 1
#define TIMER_RING 2
#define AGAIN_NS INT64_C(10000000) /* after somebody else's child */
#define RING_NS INT64_C(10000000) /* after no process could be made */
#define IGNORED_NS INT64_C(20000000) /* between looks when SIGCHLD is ignored */

struct child_thread {
	struct bsk_child_set set;
	bsk_ref waiter;
	bsk_fd bell;        /* an eventfd: see bsk_child_waiter_config */
	int32_t unexpected; /* who woke us last without being ours; 0: none */
	bool waiting;       /* the thread sleeps, or is about to */
	bool draining;      /* it is to sleep no more */
};

BSK_HANDLER(on_open, child_thread, bsk_open);
BSK_HANDLER(on_ready, child_thread, bsk_child_strategy_ready);
BSK_HANDLER(on_follow, child_thread, bsk_child_follow);
BSK_HANDLER(on_signal, child_thread, bsk_child_signal);
BSK_HANDLER(on_look, child_thread, bsk_child_look);
BSK_HANDLER(on_woken, child_thread, bsk_child_woken);
BSK_HANDLER(on_due, child_thread, bsk_timer_due);
BSK_HANDLER(on_down, child_thread, bsk_down);
BSK_HANDLER(on_drain, child_thread, bsk_drain);
BSK_HANDLER(on_close, child_thread, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,         on_open),
	BSK_ON(bsk_child_strategy_ready, on_ready),
	BSK_ON(bsk_child_follow, on_follow),
	BSK_ON(bsk_child_signal, on_signal),
	BSK_ON(bsk_child_look,   on_look),
	BSK_ON(bsk_child_woken,  on_woken),
	BSK_ON(bsk_timer_due,    on_due),
	BSK_ON(bsk_down,         on_down),
	BSK_ON(bsk_drain,        on_drain),
	BSK_ON(bsk_close,        on_close),
};

static int leave(struct child_thread *self, bsk_ctx *ctx);

const struct bsk_class bsk_child_thread_class = BSK_CLASS(child_thread,
    "child-watcher-thread", "follows children from a thread that waits",
    handlers, .config = &bsk_child_watcher_config_type);

/* The clock is for what wakes no thread: that somebody else has reaped a child
 * of ours. */
static int
on_open(struct child_thread *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_os *os = bsk_os(ctx);
	int64_t every_ns = bsk_child_look_ns(ctx);
	int twin;
	int error = os->eventfd(os, 0);

	(void)open;
	if (error < 0)
		return error;
	self->bell = bsk_fd_own(error);
	twin = os->dup(os, error);
	if (twin < 0)
		return twin;
	error = bsk_spawn(ctx, &bsk_child_waiter_class,
	    BSK_PARCEL(bsk_child_waiter_config, .bell = bsk_fd_own(twin)),
	    NULL, &self->waiter);
	if (bsk_child_ends_are_ignored(os) && every_ns > IGNORED_NS)
		every_ns = IGNORED_NS;
	if (error == 0)
		error = bsk_timer_arm(ctx, TIMER_LOOK, every_ns, every_ns);
	return error;
}

/* The waiter is there. Nothing is followed before that: one that is stopped
 * before it has begun would not reap who was born to wake it. */
static int
on_ready(struct child_thread *self, bsk_ctx *ctx,
    const struct bsk_child_strategy_ready *ready)
{
	(void)self;
	return bsk_child_say_ready(ctx, ready->error, NULL);
}

/* --- waiting -------------------------------------------------------------- */

static int
wait_on(struct child_thread *self, bsk_ctx *ctx)
{
	if (self->waiting || self->draining || self->set.count == 0)
		return 0;
	self->waiting = true;
	return bsk_send(ctx, self->waiter, BSK_NEW(bsk_child_wait, 0));
}

/* Not ours: whoever it belongs to may take a moment. */
static int
pass_over(struct child_thread *self, bsk_ctx *ctx, int32_t pid)
{
	int error = bsk_child_look_at_all(ctx, &self->set);

	if (error == 0 && pid > 0 && pid != self->unexpected)
		error = bsk_send(ctx, bsk_parent(ctx),
		    BSK_NEW(bsk_child_unexpected, .pid = pid));
	self->unexpected = pid;
	return error < 0 ? error :
	    bsk_timer_arm(ctx, TIMER_AGAIN, AGAIN_NS, 0);
}

static int
on_woken(struct child_thread *self, bsk_ctx *ctx,
    const struct bsk_child_woken *woken)
{
	struct bsk_child_node *node =
	    bsk_child_set_find(&self->set, woken->pid);
	int error;

	self->waiting = false;
	if (node == NULL)
		return pass_over(self, ctx, woken->pid);
	error = bsk_child_look_at(ctx, &self->set, node);
	return error < 0 ? error : wait_on(self, ctx);
}

/* --- following ------------------------------------------------------------ */

static int
on_follow(struct child_thread *self, bsk_ctx *ctx,
    const struct bsk_child_follow *request)
{
	int error = bsk_child_set_follow(ctx, &self->set, request);

	return error < 0 ? error : wait_on(self, ctx);
}

static int
on_signal(struct child_thread *self, bsk_ctx *ctx,
    const struct bsk_child_signal *request)
{
	return bsk_child_set_signal(ctx, &self->set, request);
}

static int
on_look(struct child_thread *self, bsk_ctx *ctx,
    const struct bsk_child_look *body)
{
	(void)body;
	return bsk_child_look_at_all(ctx, &self->set);
}

static int
on_due(struct child_thread *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	if (due->timer == TIMER_AGAIN)
		return wait_on(self, ctx);
	if (due->timer == TIMER_RING)
		return leave(self, ctx);
	return bsk_child_look_at_all(ctx, &self->set);
}

/* --- the end -------------------------------------------------------------- */

static int
on_down(struct child_thread *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	(void)ctx;
	self->waiting = false; /* there is nobody to wake */
	return down->reason == 0 ? -EPIPE : down->reason;
}

/* Nothing but the end of a child wakes the thread: so one is made for that. The
 * waiter reaps it, as it ends after us. Returns whether it needs no more. */
static bool
ring(struct child_thread *self, bsk_ctx *ctx)
{
	const struct bsk_os *os = bsk_os(ctx);
	const struct bsk_os_spawn nothing = { .process_group = -1 };
	enum bsk_os_spawn_step step;
	uint64_t told;
	int none;
	pid_t pid;

	if (!self->waiting)
		return true;
	if (os->spawn(os, &nothing, &pid, &none, &step) < 0)
		return false;
	self->waiting = false;
	told = (uint64_t)pid;
	(void)os->write(os, bsk_fd_number(self->bell), &told, sizeof(told));
	return true;
}

/* There may be no room for another process just now. To end without it would
 * leave the thread asleep, and the system waiting for it. */
static int
leave(struct child_thread *self, bsk_ctx *ctx)
{
	if (!ring(self, ctx))
		return bsk_timer_arm(ctx, TIMER_RING, RING_NS, 0);
	bsk_exit(ctx, 0);
	return 0;
}

static int
on_drain(struct child_thread *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = true;
	return leave(self, ctx);
}

static int
on_close(struct child_thread *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)close;
	bsk_child_set_clear(&self->set);
	(void)ring(self, ctx);
	if (bsk_fd_number(self->bell) >= 0)
		(void)bsk_os(ctx)->close(bsk_os(ctx),
		    bsk_fd_number(self->bell));
	return 0;
}
