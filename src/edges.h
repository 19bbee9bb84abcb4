/* edges.h - what has passed between whom, in which type: a worker's counters.
 *
 * Every worker counts in its own table: a message is counted as sent where it
 * was sent and as ended where it ended; sums over all workers balance. The
 * table is bounded; entry 0 is the rest: what the runtime itself sends, and
 * whatever found the table full. Entries never move, so a message can carry
 * its entry's index and any thread may read the table while it grows. When the
 * table is full, entries of actors that are gone are folded into the rest.
 */
#ifndef EDGES_H
#define EDGES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <buskin/message.h>

#include "published.h"

enum {
	EDGES_CHUNK = 256,  /* entries */
	EDGES_CHUNKS = 64,  /* so 16,384 entries at most */
	EDGES_REST = 0
};

/* One edge. Written by the table's worker; published. */
struct edge {
	_Atomic uint64_t from;
	_Atomic uint64_t to;
	_Atomic(const struct bsk_type *) type; /* NULL: free, or the rest */
	_Atomic uint64_t sent;
	/* For those above: where a message along it goes; NULL: not known. */
	struct cell *cell;
	_Atomic uint16_t *home;
	uint32_t number; /* its own */
	uint32_t here; /* messages at this worker that carry this number; of a
	                * free entry: the next free one, or 0 */
	_Atomic uint64_t ends[BSK_END_COUNT];
	_Atomic uint64_t owned; /* bytes that bounded messages owned */
	uint64_t unused;        /* two cache lines: quick to find by number */
};

struct edges {
	/* Chunks below `count` / EDGES_CHUNK are there. Release when added;
	 * pairs with the acquire in edges_at. */
	_Atomic(struct edge *) chunks[EDGES_CHUNKS];
	_Atomic uint32_t count; /* entries ever used, the rest included */
	_Atomic bool is_swept;  /* something was folded; published */
	uint32_t free;          /* the first entry that a sweep has freed; 0 */
	uint32_t *index;        /* hash table of entries' numbers; 0: empty */
	uint32_t index_mask;    /* its size - 1, a power of two */
	uint32_t refused;       /* look-ups that ended at the rest, of late */
	uint32_t patience;      /* how many of them call for a sweep: more, when
	                         * the last one found little */
};

int edges_init(struct edges *edges);
void edges_release(struct edges *edges);

/* The number of the entry of an edge; EDGES_REST when the table is full. */
uint32_t edges_find(struct edges *edges, bsk_ref from, bsk_ref to,
    const struct bsk_type *type);

/* An entry by its number; any thread, for a number below `count`. */
static inline struct edge *
edges_at(const struct edges *edges, uint32_t number)
{
	/* Acquire: pairs with the release when a chunk is added. */
	struct edge *chunk = atomic_load_explicit(
	    &edges->chunks[number / EDGES_CHUNK], memory_order_acquire);

	return &chunk[number % EDGES_CHUNK];
}

/* Whether an entry, of any number, is that edge's now. */
static inline bool
edge_is(const struct edge *edge, bsk_ref from, bsk_ref to,
    const struct bsk_type *type)
{
	return peek(&edge->to) == to.bits && peek(&edge->from) == from.bits &&
	    peek(&edge->type) == type;
}

/* How many messages were sent along all of them. Any thread. */
uint64_t edges_sent(const struct edges *edges);

/* Folds entries into the rest that are at rest here and of which `is_gone`
 * says so for either side, so that new edges find room. */
void edges_sweep(struct edges *edges,
    bool (*is_gone)(void *arg, bsk_ref ref), void *arg);

/* Whether a sweep is called for. */
static inline bool
edges_want_sweep(const struct edges *edges)
{
	return edges->refused > edges->patience;
}

#endif
