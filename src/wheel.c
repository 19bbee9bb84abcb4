/* wheel.c - timers of one worker, in a wheel of wheels. */
#include <string.h>

#include "wheel.h"

#define SLOT_BITS 6
#define SLOT_MASK ((uint64_t)WHEEL_SLOTS - 1)
#define TICK_NS ((int64_t)1 << WHEEL_TICK_BITS)
#define TICK_LAST (((uint64_t)1 << (WHEEL_LEVELS * SLOT_BITS)) - 1)
#define SORT_REACH 32 /* how far a timer is moved to stand in order */

void
wheel_init(struct wheel *wheel, int64_t now_ns)
{
	memset(wheel, 0, sizeof(*wheel));
	wheel->tick = (uint64_t)now_ns >> WHEEL_TICK_BITS;
	for (unsigned i = 0; i < WHEEL_LEVELS * WHEEL_SLOTS; i++) {
		wheel->slots[i].next = &wheel->slots[i];
		wheel->slots[i].previous = &wheel->slots[i];
	}
}

static uint64_t
digit(uint64_t tick, unsigned level)
{
	return (tick >> (level * SLOT_BITS)) & SLOT_MASK;
}

/* The first tick at which a time has passed. What lies beyond the last wheel,
 * 146 years on, stands at its end: that day does not come. */
static uint64_t
tick_of(int64_t due_ns)
{
	uint64_t tick = ((uint64_t)due_ns + TICK_NS - 1) >> WHEEL_TICK_BITS;

	return tick < TICK_LAST ? tick : TICK_LAST;
}

static void
link_before(struct timer *place, struct timer *timer)
{
	timer->previous = place->previous;
	timer->next = place;
	place->previous->next = timer;
	place->previous = timer;
}

/* Puts a timer into the slot that its tick calls for, behind those that are
 * due no later. */
static void
put(struct wheel *wheel, struct timer *timer)
{
	uint64_t tick = tick_of(timer->due_ns);
	uint64_t differs;
	unsigned level = 0;
	struct timer *head;
	struct timer *place;

	if (tick < wheel->tick)
		tick = wheel->tick;
	differs = tick ^ wheel->tick;
	if (differs != 0)
		level = (63u - (unsigned)__builtin_clzll(differs)) / SLOT_BITS;
	timer->slot = (uint16_t)(level * WHEEL_SLOTS + digit(tick, level));
	wheel->bitmap[level] |= (uint64_t)1 << digit(tick, level);
	head = &wheel->slots[timer->slot];
	place = head;
	for (int i = 0; i < SORT_REACH && level == 0; i++) {
		if (place->previous == head ||
		    place->previous->due_ns <= timer->due_ns)
			break;
		place = place->previous;
	}
	link_before(place, timer);
}

void
wheel_arm(struct wheel *wheel, struct timer *timer, int64_t due_ns)
{
	timer->due_ns = due_ns < 0 ? 0 : due_ns;
	put(wheel, timer);
}

void
wheel_disarm(struct wheel *wheel, struct timer *timer)
{
	struct timer *head = &wheel->slots[timer->slot];

	if (!timer_is_armed(timer))
		return;
	timer->previous->next = timer->next;
	timer->next->previous = timer->previous;
	timer->previous = NULL;
	if (head->next == head)
		wheel->bitmap[timer->slot / WHEEL_SLOTS] &=
		    ~((uint64_t)1 << (timer->slot % WHEEL_SLOTS));
}

/* The next tick at which something happens, and in which wheel; false: none.
 * All slots of a wheel that hold something lie ahead of the present digit, or
 * at it in the lowest; and every lower wheel comes before every higher. */
static bool
find_next(const struct wheel *wheel, uint64_t *ret_tick, unsigned *ret_level)
{
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		unsigned shift = level * SLOT_BITS;
		uint64_t above;
		uint64_t slot;

		if (wheel->bitmap[level] == 0)
			continue;
		slot = (uint64_t)__builtin_ctzll(wheel->bitmap[level]);
		above = wheel->tick >> shift & ~SLOT_MASK;
		*ret_tick = (above | slot) << shift;
		*ret_level = level;
		return true;
	}
	return false;
}

/* Moves what is in a slot down, in order. */
static void
cascade(struct wheel *wheel, unsigned level)
{
	unsigned slot = (unsigned)(level * WHEEL_SLOTS +
	    digit(wheel->tick, level));
	struct timer *head = &wheel->slots[slot];

	while (head->next != head) {
		struct timer *timer = head->next;

		wheel_disarm(wheel, timer);
		put(wheel, timer);
	}
}

struct timer *
wheel_take_due(struct wheel *wheel, int64_t now_ns)
{
	uint64_t now = (uint64_t)now_ns >> WHEEL_TICK_BITS;
	uint64_t tick;
	unsigned level;

	while (find_next(wheel, &tick, &level) && tick <= now) {
		wheel->tick = tick;
		if (level == 0) {
			struct timer *timer =
			    wheel->slots[digit(tick, 0)].next;

			wheel_disarm(wheel, timer);
			return timer;
		}
		cascade(wheel, level);
	}
	if (wheel->tick < now)
		wheel->tick = now;
	return NULL;
}

int64_t
wheel_next(const struct wheel *wheel)
{
	uint64_t tick;
	unsigned level;

	if (!find_next(wheel, &tick, &level))
		return INT64_MAX;
	return (int64_t)(tick << WHEEL_TICK_BITS);
}
