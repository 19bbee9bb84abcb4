/* threads.h - a system's workers and the threads that run them. */
#ifndef THREADS_H
#define THREADS_H

#include "system.h"

/* Makes the workers of the pool and the host's; no threads yet. */
int threads_init(struct bsk_system *system);
void threads_release(struct bsk_system *system);

/* Starts the pool's threads, and the host's unless the caller will run it. */
int threads_start(struct bsk_system *system, bool with_host);

/* A worker with a thread of its own. Any thread. */
int threads_add(struct bsk_system *system, unsigned *ret_worker);

/* Has all workers return; tells those that wait for the end. Any thread. */
void threads_end(struct bsk_system *system);

/* Waits until all threads have returned. */
void threads_join(struct bsk_system *system);

#endif
