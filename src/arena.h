/* arena.h - a worker's own memory, in size classes.
 *
 * One thread allocates from an arena; any worker may free. What another
 * worker frees is gathered there and comes home in chains, so neither side
 * pays for an atomic operation per piece. Pieces are cut from blocks of 2 MiB
 * that are kept until the arena is released. Built with BSK_PLAIN_MALLOC every
 * piece is malloc's own, so that sanitizers see each.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#ifdef BSK_PLAIN_MALLOC
#define ARENA_IS_PLAIN 1
#else
#define ARENA_IS_PLAIN 0
#endif

enum {
	ARENA_SMALL = 256,    /* bytes: as far as messages usually go */
	ARENA_STEP = 16,      /* and from class to class so far */
	ARENA_CLASSES = ARENA_SMALL / ARENA_STEP + 1 + 6,
	ARENA_LARGEST = 4224, /* what is larger comes from malloc(3) */
	ARENA_PEERS = 256     /* arenas that may free each other's pieces */
};

struct arena;

/* A free piece. Its class is kept in it on the way home. */
struct arena_piece {
	struct arena_piece *next;
	size_t class_index;
};

/* The head of a block; a piece finds it by its own address. */
struct arena_block {
	struct arena *owner;
	struct arena_block *next;
};

#define ARENA_BLOCK_BYTES ((size_t)2 << 20)

/* Pieces on their way to another arena. */
struct arena_chain {
	struct arena_piece *first;
	struct arena_piece *last;
	unsigned count;
};

struct arena {
	struct arena_piece *free[ARENA_CLASSES]; /* ready for use */
	char *fresh;                /* the uncut rest of the newest block */
	size_t fresh_bytes;
	struct arena_block *blocks; /* all of ours */
	unsigned index;             /* which of its peers this is */
	/* freed here, at home elsewhere */
	struct arena_chain away[ARENA_PEERS];
	/* Chains that others sent home. Pushed with release, taken whole with
	 * acquire. On a line of its own: others write it. */
	_Alignas(64) _Atomic(struct arena_piece *) returned;
};

void arena_init(struct arena *arena, unsigned index);

/* Gives all blocks back; every piece must be free or abandoned. */
void arena_release(struct arena *arena);

/* The class of a small piece. */
static inline size_t
arena_small_class(size_t size)
{
	return (size + ARENA_STEP - 1) / ARENA_STEP;
}

/* As arena_get and arena_put, for pieces of any size from anywhere. */
void *arena_get_any(struct arena *arena, size_t size);
void arena_put_any(struct arena *here, void *piece, size_t size);

/* A piece that was freed before; NULL: there is none at hand. */
static inline void *
arena_get_again(struct arena *arena, size_t size)
{
	struct arena_piece *piece;
	size_t index;

	if (size > ARENA_SMALL)
		return NULL;
	index = arena_small_class(size);
	piece = arena->free[index];
	if (piece != NULL)
		arena->free[index] = piece->next;
	return piece;
}

/* A piece of at least `size` bytes, aligned to 16; NULL for want of memory. */
static inline void *
arena_get(struct arena *arena, size_t size)
{
	void *piece = arena_get_again(arena, size);

	return piece != NULL ? piece : arena_get_any(arena, size);
}

/* Frees a piece that any arena of this system gave, with the size asked for.
 * `here` is the calling worker's own arena. */
static inline void
arena_put(struct arena *here, void *address, size_t size)
{
	struct arena_piece *piece = address;
	uintptr_t block = (uintptr_t)address &
	    ~(uintptr_t)(ARENA_BLOCK_BYTES - 1);
	size_t index;

	if (ARENA_IS_PLAIN || size > ARENA_SMALL ||
	    ((const struct arena_block *)block)->owner != here) {
		arena_put_any(here, address, size);
		return;
	}
	index = arena_small_class(size);
	piece->next = here->free[index];
	here->free[index] = piece;
}

/* Sends home what has gathered for others. */
void arena_flush(struct arena *arena);

#endif
