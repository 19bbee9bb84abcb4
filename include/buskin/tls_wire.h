/* buskin/tls_wire.h - an engine of TLS between an actor's messages and its
 * stream.
 *
 * What the actor is sent waits here until it is encrypted and sent to the
 * stream; what the stream has read is decrypted and emitted. For the actor
 * "tls"; a struct in its state, all zeros before bsk_tls_wire_open and after
 * bsk_tls_wire_close.
 */
#ifndef BUSKIN_TLS_WIRE_H
#define BUSKIN_TLS_WIRE_H

#include <buskin/actor.h>
#include <buskin/sendfile.h>
#include <buskin/tls_engine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A message or a file that waits to be encrypted. */
struct bsk_tls_piece;

/* A wire. The figures are for reading; the rest is private. */
struct bsk_tls_wire {
	uint64_t read_bytes;     /* plain, emitted */
	uint64_t written_bytes;  /* plain, encrypted */
	uint64_t received_bytes; /* from the stream */
	uint64_t sent_bytes;     /* to the stream */
	uint64_t waiting_bytes;  /* plain, not encrypted yet */
	uint64_t high_water;     /* of what is not emitted: pause the stream */
	uint64_t low_water;      /* of the same: let it go on */
	bsk_tls_engine *engine;  /* its own */
	bsk_ref stream;          /* to whom what is encrypted goes */
	struct bsk_tls_piece *first; /* what waits; NULL: nothing */
	struct bsk_tls_piece **last; /* private: where the next comes */
	size_t at;               /* private: bytes of the first message that
	                          * are done */
	bool choked;             /* the stream is paused */
};

/* Makes the engine of a wire. As bsk_tls_engine_new. */
int bsk_tls_wire_open(struct bsk_tls_wire *wire, bsk_ctx *ctx,
    const struct bsk_tls_config *config, struct bsk_tls_fault *ret_fault);

/* Lets what waits go as lost, files as cancelled, and frees what the wire has.
 * Its figures stay. Returns how many messages were lost. */
uint64_t bsk_tls_wire_close(struct bsk_tls_wire *wire, bsk_ctx *ctx);

/* Holds the message in hand, of `size` bytes, until it is encrypted. */
int bsk_tls_wire_put(struct bsk_tls_wire *wire, bsk_ctx *ctx, size_t size);

/* Takes the message in hand, whose body is `how`: the file comes after what
 * waits. What cannot be is answered at once. */
void bsk_tls_wire_put_file(struct bsk_tls_wire *wire, bsk_ctx *ctx,
    const struct bsk_stream_sendfile *how);

/* Answers the files that `sender` has under `ticket`: no more of them is
 * encrypted. */
void bsk_tls_wire_cancel(struct bsk_tls_wire *wire, bsk_ctx *ctx,
    bsk_ref sender, uint64_t ticket);

/* Encrypts and sends what waits. Returns 0: all; 1: as much as one turn should;
 * or what bsk_tls_engine_write fails with. */
int bsk_tls_wire_pour(struct bsk_tls_wire *wire, bsk_ctx *ctx,
    struct bsk_tls_fault *ret_fault);

/* Emits what the stream has read as it is. 0 or -ENOMEM. */
int bsk_tls_wire_pass(struct bsk_tls_wire *wire, bsk_ctx *ctx,
    const bsk_buf *bytes);

/* Takes what the stream has read. 0 or -ENOMEM. */
int bsk_tls_wire_feed(struct bsk_tls_wire *wire, const bsk_buf *bytes);

/* Decrypts what was taken and emits it through BSK_TLS_DATA, or drops it where
 * the actor is deaf. Returns 0: the peer has said close_notify; -EAGAIN: all is
 * read; or what bsk_tls_engine_read fails with. */
int bsk_tls_wire_drain(struct bsk_tls_wire *wire, bsk_ctx *ctx, bool is_deaf,
    struct bsk_tls_fault *ret_fault);

/* Pauses the stream, or lets it go on, by what is not emitted yet. */
int bsk_tls_wire_pace(struct bsk_tls_wire *wire, bsk_ctx *ctx);

/* Sends to the stream what the engine has for the peer. 0 or -ENOMEM. */
int bsk_tls_wire_send(struct bsk_tls_wire *wire, bsk_ctx *ctx);

/* --- what a tls actor says --------------------------------------------- */

/* Tells its parent, if it has one. */
void bsk_tls_tell(bsk_ctx *ctx, bsk_message *message);

/* Tells of a failure; the text is taken. */
void bsk_tls_tell_failed(bsk_ctx *ctx, enum bsk_tls_cause cause, int error,
    bsk_text text);

/* Tells that it is ready, and what was agreed on, which stays the caller's.
 * 0 or -ENOMEM. */
int bsk_tls_tell_ready(bsk_ctx *ctx, const struct bsk_tls_ready *agreed);

/* Closes the wire, and tells how its stream has `ended`, in plain bytes. */
void bsk_tls_tell_ended(bsk_ctx *ctx, struct bsk_tls_wire *wire,
    struct bsk_stream_ended ended);

/* Answers the message in hand with `status`, whose figures are taken from the
 * wire and whose texts are copies of what was agreed on. 0 or -ENOMEM. */
int bsk_tls_reply_status(bsk_ctx *ctx, const struct bsk_tls_wire *wire,
    const struct bsk_tls_ready *agreed, struct bsk_tls_status status);

#ifdef __cplusplus
}
#endif

#endif
