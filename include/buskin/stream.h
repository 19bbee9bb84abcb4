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
 * Asked to stop (bsk_stop), it reads no more, writes what waits, and ends.
 */
#ifndef BUSKIN_STREAM_H
#define BUSKIN_STREAM_H

#include <buskin/class.h>
#include <buskin/life.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How to make a stream. */
struct bsk_stream_config {
	bsk_fd fd;             /* to read and write; the stream's own now */
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
	uint64_t low_water;    /* and goes on when no more than this; 0: a
	                        * quarter of `high_water` */
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
};
BSK_DECLARE(bsk_stream_ended);

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
