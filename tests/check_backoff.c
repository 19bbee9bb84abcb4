/* check_backoff.c - delays grow as told, and a bound on restarts holds. */
#include <check.h>
#include <errno.h>

#include <buskin/backoff.h>

#define HALF (UINT64_MAX / 2 + 1) /* the chance that leaves a delay as it is */

START_TEST(delays_double_up_to_the_most_and_stay)
{
	struct bsk_backoff backoff = { .first_ns = 100, .max_ns = 1000 };
	const int64_t expected[] = { 100, 200, 400, 800, 1000, 1000 };
	unsigned i;

	for (i = 0; i < 6; i++)
		ck_assert_int_eq(bsk_backoff_next(&backoff, HALF),
		    expected[i]);
	ck_assert_uint_eq(backoff.attempts, 6);
}
END_TEST

START_TEST(a_reset_begins_with_the_first_again)
{
	struct bsk_backoff backoff = { .first_ns = 100, .max_ns = 1000 };

	(void)bsk_backoff_next(&backoff, HALF);
	(void)bsk_backoff_next(&backoff, HALF);
	bsk_backoff_reset(&backoff);
	ck_assert_int_eq(bsk_backoff_next(&backoff, HALF), 100);
	ck_assert_uint_eq(backoff.attempts, 1);
}
END_TEST

START_TEST(without_a_first_there_is_no_delay)
{
	struct bsk_backoff backoff = { .first_ns = 0, .max_ns = 1000,
	    .jitter = 1 };
	unsigned i;

	for (i = 0; i < 5; i++)
		ck_assert_int_eq(bsk_backoff_next(&backoff, UINT64_MAX), 0);
}
END_TEST

START_TEST(a_most_below_the_first_is_the_first)
{
	struct bsk_backoff backoff = { .first_ns = 100, .max_ns = 50 };

	ck_assert_int_eq(bsk_backoff_next(&backoff, HALF), 100);
	ck_assert_int_eq(bsk_backoff_next(&backoff, HALF), 100);
}
END_TEST

START_TEST(jitter_spreads_to_both_sides_and_does_not_add_up)
{
	struct bsk_backoff backoff = { .first_ns = 1000, .max_ns = 4000,
	    .jitter = 0.25 };

	ck_assert_int_eq(bsk_backoff_next(&backoff, 0), 750);
	ck_assert_int_eq(bsk_backoff_next(&backoff, HALF), 2000);
	ck_assert_int_eq(bsk_backoff_next(&backoff, UINT64_MAX), 5000);
	ck_assert_int_eq(bsk_backoff_next(&backoff, 0), 3000);
}
END_TEST

START_TEST(the_longest_delays_do_not_overflow)
{
	struct bsk_backoff backoff = { .first_ns = INT64_MAX / 2,
	    .max_ns = INT64_MAX, .jitter = 1 };
	unsigned i;

	for (i = 0; i < 5; i++)
		ck_assert_int_gt(bsk_backoff_next(&backoff, UINT64_MAX), 0);
	ck_assert_int_eq(bsk_backoff_next(&backoff, UINT64_MAX), INT64_MAX);
}
END_TEST

START_TEST(no_more_than_so_many_are_allowed_within_the_time)
{
	struct bsk_intensity intensity;

	ck_assert_int_eq(bsk_intensity_init(&intensity, 3, 100), 0);
	ck_assert(bsk_intensity_allows(&intensity, 0));
	ck_assert(bsk_intensity_allows(&intensity, 50));
	ck_assert(bsk_intensity_allows(&intensity, 60));
	ck_assert(!bsk_intensity_allows(&intensity, 100));
	ck_assert(bsk_intensity_allows(&intensity, 101));
	ck_assert(!bsk_intensity_allows(&intensity, 150));
	ck_assert(bsk_intensity_allows(&intensity, 151));
	bsk_intensity_release(&intensity);
}
END_TEST

START_TEST(a_refused_one_does_not_count)
{
	struct bsk_intensity intensity;

	ck_assert_int_eq(bsk_intensity_init(&intensity, 1, 100), 0);
	ck_assert(bsk_intensity_allows(&intensity, 0));
	ck_assert(!bsk_intensity_allows(&intensity, 90));
	ck_assert(bsk_intensity_allows(&intensity, 101));
	bsk_intensity_release(&intensity);
}
END_TEST

START_TEST(none_allowed_is_none)
{
	struct bsk_intensity intensity;
	struct bsk_intensity zeroed = { 0 };

	ck_assert_int_eq(bsk_intensity_init(&intensity, 0, 100), 0);
	ck_assert(!bsk_intensity_allows(&intensity, 0));
	bsk_intensity_release(&intensity);
	ck_assert(!bsk_intensity_allows(&zeroed, 0));
	bsk_intensity_release(&zeroed);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("backoff");
	TCase *tcase = tcase_create("backoff");
	SRunner *runner = srunner_create(suite);
	int failures;

	tcase_add_test(tcase, delays_double_up_to_the_most_and_stay);
	tcase_add_test(tcase, a_reset_begins_with_the_first_again);
	tcase_add_test(tcase, without_a_first_there_is_no_delay);
	tcase_add_test(tcase, a_most_below_the_first_is_the_first);
	tcase_add_test(tcase, jitter_spreads_to_both_sides_and_does_not_add_up);
	tcase_add_test(tcase, the_longest_delays_do_not_overflow);
	tcase_add_test(tcase, no_more_than_so_many_are_allowed_within_the_time);
	tcase_add_test(tcase, a_refused_one_does_not_count);
	tcase_add_test(tcase, none_allowed_is_none);
	suite_add_tcase(suite, tcase);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
