/* check_sendfile_steps.c - whatever ends the sending of a file, and however far
 * it had come: one answer, and in it the bytes that the kernel had taken.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/sendfile.h>

#include "harness.h"
#include "peer.h"
#include "streamed.h"

#define STEPS 5
#define STEP 4099 /* bytes; no round number */

static unsigned char content[LARGE];
static unsigned char got[LARGE];

/* Reads what the kernel had taken, and no more. */
static void
expect_sent(const char *what, uint64_t bytes)
{
	const struct bsk_stream_sent *sent =
	    clerk_wait(clerk, &bsk_stream_sent_type, 1);

	ck_assert_msg(sent->bytes == bytes, "%s after %d bytes: %d told", what,
	    (int)bytes, (int)sent->bytes);
	ck_assert_int_eq(sent->offset, (int64_t)bytes);
	ck_assert_int_lt(sent->error, 0);
	ck_assert_int_ge(bsk_fd_number(sent->fd), 0);
	if (fds[1] >= 0) {
		ck_assert_uint_eq(peer_read(fds[1], got, LARGE), bytes);
		ck_assert_mem_eq(got, content, bytes);
	}
	(void)ended();
	ck_assert_uint_eq(clerk_count(clerk, &bsk_stream_sent_type), 1);
}

/* --- what ends it ------------------------------------------------------ */

static void
cancel(void)
{
	clerk_tell(clerk, stream, BSK_NEW(bsk_stream_sendfile_cancel,
	    .ticket = 7));
	TELL(bsk_stream_finish);
	ck_assert_int_eq(shutdown(fds[1], SHUT_WR), 0);
}

static void
abort_(void)
{
	TELL(bsk_stream_abort);
}

static void
kill_stream(void)
{
	clerk_do(clerk, kill_it, &stream);
}

/* It may have noticed by itself, and be gone. */
static void
look_again(void)
{
	clerk_tell(clerk, stream, BSK_NEW(bsk_stream_limit, .high_water = 2,
	    .low_water = 1));
}

static void
peer_leaves(void)
{
	hang_up();
	atomic_store(&room, NO_LIMIT);
	look_again();
}

/* Whichever way the bytes go. What the peer has said may still be read, so it
 * is for its side to end, too. */
static void
write_fails(void)
{
	faulty_os_fail_always(&world, FAULTY_SENDFILE, ECONNRESET);
	atomic_store(&write_error, ECONNRESET);
	look_again();
	ck_assert_int_eq(shutdown(fds[1], SHUT_WR), 0);
}

static const struct {
	const char *name;
	void (*end)(void);
} ends[] = {
	{ "cancel", cancel },
	{ "abort", abort_ },
	{ "kill", kill_stream },
	{ "the peer leaves", peer_leaves },
	{ "a write fails", write_fails },
};
#define ENDS ((int)(sizeof(ends) / sizeof(ends[0])))

/* --- the walk ---------------------------------------------------------- */

static int
file_of(size_t size)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	peer_fill(content, size);
	ck_assert_int_eq(write(fd, content, size), (ssize_t)size);
	return fd;
}

START_TEST(one_answer_and_the_bytes_that_were_taken)
{
	uint64_t bytes = (uint64_t)(_i / ENDS % STEPS) * STEP;
	bool copies = _i / ENDS / STEPS > 0;

	atomic_store(&room, (int64_t)bytes);
	if (copies)
		faulty_os_fail_always(&world, FAULTY_SENDFILE, EINVAL);
	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	clerk_tell(clerk, stream, BSK_NEW(bsk_stream_sendfile, .to_end = true,
	    .ticket = 7, .fd = bsk_fd_own(file_of(LARGE))));
	ck_assert_uint_eq(status()->written_bytes, bytes);
	ends[_i % ENDS].end();
	expect_sent(ends[_i % ENDS].name, bytes);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("sendfile_steps");
	TCase *tcase = harness_case("steps");

	tcase_add_checked_fixture(tcase, streamed_begin, streamed_end);
	tcase_add_loop_test(tcase, one_answer_and_the_bytes_that_were_taken, 0,
	    ENDS * STEPS * 2);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
