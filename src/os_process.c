/* os_process.c - the system calls about processes that exist already. */
#include "os_libc.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int
os_pidfd_open(const struct bsk_os *os, pid_t pid)
{
	(void)os;
	return os_outcome((int)syscall(SYS_pidfd_open, pid, 0U));
}

/* What old headers do not have: the group that the pidfd's process leads. */
#define SIGNAL_PROCESS_GROUP (1U << 2)

int
os_pidfd_signal_group(const struct bsk_os *os, int pidfd, int number)
{
	(void)os;
	return os_outcome((int)syscall(SYS_pidfd_send_signal, pidfd, number,
	    NULL, SIGNAL_PROCESS_GROUP));
}

int
os_pidfd_send_signal(const struct bsk_os *os, int pidfd, int number)
{
	(void)os;
	return os_outcome(
	    (int)syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0U));
}

/* libc's waitid hides the kernel's fifth argument, which alone tells what this
 * one child has used. */
int
os_waitid(const struct bsk_os *os, int which, id_t id, int options,
    struct bsk_os_wait *ret_wait)
{
	struct rusage usage = { 0 };
	siginfo_t info = { 0 };
	long result;

	(void)os;
	OS_REPEAT(result,
	    syscall(SYS_waitid, which, id, &info, options, &usage));
	if (result < 0)
		return -errno;
	*ret_wait = (struct bsk_os_wait){
		.pid = info.si_pid,
		.code = info.si_code,
		.status = info.si_status,
		.usage = usage,
	};
	return 0;
}

int
os_kill(const struct bsk_os *os, pid_t pid, int number)
{
	(void)os;
	return os_outcome(kill(pid, number));
}

pid_t
os_getpid(const struct bsk_os *os)
{
	(void)os;
	return getpid();
}

uid_t
os_geteuid(const struct bsk_os *os)
{
	(void)os;
	return geteuid();
}
