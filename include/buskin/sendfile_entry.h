/* buskin/sendfile_entry.h - one file that an actor was asked to send.
 *
 * For actors that hear bsk_stream_sendfile: it is taken, read as it can be
 * written, and ended by the answer.
 */
#ifndef BUSKIN_SENDFILE_ENTRY_H
#define BUSKIN_SENDFILE_ENTRY_H

#include <buskin/sendfile.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is told at the end of one. */
struct bsk_sendfile_verdict {
	int error;         /* as in bsk_stream_sent */
	enum bsk_sent_reason reason; /* as in bsk_stream_sent */
	const char *text;  /* NULL: what the error says; a constant */
	const char *field; /* NULL: none; a constant */
};

/* One that was taken. `bytes` and the marks are whoever's who sends it; the
 * rest is for reading. */
struct bsk_sendfile_entry {
	struct bsk_sendfile_entry *next; /* whoever's who sends it */
	bsk_message *message; /* held, to be answered */
	uint64_t place;       /* whoever's who sends it */
	bsk_fd fd;            /* the file; it goes back with the answer */
	struct bsk_stream_sendfile how; /* the numbers; its `fd` is taken */
	uint64_t bytes;       /* sent so far */
	bool copying;         /* the kernel cannot */
};

/* Takes the message in hand, whose body is `how`, to be sent to `out`: a
 * socket, or -1 for something else. The entry is the caller's, to give to
 * bsk_sendfile_end. NULL: it cannot be, and was answered. */
struct bsk_sendfile_entry *bsk_sendfile_take(bsk_ctx *ctx,
    const struct bsk_stream_sendfile *how, int out);

/* Answers the message in hand, which is not taken. */
void bsk_sendfile_refuse(bsk_ctx *ctx, const struct bsk_stream_sendfile *how,
    struct bsk_sendfile_verdict verdict);

/* Answers, gives the descriptor back, and frees the entry. */
void bsk_sendfile_end(struct bsk_sendfile_entry *entry, bsk_ctx *ctx,
    struct bsk_sendfile_verdict verdict);

/* How many bytes are still to be sent; UINT64_MAX: up to the file's end. */
uint64_t bsk_sendfile_left(const struct bsk_sendfile_entry *entry);

/* Reads what is next, up to `size` bytes. Returns as pread(2): 0 at the end of
 * the file, or a negative errno. */
ssize_t bsk_sendfile_read(const struct bsk_sendfile_entry *entry,
    const struct bsk_os *os, void *block, size_t size);

#ifdef __cplusplus
}
#endif

#endif
