/* current.h - what this thread is to the system that it works for. */
#ifndef CURRENT_H
#define CURRENT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "stack.h"

struct bsk_type;
struct cell;
struct worker;

/* A thread, as one of those that may run a worker; see gate.h. */
struct hand {
	/* The worker whose work this thread is doing; NULL on a thread outside
	 * the system. */
	struct worker *worker;
	/* The worker that it has entered by the gate; NULL: none. Not that of
	 * a system within a handler, which nobody else may take. */
	struct worker *entered;
	/* It is in the runtime, where it may touch the worker, and not in a
	 * handler. Read by who would take the worker from it; see gate.h. */
	_Atomic bool is_inside;

	/* Of one that the worker was taken from. Under the gate's lock; its
	 * own when it has the worker back. */
	struct hand *next;
	int64_t since_ns;            /* when its handler was seen; 0: it has not
	                              * lost the worker in this one */
	struct cell *cell;           /* whose handler */
	const struct bsk_type *type; /* and what it was given */
	unsigned asked;              /* looks since it was, for its stack; 0 */
	bool is_told;                /* that it has run for too long */

	/* To be asked where it is; see stack.h. */
	pthread_t thread;
	struct stack stack;
};

/* The one writable object of the library. */
extern _Thread_local struct hand current_hand;

#define current_worker (current_hand.worker)

#endif
