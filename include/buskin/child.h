/* buskin/child.h - child processes: who hears how one ended.
 *
 * The child watcher is a service:
 * bsk_service(ctx, &bsk_child_watcher_class, &watcher).
 *
 *	bsk_child_watch    ask; answered by bsk_result
 *	bsk_child_exited   comes to the watcher, once
 *	bsk_child_unwatch  ask; answered by bsk_result
 *	bsk_child_signal   ask; answered by bsk_result
 *
 * It reaps the children that it watches and no others. A child that ended
 * before it was watched is reported all the same.
 */
#ifndef BUSKIN_CHILD_H
#define BUSKIN_CHILD_H

#include <buskin/class.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Watch a child of this process for the sender. Answered by bsk_result:
 * -EINVAL: not a pid; -ESRCH: no such process; -ECHILD: it is no child of
 * ours; -EBUSY: another actor watches it; -ENOSYS: a kernel without pidfds.
 * Watching twice is watching once. */
struct bsk_child_watch {
	int32_t pid;   /* which; from 1 */
	bsk_fd pidfd;  /* its pidfd, the watcher's from here on; none: it opens
	                * one */
	bool owned;    /* whoever started it kills it when its own end comes:
	                * so a watcher that is stopped waits a moment to reap
	                * it */
};
BSK_DECLARE(bsk_child_watch);

/* Do not tell the sender any more; the child is not reaped either. Answered by
 * bsk_result: 0: removed; -ENOENT: the sender did not watch it. */
struct bsk_child_unwatch {
	int32_t pid; /* which */
};
BSK_DECLARE(bsk_child_unwatch);

/* Send a signal to a watched child, by its pidfd and so never to a stranger
 * that has got the same pid. Answered by bsk_result: -ESRCH: it is not
 * watched, or has ended; -EINVAL: no such signal; -EPERM. */
struct bsk_child_signal {
	int32_t pid;    /* which */
	int32_t number; /* the signal */
};
BSK_DECLARE(bsk_child_signal);

/* A watched child has ended, and has been reaped. */
struct bsk_child_exited {
	int32_t pid;     /* which it was */
	int32_t code;    /* 0..255: its exit code; below 0: minus the signal
	                  * that killed it; 255 when lost */
	int32_t signal;  /* the signal that killed it; 0: none */
	bool core;       /* it left a core image */
	bool lost;       /* somebody else reaped it: how it ended is not
	                  * known */
	int64_t user_ns; /* time it ran, with its own children; nanoseconds */
	int64_t system_ns; /* time the kernel ran for it; nanoseconds */
	uint64_t memory_bytes; /* the most that was resident */
};
BSK_DECLARE(bsk_child_exited);

/* How children are watched. */
enum bsk_child_strategy {
	BSK_CHILD_AUTO, /* as is best here: `pidfd` */
	BSK_CHILD_PIDFD /* one pidfd for each, in the reactor */
};

/* The child watcher's config. */
struct bsk_child_watcher_config {
	int32_t strategy; /* enum bsk_child_strategy */
};
BSK_DECLARE(bsk_child_watcher_config);

/* The class "child-watcher": the service; it passes everything on to an actor
 * of the class that its strategy names. */
extern const struct bsk_class bsk_child_watcher_class;

/* The class "child-watcher-pidfd". Hears what the service hears. */
extern const struct bsk_class bsk_child_pidfd_class;

#ifdef __cplusplus
}
#endif

#endif
