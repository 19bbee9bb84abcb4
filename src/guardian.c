/* guardian.c - the parent of what has no other, and the order of the end.
 *
 *   hears   guardian_spawn   from outside: make an actor
 *           guardian_stop    stop everything in order; again: at once
 *           bsk_down         a child has ended
 *           bsk_drain        an actor would stop its parent
 *           statuses         what actors keep for each other
 *   says    guardian_spawned
 *           bsk_status_ask   to all, when the deadline has come
 *
 * Stopping goes child by child, by phases and in each the newest first, each
 * given all the time it takes within the one overall deadline: first what the
 * user made, then the services that it stood on. At the deadline all are asked
 * what they keep, for a moment; then each that is left is told of by name, with
 * what it still holds (left.c), and killed. The services, so that the log can
 * still write that, have a moment more. Then the threads are told to end.
 *
 * It is the runtime's own, and touches its worker as the verbs do: its handlers
 * begin inside (inside.h).
 */
#include <errno.h>

#include <buskin/life.h>

#include "ctx.h"
#include "guardian.h"
#include "inside.h"
#include "kin.h"
#include "left.h"
#include "phase.h"
#include "spawn.h"
#include "threads.h"
#include "timers.h"

#define TIMER_DEADLINE 1
#define TIMER_LOOK 2
#define SERVICES_NS 1000000000 /* what services have after that */
#define LOOK_AGAIN_NS 1000000 /* while something is about to end */
#define LOOK_NS 10000000      /* while stopping: news may be lost for want of
                               * memory, the end must not be */

struct guardian {
	bool stopping;
	bool surveying;     /* the deadline has passed, or told twice: */
	bool killing;       /* all have been asked what they keep, */
	bool killing_services; /* and theirs has passed too */
	unsigned phase;     /* that the stop has come to */
	struct left left;
};

static const struct bsk_field spawn_fields[] = {
	BSK_FIELD(guardian_spawn, config, "its config; the rest is private"),
};
const struct bsk_type guardian_spawn_type = {
	.name = "guardian_spawn",
	.doc = "make an actor",
	.size = sizeof(struct guardian_spawn),
	.fields = spawn_fields,
	.field_count = 1,
	.marks = BSK_TYPE_CONTROL | BSK_TYPE_OWNS,
};

static const struct bsk_field spawned_fields[] = {
	BSK_FIELD(guardian_spawned, actor, "which"),
	BSK_FIELD(guardian_spawned, error, "or why not"),
};
const struct bsk_type guardian_spawned_type =
    BSK_TYPE(guardian_spawned, "an actor was made", spawned_fields);

static const struct bsk_field stop_fields[] = {
	BSK_FIELD(guardian_stop, reserved, "nothing"),
};
const struct bsk_type guardian_stop_type =
    BSK_CONTROL_TYPE(guardian_stop, "stop everything", stop_fields);

BSK_HANDLER(on_open, guardian, bsk_open);
BSK_HANDLER(on_spawn, guardian, guardian_spawn);
BSK_HANDLER(on_stop, guardian, guardian_stop);
BSK_HANDLER(on_down, guardian, bsk_down);
BSK_HANDLER(on_link_down, guardian, bsk_link_down);
BSK_HANDLER(on_due, guardian, bsk_timer_due);
BSK_HANDLER(on_drain, guardian, bsk_drain);
BSK_HANDLER(on_ask_failed, guardian, bsk_ask_failed);
static int on_status(void *state, bsk_ctx *ctx, const bsk_message *status);
BSK_HANDLER(on_close, guardian, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(guardian_spawn, on_spawn),
	BSK_ON(guardian_stop, on_stop),
	BSK_ON(bsk_down, on_down),
	BSK_ON(bsk_link_down, on_link_down),
	BSK_ON(bsk_timer_due, on_due),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_ask_failed, on_ask_failed),
	BSK_ON(bsk_close, on_close),
};

const struct bsk_class guardian_class =
    BSK_CLASS(guardian, "guardian", "parent of what has no other", handlers,
    .other = on_status);

/* What an ordered stop needs is there before anything runs. */
static int
on_open(struct guardian *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	INSIDE(ctx->worker);
	int r = timers_reserve(ctx->worker, ctx->cell, TIMER_DEADLINE);

	(void)self;
	(void)open;
	return r < 0 ? r : timers_reserve(ctx->worker, ctx->cell, TIMER_LOOK);
}

/* Whoever asked is gone when the system is stopping, and what the request
 * points to may be too. An actor that nobody hears of is of no use. */
static int
on_spawn(struct guardian *self, bsk_ctx *ctx,
    const struct guardian_spawn *request)
{
	INSIDE(ctx->worker);
	struct guardian_spawn *mine = message_body(ctx->message);
	bsk_ref actor = bsk_nobody();
	int r = -ESHUTDOWN;

	(void)self;
	if (!peek(&ctx->worker->system->stopping)) {
		r = spawn(ctx->worker, ctx->cell, request->class_,
		    request->config, request->options, 0, &actor);
		mine->config = NULL;
	}
	if (bsk_reply(ctx, BSK_NEW(guardian_spawned, .actor = actor,
	    .error = r)) < 0)
		(void)bsk_kill(ctx, actor);
	return 0;
}

static void
kill_children(bsk_ctx *ctx, bool with_services)
{
	struct cell *child = kin_newest(ctx->worker, ctx->cell);

	for (; child != NULL; child = kin_older(ctx->worker, child))
		if (with_services ||
		    phase_of(ctx->worker->system, child) != PHASE_LAST)
			bsk_kill(ctx, cell_ref(child));
}

/* One that fires once is gone with that, and what it was made of; one that
 * fires again keeps its memory, and so cannot fail to be armed. */
static void
arm_deadline(bsk_ctx *ctx, int64_t after_ns)
{
	(void)bsk_timer_arm(ctx, TIMER_DEADLINE, after_ns, SERVICES_NS);
}

/* All that are left but the services. */
static void
kill_others(struct guardian *self, bsk_ctx *ctx)
{
	left_tell(ctx->worker, &self->left, false);
	arm_deadline(ctx, SERVICES_NS);
	self->killing = true;
	kill_children(ctx, false);
}

static void
kill_services(struct guardian *self, bsk_ctx *ctx)
{
	if (!self->killing_services && self->phase == PHASE_LAST)
		left_tell(ctx->worker, &self->left, true);
	self->killing_services = true;
	kill_children(ctx, true);
}

/* Asks all what they keep, once: who does not answer is not waited for long. */
static void
survey(struct guardian *self, bsk_ctx *ctx)
{
	self->surveying = true;
	(void)bsk_survey_begin(&self->left.survey, ctx, bsk_nobody());
	if (self->left.survey.waiting == 0)
		kill_others(self, ctx);
}

static void
kill_all(struct guardian *self, bsk_ctx *ctx)
{
	if (self->killing)
		kill_services(self, ctx);
	else if (self->surveying)
		kill_others(self, ctx);
	else
		survey(self, ctx);
}

/* The newest child of the phase that the stop has come to, or of the first
 * after it that is not empty. They were sorted when the stop began; those that
 * have come since, services mostly, stand before them. */
static struct cell *
next_child(struct guardian *self, bsk_ctx *ctx)
{
	struct bsk_system *system = ctx->worker->system;
	struct cell *child = kin_newest(ctx->worker, ctx->cell);
	struct cell *first = child;
	unsigned least = PHASE_LAST;

	for (; child != NULL; child = kin_older(ctx->worker, child)) {
		unsigned phase = phase_of(system, child);

		if (phase <= self->phase)
			return child;
		if (phase < least) {
			least = phase;
			first = child;
		}
	}
	self->phase = least;
	return first;
}

/* Its memory is reserved: this cannot fail. */
static void
look_again(bsk_ctx *ctx)
{
	(void)bsk_timer_arm(ctx, TIMER_LOOK, LOOK_AGAIN_NS, LOOK_NS);
}

/* Grandchildren may outlive their parents by a moment. */
static void
end_when_alone(bsk_ctx *ctx)
{
	struct bsk_system *system = ctx->worker->system;

	/* Acquire: pairs with the release in cells_give. */
	if (atomic_load_explicit(&system->cells.live,
	    memory_order_acquire) > 1)
		look_again(ctx);
	else
		threads_end(system);
}

static void
go_on(struct guardian *self, bsk_ctx *ctx)
{
	struct cell *child = next_child(self, ctx);

	if (child == NULL) {
		end_when_alone(ctx);
	} else if (self->killing_services || (self->killing &&
	    phase_of(ctx->worker->system, child) != PHASE_LAST)) {
		(void)bsk_kill(ctx, cell_ref(child));
		look_again(ctx);
	} else if (!bsk_ref_equal(self->left.asked, cell_ref(child)) &&
	    bsk_stop(ctx, cell_ref(child)) == 0) {
		self->left.asked = cell_ref(child);
		self->left.asked_ns = bsk_now(ctx);
	}
}

static int
on_stop(struct guardian *self, bsk_ctx *ctx, const struct guardian_stop *stop)
{
	INSIDE(ctx->worker);

	(void)stop;
	if (self->stopping) {
		kill_all(self, ctx);
	} else {
		self->stopping = true;
		kin_sort(ctx->worker, ctx->cell, phase_of);
		arm_deadline(ctx, ctx->worker->system->stop_timeout_ns);
		(void)bsk_timer_arm(ctx, TIMER_LOOK, LOOK_NS, LOOK_NS);
	}
	go_on(self, ctx);
	return 0;
}

static int
on_down(struct guardian *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	INSIDE(ctx->worker);

	(void)down;
	if (self->stopping)
		go_on(self, ctx);
	return 0;
}

/* It outlives whoever links with it. */
static int
on_link_down(struct guardian *self, bsk_ctx *ctx,
    const struct bsk_link_down *down)
{
	(void)self;
	(void)ctx;
	(void)down;
	return 0;
}

static int
on_due(struct guardian *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	INSIDE(ctx->worker);

	if (due->timer == TIMER_DEADLINE)
		kill_all(self, ctx);
	go_on(self, ctx);
	return 0;
}

static int
on_status(void *state, bsk_ctx *ctx, const bsk_message *status)
{
	INSIDE(ctx->worker);
	struct guardian *self = state;

	if (!bsk_survey_heard(&self->left.survey, bsk_asked(ctx), status) ||
	    self->killing || self->left.survey.waiting > 0)
		return 0;
	kill_others(self, ctx);
	go_on(self, ctx);
	return 0;
}

static int
on_ask_failed(struct guardian *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	INSIDE(ctx->worker);

	if (!bsk_survey_failed(&self->left.survey, failed->ask) ||
	    self->killing || self->left.survey.waiting > 0)
		return 0;
	kill_others(self, ctx);
	go_on(self, ctx);
	return 0;
}

/* To stop everybody's parent is to stop everybody. */
static int
on_drain(struct guardian *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	if (!self->stopping)
		bsk_stop_system(ctx, 0);
	return 0;
}

/* Killed: then nobody could end the system any more. */
static int
on_close(struct guardian *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)close;
	bsk_survey_release(&self->left.survey);
	threads_end(ctx->worker->system);
	return 0;
}
