/* child_world.c - row D10: the world that a child finds itself in. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../employer.h"
#include "../harness.h"

/* Runs a script to its end and gives what it writes. */
static const char *
says(struct bsk_process_config how, const char *script)
{
	how.command = WORDS("/bin/sh", "-c", script);
	(void)employer_run(how);
	ck_assert_int_eq(employer_finished(1)->code, 0);
	return patron_reads(&employer_heard,
	    (size_t)employer_finished(1)->out_bytes);
}

/* Not even one that was left open across exec. */
START_TEST(D10_descriptors)
{
	int stray = dup2(1, 50);

	ck_assert_int_eq(stray, 50);
	ck_assert_str_eq(says((struct bsk_process_config){
	    .in = BSK_STDIO_NULL }, "cd /proc/$$/fd; n=0; "
	    "while [ $n -lt 99 ]; do test -e $n && echo -n $n; n=$((n + 1)); "
	    "done; true"), "012");
	(void)close(stray);
}
END_TEST

START_TEST(D10_more_descriptors)
{
	bsk_list fds;
	int other = employer_give(7, 0, &fds);

	ck_assert_int_eq(write(other, "deep\n", 5), 5);
	ck_assert_int_eq(close(other), 0);
	ck_assert_str_eq(says((struct bsk_process_config){ .fds = fds },
	    "cat <&7"), "deep\n");
}
END_TEST

/* Ours are ignored, caught and blocked while the system starts; the child's
 * are as if it were the only program. */
START_TEST(D10_signals)
{
	static const int ignored[] = { SIGPIPE, SIGXFSZ, SIGUSR1, SIGHUP };
	const char *text;
	sigset_t old;
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigdelset(&all, SIGALRM);
	ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &all, &old), 0);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	employer_begin();
	(void)employer_run((struct bsk_process_config){ .command =
	    WORDS("sed", "-n", "/^Sig[BIC]/p", "/proc/self/status") });
	(void)employer_finished(1);
	text = patron_reads(&employer_heard, 72);
	ck_assert_str_eq(text, "SigBlk:\t0000000000000000\n"
	    "SigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n");
	employer_end();
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_DFL);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
}
END_TEST

/* Its own number, group and session. */
static void
place(struct bsk_process_config how, int *ret_place)
{
	unsigned before = employer_count(&bsk_process_finished_type);
	size_t at = employer_heard.size;
	const char *text;

	how.command = WORDS("cut", "-d", " ", "-f", "1,5,6",
	    "/proc/self/stat");
	how.in = BSK_STDIO_NULL;
	(void)employer_run(how);
	text = patron_reads(&employer_heard, at +
	    (size_t)employer_finished(before + 1)->out_bytes);
	ck_assert_int_eq(sscanf(text + at, "%d %d %d", &ret_place[0],
	    &ret_place[1], &ret_place[2]), 3);
}

START_TEST(D10_session_and_group)
{
	int child[3];

	place((struct bsk_process_config){ .frame = 0 }, child);
	ck_assert_int_eq(child[1], getpgrp());
	ck_assert_int_eq(child[2], getsid(0));
	place((struct bsk_process_config){ .own_group = true }, child);
	ck_assert_int_eq(child[1], child[0]);
	ck_assert_int_eq(child[2], getsid(0));
	place((struct bsk_process_config){ .new_session = true }, child);
	ck_assert_int_eq(child[1], child[0]);
	ck_assert_int_eq(child[2], child[0]);
}
END_TEST

START_TEST(D10_group_of_another)
{
	int child[3];
	bsk_ref leader = employer_run((struct bsk_process_config){
	    .own_group = true, .command = WORDS("cat") });
	pid_t pid = employer_started(1);

	place((struct bsk_process_config){ .join_group = pid }, child);
	ck_assert_int_eq(child[1], pid);
	employer_close_input(leader);
	(void)employer_finished(2);
}
END_TEST

/* Who may not become somebody else is told so, before there is a child. */
START_TEST(D10_user)
{
	const struct bsk_process_config how = {
		.set_user = true, .user = 12345, .group = 23456,
	};
	struct bsk_process_config refused = how;

	if (geteuid() == 0) {
		ck_assert_str_eq(says(how, "id -u; id -g; id -G"),
		    "12345\n23456\n23456\n");
		return;
	}
	refused.command = WORDS("true");
	(void)employer_run(refused);
	ck_assert_int_eq(((const struct bsk_process_failed *)employer_hears(
	    &bsk_process_failed_type, 1))->error, -EPERM);
}
END_TEST

START_TEST(D10_umask_and_directory)
{
	ck_assert_str_eq(says((struct bsk_process_config){
	    .umask = bsk_text_copy("0027"),
	    .directory = bsk_text_copy("/proc") }, "umask; pwd"),
	    "0027\n/proc\n");
}
END_TEST

START_TEST(D10_environment)
{
	ck_assert_int_eq(setenv("EMPLOYER_A", "old", 1), 0);
	ck_assert_int_eq(setenv("EMPLOYER_B", "kept", 1), 0);
	ck_assert_str_eq(says((struct bsk_process_config){
	    .env = WORDS("EMPLOYER_A=new", "EMPLOYER_C=") },
	    "echo $EMPLOYER_A $EMPLOYER_B ${EMPLOYER_C-unset}"),
	    "new kept\n");
}
END_TEST

START_TEST(D10_environment_cleared)
{
	ck_assert_int_eq(setenv("EMPLOYER_A", "old", 1), 0);
	(void)employer_run((struct bsk_process_config){ .env = WORDS("B=1"),
	    .clear_env = true, .command = WORDS("env") });
	(void)employer_finished(1);
	ck_assert_str_eq(patron_reads(&employer_heard, 4), "B=1\n");
}
END_TEST

START_TEST(D10_limits)
{
	bsk_list limits = bsk_list_new(sizeof(struct bsk_process_limit), 2);
	struct bsk_process_limit *limit = limits.items;

	limit[0] = (struct bsk_process_limit){ RLIMIT_NOFILE, 77, 99 };
	limit[1] = (struct bsk_process_limit){ RLIMIT_CORE, 0, 0 };
	ck_assert_str_eq(says((struct bsk_process_config){ .limits = limits },
	    "ulimit -Sn; ulimit -Hn; ulimit -c"), "77\n99\n0\n");
}
END_TEST

/* What enters a control group writes its 0 into that group's file. */
START_TEST(D10_cgroup)
{
	char directory[] = "/tmp/buskin-cgroup-XXXXXX";
	char path[64];
	char text[8] = "";
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", directory);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	(void)says((struct bsk_process_config){
	    .cgroup = bsk_text_copy(directory) }, "true");
	ck_assert_int_eq(read(fd, text, sizeof(text)), 1);
	ck_assert_str_eq(text, "0");
	(void)close(fd);
	(void)unlink(path);
	(void)rmdir(directory);
}
END_TEST

/* Where we may make a control group of the second version: a real one. */
START_TEST(D10_cgroup_for_real)
{
	static const char *const mounts[] = { "/sys/fs/cgroup",
		"/sys/fs/cgroup/unified" };
	char directory[96] = "";
	char name[32];
	const char *text;

	(void)snprintf(name, sizeof(name), "/buskin-check-%d", (int)getpid());
	for (int i = 0; i < 2; i++) {
		(void)snprintf(directory, sizeof(directory),
		    "%s/cgroup.controllers", mounts[i]);
		if (access(directory, F_OK) < 0)
			continue;
		(void)snprintf(directory, sizeof(directory), "%s%s",
		    mounts[i], name);
		if (mkdir(directory, 0755) == 0)
			break;
		directory[0] = '\0';
	}
	if (access(directory, F_OK) < 0)
		return;
	text = says((struct bsk_process_config){
	    .cgroup = bsk_text_copy(directory) }, "grep ^0: /proc/self/cgroup");
	ck_assert_ptr_nonnull(strstr(text, name));
	ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

/* A whole parent that dies without a word; its child holds the pipe. */
static void
die_young(int life)
{
	bsk_list fds = bsk_list_new(sizeof(struct bsk_process_fd), 1);

	*(struct bsk_process_fd *)fds.items = (struct bsk_process_fd){
		bsk_fd_own(life), 7 };
	employer_begin();
	(void)employer_run((struct bsk_process_config){ .fds = fds,
	    .parent_death = SIGKILL, .in = BSK_STDIO_NULL,
	    .command = WORDS("sleep", "1000") });
	(void)employer_started(1);
	_exit(0);
}

START_TEST(D10_parent_death)
{
	int status = -1;
	int ends[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		die_young(ends[1]);
	ck_assert_int_eq(close(ends[1]), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
	ck_assert_int_eq(close(ends[0]), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("a child's world");
	TCase *tcase = harness_case("a child's world");

	tcase_add_checked_fixture(tcase, employer_begin, employer_end);
	tcase_add_test(tcase, D10_descriptors);
	tcase_add_test(tcase, D10_more_descriptors);
	tcase_add_test(tcase, D10_session_and_group);
	tcase_add_test(tcase, D10_group_of_another);
	tcase_add_test(tcase, D10_user);
	tcase_add_test(tcase, D10_umask_and_directory);
	tcase_add_test(tcase, D10_environment);
	tcase_add_test(tcase, D10_environment_cleared);
	tcase_add_test(tcase, D10_limits);
	tcase_add_test(tcase, D10_cgroup);
	tcase_add_test(tcase, D10_cgroup_for_real);
	suite_add_tcase(s, tcase);
	tcase = harness_case("a child's world, from without");
	tcase_add_test(tcase, D10_signals);
	tcase_add_test(tcase, D10_parent_death);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
