/* actors/deployer.c - brings a planned deployment up, and down again.
 *
 *   hears   bsk_child_started  from a supervisor: the actor it was asked for
 *           bsk_result         from a supervisor: an actor has ended, or could
 *                              not be started
 *           bsk_ask_failed     instead of either
 *           bsk_down           from the runtime: a supervisor has ended
 *           bsk_timer_due      from the runtime: look again whether it is open
 *           bsk_drain          from the runtime: stop it all
 *   says    bsk_child_start    to the supervisors: one actor after the other
 *           bsk_child_stop     to the supervisors, in reverse
 *           bsk_log_line       to the log: what went wrong
 *
 * One thing is under way at a time: whoever is wired to must be open before its
 * senders are started, and must hear their last words before it is stopped.
 * Whether an actor is open is looked up, not asked: not every class answers,
 * and a question would be seen in the counters of the actor.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/actor.h>
#include <buskin/deployer.h>
#include <buskin/inspect.h>
#include <buskin/log.h>
#include <buskin/plan.h>
#include <buskin/supervisor.h>

/* How long a supervisor may take to answer beyond what the actor may take. */
#define ANSWER_NS INT64_C(10000000000)

/* How often it is looked whether an actor is open. */
#define LOOK_NS INT64_C(1000000)
#define LOOK_TIMER 1

static const char gave_up[] = "has given up, and so does the system";

enum phase {
	RISING,  /* actors are being started */
	UP,
	FALLING, /* actors are being stopped */
	ENDING   /* supervisors are being stopped */
};

struct deployer {
	const struct bsk_deployer_config *plan; /* the runtime's; NULL: none */
	bsk_ref *supervisors; /* of the plan, in its order; nobody: has ended */
	bsk_ref child;        /* the actor that is being started */
	uint32_t risen;       /* so many of the plan's actors are up */
	uint64_t ask;         /* the start or stop that is under way; 0: none */
	enum phase phase;
};

BSK_HANDLER(on_open, deployer, bsk_open);
BSK_HANDLER(on_started, deployer, bsk_child_started);
BSK_HANDLER(on_result, deployer, bsk_result);
BSK_HANDLER(on_failed, deployer, bsk_ask_failed);
BSK_HANDLER(on_due, deployer, bsk_timer_due);
BSK_HANDLER(on_down, deployer, bsk_down);
BSK_HANDLER(on_drain, deployer, bsk_drain);
BSK_HANDLER(on_close, deployer, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,          on_open),
	BSK_ON(bsk_child_started, on_started),
	BSK_ON(bsk_result,        on_result),
	BSK_ON(bsk_ask_failed,    on_failed),
	BSK_ON(bsk_timer_due,     on_due),
	BSK_ON(bsk_down,          on_down),
	BSK_ON(bsk_drain,         on_drain),
	BSK_ON(bsk_close,         on_close),
};

const struct bsk_class bsk_deployer_class = BSK_CLASS(deployer, "deployer",
    "brings a planned deployment up, and down again", handlers,
    .config = &bsk_deployer_config_type);

/* --- rising ------------------------------------------------------------- */

/* The plan's n-th actor. */
static const struct bsk_deployer_actor *
actor_at(const struct deployer *self, uint32_t index)
{
	const struct bsk_deployer_actor *actors = self->plan->actors.items;

	return &actors[index];
}

static int
spawn_supervisors(struct deployer *self, bsk_ctx *ctx)
{
	const struct bsk_deployer_supervisor *planned =
	    self->plan->supervisors.items;
	uint32_t count = self->plan->supervisors.count;
	struct bsk_spawn_options options = {0};
	int result = 0;
	uint32_t i;

	self->supervisors = calloc(count + 1, sizeof(*self->supervisors));
	if (self->supervisors == NULL)
		return -ENOMEM;
	for (i = 0; i < count && result == 0; i++) {
		options.name = planned[i].name.chars;
		result = bsk_spawn(ctx, &bsk_supervisor_class,
		    bsk_parcel_copy(planned[i].config), &options,
		    &self->supervisors[i]);
	}
	return result;
}

static int
start_actor(struct deployer *self, bsk_ctx *ctx,
    const struct bsk_deployer_actor *actor)
{
	bsk_ref supervisor;
	bsk_list wires;
	int result = bsk_find(ctx, actor->supervisor.chars, &supervisor);

	if (result < 0)
		return result;
	result = bsk_plan_wires(ctx, actor, &wires);
	/* Made in any case, so that the wires are dropped with it. */
	bsk_message *start = bsk_plan_start(actor, wires);

	if (result < 0) {
		bsk_message_free(start);
		return result;
	}
	return bsk_ask(ctx, supervisor, start, ANSWER_NS, &self->ask);
}

/* Says why and takes the whole system down: half a deployment is none. Asked a
 * second time a system stops at once, which is not meant here. */
static void
give_up(const struct deployer *self, bsk_ctx *ctx, const char *name,
    const char *why)
{
	struct bsk_system_info info;

	if (self->phase >= FALLING)
		return;
	(void)bsk_log(ctx, BSK_LOG_ERROR, "%s: %s", name, why);
	bsk_inspect_system(bsk_system_of(ctx), &info);
	if (!info.stopping)
		bsk_stop_system(ctx, 1);
}

static void
rise(struct deployer *self, bsk_ctx *ctx)
{
	const struct bsk_deployer_actor *actor;
	int result;

	self->ask = 0;
	if (self->risen == self->plan->actors.count) {
		self->phase = UP;
		return;
	}
	actor = actor_at(self, self->risen);
	result = start_actor(self, ctx, actor);
	if (result < 0)
		give_up(self, ctx, actor->name.chars, bsk_reason_text(result));
}

static int
on_open(struct deployer *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	int result;

	(void)open;
	self->plan = bsk_config(ctx);
	if (self->plan == NULL)
		return -EINVAL;
	result = spawn_supervisors(self, ctx);
	if (result == 0)
		rise(self, ctx);
	return result;
}

/* Whether this is the answer that we wait for. */
static bool
is_awaited(const struct deployer *self, uint64_t ask)
{
	return self->ask != 0 && ask == self->ask;
}

/* How an actor is coming up. */
enum progress {
	OPENING,
	OPEN,
	FAILED
};

/* One that needed another life before it was ever open has failed. */
static bool
on_seen(void *arg, const struct bsk_actor_info *info)
{
	enum progress *progress = arg;

	if (info->state == BSK_STATE_RESTARTING ||
	    (info->state == BSK_STATE_STARTING && info->restarts > 0))
		*progress = FAILED;
	else if (info->state == BSK_STATE_STARTING)
		*progress = OPENING;
	return true;
}

static bool
is_supervisor(const struct bsk_deployer_actor *actor)
{
	return strcmp(actor->class_name.chars, bsk_supervisor_class.name) == 0;
}

/* The actor is up. */
static void
set_up(struct deployer *self, bsk_ctx *ctx)
{
	const struct bsk_deployer_actor *actor = actor_at(self, self->risen++);
	uint64_t monitor;
	int result = bsk_plan_close(ctx, actor);

	self->ask = 0;
	if (result == 0 && is_supervisor(actor))
		result = bsk_monitor(ctx, self->child, &monitor);
	if (result < 0)
		give_up(self, ctx, actor->name.chars, bsk_reason_text(result));
	else
		rise(self, ctx);
}

/* One that is gone has ended as it may, or its supervisor will say more. */
static void
look(struct deployer *self, bsk_ctx *ctx)
{
	enum progress progress = OPEN;

	(void)bsk_inspect_actor(bsk_system_of(ctx), self->child, on_seen,
	    &progress);
	if (progress == OPENING &&
	    bsk_timer_arm(ctx, LOOK_TIMER, LOOK_NS, 0) == 0)
		return;
	if (progress == FAILED) {
		give_up(self, ctx, actor_at(self, self->risen)->name.chars,
		    "it failed as it was started, and so does the system");
		return;
	}
	set_up(self, ctx);
}

static int
on_started(struct deployer *self, bsk_ctx *ctx,
    const struct bsk_child_started *started)
{
	if (!is_awaited(self, bsk_asked(ctx)))
		return 0;
	self->child = started->child;
	look(self, ctx);
	return 0;
}

static int
on_due(struct deployer *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)due;
	if (self->phase == RISING)
		look(self, ctx);
	return 0;
}

/* --- falling ------------------------------------------------------------ */

static void
end_supervisors(struct deployer *self, bsk_ctx *ctx)
{
	uint32_t i = self->plan->supervisors.count;

	self->phase = ENDING;
	while (i-- > 0)
		if (!bsk_ref_is_nobody(self->supervisors[i])) {
			(void)bsk_stop(ctx, self->supervisors[i]);
			return;
		}
	bsk_exit(ctx, 0);
}

/* Stops the last that is up; one whose supervisor is gone is gone as well. */
static void
fall(struct deployer *self, bsk_ctx *ctx)
{
	const struct bsk_deployer_actor *actor;
	bsk_ref supervisor;

	self->ask = 0;
	while (self->risen > 0 && self->ask == 0) {
		actor = actor_at(self, --self->risen);
		if (bsk_find(ctx, actor->supervisor.chars, &supervisor) == 0)
			(void)bsk_ask(ctx, supervisor, BSK_NEW(bsk_child_stop,
			    .name = bsk_text_copy(actor->name.chars)),
			    actor->grace_ns + ANSWER_NS, &self->ask);
	}
	if (self->ask == 0)
		end_supervisors(self, ctx);
}

/* One that was asked for is taken for up: whether it is will show. */
static int
on_drain(struct deployer *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	if (self->phase >= FALLING)
		return 0;
	if (self->ask != 0) {
		(void)bsk_ask_cancel(ctx, self->ask);
		self->risen++;
	}
	self->phase = FALLING;
	fall(self, ctx);
	return 0;
}

/* --- answers and events ------------------------------------------------- */

/* What was under way is over, not as it was meant when it was a start. */
static void
go_on(struct deployer *self, bsk_ctx *ctx, const char *why)
{
	if (self->phase == FALLING)
		fall(self, ctx);
	else
		give_up(self, ctx, actor_at(self, self->risen)->name.chars,
		    why);
}

static int
on_result(struct deployer *self, bsk_ctx *ctx,
    const struct bsk_result *answer)
{
	if (is_awaited(self, bsk_asked(ctx)))
		go_on(self, ctx, answer->text.chars != NULL ?
		    answer->text.chars : bsk_reason_text(answer->error));
	return 0;
}

static int
on_failed(struct deployer *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	if (is_awaited(self, failed->ask))
		go_on(self, ctx, bsk_reason_text(failed->reason));
	return 0;
}

/* One under another may end in order, as it may be told to in its config. */
static void
lose_nested(struct deployer *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	const struct bsk_deployer_actor *actor;
	bsk_ref found;
	uint32_t i;

	for (i = 0; i < self->risen && down->reason < 0; i++) {
		actor = actor_at(self, i);
		if (is_supervisor(actor) &&
		    bsk_find(ctx, actor->name.chars, &found) < 0)
			give_up(self, ctx, actor->name.chars, gave_up);
	}
}

/* A supervisor that ends unasked has given up on its actors. */
static int
on_down(struct deployer *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	const struct bsk_deployer_supervisor *planned =
	    self->plan->supervisors.items;
	uint32_t i;

	for (i = 0; i < self->plan->supervisors.count; i++)
		if (bsk_ref_equal(self->supervisors[i], down->actor))
			break;
	if (i == self->plan->supervisors.count) {
		lose_nested(self, ctx, down);
		return 0;
	}
	self->supervisors[i] = bsk_nobody();
	if (self->phase == ENDING)
		end_supervisors(self, ctx);
	else
		give_up(self, ctx, planned[i].name.chars, gave_up);
	return 0;
}

static int
on_close(struct deployer *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)ctx;
	(void)close;
	free(self->supervisors);
	return 0;
}
