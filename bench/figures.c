/* figures.c - clocks, chance, a pattern and lines of figures. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "figures.h"

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
	(void)fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name,
	    what, strerror(-result));
	exit(1);
}

long
io_count(const char *argument)
{
	char *end;
	long count = strtol(argument, &end, 10);

	if (count >= 1 && *end == '\0')
		return count;
	(void)fprintf(stderr, "%s: %s: a count is needed\n",
	    program_invocation_short_name, argument);
	exit(2);
}

void
io_lift_limit(void)
{
	struct rlimit limit;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
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

void
io_fill(char *bytes, size_t size, size_t period)
{
	uint64_t random = 88172645463325252u;

	for (size_t i = 0; i < size; i++)
		bytes[i] = i < period ? (char)(io_random(&random) >> 24) :
		    bytes[i - period];
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
