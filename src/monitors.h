/* monitors.h - who is told of whose end. */
#ifndef MONITORS_H
#define MONITORS_H

#include "system.h"

/* Makes `cell` watch an actor. -ENOMEM. */
int monitors_watch(struct worker *worker, struct cell *cell, bsk_ref actor,
    uint64_t *ret_number);

/* Takes that back. -ENOENT. */
int monitors_unwatch(struct worker *worker, struct cell *cell,
    uint64_t number);

/* A request to be told has come to the watched actor. */
void monitors_accept(struct worker *worker, struct cell *cell,
    bsk_ref watcher, uint64_t number);

/* The request has been taken back. */
void monitors_drop(struct worker *worker, struct cell *cell,
    uint64_t number);

/* A bsk_down for a monitor has come to the watcher. Whether it still counts. */
bool monitors_open(struct worker *worker, struct cell *cell, uint64_t number);

/* The actor watches nobody any more. */
void monitors_unwatch_all(struct worker *worker, struct cell *cell);

/* The actor has ended: tells all that watch it. */
void monitors_tell(struct worker *worker, struct cell *cell, int reason);

/* The type of the request's taking back: post_monitor_type is the request's. */
struct monitors_demonitor {
	uint64_t number; /* the watching actor's */
};
BSK_DECLARE(monitors_demonitor);

#endif
