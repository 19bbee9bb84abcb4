/* tally.h - a count that any thread adds to and a test waits for. */
#ifndef BUSKIN_TESTS_TALLY_H
#define BUSKIN_TESTS_TALLY_H

#include <pthread.h>

struct tally {
	pthread_mutex_t lock;
	pthread_cond_t grown;
	unsigned count;
};

#define TALLY_INIT { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 }

/* One more. */
void tally_add(struct tally *tally);

/* As many as this, where there were fewer. */
void tally_raise(struct tally *tally, unsigned count);

/* How many there are. */
unsigned tally_count(struct tally *tally);

/* Waits until there are so many; fails the test after a long time. */
void tally_wait(struct tally *tally, unsigned count);

#endif
