/* outside.c - what threads outside the pool do to a system. */
#include <errno.h>

#include "current.h"
#include "entry.h"
#include "guardian.h"
#include "owner.h"
#include "post.h"
#include "spawn.h"

/* A message that an actor of another system made lies in that one's memory;
 * here it must lie in memory that any thread may free. */
static struct bsk_message *
make_free(struct bsk_message *message)
{
	struct worker *worker = current_worker;
	struct bsk_message *copy;

	if (message == NULL || (message->flags & MESSAGE_OUTSIDE) != 0)
		return message;
	current_worker = NULL;
	copy = bsk_message_copy(message);
	current_worker = worker;
	bsk_message_free(message);
	return copy;
}

int
bsk_system_send(bsk_system *system, bsk_ref to, bsk_message *message)
{
	struct cell *cell = cells_find(&system->cells, to);

	message = make_free(message);
	if (message == NULL)
		return -ENOMEM;
	if (!owner_is_here(system->owner)) {
		bsk_message_free(message);
		return -EOWNERDEAD;
	}
	if (peek(&system->pool.ended)) {
		bsk_message_free(message);
		return -ESHUTDOWN;
	}
	if (cell != NULL && !message_is_control(message) &&
	    peek(&cell->depth) >= cell_capacity(cell) &&
	    cell_is(cell, to)) {
		bsk_message_free(message);
		return -EAGAIN;
	}
	entry_inject(system, to, message);
	return 0;
}

/* A handler that waited for an answer might keep the one that gives it from
 * its thread. */
static int
may_call(const bsk_system *system)
{
	if (!owner_is_here(system->owner))
		return -EOWNERDEAD;
	if (current_worker != NULL && current_worker->system == system)
		return -EDEADLK;
	return system->sim.on ? -ENOTSUP : 0;
}

int
bsk_system_call(bsk_system *system, bsk_ref to, bsk_message *message,
    int64_t timeout_ns, bsk_message **ret_answer)
{
	const struct bsk_os *os = system->os;
	struct call call;
	int64_t now_ns = os->now(os);
	int64_t until_ns;
	int r;

	message = make_free(message);
	if (message == NULL)
		return -ENOMEM;
	timeout_ns = timeout_ns < 0 ? 0 : timeout_ns;
	until_ns = timeout_ns > INT64_MAX - now_ns ? INT64_MAX :
	    now_ns + timeout_ns;
	r = may_call(system);
	if (r == 0)
		r = calls_begin(&system->calls, &call, now_ns, until_ns);
	if (r < 0) {
		bsk_message_free(message);
		return r;
	}
	message->flags |= MESSAGE_ASKS;
	message->ask = call.number;
	entry_inject(system, to, message);
	return calls_wait(&system->calls, &call, until_ns, ret_answer);
}

int
bsk_system_find(bsk_system *system, const char *name, bsk_ref *ret_ref)
{
	if (!owner_is_here(system->owner))
		return -EOWNERDEAD;
	return directory_find(&system->directory, name, ret_ref);
}

/* --- spawning ------------------------------------------------------------ */

/* While no thread runs, the caller's stands in for the first worker's. */
static int
spawn_here(bsk_system *system, const struct guardian_spawn *request,
    bsk_ref *ret_ref)
{
	struct worker *before = current_worker;
	struct worker *worker = system->workers[0];
	int r;

	current_worker = worker;
	r = spawn(worker, cells_find(&system->cells, system->guardian),
	    request->class_, request->config, request->options, 0, ret_ref);
	current_worker = before;
	return r;
}

/* The request is answered, or the system ends: what it points to is read no
 * later. */
static int
spawn_there(bsk_system *system, struct guardian_spawn *request,
    bsk_ref *ret_ref)
{
	const struct guardian_spawned *spawned;
	bsk_message *answer;
	int r;

	r = bsk_system_call(system, system->guardian,
	    bsk_message_new(&guardian_spawn_type, request), INT64_MAX,
	    &answer);
	if (r == -ENODATA)
		r = -ENOMEM; /* there was none to answer with */
	if (r < 0)
		return r;
	spawned = bsk_message_body(answer);
	r = spawned->error;
	if (r == 0)
		*ret_ref = spawned->actor;
	bsk_message_free(answer);
	return r;
}

static bool
has_started(bsk_system *system)
{
	bool started;

	pthread_mutex_lock(&system->pool.lock);
	started = system->pool.started;
	pthread_mutex_unlock(&system->pool.lock);
	return started;
}

int
bsk_system_spawn(bsk_system *system, const struct bsk_class *class_,
    struct bsk_parcel *config, const struct bsk_spawn_options *options,
    bsk_ref *ret_ref)
{
	struct guardian_spawn request = {
		.class_ = class_,
		.config = config,
		.options = options,
	};
	int r = 0;

	if (!owner_is_here(system->owner))
		r = -EOWNERDEAD;
	else if (peek(&system->stopping))
		r = -ESHUTDOWN;
	if (r < 0) {
		bsk_parcel_free(config);
		return r;
	}
	pthread_mutex_lock(&system->pool.early);
	if (!has_started(system))
		r = spawn_here(system, &request, ret_ref);
	else
		r = 1;
	pthread_mutex_unlock(&system->pool.early);
	return r == 1 ? spawn_there(system, &request, ret_ref) : r;
}
