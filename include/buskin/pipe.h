/* buskin/pipe.h - one end of a pipe, as an actor.
 *
 * A pipe, FIFO, socket or character device (a terminal) is opened, taken or
 * borrowed, and read or written by a stream, the pipe's child: what it reads
 * goes to whatever the pipe's port "data" is wired to; what the pipe is sent
 * as bsk_bytes it writes. bsk_stream_pause, _resume, _finish and _abort are
 * passed on to it.
 *
 * A descriptor that was blocking is made non-blocking and set back at the end:
 * the flag belongs to the open file, which others may share.
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

/* What to read or write. Other kinds of files are refused (-EINVAL), and left
 * as they were. */
struct bsk_pipe_config {
	bsk_fd fd;      /* a descriptor to take; */
	bsk_text path;  /* none: a file to open; */
	int32_t number; /* nor this: a descriptor to borrow, as 0 for standard
	                 * input; it stays open */
	int32_t end;    /* enum bsk_pipe_end */
	bool reopen;    /* a path: open it again when its other end was closed,
	                 * or while a FIFO to be written has no reader (what
	                 * is sent meanwhile is a dead letter) */
	bsk_ref to;     /* who is told of bsk_stream_eof and bsk_stream_ended;
	                 * nobody: nobody */
};
BSK_DECLARE(bsk_pipe_config);

/* The ports of a pipe. */
enum bsk_pipe_port {
	BSK_PIPE_DATA, /* "data", out: bsk_bytes, what was read */
	BSK_PIPE_BYTES /* "bytes", in: bsk_bytes, what to write */
};

/* The class "pipe". */
extern const struct bsk_class bsk_pipe_class;

#ifdef __cplusplus
}
#endif

#endif
