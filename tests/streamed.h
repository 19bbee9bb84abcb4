/* streamed.h - a stream for tests, in a world whose kernel takes as many bytes
 * as a test allows.
 *
 * One worker, so that what is told later is handled later; and a scribe in the
 * log's place.
 */
#ifndef BUSKIN_TESTS_STREAMED_H
#define BUSKIN_TESTS_STREAMED_H

#include <stdatomic.h>

#include <buskin/stream.h>

#include "clerk.h"
#include "faulty_os.h"

#define LARGE (1 << 20)
#define SECOND INT64_C(1000000000)
#define NO_LIMIT INT64_MAX
#define READS 4096

extern bsk_system *system_;
extern struct clerk *clerk;
extern struct clerk *next;    /* another, where a test makes one */
extern bsk_ref stream;
extern int fds[2];            /* [0] the stream's, [1] the peer's */
extern struct faulty_os world;

extern _Atomic int64_t later_ns; /* what our clock is ahead of the real one */
extern _Atomic int64_t room;  /* bytes that sockets still take */
extern atomic_int write_error; /* what they say instead; 0: nothing */
extern atomic_ullong offered; /* vectors that they were shown */
extern atomic_uint writes;    /* times that they were asked to take some */

/* What was read, in order. */
struct read_call {
	int fd;
	const void *bytes;
	ssize_t got;
};
extern struct read_call reads[READS];
extern atomic_uint read_count;

/* The fixture. */
void streamed_begin(void);
void streamed_end(void);

/* Spawns a stream of fds[0] as the clerk's child. */
#define STREAM(...) \
	clerk_spawn(clerk, &bsk_stream_class, BSK_PARCEL(bsk_stream_config, \
	    .fd = bsk_fd_own(fds[0]), __VA_ARGS__))

/* Tells it something that says nothing more. */
#define TELL(tag) clerk_tell(clerk, stream, BSK_NEW(tag, .reserved = 0))

/* Closes the peer's end. */
void hang_up(void);

/* Waits for the stream's end, which must be told once. */
const struct bsk_stream_ended *ended(void);

/* How it stands. */
const struct bsk_stream_status *status(void);

/* Has it look again whether the kernel takes more, with these marks. */
void kick(uint64_t high, uint64_t low);

/* Sends it that many bytes, to LARGE; of value 0. */
void write_static(size_t size);

/* Kills the actor that is pointed to. */
void kill_it(bsk_ctx *ctx, void *arg);

#endif
