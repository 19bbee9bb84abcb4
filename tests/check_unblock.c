/* check_unblock.c - a borrowed descriptor does not wait, and its lender's is as
 * it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/unblock.h>

#include "faulty_os.h"
#include "harness.h"

static const struct bsk_os *const os = &bsk_os_libc;
static int lent[2];
static bsk_fd ours;

static void
take(const struct bsk_os *world, int fd, bool is_write, int expected)
{
	ours = bsk_fd_own(-1);
	ck_assert_int_eq(bsk_unblock(world, fd, is_write, &ours), expected);
}

static bool
waits(int fd)
{
	return (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
}

static void
give_back(void)
{
	ck_assert(!waits(bsk_fd_number(ours)));
	bsk_fd_drop(&ours);
}

static void
close_lent(void)
{
	(void)close(lent[0]);
	(void)close(lent[1]);
}

START_TEST(a_pipe_that_is_read_is_set_back)
{
	ck_assert_int_eq(pipe2(lent, O_CLOEXEC), 0);
	take(os, lent[0], false, 0);
	ck_assert(!waits(lent[0]));
	give_back();
	ck_assert(waits(lent[0]));
	close_lent();
}
END_TEST

START_TEST(a_pipe_that_is_written_is_never_changed)
{
	char byte = 'x';

	ck_assert_int_eq(pipe2(lent, O_CLOEXEC), 0);
	take(os, lent[1], true, 0);
	ck_assert(waits(lent[1]));
	ck_assert_int_eq(write(bsk_fd_number(ours), &byte, 1), 1);
	ck_assert_int_eq(read(lent[0], &byte, 1), 1);
	give_back();
	ck_assert(waits(lent[1]));
	close_lent();
}
END_TEST

START_TEST(what_did_not_wait_stays_so)
{
	ck_assert_int_eq(pipe2(lent, O_CLOEXEC | O_NONBLOCK), 0);
	take(os, lent[0], false, 0);
	give_back();
	ck_assert(!waits(lent[0]));
	close_lent();
}
END_TEST

START_TEST(a_terminal_is_never_changed)
{
	lent[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(lent[0], 0);
	ck_assert_int_eq(grantpt(lent[0]), 0);
	ck_assert_int_eq(unlockpt(lent[0]), 0);
	lent[1] = open(ptsname(lent[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(lent[1], 0);
	take(os, lent[1], false, 0);
	ck_assert(waits(lent[1]));
	ck_assert(isatty(bsk_fd_number(ours)));
	give_back();
	ck_assert(waits(lent[1]));
	close_lent();
}
END_TEST

/* To open the near side again would make another terminal. */
START_TEST(the_near_side_of_a_terminal_stays_that_one)
{
	char name[64];

	lent[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(lent[0], 0);
	ck_assert_int_eq(ptsname_r(lent[0], name, sizeof(name)), 0);
	take(os, lent[0], false, 0);
	ck_assert_str_eq(ptsname(bsk_fd_number(ours)), name);
	give_back();
	ck_assert(waits(lent[0]));
	(void)close(lent[0]);
}
END_TEST

START_TEST(what_is_not_open_is_refused)
{
	take(os, 900, false, -EBADF);
	ck_assert_int_eq(bsk_fd_number(ours), -1);
}
END_TEST

/* Once: who has it next may have it not block. */
START_TEST(it_blocks_again_before_it_is_closed)
{
	ck_assert_int_eq(pipe2(lent, O_CLOEXEC), 0);
	take(os, lent[0], false, 0);
	ck_assert(bsk_fd_is_lent(ours));
	bsk_block_again(os, &ours);
	ck_assert(!bsk_fd_is_lent(ours));
	ck_assert(waits(lent[0]));
	ck_assert_int_ge(fcntl(bsk_fd_number(ours), F_GETFD), 0);
	ck_assert_int_eq(fcntl(lent[0], F_SETFL, O_NONBLOCK), 0);
	bsk_block_again(os, &ours);
	bsk_fd_drop(&ours);
	ck_assert(!waits(lent[0]));
	close_lent();
}
END_TEST

/* The call that fails is the first, the second, ... of those made. */
START_TEST(a_failure_changes_nothing)
{
	static const enum faulty_call calls[] = { FAULTY_FLAGS_GET, FAULTY_DUP,
		FAULTY_FLAGS_SET };
	static struct faulty_os world;

	faulty_os_init(&world, &bsk_os_libc);
	ck_assert_int_eq(pipe2(lent, O_CLOEXEC), 0);
	faulty_os_fail(&world, calls[_i], 1, EMFILE);
	take(&world.table, lent[0], false, -EMFILE);
	ck_assert_int_eq(bsk_fd_number(ours), -1);
	ck_assert(waits(lent[0]));
	close_lent();
}
END_TEST

/* Without /proc the flag is all there is. */
START_TEST(what_cannot_be_opened_again_is_set_back)
{
	static struct faulty_os world;

	faulty_os_init(&world, &bsk_os_libc);
	ck_assert_int_eq(pipe2(lent, O_CLOEXEC), 0);
	faulty_os_fail(&world, FAULTY_OPEN, 1, ENOENT);
	take(&world.table, lent[1], true, 0);
	ck_assert(!waits(lent[1]));
	give_back();
	ck_assert(waits(lent[1]));
	close_lent();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("unblock");
	TCase *tcase = harness_case("unblock");

	tcase_add_test(tcase, a_pipe_that_is_read_is_set_back);
	tcase_add_test(tcase, a_pipe_that_is_written_is_never_changed);
	tcase_add_test(tcase, what_did_not_wait_stays_so);
	tcase_add_test(tcase, a_terminal_is_never_changed);
	tcase_add_test(tcase, the_near_side_of_a_terminal_stays_that_one);
	tcase_add_test(tcase, what_is_not_open_is_refused);
	tcase_add_test(tcase, it_blocks_again_before_it_is_closed);
	tcase_add_loop_test(tcase, a_failure_changes_nothing, 0, 3);
	tcase_add_test(tcase, what_cannot_be_opened_again_is_set_back);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
