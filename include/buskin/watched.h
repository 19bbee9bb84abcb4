/* buskin/watched.h - a descriptor that the reactor watches for an actor.
 *
 * A struct in the actor's state, all zeros is none. The actor hears
 * bsk_fd_ready of it; and bsk_result or bsk_ask_failed as the answers to what
 * is asked here: an error there means that it cannot be watched.
 */
#ifndef BUSKIN_WATCHED_H
#define BUSKIN_WATCHED_H

#include <buskin/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A watched descriptor. */
struct bsk_watched {
	bsk_fd fd;       /* ours; for reading */
	bsk_ref reactor; /* private */
	uint32_t events; /* what it is watched for; for reading */
};

/* Takes the descriptor of a config or message; it is not watched yet. 0, or
 * what bsk_service fails with: it stays where it was then. */
int bsk_watched_take(struct bsk_watched *watched, bsk_ctx *ctx,
    const bsk_fd *from);

/* Has it watched for these (enum bsk_fd_event), if it is not so already. 0 or
 * -ENOMEM. */
int bsk_watched_want(struct bsk_watched *watched, bsk_ctx *ctx,
    uint32_t events);

/* Has the reactor close it, if there is one; if it is lent, it blocks again
 * from here on. */
void bsk_watched_release(struct bsk_watched *watched, bsk_ctx *ctx);

#ifdef __cplusplus
}
#endif

#endif
