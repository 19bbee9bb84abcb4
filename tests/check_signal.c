/* check_signal.c - signals reach whoever watches, and nobody else's change.
 *
 * The test's own thread is the host, as a program's main thread would be; what
 * a test does, it does in another thread that blocks every signal. Each test
 * is made for both ways to catch.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <buskin/signal.h>

#include "harness.h"
#include "patron.h"

static bsk_system *all;
static struct patron_log heard;
static bsk_ref patron;

/* --- the stage ------------------------------------------------------------ */

static const enum bsk_signal_how hows[] = {
	BSK_SIGNAL_FD, BSK_SIGNAL_HANDLER,
};

#define WAYS ((int)(sizeof(hows) / sizeof(hows[0])))

/* Which signals the host's thread blocks: bit n - 1. */
static unsigned long long
host_mask(void)
{
	char path[64];
	char line[256];
	unsigned long long mask = 0;
	FILE *status;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/status",
	    (int)getpid());
	status = fopen(path, "re");
	ck_assert_ptr_nonnull(status);
	while (fgets(line, sizeof(line), status) != NULL)
		if (strncmp(line, "SigBlk:", 7) == 0)
			mask = strtoull(line + 7, NULL, 16);
	(void)fclose(status);
	return mask;
}

/* Whether a signal does not get its default action now. */
static bool
is_caught(int number)
{
	struct sigaction action;

	ck_assert_int_eq(sigaction(number, NULL, &action), 0);
	return action.sa_handler != SIG_DFL ||
	    (host_mask() >> (number - 1) & 1) != 0;
}

/* What a test does. In a thread of its own, which blocks what the worker that
 * starts it blocks: everything. */
static void (*script)(void);
static pthread_t player;

static void *
act(void *arg)
{
	(void)arg;
	while (is_caught(SIGHUP)) /* the host opens its signals in a moment */
		continue;
	script();
	bsk_system_stop(all, 0);
	return NULL;
}

/* Who raises the curtain once the system runs. */
struct stagehand {
	uint8_t reserved;
};

BSK_HANDLER(on_open, stagehand, bsk_open)
{
	(void)self;
	(void)ctx;
	(void)body;
	return -pthread_create(&player, NULL, act, NULL);
}

static const struct bsk_handler stagehand_handlers[] = {
	BSK_ON(bsk_open, on_open),
};

static const struct bsk_class stagehand_class = BSK_CLASS(stagehand,
    "stagehand", "starts the test", stagehand_handlers);

static void
spawn_signal(bsk_system *system, int way)
{
	const struct bsk_spawn_options options = { .name = "signal" };
	bsk_ref signal_actor;

	ck_assert_int_eq(bsk_system_spawn(system, &bsk_signal_class,
	    BSK_PARCEL(bsk_signal_config, .how = (int)hows[way]), &options,
	    &signal_actor), 0);
}

/* Runs a system on this thread and a script beside it. */
static void
stage(void (*what)(void), int way)
{
	bsk_ref stagehand;

	script = what;
	patron_log_init(&heard);
	ck_assert_int_eq(bsk_system_create(&(struct bsk_system_options){
	    .workers = 2 }, &all), 0);
	spawn_signal(all, way);
	patron = patron_spawn(all, &heard);
	ck_assert_int_eq(bsk_system_spawn(all, &stagehand_class, NULL, NULL,
	    &stagehand), 0);
	ck_assert_int_eq(bsk_system_run(all), 0);
	(void)pthread_join(player, NULL);
	bsk_system_destroy(all);
	patron_log_release(&heard);
}

#define STAGED(name) \
	static void name##_script(void); \
	START_TEST(name) \
	{ \
		stage(name##_script, _i); \
	} \
	END_TEST \
	static void name##_script(void)

/* --- asking --------------------------------------------------------------- */

static const struct bsk_result *
answer(void)
{
	return patron_hears(&heard, &bsk_result_type,
	    patron_count(&heard, &bsk_result_type));
}

/* Asks and waits for the answer. */
static int
ask(bsk_ref who, struct bsk_parcel *message)
{
	unsigned before = patron_count(&heard, &bsk_result_type);

	patron_ask(all, who, &bsk_signal_class, message);
	(void)patron_hears(&heard, &bsk_result_type, before + 1);
	return answer()->error;
}

static int
watch(int number)
{
	return ask(patron, BSK_PARCEL(bsk_signal_watch, .number = number));
}

static int
unwatch(int number)
{
	return ask(patron, BSK_PARCEL(bsk_signal_unwatch, .number = number));
}

static void
raise_it(int number)
{
	ck_assert_int_eq(kill(getpid(), number), 0);
}

static const struct bsk_signal_raised *
raised(unsigned n)
{
	return patron_hears(&heard, &bsk_signal_raised_type, n);
}

/* --- claims --------------------------------------------------------------- */

STAGED(a_watched_signal_is_told_with_its_sender)
{
	ck_assert_int_eq(watch(SIGUSR1), 0);
	raise_it(SIGUSR1);
	ck_assert_int_eq(raised(1)->number, SIGUSR1);
	ck_assert_int_eq(raised(1)->pid, getpid());
	ck_assert_uint_eq(raised(1)->uid, getuid());
	ck_assert_int_eq(raised(1)->code, SI_USER);
	ck_assert_uint_eq(raised(1)->count, 1);
}

#define QUEUED 1000

STAGED(real_time_signals_queue_each_with_its_value_in_order)
{
	int number = SIGRTMIN + 1;

	ck_assert_int_eq(watch(number), 0);
	for (int i = 0; i < QUEUED; i++)
		ck_assert_int_eq(sigqueue(getpid(), number,
		    (union sigval){ .sival_int = i - 5 }), 0);
	for (int i = 0; i < QUEUED; i++) {
		ck_assert_int_eq(raised((unsigned)i + 1)->value, i - 5);
		ck_assert_int_eq(raised((unsigned)i + 1)->code, SI_QUEUE);
		ck_assert_int_eq(raised((unsigned)i + 1)->pid, getpid());
	}
}

static void
refuses(int number, const char *text)
{
	ck_assert_int_eq(watch(number), -EINVAL);
	ck_assert_str_eq(bsk_text_chars(answer()->text), text);
	ck_assert_str_eq(bsk_text_chars(answer()->field), "number");
}

STAGED(what_cannot_be_caught_is_refused)
{
	unsigned long long before;

	ck_assert_int_eq(watch(64), 0);
	before = host_mask();
	refuses(SIGKILL, "signal 9 cannot be caught");
	refuses(SIGSTOP, "signal 19 cannot be caught");
	refuses(0, "invalid signal number 0");
	refuses(-1, "invalid signal number -1");
	refuses(65, "invalid signal number 65");
	refuses(32, "invalid signal number 32");
	refuses(33, "invalid signal number 33");
	ck_assert_int_eq(unwatch(65), -EINVAL);
	ck_assert_int_eq(unwatch(SIGKILL), -ENOENT);
	ck_assert_uint_eq(host_mask(), before);
}

STAGED(only_what_is_watched_is_caught_and_only_so_long)
{
	ck_assert_int_eq(watch(SIGUSR1), 0);
	ck_assert(!is_caught(SIGHUP));
	ck_assert_int_eq(watch(SIGHUP), 0);
	ck_assert(is_caught(SIGHUP) && !is_caught(SIGUSR2));
	ck_assert_int_eq(unwatch(SIGHUP), 0);
	ck_assert(!is_caught(SIGHUP));
	ck_assert_int_eq(unwatch(SIGHUP), -ENOENT);
}

STAGED(every_watcher_is_told_and_the_last_takes_the_signal_along)
{
	bsk_ref other = patron_spawn(all, &heard);

	ck_assert_int_eq(watch(SIGUSR2), 0);
	ck_assert_int_eq(watch(SIGUSR2), 0);
	ck_assert_int_eq(ask(other, BSK_PARCEL(bsk_signal_watch,
	    .number = SIGUSR2)), 0);
	raise_it(SIGUSR2);
	(void)raised(2);
	ck_assert_int_eq(unwatch(SIGUSR2), 0);
	ck_assert(is_caught(SIGUSR2));
	raise_it(SIGUSR2);
	(void)raised(3);
	ck_assert_int_eq(ask(other, BSK_PARCEL(bsk_signal_unwatch,
	    .number = SIGUSR2)), 0);
	ck_assert(!is_caught(SIGUSR2));
	ck_assert_uint_eq(patron_count(&heard, &bsk_signal_raised_type), 3);
}

STAGED(a_watcher_that_ends_is_forgotten)
{
	bsk_ref other = patron_spawn(all, &heard);

	ck_assert_int_eq(ask(other, BSK_PARCEL(bsk_signal_watch,
	    .number = SIGUSR2)), 0);
	patron_stop(all, patron, other);
	(void)patron_hears(&heard, &bsk_down_type, 1);
	/* The signal actor hears of the end as we do; then it lets go. */
	while (is_caught(SIGUSR2))
		continue;
	ck_assert_int_eq(watch(SIGUSR2), 0);
	raise_it(SIGUSR2);
	(void)raised(1);
}

STAGED(let_go_and_wanted_again_at_once_it_is_caught)
{
	for (unsigned i = 1; i <= 20; i++) {
		patron_ask(all, patron, &bsk_signal_class,
		    BSK_PARCEL(bsk_signal_watch, .number = SIGUSR1));
		(void)patron_hears(&heard, &bsk_result_type, 2 * i - 1);
		raise_it(SIGUSR1);
		(void)raised(i);
		patron_ask(all, patron, &bsk_signal_class,
		    BSK_PARCEL(bsk_signal_unwatch, .number = SIGUSR1));
	}
}

/* Its default action would end the test. */
STAGED(what_came_before_it_was_unwatched_does_no_harm)
{
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(watch(SIGTERM), 0);
		raise_it(SIGTERM);
		ck_assert_int_eq(unwatch(SIGTERM), 0);
	}
}

#define BURST 3000

STAGED(of_a_burst_at_least_one_is_told)
{
	ck_assert_int_eq(watch(SIGUSR1), 0);
	ck_assert_int_eq(watch(SIGUSR2), 0);
	for (int i = 0; i < BURST; i++)
		raise_it(SIGUSR1);
	raise_it(SIGUSR2);
	for (unsigned i = 1; raised(i)->number != SIGUSR2; i++)
		ck_assert_int_eq(raised(i)->number, SIGUSR1);
	ck_assert_int_eq(raised(1)->number, SIGUSR1);
}

static bsk_system *second;

STAGED(another_system_of_the_process_is_told_it_is_busy)
{
	struct patron_log log;
	const struct bsk_result *result;
	bsk_ref other;

	ck_assert_int_eq(watch(SIGUSR1), 0);
	second = harness_system(1, NULL);
	patron_log_init(&log);
	other = patron_spawn(second, &log);
	patron_ask(second, other, &bsk_signal_class,
	    BSK_PARCEL(bsk_signal_watch, .number = SIGUSR1));
	result = patron_hears(&log, &bsk_result_type, 1);
	ck_assert_int_eq(result->error, -EBUSY);
	ck_assert_int_eq(unwatch(SIGUSR1), 0);
	patron_ask(second, other, &bsk_signal_class,
	    BSK_PARCEL(bsk_signal_watch, .number = SIGUSR1));
	result = patron_hears(&log, &bsk_result_type, 2);
	ck_assert_int_eq(result->error, 0);
	harness_system_end(second);
	patron_log_release(&log);
	ck_assert_int_eq(watch(SIGUSR1), 0);
}

/* The fixture compares dispositions and the mask; here one stays watched. */
STAGED(all_is_as_before_when_the_system_ends)
{
	ck_assert_int_eq(watch(SIGTERM), 0);
	ck_assert_int_eq(watch(SIGINT), 0);
	ck_assert_int_eq(watch(SIGRTMAX), 0);
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
