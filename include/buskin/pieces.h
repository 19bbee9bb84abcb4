/* buskin/pieces.h - pieces of input that wait to be worked on, in order.
 *
 * For actors that read bytes faster than they should pass on what those hold:
 * each message is held until the last of its bytes is done.
 */
#ifndef BUSKIN_PIECES_H
#define BUSKIN_PIECES_H

#include <buskin/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A message that waits; private. */
struct bsk_piece;

/* A queue of them. All zeros is empty. */
struct bsk_pieces {
	struct bsk_piece *first; /* NULL: empty; else see bsk_pieces_first */
	struct bsk_piece *last;  /* private */
	size_t at;            /* bytes of the first that are done; to be set by
	                       * who works on it, 0 when it becomes the first */
	size_t waiting_bytes; /* in all, each piece counted as 128 more; for
	                       * reading */
};

/* Holds the message in hand, a bsk_bytes, behind the others. 0 or -ENOMEM. */
int bsk_pieces_put(struct bsk_pieces *pieces, bsk_ctx *ctx);

/* The bytes of the first piece; there must be one. They stay where they are
 * until it is dropped. */
const bsk_buf *bsk_pieces_first(const struct bsk_pieces *pieces);

/* Lets the first piece go, with that end; there must be one. */
void bsk_pieces_drop(struct bsk_pieces *pieces, bsk_ctx *ctx,
    enum bsk_end end);

#ifdef __cplusplus
}
#endif

#endif
