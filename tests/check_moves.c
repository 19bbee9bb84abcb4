/* check_moves.c - actors that have much to do spread over the workers of the
 * pool, and nothing that they hear is lost or out of order; not either where
 * there is no memory for a move.
 */
#include <sched.h>
#include <stdatomic.h>

#include <buskin/inspect.h>
#include <buskin/system.h>

#include "fail_alloc.h"
#include "harness.h"
#include "moves.h"
#include "number.h"

#define WORKERS 3u
#define ACTORS 64u
#define OUTSIDE ACTORS /* who sends from outside */
#define WORK_NS 20000  /* of a message: a lap takes longer than 1 ms */

/* Of who sends to whom: how many were sent, and the latest that was heard. */
static uint32_t sent[ACTORS + 1][ACTORS];
static uint32_t heard[ACTORS + 1][ACTORS];
static bsk_ref all[ACTORS];
static atomic_bool is_over; /* nobody sends any more */
static atomic_uint disorder;

struct toiler {
	uint32_t id;
};

static bsk_message *
word(uint32_t from, uint32_t to)
{
	return BSK_NEW(number,
	    .value = (uint64_t)from << 32 | ++sent[from][to]);
}

static void
work(void)
{
	int64_t until_ns = bsk_os_libc.now(&bsk_os_libc) + WORK_NS;

	while (bsk_os_libc.now(&bsk_os_libc) < until_ns)
		;
}

BSK_HANDLER(on_open, toiler, bsk_open)
{
	(void)body;
	while (!bsk_ref_equal(all[self->id], bsk_self(ctx)))
		self->id++;
	return 0;
}

/* Each keeps itself busy, and tells the next one. */
BSK_HANDLER(on_number, toiler, number)
{
	uint32_t from = (uint32_t)(body->value >> 32);
	uint32_t next = (self->id + 1) % ACTORS;

	if ((uint32_t)body->value != ++heard[from][self->id])
		atomic_fetch_add(&disorder, 1);
	work();
	if (from != self->id || atomic_load(&is_over))
		return 0;
	ck_assert_int_eq(bsk_send(ctx, all[next], word(self->id, next)), 0);
	return bsk_send(ctx, bsk_self(ctx), word(self->id, self->id));
}

BSK_HANDLER(on_begin, toiler, shout)
{
	(void)body;
	return bsk_send(ctx, bsk_self(ctx), word(self->id, self->id));
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(number, on_number),
	BSK_ON(shout, on_begin),
};
static const struct bsk_class toiler_class =
    BSK_CLASS(toiler, "toiler", "has much to do", handlers);

static bool
note_worker(void *arg, const struct bsk_actor_info *info)
{
	unsigned *at = arg;

	if (info->class_ == &toiler_class)
		at[info->worker]++;
	return true;
}

static void
tell_all(bsk_system *system)
{
	for (uint32_t to = 0; to < ACTORS; to++)
		ck_assert_int_eq(bsk_system_send(system, all[to],
		    word(OUTSIDE, to)), 0);
}

/* Sends on until every worker has some of them. */
static void
wait_until_spread(bsk_system *system)
{
	int64_t until_ns = bsk_os_libc.now(&bsk_os_libc) + HARNESS_PATIENCE_NS;
	bool is_spread = false;

	while (!is_spread) {
		unsigned at[WORKERS + 1] = {0};

		ck_assert_int_lt(bsk_os_libc.now(&bsk_os_libc), until_ns);
		tell_all(system);
		(void)sched_yield();
		ck_assert_int_eq(bsk_inspect_actors(system, note_worker, at),
		    0);
		is_spread = true;
		for (unsigned i = 0; i < WORKERS; i++)
			is_spread = is_spread && at[i] > 0;
	}
}

static void
wait_until_quiet(bsk_system *system)
{
	int64_t until_ns = bsk_os_libc.now(&bsk_os_libc) + HARNESS_PATIENCE_NS;

	while (bsk_system_messages(system) > 0) {
		ck_assert_int_lt(bsk_os_libc.now(&bsk_os_libc), until_ns);
		(void)sched_yield();
	}
}

START_TEST(who_has_much_to_do_goes_where_there_is_little)
{
	struct bsk_system_options options = {.workers = WORKERS};
	struct bsk_spawn_options roomy = {.capacity = 1000000};
	bsk_system *system;

	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	for (unsigned i = 0; i < ACTORS; i++)
		ck_assert_int_eq(bsk_system_spawn(system, &toiler_class, NULL,
		    &roomy, &all[i]), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	for (unsigned i = 0; i < ACTORS; i++)
		ck_assert_int_eq(bsk_system_send(system, all[i],
		    BSK_NEW(shout, .value = 0)), 0);
	wait_until_spread(system);
	atomic_store(&is_over, true);
	wait_until_quiet(system);
	bsk_system_stop(system, 0);
	ck_assert_int_eq(bsk_system_wait(system, HARNESS_PATIENCE_NS), 0);
	bsk_system_destroy(system);
	ck_assert_uint_eq(atomic_load(&disorder), 0);
	for (unsigned from = 0; from <= ACTORS; from++)
		for (unsigned to = 0; to < ACTORS; to++)
			ck_assert_uint_eq(heard[from][to], sent[from][to]);
}
END_TEST

/* --- without memory ------------------------------------------------------- */

#define LISTENERS 8u
#define MOVERS 4u      /* of these go */
#define WORDS 3u       /* to each */
#define FAILURES_MAX 100u

static bsk_ref listeners[LISTENERS];
static uint64_t last[LISTENERS];  /* word that each has heard */
static atomic_uint opened;        /* of them */
static atomic_uint words;         /* that all have heard */
static unsigned failures;  /* moves that were none, for want of memory */
static unsigned moved;     /* actors, at last */

struct listener {
	uint32_t id;
};

BSK_HANDLER(on_born, listener, bsk_open)
{
	(void)body;
	while (!bsk_ref_equal(listeners[self->id], bsk_self(ctx)))
		self->id++;
	atomic_fetch_add(&opened, 1);
	return 0;
}

BSK_HANDLER(on_word, listener, number)
{
	(void)ctx;
	ck_assert_uint_eq(body->value, ++last[self->id]);
	atomic_fetch_add(&words, 1);
	return 0;
}

static const struct bsk_handler listener_handlers[] = {
	BSK_ON(bsk_open, on_born),
	BSK_ON(number, on_word),
};
static const struct bsk_class listener_class = BSK_CLASS(listener,
    "listener", "counts", listener_handlers);

struct mover {
	uint8_t unused;
};

static void
say(bsk_ctx *ctx, uint64_t value)
{
	for (unsigned i = 0; i < LISTENERS; i++)
		ck_assert_int_eq(bsk_send(ctx, listeners[i],
		    BSK_NEW(number, .value = value)), 0);
}

/* They are ready, here; whichever allocation fails, all of them stay. */
BSK_HANDLER(on_shout, mover, shout)
{
	unsigned needed = 1;

	(void)self;
	(void)body;
	say(ctx, 1);
	for (unsigned n = 1; moved == 0; n++) {
		ck_assert_uint_lt(n, FAILURES_MAX);
		fail_alloc_start(n);
		moved = moves_begin(current_worker, 1, MOVERS);
		needed = fail_alloc_stop();
		failures += moved == 0;
		ck_assert(moved > 0 || needed >= n);
	}
	for (uint64_t value = 2; value <= WORDS; value++)
		say(ctx, value);
	return 0;
}

static const struct bsk_handler mover_handlers[] = {
	BSK_ON(shout, on_shout),
};
static const struct bsk_class mover_class =
    BSK_CLASS(mover, "mover", "has others go", mover_handlers);

/* Asserts nothing meanwhile: see fail_alloc.h. */
static void
await(atomic_uint *count, unsigned wanted)
{
	int64_t until_ns = bsk_os_libc.now(&bsk_os_libc) + HARNESS_PATIENCE_NS;

	while (atomic_load(count) < wanted &&
	    bsk_os_libc.now(&bsk_os_libc) < until_ns)
		(void)sched_yield();
	ck_assert_uint_eq(atomic_load(count), wanted);
}

START_TEST(without_memory_for_a_move_all_stay_where_they_are)
{
	/* Nobody moves by itself. */
	struct bsk_system_options options = {.workers = WORKERS,
	    .handover_ns = -1};
	bsk_system *system;
	bsk_ref mover;

	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	for (unsigned i = 0; i < LISTENERS; i++)
		ck_assert_int_eq(bsk_system_spawn(system, &listener_class,
		    NULL, NULL, &listeners[i]), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &mover_class, NULL, NULL,
	    &mover), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	await(&opened, LISTENERS);
	ck_assert_int_eq(bsk_system_send(system, mover,
	    BSK_NEW(shout, .value = 0)), 0);
	await(&words, LISTENERS * WORDS);
	ck_assert_uint_gt(failures, 0);
	ck_assert_uint_gt(moved, 0);
	bsk_system_stop(system, 0);
	ck_assert_int_eq(bsk_system_wait(system, HARNESS_PATIENCE_NS), 0);
	bsk_system_destroy(system);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("moves");
	TCase *tcase = harness_case("moves");

	tcase_add_test(tcase, who_has_much_to_do_goes_where_there_is_little);
	tcase_add_test(tcase,
	    without_memory_for_a_move_all_stay_where_they_are);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
