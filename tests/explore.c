/* explore.c - plays small worlds under many seeds; on every edge of each of
 * them as many messages must have ended as were sent.
 *
 *	tests/explore [SCENARIO...]
 *
 * Environment: SEEDS, how many (2000); SEED, the first (drawn, and printed);
 * BUSKIN_SEED, the only one, to see a failure again; JOBS, processes beside
 * each other (as many as there are CPUs); PATIENCE, seconds that a process may
 * take (300). The results are TAP. A run that
 * crashes or hangs takes its process with it; its seed is known all the same,
 * and it is played once more, with its trace.
 */
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "explore.h"

#define SEEDS 2000u
#define SEEDS_INSTRUMENTED 40u
#define JOBS_MAX 16u
#define PATIENCE_S 300u /* of one process */

static const struct bsk_sim_scenario *const scenarios[] = {
	&explore_mailbox,
	&explore_ask,
	&explore_ask_busy,
	&explore_monitor,
	&explore_supervisor,
	&explore_stop,
	&explore_suspend,
	&explore_restart,
	&explore_moves,
};
#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

bsk_ref
explore_spawn(bsk_system *system, const struct bsk_class *class_,
    struct bsk_parcel *config, const struct bsk_spawn_options *spawn_options)
{
	bsk_ref ref = bsk_nobody();

	bsk_sim_expect(system, bsk_system_spawn(system, class_, config,
	    spawn_options, &ref) == 0);
	return ref;
}

void
explore_send(bsk_system *system, bsk_ref to, bsk_message *message)
{
	bsk_sim_expect(system, bsk_system_send(system, to, message) == 0);
}

/* --- one scenario ------------------------------------------------------- */

/* Empty is as good as unset. */
static bool
is_set(const char *name)
{
	const char *text = getenv(name);

	return text != NULL && text[0] != '\0';
}

static uint64_t
number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	unsigned long long value;
	char *end;

	if (!is_set(name))
		return otherwise;
	value = strtoull(text, &end, 0);
	if (text[0] < '0' || text[0] > '9' || *end != '\0') {
		fprintf(stderr, "explore: %s is no number: \"%s\"\n", name,
		    text);
		exit(99);
	}
	return value;
}

static double
now_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* In a process of its own. */
static pid_t
begin(const struct bsk_sim_scenario *scenario,
    const struct bsk_sim_seeds *seeds)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)alarm((unsigned)number("PATIENCE", PATIENCE_S));
	_exit(bsk_sim_explore(scenario, seeds) == 0 ? 0 : 1);
}

/* It ended otherwise than by finding something: at which seed, and how? */
static void
tell_crash(const struct bsk_sim_scenario *scenario, uint64_t seed,
    const char *command, int status)
{
	struct bsk_sim_seeds alone = {
		.first = seed,
		.count = 1,
		.traced = true,
	};
	pid_t pid;

	fprintf(stderr, "%s: seed %" PRIu64 ": ended by %s; "
	    "what happened:\n", scenario->name, seed,
	    WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "exit");
	pid = begin(scenario, &alone);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	fprintf(stderr, "%s: once more: BUSKIN_SEED=%" PRIu64 " %s\n",
	    scenario->name, seed, command);
}

/* Whether all the seeds passed. */
static bool
explore(const struct bsk_sim_scenario *scenario, uint64_t first,
    uint64_t count, uint64_t jobs, uint64_t *at, const char *program)
{
	struct bsk_sim_seeds seeds = {.first = first};
	char command[256];
	pid_t pids[JOBS_MAX];
	bool all = true;

	(void)snprintf(command, sizeof(command), "%s %s", program,
	    scenario->name);
	seeds.command = command;
	for (uint64_t i = 0; i < jobs; i++) {
		seeds.count = count * (i + 1) / jobs - count * i / jobs;
		seeds.at = &at[i];
		pids[i] = begin(scenario, &seeds);
		seeds.first += seeds.count;
	}
	for (uint64_t i = 0; i < jobs; i++) {
		int status = 1;

		if (pids[i] < 0 || waitpid(pids[i], &status, 0) < 0)
			status = 1;
		if (status != 0 && WIFEXITED(status) &&
		    WEXITSTATUS(status) == 1)
			all = false;
		else if (status != 0)
			tell_crash(scenario, at[i], command, status);
		all = all && status == 0;
	}
	return all;
}

/* --- all of them --------------------------------------------------------- */

static bool
is_wanted(const struct bsk_sim_scenario *scenario, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], scenario->name) == 0)
			return true;
	return argc < 2;
}

static uint64_t
default_seeds(void)
{
	const char *how = getenv("INSTRUMENTED");

	return how != NULL && how[0] != '\0' && strcmp(how, "no") != 0 ?
	    SEEDS_INSTRUMENTED : SEEDS;
}

static uint64_t
count_jobs(bool alone)
{
	uint64_t jobs = number("JOBS", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));

	if (alone || jobs == 0)
		return 1;
	return jobs > JOBS_MAX ? JOBS_MAX : jobs;
}

int
main(int argc, char **argv)
{
	bool alone = is_set("BUSKIN_SEED");
	uint64_t first = number(alone ? "BUSKIN_SEED" : "SEED",
	    (uint64_t)time(NULL) * 100000);
	uint64_t count = alone ? 1 : number("SEEDS", default_seeds());
	uint64_t jobs = count_jobs(alone);
	uint64_t *at = mmap(NULL, JOBS_MAX * sizeof(*at),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned played = 0;
	int status = 0;

	if (at == MAP_FAILED)
		return 99;
	/* A system is some megabytes that are hardly touched: to give them
	 * back each time costs much more than all that happens in it. */
	(void)mallopt(M_MMAP_MAX, 0);
	(void)mallopt(M_TRIM_THRESHOLD, 1 << 30);
	(void)mallopt(M_TOP_PAD, 16 << 20);
	printf("# SEED=%" PRIu64 " SEEDS=%" PRIu64 "\n", first, count);
	fflush(stdout);
	for (size_t i = 0; i < SCENARIOS; i++) {
		double begun_s = now_s();
		bool passed;

		if (!is_wanted(scenarios[i], argc, argv))
			continue;
		passed = explore(scenarios[i], first, count, jobs, at,
		    argv[0]);
		printf("%s %u - %s: seeds %" PRIu64 " to %" PRIu64
		    ", %.0f a second\n", passed ? "ok" : "not ok", ++played,
		    scenarios[i]->name, first, first + count - 1,
		    (double)count / (now_s() - begun_s));
		fflush(stdout);
		status = passed ? status : 1;
	}
	printf("1..%u\n", played);
	return played == 0 ? 99 : status;
}
