/* os_thread.c - the real table's calls about threads. */
#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os_libc.h"

int
os_barrier(const struct bsk_os *os)
{
	(void)os;
	return syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0,
	    0) < 0 ? -errno : 0;
}

int
os_barrier_prepare(const struct bsk_os *os)
{
	(void)os;
	return syscall(SYS_membarrier,
	    MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) < 0 ? -errno : 0;
}
