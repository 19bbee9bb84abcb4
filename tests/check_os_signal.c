/* check_os_signal.c - masks, dispositions and signalfds. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>

#include "spawned.h"

#define TIMEOUT_S 60
#define BIT(number) ((bsk_os_signals)1 << ((number) - 1))

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

START_TEST(masks_are_set_and_told_bit_by_bit)
{
	const bsk_os_signals some = BIT(SIGHUP) | BIT(SIGUSR2) | BIT(64);
	bsk_os_signals before;
	bsk_os_signals old;

	ck_assert_int_eq((os->sigmask)(os, SIG_BLOCK, some, &before), 0);
	ck_assert_int_eq((os->sigmask)(os, SIG_SETMASK, 0, &old), 0);
	ck_assert_uint_eq(old, before | some);
	ck_assert_int_eq((os->sigmask)(
	    os, SIG_SETMASK, ~(bsk_os_signals)0, &old), 0);
	ck_assert_uint_eq(old, 0);
	ck_assert_int_eq((os->sigmask)(os, SIG_SETMASK, before, &old), 0);
	/* What neither we nor libc's users can block. */
	ck_assert_uint_eq(~old, BIT(SIGKILL) | BIT(SIGSTOP) | BIT(32) |
	    BIT(33));
}
END_TEST

START_TEST(a_signalfd_hears_its_signals_alone)
{
	struct signalfd_siginfo info = { 0 };
	int fd;

	ck_assert_int_eq((os->sigmask)(
	    os, SIG_BLOCK, BIT(SIGUSR1) | BIT(SIGUSR2), NULL), 0);
	fd = os->signalfd(os, -1, BIT(SIGUSR1));
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(os->kill(os, os->getpid(os), SIGUSR2), 0);
	ck_assert_int_eq(os->read(os, fd, &info, sizeof(info)), -EAGAIN);
	ck_assert_int_eq(os->kill(os, os->getpid(os), SIGUSR1), 0);
	ck_assert_int_eq(
	    os->read(os, fd, &info, sizeof(info)), (ssize_t)sizeof(info));
	ck_assert_uint_eq(info.ssi_signo, SIGUSR1);
	ck_assert_int_eq(os->signalfd(os, fd, BIT(SIGUSR2)), fd);
	ck_assert_int_eq(
	    os->read(os, fd, &info, sizeof(info)), (ssize_t)sizeof(info));
	ck_assert_uint_eq(info.ssi_signo, SIGUSR2);
	ck_assert_int_eq(os->close(os, fd), 0);
}
END_TEST

START_TEST(a_disposition_is_set_and_told)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction old;

	ck_assert_int_eq(os->sigaction(os, SIGUSR1, &ignore, NULL), 0);
	ck_assert_int_eq(os->sigaction(os, SIGUSR1, NULL, &old), 0);
	ck_assert(old.sa_handler == SIG_IGN);
	ck_assert_int_eq(os->sigaction(os, SIGKILL, &ignore, NULL), -EINVAL);
	ck_assert_int_eq((os->sigmask)(os, 99, 0, NULL), -EINVAL);
	ck_assert_int_eq(os->signalfd(os, 1000, 0), -EBADF);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("os_signal");
	TCase *tcase = tcase_create("os_signal");
	SRunner *runner;
	int failures;

	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, masks_are_set_and_told_bit_by_bit);
	tcase_add_test(tcase, a_signalfd_hears_its_signals_alone);
	tcase_add_test(tcase, a_disposition_is_set_and_told);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
