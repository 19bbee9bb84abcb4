/* phase.h - when in a stop an actor's turn comes.
 *
 * Of the guardian's children only; all that descends from one goes with it.
 */
#ifndef PHASE_H
#define PHASE_H

#include "system.h"

enum { PHASE_LAST = UINT8_MAX + 1 }; /* behind all that may be asked for */

/* The phase that was asked for; but services outlive the others, and so does
 * who takes the faults: what is told at the end must find somebody. */
static inline unsigned
phase_of(struct bsk_system *system, struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);
	bsk_ref taker = {peek(&system->fault_taker)};

	if (cell_has(cell, CELL_SERVICE) ||
	    bsk_ref_equal(cell_ref(cell), taker))
		return PHASE_LAST;
	return extras == NULL ? 0 : peek(&extras->stop_phase);
}

#endif
