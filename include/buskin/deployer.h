/* buskin/deployer.h - the deployer: brings a planned deployment up and down.
 *
 * It spawns the supervisors, asks them for the actors in the order of the plan
 * (whoever is wired to comes first), and watches the signals that the plan
 * names. Asked to stop, it stops the actors in reverse order, sources first,
 * then the supervisors. When a supervisor gives up, or an actor cannot be
 * started, it says so in the log and stops the system with status 1.
 *
 * bsk_deployment_start makes the plan; a program may also write its own.
 */
#ifndef BUSKIN_DEPLOYER_H
#define BUSKIN_DEPLOYER_H

#include <buskin/class.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a signal does to the system. */
enum bsk_deployer_action {
	BSK_ON_SIGNAL_STOP,   /* stops it in order; the second time, at once */
	BSK_ON_SIGNAL_RELOAD, /* reads its files again; not supported yet: says so */
	BSK_ON_SIGNAL_IGNORE  /* nothing */
};

/* A signal and what it does. */
struct bsk_deployer_signal {
	int32_t number; /* of the signal */
	int32_t action; /* enum bsk_deployer_action */
};
BSK_DECLARE(bsk_deployer_signal);

/* A supervisor of the plan. */
struct bsk_deployer_supervisor {
	bsk_text name; /* registered; unique among supervisors and actors */
	struct bsk_parcel *config; /* a bsk_supervisor_config */
};
BSK_DECLARE(bsk_deployer_supervisor);

/* A wire of the plan. */
struct bsk_deployer_wire {
	bsk_text port;   /* the out port's name */
	bsk_text to;     /* the name of the actor it leads to */
	int32_t on_full; /* enum bsk_on_full: the wire's own policy */
	bool is_late;    /* `to` comes after this actor in the plan, so the wire
	                  * is laid once both are there */
};
BSK_DECLARE(bsk_deployer_wire);

/* An actor of the plan. */
struct bsk_deployer_actor {
	bsk_text name;             /* registered; unique */
	bsk_text class_name;       /* one of the system's classes */
	bsk_text supervisor;       /* the name of one of the plan's */
	struct bsk_parcel *config; /* of the class's config type; NULL: none */
	bsk_list wires;            /* of struct bsk_deployer_wire */
	int32_t restart;           /* enum bsk_restart_kind */
	int32_t placement;         /* enum bsk_placement */
	uint32_t capacity;         /* of its mailbox; 0: the system's default */
	uint64_t capacity_bytes;   /* and bytes; 0: the system's default */
	int32_t on_full;           /* enum bsk_on_full of its mailbox */
	int64_t grace_ns;          /* how long it may take to stop, then it is killed */
};
BSK_DECLARE(bsk_deployer_actor);

/* The plan. */
struct bsk_deployer_config {
	bsk_list supervisors; /* of struct bsk_deployer_supervisor */
	bsk_list actors;      /* of struct bsk_deployer_actor, first to start first */
	bsk_list signals;     /* of struct bsk_deployer_signal */
};
BSK_DECLARE(bsk_deployer_config);

/* The class "deployer". */
extern const struct bsk_class bsk_deployer_class;

#ifdef __cplusplus
}
#endif

#endif
