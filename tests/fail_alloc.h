/* tests/fail_alloc.h - walks the n-th allocation's failure.
 *
 * The program is linked with --wrap for malloc, calloc and realloc, and cJSON
 * is given the same malloc, so that every allocation of the code under test is
 * counted. Counting is off until fail_alloc_start; assert nothing while it is
 * on, for the test library allocates too. The allocations of all threads count.
 */
#ifndef BUSKIN_TESTS_FAIL_ALLOC_H
#define BUSKIN_TESTS_FAIL_ALLOC_H

/* From now on the n-th allocation fails, counted from 1, and all after it
 * succeed. 0: count only. */
void fail_alloc_start(unsigned n);

/* Stops counting and gives how many allocations there were. */
unsigned fail_alloc_stop(void);

#endif
