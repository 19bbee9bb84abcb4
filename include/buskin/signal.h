/* buskin/signal.h - signals: who hears that one was sent to this process.
 *
 * The signal actor is a service: bsk_service(ctx, &bsk_signal_class, &signal).
 *
 *	bsk_signal_watch    ask; answered by bsk_result
 *	bsk_signal_raised   comes to the watcher, again and again; the first may
 *	                    come before the answer
 *	bsk_signal_unwatch  ask; answered by bsk_result
 *
 * Many actors may watch one signal; each is told. A watcher that ends is
 * forgotten. A signal that nobody watches keeps the action it had before, and
 * gets it back when its last watcher goes.
 *
 * Standard signals may coalesce in the kernel, so one bsk_signal_raised stands
 * for at least one; real-time signals queue, and each comes with its own pid,
 * uid and value, in order.
 *
 * A signal is of the whole process: two systems in one process cannot watch
 * the same one; the second is told -EBUSY.
 */
#ifndef BUSKIN_SIGNAL_H
#define BUSKIN_SIGNAL_H

#include <buskin/class.h>
#include <buskin/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Watch a signal for the sender. Answered by bsk_result once it is being
 * caught: -EINVAL: no such signal, or one that cannot be caught; -EBUSY:
 * another system in this process watches it; -EALREADY: the sender has asked
 * before and is not answered yet. Watching twice is watching once. */
struct bsk_signal_watch {
	int32_t number; /* 1..31, 34..64; not SIGKILL, not SIGSTOP */
	bool replace;   /* instead of all who watch it now: they are told no
	                 * more, and the asks that wait fail with -ECANCELED */
};
BSK_DECLARE(bsk_signal_watch);

/* Stop watching. Answered by bsk_result, after the last watcher's only when
 * the signal has its old action back: 0: removed; -ENOENT: the sender did not
 * watch it; -EINVAL: as for bsk_signal_watch. */
struct bsk_signal_unwatch {
	int32_t number; /* as in bsk_signal_watch */
};
BSK_DECLARE(bsk_signal_unwatch);

/* A signal was sent to this process. */
struct bsk_signal_raised {
	int32_t number; /* which */
	int32_t code;   /* si_code of sigaction(2): SI_USER, SI_QUEUE, ... */
	int32_t pid;    /* who sent it; 0: the kernel, or not known */
	uint32_t uid;   /* and as which user */
	int32_t value;  /* what sigqueue(3) sent along; else 0 */
	uint32_t count; /* how many this stands for, as far as is known; from
	                 * 1 */
};
BSK_DECLARE(bsk_signal_raised);

/* How signals are caught. */
enum bsk_signal_how {
	BSK_SIGNAL_AUTO, /* `fd` where a thread is in bsk_system_run, for it is
	                  * the program's first then; else `handler` */
	BSK_SIGNAL_FD,   /* signalfd(2). Every thread of the process must block
	                  * what is watched: the system's own do, and the thread
	                  * that called bsk_system_run */
	BSK_SIGNAL_HANDLER /* sigaction(2): for a process with threads of its
	                    * own that leave signals open */
};

/* The signal actor's config. */
struct bsk_signal_config {
	int32_t how; /* enum bsk_signal_how */
};
BSK_DECLARE(bsk_signal_config);

/* How the signal actor stands. */
struct bsk_signal_status {
	int32_t how;      /* how signals are caught: never BSK_SIGNAL_AUTO */
	uint64_t raised;  /* signals caught, as far as is known */
	uint64_t late;    /* of these: nobody watched any more by then */
	bsk_list signals; /* of struct bsk_resource: who watches which */
};
BSK_DECLARE(bsk_signal_status);

/* Whether there is such a signal and it can be watched: 0, or -EINVAL and in
 * `ret_text` why not. Any thread. */
int bsk_signal_check(int number, bsk_text *ret_text);

/* What to say of a call of sigaction(2) or signalfd(2) that failed with `error`
 * (negative errno): "signal 34 cannot be caught" for -EINVAL, else that the
 * signal cannot be changed; nothing for 0. Any thread. */
bsk_text bsk_signal_refusal(int number, int error);

/* Catch a signal, or let it go again. Between the signal actor and the one
 * that does the catching for it; ask, answered by bsk_result. What is caught
 * is told to the parent as bsk_signal_raised. */
struct bsk_signal_catch {
	int32_t number; /* a valid one */
	bool on;        /* false: let it go */
};
BSK_DECLARE(bsk_signal_catch);

/* The config of class "signal-host". */
struct bsk_signal_host_config {
	bsk_fd fd; /* a duplicate of the signalfd whose set it keeps */
};
BSK_DECLARE(bsk_signal_host_config);

/* The class "signal": the service. */
extern const struct bsk_class bsk_signal_class;

/* The class "signal-fd": catches by signalfd(2). */
extern const struct bsk_class bsk_signal_fd_class;

/* The class "signal-host": blocks signals in the host's thread, and keeps the
 * signalfd's set. */
extern const struct bsk_class bsk_signal_host_class;

/* The class "signal-handler": catches by sigaction(2). */
extern const struct bsk_class bsk_signal_handler_class;

#ifdef __cplusplus
}
#endif

#endif
