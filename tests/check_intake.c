/* check_intake.c - reading goes on as long as there may be something, and no
 * longer; whatever the sizes, the bytes come in order.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/intake.h>
#include <buskin/reactor.h>

#include "clerk.h"
#include "faulty_os.h"
#include "harness.h"
#include "peer.h"

#define LARGE 100000

static struct faulty_os world;
static bsk_system *system_;
static struct clerk *clerk;
static struct bsk_intake intake;
static int fds[2];

static void
begin(void)
{
	struct bsk_system_options options = { .workers = 1, .handover_ns = -1,
		.os = &world.table };

	faulty_os_init(&world, &bsk_os_libc);
	ck_assert_int_eq(bsk_system_create(&options, &system_), 0);
	ck_assert_int_eq(bsk_system_start(system_), 0);
	clerk = clerk_new(system_);
	memset(&intake, 0, sizeof(intake));
}

static void
end(void)
{
	harness_system_end(system_);
	clerk_free(clerk);
	(void)close(fds[0]);
	if (fds[1] >= 0)
		(void)close(fds[1]);
}

/* One read, in a handler of the clerk's. */
struct take {
	size_t size;
	ssize_t got;
	bsk_buf bytes;
};

static void
do_open(bsk_ctx *ctx, void *arg)
{
	(void)arg;
	bsk_intake_open(&intake, ctx, fds[0]);
}

static void
do_read(bsk_ctx *ctx, void *arg)
{
	struct take *take = arg;

	take->got = bsk_intake_read(
	    &intake, ctx, fds[0], take->size, &take->bytes);
}

static ssize_t
take(size_t size, unsigned char *ret_bytes)
{
	struct take one = { .size = size };

	clerk_do(clerk, do_read, &one);
	if (one.got <= 0)
		return one.got;
	ck_assert_uint_eq(one.bytes.size, (size_t)one.got);
	if (ret_bytes != NULL)
		memcpy(ret_bytes, one.bytes.bytes, one.bytes.size);
	bsk_buf_drop(&one.bytes);
	return one.got;
}

static void
open_pipe(void)
{
	peer_pipe_from(fds);
	clerk_do(clerk, do_open, NULL);
}

START_TEST(reads_nothing_before_it_is_told)
{
	open_pipe();
	peer_say(fds[1], "x");
	ck_assert_int_eq(take(10, NULL), -EAGAIN);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_READ), 0);
	bsk_intake_told(&intake, BSK_FD_OUT);
	ck_assert_int_eq(take(10, NULL), -EAGAIN);
	bsk_intake_told(&intake, BSK_FD_IN);
	ck_assert_int_eq(take(10, NULL), 1);
	ck_assert_uint_eq(intake.read_bytes, 1);
}
END_TEST

START_TEST(a_short_read_of_a_pipe_says_that_it_is_empty)
{
	open_pipe();
	peer_say(fds[1], "abc");
	bsk_intake_told(&intake, BSK_FD_IN);
	ck_assert_int_eq(take(10, NULL), 3);
	ck_assert(!intake.readable);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_READ), 1);
}
END_TEST

START_TEST(a_full_read_says_nothing)
{
	open_pipe();
	peer_say(fds[1], "abc");
	bsk_intake_told(&intake, BSK_FD_IN);
	ck_assert_int_eq(take(3, NULL), 3);
	ck_assert(intake.readable);
	ck_assert_int_eq(take(3, NULL), -EAGAIN);
	ck_assert(!intake.readable);
}
END_TEST

/* Each read gives one packet: a short one is no sign. */
START_TEST(a_short_read_of_packets_says_nothing)
{
	ck_assert_int_eq(socketpair(AF_UNIX,
	    SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
	clerk_do(clerk, do_open, NULL);
	peer_say(fds[1], "one");
	peer_say(fds[1], "three");
	bsk_intake_told(&intake, BSK_FD_IN);
	ck_assert_int_eq(take(10, NULL), 3);
	ck_assert_int_eq(take(10, NULL), 5);
	ck_assert_int_eq(take(10, NULL), -EAGAIN);
}
END_TEST

START_TEST(near_the_end_only_the_end_is_the_end)
{
	open_pipe();
	peer_say(fds[1], "abc");
	(void)close(fds[1]);
	fds[1] = -1;
	bsk_intake_told(&intake, BSK_FD_IN | BSK_FD_HUP);
	ck_assert_int_eq(take(10, NULL), 3);
	ck_assert_int_eq(take(10, NULL), 0);
}
END_TEST

START_TEST(errors_are_told)
{
	open_pipe();
	bsk_intake_told(&intake, BSK_FD_IN);
	faulty_os_fail(&world, FAULTY_READ, 1, ECONNRESET);
	ck_assert_int_eq(take(10, NULL), -ECONNRESET);
	faulty_os_fail(&world, FAULTY_READ, 1, EIO);
	ck_assert_int_eq(take(10, NULL), -EIO);
	ck_assert_uint_eq(intake.read_bytes, 0);
	ck_assert_int_eq(bsk_intake_unwatched(&intake), -EPERM);
}
END_TEST

static void
open_device(const char *path)
{
	fds[0] = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(fds[0], 0);
	fds[1] = -1;
	clerk_do(clerk, do_open, NULL);
}

START_TEST(a_closed_terminal_is_at_its_end)
{
	open_device("/dev/ptmx");
	bsk_intake_told(&intake, BSK_FD_IN);
	faulty_os_fail(&world, FAULTY_READ, 1, EIO);
	ck_assert_int_eq(take(10, NULL), 0);
}
END_TEST

START_TEST(a_device_that_nobody_watches_is_always_ready)
{
	open_device("/dev/null");
	ck_assert_int_eq(take(10, NULL), -EAGAIN);
	ck_assert_int_eq(bsk_intake_unwatched(&intake), 0);
	faulty_os_fail(&world, FAULTY_READ, 1, EAGAIN);
	ck_assert_int_eq(take(10, NULL), -EPERM);
	ck_assert_int_eq(bsk_intake_unwatched(&intake), 0);
	ck_assert_int_eq(take(10, NULL), 0);
}
END_TEST

/* Small, large, and half filled buffers in turn. */
START_TEST(whatever_the_sizes_the_bytes_come_in_order)
{
	static unsigned char sent[LARGE];
	static unsigned char got[LARGE];
	size_t wrote = 0;
	size_t done = 0;
	size_t burst = (size_t)_i;

	peer_socket(fds);
	clerk_do(clerk, do_open, NULL);
	peer_fill(sent, sizeof(sent));
	while (done < sizeof(sent)) {
		size_t piece = burst < sizeof(sent) - wrote
		    ? burst : sizeof(sent) - wrote;
		ssize_t result;

		peer_write(fds[1], sent + wrote, piece);
		wrote += piece;
		bsk_intake_told(&intake, BSK_FD_IN);
		while ((result = take(65536, got + done)) > 0)
			done += (size_t)result;
		ck_assert_int_eq(result, -EAGAIN);
		ck_assert_uint_eq(done, wrote);
	}
	ck_assert_mem_eq(sent, got, sizeof(sent));
	ck_assert_uint_eq(intake.read_bytes, sizeof(sent));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("intake");
	TCase *tcase = harness_case("intake");
	TCase *sizes = harness_case("sizes");
	static const int bursts[] = { 999, 8192, 20000, 40000 };
	size_t index;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, reads_nothing_before_it_is_told);
	tcase_add_test(tcase, a_short_read_of_a_pipe_says_that_it_is_empty);
	tcase_add_test(tcase, a_full_read_says_nothing);
	tcase_add_test(tcase, a_short_read_of_packets_says_nothing);
	tcase_add_test(tcase, near_the_end_only_the_end_is_the_end);
	tcase_add_test(tcase, errors_are_told);
	tcase_add_test(tcase, a_closed_terminal_is_at_its_end);
	tcase_add_test(tcase, a_device_that_nobody_watches_is_always_ready);
	suite_add_tcase(s, tcase);
	tcase_add_checked_fixture(sizes, begin, end);
	for (index = 0; index < 4; index++)
		tcase_add_loop_test(sizes,
		    whatever_the_sizes_the_bytes_come_in_order, bursts[index],
		    bursts[index] + 1);
	suite_add_tcase(s, sizes);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
