/* check_os_bytes.c - bytes in and out: SIGPIPE, interruption, offsets. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

static int
socket_pair(int ret_fds[2])
{
	return os->socketpair(os, SOCK_STREAM, ret_fds);
}

/* Counts the SIGPIPEs that have reached this process. */
static atomic_uint sigpipes;

static void
on_sigpipe(int number)
{
	(void)number;
	(void)atomic_fetch_add(&sigpipes, 1);
}

static ssize_t
by_write(int fd)
{
	return os->write(os, fd, "x", 1);
}

static ssize_t
by_writev(int fd)
{
	struct iovec vector = { (void *)(uintptr_t)"x", 1 };

	return os->writev(os, fd, &vector, 1);
}

static ssize_t
by_sendfile(int fd)
{
	int file = os->open(os, "/proc/self/exe", O_RDONLY, 0);
	int64_t offset = 0;
	ssize_t result = os->sendfile(os, fd, file, &offset, 1);

	ck_assert_int_eq(offset, 0);
	ck_assert_int_eq(os->close(os, file), 0);
	return result;
}

static ssize_t
by_splice(int fd)
{
	int text = spawned_text("x");
	ssize_t result = os->splice(os, text, fd, 1, 0);

	ck_assert_int_eq(os->close(os, text), 0);
	return result;
}

static ssize_t (*const writers[])(int) = { by_write, by_writev, by_sendfile,
	by_splice };

/* Each way to write must be -EPIPE on a broken pipe and socket. */
static void
expect_broken_pipes(void)
{
	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
		int broken[2];

		ck_assert_int_eq(os->pipe2(os, broken, 0), 0);
		ck_assert_int_eq(os->close(os, broken[0]), 0);
		ck_assert_int_eq(writers[i](broken[1]), -EPIPE);
		ck_assert_int_eq(os->close(os, broken[1]), 0);
		ck_assert_int_eq(socket_pair(broken), 0);
		ck_assert_int_eq(os->close(os, broken[0]), 0);
		ck_assert_int_eq(writers[i](broken[1]), -EPIPE);
		ck_assert_int_eq(os->close(os, broken[1]), 0);
	}
}

static bool
is_pending(int number)
{
	sigset_t pending;

	ck_assert_int_eq(sigpending(&pending), 0);
	return sigismember(&pending, number) == 1;
}

START_TEST(a_broken_pipe_is_epipe_and_no_signal)
{
	struct sigaction action = { .sa_handler = on_sigpipe };

	ck_assert_int_eq(os->sigaction(os, SIGPIPE, &action, NULL), 0);
	ck_assert_int_eq((os->sigmask)(os, SIG_BLOCK, BIT(SIGPIPE), NULL), 0);
	expect_broken_pipes();
	ck_assert(!is_pending(SIGPIPE));
	ck_assert_int_eq(
	    (os->sigmask)(os, SIG_UNBLOCK, BIT(SIGPIPE), NULL), 0);
	ck_assert_uint_eq(sigpipes, 0);
}
END_TEST

START_TEST(a_broken_pipe_is_epipe_where_sigpipe_is_ignored)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	ck_assert_int_eq(os->sigaction(os, SIGPIPE, &action, NULL), 0);
	expect_broken_pipes();
}
END_TEST

START_TEST(a_sigpipe_that_somebody_sent_is_not_taken)
{
	struct sigaction action = { .sa_handler = on_sigpipe };

	ck_assert_int_eq(os->sigaction(os, SIGPIPE, &action, NULL), 0);
	ck_assert_int_eq((os->sigmask)(os, SIG_BLOCK, BIT(SIGPIPE), NULL), 0);
	ck_assert_int_eq(os->kill(os, os->getpid(os), SIGPIPE), 0);
	expect_broken_pipes();
	ck_assert(is_pending(SIGPIPE));
	ck_assert_int_eq(
	    (os->sigmask)(os, SIG_UNBLOCK, BIT(SIGPIPE), NULL), 0);
	ck_assert_uint_eq(sigpipes, 1);
}
END_TEST

START_TEST(sendmsg_needs_no_blocked_sigpipe)
{
	struct iovec vector = { (void *)(uintptr_t)"x", 1 };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
	int pair[2];

	ck_assert_int_eq(socket_pair(pair), 0);
	ck_assert_int_eq(os->close(os, pair[0]), 0);
	ck_assert_int_eq(os->sendmsg(os, pair[1], &message, 0), -EPIPE);
	ck_assert_int_eq(os->close(os, pair[1]), 0);
}
END_TEST

/* Kernel refuses all that could stand beside the write: each is one call. */
START_TEST(a_write_is_one_system_call)
{
	static const long others[] = { SYS_rt_sigprocmask, SYS_rt_sigpending,
		SYS_rt_sigtimedwait, SYS_sendto, SYS_sendmsg, SYS_ioctl,
		SYS_fcntl, SYS_fstat, SYS_getsockopt, SYS_gettid };
	char bytes[4] = "";
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			spawned_refuse(others[i], 0, 0);
		_exit(by_write(fds[1]) != 1 || by_writev(fds[1]) != 1 ||
		    os->read(os, fds[0], bytes, sizeof(bytes)) != 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(sendfile_moves_its_offset)
{
	int file = os->open(os, "/proc/self/exe", O_RDONLY, 0);
	char bytes[16] = "";
	int64_t offset = 1;

	ck_assert_int_eq(os->sendfile(os, fds[1], file, &offset, 3), 3);
	ck_assert_int_eq(offset, 4);
	ck_assert_int_eq(os->read(os, fds[0], bytes, sizeof(bytes)), 3);
	ck_assert_mem_eq(bytes, "ELF", 3);
	ck_assert_int_eq(os->close(os, file), 0);
}
END_TEST

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

static void *
read_patiently(void *arg)
{
	struct interrupted *self = arg;
	char byte;

	atomic_store(&self->tid, (int)syscall(SYS_gettid));
	self->result = os->read(os, fds[0], &byte, 1);
	atomic_store(&self->over, true);
	return NULL;
}

/* Strikes the thread until its handler has run so often, nearly always within
 * the read: it does nothing else. */
static void
interrupt(struct interrupted *victim, unsigned times)
{
	while (atomic_load(&interruptions) < times) {
		ck_assert(!atomic_load(&victim->over));
		ck_assert_int_eq(pthread_kill(victim->thread, SIGUSR1), 0);
		(void)sched_yield();
	}
}

START_TEST(an_interrupted_read_goes_on)
{
	struct sigaction action = { .sa_handler = on_interruption };
	struct interrupted victim = { .result = -1 };

	ck_assert_int_eq(os->sigaction(os, SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(os->flags_set(os, fds[0], 0), 0);
	ck_assert_int_eq(pthread_create(
	    &victim.thread, NULL, read_patiently, &victim), 0);
	while (atomic_load(&victim.tid) == 0)
		(void)sched_yield();
	interrupt(&victim, 50);
	ck_assert(!atomic_load(&victim.over));
	ck_assert_int_eq(by_write(fds[1]), 1);
	ck_assert_int_eq(pthread_join(victim.thread, NULL), 0);
	ck_assert_int_eq(victim.result, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("os_bytes");
	TCase *tcase = tcase_create("os_bytes");
	SRunner *runner;
	int failures;

	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_broken_pipe_is_epipe_and_no_signal);
	tcase_add_test(tcase, a_broken_pipe_is_epipe_where_sigpipe_is_ignored);
	tcase_add_test(tcase, a_sigpipe_that_somebody_sent_is_not_taken);
	tcase_add_test(tcase, sendmsg_needs_no_blocked_sigpipe);
	tcase_add_test(tcase, a_write_is_one_system_call);
	tcase_add_test(tcase, sendfile_moves_its_offset);
	tcase_add_test(tcase, an_interrupted_read_goes_on);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
