/* entry.c - the way into a system from a thread outside. */
#include "entry.h"

void
entry_inject(struct bsk_system *system, bsk_ref to,
    struct bsk_message *message)
{
	uint32_t index = (uint32_t)to.bits;
	unsigned home = 0;

	message->to = to;
	message->flags |= MESSAGE_UNCOUNTED;
	if (cells_find(&system->cells, to) != NULL)
		home = home_door(home_read(cells_home_at(&system->cells,
		    index)));
	/* A worker that has closed since is not this actor's any more. */
	if (!worker_inject(system->workers[home], message))
		(void)worker_inject(system->workers[0], message);
}
