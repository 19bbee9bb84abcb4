/* poison.h - messages that handlers fail on, again and again. */
#ifndef POISON_H
#define POISON_H

#include "ctx.h"

/* The handler has failed on the message in hand. Whether that is put back, for
 * the actor's next incarnation to try. If not, and because it has cost as many
 * as it may, `ret_content` is what is in it, for the caller to drop. */
bool poison_spares(struct bsk_ctx *ctx, bsk_text *ret_content);

#endif
