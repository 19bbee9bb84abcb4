/* edges.c - what has passed between whom, in which type. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "edges.h"

#define ENTRIES_MAX ((uint32_t)EDGES_CHUNK * EDGES_CHUNKS)
#define INDEX_FIRST 256u
#define PATIENCE 256u
#define PATIENCE_MAX 65536u
#define WORTH_IT (ENTRIES_MAX / 16) /* entries that a sweep should free */

/* Makes sure that there is a chunk for the next fresh entry. */
static int
add_chunk(struct edges *edges)
{
	uint32_t place = peek(&edges->count) / EDGES_CHUNK;
	struct edge *chunk;

	if (peek(&edges->chunks[place]) != NULL)
		return 0; /* a try before found no memory for the index */
	chunk = calloc(EDGES_CHUNK, sizeof(*chunk));
	if (chunk == NULL)
		return -ENOMEM;
	/* Release: pairs with the acquire in edges_at. */
	atomic_store_explicit(&edges->chunks[place], chunk,
	    memory_order_release);
	return 0;
}

int
edges_init(struct edges *edges)
{
	memset(edges, 0, sizeof(*edges));
	edges->index = calloc(INDEX_FIRST, sizeof(*edges->index));
	if (edges->index == NULL)
		return -ENOMEM;
	edges->index_mask = INDEX_FIRST - 1;
	edges->patience = PATIENCE;
	if (add_chunk(edges) < 0) {
		free(edges->index);
		return -ENOMEM;
	}
	poke(&edges->count, 1);
	return 0;
}

void
edges_release(struct edges *edges)
{
	for (unsigned i = 0; i < EDGES_CHUNKS; i++)
		free(peek(&edges->chunks[i]));
	free(edges->index);
}

/* One multiplication: the slot of the one stands over the generation of the
 * other, and the type between them. */
static inline uint32_t
hash(uint64_t from, uint64_t to, const struct bsk_type *type)
{
	uint64_t mixed = from ^ (to << 32 | to >> 32) ^
	    (uint64_t)(uintptr_t)type << 12;

	return (uint32_t)(mixed * 0x9e3779b97f4a7c15u >> 32);
}

static uint32_t
hash_of(const struct edge *edge)
{
	return hash(peek(&edge->from), peek(&edge->to), peek(&edge->type));
}

static void
index_put(struct edges *edges, uint32_t number)
{
	uint32_t place = hash_of(edges_at(edges, number));

	while (edges->index[place & edges->index_mask] != 0)
		place++;
	edges->index[place & edges->index_mask] = number;
}

/* Makes the index anew, of `size` places, from the entries in use. */
static int
reindex(struct edges *edges, uint32_t size)
{
	uint32_t *index = calloc(size, sizeof(*index));

	if (index == NULL)
		return -ENOMEM;
	free(edges->index);
	edges->index = index;
	edges->index_mask = size - 1;
	for (uint32_t i = 1; i < peek(&edges->count); i++)
		if (peek(&edges_at(edges, i)->type) != NULL)
			index_put(edges, i);
	return 0;
}

/* A place never used before. 0: none. */
static uint32_t
fresh_entry(struct edges *edges)
{
	uint32_t count = peek(&edges->count);

	if (count == ENTRIES_MAX)
		return 0;
	if (count % EDGES_CHUNK == 0 && add_chunk(edges) < 0)
		return 0;
	if (count * 2 > edges->index_mask &&
	    reindex(edges, (edges->index_mask + 1) * 2) < 0)
		return 0;
	return count;
}

/* A place for one more: one that a sweep has freed, or a fresh one. 0: none. */
static uint32_t
take_entry(struct edges *edges)
{
	uint32_t number = edges->free;
	struct edge *edge;

	if (number == 0)
		return fresh_entry(edges);
	edge = edges_at(edges, number);
	edges->free = edge->here;
	edge->here = 0;
	return number;
}

static uint32_t
add(struct edges *edges, bsk_ref from, bsk_ref to,
    const struct bsk_type *type)
{
	uint32_t number = take_entry(edges);
	struct edge *edge;

	if (number == 0) {
		edges->refused++;
		return EDGES_REST;
	}
	edge = edges_at(edges, number);
	edge->number = number;
	if (peek(&edge->to) != to.bits)
		edge->cell = NULL; /* else it leads where it led before */
	poke(&edge->from, from.bits);
	poke(&edge->to, to.bits);
	poke(&edge->type, type);
	/* Release: pairs with the acquire of `count` by whoever reads the
	 * table from another thread. */
	if (number == peek(&edges->count))
		atomic_store_explicit(&edges->count, number + 1,
		    memory_order_release);
	index_put(edges, number);
	return number;
}

uint32_t
edges_find(struct edges *edges, bsk_ref from, bsk_ref to,
    const struct bsk_type *type)
{
	uint32_t place = hash(from.bits, to.bits, type);
	uint32_t number;

	while ((number = edges->index[place & edges->index_mask]) != 0) {
		struct edge *edge = edges_at(edges, number);

		if (edge_is(edge, from, to, type))
			return number;
		place++;
	}
	return add(edges, from, to, type);
}

uint64_t
edges_sent(const struct edges *edges)
{
	/* Acquire: pairs with the release in `add`. */
	uint32_t count = atomic_load_explicit(&edges->count,
	    memory_order_acquire);
	uint64_t sent = 0;

	for (uint32_t i = 0; i < count; i++)
		sent += peek(&edges_at(edges, i)->sent);
	return sent;
}

static void
fold(struct edge *into, struct edge *edge)
{
	bump(&into->sent, peek(&edge->sent));
	bump(&into->owned, peek(&edge->owned) +
	    peek(&edge->sent) * peek(&edge->type)->size);
	for (unsigned i = 0; i < BSK_END_COUNT; i++)
		bump(&into->ends[i], peek(&edge->ends[i]));
}

/* A reader meanwhile may see the edge's figures twice or not at all; what it
 * sums at rest is right. */
static void
free_entry(struct edges *edges, uint32_t number)
{
	struct edge *edge = edges_at(edges, number);

	fold(edges_at(edges, EDGES_REST), edge);
	poke(&edge->type, NULL);
	poke(&edge->sent, 0);
	poke(&edge->owned, 0);
	for (unsigned i = 0; i < BSK_END_COUNT; i++)
		poke(&edge->ends[i], 0);
	edge->here = edges->free;
	edges->free = number;
}

void
edges_sweep(struct edges *edges,
    bool (*is_gone)(void *arg, bsk_ref ref), void *arg)
{
	uint32_t count = peek(&edges->count);
	uint32_t freed = 0;

	edges->refused = 0;
	poke(&edges->is_swept, true);
	memset(edges->index, 0,
	    ((size_t)edges->index_mask + 1) * sizeof(*edges->index));
	for (uint32_t i = 1; i < count; i++) {
		struct edge *edge = edges_at(edges, i);
		bsk_ref from = {peek(&edge->from)};
		bsk_ref to = {peek(&edge->to)};

		if (peek(&edge->type) == NULL)
			continue;
		if (edge->here != 0 ||
		    (!is_gone(arg, from) && !is_gone(arg, to))) {
			index_put(edges, i);
			continue;
		}
		free_entry(edges, i);
		freed++;
	}
	if (freed >= WORTH_IT)
		edges->patience = PATIENCE;
	else if (edges->patience < PATIENCE_MAX)
		edges->patience *= 4;
}
