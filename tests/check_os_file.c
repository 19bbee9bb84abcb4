/* check_os_file.c - files, by name and by descriptor. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <fcntl.h>

#include "spawned.h"

#define TIMEOUT_S 60

static const struct bsk_os *const os = &bsk_os_libc;
static unsigned open_before;

static char directory[] = "/tmp/check-os-file-XXXXXX";
static char one[64];
static char two[64];

static void
begin(void)
{
	open_before = spawned_open_count();
	ck_assert_ptr_nonnull(mkdtemp(directory));
	(void)snprintf(one, sizeof(one), "%s/one", directory);
	(void)snprintf(two, sizeof(two), "%s/two", directory);
}

static void
end(void)
{
	(void)unlink(one);
	(void)unlink(two);
	ck_assert_int_eq(os->rmdir(os, directory), 0);
	ck_assert_uint_eq(spawned_open_count(), open_before);
}

/* A new file that holds "hello". */
static int
make_one(void)
{
	int fd = os->open(os, one, O_RDWR | O_CREAT | O_EXCL, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(os->write(os, fd, "hello", 5), 5);
	return fd;
}

START_TEST(a_file_is_written_and_told_of)
{
	struct stat by_fd;
	struct stat by_path;
	int fd = make_one();

	ck_assert_int_eq(os->fsync(os, fd), 0);
	ck_assert_int_eq(os->ftruncate(os, fd, 3), 0);
	ck_assert_int_eq(os->lseek(os, fd, 0, SEEK_END), 3);
	ck_assert_int_eq(os->lseek(os, fd, -4, SEEK_END), -EINVAL);
	ck_assert_int_eq(os->fstat(os, fd, &by_fd), 0);
	ck_assert_int_eq(os->stat(os, one, &by_path), 0);
	ck_assert_int_eq(by_fd.st_size, 3);
	ck_assert_uint_eq(by_fd.st_ino, by_path.st_ino);
	ck_assert_uint_eq(by_path.st_mode & 07777, 0600);
	ck_assert_int_eq(os->close(os, fd), 0);
}
END_TEST

START_TEST(offsets_beyond_four_gigabytes_are_whole)
{
	const int64_t far = INT64_C(5) << 30;
	struct stat found;
	int fd = make_one();

	ck_assert_int_eq(os->ftruncate(os, fd, far), 0);
	ck_assert_int_eq(os->lseek(os, fd, far, SEEK_SET), far);
	ck_assert_int_eq(os->fstat(os, fd, &found), 0);
	ck_assert_int_eq(found.st_size, far);
	ck_assert_int_eq(os->close(os, fd), 0);
}
END_TEST

START_TEST(a_name_is_moved_changed_and_taken_away)
{
	struct stat found;

	ck_assert_int_eq(os->close(os, make_one()), 0);
	ck_assert_int_eq(os->rename(os, one, two), 0);
	ck_assert_int_eq(os->access(os, one, F_OK), -ENOENT);
	ck_assert_int_eq(os->access(os, two, F_OK), 0);
	ck_assert_int_eq(os->chmod(os, two, 0640), 0);
	ck_assert_int_eq(os->lchown(os, two, geteuid(), getegid()), 0);
	ck_assert_int_eq(os->stat(os, two, &found), 0);
	ck_assert_uint_eq(found.st_mode & 07777, 0640);
	ck_assert_int_eq(os->unlink(os, two), 0);
	ck_assert_int_eq(os->stat(os, two, &found), -ENOENT);
}
END_TEST

START_TEST(a_link_is_itself_to_lstat)
{
	struct stat found;

	ck_assert_int_eq(symlink("/", one), 0);
	ck_assert_int_eq(os->lstat(os, one, &found), 0);
	ck_assert(S_ISLNK(found.st_mode));
	ck_assert_int_eq(os->stat(os, one, &found), 0);
	ck_assert(S_ISDIR(found.st_mode));
}
END_TEST

START_TEST(a_directory_is_made_and_taken_away)
{
	ck_assert_int_eq(os->mkdir(os, one, 0700), 0);
	ck_assert_int_eq(os->mkdir(os, one, 0700), -EEXIST);
	ck_assert_int_eq(os->rmdir(os, one), 0);
	ck_assert_int_eq(os->rmdir(os, one), -ENOENT);
}
END_TEST

START_TEST(a_lock_keeps_another_out)
{
	int fd = make_one();
	int other = os->open(os, one, O_RDWR, 0);

	ck_assert_int_eq(os->flock(os, fd, LOCK_EX), 0);
	ck_assert_int_eq(os->flock(os, other, LOCK_EX | LOCK_NB), -EAGAIN);
	ck_assert_int_eq(os->flock(os, fd, LOCK_UN), 0);
	ck_assert_int_eq(os->flock(os, other, LOCK_EX | LOCK_NB), 0);
	ck_assert_int_eq(os->close(os, other), 0);
	ck_assert_int_eq(os->close(os, fd), 0);
}
END_TEST

START_TEST(failures_are_negative_errnos)
{
	struct stat found = { .st_size = -7 };

	ck_assert_int_eq(os->open(os, one, O_RDONLY, 0), -ENOENT);
	ck_assert_int_eq(os->stat(os, one, &found), -ENOENT);
	ck_assert_int_eq(os->lstat(os, one, &found), -ENOENT);
	ck_assert_int_eq(os->fstat(os, -1, &found), -EBADF);
	ck_assert_int_eq(found.st_size, -7);
	ck_assert_int_eq(os->unlink(os, one), -ENOENT);
	ck_assert_int_eq(os->rename(os, one, two), -ENOENT);
	ck_assert_int_eq(os->chmod(os, one, 0600), -ENOENT);
	ck_assert_int_eq(os->lchown(os, one, 0, 0), -ENOENT);
	ck_assert_int_eq(os->fsync(os, -1), -EBADF);
	ck_assert_int_eq(os->ftruncate(os, -1, 0), -EBADF);
	ck_assert_int_eq(os->lseek(os, -1, 0, SEEK_SET), -EBADF);
	ck_assert_int_eq(os->flock(os, -1, LOCK_EX), -EBADF);
	ck_assert_int_eq(os->flags_get(os, -1), -EBADF);
	ck_assert_int_eq(os->flags_set(os, -1, 0), -EBADF);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("os_file");
	TCase *tcase = tcase_create("os_file");
	SRunner *runner;
	int failures;

	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_file_is_written_and_told_of);
	tcase_add_test(tcase, offsets_beyond_four_gigabytes_are_whole);
	tcase_add_test(tcase, a_name_is_moved_changed_and_taken_away);
	tcase_add_test(tcase, a_link_is_itself_to_lstat);
	tcase_add_test(tcase, a_directory_is_made_and_taken_away);
	tcase_add_test(tcase, a_lock_keeps_another_out);
	tcase_add_test(tcase, failures_are_negative_errnos);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
