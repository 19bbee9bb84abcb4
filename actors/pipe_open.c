/* actors/pipe_open.c - a descriptor for a pipe, or what is wrong with it.
 *
 * What is wrong is found out before anything is done: a device may do something
 * as it is opened, and a descriptor that is refused is as it was.
 */
#include <errno.h>
#include <fcntl.h>

#include <buskin/log.h>
#include <buskin/pipe.h>
#include <buskin/unblock.h>

/* Why a file of that kind is none for us; NULL: it is. */
static const char *
kind_trouble(mode_t mode)
{
	if (S_ISREG(mode))
		return "a regular file; the class for it is \"file\"";
	if (S_ISDIR(mode))
		return "a directory, no pipe, socket or character device";
	if (S_ISBLK(mode))
		return "a block device, no pipe, socket or character device";
	if (!S_ISFIFO(mode) && !S_ISSOCK(mode) && !S_ISCHR(mode))
		return "no pipe, socket or character device";
	return NULL;
}

static int
refuse(struct bsk_pipe_trouble *ret_trouble, int error, const char *field,
    const char *why)
{
	ret_trouble->field = field;
	ret_trouble->why = why;
	return error;
}

static int
check_descriptor(const struct bsk_os *os, const struct bsk_pipe_config *config,
    int fd, struct bsk_pipe_trouble *ret_trouble)
{
	const char *field =
	    bsk_fd_number(config->fd) >= 0 ? "fd" : "fd_number";
	bool is_write = config->end == BSK_PIPE_WRITE;
	int flags = os->flags_get(os, fd);
	struct stat status;
	int error = os->fstat(os, fd, &status);

	if (flags < 0 || error < 0)
		return refuse(ret_trouble, -EBADF, field, "not open");
	if (kind_trouble(status.st_mode) != NULL)
		return refuse(ret_trouble, -EINVAL, field,
		    kind_trouble(status.st_mode));
	if ((flags & O_ACCMODE) == (is_write ? O_RDONLY : O_WRONLY))
		return refuse(ret_trouble, -EBADF, field, is_write ?
		    "open to be read only" : "open to be written only");
	if (config->reopen && !S_ISCHR(status.st_mode))
		return refuse(ret_trouble, -EINVAL, "reopen",
		    "only a path or a terminal can be opened again");
	return 0;
}

static int
open_given(const struct bsk_os *os, const struct bsk_pipe_config *config,
    int fd, bsk_fd *ret_fd, struct bsk_pipe_trouble *ret_trouble)
{
	int error = check_descriptor(os, config, fd, ret_trouble);

	if (error < 0)
		return error;
	error = bsk_unblock(os, fd, config->end == BSK_PIPE_WRITE, ret_fd);
	return error == 0 ? 0 :
	    refuse(ret_trouble, error, NULL, bsk_reason_text(error));
}

/* What is not there, opening will tell. */
static const char *
path_trouble(const struct bsk_os *os, const char *path)
{
	struct stat status;

	if (os->stat(os, path, &status) < 0)
		return NULL;
	if (S_ISSOCK(status.st_mode))
		return "a socket; the class for it is \"unix-connector\"";
	return kind_trouble(status.st_mode);
}

static int
open_path(const struct bsk_os *os, const struct bsk_pipe_config *config,
    bsk_fd *ret_fd, struct bsk_pipe_trouble *ret_trouble)
{
	const char *path = bsk_text_chars(config->path);
	const char *why = path_trouble(os, path);
	bool is_write = config->end == BSK_PIPE_WRITE;
	int fd;

	if (why != NULL)
		return refuse(ret_trouble, -EINVAL, "path", why);
	fd = os->open(os, path, (is_write ? O_WRONLY : O_RDONLY) | O_NONBLOCK |
	    O_NOCTTY, 0);
	if (fd < 0)
		return refuse(ret_trouble, fd, "path", fd == -ENXIO ?
		    "nobody reads it" : bsk_reason_text(fd));
	*ret_fd = bsk_fd_own(fd);
	return 0;
}

int
bsk_pipe_open(const struct bsk_os *os, const struct bsk_pipe_config *config,
    bsk_fd *ret_fd, struct bsk_pipe_trouble *ret_trouble)
{
	int fd = bsk_fd_number(config->fd);
	struct bsk_pressure marks;

	if (bsk_pressure_set(&marks, config->high_water, config->low_water) < 0)
		return refuse(ret_trouble, -EINVAL, "low_water",
		    "low_water is above high_water");
	if (fd < 0 && bsk_text_chars(config->path)[0] != '\0')
		return open_path(os, config, ret_fd, ret_trouble);
	return open_given(os, config, fd < 0 ? config->number : fd, ret_fd,
	    ret_trouble);
}
