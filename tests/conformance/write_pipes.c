/* write_pipes.c - rows K and X14: what can be written, and how it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../harness.h"
#include "../number.h"
#include "../peer.h"
#include "../plumbing.h"

#define ROOM 65536 /* of a pipe */
#define MORE 100000

/* The end that is written is [0] here, whatever it is. */
static void
turn_round(void)
{
	int writing = plumbing_fds[1];

	plumbing_fds[1] = plumbing_fds[0];
	plumbing_fds[0] = writing;
}

static void
begin(void)
{
	plumbing_begin();
	turn_round();
	ck_assert_int_eq(fcntl(plumbing_fds[0], F_GETPIPE_SZ), ROOM);
}

#define WRITER(...) PIPE(.end = BSK_PIPE_WRITE, __VA_ARGS__)

static void
write_it(void)
{
	WRITER(.number = plumbing_fds[0]);
	(void)plumbing_opened(1);
}

static void
say(const char *text)
{
	clerk_say(plumbing_clerk, plumbing_pipe, text);
}

/* --- what can be written ---------------------------------------------- */

static int
a_pipe(void)
{
	return plumbing_fds[0];
}

static int
a_socket(void)
{
	plumbing_sockets();
	return plumbing_fds[0];
}

static int
a_terminal(void)
{
	plumbing_terminal(true);
	return plumbing_fds[0];
}

static const struct {
	int (*make)(void);
	enum bsk_pipe_kind kind;
} accepted[] = {
	{ a_pipe, BSK_PIPE_FIFO },
	{ a_socket, BSK_PIPE_SOCKET },
	{ a_terminal, BSK_PIPE_DEVICE },
};

START_TEST(K01)
{
	WRITER(.number = accepted[_i].make());
	ck_assert_int_eq(plumbing_opened(1)->kind, (int)accepted[_i].kind);
	say("seen");
	peer_expect(plumbing_fds[1], "seen");
}
END_TEST

static const struct {
	const char *path;
	unsigned kind; /* as the kernel is made to say; 0: as it says */
	int error;
	const char *word;
} refused[] = {
	{ "/proc/self/exe", 0, -EINVAL, "regular file" },
	{ "/", 0, -EINVAL, "directory" },
	{ "/dev/null", S_IFBLK, -EINVAL, "block device" },
	{ "/dev/null", 0, -EBADF, "read only" },
};

START_TEST(K01_refuses_others_by_name)
{
	int fd = open(refused[_i].path, O_RDONLY | O_CLOEXEC);
	int flags = fcntl(fd, F_GETFL);
	const struct bsk_pipe_refused *said;

	plumbing_disguise(fd, refused[_i].kind);
	WRITER(.number = fd);
	said = plumbing_refused();
	ck_assert_int_eq(said->error, refused[_i].error);
	ck_assert_ptr_nonnull(
	    strstr(bsk_text_chars(said->text), refused[_i].word));
	ck_assert_str_eq(bsk_text_chars(said->field), "fd_number");
	ck_assert_int_eq(fcntl(fd, F_GETFL), flags);
	ck_assert_uint_eq(COUNT(bsk_stream_ended), 0);
	(void)close(fd);
}
END_TEST

/* A FIFO without a reader is refused at once, not opened for ever. */
START_TEST(K01_refuses_a_fifo_that_nobody_reads)
{
	WRITER(.path = bsk_text_copy(plumbing_fifo()));
	ck_assert_int_eq(plumbing_refused()->error, -ENXIO);
	ck_assert_str_eq(bsk_text_chars(plumbing_refused()->field), "path");
}
END_TEST

/* The reader's leaving is noticed though nothing is ever read: what a peer of a
 * socket says stays unread. */
START_TEST(K02)
{
	if (_i == 1)
		plumbing_sockets();
	write_it();
	ck_assert(!plumbing_waits(plumbing_opened(1)->number));
	ck_assert_uint_eq(PLACE(bsk_pipe_opened), 0);
	if (_i == 1)
		SAY("unread");
	plumbing_settle();
	ck_assert_uint_eq(plumbing_reads(), 0);
	plumbing_close(1);
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert_uint_eq(plumbing_reads(), 0);
	ck_assert_uint_eq(COUNT(bsk_stream_eof), 0);
}
END_TEST

/* --- writing ---------------------------------------------------------- */

START_TEST(K03)
{
	write_it();
	say("");
	plumbing_settle();
	ck_assert_int_eq(plumbing_unread(plumbing_fds[1]), 0);
	say("then");
	peer_expect(plumbing_fds[1], "then");
	ck_assert_uint_eq(plumbing_status()->written_bytes, 4);
}
END_TEST

/* What is no bytes is nobody's: the asker learns so, nothing is written. */
START_TEST(K04)
{
	write_it();
	clerk_ask(plumbing_clerk, plumbing_pipe,
	    BSK_NEW(number, .value = 7));
	ck_assert_int_eq(((const struct bsk_ask_failed *)clerk_wait(
	    plumbing_clerk, &bsk_ask_failed_type, 1))->reason, -ENOMSG);
	ck_assert_int_eq(plumbing_unread(plumbing_fds[1]), 0);
	say("bytes");
	peer_expect(plumbing_fds[1], "bytes");
}
END_TEST

START_TEST(K05)
{
	write_it();
	plumbing_feed(100);
	ck_assert_uint_eq(plumbing_status()->waiting_bytes, 0);
	ck_assert_int_eq(plumbing_unread(plumbing_fds[1]), 100);
	plumbing_expect(1, 0, 100);
	plumbing_feed(ROOM + 3);
	ck_assert_uint_eq(plumbing_status()->waiting_bytes + (unsigned)
	    plumbing_unread(plumbing_fds[1]), ROOM + 3);
	ck_assert_uint_ge(plumbing_status()->waiting_bytes, 3);
	plumbing_expect(1, 0, ROOM + 3);
	plumbing_settle();
	ck_assert_uint_eq(plumbing_status()->waiting_bytes, 0);
}
END_TEST

START_TEST(K06)
{
	write_it();
	plumbing_feed(MORE);
	say("after ");
	say("it");
	plumbing_expect(1, 0, MORE);
	peer_expect(plumbing_fds[1], "after it");
}
END_TEST

/* What the peer of a socket says is no sign of its leaving. */
START_TEST(K16)
{
	plumbing_sockets();
	write_it();
	SAY("hello");
	plumbing_settle();
	say("still here");
	peer_expect(plumbing_fds[1], "still here");
	plumbing_close(1);
	ck_assert_int_eq(plumbing_over(), 0);
}
END_TEST

/* However much it says, and even when it has said it all. */
START_TEST(X14)
{
	int round;

	plumbing_sockets();
	write_it();
	for (round = 0; round < 50; round++) {
		SAY("a peer that talks and talks");
		say("x");
		peer_expect(plumbing_fds[1], "x");
	}
	ck_assert_int_eq(shutdown(plumbing_fds[1], SHUT_WR), 0);
	plumbing_settle();
	say("the last");
	peer_expect(plumbing_fds[1], "the last");
	ck_assert_uint_eq(COUNT(bsk_stream_ended), 0);
	PIPE_TELL(bsk_stream_finish);
	ck_assert_int_eq(plumbing_over(), 0);
}
END_TEST

/* --- what is known of it ---------------------------------------------- */

START_TEST(K19)
{
	write_it();
	ck_assert(plumbing_status()->can_finish);
	PIPE_TELL(bsk_stream_finish);
	ck_assert_int_eq(plumbing_over(), 0);
	plumbing_sockets();
	PIPE(.number = plumbing_fds[0]);
	ck_assert(!plumbing_status()->can_finish);
}
END_TEST

START_TEST(K22)
{
	uint64_t waiting;

	write_it();
	ck_assert_uint_eq(plumbing_status()->waiting_bytes, 0);
	plumbing_feed(MORE);
	waiting = plumbing_status()->waiting_bytes;
	ck_assert_uint_eq(waiting, MORE - ROOM);
	say("more");
	ck_assert_uint_eq(plumbing_status()->waiting_bytes, waiting + 4);
	plumbing_expect(1, 0, MORE);
	peer_expect(plumbing_fds[1], "more");
	plumbing_settle();
	ck_assert_uint_eq(plumbing_status()->waiting_bytes, 0);
	ck_assert_uint_eq(plumbing_status()->written_bytes, MORE + 4);
}
END_TEST

START_TEST(K24)
{
	const struct bsk_resource *held;
	const struct bsk_pipe_status *status;
	struct stat stat;

	write_it();
	status = plumbing_status();
	ck_assert_int_eq(fstat(plumbing_fds[0], &stat), 0);
	ck_assert_uint_eq(status->inode, stat.st_ino);
	ck_assert_int_eq(status->kind, BSK_PIPE_FIFO);
	ck_assert_int_eq(status->end, BSK_PIPE_WRITE);
	ck_assert_int_eq(status->state, BSK_PIPE_OPEN);
	ck_assert(!status->reading);
	ck_assert_uint_eq(status->fds.count, 1);
	held = status->fds.items;
	ck_assert_int_eq(held->number, plumbing_opened(1)->number);
	plumbing_feed(MORE);
	PIPE_TELL(bsk_stream_finish);
	status = plumbing_status();
	ck_assert_int_eq(status->state, BSK_PIPE_CLOSING);
	ck_assert_uint_eq(status->waiting_bytes, MORE - ROOM);
	plumbing_expect(1, 0, MORE);
	ck_assert_int_eq(plumbing_over(), 0);
}
END_TEST

/* Forgotten by its owner: the end of the system closes it. */
START_TEST(K24_left_open)
{
	int fd = dup(plumbing_fds[0]);

	plumbing_close(0);
	WRITER(.fd = bsk_fd_own(fd));
	(void)plumbing_opened(1);
	harness_system_end(plumbing_system);
	plumbing_system = NULL;
	peer_expect_eof(plumbing_fds[1]);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("write pipes");
	TCase *tcase = harness_case("write pipes");

	tcase_add_checked_fixture(tcase, begin, plumbing_end);
	tcase_add_loop_test(tcase, K01, 0, 3);
	tcase_add_loop_test(tcase, K01_refuses_others_by_name, 0, 4);
	tcase_add_test(tcase, K01_refuses_a_fifo_that_nobody_reads);
	tcase_add_loop_test(tcase, K02, 0, 2);
	tcase_add_test(tcase, K03);
	tcase_add_test(tcase, K04);
	tcase_add_test(tcase, K05);
	tcase_add_test(tcase, K06);
	tcase_add_test(tcase, K16);
	tcase_add_test(tcase, X14);
	tcase_add_test(tcase, K19);
	tcase_add_test(tcase, K22);
	tcase_add_test(tcase, K24);
	tcase_add_test(tcase, K24_left_open);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
