/* pulse.h - how long a ready task of a worker waits, and what follows.
 *
 * A task of the worker's own waits among the others now and then. When it waits
 * long, for messages that take long, turns are made shorter, so that all wait
 * less; and when that goes on, somebody is to go to another worker.
 */
#ifndef PULSE_H
#define PULSE_H

#include "worker.h"

void pulse_init(struct worker *worker);

/* The worker looks around: perhaps it is time for the next measure. */
void pulse_look(struct worker *worker, int64_t now_ns);

/* It has nothing to run. */
void pulse_rest(struct worker *worker);

#endif
