/* guardian.c - the parent of what has no other, and the order of the end.
 *
 *   hears   guardian_spawn   from outside: make an actor
 *           guardian_stop    stop everything in order; again: at once
 *           bsk_down         a child has ended
 *   says    guardian_spawned
 *
 * Stopping goes child by child, the newest first, each given all the time it
 * takes within the one overall deadline: first what the user made, then the
 * services that it stood on. Then the threads are told to end.
 */
#include <errno.h>

#include <buskin/life.h>

#include "ctx.h"
#include "guardian.h"
#include "kin.h"
#include "spawn.h"
#include "threads.h"

#define TIMER_DEADLINE 1
#define TIMER_LOOK 2
#define LOOK_AGAIN_NS 1000000

struct guardian {
	bool stopping;
	bool killing;       /* the deadline has passed, or told twice */
	bsk_ref stopped;    /* the child that was asked to stop last */
};

static const struct bsk_field spawn_fields[] = {
	BSK_FIELD(guardian_spawn, reserved, "the rest is private"),
};
const struct bsk_type guardian_spawn_type =
    BSK_CONTROL_TYPE(guardian_spawn, "make an actor", spawn_fields);

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

BSK_HANDLER(on_spawn, guardian, guardian_spawn);
BSK_HANDLER(on_stop, guardian, guardian_stop);
BSK_HANDLER(on_down, guardian, bsk_down);
BSK_HANDLER(on_due, guardian, bsk_timer_due);

static const struct bsk_handler handlers[] = {
	BSK_ON(guardian_spawn, on_spawn),
	BSK_ON(guardian_stop, on_stop),
	BSK_ON(bsk_down, on_down),
	BSK_ON(bsk_timer_due, on_due),
};

const struct bsk_class guardian_class =
    BSK_CLASS(guardian, "guardian", "parent of what has no other", handlers);

static int
on_spawn(struct guardian *self, bsk_ctx *ctx,
    const struct guardian_spawn *request)
{
	bsk_ref actor = bsk_nobody();
	int r = -ESHUTDOWN;

	if (self->stopping)
		bsk_parcel_free(request->config);
	else
		r = spawn(ctx->worker, ctx->cell, request->class_,
		    request->config, request->options, 0, &actor);
	return bsk_reply(ctx, BSK_NEW(guardian_spawned, .actor = actor,
	    .error = r));
}

static void
kill_all(struct guardian *self, bsk_ctx *ctx)
{
	struct cell *child = kin_newest(ctx->worker, ctx->cell);

	self->killing = true;
	for (; child != NULL; child = kin_older(ctx->worker, child))
		bsk_kill(ctx, cell_ref(child));
}

/* The newest child, a service only if nothing else is left. */
static struct cell *
next_child(bsk_ctx *ctx)
{
	struct cell *newest = kin_newest(ctx->worker, ctx->cell);
	struct cell *child = newest;

	while (child != NULL && cell_has(child, CELL_SERVICE))
		child = kin_older(ctx->worker, child);
	return child != NULL ? child : newest;
}

/* Grandchildren may outlive their parents by a moment. */
static int
end_when_alone(bsk_ctx *ctx)
{
	struct bsk_system *system = ctx->worker->system;

	/* Acquire: pairs with the release in cells_give. */
	if (atomic_load_explicit(&system->cells.live,
	    memory_order_acquire) > 1)
		return bsk_timer_arm(ctx, TIMER_LOOK, LOOK_AGAIN_NS, 0);
	threads_end(system);
	return 0;
}

static int
go_on(struct guardian *self, bsk_ctx *ctx)
{
	struct cell *child = next_child(ctx);

	if (child == NULL)
		return end_when_alone(ctx);
	if (self->killing) {
		bsk_kill(ctx, cell_ref(child));
		return bsk_timer_arm(ctx, TIMER_LOOK, LOOK_AGAIN_NS, 0);
	}
	if (bsk_ref_equal(self->stopped, cell_ref(child)))
		return 0;
	self->stopped = cell_ref(child);
	return bsk_stop(ctx, self->stopped);
}

static int
on_stop(struct guardian *self, bsk_ctx *ctx, const struct guardian_stop *stop)
{
	int r;

	(void)stop;
	if (self->stopping) {
		kill_all(self, ctx);
		return go_on(self, ctx);
	}
	self->stopping = true;
	r = bsk_timer_arm(ctx, TIMER_DEADLINE,
	    ctx->worker->system->stop_timeout_ns, 0);
	if (r < 0)
		kill_all(self, ctx);
	return go_on(self, ctx);
}

static int
on_down(struct guardian *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	(void)down;
	return self->stopping ? go_on(self, ctx) : 0;
}

static int
on_due(struct guardian *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	if (due->timer == TIMER_DEADLINE)
		kill_all(self, ctx);
	return go_on(self, ctx);
}
