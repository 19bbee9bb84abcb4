/* buskin/ascent.h - how an actor that a supervisor was asked for comes up.
 *
 * For the actor that asked, inside its handlers. Whether the other is open is
 * looked up, not asked: not every class answers, and a question would be seen
 * in its counters. Why it needs another life its supervisor knows.
 */
#ifndef BUSKIN_ASCENT_H
#define BUSKIN_ASCENT_H

#include <buskin/actor.h>
#include <buskin/supervisor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One that is coming up. */
struct bsk_ascent {
	bsk_ref child;    /* who */
	uint32_t excused; /* so many lives of it ended by no fault of its */
};

/* Where it stands. */
enum bsk_ascent_state {
	BSK_ASCENT_OPEN,    /* it is up, or gone */
	BSK_ASCENT_OPENING, /* it is on its way: look again */
	BSK_ASCENT_ENDED,   /* it has ended and is not gone: look at its
	                     * supervisor's bsk_children */
	BSK_ASCENT_FAILED,  /* it failed before it was open */
	BSK_ASCENT_UNTOLD   /* look at more of them */
};

/* How it seems. */
enum bsk_ascent_state bsk_ascent_look(const struct bsk_ascent *self,
    bsk_ctx *ctx);

/* What its supervisor says of it. One that needed another life has failed,
 * unless it was stopped with its group. */
enum bsk_ascent_state bsk_ascent_judge(struct bsk_ascent *self,
    const struct bsk_children *children);

#ifdef __cplusplus
}
#endif

#endif
