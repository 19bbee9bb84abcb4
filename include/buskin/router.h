/* buskin/router.h - a router: one address for a pool of workers.
 *
 * Whatever message it is sent, of any type that it does not hear itself, it
 * passes on to one of its workers, or to all, as its policy says. What it
 * passes on to one keeps its sender and its ask: the worker's answer goes to
 * whoever asked, and a worker whose mailbox is full suspends that sender, not
 * the router. With the policy "broadcast" every worker but the last is sent a
 * copy by the router, which asks nothing: the last one answers.
 *
 * A router can make its workers itself: the config names their class, and how
 * many. They are its children. One that ends, for whatever reason, is given
 * another life after a delay, as a supervisor does: its ref and what waits in
 * its mailbox stay. When that would be one restart more than `restarts` within
 * `within`, the router fails with -ELOOP. The size may change while it runs
 * (bsk_router_resize), and a router that is asked to stop ends when its own
 * workers have handled what they were passed.
 *
 * Workers are also what is wired to its out port "workers", which may grow
 * while it runs, and whoever is added by bsk_router_add: so subscribers come
 * and go, and a router that broadcasts is a topic. One of those that has ended
 * is no worker any more. While there is none, a message is a dead letter, and
 * an ask fails with -ESRCH.
 */
#ifndef BUSKIN_ROUTER_H
#define BUSKIN_ROUTER_H

#include <buskin/class.h>
#include <buskin/life.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Who gets a message. */
enum bsk_router_policy {
	BSK_ROUTE_ROUND_ROBIN, /* each worker in turn */
	/* the same worker for the same value of the field `key`; when one comes
	 * or goes, only what it has, or gets, changes hands (rendezvous
	 * hashing: Thaler and Ravishankar, 1998) */
	BSK_ROUTE_HASH,
	/* the one with the fewest messages that have not ended; where others
	 * send to a worker too, those in its mailbox */
	BSK_ROUTE_SMALLEST,
	BSK_ROUTE_BROADCAST    /* all of them */
};

/* How a router chooses. Without a config: each worker in turn. */
struct bsk_router_config {
	int32_t policy; /* enum bsk_router_policy */
	/* the field to hash, its name in C: a number, a bool, a ref, text or
	 * bytes. Given with BSK_ROUTE_HASH and only then. A message of a type
	 * that has no such field is a dead letter */
	bsk_text key;
	/* the class of the workers that it makes itself, one of the system's;
	 * none: it makes none */
	bsk_text worker;
	/* of that class's config type, for each of them; NULL: none */
	struct bsk_parcel *worker_config;
	/* that class's out port, which leads wherever the router's own "out"
	 * was wired to when the worker was made */
	bsk_text out;
	/* how many it makes, 1..BSK_ROUTER_SIZE_MAX with a `worker`, else 0 */
	uint32_t size;
	/* how many restarts of them are allowed, up to 100000, ... */
	uint32_t restarts;
	int64_t within_ns;        /* ... in so long; 1 ms and up */
	int64_t backoff_first_ns; /* before the first restart of one; 0: none */
	int64_t backoff_max_ns;   /* it doubles up to this */
};
BSK_DECLARE(bsk_router_config);

/* The largest pool that a router makes. */
#define BSK_ROUTER_SIZE_MAX 1024

/* Add a worker. Answered by bsk_result: -EEXIST, -EINVAL or -ENOMEM. */
struct bsk_router_add {
	bsk_ref worker;  /* nobody: the sender */
	uint8_t on_full; /* enum bsk_on_full: what its full mailbox does */
};
BSK_DECLARE(bsk_router_add);

/* Take a worker out: it handles what it has been passed, and gets no more.
 * Answered by bsk_result: -ENOENT; -EPERM: the router has made it. */
struct bsk_router_remove {
	bsk_ref worker; /* nobody: the sender */
};
BSK_DECLARE(bsk_router_remove);

/* Change how many workers the router has made itself. Those that are too many,
 * the newest first, are passed no more: each handles what it has, however long
 * that takes, and ends then. Answered at once, by bsk_router_resized; or by
 * bsk_result: -EINVAL: none, or more than BSK_ROUTER_SIZE_MAX; -ENOENT: it was
 * not to make any; -ESHUTDOWN: it is stopping; else as bsk_spawn, when it
 * cannot make all that are lacking: it has made none of them then; -ENOMEM also
 * when one cannot be asked to stop: its status tells how many are left. */
struct bsk_router_resize {
	uint32_t size; /* 1..BSK_ROUTER_SIZE_MAX */
};
BSK_DECLARE(bsk_router_resize);

/* The answer. */
struct bsk_router_resized {
	uint32_t size;    /* there are now */
	uint32_t leaving; /* beside them: they handle what they have */
};
BSK_DECLARE(bsk_router_resized);

/* What a router answers to bsk_status_ask. */
struct bsk_router_status {
	int32_t policy;    /* enum bsk_router_policy */
	uint32_t workers;  /* there are now */
	uint32_t size;     /* of those it has made itself */
	uint32_t leaving;  /* others of its own, until they have handled all */
	uint32_t restarts; /* of its own, in this life */
	uint64_t passed;   /* messages, to one or to all */
	uint64_t unrouted; /* messages that found no worker, or had no key */
};
BSK_DECLARE(bsk_router_status);

/* The ports of a router. */
enum bsk_router_port {
	BSK_ROUTER_WORKERS, /* "workers", out: bsk_bytes in a deployment */
	BSK_ROUTER_IN,      /* "in", in: the same */
	BSK_ROUTER_OUT      /* "out", out: what its own workers say */
};

/* The class "router". */
extern const struct bsk_class bsk_router_class;

#ifdef __cplusplus
}
#endif

#endif
