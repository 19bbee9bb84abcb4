/* check_outbox.c - however little the kernel takes at a time, the bytes go out
 * once and in order, and each message ends as what happened to it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/outbox.h>
#include <buskin/sim.h>

#include "fail_alloc.h"
#include "harness.h"

#define MANY 1000

/* A kernel that takes `most` bytes in all until it is given more, and then
 * fails with `error_`. */
static struct bsk_os os;
static char taken[65536];
static size_t taken_size;
static size_t most;
static int error_;
static unsigned calls;
static bool strange; /* it was called with what is not ours */

/* Asserts nothing: it is called while allocations are counted. */
static ssize_t
take(const struct bsk_os *self, int fd, const struct iovec *vectors, int count)
{
	size_t before = taken_size;
	int index;

	(void)self;
	strange = strange || fd != 77 || count <= 0;
	calls++;
	for (index = 0; index < count && most > 0; index++) {
		size_t size = vectors[index].iov_len;

		size = size < most ? size : most;
		memcpy(taken + taken_size, vectors[index].iov_base, size);
		taken_size += size;
		most -= size;
	}
	return taken_size > before ? (ssize_t)(taken_size - before) : -error_;
}

static ssize_t
take_one(const struct bsk_os *self, int fd, const void *bytes, size_t size)
{
	const struct iovec vector = { (void *)(uintptr_t)bytes, size };

	return fd == 77 ? take(self, fd, &vector, 1) :
	    bsk_os_libc.write(self, fd, bytes, size);
}

/* --- an actor around an outbox ---------------------------------------- */

static struct bsk_outbox outbox; /* of the only writer */
static int result;

struct writer {
	uint8_t unused;
};

BSK_HANDLER(on_bytes, writer, bsk_bytes)
{
	(void)self;
	result = bsk_outbox_put(&outbox, ctx, 77, body);
	return 0;
}

/* Flush. */
BSK_HANDLER(on_result, writer, bsk_result)
{
	(void)self;
	(void)body;
	result = bsk_outbox_flush(&outbox, ctx, 77);
	return 0;
}

BSK_HANDLER(on_close, writer, bsk_close)
{
	(void)self;
	(void)body;
	bsk_outbox_lose(&outbox, ctx);
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_bytes, on_bytes),
	BSK_ON(bsk_result, on_result),
	BSK_ON(bsk_close, on_close),
};
static const struct bsk_class writer_class =
	BSK_CLASS(writer, "writer", "writes", handlers, .config = NULL);

static bsk_system *sim;
static bsk_ref writer;
static uint64_t alive; /* messages there were before any was sent */

static void
begin(void)
{
	struct bsk_system_options options = { .os = &os, .workers = 1,
	    .handover_ns = -1,
		.capacity = 2 * MANY };

	os = bsk_os_libc;
	os.write = take_one;
	os.writev = take;
	taken_size = 0;
	calls = 0;
	error_ = EAGAIN;
	memset(&outbox, 0, sizeof(outbox));
	ck_assert_int_eq(bsk_sim_create(&options, 1, &sim), 0);
	ck_assert_int_eq(bsk_system_spawn(
	    sim, &writer_class, NULL, NULL, &writer), 0);
	(void)bsk_sim_run(sim, 0);
	alive = bsk_system_messages(sim);
}

static void
end(void)
{
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, INT64_C(60000000000)), 1);
	ck_assert_uint_eq(bsk_system_messages(sim), 0);
	ck_assert(!strange);
	bsk_system_destroy(sim);
}

static void
put(const char *text)
{
	ck_assert_int_eq(bsk_system_send(sim, writer, BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_copy(text, strlen(text)))), 0);
	(void)bsk_sim_run(sim, 0);
}

static void
flush(size_t room)
{
	most = room;
	ck_assert_int_eq(bsk_system_send(
	    sim, writer, BSK_NEW(bsk_result, .error = 0)), 0);
	(void)bsk_sim_run(sim, 0);
}

static void
expect(const char *text)
{
	ck_assert_uint_eq(taken_size, strlen(text));
	ck_assert_mem_eq(taken, text, taken_size);
}

START_TEST(writes_at_once_when_nothing_waits)
{
	most = 100;
	put("hello");
	expect("hello");
	put("");
	ck_assert_uint_eq(calls, 1);
	ck_assert_int_eq(result, 0);
	ck_assert_uint_eq(outbox.written_bytes, 5);
	ck_assert_uint_eq(outbox.waiting_bytes, 0);
	ck_assert_uint_eq(bsk_system_messages(sim), alive);
}
END_TEST

START_TEST(holds_a_message_until_its_last_byte_is_out)
{
	most = 3;
	put("hello");
	put("there");
	expect("hel");
	ck_assert_int_eq(result, 0);
	ck_assert_uint_eq(outbox.waiting_bytes, 7);
	ck_assert_uint_eq(outbox.count, 2);
	ck_assert_uint_eq(bsk_system_messages(sim), alive + 2);
	flush(1);
	expect("hell");
	ck_assert_uint_eq(bsk_system_messages(sim), alive + 2);
	flush(2);
	expect("hellot");
	ck_assert_uint_eq(bsk_system_messages(sim), alive + 1);
	flush(100);
	expect("hellothere");
	ck_assert_uint_eq(bsk_system_messages(sim), alive);
	ck_assert_uint_eq(outbox.waiting_bytes, 0);
	ck_assert_uint_eq(outbox.written_bytes, 10);
}
END_TEST

/* What comes later must not overtake what waits, even if there is room. */
START_TEST(nothing_overtakes_what_waits)
{
	most = 0;
	put("first");
	most = 100;
	put("second");
	expect("");
	flush(100);
	expect("firstsecond");
}
END_TEST

START_TEST(many_messages_go_out_in_few_calls)
{
	char all[MANY * 4 + 1];
	unsigned index;

	most = 0;
	for (index = 0; index < MANY; index++) {
		(void)snprintf(all + 3 * index, 4, "%03u", index % 1000);
		put(all + 3 * index);
	}
	calls = 0;
	flush(sizeof(taken));
	expect(all);
	ck_assert_uint_le(calls, MANY / 256 + 1);
	ck_assert_uint_eq(bsk_system_messages(sim), alive);
}
END_TEST

START_TEST(byte_by_byte_comes_the_same)
{
	unsigned index;

	most = 0;
	for (index = 0; index < 20; index++)
		put("abc");
	for (index = 0; index < 60; index++)
		flush(1);
	ck_assert_uint_eq(taken_size, 60);
	ck_assert_mem_eq(taken, "abcabcabcabc", 12);
	ck_assert_uint_eq(outbox.count, 0);
}
END_TEST

START_TEST(an_error_is_told_and_what_waits_can_be_lost)
{
	most = 2;
	put("hello");
	put("there");
	error_ = EPIPE;
	flush(0);
	ck_assert_int_eq(result, -EPIPE);
	ck_assert_uint_eq(outbox.waiting_bytes, 8);
	bsk_system_stop(sim, 0); /* its bsk_close loses them */
	(void)bsk_sim_run(sim, INT64_C(60000000000));
	ck_assert_uint_eq(outbox.lost_bytes, 8);
	ck_assert_uint_eq(outbox.lost_messages, 2);
	ck_assert_uint_eq(outbox.waiting_bytes, 0);
	ck_assert_uint_eq(outbox.written_bytes, 2);
}
END_TEST

START_TEST(an_error_at_once_keeps_the_message_to_be_lost)
{
	most = 0;
	error_ = ECONNRESET;
	put("hello");
	ck_assert_int_eq(result, -ECONNRESET);
	ck_assert_uint_eq(outbox.waiting_bytes, 5);
}
END_TEST

/* The nth allocation fails, for each that there is. */
START_TEST(without_memory_a_message_is_lost_and_said_so)
{
	unsigned lost = 0;
	unsigned nth = 1;
	unsigned count;

	most = 5;
	put("known"); /* so that the way itself needs no memory any more */
	do {
		uint64_t before = outbox.lost_messages + outbox.count;

		most = 0;
		ck_assert_int_eq(bsk_system_send(sim, writer, BSK_NEW(
		    bsk_bytes, .bytes = bsk_buf_copy("hello", 5))), 0);
		fail_alloc_start(nth);
		(void)bsk_sim_run(sim, 0);
		count = fail_alloc_stop();
		ck_assert_uint_eq(
		    outbox.lost_messages + outbox.count, before + 1);
		ck_assert_int_eq(result,
		    outbox.lost_messages > lost ? -ENOMEM : 0);
		lost = (unsigned)outbox.lost_messages;
		ck_assert_uint_eq(
		    bsk_system_messages(sim), alive + outbox.count);
	} while (count >= nth++);
	ck_assert_uint_gt(lost, 0);
	ck_assert_uint_eq(outbox.lost_bytes, 5 * lost);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("outbox");
	TCase *tcase = harness_case("outbox");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, writes_at_once_when_nothing_waits);
	tcase_add_test(tcase, holds_a_message_until_its_last_byte_is_out);
	tcase_add_test(tcase, nothing_overtakes_what_waits);
	tcase_add_test(tcase, many_messages_go_out_in_few_calls);
	tcase_add_test(tcase, byte_by_byte_comes_the_same);
	tcase_add_test(tcase, an_error_is_told_and_what_waits_can_be_lost);
	tcase_add_test(tcase, an_error_at_once_keeps_the_message_to_be_lost);
	tcase_add_test(tcase, without_memory_a_message_is_lost_and_said_so);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
