/* actors.c - bench/actors WORKLOAD THREADS: messages between actors, with the
 * real runtime as everybody gets it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workload.h"

static const struct workload *const workloads[] = {
	&workload_pingpong, &workload_counting, &workload_fanin,
	&workload_ring, &workload_spawn, &workload_idle, &workload_big,
	&workload_ask, &workload_timers, &workload_payload,
};
#define COUNT (sizeof(workloads) / sizeof(workloads[0]))

static void
run(const struct workload *workload, unsigned threads)
{
	struct bsk_system_options options = { .name = "bench",
		.workers = threads };
	struct bench bench = { .workload = workload->name,
		.threads = threads };

	io_must(bsk_system_create(&options, &bench.system), "create");
	io_must(bsk_system_start(bench.system), "start");
	workload->run(&bench);
	bsk_system_stop(bench.system, 0);
	(void)bsk_system_wait(bench.system, -1);
	bsk_system_destroy(bench.system);
}

int
main(int argc, char **argv)
{
	int threads = argc == 3 ? atoi(argv[2]) : 0;

	for (size_t i = 0; threads > 0 && i < COUNT; i++)
		if (strcmp(workloads[i]->name, argv[1]) == 0) {
			run(workloads[i], (unsigned)threads);
			return 0;
		}
	(void)fputs("usage: bench/actors WORKLOAD THREADS\n", stderr);
	for (size_t i = 0; i < COUNT; i++)
		(void)fprintf(stderr, "  %s\n", workloads[i]->name);
	return 2;
}
