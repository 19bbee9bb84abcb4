/* unix_adopt.c - sockets that were handed over. */
#include <errno.h>
#include <fcntl.h>

#include <buskin/unix.h>

static int
option(const struct bsk_os *os, int fd, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);
	int error = os->getsockopt(os, fd, SOL_SOCKET, name, &value, &size);

	return error < 0 ? -1 : value;
}

/* Compared exactly: SO_TYPE has no flags in it. NULL: it is one. */
static const char *
why_no_stream(const struct bsk_os *os, int fd)
{
	int domain = option(os, fd, SO_DOMAIN);

	if (domain < 0)
		return "it is no socket";
	if (domain != AF_UNIX)
		return "it is no Unix socket";
	return option(os, fd, SO_TYPE) == SOCK_STREAM ? NULL :
	    "it is no stream socket";
}

static int
unblock(const struct bsk_os *os, int fd)
{
	int flags = os->flags_get(os, fd);

	return flags < 0 ? flags : os->flags_set(os, fd, flags | O_NONBLOCK);
}

int
bsk_unix_adopt(const struct bsk_os *os, int fd, const char **ret_why)
{
	const char *why = why_no_stream(os, fd);

	if (why == NULL && option(os, fd, SO_ACCEPTCONN) <= 0)
		why = "it does not listen";
	if (ret_why != NULL)
		*ret_why = why;
	return why != NULL ? -EINVAL : unblock(os, fd);
}

int
bsk_unix_adopt_connected(const struct bsk_os *os, int fd,
    const char **ret_why)
{
	struct sockaddr_un address;
	socklen_t size = sizeof(address);
	int error;

	*ret_why = why_no_stream(os, fd);
	if (*ret_why != NULL)
		return -EPROTOTYPE;
	error = os->getpeername(os, fd, (struct sockaddr *)&address, &size);
	if (error == -ENOTCONN)
		*ret_why = "it is not connected";
	return error < 0 ? error : unblock(os, fd);
}
