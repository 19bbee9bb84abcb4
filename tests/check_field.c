/* tests/check_field.c - what a body owns: drop, copy, weight, bound, print;
 * parcels. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <check.h>

#include <buskin/field.h>

#include "fail_alloc.h"
#include "harness.h"
#include "sample_type.h"

/* How many descriptors are open among the first ones. */
static int
count_fds(void)
{
	int count = 0;
	int fd;

	for (fd = 0; fd < 64; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return count;
}

static bool
is_zero(const void *body, size_t size)
{
	const unsigned char *bytes = body;
	size_t i;

	for (i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* --- drop and copy --- */

START_TEST(dropping_clears_and_closes)
{
	int before = count_fds();
	struct sample sample;

	ck_assert(sample_fill(&sample));
	ck_assert_int_eq(count_fds(), before + 1);
	bsk_type_drop(&sample_type, &sample);
	ck_assert_int_eq(count_fds(), before);
	ck_assert(is_zero(&sample, sizeof(sample)));
	bsk_type_drop(&sample_type, &sample);
}
END_TEST

START_TEST(a_copy_owns_its_own)
{
	struct sample sample;
	struct sample copy;
	char one[2048];
	char other[2048];

	ck_assert(sample_fill(&sample));
	ck_assert_int_eq(bsk_type_copy(&sample_type, &sample, &copy), 0);
	ck_assert_ptr_ne(copy.name.chars, sample.name.chars);
	ck_assert_ptr_ne(copy.parts.items, sample.parts.items);
	ck_assert_ptr_ne(copy.parcel, sample.parcel);
	ck_assert_ptr_eq(copy.data.bytes, sample.data.bytes);
	ck_assert_int_ne(bsk_fd_number(copy.fd), bsk_fd_number(sample.fd));
	ck_assert_int_eq(fcntl(bsk_fd_number(copy.fd), F_GETFD), FD_CLOEXEC);
	bsk_fd_drop(&copy.fd);
	bsk_fd_drop(&sample.fd);
	(void)bsk_type_print(&sample_type, &sample, one, sizeof(one));
	bsk_type_drop(&sample_type, &sample);
	(void)bsk_type_print(&sample_type, &copy, other, sizeof(other));
	ck_assert_str_eq(one, other);
	bsk_type_drop(&sample_type, &copy);
}
END_TEST

START_TEST(a_failed_copy_leaves_its_place_untouched)
{
	int before = count_fds();
	struct sample sample;
	struct sample copy;
	int result;
	unsigned n = 0;

	ck_assert(sample_fill(&sample));
	do {
		memset(&copy, 0x5a, sizeof(copy));
		fail_alloc_start(++n);
		result = bsk_type_copy(&sample_type, &sample, &copy);
		if (fail_alloc_stop() < n)
			break;
		ck_assert_int_eq(result, -ENOMEM);
		ck_assert_uint_eq(copy.u8, 0x5a);
		ck_assert_int_eq(count_fds(), before + 1);
	} while (true);
	ck_assert_uint_gt(n, 10);
	ck_assert_int_eq(result, 0);
	bsk_type_drop(&sample_type, &copy);
	bsk_type_drop(&sample_type, &sample);
	ck_assert_int_eq(count_fds(), before);
}
END_TEST

START_TEST(a_copy_without_descriptors_left_says_so)
{
	struct rlimit limit = {3, 3};
	struct sample copy = {.u8 = 7};
	struct sample sample;

	ck_assert(sample_fill(&sample));
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(bsk_type_copy(&sample_type, &sample, &copy),
	    -EMFILE);
	ck_assert_uint_eq(copy.u8, 7);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	bsk_type_drop(&sample_type, &sample);
}
END_TEST

START_TEST(a_type_that_owns_nothing_is_copied_plainly)
{
	struct sample_config config = {5, 6, 1, 0.5};
	struct sample_config copy;
	int result;

	fail_alloc_start(1);
	result = bsk_type_copy(&sample_config_type, &config, &copy);
	ck_assert_uint_eq(fail_alloc_stop(), 0);
	ck_assert_int_eq(result, 0);
	ck_assert_uint_eq(copy.retries, 6);
	bsk_type_drop(&sample_config_type, &copy);
	ck_assert(is_zero(&copy, sizeof(copy)));
}
END_TEST

START_TEST(a_tree_is_copied_and_dropped_to_its_leaves)
{
	struct sample_tree tree = {1, bsk_list_new(sizeof(tree), 2)};
	struct sample_tree *children = tree.children.items;
	struct sample_tree copy;
	char text[128];

	children[1].value = 3;
	children[1].children = bsk_list_new(sizeof(tree), 1);
	ck_assert_int_eq(bsk_type_copy(&sample_tree_type, &tree, &copy), 0);
	bsk_type_drop(&sample_tree_type, &tree);
	(void)bsk_type_print(&sample_tree_type, &copy, text, sizeof(text));
	ck_assert_str_eq(text, "{value: 1, children: [{value: 0, "
	    "children: []}, {value: 3, children: [{value: 0, "
	    "children: []}]}]}");
	bsk_type_drop(&sample_tree_type, &copy);
}
END_TEST

/* --- lost --- */

START_TEST(what_is_lost_anywhere_is_found)
{
	struct sample sample;
	unsigned n = 0;
	bool is_whole;

	do {
		fail_alloc_start(++n);
		is_whole = sample_fill(&sample);
		if (fail_alloc_stop() < n)
			break;
		ck_assert(!is_whole);
		ck_assert(bsk_type_has_lost(&sample_type, &sample));
		bsk_type_drop(&sample_type, &sample);
	} while (true);
	ck_assert_uint_gt(n, 12);
	ck_assert(is_whole);
	ck_assert(!bsk_type_has_lost(&sample_type, &sample));
	bsk_type_drop(&sample_type, &sample);
}
END_TEST

START_TEST(a_body_with_something_lost_cannot_be_copied)
{
	struct sample_part part;
	struct sample_part copy = {.weight = 9};

	fail_alloc_start(1);
	part = (struct sample_part){bsk_text_copy("x"), 1};
	(void)fail_alloc_stop();
	ck_assert_int_eq(bsk_type_copy(&sample_part_type, &part, &copy),
	    -ENOMEM);
	ck_assert_int_eq(copy.weight, 9);
	bsk_type_drop(&sample_part_type, &part);
}
END_TEST

/* --- parcels --- */

START_TEST(a_parcel_takes_over_what_it_is_given)
{
	bsk_text label = bsk_text_copy("label");
	const char *chars = label.chars;
	struct bsk_parcel *parcel = BSK_PARCEL(sample_part, .label = label,
	    .weight = 4);
	const struct sample_part *part = bsk_parcel_body(parcel);

	ck_assert_ptr_eq(bsk_parcel_type(parcel), &sample_part_type);
	ck_assert_ptr_eq(part->label.chars, chars);
	ck_assert_int_eq(part->weight, 4);
	ck_assert(!bsk_parcel_is_lost(parcel));
	bsk_parcel_free(parcel);
}
END_TEST

START_TEST(no_parcel_is_let_pass)
{
	ck_assert_ptr_null(bsk_parcel_copy(NULL));
	ck_assert_ptr_null(bsk_parcel_type(NULL));
	ck_assert_ptr_null(bsk_parcel_body(NULL));
	ck_assert(!bsk_parcel_is_lost(NULL));
	bsk_parcel_free(NULL);
}
END_TEST

START_TEST(a_parcel_is_lost_with_what_is_lost_in_it)
{
	struct bsk_parcel *parcel;
	struct bsk_parcel *copy;
	unsigned n;

	for (n = 1; n <= 2; n++) {
		fail_alloc_start(n);
		parcel = BSK_PARCEL(sample_part, bsk_text_copy("x"), 1);
		(void)fail_alloc_stop();
		ck_assert(bsk_parcel_is_lost(parcel));
		ck_assert_ptr_null(bsk_parcel_type(parcel));
		ck_assert_ptr_null(bsk_parcel_body(parcel));
		copy = bsk_parcel_copy(parcel);
		ck_assert(bsk_parcel_is_lost(copy));
		bsk_parcel_free(copy);
		bsk_parcel_free(parcel);
	}
	parcel = BSK_PARCEL(sample_part, bsk_text_copy("x"), 1);
	for (n = 1; n <= 2; n++) {
		fail_alloc_start(n);
		copy = bsk_parcel_copy(parcel);
		(void)fail_alloc_stop();
		ck_assert(bsk_parcel_is_lost(copy));
	}
	bsk_parcel_free(parcel);
}
END_TEST

START_TEST(a_const_struct_can_be_lost_as_a_parcel)
{
	static const struct sample_config config = {1, 2, 3, 0.5};
	struct bsk_parcel *parcel;

	fail_alloc_start(1);
	parcel = bsk_parcel_new(&sample_config_type, &config);
	(void)fail_alloc_stop();
	ck_assert(bsk_parcel_is_lost(parcel));
	ck_assert_uint_eq(config.retries, 2);
}
END_TEST

/* --- weight and bound --- */

START_TEST(weight_counts_what_is_owned)
{
	struct sample_part part = {bsk_text_copy("12345"), 1};
	struct sample sample = {.data = bsk_buf_copy("xxxxxxxxxx", 10)};
	struct sample_config config = {0};

	ck_assert_uint_eq(bsk_type_weight(&sample_part_type, &part),
	    sizeof(part) + 6);
	ck_assert_uint_eq(bsk_type_weight(&sample_type, &sample),
	    sizeof(sample) + 10);
	ck_assert_uint_eq(bsk_type_weight(&sample_config_type, &config),
	    sizeof(config));
	sample.parts = bsk_list_new(sizeof(part), 1);
	*(struct sample_part *)sample.parts.items = part;
	ck_assert_uint_eq(bsk_type_weight(&sample_type, &sample),
	    sizeof(sample) + 10 + sizeof(part) + 6);
	sample.parcel = BSK_PARCEL(sample_config, .retries = 1);
	ck_assert_uint_ge(bsk_type_weight(&sample_type, &sample),
	    sizeof(sample) + 10 + sizeof(part) + 6 + sizeof(config));
	bsk_type_drop(&sample_type, &sample);
}
END_TEST

struct bounded {
	bsk_text text;
	bsk_buf buf;
	bsk_list list;
	bsk_fd fd;
};

static const struct bsk_field bounded_fields[] = {
	BSK_FIELD(bounded, text, "t", .max = 9),
	BSK_FIELD(bounded, buf, "b", .max = 100),
	BSK_FIELD(bounded, list, "l", .element = BSK_KIND_U32, .max = 5),
	BSK_FIELD(bounded, fd, "f"),
};
static const struct bsk_type bounded_type =
	BSK_OWNING_TYPE(bounded, "bounded", bounded_fields);

START_TEST(bound_is_the_sum_of_the_fields_bounds)
{
	ck_assert_uint_eq(bsk_type_bound(&bounded_type),
	    sizeof(struct bounded) + 10 + 100 + 20);
	ck_assert_uint_eq(bsk_type_bound(&sample_config_type),
	    sizeof(struct sample_config));
}
END_TEST

START_TEST(what_has_no_bound_says_so)
{
	ck_assert(bsk_type_bound(&sample_type) == SIZE_MAX);
	ck_assert(bsk_type_bound(&sample_part_type) == SIZE_MAX);
	ck_assert(bsk_type_bound(&sample_tree_type) == SIZE_MAX);
}
END_TEST

/* --- print --- */

START_TEST(prints_every_kind_and_masks_secrets)
{
	struct sample sample;
	char wanted[1024];
	char text[1024];
	size_t length;

	ck_assert(sample_fill(&sample));
	(void)snprintf(wanted, sizeof(wanted),
	    "{flag: true, i8: -128, i16: -32768, i32: -11, "
	    "i64: -9223372036854775808, u8: 255, u16: 65535, "
	    "u32: 4294967295, u64: 18446744073709551615, ratio: 0.5, "
	    "who: 12.3, every: 250ms, limit: 64KiB, mode: 0660, "
	    "signal: TERM, total: 42, policy: drop_old, "
	    "part: {label: \"part\", weight: 10}, name: \"n\xc3\xa4me\\n\", "
	    "password: ***, data: 5 bytes \"bytes\", fd: fd %d, "
	    "texts: [\"one\", \"two\"], numbers: [0, 65535], "
	    "parts: [{label: \"first\", weight: -10}], "
	    "bufs: [1 bytes \"\\xff\"], times: [1s500ms], "
	    "parcel: sample_part {label: \"inside\", weight: 1}}",
	    bsk_fd_number(sample.fd));
	length = bsk_type_print(&sample_type, &sample, text, sizeof(text));
	ck_assert_str_eq(text, wanted);
	ck_assert_uint_eq(length, strlen(text));
	bsk_type_drop(&sample_type, &sample);
}
END_TEST

START_TEST(prints_what_is_not_there)
{
	struct sample sample = {0};
	char text[1024];

	(void)bsk_type_print(&sample_type, &sample, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "who: nobody, "));
	ck_assert_ptr_nonnull(strstr(text, "name: none, "));
	ck_assert_ptr_nonnull(strstr(text, "data: 0 bytes, fd: fd -1, "));
	ck_assert_ptr_nonnull(strstr(text, "texts: [], "));
	ck_assert_ptr_nonnull(strstr(text, "parcel: none}"));
}
END_TEST

START_TEST(print_cuts_to_any_size_between_characters)
{
	struct sample_part part = {
		bsk_text_copy("\xc3\xa9\xc3\xa9\xf0\x9f\x98\x80"), 1};
	char whole[64];
	char text[64];
	size_t length;
	size_t size;
	size_t kept;

	length = bsk_type_print(&sample_part_type, &part, whole,
	    sizeof(whole));
	for (size = 0; size <= length; size++) {
		memset(text, 'X', sizeof(text));
		ck_assert_uint_eq(bsk_type_print(&sample_part_type, &part,
		    text, size), length);
		ck_assert_int_eq(text[size], 'X');
		kept = size == 0 ? 0 : strlen(text);
		ck_assert(memcmp(text, whole, kept) == 0);
		ck_assert(size == 0 || kept + 4 >= size);
		ck_assert(((unsigned char)whole[kept] & 0xc0) != 0x80);
	}
	bsk_type_drop(&sample_part_type, &part);
}
END_TEST

static Suite *
field_suite(void)
{
	Suite *suite = suite_create("field");
	TCase *owned = harness_case("owned");
	TCase *shown = harness_case("shown");

	tcase_add_test(owned, dropping_clears_and_closes);
	tcase_add_test(owned, a_copy_owns_its_own);
	tcase_add_test(owned, a_failed_copy_leaves_its_place_untouched);
	tcase_add_test(owned, a_copy_without_descriptors_left_says_so);
	tcase_add_test(owned, a_type_that_owns_nothing_is_copied_plainly);
	tcase_add_test(owned, a_tree_is_copied_and_dropped_to_its_leaves);
	tcase_add_test(owned, what_is_lost_anywhere_is_found);
	tcase_add_test(owned, a_body_with_something_lost_cannot_be_copied);
	tcase_add_test(owned, a_parcel_takes_over_what_it_is_given);
	tcase_add_test(owned, no_parcel_is_let_pass);
	tcase_add_test(owned, a_parcel_is_lost_with_what_is_lost_in_it);
	tcase_add_test(owned, a_const_struct_can_be_lost_as_a_parcel);
	suite_add_tcase(suite, owned);
	tcase_add_test(shown, weight_counts_what_is_owned);
	tcase_add_test(shown, bound_is_the_sum_of_the_fields_bounds);
	tcase_add_test(shown, what_has_no_bound_says_so);
	tcase_add_test(shown, prints_every_kind_and_masks_secrets);
	tcase_add_test(shown, prints_what_is_not_there);
	tcase_add_test(shown, print_cuts_to_any_size_between_characters);
	suite_add_tcase(suite, shown);
	return suite;
}

int
main(void)
{
	return harness_main(field_suite);
}
