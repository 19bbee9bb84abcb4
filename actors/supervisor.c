/* actors/supervisor.c - starts children, and again when they end.
 *
 *   hears   bsk_child_start    from whoever wants an actor that is looked after
 *           bsk_child_stop     from whoever wants it no more
 *           bsk_child_ended    from the runtime: a child waits for a verdict
 *           bsk_down           from the runtime: a child is gone for good
 *           bsk_timer_due      from the runtime: a delay or a grace is over
 *   says    bsk_child_started  to who asked for the start
 *           bsk_result         to who asked for what cannot be, or for a stop
 *           bsk_log_line       to the log: every restart, and giving up
 *
 * A child is in the list from before it is spawned until its bsk_down; so the
 * supervisor is done when the list is empty. If it dies, so do they.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/backoff.h>
#include <buskin/log.h>
#include <buskin/supervisor.h>

#define DEFAULT_GRACE_NS 5000000000

enum child_state {
	RUNNING,
	DELAYED, /* has ended; its restart's timer is armed */
	STOPPING /* was told to stop, or was killed; bsk_down is on its way */
};

/* Who waits for a child's end. */
struct waiter {
	struct waiter *next;
	bsk_message *ask; /* held */
};

struct child {
	struct child *older;   /* started before it */
	bsk_ref ref;           /* as a number it is that of its one timer */
	bsk_text name;
	int64_t grace_ns;
	int64_t started_ns;    /* its last life */
	struct bsk_backoff backoff;
	enum bsk_restart_kind restart;
	enum child_state state;
	struct waiter *waiters;
};

struct supervisor {
	struct bsk_supervisor_config config;
	struct bsk_intensity restarts; /* done */
	struct child *newest;
	bool is_ending;        /* no child is started or restarted any more */
	int reason;            /* why it ends then */
};

BSK_HANDLER(on_open, supervisor, bsk_open);
BSK_HANDLER(on_start, supervisor, bsk_child_start);
BSK_HANDLER(on_stop, supervisor, bsk_child_stop);
BSK_HANDLER(on_ended, supervisor, bsk_child_ended);
BSK_HANDLER(on_down, supervisor, bsk_down);
BSK_HANDLER(on_due, supervisor, bsk_timer_due);
BSK_HANDLER(on_drain, supervisor, bsk_drain);
BSK_HANDLER(on_close, supervisor, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,        on_open),
	BSK_ON(bsk_child_start, on_start),
	BSK_ON(bsk_child_stop,  on_stop),
	BSK_ON(bsk_child_ended, on_ended),
	BSK_ON(bsk_down,        on_down),
	BSK_ON(bsk_timer_due,   on_due),
	BSK_ON(bsk_drain,       on_drain),
	BSK_ON(bsk_close,       on_close),
};

const struct bsk_class bsk_supervisor_class = BSK_CLASS(supervisor,
    "supervisor", "starts children, and again when they end", handlers,
    .config = &bsk_supervisor_config_type);

static int
on_open(struct supervisor *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_supervisor_config *config = bsk_config(ctx);
	int result = 0;

	(void)open;
	if (config != NULL)
		self->config = *config;
	else
		result = bsk_type_from_json(&bsk_supervisor_config_type, NULL,
		    &self->config, NULL, NULL);
	if (result < 0)
		return result;
	return bsk_intensity_init(&self->restarts, self->config.restarts,
	    self->config.within_ns);
}

/* --- the list ----------------------------------------------------------- */

/* From the newest on, since that is who ends next when all do. */
static struct child *
child_of(const struct supervisor *self, bsk_ref ref)
{
	struct child *child = self->newest;

	while (child != NULL && !bsk_ref_equal(child->ref, ref))
		child = child->older;
	return child;
}

static struct child *
child_named(const struct supervisor *self, const char *name)
{
	struct child *child = self->newest;

	while (child != NULL && strcmp(child->name.chars, name) != 0)
		child = child->older;
	return child;
}

/* Takes it off the list and frees it. What it holds is let go by the caller,
 * or by the runtime when the supervisor itself is at its end. */
static void
discard(struct supervisor *self, struct child *child)
{
	struct child **link = &self->newest;
	struct waiter *waiter;

	while (*link != child)
		link = &(*link)->older;
	*link = child->older;
	while ((waiter = child->waiters) != NULL) {
		child->waiters = waiter->next;
		free(waiter);
	}
	bsk_text_drop(&child->name);
	free(child);
}

/* --- starting ----------------------------------------------------------- */

static int
refuse(bsk_ctx *ctx, int error, const char *field, bsk_text text)
{
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
	    .text = text, .field = bsk_text_copy(field)));
	return 0;
}

static bool
is_sound(const struct bsk_child_start *start)
{
	return bsk_text_chars(start->name)[0] != '\0' &&
	    start->grace_ns >= 0 &&
	    (unsigned)start->restart <= BSK_TEMPORARY &&
	    (unsigned)start->placement <= BSK_PLACE_HOST &&
	    (unsigned)start->on_full <= BSK_DROP_OLD;
}

static int
spawn(bsk_ctx *ctx, const struct bsk_class *class_,
    const struct bsk_child_start *start, bsk_ref *ret_ref)
{
	const struct bsk_spawn_options options = {
		.name = start->name.chars,
		.placement = (enum bsk_placement)start->placement,
		.supervised = true,
		.capacity = start->capacity,
		.capacity_bytes = start->capacity_bytes,
		.on_full = (enum bsk_on_full)start->on_full,
		.wires = start->wires.items,
		.wire_count = start->wires.count,
	};

	return bsk_spawn(ctx, class_, bsk_parcel_copy(start->config),
	    &options, ret_ref);
}

/* Everything that can fail for want of memory comes before the spawn, so that
 * there is never a child that is not in the list. */
static int
start_child(struct supervisor *self, bsk_ctx *ctx,
    const struct bsk_class *class_, const struct bsk_child_start *start)
{
	struct child *child = calloc(1, sizeof(*child));
	int result;

	if (child == NULL)
		return refuse(ctx, -ENOMEM, NULL, bsk_text_copy(NULL));
	child->name = bsk_text_copy(start->name.chars);
	child->restart = (enum bsk_restart_kind)start->restart;
	child->grace_ns = start->grace_ns == 0 ? DEFAULT_GRACE_NS :
	    start->grace_ns;
	child->started_ns = bsk_now(ctx);
	child->backoff = (struct bsk_backoff){
	    .first_ns = self->config.backoff_first_ns,
	    .max_ns = self->config.backoff_max_ns,
	    .jitter = self->config.backoff_jitter };
	child->older = self->newest;
	self->newest = child;
	result = bsk_text_is_lost(child->name) ? -ENOMEM :
	    spawn(ctx, class_, start, &child->ref);
	if (result < 0) {
		discard(self, child);
		return refuse(ctx, result, NULL, bsk_text_format(
		    "cannot start \"%s\": %s", start->name.chars,
		    bsk_reason_text(result)));
	}
	(void)bsk_reply(ctx, BSK_NEW(bsk_child_started, .child = child->ref));
	return 0;
}

static int
on_start(struct supervisor *self, bsk_ctx *ctx,
    const struct bsk_child_start *start)
{
	const char *name = bsk_text_chars(start->name);
	const char *class_name = bsk_text_chars(start->class_name);
	const struct bsk_class *class_ = bsk_class_find(ctx, class_name);
	bsk_ref other;

	if (self->is_ending)
		return refuse(ctx, -ESHUTDOWN, NULL,
		    bsk_text_copy("the supervisor is stopping"));
	if (!is_sound(start))
		return refuse(ctx, -EINVAL, NULL,
		    bsk_text_copy("no name, or a number out of its range"));
	if (bsk_find(ctx, name, &other) == 0 || child_named(self, name) != NULL)
		return refuse(ctx, -EEXIST, "name", bsk_text_format(
		    "there is an actor \"%s\" already", name));
	if (class_ == NULL)
		return refuse(ctx, -ENOENT, "class_name", bsk_text_format(
		    "no class \"%s\"; `buskin classes` lists what there is",
		    class_name));
	if (start->config != NULL &&
	    bsk_parcel_type(start->config) != class_->config)
		return refuse(ctx, -EINVAL, "config", bsk_text_format(
		    "it is no config of the class \"%s\"", class_name));
	return start_child(self, ctx, class_, start);
}

/* --- stopping ----------------------------------------------------------- */

/* One that cannot be told, or not be timed, is killed: never left behind. */
static void
stop_child(bsk_ctx *ctx, struct child *child)
{
	if (child->state == STOPPING)
		return;
	if (child->state == DELAYED ||
	    bsk_timer_arm(ctx, child->ref.bits, child->grace_ns, 0) < 0 ||
	    bsk_stop(ctx, child->ref) < 0)
		(void)bsk_kill(ctx, child->ref);
	child->state = STOPPING;
}

static void
stop_newest(struct supervisor *self, bsk_ctx *ctx)
{
	if (self->newest == NULL)
		bsk_exit(ctx, self->reason);
	else
		stop_child(ctx, self->newest);
}

static int
on_stop(struct supervisor *self, bsk_ctx *ctx,
    const struct bsk_child_stop *stop)
{
	const char *name = bsk_text_chars(stop->name);
	struct child *child = child_named(self, name);
	struct waiter *waiter;

	if (child == NULL)
		return refuse(ctx, -ENOENT, "name", bsk_text_format(
		    "no child \"%s\" here", name));
	waiter = calloc(1, sizeof(*waiter));
	if (waiter == NULL)
		return refuse(ctx, -ENOMEM, NULL, bsk_text_copy(NULL));
	waiter->ask = bsk_hold(ctx);
	waiter->next = child->waiters;
	child->waiters = waiter;
	stop_child(ctx, child);
	return 0;
}

static int
on_down(struct supervisor *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	struct child *child = child_of(self, down->actor);
	struct waiter *waiter;

	if (child == NULL)
		return 0;
	(void)bsk_timer_disarm(ctx, child->ref.bits);
	for (waiter = child->waiters; waiter != NULL; waiter = waiter->next)
		(void)bsk_answer(ctx, waiter->ask,
		    BSK_NEW(bsk_result, .error = 0));
	if (child->state != STOPPING)
		(void)bsk_log(ctx, BSK_LOG_WARNING,
		    "%s was killed; it is not restarted", child->name.chars);
	discard(self, child);
	if (self->is_ending)
		stop_newest(self, ctx);
	return 0;
}

static int
on_drain(struct supervisor *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->is_ending = true;
	stop_newest(self, ctx);
	return 0;
}

/* --- restarting --------------------------------------------------------- */

/* After a life as long as restarts are counted over, delays start anew. */
static void
delay_restart(struct supervisor *self, bsk_ctx *ctx, struct child *child,
    int reason)
{
	int64_t delay_ns;

	if (bsk_now(ctx) - child->started_ns >= self->config.within_ns)
		bsk_backoff_reset(&child->backoff);
	delay_ns = bsk_backoff_next(&child->backoff, bsk_random(ctx));
	(void)bsk_log(ctx, BSK_LOG_WARNING, "%s ended: %s; restart %" PRIu32
	    " in %" PRId64 " ms", child->name.chars, bsk_reason_text(reason),
	    child->backoff.attempts, delay_ns / 1000000);
	if (bsk_timer_arm(ctx, child->ref.bits, delay_ns, 0) < 0)
		stop_child(ctx, child);
}

/* Counted before the delay, not after it: nobody waits in vain. */
static void
judge(struct supervisor *self, bsk_ctx *ctx, struct child *child, int reason)
{
	child->state = DELAYED;
	if (bsk_intensity_allows(&self->restarts, bsk_now(ctx))) {
		delay_restart(self, ctx, child, reason);
		return;
	}
	(void)bsk_log(ctx, BSK_LOG_ERROR, "gives up on %s: more than %" PRIu32
	    " restarts within %" PRId64 " ms", child->name.chars,
	    self->config.restarts, self->config.within_ns / 1000000);
	self->is_ending = true;
	self->reason = -ELOOP;
	stop_newest(self, ctx);
}

static int
on_ended(struct supervisor *self, bsk_ctx *ctx,
    const struct bsk_child_ended *ended)
{
	struct child *child = child_of(self, ended->child);

	if (child == NULL)
		return 0;
	if (child->state == STOPPING || self->is_ending ||
	    child->restart == BSK_TEMPORARY ||
	    (child->restart == BSK_TRANSIENT && ended->reason == 0)) {
		child->state = STOPPING;
		return bsk_kill(ctx, child->ref);
	}
	judge(self, ctx, child, ended->reason);
	return 0;
}

static int
on_due(struct supervisor *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	struct child *child = child_of(self, (bsk_ref){ due->timer });
	int result;

	if (child != NULL && child->state == STOPPING)
		return bsk_kill(ctx, child->ref);
	if (child == NULL || self->is_ending)
		return 0;
	child->state = RUNNING;
	child->started_ns = bsk_now(ctx);
	result = bsk_restart(ctx, child->ref);
	if (result < 0)
		judge(self, ctx, child, result);
	return 0;
}

static int
on_close(struct supervisor *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)ctx;
	(void)close;
	while (self->newest != NULL)
		discard(self, self->newest);
	bsk_intensity_release(&self->restarts);
	return 0;
}
