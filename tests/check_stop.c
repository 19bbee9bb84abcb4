/* check_stop.c - a system that is told to stop, at any time, from anywhere. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "favours.h"
#include "harness.h"

START_TEST(a_stop_before_the_start_is_kept)
{
	bsk_system *system = new_system();

	(void)helper(system, BSK_PLACE_POOL);
	bsk_system_stop(system, 5);
	ck_assert_int_eq(bsk_system_run(system), 5);
	ck_assert_uint_eq(atomic_load(&closed), 1);
	ck_assert_int_eq(bsk_system_run(system), -EALREADY);
	ck_assert_int_eq(bsk_system_start(system), -EALREADY);
	bsk_system_destroy(system);
}
END_TEST

START_TEST(an_actor_may_stop_the_system)
{
	bsk_system *system = new_system();
	bsk_ref ref = helper(system, BSK_PLACE_POOL);

	ck_assert_int_eq(bsk_system_send(system, ref, favour(STOP_ALL)), 0);
	ck_assert_int_eq(bsk_system_send(system, ref, favour(STOP_ALL)), 0);
	ck_assert_int_eq(bsk_system_send(system, ref, favour(STOP_ALL)), 0);
	ck_assert_int_eq(bsk_system_run(system), 7);
	bsk_system_destroy(system);
}
END_TEST

START_TEST(a_second_stop_kills)
{
	bsk_system *system = new_system();
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(system, &dawdler_class, NULL, NULL,
	    &ref), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	bsk_system_stop(system, 2);
	wait_for(&in_handler);
	ck_assert_int_eq(bsk_system_wait(system, 1000000), -ETIMEDOUT);
	bsk_system_stop(system, 9);
	ck_assert_int_eq(bsk_system_wait(system, SECOND_NS * 10), 2);
	bsk_system_destroy(system);
}
END_TEST

START_TEST(the_deadline_of_a_stop_kills)
{
	struct bsk_system_options options = {
		.workers = 1, .handover_ns = -1,
		.stop_timeout_ns = 20000000,
	};
	bsk_system *system;
	bsk_ref ref;

	sem_init(&in_handler, 0, 0);
	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &dawdler_class, NULL, NULL,
	    &ref), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	end_system(system, 0);
	bsk_system_destroy(system);
}
END_TEST

static void *
run(void *arg)
{
	ck_assert_int_eq(bsk_system_run(arg), 0);
	return NULL;
}

START_TEST(what_runs_in_another_thread_may_be_destroyed)
{
	for (int round = 0; round < 30; round++) {
		bsk_system *system = new_system();
		bsk_ref ref = helper(system, BSK_PLACE_POOL);
		pthread_t thread;

		ck_assert_int_eq(pthread_create(&thread, NULL, run, system),
		    0);
		ck_assert_int_eq(call(system, ref, ANSWER,
		    HARNESS_PATIENCE_NS), 0);
		bsk_system_destroy(system);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
	}
}
END_TEST

START_TEST(what_never_ran_is_destroyed_without_running)
{
	bsk_system *system = new_system();

	for (int i = 0; i < 3; i++) {
		bsk_ref ref = helper(system, BSK_PLACE_POOL);

		ck_assert_int_eq(bsk_system_send(system, ref, favour(SELF)),
		    0);
		(void)helper(system, BSK_PLACE_HOST);
	}
	bsk_system_destroy(system);
	ck_assert_uint_eq(atomic_load(&opened), 0);
	ck_assert_uint_eq(atomic_load(&closed), 0);
}
END_TEST

START_TEST(what_was_stopped_and_never_ran_is_destroyed)
{
	bsk_system *system = new_system();

	(void)helper(system, BSK_PLACE_POOL);
	bsk_system_stop(system, 0);
	bsk_system_stop(system, 0);
	bsk_system_destroy(system);
	system = new_system();
	bsk_system_destroy(system);
	bsk_system_destroy(NULL);
}
END_TEST

/* A thread of its own runs already, and has something to do for ever. */
START_TEST(threads_end_with_a_system_that_never_ran)
{
	bsk_system *system = new_system();

	for (int i = 0; i < 3; i++) {
		bsk_ref ref = helper(system, BSK_PLACE_THREAD);

		ck_assert_int_eq(bsk_system_send(system, ref, favour(SELF)),
		    0);
		ck_assert_int_eq(bsk_system_send(system, ref, favour(BLOCK)),
		    0);
		wait_for(&in_handler);
		sem_post(&go_on);
	}
	bsk_system_destroy(system);
	ck_assert_uint_eq(atomic_load(&opened), 3);
	ck_assert_uint_eq(atomic_load(&closed), 3);
}
END_TEST

static Suite *
stop_suite(void)
{
	Suite *suite = suite_create("stop");
	TCase *tcase = harness_case("stop");

	tcase_add_test(tcase, a_stop_before_the_start_is_kept);
	tcase_add_test(tcase, an_actor_may_stop_the_system);
	tcase_add_test(tcase, a_second_stop_kills);
	tcase_add_test(tcase, the_deadline_of_a_stop_kills);
	tcase_add_test(tcase, what_runs_in_another_thread_may_be_destroyed);
	tcase_add_test(tcase, what_never_ran_is_destroyed_without_running);
	tcase_add_test(tcase, what_was_stopped_and_never_ran_is_destroyed);
	tcase_add_test(tcase, threads_end_with_a_system_that_never_ran);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(stop_suite);
}
