/* room.c - how much room a mailbox has, and who waits for it. */
#include <errno.h>
#include <stdlib.h>

#include "errand.h"
#include "room.h"
#include "waits.h"

/* How much a sender may have on its way to other workers: so many messages, of
 * which one counts once more for each so many bytes. */
#define CARRIED_MAX 256u
#define CARRIED_UNIT 4096

/* One that serves everybody must not wait for one of them. */
static void
block(struct worker *worker, uint64_t sender, uint64_t unused)
{
	struct cell *cell = system_local(worker, (bsk_ref){sender});

	(void)unused;
	if (cell != NULL && !cell_has(cell, CELL_SERVICE))
		cell_block(cell);
}

static void
unblock(struct worker *worker, uint64_t sender, uint64_t unused)
{
	struct cell *cell = system_local(worker, (bsk_ref){sender});

	(void)unused;
	if (cell == NULL || cell_blocked(cell) == 0 ||
	    cell_has(cell, CELL_SERVICE))
		return;
	cell_unblock(cell, 1);
	cell_schedule(worker, cell);
}

/* All that the sender had sent to the actor before has come in. */
static void
echo(struct worker *worker, uint64_t sender, uint64_t unused)
{
	errand_run_at(worker, (bsk_ref){sender}, unblock, sender, unused);
}

unsigned
room_load(struct bsk_message *message)
{
	size_t weight;

	if ((message->flags & MESSAGE_OWNS) == 0)
		return 1;
	weight = message_weight(message) / CARRIED_UNIT;
	return weight < CARRIED_MAX ? 1 + (unsigned)weight : CARRIED_MAX;
}

void
room_carry(struct worker *worker, bsk_ref sender, bsk_ref receiver,
    unsigned load)
{
	struct cell *cell = system_local(worker, sender);

	if (cell == NULL)
		return;
	load += cell_carried(cell);
	cell_set_carried(cell, load % CARRIED_MAX);
	if (load < CARRIED_MAX)
		return;
	block(worker, sender.bits, 0);
	errand_run_at(worker, receiver, echo, sender.bits, 0);
}

static int
add_waiter(struct extras_own *own, bsk_ref sender)
{
	if (own->waiter_count == own->waiter_room) {
		size_t room = own->waiter_room == 0 ? 4 : own->waiter_room * 2;
		bsk_ref *waiters = realloc(own->waiters,
		    room * sizeof(*waiters));

		if (waiters == NULL)
			return -ENOMEM;
		own->waiters = waiters;
		own->waiter_room = room;
	}
	own->waiters[own->waiter_count++] = sender;
	return 0;
}

/* The sender of a message that found the mailbox full takes no further data
 * until there is room. Without memory to remember it, it goes on. */
void
room_wait(struct worker *worker, struct cell *cell, bsk_ref sender)
{
	struct extras *extras = cell_extras(cell);

	if (bsk_ref_is_nobody(sender) ||
	    bsk_ref_equal(sender, cell_ref(cell)) || extras == NULL)
		return;
	if (extras->own.waiter_count > 0 && bsk_ref_equal(sender,
	    extras->own.waiters[extras->own.waiter_count - 1]))
		return;
	if (add_waiter(&extras->own, sender) < 0)
		return;
	cell_set(cell, CELL_AWAITED);
	waits_begin(worker, sender, cell_ref(cell));
}

enum bsk_on_full
room_policy(struct worker *worker, struct cell *cell,
    const struct bsk_message *message)
{
	struct extras *extras = cell_has_extras(cell);

	if (message->on_full != BSK_ON_FULL_DEFAULT)
		return message->on_full;
	if (extras != NULL && extras->own.on_full != BSK_ON_FULL_DEFAULT)
		return extras->own.on_full;
	return worker->system->on_full;
}

/* --- bytes --------------------------------------------------------------- */

/* How many a mailbox may hold. */
static uint64_t
bytes_limit(struct worker *worker, const struct extras *extras)
{
	return extras->own.capacity_bytes != 0 ? extras->own.capacity_bytes :
	    worker->system->capacity_bytes;
}

/* Only what owns something is weighed: the rest is bounded by its count. */
static uint64_t
weigh(struct cell *cell, struct bsk_message *message)
{
	if ((message->flags & (MESSAGE_OWNS | MESSAGE_EXEMPT)) !=
	    MESSAGE_OWNS ||
	    cell_extras(cell) == NULL)
		return 0;
	return message_weight(message);
}

/* So many percent, but not nothing. */
static uint64_t
part(uint64_t whole, unsigned percent)
{
	uint64_t some = whole / 100 * percent + whole % 100 * percent / 100;

	return some == 0 ? 1 : some;
}

/* Where the alarm is raised. */
static uint64_t
bytes_mark(struct worker *worker, const struct extras *extras)
{
	return part(bytes_limit(worker, extras), extras->own.alarm);
}

static bool
is_set(struct cell *cell, const struct extras *extras)
{
	return extras->own.alarm != 0 && !cell_has(cell, CELL_ALARMED);
}

/* Whether it has as many as it may is kept where a sender finds it. */
static void
set_bytes(struct worker *worker, struct cell *cell, uint64_t bytes)
{
	struct extras *extras = cell_has_extras(cell);
	uint64_t limit = is_set(cell, extras) ? bytes_mark(worker, extras) :
	    bytes_limit(worker, extras);

	extras->own.bytes = bytes;
	if (bytes >= limit)
		cell_set(cell, CELL_HEAVY);
	else
		cell_clear(cell, CELL_HEAVY);
}

uint64_t
room_take_up(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	uint64_t weight = weigh(cell, message);

	if (weight > 0)
		set_bytes(worker, cell,
		    cell_has_extras(cell)->own.bytes + weight);
	return weight;
}

/* What could not be weighed for want of memory has not been added. */
void
room_give_back(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	uint64_t weight = weigh(cell, message);
	uint64_t bytes;

	if (weight == 0)
		return;
	bytes = cell_has_extras(cell)->own.bytes;
	set_bytes(worker, cell, bytes > weight ? bytes - weight : 0);
}

/* --- the alarm ----------------------------------------------------------- */

void
room_set_alarm(struct cell *cell, unsigned percent)
{
	struct extras *extras = cell_has_extras(cell);
	uint32_t capacity = peek(&cell->capacity);

	extras->own.alarm = (uint8_t)percent;
	poke(&extras->capacity, capacity);
	poke(&cell->capacity, (uint32_t)part(capacity, percent));
}

static void
raise_alarm(struct worker *worker, struct cell *cell, struct extras *extras)
{
	cell_set(cell, CELL_ALARMED);
	poke(&cell->capacity, peek(&extras->capacity));
	set_bytes(worker, cell, extras->own.bytes);
	worker->hooks->on_alarm(worker, cell, true);
}

static void
lower_alarm(struct worker *worker, struct cell *cell, struct extras *extras)
{
	cell_clear(cell, CELL_ALARMED);
	poke(&cell->capacity,
	    (uint32_t)part(peek(&cell->capacity), extras->own.alarm));
	set_bytes(worker, cell, extras->own.bytes);
	worker->hooks->on_alarm(worker, cell, false);
}

bool
room_is_short(struct worker *worker, struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);

	if (room_is_full(cell) && extras != NULL && is_set(cell, extras))
		raise_alarm(worker, cell, extras);
	return room_is_full(cell);
}

/* Whether the mailbox is half as full as would raise it again. */
static bool
is_quiet(struct worker *worker, struct cell *cell,
    const struct extras *extras)
{
	return peek(&cell->depth) <= part(peek(&cell->capacity),
	    extras->own.alarm) / 2 &&
	    extras->own.bytes <= bytes_mark(worker, extras) / 2;
}

/* --- going on ------------------------------------------------------------ */

void
room_offer_half(struct worker *worker, struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);

	if (cell_has(cell, CELL_AWAITED) &&
	    peek(&cell->depth) <= cell_capacity(cell) / 2 &&
	    extras->own.bytes <= bytes_limit(worker, extras) / 2)
		room_release(worker, cell);
	if (cell_has(cell, CELL_ALARMED) && is_quiet(worker, cell, extras))
		lower_alarm(worker, cell, extras);
}

void
room_release(struct worker *worker, struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);
	size_t count;
	bsk_ref *waiters;

	if (extras == NULL || extras->own.waiter_count == 0)
		return;
	cell_clear(cell, CELL_AWAITED);
	count = extras->own.waiter_count;
	waiters = extras->own.waiters;
	extras->own.waiters = NULL;
	extras->own.waiter_count = 0;
	extras->own.waiter_room = 0;
	for (size_t i = 0; i < count; i++)
		waits_end(worker, waiters[i], cell_ref(cell));
	free(waiters);
}
