/* buskin/outlet.h - the writing side of a descriptor: what waits to be written,
 * bytes and files, in order, and how much.
 *
 * For an actor that writes what it is sent to a non-blocking descriptor which
 * the reactor watches. A struct in the actor's state; all zeros is an outlet of
 * nothing: open it.
 */
#ifndef BUSKIN_OUTLET_H
#define BUSKIN_OUTLET_H

#include <buskin/pressure.h>
#include <buskin/sendfile.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An outlet. For reading; what changes it are the functions. */
struct bsk_outlet {
	struct bsk_outbox outbox; /* the bytes that wait */
	struct bsk_sendfiles files; /* the files that wait */
	struct bsk_pressure pressure; /* how much that is */
	int fd;           /* the number to write; -1: that side is over */
	int reason;       /* why it failed, if it did */
	uint64_t unread_bytes; /* in the pipe when its reader left */
	uint64_t late;    /* messages that came too late to be written */
	int64_t warned_ns; /* private: when that was last said */
	bool finishing;   /* takes no more; set by its owner */
	bool choked;      /* so much waits, or so many, that its owner had
	                   * better read no more */
};

/* Whether anything waits. */
static inline bool
bsk_outlet_waits(const struct bsk_outlet *outlet)
{
	return outlet->outbox.count > 0 || outlet->files.count > 0;
}

/* Whether it has ever been given anything to write. */
static inline bool
bsk_outlet_is_used(const struct bsk_outlet *outlet)
{
	return bsk_outlet_waits(outlet) || outlet->outbox.written_bytes > 0 ||
	    outlet->files.sent_bytes > 0 || outlet->outbox.lost_bytes > 0 ||
	    outlet->late > 0;
}

/* Bytes given to the kernel, ever. */
static inline uint64_t
bsk_outlet_written(const struct bsk_outlet *outlet)
{
	return outlet->outbox.written_bytes + outlet->files.sent_bytes;
}

/* Takes the message in hand, a bsk_bytes, and writes it at once when nothing
 * waits before it. When the side is finishing or over, the message is let go
 * and counted as late, and from the fifth on the log is told of it, now and
 * then. Returns as bsk_outlet_write. */
int bsk_outlet_put(struct bsk_outlet *outlet, bsk_ctx *ctx,
    const struct bsk_bytes *bytes);

/* Takes the message in hand, a bsk_stream_sendfile; it is answered. Returns as
 * bsk_outlet_write. */
int bsk_outlet_put_file(struct bsk_outlet *outlet, bsk_ctx *ctx,
    const struct bsk_stream_sendfile *how);

/* Writes what waits, a turn's worth. Returns 0: nothing waits, or the kernel
 * takes no more; 1: the turn is used up, and more could be written; or what the
 * kernel fails with: then it is to be lost. */
int bsk_outlet_write(struct bsk_outlet *outlet, bsk_ctx *ctx);

/* Sends no more of the sender's files under that ticket, but what comes after
 * them. Returns as bsk_outlet_write. */
int bsk_outlet_cancel(struct bsk_outlet *outlet, bsk_ctx *ctx,
    uint64_t ticket);

/* The peer takes nothing any more: with `error`, or for a reason that is to be
 * found out (0). What waits is lost. The number stays for its owner to set. */
void bsk_outlet_lose(struct bsk_outlet *outlet, bsk_ctx *ctx, int error);

/* Gives up all that waits, by request, and frees what the outlet has. Its
 * figures stay. */
void bsk_outlet_release(struct bsk_outlet *outlet, bsk_ctx *ctx);

#ifdef __cplusplus
}
#endif

#endif
