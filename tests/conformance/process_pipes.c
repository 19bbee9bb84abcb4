/* process_pipes.c - rows D21 to D24: the bytes to and from a child, and what
 * the log says of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <buskin/log.h>
#include <buskin/process.h>

#include "../employer.h"
#include "../harness.h"

/* --- bytes ---------------------------------------------------------------- */

#define LOT (UINT64_C(64) << 20)

/* A process that writes a lot to another. */
static void
feed_lot(bsk_ref process)
{
	const struct bsk_wire wire = { .port = { "stdout" }, .to = process };
	const struct bsk_spawn_options options = {
		.wires = &wire, .wire_count = 1,
	};
	bsk_ref unused;

	ck_assert_int_eq(bsk_system_spawn(employer_system, &bsk_process_class,
	    BSK_PARCEL(bsk_process_config, .in = BSK_STDIO_NULL,
	    .command = WORDS("head", "-c", "67108864", "/dev/zero")), &options,
	    &unused), 0);
}

/* What has come to the process, once that does not change any more. */
static uint64_t
settled(bsk_ref process)
{
	uint64_t before = 0;
	unsigned same = 0;

	while (same < 100) {
		const struct bsk_process_status *now =
		    employer_status(process);
		uint64_t bytes = now->waiting_bytes + now->written_bytes;

		same = bytes > 65536 && bytes == before ? same + 1 : 0;
		before = bytes;
	}
	return before;
}

/* Whoever feeds a child that does not read is made to wait, and goes on when it
 * does: bounded, and nothing is lost. */
START_TEST(D21)
{
	bsk_list fds;
	int gate = employer_give(7, 0, &fds);
	bsk_ref process = employer_run((struct bsk_process_config){
	    .fds = fds, .command = WORDS("sh", "-c",
		"read x <&7; head -c 67108864 >/dev/null") });

	(void)employer_started(1);
	feed_lot(process);
	ck_assert_uint_lt(settled(process), LOT / 2);
	ck_assert_int_eq(write(gate, "\n", 1), 1);
	ck_assert_uint_eq(employer_exited(1)->written_bytes, LOT);
	ck_assert_uint_eq(employer_exited(1)->unread_bytes, 0);
	(void)employer_finished(1);
	ck_assert_int_eq(close(gate), 0);
}
END_TEST

START_TEST(D22)
{
	const struct bsk_process_closed *closed;
	bsk_list fds;
	int gate = employer_give(7, 0, &fds);
	bsk_ref process = employer_run((struct bsk_process_config){
	    .fds = fds, .command = WORDS("sh", "-c",
		"exec <&-; echo shut; read x <&7; exit 4") });

	(void)patron_reads(&employer_heard, 5);
	employer_feed(process, "in vain");
	closed = employer_hears(&bsk_process_closed_type, 1);
	ck_assert_int_eq(closed->fd, 0);
	ck_assert_int_eq(closed->error, -EPIPE);
	ck_assert_int_eq(employer_status(process)->state, BSK_PROCESS_RUNNING);
	ck_assert_int_eq(write(gate, "\n", 1), 1);
	ck_assert_int_eq(employer_exited(1)->child.code, 4);
	ck_assert_uint_eq(employer_exited(1)->unsent_bytes, 7);
	ck_assert_int_eq(close(gate), 0);
}
END_TEST

START_TEST(D23)
{
	const struct bsk_process_closed *closed;
	const char *bytes;

	(void)employer_run((struct bsk_process_config){ .in = BSK_STDIO_NULL,
	    .err = BSK_STDIO_NULL, .command = WORDS("sh", "-c",
		"yes 0123456789abcde | head -c 600000") });
	closed = employer_hears(&bsk_process_closed_type, 1);
	ck_assert_int_eq(closed->fd, 1);
	ck_assert_uint_eq(closed->bytes, 600000);
	bytes = patron_reads(&employer_heard, 600000);
	for (size_t i = 0; i < 600000; i++)
		ck_assert_int_eq(bytes[i], "0123456789abcde\n"[i % 16]);
	ck_assert_uint_eq(employer_finished(1)->out_bytes, 600000);
}
END_TEST

/* --- the log -------------------------------------------------------------- */

/* Reads until all of what a log writes is there. */
static void
read_until(int fd, const char *end, char *ret_text, size_t size)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	size_t used = 0;

	ret_text[0] = '\0';
	while (strstr(ret_text, end) == NULL) {
		ssize_t got;

		ck_assert_int_eq(poll(&ready, 1, HARNESS_PATIENCE_S * 1000), 1);
		got = read(fd, ret_text + used, size - used - 1);
		ck_assert_int_gt(got, 0);
		used += (size_t)got;
		ret_text[used] = '\0';
	}
}

static void
log_to(int fd)
{
	const struct bsk_spawn_options options = { .name = "log" };
	bsk_ref unused;

	ck_assert_int_eq(bsk_system_spawn(employer_system, &bsk_log_class,
	    BSK_PARCEL(bsk_log_config, .level = BSK_LOG_DEBUG, .fd = fd),
	    &options, &unused), 0);
}

/* Arguments are told only where the config says that they may be. */
START_TEST(D24)
{
	char text[4096];
	char line[64];
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	log_to(ends[1]);
	(void)employer_run((struct bsk_process_config){ .log_command = _i == 1,
	    .command = WORDS("sh", "-c", "exit 0", "the-secret") });
	read_until(ends[0], "ended with code 0\n", text, sizeof(text));
	(void)snprintf(line, sizeof(line), ": pid %d started\n",
	    (int)employer_started(1));
	ck_assert_ptr_nonnull(strstr(text, line));
	ck_assert_ptr_nonnull(strstr(text, " debug "));
	ck_assert_int_eq(strstr(text, "the-secret") != NULL, _i == 1);
	(void)employer_finished(1);
	harness_system_end(employer_system);
	employer_system = harness_system(1, NULL);
	ck_assert_int_eq(close(ends[0]), 0);
	ck_assert_int_eq(close(ends[1]), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("process pipes");
	TCase *tcase = harness_case("process pipes");

	tcase_add_checked_fixture(tcase, employer_begin, employer_end);
	tcase_add_test(tcase, D21);
	tcase_add_test(tcase, D22);
	tcase_add_test(tcase, D23);
	tcase_add_loop_test(tcase, D24, 0, 2);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
