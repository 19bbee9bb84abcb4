/* buskin/notice.h - a message that is sent again and again.
 *
 * A notice is a message made once, of which at most one is in a mailbox at any
 * time: what is posted while it waits is or-ed into it. So a source of events
 * that may come faster than they are handled (a ready descriptor, a counter
 * that moved) costs one message and no allocation per event.
 */
#ifndef BUSKIN_NOTICE_H
#define BUSKIN_NOTICE_H

#include <buskin/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A notice; owned by the actor that made it. */
typedef struct bsk_notice bsk_notice;

/* Makes a notice for `to`, with a copy of `body` (a struct of `type`, which
 * must own nothing) and the uint32_t at `bits_offset` in it for the bits that
 * are posted. Returns 0, -ENOMEM or -EINVAL. */
int bsk_notice_new(bsk_ctx *ctx, bsk_ref to, const struct bsk_type *type,
    const void *body, size_t bits_offset, bsk_notice **ret_notice);

/* Posts `bits` (not 0). The receiver gets one message whose bits are all that
 * was posted since the last it was given. */
void bsk_notice_post(bsk_ctx *ctx, bsk_notice *notice, uint32_t bits);

/* Takes the notice back: it is freed now, or when the one in flight has come
 * home. A message that is already in the mailbox still arrives. */
void bsk_notice_free(bsk_ctx *ctx, bsk_notice *notice);

#ifdef __cplusplus
}
#endif

#endif
