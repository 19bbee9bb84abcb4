/* calls.h - threads outside the pool that wait for an answer. */
#ifndef CALLS_H
#define CALLS_H

#include <pthread.h>

#include "idmap.h"
#include "message.h"

struct calls {
	pthread_mutex_t lock; /* guards all of it */
	struct idmap waiting; /* struct call by its number */
	uint64_t last;        /* the newest call's number */
	bool is_closed;       /* nobody will answer any more */
};

/* One call, on its caller's stack. */
struct call {
	pthread_cond_t done_cond;
	uint64_t number;
	bool done;
	int reason;                  /* 0, or why there is no answer */
	struct bsk_message *answer;
};

int calls_init(struct calls *calls);
void calls_release(struct calls *calls);

/* Begins a call that ends at `until_ns`; its number goes into the asking
 * message. -ESHUTDOWN: they are closed. */
int calls_begin(struct calls *calls, struct call *call, int64_t now_ns,
    int64_t until_ns);

/* Waits for it until `until_ns` on CLOCK_MONOTONIC and ends it. Returns 0 and
 * the answer, or a negative errno. */
int calls_wait(struct calls *calls, struct call *call, int64_t until_ns,
    struct bsk_message **ret_answer);

/* The system has ended: all that wait fail with -ESHUTDOWN, and nobody begins
 * to wait from here on. Any thread. */
void calls_close(struct calls *calls);

/* Takes an answer (or, when it is NULL, a reason) to a call. Whether the call
 * still waits; if not, the answer stays the giver's. Any thread. */
bool calls_answer(struct calls *calls, uint64_t number,
    struct bsk_message *answer, int reason);

#endif
