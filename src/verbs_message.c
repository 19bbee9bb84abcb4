/* verbs_message.c - what an actor does with messages: sends, answers, holds. */
#include <errno.h>

#include "ask_number.h"
#include "asks.h"
#include "current.h"
#include "held.h"
#include "send.h"

int
bsk_send(bsk_ctx *ctx, bsk_ref to, bsk_message *message)
{
	if (message == NULL)
		return -ENOMEM;
	message->to = to;
	return send_from(ctx, message);
}

/* An answer that leaves the system is made of memory that any thread may
 * free. */
static int
answer_outside(bsk_ctx *ctx, uint64_t number, bsk_message *answer)
{
	struct calls *calls = &ctx->worker->system->calls;
	bsk_message *copy;
	int r = 0;

	current_worker = NULL;
	copy = bsk_message_copy(answer);
	current_worker = ctx->worker;
	bsk_message_free(answer);
	if (copy == NULL)
		r = -ENOMEM;
	if (!calls_answer(calls, number, copy, r)) {
		current_worker = NULL;
		bsk_message_free(copy);
		current_worker = ctx->worker;
	}
	return r;
}

/* Answers `asking`, which is over for its sender then. */
static int
answer(bsk_ctx *ctx, bsk_message *asking, bsk_message *message)
{
	if (message == NULL)
		return -ENOMEM;
	if ((asking->flags & MESSAGE_ASKS) == 0) {
		bsk_message_free(message);
		return -EINVAL;
	}
	asking->flags &= (uint16_t)~MESSAGE_ASKS;
	if (bsk_ref_is_nobody(asking->from))
		return answer_outside(ctx, asking->ask, message);
	message->to = asking->from;
	message->ask = asking->ask;
	message->flags |= MESSAGE_ANSWERS | MESSAGE_EXEMPT;
	return post_from(ctx->worker, ctx->cell, message);
}

int
bsk_reply(bsk_ctx *ctx, bsk_message *message)
{
	INSIDE(ctx->worker);
	int r;

	ctx_check(ctx);
	if (ctx->message == NULL ||
	    (ctx->deeds & (CTX_HELD | CTX_FORWARDED)) != 0) {
		bsk_message_free(message);
		return -EINVAL;
	}
	r = answer(ctx, ctx->message, message);
	if (r == 0)
		ctx->deeds |= CTX_REPLIED;
	return r;
}

int
bsk_forward(bsk_ctx *ctx, bsk_ref to)
{
	ctx_check(ctx);
	if (ctx->message == NULL || (ctx->deeds & CTX_DEALT_WITH) != 0 ||
	    (ctx->message->flags & MESSAGE_NOTICE) != 0)
		return -EINVAL;
	ctx->deeds |= CTX_FORWARDED;
	ctx->forward_to = to;
	return 0;
}

int
bsk_forward_along(bsk_ctx *ctx, const struct bsk_wire *wire)
{
	int r = bsk_forward(ctx, wire->to);

	if (r == 0)
		ctx->message->on_full = wire->on_full;
	return r;
}

static int64_t
deadline(bsk_ctx *ctx, const bsk_message *asking)
{
	const struct bsk_os *os = ctx->worker->os;

	if (asking == NULL)
		asking = ctx->message;
	if (asking == NULL || (asking->flags & MESSAGE_ASKS) == 0)
		return INT64_MAX;
	return ask_until(asking->ask, os->now(os));
}

int64_t
bsk_deadline(bsk_ctx *ctx, const bsk_message *asking)
{
	ctx_check(ctx);
	return deadline(ctx, asking);
}

int
bsk_ask_for(bsk_ctx *ctx, const bsk_message *asking, bsk_ref to,
    bsk_message *message, int64_t timeout_ns, uint64_t *ret_ask)
{
	int64_t until_ns = deadline(ctx, asking);
	int64_t left_ns = until_ns == INT64_MAX ? INT64_MAX :
	    until_ns - bsk_now(ctx);

	if (left_ns <= 0) {
		bsk_message_free(message);
		return message == NULL ? -ENOMEM : -ETIMEDOUT;
	}
	return bsk_ask(ctx, to, message,
	    timeout_ns < left_ns ? timeout_ns : left_ns, ret_ask);
}

int
bsk_ask(bsk_ctx *ctx, bsk_ref to, bsk_message *message, int64_t timeout_ns,
    uint64_t *ret_ask)
{
	INSIDE(ctx->worker);
	uint64_t number;
	int r;

	ctx_check(ctx);
	if (message == NULL)
		return -ENOMEM;
	r = asks_add(ctx->worker, ctx->cell, timeout_ns, &number);
	if (r < 0) {
		bsk_message_free(message);
		return r;
	}
	message->to = to;
	message->ask = number;
	message->flags |= MESSAGE_ASKS;
	/* A refusal comes as bsk_ask_failed, like every other. */
	(void)post_from(ctx->worker, ctx->cell, message);
	if (ret_ask != NULL)
		*ret_ask = number;
	return 0;
}

uint64_t
bsk_asked(bsk_ctx *ctx)
{
	return ctx->asked;
}

int
bsk_ask_cancel(bsk_ctx *ctx, uint64_t ask)
{
	INSIDE(ctx->worker);

	return asks_take(ctx->worker, ctx->cell, ask) ? 0 : -ENOENT;
}

bsk_message *
bsk_hold(bsk_ctx *ctx)
{
	INSIDE(ctx->worker);
	struct bsk_message *message = ctx->message;

	ctx_check(ctx);
	if (message == NULL || (ctx->deeds & CTX_DEALT_WITH) != 0 ||
	    (message->flags & MESSAGE_NOTICE) != 0 ||
	    held_add(ctx->worker, ctx->cell, message) < 0)
		return NULL;
	ctx->deeds |= CTX_HELD;
	return message;
}

void
bsk_let_go(bsk_ctx *ctx, bsk_message *held, enum bsk_end end)
{
	INSIDE(ctx->worker);

	if (held == NULL)
		return;
	held_remove(ctx->worker, ctx->cell, held);
	post_end(ctx->worker, ctx->cell, held, end, -ENODATA);
}

int
bsk_answer(bsk_ctx *ctx, bsk_message *held, bsk_message *message)
{
	INSIDE(ctx->worker);
	int r;

	if (held == NULL) {
		bsk_message_free(message);
		return -EINVAL;
	}
	r = answer(ctx, held, message);
	held_remove(ctx->worker, ctx->cell, held);
	post_end(ctx->worker, ctx->cell, held,
	    r == 0 ? BSK_END_REPLIED : BSK_END_HANDLED, r);
	return r;
}

void
bsk_unhold(bsk_ctx *ctx, bsk_message *held)
{
	INSIDE(ctx->worker);

	held_remove(ctx->worker, ctx->cell, held);
	post_back(ctx->worker, ctx->cell, held);
}
