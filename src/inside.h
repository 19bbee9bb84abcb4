/* inside.h - this thread is in the runtime, or in a handler.
 *
 * Whatever touches a worker on behalf of a handler begins with INSIDE; see
 * gate.h for what may happen meanwhile.
 */
#ifndef INSIDE_H
#define INSIDE_H

#include "published.h"
#include "rare.h"
#include "worker.h"

/* Waits until this thread has the worker back. */
void inside_regain(struct worker *worker);

/* Whether the thread was inside already. */
static inline bool
inside_begin(struct worker *worker)
{
	struct hand *hand = &current_hand;
	bool before = peek(&hand->is_inside);

	poke(&hand->is_inside, true);
	/* The compiler keeps the order; for the rest see gate.h. */
	atomic_signal_fence(memory_order_seq_cst);
	/* Acquire: pairs with the release in take_away of gate.c. */
	if (RARELY(atomic_load_explicit(&worker->gate.is_lent,
	    memory_order_acquire)))
		inside_regain(worker);
	return before;
}

static inline void
inside_end(const bool *before);

/* As inside_begin, for a short way that has a long one beside it: false, and
 * nothing has happened, where the thread might have to wait. */
static inline bool
inside_try(struct worker *worker, bool *ret_before)
{
	struct hand *hand = &current_hand;

	*ret_before = peek(&hand->is_inside);
	poke(&hand->is_inside, true);
	/* As above. */
	atomic_signal_fence(memory_order_seq_cst);
	if (RARELY(atomic_load_explicit(&worker->gate.is_lent,
	    memory_order_acquire))) {
		inside_end(ret_before);
		return false;
	}
	return true;
}

static inline void
inside_end(const bool *before)
{
	/* Release: pairs with the acquire in take_away of gate.c. */
	atomic_store_explicit(&current_hand.is_inside, *before,
	    memory_order_release);
}

/* From here to the end of the block this thread may touch the worker. */
#define INSIDE(worker) \
	__attribute__((cleanup(inside_end), unused)) const bool was_inside = \
	    inside_begin(worker)

#endif
