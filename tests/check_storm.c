/* check_storm.c - the storm meets threads that keep all signals out, and leaves
 * the test's own alone.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "harness.h"
#include "storm.h"

/* Returns whether a call was interrupted. */
static void *
wait_deaf(void *arg)
{
	sigset_t everything;
	bool *ret_interrupted = arg;

	(void)sigfillset(&everything);
	(void)pthread_sigmask(SIG_SETMASK, &everything, NULL);
	*ret_interrupted = poll(NULL, 0, 1000 * HARNESS_PATIENCE_S) < 0 &&
	    errno == EINTR;
	return NULL;
}

START_TEST(it_interrupts_whoever_is_deaf)
{
	pthread_t thread;
	bool interrupted = false;

	(void)setenv("BUSKIN_STORM", "1", 1);
	storm_begin();
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_deaf,
	    &interrupted), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert(interrupted);
	storm_end();
}
END_TEST

START_TEST(the_test_itself_is_left_alone)
{
	(void)setenv("BUSKIN_STORM", "1", 1);
	storm_begin();
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(poll(NULL, 0, 2), 0);
	storm_end();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("storm");
	TCase *tcase = tcase_create("storm");

	tcase_set_timeout(tcase, 4 * HARNESS_PATIENCE_S);
	tcase_add_test(tcase, it_interrupts_whoever_is_deaf);
	tcase_add_test(tcase, the_test_itself_is_left_alone);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
