/* actors/process_kill.c - a signal to a child process or its group.
 *
 * By pidfd, and so never to a stranger who has got the same number. By number
 * only where the kernel cannot, and if the child is still there: then the
 * number is its own until it has been reaped.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include <buskin/child.h>
#include <buskin/spawner.h>

static int
signal_group_by_number(const struct bsk_os *os, int32_t pid, int pidfd,
    int number)
{
	struct bsk_os_wait end;

	if (os->waitid(os, pidfd < 0 ? P_PID : P_PIDFD,
	    (id_t)(pidfd < 0 ? pid : pidfd), WEXITED | WNOHANG | WNOWAIT,
	    &end) < 0)
		return -ESRCH;
	return os->kill(os, -pid, number);
}

static int
signal_group(const struct bsk_os *os, int32_t pid, int pidfd, int number)
{
	int error = pidfd < 0 ? -EINVAL :
	    os->pidfd_signal_group(os, pidfd, number);

	return error == -EINVAL ?
	    signal_group_by_number(os, pid, pidfd, number) : error;
}

int
bsk_process_kill(const struct bsk_os *os, int32_t pid, int pidfd,
    bool whole_group, int number)
{
	if (number < 0 || number > SIGRTMAX)
		return -EINVAL;
	if (whole_group)
		return signal_group(os, pid, pidfd, number);
	return pidfd < 0 ? bsk_child_kill(os, pid, number) :
	    os->pidfd_send_signal(os, pidfd, number);
}
