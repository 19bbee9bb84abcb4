/* growth_depth.c - a message through a mailbox that is nearly empty and through
 * one in which very many wait.
 */
#include "growth.h"
#include "loop.h"

#define HOPS 3000000u
#define ROUNDS 5u
#define DEEP 1000000u

static void
depth(const struct bench *bench)
{
	static struct series series = { .metric = "depth",
		.unit = "ns/message", .sizes = { 1, 64, 10000 } };
	bsk_ref loops[SERIES_SIZES];
	unsigned count;

	series.sizes[3] = bench->size > 0 ? bench->size : DEEP;
	count = series_sizes(&series);
	for (unsigned i = 0; i < count; i++)
		loops[i] = loop_spawn(bench, series.sizes[i]);
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned i = 0; i < count; i++)
			series_note(&series, i, loop_measure(bench, loops[i],
			    series.sizes[i], HOPS));
	series_print(bench, &series);
	bench_print_peak(bench);
}

const struct workload growth_depth = { "depth", depth };
