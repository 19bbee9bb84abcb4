/* buskin/accept.h - connections taken from a socket that listens.
 *
 * For an actor that accepts: it remembers whether somebody may wait, and what
 * to do when the process has no descriptors left. Then the queue is left alone
 * for ever longer pauses (from 1 ms up to a quarter of a second), as one spell
 * that is worth one report; when it lasts, those who wait are hung up on by
 * means of a descriptor that was kept for that. A struct in the actor's state.
 */
#ifndef BUSKIN_ACCEPT_H
#define BUSKIN_ACCEPT_H

#include <buskin/actor.h>
#include <buskin/backoff.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What accepts. The figures are for reading. */
struct bsk_accept {
	uint64_t accepted; /* connections ever */
	uint64_t shed;     /* hung up on for want of descriptors */
	uint64_t failures; /* of accept(2), clients that left not counted */
	int error;         /* why it is a spell of failures; 0: all is well */
	bool is_first;     /* the last failure began the spell: report it */
	bool paused;       /* until bsk_accept_resume */
	bool pending;      /* private: somebody may wait */
	int64_t shed_ns;   /* private: when to hang up on those who wait */
	int64_t since_ns;  /* private: the spell's begin */
	bsk_fd reserve;    /* private: to be closed when there are no others */
	struct bsk_backoff pause; /* private */
};

/* Prepares. Who waits is hung up on when descriptors have been out for
 * `shed_ns`. */
void bsk_accept_open(struct bsk_accept *accept, bsk_ctx *ctx, int64_t shed_ns);

/* Takes note that somebody may wait: what the reactor tells. */
void bsk_accept_told(struct bsk_accept *accept);

/* The next connection, non-blocking and the caller's. -EAGAIN: none for now,
 * the reactor will tell; any other error: a pause has begun, as long as
 * bsk_accept_pause_ns, to be ended by bsk_accept_resume. */
int bsk_accept_next(struct bsk_accept *accept, bsk_ctx *ctx, int fd);

/* How long to pause, in nanoseconds. */
int64_t bsk_accept_pause_ns(const struct bsk_accept *accept);

/* The pause is over. */
void bsk_accept_resume(struct bsk_accept *accept);

/* A descriptor is about to be free: pauses begin with a short one again, and
 * the one that is, if `paused`, should be cut to this. */
int64_t bsk_accept_freed_ns(struct bsk_accept *accept);

/* Lets go of what it keeps. Twice is once. */
void bsk_accept_release(struct bsk_accept *accept, bsk_ctx *ctx);

#ifdef __cplusplus
}
#endif

#endif
