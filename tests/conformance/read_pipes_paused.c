/* read_pipes_paused.c - rows J: pauses, ends, and how a read pipe stands.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../bailiff.h"
#include "../harness.h"
#include "../peer.h"
#include "../plumbing.h"

/* --- pausing ---------------------------------------------------------- */

START_TEST(J13)
{
	plumbing_pause();
	PIPE_TELL(bsk_stream_pause);
	SAY("waits");
	plumbing_settle();
	ck_assert_int_eq(plumbing_unread(plumbing_fds[0]), 5);
	ck_assert_uint_eq(COUNT(bsk_bytes), 0);
	PIPE_TELL(bsk_stream_resume);
	HEARS("waits");
}
END_TEST

/* Nobody there any more to be paused: no harm, and no second end. */
START_TEST(J13_after_the_end)
{
	PIPE(.number = plumbing_fds[0]);
	plumbing_close(1);
	(void)plumbing_ended(1);
	PIPE_TELL(bsk_stream_pause);
	PIPE_TELL(bsk_stream_resume);
	ck_assert_int_eq(plumbing_over(), 0);
}
END_TEST

START_TEST(J14)
{
	PIPE(.number = plumbing_fds[0]);
	PIPE_TELL(bsk_stream_resume);
	SAY("one ");
	(void)clerk_bytes(plumbing_clerk, 4);
	PIPE_TELL(bsk_stream_pause);
	SAY("two");
	PIPE_TELL(bsk_stream_resume);
	PIPE_TELL(bsk_stream_resume);
	(void)clerk_bytes(plumbing_clerk, 7);
	HEARS("one two");
}
END_TEST

START_TEST(J15)
{
	plumbing_pause();
	SAY("last");
	plumbing_close(1);
	plumbing_settle();
	ck_assert(plumbing_status()->hung_up);
	ck_assert_uint_eq(COUNT(bsk_stream_eof), 0);
	ck_assert_uint_eq(COUNT(bsk_bytes), 0);
	PIPE_TELL(bsk_stream_resume);
	ck_assert_int_eq(plumbing_over(), 0);
	HEARS("last");
	ck_assert_uint_eq(COUNT(bsk_stream_eof), 1);
}
END_TEST

START_TEST(J16)
{
	PIPE(.number = plumbing_fds[0]);
	ck_assert(plumbing_status()->reading);
	ck_assert(!plumbing_status()->hung_up);
	PIPE_TELL(bsk_stream_pause);
	ck_assert(!plumbing_status()->reading);
	PIPE_TELL(bsk_stream_resume);
	ck_assert(plumbing_status()->reading);
}
END_TEST

/* --- its end ---------------------------------------------------------- */

static void (*const ways_to_close[])(void) = {
	plumbing_abort, plumbing_stop };

START_TEST(J17)
{
	plumbing_pause();
	SAY("unread");
	ways_to_close[_i]();
	ways_to_close[_i]();
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert_int_eq(plumbing_ended(1)->reason, 0);
	ck_assert_uint_eq(COUNT(bsk_bytes), 0);
	peer_expect(plumbing_fds[0], "unread");
}
END_TEST

/* Told to somebody or to nobody, it is closed. */
START_TEST(J18)
{
	int fd = dup(plumbing_fds[0]);

	plumbing_close(0);
	plumbing_pipe = clerk_spawn(plumbing_clerk, &bsk_pipe_class,
	    BSK_PARCEL(bsk_pipe_config, .fd = bsk_fd_own(fd),
		.to = _i == 0 ? clerk_ref(plumbing_clerk) : bsk_nobody()));
	SAY("x");
	(void)clerk_bytes(plumbing_clerk, 1);
	plumbing_abort();
	(void)clerk_wait(plumbing_clerk, &bsk_down_type, 1);
	if (_i == 0)
		ck_assert_int_eq(plumbing_ended(1)->reason, 0);
	ck_assert_uint_eq(COUNT(bsk_stream_ended), _i == 0 ? 1 : 0);
	plumbing_expect_no_reader(plumbing_fds[1]);
}
END_TEST

/* What was read before went the old way; what comes then, the new. */
START_TEST(J19)
{
	struct clerk *heir = clerk_new(plumbing_system);

	PIPE(.number = plumbing_fds[0]);
	SAY("old");
	(void)clerk_bytes(plumbing_clerk, 3);
	clerk_ask(plumbing_clerk, plumbing_pipe,
	    BSK_NEW(bsk_stream_hand_over, .to = clerk_ref(heir)));
	ck_assert_int_eq(((const struct bsk_result *)clerk_wait(plumbing_clerk,
	    &bsk_result_type, 1))->error, 0);
	SAY("new");
	clerk_tell(heir, plumbing_pipe,
	    BSK_NEW(bsk_stream_resume, .reserved = 0));
	clerk_expect(heir, "new");
	HEARS("old");
	plumbing_close(1);
	ck_assert_int_eq(plumbing_over(), 0);
	harness_system_end(plumbing_system);
	plumbing_system = NULL;
	clerk_free(heir);
}
END_TEST

/* --- how it stands ---------------------------------------------------- */

START_TEST(J20)
{
	const struct bsk_pipe_status *status;
	const struct bsk_resource *held;
	struct stat stat;

	PIPE(.number = plumbing_fds[0]);
	status = plumbing_status();
	ck_assert_int_eq(fstat(plumbing_fds[0], &stat), 0);
	ck_assert_uint_eq(status->inode, stat.st_ino);
	ck_assert_uint_eq(plumbing_opened(1)->inode, stat.st_ino);
	ck_assert_int_eq(status->kind, BSK_PIPE_FIFO);
	ck_assert_int_eq(status->end, BSK_PIPE_READ);
	ck_assert_int_eq(fstat(status->number, &stat), 0);
	ck_assert_uint_eq(status->inode, stat.st_ino);
	ck_assert_uint_eq(status->fds.count, 1);
	held = status->fds.items;
	ck_assert_int_eq(held->number, status->number);
}
END_TEST

START_TEST(J21)
{
	int writer;

	PIPE(.path = bsk_text_copy(plumbing_fifo()), .reopen = true,
	    .end = BSK_PIPE_WRITE);
	ck_assert_int_eq(plumbing_status()->state, BSK_PIPE_WAITING);
	ck_assert_int_eq(plumbing_status()->number, -1);
	plumbing_abort();
	(void)plumbing_ended(1);
	PIPE(.path = bsk_text_copy(plumbing_fifo()));
	ck_assert_int_eq(plumbing_status()->state, BSK_PIPE_OPEN);
	PIPE_TELL(bsk_stream_pause);
	ck_assert_int_eq(plumbing_status()->state, BSK_PIPE_PAUSED);
	PIPE_TELL(bsk_stream_resume);
	ck_assert_int_eq(plumbing_status()->state, BSK_PIPE_OPEN);
	writer = plumbing_open_fifo(O_WRONLY);
	(void)close(writer);
	(void)plumbing_ended(2);
	(void)clerk_wait(plumbing_clerk, &bsk_down_type, 2);
	clerk_ask(plumbing_clerk, plumbing_pipe,
	    BSK_NEW(bsk_status_ask, .reserved = 0));
	ck_assert_int_eq(((const struct bsk_ask_failed *)clerk_wait(
	    plumbing_clerk, &bsk_ask_failed_type, 1))->reason, -ESRCH);
}
END_TEST

/* The fixture finds what is left open. */
START_TEST(J22)
{
	plumbing_take_log();
	if (_i == 0)
		PIPE(.number = plumbing_fds[0]);
	else
		PIPE(.fd = bsk_fd_own(dup(plumbing_fds[0])));
	ck_assert(!plumbing_waits(plumbing_opened(1)->number));
	harness_system_end(plumbing_system);
	plumbing_system = NULL;
	ck_assert(plumbing_waits(plumbing_fds[0]));
	plumbing_close(0);
	plumbing_expect_no_reader(plumbing_fds[1]);
}
END_TEST

/* It has more to write than anybody reads. */
START_TEST(J22_is_named_when_the_time_of_the_stop_is_over)
{
	char words[32];
	int number;

	plumbing_take_log();
	bailiff_spawn(plumbing_system);
	ck_assert_int_eq(bsk_system_spawn(plumbing_system, &bsk_pipe_class,
	    BSK_PARCEL(bsk_pipe_config, .number = plumbing_fds[1],
	    .end = BSK_PIPE_WRITE, .to = clerk_ref(plumbing_clerk)), NULL,
	    &plumbing_pipe), 0);
	number = plumbing_opened(1)->number;
	plumbing_settle();
	plumbing_feed(1 << 20);
	(void)plumbing_status();
	bsk_system_stop(plumbing_system, 0);
	bsk_system_stop(plumbing_system, 0);
	(void)snprintf(words, sizeof(words), "; fds %d (", number);
	ck_assert_ptr_nonnull(strstr(bailiff_wait("pipe"), words));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("read pipes, paused");
	TCase *tcase = harness_case("read pipes, paused");

	tcase_add_checked_fixture(tcase, plumbing_begin, plumbing_end);
	tcase_add_test(tcase, J13);
	tcase_add_test(tcase, J13_after_the_end);
	tcase_add_test(tcase, J14);
	tcase_add_test(tcase, J15);
	tcase_add_test(tcase, J16);
	tcase_add_loop_test(tcase, J17, 0, 2);
	tcase_add_loop_test(tcase, J18, 0, 2);
	tcase_add_test(tcase, J19);
	tcase_add_test(tcase, J20);
	tcase_add_test(tcase, J21);
	tcase_add_loop_test(tcase, J22, 0, 2);
	tcase_add_test(tcase, J22_is_named_when_the_time_of_the_stop_is_over);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
