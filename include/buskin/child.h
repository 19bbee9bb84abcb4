/* buskin/child.h - child processes: who hears how one ended.
 *
 * The child watcher is a service:
 * bsk_service(ctx, &bsk_child_watcher_class, &watcher).
 *
 *	bsk_child_watch     ask; answered by bsk_result
 *	bsk_child_exited    comes to the watcher, once
 *	bsk_child_stopped, bsk_child_continued
 *	                    come to watchers that want them
 *	bsk_child_unwatch   ask; answered by bsk_result
 *	bsk_child_signal    ask; answered by bsk_result
 *	bsk_child_strategy_set, bsk_child_strangers_read
 *	                    ask; answered by bsk_result
 *	bsk_status_ask      ask; answered by bsk_child_watcher_status
 *
 * How it learns of an end is its strategy's business, and may be changed while
 * it runs. It reaps the children that it watches and no others, save with the
 * strategy `reap-all`. A child that ended before it was watched is reported
 * all the same.
 */
#ifndef BUSKIN_CHILD_H
#define BUSKIN_CHILD_H

#include <buskin/class.h>
#include <buskin/os.h>
#include <buskin/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Watch a child of this process for the sender. Answered by bsk_result:
 * -EINVAL: not a pid, or asked from outside the system; -ESRCH: no such
 * process; -ECHILD: it is no child of ours; -EBUSY: another actor watches it;
 * -EOPNOTSUPP: `exit_only` is for the strategy `pidfd`. A child that is ours
 * no longer since somebody else reaped it is told as lost where it cannot be
 * known that it never was: in every strategy but `pidfd`, or where its pidfd
 * is given. Watching twice is watching once: the later request counts. */
struct bsk_child_watch {
	int32_t pid;   /* which; from 1 */
	bsk_fd pidfd;  /* its pidfd, the watcher's from here on; none: it opens
	                * one where it needs it */
	bool owned;    /* whoever started it kills it when its own end comes:
	                * so a watcher that is stopped waits a moment to reap
	                * it */
	bool replace;  /* the sender alone watches it from here on; whoever did
	                * is not told any more */
	bool shared;   /* others may watch it too, if all of them say so */
	bool exit_only; /* any process, also one that is no child of ours: it
	                * is not reaped, and how it ends is not known
	                * (`lost`) */
	bool stops;    /* tell also when it is stopped or continued */
};
BSK_DECLARE(bsk_child_watch);

/* Do not tell the sender any more; the child is not reaped either. Answered by
 * bsk_result: 0: removed, nothing will come; -ENOENT: the sender did not watch
 * it, or it has ended and that was told before this answer. */
struct bsk_child_unwatch {
	int32_t pid; /* which */
};
BSK_DECLARE(bsk_child_unwatch);

/* Send a signal to a watched child, never to a stranger that has got the same
 * pid. Answered by bsk_result: -ESRCH: it is not watched, or has ended;
 * -EINVAL: no such signal; -EPERM; -EAGAIN: the strategy is being changed. */
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

/* A watched child has been stopped. It has not ended. */
struct bsk_child_stopped {
	int32_t pid;    /* which */
	int32_t signal; /* the signal that stopped it */
};
BSK_DECLARE(bsk_child_stopped);

/* A stopped child goes on. */
struct bsk_child_continued {
	int32_t pid; /* which */
};
BSK_DECLARE(bsk_child_continued);

/* A child that nobody watched has ended and was reaped: only by the strategy
 * `reap-all`. Told by the port "strangers" and to whoever reads them. */
struct bsk_child_stranger {
	int32_t pid;    /* which it was */
	int32_t code;   /* as in bsk_child_exited */
	int32_t signal; /* as in bsk_child_exited */
	bool core;      /* as in bsk_child_exited */
};
BSK_DECLARE(bsk_child_stranger);

/* Tell the sender of strangers, those that are kept and all that come; whoever
 * read them before is not told any more. Answered by bsk_result: -EINVAL: asked
 * from outside the system. */
struct bsk_child_strangers_read {
	uint8_t reserved; /* 0 */
};
BSK_DECLARE(bsk_child_strangers_read);

/* How children are watched. */
enum bsk_child_strategy {
	BSK_CHILD_AUTO,  /* as is best here: `pidfd`, or else `scan` */
	BSK_CHILD_PIDFD, /* one pidfd for each, in the reactor */
	BSK_CHILD_SCAN,  /* SIGCHLD, then a look at each by its pid */
	BSK_CHILD_REAP_ALL, /* SIGCHLD, then whoever has ended is reaped, also
	                  * who is not watched: for a process that is init.
	                  * One in a process */
	BSK_CHILD_THREAD, /* a thread that sleeps in waitid(2): where there are
	                  * neither pidfds nor signals to be had */
	BSK_CHILD_STRATEGIES /* how many there are */
};

/* Change the strategy; whatever is watched stays watched, and no end is lost.
 * Answered by bsk_result once the new one watches: -EINVAL: no such strategy;
 * -EALREADY: it is being changed; else why the new one cannot begin, as -EBUSY
 * for a second `reap-all` in the process or -ENOSYS for `pidfd` on an old
 * kernel: then the old one goes on. */
struct bsk_child_strategy_set {
	int32_t strategy; /* enum bsk_child_strategy */
};
BSK_DECLARE(bsk_child_strategy_set);

/* The child watcher's config. */
struct bsk_child_watcher_config {
	int32_t strategy; /* enum bsk_child_strategy */
	int64_t look_ns;  /* how often all children are looked at, for what no
	                   * signal tells, as that somebody else has reaped
	                   * one; not `pidfd`, which is always told. 0: 1 s */
	int64_t stranger_after_ns; /* with `reap-all`, an ended child may
	                   * still be claimed by a watch for so long before it
	                   * is told as a stranger; 0: 1 s */
};
BSK_DECLARE(bsk_child_watcher_config);

/* How the child watcher stands. */
struct bsk_child_watcher_status {
	int32_t strategy;   /* enum bsk_child_strategy, never BSK_CHILD_AUTO */
	bool active;        /* the strategy watches; false while it begins */
	uint32_t watched;   /* children watched now */
	uint32_t strangers; /* strangers kept that nobody has read */
	uint64_t told;      /* ends told so far */
	uint64_t lost;      /* of these: without a code */
	uint64_t forgotten; /* strangers dropped, for want of room */
	uint64_t unexpected; /* ends seen of children that nobody watches, and
	                     * that were left alone */
	bsk_list children;  /* of struct bsk_resource: whoever watches, the
	                     * pid; at most BSK_STATUS_LIST_MAX */
};
BSK_DECLARE(bsk_child_watcher_status);

/* What a status of wait(2) means as a code: the exit code, or minus the signal
 * that killed it. A status that is neither (stopped, continued) is returned as
 * it is. Any thread. */
int bsk_child_code(int status);

/* Sends a signal to a child of this process by its pid, where there is no
 * pidfd: only if such a child is there, alive or not yet reaped, so that it
 * goes to no stranger who has got the same pid. Whoever alone reaps that child
 * may be sure of it. 0; -ESRCH: no child of that pid; else what kill(2) says.
 * Any thread. */
int bsk_child_kill(const struct bsk_os *os, int32_t pid, int number);

/* The out port of a child watcher. */
enum bsk_child_watcher_port {
	BSK_CHILD_STRANGERS /* bsk_child_stranger */
};

/* The class "child-watcher": the service. */
extern const struct bsk_class bsk_child_watcher_class;

#ifdef __cplusplus
}
#endif

#endif
