/* check_signal.c - signals reach whoever watches, and nobody else's change.
 *
 * The test's own thread is the host, as a program's main thread would be; what
 * a test does, it does in another thread that blocks every signal. Each test
 * is made for both ways to catch.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <buskin/signal.h>

#include "harness.h"
#include "stage.h"

#define WAYS STAGE_WAYS

/* --- claims --------------------------------------------------------------- */

STAGED(a_watched_signal_is_told_with_its_sender)
{
	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	stage_raise(SIGUSR1);
	ck_assert_int_eq(stage_raised(1)->number, SIGUSR1);
	ck_assert_int_eq(stage_raised(1)->pid, getpid());
	ck_assert_uint_eq(stage_raised(1)->uid, getuid());
	ck_assert_int_eq(stage_raised(1)->code, SI_USER);
	ck_assert_uint_eq(stage_raised(1)->count, 1);
}

#define QUEUED 1000

/* Where signals are kept back before their handler, several become one: there
 * each is waited for. */
STAGED(real_time_signals_queue_each_with_its_value_in_order)
{
	int number = SIGRTMIN + 1;
	bool is_queued = !stage_by_handlers() ||
	    !harness_keeps_signals_back();

	ck_assert_int_eq(stage_watch(number), 0);
	for (int i = 0; i < QUEUED; i++) {
		ck_assert_int_eq(sigqueue(getpid(), number,
		    (union sigval){ .sival_int = i - 5 }), 0);
		if (!is_queued)
			(void)stage_raised((unsigned)i + 1);
	}
	for (int i = 0; i < QUEUED; i++) {
		ck_assert_int_eq(stage_raised((unsigned)i + 1)->value, i - 5);
		ck_assert_int_eq(stage_raised((unsigned)i + 1)->code, SI_QUEUE);
		ck_assert_int_eq(stage_raised((unsigned)i + 1)->pid, getpid());
	}
}

static void
refuses(int number, const char *text)
{
	ck_assert_int_eq(stage_watch(number), -EINVAL);
	ck_assert_str_eq(bsk_text_chars(stage_answer()->text), text);
	ck_assert_str_eq(bsk_text_chars(stage_answer()->field), "number");
}

STAGED(what_cannot_be_caught_is_refused)
{
	unsigned long long before;

	ck_assert_int_eq(stage_watch(64), 0);
	before = stage_host_mask();
	refuses(SIGKILL, "signal 9 cannot be caught");
	refuses(SIGSTOP, "signal 19 cannot be caught");
	refuses(0, "invalid signal number 0");
	refuses(-1, "invalid signal number -1");
	refuses(65, "invalid signal number 65");
	refuses(32, "invalid signal number 32");
	refuses(33, "invalid signal number 33");
	ck_assert_int_eq(stage_unwatch(65), -EINVAL);
	ck_assert_int_eq(stage_unwatch(SIGKILL), -ENOENT);
	ck_assert_uint_eq(stage_host_mask(), before);
}

STAGED(only_what_is_watched_is_caught_and_only_so_long)
{
	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	ck_assert(!stage_is_caught(SIGHUP));
	ck_assert_int_eq(stage_watch(SIGHUP), 0);
	ck_assert(stage_is_caught(SIGHUP) && !stage_is_caught(SIGUSR2));
	ck_assert_int_eq(stage_unwatch(SIGHUP), 0);
	stage_await_default(SIGHUP);
	ck_assert_int_eq(stage_unwatch(SIGHUP), -ENOENT);
}

STAGED(every_watcher_is_told_and_the_last_takes_the_signal_along)
{
	bsk_ref other = patron_spawn(all, &heard);

	ck_assert_int_eq(stage_watch(SIGUSR2), 0);
	ck_assert_int_eq(stage_watch(SIGUSR2), 0);
	ck_assert_int_eq(stage_ask(other, BSK_PARCEL(bsk_signal_watch,
	    .number = SIGUSR2)), 0);
	stage_raise(SIGUSR2);
	(void)stage_raised(2);
	ck_assert_int_eq(stage_unwatch(SIGUSR2), 0);
	ck_assert(stage_is_caught(SIGUSR2));
	stage_raise(SIGUSR2);
	(void)stage_raised(3);
	ck_assert_int_eq(stage_ask(other, BSK_PARCEL(bsk_signal_unwatch,
	    .number = SIGUSR2)), 0);
	stage_await_default(SIGUSR2);
	ck_assert_uint_eq(patron_count(&heard, &bsk_signal_raised_type), 3);
}

STAGED(a_watcher_that_ends_is_forgotten)
{
	bsk_ref other = patron_spawn(all, &heard);

	ck_assert_int_eq(stage_ask(other, BSK_PARCEL(bsk_signal_watch,
	    .number = SIGUSR2)), 0);
	patron_stop(all, patron, other);
	(void)patron_hears(&heard, &bsk_down_type, 1);
	/* The signal actor hears of the end as we do; then it lets go. */
	while (stage_is_caught(SIGUSR2))
		continue;
	ck_assert_int_eq(stage_watch(SIGUSR2), 0);
	stage_raise(SIGUSR2);
	(void)stage_raised(1);
}

STAGED(let_go_and_wanted_again_at_once_it_is_caught)
{
	for (unsigned i = 1; i <= 20; i++) {
		patron_ask(all, patron, &bsk_signal_class,
		    BSK_PARCEL(bsk_signal_watch, .number = SIGUSR1));
		(void)patron_hears(&heard, &bsk_result_type, 2 * i - 1);
		stage_raise(SIGUSR1);
		(void)stage_raised(i);
		patron_ask(all, patron, &bsk_signal_class,
		    BSK_PARCEL(bsk_signal_unwatch, .number = SIGUSR1));
	}
}

/* Its default action would end the test. */
STAGED(what_came_before_it_was_unwatched_does_no_harm)
{
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(stage_watch(SIGUSR1), 0);
		stage_raise(SIGUSR1);
		ck_assert_int_eq(stage_unwatch(SIGUSR1), 0);
	}
}

#define BURST 3000

STAGED(of_a_burst_at_least_one_is_told)
{
	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	ck_assert_int_eq(stage_watch(SIGUSR2), 0);
	for (int i = 0; i < BURST; i++)
		stage_raise(SIGUSR1);
	stage_raise(SIGUSR2);
	for (unsigned i = 1; stage_raised(i)->number != SIGUSR2; i++)
		ck_assert_int_eq(stage_raised(i)->number, SIGUSR1);
	ck_assert_int_eq(stage_raised(1)->number, SIGUSR1);
}

static bsk_system *second;

STAGED(another_system_of_the_process_is_told_it_is_busy)
{
	struct patron_log log;
	const struct bsk_result *result;
	bsk_ref other;

	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	second = harness_system(1, NULL);
	patron_log_init(&log);
	other = patron_spawn(second, &log);
	patron_ask(second, other, &bsk_signal_class,
	    BSK_PARCEL(bsk_signal_watch, .number = SIGUSR1));
	result = patron_hears(&log, &bsk_result_type, 1);
	ck_assert_int_eq(result->error, -EBUSY);
	ck_assert_int_eq(stage_unwatch(SIGUSR1), 0);
	patron_ask(second, other, &bsk_signal_class,
	    BSK_PARCEL(bsk_signal_watch, .number = SIGUSR1));
	result = patron_hears(&log, &bsk_result_type, 2);
	ck_assert_int_eq(result->error, 0);
	harness_system_end(second);
	patron_log_release(&log);
	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
}

/* The fixture compares dispositions and the mask; here one stays watched. */
STAGED(all_is_as_before_when_the_system_ends)
{
	ck_assert_int_eq(stage_watch(SIGTERM), 0);
	ck_assert_int_eq(stage_watch(SIGINT), 0);
	ck_assert_int_eq(stage_watch(SIGRTMAX), 0);
}

static Suite *
signal_suite(void)
{
	Suite *suite = suite_create("signal");
	TCase *tcase = harness_case("signal");

	tcase_add_loop_test(tcase,
	    a_watched_signal_is_told_with_its_sender, 0, WAYS);
	tcase_add_loop_test(tcase,
	    real_time_signals_queue_each_with_its_value_in_order, 0, WAYS);
	tcase_add_loop_test(tcase,
	    what_cannot_be_caught_is_refused, 0, WAYS);
	tcase_add_loop_test(tcase,
	    only_what_is_watched_is_caught_and_only_so_long, 0, WAYS);
	tcase_add_loop_test(tcase,
	    every_watcher_is_told_and_the_last_takes_the_signal_along, 0, WAYS);
	tcase_add_loop_test(tcase,
	    a_watcher_that_ends_is_forgotten, 0, WAYS);
	tcase_add_loop_test(tcase,
	    let_go_and_wanted_again_at_once_it_is_caught, 0, WAYS);
	tcase_add_loop_test(tcase,
	    what_came_before_it_was_unwatched_does_no_harm, 0, WAYS);
	tcase_add_loop_test(tcase,
	    of_a_burst_at_least_one_is_told, 0, WAYS);
	tcase_add_loop_test(tcase,
	    another_system_of_the_process_is_told_it_is_busy, 0, WAYS);
	tcase_add_loop_test(tcase,
	    all_is_as_before_when_the_system_ends, 0, WAYS);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(signal_suite);
}
