/* os_child.c - a child between its birth and its program.
 *
 * It lives in its parent's memory, whose other threads run on, so it does
 * almost nothing: it makes system calls and writes to its own stack and to its
 * struct os_child. It takes no lock, allocates nothing and calls no function
 * of libc that does more than the call itself. The sanitizers are kept out,
 * since they would book what it does on its parent's account and never see
 * it return.
 *
 * The calls are made raw also because libc's setuid and its kin would give
 * the new user to every thread of the parent.
 */
#include "os_child.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fcntl.h>

#ifdef __clang__
#define UNSEEN __attribute__((disable_sanitizer_instrumentation))
#else
#define UNSEEN __attribute__((no_sanitize("address", "thread", "undefined")))
#endif

#define FIRST_OTHER_FD 3U /* behind standard input, output and error */
#define SIGNAL_END 65 /* one past the last; libc's own two are among them */
#define SET_SIZE 8U /* of the kernel's signal set, in bytes */

/* All zeroes is the default disposition in the kernel's struct sigaction, which
 * is shorter than this everywhere, and is the empty set too. */
static const unsigned long zeroes[16];

UNSEEN static int
outcome(long result)
{
	return result < 0 ? -errno : 0;
}

UNSEEN static int
reset_dispositions(const struct os_child *child)
{
	int error = 0;

	(void)child;
	for (int number = 1; number < SIGNAL_END && error == 0; number++)
		if (number != SIGKILL && number != SIGSTOP)
			error = outcome(syscall(SYS_rt_sigaction, number,
			    zeroes, NULL, SET_SIZE));
	return error;
}

UNSEEN static int
enter_session(const struct os_child *child)
{
	const struct bsk_os_spawn *how = child->how;

	if (how->new_session && syscall(SYS_setsid) < 0)
		return -errno;
	/* A new session begins with a group of its own, and its leader may
	 * not even ask for what it has. */
	if (how->process_group < 0 ||
	    (how->new_session && how->process_group == 0))
		return 0;
	return outcome(syscall(SYS_setpgid, 0, how->process_group));
}

/* Whether some entry before `end` overwrites the number `fd`. */
UNSEEN static int
is_overwritten(const struct bsk_os_spawn *how, size_t end, int fd)
{
	for (size_t i = 0; i < end; i++)
		if (how->fds[i].to == fd && how->fds[i].from != fd)
			return 1;
	return 0;
}

/* Saves `fd` under a number that no entry asks for. The copies it makes on
 * the way to one are close-on-exec, or overwritten. */
UNSEEN static int
save(const struct bsk_os_spawn *how, int fd)
{
	int copy = 0;

	do {
		copy = (int)syscall(
		    SYS_fcntl, fd, F_DUPFD_CLOEXEC, copy + 1);
		if (copy < 0)
			return -errno;
	} while (is_overwritten(how, how->fd_count, copy));
	return copy;
}

UNSEEN static int
place(int source, int to)
{
	if (source == to)
		return outcome(syscall(SYS_fcntl, to, F_SETFD, 0));
	return outcome(syscall(SYS_dup3, source, to, 0));
}

/* First whatever would be overwritten before its turn is saved, then all get
 * their numbers: so the entries may swap, and run in circles. */
UNSEEN static int
move_fds(const struct os_child *child)
{
	const struct bsk_os_spawn *how = child->how;

	/* What a foreign library has left open across exec is not for the
	 * child. Kernels before 5.11 cannot do this, and go without. */
	(void)syscall(SYS_close_range, FIRST_OTHER_FD, ~0U,
	    CLOSE_RANGE_CLOEXEC);
	for (size_t i = 0; i < how->fd_count; i++) {
		int from = how->fds[i].from;

		child->sources[i] =
		    is_overwritten(how, i, from) ? save(how, from) : from;
		if (child->sources[i] < 0)
			return from < 0 ? -EBADF : child->sources[i];
	}
	for (size_t i = 0; i < how->fd_count; i++) {
		int error = place(child->sources[i], how->fds[i].to);

		if (error < 0)
			return error;
	}
	return 0;
}

/* 0 is whoever writes it. What is open is closed by the program's birth. */
UNSEEN static int
enter_cgroup(const struct os_child *child)
{
	const char *path = child->how->cgroup_procs;
	int fd;

	if (path == NULL)
		return 0;
	fd = (int)syscall(
	    SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	return outcome(syscall(SYS_write, fd, "0", 1));
}

/* The kernel's limits have 64 bits, whatever libc's have. */
UNSEEN static int
set_limit(const struct bsk_os_limit *limit)
{
	rlim_t soft = limit->value.rlim_cur;
	rlim_t hard = limit->value.rlim_max;
	uint64_t value[2];

	value[0] = soft == RLIM_INFINITY ? UINT64_MAX : soft;
	value[1] = hard == RLIM_INFINITY ? UINT64_MAX : hard;
	return outcome(
	    syscall(SYS_prlimit64, 0, limit->resource, value, NULL));
}

UNSEEN static int
set_limits(const struct os_child *child)
{
	const struct bsk_os_spawn *how = child->how;
	int error = 0;

	for (size_t i = 0; i < how->limit_count && error == 0; i++)
		error = set_limit(&how->limits[i]);
	return error;
}

UNSEEN static int
set_groups(const struct os_child *child)
{
	gid_t group = child->how->group;

	if (!child->how->set_user)
		return 0;
	if (syscall(SYS_setgroups, 1, &group) < 0)
		return -errno;
	return outcome(syscall(SYS_setresgid, group, group, group));
}

UNSEEN static int
set_user(const struct os_child *child)
{
	uid_t user = child->how->user;

	if (!child->how->set_user)
		return 0;
	return outcome(syscall(SYS_setresuid, user, user, user));
}

/* After the change of user, which the kernel lets undo this. */
UNSEEN static int
follow_parent(const struct os_child *child)
{
	int number = child->how->parent_death_signal;

	if (number == 0)
		return 0;
	if (syscall(SYS_prctl, PR_SET_PDEATHSIG, number, 0, 0, 0) < 0)
		return -errno;
	/* A parent that died before could not be followed: the signal is made
	 * up for, and strikes when the mask is emptied. */
	if (syscall(SYS_getppid) != child->parent)
		return outcome(
		    syscall(SYS_kill, syscall(SYS_getpid), number));
	return 0;
}

UNSEEN static int
enter_directory(const struct os_child *child)
{
	const struct bsk_os_spawn *how = child->how;

	if (how->umask_plus_one != 0)
		(void)syscall(SYS_umask, how->umask_plus_one - 1);
	if (how->directory == NULL)
		return 0;
	return outcome(syscall(SYS_chdir, how->directory));
}

UNSEEN static int
empty_mask(const struct os_child *child)
{
	(void)child;
	return outcome(syscall(
	    SYS_rt_sigprocmask, SIG_SETMASK, zeroes, NULL, SET_SIZE));
}

UNSEEN static int
become_program(const struct os_child *child)
{
	const struct bsk_os_spawn *how = child->how;

	if (how->path == NULL)
		return 0;
	return outcome(
	    syscall(SYS_execve, how->path, how->argv, child->envp));
}

/* In this order: a handler must be gone before the mask is; descriptors are
 * placed while their limit is still ours; limits, groups and user each need
 * the rights of the step before; the directory is entered with the rights of
 * the user who will be in it. */
static const struct {
	enum bsk_os_spawn_step step;
	int (*take)(const struct os_child *child);
} steps[] = {
	{ BSK_SPAWN_SIGNALS, reset_dispositions },
	{ BSK_SPAWN_SESSION, enter_session },
	{ BSK_SPAWN_FDS, move_fds },
	{ BSK_SPAWN_CGROUP, enter_cgroup },
	{ BSK_SPAWN_LIMITS, set_limits },
	{ BSK_SPAWN_GROUPS, set_groups },
	{ BSK_SPAWN_USER, set_user },
	{ BSK_SPAWN_PARENT_DEATH, follow_parent },
	{ BSK_SPAWN_DIRECTORY, enter_directory },
	{ BSK_SPAWN_SIGNALS, empty_mask },
	{ BSK_SPAWN_EXEC, become_program },
};

UNSEEN int
os_child_main(void *arg)
{
	struct os_child *child = arg;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		child->step = steps[i].step;
		child->error = steps[i].take(child);
		if (child->error < 0)
			break;
	}
	/* Never libc's: that would run our parent's exit handlers. */
	for (;;)
		(void)syscall(SYS_exit_group, 127);
}
