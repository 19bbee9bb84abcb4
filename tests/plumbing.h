/* plumbing.h - a system with a clerk that has pipes, for tests; and a kernel in
 * between that can be told what to say about one descriptor.
 */
#ifndef BUSKIN_TESTS_PLUMBING_H
#define BUSKIN_TESTS_PLUMBING_H

#include <buskin/pipe.h>
#include <buskin/status.h>
#include <buskin/system.h>

#include "clerk.h"

/* The system, of one worker; the clerk in it, who is told everything and is
 * wired to "data"; a blocking pipe, [0] to be read; the pipe actor. */
extern bsk_system *plumbing_system;
extern struct clerk *plumbing_clerk;
extern int plumbing_fds[2];
extern bsk_ref plumbing_pipe;

/* Makes the world, and takes it down. */
void plumbing_begin(void);
void plumbing_end(void);

/* Spawns the pipe actor as the clerk's child; the clerk is told. */
#define PIPE(...) \
	(plumbing_pipe = clerk_spawn(plumbing_clerk, &bsk_pipe_class, \
	    BSK_PARCEL(bsk_pipe_config, .to = clerk_ref(plumbing_clerk), \
		__VA_ARGS__)))

/* Puts a pair of sockets in the place of the pipe; both block. */
void plumbing_sockets(void);

/* Puts a terminal in its place: [0] the far side, which programs use, in raw
 * mode or not; [1] the near one. */
void plumbing_terminal(bool is_raw);

/* Closes one of the two. */
void plumbing_close(int index);

/* A FIFO's path, in a directory that goes with the world; and one opened. */
const char *plumbing_fifo(void);
int plumbing_open_fifo(int flags);

/* Sends the pipe a message without content. */
#define PIPE_TELL(tag) \
	clerk_tell(plumbing_clerk, plumbing_pipe, BSK_NEW(tag, .reserved = 0))

/* Sends it so many bytes that tell their place, in one message. */
void plumbing_feed(size_t size);

/* Reads so many of those from [`index`] and checks them, from a place on. */
void plumbing_expect(int index, size_t from, size_t size);

/* What the pipe has said; waits for it. */
const struct bsk_pipe_opened *plumbing_opened(unsigned nth);
const struct bsk_pipe_refused *plumbing_refused(void);
const struct bsk_stream_ended *plumbing_ended(unsigned nth);

/* Waits for the pipe's end, checks that it has told of it just once, and gives
 * the reason. */
int plumbing_over(void);

/* Asks how it stands. */
const struct bsk_pipe_status *plumbing_status(void);

/* Waits until all that has become ready so far has been handled. */
void plumbing_settle(void);

/* For short: what is written to the pipe; what the clerk hears, and no more;
 * how many messages of a type it has heard, and the place of the first. */
#define SAY(text) peer_say(plumbing_fds[1], text)
#define HEARS(text) clerk_expect(plumbing_clerk, text)
#define COUNT(tag) clerk_count(plumbing_clerk, &tag##_type)
#define PLACE(tag) clerk_place(plumbing_clerk, &tag##_type)

/* Spawns the pipe on [0], paused. Has it abort. Has it stop. */
void plumbing_pause(void);
void plumbing_abort(void);
void plumbing_stop(void);

/* Waits until nobody reads what is written there. */
void plumbing_expect_no_reader(int fd);

/* Whether a descriptor makes its users wait. */
bool plumbing_waits(int fd);

/* How many bytes can be read from it. */
int plumbing_unread(int fd);

/* Has the clerk take the system's faults, or stand in for the log. */
void plumbing_take_faults(void);
void plumbing_take_log(void);

/* How many lines it has heard then of what is not as it should be. */
unsigned plumbing_complaints(void);

/* From now on writing to, or reading from, that descriptor fails so. */
void plumbing_break(int fd, int error);

/* What the kernel says a descriptor is: S_IFBLK, ... */
void plumbing_disguise(int fd, unsigned kind);

/* Calls of read(2) so far. */
unsigned plumbing_reads(void);

#endif
