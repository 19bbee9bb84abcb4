/* actors/flow_side.c - one of the two sides of a flow.
 *
 * What is waited for no more is taken off the watch only when it has woken us
 * in vain: a flow that stops and goes with each piece would else cost the
 * reactor two orders a piece.
 */
#include <buskin/flow.h>

int
bsk_flow_side_take(struct bsk_flow_side *side, bsk_ctx *ctx,
    const bsk_fd *from)
{
	side->writable = true;
	return bsk_watched_take(&side->fd, ctx, from);
}

void
bsk_flow_side_told(struct bsk_flow_side *side, uint32_t events)
{
	const uint32_t broken = BSK_FD_HUP | BSK_FD_ERR;

	side->told |= events;
	if ((events & (broken | BSK_FD_IN | BSK_FD_RDHUP)) != 0)
		side->readable = true;
	if ((events & BSK_FD_OUT) != 0)
		side->writable = true;
	if ((events & broken) != 0)
		side->gone = true;
}

int
bsk_flow_side_watch(struct bsk_flow_side *side, bsk_ctx *ctx,
    const struct bsk_flow *from, const struct bsk_flow *to)
{
	uint32_t needed = BSK_FD_RDHUP;
	uint32_t vain = side->told;

	if (!bsk_flow_is_full(from))
		needed |= BSK_FD_IN;
	if (bsk_flow_held(to) > 0 && !side->writable)
		needed |= BSK_FD_OUT;
	side->told = 0;
	return bsk_watched_want(
	    &side->fd, ctx, (side->fd.events & ~vain) | needed);
}
