/* buskin/routes.h - the workers of a router, and which of them is next.
 *
 * Every function is for the handlers of the router.
 */
#ifndef BUSKIN_ROUTES_H
#define BUSKIN_ROUTES_H

#include <buskin/actor.h>
#include <buskin/router.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One worker. */
struct bsk_route {
	struct bsk_wire wire; /* without its port */
	uint64_t monitor;     /* of it */
	uint64_t passed;      /* messages */
	/* of the messages that have ended there, or wait: others', or from
	 * before its time here */
	uint64_t strange;
};

/* All zeros is empty. */
struct bsk_routes {
	struct bsk_route *all; /* `count` of them, in the order they came */
	size_t count;    /* how many there are */
	size_t room;     /* for so many */
	size_t next;     /* whose turn it is; any number */
	bool has_warned; /* of a message without a key */
};

/* The number of a worker's route; `count`: it is none. */
size_t bsk_routes_find(const struct bsk_routes *routes, bsk_ref worker);

/* Adds a worker and monitors it. -EEXIST, -ENOMEM. */
int bsk_routes_add(struct bsk_routes *routes, bsk_ctx *ctx, bsk_ref worker,
    uint8_t on_full);

/* Takes a route out; the others keep their order. */
void bsk_routes_take_out(struct bsk_routes *routes, size_t at);

/* The number of the route that a message is to take by a policy for one worker,
 * of which there are some; -1: nobody is to have it. */
ptrdiff_t bsk_routes_choose(struct bsk_routes *routes, bsk_ctx *ctx,
    const struct bsk_router_config *config, const bsk_message *message);

/* Frees the memory. */
void bsk_routes_release(struct bsk_routes *routes);

#ifdef __cplusplus
}
#endif

#endif
