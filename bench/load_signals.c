/* load_signals.c - programs that tell each signal: a flood of the same, queued
 * ones of which none may be lost, and single ones.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define PATIENCE_NS INT64_C(5000000000)
#define SETTLE_US 100000
#define PAUSE_US 100
#define QUIET_NS INT64_C(200000000) /* nothing more is told then */
#define LONG_QUIET_NS INT64_C(2000000000) /* a long queue is behind that */

/* The file, as the program knows it. */
struct shared {
	volatile uint64_t told;
	volatile uint64_t last_ns;
	volatile uint64_t ready;
};

/* The program listens to `number` when this returns. */
static struct shared *
start_listener(int number)
{
	const char *path = load_path("shared");
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	int64_t over_ns = io_now_ns() + PATIENCE_NS;
	struct shared *shared;
	char word[16];

	if (fd < 0 || ftruncate(fd, sizeof(*shared)) < 0)
		load_fail("%s: %m", path);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	if (shared == MAP_FAILED)
		load_fail("mmap: %m");
	(void)close(fd);
	(void)snprintf(word, sizeof(word), "%d", number);
	load_start((const char *const[]){ "signals", path, word, NULL });
	while (shared->ready == 0 && io_now_ns() < over_ns) {
		load_alive();
		(void)usleep(PAUSE_US);
	}
	if (shared->ready == 0)
		load_fail("the program never listens");
	(void)usleep(SETTLE_US);
	return shared;
}

/* Until so many are told, or nothing has been told for long. */
static void
wait_told(const struct shared *shared, uint64_t count, int64_t limit_ns)
{
	uint64_t told = shared->told;
	int64_t quiet_ns = io_now_ns();

	while (shared->told < count && io_now_ns() < quiet_ns + limit_ns) {
		if (shared->told != told)
			quiet_ns = io_now_ns();
		told = shared->told;
		(void)usleep(PAUSE_US);
	}
}

static void
print_told(const struct load_work *work, const struct shared *shared,
    int64_t begun_ns, const struct load_usage *before)
{
	struct load_usage after;
	double told = (double)shared->told;

	load_look(&after);
	load_print(work, "told",
	    told * 1e9 / (double)((int64_t)shared->last_ns - begun_ns),
	    "signals/s");
	load_print_cpu(work, before, &after, told, 1e6, "us/signal");
}

/* The system tells one that is pending already only once. */
void
load_flood(const struct load_work *work)
{
	struct shared *shared = start_listener(SIGUSR1);
	struct load_usage before;
	int64_t begun_ns;

	load_look(&before);
	begun_ns = io_now_ns();
	for (long i = 0; i < work->connections; i++)
		if (kill(load_pid(), SIGUSR1) < 0)
			load_fail("kill: %m");
	wait_told(shared, UINT64_MAX, QUIET_NS);
	if (shared->told == 0)
		load_fail("none was told");
	print_told(work, shared, begun_ns, &before);
}

void
load_queued(const struct load_work *work)
{
	int number = SIGRTMIN + 1;
	struct shared *shared = start_listener(number);
	struct load_usage before;
	int64_t begun_ns;

	load_look(&before);
	begun_ns = io_now_ns();
	for (long i = 0; i < work->connections;) {
		if (sigqueue(load_pid(), number, (union sigval){ 0 }) == 0)
			i++;
		else if (errno == EAGAIN) /* the queue is full */
			(void)usleep(PAUSE_US);
		else
			load_fail("sigqueue: %m");
	}
	wait_told(shared, (uint64_t)work->connections, LONG_QUIET_NS);
	if (shared->told != (uint64_t)work->connections)
		load_fail("%llu were told of %ld",
		    (unsigned long long)shared->told, work->connections);
	print_told(work, shared, begun_ns, &before);
}

void
load_single(const struct load_work *work)
{
	struct shared *shared = start_listener(SIGUSR1);
	size_t count = (size_t)work->connections;
	uint64_t *samples = calloc(count, sizeof(*samples));

	if (samples == NULL)
		load_fail("no memory");
	for (size_t i = 0; i < count; i++) {
		int64_t begun_ns = io_now_ns();

		if (kill(load_pid(), SIGUSR1) < 0)
			load_fail("kill: %m");
		while (shared->told <= i && io_now_ns() < begun_ns + QUIET_NS)
			(void)usleep(PAUSE_US / 5);
		if (shared->told != i + 1)
			load_fail("signal %zu was not told once", i);
		samples[i] = shared->last_ns - (uint64_t)begun_ns;
		(void)usleep(PAUSE_US);
	}
	load_print(work, "p50", io_quantile(samples, count, 0.5) / 1e3, "us");
	load_print(work, "p99", io_quantile(samples, count, 0.99) / 1e3, "us");
	free(samples);
}
