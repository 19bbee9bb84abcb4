/* tally.c - a count that any thread adds to and a test waits for. */
#include "tally.h"

#include <errno.h>
#include <time.h>

#include "harness.h"

void
tally_add(struct tally *tally)
{
	(void)pthread_mutex_lock(&tally->lock);
	tally->count++;
	(void)pthread_cond_broadcast(&tally->grown);
	(void)pthread_mutex_unlock(&tally->lock);
}

void
tally_raise(struct tally *tally, unsigned count)
{
	(void)pthread_mutex_lock(&tally->lock);
	if (tally->count < count)
		tally->count = count;
	(void)pthread_cond_broadcast(&tally->grown);
	(void)pthread_mutex_unlock(&tally->lock);
}

unsigned
tally_count(struct tally *tally)
{
	unsigned count;

	(void)pthread_mutex_lock(&tally->lock);
	count = tally->count;
	(void)pthread_mutex_unlock(&tally->lock);
	return count;
}

void
tally_wait(struct tally *tally, unsigned count)
{
	struct timespec until;
	unsigned seen;
	int error = 0;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)3 * HARNESS_PATIENCE_S;
	(void)pthread_mutex_lock(&tally->lock);
	while (tally->count < count && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&tally->grown, &tally->lock,
		    &until);
	seen = tally->count;
	(void)pthread_mutex_unlock(&tally->lock);
	ck_assert_msg(seen >= count, "%u of %u after a long time", seen,
	    count);
}
