/* pipes_again.c - rows J23, X15 and X17: an end of file that is none, and what
 * epoll refuses.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../harness.h"
#include "../peer.h"
#include "../plumbing.h"

/* --- opened again ----------------------------------------------------- */

#define ROUNDS 20

START_TEST(J23)
{
	unsigned round;
	int writer;

	PIPE(.path = bsk_text_copy(plumbing_fifo()), .reopen = true);
	for (round = 1; round <= 3; round++) {
		(void)plumbing_opened(round);
		writer = plumbing_open_fifo(O_WRONLY);
		peer_say(writer, "x");
		(void)close(writer);
		ck_assert_int_eq(plumbing_ended(round)->reason, 0);
	}
	(void)plumbing_opened(round);
	ck_assert_uint_eq(COUNT(bsk_stream_eof), 3);
	HEARS("xxx");
	ck_assert_uint_eq(COUNT(bsk_down), 0);
}
END_TEST

START_TEST(J23_without_reopen_the_end_is_the_end)
{
	int writer;

	PIPE(.path = bsk_text_copy(plumbing_fifo()));
	writer = plumbing_open_fifo(O_WRONLY);
	peer_say(writer, "x");
	(void)close(writer);
	ck_assert_int_eq(plumbing_over(), 0);
	HEARS("x");
}
END_TEST

/* Writers that come and go without waiting for anything. */
START_TEST(X15)
{
	unsigned round;
	int writer;

	PIPE(.path = bsk_text_copy(plumbing_fifo()), .reopen = true);
	for (round = 0; round < ROUNDS; round++) {
		writer = plumbing_open_fifo(O_WRONLY);
		peer_say(writer, "line\n");
		(void)close(writer);
	}
	(void)clerk_bytes(plumbing_clerk, 5 * ROUNDS);
	plumbing_abort();
	(void)clerk_wait(plumbing_clerk, &bsk_down_type, 1);
}
END_TEST

/* The end of file of a terminal, by path and by number: Control-D. */
START_TEST(X15_of_a_terminal)
{
	plumbing_terminal(false);
	if (_i == 0)
		PIPE(.number = plumbing_fds[0], .reopen = true);
	else
		PIPE(.path = bsk_text_copy(ttyname(plumbing_fds[0])),
		    .reopen = true);
	SAY("one\n");
	(void)clerk_bytes(plumbing_clerk, 4);
	SAY("\4");
	(void)plumbing_ended(1);
	SAY("two\n");
	(void)plumbing_opened(2);
	(void)clerk_bytes(plumbing_clerk, 8);
	SAY("\4\4");
	(void)plumbing_ended(2);
	(void)plumbing_opened(3);
	HEARS("one\ntwo\n");
}
END_TEST

START_TEST(X15_of_what_cannot_be_opened_again)
{
	PIPE(.number = plumbing_fds[0], .reopen = true);
	ck_assert_int_eq(plumbing_refused()->error, -EINVAL);
	ck_assert_str_eq(bsk_text_chars(plumbing_refused()->field), "reopen");
}
END_TEST

/* --- what epoll refuses ----------------------------------------------- */

START_TEST(X17)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	PIPE(.number = fd);
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert_uint_eq(COUNT(bsk_stream_eof), 1);
	ck_assert(plumbing_waits(fd));
	(void)close(fd);
}
END_TEST

/* The clerk, on the same worker, has its turns all the same. */
START_TEST(X17_without_end)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	PIPE(.number = fd);
	(void)clerk_bytes(plumbing_clerk, 4 << 20);
	plumbing_abort();
	(void)clerk_wait(plumbing_clerk, &bsk_down_type, 1);
	(void)close(fd);
}
END_TEST

/* One that is never ready and tells nobody is given up, not waited for. */
START_TEST(X17_that_is_not_ready)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	plumbing_pause();
	plumbing_abort();
	(void)clerk_wait(plumbing_clerk, &bsk_down_type, 1);
	PIPE(.number = fd);
	plumbing_break(plumbing_opened(2)->number, EAGAIN);
	ck_assert_int_eq(plumbing_ended(2)->reason, -EPERM);
	(void)close(fd);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("pipes again");
	TCase *tcase = harness_case("pipes again");

	tcase_add_checked_fixture(tcase, plumbing_begin, plumbing_end);
	tcase_add_test(tcase, J23);
	tcase_add_test(tcase, J23_without_reopen_the_end_is_the_end);
	tcase_add_test(tcase, X15);
	tcase_add_loop_test(tcase, X15_of_a_terminal, 0, 2);
	tcase_add_test(tcase, X15_of_what_cannot_be_opened_again);
	tcase_add_test(tcase, X17);
	tcase_add_test(tcase, X17_without_end);
	tcase_add_test(tcase, X17_that_is_not_ready);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
