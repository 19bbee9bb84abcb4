/* actors/backoff.c - how soon, and how often, to try again. */
#include <errno.h>
#include <stdlib.h>

#include <buskin/backoff.h>

int64_t
bsk_backoff_next(struct bsk_backoff *backoff, uint64_t chance)
{
	/* The upper 53 bits: as many as a double holds. */
	double part = (double)(chance >> 11) / 9007199254740992.0;
	double delay;

	if (backoff->attempts == 0)
		backoff->last_ns = backoff->first_ns;
	else if (backoff->last_ns < backoff->max_ns / 2)
		backoff->last_ns *= 2;
	else if (backoff->last_ns < backoff->max_ns && backoff->last_ns > 0)
		backoff->last_ns = backoff->max_ns;
	if (backoff->attempts < UINT32_MAX)
		backoff->attempts++;
	delay = (double)backoff->last_ns *
	    (1 + backoff->jitter * (2 * part - 1));
	return delay < 9e18 ? (int64_t)delay : INT64_MAX;
}

void
bsk_backoff_reset(struct bsk_backoff *backoff)
{
	backoff->attempts = 0;
}

int
bsk_intensity_init(struct bsk_intensity *intensity, uint32_t most,
    int64_t within_ns)
{
	int64_t *done_ns = NULL;

	if (most > 0) {
		done_ns = calloc(most, sizeof(*done_ns));
		if (done_ns == NULL)
			return -ENOMEM;
	}
	*intensity = (struct bsk_intensity){ .within_ns = within_ns,
	    .most = most, .done_ns = done_ns };
	return 0;
}

bool
bsk_intensity_allows(struct bsk_intensity *intensity, int64_t now_ns)
{
	int64_t *oldest;

	if (intensity->most == 0)
		return false;
	oldest = &intensity->done_ns[intensity->next];
	if (intensity->count == intensity->most &&
	    now_ns - *oldest <= intensity->within_ns)
		return false;
	*oldest = now_ns;
	intensity->next = (intensity->next + 1) % intensity->most;
	if (intensity->count < intensity->most)
		intensity->count++;
	return true;
}

void
bsk_intensity_release(struct bsk_intensity *intensity)
{
	free(intensity->done_ns);
	intensity->done_ns = NULL;
	intensity->most = 0;
}
