/* check_nng_cut.c - the cutter lets through what fits, and shortens the rest,
 * however the bytes come. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/nng.h>

#include "harness.h"

#define HEADER 9
#define ROOM 4096

/* A message of `length` bytes, all alike. Returns its size on the wire. */
static size_t
put(unsigned char *at, uint64_t length, int byte)
{
	size_t i;

	at[0] = 1;
	for (i = 0; i < 8; i++)
		at[1 + i] = (unsigned char)(length >> (56 - 8 * i));
	memset(at + HEADER, byte, (size_t)length);
	return HEADER + (size_t)length;
}

/* Feeds `in` in random pieces through a small buffer, as a guard does. */
static size_t
feed(struct bsk_nng_cutter *cutter, const unsigned char *in, size_t size,
    unsigned char *out)
{
	unsigned char buffer[64];
	size_t held = 0;
	size_t done = 0;
	size_t at = 0;

	while (at < size) {
		size_t piece = 1 + (size_t)rand() % (sizeof(buffer) - held);
		size_t left;
		size_t ready = 0;

		if (piece > size - at)
			piece = size - at;
		memcpy(buffer + held, in + at, piece);
		at += piece;
		held += piece;
		left = held;
		ck_assert_int_eq(bsk_nng_cut(cutter, buffer, &left, &ready),
		    0);
		ck_assert_uint_le(left, held);
		ck_assert_uint_le(ready, left);
		ck_assert_uint_lt(left - ready, HEADER);
		memcpy(out + done, buffer, ready);
		done += ready;
		held = left - ready;
		memmove(buffer, buffer + ready, held);
	}
	ck_assert_uint_eq(held, 0);
	return done;
}

START_TEST(cuts_exactly_what_is_too_long_in_any_pieces)
{
	unsigned seed;

	for (seed = 1; seed <= 5000; seed++) {
		static unsigned char in[ROOM], want[ROOM], out[ROOM];
		struct bsk_nng_cutter cutter = {0};
		size_t in_size = 0;
		size_t want_size = 0;
		uint64_t cut = 0;
		int count;

		srand(seed);
		cutter.message_max = (uint64_t)rand() % 60;
		for (count = rand() % 12; count > 0; count--) {
			uint64_t length = (uint64_t)rand() % 100;

			in_size += put(in + in_size, length, count);
			if (length > cutter.message_max) {
				length = cutter.message_max;
				cut++;
			}
			want_size += put(want + want_size, length, count);
		}
		if (feed(&cutter, in, in_size, out) != want_size ||
		    memcmp(out, want, want_size) != 0 || cutter.cut != cut)
			ck_abort_msg("seed %u", seed);
	}
}
END_TEST

START_TEST(takes_the_largest_length_for_one_that_is_too_long)
{
	struct bsk_nng_cutter cutter = { .message_max = 3 };
	unsigned char bytes[HEADER + 5] = { 1, 255, 255, 255, 255, 255, 255,
	    255, 255, 'a', 'b', 'c', 'd', 'e' };
	size_t size = sizeof(bytes);
	size_t ready;

	ck_assert_int_eq(bsk_nng_cut(&cutter, bytes, &size, &ready), 0);
	ck_assert_uint_eq(ready, HEADER + 3);
	ck_assert_mem_eq(bytes, "\1\0\0\0\0\0\0\0\3abc", HEADER + 3);
	ck_assert_uint_eq(cutter.skip, UINT64_MAX - 3 - 2);
}
END_TEST

START_TEST(refuses_what_is_no_message)
{
	struct bsk_nng_cutter cutter = { .message_max = 3 };
	unsigned char bytes[HEADER] = "GET / HTT";
	size_t size = sizeof(bytes);
	size_t ready = 77;

	ck_assert_int_eq(bsk_nng_cut(&cutter, bytes, &size, &ready), -EPROTO);
	ck_assert_uint_eq(ready, 77);
}
END_TEST

START_TEST(waits_for_a_whole_header)
{
	struct bsk_nng_cutter cutter = { .message_max = 3 };
	unsigned char bytes[HEADER] = { 1 };
	size_t size = HEADER - 1;
	size_t ready = 77;

	ck_assert_int_eq(bsk_nng_cut(&cutter, bytes, &size, &ready), 0);
	ck_assert_uint_eq(ready, 0);
	ck_assert_uint_eq(size, HEADER - 1);
	size = HEADER;
	ck_assert_int_eq(bsk_nng_cut(&cutter, bytes, &size, &ready), 0);
	ck_assert_uint_eq(size, HEADER);
}
END_TEST

static Suite *
nng_cut_suite(void)
{
	Suite *suite = suite_create("nng_cut");
	TCase *tests = harness_case("nng_cut");

	tcase_add_test(tests, cuts_exactly_what_is_too_long_in_any_pieces);
	tcase_add_test(tests,
	    takes_the_largest_length_for_one_that_is_too_long);
	tcase_add_test(tests, refuses_what_is_no_message);
	tcase_add_test(tests, waits_for_a_whole_header);
	suite_add_tcase(suite, tests);
	return suite;
}

int
main(void)
{
	return harness_main(nng_cut_suite);
}
