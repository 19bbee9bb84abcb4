/* workload.c - clock, memory and figures for the workloads. */
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workload.h"

static const struct bsk_field words_fields[] = {
	BSK_FIELD(words, a, "a word"),
	BSK_FIELD(words, b, "another"),
};
const struct bsk_type words_type =
    BSK_TYPE(words, "two words", words_fields);

static const struct bsk_field go_fields[] = {
	BSK_FIELD(go, count, "how often"),
};
const struct bsk_type go_type = BSK_TYPE(go, "go on", go_fields);

static sem_t done; /* all zeros: as sem_init makes it with 0 */

bsk_ref
bench_spawn(const struct bench *bench, const struct bsk_class *class_,
    struct bsk_parcel *config, const struct bsk_spawn_options *options)
{
	bsk_ref ref;

	io_must(bsk_system_spawn(bench->system, class_, config, options,
	    &ref), "spawn");
	return ref;
}

void
bench_done(void)
{
	(void)sem_post(&done);
}

void
bench_wait(unsigned times)
{
	while (times > 0)
		if (sem_wait(&done) == 0)
			times--;
}

void
bench_print(const struct bench *bench, const char *metric, double value,
    const char *unit)
{
	(void)printf("buskin %s %u %s %.6g %s\n", bench->workload,
	    bench->threads, metric, value, unit);
	(void)fflush(stdout);
}

void
bench_print_rate(const struct bench *bench, double count, int64_t begun_ns,
    const char *unit)
{
	bench_print(bench, "rate",
	    count * 1e9 / (double)(io_now_ns() - begun_ns), unit);
}

/* A line of /proc/self/status, bytes. */
static double
status_line(const char *key)
{
	FILE *file = fopen("/proc/self/status", "r");
	double value = 0;
	char line[256];

	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			value = strtod(line + strlen(key), NULL) * 1024;
	(void)fclose(file);
	return value;
}

void
bench_print_peak(const struct bench *bench)
{
	bench_print(bench, "peak_rss", status_line("VmHWM:") / 1048576,
	    "MiB");
}

double
bench_memory(void)
{
	return status_line("VmRSS:");
}
