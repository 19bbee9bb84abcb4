/* buskin/unix.h - Unix sockets: listening and connecting.
 *
 * Paths are at most 107 bytes; "@name" is the abstract name `name`, of which no
 * file is made (a file called that is "./@name").
 *
 * A listener ("unix-listener") makes a child of each connection, a stream, or
 * with `frame` a framer, whose port "data" is wired to whatever the listener's
 * own "data" is wired to: so who is sent bytes answers to their sender. In
 * mode "fd" it hands over descriptors instead: bsk_unix_accepted. Asked to stop
 * (bsk_stop), it accepts no more, removes its socket file, and ends when its
 * connections have finished.
 *
 * A connector ("unix-connector") connects for whoever asks it to
 * (bsk_unix_connect); with a path in its config it connects there itself, again
 * and again, passes on what it is sent, and emits what is read.
 */
#ifndef BUSKIN_UNIX_H
#define BUSKIN_UNIX_H

#include <sys/un.h>

#include <buskin/class.h>
#include <buskin/frame.h>
#include <buskin/os.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most bytes of a path or of an abstract name with its '@'. */
#define BSK_UNIX_PATH_MAX 107

/* --- listening -------------------------------------------------------- */

/* What a listener makes of a connection. */
enum bsk_unix_accept {
	BSK_UNIX_STREAM, /* "stream": a child that reads and writes it */
	BSK_UNIX_FD      /* "fd": bsk_unix_accepted */
};

/* How to listen. */
struct bsk_unix_listener_config {
	bsk_text path;       /* where */
	bsk_fd fd;           /* a socket that listens already, to use instead;
	                      * its file, if it has one, is never removed */
	uint32_t mode;       /* of the file, before anybody can connect; 0:
	                      * 0600 */
	int32_t backlog;     /* connections that may wait; 0: 128 */
	int32_t accept;      /* enum bsk_unix_accept */
	bsk_ref to;          /* who is told of bsk_listener_ready, and in mode
	                      * "fd" of connections; nobody: the parent, in mode
	                      * "fd" only */
	int32_t frame;       /* enum bsk_frame */
	uint32_t max_frame;  /* as in bsk_framer_config */
	uint32_t max_connections; /* children at a time; the rest wait in the
	                      * backlog; 0: 1024 */
	bool half_close;     /* as in bsk_stream_config */
	int64_t linger_ns;   /* as in bsk_stream_config */
	int64_t drain_ns;    /* after bsk_stop, how long connections may take
	                      * before they are cut off; 0: 2 s */
};
BSK_DECLARE(bsk_unix_listener_config);

/* The listener listens now, and is watched. */
struct bsk_listener_ready {
	bsk_text path; /* where; empty: on the socket that it was given */
};
BSK_DECLARE(bsk_listener_ready);

/* Somebody has connected. */
struct bsk_unix_accepted {
	bsk_fd fd;    /* the connection, non-blocking; the receiver's */
	int32_t pid;  /* the peer's process, as it was then */
	uint32_t uid; /* and its user */
	uint32_t gid; /* and its group */
};
BSK_DECLARE(bsk_unix_accepted);

/* The ports of a listener. */
enum bsk_unix_listener_port {
	BSK_UNIX_LISTENER_DATA /* "data", out: bsk_bytes, from connections */
};

/* The class "unix-listener". */
extern const struct bsk_class bsk_unix_listener_class;

/* --- connecting ------------------------------------------------------- */

/* How a connector connects by itself. */
struct bsk_unix_connector_config {
	bsk_text path;       /* where to; none: only for whoever asks */
	int64_t timeout_ns;  /* for one attempt, while the accept queue is full;
	                      * 0: 5 s */
	int64_t reconnect_first_ns; /* after a failure or an end, wait this
	                      * long, then twice as long, and so on; 0: end,
	                      * then, with -ECONNREFUSED, ... or 0 */
	int64_t reconnect_max_ns; /* but never longer than this; 0: 10 s */
	int32_t frame;       /* enum bsk_frame */
	uint32_t max_frame;  /* as in bsk_framer_config */
	uint32_t max_waiting; /* messages kept while there is no connection;
	                      * more are dropped; 0: 1024 */
};
BSK_DECLARE(bsk_unix_connector_config);

/* Connect. Ask; answered by bsk_unix_connected, or bsk_result with -ENOENT,
 * -ECONNREFUSED, -EACCES, ..., or -ETIMEDOUT: the accept queue stayed full;
 * -EINVAL, -ENAMETOOLONG: `path`. */
struct bsk_unix_connect {
	bsk_text path;      /* where to */
	int64_t timeout_ns; /* 0: 5 s */
};
BSK_DECLARE(bsk_unix_connect);

/* It is connected. */
struct bsk_unix_connected {
	bsk_fd fd;    /* the connection, non-blocking; the receiver's */
	int32_t pid;  /* the process that listens */
	uint32_t uid; /* and its user */
	uint32_t gid; /* and its group */
};
BSK_DECLARE(bsk_unix_connected);

/* The ports of a connector. */
enum bsk_unix_connector_port {
	BSK_UNIX_CONNECTOR_DATA, /* "data", out: bsk_bytes, what was read */
	BSK_UNIX_CONNECTOR_BYTES /* "bytes", in: bsk_bytes, what to write */
};

/* The class "unix-connector". */
extern const struct bsk_class bsk_unix_connector_class;

/* --- for any actor, and any thread ------------------------------------- */

/* The address of a path or an "@name". -EINVAL: empty; -ENAMETOOLONG. */
int bsk_unix_address(const char *path, struct sockaddr_un *ret_address,
    socklen_t *ret_size);

/* A socket that listens. */
struct bsk_unix_socket {
	int fd;          /* non-blocking; the caller's */
	uint64_t device; /* of its file, */
	uint64_t inode;  /* to know it again; 0: it has none */
};

/* Makes a socket that listens on a path. A socket file that nobody listens on
 * is removed first; whatever else is there stays: -EADDRINUSE. The file has
 * `mode` before anybody can connect. `ret_why` is a phrase for people that
 * lives for ever, or NULL where the error says it all. */
int bsk_unix_listen(const struct bsk_os *os, const char *path, mode_t mode,
    int backlog, struct bsk_unix_socket *ret_socket, const char **ret_why);

/* Makes ready for the same a socket that was handed over: non-blocking.
 * -EINVAL: it is no Unix socket that listens. */
int bsk_unix_adopt(const struct bsk_os *os, int fd);

/* Removes the file of such a socket if it is still that one. */
void bsk_unix_unlink(const struct bsk_os *os, const char *path,
    const struct bsk_unix_socket *made);

/* Who is at the other end of a connection; zeros where it cannot be known. */
struct ucred bsk_unix_peer(const struct bsk_os *os, int fd);

#ifdef __cplusplus
}
#endif

#endif
