/* os_bytes.c - the system calls that move bytes, and SIGPIPE's taming.
 *
 * A write to a pipe without a reader raises SIGPIPE in the writing thread.
 * The threads that write keep it blocked (<buskin/os.h> asks for that), so it
 * only becomes pending; it is taken away at once, and so costs nothing until
 * there is a broken pipe: every success is a single system call.
 */
#include "os_libc.h"

#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

#include <fcntl.h>

/* The kernel looks at the thread's own pending signals before the process's.
 * So this takes the SIGPIPE that the failed write has left and not one that
 * somebody has sent to the process. */
static void
take_sigpipe(void)
{
	static const struct timespec at_once = { 0, 0 };
	sigset_t pipe_only;
	int number;

	(void)sigemptyset(&pipe_only);
	(void)sigaddset(&pipe_only, SIGPIPE);
	OS_REPEAT(number, sigtimedwait(&pipe_only, NULL, &at_once));
}

static ssize_t
written(ssize_t result)
{
	if (result >= 0)
		return result;
	if (errno != EPIPE)
		return -errno;
	take_sigpipe();
	return -EPIPE;
}

ssize_t
os_read(const struct bsk_os *os, int fd, void *bytes, size_t size)
{
	ssize_t result;

	(void)os;
	OS_REPEAT(result, read(fd, bytes, size));
	return os_outcome_size(result);
}

ssize_t
os_pread(const struct bsk_os *os, int fd, void *bytes, size_t size,
    int64_t offset)
{
	ssize_t result;

	(void)os;
	OS_REPEAT(result, pread(fd, bytes, size, (off_t)offset));
	return os_outcome_size(result);
}

ssize_t
os_write(const struct bsk_os *os, int fd, const void *bytes, size_t size)
{
	ssize_t result;

	(void)os;
	OS_REPEAT(result, write(fd, bytes, size));
	return written(result);
}

ssize_t
os_writev(
    const struct bsk_os *os, int fd, const struct iovec *vectors, int count)
{
	ssize_t result;

	(void)os;
	OS_REPEAT(result, writev(fd, vectors, count));
	return written(result);
}

ssize_t
os_recvmsg(const struct bsk_os *os, int fd, struct msghdr *message, int flags)
{
	ssize_t result;

	(void)os;
	OS_REPEAT(result, recvmsg(fd, message, flags | MSG_CMSG_CLOEXEC));
	return os_outcome_size(result);
}

ssize_t
os_sendmsg(
    const struct bsk_os *os, int fd, const struct msghdr *message, int flags)
{
	ssize_t result;

	(void)os;
	OS_REPEAT(result, sendmsg(fd, message, flags | MSG_NOSIGNAL));
	return os_outcome_size(result);
}

ssize_t
os_sendfile(
    const struct bsk_os *os, int to, int from, int64_t *offset, size_t size)
{
	off_t place = (off_t)*offset;
	ssize_t result;

	(void)os;
	OS_REPEAT(result, sendfile(to, from, &place, size));
	if (result >= 0)
		*offset = place;
	return written(result);
}

ssize_t
os_splice(
    const struct bsk_os *os, int from, int to, size_t size, unsigned flags)
{
	ssize_t result;

	(void)os;
	OS_REPEAT(result, splice(from, NULL, to, NULL, size, flags));
	return written(result);
}
