/* buskin/flow.h - bytes on their way from one descriptor to another.
 *
 * For an actor that only passes bytes on. The kernel moves them (splice(2),
 * through a pipe that is made when the first come, and enlarged when many
 * do); they never come into the process. Where the kernel refuses, or no pipe
 * can be had, they are read and written through one buffer of 64 KiB. Either
 * way no more is taken from the one side than the pipe or the buffer holds
 * until the other side has taken some: so whoever writes is held up by who does
 * not read. Both descriptors are of byte streams: sockets or pipes. What else
 * travels with bytes on a Unix socket (descriptors, credentials) stays behind.
 */
#ifndef BUSKIN_FLOW_H
#define BUSKIN_FLOW_H

#include <buskin/reactor.h>
#include <buskin/watched.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One of the two sides; it may be the one of one flow and the other of a second
 * one. A struct in the actor's state; all zeros is none. */
struct bsk_flow_side {
	struct bsk_watched fd; /* non-blocking, and ours; for reading */
	uint32_t told;  /* private: enum bsk_fd_event, since the last watch */
	bool readable;  /* for all we know: there was no -EAGAIN since it was */
	bool writable;  /* the same */
	bool gone;      /* takes nothing any more */
};

/* A flow: a struct in the actor's state. All zeros is one that has not begun.
 * What is not private is for reading. */
struct bsk_flow {
	uint64_t moved_bytes;  /* given to the other side, ever */
	uint64_t copied_bytes; /* of these, through our buffer */
	uint64_t lost_bytes;   /* taken, but never given */
	int error;     /* negative: of the side that broke, when one did */
	bool ended;    /* the one side has said all; it may be on its way */
	bool over;     /* and that was passed on with its end, or is lost */
	bool copying;  /* the kernel does not do it */
	int stuck;     /* private: negative: it cannot go on */
	bool choked;   /* private: takes nothing until something was given */
	bsk_fd source; /* private: the pipe's reading end */
	bsk_fd sink;   /* private: its writing end */
	size_t most_bytes;  /* to be set before it begins: what the pipe may
	                     * hold when it is in demand; 0: 1 MiB */
	size_t pipe_bytes;  /* private: what it may hold now */
	size_t piped_bytes; /* private: what it holds */
	unsigned char *buffer; /* private; NULL: none */
	size_t begin;  /* private: of what the buffer holds */
	size_t end;    /* private: behind it */
};

/* Moves what can be moved now, but no more than `budget_bytes`. Returns 0: the
 * one side must become readable or the other writable first; 1: the budget was
 * used, there may be more; -ENOMEM, -EIO: neither the kernel nor a buffer is to
 * be had, and the flow cannot go on. A side that fails is `gone`. */
int bsk_flow_move(struct bsk_flow *flow, bsk_ctx *ctx,
    struct bsk_flow_side *from, struct bsk_flow_side *to, size_t budget_bytes);

/* Passes the end on when all before it was: shutdown(2) of the other side's
 * writing; and gives up when the other side is gone. After each move, and when
 * `to` has gone. */
void bsk_flow_settle(struct bsk_flow *flow, bsk_ctx *ctx,
    const struct bsk_flow_side *to);

/* How many bytes are on their way now. */
static inline size_t
bsk_flow_held(const struct bsk_flow *flow)
{
	return flow->piped_bytes + (flow->end - flow->begin);
}

/* Whether it is no use to wait for more to read: it is full, or has ended. */
bool bsk_flow_is_full(const struct bsk_flow *flow);

/* Takes the descriptor of a config or message. As bsk_watched_take. */
int bsk_flow_side_take(struct bsk_flow_side *side, bsk_ctx *ctx,
    const bsk_fd *from);

/* Its descriptor's number; -1: none. */
static inline int
bsk_flow_side_fd(const struct bsk_flow_side *side)
{
	return bsk_fd_number(side->fd.fd);
}

/* The reactor has told these events of it. */
void bsk_flow_side_told(struct bsk_flow_side *side, uint32_t events);

/* Has it watched for what the flow that comes from it and the one that goes to
 * it wait for. After each turn. As bsk_watched_want. */
int bsk_flow_side_watch(struct bsk_flow_side *side, bsk_ctx *ctx,
    const struct bsk_flow *from, const struct bsk_flow *to);

/* Closes its pipe and frees its buffer; what they hold is lost. */
void bsk_flow_release(struct bsk_flow *flow, bsk_ctx *ctx);

#ifdef __cplusplus
}
#endif

#endif
