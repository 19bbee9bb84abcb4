/* workload.c - clock, memory and figures for the workloads. */
#include <errno.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static void
run(const struct workload *workload, unsigned threads, uint64_t size)
{
	struct bsk_system_options options = { .name = "bench",
		.workers = threads };
	struct bench bench = { .workload = workload->name,
		.threads = threads, .size = size };

	io_must(bsk_system_create(&options, &bench.system), "create");
	io_must(bsk_system_start(bench.system), "start");
	workload->run(&bench);
	bsk_system_stop(bench.system, 0);
	(void)bsk_system_wait(bench.system, -1);
	bsk_system_destroy(bench.system);
}

static int
usage(const struct workload *const *workloads, size_t count, bool is_sized)
{
	(void)fprintf(stderr, "usage: bench/%s WORKLOAD THREADS%s\n",
	    program_invocation_short_name, is_sized ? " [SIZE]" : "");
	for (size_t i = 0; i < count; i++)
		(void)fprintf(stderr, "  %s\n", workloads[i]->name);
	return 2;
}

int
bench_main(const struct workload *const *workloads, size_t count,
    bool is_sized, int argc, char **argv)
{
	int most = is_sized ? 4 : 3;
	long threads;

	if (argc < 3 || argc > most)
		return usage(workloads, count, is_sized);
	threads = io_count(argv[2]);
	for (size_t i = 0; i < count; i++)
		if (strcmp(workloads[i]->name, argv[1]) == 0) {
			run(workloads[i], (unsigned)threads, argc == 4 ?
			    (uint64_t)io_count(argv[3]) : 0);
			return 0;
		}
	(void)fprintf(stderr, "%s: there is no workload %s\n",
	    program_invocation_short_name, argv[1]);
	return usage(workloads, count, is_sized);
}

void
bench_skip(const struct bench *bench, const char *format, ...)
{
	va_list arguments;

	(void)fprintf(stderr, "%s %s: skipped: ",
	    program_invocation_short_name, bench->workload);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	exit(IO_SKIPPED);
}

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
bench_sleep(int64_t time_ns)
{
	struct timespec time = { (time_t)(time_ns / 1000000000),
		(long)(time_ns % 1000000000) };

	while (nanosleep(&time, &time) < 0 && errno == EINTR)
		continue;
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
