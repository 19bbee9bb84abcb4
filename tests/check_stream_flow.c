/* check_stream_flow.c - when a stream reads and when it does not, and how long
 * it waits: with one worker, so that what is told later is handled later, and
 * with a clock that the test sets.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/reactor.h>
#include <buskin/stream.h>

#include "clerk.h"
#include "harness.h"
#include "peer.h"

#define SECOND INT64_C(1000000000)
#define LARGE (1 << 20)

static bsk_system *system_;
static struct clerk *clerk;
static bsk_ref stream;
static int fds[2]; /* [1] is the peer's */
static struct bsk_os world;
static _Atomic int64_t later_ns; /* what our clock is ahead of the real one */
static int bell[2];           /* a pipe that the clerk watches */
static unsigned rung;

static int64_t
now_later(const struct bsk_os *os)
{
	return bsk_os_libc.now(os) + atomic_load(&later_ns);
}

static void
watch_bell(bsk_ctx *ctx, void *arg)
{
	bsk_ref reactor;
	uint64_t ask;

	(void)arg;
	ck_assert_int_eq(bsk_service(ctx, &bsk_reactor_class, &reactor), 0);
	ck_assert_int_eq(bsk_ask(ctx, reactor, BSK_NEW(bsk_fd_watch,
	    .fd = bell[0], .events = BSK_FD_IN), HARNESS_PATIENCE_NS, &ask), 0);
}

static void
begin(void)
{
	const struct bsk_system_options options = { .workers = 1,
	    .handover_ns = -1,
		.os = &world };

	world = bsk_os_libc;
	world.now = now_later;
	atomic_store(&later_ns, 0);
	rung = 0;
	peer_pipe_from(bell);
	ck_assert_int_eq(bsk_system_create(&options, &system_), 0);
	ck_assert_int_eq(bsk_system_start(system_), 0);
	clerk = clerk_new(system_);
	clerk_do(clerk, watch_bell, NULL);
	(void)clerk_wait(clerk, &bsk_result_type, 1);
}

static void
end(void)
{
	harness_system_end(system_);
	clerk_free(clerk);
	(void)close(fds[1]);
	(void)close(bell[0]);
	(void)close(bell[1]);
}

#define STREAM(...) \
	clerk_spawn(clerk, &bsk_stream_class, BSK_PARCEL(bsk_stream_config, \
	    .fd = bsk_fd_own(fds[0]), __VA_ARGS__))

static void
do_nothing(bsk_ctx *ctx, void *arg)
{
	(void)ctx;
	(void)arg;
}

/* Waits until the stream has done what there was to do for what the peer did
 * before: the reactor, the stream and the clerk share a worker, so what is told
 * later is handled later. */
static void
let_it_see(void)
{
	peer_say(bell[1], "!");
	(void)clerk_wait(clerk, &bsk_fd_ready_type, ++rung);
	clerk_do(clerk, do_nothing, NULL);
}

START_TEST(reads_nothing_while_it_is_paused)
{
	peer_socket(fds);
	stream = STREAM(.high_water = 0);
	peer_say(fds[1], "a");
	(void)clerk_bytes(clerk, 1);
	clerk_tell(clerk, stream, BSK_NEW(bsk_stream_pause, .reserved = 0));
	clerk_tell(clerk, stream, BSK_NEW(bsk_stream_pause, .reserved = 0));
	peer_say(fds[1], "b");
	let_it_see();
	let_it_see();
	ck_assert_uint_eq(clerk_count(clerk, &bsk_bytes_type), 1);
	clerk_tell(clerk, stream, BSK_NEW(bsk_stream_resume, .reserved = 0));
	clerk_expect(clerk, "ab");
}
END_TEST

START_TEST(stops_reading_while_its_output_is_above_the_high_water)
{
	static char heap[LARGE];
	static char got[LARGE];
	size_t left = LARGE - 4096;

	peer_socket(fds);
	stream = STREAM(.high_water = 65536, .low_water = 1024);
	clerk_tell(clerk, stream, BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_static(heap, LARGE)));
	peer_say(fds[1], "request");
	let_it_see();
	ck_assert_uint_eq(peer_read(fds[1], got, 4096), 4096);
	let_it_see();
	let_it_see();
	ck_assert_uint_eq(clerk_count(clerk, &bsk_bytes_type), 0);
	ck_assert_uint_eq(peer_read(fds[1], got, left), left);
	clerk_expect(clerk, "request");
}
END_TEST

/* Whatever is written while it lingers makes it linger anew. */
START_TEST(lingers_anew_after_each_answer)
{
	const int64_t most = 3599 * SECOND;

	peer_socket(fds);
	stream = STREAM(.linger_ns = 3600 * SECOND);
	ck_assert_int_eq(shutdown(fds[1], SHUT_WR), 0);
	(void)clerk_wait(clerk, &bsk_stream_eof_type, 1);
	atomic_fetch_add(&later_ns, most);
	clerk_say(clerk, stream, "first");
	peer_expect(fds[1], "first");
	atomic_fetch_add(&later_ns, most);
	let_it_see();
	let_it_see();
	clerk_say(clerk, stream, "second");
	peer_expect(fds[1], "second");
	atomic_fetch_add(&later_ns, 2 * most);
	let_it_see();
	peer_expect_eof(fds[1]);
	(void)clerk_wait(clerk, &bsk_stream_ended_type, 1);
}
END_TEST

/* However small they are, many messages that wait stop it as well. */
START_TEST(stops_reading_while_too_many_messages_wait)
{
	static char heap[LARGE];
	unsigned index;

	peer_socket(fds);
	while (send(fds[0], heap, 1, MSG_DONTWAIT) == 1)
		continue; /* no room for what the stream is to write */
	stream = STREAM(.high_water = 65536);
	for (index = 0; index < 600; index++)
		clerk_say(clerk, stream, "x");
	peer_say(fds[1], "request");
	let_it_see();
	let_it_see();
	ck_assert_uint_eq(clerk_count(clerk, &bsk_bytes_type), 0);
	while (recv(fds[1], heap, sizeof(heap), MSG_DONTWAIT) > 0)
		continue;
	clerk_expect(clerk, "request");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stream flow");
	TCase *tcase = harness_case("flow");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, reads_nothing_while_it_is_paused);
	tcase_add_test(
	    tcase, stops_reading_while_its_output_is_above_the_high_water);
	tcase_add_test(tcase, stops_reading_while_too_many_messages_wait);
	tcase_add_test(tcase, lingers_anew_after_each_answer);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
