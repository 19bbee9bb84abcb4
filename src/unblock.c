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

/* The flag is set last: nothing has changed when something fails. */
static int
set_flag(struct bsk_unblock *unblock, const struct bsk_os *os, int fd,
    int flags)
{
	int keeper = os->dup(os, fd);
	int error;

	if (keeper < 0)
		return keeper;
	error = os->flags_set(os, fd, flags | O_NONBLOCK);
	if (error < 0)
		(void)os->close(os, keeper);
	else
		unblock->keeper = bsk_fd_own(keeper);
	return error;
}

int
bsk_unblock_begin(struct bsk_unblock *unblock, const struct bsk_os *os, int fd,
    bool is_write, int *ret_fd)
{
	int flags = os->flags_get(os, fd);
	int error = 0;
	int ours;

	if (flags < 0)
		return flags;
	ours = open_again(os, fd, flags, is_write);
	if (ours < 0) {
		ours = os->dup(os, fd);
		if (ours < 0)
			return ours;
		if ((flags & O_NONBLOCK) == 0)
			error = set_flag(unblock, os, fd, flags);
	}
	if (error < 0)
		(void)os->close(os, ours);
	else
		*ret_fd = ours;
	return error;
}

bool
bsk_unblock_is_due(const struct bsk_unblock *unblock)
{
	return bsk_fd_number(unblock->keeper) >= 0;
}

void
bsk_unblock_end(struct bsk_unblock *unblock, const struct bsk_os *os)
{
	if (bsk_unblock_is_due(unblock))
		bsk_block_again(os, bsk_fd_number(unblock->keeper));
	bsk_unblock_leave(unblock, os);
}

void
bsk_unblock_leave(struct bsk_unblock *unblock, const struct bsk_os *os)
{
	int fd = bsk_fd_take(&unblock->keeper);

	if (fd >= 0)
		(void)os->close(os, fd);
}

void
bsk_block_again(const struct bsk_os *os, int fd)
{
	int flags = os->flags_get(os, fd);

	if (flags >= 0)
		(void)os->flags_set(os, fd, flags & ~O_NONBLOCK);
}
