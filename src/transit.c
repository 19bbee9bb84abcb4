/* transit.c - what comes for actors that are on their way to another worker. */
#include "transit.h"

static bool
leaves(const struct transit *transit, const struct cell *cell)
{
	const struct task *task = transit == NULL ? NULL : transit->first;

	while (task != NULL && task != &cell->task)
		task = task->next;
	return task != NULL;
}

bool
transit_keep_sent(struct worker *worker, unsigned home,
    struct bsk_message *message)
{
	if (home_worker(home) != worker->index)
		return false;
	message_queue_push(&worker->early, message);
	return true;
}

bool
transit_keep(struct worker *worker, const struct cell *cell, unsigned home,
    struct bsk_message *message)
{
	if ((home & HOME_COMING) == 0)
		return false;
	if (transit_keep_sent(worker, home, message))
		return true;
	if (!leaves(worker->leaving, cell))
		return false;
	message_queue_push(&worker->leaving->late, message);
	return true;
}
