/* inbox.c - messages to a worker from threads outside the pool. */
#include "inbox.h"

#include "published.h"

int
inbox_init(struct inbox *inbox)
{
	inbox->queue.last = NULL;
	inbox->is_closed = false;
	atomic_init(&inbox->has_some, false);
	atomic_init(&inbox->uncounted, 0);
	return -pthread_mutex_init(&inbox->lock, NULL);
}

void
inbox_release(struct inbox *inbox)
{
	pthread_mutex_destroy(&inbox->lock);
}

bool
inbox_put(struct inbox *inbox, struct bsk_message *message)
{
	bool taken;

	pthread_mutex_lock(&inbox->lock);
	taken = !inbox->is_closed;
	if (taken) {
		message_queue_push(&inbox->queue, message);
		if ((message->flags & MESSAGE_UNCOUNTED) != 0)
			bump(&inbox->uncounted, 1);
		/* Relaxed: the lock orders the queue; whoever puts also wakes
		 * the worker, and waking orders the hint (see worker_wake). */
		atomic_store_explicit(&inbox->has_some, true,
		    memory_order_relaxed);
	}
	pthread_mutex_unlock(&inbox->lock);
	return taken;
}

void
inbox_set_closed(struct inbox *inbox, bool is_closed)
{
	pthread_mutex_lock(&inbox->lock);
	inbox->is_closed = is_closed;
	pthread_mutex_unlock(&inbox->lock);
}

struct message_queue
inbox_take(struct inbox *inbox)
{
	struct message_queue taken = {NULL};

	/* Relaxed: pairs with the store in inbox_put. */
	if (!atomic_load_explicit(&inbox->has_some, memory_order_relaxed))
		return taken;
	pthread_mutex_lock(&inbox->lock);
	taken = inbox->queue;
	inbox->queue.last = NULL;
	poke(&inbox->uncounted, 0);
	atomic_store_explicit(&inbox->has_some, false, memory_order_relaxed);
	pthread_mutex_unlock(&inbox->lock);
	return taken;
}
