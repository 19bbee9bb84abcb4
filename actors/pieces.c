/* actors/pieces.c - pieces of input that wait to be worked on, in order. */
#include <errno.h>
#include <stdlib.h>

#include <buskin/pieces.h>

#define PIECE_COST 128 /* bytes that a piece counts beside its own */

struct bsk_piece {
	struct bsk_piece *next;
	bsk_message *message; /* bsk_bytes, held */
};

int
bsk_pieces_put(struct bsk_pieces *pieces, bsk_ctx *ctx)
{
	struct bsk_piece *piece = malloc(sizeof(*piece));

	if (piece == NULL)
		return -ENOMEM;
	piece->next = NULL;
	piece->message = bsk_hold(ctx);
	if (piece->message == NULL) {
		free(piece);
		return -ENOMEM;
	}
	if (pieces->first != NULL) {
		pieces->last->next = piece;
	} else {
		pieces->first = piece;
		pieces->at = 0;
	}
	pieces->last = piece;
	pieces->waiting_bytes += PIECE_COST +
	    ((const struct bsk_bytes *)bsk_message_body(piece->message))
		->bytes.size;
	return 0;
}

const bsk_buf *
bsk_pieces_first(const struct bsk_pieces *pieces)
{
	const struct bsk_bytes *body =
	    bsk_message_body(pieces->first->message);

	return &body->bytes;
}

void
bsk_pieces_drop(struct bsk_pieces *pieces, bsk_ctx *ctx, enum bsk_end end)
{
	struct bsk_piece *piece = pieces->first;

	pieces->waiting_bytes -= bsk_pieces_first(pieces)->size + PIECE_COST;
	pieces->first = piece->next;
	pieces->at = 0;
	bsk_let_go(ctx, piece->message, end);
	free(piece);
}
