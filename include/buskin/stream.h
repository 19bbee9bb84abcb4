/* buskin/stream.h - a stream: bytes in and out of a non-blocking descriptor.
 *
 * A stream actor owns one descriptor (a socket, both ways) or one or two pipe
 * ends. What it reads it emits through its port "data"; what it is sent as
 * bsk_bytes it writes, in order, holding each message until its last byte is
 * with the kernel. It reads no more while its own output waits above the high
 * water mark, or while whoever is wired to "data" has no room: so a loop
 * through a stream bounds itself.
 *
 * To its parent it tells bsk_stream_eof once the peer writes no more, and
 * bsk_stream_ended exactly once, as the last thing. That a peer goes away is a
 * fact of life, told there; the stream itself ends in order (reason 0).
 *
 * Files go out in their place between messages: buskin/sendfile.h. How much
 * waits can be told as it becomes too much: buskin/pressure.h.
 *
 * Asked to stop (bsk_stop), it reads no more, writes what waits, and ends.
 */
#ifndef BUSKIN_STREAM_H
#define BUSKIN_STREAM_H

#include <buskin/class.h>
#include <buskin/life.h>
#include <buskin/inlet.h>
#include <buskin/outlet.h>
#include <buskin/pressure.h>
#include <buskin/sendfile.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How to make a stream. */
struct bsk_stream_config {
	bsk_fd fd;             /* to read and write, non-blocking; the stream's
	                        * own now. If it is lent, it blocks again before
	                        * bsk_stream_ended is told */
	bsk_fd write_fd;       /* to write, where that is another; none: `fd` */
	bool read_only;        /* never write to `fd` */
	bool write_only;       /* never read from `fd` */
	bool half_close;       /* at end of file go on writing, until told to
	                        * finish; else finish by itself */
	int64_t linger_ns;     /* finishing by itself: first wait until no more
	                        * bytes have come to be written for this long;
	                        * 0: do not. An answer to what the peer said
	                        * last may still be on its way. A peer that is
	                        * gone altogether is not waited for */
	uint32_t read_size;    /* bytes per read, 512..1 MiB; 0: 64 KiB */
	uint32_t read_budget;  /* bytes per turn, so that others get theirs; 0:
	                        * 256 KiB */
	uint64_t high_water;   /* reading stops when more bytes of output than
	                        * this wait, each message counted as 128 more;
	                        * 0: 64 KiB */
	uint64_t low_water;    /* and goes on when no more than this, which is
	                        * not above `high_water`; 0: a quarter of it */
};
BSK_DECLARE(bsk_stream_config);

/* Read no more until resumed. Twice is once. Control: overtakes data. */
struct bsk_stream_pause {
	uint8_t reserved; /* 0 */
};
BSK_DECLARE(bsk_stream_pause);

/* Read again. Control: overtakes data. */
struct bsk_stream_resume {
	uint8_t reserved; /* 0 */
};
BSK_DECLARE(bsk_stream_resume);

/* Write what waits, then shut the writing side down: shutdown(2) of a socket,
 * close of a pipe. Writes after it are refused: they end as dropped. */
struct bsk_stream_finish {
	uint8_t reserved; /* 0 */
};
BSK_DECLARE(bsk_stream_finish);

/* End at once; what waits is lost, and said so. Control: overtakes data. */
struct bsk_stream_abort {
	uint8_t reserved; /* 0 */
};
BSK_DECLARE(bsk_stream_abort);

/* From now on what is read goes to another actor instead of through "data", as
 * do, beside the parent, the news of its ends; when that actor ends, so does
 * the stream, for the same reason. Ask; answered by bsk_result, behind the last
 * bytes that went the old way. The stream is paused then, so that the old
 * receiver can pass on what it still has: the new one resumes it. Control:
 * overtakes data. */
struct bsk_stream_hand_over {
	bsk_ref to; /* who; nobody: through "data" again */
};
BSK_DECLARE(bsk_stream_hand_over);

/* To the parent: the peer writes no more; all it wrote has been emitted. */
struct bsk_stream_eof {
	uint64_t read_bytes; /* in the stream's whole life */
};
BSK_DECLARE(bsk_stream_eof);

/* To the parent: the stream has ended; its descriptor is being closed. */
struct bsk_stream_ended {
	int32_t reason;         /* 0: in order; -EPIPE, -ECONNRESET, ... */
	uint64_t read_bytes;    /* in its whole life */
	uint64_t written_bytes; /* given to the kernel */
	uint64_t unsent_bytes;  /* taken but never given to the kernel */
	uint64_t unsent_messages; /* those that were in; counted as lost */
	uint64_t unread_bytes;  /* given to the kernel, but still in the pipe:
	                         * the reader went without them; 0 where the
	                         * kernel cannot tell */
	bool truncated;         /* the peer went without the farewell that its
	                         * protocol has (TLS): its last bytes may be
	                         * missing */
};
BSK_DECLARE(bsk_stream_ended);

/* What a stream's descriptor is. */
enum bsk_stream_kind {
	BSK_STREAM_SOCKET,   /* "socket" */
	BSK_STREAM_PIPE,     /* "pipe": or a FIFO */
	BSK_STREAM_TERMINAL, /* "device": a terminal or another */
	BSK_STREAM_OTHER     /* "other" */
};

/* How a stream stands: the answer to bsk_status_ask. */
struct bsk_stream_status {
	int32_t fd;             /* that is read, or else written; -1: none */
	int32_t kind;           /* of it; enum bsk_stream_kind */
	bool reading;           /* not over, not paused, not choked */
	bool paused;            /* by request */
	bool choked;            /* until less waits to be written */
	bool hung_up;           /* the peer's end is near, or was seen */
	bool writing;           /* the writing side is open */
	bool finishing;         /* and will be shut when nothing waits */
	bool blocked;           /* something waits until the kernel has room */
	uint64_t waiting_bytes; /* to be written, without files */
	uint64_t waiting_messages; /* those are in */
	uint32_t waiting_files; /* that are being sent, or are to be */
	uint64_t read_bytes;    /* in its whole life */
	uint64_t written_bytes; /* given to the kernel */
	uint64_t late_messages; /* that came after the writing side's end */
	int32_t pid;            /* the peer's process; 0: not known */
	uint32_t uid;           /* and its user */
	uint32_t gid;           /* and its group */
	bsk_text name;          /* of the socket, a path or "@name"; or none */
	bsk_text peer_name;     /* of the peer's socket; or none */
	bsk_ref to;             /* who it was handed over to; or nobody */
	bsk_list fds;           /* of struct bsk_resource: what it has open */
};
BSK_DECLARE(bsk_stream_status);

/* A bsk_stream_status of these two sides and what their descriptor itself can
 * tell; NULL for want of memory. */
bsk_message *bsk_stream_describe(bsk_ctx *ctx, const struct bsk_inlet *in,
    const struct bsk_outlet *out);

/* Looks whether a stream can be made so, and says in the log why not. `config`
 * may be NULL. 0; -EBADF: no descriptor; -EINVAL: one that blocks, or marks
 * that cannot be. */
int bsk_stream_check(bsk_ctx *ctx, const struct bsk_stream_config *config);

/* Sets up the two sides of a stream by its config and the numbers of its
 * descriptors, -1 for none. */
void bsk_stream_begin(bsk_ctx *ctx, const struct bsk_stream_config *config,
    int fd, int write_fd, struct bsk_inlet *in, struct bsk_outlet *out);

/* Ends both sides: gives up what waits, and tells bsk_stream_ended, and in the
 * log where it had not been asked for. Before, those of its descriptors that
 * are lent, taken or still in its config, block again. */
void bsk_stream_conclude(bsk_ctx *ctx, const bsk_fd *fd, const bsk_fd *write_fd,
    struct bsk_inlet *in, struct bsk_outlet *out, int reason);

/* A good bound for the mailbox of a connection's stream or framer: more than
 * the answers that are on their way to it when it stops reading, so that one
 * whose peer does not read never blocks who answers everybody. Four times the
 * default of who answers. */
#define BSK_CONNECTION_CAPACITY 4096
/* The same in bytes. */
#define BSK_CONNECTION_CAPACITY_BYTES (UINT64_C(64) << 20)

/* The class "stream". Its out port "data" carries what is read, its in port
 * "bytes" takes what is to be written; both bsk_bytes. */
extern const struct bsk_class bsk_stream_class;

/* The ports of a stream. */
enum bsk_stream_port {
	BSK_STREAM_DATA, /* "data", out: what was read */
	BSK_STREAM_BYTES /* "bytes", in: what is to be written */
};

#ifdef __cplusplus
}
#endif

#endif
