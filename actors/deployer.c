/* actors/deployer.c - brings a planned deployment up, and down again.
 *
 *   hears   bsk_child_started  from a supervisor: the actor it was asked for
 *           bsk_children       from a supervisor: why that actor is restarted
 *           bsk_result         from a supervisor: an actor has ended, or could
 *                              not be started
 *           bsk_ask_failed     instead of either
 *           bsk_down           from the runtime: a supervisor has ended
 *           bsk_timer_due      from the runtime: look again whether it is open
 *           bsk_drain          from the runtime: stop it all
 *   says    bsk_child_start    to the supervisors: one actor after the other
 *           bsk_children_ask   to a supervisor, while it restarts that actor
 *           bsk_child_stop, bsk_child_delete
 *                              to the supervisors, in reverse
 *           bsk_log_line       to the log: what went wrong
 *
 * One thing is under way at a time: whoever is wired to must be open before its
 * senders are started, and must hear their last words before it is stopped.
 */
#include <errno.h>

#include <buskin/actor.h>
#include <buskin/ascent.h>
#include <buskin/deployer.h>
#include <buskin/inspect.h>
#include <buskin/keepers.h>
#include <buskin/log.h>
#include <buskin/plan.h>
#include <buskin/supervisor.h>

/* How often it is looked whether an actor is open. */
#define LOOK_NS INT64_C(1000000)
#define LOOK_TIMER 1

enum phase {
	RISING,  /* actors are being started */
	UP,
	FALLING, /* actors are being stopped */
	ENDING   /* supervisors are being stopped */
};

struct deployer {
	const struct bsk_deployer_config *plan; /* the runtime's; NULL: none */
	struct bsk_keepers keepers; /* the plan's supervisors */
	struct bsk_ascent ascent; /* of the actor that is being started */
	uint32_t risen;    /* so many of the plan's actors are up */
	uint64_t ask;      /* what is under way with one of them; 0: nothing */
	bool is_forgotten; /* that is being deleted, and not stopped */
	enum phase phase;
};

BSK_HANDLER(on_open, deployer, bsk_open);
BSK_HANDLER(on_started, deployer, bsk_child_started);
BSK_HANDLER(on_children, deployer, bsk_children);
BSK_HANDLER(on_result, deployer, bsk_result);
BSK_HANDLER(on_failed, deployer, bsk_ask_failed);
BSK_HANDLER(on_due, deployer, bsk_timer_due);
BSK_HANDLER(on_down, deployer, bsk_down);
BSK_HANDLER(on_drain, deployer, bsk_drain);
BSK_HANDLER(on_close, deployer, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,          on_open),
	BSK_ON(bsk_child_started, on_started),
	BSK_ON(bsk_children,      on_children),
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

/* Takes the whole system down. Asked a second time a system stops at once,
 * which is not meant here. */
static void
end_all(const struct deployer *self, bsk_ctx *ctx, int status)
{
	struct bsk_system_info info;

	bsk_inspect_system(bsk_system_of(ctx), &info);
	if (self->phase < FALLING && !info.stopping)
		bsk_stop_system(ctx, status);
}

/* Says why and ends it all: half a deployment is none. */
static void
give_up(const struct deployer *self, bsk_ctx *ctx, const char *name,
    const char *why)
{
	if (self->phase >= FALLING)
		return;
	(void)bsk_log(ctx, BSK_LOG_ERROR, "%s: %s", name, why);
	end_all(self, ctx, 1);
}

/* A start came to nothing. Of a supervisor that has ended, or is about to, more
 * will be heard: then there is nothing to say here. */
static void
fail_start(struct deployer *self, bsk_ctx *ctx, bool by_its_end,
    const char *why)
{
	if (by_its_end)
		self->ask = 0;
	else
		give_up(self, ctx, actor_at(self, self->risen)->name.chars,
		    why);
}

static void
rise(struct deployer *self, bsk_ctx *ctx)
{
	int result;

	self->ask = 0;
	if (self->risen == self->plan->actors.count) {
		self->phase = UP;
		return;
	}
	result = bsk_keepers_start(&self->keepers, ctx,
	    actor_at(self, self->risen), &self->ask);
	if (result < 0)
		fail_start(self, ctx, result == -ESRCH,
		    bsk_reason_text(result));
}

static int
on_open(struct deployer *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	int result;

	(void)open;
	self->plan = bsk_config(ctx);
	if (self->plan == NULL)
		return -EINVAL;
	result = bsk_keepers_init(&self->keepers, self->plan);
	if (result == 0)
		result = bsk_keepers_spawn(&self->keepers, ctx);
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

/* The actor is up. */
static void
set_up(struct deployer *self, bsk_ctx *ctx)
{
	const struct bsk_deployer_actor *actor = actor_at(self, self->risen++);
	struct bsk_keeper *keeper = bsk_keepers_named(&self->keepers,
	    actor->name.chars);
	uint64_t monitor;
	int result = bsk_plan_close(ctx, actor);

	self->ask = 0;
	if (result == 0 && keeper != NULL) {
		keeper->ref = self->ascent.child;
		result = bsk_monitor(ctx, keeper->ref, &monitor);
	}
	if (result < 0)
		give_up(self, ctx, actor->name.chars, bsk_reason_text(result));
	else
		rise(self, ctx);
}

/* Asks its supervisor why it is not up yet. */
static void
ask_why(struct deployer *self, bsk_ctx *ctx, uint32_t from)
{
	int result = bsk_keepers_list(&self->keepers, ctx,
	    actor_at(self, self->risen), from, &self->ask);

	if (result < 0)
		fail_start(self, ctx, result == -ESRCH,
		    bsk_reason_text(result));
}

/* One that is gone has ended as it may, or its supervisor will say more. */
static void
go_by(struct deployer *self, bsk_ctx *ctx, enum bsk_ascent_state state)
{
	if (state == BSK_ASCENT_FAILED)
		fail_start(self, ctx, false,
		    "it failed as it was started, and so does the system");
	else if (state == BSK_ASCENT_ENDED)
		ask_why(self, ctx, 0);
	else if (state == BSK_ASCENT_OPEN ||
	    bsk_timer_arm(ctx, LOOK_TIMER, LOOK_NS, 0) < 0)
		set_up(self, ctx);
}

static int
on_started(struct deployer *self, bsk_ctx *ctx,
    const struct bsk_child_started *started)
{
	if (!is_awaited(self, bsk_asked(ctx)))
		return 0;
	self->ascent = (struct bsk_ascent){ .child = started->child };
	go_by(self, ctx, bsk_ascent_look(&self->ascent, ctx));
	return 0;
}

static int
on_children(struct deployer *self, bsk_ctx *ctx,
    const struct bsk_children *children)
{
	enum bsk_ascent_state state;

	if (!is_awaited(self, bsk_asked(ctx)))
		return 0;
	state = bsk_ascent_judge(&self->ascent, children);
	if (state == BSK_ASCENT_UNTOLD)
		ask_why(self, ctx, children->from + children->children.count);
	else
		go_by(self, ctx, state);
	return 0;
}

static int
on_due(struct deployer *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)due;
	if (self->phase == RISING && self->ask != 0)
		go_by(self, ctx, bsk_ascent_look(&self->ascent, ctx));
	return 0;
}

/* --- falling ------------------------------------------------------------ */

static void
end_supervisors(struct deployer *self, bsk_ctx *ctx)
{
	self->phase = ENDING;
	if (!bsk_keepers_stop_last(&self->keepers, ctx))
		bsk_exit(ctx, 0);
}

/* Stops the last that is up; one whose supervisor is gone is gone as well. */
static void
fall(struct deployer *self, bsk_ctx *ctx)
{
	self->ask = 0;
	self->is_forgotten = false;
	while (self->risen > 0 && self->ask == 0)
		(void)bsk_keepers_stop(&self->keepers, ctx,
		    actor_at(self, --self->risen), &self->ask);
	if (self->ask == 0)
		end_supervisors(self, ctx);
}

/* One that is stopped is forgotten as well: else its group, when another of it
 * fails, would bring it back. If it just does, it is stopped once more. */
static void
fall_on(struct deployer *self, bsk_ctx *ctx, int error)
{
	const struct bsk_deployer_actor *actor = actor_at(self, self->risen);
	bool was_forgotten = self->is_forgotten;
	int result = -ENOENT;

	self->is_forgotten = !was_forgotten && error == 0;
	if (self->is_forgotten)
		result = bsk_keepers_delete(&self->keepers, ctx, actor,
		    &self->ask);
	else if (was_forgotten && error == -EBUSY)
		result = bsk_keepers_stop(&self->keepers, ctx, actor,
		    &self->ask);
	if (result < 0)
		fall(self, ctx);
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

/* Whether this is why an ask failed of which the supervisor has ended. */
static bool
is_end(int reason)
{
	return reason != -ETIMEDOUT && reason != -EAGAIN &&
	    reason != -ENOMSG && reason != -ENODATA;
}

/* Told to end in order, by its config or by somebody, a supervisor has the
 * whole deployment do so. */
static void
end_in_order(struct deployer *self, bsk_ctx *ctx,
    const struct bsk_keeper *keeper)
{
	if (self->phase >= FALLING)
		return;
	(void)bsk_log(ctx, BSK_LOG_NOTICE,
	    "%s: has ended in order, and so does the system", keeper->name);
	end_all(self, ctx, 0);
}

static int
on_result(struct deployer *self, bsk_ctx *ctx,
    const struct bsk_result *answer)
{
	uint64_t ask = bsk_asked(ctx);
	const struct bsk_keeper *keeper = bsk_keepers_asked(&self->keepers,
	    ask);

	if (keeper != NULL && answer->error != -ESHUTDOWN)
		end_in_order(self, ctx, keeper);
	else if (is_awaited(self, ask) && self->phase == FALLING)
		fall_on(self, ctx, answer->error);
	else if (is_awaited(self, ask))
		fail_start(self, ctx, answer->error == -ESHUTDOWN,
		    answer->text.chars != NULL ? answer->text.chars :
		    bsk_reason_text(answer->error));
	return 0;
}

static int
on_failed(struct deployer *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	const struct bsk_keeper *keeper = bsk_keepers_asked(&self->keepers,
	    failed->ask);

	if (keeper != NULL && !is_end(failed->reason))
		end_in_order(self, ctx, keeper);
	else if (is_awaited(self, failed->ask) && self->phase == FALLING)
		fall(self, ctx);
	else if (is_awaited(self, failed->ask))
		fail_start(self, ctx, is_end(failed->reason),
		    bsk_reason_text(failed->reason));
	return 0;
}

/* A supervisor that is not told to end by us ends its deployment. One under
 * another may have been stopped by that one, whose own end counts then. */
static int
on_down(struct deployer *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	struct bsk_keeper *keeper = bsk_keepers_of(&self->keepers,
	    down->actor);

	if (keeper == NULL)
		return 0;
	keeper->ref = bsk_nobody();
	keeper->has_ended = true;
	if (self->phase == ENDING && keeper->above == NULL)
		end_supervisors(self, ctx);
	else if (down->reason < 0)
		give_up(self, ctx, keeper->name,
		    "has given up, and so does the system");
	else if (keeper->above == NULL ||
	    bsk_keepers_ask_above(&self->keepers, ctx, keeper) == -ENOMEM)
		end_in_order(self, ctx, keeper);
	return 0;
}

static int
on_close(struct deployer *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)ctx;
	(void)close;
	bsk_keepers_release(&self->keepers);
	return 0;
}
