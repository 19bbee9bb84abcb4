/* buskin/supervision_say.h - what a supervisor logs of its children.
 *
 * Each is one line to the log, at its level; none fails. For an actor that uses
 * <buskin/supervision.h>, inside its handlers.
 */
#ifndef BUSKIN_SUPERVISION_SAY_H
#define BUSKIN_SUPERVISION_SAY_H

#include <buskin/supervision.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A temporary child could not be started, and is not tried again. Warning. */
void bsk_supervision_say_missed(bsk_ctx *ctx, const struct bsk_ward *ward);

/* It has ended and is restarted after that time, nanoseconds. Warning. */
void bsk_supervision_say_one(bsk_ctx *ctx, const struct bsk_ward *ward,
    int64_t delay_ns);

/* The group is restarted, and for whom. Warning. */
void bsk_supervision_say_group(bsk_ctx *ctx,
    const struct bsk_supervision *self);

/* It has ended more often than that bound allows. Error. */
void bsk_supervision_say_given_up(bsk_ctx *ctx, const struct bsk_ward *ward,
    const struct bsk_intensity *bound);

/* It was significant: the supervisor ends with it. Info. */
void bsk_supervision_say_left(bsk_ctx *ctx, const struct bsk_ward *ward);

/* Its grace is over. Warning. */
void bsk_supervision_say_killed(bsk_ctx *ctx, const struct bsk_ward *ward);

#ifdef __cplusplus
}
#endif

#endif
