/* seeds.h - one scenario under many seeds, and the seed that broke it.
 *
 * A test that fails is ended on the spot, in a process of its own. So the seed
 * it was at is kept in memory that both processes share, and is printed after
 * the test as a comment:
 *
 *	# failed at seed 17: run it alone with BUSKIN_SEED=17
 */
#ifndef BUSKIN_TESTS_SEEDS_H
#define BUSKIN_TESTS_SEEDS_H

#include <check.h>
#include <stdint.h>

/* Adds a test case of just this test, which calls seeds_walk. */
void seeds_add(Suite *, const char *name, const TTest *);

/* Runs the scenario with the seeds 1 to 200, under a sanitizer 1 to 40; just
 * with $BUSKIN_SEED if that is set and not empty. */
void seeds_walk(void (*scenario)(uint64_t seed));

#endif
