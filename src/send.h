/* send.h - what a handler sends, on its way. */
#ifndef SEND_H
#define SEND_H

#include "ctx.h"
#include "inside.h"
#include "post.h"

/* The long way. */
static LONG_WAY int
send_any(struct bsk_ctx *ctx, struct bsk_message *message)
{
	INSIDE(ctx->worker);

	return post_from(ctx->worker, ctx->cell, message);
}

/* Sends a message whose `to` is set. Takes it. As bsk_send. */
static inline int
send_from(struct bsk_ctx *ctx, struct bsk_message *message)
{
	bool is_sent = false;
	bool before;

	ctx_check(ctx);
	if (inside_try(ctx->worker, &before)) {
		is_sent = post_plain(ctx->worker, ctx->cell, message);
		inside_end(&before);
	}
	return is_sent ? 0 : send_any(ctx, message);
}

#endif
