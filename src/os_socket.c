/* os_socket.c - the system calls about sockets. */
#include "os_libc.h"

int
os_socket(const struct bsk_os *os, int domain, int type, int protocol)
{
	(void)os;
	return os_outcome(
	    socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}

int
os_socketpair(const struct bsk_os *os, int type, int ret_fds[2])
{
	int fds[2]; /* the kernel scribbles on them even when it fails */

	(void)os;
	if (socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) <
	    0)
		return -errno;
	ret_fds[0] = fds[0];
	ret_fds[1] = fds[1];
	return 0;
}

int
os_bind(const struct bsk_os *os, int fd, const struct sockaddr *address,
    socklen_t size)
{
	int result;

	(void)os;
	OS_REPEAT(result, bind(fd, address, size));
	return os_outcome(result);
}

int
os_listen(const struct bsk_os *os, int fd, int backlog)
{
	(void)os;
	return os_outcome(listen(fd, backlog));
}

int
os_accept(const struct bsk_os *os, int fd, struct sockaddr *ret_address,
    socklen_t *size)
{
	int result;

	(void)os;
	OS_REPEAT(result,
	    accept4(fd, ret_address, size, SOCK_NONBLOCK | SOCK_CLOEXEC));
	return os_outcome(result);
}

int
os_connect(const struct bsk_os *os, int fd, const struct sockaddr *address,
    socklen_t size)
{
	int result;

	(void)os;
	/* On Linux a repeated connect goes on with the one under way. */
	OS_REPEAT(result, connect(fd, address, size));
	return os_outcome(result);
}

int
os_shutdown(const struct bsk_os *os, int fd, int how)
{
	(void)os;
	return os_outcome(shutdown(fd, how));
}

int
os_getsockopt(const struct bsk_os *os, int fd, int level, int name,
    void *ret_value, socklen_t *size)
{
	(void)os;
	return os_outcome(getsockopt(fd, level, name, ret_value, size));
}

int
os_setsockopt(const struct bsk_os *os, int fd, int level, int name,
    const void *value, socklen_t size)
{
	(void)os;
	return os_outcome(setsockopt(fd, level, name, value, size));
}

int
os_getsockname(const struct bsk_os *os, int fd, struct sockaddr *ret_address,
    socklen_t *size)
{
	(void)os;
	return os_outcome(getsockname(fd, ret_address, size));
}

int
os_getpeername(const struct bsk_os *os, int fd, struct sockaddr *ret_address,
    socklen_t *size)
{
	(void)os;
	return os_outcome(getpeername(fd, ret_address, size));
}
