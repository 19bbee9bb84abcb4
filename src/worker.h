/* worker.h - a worker: a thread's worth of ready tasks, with what they need.
 *
 * A worker runs anonymous tasks and carries messages from and to other
 * workers; it knows neither actors nor descriptors. Everything in it belongs
 * to its own thread, save what is marked otherwise.
 */
#ifndef WORKER_H
#define WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <buskin/os.h>
#include <buskin/park.h>

#include "arena.h"
#include "edges.h"
#include "gate.h"
#include "inbox.h"
#include "published.h"
#include "ring.h"
#include "stock.h"
#include "wheel.h"

enum {
	WORKERS_POOL = 64,  /* workers of the pool at most */
	WORKERS_MAX = 256   /* with the host and threads of their own */
};

/* What waits in a run queue; embedded in whatever is to run. */
struct task {
	struct task *next;
	/* Runs for a bounded while. */
	void (*run)(struct task *task, struct worker *worker);
};

/* What a worker calls of those above it. */
struct worker_hooks {
	/* A message has come from another worker or from outside. */
	void (*on_arrival)(struct worker *worker, struct bsk_message *message);
	/* The table of edges is full, and some may be of no use any more. */
	void (*on_crowd)(struct worker *worker);
	/* Looks for readiness or sleeps on it, where an actor offers to. */
	void (*on_park)(struct worker *worker, int64_t timeout_ns);
	/* It begins to run, or has slept. */
	void (*on_awake)(struct worker *worker);
	/* An actor at home there waits in a ring that nothing else will end. */
	void (*on_ring)(struct worker *worker, struct cell *cell);
	/* Somebody has set `is_summoned`. */
	void (*on_summons)(struct worker *worker);
	/* The mailbox of an actor at home there has become fuller than its
	 * alarm says, or no longer is. */
	void (*on_alarm)(struct worker *worker, struct cell *cell,
	    bool is_raised);
	/* Its ready tasks wait long, for messages that take long. */
	void (*on_load)(struct worker *worker);
};

/* Whether a worker sleeps. */
enum worker_sleep {
	WORKER_AWAKE,
	WORKER_ASLEEP,
	WORKER_NOTIFIED /* there is something new; it must not fall asleep */
};

struct worker {
	unsigned index;              /* which of the system's workers */
	unsigned turns;              /* run since it last looked around */
	struct task *first;          /* ready tasks, in order */
	struct task *last;
	int64_t polled_ns;           /* when it last looked for readiness */
	uint64_t chance;             /* state of its generator */
	unsigned turn_budget;        /* messages a task may handle in a turn */
	unsigned timed;              /* turns until one is timed again */
	bool is_watched;             /* each handler is traced or timed; then
	                              * `is_looked_at` stays set */
	unsigned look_turns;         /* between two looks around */
	int64_t seen_ns;             /* the time when it last looked around */
	int64_t ticked_ns;           /* for those above: when a handler began */
	int64_t budget_ns;           /* and how long it may run; INT64_MAX */
	const volatile unsigned char *owner; /* see owner.h; NULL: for ever */
	const struct worker_hooks *hooks;
	const struct bsk_os *os;
	struct worker *const *peers; /* all of the system's; NULL: not there */
	struct bsk_system *system;   /* for those above */
	uint32_t spare;              /* for those above: the first free cell */
	uint64_t probes;             /* for those above: that began here */
	struct message_queue reserve; /* for those above: spare messages */

	struct arena arena;
	struct stock *stock; /* of large buffers; NULL: none was needed yet */
	struct wheel wheel;
	struct edges edges;
	unsigned rings;                 /* below which are any */
	struct ring *in[WORKERS_POOL];  /* from each worker of the pool; NULL */
	struct ring *out[WORKERS_POOL]; /* to each; NULL: use its inbox */
	struct transit *leaving;        /* for those above: see transit.h */
	struct message_queue early;     /* and what came before its actor */
	struct task pulse;              /* how long a ready task waits */
	bool has_pulse;                 /* it is among them, */
	int64_t pulsed_ns;              /* since then, */
	uint64_t pulsed_ends;           /* when so many messages had ended */
	unsigned waits;                 /* that were long, in a row; */
	unsigned strains;               /* and would be with long turns */

	/* Published. */
	_Atomic uint64_t ends[BSK_END_COUNT];
	_Atomic uint64_t messages_made;
	_Atomic uint64_t messages_freed;
	_Atomic uint64_t wakeups;
	_Atomic(struct cell *) handling; /* for those above: whose handler */
	_Atomic(const struct bsk_type *) handling_type; /* is given what */
	_Atomic int64_t waited_ns; /* a ready task, by the last measure */

	/* Other threads' too. */
	_Alignas(64) _Atomic int sleep; /* enum worker_sleep; see worker_wake */
	_Atomic bool must_end;
	_Atomic bool is_left;    /* its actor is gone; see worker_leave */
	_Atomic bool has_returned;
	_Atomic bool is_summoned; /* for those above; see on_summons */
	/* The sentry has looked, and no handler has ended since; then, when
	 * that was. Relaxed: a look more or less is nothing. */
	_Atomic bool is_looked_at;
	_Atomic int64_t looked_ns;
	_Atomic unsigned asked;  /* looks since that one's thread was, for its
	                          * stack; 0: it was not */
	_Atomic bool is_told;    /* of that one it is told that it is late */
	struct gate gate;        /* which thread may touch the worker */
	struct inbox inbox;
	pthread_mutex_t lock;    /* guards `park`, `waker`; orders `cond` */
	pthread_cond_t cond;     /* where it sleeps without a park */
	const struct bsk_park *park; /* where it sleeps; NULL */
	void *waker;             /* what park->wake is given */
	bsk_ref parker;          /* whose park it is; the worker's own */
};

/* A worker, ready to be given tasks; its thread is the caller's affair. */
int worker_init(struct worker *worker, unsigned index,
    const struct bsk_os *os, const struct worker_hooks *hooks);
void worker_release(struct worker *worker);

/* Appends a task that is in no queue. */
static inline void
worker_ready(struct worker *worker, struct task *task)
{
	task->next = NULL;
	if (worker->first == NULL)
		worker->first = task;
	else
		worker->last->next = task;
	worker->last = task;
}

/* The next ready task, taken out; NULL: none. */
static inline struct task *
worker_next(struct worker *worker)
{
	struct task *task = worker->first;

	if (task != NULL)
		worker->first = task->next;
	return task;
}

/* Carries a message to another worker of this system, from this thread's.
 * False when that one is closed: the message stays the caller's. */
bool worker_carry(struct worker *worker, unsigned to,
    struct bsk_message *message);

/* Gives a message to a worker, from any thread. False when the worker is
 * closed: the message stays the caller's. */
bool worker_inject(struct worker *worker, struct bsk_message *message);

/* Takes in what others sent, fires timers that are due, sends out what was
 * written. Whether anything came. */
bool worker_look_around(struct worker *worker);

/* From here on each of its handlers is traced or timed. */
static inline void
worker_watch(struct worker *worker)
{
	worker->is_watched = true;
	poke(&worker->is_looked_at, true);
}

/* Runs tasks until it is told to end, or somebody wants the worker back. */
void worker_run(struct worker *worker);

/* The same, for a worker that several threads may run, one at a time. */
void worker_serve(struct worker *worker);

/* Any thread: whether the worker sleeps in this actor's park. */
bool worker_is_parker(struct worker *worker, bsk_ref actor);

/* Any thread: makes sure that the worker looks around soon. */
void worker_wake(struct worker *worker);

/* Any thread: makes worker_run return. */
void worker_end(struct worker *worker);

/* The worker's own thread, or whoever made it for nothing: has worker_run
 * return, and the worker closed then, for another to use. */
void worker_leave(struct worker *worker);

/* The worker's own thread, or whoever failed to start one: takes nothing more
 * in; what came too late is sent where it belongs now. */
void worker_close(struct worker *worker);

/* Whether it is closed and its thread is done with it. Any thread. */
bool worker_has_returned(struct worker *worker);

/* Makes a closed worker ready for another thread. */
void worker_reopen(struct worker *worker);

/* Where the worker is to sleep; NULL: at its own condition variable. */
void worker_park_set(struct worker *worker, const struct bsk_park *park,
    void *waker, bsk_ref parker);

/* A pseudo-random number. */
uint64_t worker_random(struct worker *worker);

#endif
