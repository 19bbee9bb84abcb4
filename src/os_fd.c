/* src/os_fd.c - owned descriptors.
 *
 * The one place beside the tables of os*.c that calls the kernel directly: a
 * value is dropped and copied wherever it happens to be, on any thread and
 * with no system at hand, so there is no table to ask. The calls mean the
 * same in every world that has real descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "os_fd.h"

int
bsk_fd_take(const bsk_fd *fd)
{
	/* The body is const for the handler so that it does not rewrite what
	 * others may read; ownership is the exception, and the struct itself
	 * is never a const object. */
	bsk_fd *mine = (bsk_fd *)fd;
	int number = bsk_fd_number(*mine);

	mine->plus_one = 0;
	return number;
}

bsk_fd
bsk_fd_move(const bsk_fd *from)
{
	bsk_fd moved = *from;

	(void)bsk_fd_take(from);
	return moved;
}

void
bsk_fd_drop(bsk_fd *fd)
{
	bool is_lent = bsk_fd_is_lent(*fd);
	int number = bsk_fd_take(fd);
	int flags = is_lent ? fcntl(number, F_GETFL) : -1;

	if (flags >= 0)
		(void)fcntl(number, F_SETFL, flags & ~O_NONBLOCK);
	/* Not repeated after EINTR: on Linux the descriptor is gone. */
	if (number >= 0)
		(void)close(number);
}

int
os_fd_copy(bsk_fd fd, bsk_fd *ret_copy)
{
	int number = bsk_fd_number(fd);

	if (number >= 0) {
		number = fcntl(number, F_DUPFD_CLOEXEC, 0);
		if (number < 0)
			return -errno;
	}
	*ret_copy = bsk_fd_is_lent(fd) ? bsk_fd_lend(number) :
	    bsk_fd_own(number);
	return 0;
}
