/* pulse.c - how long a ready task of a worker waits, and what follows. */
#include "pulse.h"

#define TURN_BUDGET 64u  /* messages in a turn at most */
#define LOOK_MIN 4u      /* turns between two looks around at least */
#define LOAD_NS 2000000  /* a ready task waits long */
#define PACE_NS 500000   /* longer than it should, where that costs little */
#define PULSE_NS 1000000 /* from one measure of that to the next */
#define HEAVY_NS 2000    /* a message takes long: what it costs to run it in
                          * a turn of its own, or elsewhere, is little then */
#define STRAINS 3u       /* measures in a row that count */

static uint64_t
count_ends(const struct worker *worker)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < BSK_END_COUNT; i++)
		count += peek(&worker->ends[i]);
	return count;
}

/* Where messages take long, turns have fewer, and so are there fewer turns
 * between two looks around. */
static void
set_budget(struct worker *worker, unsigned budget)
{
	worker->turn_budget = budget;
	worker->look_turns = budget / 2 < LOOK_MIN ? LOOK_MIN : budget / 2;
}

/* Whether it goes on: one long wait says little, for the machine may have run
 * somebody else meanwhile. */
static bool
is_usual(unsigned *count, bool is_long)
{
	*count = is_long ? *count + 1 : 0;
	return *count >= STRAINS;
}

static void
pace(struct worker *worker, int64_t waited_ns, bool is_heavy)
{
	unsigned budget = worker->turn_budget;

	if (is_usual(&worker->waits, is_heavy && waited_ns >= PACE_NS))
		set_budget(worker, budget > 1 ? budget / 2 : 1);
	else if (waited_ns < PACE_NS / 4 && budget < TURN_BUDGET)
		set_budget(worker, budget * 2);
}

/* Turns that are short do not hide how much there is to do. */
static void
feel(struct task *task, struct worker *worker)
{
	int64_t waited_ns = worker->os->now(worker->os) - worker->pulsed_ns;
	uint64_t ends = count_ends(worker) - worker->pulsed_ends;
	bool is_heavy = (uint64_t)waited_ns >= ends * HEAVY_NS;
	bool is_strained = is_heavy &&
	    waited_ns * TURN_BUDGET >= LOAD_NS * worker->turn_budget;

	(void)task;
	worker->has_pulse = false;
	poke(&worker->waited_ns, waited_ns);
	pace(worker, waited_ns, is_heavy);
	if (is_usual(&worker->strains, is_strained) && worker->rings > 1)
		worker->hooks->on_load(worker);
}

void
pulse_init(struct worker *worker)
{
	worker->pulse.run = feel;
	set_budget(worker, TURN_BUDGET);
}

void
pulse_look(struct worker *worker, int64_t now_ns)
{
	if (worker->first == NULL || worker->has_pulse ||
	    now_ns - worker->pulsed_ns < PULSE_NS)
		return;
	worker->has_pulse = true;
	worker->pulsed_ns = now_ns;
	worker->pulsed_ends = count_ends(worker);
	worker_ready(worker, &worker->pulse);
}

void
pulse_rest(struct worker *worker)
{
	poke(&worker->waited_ns, 0);
	worker->waits = 0;
	worker->strains = 0;
	set_budget(worker, TURN_BUDGET);
}
