/* buskin/backoff.h - how soon, and how often, to try again.
 *
 * Plain reckoning, for supervisors and for whoever else repeats what may fail:
 * a delay that doubles, and a bound on how often within a time. Nothing here
 * needs an actor; a value belongs to one thread at a time.
 */
#ifndef BUSKIN_BACKOFF_H
#define BUSKIN_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A delay that grows from try to try. */
struct bsk_backoff {
	/* The first delay; 0: never any. */
	int64_t first_ns;
	/* It doubles up to this; less than the first: the first. */
	int64_t max_ns;
	/* 0..1: each is drawn from (1 - j, 1 + j) times it. */
	double jitter;
	/* The last delay without jitter: the next is reckoned from it. */
	int64_t last_ns;
	/* Delays since it was new or reset. */
	uint32_t attempts;
};

/* The next delay, in nanoseconds; `chance` is a random number (bsk_random). */
int64_t bsk_backoff_next(struct bsk_backoff *backoff, uint64_t chance);

/* Starts over with the first delay: what was tried has worked. */
void bsk_backoff_reset(struct bsk_backoff *backoff);

/* A bound on how often something may be done within a time. */
struct bsk_intensity {
	int64_t within_ns; /* the time */
	uint32_t most;     /* how often within it */
	uint32_t count;    /* of `done_ns` that are filled */
	uint32_t next;     /* of `done_ns`: where the oldest is, once all are */
	int64_t *done_ns;  /* `most` of them: when it was done; ours to free */
};

/* Makes one. Returns 0 or -ENOMEM. Zeroed, it may be released and never
 * allows. */
int bsk_intensity_init(struct bsk_intensity *intensity, uint32_t most,
    int64_t within_ns);

/* Whether it may be done once more at `now_ns`, which never goes back; then it
 * counts as done. */
bool bsk_intensity_allows(struct bsk_intensity *intensity, int64_t now_ns);

/* Frees what it holds. */
void bsk_intensity_release(struct bsk_intensity *intensity);

#ifdef __cplusplus
}
#endif

#endif
