/* os_file.c - the system calls about files by name.
 *
 * All are repeated: a file system in user space (FUSE) and one on the network
 * may be interrupted where a local one never is.
 */
#include "os_libc.h"

#include <stdio.h>
#include <unistd.h>

int
os_fstat(const struct bsk_os *os, int fd, struct stat *ret_stat)
{
	struct stat found;
	int result;

	(void)os;
	OS_REPEAT(result, fstat(fd, &found));
	if (result < 0)
		return -errno;
	*ret_stat = found;
	return 0;
}

int
os_stat(const struct bsk_os *os, const char *path, struct stat *ret_stat)
{
	struct stat found;
	int result;

	(void)os;
	OS_REPEAT(result, stat(path, &found));
	if (result < 0)
		return -errno;
	*ret_stat = found;
	return 0;
}

int
os_lstat(const struct bsk_os *os, const char *path, struct stat *ret_stat)
{
	struct stat found;
	int result;

	(void)os;
	OS_REPEAT(result, lstat(path, &found));
	if (result < 0)
		return -errno;
	*ret_stat = found;
	return 0;
}

int
os_unlink(const struct bsk_os *os, const char *path)
{
	int result;

	(void)os;
	OS_REPEAT(result, unlink(path));
	return os_outcome(result);
}

int
os_rename(const struct bsk_os *os, const char *from, const char *to)
{
	int result;

	(void)os;
	OS_REPEAT(result, rename(from, to));
	return os_outcome(result);
}

int
os_mkdir(const struct bsk_os *os, const char *path, mode_t mode)
{
	int result;

	(void)os;
	OS_REPEAT(result, mkdir(path, mode));
	return os_outcome(result);
}

int
os_rmdir(const struct bsk_os *os, const char *path)
{
	int result;

	(void)os;
	OS_REPEAT(result, rmdir(path));
	return os_outcome(result);
}

int
os_chmod(const struct bsk_os *os, const char *path, mode_t mode)
{
	int result;

	(void)os;
	OS_REPEAT(result, chmod(path, mode));
	return os_outcome(result);
}

int
os_lchown(const struct bsk_os *os, const char *path, uid_t user, gid_t group)
{
	int result;

	(void)os;
	OS_REPEAT(result, lchown(path, user, group));
	return os_outcome(result);
}

int
os_access(const struct bsk_os *os, const char *path, int mode)
{
	int result;

	(void)os;
	OS_REPEAT(result, access(path, mode));
	return os_outcome(result);
}
