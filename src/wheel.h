/* wheel.h - timers of one worker, in a wheel of wheels.
 *
 * Eight wheels of 64 slots, each slot of one as wide as the whole wheel below
 * it; the lowest counts ticks of 2^14 ns (16 us). A timer lies in the highest
 * wheel in which its tick differs from the present one, and moves down when
 * that wheel's slot is reached. Arming and disarming take constant time; a
 * bitmap of each wheel says which slots are worth looking at. A timer is never
 * early; timers of the same time fire in the order they were armed.
 */
#ifndef WHEEL_H
#define WHEEL_H

#include <stdbool.h>
#include <stdint.h>

enum {
	WHEEL_LEVELS = 8,
	WHEEL_SLOTS = 64,
	WHEEL_TICK_BITS = 14
};

struct worker;
struct timer;

/* What to do when a timer is due. It is not armed any more then. */
typedef void timer_fire(struct timer *timer, struct worker *worker);

/* A timer; embedded in whatever waits for it. */
struct timer {
	struct timer *next;
	struct timer *previous; /* NULL: not armed */
	int64_t due_ns;
	timer_fire *fire;
	uint16_t slot;          /* level * WHEEL_SLOTS + slot */
};

struct wheel {
	uint64_t tick;                 /* all before this has been fired */
	uint64_t bitmap[WHEEL_LEVELS]; /* slots that are not empty */
	/* heads of their rings */
	struct timer slots[WHEEL_LEVELS * WHEEL_SLOTS];
};

/* An empty wheel that stands at `now_ns`. */
void wheel_init(struct wheel *wheel, int64_t now_ns);

/* Arms a timer that is not armed; `due_ns` in the past is due at once. */
void wheel_arm(struct wheel *wheel, struct timer *timer, int64_t due_ns);

/* Disarms it, if it is armed. */
void wheel_disarm(struct wheel *wheel, struct timer *timer);

/* The next timer that is due at `now_ns`, disarmed; NULL: none. */
struct timer *wheel_take_due(struct wheel *wheel, int64_t now_ns);

/* When to look again, at the latest: not after the first timer is due.
 * INT64_MAX: nothing is armed. */
int64_t wheel_next(const struct wheel *wheel);

static inline bool
timer_is_armed(const struct timer *timer)
{
	return timer->previous != 0;
}

#endif
