/* buskin/deployer.h - the deployer: brings a planned deployment up and down.
 *
 * It spawns the supervisors, asks them for the actors in the order of the plan
 * (whoever is wired to comes first). Asked to stop, it stops the actors in
 * reverse order, sources first, then the supervisors. When a supervisor fails,
 * or an actor cannot be started, it says so in the log and stops the system
 * with status 1; when a supervisor ends in order, with status 0. That goes for
 * those under others too, unless the one above has stopped them.
 *
 * bsk_deployment_start makes the plan; a program may also write its own.
 */
#ifndef BUSKIN_DEPLOYER_H
#define BUSKIN_DEPLOYER_H

#include <buskin/class.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A supervisor of the plan. */
struct bsk_deployer_supervisor {
	bsk_text name; /* registered; unique among supervisors and actors */
	struct bsk_parcel *config; /* a bsk_supervisor_config */
};
BSK_DECLARE(bsk_deployer_supervisor);

/* A wire of the plan. */
struct bsk_deployer_wire {
	bsk_text port;   /* the out port's name */
	bsk_text to;     /* the name of the actor it leads to, one that comes
	                  * earlier in the plan */
	int32_t on_full; /* enum bsk_on_full: the wire's own policy */
};
BSK_DECLARE(bsk_deployer_wire);

/* A wire that closes a cycle: from an actor that comes earlier in the plan, or
 * from this one itself. It is laid as soon as this one is up; what is sent
 * through the port before goes to the port's other wires only. */
struct bsk_deployer_late {
	bsk_text from;   /* the name of the actor it comes from */
	bsk_text port;   /* that one's out port */
	int32_t on_full; /* enum bsk_on_full: the wire's own policy */
};
BSK_DECLARE(bsk_deployer_late);

/* An actor of the plan. */
struct bsk_deployer_actor {
	bsk_text name;             /* registered; unique */
	bsk_text class_name;       /* one of the system's classes */
	bsk_text supervisor;       /* the name of one of the plan's */
	struct bsk_parcel *config; /* of the class's config type; NULL: none */
	bsk_list wires;            /* of struct bsk_deployer_wire */
	bsk_list late;             /* of struct bsk_deployer_late */
	int32_t restart;           /* enum bsk_restart_kind */
	int32_t placement;         /* enum bsk_placement */
	uint32_t capacity;         /* of its mailbox; 0: the system's default */
	uint64_t capacity_bytes;   /* and bytes; 0: the system's default */
	uint32_t alarm;            /* percent of either: as bsk_child_start */
	int32_t on_full;           /* enum bsk_on_full of its mailbox */
	int64_t grace_ns;          /* how long it may take to stop before it is
	                            * killed; 0: as in bsk_child_start, and so
	                            * with all below */
	bool significant;          /* its end may end its supervisor */
	int32_t mailbox;           /* enum bsk_mailbox_fate */
	bool redeliver;            /* the next life handles what it failed on */
	uint32_t poison;           /* lives that a message may cost; 0: 3 */
	uint32_t restarts;         /* its own budget: so many restarts ... */
	int64_t within_ns;         /* ... in so long; 0: it has none */
};
BSK_DECLARE(bsk_deployer_actor);

/* The plan. */
struct bsk_deployer_config {
	bsk_list supervisors; /* of struct bsk_deployer_supervisor */
	bsk_list actors;      /* of struct bsk_deployer_actor, in the order of
	                       * starting */
};
BSK_DECLARE(bsk_deployer_config);

/* The class "deployer". */
extern const struct bsk_class bsk_deployer_class;

#ifdef __cplusplus
}
#endif

#endif
