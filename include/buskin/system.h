/* buskin/system.h - a system: the pool, the actors in it, their common fate.
 *
 * Several systems may live in one process; they share nothing but the process
 * itself. Where a function does not say otherwise, any thread outside the pool
 * may call it, but not a handler: handlers have their own verbs.
 *
 * A system belongs to the process that created it. In a child that was forked
 * and has not called exec, none of its threads are there, and so it is dead:
 * every function here that returns an error returns -EOWNERDEAD, and the others
 * do nothing. A handler that has forked is the last that runs there. The
 * system's descriptors are close-on-exec; its memory goes with the child.
 */
#ifndef BUSKIN_SYSTEM_H
#define BUSKIN_SYSTEM_H

#include <buskin/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a ring of actors that wait for each other's room is broken, at the one
 * whose wait closed it. */
enum bsk_on_deadlock {
	BSK_DEADLOCK_GO_ON, /* it waits no longer: beyond the bound for once */
	BSK_DEADLOCK_KILL   /* it is killed; its supervisor, if any, decides */
};

/* How to make a system. All zeros is a good default. */
struct bsk_system_options {
	/* for people: UTF-8, copied; NULL: "buskin" */
	const char *name;
	/* 0: the CPUs this process may use; at most 64 */
	uint32_t workers;
	/* NULL: bsk_os_libc; must outlive the system */
	const struct bsk_os *os;
	/* what bsk_class_find finds; ended by NULL; NULL: none. Must outlive
	 * the system */
	const struct bsk_class *const *classes;
	/* default bound of a mailbox; 0: 1024 messages */
	uint32_t capacity;
	uint64_t capacity_bytes; /* default bound of a mailbox; 0: 16 MiB */
	enum bsk_on_full on_full; /* default policy; suspend */
	/* default alarm of a mailbox, percent of its bounds, at most 100; 0:
	 * none. Services have none */
	uint8_t alarm;
	/* what becomes of an actor that waits for room in a mailbox whose actor
	 * waits, by way of others or not, for room in its own: nobody of that
	 * ring would ever go on. It is told of as a bsk_fault */
	enum bsk_on_deadlock on_deadlock;
	/* take over the sockets that the process was started with: see
	 * buskin/activation.h. For one system of a process, made while no other
	 * thread looks at the environment */
	bool activation;
	/* how long an ordered stop may take before what is left is killed; 0:
	 * 15 s */
	int64_t stop_timeout_ns;
	/* the registered name of the actor that is told of faults (bsk_fault)
	 * and overruns (bsk_overrun), copied; NULL: whoever takes them, the
	 * log for one. See bsk_take_faults */
	const char *fault_sink;
	/* a handler that runs so long or longer is reported as bsk_overrun, if
	 * it is not placed on a thread of its own; precise to some
	 * milliseconds; that of bsk_close is not. 0: 100 ms; negative: none
	 * is */
	int64_t overrun_ns;
	/* the signal by which the thread of such a handler is asked for its
	 * stack, while it runs, for the bsk_overrun; SIGURG does, or one of the
	 * real-time signals. It is the process's: nothing else may use it, nor
	 * another system. Its handler is installed with SA_RESTART; what
	 * signal(7) says is never restarted (poll, nanosleep, ...) returns
	 * EINTR to the late handler, once. 0: none, and no stack */
	int overrun_signal;
	/* a handler that has run so long keeps its worker no longer: another
	 * thread runs the worker until the handler calls a verb or ends, so
	 * that the other actors there go on; looked for every 2 ms. Actors of
	 * one worker are handled one at a time but for that. It takes
	 * membarrier(2). 0: 2 ms; negative: never, and no actor goes to
	 * another worker, which would have to wait for each handler */
	int64_t handover_ns;
};

/* Makes a system; nothing runs yet. -EINVAL: the name is not UTF-8, or the
 * alarm is more than 100, or the overrun_signal is no signal or none that may
 * be used for that (not SIGCHLD, SIGPIPE, SIGABRT, nor what cannot be caught or
 * says that a thread has done wrong); -EBUSY: that signal has a handler
 * already; -ENOMEM. */
int bsk_system_create(const struct bsk_system_options *options,
    bsk_system **ret_system);

/* Starts the pool's threads and one more, for actors placed on the host. All
 * signals are blocked in them. -EALREADY; what pthread_create(3) fails with. */
int bsk_system_start(bsk_system *system);

/* Starts the pool's threads and makes the calling thread the host, in place of
 * bsk_system_start: returns when the system has ended, with the status given
 * to bsk_system_stop (0..255) or a negative errno. SIGPIPE is blocked in it
 * meanwhile; its signal mask is otherwise as it was. -EALREADY: the system was
 * started before; -EDEADLK: called by a handler, also of another system. */
int bsk_system_run(bsk_system *system);

/* Asks the system to stop in order: the actors that were spawned from outside,
 * each with its children; then the services, and who takes the faults. They go
 * by phases (`stop_phase` in buskin/actor.h), from low to high: first what
 * takes work in, at last what the work is kept in. A phase begins when all of
 * the one before have ended; within a phase they go one by one, the last that
 * was spawned first. One deadline is for all of them. `status` is what
 * bsk_system_run returns; the first call counts. A second call kills what is
 * left, as the deadline does (stop_timeout_ns): each actor that is left is told
 * of before, with what it still holds, as a bsk_fault (buskin/life.h). Any
 * thread, any time, also a handler. */
void bsk_system_stop(bsk_system *system, int status);

/* Waits until a system that was started has ended. Returns its status, or
 * -ETIMEDOUT after `timeout_ns` (negative: no limit); -EDEADLK: called by a
 * handler of it. */
int bsk_system_wait(bsk_system *system, int64_t timeout_ns);

/* Frees a system that has ended or was never started; one that still runs is
 * stopped and waited for, and who does not end in time is told of. What never
 * ran holds nothing: of that nothing is told. NULL is let pass. Never in a
 * handler of it. */
void bsk_system_destroy(bsk_system *system);

/* Spawns an actor from outside; as bsk_spawn. */
int bsk_system_spawn(bsk_system *system, const struct bsk_class *class_,
    struct bsk_parcel *config, const struct bsk_spawn_options *options,
    bsk_ref *ret_ref);

/* Sends from outside. -EAGAIN: the mailbox is full; the message is dropped. */
int bsk_system_send(bsk_system *system, bsk_ref to, bsk_message *message);

/* Asks from outside and blocks for the answer. `ret_answer` is the caller's,
 * to read and to free by bsk_message_free. Returns 0 or the reason in
 * bsk_ask_failed: -ETIMEDOUT, -ESRCH, ...; -EDEADLK: called by a handler of
 * it. */
int bsk_system_call(bsk_system *system, bsk_ref to, bsk_message *message,
    int64_t timeout_ns, bsk_message **ret_answer);

/* The actor of that name. -ENOENT. */
int bsk_system_find(bsk_system *system, const char *name, bsk_ref *ret_ref);

/* The classes it was created with; ended by NULL; never NULL. */
const struct bsk_class *const *bsk_system_classes(const bsk_system *system);

/* How many messages are alive anywhere in the system. */
uint64_t bsk_system_messages(const bsk_system *system);

#ifdef __cplusplus
}
#endif

#endif
