/* child_strategies.c - rows L: what each strategy of the child watcher does in
 * its own way, and rows X09 and X10.
 */
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../harness.h"
#include "../nursery.h"

#define STRATEGY nursery_strategies[_i]

/* How many entries of a directory under /proc/self lead to such a thing; all of
 * them for NULL. */
static unsigned
count_links(const char *path, const char *wanted)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	unsigned count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		char target[64] = "";
		ssize_t size = readlinkat(dirfd(dir), entry->d_name, target,
		    sizeof(target) - 1);

		if (wanted == NULL)
			count += entry->d_name[0] != '.';
		else
			count += size > 0 && strstr(target, wanted) != NULL;
	}
	(void)closedir(dir);
	return count;
}

static unsigned
pidfds(void)
{
	return count_links("/proc/self/fd", "[pidfd]");
}

/* Waits until there are so many. */
static void
await_pidfds(unsigned count)
{
	while (pidfds() != count)
		(void)sched_yield();
}

static pid_t
watch_one(enum bsk_child_strategy strategy, int code)
{
	pid_t pid = nursery_bear_idle(code);

	nursery_watcher(strategy);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(1), 0);
	return pid;
}

START_TEST(L11)
{
	(void)watch_one(BSK_CHILD_PIDFD, 2);
	ck_assert_uint_eq(pidfds(), 1);
	nursery_watch(nursery_bear_idle(2));
	ck_assert_int_eq(nursery_answer(2), 0);
	ck_assert_uint_eq(pidfds(), 2);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(2)->code, 2);
	await_pidfds(0);
}
END_TEST

/* Reaped elsewhere: 255, and said to be lost, as soon as anybody can know. */
static void
expect_lost(pid_t pid)
{
	ck_assert_int_eq(nursery_told(1)->pid, pid);
	ck_assert_int_eq(nursery_told(1)->code, 255);
	ck_assert(nursery_told(1)->lost);
	ck_assert_int_eq(nursery_told(1)->signal, 0);
	ck_assert_int_eq(nursery_answer(1), 0);
}

static void
lose_before_watch(enum bsk_child_strategy strategy)
{
	pid_t pid = nursery_bear_quick(6);

	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	nursery_watcher(strategy);
	nursery_watch(pid);
	expect_lost(pid);
}

START_TEST(L12)
{
	pid_t pid = nursery_bear_quick(6);
	int pidfd = bsk_os_libc.pidfd_open(&bsk_os_libc, pid);

	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	nursery_watcher(BSK_CHILD_PIDFD);
	nursery_ask(BSK_PARCEL(bsk_child_watch, .pid = pid,
	    .pidfd = bsk_fd_own(pidfd)));
	expect_lost(pid);
}
END_TEST

START_TEST(L13)
{
	pid_t pid = nursery_bear_quick(6);

	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	nursery_watcher(BSK_CHILD_PIDFD);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(1), -ESRCH);
}
END_TEST

START_TEST(L14)
{
	pid_t pid = nursery_bear_idle(5);

	nursery_watcher(BSK_CHILD_PIDFD);
	nursery_watch(1);
	ck_assert_int_eq(nursery_answer(1), -ECHILD);
	nursery_watch(getpid());
	ck_assert_int_eq(nursery_answer(2), -ECHILD);
	nursery_ask(BSK_PARCEL(bsk_child_watch, .pid = getpid(),
	    .exit_only = true));
	ck_assert_int_eq(nursery_answer(3), 0);
	nursery_ask(BSK_PARCEL(bsk_child_watch, .pid = pid,
	    .exit_only = true));
	ck_assert_int_eq(nursery_answer(4), 0);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(1)->pid, pid);
	ck_assert(nursery_told(1)->lost);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(L14_needs_pidfds)
{
	nursery_watcher(STRATEGY);
	nursery_ask(BSK_PARCEL(bsk_child_watch, .pid = getpid(),
	    .exit_only = true));
	ck_assert_int_eq(nursery_answer(1),
	    STRATEGY == BSK_CHILD_PIDFD ? 0 : -EOPNOTSUPP);
}
END_TEST

/* A child without a pidfd, for want of descriptors, is sent no signal by its
 * pid once somebody has reaped it. */
START_TEST(L11_without_a_pidfd)
{
	unsigned kills;
	pid_t pid;

	faulty_os_fail_always(&nursery_world, FAULTY_PIDFD_OPEN, EMFILE);
	pid = watch_one(BSK_CHILD_PIDFD, 2);
	nursery_ask(BSK_PARCEL(bsk_child_signal, .pid = pid, .number = 0));
	ck_assert_int_eq(nursery_answer(2), 0);
	kills = faulty_os_count(&nursery_world, FAULTY_KILL);
	ck_assert_uint_eq(kills, 1);
	nursery_let_all_go();
	if (waitpid(pid, NULL, 0) != pid)
		return; /* the clock was faster */
	nursery_ask(BSK_PARCEL(bsk_child_signal, .pid = pid,
	    .number = SIGKILL));
	ck_assert_int_eq(nursery_answer(3), -ESRCH);
	ck_assert_uint_eq(faulty_os_count(&nursery_world, FAULTY_KILL), kills);
}
END_TEST

START_TEST(L15)
{
	pid_t pid = watch_one(BSK_CHILD_PIDFD, 8);
	bsk_ref other = patron_spawn(nursery_system, &nursery_heard);

	patron_ask(nursery_system, other, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_watch, .pid = pid, .replace = true));
	ck_assert_int_eq(nursery_answer(2), 0);
	ck_assert_uint_eq(pidfds(), 1);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(1)->code, 8);
	nursery_close();
	ck_assert_uint_eq(nursery_tellings(), 1);
}
END_TEST

START_TEST(L16)
{
	pid_t pid = watch_one(BSK_CHILD_PIDFD, 8);

	nursery_unwatch(pid);
	ck_assert_int_eq(nursery_answer(2), 0);
	await_pidfds(0);
	nursery_let_all_go();
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

/* One pid each is asked about; so a foreign child stays whose it is. */
START_TEST(L17)
{
	pid_t foreign = nursery_bear_quick(1);
	pid_t pid = watch_one(BSK_CHILD_SCAN, 8);
	struct sigaction now;

	ck_assert_uint_eq(pidfds(), 0);
	ck_assert_int_eq(sigaction(SIGCHLD, NULL, &now), 0);
	ck_assert((now.sa_flags & SA_SIGINFO) != 0);
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	ck_assert_int_eq(nursery_told(1)->code, -SIGHUP);
	ck_assert_int_eq(waitpid(foreign, NULL, 0), foreign);
}
END_TEST

START_TEST(L18)
{
	pid_t pid = nursery_bear_quick(8);

	nursery_await_end(pid);
	nursery_watcher(BSK_CHILD_SCAN);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_told(1)->code, 8);
}
END_TEST

START_TEST(L19)
{
	lose_before_watch(BSK_CHILD_SCAN);
}
END_TEST

START_TEST(L20)
{
	pid_t pid = watch_one(BSK_CHILD_SCAN, 8);
	pid_t other = nursery_bear_idle(9);
	uint64_t unexpected = 0;

	nursery_watch(other);
	nursery_unwatch(pid);
	ck_assert_int_eq(nursery_answer(3), 0);
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	while (unexpected == 0) {
		bsk_message *answer = nursery_status();

		unexpected = ((const struct bsk_child_watcher_status *)
		    bsk_message_body(answer))->unexpected;
		bsk_message_free(answer);
	}
	ck_assert_uint_eq(nursery_tellings(), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(1)->pid, other);
}
END_TEST

#define MANY 200U

static void
on_sigchld(int number)
{
	(void)number;
}

/* Whatever handled SIGCHLD before does so again, with flags and mask. */
START_TEST(L31)
{
	struct sigaction own = { .sa_handler = on_sigchld,
	    .sa_flags = SA_NODEFER };
	struct sigaction now;

	(void)sigaddset(&own.sa_mask, SIGUSR2);
	ck_assert_int_eq(sigaction(SIGCHLD, &own, NULL), 0);
	(void)watch_one(BSK_CHILD_SCAN, 1);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(1)->code, 1);
	nursery_close();
	own.sa_handler = SIG_DFL;
	ck_assert_int_eq(sigaction(SIGCHLD, &own, &now), 0);
	ck_assert(now.sa_handler == on_sigchld);
	ck_assert((now.sa_flags & SA_NODEFER) != 0);
	ck_assert(sigismember(&now.sa_mask, SIGUSR2));
}
END_TEST

/* Somebody put another handler there meanwhile: it is left alone. */
START_TEST(L32)
{
	struct sigaction own = { .sa_handler = on_sigchld };
	struct sigaction now;

	(void)watch_one(BSK_CHILD_SCAN, 1);
	ck_assert_int_eq(sigaction(SIGCHLD, &own, NULL), 0);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(1)->code, 1);
	nursery_close();
	own.sa_handler = SIG_DFL;
	ck_assert_int_eq(sigaction(SIGCHLD, &own, &now), 0);
	ck_assert(now.sa_handler == on_sigchld);
}
END_TEST

/* One thread, however many children. */
START_TEST(L35)
{
	unsigned threads;

	(void)watch_one(BSK_CHILD_THREAD, 1);
	threads = count_links("/proc/self/task", NULL);
	for (unsigned i = 2; i <= MANY; i++) {
		nursery_watch(nursery_bear_idle(1));
		ck_assert_int_eq(nursery_answer(i), 0);
	}
	ck_assert_uint_eq(count_links("/proc/self/task", NULL), threads);
	nursery_let_all_go();
	(void)nursery_told(MANY);
}
END_TEST

START_TEST(L36)
{
	lose_before_watch(BSK_CHILD_THREAD);
}
END_TEST

/* Removed is removed: nothing is told, and the child is still ours to reap. */
static void
unwatch_honestly(enum bsk_child_strategy strategy)
{
	pid_t pid = watch_one(strategy, 1);

	nursery_unwatch(pid);
	ck_assert_int_eq(nursery_answer(2), 0);
	nursery_unwatch(pid);
	ck_assert_int_eq(nursery_answer(3), -ENOENT);
	nursery_let_all_go();
	while (waitpid(pid, NULL, 0) < 0 && errno != ECHILD)
		continue;
	nursery_close();
	ck_assert_uint_eq(nursery_tellings(), 0);
}

/* The new one gets the code, the old one nothing, and nobody dies. */
static void
replace_honestly(enum bsk_child_strategy strategy)
{
	pid_t pid = watch_one(strategy, 8);
	bsk_ref other = patron_spawn(nursery_system, &nursery_heard);

	patron_ask(nursery_system, other, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_watch, .pid = pid, .replace = true));
	ck_assert_int_eq(nursery_answer(2), 0);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(1)->code, 8);
	ck_assert(!nursery_told(1)->lost);
	nursery_close();
	ck_assert_uint_eq(nursery_tellings(), 1);
}

START_TEST(L37)
{
	unwatch_honestly(BSK_CHILD_THREAD);
}
END_TEST

START_TEST(L38)
{
	replace_honestly(BSK_CHILD_THREAD);
}
END_TEST

START_TEST(X10)
{
	unwatch_honestly(STRATEGY);
}
END_TEST

START_TEST(X10_replace)
{
	replace_honestly(STRATEGY);
}
END_TEST

/* Stopped with children that live on, the thread ends too. */
START_TEST(L39)
{
	pid_t pid = watch_one(BSK_CHILD_THREAD, 1);

	nursery_close();
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | (int)__WALL), 0);
	nursery_let_all_go();
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | (int)__WALL), -1);
}
END_TEST

/* With SIGCHLD ignored the kernel reaps. Told it is all the same: with the code
 * where the strategy catches SIGCHLD, which ends the ignoring; else as lost. */
START_TEST(L40)
{
	ck_assert(signal(SIGCHLD, SIG_IGN) == SIG_DFL);
	(void)watch_one(STRATEGY, 8);
	nursery_let_all_go();
	if (nursery_told(1)->lost)
		ck_assert_int_eq(nursery_told(1)->code, 255);
	else
		ck_assert_int_eq(nursery_told(1)->code, 8);
	nursery_close();
	ck_assert(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
}
END_TEST

/* Whoever reaps behind our back is found out, by every strategy. */
START_TEST(X09)
{
	pid_t pid = nursery_bear_idle(8);
	int reaped;

	(void)nursery_watcher_in(nursery_system,
	    (struct bsk_child_watcher_config){ .strategy = (int)STRATEGY,
	    .look_ns = 20000000 });
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(1), 0);
	nursery_let_all_go();
	reaped = waitpid(pid, NULL, 0);
	ck_assert_int_eq(nursery_told(1)->pid, pid);
	ck_assert_int_eq(nursery_told(1)->code, reaped == pid ? 255 : 8);
	ck_assert(nursery_told(1)->lost == (reaped == pid));
}
END_TEST

static Suite *
suite(void)
{
	const TTest *const once[] = { L11, L11_without_a_pidfd, L12, L13, L14,
	    L15, L16, L17, L18, L19, L20, L31, L32, L35, L36, L37, L38, L39 };
	const TTest *const looped[] = { L14_needs_pidfds, L40, X09, X10,
	    X10_replace };
	Suite *s = suite_create("child_strategies");
	TCase *tcase = harness_case("child_strategies");

	tcase_add_checked_fixture(tcase, nursery_begin, nursery_end);
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		tcase_add_test(tcase, once[i]);
	for (size_t i = 0; i < sizeof(looped) / sizeof(looped[0]); i++)
		tcase_add_loop_test(tcase, looped[i], 0, NURSERY_STRATEGIES);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
