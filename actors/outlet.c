/* actors/outlet.c - the writing side of a descriptor.
 *
 * The outbox and the files take turns: the one writes up to the first file's
 * place, the others from there on until bytes are next.
 */
#include <errno.h>

#include <buskin/actor.h>
#include <buskin/log.h>
#include <buskin/outlet.h>

#define MESSAGE_COST 128 /* bytes that a message counts beside its own */
#define TURN ((size_t)1 << 20) /* bytes written before others get theirs */
#define LATE_LEAST 5           /* late messages before that is said */
#define WARN_NS INT64_C(10000000000) /* and how often */

/* After each attempt: many small messages must stop the reading too, for they
 * fill a mailbox. */
static int
note(struct bsk_outlet *outlet, bsk_ctx *ctx, int result)
{
	uint64_t bytes = outlet->outbox.waiting_bytes;
	uint64_t cost = bytes + MESSAGE_COST *
	    (outlet->outbox.count + (uint64_t)outlet->files.count);

	if (cost > outlet->pressure.high_water)
		outlet->choked = true;
	else if (cost <= outlet->pressure.low_water)
		outlet->choked = false;
	bsk_pressure_note(&outlet->pressure, ctx, bytes);
	return result;
}

/* Returns as bsk_outlet_write does, or -EAGAIN. */
static int
write_turn(struct bsk_outlet *outlet, bsk_ctx *ctx)
{
	size_t left = TURN;
	int result = 0;

	while (result == 0 && bsk_outlet_waits(outlet)) {
		result = bsk_outbox_write(
		    &outlet->outbox, ctx, outlet->fd, &left);
		if (result == 0)
			result = bsk_sendfiles_write(&outlet->files, ctx,
			    &outlet->outbox, outlet->fd, &left);
	}
	return result;
}

int
bsk_outlet_write(struct bsk_outlet *outlet, bsk_ctx *ctx)
{
	int result = write_turn(outlet, ctx);

	return note(outlet, ctx, result == -EAGAIN ? 0 : result);
}

static void
refuse(struct bsk_outlet *outlet, bsk_ctx *ctx)
{
	int64_t now = bsk_now(ctx);

	bsk_message *message = bsk_hold(ctx);

	if (message != NULL)
		bsk_let_go(ctx, message, outlet->reason < 0 ? BSK_END_LOST :
		    BSK_END_DROPPED);
	outlet->late++;
	if (outlet->late < LATE_LEAST || (outlet->warned_ns != 0 &&
	    now - outlet->warned_ns < WARN_NS))
		return;
	outlet->warned_ns = now;
	(void)bsk_log(ctx, BSK_LOG_WARNING, "a stream was sent %llu messages "
	    "to write after its writing side had ended: %s",
	    (unsigned long long)outlet->late, bsk_reason_text(outlet->reason));
}

static bool
is_shut(const struct bsk_outlet *outlet)
{
	return outlet->fd < 0 || outlet->finishing;
}

int
bsk_outlet_put(struct bsk_outlet *outlet, bsk_ctx *ctx,
    const struct bsk_bytes *bytes)
{
	if (is_shut(outlet)) {
		refuse(outlet, ctx);
		return 0;
	}
	return note(outlet, ctx,
	    bsk_outbox_put(&outlet->outbox, ctx, outlet->fd, bytes));
}

int
bsk_outlet_put_file(struct bsk_outlet *outlet, bsk_ctx *ctx,
    const struct bsk_stream_sendfile *how)
{
	bool waited = bsk_outlet_waits(outlet);
	int reason = outlet->reason < 0 ? outlet->reason : -ESHUTDOWN;

	if (is_shut(outlet)) {
		bsk_sendfiles_refuse(ctx, how, reason);
		return 0;
	}
	bsk_sendfiles_put(
	    &outlet->files, ctx, &outlet->outbox, outlet->fd, how);
	return waited ? note(outlet, ctx, 0) : bsk_outlet_write(outlet, ctx);
}

int
bsk_outlet_cancel(struct bsk_outlet *outlet, bsk_ctx *ctx, uint64_t ticket)
{
	bsk_sendfiles_cancel(&outlet->files, ctx, &outlet->outbox,
	    bsk_sender(ctx), ticket);
	return bsk_outlet_write(outlet, ctx);
}

void
bsk_outlet_lose(struct bsk_outlet *outlet, bsk_ctx *ctx, int error)
{
	int reason = error;

	if (error == 0 && bsk_outlet_waits(outlet))
		reason = -EPIPE;
	outlet->unread_bytes = bsk_outbox_unread(ctx, outlet->fd);
	outlet->reason = reason;
	bsk_outbox_lose(&outlet->outbox, ctx);
	bsk_sendfiles_lose(&outlet->files, ctx, &outlet->outbox, reason);
	(void)note(outlet, ctx, 0);
}

void
bsk_outlet_release(struct bsk_outlet *outlet, bsk_ctx *ctx)
{
	bsk_outbox_lose(&outlet->outbox, ctx);
	bsk_sendfiles_lose(&outlet->files, ctx, &outlet->outbox, -ECANCELED);
	bsk_pressure_release(&outlet->pressure);
}
