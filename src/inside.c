/* inside.c - this thread is in the runtime, or in a handler. */
#include "inside.h"
#include "owner.h"

/* When a thread has lost its worker in a handler, the next look at that one
 * finds it as it was: it still runs, whatever others have run meanwhile. */
static void
look_as_before(struct worker *worker, const struct hand *hand)
{
	poke(&worker->handling, hand->cell);
	poke(&worker->handling_type, hand->type);
	poke(&worker->asked, hand->asked);
	poke(&worker->is_told, hand->is_told);
	poke(&worker->looked_ns, hand->since_ns);
	/* Release: pairs with the acquire in look_at of sentry.c, so that these
	 * are of that handler. */
	atomic_store_explicit(&worker->is_looked_at, true,
	    memory_order_release);
}

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
	if (current_hand.since_ns != 0)
		look_as_before(worker, &current_hand);
}
