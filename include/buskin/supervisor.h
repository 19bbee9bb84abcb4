/* buskin/supervisor.h - a supervisor: starts children, and again when they end.
 *
 * Semantics are OTP's (one_for_one here), with back-off: a child that ended is
 * restarted after a delay that grows. When its restart would be one more than
 * `restarts` within `within`, none is waited for: the supervisor stops its
 * other children, last first, and itself fails with -ELOOP. A child that lived
 * at least as long as that time has its delay start anew. Ref and mailbox of a
 * child stay the same over restarts.
 *
 * A child that somebody kills (bsk_kill) has failed with -ECANCELED. When the
 * supervisor itself fails all its children are gone: a restarted one begins
 * without any.
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

/* How a supervisor judges. Without a config: 5 restarts within 30 s, delays
 * from 100 ms up to 10 s, jitter 0.2. */
struct bsk_supervisor_config {
	/* 0: one_for_one. */
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
};
BSK_DECLARE(bsk_supervisor_config);

/* Start a child, after those started before. Ask; answered by
 * bsk_child_started, or bsk_result with the error: -EEXIST: the name is taken;
 * -ENOENT: no such class; -EINVAL: a config of another class, a wire from no
 * out port, a number out of its range; -ESHUTDOWN: the supervisor is stopping;
 * -ENOMEM. Then there is no child. */
struct bsk_child_start {
	bsk_text name;       /* registered; unique in the system */
	bsk_text class_name; /* one of the system's classes */
	struct bsk_parcel *config; /* of the class's config type; NULL: none */
	bsk_list wires;      /* of struct bsk_wire */
	int32_t restart;     /* enum bsk_restart_kind */
	int32_t placement;   /* enum bsk_placement */
	uint32_t capacity;   /* of its mailbox; 0: the system's default */
	uint64_t capacity_bytes; /* and bytes */
	int32_t on_full;     /* enum bsk_on_full */
	/* How long it may take to stop before it is killed; 0: 5 s. */
	int64_t grace_ns;
};
BSK_DECLARE(bsk_child_start);

/* The answer: it is started, or at least on its way. */
struct bsk_child_started {
	bsk_ref child; /* stays the same over restarts */
};
BSK_DECLARE(bsk_child_started);

/* Stop a child in order, and do not restart it. Ask; answered by bsk_result
 * when it has ended. -ENOENT: no such child. */
struct bsk_child_stop {
	bsk_text name; /* which */
};
BSK_DECLARE(bsk_child_stop);

/* The class "supervisor". When it is asked to stop, it stops its children,
 * last first, each with its own grace, and then ends. */
extern const struct bsk_class bsk_supervisor_class;

#ifdef __cplusplus
}
#endif

#endif
