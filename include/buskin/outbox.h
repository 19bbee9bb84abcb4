/* buskin/outbox.h - messages whose bytes wait to be written.
 *
 * For an actor that writes what it is sent (bsk_bytes) to a non-blocking
 * descriptor: the outbox holds each message until its last byte is with the
 * kernel, so that nothing is copied and every message ends as what happened to
 * it: handled, or lost. A struct in the actor's state; all zeros is empty.
 */
#ifndef BUSKIN_OUTBOX_H
#define BUSKIN_OUTBOX_H

#include <buskin/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An outbox. The figures are for reading; the rest is private. */
struct bsk_outbox {
	uint64_t waiting_bytes; /* taken, and neither written nor lost yet */
	uint64_t written_bytes; /* given to the kernel, ever */
	uint64_t lost_bytes;    /* taken, but never given to the kernel */
	uint64_t lost_messages; /* the messages those were in */
	/* To be set by who puts something else between messages: this one and
	 * what comes after it wait. A number as bsk_outbox_next gives; 0: none
	 * waits for that */
	uint64_t barrier;
	bsk_message **held;     /* a ring of `room` places, a power of two */
	size_t room;            /* private */
	size_t first;           /* private: the oldest, counted from ever */
	size_t count;           /* messages that wait */
	size_t done;            /* private: bytes written of the oldest */
};

/* Takes the message in hand, whose body is `bytes`. Writes it to `fd` at once
 * when nothing waits before it, and holds what is left of it. Returns 0; or
 * what writev(2) fails with, -EAGAIN excepted: it waits then too, to be lost;
 * or -ENOMEM: it is lost. */
int bsk_outbox_put(struct bsk_outbox *outbox, bsk_ctx *ctx, int fd,
    const struct bsk_bytes *bytes);

/* The number of the message that is held next; 1 for the first of all. */
static inline uint64_t
bsk_outbox_next(const struct bsk_outbox *outbox)
{
	return (uint64_t)outbox->first + outbox->count + 1;
}

/* Whether what waits, waits for the barrier only: all before it is written. */
static inline bool
bsk_outbox_is_at_barrier(const struct bsk_outbox *outbox)
{
	return outbox->barrier == (uint64_t)outbox->first + 1;
}

/* Writes what waits, up to the barrier, for as long as `left` bytes are left,
 * which goes down by what is written. Returns 0: nothing before the barrier
 * waits; 1: no bytes are left; -EAGAIN: the kernel takes no more; or what else
 * writev(2) fails with. */
int bsk_outbox_write(struct bsk_outbox *outbox, bsk_ctx *ctx, int fd,
    size_t *left);

/* Writes what waits, until nothing waits or the kernel takes no more. Returns
 * 0 or what writev(2) fails with, -EAGAIN excepted. */
int bsk_outbox_flush(struct bsk_outbox *outbox, bsk_ctx *ctx, int fd);

/* Lets all that waits go as lost, and frees what the outbox itself has. It is
 * empty then; its figures stay. */
void bsk_outbox_lose(struct bsk_outbox *outbox, bsk_ctx *ctx);

/* Puts all that waits back to the front of this actor's mailbox, in its order:
 * for its next life. Only a message of which a part is written already is
 * lost. Otherwise as bsk_outbox_lose. */
void bsk_outbox_return(struct bsk_outbox *outbox, bsk_ctx *ctx);

/* How many bytes still lie in the pipe that `fd` writes to: what its reader,
 * that has left, went without. 0 where `fd` is no pipe. */
uint64_t bsk_outbox_unread(bsk_ctx *ctx, int fd);

#ifdef __cplusplus
}
#endif

#endif
