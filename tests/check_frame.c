/* check_frame.c - however the input is torn, the same frames come out; and
 * garbage is refused within bounds.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/frame.h>

#include "harness.h"

#define FRAMES 64
#define MAX 1000

static struct bsk_cutter cutter;
static bsk_buf frames[FRAMES];
static unsigned count;

static void
begin(void)
{
	memset(&cutter, 0, sizeof(cutter));
	cutter.max = MAX;
	count = 0;
}

static void
end(void)
{
	while (count > 0)
		bsk_buf_drop(&frames[--count]);
	bsk_cutter_release(&cutter);
}

/* Cuts one piece of input; gives the error, or 0. */
static int
feed(const char *bytes, size_t size)
{
	bsk_buf input = bsk_buf_copy(bytes, size);
	size_t at = 0;
	int result;

	while ((result = bsk_cutter_next(
	    &cutter, &input, &at, &frames[count])) > 0) {
		ck_assert_uint_lt(++count, FRAMES);
	}
	if (result == 0)
		ck_assert_uint_eq(at, size);
	bsk_buf_drop(&input);
	return result;
}

static void
feed_text(const char *text)
{
	ck_assert_int_eq(feed(text, strlen(text)), 0);
}

static void
expect(unsigned index, const char *text)
{
	ck_assert_uint_lt(index, count);
	ck_assert_uint_eq(frames[index].size, strlen(text));
	if (text[0] != '\0')
		ck_assert_mem_eq(frames[index].bytes, text, strlen(text));
}

START_TEST(lines_keep_their_ends)
{
	cutter.frame = BSK_FRAME_LINES;
	feed_text("one\ntwo\n\nth");
	feed_text("ree");
	ck_assert_uint_eq(count, 3);
	feed_text("\n");
	ck_assert_uint_eq(count, 4);
	expect(0, "one\n");
	expect(1, "two\n");
	expect(2, "\n");
	expect(3, "three\n");
}
END_TEST

START_TEST(a_last_line_that_lacks_its_end_gets_one)
{
	cutter.frame = BSK_FRAME_JSON_LINES;
	feed_text("{}\n[1]");
	ck_assert_int_eq(bsk_cutter_end(&cutter, &frames[count]), 1);
	count++;
	expect(1, "[1]\n");
	ck_assert_int_eq(bsk_cutter_end(&cutter, &frames[count]), 0);
}
END_TEST

START_TEST(pieces_are_left_as_they_came)
{
	cutter.frame = BSK_FRAME_NONE;
	feed_text("any\nthing");
	feed_text("3:abc,");
	ck_assert_uint_eq(count, 2);
	expect(0, "any\nthing");
	expect(1, "3:abc,");
	ck_assert_int_eq(bsk_cutter_end(&cutter, &frames[count]), 0);
}
END_TEST

START_TEST(a_length_is_not_part_of_its_frame)
{
	static const char input[] = "\0\0\0\3abc\0\0\0\0\0\0\0\1z";

	cutter.frame = BSK_FRAME_LENGTH;
	ck_assert_int_eq(feed(input, sizeof(input) - 1), 0);
	ck_assert_uint_eq(count, 3);
	expect(0, "abc");
	expect(1, "");
	expect(2, "z");
}
END_TEST

START_TEST(netstrings_are_what_is_between_colon_and_comma)
{
	cutter.frame = BSK_FRAME_NETSTRING;
	feed_text("3:a,c,0:,12:hello world!,");
	ck_assert_uint_eq(count, 3);
	expect(0, "a,c");
	expect(1, "");
	expect(2, "hello world!");
}
END_TEST

/* What is whole in one piece of input is not copied. */
START_TEST(a_whole_frame_shares_the_inputs_bytes)
{
	bsk_buf input = bsk_buf_copy("4:abcd,", 7);
	size_t at = 0;

	cutter.frame = BSK_FRAME_NETSTRING;
	ck_assert_int_eq(bsk_cutter_next(
	    &cutter, &input, &at, &frames[count++]), 1);
	ck_assert_ptr_eq(frames[0].bytes, input.bytes + 2);
	bsk_buf_drop(&input);
}
END_TEST

static void
check_all(const char *input, size_t size, size_t piece,
    const char *const *texts, unsigned most)
{
	size_t at;
	unsigned index;

	for (at = 0; at < size; at += piece)
		ck_assert_int_eq(feed(input + at,
		    size - at < piece ? size - at : piece), 0);
	ck_assert_int_eq(bsk_cutter_end(&cutter, &frames[count]), 0);
	ck_assert_uint_eq(count, most);
	for (index = 0; index < most; index++)
		expect(index, texts[index]);
}

static void
check_torn(size_t piece)
{
	static const char *const bodies[] = { "a", "", "hello", "x:1,y" };
	static const char *const lines[] = { "a\n", "\n", "hello\n", "xy\n" };
	static const char prefixed[] =
	    "\0\0\0\1a\0\0\0\0\0\0\0\5hello\0\0\0\5x:1,y";

	cutter.frame = BSK_FRAME_LENGTH;
	check_all(prefixed, sizeof(prefixed) - 1, piece, bodies, 4);
	end();
	begin();
	cutter.frame = BSK_FRAME_NETSTRING;
	check_all("1:a,0:,5:hello,5:x:1,y,", 23, piece, bodies, 4);
	end();
	begin();
	cutter.frame = BSK_FRAME_LINES;
	check_all("a\n\nhello\nxy\n", 12, piece, lines, 4);
	end();
	begin();
}

START_TEST(torn_anywhere_the_same_frames_come_out)
{
	size_t piece;

	for (piece = 1; piece < 28; piece++)
		check_torn(piece);
}
END_TEST

START_TEST(the_largest_frame_is_let_pass_and_one_byte_more_is_not)
{
	static const int32_t kinds[] = {
		BSK_FRAME_LINES, BSK_FRAME_LENGTH, BSK_FRAME_NETSTRING,
	};
	static char heap[MAX + 1];
	bsk_buf body;
	bsk_buf whole;
	enum bsk_frame frame = (enum bsk_frame)kinds[_i % 3];
	bool is_torn = _i >= 3;

	memset(heap, 'x', sizeof(heap));
	cutter.frame = kinds[_i % 3];
	body = bsk_buf_static(heap, MAX);
	ck_assert_int_eq(bsk_frame_encode(frame, &body, &whole), 0);
	ck_assert_int_eq(feed((const char *)whole.bytes, is_torn ? 7 : 0), 0);
	ck_assert_int_eq(feed((const char *)whole.bytes + (is_torn ? 7 : 0),
	    whole.size - (is_torn ? 7 : 0)), 0);
	ck_assert_uint_eq(count, 1);
	bsk_buf_drop(&whole);
	body = bsk_buf_static(heap, MAX + 1);
	ck_assert_int_eq(bsk_frame_encode(frame, &body, &whole), 0);
	ck_assert_int_eq(feed((const char *)whole.bytes, whole.size),
	    -EMSGSIZE);
	bsk_buf_drop(&whole);
}
END_TEST

/* The bound holds before the frame is there, not only once it is. */
START_TEST(a_length_that_is_too_large_is_refused_at_once)
{
	static const struct {
		int32_t frame; /* enum bsk_frame */
		const char *bytes;
		size_t size;
	} cases[] = {
		{ BSK_FRAME_LENGTH, "\377\377\377\377", 4 },
		{ BSK_FRAME_LENGTH, "\0\0\3\351", 4 },
		{ BSK_FRAME_NETSTRING, "1001", 4 },
		{ BSK_FRAME_NETSTRING, "99999999999999999999999", 23 },
	};

	cutter.frame = cases[_i].frame;
	ck_assert_int_eq(feed(cases[_i].bytes, cases[_i].size), -EMSGSIZE);
}
END_TEST

START_TEST(what_is_no_netstring_is_refused)
{
	static const char *const cases[] = {
		"x", ":", ":,", "-1:,", "+1:a,", " 1:a,", "01:a,", "00:,",
		"1 :a,", "1;a,", "3:abc;", "3:abcd,", "\n1:a,",
	};

	size_t index;

	for (index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		cutter.frame = BSK_FRAME_NETSTRING;
		ck_assert_int_eq(
		    feed(cases[index], strlen(cases[index])), -EBADMSG);
		end();
		begin();
	}
}
END_TEST

START_TEST(a_frame_torn_off_by_the_end_is_no_frame)
{
	cutter.frame = BSK_FRAME_NETSTRING;
	feed_text("5:hel");
	ck_assert_int_eq(bsk_cutter_end(&cutter, &frames[count]), -EBADMSG);
	cutter.frame = BSK_FRAME_LENGTH;
	ck_assert_int_eq(feed("\0\0", 2), 0);
	ck_assert_int_eq(bsk_cutter_end(&cutter, &frames[count]), -EBADMSG);
}
END_TEST

START_TEST(what_is_encoded_is_cut_to_the_same_again)
{
	bsk_buf body = bsk_buf_static("some text\n", 10);
	bsk_buf whole;

	cutter.frame = _i;
	ck_assert_int_eq(
	    bsk_frame_encode((enum bsk_frame)_i, &body, &whole), 0);
	ck_assert_int_eq(feed((const char *)whole.bytes, whole.size), 0);
	ck_assert_uint_eq(count, 1);
	expect(0, "some text\n");
	bsk_buf_drop(&whole);
}
END_TEST

START_TEST(a_line_without_an_end_gets_one)
{
	bsk_buf body = bsk_buf_static("text", 4);
	bsk_buf none = { 0 };
	bsk_buf whole;

	ck_assert_int_eq(bsk_frame_encode(BSK_FRAME_LINES, &body, &whole), 0);
	ck_assert_uint_eq(whole.size, 5);
	ck_assert_mem_eq(whole.bytes, "text\n", 5);
	bsk_buf_drop(&whole);
	ck_assert_int_eq(bsk_frame_encode(BSK_FRAME_LINES, &none, &whole), 0);
	ck_assert_uint_eq(whole.size, 0);
}
END_TEST

static void
check_garbage(uint64_t seed, int32_t frame)
{
	uint64_t state = seed;
	char bytes[64];
	unsigned round;
	unsigned at;
	int result = 0;

	cutter.frame = frame;
	for (round = 0; round < 50 && result == 0; round++) {
		for (at = 0; at < sizeof(bytes); at++) {
			state = state * 6364136223846793005u + 1;
			bytes[at] = "0123456789:,\n\0\1a"[state >> 60];
		}
		result = feed(bytes, state >> 40 & 63);
		for (at = 0; at < count; at++)
			ck_assert_uint_le(frames[at].size, MAX + 1);
		while (count > 0)
			bsk_buf_drop(&frames[--count]);
	}
	ck_assert(result == 0 || result == -EMSGSIZE || result == -EBADMSG);
	end();
	begin();
}

/* Whatever comes, it ends in frames within bounds or in a refusal. */
START_TEST(garbage_is_survived)
{
	uint64_t seed = harness_seed();
	unsigned index;

	for (index = 0; index < 500; index++)
		check_garbage(seed + index, (int32_t)(index % 5));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("frame");
	TCase *tcase = harness_case("frame");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, lines_keep_their_ends);
	tcase_add_test(tcase, a_last_line_that_lacks_its_end_gets_one);
	tcase_add_test(tcase, pieces_are_left_as_they_came);
	tcase_add_test(tcase, a_length_is_not_part_of_its_frame);
	tcase_add_test(tcase, netstrings_are_what_is_between_colon_and_comma);
	tcase_add_test(tcase, a_whole_frame_shares_the_inputs_bytes);
	tcase_add_test(tcase, torn_anywhere_the_same_frames_come_out);
	tcase_add_loop_test(tcase,
	    the_largest_frame_is_let_pass_and_one_byte_more_is_not, 0, 6);
	tcase_add_loop_test(
	    tcase, a_length_that_is_too_large_is_refused_at_once, 0, 4);
	tcase_add_test(tcase, what_is_no_netstring_is_refused);
	tcase_add_test(tcase, a_frame_torn_off_by_the_end_is_no_frame);
	tcase_add_loop_test(
	    tcase, what_is_encoded_is_cut_to_the_same_again, 0, 5);
	tcase_add_test(tcase, a_line_without_an_end_gets_one);
	tcase_add_test(tcase, garbage_is_survived);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
