/* waits.c - who waits for room in whose mailbox, and rings of such waits. */
#include <errno.h>
#include <stdlib.h>

#include "errand.h"
#include "waits.h"

/* What a probe carries in two words: who began, how far it has come and whose
 * wait it follows; its number and whom it has come to. All actors by the index
 * of their cell. */
#define INDEX_BITS 26
#define INDEX_MASK (((uint32_t)1 << INDEX_BITS) - 1)
#define NUMBER_BITS (64 - INDEX_BITS)
#define NUMBER_MASK (((uint64_t)1 << NUMBER_BITS) - 1)

_Static_assert((uint64_t)CELLS_CHUNK * CELLS_CHUNKS <= (uint64_t)INDEX_MASK + 1,
    "an index fits");
_Static_assert(WAITS_RING_MAX < 1u << (32 - INDEX_BITS), "a length fits");

struct probe {
	uint32_t first;  /* whose probe it is */
	uint32_t length; /* waits so far */
	uint32_t waiter; /* whose wait led here */
	uint64_t number; /* no other one of the same `first` has it */
};

static uint64_t
pack_way(struct probe probe)
{
	return (uint64_t)probe.waiter << 32 |
	    (uint64_t)probe.length << INDEX_BITS | probe.first;
}

static uint64_t
pack_receiver(struct probe probe, bsk_ref receiver)
{
	return probe.number << INDEX_BITS | (uint32_t)receiver.bits;
}

static struct probe
unpack(uint64_t way, uint64_t receiver)
{
	struct probe probe = {
		.first = (uint32_t)way & INDEX_MASK,
		.length = (uint32_t)way >> INDEX_BITS,
		.waiter = (uint32_t)(way >> 32),
		.number = receiver >> INDEX_BITS,
	};

	return probe;
}

/* --- what an actor waits for ---------------------------------------------- */

static int
remember(struct extras *extras, bsk_ref receiver)
{
	struct extras_own *own = &extras->own;

	if (own->awaited_count == own->awaited_room) {
		size_t room = own->awaited_room == 0 ? 2 :
		    own->awaited_room * 2;
		bsk_ref *awaited = realloc(own->awaited,
		    room * sizeof(*awaited));

		if (awaited == NULL)
			return -ENOMEM;
		own->awaited = awaited;
		own->awaited_room = room;
	}
	own->awaited[own->awaited_count++] = receiver;
	poke(&extras->waits_for, receiver.bits);
	return 0;
}

/* Whether it was there. */
static bool
forget(struct extras *extras, bsk_ref receiver)
{
	struct extras_own *own = &extras->own;
	size_t i = 0;

	while (i < own->awaited_count &&
	    !bsk_ref_equal(own->awaited[i], receiver))
		i++;
	if (i == own->awaited_count)
		return false;
	own->awaited[i] = own->awaited[--own->awaited_count];
	poke(&extras->waits_for, own->awaited_count == 0 ? 0 :
	    own->awaited[own->awaited_count - 1].bits);
	return true;
}

/* --- probes --------------------------------------------------------------- */

static bool
waits(struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);

	return extras != NULL && extras->own.awaited_count > 0;
}

/* The latest are the last: most probes are of those. */
static bool
is_waited_for_by(struct cell *cell, uint32_t waiter)
{
	const struct extras_own *own = &cell_has_extras(cell)->own;
	size_t i = own->waiter_count;

	while (i > 0 && (uint32_t)own->waiters[i - 1].bits != waiter)
		i--;
	return i > 0;
}

/* Many ways may lead to an actor, and more of them the further it is: of the
 * same probe only one that has come a shorter way is followed once more. */
static bool
is_news(struct cell *cell, struct probe probe)
{
	struct extras_own *own = &cell_has_extras(cell)->own;
	uint64_t name = (uint64_t)probe.first << NUMBER_BITS | probe.number;

	if (own->probe == name && own->probe_length <= probe.length)
		return false;
	own->probe = name;
	own->probe_length = (uint8_t)probe.length;
	return true;
}

static void probe_arrived(struct worker *worker, uint64_t way,
    uint64_t receiver);

/* A probe that comes back may end the waits that are walked over here. */
static void
follow(struct worker *worker, struct cell *cell, struct probe probe)
{
	struct extras *extras = cell_has_extras(cell);

	probe.length++;
	probe.waiter = cell->index;
	for (size_t i = 0; extras != NULL && i < extras->own.awaited_count;
	    i++) {
		bsk_ref next = extras->own.awaited[i];

		errand_run_at(worker, next, probe_arrived, pack_way(probe),
		    pack_receiver(probe, next));
	}
}

/* Who lives in that cell now, if it is at home here. */
static struct cell *
find_here(struct worker *worker, uint64_t index)
{
	struct cell *cell = cells_find(&worker->system->cells,
	    (bsk_ref){index});

	return cell == NULL ? NULL : system_local(worker, cell_ref(cell));
}

/* What ended meanwhile was no ring. Most wait for one that does not wait: there
 * is no looking for the waiter among very many then. */
static void
probe_arrived(struct worker *worker, uint64_t way, uint64_t receiver)
{
	struct cell *cell = find_here(worker, receiver & INDEX_MASK);
	struct probe probe = unpack(way, receiver);

	if (cell == NULL || !waits(cell) ||
	    !is_waited_for_by(cell, probe.waiter))
		return;
	if (cell->index == probe.first)
		worker->hooks->on_ring(worker, cell);
	else if (probe.length < WAITS_RING_MAX && is_news(cell, probe))
		follow(worker, cell, probe);
}

/* --- beginning and ending ------------------------------------------------- */

/* No other worker's: an actor that has moved would have the number of another
 * probe of its own again. */
static uint64_t
next_number(struct worker *worker)
{
	worker->probes++;
	return (worker->probes * WORKERS_MAX + worker->index) & NUMBER_MASK;
}

/* One that serves everybody must not wait for one of them. */
static void
begin(struct worker *worker, uint64_t sender, uint64_t receiver)
{
	struct cell *cell = system_local(worker, (bsk_ref){sender});
	struct extras *extras;

	if (cell == NULL || cell_has(cell, CELL_SERVICE))
		return;
	extras = cell_extras(cell);
	if (extras == NULL || remember(extras, (bsk_ref){receiver}) < 0)
		return;
	cell_block(cell);
	follow(worker, cell, (struct probe){ .first = cell->index,
	    .number = next_number(worker) });
}

static void
end(struct worker *worker, uint64_t sender, uint64_t receiver)
{
	struct cell *cell = system_local(worker, (bsk_ref){sender});
	struct extras *extras = cell == NULL ? NULL : cell_has_extras(cell);

	if (extras == NULL || !forget(extras, (bsk_ref){receiver}))
		return;
	cell_unblock(cell, 1);
	cell_schedule(worker, cell);
}

void
waits_begin(struct worker *worker, bsk_ref sender, bsk_ref receiver)
{
	errand_run_at(worker, sender, begin, sender.bits, receiver.bits);
}

void
waits_end(struct worker *worker, bsk_ref sender, bsk_ref receiver)
{
	errand_run_at(worker, sender, end, sender.bits, receiver.bits);
}

void
waits_give_up(struct worker *worker, struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);

	if (extras == NULL)
		return;
	cell_unblock(cell, (uint32_t)extras->own.awaited_count);
	extras->own.awaited_count = 0;
	poke(&extras->waits_for, 0);
	cell_schedule(worker, cell);
}
