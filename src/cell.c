/* cell.c - cells: where actors live. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"

/* A pair of cache lines, which most processors fetch together. */
#define CELL_ALIGN 128u
_Static_assert(sizeof(struct cell) <= CELL_ALIGN,
    "an idle actor costs 128 bytes");
_Static_assert(offsetof(struct cell_chunk, cells) % CELL_ALIGN == 0,
    "the first cell is as aligned as its chunk");

int
cells_init(struct cells *cells)
{
	return -pthread_mutex_init(&cells->lock, NULL);
}

void
cells_release(struct cells *cells)
{
	uint32_t count = peek(&cells->chunk_count);

	for (uint32_t i = 0; i < count; i++) {
		struct cell_chunk *chunk = peek(&cells->chunks[i]);

		for (uint32_t c = 0; c < CELLS_CHUNK; c++)
			free(peek(&chunk->cells[c].extras));
		free(chunk->memory);
	}
	pthread_mutex_destroy(&cells->lock);
}

uint32_t
cells_count(struct cells *cells)
{
	/* Acquire: pairs with the release in add_chunk. */
	return atomic_load_explicit(&cells->chunk_count,
	    memory_order_acquire) * CELLS_CHUNK;
}

/* All zeros; NULL for want of memory. */
static struct cell_chunk *
new_chunk(void)
{
	void *memory = calloc(1, sizeof(struct cell_chunk) + CELL_ALIGN);
	struct cell_chunk *chunk;

	if (memory == NULL)
		return NULL;
	chunk = (void *)(((uintptr_t)memory + CELL_ALIGN - 1) &
	    ~(uintptr_t)(CELL_ALIGN - 1));
	chunk->memory = memory;
	return chunk;
}

/* Cell 0 is nobody's: the zero ref names nobody. */
static int
add_chunk(struct cells *cells, uint32_t *spare)
{
	struct cell_chunk *chunk = NULL;
	uint32_t number;

	pthread_mutex_lock(&cells->lock);
	number = peek(&cells->chunk_count);
	if (number < CELLS_CHUNKS)
		chunk = new_chunk();
	if (chunk == NULL) {
		pthread_mutex_unlock(&cells->lock);
		return -ENOMEM;
	}
	for (uint32_t i = CELLS_CHUNK; i-- > 0;) {
		struct cell *cell = &chunk->cells[i];

		cell->index = number * CELLS_CHUNK + i;
		poke(&cell->generation, 1);
		if (cell->index == 0)
			continue;
		cell->next_sibling = *spare;
		*spare = cell->index;
	}
	/* Release: pairs with the acquire in cells_chunk and cells_count. */
	atomic_store_explicit(&cells->chunks[number], chunk,
	    memory_order_release);
	atomic_store_explicit(&cells->chunk_count, number + 1,
	    memory_order_release);
	pthread_mutex_unlock(&cells->lock);
	return 0;
}

struct cell *
cells_take(struct cells *cells, uint32_t *spare)
{
	struct cell *cell;
	bsk_ref ref;

	if (*spare == 0 && add_chunk(cells, spare) < 0)
		return NULL;
	ref.bits = *spare;
	cell = cells_find(cells, ref);
	*spare = cell->next_sibling;
	cell->next_sibling = 0;
	/* Relaxed: read again, with order, only by the guardian. */
	atomic_fetch_add_explicit(&cells->live, 1, memory_order_relaxed);
	return cell;
}

void
cells_give(struct cells *cells, uint32_t *spare, struct cell *cell)
{
	uint32_t generation = peek(&cell->generation) + 1;

	poke(&cell->standing, STANDING_OF_LIFE(LIFE_NONE));
	poke(&cell->class_, NULL);
	cell->behavior = NULL;
	poke(&cell->parent, 0);
	poke(&cell->handled, 0);
	poke(&cell->capacity, 0);
	poke(&cell->high_water, 0);
	poke(&cell->depth, 0);
	/* Release: whoever reads it finds nothing of the life before; pairs
	 * with the acquire in read_life of inspect.c. */
	atomic_store_explicit(&cell->generation,
	    generation == 0 ? 1 : generation, memory_order_release);
	cell->edge = NULL;
	cell->first_child = 0;
	cell->previous_sibling = 0;
	cell->next_sibling = *spare;
	*spare = cell->index;
	/* Release: whoever sees the count fall sees the cell's end; pairs with
	 * the acquire in the guardian. */
	atomic_fetch_sub_explicit(&cells->live, 1, memory_order_release);
}

/* Numbers go on, so that what an earlier life here has asked of others is never
 * taken for what this one asks. */
static void
clear(struct extras *extras)
{
	uint64_t next_number = extras->own.next_number;

	for (unsigned i = 0; i < BSK_END_COUNT; i++)
		poke(&extras->ends[i], 0);
	poke(&extras->handler_ns, 0);
	poke(&extras->since_ns, 0);
	poke(&extras->waits_for, 0);
	poke(&extras->restarts, 0);
	poke(&extras->held, 0);
	poke(&extras->capacity, 0);
	poke(&extras->timers, 0);
	poke(&extras->asks, 0);
	poke(&extras->drain_ns, 0);
	memset(&extras->own, 0, sizeof(extras->own));
	extras->own.next_number = next_number;
	extras->own.on_full = BSK_ON_FULL_DEFAULT;
	poke(&extras->placement, BSK_PLACE_POOL);
	poke(&extras->stop_phase, 0);
}

struct extras *
cell_extras(struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);

	if (extras != NULL)
		return extras;
	extras = calloc(1, sizeof(*extras));
	if (extras == NULL)
		return NULL;
	clear(extras);
	/* Release: pairs with the acquire in cell_has_extras. */
	atomic_store_explicit(&cell->extras, extras, memory_order_release);
	return extras;
}

void
cell_extras_clear(struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);
	struct extras_own *own;

	if (extras == NULL)
		return;
	own = &extras->own;
	for (size_t i = 0; i < own->wire_count; i++)
		bsk_text_drop(&own->wires[i].port);
	free(own->wires);
	free(own->wire_ports);
	free(own->waiters);
	free(own->awaited);
	bsk_parcel_free(own->config);
	behavior_free(own->become);
	idmap_release(&own->asks);
	idmap_release(&own->timers);
	idmap_release(&own->watching);
	idmap_release(&own->watched);
	idmap_release(&own->links);
	clear(extras);
}
