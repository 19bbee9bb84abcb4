/* actors/child_watcher.c - the child watcher that everybody finds.
 *
 *   hears   bsk_child_watch, bsk_child_unwatch, bsk_child_signal
 *                               from whoever has to do with a child process
 *           bsk_child_strategy_set, bsk_child_strangers_read, bsk_status_ask
 *           bsk_child_strategy_ready, bsk_child_followed, bsk_child_exited,
 *           bsk_child_unexpected
 *                               from its strategy
 *           bsk_child_stopped, bsk_child_continued
 *                               from the actor that sees stops
 *   says    bsk_child_exited, bsk_child_stopped, bsk_child_continued
 *                               to whoever watches
 *           bsk_child_follow    to its strategy
 *           bsk_child_stranger  by the port "strangers", and to who reads them
 *
 * It knows who watches which child (child_table.c); how ends are learned of is
 * the strategy's business (buskin/child_strategy.h), and how one follows the
 * other is told in child_charge.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <buskin/child_table.h>
#include <buskin/log.h>

#define SECOND_NS INT64_C(1000000000)
#define DRAIN_NS SECOND_NS /* what is owned is killed by then */
#define LOOK_NS INT64_C(50000000)
#define LEFT_SIZE 256 /* characters in the list of who is left */

enum timer {
	TIMER_DRAIN,
	TIMER_LOOK,
	TIMER_STRANGERS /* the oldest has been kept long enough */
};

struct child_watcher {
	struct bsk_child_table table;
	struct bsk_child_strangers strangers;
	struct bsk_child_watcher_status figures; /* the counters of it */
	bool draining;
};

BSK_HANDLER(on_open, child_watcher, bsk_open);
BSK_HANDLER(on_watch, child_watcher, bsk_child_watch);
BSK_HANDLER(on_unwatch, child_watcher, bsk_child_unwatch);
BSK_HANDLER(on_signal, child_watcher, bsk_child_signal);
BSK_HANDLER(on_set, child_watcher, bsk_child_strategy_set);
BSK_HANDLER(on_read, child_watcher, bsk_child_strangers_read);
BSK_HANDLER(on_status, child_watcher, bsk_status_ask);
BSK_HANDLER(on_ready, child_watcher, bsk_child_strategy_ready);
BSK_HANDLER(on_followed, child_watcher, bsk_child_followed);
BSK_HANDLER(on_exited, child_watcher, bsk_child_exited);
BSK_HANDLER(on_unexpected, child_watcher, bsk_child_unexpected);
BSK_HANDLER(on_stopped, child_watcher, bsk_child_stopped);
BSK_HANDLER(on_continued, child_watcher, bsk_child_continued);
BSK_HANDLER(on_drain, child_watcher, bsk_drain);
BSK_HANDLER(on_due, child_watcher, bsk_timer_due);
BSK_HANDLER(on_down, child_watcher, bsk_down);
BSK_HANDLER(on_close, child_watcher, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,                 on_open),
	BSK_ON(bsk_child_watch,          on_watch),
	BSK_ON(bsk_child_unwatch,        on_unwatch),
	BSK_ON(bsk_child_signal,         on_signal),
	BSK_ON(bsk_child_strategy_set,   on_set),
	BSK_ON(bsk_child_strangers_read, on_read),
	BSK_ON(bsk_status_ask,           on_status),
	BSK_ON(bsk_child_strategy_ready, on_ready),
	BSK_ON(bsk_child_followed,       on_followed),
	BSK_ON(bsk_child_exited,         on_exited),
	BSK_ON(bsk_child_unexpected,     on_unexpected),
	BSK_ON(bsk_child_stopped,        on_stopped),
	BSK_ON(bsk_child_continued,      on_continued),
	BSK_ON(bsk_drain,                on_drain),
	BSK_ON(bsk_timer_due,            on_due),
	BSK_ON(bsk_down,                 on_down),
	BSK_ON(bsk_close,                on_close),
};

static const struct bsk_port ports[] = {
	[BSK_CHILD_STRANGERS] = BSK_PORT_OUT("strangers", bsk_child_stranger,
	    "children that nobody watched and that have ended"),
};

const struct bsk_class bsk_child_watcher_class = BSK_CLASS(child_watcher,
    "child-watcher", "tells how child processes end", handlers,
    BSK_PORTS(ports), .config = &bsk_child_watcher_config_type,
    .status = &bsk_child_watcher_status_type);

static int
on_open(struct child_watcher *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_child_watcher_config *config = bsk_config(ctx);

	(void)open;
	if (bsk_child_ends_are_ignored(bsk_os(ctx)))
		(void)bsk_log(ctx, BSK_LOG_WARNING, "SIGCHLD is ignored in "
		    "this process: the kernel reaps children itself, and how "
		    "they end may not be known");
	return bsk_child_charge_open(ctx, &self->table.charge,
	    config == NULL ? BSK_CHILD_AUTO : config->strategy);
}

/* Says whose children are left: they live on, and nobody will reap them. */
static void
finish(struct child_watcher *self, bsk_ctx *ctx)
{
	char left[LEFT_SIZE] = "";
	size_t size = 0;

	if (self->table.charge.closing)
		return;
	for (const struct bsk_child_node *node = self->table.set.first;
	    node != NULL && size < sizeof(left) - 1; node = node->next)
		size += (size_t)snprintf(left + size, sizeof(left) - size,
		    " %d", node->pid);
	if (self->table.set.count > 0)
		(void)bsk_log(ctx, BSK_LOG_WARNING, "the child watcher ends "
		    "with %u children still watched: pid%s%s",
		    self->table.set.count, left,
		    size < sizeof(left) - 1 ? "" : " ...");
	bsk_child_charge_close(ctx, &self->table.charge);
}

static int
finish_if_done(struct child_watcher *self, bsk_ctx *ctx)
{
	if (self->draining && self->table.owned == 0)
		finish(self, ctx);
	return 0;
}

/* --- requests ------------------------------------------------------------- */

static int
on_watch(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_child_watch *request)
{
	return bsk_child_table_watch(ctx, &self->table, request);
}

static int
on_unwatch(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_child_unwatch *request)
{
	return bsk_child_table_unwatch(ctx, &self->table, request);
}

static int
on_signal(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_child_signal *request)
{
	(void)request;
	if (self->table.charge.ready)
		return bsk_forward(ctx, self->table.charge.strategy);
	bsk_child_refuse(ctx, -EAGAIN, "the strategy is being changed");
	return 0;
}

/* --- the strategy --------------------------------------------------------- */

static int
on_set(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_child_strategy_set *request)
{
	return bsk_child_charge_set(ctx, &self->table.charge, request);
}

static int
on_ready(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_child_strategy_ready *ready)
{
	int error = bsk_child_charge_ready(ctx, &self->table.charge, ready);

	return error <= 0 ? error :
	    bsk_child_table_follow_all(ctx, &self->table);
}

static int
on_followed(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_child_followed *followed)
{
	int error = bsk_child_table_followed(ctx, &self->table, followed);

	return error < 0 ? error : finish_if_done(self, ctx);
}

static int
on_unexpected(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_child_unexpected *unexpected)
{
	(void)ctx;
	(void)unexpected;
	self->figures.unexpected++;
	return 0;
}

/* --- ends ----------------------------------------------------------------- */

static int
tell_strangers(struct child_watcher *self, bsk_ctx *ctx)
{
	const struct bsk_child_watcher_config *config = bsk_config(ctx);
	int64_t after_ns = config == NULL || config->stranger_after_ns <= 0 ?
	    SECOND_NS : config->stranger_after_ns;
	int64_t now_ns = bsk_now(ctx);
	int64_t next_ns;
	int error = bsk_child_strangers_tell(ctx, &self->strangers,
	    now_ns - after_ns, &next_ns);

	if (error < 0 || next_ns == INT64_MAX)
		return error;
	return bsk_timer_arm(ctx, TIMER_STRANGERS,
	    next_ns - (now_ns - after_ns), 0);
}

static int
on_read(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_child_strangers_read *request)
{
	(void)request;
	if (bsk_ref_is_nobody(bsk_sender(ctx))) {
		bsk_child_refuse(ctx, -EINVAL, "only an actor can read");
		return 0;
	}
	self->strangers.reader = bsk_sender(ctx);
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, 0));
	return tell_strangers(self, ctx);
}

static int
tell(struct child_watcher *self, bsk_ctx *ctx, struct bsk_child_entry *entry,
    const struct bsk_child_exited *exited)
{
	int error;

	self->figures.told++;
	self->figures.lost += exited->lost;
	if (exited->lost && !entry->exit_only)
		(void)bsk_log(ctx, BSK_LOG_WARNING, "child process pid %d: "
		    "exit status already read by somebody else: will report "
		    "code %d", exited->pid, exited->code);
	error = bsk_child_askers_tell(ctx, entry, exited);
	bsk_child_table_forget(ctx, &self->table, entry);
	return error < 0 ? error : finish_if_done(self, ctx);
}

/* One that is not followed yet and has a code is an earlier child of the same
 * pid. One that was gone before it could be followed may have been reaped as a
 * stranger. */
static int
on_exited(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_child_exited *exited)
{
	struct bsk_child_entry *entry = bsk_child_table_find(&self->table,
	    exited->pid);
	bool is_asked = entry != NULL && entry->state == BSK_CHILD_ASKED;
	struct bsk_child_exited kept;

	if (entry == NULL || (is_asked && !exited->lost)) {
		bsk_child_strangers_keep(&self->strangers, exited,
		    bsk_now(ctx));
		return tell_strangers(self, ctx);
	}
	if (is_asked && bsk_child_strangers_claim(&self->strangers,
	    exited->pid, &kept))
		exited = &kept;
	return tell(self, ctx, entry, exited);
}

static int
tell_stops(struct child_watcher *self, bsk_ctx *ctx, int32_t pid,
    const struct bsk_type *type, const void *body)
{
	const struct bsk_child_entry *entry = bsk_child_table_find(&self->table,
	    pid);
	const struct bsk_child_asker *asker = entry == NULL ? NULL :
	    entry->askers;

	for (; asker != NULL; asker = asker->next)
		if (asker->stops && !asker->leaving)
			(void)bsk_send(ctx, asker->who,
			    bsk_message_new(type, body));
	return 0;
}

static int
on_stopped(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_child_stopped *stopped)
{
	return tell_stops(self, ctx, stopped->pid, &bsk_child_stopped_type,
	    stopped);
}

static int
on_continued(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_child_continued *continued)
{
	return tell_stops(self, ctx, continued->pid,
	    &bsk_child_continued_type, continued);
}

/* --- life ----------------------------------------------------------------- */

static int
on_status(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_status_ask *ask)
{
	struct bsk_child_watcher_status status = self->figures;

	(void)ask;
	status.strategy = (int32_t)self->table.charge.kind;
	status.active = self->table.charge.ready;
	status.watched = self->table.set.count;
	status.strangers = self->strangers.count;
	status.forgotten = self->strangers.forgotten;
	status.children = bsk_child_resources(&self->table.set);
	(void)bsk_reply(ctx,
	    bsk_message_new(&bsk_child_watcher_status_type, &status));
	return 0;
}

/* Whoever owns a child has ended by now and has killed it: it is as good as
 * dead, and is waited for, even if the reactor is gone. Others live on. */
static int
on_drain(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_drain *drain)
{
	int error;

	(void)drain;
	if (self->draining)
		return 0;
	self->draining = true;
	error = bsk_timer_arm(ctx, TIMER_LOOK, LOOK_NS, LOOK_NS);
	if (error == 0)
		error = bsk_timer_arm(ctx, TIMER_DRAIN, DRAIN_NS, 0);
	return error < 0 ? error : finish_if_done(self, ctx);
}

static int
on_due(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_timer_due *due)
{
	if (due->timer == TIMER_STRANGERS)
		return tell_strangers(self, ctx);
	if (due->timer == TIMER_LOOK)
		return bsk_send(ctx, self->table.charge.strategy,
		    BSK_NEW(bsk_child_look, 0));
	finish(self, ctx);
	return 0;
}

/* Whoever sees stops is made anew when somebody asks for them again. */
static int
on_down(struct child_watcher *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	if (bsk_ref_equal(down->actor, self->table.charge.strategy))
		return bsk_child_charge_down(ctx, &self->table.charge,
		    down->reason);
	self->table.stops = (bsk_ref){ 0 };
	return 0;
}

static int
on_close(struct child_watcher *self, bsk_ctx *ctx,
    const struct bsk_close *close)
{
	(void)close;
	self->draining = false;
	bsk_child_table_clear(ctx, &self->table);
	bsk_child_strangers_clear(&self->strangers);
	return 0;
}
