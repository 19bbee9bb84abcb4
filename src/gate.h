/* gate.h - which thread may touch a worker.
 *
 * A worker belongs to the thread that runs it. While that one is in a handler
 * it touches the worker by calling verbs only; so if the handler takes long,
 * the worker can be lent to another thread, and the first waits at its next
 * verb, or at its handler's end, until it has the worker back.
 *
 * The thread's own way has no atomic read-modify-write. It says that it is
 * inside, and then looks whether it has lost the worker; who takes the worker
 * says so, and then looks whether the thread is inside. That each sees what the
 * other has said takes a full barrier between the two steps of both: the taker
 * makes one in all threads at once (membarrier(2)), and so the thread needs
 * none but the compiler's.
 */
#ifndef GATE_H
#define GATE_H

#include <pthread.h>

#include <buskin/os.h>

#include "current.h"

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t cond;     /* `runner` has become NULL */
	/* Who may touch the worker; NULL: whoever comes. Written under the
	 * lock. */
	_Atomic(struct hand *) runner;
	/* Somebody has lost it: see `absent`. Written under the lock. */
	_Atomic bool is_lent;
	_Atomic unsigned wanted; /* how many wait to have it back */
	unsigned waiting;        /* how many are in gate_enter */
	struct hand *absent;     /* those that it was taken from */
};

int gate_init(struct gate *gate);
void gate_release(struct gate *gate);

/* Waits until nobody else runs the worker. It is this thread's then, which is
 * inside. */
void gate_enter(struct gate *gate);

/* The worker is whoever's that comes next. */
void gate_leave(struct gate *gate);

/* Counts this thread among those that want the worker back, or not. */
void gate_want(struct gate *gate, bool wanted);

/* This thread, which the worker was taken from, has entered again. */
void gate_return(struct gate *gate);

/* What came of it. */
enum gate_loan {
	GATE_KEPT,  /* it is in the runtime, or must not be taken from there */
	GATE_TAKEN, /* the next to enter has it */
	GATE_GIVEN  /* the same, and somebody waits for it already */
};

/* Takes the worker from the thread that runs it, if that is in a handler which
 * stays where it is as long as this takes: `may` says whether it may be taken
 * from that, and only then fills in since when, whose and what it is. The
 * thread is put down as absent. */
enum gate_loan gate_lend(struct gate *gate, const struct bsk_os *os,
    bool (*may)(void *arg, struct hand *runner), void *arg);

/* Shows the thread that runs the worker, which does not end meanwhile; if
 * nobody does, nothing happens. */
void gate_with_runner(struct gate *gate,
    void (*act)(void *arg, struct hand *runner), void *arg);

/* Whether this thread may touch the worker. */
static inline bool
gate_is_mine(struct gate *gate)
{
	/* Acquire: pairs with the release in gate_lend, which gives back what
	 * it could not take. */
	return atomic_load_explicit(&gate->runner, memory_order_acquire) ==
	    &current_hand;
}

#endif
