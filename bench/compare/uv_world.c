/* uv_world.c - rows A and N: the loop, and what a process owes its
 * surroundings.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "uv_rows.h"

/* --- the loop ------------------------------------------------------------- */

/* Numbers that one thread hands to another. */
struct handing {
	uv_async_t wake;
	uv_mutex_t lock;
	int        queue[1000];
	int        given;
	int        taken; /* in order, so far */
};

static void
on_wake(uv_async_t *wake)
{
	struct handing *handing = wake->data;

	uv_mutex_lock(&handing->lock);
	while (handing->taken < handing->given &&
	    handing->queue[handing->taken] == handing->taken)
		handing->taken++;
	uv_mutex_unlock(&handing->lock);
}

static void
hand_over(void *arg)
{
	struct handing *handing = arg;

	uv_sleep(100);
	for (int i = 0; i < 1000; i++) {
		uv_mutex_lock(&handing->lock);
		handing->queue[handing->given++] = i;
		uv_mutex_unlock(&handing->lock);
		(void)uv_async_send(&handing->wake);
	}
}

ROW(A08)
{
	static struct handing handing;
	uv_thread_t thread;

	(void)uv_mutex_init(&handing.lock);
	(void)uv_async_init(uv_default_loop(), &handing.wake, on_wake);
	handing.wake.data = &handing;
	(void)uv_thread_create(&thread, hand_over, &handing);
	expect(until(&handing.taken, 1000), "%d of 1000 came", handing.taken);
	(void)uv_thread_join(&thread);
}

struct alarms {
	uv_timer_t timers[1000];
	uint64_t   due_ns;
	int        fired;
	int        early;
	int        unordered;
};
static struct alarms alarms;

static void
on_timer(uv_timer_t *timer)
{
	alarms.early += uv_hrtime() < alarms.due_ns;
	alarms.unordered += timer != &alarms.timers[alarms.fired];
	alarms.fired++;
}

static void
set_alarms(int count, uint64_t after_ms)
{
	uv_update_time(uv_default_loop());
	/* The loop's clock has milliseconds, and may be one behind. */
	alarms.due_ns = uv_hrtime() + (after_ms - 1) * 1000000;
	for (int i = 0; i < count; i++) {
		(void)uv_timer_init(uv_default_loop(), &alarms.timers[i]);
		(void)uv_timer_start(&alarms.timers[i], on_timer, after_ms,
		    0);
	}
}

ROW(A09)
{
	set_alarms(100, 50);
	expect(until(&alarms.fired, 100), "not all fired");
	expect(alarms.early == 0, "%d fired early", alarms.early);
	expect(alarms.unordered == 0, "those of equal time fire out of order");
}

ROW(A10)
{
	uv_timer_t lasting;

	(void)uv_timer_init(uv_default_loop(), &lasting);
	(void)uv_timer_start(&lasting, on_timer, UINT64_C(1) << 42, 0);
	set_alarms(1000, 10);
	for (int i = 0; i < 1000; i++)
		(void)uv_timer_stop(&alarms.timers[i]);
	a_while();
	expect(alarms.fired == 0, "%d fired", alarms.fired);
}

/* Two descriptors that are ready in the same turn. */
struct twins {
	uv_poll_t polls[2];
	int       told;
	bool      stop_loop;
};

static void
on_twin(uv_poll_t *poll, int error, int events)
{
	struct twins *twins = poll->data;

	(void)error;
	(void)events;
	twins->told++;
	if (twins->stop_loop) {
		uv_stop(poll->loop);
		(void)uv_poll_stop(poll);
	} else {
		(void)uv_poll_stop(&twins->polls[0]);
		(void)uv_poll_stop(&twins->polls[1]);
	}
}

static void
twins_start(struct twins *twins)
{
	int fds[2];

	for (int i = 0; i < 2; i++) {
		expect(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0 &&
		    write(fds[1], "x", 1) == 1, "no pipe");
		(void)uv_poll_init(uv_default_loop(), &twins->polls[i],
		    fds[0]);
		twins->polls[i].data = twins;
		(void)uv_poll_start(&twins->polls[i], UV_READABLE, on_twin);
	}
}

ROW(A17)
{
	struct twins twins = { .stop_loop = true };

	twins_start(&twins);
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	expect(twins.told == 2, "what was ready was left");
}

ROW(A25)
{
	struct twins twins = { .stop_loop = false };

	twins_start(&twins);
	a_while();
	expect(twins.told == 1, "%d were told", twins.told);
}

static void
on_close_time(uv_timer_t *timer)
{
	*(int *)timer->data = uv_loop_close(timer->loop) == UV_EBUSY ? 1 : -1;
}

ROW(A18)
{
	uv_timer_t timer;
	int told = 0;

	(void)uv_timer_init(uv_default_loop(), &timer);
	timer.data = &told;
	(void)uv_timer_start(&timer, on_close_time, 1, 0);
	expect(until(&told, 1), "a running loop let itself be closed");
}

ROW(A21)
{
	struct ear ear;
	uv_poll_t poll;
	int fd;

	(void)ear_pair(&ear);
	ear_listen(&ear);
	(void)uv_fileno((uv_handle_t *)&ear.pipe, &fd);
	expect(uv_poll_init(uv_default_loop(), &poll, fd) == UV_EEXIST,
	    "somebody else's descriptor was taken");
}

ROW(A26)
{
	uv_poll_t polls[2];

	expect(uv_poll_init(uv_default_loop(), &polls[0],
	    open("/dev/null", O_RDWR | O_CLOEXEC)) == UV_EPERM,
	    "/dev/null was watched");
	expect(uv_poll_init(uv_default_loop(), &polls[1],
	    open("plain", O_CREAT | O_RDWR | O_CLOEXEC, 0600)) == UV_EPERM,
	    "plain was watched");
}

ROW(A27)
{
	struct ear ear;
	char text[512] = "";
	FILE *report = tmpfile();

	(void)ear_pair(&ear);
	expect(uv_loop_close(uv_default_loop()) == UV_EBUSY,
	    "closed all the same");
	uv_print_all_handles(uv_default_loop(), report);
	rewind(report);
	(void)fread(text, 1, sizeof text - 1, report);
	expect(strstr(text, "pipe") != NULL, "nobody was told");
}

/* --- the surroundings ----------------------------------------------------- */

/* The mask that a line of /proc/self/status shows for a child. */
static unsigned long long
mask_of_child(const char *script)
{
	struct child child;
	const char *text = child_says(&child, script, 17);

	return strtoull(text, NULL, 16);
}

ROW(N01)
{
	struct ear ear;
	int peer = ear_pair(&ear);

	(void)signal(SIGPIPE, SIG_DFL);
	(void)close(peer);
	(void)ear_write(&ear, 1);
	a_while();
	expect(mask_of_child("sed -n s/SigIgn:.//p /proc/self/status") == 0,
	    "the child ignores signals");
}

/* What is open in a process that was started by other means. */
static void
look_at_inherited(void)
{
	char text[256] = "";
	FILE *list = popen("ls /proc/self/fd | sort -n | tail -n 1", "re");

	expect(list != NULL && fgets(text, sizeof text, list) != NULL,
	    "no list");
	(void)pclose(list);
	expect(atoi(text) <= 3, "inherited: up to %d", atoi(text));
}

static void
on_any_signal(uv_signal_t *handle, int number)
{
	(void)handle;
	(void)number;
}

ROW(N02)
{
	static struct server server;
	struct child child;
	uv_signal_t guard;

	expect(server_start(&server, "s", 10) == 0 &&
	    plain_connected("s") >= 0 && until(&server.accepted, 1),
	    "not served");
	(void)uv_signal_init(uv_default_loop(), &guard);
	(void)uv_signal_start(&guard, on_any_signal, SIGUSR1);
	child_start(&child, "read x", "io");
	look_at_inherited();
}

static void
interrupt(int number)
{
	(void)number;
}

ROW(N03)
{
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = interrupt };
	struct ear ear;
	struct child child;
	int peer = ear_pair(&ear);

	ear_listen(&ear);
	(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &often, NULL);
	(void)ear_write(&ear, 4 * MUCH);
	expect(take(peer, 4 * MUCH) == 4 * MUCH, "broken off");
	child_start(&child, "exit 3", "");
	expect(until(&child.exits, 1) && child.code == 3, "no end");
	(void)setitimer(ITIMER_REAL, &never, NULL);
	expect(ear.ends == 0, "%s", uv_strerror(ear.error));
}

/* Sends back what comes, a little at a time. */
static void
echo(void *arg)
{
	int fd = *(int *)arg;
	char bytes[1000];
	ssize_t count;

	while ((count = read(fd, bytes, sizeof bytes)) != 0) {
		for (ssize_t sent = 0; sent < count;) {
			ssize_t part = send(fd, bytes + sent,
			    (size_t)(count - sent), MSG_NOSIGNAL);

			sent += part > 0 ? part : 0;
		}
	}
}

ROW(N04)
{
	struct ear ear;
	uv_thread_t thread;
	int small = 4096;
	int peer = ear_pair(&ear);

	(void)setsockopt(peer, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	ear_listen(&ear);
	(void)uv_thread_create(&thread, echo, &peer);
	(void)ear_write(&ear, MUCH);
	expect(until(&ear.bytes, (int)MUCH), "cut short");
	ear_close(&ear);
	expect(until(&ear.closed, 1), "no end");
	(void)uv_thread_join(&thread);
}

ROW(N05)
{
	sigset_t mask;

	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGUSR2);
	(void)pthread_sigmask(SIG_BLOCK, &mask, NULL);
	expect(mask_of_child("sed -n s/SigBlk:.//p /proc/self/status") == 0,
	    "the child blocks signals");
}

ROW(N07)
{
	const struct rlimit limit = { 4096, 4096 };
	struct ear ear;
	int fds[2];

	(void)setrlimit(RLIMIT_NOFILE, &limit);
	expect(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "no sockets");
	ear_open(&ear, fcntl(fds[0], F_DUPFD_CLOEXEC, 2000));
	ear_listen(&ear);
	expect(write(fds[1], "x", 1) == 1 && until(&ear.bytes, 1),
	    "never read");
}
