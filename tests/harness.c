/* harness.c - what every test program has in common. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "books.h"
#include "harness.h"
#include "storm.h"

#define FDS_MAX 1024
#define SIGNALS 65

/* What a process holds that a test must give back. */
struct belongings {
	bool fds[FDS_MAX];
	unsigned threads;
	struct sigaction actions[SIGNALS];
	sigset_t mask;
};

static struct belongings before; /* each test has a process of its own */

/* --- the program --------------------------------------------------------- */

static uint64_t seed; /* of this run: set before the first test forks */

bool
harness_is_instrumented(void)
{
	const char *how = getenv("INSTRUMENTED");

	return how != NULL && how[0] != '\0' && strcmp(how, "no") != 0;
}

bool
harness_keeps_signals_back(void)
{
	const char *how = getenv("INSTRUMENTED");

	return how != NULL && strcmp(how, "thread") == 0;
}

uint64_t
harness_seed(void)
{
	return seed;
}

static void
draw_seed(void)
{
	const char *given = getenv("BUSKIN_SEED");

	seed = given != NULL && given[0] != '\0' ? strtoull(given, NULL, 0) :
	    (uint64_t)bsk_os_libc.wall(&bsk_os_libc);
	printf("# BUSKIN_SEED=%llu\n", (unsigned long long)seed);
	fflush(stdout);
}

/* Whoever runs the tests may ignore or block signals (nohup does): every test
 * begins in the same world. */
static void
forget_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	for (int n = 1; n < SIGNALS; n++)
		if (n != SIGKILL && n != SIGSTOP && n != 32 && n != 33)
			signal(n, SIG_DFL);
}

int
harness_main(Suite *(*suite)(void))
{
	SRunner *runner = srunner_create(suite());
	int failed;

	forget_signals();
	draw_seed();
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

TCase *
harness_case(const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 4 * HARNESS_PATIENCE_S);
	tcase_add_checked_fixture(tcase, harness_begin, harness_end);
	return tcase;
}

/* --- the fixture --------------------------------------------------------- */

static void
look_at_fds(bool *fds)
{
	for (int fd = 0; fd < FDS_MAX; fd++) {
		struct stat stat;

		fds[fd] = bsk_os_libc.fstat(&bsk_os_libc, fd, &stat) == 0;
	}
}

static unsigned
count_entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned count = 0;

	if (dir == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			count++;
	closedir(dir);
	return count;
}

static void
look(struct belongings *it)
{
	memset(it, 0, sizeof(*it));
	look_at_fds(it->fds);
	it->threads = count_entries("/proc/self/task");
	for (int n = 1; n < SIGNALS; n++)
		sigaction(n, NULL, &it->actions[n]);
	pthread_sigmask(SIG_BLOCK, NULL, &it->mask);
}

static void *
do_nothing(void *arg)
{
	return arg;
}

/* The thread sanitizer adds a thread of its own to a forked process when that
 * makes its first thread, and keeps it: it is there before we count. */
static void
make_first_thread(void)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, do_nothing, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

void
harness_begin(void)
{
	make_first_thread();
	storm_begin();
	look(&before);
}

static void
compare_fds(const struct belongings *after)
{
	for (int fd = 0; fd < FDS_MAX; fd++) {
		char path[64];
		char target[256] = "?";

		if (after->fds[fd] == before.fds[fd])
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (readlink(path, target, sizeof(target) - 1) < 0)
			target[0] = '\0';
		ck_abort_msg("descriptor %d was left %s: %s", fd,
		    after->fds[fd] ? "open" : "closed", target);
	}
}

/* A joined thread may be a moment away from leaving the kernel's list, and
 * nothing tells of that. */
static void
wait_for_threads(struct belongings *after)
{
	int64_t until = bsk_os_libc.now(&bsk_os_libc) + HARNESS_PATIENCE_NS;

	while (after->threads > before.threads &&
	    bsk_os_libc.now(&bsk_os_libc) < until) {
		(void)sched_yield();
		after->threads = count_entries("/proc/self/task");
	}
}

static void
compare_signals(const struct belongings *after)
{
	for (int n = 1; n < SIGNALS; n++) {
		if (n == 32 || n == 33)
			continue; /* the threads library's own */
		ck_assert_msg(after->actions[n].sa_handler ==
		    before.actions[n].sa_handler,
		    "the disposition of signal %d was left changed", n);
		ck_assert_msg(sigismember(&after->mask, n) ==
		    sigismember(&before.mask, n),
		    "the mask of signal %d was left changed", n);
	}
}

void
harness_end(void)
{
	struct belongings after;
	siginfo_t child = {0};

	look(&after);
	compare_fds(&after);
	wait_for_threads(&after);
	ck_assert_msg(after.threads <= before.threads,
	    "%u threads before, %u after", before.threads, after.threads);
	compare_signals(&after);
	ck_assert_msg(waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) < 0
	    && errno == ECHILD, "a child was left behind: pid %ld",
	    (long)child.si_pid);
	storm_end();
}

/* --- systems ------------------------------------------------------------- */

bsk_system *
harness_system(uint32_t workers, const struct bsk_class *const *classes)
{
	struct bsk_system_options options = {
		.workers = workers,
		.classes = classes,
		.handover_ns = workers == 1 ? -1 : 0,
	};
	bsk_system *system;

	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	return system;
}

void
harness_check_books(bsk_system *system)
{
	char why[256];

	if (!books_balance(system, why, sizeof(why)))
		ck_abort_msg("the books do not balance: %s", why);
}

void
harness_system_end(bsk_system *system)
{
	bsk_system_stop(system, 0);
	ck_assert_int_eq(bsk_system_wait(system, HARNESS_PATIENCE_NS), 0);
	bsk_system_destroy(system);
}
