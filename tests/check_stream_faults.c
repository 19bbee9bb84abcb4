/* check_stream_faults.c - whichever allocation or call fails while a file is
 * sent, its peer is not left waiting, what was told is so, and nothing is left;
 * and what is lent blocks again once.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/actor.h>
#include <buskin/sendfile.h>
#include <buskin/stream.h>

#include "fail_alloc.h"
#include "harness.h"
#include "peer.h"
#include "streamed.h"

#define MOST 400u /* allocations or calls of a kind; far more than there are */
#define SIZE ((size_t)300000) /* of the file: more than a socket takes */

/* --- what is lent ------------------------------------------------------- */

START_TEST(what_is_lent_to_write_blocks_again_once_and_at_the_end)
{
	int lenders;

	peer_socket(fds);
	lenders = fcntl(fds[0], F_DUPFD_CLOEXEC, 0);
	stream = clerk_spawn(clerk, &bsk_stream_class,
	    BSK_PARCEL(bsk_stream_config, .fd = bsk_fd_own(fds[0]),
		.write_fd = bsk_fd_lend(
		    fcntl(lenders, F_DUPFD_CLOEXEC, 0))));
	clerk_say(clerk, stream, "last words");
	TELL(bsk_stream_finish);
	peer_expect(fds[1], "last words");
	while (status()->writing)
		(void)sched_yield();
	peer_say(fds[1], "an answer");
	clerk_expect(clerk, "an answer");
	ck_assert_int_ne(fcntl(lenders, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_FLAGS_SET), 0);
	ck_assert_int_eq(shutdown(fds[1], SHUT_WR), 0);
	ck_assert_int_eq(ended()->reason, 0);
	ck_assert_int_eq(fcntl(lenders, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_FLAGS_SET), 1);
	(void)close(lenders);
}
END_TEST

/* --- who has a file sent ------------------------------------------------ */

static atomic_bool is_ready;   /* it waits at the gate, */
static atomic_bool gate;       /* and may begin */
static atomic_uint answers;    /* it has got */
static atomic_ullong told;     /* bytes, as the last of these says */
static atomic_int error_told;  /* the error in it */
static atomic_uint downs;      /* its stream has ended */
static int ours[2];            /* its socket, its file */

struct asker {
	bsk_ref stream;
};

BSK_HANDLER(on_open, asker, bsk_open)
{
	int error;

	(void)body;
	atomic_store(&is_ready, true);
	while (!atomic_load(&gate))
		(void)sched_yield();
	error = bsk_spawn(ctx, &bsk_stream_class,
	    BSK_PARCEL(bsk_stream_config, .fd = bsk_fd_own(ours[0])), NULL,
	    &self->stream);
	if (error == 0)
		error = bsk_send(ctx, self->stream,
		    BSK_NEW(bsk_stream_sendfile, .to_end = true,
		    .fd = bsk_fd_own(ours[1])));
	else
		(void)close(ours[1]);
	return error < 0 ? error : bsk_send(ctx, self->stream,
	    BSK_NEW(bsk_stream_finish, .reserved = 0));
}

BSK_HANDLER(on_sent, asker, bsk_stream_sent)
{
	(void)self;
	(void)ctx;
	atomic_store(&told, body->bytes);
	atomic_store(&error_told, body->error);
	atomic_fetch_add(&answers, 1);
	return 0;
}

BSK_HANDLER(on_eof, asker, bsk_stream_eof)
{
	(void)self;
	(void)ctx;
	(void)body;
	return 0;
}

BSK_HANDLER(on_ended, asker, bsk_stream_ended)
{
	(void)self;
	(void)ctx;
	(void)body;
	return 0;
}

/* This overtakes what the stream told before: wait behind that. */
BSK_HANDLER(on_down, asker, bsk_down)
{
	(void)self;
	(void)body;
	return bsk_stop(ctx, bsk_self(ctx));
}

BSK_HANDLER(on_close, asker, bsk_close)
{
	(void)self;
	(void)ctx;
	(void)body;
	atomic_fetch_add(&downs, 1);
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_stream_sent, on_sent),
	BSK_ON(bsk_stream_eof, on_eof),
	BSK_ON(bsk_stream_ended, on_ended),
	BSK_ON(bsk_down, on_down),
	BSK_ON(bsk_close, on_close),
};
static const struct bsk_class asker_class =
	BSK_CLASS(asker, "asker", "has a file sent", handlers);

/* --- the walks ---------------------------------------------------------- */

static unsigned char content[SIZE];

static void
prepare(void)
{
	bsk_ref asker;

	streamed_begin();
	atomic_store(&is_ready, false);
	atomic_store(&gate, false);
	atomic_store(&answers, 0);
	atomic_store(&told, 0);
	atomic_store(&downs, 0);
	peer_socket(fds);
	peer_fill(content, SIZE);
	ours[0] = fds[0];
	ours[1] = memfd_create("file", MFD_CLOEXEC);
	ck_assert_int_eq(write(ours[1], content, SIZE), (ssize_t)SIZE);
	ck_assert_int_eq(bsk_system_spawn(
	    system_, &asker_class, NULL, NULL, &asker), 0);
	/* One that cannot even be made has nothing to send. */
	while (!atomic_load(&is_ready))
		(void)sched_yield();
}

/* The peer: takes all there is to its end, and then says its own. Nothing is
 * asserted and nothing allocated. False: it waits in vain. */
static bool
take_all(unsigned char *got, size_t *ret_size)
{
	struct pollfd it = { .fd = fds[1], .events = POLLIN };
	ssize_t last = 1;

	atomic_store(&gate, true);
	*ret_size = 0;
	while (last > 0) {
		if (poll(&it, 1, HARNESS_PATIENCE_S * 1000) <= 0)
			return false;
		last = read(fds[1], got + *ret_size, SIZE + 1 - *ret_size);
		*ret_size += last > 0 ? (size_t)last : 0;
	}
	(void)shutdown(fds[1], SHUT_WR);
	while (atomic_load(&downs) == 0)
		(void)sched_yield();
	return true;
}

/* Whoever has an answer knows how much arrived; without an error it was all. */
static void
check(const char *what, unsigned n, const unsigned char *got, size_t size,
    bool is_struck)
{
	unsigned count = atomic_load(&answers);

	ck_assert_msg(size <= SIZE && memcmp(got, content, size) == 0,
	    "%s %u: not what was sent", what, n);
	ck_assert_msg(count <= 1, "%s %u: %u answers", what, n, count);
	ck_assert_msg(count == 0 || atomic_load(&told) == size,
	    "%s %u: %d bytes told, %d came", what, n,
	    (int)atomic_load(&told), (int)size);
	ck_assert_msg(count == 0 || atomic_load(&error_told) < 0 ||
	    size == SIZE,
	    "%s %u: %d told", what, n, atomic_load(&error_told));
	ck_assert_msg(is_struck || (count == 1 && size == SIZE),
	    "%s %u: %u answers, %d bytes", what, n, count, (int)size);
}

START_TEST(whichever_allocation_fails)
{
	static unsigned char got[SIZE + 1];
	unsigned reached = MOST;
	unsigned n;

	for (n = 1; reached >= n - 1; n++) {
		bool is_over;
		size_t size;

		ck_assert_uint_lt(n, MOST);
		prepare();
		fail_alloc_start(n);
		is_over = take_all(got, &size);
		reached = fail_alloc_stop();
		ck_assert_msg(is_over, "allocation %u: hangs", n);
		check("allocation", n, got, size, reached >= n);
		streamed_end();
	}
	ck_assert_uint_gt(n, 3);
}
END_TEST

/* Of each kind the first, the second, ... call; one that is interrupted, or
 * that another way goes round, is seen by nobody. */
static const struct {
	enum faulty_call call;
	int error;
	bool is_told; /* else it makes no difference */
} kinds[] = {
	{ FAULTY_SENDFILE, EINVAL, false },
	{ FAULTY_SENDFILE, EIO, true },
	{ FAULTY_SENDFILE, ENOMEM, true },
	{ FAULTY_FSTAT, EIO, true },
	{ FAULTY_FLAGS_GET, EBADF, true },
	{ FAULTY_EPOLL_CTL, ENOSPC, true },
	{ FAULTY_CLOSE, EIO, false },
};

START_TEST(whichever_call_fails)
{
	static unsigned char got[SIZE + 1];
	unsigned struck = 1;
	unsigned n;

	for (n = 1; struck > 0; n++) {
		size_t size;

		ck_assert_uint_lt(n, MOST);
		prepare();
		faulty_os_fail(&world, kinds[_i].call, n, kinds[_i].error);
		ck_assert_msg(take_all(got, &size), "%s %u: hangs",
		    faulty_os_name(kinds[_i].call), n);
		struck = faulty_os_struck(&world);
		check(faulty_os_name(kinds[_i].call), n, got, size,
		    struck > 0 && kinds[_i].is_told);
		streamed_end();
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stream_faults");
	TCase *tcase = harness_case("lent");

	tcase_add_checked_fixture(tcase, streamed_begin, streamed_end);
	tcase_add_test(
	    tcase, what_is_lent_to_write_blocks_again_once_and_at_the_end);
	suite_add_tcase(s, tcase);
	tcase = harness_case("faults");
	tcase_add_test(tcase, whichever_allocation_fails);
	tcase_add_loop_test(tcase, whichever_call_fails, 0,
	    (int)(sizeof(kinds) / sizeof(kinds[0])));
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
