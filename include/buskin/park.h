/* buskin/park.h - where an idle worker sleeps.
 *
 * An actor may offer its worker a better place to sleep than a condition
 * variable: the reactor sleeps in epoll_wait, so that readiness is handled by
 * the thread that learns of it. The pool knows nothing of epoll; it calls
 * through this table.
 */
#ifndef BUSKIN_PARK_H
#define BUSKIN_PARK_H

#include <buskin/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A place to sleep. */
struct bsk_park {
	/* Waits for events, at most `timeout_ns` (negative: no limit; 0: only
	 * looks), and sends what came of them. Called on the actor's worker
	 * between two turns, with the actor's own state and ctx. */
	void (*wait)(void *self, bsk_ctx *ctx, int64_t timeout_ns);
	/* Makes a `wait` that sleeps return, or the next one return at once.
	 * Any thread may call it, also while `wait` runs; `waker` is what was
	 * given to bsk_park_set and must touch nothing that `wait` writes. */
	void (*wake)(void *waker);
};

/* Makes this actor's worker sleep here from now on, until the actor ends or
 * calls this with NULL. -EBUSY: another actor's place is set; -ENOTSUP: this
 * worker cannot (a simulation). `waker` must stay good until then. */
int bsk_park_set(bsk_ctx *ctx, const struct bsk_park *park, void *waker);

/* What a park that sleeps in the kernel is woken by: an eventfd to watch along
 * with everything else, edge-triggered, so that it never needs to be read. */
struct bsk_waker;

/* Makes one. -ENOMEM; what eventfd(2) fails with. Any thread. */
int bsk_waker_new(const struct bsk_os *os, struct bsk_waker **ret_waker);

/* Its descriptor, which stays its own. */
int bsk_waker_fd(const struct bsk_waker *waker);

/* Writes to it: the `wake` of a park, given the waker. A write that fails is no
 * matter: then there is one already that was not seen. */
void bsk_waker_wake(void *waker);

/* Closes and frees it. NULL is let pass. */
void bsk_waker_free(struct bsk_waker *waker);

#ifdef __cplusplus
}
#endif

#endif
