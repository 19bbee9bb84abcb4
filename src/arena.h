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

enum {
	ARENA_CLASSES = 13,
	ARENA_LARGEST = 4224, /* bytes; what is larger comes from malloc(3) */
	ARENA_PEERS = 256     /* arenas that may free each other's pieces */
};

struct arena_piece;
struct arena_block;

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

/* A piece of at least `size` bytes, aligned to 16; NULL for want of memory. */
void *arena_get(struct arena *arena, size_t size);

/* Frees a piece that any arena of this system gave, with the size asked for.
 * `here` is the calling worker's own arena. */
void arena_put(struct arena *here, void *piece, size_t size);

/* Sends home what has gathered for others. */
void arena_flush(struct arena *arena);

#endif
