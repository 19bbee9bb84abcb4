/* os_spawn.c - how a child is born: the parent's side.
 *
 * As vfork(2), so that a large parent costs no more than a small one, but the
 * child has a stack of its own and every signal is blocked meanwhile: no
 * handler of the parent can run in the child on the memory they share.
 *
 * The child is born without an exit signal, and execve(2) gives it SIGCHLD.
 * So one that fails tells nobody but us: no SIGCHLD is raised for it, and no
 * other thread's wait for any child can take it away. And whether it still
 * has none is what tells if it has become the program.
 */
#include "os_child.h"
#include "os_libc.h"

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_SIZE 65536U /* bytes; the child goes a few hundred deep */
#define SET_SIZE 8U /* of the kernel's signal set, in bytes */

/* The name of clone(2) that no sanitizer stands in for: theirs expects that a
 * child has memory of its own. */
extern int __clone(int (*entry)(void *), void *stack, int flags, void *arg,
    ...);

/* One mapping: a page without access, room for the descriptors that are put
 * aside, and the stack growing down towards both. */
struct stack {
	unsigned char *base;
	size_t size; /* bytes */
	int *sources;
};

static int
map_stack(size_t fd_count, struct stack *ret_stack)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t sources = (fd_count * sizeof(int) + page - 1) / page * page;
	size_t size = page + sources + STACK_SIZE;
	void *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (base == MAP_FAILED)
		return -errno;
	if (mprotect(base, page, PROT_NONE) < 0) {
		int error = -errno;

		(void)munmap(base, size);
		return error;
	}
	ret_stack->base = base;
	ret_stack->size = size;
	ret_stack->sources = (int *)(void *)(ret_stack->base + page);
	return 0;
}

/* Raw, since libc leaves out the two signals it uses itself, and their
 * handlers must not run in the child either. */
static void
set_mask(const uint64_t *mask, uint64_t *ret_old)
{
	(void)syscall(
	    SYS_rt_sigprocmask, SIG_SETMASK, mask, ret_old, SET_SIZE);
}

/* Returns the pid when the child has become a program or is gone. */
static pid_t
give_birth(const struct stack *stack, struct os_child *child, int *pidfd)
{
	void *top = stack->base + stack->size;
	int flags = CLONE_VM | CLONE_VFORK;
	bool wants_pidfd = child->how->path != NULL;
	pid_t pid = __clone(os_child_main, top,
	    flags | (wants_pidfd ? CLONE_PIDFD : 0), child, pidfd, NULL, NULL);

	/* Where pidfds are not known the flag is ignored, or refused. */
	if (pid < 0 && errno == EINVAL && wants_pidfd)
		pid = __clone(os_child_main, top, flags, child);
	return pid < 0 ? -errno : pid;
}

/* Buries a child without an exit signal; -ECHILD when it is not one: then it
 * is the program. */
static int
bury(pid_t pid)
{
	siginfo_t info = { 0 };
	long result;

	OS_REPEAT(result,
	    syscall(SYS_waitid, P_PID, pid, &info, WEXITED | __WCLONE, NULL));
	return result < 0 ? -errno : 0;
}

/* Whether the child has come through; if not, it is gone for good. One that is
 * to be no program is left for who waits for it. */
static int
settle(pid_t pid, const struct os_child *child)
{
	int error;

	if (child->how->path == NULL && child->error == 0)
		return 0;
	error = bury(pid);
	if (child->error < 0)
		return child->error;
	return error == 0 ? -ECANCELED : 0;
}

/* For a kernel that gave no pidfd at birth. One that has none at all is no
 * fault of the child's. */
static int
find_pidfd(pid_t pid, int *ret_pidfd)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0U);

	if (pidfd >= 0 || errno == ENOSYS) {
		*ret_pidfd = pidfd;
		return 0;
	}
	pidfd = -errno;
	(void)kill(pid, SIGKILL);
	OS_REPEAT(pid, waitpid(pid, NULL, 0));
	return pidfd;
}

static int
spawn_on(const struct stack *stack, struct os_child *child, pid_t *ret_pid,
    int *ret_pidfd)
{
	const uint64_t all = ~UINT64_C(0);
	uint64_t old;
	int pidfd = -1;
	int error;
	pid_t pid;

	set_mask(&all, &old);
	pid = give_birth(stack, child, &pidfd);
	set_mask(&old, NULL);
	if (pid < 0)
		return pid;
	error = settle(pid, child);
	if (error == 0 && pidfd < 0 && child->how->path != NULL) {
		child->step = BSK_SPAWN_CLONE;
		error = find_pidfd(pid, &pidfd);
	}
	if (error < 0) {
		if (pidfd >= 0)
			(void)close(pidfd);
		return error;
	}
	*ret_pid = pid;
	*ret_pidfd = pidfd;
	return 0;
}

int
os_spawn(const struct bsk_os *os, const struct bsk_os_spawn *how,
    pid_t *ret_pid, int *ret_pidfd, enum bsk_os_spawn_step *ret_step)
{
	struct os_child child = {
		.how = how,
		.envp = how->envp != NULL ? how->envp : environ,
		.parent = getpid(),
		.step = BSK_SPAWN_CLONE,
	};
	struct stack stack = { 0 };
	int error = map_stack(how->fd_count, &stack);

	(void)os;
	if (error == 0) {
		child.sources = stack.sources;
		error = spawn_on(&stack, &child, ret_pid, ret_pidfd);
		(void)munmap(stack.base, stack.size);
	}
	if (error < 0)
		*ret_step = child.step;
	return error;
}
