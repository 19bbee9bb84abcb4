/* uv_children.c - rows C, D and L and what belongs to them. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "uv_rows.h"

/* Runs the script to its end. */
static void
run(struct child *child, const char *script)
{
	child_start(child, script, "");
	expect(until(&child->exits, 1), "the end was never told");
}

ROW(C01)
{
	static const int codes[] = { 0, 1, 77, 127, 255 };
	struct child child;
	char script[32];

	for (int i = 0; i < 5; i++) {
		(void)snprintf(script, sizeof script, "exit %d", codes[i]);
		run(&child, script);
		expect(child.code == codes[i] && child.signal == 0,
		    "wrong code");
	}
}

ROW(C02)
{
	static const int numbers[] = { 9, 15, 6 };
	struct child child;
	char script[32];

	for (int i = 0; i < 3; i++) {
		(void)snprintf(script, sizeof script, "kill -%d $$",
		    numbers[i]);
		run(&child, script);
		expect(child.signal == numbers[i], "told %d", child.signal);
	}
}

ROW(C04)
{
	struct child child;

	child_start(&child, "kill -STOP $$; exit 5", "");
	a_while();
	expect(child.exits == 0, "a stop was told as an end");
	(void)uv_process_kill(&child.process, SIGCONT);
	expect(until(&child.exits, 1) && child.code == 5, "wrong code");
}

ROW(D02)
{
	struct child child;

	for (int i = 0; i < 100; i++) {
		run(&child, "exit 0");
		expect(child.code == 0, "wrong code");
	}
}

/* Starts a program that is not there, or elsewhere. */
static int
start_badly(char *file, const char *cwd)
{
	static struct child child;
	char *words[] = { file, NULL };
	uv_process_options_t options = { .file = file, .args = words,
		.cwd = cwd };

	return child_spawn(&child, &options);
}

ROW(D03)
{
	struct child child;
	int before;

	run(&child, "exit 0");
	uv_close((uv_handle_t *)&child.process, NULL);
	a_while();
	before = open_fds();
	expect(start_badly((char *)"/nowhere", NULL) < 0, "it started");
	expect(start_badly((char *)"true", "/nowhere") < 0, "it started");
	a_while();
	expect(open_fds() == before, "descriptors are left");
	expect(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
	    "a zombie is left");
}

ROW(D05)
{
	int file = open("text", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	(void)close(file);
	expect(start_badly((char *)"/nowhere", NULL) == UV_ENOENT &&
	    start_badly((char *)"./text", NULL) == UV_EACCES &&
	    start_badly((char *)"/bin/true", "/no/dir") == UV_ENOENT,
	    "wrong errno");
	expect(false, "ENOENT for the program and for the directory alike: not"
	    " told what was missing");
}

ROW(D06)
{
	char *words[] = { (char *)"/bin/sh", (char *)"-c",
		(char *)"cat; echo out; echo err >&2", NULL };
	uv_stdio_container_t stdio[3] = { { .flags = UV_IGNORE },
		{ .flags = UV_INHERIT_FD }, { .flags = UV_INHERIT_FD } };
	uv_process_options_t options = { .file = words[0], .args = words,
		.stdio = stdio, .stdio_count = 3 };
	struct child child = { .exits = 0 };
	char seen[16] = "";
	int file = open("given", O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	stdio[1].data.fd = stdio[2].data.fd = file;
	expect(child_spawn(&child, &options) == 0 && until(&child.exits, 1),
	    "failed");
	expect(pread(file, seen, sizeof seen - 1, 0) == 8 &&
	    strcmp(seen, "out\nerr\n") == 0, "a given descriptor, joined");
	child_start(&child, "cat", "io");
	expect(ear_write(&child.ends[0], 5) == 0, "not written");
	ear_finish(&child.ends[0]);
	expect(until(&child.ends[1].bytes, 5), "pipes");
}

ROW(D10)
{
	struct child child;
	int foreign = fcntl(0, F_DUPFD, 37);

	expect(foreign == 37, "no descriptor");
	child_start(&child, "[ ! -e /proc/$$/fd/37 ]", "");
	expect(until(&child.exits, 1) && child.code == 0,
	    "the child also got 37");
}

/* The exit is told while a grandchild holds the pipe. */
static void
leave_grandchild(void)
{
	struct child child;

	child_start(&child, "sleep 1000 & read x; exit 3", "io");
	ear_finish(&child.ends[0]);
	expect(until(&child.exits, 1), "the exit was never told");
	expect(child.code == 3 && child.ends[1].ends == 0, "in another order");
}

ROW(D13)
{
	leave_grandchild();
}

ROW(D14)
{
	leave_grandchild();
}

ROW(X06)
{
	leave_grandchild();
}

ROW(D17)
{
	struct child child;

	child_start(&child, "exec sleep 1000", "");
	expect(uv_process_kill(&child.process, SIGTERM) == 0, "not sent");
	expect(until(&child.exits, 1) && child.signal == SIGTERM,
	    "wrong end");
	expect(uv_process_kill(&child.process, SIGTERM) == UV_ESRCH,
	    "no error after the end");
}

ROW(D21)
{
	struct child child;

	child_start(&child, "exec sleep 1000", "i");
	expect(ear_write(&child.ends[0], MUCH) == 0, "refused");
	a_while();
	expect(child.ends[0].answers == 0, "the feeder went on");
}

ROW(D22)
{
	struct child child;

	child_start(&child, "exec <&-; echo x; exec sleep 1000", "io");
	expect(until(&child.ends[1].bytes, 2), "no word");
	(void)ear_write(&child.ends[0], 1);
	expect(until(&child.ends[0].answers, 1), "no answer");
	expect(child.ends[0].write_error == UV_EPIPE, "nobody was told");
}

ROW(D23)
{
	struct child child;

	child_start(&child, "dd if=/dev/zero bs=600000 count=1 2>/dev/null",
	    "o");
	expect(until(&child.ends[1].ends, 1), "no end");
	expect(child.ends[1].bytes == 600000, "%d came", child.ends[1].bytes);
}

/* Somebody else buries the child before the loop hears of its end. */
static void
bury_early(void)
{
	struct child child;

	child_start(&child, "exec sleep 1000", "");
	(void)kill(child.process.pid, SIGKILL);
	(void)waitpid(child.process.pid, NULL, 0);
	expect(until(&child.exits, 1), "the end is never told");
}

ROW(L12)
{
	bury_early();
}

ROW(X09)
{
	bury_early();
}

ROW(L40)
{
	struct child child;

	(void)signal(SIGCHLD, SIG_IGN);
	run(&child, "exit 0");
}

ROW(X04)
{
	static struct child children[1000];
	char script[32];
	int wrong = 0;

	for (int i = 0; i < 1000; i++) {
		(void)snprintf(script, sizeof script, "exit %d", i % 100);
		child_start(&children[i], script, "");
		(void)uv_run(uv_default_loop(), UV_RUN_NOWAIT);
	}
	for (int i = 0; i < 1000; i++) {
		expect(until(&children[i].exits, 1), "one was never told");
		wrong += children[i].code != i % 100;
	}
	expect(wrong == 0, "%d of 1000 codes are wrong", wrong);
}

/* --- a recycled number ---------------------------------------------------- */

/* A child of ours that got this number. */
static pid_t
bystander(pid_t wanted)
{
	FILE *file = fopen("/proc/sys/kernel/ns_last_pid", "we");
	pid_t pid;

	if (file == NULL || fprintf(file, "%d", (int)wanted - 1) < 0 ||
	    fclose(file) != 0)
		cannot_show("the number of the next process cannot be chosen");
	pid = fork();
	if (pid == 0) {
		for (;;)
			(void)pause();
	}
	return pid;
}

static void
recycle(void)
{
	struct child child;
	pid_t pid;

	run(&child, "exit 0");
	pid = bystander(child.process.pid);
	if (pid != child.process.pid)
		cannot_show("somebody else got the number");
	(void)uv_process_kill(&child.process, SIGTERM);
	uv_sleep(100);
	expect(waitpid(pid, NULL, WNOHANG) == 0, "the new owner of the number"
	    " got the signal, after the end was told");
}

ROW(X05)
{
	pid_t pid;

	if (unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS) < 0)
		cannot_show("no user namespace is permitted");
	pid = fork();
	if (pid > 0) {
		(void)waitpid(pid, NULL, 0);
		return;
	}
	(void)mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	(void)mount("proc", "/proc", "proc", 0, NULL);
	recycle();
	_exit(0);
}

/* --- many ----------------------------------------------------------------- */

/* How many waits twenty exits cost while so many others live. */
static int
cost(int live)
{
	static struct child crowd[300];
	struct child child;
	int before;
	int cost;

	for (int i = 0; i < live; i++)
		child_start(&crowd[i], "exec sleep 1000", "");
	before = waits();
	for (int i = 0; i < 20; i++)
		run(&child, "exit 0");
	cost = waits() - before;
	for (int i = 0; i < live; i++)
		(void)uv_process_kill(&crowd[i].process, SIGKILL);
	for (int i = 0; i < live; i++)
		expect(until(&crowd[i].exits, 1), "one was never told");
	return cost;
}

ROW(X22)
{
	int few = cost(10);
	int many = cost(300);

	expect(many <= 2 * few + 20, "20 exits cost %d waits with 10 live"
	    " children and %d with 300", few, many);
}
