/* buskin/pipe.h - one end of a pipe, as an actor.
 *
 * A pipe, FIFO, socket or character device (a terminal) is opened or borrowed,
 * and read or written by a stream, the pipe's child: what it reads goes to
 * whatever the pipe's port "data" is wired to; what the pipe is sent as
 * bsk_bytes it writes. What a stream hears, a pipe hears too, and passes it on.
 *
 * Whom its config names is told, in this order:
 *
 *	bsk_pipe_opened   it can be read or written; or bsk_pipe_refused, and
 *	                  nothing else
 *	bsk_stream_eof    of an end that is read: nobody writes any more
 *	bsk_stream_ended  once, when all is over
 *
 * An end of a pipe that its config lets be opened again begins anew then; any
 * other ends too: with 0 when it was asked to, or the other end went away; else
 * with the reason. A terminal that was hung up is at its end.
 *
 * A descriptor that blocks is never changed for good, and where possible not at
 * all: see buskin/unblock.h.
 */
#ifndef BUSKIN_PIPE_H
#define BUSKIN_PIPE_H

#include <buskin/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which end. */
enum bsk_pipe_end {
	BSK_PIPE_READ, /* "read": what others write */
	BSK_PIPE_WRITE /* "write": what others read */
};

/* What kind of file it is. */
enum bsk_pipe_kind {
	BSK_PIPE_FIFO,   /* "fifo": with a name or without */
	BSK_PIPE_SOCKET, /* "socket" */
	BSK_PIPE_DEVICE  /* "device": a terminal, /dev/null, ... */
};

/* What to read or write. Other kinds of files are refused (-EINVAL), and left
 * as they were. */
struct bsk_pipe_config {
	bsk_fd fd;      /* a descriptor to use and to close when this actor is
	                 * no more; */
	bsk_text path;  /* none: a file to open; */
	int32_t number; /* nor this: a descriptor to borrow, as 0 for standard
	                 * input; it stays open */
	int32_t end;    /* enum bsk_pipe_end */
	bool reopen;    /* of a path, or a terminal: begin anew when its other
	                 * end was closed, or it cannot be opened just now, as
	                 * a FIFO to be written that has no reader (what is sent
	                 * meanwhile is a dead letter) */
	uint64_t high_water; /* as in bsk_stream_limit */
	uint64_t low_water;  /* as in bsk_stream_limit */
	bsk_ref to;     /* who is told what happens; nobody: nobody */
};
BSK_DECLARE(bsk_pipe_config);

/* To whom the config says: the pipe is open. */
struct bsk_pipe_opened {
	int32_t number; /* the descriptor that is read or written */
	int32_t kind;   /* enum bsk_pipe_kind */
	uint64_t inode; /* of the file; as `ls -i` shows it */
};
BSK_DECLARE(bsk_pipe_opened);

/* To whom the config says: the pipe cannot be had so, and ends. */
struct bsk_pipe_refused {
	int32_t error;  /* -EINVAL: of another kind; -EBADF: not open, or not
	                 * that way; or why it could not be opened */
	bsk_text text;  /* what is wrong, for people */
	bsk_text field; /* of the config: "fd", "path", "fd_number", "reopen",
	                 * "low_water" */
	bsk_fd fd;      /* what was in the config's `fd`, given back; none: it
	                 * had none */
};
BSK_DECLARE(bsk_pipe_refused);

/* Where a pipe stands. */
enum bsk_pipe_state {
	BSK_PIPE_WAITING, /* "waiting": for its other end, or its file */
	BSK_PIPE_OPEN,    /* "open": it can be read or written */
	BSK_PIPE_PAUSED,  /* "paused": it is not read, by request */
	BSK_PIPE_CLOSING  /* "closing": it was told to finish or end */
};

/* How a pipe stands: the answer to bsk_status_ask. */
struct bsk_pipe_status {
	int32_t number; /* the descriptor that is read or written; -1: none */
	int32_t kind;   /* enum bsk_pipe_kind */
	uint64_t inode; /* of the file; 0: none is open */
	int32_t end;    /* enum bsk_pipe_end */
	int32_t state;  /* enum bsk_pipe_state */
	bool reading;   /* open to be read, and neither paused nor closing */
	bool hung_up;   /* the other end is gone, which may not be read yet */
	bool can_finish; /* it can be told that no more will be written */
	uint64_t waiting_bytes; /* to be written */
	uint64_t read_bytes;    /* since it was opened */
	uint64_t written_bytes; /* since it was opened; given to the kernel */
	bsk_list fds;   /* of struct bsk_resource: that descriptor */
};
BSK_DECLARE(bsk_pipe_status);

/* The ports of a pipe. */
enum bsk_pipe_port {
	BSK_PIPE_DATA, /* "data", out: bsk_bytes, what was read */
	BSK_PIPE_BYTES /* "bytes", in: bsk_bytes, what to write */
};

/* The class "pipe". */
extern const struct bsk_class bsk_pipe_class;

/* What is wrong with a config of a pipe. */
struct bsk_pipe_trouble {
	const char *field; /* which is at fault; NULL: no one */
	const char *why;   /* a phrase for people; both live for ever */
};

/* Opens what a config means: `ret_fd` is the caller's, non-blocking, and
 * lent if it has to block again. Returns 0 or a negative errno with
 * `ret_trouble`; then nothing was done to the descriptor. Any thread may call
 * it. */
int bsk_pipe_open(const struct bsk_os *os, const struct bsk_pipe_config *config,
    bsk_fd *ret_fd, struct bsk_pipe_trouble *ret_trouble);

/* What is to be said of a descriptor that was opened. 0, or as fstat(2). */
int bsk_pipe_look(const struct bsk_os *os, int fd,
    struct bsk_pipe_opened *ret_opened);

/* Tells whom the config says of that trouble, or the log. Returns `error`. */
int bsk_pipe_refuse(bsk_ctx *ctx, const struct bsk_pipe_config *config,
    int error, const struct bsk_pipe_trouble *trouble);

/* Whether a stream that ended for that reason is in order. */
bool bsk_pipe_is_orderly(const struct bsk_pipe_config *config, int reason);

/* A bsk_pipe_status: of what was opened (number -1: nothing is open), the end
 * and the state; and of what its stream says of itself. NULL for want of
 * memory. */
bsk_message *bsk_pipe_describe(const struct bsk_pipe_opened *opened,
    int32_t end, int32_t state, const struct bsk_stream_status *of);

#ifdef __cplusplus
}
#endif

#endif
