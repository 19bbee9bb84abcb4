/* inside.c - this thread is in the runtime, or in a handler. */
#include "inside.h"
#include "owner.h"

/* When a thread loses its worker in a handler, the next look at that one finds
 * it as it was: it still runs. */
void
inside_regain(struct worker *worker)
{
	if (gate_is_mine(&worker->gate) || !owner_is_here(worker->owner))
		return;
	gate_want(&worker->gate, true);
	worker_wake(worker);
	gate_enter(&worker->gate);
	gate_want(&worker->gate, false);
	gate_return(&worker->gate);
	if (current_hand.since_ns != 0) {
		poke(&worker->looked_ns, current_hand.since_ns);
		poke(&worker->is_looked_at, true);
	}
}
