/* tests/check_value.c - text, buffers, descriptors, lists. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include <buskin/value.h>

#include "../src/os_fd.h"
#include "fail_alloc.h"
#include "harness.h"

/* --- refs --- */

START_TEST(a_zero_ref_is_nobody)
{
	bsk_ref zero = {0};
	bsk_ref other = {7};

	ck_assert(bsk_ref_is_nobody(zero));
	ck_assert(bsk_ref_equal(zero, bsk_nobody()));
	ck_assert(!bsk_ref_is_nobody(other));
	ck_assert(!bsk_ref_equal(zero, other));
}
END_TEST

/* --- text --- */

START_TEST(a_copy_of_text_is_its_own)
{
	char chars[] = "hello";
	bsk_text text = bsk_text_copy(chars);

	chars[0] = 'J';
	ck_assert_str_eq(bsk_text_chars(text), "hello");
	bsk_text_drop(&text);
	ck_assert_ptr_null(text.chars);
}
END_TEST

START_TEST(no_text_reads_as_empty)
{
	bsk_text none = bsk_text_copy(NULL);

	ck_assert_ptr_null(none.chars);
	ck_assert_str_eq(bsk_text_chars(none), "");
	ck_assert(!bsk_text_is_lost(none));
	bsk_text_drop(&none);
}
END_TEST

START_TEST(a_copy_of_n_stops_at_n_or_at_zero)
{
	bsk_text short_text = bsk_text_copy_n("abcdef", 3);
	bsk_text zero_text = bsk_text_copy_n("ab\0def", 6);
	bsk_text none = bsk_text_copy_n(NULL, 6);

	ck_assert_str_eq(short_text.chars, "abc");
	ck_assert_str_eq(zero_text.chars, "ab");
	ck_assert_ptr_null(none.chars);
	bsk_text_drop(&short_text);
	bsk_text_drop(&zero_text);
}
END_TEST

START_TEST(format_makes_text_of_any_length)
{
	bsk_text text = bsk_text_format("%0512d|%s", 7, "end");

	ck_assert_uint_eq(strlen(text.chars), 516);
	ck_assert_str_eq(text.chars + 511, "7|end");
	bsk_text_drop(&text);
}
END_TEST

START_TEST(text_is_lost_for_want_of_memory_and_stays_lost)
{
	bsk_text copy;
	bsk_text text;

	fail_alloc_start(1);
	text = bsk_text_copy("x");
	(void)fail_alloc_stop();
	ck_assert(bsk_text_is_lost(text));
	ck_assert_str_eq(bsk_text_chars(text), "");
	copy = bsk_text_copy(text.chars);
	ck_assert(bsk_text_is_lost(copy));
	bsk_text_drop(&copy);
	bsk_text_drop(&text);
	ck_assert(!bsk_text_is_lost(text));
	fail_alloc_start(1);
	text = bsk_text_format("%d", 1);
	(void)fail_alloc_stop();
	ck_assert(bsk_text_is_lost(text));
}
END_TEST

START_TEST(empty_text_is_not_lost)
{
	bsk_text text = bsk_text_copy("");

	ck_assert(!bsk_text_is_lost(text));
	ck_assert_ptr_nonnull(text.chars);
	bsk_text_drop(&text);
}
END_TEST

/* --- buffers --- */

START_TEST(a_new_buffer_is_filled_by_the_caller)
{
	unsigned char *bytes;
	bsk_buf buf;

	ck_assert_int_eq(bsk_buf_new(3, &buf, &bytes), 0);
	memcpy(bytes, "abc", 3);
	ck_assert_uint_eq(buf.size, 3);
	ck_assert_mem_eq(buf.bytes, "abc", 3);
	bsk_buf_drop(&buf);
	ck_assert_ptr_null(buf.block);
	ck_assert_uint_eq(buf.size, 0);
}
END_TEST

START_TEST(shared_bytes_live_until_the_last_slice_goes)
{
	bsk_buf first = bsk_buf_copy("abcdef", 6);
	bsk_buf second = bsk_buf_share(&first);
	bsk_buf third = bsk_buf_slice(&second, 2, 3);

	ck_assert_ptr_eq(first.bytes, second.bytes);
	bsk_buf_drop(&first);
	bsk_buf_drop(&second);
	ck_assert_uint_eq(third.size, 3);
	ck_assert_mem_eq(third.bytes, "cde", 3);
	bsk_buf_drop(&third);
}
END_TEST

START_TEST(a_slice_is_cut_to_what_is_there)
{
	bsk_buf buf = bsk_buf_copy("abcdef", 6);
	bsk_buf tail = bsk_buf_slice(&buf, 4, 100);
	bsk_buf whole = bsk_buf_slice(&buf, 0, SIZE_MAX);
	bsk_buf none = bsk_buf_slice(&buf, 6, 1);
	bsk_buf beyond = bsk_buf_slice(&buf, SIZE_MAX, SIZE_MAX);

	ck_assert_uint_eq(tail.size, 2);
	ck_assert_uint_eq(whole.size, 6);
	ck_assert_uint_eq(none.size, 0);
	ck_assert_ptr_null(none.block);
	ck_assert_uint_eq(beyond.size, 0);
	bsk_buf_drop(&tail);
	bsk_buf_drop(&whole);
	bsk_buf_drop(&buf);
}
END_TEST

START_TEST(static_bytes_are_not_copied)
{
	static const char bytes[] = "for ever";
	bsk_buf buf = bsk_buf_static(bytes, sizeof(bytes));
	bsk_buf slice = bsk_buf_slice(&buf, 4, 4);

	ck_assert_ptr_eq(buf.bytes, bytes);
	ck_assert_mem_eq(slice.bytes, "ever", 4);
	bsk_buf_drop(&buf);
	ck_assert_mem_eq(slice.bytes, "ever", 4);
	bsk_buf_drop(&slice);
}
END_TEST

START_TEST(a_buffer_is_lost_for_want_of_memory_and_stays_lost)
{
	bsk_buf untouched = {NULL, NULL, 77};
	unsigned char *bytes = NULL;
	int result;
	bsk_buf shared;
	bsk_buf slice;
	bsk_buf copy;
	bsk_buf buf;

	fail_alloc_start(1);
	buf = bsk_buf_copy("abc", 3);
	(void)fail_alloc_stop();
	ck_assert(bsk_buf_is_lost(&buf));
	ck_assert_uint_eq(buf.size, 0);
	shared = bsk_buf_share(&buf);
	slice = bsk_buf_slice(&buf, 0, 1);
	copy = bsk_buf_copy(buf.bytes, buf.size);
	ck_assert(bsk_buf_is_lost(&shared));
	ck_assert(bsk_buf_is_lost(&slice));
	ck_assert(bsk_buf_is_lost(&copy));
	bsk_buf_drop(&buf);
	ck_assert(!bsk_buf_is_lost(&buf));
	fail_alloc_start(1);
	result = bsk_buf_new(9, &untouched, &bytes);
	(void)fail_alloc_stop();
	ck_assert_int_eq(result, -ENOMEM);
	ck_assert_uint_eq(untouched.size, 77);
	ck_assert_ptr_null(bytes);
}
END_TEST

START_TEST(a_buffer_larger_than_memory_is_refused)
{
	unsigned char *bytes;
	bsk_buf buf;

	ck_assert_int_eq(bsk_buf_new(SIZE_MAX, &buf, &bytes), -ENOMEM);
}
END_TEST

#define SLICES 20000

static void *
drop_slices(void *arg)
{
	bsk_buf *slices = arg;
	int sum = 0;
	int i;

	for (i = 0; i < SLICES; i++) {
		sum += slices[i].bytes[0];
		bsk_buf_drop(&slices[i]);
	}
	return sum == SLICES * 'x' ? arg : NULL;
}

START_TEST(slices_may_go_on_several_threads)
{
	static bsk_buf slices[4][SLICES];
	bsk_buf buf = bsk_buf_copy("x", 1);
	pthread_t threads[4];
	void *result;
	int i;

	for (i = 0; i < 4 * SLICES; i++)
		slices[i / SLICES][i % SLICES] = bsk_buf_share(&buf);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
		    drop_slices, slices[i]), 0);
	bsk_buf_drop(&buf);
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &result), 0);
		ck_assert_ptr_nonnull(result);
	}
}
END_TEST

/* --- descriptors --- */

START_TEST(dropping_a_descriptor_closes_it)
{
	bsk_fd fd = bsk_fd_own(open("/dev/null", O_RDONLY | O_CLOEXEC));
	int number = bsk_fd_number(fd);

	ck_assert_int_ge(number, 0);
	bsk_fd_drop(&fd);
	ck_assert_int_eq(fcntl(number, F_GETFD), -1);
	ck_assert_int_eq(bsk_fd_number(fd), -1);
	bsk_fd_drop(&fd);
}
END_TEST

START_TEST(a_descriptor_is_taken_once)
{
	int number = open("/dev/null", O_RDONLY | O_CLOEXEC);
	bsk_fd fd = bsk_fd_own(number);

	ck_assert_int_eq(bsk_fd_take(&fd), number);
	ck_assert_int_eq(bsk_fd_take(&fd), -1);
	bsk_fd_drop(&fd);
	ck_assert_int_ne(fcntl(number, F_GETFD), -1);
	close(number);
}
END_TEST

START_TEST(descriptor_zero_is_a_descriptor)
{
	bsk_fd none = {0};

	ck_assert_int_eq(bsk_fd_number(bsk_fd_own(0)), 0);
	ck_assert_int_eq(bsk_fd_number(none), -1);
	ck_assert_int_eq(bsk_fd_number(bsk_fd_own(-EBADF)), -1);
}
END_TEST

START_TEST(a_copied_descriptor_is_another_and_close_on_exec)
{
	bsk_fd fd = bsk_fd_own(open("/dev/null", O_RDONLY));
	bsk_fd none = {0};
	bsk_fd copy = {0};

	ck_assert_int_eq(os_fd_copy(fd, &copy), 0);
	ck_assert_int_ne(bsk_fd_number(copy), bsk_fd_number(fd));
	ck_assert_int_eq(fcntl(bsk_fd_number(copy), F_GETFD), FD_CLOEXEC);
	bsk_fd_drop(&copy);
	ck_assert_int_eq(os_fd_copy(none, &copy), 0);
	ck_assert_int_eq(bsk_fd_number(copy), -1);
	ck_assert_int_eq(os_fd_copy(bsk_fd_lend(bsk_fd_number(fd)), &copy), 0);
	ck_assert(bsk_fd_is_lent(copy));
	bsk_fd_drop(&copy);
	bsk_fd_drop(&fd);
	copy = bsk_fd_own(5);
	ck_assert_int_eq(os_fd_copy(bsk_fd_own(1 << 20), &copy), -EBADF);
	ck_assert_int_eq(bsk_fd_number(copy), 5);
}
END_TEST

/* --- lists --- */

START_TEST(a_new_list_is_zeroed)
{
	bsk_list list = bsk_list_new(sizeof(int), 3);
	const int *items = list.items;

	ck_assert_uint_eq(list.count, 3);
	ck_assert_int_eq(items[0] | items[1] | items[2], 0);
	free(list.items);
	list = bsk_list_new(sizeof(int), 0);
	ck_assert_ptr_null(list.items);
	ck_assert(!bsk_list_is_lost(list));
}
END_TEST

START_TEST(a_list_of_texts_copies_them)
{
	static const char *const texts[] = {"one", "two"};
	bsk_list list = bsk_list_of_texts(texts, 2);
	bsk_text *items = list.items;

	ck_assert_str_eq(items[0].chars, "one");
	ck_assert_str_eq(items[1].chars, "two");
	bsk_text_drop(&items[0]);
	bsk_text_drop(&items[1]);
	free(items);
}
END_TEST

START_TEST(a_list_is_lost_whole_at_any_allocation)
{
	static const char *const texts[] = {"one", "two", "three"};
	bsk_list list;
	unsigned n;

	for (n = 1; n <= 4; n++) {
		fail_alloc_start(n);
		list = bsk_list_of_texts(texts, 3);
		(void)fail_alloc_stop();
		ck_assert(bsk_list_is_lost(list));
		ck_assert_ptr_null(list.items);
	}
	list = bsk_list_new(1, UINT32_MAX);
	ck_assert(bsk_list_is_lost(list));
}
END_TEST

static Suite *
value_suite(void)
{
	Suite *suite = suite_create("value");
	TCase *texts = harness_case("text");
	TCase *bufs = harness_case("buf");
	TCase *others = harness_case("others");

	tcase_add_test(texts, a_copy_of_text_is_its_own);
	tcase_add_test(texts, no_text_reads_as_empty);
	tcase_add_test(texts, a_copy_of_n_stops_at_n_or_at_zero);
	tcase_add_test(texts, format_makes_text_of_any_length);
	tcase_add_test(texts,
	    text_is_lost_for_want_of_memory_and_stays_lost);
	tcase_add_test(texts, empty_text_is_not_lost);
	suite_add_tcase(suite, texts);
	tcase_add_test(bufs, a_new_buffer_is_filled_by_the_caller);
	tcase_add_test(bufs, shared_bytes_live_until_the_last_slice_goes);
	tcase_add_test(bufs, a_slice_is_cut_to_what_is_there);
	tcase_add_test(bufs, static_bytes_are_not_copied);
	tcase_add_test(bufs,
	    a_buffer_is_lost_for_want_of_memory_and_stays_lost);
	tcase_add_test(bufs, a_buffer_larger_than_memory_is_refused);
	tcase_add_test(bufs, slices_may_go_on_several_threads);
	suite_add_tcase(suite, bufs);
	tcase_add_test(others, a_zero_ref_is_nobody);
	tcase_add_test(others, dropping_a_descriptor_closes_it);
	tcase_add_test(others, a_descriptor_is_taken_once);
	tcase_add_test(others, descriptor_zero_is_a_descriptor);
	tcase_add_test(others,
	    a_copied_descriptor_is_another_and_close_on_exec);
	tcase_add_test(others, a_new_list_is_zeroed);
	tcase_add_test(others, a_list_of_texts_copies_them);
	tcase_add_test(others, a_list_is_lost_whole_at_any_allocation);
	suite_add_tcase(suite, others);
	return suite;
}

int
main(void)
{
	return harness_main(value_suite);
}
