/* growth.c - bench/growth WORKLOAD THREADS [SIZE]: what one thing costs where
 * there are few of its kind and where there are many; SIZE is how many.
 */
#include "growth.h"

static const struct workload *const workloads[] = {
	&growth_actors, &growth_depth, &growth_timers, &growth_fds,
	&growth_children,
};

int
main(int argc, char **argv)
{
	return bench_main(workloads, sizeof(workloads) / sizeof(workloads[0]),
	    true, argc, argv);
}
