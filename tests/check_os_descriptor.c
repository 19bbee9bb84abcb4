/* check_os_descriptor.c - how descriptors are born, told of, and closed. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <fcntl.h>

#include "spawned.h"

#define TIMEOUT_S 60
#define BIT(number) ((bsk_os_signals)1 << ((number) - 1))

static const struct bsk_os *const os = &bsk_os_libc;
static unsigned open_before;
static int fds[2]; /* a pipe, both ends non-blocking */

static void
begin(void)
{
	open_before = spawned_open_count();
	ck_assert_int_eq(os->pipe2(os, fds, O_NONBLOCK), 0);
}

static void
end(void)
{
	ck_assert_int_eq(os->close(os, fds[0]), 0);
	ck_assert_int_eq(os->close(os, fds[1]), 0);
	ck_assert_uint_eq(spawned_open_count(), open_before);
}

/* Asserts that a descriptor is as born here, and closes it. */
static void
expect_born(int fd, int nonblocking)
{
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(
	    (os->flags_get(os, fd) & O_NONBLOCK) != 0, nonblocking);
	ck_assert_int_eq(os->close(os, fd), 0);
}

static int
socket_pair(int ret_fds[2])
{
	return os->socketpair(os, SOCK_STREAM, ret_fds);
}

START_TEST(descriptors_are_born_as_promised)
{
	int pair[2];

	expect_born(os->dup(os, fds[0]), 1);
	expect_born(os->open(os, "/dev/null", O_RDONLY, 0), 0);
	expect_born(os->epoll_create(os), 0);
	expect_born(os->eventfd(os, 3), 1);
	expect_born(os->signalfd(os, -1, BIT(SIGUSR1)), 1);
	expect_born(os->pidfd_open(os, getpid()), 0);
	expect_born(os->socket(os, AF_UNIX, SOCK_STREAM, 0), 1);
	ck_assert_int_eq(socket_pair(pair), 0);
	expect_born(pair[0], 1);
	expect_born(pair[1], 1);
	ck_assert_int_eq(os->pipe2(os, pair, 0), 0);
	expect_born(pair[0], 0);
	expect_born(pair[1], 0);
}
END_TEST

START_TEST(what_waits_is_told_from_either_end)
{
	int bytes = -1;

	ck_assert_int_eq(os->write(os, fds[1], "four", 4), 4);
	ck_assert_int_eq(os->waiting(os, fds[0], &bytes), 0);
	ck_assert_int_eq(bytes, 4);
	bytes = -1;
	ck_assert_int_eq(os->waiting(os, fds[1], &bytes), 0);
	ck_assert_int_eq(bytes, 4);
	ck_assert_int_eq(os->waiting(os, -1, &bytes), -EBADF);
	ck_assert_int_eq(bytes, 4);
}
END_TEST

START_TEST(a_pipes_size_can_be_set)
{
	ck_assert_int_eq(os->pipe_size_set(os, fds[1], 4096), 4096);
	ck_assert_int_eq(os->pipe_size_set(os, -1, 4096), -EBADF);
}
END_TEST

START_TEST(flags_are_set_and_told)
{
	ck_assert_int_eq(os->flags_get(os, fds[0]) & O_NONBLOCK, O_NONBLOCK);
	ck_assert_int_eq(os->flags_set(os, fds[0], 0), 0);
	ck_assert_int_eq(os->flags_get(os, fds[0]) & O_NONBLOCK, 0);
}
END_TEST

START_TEST(failures_are_negative_errnos)
{
	char byte = 0;

	ck_assert_int_eq(os->read(os, -1, &byte, 1), -EBADF);
	ck_assert_int_eq(os->write(os, -1, &byte, 1), -EBADF);
	ck_assert_int_eq(os->writev(os, -1, NULL, 0), -EBADF);
	ck_assert_int_eq(os->read(os, fds[0], &byte, 1), -EAGAIN);
	ck_assert_int_eq(os->splice(os, -1, fds[1], 1, 0), -EBADF);
	ck_assert_int_eq(os->close(os, -1), -EBADF);
	ck_assert_int_eq(os->dup(os, -1), -EBADF);
	ck_assert_int_eq(os->pidfd_open(os, -1), -EINVAL);
	ck_assert_int_eq(os->kill(os, getpid(), 99), -EINVAL);
	ck_assert_int_eq(os->sigaction(os, SIGKILL,
	    &(struct sigaction){ .sa_handler = SIG_IGN }, NULL), -EINVAL);
	ck_assert_int_eq((os->sigmask)(os, 99, 0, NULL), -EINVAL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("os_descriptor");
	TCase *tcase = tcase_create("os_descriptor");
	SRunner *runner;
	int failures;

	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, descriptors_are_born_as_promised);
	tcase_add_test(tcase, what_waits_is_told_from_either_end);
	tcase_add_test(tcase, a_pipes_size_can_be_set);
	tcase_add_test(tcase, flags_are_set_and_told);
	tcase_add_test(tcase, failures_are_negative_errnos);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
