/* buskin/unix_channel.h - descriptors sent over a Unix socket.
 *
 * A channel ("unix-channel") owns one connected Unix socket, which it is given
 * or connects by itself (what it is sent meanwhile waits), and reads and writes
 * packets: bytes, and descriptors that travel with the first of them. On
 * a stream socket a packet that is read may be a part of one that was sent, and
 * may begin with the rest of one before; its descriptors came with one of its
 * bytes. On a SOCK_SEQPACKET socket packets stay what they were.
 *
 * Descriptors in a packet are owned by it, close-on-exec, and closed with it.
 * The kernel passes at most 253 at once; a channel takes no more than its
 * config says, and ends when more come: what did not fit is closed by then.
 *
 * As a stream does, it tells its parent bsk_stream_ended, once, as the last
 * thing, and asked to stop it writes what waits and ends.
 */
#ifndef BUSKIN_UNIX_CHANNEL_H
#define BUSKIN_UNIX_CHANNEL_H

#include <buskin/class.h>
#include <buskin/os.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most descriptors of a packet: the kernel's limit. */
#define BSK_UNIX_FDS_MAX 253

/* How to make a channel: on a socket, or by connecting to a path; on one of
 * these. */
struct bsk_unix_channel_config {
	bsk_fd fd;         /* a connected Unix socket, non-blocking; the
	                    * channel's own now */
	bsk_text path;     /* where to connect: a stream socket's path, or
	                    * "@name" */
	int64_t timeout_ns; /* to connect, while its accept queue is full; 0:
	                    * 5 s */
	uint32_t max_fds;  /* descriptors of one packet that may come, to
	                    * BSK_UNIX_FDS_MAX; 0: 16 */
	uint32_t max_size; /* bytes of one packet that is read; 0: 64 KiB */
};
BSK_DECLARE(bsk_unix_channel_config);

/* Bytes with descriptors: to be written, or read. Asked, the writing is
 * answered by bsk_result, when the kernel has it: -EINVAL: descriptors without
 * a byte to travel with; -EMSGSIZE: too many, or too large; -EBADF,
 * -ETOOMANYREFS: the kernel refuses what it carries. Then the channel goes on
 * with the next. -EPIPE, ...: it has not, and the channel ends. */
struct bsk_unix_packet {
	bsk_buf bytes; /* not empty, where there are descriptors */
	bsk_list fds;  /* of bsk_fd: the receiver's; may be empty */
};
BSK_DECLARE(bsk_unix_packet);

/* The ports of a channel. */
enum bsk_unix_channel_port {
	BSK_UNIX_CHANNEL_PACKETS, /* "packets", out: what was read */
	BSK_UNIX_CHANNEL_SEND     /* "send", in: what is to be written */
};

/* Whether a channel can be made so: the `check` of its class. */
int bsk_unix_channel_check(const void *config,
    struct bsk_config_fault *ret_fault);

/* The class "unix-channel". */
extern const struct bsk_class bsk_unix_channel_class;

/* --- for any actor, and any thread ------------------------------------- */

/* Writes bytes, and with the first of them `count` descriptors, which stay the
 * caller's. Returns how many bytes, or a negative errno. */
ssize_t bsk_unix_send(const struct bsk_os *os, int fd, const void *bytes,
    size_t size, const int *fds, unsigned count);

/* What came with bytes that were read. */
struct bsk_unix_received {
	int fds[BSK_UNIX_FDS_MAX]; /* `count` of them: the caller's */
	unsigned count; /* descriptors */
	bool cut;       /* more were sent; those are closed */
	bool truncated; /* it was a packet, and longer than there was room */
};

/* Reads bytes and at most `most` descriptors, close-on-exec. Returns how many
 * bytes, 0 at the end, or a negative errno with nothing received. */
ssize_t bsk_unix_receive(const struct bsk_os *os, int fd, void *bytes,
    size_t size, unsigned most, struct bsk_unix_received *ret_received);

/* Reads once and makes a packet of it, the caller's: at most `size` bytes and
 * `most` descriptors. Returns how many bytes; 0 at the end, and then, as on an
 * error, there is none, and what came is closed. -EMSGSIZE: there was more;
 * -EMFILE: the process has no room for its descriptors; -ENOMEM; and what
 * recvmsg(2) fails with. */
ssize_t bsk_unix_packet_receive(const struct bsk_os *os, int fd, size_t size,
    unsigned most, struct bsk_unix_packet *ret_packet);

#ifdef __cplusplus
}
#endif

#endif
