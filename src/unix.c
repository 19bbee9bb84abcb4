/* unix.c - Unix sockets: their names, and who is at the other end. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <buskin/unix.h>

/* Where older C libraries do not tell. */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

#define HEAD offsetof(struct sockaddr_un, sun_path)

int
bsk_unix_address(const char *path, struct sockaddr_un *ret_address,
    socklen_t *ret_size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(path);

	if (length == 0)
		return -EINVAL;
	if (length > BSK_UNIX_PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	else
		length++; /* its zero byte */
	*ret_address = address;
	*ret_size = (socklen_t)(HEAD + length);
	return 0;
}

int
bsk_unix_path_check(const char *path, char *ret_text, size_t size)
{
	size_t length = strlen(path);

	if (length == 0) {
		(void)snprintf(ret_text, size, "a path is not empty");
		return -EINVAL;
	}
	if (length > BSK_UNIX_PATH_MAX) {
		(void)snprintf(ret_text, size, "a socket's path has at most "
		    "%d bytes, this one has %zu", BSK_UNIX_PATH_MAX, length);
		return -ENAMETOOLONG;
	}
	return 0;
}

bsk_text
bsk_unix_name(const struct sockaddr_un *address, socklen_t size)
{
	char name[sizeof(address->sun_path)];
	size_t length = size > HEAD ? size - HEAD : 0;
	size_t index;

	if (length > sizeof(name))
		length = sizeof(name);
	memcpy(name, address->sun_path, length);
	if (length == 0 || name[0] != '\0')
		return bsk_text_copy_n(name, length);
	for (index = 0; index < length; index++)
		if (name[index] == '\0')
			name[index] = '@';
	return bsk_text_copy_n(name, length);
}

bsk_text
bsk_unix_own_name(const struct bsk_os *os, int fd)
{
	struct sockaddr_un address = { 0 };
	socklen_t size = sizeof(address);

	if (os->getsockname(os, fd, (struct sockaddr *)&address, &size) < 0)
		size = 0;
	return bsk_unix_name(&address, size);
}

bsk_text
bsk_unix_peer_name(const struct bsk_os *os, int fd)
{
	struct sockaddr_un address = { 0 };
	socklen_t size = sizeof(address);

	if (os->getpeername(os, fd, (struct sockaddr *)&address, &size) < 0)
		size = 0;
	return bsk_unix_name(&address, size);
}

struct ucred
bsk_unix_peer(const struct bsk_os *os, int fd)
{
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);

	if (os->getsockopt(os, fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		memset(&peer, 0, sizeof(peer));
	return peer;
}

/* Nothing is sent; but unix_stream_sendmsg looks whether it could arrive before
 * it looks how much there is. */
bool
bsk_unix_is_left(const struct bsk_os *os, int fd)
{
	const struct msghdr nothing = { 0 };

	return os->sendmsg(os, fd, &nothing, MSG_DONTWAIT) == -EPIPE;
}

int
bsk_unix_peer_pidfd(const struct bsk_os *os, int fd)
{
	int pidfd = -1;
	socklen_t size = sizeof(pidfd);
	int error = os->getsockopt(
	    os, fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size);
	struct ucred peer;

	if (error == 0)
		return pidfd;
	if (error != -ENOPROTOOPT)
		return error;
	peer = bsk_unix_peer(os, fd);
	return peer.pid > 0 ? os->pidfd_open(os, peer.pid) : -ESRCH;
}
