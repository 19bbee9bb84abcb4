/* asks.h - the asks of an actor that wait for an answer. */
#ifndef ASKS_H
#define ASKS_H

#include "system.h"

/* A new ask, with its deadline. -ENOMEM. */
int asks_add(struct worker *worker, struct cell *cell, int64_t timeout_ns,
    uint64_t *ret_number);

/* Whether the ask still waits; it is over then. */
bool asks_take(struct worker *worker, struct cell *cell, uint64_t number);

/* Forgets them all: their answers will be late. */
void asks_clear(struct worker *worker, struct cell *cell);

#endif
