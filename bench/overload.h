/* overload.h - the workloads of bench/overload, and how they tell delays. */
#ifndef BUSKIN_BENCH_OVERLOAD_H
#define BUSKIN_BENCH_OVERLOAD_H

#include "workload.h"

/* Sorts so many delays in nanoseconds and prints the median, the 99th of a
 * hundred and the longest, as "WHAT-p50" and so on, in microseconds. */
void overload_print(const struct bench *bench, const char *what,
    uint64_t *delays_ns, size_t count);

extern const struct workload overload_crowd;
extern const struct workload overload_echo;
extern const struct workload overload_flood;
extern const struct workload overload_spread;
extern const struct workload overload_stuck;

#endif
