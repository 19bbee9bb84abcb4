/* growth.h - the workloads of bench/growth, and how they tell what they found:
 * a series is what one thing costs at a few sizes, measured in rounds, each
 * size once a round, so that a ratio compares what was measured side by side.
 */
#ifndef BUSKIN_BENCH_GROWTH_H
#define BUSKIN_BENCH_GROWTH_H

#include "workload.h"

#define SERIES_SIZES 4u
#define SERIES_ROUNDS 128u

struct series {
	const char *metric;
	const char *unit;            /* "ns/..." */
	uint64_t sizes[SERIES_SIZES]; /* rising; 0 ends them */
	unsigned rounds[SERIES_SIZES]; /* noted of each */
	double costs[SERIES_SIZES][SERIES_ROUNDS];
};

/* Notes what one costs at a size, nanoseconds: in the next round. */
void series_note(struct series *series, unsigned size, double ns);

/* How many sizes there are. */
unsigned series_sizes(const struct series *series);

/* Prints the medians, and of each size but the first the median of its ratios
 * to the first. */
void series_print(const struct bench *bench, const struct series *series);

extern const struct workload growth_actors;
extern const struct workload growth_children;
extern const struct workload growth_depth;
extern const struct workload growth_fds;
extern const struct workload growth_timers;

#endif
