/* explore.c - a scenario under many seeds, and the trace of the one that broke
 * it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/inspect.h>

#include "owner.h"
#include "sim.h"
#include "sim_trace.h"
#include "system_make.h"

#define STANDARD_ERROR 2
#define WORDS_SIZE 256
#define LINE_SIZE 640
#define TURNS_MAX 1000000

/* A run of a scenario; that of the moment is in its system. */
struct bsk_sim_outcome {
	const struct bsk_sim_scenario *scenario;
	const struct bsk_sim_seeds *seeds;
	const volatile unsigned char *owner; /* lent to every system */
	void *state;
	struct sim_trace *trace; /* NULL: none is asked for */
	char failure[WORDS_SIZE]; /* "": there is none */
};

/* --- words --------------------------------------------------------------- */

/* Without the end of the line. */
static void
say(void *arg, const char *line)
{
	const struct bsk_sim_outcome *outcome = arg;
	const struct bsk_sim_seeds *seeds = outcome->seeds;
	struct iovec parts[2] = {
		{ .iov_base = (void *)(uintptr_t)line,
		    .iov_len = strlen(line) },
		{ .iov_base = (void *)(uintptr_t)"\n", .iov_len = 1 },
	};

	if (seeds->say != NULL)
		seeds->say(seeds->arg, line);
	else
		(void)bsk_os_libc.writev(&bsk_os_libc, STANDARD_ERROR, parts,
		    2);
}

/* Of the scenario as a whole. */
static void __attribute__((format(printf, 2, 3)))
say_of(struct bsk_sim_outcome *outcome, const char *format, ...)
{
	char line[LINE_SIZE];
	int size = snprintf(line, sizeof(line), "%.100s: ",
	    outcome->scenario->name);
	va_list list;

	va_start(list, format);
	(void)vsnprintf(line + size, sizeof(line) - (size_t)size, format,
	    list);
	va_end(list);
	say(outcome, line);
}

void *
bsk_sim_state(bsk_system *system)
{
	return system->sim.outcome == NULL ? NULL :
	    system->sim.outcome->state;
}

void
bsk_sim_fail(bsk_system *system, const char *format, ...)
{
	struct bsk_sim_outcome *outcome = system->sim.outcome;
	va_list list;

	if (outcome == NULL || outcome->failure[0] != '\0')
		return;
	va_start(list, format);
	(void)vsnprintf(outcome->failure, sizeof(outcome->failure), format,
	    list);
	va_end(list);
	if (outcome->failure[0] == '\0')
		(void)snprintf(outcome->failure, sizeof(outcome->failure),
		    "it failed");
	system->sim.is_over = true;
	if (outcome->trace != NULL)
		sim_trace_tell(outcome->trace, outcome->failure);
}

/* --- what must hold in every run ----------------------------------------- */

static bool
look_at_edge(void *arg, const struct bsk_edge_info *edge)
{
	bsk_system *system = arg;
	uint64_t ended = 0;

	for (unsigned i = 0; i < BSK_END_COUNT; i++)
		ended += edge->ends[i];
	if (edge->sent != ended)
		bsk_sim_fail(system, "the books do not balance: %s from #%"
		    PRIu32 " to #%" PRIu32 ": %" PRIu64 " sent, %" PRIu64
		    " ended", edge->type == NULL ? "the rest" :
		    edge->type->name, (uint32_t)edge->from.bits,
		    (uint32_t)edge->to.bits, edge->sent, ended);
	return edge->sent == ended;
}

static void
look_at_books(bsk_system *system)
{
	uint64_t messages = bsk_system_messages(system);

	if (bsk_inspect_edges(system, look_at_edge, system) < 0)
		bsk_sim_fail(system, "no memory to look at the books");
	if (messages != 0)
		bsk_sim_fail(system, "%" PRIu64 " messages are left",
		    messages);
}

/* The guardian is the last; whoever else is there was left behind. */
static void
look_at_end(bsk_system *system)
{
	struct bsk_system_info info;
	int r;

	bsk_inspect_system(system, &info);
	if (!info.stopping)
		bsk_system_stop(system, 0);
	r = bsk_sim_run(system, INT64_MAX);
	bsk_inspect_system(system, &info);
	if (r != 1)
		bsk_sim_fail(system, "it does not come to its end: %" PRIu64
		    " actors, %" PRIu64 " turns", info.actors,
		    system->sim.turns);
	else if (info.actors > 1)
		bsk_sim_fail(system, "%" PRIu64 " actors outlive the end",
		    info.actors - 1);
}

/* --- runs ---------------------------------------------------------------- */

static void
play(struct bsk_sim_outcome *outcome, bsk_system *system)
{
	const struct bsk_sim_scenario *scenario = outcome->scenario;

	scenario->play(system, outcome->state);
	if (outcome->failure[0] == '\0')
		look_at_end(system);
	if (outcome->failure[0] != '\0')
		return;
	system_settle(system);
	look_at_books(system);
	if (scenario->check != NULL && outcome->failure[0] == '\0')
		scenario->check(system, outcome->state);
}

/* One run; a negative errno when there was none. */
static int
run(struct bsk_sim_outcome *outcome, uint64_t seed, bool with_trace)
{
	const struct bsk_sim_scenario *scenario = outcome->scenario;
	bsk_system *system;
	int r;

	outcome->failure[0] = '\0';
	memset(outcome->state, 0, scenario->state_size);
	r = sim_make(scenario->options, seed, outcome->owner, &system);
	if (r < 0)
		return r;
	system->sim.outcome = outcome;
	system->sim.is_busy = scenario->busy;
	system->sim.turns_max = scenario->turns_max != 0 ?
	    scenario->turns_max : TURNS_MAX;
	if (with_trace)
		outcome->trace = sim_trace_new(system, say, outcome);
	play(outcome, system);
	sim_trace_free(outcome->trace);
	outcome->trace = NULL;
	bsk_system_destroy(system);
	return 0;
}

/* The same run again, with its trace. */
static int
tell(struct bsk_sim_outcome *outcome, uint64_t seed)
{
	const char *command = outcome->seeds->command;
	char failure[WORDS_SIZE];
	int r;

	memcpy(failure, outcome->failure, sizeof(failure));
	say_of(outcome, "seed %" PRIu64 " failed; what happened:",
	    seed);
	r = run(outcome, seed, true);
	if (r < 0)
		return r;
	if (strcmp(failure, outcome->failure) != 0)
		say_of(outcome, "the run is not the same again: %s",
		    outcome->failure[0] == '\0' ? "nothing failed" :
		    outcome->failure);
	say_of(outcome, "seed %" PRIu64 ": %s", seed, failure);
	say_of(outcome, "once more: BUSKIN_SEED=%" PRIu64 " %s", seed,
	    command == NULL ? "and the same command" : command);
	return 1;
}

static int
walk(struct bsk_sim_outcome *outcome, uint64_t first, uint64_t count)
{
	uint64_t ignored;
	uint64_t *at = outcome->seeds->at != NULL ? outcome->seeds->at :
	    &ignored;
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < count; i++) {
		*at = first + i;
		r = run(outcome, first + i, outcome->seeds->traced);
		if (r == 0 && outcome->failure[0] != '\0')
			r = tell(outcome, first + i);
	}
	return r;
}

/* The only seed, from the environment. 1: there is one; 0: there is none. */
static int
seed_alone(struct bsk_sim_outcome *outcome, uint64_t *ret_seed)
{
	const char *text = getenv("BUSKIN_SEED");
	unsigned long long seed;
	char *end;

	if (text == NULL || text[0] == '\0')
		return 0;
	errno = 0;
	seed = strtoull(text, &end, 0);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0) {
		say_of(outcome, "BUSKIN_SEED is no seed: \"%.64s\"", text);
		return -EINVAL;
	}
	*ret_seed = seed;
	return 1;
}

int
bsk_sim_explore(const struct bsk_sim_scenario *scenario,
    const struct bsk_sim_seeds *seeds)
{
	struct bsk_sim_outcome outcome = {
		.scenario = scenario,
		.seeds = seeds,
		.state = calloc(1, scenario->state_size + 1),
	};
	int r = outcome.state == NULL ? -ENOMEM : owner_init(&outcome.owner);
	uint64_t alone = 0;

	if (r == 0)
		r = seed_alone(&outcome, &alone);
	if (r == 1)
		r = walk(&outcome, alone, 1);
	else if (r == 0)
		r = walk(&outcome, seeds->first, seeds->count);
	owner_release(outcome.owner);
	free(outcome.state);
	return r;
}
