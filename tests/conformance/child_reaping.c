/* child_reaping.c - rows L21 to L28: the strategy that reaps everybody. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../harness.h"
#include "../nursery.h"

#define MANY 200U

/* Signals coalesce; ends do not. */
START_TEST(L21)
{
	nursery_watcher(BSK_CHILD_REAP_ALL);
	for (unsigned i = 0; i < MANY; i++)
		nursery_watch(nursery_bear_idle((int)i));
	for (unsigned i = 1; i <= MANY; i++)
		ck_assert_int_eq(nursery_answer(i), 0);
	nursery_let_all_go();
	for (unsigned i = 1; i <= MANY; i++)
		ck_assert(!nursery_told(i)->lost);
}
END_TEST

START_TEST(L22)
{
	nursery_watcher(BSK_CHILD_REAP_ALL);
	nursery_watch(nursery_bear_quick(8));
	ck_assert_int_eq(nursery_told(1)->code, 8);
}
END_TEST

/* It has ended, and been reaped, before it is watched. */
START_TEST(L23)
{
	pid_t pid;

	nursery_watcher(BSK_CHILD_REAP_ALL);
	nursery_watch(nursery_bear_idle(0));
	ck_assert_int_eq(nursery_answer(1), 0);
	pid = nursery_bear_quick(8);
	nursery_await_reaped(pid);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_told(1)->pid, pid);
	ck_assert_int_eq(nursery_told(1)->code, 8);
	ck_assert(!nursery_told(1)->lost);
	nursery_let_all_go();
	(void)nursery_told(2);
}
END_TEST

static const struct bsk_child_stranger *
stranger(unsigned n)
{
	return patron_hears(&nursery_heard, &bsk_child_stranger_type, n);
}

static void
read_strangers(void)
{
	nursery_ask(BSK_PARCEL(bsk_child_strangers_read, .reserved = 0));
}

static void
watcher_of_strangers(void)
{
	(void)nursery_watcher_in(nursery_system,
	    (struct bsk_child_watcher_config){
	    .strategy = BSK_CHILD_REAP_ALL, .stranger_after_ns = 1 });
}

START_TEST(L24)
{
	pid_t pid;

	watcher_of_strangers();
	read_strangers();
	ck_assert_int_eq(nursery_answer(1), 0);
	pid = nursery_bear_quick(8);
	ck_assert_int_eq(stranger(1)->pid, pid);
	ck_assert_int_eq(stranger(1)->code, 8);
	ck_assert_uint_eq(nursery_tellings(), 0);
}
END_TEST

/* Kept until somebody reads. */
START_TEST(L25)
{
	pid_t pids[3];

	watcher_of_strangers();
	for (int i = 0; i < 3; i++)
		pids[i] = nursery_bear_quick(i);
	for (int i = 0; i < 3; i++)
		nursery_await_reaped(pids[i]);
	read_strangers();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(stranger((unsigned)i + 1)->pid, pids[i]);
		ck_assert_int_eq(stranger((unsigned)i + 1)->code, i);
	}
}
END_TEST

/* Two that ask at once need no lock. */
START_TEST(L26)
{
	bsk_ref other = patron_spawn(nursery_system, &nursery_heard);

	nursery_watcher(BSK_CHILD_REAP_ALL);
	for (unsigned i = 0; i < MANY; i++) {
		pid_t pid = nursery_bear_quick((int)i);

		patron_ask(nursery_system, i % 2 == 0 ? other :
		    nursery_patron, &bsk_child_watcher_class,
		    BSK_PARCEL(bsk_child_watch, .pid = pid));
	}
	for (unsigned i = 1; i <= MANY; i++)
		ck_assert(!nursery_told(i)->lost);
}
END_TEST

START_TEST(L27)
{
	pid_t pid = nursery_bear_quick(6);

	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	nursery_watcher(BSK_CHILD_REAP_ALL);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_told(1)->code, 255);
	ck_assert(nursery_told(1)->lost);
	ck_assert_int_eq(nursery_answer(1), 0);
}
END_TEST

/* The scan as it begins closes the gap before SIGCHLD was caught. */
START_TEST(L28)
{
	pid_t pid = nursery_bear_quick(8);
	struct sigaction now;

	nursery_await_end(pid);
	nursery_watcher(BSK_CHILD_REAP_ALL);
	nursery_watch(nursery_bear_idle(1));
	ck_assert_int_eq(nursery_answer(1), 0);
	nursery_await_reaped(pid);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_told(1)->code, 8);
	nursery_let_all_go();
	(void)nursery_told(2);
	nursery_close();
	ck_assert_int_eq(sigaction(SIGCHLD, NULL, &now), 0);
	ck_assert_ptr_eq((void *)now.sa_handler, (void *)SIG_DFL);
}
END_TEST

static Suite *
suite(void)
{
	const TTest *const tests[] = { L21, L22, L23, L24, L25, L26, L27,
	    L28 };
	Suite *s = suite_create("child_reaping");
	TCase *tcase = harness_case("child_reaping");

	tcase_add_checked_fixture(tcase, nursery_begin, nursery_end);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
