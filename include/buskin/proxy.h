/* buskin/proxy.h - passes connections on to another Unix socket.
 *
 * A proxy ("proxy") is told of clients (bsk_unix_accepted with a descriptor: a
 * unix-listener in mode "fd", wired from "clients" to "clients"). For each it
 * makes a child, a relay ("relay"), that connects to the upstream socket and
 * passes bytes on both ways: within the kernel where that can be
 * (buskin/flow.h).
 *
 * A side that writes no more is still written to: its end of file is passed on
 * as such. A side that is gone altogether ends the connection, but what it said
 * before is still passed on. Whoever does not read holds up who writes.
 * Descriptors that are sent along with bytes are not passed on.
 *
 * A client that cannot be served (the upstream socket refuses, or there are too
 * many clients) is hung up on; the log is told, at most every ten seconds, and
 * whoever is wired to "ended" each time.
 *
 * Asked to stop (bsk_stop), a proxy takes no more clients. A connection that
 * has been quiet for `linger` is ended; those that still move bytes have until
 * `drain`.
 */
#ifndef BUSKIN_PROXY_H
#define BUSKIN_PROXY_H

#include <buskin/class.h>
#include <buskin/status.h>
#include <buskin/unix.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- the proxy -------------------------------------------------------- */

/* How to pass on. */
struct bsk_proxy_config {
	bsk_text path;       /* of the upstream socket; or "@name" */
	int64_t timeout_ns;  /* to connect, while its accept queue is full; 0:
	                      * 5 s */
	int64_t idle_ns;     /* a connection on which nothing has moved for so
	                      * long is ended; 0: never */
	int64_t linger_ns;   /* the same while stopping; 0: 1 s */
	int64_t drain_ns;    /* after bsk_stop, how long connections may take
	                      * before they are cut off; 0: 2 s */
	uint32_t max_connections; /* at a time; more are hung up on; 0: 1024 */
	uint32_t pipe_bytes; /* that may be on their way, each way of each
	                      * connection; 4 KiB..1 GiB, 0: 1 MiB. As far as
	                      * the kernel grants it: see pipe(7) */
};
BSK_DECLARE(bsk_proxy_config);

/* How a proxy stands. Bytes of connections that are there are as of a second
 * ago at most. */
struct bsk_proxy_status {
	bsk_text path;        /* of its config */
	uint32_t connections; /* now */
	uint64_t accepted;    /* clients ever */
	uint64_t refused;     /* of these: hung up on, there were too many or
	                       * there was no memory */
	uint64_t failures;    /* of these: the upstream socket refused */
	uint64_t up_bytes;    /* passed on to the upstream socket */
	uint64_t down_bytes;  /* passed on to clients */
	uint64_t copied_bytes; /* of both, through a buffer; the others were
	                       * spliced */
	bsk_list clients;     /* struct bsk_unix_client; the first
	                       * BSK_STATUS_LIST_MAX. The connection is the
	                       * relay */
};
BSK_DECLARE(bsk_proxy_status);

/* Whether a proxy can work with such a config: the `check` of its class. */
int bsk_proxy_check(const void *config, struct bsk_config_fault *ret_fault);

/* The ports of a proxy. */
enum bsk_proxy_port {
	BSK_PROXY_CLIENTS, /* "clients", in: bsk_unix_accepted */
	BSK_PROXY_ENDED    /* "ended", out: bsk_relay_ended, of each client */
};

/* The class "proxy". */
extern const struct bsk_class bsk_proxy_class;

/* --- one connection --------------------------------------------------- */

/* How a relay is made: by a proxy, or by whoever has a client. */
struct bsk_relay_config {
	bsk_fd client;       /* a connected stream socket, non-blocking; the
	                      * relay's now */
	int32_t pid;         /* the client's process; only told again */
	uint32_t uid;        /* and its user; only told again */
	bsk_text path;       /* of the upstream socket; or "@name" */
	int64_t timeout_ns;  /* as in bsk_proxy_config */
	int64_t idle_ns;     /* as in bsk_proxy_config */
	int64_t linger_ns;   /* as in bsk_proxy_config */
	uint32_t pipe_bytes; /* as in bsk_proxy_config */
};
BSK_DECLARE(bsk_relay_config);

/* To the parent, at most once a second and before the end: what was passed on
 * since the last time. */
struct bsk_relay_moved {
	uint64_t up_bytes;     /* to the upstream socket */
	uint64_t down_bytes;   /* to the client */
	uint64_t copied_bytes; /* of both, through a buffer */
};
BSK_DECLARE(bsk_relay_moved);

/* To the parent: the connection has ended; its descriptors are being closed.
 * Once. */
struct bsk_relay_ended {
	int32_t reason;      /* 0: in order; -ETIMEDOUT: it was idle, or the
	                      * upstream socket's queue stayed full;
	                      * -ECONNREFUSED, -ENOENT, ...: as connect(2) says;
	                      * -EPIPE, -ECONNRESET: a side went away with bytes
	                      * still to come; -ECANCELED: it was stopped, or
	                      * the client left while it was connected */
	bool connected;      /* the upstream socket had taken it */
	int32_t pid;         /* of the config */
	uint32_t uid;        /* of the config */
	uint64_t up_bytes;   /* passed on to the upstream socket, in all */
	uint64_t down_bytes; /* passed on to the client */
	uint64_t copied_bytes; /* of both, through a buffer */
	uint64_t lost_bytes; /* taken from one side, not given to the other */
};
BSK_DECLARE(bsk_relay_ended);

/* How a relay stands. */
struct bsk_relay_status {
	bsk_text path;       /* of its config */
	bool connected;      /* the upstream socket has taken it */
	int32_t pid;         /* of the config */
	uint32_t uid;        /* of the config */
	bool up_open;        /* the client may still say something */
	bool down_open;      /* the upstream side may */
	uint64_t up_bytes;   /* passed on to the upstream socket */
	uint64_t down_bytes; /* passed on to the client */
	uint64_t copied_bytes; /* of both, through a buffer */
	uint64_t up_waiting_bytes; /* taken from the client, to be passed on */
	uint64_t down_waiting_bytes; /* taken from upstream, the same */
	bsk_list fds;        /* struct bsk_resource: its two sockets */
};
BSK_DECLARE(bsk_relay_status);

/* The class "relay". */
extern const struct bsk_class bsk_relay_class;

#ifdef __cplusplus
}
#endif

#endif
