/* system.h - what a system is made of. */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <buskin/sim.h>
#include <buskin/system.h>

#include "activation.h"
#include "calls.h"
#include "cell.h"
#include "directory.h"
#include "spares.h"
#include "sentry.h"
#include "stack.h"
#include "worker.h"

/* Behaviors of the classes in use. */
struct behaviors {
	pthread_mutex_t lock;
	struct behavior *first;
};

/* The links between actors. */
struct links {
	pthread_mutex_t lock; /* guards `first` and all from there on */
	struct link *first;   /* each side of each; NULL */
};

/* Threads, and how the end is told. */
struct pool {
	/* held to spawn before the start, and to start */
	pthread_mutex_t early;
	pthread_mutex_t lock;  /* guards what follows; taken after `early` */
	pthread_cond_t ended_cond; /* `ended` or `has_runner` has changed */
	bool started;
	bool has_runner;       /* somebody is in bsk_system_run */
	_Atomic bool ended;    /* written under the lock, read anywhere */
	int status;
	pthread_t threads[WORKERS_MAX]; /* by worker */
	bool has_thread[WORKERS_MAX];
	struct spares spares;
};

/* A simulation's own. */
struct sim {
	bool on;
	struct bsk_os os;      /* the real one with a clock of its own */
	int64_t now_ns;
	uint64_t chance;
	uint64_t steps;
	bsk_on_sim_step *on_step;
	void *arg;
	/* Of a run of a scenario. */
	struct bsk_sim_outcome *outcome; /* what is known of it; NULL */
	void (*on_turn)(void *arg); /* after each turn; NULL */
	uint64_t turns;
	uint64_t turns_max;    /* 0: no limit */
	bool is_busy;          /* time passes whenever it is drawn */
	bool is_over;          /* enough has been seen */
};

struct bsk_system {
	char *name;
	const struct bsk_os *os;
	const struct bsk_class *const *classes;
	uint32_t capacity;
	uint64_t capacity_bytes;
	enum bsk_on_full on_full;
	unsigned alarm; /* percent; 0: none */
	enum bsk_on_deadlock on_deadlock;
	int64_t stop_timeout_ns;
	int64_t created_ns;
	unsigned pool_size;    /* workers 0 .. pool_size - 1 are the pool */
	unsigned host;         /* the host's worker: pool_size */
	/* all there are; release when one is added */
	_Atomic unsigned worker_count;
	struct worker *workers[WORKERS_MAX];
	bsk_ref guardian;      /* the parent of what has no other */
	char *fault_sink;      /* the name of one that is told first; NULL */
	_Atomic uint64_t fault_taker; /* a ref's bits */
	_Atomic bool has_sink; /* either is there, or was */
	int64_t handover_ns;
	int64_t overrun_ns;
	const volatile unsigned char *owner; /* see owner.h */
	bool owner_is_lent;    /* it outlives the system */
	_Atomic bool stopping;
	_Atomic int stop_status;
	_Atomic unsigned stops;  /* how often a stop was asked for */
	/* ready, so that a stop cannot fail */
	struct bsk_message *stop_messages[2];
	struct activation activation; /* const once the system is made */
	struct behaviors behaviors;
	struct calls calls;
	struct directory directory;
	struct links links;
	struct pool pool;
	struct sentry sentry;
	struct stack_signal stack_signal;
	struct sim sim;
	struct cells cells;
};

/* The cell of a ref, when it is at home with this worker and alive; NULL. */
static inline struct cell *
system_local(struct worker *worker, bsk_ref ref)
{
	struct cells *cells = &worker->system->cells;
	struct cell *cell = cells_find(cells, ref);

	if (cell == NULL ||
	    !cells_is_home(cells, cell->index, worker->index) ||
	    !cell_lives(cell, ref))
		return NULL;
	return cell;
}

/* Whether a ref names an actor that is no more. Any thread. */
static inline bool
system_is_gone(struct bsk_system *system, bsk_ref ref)
{
	struct cell *cell = cells_find(&system->cells, ref);

	return !bsk_ref_is_nobody(ref) &&
	    (cell == NULL || !cell_is(cell, ref));
}

#endif
