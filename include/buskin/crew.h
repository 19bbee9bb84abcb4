/* buskin/crew.h - the workers that a router has made itself.
 *
 * Every function is for the handlers of the router. What it is told of a child
 * that is none of these is let pass.
 *
 * A worker that ends is given another life, after a delay that grows: its ref
 * and what waits in its mailbox stay. One that is surplus has been taken out
 * of the routes and asked to stop; it is gone once it has handled what it had.
 */
#ifndef BUSKIN_CREW_H
#define BUSKIN_CREW_H

#include <buskin/backoff.h>
#include <buskin/routes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One of them. */
struct bsk_crew_member {
	bsk_ref ref;                /* its address */
	uint64_t number;            /* of its timer: from 1, never used again */
	int64_t started_ns;         /* its last life */
	struct bsk_backoff backoff; /* before its next life */
	bool is_surplus;            /* is to end with what it has */
};

/* All zeros before bsk_crew_open: nobody, ever. */
struct bsk_crew {
	const struct bsk_router_config *config; /* the runtime's */
	const struct bsk_class *class_;  /* theirs; NULL: there is no pool */
	struct bsk_crew_member *all;     /* `count` of them, the newest last */
	uint32_t count;                  /* those that are surplus too */
	uint32_t room;                   /* for so many */
	uint32_t surplus;                /* how many are */
	uint32_t restarts;               /* lives after the first */
	uint64_t numbers;                /* given so far */
	struct bsk_intensity budget;     /* of the restarts */
};

/* Makes the pool of a config that has one. An error is in the log too: -ENOENT:
 * there is no such class; -EINVAL: a config of another class, or no such out
 * port; else as bsk_spawn. */
int bsk_crew_open(struct bsk_crew *crew, bsk_ctx *ctx,
    struct bsk_routes *routes);

/* How many there are to be; those that are surplus do not count. */
uint32_t bsk_crew_size(const struct bsk_crew *crew);

/* Whether that actor is one of them, and not surplus. */
bool bsk_crew_has(const struct bsk_crew *crew, bsk_ref who);

/* Makes as many as are lacking, or none of them; or has the newest go that are
 * too many. As bsk_spawn; -ENOMEM: also when one cannot be asked to stop, and
 * then those asked before go. */
int bsk_crew_resize(struct bsk_crew *crew, bsk_ctx *ctx,
    struct bsk_routes *routes, uint32_t size);

/* What the router has heard. An error is for it to fail with: -ELOOP: they end
 * too often. A life has ended, ... */
int bsk_crew_ended(struct bsk_crew *crew, bsk_ctx *ctx,
    const struct bsk_child_ended *ended);
/* ... a child is gone, ... */
int bsk_crew_gone(struct bsk_crew *crew, bsk_ctx *ctx,
    struct bsk_routes *routes, bsk_ref who);
/* ... a delay is over. */
int bsk_crew_due(struct bsk_crew *crew, bsk_ctx *ctx, uint64_t timer);

/* Frees the memory; the children are the runtime's to end. */
void bsk_crew_release(struct bsk_crew *crew);

#ifdef __cplusplus
}
#endif

#endif
