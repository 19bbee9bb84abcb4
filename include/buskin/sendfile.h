/* buskin/sendfile.h - files in what a stream writes.
 *
 * A stream that is sent bsk_stream_sendfile writes that part of the file after
 * all it was sent before and before all it is sent later. Each is answered by
 * one bsk_stream_sent, whatever comes of it, with how many bytes were given to
 * the kernel; the descriptor comes back with the answer (and is closed with it
 * when nobody takes it). What the stream has not come to when it ends is a dead
 * letter, as all messages are then: nothing of it was sent, and an ask fails.
 *
 * The kernel copies (sendfile(2)); where it cannot, the bytes are read and
 * written in blocks. It goes in slices, so that a large file holds up nobody.
 *
 * struct bsk_sendfiles is for actors that write: the files that wait, beside an
 * outbox.
 */
#ifndef BUSKIN_SENDFILE_H
#define BUSKIN_SENDFILE_H

#include <buskin/outbox.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Send a part of a regular file. Ask or tell: either is answered by
 * bsk_stream_sent. An ask has a deadline and the file has none, so tell where
 * it may take long. */
struct bsk_stream_sendfile {
	bsk_fd fd;       /* to read from; the stream's until the answer */
	int64_t offset;  /* of the first byte, from 0; the descriptor's own
	                  * position does not matter */
	int64_t count;   /* bytes, from 1; 0 with `to_end` only */
	bool to_end;     /* as far as the file goes; `count` must be 0 then */
	bool no_copy;    /* where the kernel cannot, do not copy: answer */
	bool seek;       /* when any bytes were sent, move the descriptor's own
	                  * position to behind the last */
	uint64_t ticket; /* any number, to be told again */
};
BSK_DECLARE(bsk_stream_sendfile);

/* Why no more of a file is sent. */
enum bsk_sent_reason {
	BSK_SENT_ALL,       /* "all": `count` bytes were sent */
	BSK_SENT_FILE_END,  /* "file-end": the file went no further */
	BSK_SENT_REFUSED,   /* "refused": it cannot be begun; see `field` */
	BSK_SENT_CANNOT,    /* "cannot": the kernel cannot, and it was not to
	                     * be copied */
	BSK_SENT_UNREADABLE, /* "unreadable": the file cannot be read on */
	BSK_SENT_PEER_GONE, /* "peer-gone": nobody takes it any more */
	BSK_SENT_CANCELLED  /* "cancelled": by request, or the stream ended */
};

/* The answer: no more of the file will be sent. */
struct bsk_stream_sent {
	uint64_t ticket; /* as it was asked */
	int32_t error;   /* 0, for "all" and "file-end"; or a negative errno:
	                  * -EINVAL, -EBADF, -ESPIPE (a pipe), -ESHUTDOWN (the
	                  * writing side is over or finishing), -EOPNOTSUPP
	                  * ("cannot"), -EPIPE, -ECONNRESET, -ECANCELED, ... */
	int32_t reason;  /* enum bsk_sent_reason */
	uint64_t bytes;  /* given to the kernel, always */
	int64_t offset;  /* in the file, behind the last of these */
	bsk_fd fd;       /* the descriptor that was sent from; the receiver's */
	bsk_text text;   /* why, for people; none when it worked */
	bsk_text field;  /* of the request, where that is at fault */
};
BSK_DECLARE(bsk_stream_sent);

/* Send no more of the files that the sender of this has asked to be sent under
 * that ticket. Each is answered, as "cancelled" with what was sent by then. In
 * its place among data. */
struct bsk_stream_sendfile_cancel {
	uint64_t ticket; /* as in bsk_stream_sendfile */
};
BSK_DECLARE(bsk_stream_sendfile_cancel);

/* The words for enum bsk_sent_reason in its order, ended by NULL. */
extern const char *const bsk_sent_reason_names[];

/* A file that waits: see <buskin/sendfile_entry.h>. */
struct bsk_sendfile_entry;

/* The files that wait to be written, in order, beside an outbox. All zeros is
 * none. The figures are for reading. */
struct bsk_sendfiles {
	uint64_t sent_bytes; /* given to the kernel, ever */
	uint32_t count;      /* files that wait */
	struct bsk_sendfile_entry *first; /* private */
	struct bsk_sendfile_entry *last;  /* private */
};

/* Takes the message in hand, whose body is `how`: to be written to `out` behind
 * what the outbox holds. What cannot be is answered at once. */
void bsk_sendfiles_put(struct bsk_sendfiles *files, bsk_ctx *ctx,
    struct bsk_outbox *outbox, int out,
    const struct bsk_stream_sendfile *how);

/* Answers the message in hand, a bsk_stream_sendfile, with `error`, because
 * there is no writing side (any more). */
void bsk_sendfiles_refuse(bsk_ctx *ctx, const struct bsk_stream_sendfile *how,
    int error);

/* Writes the files that are due, as bsk_outbox_write does: returns 0 when the
 * outbox is next, 1 when no bytes are left, -EAGAIN, or an error of `out`, with
 * the file still waiting. */
int bsk_sendfiles_write(struct bsk_sendfiles *files, bsk_ctx *ctx,
    struct bsk_outbox *outbox, int out, size_t *left);

/* Answers those that `sender` has under `ticket`. */
void bsk_sendfiles_cancel(struct bsk_sendfiles *files, bsk_ctx *ctx,
    struct bsk_outbox *outbox, bsk_ref sender, uint64_t ticket);

/* Answers all that wait: no more is written, because of `error`, a negative
 * errno. */
void bsk_sendfiles_lose(struct bsk_sendfiles *files, bsk_ctx *ctx,
    struct bsk_outbox *outbox, int error);

#ifdef __cplusplus
}
#endif

#endif
