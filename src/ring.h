/* ring.h - messages from one worker to one other.
 *
 * One thread writes and one reads. The writer publishes in batches, so that
 * the cache lines cross in batches too; what finds no room waits with the
 * writer, in order.
 */
#ifndef RING_H
#define RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "message.h"

enum {
	RING_SLOTS = 1024,
	RING_BATCH = 64 /* unpublished messages that call for ring_publish */
};

struct ring {
	/* writer's: the reader may read what lies before it */
	_Alignas(64) _Atomic uint32_t published;
	/* reader's: the writer may reuse what lies before it */
	_Alignas(64) _Atomic uint32_t taken;
	/* The writer's own. */
	_Alignas(64) uint32_t written;
	uint32_t seen_published;
	uint32_t seen_taken;
	struct message_queue waiting;
	/* The reader's own. */
	_Alignas(64) uint32_t read;
	struct bsk_message *slots[RING_SLOTS];
};

/* A ring, empty; NULL for want of memory. */
struct ring *ring_new(void);

/* Frees a ring that is empty. NULL is let pass. */
void ring_free(struct ring *ring);

/* Writes a message. Whether a batch is full and wants to be published. */
bool ring_write(struct ring *ring, struct bsk_message *message);

/* Shows the reader what was written. Whether there was anything new. */
bool ring_publish(struct ring *ring);

/* Whether all that was written has been published. */
bool ring_is_clear(const struct ring *ring);

/* Takes up to `max` messages out, oldest first. Returns how many. */
unsigned ring_read(struct ring *ring, struct bsk_message **ret_messages,
    unsigned max);

#endif
