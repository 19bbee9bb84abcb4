/* buskin/supervisor.h - a supervisor: starts children, and again when they end.
 *
 * Semantics are OTP's, with back-off: what ended is restarted after a delay
 * that grows. When its restart would be one more than `restarts` within
 * `within`, none is waited for, and the supervisor does what `on_exhausted`
 * says. A child that lived at least as long as that time has its delay start
 * anew. Ref and mailbox of a child stay the same over restarts.
 *
 * Where others are restarted with the one that failed, they are stopped first,
 * the last started first, each within its grace; then the delay runs; then all
 * are started in order, each when the one before is open. Temporary children
 * among them are gone then. That counts as one restart. What ends by itself
 * while it is stopped does not count; what fails while they are started counts
 * once more, and the group begins anew. The log names the child that failed
 * first.
 *
 * A child that somebody kills (bsk_kill) has failed with -ECANCELED. One that
 * was stopped or ended in order stays listed, unless it is temporary: it can
 * be started again, by bsk_child_restart or with its group, and is another
 * actor then, with another ref. When the supervisor itself ends all its
 * children do; what it began with (`children`) it begins with again when it is
 * restarted.
 */
#ifndef BUSKIN_SUPERVISOR_H
#define BUSKIN_SUPERVISOR_H

#include <buskin/class.h>
#include <buskin/life.h>

#ifdef __cplusplus
extern "C" {
#endif

/* When a child is restarted. */
enum bsk_restart_kind {
	BSK_PERMANENT, /* whenever it ends */
	BSK_TRANSIENT, /* when it fails; not when it ends in order */
	BSK_TEMPORARY  /* never */
};

/* Who is restarted when a child is. */
enum bsk_strategy {
	BSK_ONE_FOR_ONE, /* that child */
	BSK_ONE_FOR_ALL, /* all */
	BSK_REST_FOR_ONE /* that child, and those started after it */
};

/* What a supervisor does when a significant child has ended by itself and is
 * not restarted. */
enum bsk_auto_shutdown {
	BSK_AUTO_SHUTDOWN_NEVER, /* nothing */
	/* stop its children, and end in order */
	BSK_AUTO_SHUTDOWN_ANY_SIGNIFICANT,
	BSK_AUTO_SHUTDOWN_ALL_SIGNIFICANT /* the same once none is left */
};

/* What a supervisor does when a restart would be one too many. */
enum bsk_on_exhausted {
	BSK_EXHAUSTED_ESCALATE, /* stop its children, and fail with -ELOOP */
	BSK_EXHAUSTED_STOP,     /* stop its children, and end in order */
	/* leave that child stopped; the others live on as they are */
	BSK_EXHAUSTED_KEEP_DOWN
};

/* What becomes of a child's mailbox when it is restarted. */
enum bsk_mailbox_fate {
	BSK_MAILBOX_KEEP, /* what waits is handled by the next life */
	BSK_MAILBOX_DROP  /* what waits becomes dead letters */
};

/* How a supervisor judges. Without a config: 5 restarts within 30 s, delays
 * from 100 ms up to 10 s, jitter 0.2. */
struct bsk_supervisor_config {
	/* enum bsk_strategy */
	int32_t strategy;
	/* How many restarts are allowed, up to 100000, ... */
	uint32_t restarts;
	/* ... in so long; 1 ms and up. */
	int64_t within_ns;
	/* The delay before the first restart; 0: none. */
	int64_t backoff_first_ns;
	/* It doubles up to this. */
	int64_t backoff_max_ns;
	/* 0..1: each delay is drawn from (1 - j, 1 + j) times it. */
	double backoff_jitter;
	/* enum bsk_on_exhausted */
	int32_t on_exhausted;
	/* enum bsk_auto_shutdown */
	int32_t auto_shutdown;
	/* Of struct bsk_child_start: who is started as it opens, in order, each
	 * when the one before is open; in each life of the supervisor. */
	bsk_list children;
};
BSK_DECLARE(bsk_supervisor_config);

/* A grace that never ends: such a child is never killed. */
#define BSK_GRACE_FOREVER INT64_MAX

/* Start a child, after those started before. Ask; answered by
 * bsk_child_started, or bsk_result with the error and the field: -EEXIST: the
 * name is taken, or listed; -ENOENT: no such class; -EINVAL: a config of
 * another class, a wire from no out port, a number out of its range, or what
 * cannot work; -ESHUTDOWN: the supervisor is stopping; -ENOMEM. Then there is
 * no child. While a group is restarted it waits until that is over. */
struct bsk_child_start {
	bsk_text name;       /* registered; unique in the system */
	bsk_text class_name; /* one of the system's classes */
	struct bsk_parcel *config; /* of the class's config type; NULL: none */
	bsk_list wires;      /* of struct bsk_wire */
	int32_t restart;     /* enum bsk_restart_kind */
	int32_t placement;   /* enum bsk_placement */
	uint32_t capacity;   /* of its mailbox; 0: the system's default */
	uint64_t capacity_bytes; /* and bytes */
	uint32_t alarm;      /* percent of either: see buskin/actor.h */
	int32_t on_full;     /* enum bsk_on_full */
	/* How long it may take to stop before it is killed; 0: 5 s, and
	 * for ever if it is a supervisor itself. */
	int64_t grace_ns;
	/* Its end may end the supervisor: see `auto_shutdown`. Not with
	 * permanent, nor where that is never. */
	bool significant;
	int32_t mailbox;     /* enum bsk_mailbox_fate */
	/* What its handler failed on is handled by the next life, first of
	 * all: see `redelivers` in buskin/actor.h. Not with temporary, nor
	 * where the mailbox is dropped. */
	bool redeliver;
	/* So many lives a message may cost it, 1..255; then it is a dead
	 * letter, and the fault tells its content. 0: 3. Only with
	 * `redeliver`. */
	uint32_t poison;
	/* Its own budget beside the supervisor's: so many restarts, up to
	 * 100000, ... */
	uint32_t restarts;
	int64_t within_ns;   /* ... in so long; 0: it has none */
};
BSK_DECLARE(bsk_child_start);

/* The answer: it is started, or at least on its way. */
struct bsk_child_started {
	bsk_ref child; /* stays the same over restarts */
};
BSK_DECLARE(bsk_child_started);

/* Stop a child in order, and do not restart it. Ask; answered by bsk_result
 * when it has ended; at once when it had already. A temporary child is not
 * listed any more then. -ENOENT: no such child; -ENOMEM: it goes on. */
struct bsk_child_stop {
	bsk_text name; /* which */
};
BSK_DECLARE(bsk_child_stop);

/* Start a child that is listed and stopped, at its old place in the order. Ask;
 * answered as bsk_child_start is. -ENOENT: no such child; -EALREADY: it is
 * not stopped. */
struct bsk_child_restart {
	bsk_text name; /* which */
};
BSK_DECLARE(bsk_child_restart);

/* Take a child that is stopped off the list. Ask; answered by bsk_result.
 * -ENOENT: no such child; -EBUSY: it is not stopped. */
struct bsk_child_delete {
	bsk_text name; /* which */
};
BSK_DECLARE(bsk_child_delete);

/* Where a child is. */
enum bsk_ward_state {
	BSK_WARD_STOPPED,  /* is listed; there is no actor */
	BSK_WARD_STARTING, /* bsk_open has not returned yet */
	BSK_WARD_RUNNING,
	BSK_WARD_STOPPING, /* was told to stop */
	BSK_WARD_WAITING   /* has ended, and will be restarted */
};

/* A child, as its supervisor knows it. */
struct bsk_child_info {
	bsk_text name;       /* its name */
	bsk_text class_name; /* its class */
	bsk_ref child;       /* nobody: there is no actor */
	int32_t state;       /* enum bsk_ward_state */
	int32_t restart;     /* enum bsk_restart_kind */
	bool significant;    /* whether it is */
	uint32_t restarts;   /* how often it was started again */
	int32_t reason;      /* why its last life ended; 0: in order, or none
	                      * has */
};
BSK_DECLARE(bsk_child_info);

/* Who are your children? Ask, answered by bsk_children. Control. */
struct bsk_children_ask {
	uint32_t from; /* leave out so many, the first started */
};
BSK_DECLARE(bsk_children_ask);

/* The answer; also what the class answers to bsk_status_ask. */
struct bsk_children {
	int32_t strategy;   /* enum bsk_strategy */
	uint32_t restarts;  /* of any child or group, in this life */
	uint32_t count;     /* how many children are listed */
	uint32_t from;      /* so many were left out */
	/* of struct bsk_child_info, in the order of starting; at most
	 * BSK_STATUS_LIST_MAX */
	bsk_list children;
};
BSK_DECLARE(bsk_children);

/* The class "supervisor". When it is asked to stop, it stops its children,
 * last first, each with its own grace, and then ends. */
extern const struct bsk_class bsk_supervisor_class;

#ifdef __cplusplus
}
#endif

#endif
