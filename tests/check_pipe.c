/* check_pipe.c - a pipe is read or written to its end, and the open file is
 * given back as it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <buskin/pipe.h>

#include "clerk.h"
#include "harness.h"
#include "peer.h"

static bsk_system *system_;
static struct clerk *clerk;
static bsk_ref end_;
static int fds[2]; /* a blocking pipe: to read, to write */

static void
begin(void)
{
	system_ = harness_system(2, NULL);
	clerk = clerk_new(system_);
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
}

static void
end(void)
{
	harness_system_end(system_);
	clerk_free(clerk);
	if (fds[0] >= 0)
		(void)close(fds[0]);
	if (fds[1] >= 0)
		(void)close(fds[1]);
	peer_clean();
}

#define PIPE(...) \
	(end_ = clerk_spawn(clerk, &bsk_pipe_class, \
	    BSK_PARCEL(bsk_pipe_config, .to = clerk_ref(clerk), __VA_ARGS__)))

static void
close_write(void)
{
	(void)close(fds[1]);
	fds[1] = -1;
}

static int
reason(void)
{
	return ((const struct bsk_down *)clerk_wait(
	    clerk, &bsk_down_type, 1))->reason;
}

static const struct bsk_stream_ended *
ended(void)
{
	return clerk_wait(clerk, &bsk_stream_ended_type, 1);
}

START_TEST(reads_a_borrowed_descriptor_to_its_end)
{
	PIPE(.number = fds[0]);
	peer_say(fds[1], "all of this");
	close_write();
	clerk_expect(clerk, "all of this");
	(void)clerk_wait(clerk, &bsk_stream_eof_type, 1);
	ck_assert_int_eq(ended()->reason, 0);
	ck_assert_int_eq(reason(), 0);
}
END_TEST

START_TEST(sets_a_borrowed_descriptor_back_to_blocking)
{
	PIPE(.number = fds[0]);
	peer_say(fds[1], "x");
	(void)clerk_bytes(clerk, 1);
	ck_assert_int_ne(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
	clerk_stop(clerk, end_);
	ck_assert_int_eq(reason(), 0);
	ck_assert_int_eq(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
}
END_TEST

START_TEST(leaves_non_blocking_what_was_so_before)
{
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	PIPE(.number = fds[0]);
	clerk_stop(clerk, end_);
	ck_assert_int_eq(reason(), 0);
	ck_assert_int_ne(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
}
END_TEST

START_TEST(closes_a_descriptor_that_it_took)
{
	int copy = dup(fds[1]);

	PIPE(.fd = bsk_fd_own(copy), .end = BSK_PIPE_WRITE);
	close_write();
	clerk_say(clerk, end_, "last");
	clerk_tell(clerk, end_, BSK_NEW(bsk_stream_finish, .reserved = 0));
	peer_expect(fds[0], "last");
	peer_expect_eof(fds[0]);
	ck_assert_int_eq(reason(), 0);
}
END_TEST

START_TEST(writes_what_it_is_sent)
{
	PIPE(.number = fds[1], .end = BSK_PIPE_WRITE);
	clerk_say(clerk, end_, "one ");
	clerk_say(clerk, end_, "two");
	peer_expect(fds[0], "one two");
}
END_TEST

START_TEST(tells_when_its_reader_has_left)
{
	PIPE(.number = fds[1], .end = BSK_PIPE_WRITE);
	clerk_say(clerk, end_, "unread");
	peer_expect(fds[0], "un");
	(void)close(fds[0]);
	fds[0] = -1;
	ck_assert_uint_eq(ended()->unread_bytes, 4);
	ck_assert_int_eq(reason(), 0);
}
END_TEST

START_TEST(pauses_and_resumes)
{
	PIPE(.number = fds[0]);
	clerk_tell(clerk, end_, BSK_NEW(bsk_stream_pause, .reserved = 0));
	clerk_tell(clerk, end_, BSK_NEW(bsk_stream_resume, .reserved = 0));
	peer_say(fds[1], "x");
	clerk_expect(clerk, "x");
}
END_TEST

START_TEST(an_abort_ends_it)
{
	PIPE(.number = fds[0]);
	clerk_tell(clerk, end_, BSK_NEW(bsk_stream_abort, .reserved = 0));
	ck_assert_int_eq(reason(), 0);
}
END_TEST

START_TEST(refuses_other_kinds_and_leaves_them_as_they_were)
{
	static const char *const cases[] = { "/proc/self/exe", "/tmp" };
	int fd = open(cases[_i], O_RDONLY | O_CLOEXEC);
	int flags = fcntl(fd, F_GETFL);

	PIPE(.number = fd);
	ck_assert_int_eq(reason(), -EINVAL);
	ck_assert_int_eq(fcntl(fd, F_GETFL), flags);
	(void)close(fd);
}
END_TEST

START_TEST(serves_what_tells_no_readiness)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	PIPE(.number = fd);
	(void)clerk_wait(clerk, &bsk_stream_eof_type, 1);
	ck_assert_int_eq(reason(), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	(void)close(fd);
}
END_TEST

START_TEST(refuses_a_number_that_is_not_open)
{
	PIPE(.number = 900);
	ck_assert_int_eq(reason(), -EBADF);
}
END_TEST

/* A closed terminal is a hang-up, not an error. */
START_TEST(reads_a_terminal_until_it_hangs_up)
{
	int leader = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int follower;

	ck_assert_int_ge(leader, 0);
	ck_assert_int_eq(grantpt(leader), 0);
	ck_assert_int_eq(unlockpt(leader), 0);
	follower = open(ptsname(leader), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(follower, 0);
	PIPE(.number = leader);
	peer_say(follower, "typed");
	clerk_expect(clerk, "typed");
	(void)close(follower);
	(void)clerk_wait(clerk, &bsk_stream_eof_type, 1);
	ck_assert_int_eq(reason(), 0);
	(void)close(leader);
}
END_TEST

/* --- by path ---------------------------------------------------------- */

static const char *
fifo(void)
{
	const char *path = peer_path("fifo");

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	return path;
}

static int
open_fifo(int flags)
{
	int fd = open(peer_path("fifo"), flags | O_CLOEXEC);

	ck_assert_msg(fd >= 0, "open: %s", strerror(errno));
	return fd;
}

START_TEST(reads_a_fifo_again_for_a_new_writer)
{
	int writer;
	int round;

	PIPE(.path = bsk_text_copy(fifo()), .reopen = true);
	for (round = 0; round < 3; round++) {
		writer = open_fifo(O_WRONLY);
		peer_say(writer, "x");
		(void)close(writer);
		(void)clerk_wait(clerk, &bsk_stream_ended_type,
		    (unsigned)round + 1);
	}
	clerk_expect(clerk, "xxx");
}
END_TEST

START_TEST(without_reopen_the_end_of_a_fifo_is_the_end)
{
	int writer;

	PIPE(.path = bsk_text_copy(fifo()));
	writer = open_fifo(O_WRONLY);
	peer_say(writer, "x");
	(void)close(writer);
	ck_assert_int_eq(reason(), 0);
	clerk_expect(clerk, "x");
}
END_TEST

START_TEST(a_fifo_without_a_reader_is_refused_or_waited_for)
{
	int reader;

	PIPE(.path = bsk_text_copy(fifo()), .end = BSK_PIPE_WRITE);
	ck_assert_int_eq(reason(), -ENXIO);
	PIPE(.path = bsk_text_copy(peer_path("fifo")), .reopen = true,
	    .end = BSK_PIPE_WRITE);
	reader = open_fifo(O_RDONLY); /* waits until we have opened it */
	(void)close(reader);
	(void)clerk_wait(clerk, &bsk_stream_ended_type, 1);
}
END_TEST

START_TEST(tells_why_a_path_could_not_be_opened)
{
	PIPE(.path = bsk_text_copy(peer_path("none")));
	ck_assert_int_eq(reason(), -ENOENT);
}
END_TEST

/* --- a world that watches the descriptor ---------------------------------- */

#define YIELDS 20000

static struct bsk_os watched;
static int lender;          /* a borrowed descriptor's other end */
static ino_t lent;          /* what that one is */
static _Atomic(bool) back;  /* its open file blocks again */
static _Atomic(unsigned) read_after;

static ino_t
inode_of(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

/* Relaxed: numbers alone. Others read too: wake-ups, by their eventfd. */
static ssize_t
read_watched(const struct bsk_os *os, int fd, void *bytes, size_t size)
{
	if (atomic_load_explicit(&back, memory_order_relaxed) &&
	    inode_of(fd) == lent)
		(void)atomic_fetch_add_explicit(&read_after, 1,
		    memory_order_relaxed);
	return bsk_os_libc.read(os, fd, bytes, size);
}

/* Gives whoever still reads the time to, and something to read. */
static int
flags_set_watched(const struct bsk_os *os, int fd, int flags)
{
	int error = bsk_os_libc.flags_set(os, fd, flags);

	if ((flags & O_NONBLOCK) != 0)
		return error;
	atomic_store_explicit(&back, true, memory_order_relaxed);
	(void)write(lender, "more", 4);
	for (int i = 0; i < YIELDS && atomic_load_explicit(&read_after,
	    memory_order_relaxed) == 0; i++)
		(void)sched_yield();
	return error;
}

/* Killed, for it is asked to stop twice; and it does not run where its stream
 * does. */
START_TEST(nobody_reads_what_blocks_again)
{
	const struct bsk_system_options options = { .workers = 2,
		.os = &watched };
	const struct bsk_spawn_options placed = {
		.placement = _i == 0 ? BSK_PLACE_THREAD : BSK_PLACE_POOL };
	bsk_system *other;
	bsk_ref pipe_;

	watched = bsk_os_libc;
	watched.read = read_watched;
	watched.flags_set = flags_set_watched;
	lender = fds[1];
	lent = inode_of(fds[0]);
	ck_assert_int_eq(bsk_system_create(&options, &other), 0);
	ck_assert_int_eq(bsk_system_start(other), 0);
	ck_assert_int_eq(bsk_system_spawn(other, &bsk_pipe_class,
	    BSK_PARCEL(bsk_pipe_config, .number = fds[0]), &placed, &pipe_),
	    0);
	/* It reads: what we write is gone. */
	ck_assert_int_eq(write(fds[1], "something", 9), 9);
	for (int unread = 1; unread > 0; (void)sched_yield())
		ck_assert_int_eq(ioctl(fds[0], FIONREAD, &unread), 0);
	bsk_system_stop(other, 0);
	bsk_system_stop(other, 0);
	harness_system_end(other);
	ck_assert(atomic_load_explicit(&back, memory_order_relaxed));
	ck_assert_uint_eq(atomic_load_explicit(&read_after,
	    memory_order_relaxed), 0);
	ck_assert_int_eq(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("pipe");
	TCase *tcase = harness_case("pipe");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, reads_a_borrowed_descriptor_to_its_end);
	tcase_add_test(tcase, sets_a_borrowed_descriptor_back_to_blocking);
	tcase_add_test(tcase, leaves_non_blocking_what_was_so_before);
	tcase_add_test(tcase, closes_a_descriptor_that_it_took);
	tcase_add_test(tcase, writes_what_it_is_sent);
	tcase_add_test(tcase, tells_when_its_reader_has_left);
	tcase_add_test(tcase, pauses_and_resumes);
	tcase_add_test(tcase, an_abort_ends_it);
	tcase_add_loop_test(
	    tcase, refuses_other_kinds_and_leaves_them_as_they_were, 0, 2);
	tcase_add_test(tcase, serves_what_tells_no_readiness);
	tcase_add_test(tcase, refuses_a_number_that_is_not_open);
	tcase_add_test(tcase, reads_a_terminal_until_it_hangs_up);
	tcase_add_test(tcase, reads_a_fifo_again_for_a_new_writer);
	tcase_add_test(tcase, without_reopen_the_end_of_a_fifo_is_the_end);
	tcase_add_test(tcase, a_fifo_without_a_reader_is_refused_or_waited_for);
	tcase_add_test(tcase, tells_why_a_path_could_not_be_opened);
	tcase_add_loop_test(tcase, nobody_reads_what_blocks_again, 0, 2);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
