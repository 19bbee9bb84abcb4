/* sim_trace.c - what happens in a simulated system, in lines for people.
 *
 * Each handled message is told by the simulation. The rest is seen by looking:
 * after each step the actors and the edges are compared with how they were
 * before it. That costs much, and nothing where no trace is asked for.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_trace.h"

#define LINE_SIZE 256
#define WORDS_SIZE 48

/* An actor as it was last seen. */
struct seen_actor {
	char words[WORDS_SIZE];
	uint32_t generation; /* 0: nobody yet */
	bool is_there;
	bool is_suspended;
	enum bsk_state state;
};

/* An edge as it was last seen. */
struct seen_edge {
	uint64_t sent;
	uint64_t ends[BSK_END_COUNT];
};

struct sim_trace {
	struct bsk_system *system;
	void (*say)(void *arg, const char *line);
	void *arg;
	struct seen_actor *actors; /* by index */
	uint32_t actor_count;
	struct seen_edge *edges[WORKERS_MAX]; /* by number */
	uint32_t edge_counts[WORKERS_MAX];
};

/* --- lines --------------------------------------------------------------- */

static void
tell(struct sim_trace *trace, const char *where, const char *who,
    const char *what)
{
	int64_t now_ns = trace->system->sim.now_ns;
	char line[2 * LINE_SIZE];

	(void)snprintf(line, sizeof(line), "%8" PRId64 ".%06" PRId64
	    " ms %3s  %-20s %s", now_ns / 1000000, now_ns % 1000000, where,
	    who, what);
	trace->say(trace->arg, line);
}

void
sim_trace_tell(struct sim_trace *trace, const char *words)
{
	tell(trace, "", "!!!", words);
}

static const char *
type_name(const struct bsk_type *type)
{
	return type == NULL ? "a message of the runtime's" : type->name;
}

/* What an actor is called, also when it is gone. */
static const char *
words_of(const struct sim_trace *trace, bsk_ref ref, char room[WORDS_SIZE])
{
	uint32_t index = (uint32_t)ref.bits;
	uint32_t generation = (uint32_t)(ref.bits >> 32);

	if (bsk_ref_is_nobody(ref))
		return "outside";
	if (index < trace->actor_count &&
	    trace->actors[index].generation == generation)
		return trace->actors[index].words;
	(void)snprintf(room, WORDS_SIZE, "#%" PRIu32 ".%" PRIu32, index,
	    generation);
	return room;
}

/* --- actors -------------------------------------------------------------- */

/* "ann#5", "clerk#6": by its name or its class, and its slot; the lives in a
 * slot after the first are numbered. */
static void
name(struct seen_actor *seen, const struct bsk_actor_info *info)
{
	int size;

	size = snprintf(seen->words, WORDS_SIZE, "%.24s#%" PRIu32,
	    info->name != NULL ? info->name : info->class_name,
	    (uint32_t)info->ref.bits);
	if (seen->generation > 1 && size < WORDS_SIZE)
		(void)snprintf(seen->words + size, WORDS_SIZE - (size_t)size,
		    ".%" PRIu32, seen->generation);
}

static void
begin(struct sim_trace *trace, struct seen_actor *seen,
    const struct bsk_actor_info *info)
{
	char what[LINE_SIZE];
	char where[12];

	seen->generation = (uint32_t)(info->ref.bits >> 32);
	seen->state = BSK_STATE_STARTING;
	seen->is_suspended = false;
	name(seen, info);
	(void)snprintf(what, sizeof(what), "is made, a %s", info->class_name);
	(void)snprintf(where, sizeof(where), "%" PRIu32, info->worker);
	tell(trace, where, seen->words, what);
}

static bool
look_at_actor(void *arg, const struct bsk_actor_info *info)
{
	struct sim_trace *trace = arg;
	uint32_t index = (uint32_t)info->ref.bits;
	struct seen_actor *seen = &trace->actors[index];
	char what[LINE_SIZE];

	if (index >= trace->actor_count)
		return true;
	if (seen->generation != (uint32_t)(info->ref.bits >> 32))
		begin(trace, seen, info);
	else if (info->name != NULL)
		name(seen, info);
	seen->is_there = true;
	if (seen->state != info->state) {
		(void)snprintf(what, sizeof(what), "is %s",
		    bsk_state_text(info->state));
		tell(trace, "", seen->words, what);
	}
	if (seen->is_suspended != info->suspended)
		tell(trace, "", seen->words, info->suspended ?
		    "waits for room" : "waits for room no more");
	seen->state = info->state;
	seen->is_suspended = info->suspended;
	return true;
}

static void
make_room(struct sim_trace *trace)
{
	uint32_t count = cells_count(&trace->system->cells);
	struct seen_actor *actors;

	if (count <= trace->actor_count)
		return;
	actors = realloc(trace->actors, count * sizeof(*actors));
	if (actors == NULL)
		return;
	memset(actors + trace->actor_count, 0,
	    (count - trace->actor_count) * sizeof(*actors));
	trace->actors = actors;
	trace->actor_count = count;
}

static void
look_at_actors(struct sim_trace *trace)
{
	make_room(trace);
	for (uint32_t i = 0; i < trace->actor_count; i++)
		trace->actors[i].is_there = false;
	(void)bsk_inspect_actors(trace->system, look_at_actor, trace);
	for (uint32_t i = 0; i < trace->actor_count; i++) {
		struct seen_actor *seen = &trace->actors[i];

		if (seen->is_there || seen->generation == 0 ||
		    seen->state == BSK_STATE_STOPPED + 1)
			continue;
		seen->state = (enum bsk_state)(BSK_STATE_STOPPED + 1);
		tell(trace, "", seen->words, "is gone");
	}
}

/* --- edges --------------------------------------------------------------- */

static void
tell_count(struct sim_trace *trace, struct edge *edge, const char *verb,
    uint64_t count)
{
	char rooms[2][WORDS_SIZE];
	char what[LINE_SIZE];
	char times[32] = "";

	if (count > 1)
		(void)snprintf(times, sizeof(times), " (%" PRIu64 " times)",
		    count);
	(void)snprintf(what, sizeof(what), "-> %s: %s is %s%s",
	    words_of(trace, (bsk_ref){peek(&edge->to)}, rooms[1]),
	    type_name(peek(&edge->type)), verb, times);
	tell(trace, "", words_of(trace, (bsk_ref){peek(&edge->from)},
	    rooms[0]), what);
}

/* That something was handled is told as it happens. */
static void
look_at_edge(struct sim_trace *trace, struct edge *edge,
    struct seen_edge *seen, bool is_rest)
{
	uint64_t sent = peek(&edge->sent);

	if (sent < seen->sent)
		memset(seen, 0, sizeof(*seen)); /* it is another's now */
	if (sent > seen->sent && !is_rest)
		tell_count(trace, edge, "sent", sent - seen->sent);
	seen->sent = sent;
	for (unsigned i = 0; i < BSK_END_COUNT; i++) {
		uint64_t ended = peek(&edge->ends[i]);

		if (ended > seen->ends[i] && i != BSK_END_HANDLED &&
		    i != BSK_END_REPLIED)
			tell_count(trace, edge, bsk_end_text((enum bsk_end)i),
			    ended - seen->ends[i]);
		seen->ends[i] = ended;
	}
}

static void
look_at_edges(struct sim_trace *trace, struct worker *worker)
{
	uint32_t count = peek(&worker->edges.count);
	struct seen_edge **edges = &trace->edges[worker->index];
	uint32_t *before = &trace->edge_counts[worker->index];

	if (count > *before) {
		struct seen_edge *more = realloc(*edges,
		    count * sizeof(*more));

		if (more == NULL)
			return;
		memset(more + *before, 0, (count - *before) * sizeof(*more));
		*edges = more;
		*before = count;
	}
	for (uint32_t i = 0; i < count; i++)
		look_at_edge(trace, edges_at(&worker->edges, i), *edges + i,
		    i == EDGES_REST);
}

static void
look(void *arg)
{
	struct sim_trace *trace = arg;
	struct bsk_system *system = trace->system;

	look_at_actors(trace);
	for (unsigned i = 0; i < peek(&system->worker_count); i++)
		look_at_edges(trace, system->workers[i]);
}

/* --- steps --------------------------------------------------------------- */

static void
on_step(void *arg, const struct bsk_sim_step *step)
{
	struct sim_trace *trace = arg;
	char rooms[2][WORDS_SIZE];
	char what[LINE_SIZE];
	char where[12];
	bool is_told = bsk_ref_is_nobody(step->from); /* by the runtime */
	const char *reason = strerrorname_np(-step->result);

	look_at_actors(trace);
	(void)snprintf(where, sizeof(where), "%" PRIu32, step->worker);
	(void)snprintf(what, sizeof(what), "hears %s%s%s%s%s",
	    type_name(step->type), is_told ? "" : " from ",
	    is_told ? "" : words_of(trace, step->from, rooms[1]),
	    step->result < 0 ? ", fails: " : "",
	    step->result == 0 ? "" : reason == NULL ? "?" : reason);
	tell(trace, where, words_of(trace, step->to, rooms[0]), what);
	look(trace);
}

struct sim_trace *
sim_trace_new(struct bsk_system *system,
    void (*say)(void *arg, const char *line), void *arg)
{
	struct sim_trace *trace = calloc(1, sizeof(*trace));

	if (trace == NULL)
		return NULL;
	trace->system = system;
	trace->say = say;
	trace->arg = arg;
	system->sim.on_step = on_step;
	system->sim.on_turn = look;
	system->sim.arg = trace;
	look(trace);
	return trace;
}

void
sim_trace_free(struct sim_trace *trace)
{
	if (trace == NULL)
		return;
	trace->system->sim.on_step = NULL;
	trace->system->sim.on_turn = NULL;
	free(trace->actors);
	for (unsigned i = 0; i < WORKERS_MAX; i++)
		free(trace->edges[i]);
	free(trace);
}
