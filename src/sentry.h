/* sentry.h - looks whether handlers and turns end in time.
 *
 * While a worker of the pool is awake, the host's looks at all of them every
 * 2 ms. A handler that is still the same at the next look has its worker lent
 * to another thread (gate.h), so that it keeps nobody else; one that has run as
 * long as a handler may is told of (fault.h), while it runs and again when it
 * has ended. When all have slept for a while the sentry sleeps too.
 */
#ifndef SENTRY_H
#define SENTRY_H

#include "wheel.h"

struct bsk_ctx;
struct bsk_type;
struct worker;

struct sentry {
	struct timer timer; /* the host's */
	unsigned calm;      /* looks that have found nobody awake, of late */
	/* Somebody looks. Sequentially consistent with each worker's `sleep`:
	 * either the one who falls asleep sees a worker awake, or that one
	 * sees the sentry asleep. */
	_Atomic bool is_on;
};

/* A worker is awake: from its thread. */
void sentry_awake(struct worker *worker);

/* Somebody is awake: from the host's thread. */
void sentry_summoned(struct worker *host);

/* A handler has ended that was looked at, or lost its worker meanwhile. */
void sentry_handled(struct bsk_ctx *ctx, const struct bsk_type *type);

#endif
