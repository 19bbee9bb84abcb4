/* inspect.c - looking at a running system. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errand.h"
#include "links.h"
#include "owner.h"

const char *
bsk_state_text(enum bsk_state state)
{
	static const char *const texts[] = {
		"starting", "active", "draining", "restarting", "stopped",
	};

	return (unsigned)state < sizeof(texts) / sizeof(texts[0]) ?
	    texts[state] : "?";
}

static enum bsk_state
state_of(enum life life)
{
	switch (life) {
	case LIFE_STARTING:
		return BSK_STATE_STARTING;
	case LIFE_ACTIVE:
		return BSK_STATE_ACTIVE;
	case LIFE_DRAINING:
		return BSK_STATE_DRAINING;
	case LIFE_RESTARTING:
		return BSK_STATE_RESTARTING;
	default:
		return BSK_STATE_STOPPED;
	}
}

/* --- actors -------------------------------------------------------------- */

static void
read_extras(struct cell *cell, struct bsk_actor_info *info)
{
	struct extras *extras = cell_has_extras(cell);

	info->placement = BSK_PLACE_POOL;
	if (extras == NULL)
		return;
	for (unsigned i = 0; i < BSK_END_COUNT; i++)
		info->ends[i] = peek(&extras->ends[i]);
	info->placement = peek(&extras->placement);
	info->handler_ns = peek(&extras->handler_ns);
	info->restarts = peek(&extras->restarts);
	info->held = peek(&extras->held);
	info->timers = peek(&extras->timers);
	info->asks = peek(&extras->asks);
	if (info->state == BSK_STATE_DRAINING)
		info->drain_ns = peek(&extras->drain_ns);
	info->waits_for.bits = peek(&extras->waits_for);
}

/* The clock may have been read here before it was there. */
static int64_t
oldest(struct bsk_system *system, struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);
	int64_t age_ns;

	if (peek(&cell->depth) == 0)
		return 0;
	if (extras == NULL || peek(&extras->since_ns) == 0)
		return -1;
	age_ns = system->os->now(system->os) - peek(&extras->since_ns);
	return age_ns > 0 ? age_ns : 0;
}

/* Who it is, in which state. A cell may end and begin another life while it is
 * read; what was read then is of neither, and is not told.
 *
 * What is read after the generation is not of an earlier life, and when it is
 * of a later one, so is the generation that is read after it. */
static bool
read_life(struct cell *cell, struct bsk_actor_info *info)
{
	/* Acquire: pairs with the release in cells_give. */
	uint32_t generation = atomic_load_explicit(&cell->generation,
	    memory_order_acquire);
	/* Acquire: pairs with the release in cell_set_life. */
	enum life life = standing_life(atomic_load_explicit(&cell->standing,
	    memory_order_acquire));

	info->class_ = cell_class(cell);
	/* Acquire: pairs with the release in give_to_parent of spawn.c. */
	info->parent.bits = atomic_load_explicit(&cell->parent,
	    memory_order_acquire);
	info->ref = cell_ref(cell);
	info->state = state_of(life);
	return life != LIFE_NONE && info->class_ != NULL &&
	    (uint32_t)(info->ref.bits >> 32) == generation;
}

/* The figures are for people: those of an actor that ends meanwhile may be of
 * the one after it, if that can be seen before the generation. */
static bool
read_cell(struct bsk_system *system, struct cell *cell,
    struct bsk_actor_info *info)
{
	memset(info, 0, sizeof(*info));
	if (!read_life(cell, info))
		return false;
	info->class_name = info->class_->name;
	info->worker = cells_home(&system->cells, cell->index);
	info->supervised = cell_has(cell, CELL_SUPERVISED);
	info->suspended = cell_blocked(cell) > 0;
	info->depth = peek(&cell->depth);
	info->capacity = cell_capacity(cell);
	info->oldest_ns = oldest(system, cell);
	info->alarmed = cell_has(cell, CELL_ALARMED);
	info->high_water = peek(&cell->high_water);
	read_extras(cell, info);
	info->ends[BSK_END_HANDLED] = peek(&cell->handled);
	return bsk_ref_equal(info->ref, cell_ref(cell));
}

static int
tell_actor(struct bsk_system *system, struct cell *cell,
    bool (*on_actor)(void *arg, const struct bsk_actor_info *info), void *arg)
{
	char name[DIRECTORY_NAME_MAX + 1];
	struct bsk_actor_info info;

	if (!read_cell(system, cell, &info))
		return -ESRCH;
	if (directory_name_of(&system->directory, info.ref, name,
	    sizeof(name)))
		info.name = name;
	return on_actor(arg, &info) ? 0 : 1;
}

int
bsk_inspect_actors(bsk_system *system,
    bool (*on_actor)(void *arg, const struct bsk_actor_info *info), void *arg)
{
	uint32_t count = cells_count(&system->cells);

	if (!owner_is_here(system->owner))
		return -EOWNERDEAD;
	for (uint32_t i = 1; i < count; i++)
		if (tell_actor(system,
		    cells_find(&system->cells, (bsk_ref){i}), on_actor,
		    arg) == 1)
			return 1;
	return 0;
}

int
bsk_inspect_actor(bsk_system *system, bsk_ref ref,
    bool (*on_actor)(void *arg, const struct bsk_actor_info *info), void *arg)
{
	struct cell *cell = cells_find(&system->cells, ref);

	if (!owner_is_here(system->owner))
		return -EOWNERDEAD;
	if (cell == NULL || !cell_is(cell, ref))
		return -ESRCH;
	return tell_actor(system, cell, on_actor, arg);
}

bool
bsk_inspect_name(bsk_system *system, bsk_ref ref, char *ret_name, size_t size)
{
	ret_name[0] = '\0';
	return owner_is_here(system->owner) &&
	    directory_name_of(&system->directory, ref, ret_name, size);
}

struct words {
	char *words;
	size_t size;
};

static bool
say(void *arg, const struct bsk_actor_info *info)
{
	const struct words *words = arg;

	if (info->name == NULL)
		(void)snprintf(words->words, words->size, "a %s",
		    info->class_name);
	else
		(void)snprintf(words->words, words->size, "%s (%s)",
		    info->name, info->class_name);
	return true;
}

void
bsk_inspect_words(bsk_system *system, bsk_ref ref, char *ret_words,
    size_t size)
{
	struct words words = {ret_words, size};

	(void)snprintf(ret_words, size, "%s", bsk_ref_is_nobody(ref) ?
	    "nobody" : "an actor that is gone");
	(void)bsk_inspect_actor(system, ref, say, &words);
}

int
bsk_inspect_wires(bsk_system *system,
    bool (*on_wire)(void *arg, const struct bsk_wire_info *info), void *arg)
{
	if (!owner_is_here(system->owner))
		return -EOWNERDEAD;
	return directory_each_wire(&system->directory, on_wire, arg);
}

int
bsk_inspect_links(bsk_system *system,
    bool (*on_link)(void *arg, const struct bsk_link_info *info), void *arg)
{
	if (!owner_is_here(system->owner))
		return -EOWNERDEAD;
	return links_each(&system->links, on_link, arg);
}

/* --- edges --------------------------------------------------------------- */

/* The edges of all workers, to be summed: sorted, like stands beside like. */
struct tally {
	struct bsk_system *system;
	bool folds;   /* a worker has folded what is gone: so do we with all */
	struct bsk_edge_info *edges;
	size_t count;
	size_t room;
};

/* Whose edge it is: nobody's, if either is gone and that is folded. */
static void
read_sides(const struct tally *tally, struct edge *edge,
    const struct bsk_type *type, struct bsk_edge_info *info)
{
	bsk_ref from = { peek(&edge->from) };
	bsk_ref to = { peek(&edge->to) };

	if (tally->folds && (system_is_gone(tally->system, from) ||
	    system_is_gone(tally->system, to)))
		return;
	info->from = from;
	info->to = to;
	info->type = type;
}

static int
add_edge(struct tally *tally, struct edge *edge, bool is_rest)
{
	const struct bsk_type *type = NULL;
	struct bsk_edge_info *info;

	if (tally->count == tally->room) {
		size_t room = tally->room == 0 ? 256 : tally->room * 2;

		info = realloc(tally->edges, room * sizeof(*info));
		if (info == NULL)
			return -ENOMEM;
		tally->edges = info;
		tally->room = room;
	}
	info = &tally->edges[tally->count];
	memset(info, 0, sizeof(*info));
	if (!is_rest) {
		type = peek(&edge->type);
		if (type == NULL)
			return 0;
		read_sides(tally, edge, type, info);
	}
	info->sent = peek(&edge->sent);
	info->bytes = peek(&edge->owned) +
	    (is_rest ? 0 : info->sent * type->size);
	for (unsigned i = 0; i < BSK_END_COUNT; i++)
		info->ends[i] = peek(&edge->ends[i]);
	tally->count++;
	return 0;
}

static int
tally_worker(struct tally *tally, struct worker *worker)
{
	/* Acquire: pairs with the release when an entry is added. */
	uint32_t count = atomic_load_explicit(&worker->edges.count,
	    memory_order_acquire);
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < count; i++)
		r = add_edge(tally, edges_at(&worker->edges, i),
		    i == EDGES_REST);
	return r;
}

static int
compare(const void *one, const void *other)
{
	const struct bsk_edge_info *a = one;
	const struct bsk_edge_info *b = other;

	if (a->from.bits != b->from.bits)
		return a->from.bits < b->from.bits ? -1 : 1;
	if (a->to.bits != b->to.bits)
		return a->to.bits < b->to.bits ? -1 : 1;
	if (a->type != b->type)
		return (uintptr_t)a->type < (uintptr_t)b->type ? -1 : 1;
	return 0;
}

static void
sum_up(struct tally *tally)
{
	size_t kept = 0;

	if (tally->count == 0)
		return;
	qsort(tally->edges, tally->count, sizeof(tally->edges[0]), compare);
	for (size_t i = 1; i < tally->count; i++) {
		struct bsk_edge_info *to = &tally->edges[kept];
		const struct bsk_edge_info *from = &tally->edges[i];

		if (compare(to, from) != 0) {
			tally->edges[++kept] = *from;
			continue;
		}
		to->sent += from->sent;
		to->bytes += from->bytes;
		for (unsigned e = 0; e < BSK_END_COUNT; e++)
			to->ends[e] += from->ends[e];
	}
	tally->count = kept + 1;
}

/* Workers that there are now. */
static unsigned
workers(struct bsk_system *system)
{
	/* Acquire: pairs with the release when a worker is added. */
	return atomic_load_explicit(&system->worker_count,
	    memory_order_acquire);
}

int
bsk_inspect_edges(bsk_system *system,
    bool (*on_edge)(void *arg, const struct bsk_edge_info *info), void *arg)
{
	struct tally tally = {.system = system};
	int r = 0;

	if (!owner_is_here(system->owner))
		return -EOWNERDEAD;
	for (unsigned i = 0; i < workers(system); i++)
		if (peek(&system->workers[i]->edges.is_swept))
			tally.folds = true;
	for (unsigned i = 0; r == 0 && i < workers(system); i++)
		r = tally_worker(&tally, system->workers[i]);
	if (r == 0)
		sum_up(&tally);
	for (size_t i = 0; r == 0 && i < tally.count; i++)
		if (!on_edge(arg, &tally.edges[i]))
			r = 1;
	free(tally.edges);
	return r;
}

/* --- the system ---------------------------------------------------------- */

void
bsk_inspect_system(bsk_system *system, struct bsk_system_info *ret_info)
{
	memset(ret_info, 0, sizeof(*ret_info));
	if (!owner_is_here(system->owner))
		return;
	ret_info->name = system->name;
	ret_info->workers = system->pool_size;
	ret_info->actors = peek(&system->cells.live);
	ret_info->messages = bsk_system_messages(system);
	ret_info->uptime_ns = system->os->now(system->os) -
	    system->created_ns;
	ret_info->stopping = peek(&system->stopping);
	pthread_mutex_lock(&system->pool.lock);
	ret_info->hosted = system->pool.has_runner;
	pthread_mutex_unlock(&system->pool.lock);
	for (unsigned i = 0; i < workers(system); i++) {
		struct worker *worker = system->workers[i];

		ret_info->sent += edges_sent(&worker->edges);
		ret_info->wakeups += peek(&worker->wakeups);
		for (unsigned e = 0; e < BSK_END_COUNT; e++)
			ret_info->ends[e] += peek(&worker->ends[e]);
	}
}

/* Made and freed are counted by different workers at different times: read
 * freed first, so that the difference is never negative. */
uint64_t
bsk_system_messages(const bsk_system *system)
{
	uint64_t freed = 0;
	uint64_t made = 0;
	unsigned count = atomic_load_explicit(&system->worker_count,
	    /* pairs with the release when one is added */
	    memory_order_acquire);

	for (unsigned i = 0; i < count; i++)
		freed += peek(&system->workers[i]->messages_freed) +
		    ERRANDS_RESERVED;
	for (unsigned i = 0; i < count; i++)
		made += peek(&system->workers[i]->messages_made) +
		    peek(&system->workers[i]->inbox.uncounted);
	return made > freed ? made - freed : 0;
}
