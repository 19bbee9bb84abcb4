/* calls.c - threads outside the pool that wait for an answer. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "ask_number.h"
#include "calls.h"

int
calls_init(struct calls *calls)
{
	memset(calls, 0, sizeof(*calls));
	return -pthread_mutex_init(&calls->lock, NULL);
}

void
calls_release(struct calls *calls)
{
	idmap_release(&calls->waiting);
	pthread_mutex_destroy(&calls->lock);
}

static int
init_cond(pthread_cond_t *cond)
{
	pthread_condattr_t attributes;
	int error = pthread_condattr_init(&attributes);

	if (error != 0)
		return -error;
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	error = pthread_cond_init(cond, &attributes);
	pthread_condattr_destroy(&attributes);
	return -error;
}

int
calls_begin(struct calls *calls, struct call *call, int64_t now_ns,
    int64_t until_ns)
{
	int r;

	memset(call, 0, sizeof(*call));
	r = init_cond(&call->done_cond);
	if (r < 0)
		return r;
	pthread_mutex_lock(&calls->lock);
	call->number = ask_number(calls->last++, now_ns, until_ns);
	r = calls->is_closed ? -ESHUTDOWN :
	    idmap_put(&calls->waiting, call->number, call);
	pthread_mutex_unlock(&calls->lock);
	if (r < 0)
		pthread_cond_destroy(&call->done_cond);
	return r;
}

int
calls_wait(struct calls *calls, struct call *call, int64_t until_ns,
    struct bsk_message **ret_answer)
{
	struct timespec until;
	int error = 0;

	until.tv_sec = (time_t)(until_ns / 1000000000);
	until.tv_nsec = (long)(until_ns % 1000000000);
	pthread_mutex_lock(&calls->lock);
	while (!call->done && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&call->done_cond, &calls->lock,
		    &until);
	idmap_take(&calls->waiting, call->number);
	pthread_mutex_unlock(&calls->lock);
	pthread_cond_destroy(&call->done_cond);
	if (!call->done)
		return -ETIMEDOUT;
	if (call->reason < 0)
		return call->reason;
	*ret_answer = call->answer;
	return 0;
}

static void
give(struct call *call, struct bsk_message *answer, int reason)
{
	call->answer = answer;
	call->reason = reason;
	call->done = true;
	pthread_cond_signal(&call->done_cond);
}

void
calls_close(struct calls *calls)
{
	pthread_mutex_lock(&calls->lock);
	calls->is_closed = true;
	for (size_t i = 0; i < calls->waiting.places; i++) {
		struct call *call = calls->waiting.entries[i].value;

		if (call != NULL && !call->done)
			give(call, NULL, -ESHUTDOWN);
	}
	pthread_mutex_unlock(&calls->lock);
}

bool
calls_answer(struct calls *calls, uint64_t number, struct bsk_message *answer,
    int reason)
{
	struct call *call;

	pthread_mutex_lock(&calls->lock);
	call = idmap_get(&calls->waiting, number);
	if (call != NULL && call->done)
		call = NULL;
	if (call != NULL)
		give(call, answer, reason);
	pthread_mutex_unlock(&calls->lock);
	return call != NULL;
}
