/* stop.c - asking a system to stop, from anywhere. */
#include "entry.h"
#include "owner.h"

void
bsk_system_stop(bsk_system *system, int status)
{
	unsigned before;

	/* Nobody takes it any more. */
	if (!owner_is_here(system->owner) || peek(&system->pool.ended))
		return;
	/* Relaxed: the messages carry the news. */
	before = atomic_fetch_add_explicit(&system->stops, 1,
	    memory_order_relaxed);
	if (before >= 2)
		return;
	if (before == 0) {
		poke(&system->stop_status, status);
		poke(&system->stopping, true);
	}
	entry_inject(system, system->guardian,
	    system->stop_messages[before]);
}
