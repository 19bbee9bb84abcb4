/* check_os_child.c - what a child is when it has become its program. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os_child.h"
#include "spawned.h"

#define TIMEOUT_S 60
#define NOBODY 65534U

static const struct bsk_os *const os = &bsk_os_libc;
static struct spawned said;
static unsigned open_before;

static char *const cat_status[] = { (char *)"/bin/cat",
	(char *)"/proc/self/status", NULL };
static char *const cat[] = { (char *)"/bin/cat", NULL };

static void
begin(void)
{
	open_before = spawned_open_count();
}

static void
end(void)
{
	ck_assert_uint_eq(spawned_open_count(), open_before);
	spawned_assert_no_child();
}

/* Runs a shell script with `how` of nothing in particular. */
static void
script(const char *text)
{
	spawned_script(spawned_how(cat), text, &said);
}

START_TEST(its_exit_code_comes_back)
{
	char *argv[] = { (char *)"/bin/sh", (char *)"-c",
		(char *)"exit 42", NULL };
	struct bsk_os_spawn how = spawned_how(argv);

	spawned_run(&how, &said);
	ck_assert_int_eq(said.code, CLD_EXITED);
	ck_assert_int_eq(said.status, 42);
	ck_assert_int_gt(said.usage.ru_maxrss, 0);
}
END_TEST

START_TEST(it_gets_its_arguments_as_they_are)
{
	char *argv[] = { (char *)"/bin/sh", (char *)"-c",
		(char *)"printf '[%s]' \"$0\" \"$@\"", (char *)"zero",
		(char *)"", (char *)"a b", (char *)"\xff'\n", NULL };
	struct bsk_os_spawn how = spawned_how(argv);

	spawned_says(&how, &said);
	ck_assert_str_eq(said.output, "[zero][][a b][\xff'\n]");
}
END_TEST

START_TEST(it_gets_the_given_environment_and_no_other)
{
	char *argv[] = { (char *)"/usr/bin/env", NULL };
	char *envp[] = { (char *)"A=1", (char *)"B=two words", NULL };
	struct bsk_os_spawn how = spawned_how(argv);

	how.envp = envp;
	spawned_says(&how, &said);
	ck_assert_str_eq(said.output, "A=1\nB=two words\n");
}
END_TEST

START_TEST(it_gets_our_environment_when_none_is_given)
{
	ck_assert_int_eq(setenv("BUSKIN_CHECK", "ours", 1), 0);
	script("printf %s \"$BUSKIN_CHECK\"");
	ck_assert_str_eq(said.output, "ours");
	ck_assert_int_eq(unsetenv("BUSKIN_CHECK"), 0);
}
END_TEST

START_TEST(it_starts_in_the_given_directory)
{
	struct bsk_os_spawn how = spawned_how(cat);

	how.directory = "/usr";
	spawned_script(how, "pwd", &said);
	ck_assert_str_eq(said.output, "/usr\n");
}
END_TEST

START_TEST(a_relative_path_is_of_its_directory)
{
	char *argv[] = { (char *)"bin/env", (char *)"-i", (char *)"X=y",
		(char *)"/usr/bin/env", NULL };
	struct bsk_os_spawn how = spawned_how(argv);

	how.directory = "/usr";
	spawned_says(&how, &said);
	ck_assert_str_eq(said.output, "X=y\n");
}
END_TEST

START_TEST(it_has_the_given_umask_and_else_ours)
{
	struct bsk_os_spawn how = spawned_how(cat);
	mode_t ours = umask(0031);

	spawned_script(how, "umask", &said);
	ck_assert_str_eq(said.output, "0031\n");
	how.umask_plus_one = 0027 + 1;
	spawned_script(how, "umask", &said);
	ck_assert_str_eq(said.output, "0027\n");
	how.umask_plus_one = 1;
	spawned_script(how, "umask", &said);
	ck_assert_str_eq(said.output, "0000\n");
	ck_assert_uint_eq(umask(ours), 0031);
}
END_TEST

START_TEST(it_has_the_given_limits)
{
	const struct bsk_os_limit limits[] = {
		{ RLIMIT_NOFILE, { 77, 77 } },
		{ RLIMIT_CORE, { 0, RLIM_INFINITY } },
	};
	struct bsk_os_spawn how = spawned_how(cat);
	struct rlimit core;

	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
	how.limits = limits;
	how.limit_count = core.rlim_max == RLIM_INFINITY ? 2 : 1;
	spawned_script(how, "ulimit -n; ulimit -H -c", &said);
	if (core.rlim_max == RLIM_INFINITY)
		ck_assert_str_eq(said.output, "77\nunlimited\n");
	else
		ck_assert_int_eq(strncmp(said.output, "77\n", 3), 0);
}
END_TEST

static void
on_signal(int number)
{
	(void)number;
}

START_TEST(no_disposition_and_no_mask_of_ours_reaches_it)
{
	struct bsk_os_spawn how = spawned_how(cat_status);
	struct sigaction old[4];
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction catch = { .sa_handler = on_signal };
	sigset_t all;
	sigset_t ours;

	ck_assert_int_eq(sigaction(SIGPIPE, &ignore, &old[0]), 0);
	ck_assert_int_eq(sigaction(SIGCHLD, &catch, &old[1]), 0);
	ck_assert_int_eq(sigaction(SIGXFSZ, &ignore, &old[2]), 0);
	ck_assert_int_eq(sigaction(SIGRTMAX, &ignore, &old[3]), 0);
	(void)sigfillset(&all);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &all, &ours), 0);
	spawned_says(&how, &said);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &ours, NULL), 0);
	ck_assert_int_eq(sigaction(SIGPIPE, &old[0], NULL), 0);
	ck_assert_int_eq(sigaction(SIGCHLD, &old[1], NULL), 0);
	ck_assert_int_eq(sigaction(SIGXFSZ, &old[2], NULL), 0);
	ck_assert_int_eq(sigaction(SIGRTMAX, &old[3], NULL), 0);
	ck_assert_uint_eq(spawned_hex(&said, "SigBlk:"), 0);
	ck_assert_uint_eq(spawned_hex(&said, "SigIgn:"), 0);
	ck_assert_uint_eq(spawned_hex(&said, "SigCgt:"), 0);
	ck_assert_uint_eq(spawned_hex(&said, "SigPnd:"), 0);
	ck_assert_uint_eq(spawned_hex(&said, "ShdPnd:"), 0);
}
END_TEST

/* pid, group and session of a child that was started so. */
static void
place_of(const struct bsk_os_spawn *how, int ret_place[3])
{
	char *argv[] = { (char *)"/bin/cat", (char *)"/proc/self/stat", NULL };
	struct bsk_os_spawn whole = *how;

	whole.argv = argv;
	spawned_says(&whole, &said);
	ck_assert_int_eq(sscanf(said.output, "%d (cat) %*c %*d %d %d",
	    &ret_place[0], &ret_place[1], &ret_place[2]), 3);
}

START_TEST(it_stays_in_our_group_and_session)
{
	struct bsk_os_spawn how = spawned_how(cat);
	int place[3];

	place_of(&how, place);
	ck_assert_int_eq(place[1], getpgid(0));
	ck_assert_int_eq(place[2], getsid(0));
}
END_TEST

START_TEST(it_can_have_a_group_of_its_own)
{
	struct bsk_os_spawn how = spawned_how(cat);
	int place[3];

	how.process_group = 0;
	place_of(&how, place);
	ck_assert_int_eq(place[1], place[0]);
	ck_assert_int_eq(place[2], getsid(0));
}
END_TEST

START_TEST(it_can_have_a_session_of_its_own)
{
	struct bsk_os_spawn how = spawned_how(cat);
	int place[3];

	how.new_session = 1;
	for (how.process_group = -1; how.process_group <= 0;
	    how.process_group++) {
		place_of(&how, place);
		ck_assert_int_eq(place[1], place[0]);
		ck_assert_int_eq(place[2], place[0]);
	}
}
END_TEST

/* Starts a cat that lives until the descriptor returned is closed. */
static int
start_cat(struct bsk_os_spawn how, pid_t *ret_pid, int *ret_pidfd)
{
	enum bsk_os_spawn_step step = BSK_SPAWN_CLONE;
	struct bsk_os_child_fd input = { .to = 0 };
	int fds[2];

	ck_assert_int_eq(os->pipe2(os, fds, 0), 0);
	input.from = fds[0];
	how.fds = &input;
	how.fd_count = 1;
	ck_assert_int_eq(os->spawn(os, &how, ret_pid, ret_pidfd, &step), 0);
	ck_assert_int_eq(os->close(os, fds[0]), 0);
	return fds[1];
}

START_TEST(it_can_join_the_group_of_another)
{
	struct bsk_os_spawn how = spawned_how(cat);
	int place[3];
	pid_t leader;
	int pidfd;
	int life;

	how.process_group = 0;
	life = start_cat(how, &leader, &pidfd);
	how.process_group = leader;
	place_of(&how, place);
	ck_assert_int_eq(place[1], leader);
	ck_assert_int_eq(os->close(os, life), 0);
	ck_assert_int_eq(spawned_end(pidfd).status, 0);
}
END_TEST

/* A parent in the sense of the kernel: one thread. */
struct parent {
	struct bsk_os_spawn how;
	pid_t pid;
	int pidfd;
	int life;
};

static void *
start_and_end(void *arg)
{
	struct parent *parent = arg;

	parent->life = start_cat(parent->how, &parent->pid, &parent->pidfd);
	return NULL;
}

static void
expect_death_with_parent(struct bsk_os_spawn how, int number)
{
	struct parent parent = { .how = how };
	struct bsk_os_wait wait;
	pthread_t thread;

	parent.how.parent_death_signal = number;
	ck_assert_int_eq(
	    pthread_create(&thread, NULL, start_and_end, &parent), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	wait = spawned_end(parent.pidfd);
	ck_assert_int_eq(wait.code, CLD_KILLED);
	ck_assert_int_eq(wait.status, number);
	ck_assert_int_eq(os->close(os, parent.life), 0);
}

START_TEST(it_can_die_with_its_parent)
{
	expect_death_with_parent(spawned_how(cat), SIGTERM);
}
END_TEST

START_TEST(it_can_die_with_its_parent_as_another_user)
{
	struct bsk_os_spawn how = spawned_how(cat);

	how.set_user = 1;
	how.user = NOBODY;
	how.group = NOBODY;
	expect_death_with_parent(how, SIGTERM);
}
END_TEST

START_TEST(it_dies_at_once_when_its_parent_is_gone_already)
{
	struct bsk_os_spawn how = spawned_how(cat);
	struct os_child child = {
		.how = &how,
		.envp = environ,
		.parent = getpid() + 1, /* surely not its parent */
	};
	int status = 0;
	pid_t pid;

	how.parent_death_signal = SIGTERM;
	pid = fork();
	if (pid == 0)
		(void)os_child_main(&child);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGTERM);
}
END_TEST

START_TEST(it_is_the_given_user_and_of_that_group_alone)
{
	struct bsk_os_spawn how = spawned_how(cat_status);

	how.set_user = 1;
	how.user = NOBODY;
	how.group = NOBODY - 1;
	spawned_says(&how, &said);
	ck_assert_ptr_nonnull(strstr(
	    said.output, "\nUid:\t65534\t65534\t65534\t65534\n"));
	ck_assert_ptr_nonnull(strstr(
	    said.output, "\nGid:\t65533\t65533\t65533\t65533\n"));
	ck_assert_ptr_nonnull(strstr(said.output, "\nGroups:\t65533 \n"));
	ck_assert_uint_eq(geteuid(), 0);
}
END_TEST

static void
add_place_tests(TCase *tcase)
{
	tcase_add_test(tcase, it_stays_in_our_group_and_session);
	tcase_add_test(tcase, it_can_have_a_group_of_its_own);
	tcase_add_test(tcase, it_can_have_a_session_of_its_own);
	tcase_add_test(tcase, it_can_join_the_group_of_another);
	tcase_add_test(tcase, it_can_die_with_its_parent);
	tcase_add_test(
	    tcase, it_dies_at_once_when_its_parent_is_gone_already);
}

/* Only root can give a child away. */
static void
add_root_tests(TCase *tcase)
{
	tcase_add_test(tcase, it_can_die_with_its_parent_as_another_user);
	tcase_add_test(tcase, it_is_the_given_user_and_of_that_group_alone);
}

int
main(void)
{
	Suite *suite = suite_create("os_child");
	TCase *tcase = tcase_create("os_child");
	SRunner *runner;
	int failures;

	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, its_exit_code_comes_back);
	tcase_add_test(tcase, it_gets_its_arguments_as_they_are);
	tcase_add_test(tcase, it_gets_the_given_environment_and_no_other);
	tcase_add_test(tcase, it_gets_our_environment_when_none_is_given);
	tcase_add_test(tcase, it_starts_in_the_given_directory);
	tcase_add_test(tcase, a_relative_path_is_of_its_directory);
	tcase_add_test(tcase, it_has_the_given_umask_and_else_ours);
	tcase_add_test(tcase, it_has_the_given_limits);
	tcase_add_test(tcase, no_disposition_and_no_mask_of_ours_reaches_it);
	add_place_tests(tcase);
	if (geteuid() == 0)
		add_root_tests(tcase);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
