/* faulty_os.c - a world whose n-th call of a kind fails, for tests.
 *
 * The counts are relaxed: each is a number of its own and guards no memory. A
 * plan is published by the release store of its `left`, which the acquire in
 * is_due pairs with, so that a due call sees the errno that goes with it.
 */
#include "faulty_os.h"

#include <assert.h>

#define FAULTY_OS const struct bsk_os *os

_Static_assert(sizeof(struct bsk_os) ==
	sizeof(void *) * (FAULTY_CALLS + 1),
    "FAULTY_OS_CALLS must name every member of struct bsk_os but self");

/* Counts down; true for the one call that gets to nought. */
static bool
is_due(struct faulty_plan *plan)
{
	unsigned left = atomic_load_explicit(&plan->left, memory_order_acquire);

	while (left > 0)
		if (atomic_compare_exchange_weak_explicit(&plan->left, &left,
			left - 1, memory_order_acquire, memory_order_acquire))
			return left == 1;
	return false;
}

/* The errno that the plan has for this call, or 0. */
static int
planned(struct faulty_plan *plan)
{
	if (is_due(plan))
		return atomic_load_explicit(
		    &plan->error, memory_order_relaxed);
	return atomic_load_explicit(&plan->always, memory_order_relaxed);
}

static bool
can_fail(enum faulty_call call)
{
	return call != FAULTY_NOW && call != FAULTY_TICK &&
	    call != FAULTY_WALL &&
	    call != FAULTY_GETPID && call != FAULTY_GETEUID;
}

static void
count(atomic_uint *number)
{
	(void)atomic_fetch_add_explicit(number, 1, memory_order_relaxed);
}

/* Counts a call; returns 0 or the negative errno that it must fail with. */
static int
enter(struct faulty_os *world, enum faulty_call call)
{
	int own;
	int any;

	count(&world->counts[call]);
	if (!can_fail(call))
		return 0;
	count(&world->counts[FAULTY_ANY]);
	own = planned(&world->plans[call]);
	any = planned(&world->plans[FAULTY_ANY]);
	if (own == 0 && any == 0)
		return 0;
	count(&world->struck);
	return own != 0 ? -own : -any;
}

#define WRAP(NAME, type, name, parameters, arguments)                          \
	static type wrap_##name parameters                                     \
	{                                                                      \
		struct faulty_os *world = os->self;                            \
		const struct bsk_os *real = world->real;                       \
		int error = enter(world, FAULTY_##NAME);                       \
\
		return error < 0 ? (type)error : (real->name)arguments;        \
	}
FAULTY_OS_CALLS(WRAP)
#undef WRAP

/* As on Linux, a close that fails has closed. */
static int
close_and_fail(const struct bsk_os *os, int fd)
{
	struct faulty_os *world = os->self;
	int error = enter(world, FAULTY_CLOSE);
	int result = world->real->close(world->real, fd);

	return error < 0 ? error : result;
}

static int
spawn_or_say_why(const struct bsk_os *os, const struct bsk_os_spawn *how,
    pid_t *ret_pid, int *ret_pidfd, enum bsk_os_spawn_step *ret_step)
{
	struct faulty_os *world = os->self;
	int error = enter(world, FAULTY_SPAWN);

	if (error == 0)
		return world->real->spawn(
		    world->real, how, ret_pid, ret_pidfd, ret_step);
	*ret_step = atomic_load_explicit(
	    &world->spawn_step, memory_order_relaxed);
	return error;
}

void
faulty_os_init(struct faulty_os *world, const struct bsk_os *real)
{
	world->real = real;
	world->table.self = world;
#define ENTRY(NAME, type, name, parameters, arguments)                         \
	world->table.name = wrap_##name;
	FAULTY_OS_CALLS(ENTRY)
#undef ENTRY
	world->table.close = close_and_fail;
	world->table.spawn = spawn_or_say_why;
	for (int call = 0; call <= FAULTY_CALLS; call++) {
		atomic_init(&world->counts[call], 0);
		atomic_init(&world->plans[call].left, 0);
		atomic_init(&world->plans[call].error, 0);
		atomic_init(&world->plans[call].always, 0);
	}
	atomic_init(&world->struck, 0);
	atomic_init(&world->spawn_step, BSK_SPAWN_EXEC);
}

void
faulty_os_fail(
    struct faulty_os *world, enum faulty_call call, unsigned nth, int error)
{
	struct faulty_plan *plan = &world->plans[call];

	assert(can_fail(call) && nth > 0 && error > 0);
	/* No call may fall between the old count and the new errno. */
	atomic_store_explicit(&plan->left, 0, memory_order_relaxed);
	atomic_store_explicit(&plan->error, error, memory_order_relaxed);
	atomic_store_explicit(&plan->left, nth, memory_order_release);
}

void
faulty_os_fail_always(
    struct faulty_os *world, enum faulty_call call, int error)
{
	assert(can_fail(call) && error >= 0);
	atomic_store_explicit(
	    &world->plans[call].always, error, memory_order_relaxed);
}

unsigned
faulty_os_count(const struct faulty_os *world, enum faulty_call call)
{
	return atomic_load_explicit(&world->counts[call], memory_order_relaxed);
}

unsigned
faulty_os_struck(const struct faulty_os *world)
{
	return atomic_load_explicit(&world->struck, memory_order_relaxed);
}

const char *
faulty_os_name(enum faulty_call call)
{
	static const char *const names[] = {
#define NAME_OF(NAME, type, name, parameters, arguments) #name,
		FAULTY_OS_CALLS(NAME_OF)
#undef NAME_OF
		"any",
	};

	return names[call];
}

unsigned
faulty_os_walk(const struct bsk_os *real, enum faulty_call call, int error,
    void (*scenario)(struct faulty_os *, void *), void *argument)
{
	struct faulty_os world;

	for (unsigned nth = 1;; nth++) {
		faulty_os_init(&world, real);
		faulty_os_fail(&world, call, nth, error);
		scenario(&world, argument);
		if (faulty_os_struck(&world) == 0)
			return nth - 1;
	}
}
