/* left.h - who is left when a stop's time is over, and what they still hold.
 *
 * What the runtime counts is read where it is published: nobody is waited for,
 * for whoever is left may be in a handler that does not end. What actors keep
 * for each other they have told in a survey.
 */
#ifndef LEFT_H
#define LEFT_H

#include <buskin/survey.h>

#include "system.h"

/* How far a stop has come. */
struct left {
	struct bsk_survey survey; /* what was told; perhaps nothing */
	bsk_ref asked;    /* the guardian's child that was asked to stop last */
	int64_t asked_ns; /* when, as bsk_now has it */
};

/* Tells of each actor that is left, as a fault with what it still holds: of
 * those that go last, with all that descends from them, or of all others. */
void left_tell(struct worker *worker, const struct left *left, bool are_last);

#endif
