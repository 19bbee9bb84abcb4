/* check_child_charge.c - a strategy of the child watcher that cannot be had
 * leaves the one before in charge.
 */
#include <errno.h>
#include <sys/wait.h>

#include "harness.h"
#include "nursery.h"

#define STRATEGY nursery_strategies[_i]

static int
set_strategy(enum bsk_child_strategy strategy, unsigned answers)
{
	nursery_ask(BSK_PARCEL(bsk_child_strategy_set,
	    .strategy = (int)strategy));
	return nursery_answer(answers);
}

static int
strategy(void)
{
	bsk_message *answer = nursery_status();
	const struct bsk_child_watcher_status *status =
	    bsk_message_body(answer);
	int now = status->strategy;

	bsk_message_free(answer);
	return now;
}

/* The thread needs an eventfd as it begins; the others need none. */
START_TEST(one_that_fails_as_it_begins_is_answered_and_the_old_one_goes_on)
{
	nursery_watcher(STRATEGY);
	nursery_watch(nursery_bear_idle(4));
	ck_assert_int_eq(nursery_answer(1), 0);
	faulty_os_fail_always(&nursery_world, FAULTY_EVENTFD, EMFILE);
	ck_assert_int_eq(set_strategy(BSK_CHILD_THREAD, 2),
	    STRATEGY == BSK_CHILD_THREAD ? 0 : -EMFILE);
	faulty_os_fail_always(&nursery_world, FAULTY_EVENTFD, 0);
	ck_assert_int_eq(strategy(), (int)STRATEGY);
	nursery_watch(nursery_bear_idle(4));
	ck_assert_int_eq(nursery_answer(3), 0);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(1)->code, 4);
	ck_assert_int_eq(nursery_told(2)->code, 4);
}
END_TEST

START_TEST(what_could_not_be_had_can_be_had_later)
{
	nursery_watcher(STRATEGY);
	nursery_watch(nursery_bear_idle(4));
	ck_assert_int_eq(nursery_answer(1), 0);
	faulty_os_fail_always(&nursery_world, FAULTY_EVENTFD, EMFILE);
	(void)set_strategy(BSK_CHILD_THREAD, 2);
	faulty_os_fail_always(&nursery_world, FAULTY_EVENTFD, 0);
	nursery_watch(nursery_bear_idle(4));
	ck_assert_int_eq(nursery_answer(3), 0);
	ck_assert_int_eq(set_strategy(BSK_CHILD_THREAD, 4), 0);
	ck_assert_int_eq(strategy(), BSK_CHILD_THREAD);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(2)->code, 4);
}
END_TEST

/* A thread that sleeps is woken by the end of a child that is made for that;
 * this one cannot be made at once. */
START_TEST(the_thread_ends_though_no_process_can_be_made_at_first)
{
	pid_t pid = nursery_bear_idle(4);

	nursery_watcher(BSK_CHILD_THREAD);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(1), 0);
	faulty_os_fail(&nursery_world, FAULTY_SPAWN, 1, EAGAIN);
	nursery_close();
	ck_assert_uint_eq(faulty_os_struck(&nursery_world), 1);
	nursery_let_all_go();
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(the_thread_gives_way_though_no_process_can_be_made_at_first)
{
	nursery_watcher(BSK_CHILD_THREAD);
	nursery_watch(nursery_bear_idle(4));
	ck_assert_int_eq(nursery_answer(1), 0);
	faulty_os_fail(&nursery_world, FAULTY_SPAWN, 1, EAGAIN);
	ck_assert_int_eq(set_strategy(BSK_CHILD_PIDFD, 2), 0);
	ck_assert_uint_eq(faulty_os_struck(&nursery_world), 1);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(1)->code, 4);
}
END_TEST

static Suite *
child_charge_suite(void)
{
	const TTest *const tests[] = {
		one_that_fails_as_it_begins_is_answered_and_the_old_one_goes_on,
		what_could_not_be_had_can_be_had_later,
	};
	Suite *suite = suite_create("child_charge");
	TCase *tcase = harness_case("child_charge");

	tcase_add_checked_fixture(tcase, nursery_begin, nursery_end);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_loop_test(tcase, tests[i], 0, NURSERY_STRATEGIES);
	tcase_add_test(tcase,
	    the_thread_ends_though_no_process_can_be_made_at_first);
	tcase_add_test(tcase,
	    the_thread_gives_way_though_no_process_can_be_made_at_first);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(child_charge_suite);
}
