/* actors/child_end.c - whether a child has ended, and how. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include <buskin/child_strategy.h>

#define LOST_CODE 255 /* what is told when somebody else has reaped it */

int
bsk_child_code(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : status;
}

static int64_t
ns(struct timeval time)
{
	return time.tv_sec * INT64_C(1000000000) + time.tv_usec * 1000;
}

struct bsk_child_exited
bsk_child_exited_of(const struct bsk_os_wait *wait)
{
	bool killed = wait->code != CLD_EXITED;

	return (struct bsk_child_exited){
		.pid = wait->pid,
		.code = killed ? -wait->status : wait->status,
		.signal = killed ? wait->status : 0,
		.core = wait->code == CLD_DUMPED,
		.user_ns = ns(wait->usage.ru_utime),
		.system_ns = ns(wait->usage.ru_stime),
		.memory_bytes = (uint64_t)wait->usage.ru_maxrss * 1024,
	};
}

int
bsk_child_end(const struct bsk_os *os, int which, id_t id, int32_t pid,
    struct bsk_child_exited *ret_exited)
{
	struct bsk_os_wait wait;
	int error = os->waitid(os, which, id, WEXITED | WNOHANG, &wait);

	if (error < 0 && error != -ECHILD)
		return error;
	if (error == 0 && wait.pid == 0)
		return 0;
	*ret_exited = error == 0 ? bsk_child_exited_of(&wait) :
	    (struct bsk_child_exited){ .code = LOST_CODE, .lost = true };
	ret_exited->pid = pid;
	return 1;
}

int
bsk_child_may_follow(const struct bsk_os *os,
    const struct bsk_child_follow *request)
{
	struct bsk_os_wait wait;
	int error = os->waitid(os, P_PID, (id_t)request->pid,
	    WEXITED | WNOHANG | WNOWAIT, &wait);

	if (error != -ECHILD || request->known)
		return error == -ECHILD ? 0 : error;
	/* Who may not be sent a signal is there all the same. */
	return os->kill(os, request->pid, 0) == -ESRCH ? 0 : -ECHILD;
}

int
bsk_child_kill(const struct bsk_os *os, int32_t pid, int number)
{
	struct bsk_os_wait wait;

	return os->waitid(os, P_PID, (id_t)pid, WEXITED | WNOHANG | WNOWAIT,
	    &wait) < 0 ? -ESRCH : os->kill(os, pid, number);
}

bool
bsk_child_ends_are_ignored(const struct bsk_os *os)
{
	struct sigaction now;

	return (os->sigaction)(os, SIGCHLD, NULL, &now) == 0 &&
	    ((now.sa_flags & SA_NOCLDWAIT) != 0 ||
	    ((now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == SIG_IGN));
}
