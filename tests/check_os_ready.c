/* check_os_ready.c - waiting for readiness, and for how long. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fcntl.h>

#include "spawned.h"

#define TIMEOUT_S 60
#define MS_NS INT64_C(1000000)

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

struct interrupted {
	pthread_t thread;
	atomic_int tid;
	atomic_bool over;
	ssize_t result;
};

static atomic_uint interruptions;

static void
on_interruption(int number)
{
	(void)number;
	(void)atomic_fetch_add(&interruptions, 1);
}

/* How long a wait for nothing takes, in ns. */
static int64_t
idle_wait(int64_t timeout_ns)
{
	struct epoll_event event;
	int epoll_fd = os->epoll_create(os);
	int64_t start = os->now(os);

	ck_assert_int_eq(
	    os->epoll_wait(os, epoll_fd, &event, 1, timeout_ns), 0);
	start = os->now(os) - start;
	ck_assert_int_eq(os->close(os, epoll_fd), 0);
	return start;
}

START_TEST(a_wait_is_never_short)
{
	static const int64_t times[] = { 0, 1, 100000, MS_NS, MS_NS + 1,
		3 * MS_NS / 2 };

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		ck_assert_int_ge(idle_wait(times[i]), times[i]);
}
END_TEST

START_TEST(a_kernel_without_fine_waits_rounds_up)
{
	spawned_refuse(SYS_epoll_pwait2, 0, ENOSYS);
	ck_assert_int_ge(idle_wait(1), MS_NS);
	ck_assert_int_ge(idle_wait(MS_NS + 1), 2 * MS_NS);
}
END_TEST

START_TEST(a_wait_tells_what_is_ready)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 7 };
	int epoll_fd = os->epoll_create(os);

	ck_assert_int_eq(os->epoll_ctl(
	    os, epoll_fd, EPOLL_CTL_ADD, fds[0], &event), 0);
	ck_assert_int_eq(os->epoll_ctl(
	    os, epoll_fd, EPOLL_CTL_ADD, fds[0], &event), -EEXIST);
	ck_assert_int_eq(os->write(os, fds[1], "x", 1), 1);
	for (int64_t timeout = -1; timeout <= 1; timeout++) {
		memset(&event, 0, sizeof(event));
		ck_assert_int_eq(
		    os->epoll_wait(os, epoll_fd, &event, 1, timeout), 1);
		ck_assert_uint_eq(event.data.u64, 7);
		ck_assert_uint_eq(event.events, EPOLLIN);
	}
	ck_assert_int_eq(
	    os->epoll_wait(os, -1, &event, 1, INT64_MAX), -EBADF);
	ck_assert_int_eq(os->close(os, epoll_fd), 0);
}
END_TEST

static void *
wait_patiently(void *arg)
{
	struct interrupted *self = arg;
	struct epoll_event event;
	int epoll_fd = os->epoll_create(os);

	atomic_store(&self->tid, (int)syscall(SYS_gettid));
	self->result = os->epoll_wait(os, epoll_fd, &event, 1, -1);
	atomic_store(&self->over, true);
	(void)os->close(os, epoll_fd);
	return NULL;
}

START_TEST(an_interrupted_wait_is_empty)
{
	struct sigaction action = { .sa_handler = on_interruption };
	struct interrupted victim = { .result = -1 };

	ck_assert_int_eq(os->sigaction(os, SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(pthread_create(
	    &victim.thread, NULL, wait_patiently, &victim), 0);
	while (atomic_load(&victim.tid) == 0)
		(void)sched_yield();
	/* One that strikes before the wait has begun is lost: go on. */
	while (!atomic_load(&victim.over)) {
		ck_assert_int_eq(pthread_kill(victim.thread, SIGUSR1), 0);
		(void)sched_yield();
	}
	ck_assert_int_eq(pthread_join(victim.thread, NULL), 0);
	ck_assert_int_eq(victim.result, 0);
}
END_TEST

START_TEST(an_eventfd_counts)
{
	uint64_t count = 0;
	int fd = os->eventfd(os, 3);

	ck_assert_int_eq(os->read(os, fd, &count, sizeof(count)), 8);
	ck_assert_uint_eq(count, 3);
	ck_assert_int_eq(os->read(os, fd, &count, sizeof(count)), -EAGAIN);
	ck_assert_int_eq(os->close(os, fd), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("os_ready");
	TCase *tcase = tcase_create("os_ready");
	SRunner *runner;
	int failures;

	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_wait_is_never_short);
	tcase_add_test(tcase, a_kernel_without_fine_waits_rounds_up);
	tcase_add_test(tcase, a_wait_tells_what_is_ready);
	tcase_add_test(tcase, an_interrupted_wait_is_empty);
	tcase_add_test(tcase, an_eventfd_counts);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
