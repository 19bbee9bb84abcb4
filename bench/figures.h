/* figures.h - what everything that measures here has in common: clocks, chance,
 * a pattern, and the lines
 *
 *	WORKLOAD PARAMETERS METRIC VALUE UNIT
 */
#ifndef BUSKIN_BENCH_FIGURES_H
#define BUSKIN_BENCH_FIGURES_H

#include <stddef.h>
#include <stdint.h>

/* The exit status of a program that leaves a workload out. */
#define IO_SKIPPED 77

/* Now, nanoseconds on CLOCK_MONOTONIC. */
int64_t io_now_ns(void);

/* What all threads of this process have used of a CPU, seconds. */
double io_cpu_s(void);

/* The most memory it has had, bytes. */
double io_peak(void);

/* Ends the program with a word unless `result` is 0 or positive. */
void io_must(int result, const char *what);

/* A count from an argument, from 1; or the program ends with 2. */
long io_count(const char *argument);

/* As many descriptors as the system lets this process have. */
void io_lift_limit(void);

/* Prints one figure. */
void io_print(const char *workload, const char *parameters,
    const char *metric, double value, const char *unit);

/* A figure drawn from a fixed row, as large as 2^64 - 1. */
uint64_t io_random(uint64_t *state);

/* Bytes of chance, always the same, that come again after `period` of them. */
void io_fill(char *bytes, size_t size, size_t period);

/* Sorts, and returns the value that a share `q` of them does not exceed. */
double io_quantile(uint64_t *values, size_t count, double q);

#endif
