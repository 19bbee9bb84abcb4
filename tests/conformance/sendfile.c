/* sendfile.c - rows I, X11, X12 and X13: files in what a stream writes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/sendfile.h>

#include "../harness.h"
#include "../peer.h"
#include "../streamed.h"

static unsigned char content[LARGE];
static unsigned char got[LARGE];
static int mine; /* the same open file as the one that is sent */

/* A file of that size, whose bytes tell their place. */
static int
file_of(size_t size)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	peer_fill(content, sizeof(content));
	ck_assert_int_eq(write(fd, content, size), (ssize_t)size);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	mine = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	ck_assert_int_ge(mine, 0);
	return fd;
}

static void
begin(void)
{
	streamed_begin();
	mine = -1;
}

static void
end(void)
{
	if (mine >= 0)
		(void)close(mine);
	streamed_end();
}

static void
open_stream(void)
{
	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	(void)status();
}

static void
tell(struct bsk_stream_sendfile how)
{
	clerk_tell(clerk, stream,
	    bsk_message_new(&bsk_stream_sendfile_type, &how));
}

static const struct bsk_stream_sent *
answer(unsigned nth)
{
	return clerk_wait(clerk, &bsk_stream_sent_type, nth);
}

static void
expect_content(size_t size)
{
	ck_assert_uint_eq(peer_read(fds[1], got, size), size);
	ck_assert_mem_eq(got, content, size);
}

/* A large file, of which the socket has taken as much as it can. */
static void
fill_socket(struct bsk_stream_sendfile how)
{
	open_stream();
	how.fd = bsk_fd_own(file_of(LARGE));
	tell(how);
	ck_assert_uint_eq(status()->waiting_files, 1);
	ck_assert_uint_eq(clerk_count(clerk, &bsk_stream_sent_type), 0);
}

/* --- refusals --------------------------------------------------------- */

static const struct {
	struct bsk_stream_sendfile how;
	const char *field;
} wrong[] = {
	{ { .offset = -1, .count = 1 }, "offset" },
	{ { .count = 0 }, "count" },
	{ { .count = -5 }, "count" },
	{ { .count = 1, .to_end = true }, "to_end" },
	{ { .offset = INT64_MAX, .count = 2 }, "count" },
};

START_TEST(I01)
{
	struct bsk_stream_sendfile how = wrong[_i].how;

	open_stream();
	how.fd = bsk_fd_own(file_of(10));
	tell(how);
	ck_assert_int_eq(answer(1)->error, -EINVAL);
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_REFUSED);
	ck_assert_str_eq(answer(1)->field.chars, wrong[_i].field);
	ck_assert_int_ge(bsk_fd_number(answer(1)->fd), 0);
	clerk_say(clerk, stream, "on");
	peer_expect(fds[1], "on");
}
END_TEST

START_TEST(I01_packets)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0, fds), 0);
	stream = STREAM(.high_water = 0);
	tell((struct bsk_stream_sendfile){ .to_end = true,
	    .fd = bsk_fd_own(file_of(10)) });
	ck_assert_int_eq(answer(1)->error, -EINVAL);
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_REFUSED);
}
END_TEST

START_TEST(I02)
{
	static const char *const paths[] = { "/dev/null", "/" };
	int fd = open(paths[_i], O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	open_stream();
	tell((struct bsk_stream_sendfile){ .to_end = true,
	    .fd = bsk_fd_own(fd) });
	ck_assert_int_eq(answer(1)->error, -EINVAL);
	ck_assert_str_eq(answer(1)->field.chars, "fd");
	ck_assert_uint_eq(answer(1)->bytes, 0);
}
END_TEST

START_TEST(I02_none)
{
	open_stream();
	tell((struct bsk_stream_sendfile){ .to_end = true });
	ck_assert_int_eq(answer(1)->error, -EBADF);
	ck_assert_str_eq(answer(1)->field.chars, "fd");
}
END_TEST

START_TEST(I03)
{
	open_stream();
	faulty_os_fail(&world, FAULTY_FSTAT, 1, EIO);
	tell((struct bsk_stream_sendfile){ .to_end = true,
	    .fd = bsk_fd_own(file_of(10)) });
	ck_assert_int_eq(answer(1)->error, -EIO);
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_REFUSED);
	ck_assert_str_eq(answer(1)->field.chars, "fd");
}
END_TEST

START_TEST(I04)
{
	open_stream();
	tell((struct bsk_stream_sendfile){ .to_end = true,
	    .fd = bsk_fd_own(file_of(0)) });
	ck_assert_int_eq(answer(1)->error, 0);
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_FILE_END);
	ck_assert_uint_eq(answer(1)->bytes, 0);
}
END_TEST

START_TEST(X13)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	peer_say(ends[1], "some");
	open_stream();
	tell((struct bsk_stream_sendfile){ .to_end = true,
	    .fd = bsk_fd_own(ends[0]) });
	ck_assert_int_eq(answer(1)->error, -ESPIPE);
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_REFUSED);
	(void)close(ends[1]);
}
END_TEST

/* --- how much --------------------------------------------------------- */

START_TEST(I05)
{
	open_stream();
	tell((struct bsk_stream_sendfile){ .to_end = true,
	    .fd = bsk_fd_own(file_of(LARGE)) });
	expect_content(LARGE);
	ck_assert_int_eq(answer(1)->error, 0);
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_FILE_END);
	ck_assert_uint_eq(answer(1)->bytes, LARGE);
	ck_assert_uint_ge(atomic_load(&world.counts[FAULTY_SENDFILE]),
	    LARGE / (256 * 1024));
}
END_TEST

START_TEST(I06)
{
	open_stream();
	tell((struct bsk_stream_sendfile){ .count = 100,
	    .fd = bsk_fd_own(file_of(1000)) });
	expect_content(100);
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_ALL);
	ck_assert_uint_eq(answer(1)->bytes, 100);
}
END_TEST

START_TEST(I06_short)
{
	open_stream();
	tell((struct bsk_stream_sendfile){ .count = 5000,
	    .fd = bsk_fd_own(file_of(576)) });
	expect_content(576);
	ck_assert_int_eq(answer(1)->error, 0);
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_FILE_END);
	ck_assert_uint_eq(answer(1)->bytes, 576);
}
END_TEST

START_TEST(I07)
{
	int fd = file_of(100);

	open_stream();
	ck_assert_int_eq(lseek(fd, 7, SEEK_SET), 7);
	tell((struct bsk_stream_sendfile){ .offset = 100 + _i,
	    .to_end = true, .seek = true, .fd = bsk_fd_own(fd) });
	ck_assert_int_eq(answer(1)->error, 0);
	ck_assert_uint_eq(answer(1)->bytes, 0);
	ck_assert_int_eq(lseek(mine, 0, SEEK_CUR), 7);
}
END_TEST

START_TEST(I08)
{
	bool seeks = _i == 1;

	open_stream();
	tell((struct bsk_stream_sendfile){ .offset = 10, .count = 20,
	    .seek = seeks, .fd = bsk_fd_own(file_of(100)) });
	ck_assert_uint_eq(answer(1)->bytes, 20);
	ck_assert_int_eq(answer(1)->offset, 30);
	ck_assert_int_eq(lseek(mine, 0, SEEK_CUR), seeks ? 30 : 0);
}
END_TEST

START_TEST(I08_after_an_error)
{
	fill_socket((struct bsk_stream_sendfile){ .to_end = true,
	    .seek = true });
	hang_up();
	ck_assert_int_lt(answer(1)->error, 0);
	ck_assert_uint_gt(answer(1)->bytes, 0);
	ck_assert_int_eq(lseek(mine, 0, SEEK_CUR),
	    (int64_t)answer(1)->bytes);
}
END_TEST

START_TEST(I09)
{
	fill_socket((struct bsk_stream_sendfile){ .to_end = true });
	expect_content(LARGE);
	ck_assert_uint_eq(answer(1)->bytes, LARGE);
}
END_TEST

/* --- failing ---------------------------------------------------------- */

START_TEST(I10)
{
	open_stream();
	faulty_os_fail(&world, FAULTY_SENDFILE, 1, EPIPE);
	tell((struct bsk_stream_sendfile){ .to_end = true,
	    .fd = bsk_fd_own(file_of(100)) });
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_PEER_GONE);
	ck_assert_int_eq(answer(1)->error, -EPIPE);
	ck_assert_uint_eq(answer(1)->bytes, 0);
}
END_TEST

static const int of_the_peer[] = { ECONNRESET, ENOTCONN };

/* The second slice. */
static void
fails_after_some(int error)
{
	open_stream();
	faulty_os_fail(&world, FAULTY_SENDFILE, 2, error);
	tell((struct bsk_stream_sendfile){ .to_end = true,
	    .fd = bsk_fd_own(file_of(LARGE)) });
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_PEER_GONE);
	ck_assert_int_eq(answer(1)->error, -error);
	ck_assert_uint_gt(answer(1)->bytes, 0);
	ck_assert_int_eq(answer(1)->offset, (int64_t)answer(1)->bytes);
}

START_TEST(I11)
{
	fails_after_some(of_the_peer[0]);
}
END_TEST

START_TEST(I12)
{
	fails_after_some(of_the_peer[1]);
}
END_TEST

START_TEST(I13)
{
	fill_socket((struct bsk_stream_sendfile){ .to_end = true });
	ck_assert_int_eq(ftruncate(mine, 10), 0);
	ck_assert_int_eq(shutdown(fds[1], SHUT_WR), 0);
	TELL(bsk_stream_finish);
	ck_assert_uint_lt(peer_read(fds[1], got, LARGE), LARGE);
	ck_assert_int_eq(answer(1)->error, 0);
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_FILE_END);
	ck_assert_uint_gt(answer(1)->bytes, 10);
	ck_assert_uint_lt(answer(1)->bytes, LARGE);
}
END_TEST

static void
cancels(void)
{
	uint64_t bytes;

	fill_socket((struct bsk_stream_sendfile){ .to_end = true,
	    .ticket = 5 });
	clerk_tell(clerk, stream, BSK_NEW(bsk_stream_sendfile_cancel,
	    .ticket = 5));
	ck_assert_int_eq(answer(1)->error, -ECANCELED);
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_CANCELLED);
	ck_assert_uint_eq(answer(1)->ticket, 5);
	bytes = answer(1)->bytes;
	ck_assert_uint_gt(bytes, 0);
	TELL(bsk_stream_finish);
	ck_assert_uint_eq(peer_read(fds[1], got, LARGE), bytes);
	ck_assert_mem_eq(got, content, bytes);
	ck_assert_uint_eq(clerk_count(clerk, &bsk_stream_sent_type), 1);
}

START_TEST(I14)
{
	cancels();
}
END_TEST

/* The stream is what is cancelled. */
START_TEST(X11)
{
	fill_socket((struct bsk_stream_sendfile){ .to_end = true });
	TELL(bsk_stream_abort);
	ck_assert_int_lt(answer(1)->error, 0);
	ck_assert_uint_gt(answer(1)->bytes, 0);
	ck_assert_uint_eq(peer_read(fds[1], got, LARGE), answer(1)->bytes);
}
END_TEST

START_TEST(I15)
{
	open_stream();
	faulty_os_fail_always(&world, FAULTY_SENDFILE, EINVAL);
	tell((struct bsk_stream_sendfile){ .to_end = true,
	    .fd = bsk_fd_own(file_of(LARGE)) });
	expect_content(LARGE);
	ck_assert_int_eq(answer(1)->error, 0);
	ck_assert_uint_eq(answer(1)->bytes, LARGE);
	ck_assert_uint_gt(atomic_load(&world.counts[FAULTY_PREAD]), 0);
}
END_TEST

START_TEST(I16)
{
	open_stream();
	clerk_say(clerk, stream, "before ");
	tell((struct bsk_stream_sendfile){ .to_end = true,
	    .fd = bsk_fd_own(file_of(LARGE)) });
	clerk_say(clerk, stream, " after");
	peer_expect(fds[1], "before ");
	expect_content(LARGE);
	peer_expect(fds[1], " after");
}
END_TEST

static void
expect_cannot(void)
{
	faulty_os_fail_always(&world, FAULTY_SENDFILE, EINVAL);
	tell((struct bsk_stream_sendfile){ .to_end = true, .no_copy = true,
	    .fd = bsk_fd_own(file_of(100)) });
	ck_assert_int_eq(answer(1)->error, -EOPNOTSUPP);
	ck_assert_int_eq(answer(1)->reason, BSK_SENT_CANNOT);
	ck_assert_uint_eq(answer(1)->bytes, 0);
	faulty_os_fail_always(&world, FAULTY_SENDFILE, 0);
}

START_TEST(I17)
{
	open_stream();
	expect_cannot();
	clerk_say(clerk, stream, "still here");
	peer_expect(fds[1], "still here");
}
END_TEST

START_TEST(X12)
{
	open_stream();
	expect_cannot();
	(void)close(mine);
	faulty_os_fail(&world, FAULTY_SENDFILE, 1, EPIPE);
	tell((struct bsk_stream_sendfile){ .to_end = true, .no_copy = true,
	    .fd = bsk_fd_own(file_of(100)) });
	ck_assert_int_eq(answer(2)->error, -EPIPE);
	ck_assert_int_eq(answer(2)->reason, BSK_SENT_PEER_GONE);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("sendfile");
	TCase *tcase = harness_case("sendfile");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, I01, 0,
	    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(tcase, I01_packets);
	tcase_add_loop_test(tcase, I02, 0, 2);
	tcase_add_test(tcase, I02_none);
	tcase_add_test(tcase, I03);
	tcase_add_test(tcase, I04);
	tcase_add_test(tcase, X13);
	tcase_add_test(tcase, I05);
	tcase_add_test(tcase, I06);
	tcase_add_test(tcase, I06_short);
	tcase_add_loop_test(tcase, I07, 0, 2);
	tcase_add_loop_test(tcase, I08, 0, 2);
	tcase_add_test(tcase, I08_after_an_error);
	tcase_add_test(tcase, I09);
	tcase_add_test(tcase, I10);
	tcase_add_test(tcase, I11);
	tcase_add_test(tcase, I12);
	tcase_add_test(tcase, I13);
	tcase_add_test(tcase, I14);
	tcase_add_test(tcase, X11);
	tcase_add_test(tcase, I15);
	tcase_add_test(tcase, I16);
	tcase_add_test(tcase, I17);
	tcase_add_test(tcase, X12);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
