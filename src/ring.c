/* ring.c - messages from one worker to one other. */
#include <stdlib.h>
#include <string.h>

#include "ring.h"

struct ring *
ring_new(void)
{
	struct ring *ring = aligned_alloc(64, sizeof(*ring));

	if (ring != NULL)
		memset(ring, 0, sizeof(*ring));
	return ring;
}

void
ring_free(struct ring *ring)
{
	free(ring);
}

static bool
has_room(struct ring *ring)
{
	if (ring->written - ring->seen_taken < RING_SLOTS)
		return true;
	/* Acquire: pairs with the release in ring_read; the reader is done
	 * with the slots that are reused. */
	ring->seen_taken = atomic_load_explicit(&ring->taken,
	    memory_order_acquire);
	return ring->written - ring->seen_taken < RING_SLOTS;
}

static void
put(struct ring *ring, struct bsk_message *message)
{
	ring->slots[ring->written++ % RING_SLOTS] = message;
}

bool
ring_write(struct ring *ring, struct bsk_message *message)
{
	if (ring->waiting.last != NULL || !has_room(ring)) {
		message_queue_push(&ring->waiting, message);
		return true;
	}
	put(ring, message);
	return ring->written - ring->seen_published >= RING_BATCH;
}

bool
ring_publish(struct ring *ring)
{
	while (ring->waiting.last != NULL && has_room(ring))
		put(ring, message_queue_pop(&ring->waiting));
	if (ring->seen_published == ring->written)
		return false;
	ring->seen_published = ring->written;
	/* Release: pairs with the acquire in ring_read. */
	atomic_store_explicit(&ring->published, ring->written,
	    memory_order_release);
	return true;
}

bool
ring_is_clear(const struct ring *ring)
{
	return ring->waiting.last == NULL &&
	    ring->seen_published == ring->written;
}

unsigned
ring_read(struct ring *ring, struct bsk_message **ret_messages, unsigned max)
{
	/* Acquire: pairs with the release in ring_publish. */
	uint32_t published = atomic_load_explicit(&ring->published,
	    memory_order_acquire);
	unsigned count = 0;

	while (count < max && ring->read != published)
		ret_messages[count++] =
		    ring->slots[ring->read++ % RING_SLOTS];
	/* Release: pairs with the acquire in has_room. */
	if (count > 0)
		atomic_store_explicit(&ring->taken, ring->read,
		    memory_order_release);
	return count;
}
