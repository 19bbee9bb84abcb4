/* turn.c - an actor's turn: some messages out of its mailbox, handled. */
#include <errno.h>

#include <buskin/life.h>

#include "asks.h"
#include "before.h"
#include "fault.h"
#include "inside.h"
#include "life.h"
#include "notice.h"
#include "owner.h"
#include "poison.h"
#include "post.h"
#include "rare.h"
#include "sentry.h"
#include "timers.h"
#include "turn.h"

#define TIMED_ONE_IN 64u /* turns of which one is measured */
#define LOOKS_MAX 2u     /* of the sentry, and a turn has been long enough */

/* Opens what carries more than its body. Returns the end of a message that
 * does not count any more, BSK_END_COUNT of one that does. */
static enum bsk_end
open_message(struct bsk_ctx *ctx)
{
	struct bsk_message *message = ctx->message;

	if ((message->flags & MESSAGE_ANSWERS) != 0)
		ctx->asked = message->ask;
	if ((message->flags & MESSAGE_OPENED) != 0)
		return BSK_END_COUNT; /* was held, and put back */
	message->flags |= MESSAGE_OPENED;
	if ((message->flags & MESSAGE_ANSWERS) != 0) {
		if (!asks_take(ctx->worker, ctx->cell, message->ask))
			return BSK_END_EXPIRED;
	}
	if ((message->flags & MESSAGE_TIMER) != 0 &&
	    !timers_open(ctx->worker, ctx->cell, message))
		return BSK_END_CANCELLED;
	if ((message->flags & MESSAGE_NOTICE) != 0)
		notice_open(message);
	return BSK_END_COUNT;
}

/* --- after the handler --------------------------------------------------- */

static void
fail(struct bsk_ctx *ctx, const struct bsk_type *type, int reason)
{
	bsk_text content = {NULL};

	if ((ctx->deeds & CTX_HELD) == 0 && !poison_spares(ctx, &content)) {
		fault_pass_on(ctx->worker, ctx->cell, ctx->message);
		post_end(ctx->worker, ctx->cell, ctx->message, BSK_END_DEAD,
		    reason);
	}
	fault_tell_content(ctx->worker, ctx->cell, type, reason, content);
	life_end(ctx->worker, ctx->cell, reason);
}

static void
finish(struct bsk_ctx *ctx)
{
	if ((ctx->deeds & CTX_FORWARDED) != 0)
		post_pass_on(ctx->worker, ctx->cell, ctx->message,
		    ctx->forward_to);
	else if ((ctx->deeds & CTX_REPLIED) != 0)
		post_end(ctx->worker, ctx->cell, ctx->message,
		    BSK_END_REPLIED, 0);
	else if ((ctx->deeds & CTX_HELD) == 0)
		post_end(ctx->worker, ctx->cell, ctx->message,
		    BSK_END_HANDLED, -ENODATA);
}

/* Who lingers mostly has something to wait for, and so extras. */
static void
begin_to_drain(struct worker *worker, struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);

	if (extras != NULL && cell_stage(cell) != LIFE_DRAINING)
		poke(&extras->drain_ns, worker->os->now(worker->os));
	cell_set_life(cell, LIFE_DRAINING);
}

static void
advance_life(struct bsk_ctx *ctx, const struct bsk_type *type)
{
	if (type == &bsk_open_type) {
		if (life_opened(ctx->worker, ctx->cell) < 0 &&
		    (ctx->deeds & CTX_EXITS) == 0) {
			ctx->deeds |= CTX_EXITS;
			ctx->exit_reason = -ENOMEM;
		}
	} else if (type == &bsk_drain_type) {
		begin_to_drain(ctx->worker, ctx->cell);
	}
}

static void
trace(struct bsk_ctx *ctx, const struct bsk_type *type, int result)
{
	struct sim *sim = &ctx->worker->system->sim;
	struct bsk_sim_step step;

	if (!sim->on)
		return;
	step.number = ++sim->steps;
	if (sim->on_step == NULL)
		return;
	step.now_ns = sim->now_ns;
	step.worker = ctx->worker->index;
	step.from = ctx->sender;
	step.to = cell_ref(ctx->cell);
	step.type = type;
	step.result = result;
	sim->on_step(sim->arg, &step);
}

/* Types that an actor need not hear: the runtime sends them unasked. */
static bool
is_optional(const struct bsk_type *type)
{
	return type == &bsk_open_type || type == &bsk_drain_type ||
	    type == &bsk_down_type || type == &bsk_ask_failed_type ||
	    type == &bsk_child_opened_type ||
	    type == &bsk_overrun_type || type == &bsk_alarm_type;
}

/* What came before the handler in this turn is not its time. */
static void
look_at_budget(struct bsk_ctx *ctx, const struct bsk_type *type)
{
	struct worker *worker = ctx->worker;
	int64_t begin_ns = worker->ticked_ns;

	worker->ticked_ns = worker->os->tick(worker->os);
	if (worker->ticked_ns - begin_ns >= worker->budget_ns)
		fault_overrun(worker, ctx->cell, type,
		    worker->ticked_ns - begin_ns, (bsk_text){NULL}, false);
}

static void
exit_if_asked(struct bsk_ctx *ctx, const struct bsk_type *type)
{
	if ((ctx->deeds & CTX_EXITS) == 0)
		return;
	if (ctx->exit_reason < 0)
		fault_tell(ctx->worker, ctx->cell, type, ctx->exit_reason);
	life_end(ctx->worker, ctx->cell, ctx->exit_reason);
}

/* `r` is what the handler returned, and `type` what it was given: the message
 * itself may be gone. To a process forked by the handler nothing is left to
 * do: the message and the actor are its parent's. */
static void
handled(struct bsk_ctx *ctx, const struct bsk_type *type, int r)
{
	if (!owner_is_here(ctx->worker->owner))
		return;
	trace(ctx, type, r);
	if (ctx->worker->budget_ns != INT64_MAX)
		look_at_budget(ctx, type);
	else if (!ctx->worker->is_watched &&
	    peek(&ctx->worker->is_looked_at))
		sentry_handled(ctx, type);
	if (r < 0) {
		fail(ctx, type, r);
		return;
	}
	finish(ctx);
	advance_life(ctx, type);
	exit_if_asked(ctx, type);
}

/* A thread is not inside while it is in a handler, or in what stands in for
 * one. Not so in one of a system that a handler of another has made and runs:
 * whether that other one may lose its worker is not for this one to say. */
static inline bool
go_outside(const struct worker *worker)
{
	const bool outside = false;

	if (RARELY(current_hand.entered != worker))
		return false;
	inside_end(&outside);
	return true;
}

static inline int
call(struct bsk_ctx *ctx, bsk_door *door, const void *body)
{
	struct worker *worker = ctx->worker;
	bool is_outside = go_outside(worker);
	int r = door(ctx->cell->state, ctx, body);

	if (is_outside)
		(void)inside_begin(worker);
	return r;
}

static int
call_other(struct bsk_ctx *ctx, const struct bsk_class *class_)
{
	struct worker *worker = ctx->worker;
	bool is_outside = go_outside(worker);
	int r = class_->other(ctx->cell->state, ctx, ctx->message);

	if (is_outside)
		(void)inside_begin(worker);
	return r;
}

static void
handle_unheard(struct bsk_ctx *ctx)
{
	const struct bsk_class *class_ = peek(&ctx->cell->class_);
	const struct bsk_type *type = ctx->message->type;

	if (class_->other != NULL && ctx->cell->state != NULL &&
	    (ctx->message->flags & MESSAGE_RUNTIME) == 0) {
		handled(ctx, type, call_other(ctx, class_));
		return;
	}
	if (type == &bsk_child_ended_type)
		life_doom(ctx->worker, ctx->sender); /* no verdict will come */
	if (!is_optional(type)) {
		fault_pass_on(ctx->worker, ctx->cell, ctx->message);
		post_end(ctx->worker, ctx->cell, ctx->message, BSK_END_DEAD,
		    -ENOMSG);
		return;
	}
	post_end(ctx->worker, ctx->cell, ctx->message, BSK_END_HANDLED, 0);
	advance_life(ctx, type);
	if (type == &bsk_drain_type)
		life_end(ctx->worker, ctx->cell, 0);
	else
		exit_if_asked(ctx, type);
}

/* What becomes of a turn after a message. */
enum turn_goes {
	TURN_OVER,     /* the cell is not this worker's to run any more */
	TURN_GOES_ON,
	TURN_TOO_LONG  /* others are to have theirs before */
};

/* After a look or two at the same turn it has taken as long as it may. */
static enum turn_goes
goes_on(const struct bsk_ctx *ctx, bsk_ref self)
{
	if (!owner_is_here(ctx->worker->owner) ||
	    !cell_lives(ctx->cell, self))
		return TURN_OVER;
	return ctx->looks < LOOKS_MAX ? TURN_GOES_ON : TURN_TOO_LONG;
}

/* What plain messages have ended is counted all at once. */
static inline void
count_plain(struct worker *worker, struct cell *cell, struct bsk_ctx *ctx)
{
	post_count_plain(worker, cell, ctx->plain);
	ctx->plain = 0;
}

/* One message that something is special about. */
static enum turn_goes
take_special(struct bsk_ctx *ctx, struct bsk_message *message)
{
	struct worker *worker = ctx->worker;
	struct cell *cell = ctx->cell;
	const struct bsk_type *type = message->type;
	bsk_ref self = cell_ref(cell);
	enum bsk_end end;
	bsk_door *door;

	if ((message->flags & (MESSAGE_RUNTIME | MESSAGE_ANSWERS |
	    MESSAGE_TIMER | MESSAGE_NOTICE)) != 0) {
		if ((message->flags & MESSAGE_OPENED) == 0 &&
		    message_is_control(message) &&
		    !before_handling(worker, cell, message)) {
			post_end(worker, NULL, message, BSK_END_HANDLED, 0);
			return goes_on(ctx, self);
		}
		end = open_message(ctx);
		if (end != BSK_END_COUNT) {
			post_end(worker, cell, message, end, 0);
			return TURN_GOES_ON;
		}
	}
	door = cell->state == NULL ? NULL :
	    behavior_find(cell->behavior, type);
	if (door != NULL)
		handled(ctx, type, call(ctx, door, message_body(message)));
	else
		handle_unheard(ctx);
	return goes_on(ctx, self);
}

static LONG_WAY enum turn_goes
take_any(struct bsk_ctx *ctx, struct bsk_message *message)
{
	enum turn_goes goes;

	ctx->message = message;
	ctx->sender = message->from;
	poke(&ctx->worker->handling_type, message->type);
	count_plain(ctx->worker, ctx->cell, ctx);
	goes = take_special(ctx, message);
	ctx->asked = 0;
	ctx->deeds = 0;
	return goes;
}

/* As `handled`. */
static LONG_WAY enum turn_goes
take_up(struct bsk_ctx *ctx, const struct bsk_type *type, int r)
{
	bsk_ref self = cell_ref(ctx->cell);

	count_plain(ctx->worker, ctx->cell, ctx);
	handled(ctx, type, r);
	ctx->deeds = 0;
	return goes_on(ctx, self);
}

/* Verdicts come before messages. Whether the cell still runs. */
static bool
obey(struct worker *worker, struct cell *cell)
{
	bsk_ref self = cell_ref(cell);

	if (cell_has(cell, CELL_DOOMED)) {
		life_finish(worker, cell, -ECANCELED);
		return false;
	}
	if (cell_is_halted(cell)) {
		life_end(worker, cell, -ECANCELED);
		return cell_lives(cell, self);
	}
	cell_clear(cell, CELL_REVIVED);
	return life_begin_again(worker, cell);
}

/* A plain message, on a thread that goes outside for its handler. Most are
 * handled, and no more, and end right here: an actor does not end while its
 * handler runs, unless it exits or fails. */
static SHORT_WAY enum turn_goes
take_plain(struct worker *worker, struct cell *cell, struct bsk_ctx *ctx,
    struct bsk_message *message)
{
	const struct bsk_type *type = message->type;
	const struct bsk_handler *slot = behavior_slot(cell->behavior, type);
	const bool outside = false;
	int r;

	if (RARELY(slot->type != type))
		return take_any(ctx, message);
	ctx->message = message;
	ctx->sender = message->from;
	poke(&worker->handling_type, type);
	inside_end(&outside);
	r = slot->door(cell->state, ctx, message_body(message));
	(void)inside_begin(worker);
	if (RARELY(r != 0 || ctx->deeds != 0 ||
	    peek(&worker->is_looked_at) || !owner_is_us(worker->owner)))
		return take_up(ctx, type, r);
	ctx->plain++;
	post_end_plain(worker, message);
	return TURN_GOES_ON;
}

static LONG_WAY bool
obey_first(struct bsk_ctx *ctx)
{
	count_plain(ctx->worker, ctx->cell, ctx);
	return obey(ctx->worker, ctx->cell);
}

/* Handles what there is, but no more than that: data that comes while the turn
 * runs waits for the next one, so that an actor that sends to itself in order
 * to go on later lets the others run before. Whether the cell is still this
 * worker's to run. */
static SHORT_WAY bool
run_turn(struct worker *worker, struct cell *cell, struct bsk_ctx *ctx,
    bool goes_outside)
{
	struct bsk_message *last = cell->data.last; /* that was there */
	struct bsk_message *message;
	unsigned left = worker->turn_budget;
	enum turn_goes goes;

	do {
		uint64_t standing = peek(&cell->standing);

		if (RARELY((standing & CELL_VERDICTS) != 0)) {
			if (!obey_first(ctx))
				return false;
			last = NULL; /* it may have been let go */
			standing = peek(&cell->standing);
		}
		message = goes_outside ? post_take_plain(worker, cell,
		    standing) : NULL;
		if (!RARELY(message == NULL)) {
			goes = take_plain(worker, cell, ctx, message);
		} else {
			if (last == NULL)
				last = cell->data.last;
			message = post_take(worker, cell);
			if (message == NULL)
				return true;
			goes = take_any(ctx, message);
		}
		if (RARELY(goes != TURN_GOES_ON))
			return goes != TURN_OVER;
	} while (message != last && --left > 0);
	return true;
}

/* The turn is over, and the next one comes when all others had theirs. */
static SHORT_WAY void
end_turn(struct worker *worker, struct cell *cell)
{
	bool is_ready = false;

	if (!cell_is_quiet(cell)) {
		post_note_oldest(worker, cell);
		is_ready = cell_is_ready(cell);
	}
	if (is_ready)
		worker_ready(worker, &cell->task);
	else
		cell_clear(cell, CELL_SCHEDULED);
}

/* On a thread that does not go outside, see go_outside. */
static LONG_WAY void
run_inside(struct worker *worker, struct cell *cell)
{
	struct bsk_ctx ctx = ctx_of(worker, cell);

	if (!run_turn(worker, cell, &ctx, false))
		return;
	count_plain(worker, cell, &ctx);
	end_turn(worker, cell);
}

static SHORT_WAY void
run_messages(struct worker *worker, struct cell *cell)
{
	struct bsk_ctx ctx;

	poke(&worker->handling, cell);
	if (RARELY(current_hand.entered != worker)) {
		run_inside(worker, cell);
		return;
	}
	ctx_begin(&ctx, worker, cell);
	if (!run_turn(worker, cell, &ctx, true))
		return;
	count_plain(worker, cell, &ctx);
	end_turn(worker, cell);
}

/* A turn in so many is measured and stands for all of them. */
static LONG_WAY void
run_measured(struct worker *worker, struct cell *cell)
{
	bsk_ref self = cell_ref(cell);
	int64_t begin_ns = worker->os->now(worker->os);
	struct extras *extras;

	worker->timed = 0;
	run_messages(worker, cell);
	if (!cell_lives(cell, self))
		return;
	extras = cell_has_extras(cell);
	if (extras != NULL)
		bump(&extras->handler_ns, TIMED_ONE_IN *
		    (uint64_t)(worker->os->now(worker->os) - begin_ns));
}

void
turn_run(struct task *task, struct worker *worker)
{
	struct cell *cell = (struct cell *)task;

	if (RARELY(worker->budget_ns != INT64_MAX))
		worker->ticked_ns = worker->os->tick(worker->os);
	if (RARELY(++worker->timed >= TIMED_ONE_IN))
		run_measured(worker, cell);
	else
		run_messages(worker, cell);
}
