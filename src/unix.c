/* unix.c - Unix sockets: addresses, and files that nobody else's must suffer
 * for. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <buskin/unix.h>

int
bsk_unix_address(const char *path, struct sockaddr_un *ret_address,
    socklen_t *ret_size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(path);
	size_t head = offsetof(struct sockaddr_un, sun_path);

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
	*ret_size = (socklen_t)(head + length);
	return 0;
}

/* Whether somebody listens there. Only a refusal says that nobody does. */
static bool
is_live(const struct bsk_os *os, const struct sockaddr_un *address,
    socklen_t size)
{
	int fd = os->socket(os, AF_UNIX, SOCK_STREAM, 0);
	int error;

	if (fd < 0)
		return true;
	error = os->connect(os, fd, (const struct sockaddr *)address, size);
	(void)os->close(os, fd);
	return error != -ECONNREFUSED;
}

/* Makes way for a file, if what is there is a socket that nobody listens on. */
static int
clear(const struct bsk_os *os, const char *path,
    const struct sockaddr_un *address, socklen_t size, const char **ret_why)
{
	struct stat status;

	/* What cannot be looked at is left for bind to complain of. */
	if (path[0] == '@' || os->lstat(os, path, &status) < 0)
		return 0;
	if (!S_ISSOCK(status.st_mode))
		*ret_why = S_ISLNK(status.st_mode)
		    ? "a symbolic link is there; it is not followed"
		    : "what is there is no socket; it is not removed";
	else if (is_live(os, address, size))
		*ret_why = "somebody listens there";
	else
		return os->unlink(os, path);
	return -EADDRINUSE;
}

/* Sets the file's mode before listening: until then everybody is refused. */
static int
publish(const struct bsk_os *os, const char *path, mode_t mode, int backlog,
    struct bsk_unix_socket *socket)
{
	struct stat status;
	int error = 0;

	if (path[0] != '@') {
		error = os->lstat(os, path, &status);
		if (error < 0)
			return error;
		socket->device = status.st_dev;
		socket->inode = status.st_ino;
		error = os->chmod(os, path, mode);
	}
	if (error == 0)
		error = os->listen(os, socket->fd, backlog);
	if (error < 0)
		bsk_unix_unlink(os, path, socket);
	return error;
}

int
bsk_unix_listen(const struct bsk_os *os, const char *path, mode_t mode,
    int backlog, struct bsk_unix_socket *ret_socket, const char **ret_why)
{
	struct bsk_unix_socket made = { 0 };
	struct sockaddr_un address;
	socklen_t size;
	int error = bsk_unix_address(path, &address, &size);

	*ret_why = NULL;
	if (error == -ENAMETOOLONG)
		*ret_why = "a socket's path has at most 107 bytes";
	if (error == 0)
		error = clear(os, path, &address, size, ret_why);
	if (error < 0)
		return error;
	made.fd = os->socket(os, AF_UNIX, SOCK_STREAM, 0);
	if (made.fd < 0)
		return made.fd;
	error = os->bind(os, made.fd, (struct sockaddr *)&address, size);
	if (error == 0)
		error = publish(os, path, mode, backlog, &made);
	if (error < 0) {
		(void)os->close(os, made.fd);
		return error;
	}
	*ret_socket = made;
	return 0;
}

int
bsk_unix_adopt(const struct bsk_os *os, int fd)
{
	int listens = 0;
	int domain = 0;
	socklen_t size = sizeof(int);
	int flags;

	(void)os->getsockopt(
	    os, fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
	(void)os->getsockopt(os, fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
	if (listens == 0 || domain != AF_UNIX)
		return -EINVAL;
	flags = os->flags_get(os, fd);
	return flags < 0 ? flags : os->flags_set(os, fd, flags | O_NONBLOCK);
}

void
bsk_unix_unlink(const struct bsk_os *os, const char *path,
    const struct bsk_unix_socket *made)
{
	struct stat status;

	if (made->inode != 0 && os->lstat(os, path, &status) == 0 &&
	    status.st_dev == made->device && status.st_ino == made->inode)
		(void)os->unlink(os, path);
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
