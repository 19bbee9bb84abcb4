/* check_phases.c - a stop goes by phases, and says in which it was held up. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <buskin/inspect.h>

#include "bailiff.h"
#include "favours.h"
#include "harness.h"

static char ended[64]; /* the names of who has, in order */
static atomic_uint count;
static sem_t drained;  /* posted by who is asked to stop and stays */
static bool are_slow;  /* all of them stay */
static int child_error; /* what became of a child with a phase */

struct leaver {
	char unused;
};

BSK_HANDLER(on_favour, leaver, favour)
{
	(void)self;
	(void)body;
	bsk_exit(ctx, 0);
	return 0;
}

BSK_HANDLER(on_drain, leaver, bsk_drain)
{
	(void)self;
	(void)body;
	sem_post(&drained);
	if (!are_slow)
		bsk_exit(ctx, 0);
	return 0;
}

/* One after the other, so nobody else writes. */
BSK_HANDLER(on_close, leaver, bsk_close)
{
	char name[8];

	(void)self;
	(void)body;
	(void)bsk_inspect_name(bsk_system_of(ctx), bsk_self(ctx), name,
	    sizeof(name));
	(void)strncat(ended, name, sizeof(ended) - strlen(ended) - 1);
	atomic_fetch_add(&count, 1);
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(favour, on_favour),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};
static const struct bsk_class leaver_class = BSK_CLASS(leaver, "leaver",
    "says when it ends", handlers);

/* Has a service made, which ends after all others, and a child. */
BSK_HANDLER(on_open, leaver, bsk_open)
{
	const struct bsk_spawn_options options = { .stop_phase = 1 };
	bsk_ref ref;

	(void)self;
	(void)body;
	child_error = bsk_spawn(ctx, &leaver_class, NULL, &options, &ref);
	ck_assert_int_eq(bsk_service(ctx, &leaver_class, &ref), 0);
	sem_post(&in_handler);
	return 0;
}
static const struct bsk_handler parent_handlers[] = {
	BSK_ON(bsk_open, on_open),
};
static const struct bsk_class parent_class = BSK_CLASS(leaver, "parent",
    "has a service made", parent_handlers);

static bsk_ref
spawn(bsk_system *system, const struct bsk_class *class_, const char *name,
    uint8_t phase)
{
	const struct bsk_spawn_options options = { .name = name,
	    .stop_phase = phase };
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(system, class_, NULL, &options,
	    &ref), 0);
	return ref;
}

static bsk_system *
begin(int64_t stop_timeout_ns, bool slow)
{
	const struct bsk_system_options options = { .workers = 2,
	    .stop_timeout_ns = stop_timeout_ns };
	bsk_system *system;

	are_slow = slow;
	sem_init(&drained, 0, 0);
	sem_init(&in_handler, 0, 0);
	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	bailiff_spawn(system);
	return system;
}

static void
end(bsk_system *system)
{
	ck_assert_int_eq(bsk_system_wait(system, HARNESS_PATIENCE_NS), 0);
	bsk_system_destroy(system);
}

/* Before the start and after it, in no order. */
static void
spawn_five(bsk_system *system)
{
	(void)spawn(system, &leaver_class, "a", 0);
	(void)spawn(system, &leaver_class, "b", 255);
	(void)spawn(system, &leaver_class, "c", 1);
	ck_assert_int_eq(bsk_system_start(system), 0);
	(void)spawn(system, &leaver_class, "d", 0);
	(void)spawn(system, &leaver_class, "e", 1);
}

START_TEST(phases_go_from_low_to_high)
{
	bsk_system *system = begin(0, false);

	spawn_five(system);
	bsk_system_stop(system, 0);
	end(system);
	ck_assert_str_eq(ended, "daecb");
	ck_assert_uint_eq(bailiff_count(), 0);
}
END_TEST

START_TEST(services_go_behind_the_last_phase)
{
	bsk_system *system = begin(0, false);

	(void)spawn(system, &parent_class, NULL, 0);
	(void)spawn(system, &leaver_class, "x", 255);
	ck_assert_int_eq(bsk_system_start(system), 0);
	wait_for(&in_handler);
	bsk_system_stop(system, 0);
	end(system);
	ck_assert_str_eq(ended, "xleaver");
}
END_TEST

START_TEST(a_child_of_an_actor_has_no_phase)
{
	bsk_system *system = begin(0, false);

	(void)spawn(system, &parent_class, NULL, 3);
	ck_assert_int_eq(bsk_system_start(system), 0);
	wait_for(&in_handler);
	ck_assert_int_eq(child_error, -EINVAL);
	bsk_system_stop(system, 0);
	end(system);
}
END_TEST

/* Nobody is asked before its turn. */
START_TEST(a_phase_begins_when_the_one_before_has_ended)
{
	bsk_system *system = begin(0, true);
	bsk_ref one = spawn(system, &leaver_class, "1", 1);
	bsk_ref two = spawn(system, &leaver_class, "2", 2);
	int more;

	ck_assert_int_eq(bsk_system_start(system), 0);
	bsk_system_stop(system, 0);
	wait_for(&drained);
	ck_assert_int_eq(bsk_system_wait(system, SECOND_NS / 20), -ETIMEDOUT);
	ck_assert_int_eq(sem_getvalue(&drained, &more), 0);
	ck_assert_int_eq(more, 0);
	ck_assert_int_eq(bsk_system_send(system, one, favour(IGNORE)), 0);
	wait_for(&drained);
	ck_assert_str_eq(ended, "1");
	ck_assert_int_eq(bsk_system_send(system, two, favour(IGNORE)), 0);
	end(system);
	ck_assert_str_eq(ended, "12");
}
END_TEST

/* The deadline, or a second stop. */
START_TEST(who_held_up_which_phase_is_told)
{
	bsk_system *system = begin(_i == 0 ? SECOND_NS / 50 : 0, true);

	(void)spawn(system, &leaver_class, "late", 3);
	(void)spawn(system, &leaver_class, "slow", 2);
	ck_assert_int_eq(bsk_system_start(system), 0);
	bsk_system_stop(system, 0);
	wait_for(&drained);
	if (_i != 0)
		bsk_system_stop(system, 0);
	end(system);
	ck_assert_int_eq(strncmp(bailiff_wait("slow"),
	    "in phase 2, draining for ", 25), 0);
	ck_assert_str_eq(bailiff_wait("late"),
	    "in phase 3, active, not asked to stop yet");
	ck_assert_uint_eq(bailiff_count(), 2);
	ck_assert_uint_eq(atomic_load(&count), 2);
}
END_TEST

/* The phases are told apart once, not for each that ends. */
START_TEST(a_crowd_of_two_phases_ends_soon)
{
	const unsigned many = harness_is_instrumented() ? 2000 : 20000;
	bsk_system *system = begin(SECOND_NS * HARNESS_PATIENCE_S, false);

	for (unsigned i = 0; i < many; i++)
		(void)spawn(system, &leaver_class, NULL, i >= many / 2);
	ck_assert_int_eq(bsk_system_start(system), 0);
	bsk_system_stop(system, 0);
	end(system);
	ck_assert_uint_eq(atomic_load(&count), many);
}
END_TEST

static Suite *
phases_suite(void)
{
	Suite *suite = suite_create("phases");
	TCase *tcase = harness_case("phases");

	tcase_add_test(tcase, phases_go_from_low_to_high);
	tcase_add_test(tcase, services_go_behind_the_last_phase);
	tcase_add_test(tcase, a_child_of_an_actor_has_no_phase);
	tcase_add_test(tcase, a_phase_begins_when_the_one_before_has_ended);
	tcase_add_loop_test(tcase, who_held_up_which_phase_is_told, 0, 2);
	tcase_add_test(tcase, a_crowd_of_two_phases_ends_soon);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(phases_suite);
}
