/* bailiff.h - an actor that takes the faults, and keeps what it is told of
 * actors that were left at the end.
 */
#ifndef BUSKIN_TESTS_BAILIFF_H
#define BUSKIN_TESTS_BAILIFF_H

#include <buskin/system.h>

/* Makes one; what earlier ones heard is forgotten. */
void bailiff_spawn(bsk_system *system);

/* Waits until it is told of an actor of that name or class, and says with what:
 * the content of the fault, which lives as long as the test. */
const char *bailiff_wait(const char *whose);

/* How many it was told of. */
unsigned bailiff_count(void);

#endif
