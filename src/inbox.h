/* inbox.h - messages to a worker from threads outside the pool. */
#ifndef INBOX_H
#define INBOX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "message.h"

struct inbox {
	pthread_mutex_t lock;       /* guards `queue` */
	struct message_queue queue;
	bool is_closed;             /* nobody will take any more */
	_Atomic bool has_some;      /* a hint, for the worker to look */
	_Atomic uint64_t uncounted; /* in the queue and in no book yet */
};

int inbox_init(struct inbox *inbox);
void inbox_release(struct inbox *inbox);

/* Any thread: puts a message in. The worker must be woken then. False when the
 * inbox is closed: the message stays the caller's. */
bool inbox_put(struct inbox *inbox, struct bsk_message *message);

/* Opens or closes it. Closed, it takes no more; what is in may be taken. */
void inbox_set_closed(struct inbox *inbox, bool is_closed);

/* The worker: takes all there is. */
struct message_queue inbox_take(struct inbox *inbox);

#endif
