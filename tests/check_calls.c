/* check_calls.c - threads outside that wait for an answer. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "calls.h"
#include "fail_alloc.h"
#include "harness.h"

static struct calls calls;
static struct bsk_message *answer = (struct bsk_message *)&calls; /* any */

static int64_t
in_ns(int64_t ns)
{
	return bsk_os_libc.now(&bsk_os_libc) + ns;
}

START_TEST(an_answer_that_is_there_is_given_at_once)
{
	struct bsk_message *given = NULL;
	struct call call;

	ck_assert_int_eq(calls_init(&calls), 0);
	ck_assert_int_eq(calls_begin(&calls, &call, 0,
	    INT64_MAX), 0);
	ck_assert(calls_answer(&calls, call.number, answer, 0));
	ck_assert(!calls_answer(&calls, call.number, answer, 0));
	ck_assert_int_eq(calls_wait(&calls, &call, 0, &given), 0);
	ck_assert_ptr_eq(given, answer);
	ck_assert(!calls_answer(&calls, call.number, answer, 0));
	calls_release(&calls);
}
END_TEST

START_TEST(a_reason_is_given_in_its_place)
{
	struct bsk_message *given = NULL;
	struct call call;

	ck_assert_int_eq(calls_init(&calls), 0);
	ck_assert_int_eq(calls_begin(&calls, &call, 0,
	    INT64_MAX), 0);
	ck_assert(calls_answer(&calls, call.number, NULL, -EIO));
	ck_assert_int_eq(calls_wait(&calls, &call, 0, &given), -EIO);
	ck_assert_ptr_null(given);
	calls_release(&calls);
}
END_TEST

START_TEST(a_late_answer_stays_the_givers)
{
	struct bsk_message *given = NULL;
	struct call call;

	ck_assert_int_eq(calls_init(&calls), 0);
	ck_assert_int_eq(calls_begin(&calls, &call, 0,
	    INT64_MAX), 0);
	ck_assert_int_eq(calls_wait(&calls, &call, in_ns(1000), &given),
	    -ETIMEDOUT);
	ck_assert(!calls_answer(&calls, call.number, answer, 0));
	ck_assert(!calls_answer(&calls, 12345, answer, 0));
	calls_release(&calls);
}
END_TEST

struct waiter {
	struct call call;
	int result;
};

static void *
wait_long(void *arg)
{
	struct waiter *waiter = arg;
	struct bsk_message *given;

	waiter->result = calls_wait(&calls, &waiter->call,
	    in_ns(INT64_C(1000000000000)), &given);
	return NULL;
}

START_TEST(closing_wakes_all_and_lets_nobody_begin)
{
	struct waiter waiters[4] = {0};
	pthread_t threads[4];
	struct call late;

	ck_assert_int_eq(calls_init(&calls), 0);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(calls_begin(&calls, &waiters[i].call, 0,
	    INT64_MAX), 0);
		ck_assert_int_eq(pthread_create(&threads[i], NULL, wait_long,
		    &waiters[i]), 0);
	}
	ck_assert(calls_answer(&calls, waiters[2].call.number, answer, 0));
	calls_close(&calls);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_int_eq(waiters[i].result, i == 2 ? 0 : -ESHUTDOWN);
	}
	ck_assert_int_eq(calls_begin(&calls, &late, 0,
	    INT64_MAX), -ESHUTDOWN);
	calls_close(&calls);
	calls_release(&calls);
}
END_TEST

START_TEST(without_memory_it_does_not_begin)
{
	struct call call;
	int r;

	ck_assert_int_eq(calls_init(&calls), 0);
	fail_alloc_start(1);
	r = calls_begin(&calls, &call, 0,
	    INT64_MAX);
	(void)fail_alloc_stop();
	ck_assert_int_eq(r, -ENOMEM);
	calls_release(&calls);
}
END_TEST

static Suite *
calls_suite(void)
{
	Suite *suite = suite_create("calls");
	TCase *tcase = harness_case("calls");

	tcase_add_test(tcase, an_answer_that_is_there_is_given_at_once);
	tcase_add_test(tcase, a_reason_is_given_in_its_place);
	tcase_add_test(tcase, a_late_answer_stays_the_givers);
	tcase_add_test(tcase, closing_wakes_all_and_lets_nobody_begin);
	tcase_add_test(tcase, without_memory_it_does_not_begin);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(calls_suite);
}
