/* spares.c - threads that stand in where a handler keeps its own for long. */
#include <signal.h>
#include <string.h>

#include "owner.h"
#include "spares.h"

int
spares_init(struct spares *spares)
{
	int error;

	memset(spares, 0, sizeof(*spares));
	error = pthread_mutex_init(&spares->lock, NULL);
	if (error != 0)
		return -error;
	error = pthread_cond_init(&spares->cond, NULL);
	if (error != 0)
		pthread_mutex_destroy(&spares->lock);
	return -error;
}

void
spares_release(struct spares *spares)
{
	pthread_cond_destroy(&spares->cond);
	pthread_mutex_destroy(&spares->lock);
}

/* The next call; NULL: it is the end. */
static struct worker *
wait_for_call(struct spares *spares)
{
	struct worker *worker = NULL;

	pthread_mutex_lock(&spares->lock);
	while (spares->call_count == 0 && !spares->is_ended)
		pthread_cond_wait(&spares->cond, &spares->lock);
	if (spares->call_count > 0) {
		worker = spares->called[--spares->call_count];
		spares->idle--;
	}
	pthread_mutex_unlock(&spares->lock);
	return worker;
}

static void
be_idle(struct spares *spares)
{
	pthread_mutex_lock(&spares->lock);
	spares->idle++;
	pthread_mutex_unlock(&spares->lock);
}

/* Nothing more in a process that a handler has forked: it has nobody who would
 * call. */
static void
serve(struct spares *spares)
{
	struct worker *worker;

	while ((worker = wait_for_call(spares)) != NULL) {
		worker_serve(worker);
		if (!owner_is_here(worker->owner))
			return;
		be_idle(spares);
	}
}

void
spares_serve(struct spares *spares)
{
	be_idle(spares);
	serve(spares);
}

static void *
run(void *arg)
{
	serve(arg);
	return NULL;
}

/* It takes no signals but that one; nor does our own mask change meanwhile,
 * which is the host's, who takes them. */
static int
create(struct spares *spares, pthread_t *ret_thread)
{
	pthread_attr_t attributes;
	sigset_t all;
	int error = pthread_attr_init(&attributes);

	if (error != 0)
		return error;
	(void)sigfillset(&all);
	if (spares->signal != 0)
		(void)sigdelset(&all, spares->signal);
	error = pthread_attr_setsigmask_np(&attributes, &all);
	if (error == 0)
		error = pthread_create(ret_thread, &attributes, run, spares);
	pthread_attr_destroy(&attributes);
	return error;
}

/* It counts as idle from its beginning. */
static bool
add(struct spares *spares)
{
	if (spares->count == SPARES_MAX ||
	    create(spares, &spares->threads[spares->count]) != 0)
		return false;
	spares->count++;
	spares->idle++;
	return true;
}

bool
spares_ready(struct spares *spares)
{
	bool is_ready;

	pthread_mutex_lock(&spares->lock);
	is_ready = !spares->is_ended && spares->call_count < SPARES_MAX &&
	    (spares->idle > spares->call_count || add(spares));
	pthread_mutex_unlock(&spares->lock);
	return is_ready;
}

void
spares_call(struct spares *spares, struct worker *worker)
{
	pthread_mutex_lock(&spares->lock);
	spares->called[spares->call_count++] = worker;
	pthread_cond_signal(&spares->cond);
	pthread_mutex_unlock(&spares->lock);
}

void
spares_end(struct spares *spares)
{
	pthread_mutex_lock(&spares->lock);
	spares->is_ended = true;
	pthread_cond_broadcast(&spares->cond);
	pthread_mutex_unlock(&spares->lock);
}

void
spares_join(struct spares *spares)
{
	for (unsigned i = 0; i < spares->count; i++)
		pthread_join(spares->threads[i], NULL);
	spares->count = 0;
}
