/* os_signal.c - the system calls about signals. */
#include "os_libc.h"

#include <sys/signalfd.h>

#define SIGNAL_COUNT 64 /* as many as bsk_os_signals has bits */

static void
to_libc(bsk_os_signals set, sigset_t *ret_set)
{
	(void)sigemptyset(ret_set);
	/* libc keeps 32 and 33 for itself and refuses them; they stay out. */
	for (int number = 1; number <= SIGNAL_COUNT; number++)
		if (set >> (number - 1) & 1)
			(void)sigaddset(ret_set, number);
}

static bsk_os_signals
from_libc(const sigset_t *libc_set)
{
	bsk_os_signals set = 0;

	for (int number = 1; number <= SIGNAL_COUNT; number++)
		if (sigismember(libc_set, number) == 1)
			set |= (bsk_os_signals)1 << (number - 1);
	return set;
}

int
os_sigaction(const struct bsk_os *os, int number,
    const struct sigaction *action, struct sigaction *ret_old)
{
	(void)os;
	return os_outcome(sigaction(number, action, ret_old));
}

int
os_thread_signal(const struct bsk_os *os, pthread_t thread, int number)
{
	(void)os;
	return -pthread_kill(thread, number);
}

int
os_sigmask(const struct bsk_os *os, int how, bsk_os_signals set,
    bsk_os_signals *ret_old)
{
	sigset_t libc_set;
	sigset_t libc_old;
	int error;

	(void)os;
	to_libc(set, &libc_set);
	error = pthread_sigmask(how, &libc_set, &libc_old);
	if (error != 0)
		return -error;
	if (ret_old != NULL)
		*ret_old = from_libc(&libc_old);
	return 0;
}

int
os_signalfd(const struct bsk_os *os, int fd, bsk_os_signals set)
{
	sigset_t libc_set;

	(void)os;
	to_libc(set, &libc_set);
	return os_outcome(signalfd(fd, &libc_set, SFD_NONBLOCK | SFD_CLOEXEC));
}
