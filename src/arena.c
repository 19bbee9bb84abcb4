/* arena.c - a worker's own memory, in size classes. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arena.h"

#define BLOCK_BYTES ARENA_BLOCK_BYTES
#define CHAIN_LENGTH 64u

void
arena_init(struct arena *arena, unsigned index)
{
	memset(arena, 0, sizeof(*arena));
	arena->index = index;
}

void
arena_release(struct arena *arena)
{
	while (arena->blocks != NULL) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
}

#ifdef BSK_PLAIN_MALLOC

void *
arena_get_any(struct arena *arena, size_t size)
{
	(void)arena;
	return malloc(size);
}

void
arena_put_any(struct arena *here, void *piece, size_t size)
{
	(void)here;
	(void)size;
	free(piece);
}

void
arena_flush(struct arena *arena)
{
	(void)arena;
}

#else

#define SMALL_CLASSES ((size_t)ARENA_SMALL / ARENA_STEP + 1)

static const uint16_t large_bytes[ARENA_CLASSES - SMALL_CLASSES] = {
	384, 512, 1024, 2048, 3072, ARENA_LARGEST,
};

/* Nothing takes a piece too. */
static size_t
class_bytes(size_t index)
{
	if (index >= SMALL_CLASSES)
		return large_bytes[index - SMALL_CLASSES];
	return index == 0 ? ARENA_STEP : index * ARENA_STEP;
}

static size_t
class_of(size_t size)
{
	size_t index = SMALL_CLASSES;

	if (size <= ARENA_SMALL)
		return arena_small_class(size);
	while (class_bytes(index) < size)
		index++;
	return index;
}

static void
send_home(struct arena_chain *chain, struct arena *owner)
{
	struct arena_piece *top;

	top = atomic_load_explicit(&owner->returned, memory_order_relaxed);
	do {
		chain->last->next = top;
		/* Release: pairs with the acquire in take_returned. */
	} while (!atomic_compare_exchange_weak_explicit(&owner->returned, &top,
	    chain->first, memory_order_release, memory_order_relaxed));
	memset(chain, 0, sizeof(*chain));
}

static struct arena *
owner_of(const void *piece)
{
	uintptr_t block = (uintptr_t)piece & ~(uintptr_t)(BLOCK_BYTES - 1);

	return ((const struct arena_block *)block)->owner;
}

void
arena_flush(struct arena *arena)
{
	for (size_t i = 0; i < ARENA_PEERS; i++) {
		struct arena_chain *chain = &arena->away[i];

		if (chain->first != NULL)
			send_home(chain, owner_of(chain->first));
	}
}

/* Whether anything came home. */
static int
take_returned(struct arena *arena)
{
	struct arena_piece *piece;

	if (atomic_load_explicit(&arena->returned, memory_order_relaxed) ==
	    NULL)
		return 0;
	/* Acquire: pairs with the release in send_home. */
	piece = atomic_exchange_explicit(&arena->returned, NULL,
	    memory_order_acquire);
	while (piece != NULL) {
		struct arena_piece *next = piece->next;

		piece->next = arena->free[piece->class_index];
		arena->free[piece->class_index] = piece;
		piece = next;
	}
	return 1;
}

/* The first block stays in small pages: many systems are small. */
static int
add_block(struct arena *arena)
{
	struct arena_block *block = aligned_alloc(BLOCK_BYTES, BLOCK_BYTES);

	if (block == NULL)
		return -1;
	if (arena->blocks != NULL)
		(void)madvise(block, BLOCK_BYTES, MADV_HUGEPAGE);
	block->owner = arena;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->fresh = (char *)block + 64;
	arena->fresh_bytes = BLOCK_BYTES - 64;
	return 0;
}

static void *
cut(struct arena *arena, size_t index)
{
	size_t bytes = class_bytes(index);
	void *piece;

	if (arena->fresh_bytes < bytes && add_block(arena) < 0)
		return NULL;
	piece = arena->fresh;
	arena->fresh += bytes;
	arena->fresh_bytes -= bytes;
	return piece;
}

void *
arena_get_any(struct arena *arena, size_t size)
{
	size_t index;
	struct arena_piece *piece;

	if (size > ARENA_LARGEST)
		return malloc(size);
	index = class_of(size);
	piece = arena->free[index];
	if (piece == NULL && take_returned(arena))
		piece = arena->free[index];
	if (piece == NULL)
		return cut(arena, index);
	arena->free[index] = piece->next;
	return piece;
}

static void
put_away(struct arena *here, struct arena *owner, struct arena_piece *piece)
{
	struct arena_chain *chain = &here->away[owner->index % ARENA_PEERS];

	/* Two owners may share a place when there are very many. */
	if (chain->first != NULL && owner_of(chain->first) != owner)
		send_home(chain, owner_of(chain->first));
	piece->next = chain->first;
	chain->first = piece;
	if (chain->last == NULL)
		chain->last = piece;
	if (++chain->count >= CHAIN_LENGTH)
		send_home(chain, owner);
}

void
arena_put_any(struct arena *here, void *address, size_t size)
{
	struct arena_piece *piece = address;
	struct arena *owner;

	if (size > ARENA_LARGEST) {
		free(address);
		return;
	}
	piece->class_index = class_of(size);
	owner = owner_of(piece);
	if (owner != here) {
		put_away(here, owner, piece);
		return;
	}
	piece->next = here->free[piece->class_index];
	here->free[piece->class_index] = piece;
}

#endif
