/* check_os_time.c - the clocks and the dice. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "spawned.h"

#define TIMEOUT_S 60
#define SECOND_NS INT64_C(1000000000)
#define MANY_BYTES 100000U /* far more than the kernel gives at once */

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

START_TEST(random_fills_all_of_it)
{
	static const unsigned char zeroes[64];
	unsigned char *bytes = calloc(1, MANY_BYTES);

	ck_assert_int_eq(os->random(os, bytes, MANY_BYTES), 0);
	for (size_t i = 0; i + sizeof(zeroes) <= MANY_BYTES;
	    i += sizeof(zeroes))
		ck_assert_int_ne(memcmp(bytes + i, zeroes, sizeof(zeroes)), 0);
	ck_assert_int_ne(memcmp(bytes + MANY_BYTES - sizeof(zeroes), zeroes,
	    sizeof(zeroes)), 0);
	ck_assert_int_eq(os->random(os, bytes, 0), 0);
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
	tcase_add_test(tcase, random_fills_all_of_it);
	tcase_add_test(tcase, no_randomness_is_an_error);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
