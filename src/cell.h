/* cell.h - an actor's cell: its mailbox, its place in life, its kin.
 *
 * A cell belongs to its home worker, which alone touches it, save for the
 * published fields. Cells lie in chunks that are never unmapped while the
 * system lives, so that a ref may be looked up at any time: what is found
 * there is compared with the ref's generation at the cell's home.
 *
 * Sibling links belong to the parent's home: a cell whose life is over is
 * carried there, unlinked, and only then free for another life.
 */
#ifndef CELL_H
#define CELL_H

#include <buskin/actor.h>
#include <buskin/inspect.h>

#include "behavior.h"
#include "idmap.h"
#include "message.h"
#include "standing.h"
#include "worker.h"

/* What most actors do not need. It stays with its cell, so that whoever
 * inspects may follow the pointer. */
struct extras_own {
	struct bsk_parcel *config;
	struct bsk_wire *wires;     /* by port */
	uint32_t *wire_ports;       /* the port's number of each, rising */
	size_t wire_count;
	uint64_t capacity_bytes;    /* 0: the system's default */
	uint64_t bytes;             /* of bounded messages that own something */
	uint8_t alarm;              /* percent of its bounds; 0: none */
	enum bsk_on_full on_full;
	int32_t reason;             /* of a life that waits for a verdict */
	bool has_name;              /* is in the directory */
	uint8_t poison;             /* lives that a message may cost */
	struct behavior *become;    /* its own; NULL */
	struct bsk_message *held;   /* the newest; linked by next and before */
	struct idmap asks;          /* struct ask by its number */
	struct idmap timers;        /* struct actor_timer by its number */
	struct idmap watching;      /* struct watch: monitors this actor made */
	struct idmap watched;       /* struct watcher: monitors of this actor */
	struct idmap links;         /* struct link by its other side's bits */
	uint64_t next_number;       /* of asks, monitors and links */
	bsk_ref *waiters;           /* senders that wait for room here */
	size_t waiter_count;
	size_t waiter_room;
	bsk_ref *awaited;           /* in whose mailboxes it waits for room */
	size_t awaited_count;
	size_t awaited_room;
	uint64_t probe;             /* see waits.c: the latest one here, */
	uint8_t probe_length;       /* the shortest way that it came */
	struct bsk_notice *notices; /* it made */
};

struct extras {
	struct extras_own own;       /* the home worker's */
	_Atomic uint64_t ends[BSK_END_COUNT]; /* but handled; published */
	_Atomic uint64_t handler_ns; /* published */
	_Atomic int64_t since_ns;    /* when the first of the data came, as of
	                              * the latest turn; see post_first */
	_Atomic uint64_t waits_for;  /* the latest of `awaited`; 0; published */
	_Atomic uint32_t restarts;   /* published */
	_Atomic uint32_t held;       /* messages; published */
	_Atomic uint32_t capacity;   /* where the cell's is an alarm's mark; 0:
	                              * it is the cell's; published */
	_Atomic uint32_t timers;     /* armed; published */
	_Atomic uint32_t asks;       /* not answered yet; published */
	_Atomic int64_t drain_ns;    /* when it began to drain; published */
	_Atomic uint8_t placement;   /* enum bsk_placement; published */
	_Atomic uint8_t stop_phase;  /* see phase.h; published */
};

struct cell {
	struct task task;               /* first: a task is its cell */
	struct message_queue control;
	struct message_queue data;
	struct behavior *behavior;
	void *state;
	_Atomic uint32_t generation;    /* published */
	_Atomic uint32_t depth;         /* bounded data messages; published */
	_Atomic uint64_t standing;      /* see standing.h; published */

	_Atomic(const struct bsk_class *) class_; /* published */
	/* NULL: none yet; kept for the next life */
	_Atomic(struct extras *) extras;
	_Atomic uint64_t parent;        /* published */
	_Atomic uint64_t handled;       /* published */
	uint32_t first_child;           /* cell index; 0: none; the newest */
	uint32_t next_sibling;          /* the parent's home's */
	uint32_t previous_sibling;
	uint32_t index;
	_Atomic uint32_t capacity;      /* or an alarm's mark; published; see
	                                 * cell_capacity */
	_Atomic uint32_t high_water;    /* published */
	struct edge *edge;              /* it sent along last, at its home;
	                                 * NULL; see post_from */
};

enum {
	CELLS_CHUNK = 1024,
	CELLS_CHUNKS = 65536
};

/* Cells and where they are at home, in chunks. A cell is two cache lines, and
 * begins with one: where there are very many actors, what a message costs is
 * the lines that are fetched for it. */
struct cell_chunk {
	_Atomic uint16_t homes[CELLS_CHUNK]; /* see enum home; published */
	struct cell cells[CELLS_CHUNK];
	void *memory; /* that it lies in, to be freed */
};

/* Where an actor is at home. Its door is where threads outside, and workers
 * that are not of the pool, bring what they send to it: the home it had first,
 * so that no message overtakes another when it moves. */
enum home {
	HOME_WORKER = 0x00ff, /* the worker's index */
	HOME_DOOR = 0x3f00,   /* the door's, if it is another one */
	HOME_MOVED = 0x4000,  /* it is */
	HOME_COMING = 0x8000  /* the actor is on its way there */
};
_Static_assert(WORKERS_MAX <= HOME_WORKER + 1 &&
    WORKERS_POOL <= HOME_DOOR / 0x100 + 1, "the indices have room");

struct cells {
	pthread_mutex_t lock;     /* guards growth */
	/* release on growth; acquire on look-up */
	_Atomic uint32_t chunk_count;
	_Atomic(struct cell_chunk *) chunks[CELLS_CHUNKS];
	_Atomic uint64_t live;    /* cells that are not free */
};

/* `cells` must be zeros. */
int cells_init(struct cells *cells);
void cells_release(struct cells *cells);

/* A free cell, its index set and all else zero but the generation; NULL for
 * want of memory. `spare` is the calling worker's first free cell; they are
 * linked through next_sibling. */
struct cell *cells_take(struct cells *cells, uint32_t *spare);

/* Frees a cell: refs to it are stale from here on. */
void cells_give(struct cells *cells, uint32_t *spare, struct cell *cell);

/* How many cells there may be: all indices lie below. */
uint32_t cells_count(struct cells *cells);

/* The chunk of an index that lies below cells_count. */
static inline struct cell_chunk *
cells_chunk(struct cells *cells, uint32_t index)
{
	/* Acquire: pairs with the release when the chunk was added. */
	return atomic_load_explicit(&cells->chunks[index / CELLS_CHUNK],
	    memory_order_acquire);
}

/* The cell that a ref names, whatever its generation; NULL: no such index. */
static inline struct cell *
cells_find(struct cells *cells, bsk_ref ref)
{
	uint32_t index = (uint32_t)ref.bits;
	struct cell_chunk *chunk;

	if (index >= (uint32_t)CELLS_CHUNK * CELLS_CHUNKS)
		return NULL;
	chunk = cells_chunk(cells, index);
	return chunk == NULL ? NULL : &chunk->cells[index % CELLS_CHUNK];
}

/* Where it is kept which worker a cell is at home with; that place stays. */
static inline _Atomic uint16_t *
cells_home_at(struct cells *cells, uint32_t index)
{
	return &cells_chunk(cells, index)->homes[index % CELLS_CHUNK];
}

/* Reads it. */
static inline unsigned
home_read(_Atomic uint16_t *home)
{
	/* Acquire: pairs with the release in cells_set_home, so that whoever
	 * reads a new home finds that worker, and the cell as it was left. */
	return atomic_load_explicit(home, memory_order_acquire);
}

static inline unsigned
home_worker(unsigned home)
{
	return home & HOME_WORKER;
}

static inline unsigned
home_door(unsigned home)
{
	return (home & HOME_MOVED) != 0 ? (home & HOME_DOOR) >> 8 :
	    home_worker(home);
}

/* Whether it is that worker, and the actor is there. */
static inline bool
home_is(unsigned home, unsigned worker)
{
	return (home & (HOME_WORKER | HOME_COMING)) == worker;
}

/* Which worker a cell is at home with. */
static inline unsigned
cells_home(struct cells *cells, uint32_t index)
{
	return home_worker(home_read(cells_home_at(cells, index)));
}

/* Whether the actor is there. */
static inline bool
cells_is_home(struct cells *cells, uint32_t index, unsigned worker)
{
	return home_is(home_read(cells_home_at(cells, index)), worker);
}

/* One that has not lived yet, or will not any more: it has no other door. */
static inline void
cells_set_home(struct cells *cells, uint32_t index, unsigned worker)
{
	/* Release: pairs with the acquire in home_read. */
	atomic_store_explicit(cells_home_at(cells, index), (uint16_t)worker,
	    memory_order_release);
}

/* It leaves for another worker, */
static inline void
cells_move(struct cells *cells, uint32_t index, unsigned to)
{
	_Atomic uint16_t *home = cells_home_at(cells, index);
	unsigned door = home_door(home_read(home));

	/* Release: as in cells_set_home. */
	atomic_store_explicit(home, (uint16_t)(HOME_COMING | HOME_MOVED |
	    door << 8 | to), memory_order_release);
}

/* and is there. */
static inline void
cells_moved(struct cells *cells, uint32_t index)
{
	_Atomic uint16_t *home = cells_home_at(cells, index);
	unsigned there = home_read(home) & ~(unsigned)HOME_COMING;

	atomic_store_explicit(home, (uint16_t)there, memory_order_release);
}

static inline bsk_ref
cell_ref(struct cell *cell)
{
	bsk_ref ref = {(uint64_t)peek(&cell->generation) << 32 | cell->index};

	return ref;
}

/* Its flags, its life, and for how many it waits, at its home. */
static inline bool
cell_has(struct cell *cell, unsigned flag)
{
	return (peek(&cell->standing) & flag) != 0;
}

static inline void
cell_set(struct cell *cell, unsigned flag)
{
	poke(&cell->standing, peek(&cell->standing) | flag);
}

static inline void
cell_clear(struct cell *cell, unsigned flag)
{
	poke(&cell->standing, peek(&cell->standing) & ~(uint64_t)flag);
}

static inline enum life
cell_stage(struct cell *cell)
{
	return standing_life(peek(&cell->standing));
}

static inline uint32_t
cell_blocked(struct cell *cell)
{
	return (uint32_t)(peek(&cell->standing) >> STANDING_BLOCKED);
}

static inline void
cell_block(struct cell *cell)
{
	bump(&cell->standing, STANDING_ONE_BLOCK);
}

/* What it has sent to other workers of late; below 256. */
static inline unsigned
cell_carried(struct cell *cell)
{
	return (unsigned)(peek(&cell->standing) >> STANDING_CARRIED) & 0xff;
}

static inline void
cell_set_carried(struct cell *cell, unsigned carried)
{
	const uint64_t all = (uint64_t)0xff << STANDING_CARRIED;

	poke(&cell->standing, (peek(&cell->standing) & ~all) |
	    (uint64_t)carried << STANDING_CARRIED);
}

/* So many of them are not waited for any more. */
static inline void
cell_unblock(struct cell *cell, uint32_t count)
{
	bump(&cell->standing, 0 - count * STANDING_ONE_BLOCK);
}

/* How far the actor that a ref names is in its life; LIFE_NONE: it is gone.
 *
 * A worker may look at a cell that it has given away: another life may begin
 * there meanwhile, at another home. What it reads as `life` is then either what
 * it left (LIFE_OVER), or newer, and in that case the generation that is read
 * after it is newer too. So the order of the two matters. */
static inline enum life
cell_life(struct cell *cell, bsk_ref ref)
{
	/* Acquire: pairs with the release in cell_set_life. */
	uint64_t standing = atomic_load_explicit(&cell->standing,
	    memory_order_acquire);

	if (peek(&cell->generation) != (uint32_t)(ref.bits >> 32))
		return LIFE_NONE;
	return standing_life(standing);
}

/* Takes the cell a step on in its life. */
static inline void
cell_set_life(struct cell *cell, enum life life)
{
	/* Release: pairs with the acquire in cell_life and in read_life of
	 * inspect.c. */
	atomic_store_explicit(&cell->standing,
	    (peek(&cell->standing) & ~STANDING_OF_LIFE(0xff)) |
	    STANDING_OF_LIFE(life), memory_order_release);
}

/* Whether a ref names this life of the cell. */
static inline bool
cell_is(struct cell *cell, bsk_ref ref)
{
	return cell_life(cell, ref) != LIFE_NONE;
}

/* Whether a ref names this life of the cell, and it is not over. At the cell's
 * home; where this is false the cell may be somebody else's. */
static inline bool
cell_lives(struct cell *cell, bsk_ref ref)
{
	enum life life = cell_life(cell, ref);

	return life != LIFE_NONE && life != LIFE_OVER;
}

/* Whether data may be handled. */
static inline bool
cell_takes_data(struct cell *cell)
{
	return standing_takes_data(peek(&cell->standing));
}

/* Whether control may be handled. The bsk_open of an actor that was made by
 * another worker may be overtaken on its way by what others send; it stands
 * first as soon as it is there, and nothing is taken before it. */
static inline bool
cell_takes_control(struct cell *cell)
{
	const struct bsk_message *first;

	if (cell->control.last == NULL ||
	    cell_stage(cell) == LIFE_RESTARTING)
		return false;
	first = cell->control.last->next;
	return cell->state != NULL || cell_stage(cell) != LIFE_STARTING ||
	    message_is_open(first);
}

/* Whether it has been halted and is open, so that it can end. */
static inline bool
cell_is_halted(struct cell *cell)
{
	uint64_t standing = peek(&cell->standing);

	return (standing & (STANDING_HANDLES_MASK | CELL_HALTED)) ==
	    (STANDING_HANDLES | CELL_HALTED);
}

/* Whether there is nothing to run for, at a glance. */
static inline bool
cell_is_quiet(struct cell *cell)
{
	return cell->control.last == NULL && cell->data.last == NULL &&
	    !cell_has(cell, CELL_VERDICTS);
}

/* Whether there is something to run for. */
static inline bool
cell_is_ready(struct cell *cell)
{
	if (cell_has(cell, CELL_DOOMED | CELL_REVIVED) ||
	    cell_is_halted(cell))
		return true;
	return cell_takes_control(cell) ||
	    (cell->data.last != NULL && cell_takes_data(cell));
}

/* Puts a cell into its worker's run queue if it has something to run for. */
static inline void
cell_schedule(struct worker *worker, struct cell *cell)
{
	if (cell_has(cell, CELL_SCHEDULED) || !cell_is_ready(cell))
		return;
	cell_set(cell, CELL_SCHEDULED);
	worker_ready(worker, &cell->task);
}

/* The cell's extras, made if need be; NULL for want of memory. */
struct extras *cell_extras(struct cell *cell);

/* The cell's extras; NULL: there are none. */
static inline struct extras *
cell_has_extras(struct cell *cell)
{
	/* Acquire: pairs with the release in cell_extras. */
	return atomic_load_explicit(&cell->extras, memory_order_acquire);
}

/* How many data messages its mailbox may hold. Any thread. */
static inline uint32_t
cell_capacity(struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);
	uint32_t capacity = extras == NULL ? 0 : peek(&extras->capacity);

	return capacity != 0 ? capacity : peek(&cell->capacity);
}

/* Frees all that the extras own and clears them for another life. */
void cell_extras_clear(struct cell *cell);

/* The class of a live cell; NULL: it is free. Any thread. */
static inline const struct bsk_class *
cell_class(struct cell *cell)
{
	/* Acquire: pairs with the release in cell_set_class. */
	return atomic_load_explicit(&cell->class_, memory_order_acquire);
}

static inline void
cell_set_class(struct cell *cell, const struct bsk_class *class_)
{
	/* Release: pairs with the acquire in cell_class, so that whoever reads
	 * the class of a life finds its generation, or a later one. */
	atomic_store_explicit(&cell->class_, class_, memory_order_release);
}

#endif
