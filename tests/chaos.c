/* chaos.c - hundreds of actors to which everything happens at once.
 *
 * The imps of imps.h are stopped in the middle of their mischief, once or
 * twice. The system must come to its end with nobody left, no answer and no
 * news may come twice, and as with every system that a test frees, its books
 * must balance: see books.h. In a pool of threads, and simulated.
 *
 * A short version is a part of the suite; BUSKIN_CHAOS=1 (make chaos) plays
 * the whole.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <buskin/inspect.h>

#include "harness.h"
#include "imps.h"

#define US INT64_C(1000)
#define STOP_NS (200000 * US)

/* --- systems --- */

static const struct bsk_class *const classes[] = { &imp_class, NULL };
static const struct bsk_system_options options = {
	.workers = 2,
	.classes = classes,
	.stop_timeout_ns = STOP_NS,
};

static bool
is_whole(void)
{
	return getenv("BUSKIN_CHAOS") != NULL;
}

/* As many as there is time for. */
static uint64_t
rounds(uint64_t whole, uint64_t usual, uint64_t instrumented)
{
	if (is_whole())
		return whole;
	return harness_is_instrumented() ? instrumented : usual;
}

/* --- simulated --- */

static void
play(bsk_system *system, void *state)
{
	uint64_t moments = bsk_sim_draw(system) % 10;

	(void)state;
	bsk_sim_expect(system, imps_populate(system) == 0);
	for (uint64_t i = 0; i < moments; i++) {
		(void)bsk_sim_run(system, bsk_sim_now(system) +
		    (int64_t)(bsk_sim_draw(system) % 500) * US);
		for (int p = 0; p < 20; p++)
			imps_poke(system, bsk_sim_draw(system));
	}
	bsk_system_stop(system, 0);
	if (bsk_sim_draw(system) % 4 != 0)
		return;
	(void)bsk_sim_run(system, bsk_sim_now(system) +
	    (int64_t)(bsk_sim_draw(system) % 500) * US);
	bsk_system_stop(system, 0);
}

static const struct bsk_sim_scenario chaos = {
	.name = "chaos",
	.options = &options,
	.busy = true,
	.turns_max = 10000000,
	.play = play,
};

START_TEST(a_simulated_pool_comes_to_its_end)
{
	struct bsk_sim_seeds seeds = {
		.first = harness_seed(),
		.count = rounds(2000, 30, 4),
	};

	ck_assert_int_eq(bsk_sim_explore(&chaos, &seeds), 0);
}
END_TEST

/* --- with threads --- */

static bool
name_actor(void *arg, const struct bsk_actor_info *info)
{
	(void)arg;
	fprintf(stderr, "%s (%s) is %s, %u wait, %u held%s\n",
	    info->name == NULL ? "-" : info->name, info->class_name,
	    bsk_state_text(info->state), info->depth, info->held,
	    info->suspended ? ", suspended" : "");
	return true;
}

/* Waits for the end; tells who hangs. */
static void
await_end(bsk_system *system, uint64_t seed)
{
	struct bsk_system_info info;
	int r = bsk_system_wait(system, HARNESS_PATIENCE_NS);

	if (r < 0)
		(void)bsk_inspect_actors(system, name_actor, NULL);
	ck_assert_msg(r == 0, "seed %" PRIu64 ": it does not end: %d", seed,
	    r);
	bsk_inspect_system(system, &info);
	ck_assert_msg(info.actors <= 1, "seed %" PRIu64 ": %" PRIu64
	    " actors outlive the end", seed, info.actors - 1);
}

static uint64_t
draw(uint64_t *chance)
{
	*chance ^= *chance >> 12;
	*chance ^= *chance << 25;
	*chance ^= *chance >> 27;
	return *chance * 0x2545f4914f6cdd1du;
}

/* Pokes, and asks, from outside, as long as is drawn. */
static void
disturb(bsk_system *system, uint64_t *chance)
{
	uint64_t pokes = draw(chance) % 2000;

	for (uint64_t i = 0; i < pokes; i++) {
		bsk_message *answer = NULL;

		imps_poke(system, draw(chance));
		if (i % 64 != 0)
			continue;
		(void)bsk_system_call(system, (bsk_ref){
		    atomic_load(&imps[draw(chance) % IMPS]) },
		    BSK_NEW(poke, .hops = 2),
		    (int64_t)(draw(chance) % 1000) * US, &answer);
		bsk_message_free(answer);
	}
}

static void
play_with_threads(uint64_t seed)
{
	uint64_t chance = seed | 1;
	bsk_system *system;

	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	ck_assert_int_eq(imps_populate(system), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	disturb(system, &chance);
	bsk_system_stop(system, 0);
	if (draw(&chance) % 4 == 0)
		bsk_system_stop(system, 0);
	await_end(system, seed);
	bsk_system_destroy(system);
	ck_assert_uint_eq(atomic_load(&imp_mistakes), 0);
}

START_TEST(a_pool_of_threads_comes_to_its_end)
{
	uint64_t count = rounds(100, 3, 1);

	for (uint64_t i = 0; i < count; i++)
		play_with_threads(harness_seed() + i);
}
END_TEST

/* --- beginning and ending --- */

static void
begin_and_end(uint64_t seed)
{
	struct bsk_system_options few = {.workers = 1 + seed % 2};
	struct bsk_spawn_options thread = {.placement = BSK_PLACE_THREAD};
	bsk_system *system;
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_create(&few, &system), 0);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_int_eq(bsk_system_spawn(system, &imp_class,
		    BSK_PARCEL(imp_config, .slot = i),
		    seed % 4 == 0 && i == 1 ? &thread : NULL, &ref), 0);
		atomic_store(&imps[i], ref.bits);
	}
	ck_assert_int_eq(bsk_system_start(system), 0);
	for (unsigned i = 0; i < seed % 8; i++)
		imps_poke(system, i % 3);
	bsk_system_stop(system, 0);
	await_end(system, seed);
	bsk_system_destroy(system);
}

START_TEST(a_system_can_begin_and_end_ten_thousand_times)
{
	uint64_t count = rounds(10000, 150, 20);

	for (uint64_t i = 0; i < count; i++)
		begin_and_end(harness_seed() + i);
}
END_TEST

static Suite *
chaos_suite(void)
{
	Suite *suite = suite_create("chaos");
	TCase *tcase = harness_case("chaos");

	if (is_whole())
		tcase_set_timeout(tcase, 40 * HARNESS_PATIENCE_S);
	tcase_add_test(tcase, a_simulated_pool_comes_to_its_end);
	tcase_add_test(tcase, a_pool_of_threads_comes_to_its_end);
	tcase_add_test(tcase, a_system_can_begin_and_end_ten_thousand_times);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(chaos_suite);
}
