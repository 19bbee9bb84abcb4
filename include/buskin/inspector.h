/* buskin/inspector.h - the inspector: a running system asked from outside.
 *
 * The inspector listens on Unix sockets for programs that speak nng's request
 * protocol: each request and each answer is one JSON document in one message.
 *
 *	{"v":1, "id":"7", "op":"graph", "args":{}}
 *	{"v":1, "id":"7", "ok":true, "seq":12, "result":...}
 *	{"v":1, "id":"7", "ok":false, "seq":13, "error":{"code":"unknown-op",
 *	 "message":..., "hint":..., "pointer":"/op"}}
 *
 * "seq" numbers the answers of one endpoint, from 1. Whatever is wrong with a
 * request is said in an answer; "id" is null in it where it could not be read.
 *
 * The operations, all of which look and change nothing:
 *	hello  what is this: name, process, rights, operations
 *	ps     every actor
 *	actor  one actor and its edges; args {"name": ...} or {"id": "12.1"}
 *	graph  actors, edges, layers; see buskin/view.h
 *	stats  the system's sums, and the inspector's
 *
 * Before nng stands a guard for each connection: it lets nobody but this user
 * and root in, gives nng only peers that have greeted it properly, and cuts
 * what is too long, so that no peer can make nng stuck or large.
 */
#ifndef BUSKIN_INSPECTOR_H
#define BUSKIN_INSPECTOR_H

#include <buskin/class.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a peer may do. Each includes those before it. */
enum bsk_right {
	BSK_RIGHT_READ,    /* look */
	BSK_RIGHT_TAP,     /* see messages */
	BSK_RIGHT_CONTROL, /* start, stop, restart */
	BSK_RIGHT_SEND     /* send messages of its own */
};

/* One endpoint. */
struct bsk_inspector_listen {
	bsk_text url;    /* "ipc://PATH", PATH at most 107 bytes */
	uint32_t mode;   /* of the socket's file; 0: 0600 */
	bsk_list rights; /* of uint8_t, enum bsk_right; none: read */
};
BSK_DECLARE(bsk_inspector_listen);

/* How to make an inspector. */
struct bsk_inspector_config {
	bsk_list listen;      /* of struct bsk_inspector_listen; at most 8 */
	uint32_t connections; /* at once, at each endpoint; more wait in its
	                       * backlog; 0: 64 */
	uint64_t request_max; /* bytes of a request; longer ones get an error
	                       * for an answer; 0: 64 KiB */
	int64_t greeting_ns;  /* how long a peer may take to greet; 0: 2 s. nng
	                       * has five times that to greet and to answer,
	                       * then it is replaced */
	int64_t idle_ns;      /* after so long without a byte a connection is
	                       * hung up; 0: 1 min */
};
BSK_DECLARE(bsk_inspector_config);

/* The class "inspector". It fails with -ENOTSUP for another kind of URL,
 * -ENAMETOOLONG, or what the listener fails with (-EADDRINUSE). Asked to stop,
 * it still answers what was asked. */
extern const struct bsk_class bsk_inspector_class;

/* --- what an inspector is asked --------------------------------------- */

/* The version of requests and answers that is spoken. */
#define BSK_INSPECTOR_VERSION 1

/* What every request has. Beside these it may have "args", an object. */
struct bsk_inspector_request {
	uint32_t v;  /* BSK_INSPECTOR_VERSION */
	bsk_text id; /* comes back in the answer */
	bsk_text op; /* what to do */
};
BSK_DECLARE(bsk_inspector_request);

/* The args of "actor": one of both; where both are given, the name counts. */
struct bsk_inspector_which {
	bsk_text name; /* registered */
	bsk_ref id;    /* its ref */
};
BSK_DECLARE(bsk_inspector_which);

/* --- what an inspector is made of ------------------------------------- */

/* How the connections at one endpoint fare. */
struct bsk_inspector_traffic {
	uint64_t accepted;     /* connections, ever, that a guard took */
	uint64_t strangers;    /* hung up on: another user's */
	uint64_t left;         /* had hung up before they were let in, where
	                        * there were many */
	uint64_t refused;      /* hung up on: there was no memory for a guard */
	uint64_t rude;         /* hung up on: no proper greeting in time */
	uint64_t cut_requests; /* longer than allowed */
	uint32_t renewed;      /* nng sockets replaced, because stuck */
	uint32_t connections;  /* now */
};
BSK_DECLARE(bsk_inspector_traffic);

/* How to make a door. */
struct bsk_inspector_door_config {
	bsk_text path;        /* where clients connect */
	uint32_t mode;        /* of that file; 0: 0600 */
	bsk_ref desk;         /* who is told bsk_inspector_traffic */
	uint32_t connections; /* as in bsk_inspector_config, but not 0 */
	uint64_t request_max; /* likewise */
	int64_t greeting_ns;  /* likewise */
	int64_t idle_ns;      /* likewise */
};
BSK_DECLARE(bsk_inspector_door_config);

/* The inspector to a door: nng's socket, from now on. With the first the door
 * opens. */
struct bsk_inspector_behind {
	bsk_text path;   /* where it listens */
	uint32_t number; /* of the socket, from 1 */
};
BSK_DECLARE(bsk_inspector_behind);

/* A door to its parent: nng's socket does not greet or does not answer. */
struct bsk_inspector_stuck {
	uint32_t number; /* of the socket */
};
BSK_DECLARE(bsk_inspector_stuck);

/* The class "inspector-door": lets clients in, each with a guard. Asked to
 * stop, it lets nobody in and asks the guards to stop. */
extern const struct bsk_class bsk_inspector_door_class;

/* How to make a guard. */
struct bsk_inspector_guard_config {
	bsk_fd client;        /* the connection; the guard's from here on */
	bsk_text path;        /* of nng's own socket */
	uint32_t socket;      /* that socket's number, to be told again */
	uint64_t message_max; /* bytes of a message; what is beyond is cut */
	int64_t greeting_ns;  /* as in bsk_inspector_config; not 0 */
	int64_t idle_ns;      /* as in bsk_inspector_config; not 0 */
};
BSK_DECLARE(bsk_inspector_guard_config);

/* How a guarded connection ended. */
enum bsk_guard_end {
	BSK_GUARD_DONE,  /* in order, or one side hung up */
	BSK_GUARD_RUDE,  /* the client never greeted properly */
	BSK_GUARD_STUCK  /* nng never did, or did not answer */
};

/* A guard to its parent, as its last word. */
struct bsk_inspector_guarded {
	int32_t end;           /* enum bsk_guard_end */
	uint32_t socket;       /* nng's, by its number in the config */
	uint64_t cut_requests; /* messages that were longer than allowed */
};
BSK_DECLARE(bsk_inspector_guarded);

/* The class "inspector-guard": one connection, between a client and nng. Asked
 * to stop, it still hands over an answer that nng owes. */
extern const struct bsk_class bsk_inspector_guard_class;

/* How to make a desk. */
struct bsk_inspector_desk_config {
	uint8_t right;        /* the most it allows; enum bsk_right */
	uint64_t request_max; /* as in bsk_inspector_config; not 0 */
};
BSK_DECLARE(bsk_inspector_desk_config);

/* The class "inspector-desk": it answers each bsk_nng_request by a
 * bsk_nng_answer to its sender, and is told bsk_inspector_traffic. */
extern const struct bsk_class bsk_inspector_desk_class;

#ifdef __cplusplus
}
#endif

#endif
