/* unblock.c - a borrowed descriptor, without waiting for it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sysmacros.h>

#include <buskin/unblock.h>

/* Major numbers of terminals: virtual and serial ones, and the far sides of
 * pseudo terminals. The near side is left out: to open it makes a new one. */
#define CONSOLES 4
#define PTS_FIRST 136
#define PTS_LAST 143

static bool
is_terminal(const struct stat *status)
{
	unsigned kind = major(status->st_rdev);

	return S_ISCHR(status->st_mode) && (kind == CONSOLES ||
	    (kind >= PTS_FIRST && kind <= PTS_LAST));
}

/* The same file, opened for us alone; negative: that cannot be. Not a pipe that
 * is read: opened without a writer, it would not tell that one has left. */
static int
open_again(const struct bsk_os *os, int fd, int flags, bool is_write)
{
	char path[32];
	struct stat status;

	if (os->fstat(os, fd, &status) < 0)
		return -EBADF;
	if (is_terminal(&status))
		flags &= O_ACCMODE;
	else if (is_write && S_ISFIFO(status.st_mode))
		flags = O_WRONLY | (flags & O_DIRECT);
	else
		return -EINVAL;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return os->open(os, path, flags | O_NONBLOCK | O_NOCTTY, 0);
}

/* The same open file once more, and no call on it waits. The flag is set last:
 * nothing has changed when something fails. */
static int
share(const struct bsk_os *os, int fd, int flags, bsk_fd *ret_fd)
{
	bool blocks = (flags & O_NONBLOCK) == 0;
	int ours = os->dup(os, fd);
	int error;

	if (ours < 0)
		return ours;
	error = blocks ? os->flags_set(os, ours, flags | O_NONBLOCK) : 0;
	if (error < 0)
		(void)os->close(os, ours);
	else
		*ret_fd = blocks ? bsk_fd_lend(ours) : bsk_fd_own(ours);
	return error;
}

int
bsk_unblock(const struct bsk_os *os, int fd, bool is_write, bsk_fd *ret_fd)
{
	int flags = os->flags_get(os, fd);
	int ours;

	if (flags < 0)
		return flags;
	ours = open_again(os, fd, flags, is_write);
	if (ours < 0)
		return share(os, fd, flags, ret_fd);
	*ret_fd = bsk_fd_own(ours);
	return 0;
}

void
bsk_block_again(const struct bsk_os *os, const bsk_fd *fd)
{
	int number = bsk_fd_number(*fd);
	int flags;

	if (!bsk_fd_is_lent(*fd))
		return;
	flags = os->flags_get(os, number);
	if (flags >= 0)
		(void)os->flags_set(os, number, flags & ~O_NONBLOCK);
	*(bsk_fd *)fd = bsk_fd_own(number); /* see bsk_fd_take */
}
