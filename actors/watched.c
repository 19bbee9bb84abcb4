/* actors/watched.c - a descriptor that the reactor watches for an actor.
 *
 *   says    bsk_fd_watch, bsk_fd_release   to the reactor
 */
#include <buskin/reactor.h>
#include <buskin/unblock.h>
#include <buskin/watched.h>

#define PATIENCE_NS INT64_C(30000000000) /* with the reactor */

int
bsk_watched_take(struct bsk_watched *watched, bsk_ctx *ctx, const bsk_fd *from)
{
	int error = bsk_service(ctx, &bsk_reactor_class, &watched->reactor);

	if (error == 0)
		watched->fd = bsk_fd_move(from);
	return error;
}

int
bsk_watched_want(struct bsk_watched *watched, bsk_ctx *ctx, uint32_t events)
{
	uint64_t ask;

	if (events == watched->events)
		return 0;
	watched->events = events;
	return bsk_ask(ctx, watched->reactor, BSK_NEW(bsk_fd_watch,
	    .fd = bsk_fd_number(watched->fd), .events = events), PATIENCE_NS,
	    &ask);
}

void
bsk_watched_release(struct bsk_watched *watched, bsk_ctx *ctx)
{
	bsk_block_again(bsk_os(ctx), &watched->fd);
	if (bsk_fd_number(watched->fd) >= 0)
		(void)bsk_send(ctx, watched->reactor, BSK_NEW(bsk_fd_release,
		    .fd = watched->fd));
	watched->fd = bsk_fd_own(-1);
	watched->events = 0;
}
