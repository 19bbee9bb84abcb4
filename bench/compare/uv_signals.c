/* uv_signals.c - rows B and what belongs to them. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "uv_rows.h"

/* Somebody who watches a signal. */
struct guard {
	uv_signal_t handle;
	int         calls;
};

static void
on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	((struct guard *)handle->data)->calls++;
}

static int
guard_start(struct guard *guard, int number)
{
	guard->calls = 0;
	(void)uv_signal_init(uv_default_loop(), &guard->handle);
	guard->handle.data = guard;
	return uv_signal_start(&guard->handle, on_signal, number);
}

static void
guard_close(struct guard *guard)
{
	uv_close((uv_handle_t *)&guard->handle, NULL);
}

ROW(B02)
{
	static const int numbers[] = { 0, -1, 65, 32, 33 };
	static struct guard guards[5];

	for (int i = 0; i < 5; i++)
		expect(guard_start(&guards[i], numbers[i]) < 0,
		    "%d was taken", numbers[i]);
}

ROW(B03)
{
	static struct guard guards[65];

	for (int i = SIGRTMIN; i <= 64; i++) {
		expect(guard_start(&guards[i], i) == 0, "%d was refused", i);
		(void)kill(getpid(), i);
	}
	for (int i = SIGRTMIN; i <= 64; i++)
		expect(until(&guards[i].calls, 1), "%d never came", i);
}

static void
on_signal_elsewhere(uv_signal_t *handle, int number)
{
	on_signal(handle, number);
	(void)uv_signal_stop(handle);
}

static void
watch_elsewhere(void *arg)
{
	struct guard *guard = arg;
	uv_loop_t loop;

	(void)uv_loop_init(&loop);
	(void)uv_signal_init(&loop, &guard->handle);
	guard->handle.data = guard;
	if (uv_signal_start(&guard->handle, on_signal_elsewhere,
	    SIGUSR1) == 0 && kill(getpid(), SIGUSR1) == 0)
		(void)uv_run(&loop, UV_RUN_DEFAULT);
}

ROW(B06)
{
	struct guard guard = { .calls = 0 };
	uv_thread_t thread;

	(void)uv_thread_create(&thread, watch_elsewhere, &guard);
	(void)uv_thread_join(&thread);
	expect(guard.calls == 1, "told %d times", guard.calls);
}

ROW(B07)
{
	struct guard guards[3];
	int before;

	(void)guard_start(&guards[2], SIGUSR1);
	guard_close(&guards[2]);
	a_while();
	before = open_fds();
	expect(guard_start(&guards[0], SIGKILL) < 0, "SIGKILL was taken");
	expect(guard_start(&guards[1], SIGSTOP) < 0, "SIGSTOP was taken");
	expect(open_fds() == before, "descriptors are left");
}

ROW(B10)
{
	struct guard guard;

	(void)guard_start(&guard, SIGUSR1);
	(void)kill(getpid(), SIGUSR1);
	expect(guard.calls == 0, "told in the middle of another handler");
	expect(until(&guard.calls, 1), "never told");
}

static void
read_one(void *arg)
{
	int *fds = arg;
	char byte;

	fds[2] = read(fds[0], &byte, 1) == 1 ? 1 : -1;
}

ROW(B11)
{
	struct guard guard;
	uv_thread_t thread;
	int fds[3] = { 0, 0, 0 };

	expect(pipe2(fds, O_CLOEXEC) == 0, "no pipe");
	(void)guard_start(&guard, SIGUSR1);
	(void)uv_thread_create(&thread, read_one, fds);
	for (int i = 0; i < 20; i++) {
		(void)pthread_kill(thread, SIGUSR1);
		(void)uv_run(uv_default_loop(), UV_RUN_NOWAIT);
		uv_sleep(5);
	}
	expect(write(fds[1], "x", 1) == 1, "not written");
	(void)uv_thread_join(&thread);
	expect(fds[2] == 1, "the read of another thread was broken off");
}

ROW(B12)
{
	struct guard guards[2];

	(void)guard_start(&guards[0], SIGUSR1);
	(void)guard_start(&guards[1], SIGUSR1);
	(void)kill(getpid(), SIGUSR1);
	expect(until(&guards[0].calls, 1), "the first was never told");
	expect(until(&guards[1].calls, 1), "the second was never told");
}

ROW(B13)
{
	const int numbers[] = { SIGUSR2, SIGUSR1, SIGRTMIN };
	struct guard guards[3];

	for (int i = 0; i < 3; i++)
		(void)guard_start(&guards[i], numbers[i]);
	for (int i = 0; i < 9; i++)
		(void)kill(getpid(), numbers[i / 3]);
	a_while();
	expect(guards[2].calls == 3, "real-time signals were lost");
	expect(guards[0].calls > 0 && guards[1].calls > 0,
	    "a number was lost");
}

ROW(B15)
{
	struct guard guard;

	(void)guard_start(&guard, SIGUSR1);
	(void)kill(getpid(), SIGUSR1);
	(void)uv_signal_stop(&guard.handle);
	a_while();
	expect(guard.calls == 0, "told after the end");
}

ROW(B21)
{
	struct guard guard;
	struct sigaction now;

	(void)signal(SIGHUP, SIG_IGN);
	(void)guard_start(&guard, SIGHUP);
	(void)uv_signal_stop(&guard.handle);
	(void)sigaction(SIGHUP, NULL, &now);
	expect(now.sa_handler == SIG_IGN, "ignored before, default after");
}

ROW(B24)
{
	struct guard guards[2];
	struct sigaction now;

	(void)guard_start(&guards[0], SIGUSR1);
	(void)guard_start(&guards[1], SIGTERM);
	guard_close(&guards[0]);
	guard_close(&guards[1]);
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	expect(uv_loop_close(uv_default_loop()) == 0, "not closed");
	(void)sigaction(SIGUSR1, NULL, &now);
	expect(now.sa_handler == SIG_DFL, "SIGUSR1 is still caught");
	(void)sigaction(SIGTERM, NULL, &now);
	expect(now.sa_handler == SIG_DFL, "SIGTERM is still caught");
}

/* All but the last come so often, the last once and at the end, while the loop
 * is busy. */
static void
flood(int times, const int *numbers, int count)
{
	struct guard guards[8];
	int told = 0;

	for (int i = 0; i < count; i++)
		(void)guard_start(&guards[i], numbers[i]);
	for (int i = 0; i < times; i++)
		(void)kill(getpid(), numbers[i % (count - 1)]);
	(void)kill(getpid(), numbers[count - 1]);
	a_while();
	for (int i = 0; i < count; i++)
		told += guards[i].calls;
	for (int i = 0; i < count; i++)
		expect(guards[i].calls > 0, "of %d, %d were told and number %d"
		    " never", times + 1, told, numbers[i]);
}

ROW(B26)
{
	const int numbers[] = { SIGUSR1, SIGUSR2 };

	flood(3000, numbers, 2);
}

ROW(X01)
{
	const int numbers[] = { SIGUSR1, SIGUSR2, SIGTERM, SIGRTMIN + 1,
		SIGHUP };

	flood(100000, numbers, 5);
}

ROW(X02)
{
	struct guard guard;
	pid_t pid;

	(void)guard_start(&guard, SIGUSR1);
	pid = fork();
	if (pid == 0) {
		(void)kill(getpid(), SIGUSR1);
		uv_sleep(100);
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
	a_while();
	expect(guard.calls == 0, "the parent was told of its child's signal");
}

static void
mine(int number)
{
	(void)number;
}

/* What a program may have chosen before. */
static void
(*chosen(int number))(int)
{
	return number % 2 ? mine : SIG_IGN;
}

static bool
is_catchable(int number)
{
	return number != SIGKILL && number != SIGSTOP && number != 32 &&
	    number != 33;
}

ROW(X03)
{
	static struct guard guards[65];
	struct sigaction now;
	int lost = 0;

	for (int i = 1; i <= 64; i++) {
		if (is_catchable(i)) {
			(void)signal(i, chosen(i));
			(void)guard_start(&guards[i], i);
		}
	}
	for (int i = 1; i <= 64; i++) {
		if (is_catchable(i))
			guard_close(&guards[i]);
	}
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	for (int i = 1; i <= 64; i++) {
		(void)sigaction(i, NULL, &now);
		lost += is_catchable(i) && now.sa_handler != chosen(i);
	}
	expect(lost == 0, "%d of 60 are not as before", lost);
}
