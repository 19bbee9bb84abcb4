/* timers.h - the timers of an actor, by its own numbers. */
#ifndef TIMERS_H
#define TIMERS_H

#include "system.h"

/* As bsk_timer_arm. */
int timers_arm(struct worker *worker, struct cell *cell, uint64_t number,
    int64_t after_ns, int64_t every_ns);

/* Makes sure that timer `number` can be armed later without memory. -ENOMEM. */
int timers_reserve(struct worker *worker, struct cell *cell,
    uint64_t number);

/* As bsk_timer_disarm. */
int timers_disarm(struct worker *worker, struct cell *cell, uint64_t number);

/* A bsk_timer_due has come out of the mailbox: fills it in. Whether it still
 * counts. */
bool timers_open(struct worker *worker, struct cell *cell,
    struct bsk_message *message);

/* Disarms them all. */
void timers_clear(struct worker *worker, struct cell *cell);

#endif
