/* unix_bind.c - sockets bound to files, that nobody else's must suffer for. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include <buskin/unix.h>

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

/* Makes way for a file, if what is there is a socket that nobody listens on.
 * What cannot be looked at or removed is left for bind to complain of. */
static int
clear(const struct bsk_os *os, const char *path,
    const struct sockaddr_un *address, socklen_t size, const char **ret_why)
{
	struct stat status;

	if (path[0] == '@' || os->lstat(os, path, &status) < 0)
		return 0;
	if (!S_ISSOCK(status.st_mode)) {
		*ret_why = S_ISLNK(status.st_mode)
		    ? "a symbolic link is there; it is not followed"
		    : "what is there is no socket; it is not removed";
		return -EADDRINUSE;
	}
	if (is_live(os, address, size)) {
		*ret_why = "somebody listens there";
		return -EADDRINUSE;
	}
	if (os->unlink(os, path) < 0)
		*ret_why = "the dead socket there cannot be removed";
	return 0;
}

/* Locks the file beside a path, until it is closed. The file stays: were it
 * removed, two could each hold the lock of a file of that name. */
static int
lock(const struct bsk_os *os, const char *path, int *ret_fd,
    const char **ret_why)
{
	char name[BSK_UNIX_PATH_MAX + sizeof(".lock")];
	int error;
	int fd;

	(void)snprintf(name, sizeof(name), "%s.lock", path);
	fd = os->open(os, name, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (fd < 0) {
		*ret_why = "its lock file cannot be opened";
		return fd;
	}
	error = os->flock(os, fd, LOCK_EX | LOCK_NB);
	if (error < 0)
		(void)os->close(os, fd);
	else
		*ret_fd = fd;
	if (error != -EWOULDBLOCK)
		return error;
	*ret_why = "somebody else holds its lock";
	return -EADDRINUSE;
}

/* Gives the file its owner and mode: until somebody listens, everybody is
 * refused. */
static int
publish(const struct bsk_os *os, const struct bsk_unix_place *place,
    struct bsk_unix_socket *socket)
{
	struct stat status;
	int error = os->lstat(os, place->path, &status);

	if (error < 0)
		return error;
	socket->device = status.st_dev;
	socket->inode = status.st_ino;
	if (place->owner > 0 || place->group > 0)
		error = os->lchown(os, place->path,
		    place->owner > 0 ? (uid_t)place->owner : (uid_t)-1,
		    place->group > 0 ? (gid_t)place->group : (gid_t)-1);
	if (error == 0)
		error = os->chmod(os, place->path, place->mode);
	if (error < 0)
		bsk_unix_unlink(os, place->path, socket);
	return error;
}

static int
make(const struct bsk_os *os, const struct bsk_unix_place *place,
    const struct sockaddr_un *address, socklen_t size,
    struct bsk_unix_socket *made)
{
	int error;

	made->fd = os->socket(os, AF_UNIX, SOCK_STREAM, 0);
	if (made->fd < 0)
		return made->fd;
	error = os->bind(
	    os, made->fd, (const struct sockaddr *)address, size);
	if (error == 0 && place->path[0] != '@')
		error = publish(os, place, made);
	if (error < 0)
		(void)os->close(os, made->fd);
	return error;
}

int
bsk_unix_bind(const struct bsk_os *os, const struct bsk_unix_place *place,
    struct bsk_unix_socket *ret_socket, const char **ret_why)
{
	struct bsk_unix_socket made = { .lock_fd = -1 };
	struct sockaddr_un address;
	socklen_t size;
	int error = bsk_unix_address(place->path, &address, &size);

	*ret_why = NULL;
	if (error == -ENAMETOOLONG)
		*ret_why = "a socket's path has at most 107 bytes";
	if (error == 0 && place->lock && place->path[0] != '@')
		error = lock(os, place->path, &made.lock_fd, ret_why);
	if (error < 0)
		return error;
	error = clear(os, place->path, &address, size, ret_why);
	if (error == 0)
		error = make(os, place, &address, size, &made);
	if (error == 0)
		*ret_socket = made;
	else if (made.lock_fd >= 0)
		(void)os->close(os, made.lock_fd);
	return error;
}

int
bsk_unix_listen(const struct bsk_os *os, const char *path, mode_t mode,
    int backlog, struct bsk_unix_socket *ret_socket, const char **ret_why)
{
	const struct bsk_unix_place place = { .path = path, .mode = mode };
	struct bsk_unix_socket made;
	int error = bsk_unix_bind(os, &place, &made, ret_why);

	if (error < 0)
		return error;
	error = os->listen(os, made.fd, backlog);
	if (error < 0) {
		bsk_unix_unlink(os, path, &made);
		(void)os->close(os, made.fd);
		return error;
	}
	*ret_socket = made;
	return 0;
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
