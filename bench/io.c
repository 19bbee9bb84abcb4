/* io.c - bench/io COMMAND ARGUMENT...: Unix work, with the actors that come
 * with buskin as everybody gets them.
 *
 * WORKERS in the environment is how many workers the system has; without it,
 * what a system has by default.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "io.h"

static const struct io_command *const commands[] = {
	&io_echo, &io_sink, &io_proxy, &io_sendfile, &io_cat, &io_spawn,
	&io_reap, &io_signals, &io_timers_arm, &io_timers_fire,
};
#define COUNT (sizeof(commands) / sizeof(commands[0]))

int64_t
io_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

double
io_cpu_s(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

double
io_peak(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_maxrss * 1024;
}

void
io_must(int result, const char *what)
{
	if (result >= 0)
		return;
	(void)fprintf(stderr, "bench/io: %s: %s\n", what, strerror(-result));
	exit(1);
}

static void
usage(void)
{
	(void)fputs("usage: bench/io COMMAND ARGUMENT...\n", stderr);
	for (size_t i = 0; i < COUNT; i++)
		(void)fprintf(stderr, "  %s %s\n", commands[i]->name,
		    commands[i]->arguments);
	exit(2);
}

long
io_count(const char *argument)
{
	char *end;
	long count = strtol(argument, &end, 10);

	if (count < 1 || *end != '\0')
		usage();
	return count;
}

bsk_ref
io_spawn_actor(bsk_system *system, const struct bsk_class *class_,
    struct bsk_parcel *config, const struct bsk_spawn_options *options)
{
	bsk_ref ref;

	io_must(bsk_system_spawn(system, class_, config, options, &ref),
	    class_->name);
	return ref;
}

void
io_print(const char *workload, const char *parameters, const char *metric,
    double value, const char *unit)
{
	(void)printf("%s %s %s %.6g %s\n", workload, parameters, metric, value,
	    unit);
	(void)fflush(stdout);
}

uint64_t
io_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int
compare(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one;
	uint64_t b = *(const uint64_t *)other;

	return (a > b) - (a < b);
}

double
io_quantile(uint64_t *values, size_t count, double q)
{
	if (count == 0)
		return 0;
	qsort(values, count, sizeof(*values), compare);
	return (double)values[(size_t)(q * (double)(count - 1) + 0.5)];
}

static int
run(const struct io_command *command, char **arguments)
{
	const char *workers = getenv("WORKERS");
	struct bsk_system_options options = { .name = "bench", };
	bsk_system *system;
	int status;

	if (workers != NULL)
		options.workers = (uint32_t)io_count(workers);
	io_must(bsk_system_create(&options, &system), "system");
	command->begin(system, arguments);
	status = bsk_system_run(system);
	io_must(status, "run");
	bsk_system_destroy(system);
	return status;
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < COUNT; i++)
		if (strcmp(commands[i]->name, argv[1]) == 0 &&
		    argc - 2 >= commands[i]->least)
			return run(commands[i], argv + 2);
	usage();
	return 2;
}
