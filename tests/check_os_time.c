/* check_os_time.c - the clocks and the dice. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "spawned.h"

#define TIMEOUT_S 60
#define SECOND_NS INT64_C(1000000000)
#define MANY_BYTES (8U << 20) /* so many that signals find it at work */
#define BLOCK 64U /* that many bytes are not all 0 by chance */

static const struct bsk_os *const os = &bsk_os_libc;
static unsigned open_before;

static void
begin(void)
{
	open_before = spawned_open_count();
}

static void
end(void)
{
	ck_assert_uint_eq(spawned_open_count(), open_before);
}

static int64_t
clock_ns(clockid_t clock)
{
	struct timespec time;

	ck_assert_int_eq(clock_gettime(clock, &time), 0);
	return (int64_t)time.tv_sec * SECOND_NS + time.tv_nsec;
}

START_TEST(now_is_the_monotonic_clock)
{
	int64_t before = clock_ns(CLOCK_MONOTONIC);
	int64_t now = os->now(os);

	ck_assert_int_ge(now, before);
	ck_assert_int_ge(clock_ns(CLOCK_MONOTONIC), now);
}
END_TEST

START_TEST(wall_is_the_time_of_day)
{
	int64_t wall = os->wall(os);

	/* Somebody may set it meanwhile, but not by an hour. */
	ck_assert_int_lt(llabs(clock_ns(CLOCK_REALTIME) - wall),
	    3600 * SECOND_NS);
}
END_TEST

static atomic_uint interruptions;

static void
on_interruption(int number)
{
	(void)number;
	(void)atomic_fetch_add(&interruptions, 1);
}

struct nuisance {
	pthread_t victim;
	atomic_bool over;
};

static void *
interrupt(void *arg)
{
	struct nuisance *self = arg;

	while (!atomic_load(&self->over)) {
		(void)pthread_kill(self->victim, SIGUSR1);
		(void)sched_yield();
	}
	return NULL;
}

static bool
is_filled(const unsigned char *bytes)
{
	static const unsigned char zeroes[BLOCK];

	for (size_t i = 0; i < MANY_BYTES; i += BLOCK)
		if (memcmp(bytes + i, zeroes, BLOCK) == 0)
			return false;
	return true;
}

/* A signal makes the kernel stop half way. */
START_TEST(random_fills_all_of_it_though_interrupted)
{
	struct sigaction action = { .sa_handler = on_interruption };
	struct nuisance nuisance = { .victim = pthread_self() };
	unsigned char *bytes = malloc(MANY_BYTES);
	pthread_t thread;

	ck_assert_int_eq(os->sigaction(os, SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(
	    pthread_create(&thread, NULL, interrupt, &nuisance), 0);
	for (unsigned seen = 0; seen < 10; seen = atomic_load(&interruptions)) {
		memset(bytes, 0, MANY_BYTES);
		ck_assert_int_eq(os->random(os, bytes, MANY_BYTES), 0);
		ck_assert(is_filled(bytes));
	}
	atomic_store(&nuisance.over, true);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	free(bytes);
}
END_TEST

START_TEST(no_randomness_is_an_error)
{
	unsigned char bytes[8] = { 1, 2, 3 };

	spawned_refuse(SYS_getrandom, 0, ENOSYS);
	ck_assert_int_eq(os->random(os, bytes, sizeof(bytes)), -ENOSYS);
	ck_assert_int_eq(bytes[2], 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("os_time");
	TCase *tcase = tcase_create("os_time");
	SRunner *runner;
	int failures;

	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, now_is_the_monotonic_clock);
	tcase_add_test(tcase, wall_is_the_time_of_day);
	tcase_add_test(tcase, random_fills_all_of_it_though_interrupted);
	tcase_add_test(tcase, no_randomness_is_an_error);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
