/* buskin/unix.h - Unix sockets: listening and connecting.
 *
 * A path is any bytes, at most 107 of them; "@name" is the abstract name
 * `name`, of which no file is made (a file called that is "./@name").
 *
 * A listener ("unix-listener") makes a child of each connection, a stream, or
 * with `frame` a framer, whose port "data" is wired to whatever the listener's
 * own "data" is wired to: so who is sent bytes answers to their sender. In
 * mode "channel" the child is a channel (buskin/unix_channel.h), and so it is
 * with "packets". In mode "fd" it hands over descriptors instead:
 * bsk_unix_accepted. Asked to stop
 * (bsk_stop), it accepts no more, removes its socket file, and ends when its
 * connections have finished.
 *
 * A connector ("unix-connector") connects for whoever asks it to
 * (bsk_unix_connect); with a path in its config it connects there itself, again
 * and again, passes on what it is sent, and emits what is read.
 *
 * Both answer bsk_status_ask: see buskin/status.h.
 */
#ifndef BUSKIN_UNIX_H
#define BUSKIN_UNIX_H

#include <sys/un.h>

#include <buskin/class.h>
#include <buskin/frame.h>
#include <buskin/os.h>
#include <buskin/status.h>
#include <buskin/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most bytes of a path or of an abstract name with its '@'. */
#define BSK_UNIX_PATH_MAX 107

/* --- listening -------------------------------------------------------- */

/* What a listener makes of a connection. */
enum bsk_unix_accept {
	BSK_UNIX_STREAM, /* "stream": a child that reads and writes it */
	BSK_UNIX_FD,     /* "fd": bsk_unix_accepted */
	BSK_UNIX_CHANNEL /* "channel": a child that does so with descriptors,
	                  * a "unix-channel" */
};

/* How to listen: at `path`, or on `fd`, or on the socket that the service
 * manager calls `listen_fd`; on one of these. */
struct bsk_unix_listener_config {
	bsk_text path;       /* where */
	bsk_fd fd;           /* a socket that listens already, to use instead;
	                      * its file, if it has one, is never removed */
	bsk_text listen_fd;  /* the name of one that this process was started
	                      * with (buskin/activation.h); as `fd` otherwise */
	uint32_t mode;       /* of the file, before anybody can connect; 0:
	                      * 0600 */
	int64_t owner;       /* its user; 0 and less: as it is */
	int64_t group;       /* its group; 0 and less: as it is */
	bool lock;           /* nobody else who does this may use the path: the
	                      * file PATH.lock is made and kept locked */
	bool keep_file;      /* leave the socket's file at the end */
	bool wait;           /* only bind; listen when bsk_listener_start comes.
	                      * Until then whoever connects is refused */
	int32_t backlog;     /* connections that may wait; 0: 128 */
	int32_t accept;      /* enum bsk_unix_accept */
	bsk_ref to;          /* who is told of bsk_listener_ready or _failed,
	                      * and in mode "fd" of connections; nobody: the
	                      * parent, in mode "fd" only */
	bool announce;       /* in mode "stream" too, tell `to` of each
	                      * connection, by bsk_unix_accepted */
	bool pidfd;          /* have a pidfd of the peer in that */
	int32_t frame;       /* enum bsk_frame */
	uint32_t max_frame;  /* as in bsk_framer_config */
	struct bsk_parcel *tls; /* bsk_tls_server: speak TLS; NULL: do not */
	uint32_t max_connections; /* children at a time; the rest wait in the
	                      * backlog; 0: 1024 */
	uint32_t credit;     /* in mode "fd", connections to hand over before
	                      * bsk_listener_credit comes; the rest wait in the
	                      * backlog; 0: no limit */
	bool half_close;     /* as in bsk_stream_config */
	int64_t linger_ns;   /* as in bsk_stream_config */
	int64_t drain_ns;    /* after bsk_stop, how long connections may take
	                      * before they are cut off; 0: 2 s */
	int64_t shed_ns;     /* when descriptors have been out for this long,
	                      * hang up on who waits; 0: 10 s */
};
BSK_DECLARE(bsk_unix_listener_config);

/* The listener listens now, and is watched. */
struct bsk_listener_ready {
	bsk_text path; /* where; empty: at a socket without a name */
};
BSK_DECLARE(bsk_listener_ready);

/* The listener cannot listen, and ends with this error. To `to` of its config
 * only; the log is told as well. */
struct bsk_listener_failed {
	int32_t error;  /* -EADDRINUSE, -EACCES, ... */
	bsk_text path;  /* where; empty: at a socket that it was given */
	bsk_text text;  /* why, for people */
	bsk_text field; /* of the config, that is at fault */
};
BSK_DECLARE(bsk_listener_failed);

/* Listen now: for a listener whose config says `wait`. Ask; answered by
 * bsk_result, once it is watched: -EALREADY: it listens; -ESHUTDOWN: it has
 * been stopped. */
struct bsk_listener_start {
	uint8_t reserved; /* 0 */
};
BSK_DECLARE(bsk_listener_start);

/* Listen no more: the socket is closed, its file removed, and who waits in its
 * queue is hung up on. Twice is once. Ask; answered by bsk_result. The listener
 * itself goes on until it is stopped. Control: overtakes data. */
struct bsk_listener_stop {
	bool drain;         /* false: its connections go on, and the answer
	                     * comes at once; true: they are told to finish, and
	                     * the answer comes when the last is gone */
	int64_t timeout_ns; /* with `drain`: who is not gone by then is cut off,
	                     * and the answer is -ETIMEDOUT; 0: `drain_ns` of
	                     * the config */
};
BSK_DECLARE(bsk_listener_stop);

/* So many of the connections that were handed over are over: as many more may
 * be. For a listener with `credit` in its config; more than it has handed over
 * count for nothing. */
struct bsk_listener_credit {
	uint32_t count; /* of them */
};
BSK_DECLARE(bsk_listener_credit);

/* Somebody has connected. */
struct bsk_unix_accepted {
	bsk_fd fd;    /* the connection, non-blocking; the receiver's. None in
	               * mode "stream" */
	int32_t pid;  /* the peer's process, as it was then */
	uint32_t uid; /* and its user */
	uint32_t gid; /* and its group */
	bsk_fd pidfd; /* the peer's process, if asked for and still there */
	bsk_text peer; /* the name of the peer's socket; empty: it has none */
	bsk_ref connection; /* in mode "stream": the child that serves it */
};
BSK_DECLARE(bsk_unix_accepted);

/* A connection that a listener serves. */
struct bsk_unix_client {
	bsk_ref connection; /* the child that serves it */
	int32_t pid;        /* the peer's process, as it was then */
	uint32_t uid;       /* and its user */
	uint32_t gid;       /* and its group */
};
BSK_DECLARE(bsk_unix_client);

/* How a listener stands. */
struct bsk_unix_listener_status {
	bsk_text path;     /* where it listens, or did */
	bool serving;      /* it listens */
	bool paused;       /* descriptors are out: it accepts nobody */
	uint32_t connections; /* children now */
	uint64_t accepted; /* connections ever */
	uint64_t refused;  /* of those that came: hung up on at once */
	uint64_t failures; /* of accept(2) */
	bsk_list clients;  /* struct bsk_unix_client; the first
	                    * BSK_STATUS_LIST_MAX */
	bsk_list fds;      /* struct bsk_resource: the socket that listens */
};
BSK_DECLARE(bsk_unix_listener_status);

/* Whether a listener can work with such a config: the `check` of its class. */
int bsk_unix_listener_check(const void *config,
    struct bsk_config_fault *ret_fault);

/* The ports of a listener. */
enum bsk_unix_listener_port {
	BSK_UNIX_LISTENER_DATA, /* "data", out: bsk_bytes, from connections */
	BSK_UNIX_LISTENER_CLIENTS, /* "clients", out: bsk_unix_accepted, in mode
	                      * "fd" or with `announce`. Where it is wired, `to`
	                      * and the parent are not told of connections */
	BSK_UNIX_LISTENER_PACKETS /* "packets", out: bsk_unix_packet, from
	                      * connections in mode "channel" */
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
	struct bsk_parcel *tls; /* bsk_tls_client: speak TLS; NULL: do not */
	uint32_t max_waiting; /* messages kept while there is no connection;
	                      * more are dropped; 0: 1024 */
};
BSK_DECLARE(bsk_unix_connector_config);

/* Connect to a path, or look at a socket that is connected already: one of the
 * two. Ask; answered by bsk_unix_connected, or by bsk_unix_refused with
 * -ENOENT, -ECONNREFUSED, -EACCES, ..., -ETIMEDOUT: the accept queue stayed
 * full; -ECANCELED: see bsk_unix_cancel; with `path` or `fd` as the field:
 * -EINVAL, -ENAMETOOLONG, -EPROTOTYPE: no Unix stream socket, -ENOTCONN. */
struct bsk_unix_connect {
	bsk_text path;      /* where to */
	bsk_fd fd;          /* a connected socket */
	int64_t timeout_ns; /* 0: 5 s */
	bool pidfd;         /* have a pidfd of the peer in the answer */
};
BSK_DECLARE(bsk_unix_connect);

/* It is connected. */
struct bsk_unix_connected {
	bsk_fd fd;    /* the connection, non-blocking; the receiver's */
	int32_t pid;  /* the process that listens */
	uint32_t uid; /* and its user */
	uint32_t gid; /* and its group */
	bsk_fd pidfd; /* that process, if asked for and still there */
	bsk_text name; /* of our own socket; empty: it has none */
	bsk_text peer; /* the name that it is connected to */
};
BSK_DECLARE(bsk_unix_connected);

/* It is not. */
struct bsk_unix_refused {
	int32_t error;  /* a negative errno */
	bsk_text text;  /* why, for people */
	bsk_text field; /* of the request, that is at fault */
	bsk_text path;  /* of the request */
	bsk_fd fd;      /* of the request: back to its owner */
};
BSK_DECLARE(bsk_unix_refused);

/* Give up on all that the sender has asked for and that still waits: each is
 * answered with -ECANCELED, after its socket was closed. Ask; then answered by
 * bsk_result. Control: overtakes data. */
struct bsk_unix_cancel {
	uint8_t reserved; /* 0 */
};
BSK_DECLARE(bsk_unix_cancel);

/* How a connector stands. */
struct bsk_unix_connector_status {
	bsk_text path;       /* of its config */
	bool connected;      /* its own connection is there */
	bsk_ref connection;  /* the child that serves it; else nobody */
	int32_t pid;         /* who listens there, as of bsk_unix_connected */
	uint32_t uid;        /* and its user */
	uint32_t gid;        /* and its group */
	uint32_t attempts;   /* that wait for room in an accept queue */
	uint32_t waiting;    /* messages kept for the connection */
	uint64_t made;       /* connections ever, for whomever */
	uint64_t failures;   /* attempts that came to nothing */
};
BSK_DECLARE(bsk_unix_connector_status);

/* Whether a connector can work with such a config: the `check` of its class. */
int bsk_unix_connector_check(const void *config,
    struct bsk_config_fault *ret_fault);

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

/* Says in `ret_text`, of `size` bytes, what is wrong with such a path, and
 * returns what bsk_unix_address does. */
int bsk_unix_path_check(const char *path, char *ret_text, size_t size);

/* The other way: what bsk_unix_address was given; empty for a socket without a
 * name. Zero bytes in an abstract name are shown as '@'. */
bsk_text bsk_unix_name(const struct sockaddr_un *address, socklen_t size);

/* The name of a socket; empty where there is none. */
bsk_text bsk_unix_own_name(const struct bsk_os *os, int fd);

/* The name of its peer; empty where there is none. */
bsk_text bsk_unix_peer_name(const struct bsk_os *os, int fd);

/* Where to make a socket. */
struct bsk_unix_place {
	const char *path; /* or "@name" */
	mode_t mode;      /* of its file */
	int64_t owner;    /* its user; 0 and less: as it is */
	int64_t group;    /* its group; 0 and less: as it is */
	bool lock;        /* see bsk_unix_listener_config */
};

/* A socket that is bound, or listens. */
struct bsk_unix_socket {
	int fd;          /* non-blocking; the caller's */
	int lock_fd;     /* of the locked file; the caller's; -1: none */
	uint64_t device; /* of its file, */
	uint64_t inode;  /* to know it again; 0: it has none */
};

/* Makes a socket bound to a place: listen(2) on it is the caller's to do. A
 * socket file that nobody listens on is removed first; whatever else is there
 * stays: -EADDRINUSE. The file has its owner and mode before anybody can
 * connect. `ret_why` is a phrase for people that lives for ever, or NULL where
 * the error says it all. */
int bsk_unix_bind(const struct bsk_os *os, const struct bsk_unix_place *place,
    struct bsk_unix_socket *ret_socket, const char **ret_why);

/* The same for a path, without a lock, and listens. */
int bsk_unix_listen(const struct bsk_os *os, const char *path, mode_t mode,
    int backlog, struct bsk_unix_socket *ret_socket, const char **ret_why);

/* Makes ready for the same a socket that was handed over: non-blocking.
 * -EINVAL: it is no Unix stream socket that listens; `ret_why` as above, and
 * may be NULL. */
int bsk_unix_adopt(const struct bsk_os *os, int fd, const char **ret_why);

/* Makes ready a connected socket that was handed over: non-blocking.
 * -EPROTOTYPE: it is no Unix stream socket; -ENOTCONN; `ret_why` as above. */
int bsk_unix_adopt_connected(const struct bsk_os *os, int fd,
    const char **ret_why);

/* Removes the file of such a socket if it is still that one. */
void bsk_unix_unlink(const struct bsk_os *os, const char *path,
    const struct bsk_unix_socket *made);

/* Whether the peer of a stream connection has closed it. What it sent before
 * may still be read; one that only writes no more has not. */
bool bsk_unix_is_left(const struct bsk_os *os, int fd);

/* Who is at the other end of a connection; zeros where it cannot be known. */
struct ucred bsk_unix_peer(const struct bsk_os *os, int fd);

/* A pidfd of the process at the other end, the caller's: of just that one
 * where the kernel is 6.5 or newer, else of who has its pid now. Negative: an
 * errno. */
int bsk_unix_peer_pidfd(const struct bsk_os *os, int fd);

#ifdef __cplusplus
}
#endif

#endif
