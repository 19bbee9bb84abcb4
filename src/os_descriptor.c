/* os_descriptor.c - the system calls about a descriptor itself. */
#include "os_libc.h"

#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fcntl.h>

int
os_close(const struct bsk_os *os, int fd)
{
	(void)os;
	/* An interrupted close has closed all the same; closing again would
	 * hit whatever another thread has opened since. */
	if (close(fd) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

int
os_open(const struct bsk_os *os, const char *path, int flags, mode_t mode)
{
	int result;

	(void)os;
	OS_REPEAT(result, open(path, flags | O_CLOEXEC, mode));
	return os_outcome(result);
}

int
os_pipe2(const struct bsk_os *os, int ret_fds[2], int flags)
{
	(void)os;
	return os_outcome(pipe2(ret_fds, flags | O_CLOEXEC));
}

int
os_dup(const struct bsk_os *os, int fd)
{
	(void)os;
	return os_outcome(fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

int
os_flags_get(const struct bsk_os *os, int fd)
{
	(void)os;
	return os_outcome(fcntl(fd, F_GETFL));
}

int
os_flags_set(const struct bsk_os *os, int fd, int flags)
{
	(void)os;
	return os_outcome(fcntl(fd, F_SETFL, flags));
}

int
os_pipe_size_set(const struct bsk_os *os, int fd, int size_bytes)
{
	(void)os;
	return os_outcome(fcntl(fd, F_SETPIPE_SZ, size_bytes));
}

int
os_waiting(const struct bsk_os *os, int fd, int *ret_bytes)
{
	int bytes;

	(void)os;
	if (ioctl(fd, FIONREAD, &bytes) < 0)
		return -errno;
	*ret_bytes = bytes;
	return 0;
}

int
os_fsync(const struct bsk_os *os, int fd)
{
	int result;

	(void)os;
	OS_REPEAT(result, fsync(fd));
	return os_outcome(result);
}

int64_t
os_lseek(const struct bsk_os *os, int fd, int64_t offset, int whence)
{
	off_t result = lseek(fd, (off_t)offset, whence);

	(void)os;
	return result < 0 ? -errno : result;
}

int
os_ftruncate(const struct bsk_os *os, int fd, int64_t size)
{
	int result;

	(void)os;
	OS_REPEAT(result, ftruncate(fd, (off_t)size));
	return os_outcome(result);
}

int
os_flock(const struct bsk_os *os, int fd, int operation)
{
	int result;

	(void)os;
	OS_REPEAT(result, flock(fd, operation));
	return os_outcome(result);
}
