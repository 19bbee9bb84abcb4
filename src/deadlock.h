/* deadlock.h - what becomes of actors that wait for each other in a ring. */
#ifndef DEADLOCK_H
#define DEADLOCK_H

#include "system.h"

/* An actor at home here waits in a ring that nothing else will end: tells of it
 * by name, and has the actor go on or end, as the system's options say. */
void deadlock_break(struct worker *worker, struct cell *cell);

#endif
