/* ask_number.h - an ask's number, which says until when it is waited for.
 *
 * From the lowest bit: 40 that count, so that no two that are under way are the
 * same, and 24 of the time at which the asker gives up, in units of 2^20 ns
 * (about a millisecond), rounded up. So whoever is asked knows it, wherever the
 * ask is passed on to, and no message is larger for it. Of the 24 only the
 * difference to the present is good: 2.4 hours to either side.
 */
#ifndef ASK_NUMBER_H
#define ASK_NUMBER_H

#include <stdint.h>

#define ASK_COUNT_BITS 40
#define ASK_COUNT_MASK (((uint64_t)1 << ASK_COUNT_BITS) - 1)
#define ASK_TIME_MASK 0xffffffu
#define ASK_UNIT_BITS 20 /* of a nanosecond count, not kept */
#define ASK_TIME_FAR (ASK_TIME_MASK / 2)
#define ASK_NS_MAX ((int64_t)ASK_TIME_FAR << ASK_UNIT_BITS)

/* The number of an ask that ends at `until_ns`: the next after `last`, whose
 * lower bits count. Too far: no time is kept. */
static inline uint64_t
ask_number(uint64_t last, int64_t now_ns, int64_t until_ns)
{
	uint64_t time = 0;

	if (until_ns - now_ns < ASK_NS_MAX) {
		time = ((uint64_t)until_ns >> ASK_UNIT_BITS) + 1;
		time &= ASK_TIME_MASK;
		time = time == 0 ? 1 : time; /* 0: none */
	}
	return time << ASK_COUNT_BITS | ((last + 1) & ASK_COUNT_MASK);
}

/* Until when it is waited for; INT64_MAX: not known. */
static inline int64_t
ask_until(uint64_t number, int64_t now_ns)
{
	uint32_t time = (uint32_t)(number >> ASK_COUNT_BITS);
	uint32_t now = (uint32_t)((uint64_t)now_ns >> ASK_UNIT_BITS) &
	    ASK_TIME_MASK;
	uint32_t ahead = (time - now) & ASK_TIME_MASK;
	int64_t units = (int64_t)((uint64_t)now_ns >> ASK_UNIT_BITS);

	if (time == 0)
		return INT64_MAX;
	units += ahead;
	if (ahead > ASK_TIME_FAR)
		units -= (int64_t)ASK_TIME_MASK + 1;
	return units < 0 ? 0 : units << ASK_UNIT_BITS;
}

#endif
