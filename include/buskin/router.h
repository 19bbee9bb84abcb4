/* buskin/router.h - a router: one address for a pool of workers.
 *
 * Whatever message it is sent, of any type that it does not hear itself, it
 * passes on to one of its workers, or to all, as its policy says. What it
 * passes on to one keeps its sender and its ask: the worker's answer goes to
 * whoever asked, and a worker whose mailbox is full suspends that sender, not
 * the router. With the policy "broadcast" every worker but the last is sent a
 * copy by the router, which asks nothing: the last one answers.
 *
 * Workers are what is wired to its out port "workers", which may grow while it
 * runs, and whoever is added by bsk_router_add: so subscribers come and go, and
 * a router that broadcasts is a topic. A worker that has ended is no worker any
 * more. While there is none, a message is a dead letter, and an ask fails with
 * -ESRCH.
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
};
BSK_DECLARE(bsk_router_config);

/* Add a worker. Answered by bsk_result: -EEXIST, -EINVAL or -ENOMEM. */
struct bsk_router_add {
	bsk_ref worker;  /* nobody: the sender */
	uint8_t on_full; /* enum bsk_on_full: what its full mailbox does */
};
BSK_DECLARE(bsk_router_add);

/* Take a worker out: it handles what it has been passed, and gets no more.
 * Answered by bsk_result: -ENOENT. */
struct bsk_router_remove {
	bsk_ref worker; /* nobody: the sender */
};
BSK_DECLARE(bsk_router_remove);

/* What a router answers to bsk_status_ask. */
struct bsk_router_status {
	int32_t policy;    /* enum bsk_router_policy */
	uint32_t workers;  /* there are now */
	uint64_t passed;   /* messages, to one or to all */
	uint64_t unrouted; /* messages that found no worker, or had no key */
};
BSK_DECLARE(bsk_router_status);

/* The ports of a router. */
enum bsk_router_port {
	BSK_ROUTER_WORKERS, /* "workers", out: bsk_bytes in a deployment */
	BSK_ROUTER_IN       /* "in", in: the same */
};

/* The class "router". */
extern const struct bsk_class bsk_router_class;

#ifdef __cplusplus
}
#endif

#endif
