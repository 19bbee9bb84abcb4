/* standing.h - how a cell stands: its flags, its life, for how many it waits.
 *
 * All in one word, so that what a message must know of it on its way in and out
 * is one load. From the lowest bit: 16 of enum cell_flag, 8 of enum life, 8
 * that say how much its actor has sent to other workers (see room.h), 32 that
 * count the mailboxes and workers that it waits for.
 */
#ifndef STANDING_H
#define STANDING_H

#include <stdbool.h>
#include <stdint.h>

/* Where an actor is in its life. */
enum life {
	LIFE_NONE,       /* the cell is free */
	LIFE_STARTING,   /* bsk_open has not been handled */
	LIFE_ACTIVE,
	LIFE_DRAINING,   /* bsk_drain has been handled */
	LIFE_RESTARTING, /* ended; waits for its supervisor's verdict */
	LIFE_OVER        /* on its way to its parent's home */
};

enum cell_flag {
	CELL_SCHEDULED = 1,   /* in a run queue, or running */
	CELL_SUPERVISED = 2,
	CELL_SERVICE = 4,     /* one of the system's services */
	CELL_DOOMED = 8,      /* is to end before its next message */
	CELL_REVIVED = 16,    /* is to begin its next incarnation */
	CELL_HALTED = 32,     /* is to wait for a verdict, once it is open */
	CELL_TELLS_OPEN = 64, /* tells its parent each time it is open */
	CELL_FORGETS = 128,   /* each incarnation has a mailbox of its own */
	CELL_REDELIVERS = 256, /* what it failed on is handled once more */
	CELL_HEAVY = 512,     /* its mailbox has as many bytes as it may */
	CELL_AWAITED = 1024,  /* somebody waits for room in its mailbox */
	CELL_ALARMED = 2048,  /* its mailbox is fuller than it should be */
	CELL_OFFERS = CELL_AWAITED | CELL_ALARMED, /* who asks for room */
	/* what comes before the next message */
	CELL_VERDICTS = CELL_DOOMED | CELL_REVIVED | CELL_HALTED
};

/* Where each part begins. */
enum standing_part {
	STANDING_LIFE = 16,
	STANDING_CARRIED = 24,
	STANDING_BLOCKED = 32
};

#define STANDING_OF_LIFE(life) ((uint64_t)(life) << STANDING_LIFE)
#define STANDING_ONE_BLOCK ((uint64_t)1 << STANDING_BLOCKED)
/* The bit that LIFE_ACTIVE and LIFE_DRAINING have and no other, beside one
 * that they have not. */
#define STANDING_HANDLES STANDING_OF_LIFE(LIFE_ACTIVE)
#define STANDING_HANDLES_MASK \
	STANDING_OF_LIFE(LIFE_ACTIVE | LIFE_RESTARTING)
_Static_assert((LIFE_DRAINING & (LIFE_ACTIVE | LIFE_RESTARTING)) ==
    LIFE_ACTIVE && (LIFE_STARTING & LIFE_ACTIVE) == 0 &&
    (LIFE_OVER & LIFE_RESTARTING) != 0, "a glance tells who handles data");

/* How far the actor is in its life. */
static inline enum life
standing_life(uint64_t standing)
{
	return (enum life)(standing >> STANDING_LIFE & 0xff);
}

/* Whether data may be handled: the actor lives and waits for nobody. */
static inline bool
standing_takes_data(uint64_t standing)
{
	const uint64_t blocks = ~(STANDING_ONE_BLOCK - 1);

	return (standing & (STANDING_HANDLES_MASK | blocks)) ==
	    STANDING_HANDLES;
}

/* Whether data may be put in, if there are not too many messages: the actor
 * lives, and is not about to begin. */
static inline bool
standing_is_open(uint64_t standing)
{
	return (standing & (STANDING_HANDLES_MASK | CELL_HEAVY)) ==
	    STANDING_HANDLES;
}

#endif
