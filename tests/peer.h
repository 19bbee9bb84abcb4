/* peer.h - the other end: pipes and sockets as a test holds them, blocking,
 * with a deadline.
 */
#ifndef PEER_H
#define PEER_H

#include <stddef.h>

/* A path in a directory of this test's own; the same text until the next
 * call. */
const char *peer_path(const char *name);

/* Removes that directory, which must be empty but for its known names. */
void peer_clean(void);

/* Connects to a path or "@name". */
int peer_connect(const char *path);

/* A pair of sockets, or a pipe: [0] is for the actor and non-blocking. Of a
 * pipe, [0] is the reading end, or with peer_pipe_to the writing one. */
void peer_socket(int ret_fds[2]);
void peer_pipe_from(int ret_fds[2]);
void peer_pipe_to(int ret_fds[2]);

/* Writes all of it. */
void peer_write(int fd, const void *bytes, size_t size);
void peer_say(int fd, const char *text);

/* Reads up to `size` bytes, less only at the end of file. */
size_t peer_read(int fd, void *ret_bytes, size_t size);

/* Writes all of it, and meanwhile reads as much; returns how much it read, less
 * only at the end of file. */
size_t peer_exchange(int fd, const void *bytes, void *ret_bytes, size_t size);

/* Fails unless that comes next; the end of file. */
void peer_expect(int fd, const char *text);
void peer_expect_eof(int fd);

/* Fills a buffer with bytes that tell their place. */
void peer_fill(unsigned char *bytes, size_t size);

#endif
