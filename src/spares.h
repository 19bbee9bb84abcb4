/* spares.h - threads that stand in where a handler keeps its own for long. */
#ifndef SPARES_H
#define SPARES_H

#include <pthread.h>
#include <stdbool.h>

#include "worker.h"

enum {
	SPARES_MAX = WORKERS_POOL /* threads made for this alone */
};

struct spares {
	pthread_mutex_t lock;   /* guards all of it */
	pthread_cond_t cond;    /* somebody is called, or it is the end */
	struct worker *called[SPARES_MAX]; /* to be run; NULL */
	unsigned call_count;
	unsigned idle;          /* threads that wait for a call */
	unsigned count;         /* threads made for this alone */
	pthread_t threads[SPARES_MAX];
	int signal; /* that they take, to be set before they are made; 0 */
	bool is_ended;
};

int spares_init(struct spares *spares);
void spares_release(struct spares *spares);

/* Makes sure that a thread waits for the next call, and makes one if need be.
 * False when there is none: no thread can be made, or it is the end. */
bool spares_ready(struct spares *spares);

/* Has one that spares_ready has promised run a worker. */
void spares_call(struct spares *spares, struct worker *worker);

/* Has this thread run whatever worker it is called to, until the end. */
void spares_serve(struct spares *spares);

/* Lets all go, once what they were called to has ended. */
void spares_end(struct spares *spares);

/* Waits until those made for this alone have gone. */
void spares_join(struct spares *spares);

#endif
