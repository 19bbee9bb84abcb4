/* verbs_actor.c - what an actor does with itself and with other actors. */
#include <errno.h>
#include <string.h>

#include "ctx.h"
#include "inside.h"
#include "life.h"
#include "links.h"
#include "monitors.h"
#include "notice.h"
#include "post.h"
#include "spawn.h"
#include "timers.h"

/* --- where am I ---------------------------------------------------------- */

bsk_ref
bsk_self(bsk_ctx *ctx)
{
	return cell_ref(ctx->cell);
}

bsk_ref
bsk_parent(bsk_ctx *ctx)
{
	return (bsk_ref){peek(&ctx->cell->parent)};
}

bsk_ref
bsk_sender(bsk_ctx *ctx)
{
	return ctx->sender;
}

const void *
bsk_config(bsk_ctx *ctx)
{
	struct extras *extras = cell_has_extras(ctx->cell);

	return extras == NULL ? NULL : bsk_parcel_body(extras->own.config);
}

bsk_system *
bsk_system_of(bsk_ctx *ctx)
{
	return ctx->worker->system;
}

const struct bsk_os *
bsk_os(bsk_ctx *ctx)
{
	return ctx->worker->os;
}

int64_t
bsk_now(bsk_ctx *ctx)
{
	return ctx->worker->os->now(ctx->worker->os);
}

uint64_t
bsk_random(bsk_ctx *ctx)
{
	INSIDE(ctx->worker);

	return worker_random(ctx->worker);
}

/* --- others -------------------------------------------------------------- */

int
bsk_spawn(bsk_ctx *ctx, const struct bsk_class *class_,
    struct bsk_parcel *config, const struct bsk_spawn_options *options,
    bsk_ref *ret_ref)
{
	INSIDE(ctx->worker);

	ctx_check(ctx);
	return spawn(ctx->worker, ctx->cell, class_, config, options, 0,
	    ret_ref);
}

int
bsk_service(bsk_ctx *ctx, const struct bsk_class *class_, bsk_ref *ret_ref)
{
	INSIDE(ctx->worker);
	struct bsk_spawn_options options = {.name = class_->name};
	int r;

	/* Whoever loses the race to make it finds the winner's. */
	do {
		r = bsk_find(ctx, class_->name, ret_ref);
		if (r == -ENOENT)
			r = spawn(ctx->worker, NULL, class_, NULL, &options,
			    CELL_SERVICE, ret_ref);
	} while (r == -EEXIST);
	return r;
}

const struct bsk_class *
bsk_class_find(bsk_ctx *ctx, const char *name)
{
	const struct bsk_class *const *class_ = ctx->worker->system->classes;

	while (*class_ != NULL && strcmp((*class_)->name, name) != 0)
		class_++;
	return *class_;
}

int
bsk_stop(bsk_ctx *ctx, bsk_ref actor)
{
	INSIDE(ctx->worker);
	bsk_message *drain = BSK_NEW(bsk_drain,
	    .system = peek(&ctx->worker->system->stopping));

	ctx_check(ctx);
	if (drain == NULL)
		return -ENOMEM;
	return post_runtime(ctx->worker, cell_ref(ctx->cell), actor, drain);
}

int
bsk_kill(bsk_ctx *ctx, bsk_ref actor)
{
	INSIDE(ctx->worker);

	life_kill(ctx->worker, actor, cell_ref(ctx->cell));
	return 0;
}

int
bsk_halt(bsk_ctx *ctx, bsk_ref child)
{
	INSIDE(ctx->worker);

	life_halt(ctx->worker, child);
	return 0;
}

int
bsk_restart(bsk_ctx *ctx, bsk_ref child)
{
	INSIDE(ctx->worker);

	life_revive(ctx->worker, child);
	return 0;
}

void
bsk_exit(bsk_ctx *ctx, int reason)
{
	ctx_check(ctx);
	if ((ctx->deeds & CTX_EXITS) != 0)
		return;
	ctx->deeds |= CTX_EXITS;
	ctx->exit_reason = reason;
}

int
bsk_monitor(bsk_ctx *ctx, bsk_ref actor, uint64_t *ret_monitor)
{
	INSIDE(ctx->worker);

	ctx_check(ctx);
	return monitors_watch(ctx->worker, ctx->cell, actor, ret_monitor);
}

int
bsk_demonitor(bsk_ctx *ctx, uint64_t monitor)
{
	INSIDE(ctx->worker);

	return monitors_unwatch(ctx->worker, ctx->cell, monitor);
}

int
bsk_link(bsk_ctx *ctx, bsk_ref actor)
{
	INSIDE(ctx->worker);

	ctx_check(ctx);
	return links_make(ctx->worker, ctx->cell, actor);
}

int
bsk_unlink(bsk_ctx *ctx, bsk_ref actor)
{
	INSIDE(ctx->worker);

	ctx_check(ctx);
	return links_cut(ctx->worker, ctx->cell, actor);
}

int
bsk_register(bsk_ctx *ctx, const char *name)
{
	return directory_name(&ctx->worker->system->directory,
	    cell_ref(ctx->cell), name);
}

int
bsk_find(bsk_ctx *ctx, const char *name, bsk_ref *ret_ref)
{
	return directory_find(&ctx->worker->system->directory, name, ret_ref);
}

int
bsk_become(bsk_ctx *ctx, const struct bsk_handler *handlers, size_t count)
{
	INSIDE(ctx->worker);
	struct extras *extras = cell_extras(ctx->cell);
	struct behavior *behavior;

	ctx_check(ctx);
	if (behavior_check_handlers(handlers, count) < 0)
		return -EINVAL;
	if (extras == NULL)
		return -ENOMEM;
	behavior = behavior_new(cell_class(ctx->cell), handlers, count);
	if (behavior == NULL)
		return -ENOMEM;
	behavior_free(extras->own.become);
	extras->own.become = behavior;
	ctx->cell->behavior = behavior;
	return 0;
}

int
bsk_take_faults(bsk_ctx *ctx)
{
	poke(&ctx->worker->system->has_sink, true);
	poke(&ctx->worker->system->fault_taker, cell_ref(ctx->cell).bits);
	return 0;
}

void
bsk_stop_system(bsk_ctx *ctx, int status)
{
	bsk_system_stop(ctx->worker->system, status);
}

/* --- time and readiness -------------------------------------------------- */

int
bsk_timer_arm(bsk_ctx *ctx, uint64_t timer, int64_t after_ns,
    int64_t every_ns)
{
	INSIDE(ctx->worker);

	ctx_check(ctx);
	return timers_arm(ctx->worker, ctx->cell, timer, after_ns, every_ns);
}

int
bsk_timer_disarm(bsk_ctx *ctx, uint64_t timer)
{
	INSIDE(ctx->worker);

	ctx_check(ctx);
	return timers_disarm(ctx->worker, ctx->cell, timer);
}

int
bsk_notice_new(bsk_ctx *ctx, bsk_ref to, const struct bsk_type *type,
    const void *body, size_t bits_offset, bsk_notice **ret_notice)
{
	INSIDE(ctx->worker);
	struct extras *extras = cell_extras(ctx->cell);

	if (extras == NULL)
		return -ENOMEM;
	return notice_new(&extras->own.notices, cell_ref(ctx->cell), to, type,
	    body, bits_offset, ret_notice);
}

void
bsk_notice_post(bsk_ctx *ctx, bsk_notice *notice, uint32_t bits)
{
	INSIDE(ctx->worker);

	if (notice_add(notice, bits))
		(void)post(ctx->worker, notice_message(notice));
}

void
bsk_notice_free(bsk_ctx *ctx, bsk_notice *notice)
{
	(void)ctx;
	if (notice != NULL)
		notice_free(notice);
}

int
bsk_park_set(bsk_ctx *ctx, const struct bsk_park *park, void *waker)
{
	INSIDE(ctx->worker);
	struct worker *worker = ctx->worker;
	bsk_ref self = cell_ref(ctx->cell);

	if (worker->system->sim.on)
		return -ENOTSUP;
	if (!bsk_ref_is_nobody(worker->parker) &&
	    !bsk_ref_equal(worker->parker, self))
		return -EBUSY;
	worker_park_set(worker, park, waker,
	    park == NULL ? bsk_nobody() : self);
	return 0;
}
