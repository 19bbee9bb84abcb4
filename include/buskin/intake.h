/* buskin/intake.h - bytes that are read as readiness is told.
 *
 * For an actor that reads a non-blocking descriptor which the reactor watches:
 * the intake remembers whether there may be more to read, and chooses buffers
 * that fit what is read. A struct in the actor's state, of one descriptor.
 */
#ifndef BUSKIN_INTAKE_H
#define BUSKIN_INTAKE_H

#include <buskin/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An intake. */
struct bsk_intake {
	uint64_t read_bytes;   /* ever; for reading */
	bool readable;         /* there may be something to read; for reading */
	bool hung_up;          /* private: an end is near */
	bool bulk;             /* private: the last read was large */
	bool short_is_empty;   /* private: a short read tells so */
	bool is_device;        /* private: a terminal, maybe, or /dev/null */
	bool unwatched;        /* private: nobody tells when it is ready */
};

/* Prepares an intake for `fd`, by its kind. */
void bsk_intake_open(struct bsk_intake *intake, bsk_ctx *ctx, int fd);

/* Takes note of what the reactor has told of the descriptor: `events` of a
 * bsk_fd_ready. */
void bsk_intake_told(struct bsk_intake *intake, uint32_t events);

/* Takes note that the reactor cannot watch the descriptor (-EPERM). Returns 0
 * for a character device, as /dev/null, which is always ready then: read on.
 * -EPERM: it is none. */
int bsk_intake_unwatched(struct bsk_intake *intake);

/* Reads at most `size` bytes (not 0) into a new buffer, the caller's. Returns
 * how many; 0 at the end (a terminal whose other side was closed is at its
 * end); -EAGAIN when there is nothing to read until the reactor tells;
 * -EPERM: nothing to read, and nobody who would tell; -ENOMEM, with nothing
 * read; or what read(2) fails with. */
ssize_t bsk_intake_read(struct bsk_intake *intake, bsk_ctx *ctx, int fd,
    size_t size, bsk_buf *ret_bytes);

#ifdef __cplusplus
}
#endif

#endif
