/* peer_epoll_children.c - children and signals of the peer that is written by
 * hand: posix_spawn, a pidfd for each child, a signalfd.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"
#include "peer_epoll.h"

#define SIGNALS 128 /* that are read in one go */

extern char **environ;

/* Fixed before the loop runs; changed by whatever it tells. */
static struct peer_parent parent;
static struct peer_reaper reaper;
static struct peer_cat cat;
static struct peer_ear *ear;

/* --- a child ------------------------------------------------------------ */

struct child {
	struct watch watch;
	pid_t pid;
	int expected; /* its code */
	void (*ended)(struct child *child, int status);
};

/* `in` and `out` are copied to where a child has them; below 0: ours. */
static pid_t
start(char *const *command, int in, int out)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int error;

	(void)posix_spawn_file_actions_init(&actions);
	if (in >= 0)
		(void)posix_spawn_file_actions_adddup2(&actions, in,
		    STDIN_FILENO);
	if (out >= 0)
		(void)posix_spawn_file_actions_adddup2(&actions, out,
		    STDOUT_FILENO);
	error = posix_spawn(&pid, command[0], &actions, NULL, command, environ);
	io_must(-error, command[0]);
	(void)posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static void
on_end(struct watch *watch, uint32_t events)
{
	struct child *self = (struct child *)watch;
	int status;

	(void)events;
	if (waitpid(self->pid, &status, WNOHANG) != self->pid)
		return;
	loop_close(watch);
	loop_free(watch);
	self->ended(self, status);
}

static void
watch_child(pid_t pid, int expected, void (*ended)(struct child *, int))
{
	struct child *self = calloc(1, sizeof(*self));

	io_must(self == NULL ? -ENOMEM : 0, "calloc");
	self->pid = pid;
	self->expected = expected;
	self->ended = ended;
	self->watch.ready = on_end;
	self->watch.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	io_must(self->watch.fd < 0 ? -errno : 0, "pidfd_open");
	loop_add(&self->watch, EPOLLIN);
}

static bool
has_code(int status, int code)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

/* --- spawn ---------------------------------------------------------------- */

static void start_true(void);

static void
on_true(struct child *child, int status)
{
	if (peer_spawn_more(&parent, has_code(status, child->expected) ? 0 : 1))
		start_true();
	else if (parent.ended == parent.total)
		loop_stop();
}

static void
start_true(void)
{
	char *command[] = { "/bin/true", NULL };
	int64_t begun_ns = io_now_ns();
	pid_t pid = start(command, -1, -1);

	parent.stall_ns += io_now_ns() - begun_ns;
	parent.started++;
	watch_child(pid, 0, on_true);
}

void
epoll_spawn(char **arguments)
{
	peer_spawn_begin(&parent, arguments);
	for (long i = 0; i < parent.at_once; i++)
		start_true();
	loop_run();
	peer_spawn_print(&parent);
}

/* --- reap ---------------------------------------------------------------*/

static void
on_held(struct child *child, int status)
{
	if (peer_reap_ended(&reaper, has_code(status, child->expected)))
		loop_stop();
}

void
epoll_reap(char **arguments)
{
	peer_reap_begin(&reaper, arguments);
	for (long i = 0; i < reaper.total; i++) {
		char code[16];
		char *command[] = { reaper.holder, code, NULL };

		(void)snprintf(code, sizeof(code), "%d", peer_reap_code(i));
		watch_child(start(command, reaper.pipe[0], -1),
		    peer_reap_code(i), on_held);
	}
	peer_reap_release(&reaper);
	loop_run();
}

/* --- cat -----------------------------------------------------------------*/

static void
on_hungry(struct watch *watch, uint32_t events)
{
	char *bytes;
	size_t size = peer_cat_next(&cat, &bytes);
	ssize_t written;

	(void)events;
	if (size == 0) {
		loop_close(watch);
		return;
	}
	written = write(watch->fd, bytes, size);
	if (written > 0)
		cat.sent += (uint64_t)written;
	else if (errno != EAGAIN)
		io_must(-errno, "write");
}

static void
on_fed(struct watch *watch, uint32_t events)
{
	static char bytes[PEER_CAT_BLOCK];
	ssize_t got = read(watch->fd, bytes, sizeof(bytes));

	(void)events;
	if (got > 0)
		peer_cat_take(&cat, bytes, (size_t)got);
	else if (got == 0)
		loop_stop();
}

void
epoll_cat(char **arguments)
{
	char *command[] = { "/bin/cat", NULL };
	struct watch hungry = { .ready = on_hungry };
	struct watch fed = { .ready = on_fed };
	int in[2];
	int out[2];

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		io_must(-errno, "pipe2");
	(void)start(command, in[0], out[1]);
	(void)close(in[0]);
	(void)close(out[1]);
	(void)fcntl(in[1], F_SETFL, O_NONBLOCK);
	(void)fcntl(out[0], F_SETFL, O_NONBLOCK);
	hungry.fd = in[1];
	fed.fd = out[0];
	peer_cat_begin(&cat, arguments);
	loop_add(&hungry, EPOLLOUT);
	loop_add(&fed, EPOLLIN);
	loop_run();
	peer_cat_print(&cat);
}

/* --- signals -------------------------------------------------------------*/

static void
on_signals(struct watch *watch, uint32_t events)
{
	static struct signalfd_siginfo told[SIGNALS];
	ssize_t size = read(watch->fd, told, sizeof(told));

	(void)events;
	for (; size >= (ssize_t)sizeof(told[0]); size -= (ssize_t)sizeof(*told))
		peer_ear_hear(ear);
}

void
epoll_signals(char **arguments)
{
	struct watch watch = { .ready = on_signals };
	sigset_t mask;

	ear = peer_ear_open(arguments[0]);
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, (int)io_count(arguments[1]));
	(void)sigprocmask(SIG_BLOCK, &mask, NULL);
	watch.fd = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
	loop_add(&watch, EPOLLIN);
	ear->ready = 1;
	loop_run();
}
