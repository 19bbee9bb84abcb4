/* exits.c - rows C: what a wait status becomes. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../harness.h"
#include "../nursery.h"

#define STRATEGY nursery_strategies[_i]

START_TEST(C01)
{
	for (int code = 0; code < 256; code++)
		ck_assert_int_eq(bsk_child_code(code << 8), code);
}
END_TEST

START_TEST(C01_by_every_strategy)
{
	static const int codes[] = { 0, 1, 127, 128, 254, 255 };

	nursery_watcher(STRATEGY);
	for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		pid_t pid = nursery_bear_quick(codes[i]);

		nursery_watch(pid);
		ck_assert_int_eq(nursery_told(i + 1)->pid, pid);
		ck_assert_int_eq(nursery_told(i + 1)->code, codes[i]);
		ck_assert_int_eq(nursery_told(i + 1)->signal, 0);
		ck_assert(!nursery_told(i + 1)->lost);
	}
}
END_TEST

START_TEST(C02)
{
	ck_assert_int_eq(bsk_child_code(9), -9);
	ck_assert_int_eq(bsk_child_code(0x89), -9);
	for (int number = 1; number < 65; number++)
		ck_assert_int_eq(bsk_child_code(number), -number);
}
END_TEST

START_TEST(C02_by_every_strategy)
{
	static const int signals[] = { SIGKILL, SIGHUP, SIGUSR1, SIGUSR2 };

	nursery_watcher(STRATEGY);
	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		pid_t pid = nursery_bear_idle(0);

		nursery_watch(pid);
		ck_assert_int_eq(kill(pid, signals[i]), 0);
		ck_assert_int_eq(nursery_told(i + 1)->code, -signals[i]);
		ck_assert_int_eq(nursery_told(i + 1)->signal, signals[i]);
		ck_assert(!nursery_told(i + 1)->core);
	}
}
END_TEST

START_TEST(C03)
{
	ck_assert_int_eq(bsk_child_code(0x137f), 4991);
	ck_assert_int_eq(bsk_child_code(0xffff), 65535);
}
END_TEST

START_TEST(C04)
{
	const struct bsk_child_stopped *stopped;
	int leash;
	pid_t pid = nursery_bear(NURSERY_EXIT_7, &leash);

	nursery_watcher(STRATEGY);
	nursery_ask(BSK_PARCEL(bsk_child_watch, .pid = pid, .stops = true));
	ck_assert_int_eq(nursery_answer(1), 0);
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	stopped = patron_hears(&nursery_heard, &bsk_child_stopped_type, 1);
	ck_assert_int_eq(stopped->pid, pid);
	ck_assert_int_eq(stopped->signal, SIGSTOP);
	ck_assert_uint_eq(nursery_tellings(), 0);
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	(void)patron_hears(&nursery_heard, &bsk_child_continued_type, 1);
	ck_assert_uint_eq(nursery_tellings(), 0);
	(void)close(leash);
	ck_assert_int_eq(nursery_told(1)->code, 7);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("exits");
	TCase *tcase = harness_case("exits");

	tcase_add_checked_fixture(tcase, nursery_begin, nursery_end);
	tcase_add_test(tcase, C01);
	tcase_add_loop_test(tcase, C01_by_every_strategy, 0,
	    NURSERY_STRATEGIES);
	tcase_add_test(tcase, C02);
	tcase_add_loop_test(tcase, C02_by_every_strategy, 0,
	    NURSERY_STRATEGIES);
	tcase_add_test(tcase, C03);
	tcase_add_loop_test(tcase, C04, 0, NURSERY_STRATEGIES);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
