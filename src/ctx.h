/* ctx.h - where an actor stands while a handler of its runs. */
#ifndef CTX_H
#define CTX_H

#include <assert.h>

#include "current.h"
#include "system.h"

/* What the handler did with its message, beyond handling it. */
enum ctx_deed {
	CTX_HELD = 1,      /* keeps it */
	CTX_FORWARDED = 2, /* passes it on to `forward_to` */
	CTX_REPLIED = 4,   /* has answered it */
	CTX_EXITS = 8      /* called bsk_exit, with `exit_reason` */
};

#define CTX_DEALT_WITH (CTX_HELD | CTX_FORWARDED | CTX_REPLIED)

struct bsk_ctx {
	struct worker *worker;
	struct cell *cell;
	struct bsk_message *message; /* in hand; NULL: none */
	bsk_ref sender;              /* of that; it may have been let go */
	uint64_t asked;              /* the ask it answers */
	unsigned deeds;              /* enum ctx_deed */
	unsigned looks;              /* of the sentry, in this turn */
	unsigned plain;              /* ended as handled, and not counted yet */
	bsk_ref forward_to;
	int exit_reason;
};

/* Nothing is in hand. What a deed goes with is set with the deed. */
static inline void
ctx_begin(struct bsk_ctx *ctx, struct worker *worker, struct cell *cell)
{
	ctx->worker = worker;
	ctx->cell = cell;
	ctx->message = NULL;
	ctx->sender = bsk_nobody();
	ctx->asked = 0;
	ctx->deeds = 0;
	ctx->looks = 0;
	ctx->plain = 0;
}

static inline struct bsk_ctx
ctx_of(struct worker *worker, struct cell *cell)
{
	struct bsk_ctx ctx = {.worker = NULL};

	ctx_begin(&ctx, worker, cell);
	return ctx;
}

/* A verb is for the handler that was given the ctx, on the thread that runs
 * it: no other thread may borrow it. */
static inline void
ctx_check(const struct bsk_ctx *ctx)
{
	assert(ctx->worker == current_worker);
	(void)ctx;
}

#endif
