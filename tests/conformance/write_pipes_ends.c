/* write_pipes_ends.c - rows K: pressure, errors, and how a written pipe ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <buskin/actor.h>
#include <buskin/log.h>

#include "../harness.h"
#include "../peer.h"
#include "../plumbing.h"

#define ROOM 65536 /* of a pipe */
#define MORE 100000
#define LEFT (MORE - ROOM)
#define LOW 16384

static void
begin(void)
{
	int writing;

	plumbing_begin();
	writing = plumbing_fds[1];
	plumbing_fds[1] = plumbing_fds[0];
	plumbing_fds[0] = writing;
	ck_assert_int_eq(fcntl(writing, F_GETPIPE_SZ), ROOM);
}

#define WRITER(...) PIPE(.end = BSK_PIPE_WRITE, __VA_ARGS__)

static int
write_it(void)
{
	WRITER(.number = plumbing_fds[0]);
	return plumbing_opened(1)->number;
}

static void
say(const char *text)
{
	clerk_say(plumbing_clerk, plumbing_pipe, text);
}

/* So that nobody but the pipe has it open for writing. */
static void
write_alone(void)
{
	int fd = dup(plumbing_fds[0]);

	plumbing_close(0);
	WRITER(.fd = bsk_fd_own(fd));
	(void)plumbing_opened(1);
}

/* --- pressure --------------------------------------------------------- */

static void
watch_pressure(void)
{
	PIPE_TELL(bsk_stream_pressure_watch);
}

static const struct bsk_stream_pressure *
pressure(unsigned nth)
{
	return clerk_wait(plumbing_clerk, &bsk_stream_pressure_type, nth);
}

START_TEST(K07)
{
	(void)write_it();
	watch_pressure();
	plumbing_feed(ROOM);
	plumbing_feed(ROOM);
	ck_assert_uint_eq(plumbing_status()->waiting_bytes, ROOM);
	ck_assert_uint_eq(COUNT(bsk_stream_pressure), 0);
	say("!");
	ck_assert(pressure(1)->on);
	ck_assert_uint_eq(pressure(1)->waiting_bytes, ROOM + 1);
	say("!");
	(void)plumbing_status();
	ck_assert_uint_eq(COUNT(bsk_stream_pressure), 1);
}
END_TEST

/* The kernel takes a page at a time: the reader takes one, and looks. */
START_TEST(K08)
{
	char page[4096];
	uint64_t waiting = 2 * ROOM;

	(void)write_it();
	watch_pressure();
	plumbing_feed(3 * ROOM);
	ck_assert(pressure(1)->on);
	while (COUNT(bsk_stream_pressure) < 2) {
		ck_assert_uint_gt(waiting, LOW);
		ck_assert_uint_eq(peer_read(plumbing_fds[1], page,
		    sizeof(page)), sizeof(page));
		plumbing_settle();
		waiting = plumbing_status()->waiting_bytes;
	}
	ck_assert(!pressure(2)->on);
	ck_assert_uint_le(pressure(2)->waiting_bytes, LOW);
	ck_assert_uint_eq(pressure(2)->waiting_bytes, waiting);
}
END_TEST

static const struct {
	uint64_t high;
	uint64_t low;
	uint64_t is_high; /* what comes of these */
	uint64_t is_low;
} marks[] = {
	{ 10, 0, 10, 2 },
	{ 0, 10, 40, 10 },
	{ 40, 10, 40, 10 },
	{ 0, 0, 65536, 16384 },
};

/* Fills it to the mark, and a byte over; and then to the other mark. */
static void
expect_marks(uint64_t high, uint64_t low)
{
	char page[4096];
	uint64_t waiting = high + 1;

	watch_pressure();
	plumbing_feed(ROOM);
	plumbing_feed(high);
	ck_assert_uint_eq(plumbing_status()->waiting_bytes, high);
	ck_assert_uint_eq(COUNT(bsk_stream_pressure), 0);
	say("!");
	ck_assert(pressure(1)->on);
	while (waiting > low) {
		ck_assert_uint_eq(COUNT(bsk_stream_pressure), 1);
		ck_assert_uint_eq(peer_read(plumbing_fds[1], page,
		    sizeof(page)), sizeof(page));
		plumbing_settle();
		waiting = plumbing_status()->waiting_bytes;
	}
	ck_assert(!pressure(2)->on);
}

START_TEST(K09)
{
	(void)write_it();
	clerk_ask(plumbing_clerk, plumbing_pipe, BSK_NEW(bsk_stream_limit,
	    .high_water = marks[_i].high, .low_water = marks[_i].low));
	ck_assert_int_eq(((const struct bsk_result *)clerk_wait(plumbing_clerk,
	    &bsk_result_type, 1))->error, 0);
	expect_marks(marks[_i].is_high, marks[_i].is_low);
}
END_TEST

START_TEST(K09_in_the_config)
{
	WRITER(.number = plumbing_fds[0], .high_water = marks[_i].high,
	    .low_water = marks[_i].low);
	(void)plumbing_opened(1);
	expect_marks(marks[_i].is_high, marks[_i].is_low);
}
END_TEST

START_TEST(K09_refuses_low_above_high)
{
	const struct bsk_result *result;

	(void)write_it();
	clerk_ask(plumbing_clerk, plumbing_pipe, BSK_NEW(bsk_stream_limit,
	    .high_water = 10, .low_water = 11));
	result = clerk_wait(plumbing_clerk, &bsk_result_type, 1);
	ck_assert_int_eq(result->error, -EINVAL);
	ck_assert_str_eq(bsk_text_chars(result->field), "low_water");
	ck_assert_uint_gt(strlen(bsk_text_chars(result->text)), 0);
	WRITER(.number = plumbing_fds[0], .high_water = 10, .low_water = 11);
	ck_assert_int_eq(plumbing_refused()->error, -EINVAL);
	ck_assert_str_eq(
	    bsk_text_chars(plumbing_refused()->field), "low_water");
}
END_TEST

struct nervous {
	uint8_t reserved;
};

BSK_HANDLER(nervous_opens, nervous, bsk_open)
{
	(void)self;
	(void)body;
	return bsk_send(ctx, plumbing_pipe,
	    BSK_NEW(bsk_stream_pressure_watch, .reserved = 0));
}

BSK_HANDLER(nervous_hears, nervous, bsk_stream_pressure)
{
	(void)self;
	(void)ctx;
	(void)body;
	return -EIO;
}

static const struct bsk_handler nervous_handlers[] = {
	BSK_ON(bsk_open, nervous_opens),
	BSK_ON(bsk_stream_pressure, nervous_hears),
};

static const struct bsk_class nervous_class = BSK_CLASS(nervous, "nervous",
    "fails when it hears of pressure", nervous_handlers);

/* Who cannot bear to hear of it ends, is reported, and harms nobody else. */
START_TEST(K10)
{
	const struct bsk_fault *fault;

	plumbing_take_faults();
	(void)write_it();
	(void)clerk_spawn(plumbing_clerk, &nervous_class, NULL);
	plumbing_settle();
	plumbing_feed(3 * ROOM);
	fault = clerk_wait(plumbing_clerk, &bsk_fault_type, 1);
	ck_assert_int_eq(fault->reason, -EIO);
	ck_assert_str_eq(bsk_text_chars(fault->class_name), "nervous");
	ck_assert_str_eq(bsk_text_chars(fault->type), "bsk_stream_pressure");
	plumbing_expect(1, 0, 3 * ROOM);
	ck_assert_uint_eq(COUNT(bsk_stream_ended), 0);
}
END_TEST

/* --- errors ----------------------------------------------------------- */

START_TEST(K11)
{
	plumbing_take_faults();
	plumbing_break(write_it(), EPIPE);
	say("nobody");
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert_int_eq(plumbing_ended(1)->reason, -EPIPE);
	ck_assert_uint_eq(plumbing_ended(1)->written_bytes, 0);
	ck_assert_uint_eq(plumbing_ended(1)->unsent_bytes, 6);
	ck_assert_uint_eq(COUNT(bsk_fault), 0);
}
END_TEST

START_TEST(K12)
{
	char page[4096];
	int fd = write_it();

	plumbing_feed(MORE);
	say("more");
	ck_assert_uint_eq(plumbing_status()->waiting_bytes, LEFT + 4);
	plumbing_break(fd, EIO);
	(void)peer_read(plumbing_fds[1], page, sizeof(page));
	ck_assert_int_eq(plumbing_ended(1)->reason, -EIO);
	ck_assert_uint_eq(plumbing_ended(1)->written_bytes, ROOM);
	ck_assert_uint_eq(plumbing_ended(1)->unsent_bytes, LEFT + 4);
	ck_assert_uint_eq(plumbing_ended(1)->unsent_messages, 2);
	ck_assert_int_eq(plumbing_over(), -EIO);
}
END_TEST

/* What is no peer's leaving is a fault. */
START_TEST(K13)
{
	const struct bsk_fault *fault;

	plumbing_take_faults();
	plumbing_break(write_it(), EIO);
	say("x");
	ck_assert_int_eq(plumbing_over(), -EIO);
	fault = clerk_wait(plumbing_clerk, &bsk_fault_type, 1);
	ck_assert_int_eq(fault->reason, -EIO);
	ck_assert_str_eq(bsk_text_chars(fault->class_name), "pipe");
}
END_TEST

START_TEST(K14)
{
	(void)write_it();
	plumbing_feed(MORE);
	ck_assert_uint_eq(plumbing_status()->waiting_bytes, LEFT);
	plumbing_close(1);
	ck_assert_int_eq(plumbing_ended(1)->reason, -EPIPE);
	ck_assert_uint_eq(plumbing_ended(1)->unsent_bytes, LEFT);
	ck_assert_uint_eq(plumbing_ended(1)->unread_bytes, ROOM);
	ck_assert_int_eq(plumbing_over(), 0);
}
END_TEST

START_TEST(K15)
{
	if (_i == 1)
		plumbing_sockets();
	(void)write_it();
	plumbing_close(1);
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert_int_eq(plumbing_ended(1)->reason, 0);
	ck_assert_uint_eq(plumbing_ended(1)->unsent_bytes, 0);
}
END_TEST

/* --- its end ---------------------------------------------------------- */

/* Those who do not hear that it is over: dropped, counted, and from the fifth
 * on one line in the log, not one for each. */
START_TEST(K17)
{
	int late;

	plumbing_take_log();
	write_alone();
	plumbing_feed(MORE);
	PIPE_TELL(bsk_stream_finish);
	for (late = 1; late < 5; late++)
		say("too late");
	(void)plumbing_status();
	ck_assert_uint_eq(plumbing_complaints(), 0);
	for (; late < 50; late++)
		say("too late");
	(void)plumbing_status();
	ck_assert_uint_eq(plumbing_complaints(), 1);
	plumbing_expect(1, 0, MORE);
	peer_expect_eof(plumbing_fds[1]);
	ck_assert_int_eq(plumbing_over(), 0);
	say("to nobody at all");
	ck_assert_uint_eq(plumbing_ended(1)->unsent_bytes, 0);
}
END_TEST

/* With nothing waiting; with something that is written first. Twice is once. */
START_TEST(K18)
{
	write_alone();
	if (_i == 1)
		plumbing_feed(MORE);
	PIPE_TELL(bsk_stream_finish);
	PIPE_TELL(bsk_stream_finish);
	if (_i == 1)
		plumbing_expect(1, 0, MORE);
	peer_expect_eof(plumbing_fds[1]);
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert_int_eq(plumbing_ended(1)->reason, 0);
	ck_assert_uint_eq(
	    plumbing_ended(1)->written_bytes, _i == 1 ? MORE : 0);
}
END_TEST

START_TEST(K20)
{
	write_alone();
	plumbing_feed(MORE);
	plumbing_stop();
	plumbing_expect(1, 0, MORE);
	peer_expect_eof(plumbing_fds[1]);
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert_uint_eq(plumbing_ended(1)->unsent_bytes, 0);
}
END_TEST

START_TEST(K21)
{
	write_alone();
	plumbing_feed(MORE);
	ck_assert_uint_eq(plumbing_status()->waiting_bytes, LEFT);
	plumbing_abort();
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert_int_eq(plumbing_ended(1)->reason, 0);
	ck_assert_uint_eq(plumbing_ended(1)->written_bytes, ROOM);
	ck_assert_uint_eq(plumbing_ended(1)->unsent_bytes, LEFT);
	plumbing_expect(1, 0, ROOM);
	peer_expect_eof(plumbing_fds[1]);
}
END_TEST

/* Not before the last byte is with the kernel, and by nothing else but that:
 * the reader need not take it. */
START_TEST(K23)
{
	write_alone();
	plumbing_feed(MORE);
	PIPE_TELL(bsk_stream_finish);
	ck_assert_int_eq(plumbing_status()->state, BSK_PIPE_CLOSING);
	ck_assert_uint_eq(COUNT(bsk_stream_ended), 0);
	plumbing_expect(1, 0, LEFT + 4096);
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert_uint_eq(plumbing_ended(1)->written_bytes, MORE);
	ck_assert_int_eq(plumbing_unread(plumbing_fds[1]), ROOM - 4096);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("write pipes, ends");
	TCase *tcase = harness_case("write pipes, ends");

	tcase_add_checked_fixture(tcase, begin, plumbing_end);
	tcase_add_test(tcase, K07);
	tcase_add_test(tcase, K08);
	tcase_add_loop_test(tcase, K09, 0, 4);
	tcase_add_loop_test(tcase, K09_in_the_config, 0, 4);
	tcase_add_test(tcase, K09_refuses_low_above_high);
	tcase_add_test(tcase, K10);
	tcase_add_test(tcase, K11);
	tcase_add_test(tcase, K12);
	tcase_add_test(tcase, K13);
	tcase_add_test(tcase, K14);
	tcase_add_loop_test(tcase, K15, 0, 2);
	tcase_add_test(tcase, K17);
	tcase_add_loop_test(tcase, K18, 0, 2);
	tcase_add_test(tcase, K20);
	tcase_add_test(tcase, K21);
	tcase_add_test(tcase, K23);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
