/* actors/tls_wire.c - an engine of TLS between an actor's messages and its
 * stream.
 */
#include <errno.h>
#include <stdlib.h>

#include <buskin/sendfile_entry.h>
#include <buskin/tls_wire.h>

#define TURN_BYTES (256 * 1024) /* encrypted in one turn */
#define SLICE_BYTES (64 * 1024) /* and at a time */
#define BLOCK_BYTES 16384       /* read of a file at a time: a TLS record */
#define HIGH_WATER (256 * 1024)

struct bsk_tls_piece {
	struct bsk_tls_piece *next;
	bsk_message *message; /* bsk_bytes, held; NULL: it is a file */
	struct bsk_sendfile_entry *file;
};

int
bsk_tls_wire_open(struct bsk_tls_wire *wire, bsk_ctx *ctx,
    const struct bsk_tls_config *config, struct bsk_tls_fault *ret_fault)
{
	enum bsk_tls_role role = (enum bsk_tls_role)config->role;
	int error;

	wire->last = &wire->first;
	wire->high_water = config->read_high_water > 0
	    ? config->read_high_water : HIGH_WATER;
	wire->low_water = config->read_low_water > 0
	    ? config->read_low_water : wire->high_water / 4;
	error = bsk_tls_look(role, &config->terms, ret_fault);
	if (error < 0)
		return error;
	return bsk_tls_engine_new(
	    bsk_os(ctx), role, &config->terms, ret_fault, &wire->engine);
}

/* --- out -------------------------------------------------------------- */

int
bsk_tls_wire_send(struct bsk_tls_wire *wire, bsk_ctx *ctx)
{
	bsk_buf bytes;
	int error = bsk_tls_engine_take(wire->engine, &bytes);

	if (error < 0 || bytes.size == 0)
		return error;
	wire->sent_bytes += bytes.size;
	error = bsk_send(ctx, wire->stream, BSK_NEW(bsk_bytes, .bytes = bytes));
	return error == -ENOMEM ? error : 0;
}

static void
append(struct bsk_tls_wire *wire, struct bsk_tls_piece *piece)
{
	*wire->last = piece;
	wire->last = &piece->next;
}

int
bsk_tls_wire_put(struct bsk_tls_wire *wire, bsk_ctx *ctx, size_t size)
{
	struct bsk_tls_piece *piece = calloc(1, sizeof(*piece));

	if (piece == NULL)
		return -ENOMEM;
	piece->message = bsk_hold(ctx);
	if (piece->message == NULL) {
		free(piece);
		return -ENOMEM;
	}
	append(wire, piece);
	wire->waiting_bytes += size;
	return 0;
}

void
bsk_tls_wire_put_file(struct bsk_tls_wire *wire, bsk_ctx *ctx,
    const struct bsk_stream_sendfile *how)
{
	struct bsk_sendfile_entry *file = bsk_sendfile_take(ctx, how, -1);
	struct bsk_sendfile_verdict no = { -EOPNOTSUPP, BSK_SENT_CANNOT,
		"what is encrypted is copied", "no_copy" };
	struct bsk_tls_piece *piece = NULL;

	if (file == NULL)
		return;
	if (!how->no_copy) {
		piece = calloc(1, sizeof(*piece));
		no = (struct bsk_sendfile_verdict){ -ENOMEM, BSK_SENT_REFUSED,
			NULL, NULL };
	}
	if (piece == NULL) {
		bsk_sendfile_end(file, ctx, no);
		return;
	}
	piece->file = file;
	append(wire, piece);
}

/* Takes the first piece out; it is the caller's. */
static struct bsk_tls_piece *
take_first(struct bsk_tls_wire *wire)
{
	struct bsk_tls_piece *piece = wire->first;

	wire->first = piece->next;
	if (wire->first == NULL)
		wire->last = &wire->first;
	wire->at = 0;
	return piece;
}

static void
let_go(struct bsk_tls_wire *wire, bsk_ctx *ctx, enum bsk_end end)
{
	struct bsk_tls_piece *piece = take_first(wire);

	bsk_let_go(ctx, piece->message, end);
	free(piece);
}

static void
end_file(struct bsk_tls_wire *wire, bsk_ctx *ctx, int error,
    enum bsk_sent_reason reason)
{
	struct bsk_tls_piece *piece = take_first(wire);

	bsk_sendfile_end(piece->file, ctx, (struct bsk_sendfile_verdict){
		.error = error, .reason = reason });
	free(piece);
}

static bool
is_of(const struct bsk_tls_piece *piece, bsk_ref sender, uint64_t ticket)
{
	return piece->file != NULL && piece->file->how.ticket == ticket &&
	    bsk_ref_equal(sender, bsk_message_sender(piece->file->message));
}

/* All go through the queue once; those that stay are put behind. */
void
bsk_tls_wire_cancel(struct bsk_tls_wire *wire, bsk_ctx *ctx, bsk_ref sender,
    uint64_t ticket)
{
	struct bsk_tls_piece *piece = wire->first;
	struct bsk_tls_piece *next;

	wire->first = NULL;
	wire->last = &wire->first;
	for (; piece != NULL; piece = next) {
		next = piece->next;
		piece->next = NULL;
		if (!is_of(piece, sender, ticket)) {
			append(wire, piece);
			continue;
		}
		bsk_sendfile_end(piece->file, ctx,
		    (struct bsk_sendfile_verdict){ .error = -ECANCELED,
			.reason = BSK_SENT_CANCELLED });
		free(piece);
	}
}

uint64_t
bsk_tls_wire_close(struct bsk_tls_wire *wire, bsk_ctx *ctx)
{
	uint64_t lost = 0;

	while (wire->first != NULL) {
		if (wire->first->file != NULL) {
			end_file(wire, ctx, -ECANCELED, BSK_SENT_CANCELLED);
			continue;
		}
		let_go(wire, ctx, BSK_END_LOST);
		lost++;
	}
	bsk_tls_engine_free(wire->engine);
	wire->engine = NULL;
	return lost;
}

/* Reads, encrypts and sends a block of the file that is first. */
static int
pour_block(struct bsk_tls_wire *wire, bsk_ctx *ctx, size_t *left,
    struct bsk_tls_fault *fault)
{
	struct bsk_sendfile_entry *file = wire->first->file;
	unsigned char block[BLOCK_BYTES];
	uint64_t rest = bsk_sendfile_left(file);
	ssize_t got = bsk_sendfile_read(file, bsk_os(ctx), block,
	    rest < sizeof(block) ? (size_t)rest : sizeof(block));
	int error;

	if (got <= 0) {
		end_file(wire, ctx, (int)got, got == 0 ? BSK_SENT_FILE_END :
		    BSK_SENT_UNREADABLE);
		return 0;
	}
	error = bsk_tls_engine_write(wire->engine, block, (size_t)got, fault);
	if (error < 0)
		return error;
	file->bytes += (uint64_t)got;
	wire->written_bytes += (uint64_t)got;
	*left -= (size_t)got < *left ? (size_t)got : *left;
	if (bsk_sendfile_left(file) == 0)
		end_file(wire, ctx, 0, BSK_SENT_ALL);
	return bsk_tls_wire_send(wire, ctx);
}

/* Encrypts a slice of the first message; at its end that one is done. */
static int
pour_slice(struct bsk_tls_wire *wire, bsk_ctx *ctx, size_t *left,
    struct bsk_tls_fault *fault)
{
	const struct bsk_bytes *body = bsk_message_body(wire->first->message);
	size_t size = body->bytes.size - wire->at;
	int error;

	size = size < SLICE_BYTES ? size : SLICE_BYTES;
	error = bsk_tls_engine_write(
	    wire->engine, body->bytes.bytes + wire->at, size, fault);
	if (error < 0)
		return error;
	*left -= size < *left ? size : *left;
	wire->at += size;
	wire->written_bytes += size;
	wire->waiting_bytes -= size;
	if (wire->at == body->bytes.size)
		let_go(wire, ctx, BSK_END_HANDLED);
	return bsk_tls_wire_send(wire, ctx);
}

int
bsk_tls_wire_pour(struct bsk_tls_wire *wire, bsk_ctx *ctx,
    struct bsk_tls_fault *ret_fault)
{
	size_t left = TURN_BYTES;
	int error = 0;

	ret_fault->error = -ENOMEM;
	while (error == 0 && left > 0 && wire->first != NULL)
		error = wire->first->file != NULL
		    ? pour_block(wire, ctx, &left, ret_fault)
		    : pour_slice(wire, ctx, &left, ret_fault);
	if (error < 0)
		return error;
	return wire->first != NULL ? 1 : 0;
}

/* --- in --------------------------------------------------------------- */

int
bsk_tls_wire_feed(struct bsk_tls_wire *wire, const bsk_buf *bytes)
{
	wire->received_bytes += bytes->size;
	return bsk_tls_engine_feed(wire->engine, bytes);
}

/* A wire of the port that refuses is its own policy. */
static int
pass_on(struct bsk_tls_wire *wire, bsk_ctx *ctx, bsk_buf bytes)
{
	int error;

	wire->read_bytes += bytes.size;
	error = bsk_emit(
	    ctx, BSK_TLS_DATA, BSK_NEW(bsk_bytes, .bytes = bytes));
	return error == -ENOMEM ? error : 0;
}

int
bsk_tls_wire_pass(struct bsk_tls_wire *wire, bsk_ctx *ctx,
    const bsk_buf *bytes)
{
	wire->received_bytes += bytes->size;
	return pass_on(wire, ctx, bsk_buf_share(bytes));
}

int
bsk_tls_wire_drain(struct bsk_tls_wire *wire, bsk_ctx *ctx, bool is_deaf,
    struct bsk_tls_fault *ret_fault)
{
	int error = 0;

	ret_fault->error = -ENOMEM;
	while (error == 0) {
		bsk_buf bytes;
		ssize_t got =
		    bsk_tls_engine_read(wire->engine, &bytes, ret_fault);

		if (got <= 0)
			return (int)got;
		if (is_deaf)
			bsk_buf_drop(&bytes);
		else
			error = pass_on(wire, ctx, bytes);
	}
	return error;
}

int
bsk_tls_wire_pace(struct bsk_tls_wire *wire, bsk_ctx *ctx)
{
	size_t unread = bsk_tls_engine_unread(wire->engine);

	if (!wire->choked && unread >= wire->high_water) {
		wire->choked = true;
		return bsk_send(ctx, wire->stream,
		    BSK_NEW(bsk_stream_pause, .reserved = 0));
	}
	if (wire->choked && unread <= wire->low_water) {
		wire->choked = false;
		return bsk_send(ctx, wire->stream,
		    BSK_NEW(bsk_stream_resume, .reserved = 0));
	}
	return 0;
}
