/* series.c - what one thing costs at a few sizes. */
#include <stdio.h>

#include "growth.h"

#define SCALE 1e3 /* quantiles are of whole numbers */

void
series_note(struct series *series, unsigned size, double ns)
{
	if (series->rounds[size] < SERIES_ROUNDS)
		series->costs[size][series->rounds[size]++] = ns;
}

unsigned
series_sizes(const struct series *series)
{
	unsigned count = 0;

	while (count < SERIES_SIZES && series->sizes[count] != 0)
		count++;
	return count;
}

/* Of the costs at a size, each divided by what `base` says of its round. */
static double
median(const struct series *series, unsigned size, const double *base)
{
	uint64_t values[SERIES_ROUNDS];
	unsigned count = series->rounds[size];

	for (unsigned i = 0; i < count; i++)
		values[i] = (uint64_t)(SCALE * series->costs[size][i] /
		    (base == NULL ? 1 : base[i]));
	return io_quantile(values, count, 0.5) / SCALE;
}

void
series_print(const struct bench *bench, const struct series *series)
{
	for (unsigned i = 0; i < series_sizes(series); i++) {
		char metric[64];

		(void)snprintf(metric, sizeof(metric), "%s,n=%llu",
		    series->metric, (unsigned long long)series->sizes[i]);
		bench_print(bench, metric, median(series, i, NULL),
		    series->unit);
		if (i == 0)
			continue;
		(void)snprintf(metric, sizeof(metric), "%s,n=%llu/%llu",
		    series->metric, (unsigned long long)series->sizes[i],
		    (unsigned long long)series->sizes[0]);
		bench_print(bench, metric, median(series, i,
		    series->costs[0]), "x");
	}
}
