/* gate.c - which thread may touch a worker. */
#include <string.h>

#include "gate.h"
#include "published.h"

int
gate_init(struct gate *gate)
{
	int error;

	memset(gate, 0, sizeof(*gate));
	error = pthread_mutex_init(&gate->lock, NULL);
	if (error != 0)
		return -error;
	error = pthread_cond_init(&gate->cond, NULL);
	if (error != 0)
		pthread_mutex_destroy(&gate->lock);
	return -error;
}

void
gate_release(struct gate *gate)
{
	pthread_cond_destroy(&gate->cond);
	pthread_mutex_destroy(&gate->lock);
}

void
gate_enter(struct gate *gate)
{
	struct hand *self = &current_hand;

	pthread_mutex_lock(&gate->lock);
	gate->waiting++;
	while (peek(&gate->runner) != NULL && peek(&gate->runner) != self)
		pthread_cond_wait(&gate->cond, &gate->lock);
	gate->waiting--;
	poke(&gate->runner, self);
	poke(&self->is_inside, true);
	pthread_mutex_unlock(&gate->lock);
}

void
gate_leave(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	poke(&gate->runner, NULL);
	pthread_cond_signal(&gate->cond);
	pthread_mutex_unlock(&gate->lock);
}

/* Read by the thread that runs the worker, to leave it soon. */
void
gate_want(struct gate *gate, bool wanted)
{
	pthread_mutex_lock(&gate->lock);
	if (wanted)
		bump(&gate->wanted, 1);
	else
		poke(&gate->wanted, peek(&gate->wanted) - 1);
	pthread_mutex_unlock(&gate->lock);
}

/* Not found: it was not taken after all. */
void
gate_return(struct gate *gate)
{
	struct hand **link = &gate->absent;

	pthread_mutex_lock(&gate->lock);
	while (*link != NULL && *link != &current_hand)
		link = &(*link)->next;
	if (*link != NULL)
		*link = current_hand.next;
	/* Relaxed: says only where to look; gate_is_mine decides. */
	poke(&gate->is_lent, gate->absent != NULL);
	pthread_mutex_unlock(&gate->lock);
}

/* Takes it away for the time being, and looks whether that was allowed: whoever
 * came inside before the barrier is seen here, and whoever comes after it sees
 * that it has lost the worker. */
static bool
take_away(struct gate *gate, const struct bsk_os *os, struct hand *runner,
    bool (*may)(void *arg, struct hand *runner), void *arg)
{
	poke(&gate->runner, NULL);
	/* Release: pairs with the acquire in inside_begin. */
	atomic_store_explicit(&gate->is_lent, true, memory_order_release);
	/* Acquire: pairs with the release in inside_end: what the thread did
	 * before it went into the handler is seen by the next. */
	if (os->barrier(os) == 0 && !atomic_load_explicit(&runner->is_inside,
	    memory_order_acquire) && may(arg, runner))
		return true;
	/* Release: pairs with the acquire in gate_is_mine. */
	atomic_store_explicit(&gate->runner, runner, memory_order_release);
	poke(&gate->is_lent, gate->absent != NULL);
	return false;
}

/* A thread that was called to the worker finds it taken again by the one that
 * had lost it, when that is quicker: it waits here, for the next loan. */
static bool
is_awaited(const struct gate *gate)
{
	return peek(&gate->wanted) > 0 || gate->waiting > 0;
}

enum gate_loan
gate_lend(struct gate *gate, const struct bsk_os *os,
    bool (*may)(void *arg, struct hand *runner), void *arg)
{
	enum gate_loan loan = GATE_KEPT;
	struct hand *runner;

	pthread_mutex_lock(&gate->lock);
	runner = peek(&gate->runner);
	if (runner != NULL && take_away(gate, os, runner, may, arg)) {
		loan = is_awaited(gate) ? GATE_GIVEN : GATE_TAKEN;
		runner->next = gate->absent;
		gate->absent = runner;
		pthread_cond_signal(&gate->cond);
	}
	pthread_mutex_unlock(&gate->lock);
	return loan;
}

void
gate_with_runner(struct gate *gate,
    void (*act)(void *arg, struct hand *runner), void *arg)
{
	struct hand *runner;

	pthread_mutex_lock(&gate->lock);
	runner = peek(&gate->runner);
	if (runner != NULL)
		act(arg, runner);
	pthread_mutex_unlock(&gate->lock);
}
