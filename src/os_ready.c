/* os_ready.c - the system calls of readiness: epoll and eventfd. */
#include "os_libc.h"

#include <limits.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#define MS_NS INT64_C(1000000)
#define SECOND_NS INT64_C(1000000000)

int
os_epoll_create(const struct bsk_os *os)
{
	(void)os;
	return os_outcome(epoll_create1(EPOLL_CLOEXEC));
}

int
os_epoll_ctl(const struct bsk_os *os, int epoll_fd, int operation, int fd,
    struct epoll_event *event)
{
	(void)os;
	return os_outcome(epoll_ctl(epoll_fd, operation, fd, event));
}

/* Waits in whole milliseconds, rounded up so that it never returns before the
 * time that was meant, and then finds nothing due. */
static int
wait_ms(int epoll_fd, struct epoll_event *ret_events, int max,
    int64_t timeout_ns)
{
	int64_t ms = timeout_ns / MS_NS + (timeout_ns % MS_NS != 0);

	if (ms > INT_MAX)
		ms = INT_MAX;
	return epoll_wait(epoll_fd, ret_events, max, (int)ms);
}

static int
wait_ns(int epoll_fd, struct epoll_event *ret_events, int max,
    int64_t timeout_ns)
{
	struct timespec timeout = {
		.tv_sec = (time_t)(timeout_ns / SECOND_NS),
		.tv_nsec = (long)(timeout_ns % SECOND_NS),
	};
	int result = epoll_pwait2(epoll_fd, ret_events, max, &timeout, NULL);

	if (result < 0 && errno == ENOSYS)
		return wait_ms(epoll_fd, ret_events, max, timeout_ns);
	return result;
}

int
os_epoll_wait(const struct bsk_os *os, int epoll_fd,
    struct epoll_event *ret_events, int max, int64_t timeout_ns)
{
	int result;

	(void)os;
	/* The older call says it all for none, for ever and for whole
	 * milliseconds; the newer is asked only for what it alone can do, so
	 * that a kernel without it is asked in vain seldom. */
	if (timeout_ns < 0)
		result = epoll_wait(epoll_fd, ret_events, max, -1);
	else if (timeout_ns % MS_NS == 0)
		result = wait_ms(epoll_fd, ret_events, max, timeout_ns);
	else
		result = wait_ns(epoll_fd, ret_events, max, timeout_ns);
	if (result < 0 && errno == EINTR)
		return 0;
	return os_outcome(result);
}

int
os_eventfd(const struct bsk_os *os, unsigned initial)
{
	(void)os;
	return os_outcome(eventfd(initial, EFD_NONBLOCK | EFD_CLOEXEC));
}
