/* actors.c - bench/actors WORKLOAD THREADS: messages between actors, with the
 * real runtime as everybody gets it.
 */
#include "workload.h"

static const struct workload *const workloads[] = {
	&workload_pingpong, &workload_counting, &workload_fanin,
	&workload_ring, &workload_spawn, &workload_idle, &workload_big,
	&workload_ask, &workload_timers, &workload_payload,
};

int
main(int argc, char **argv)
{
	return bench_main(workloads, sizeof(workloads) / sizeof(workloads[0]),
	    false, argc, argv);
}
