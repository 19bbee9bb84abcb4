/* overload.c - bench/overload WORKLOAD THREADS: how long who is not to blame
 * waits, and what becomes of rate and memory, where there is more to do than
 * can be done.
 */
#include <stdio.h>

#include "overload.h"

static const struct workload *const workloads[] = {
	&overload_stuck, &overload_flood, &overload_crowd, &overload_echo,
	&overload_spread,
};

void
overload_print(const struct bench *bench, const char *what,
    uint64_t *delays_ns, size_t count)
{
	static const struct {
		const char *name;
		double share;
	} rows[] = { { "p50", 0.5 }, { "p99", 0.99 }, { "max", 1 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char metric[64];

		(void)snprintf(metric, sizeof(metric), "%s-%s", what,
		    rows[i].name);
		bench_print(bench, metric, io_quantile(delays_ns, count,
		    rows[i].share) / 1e3, "us");
	}
}

int
main(int argc, char **argv)
{
	return bench_main(workloads, sizeof(workloads) / sizeof(workloads[0]),
	    false, argc, argv);
}
