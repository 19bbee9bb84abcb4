/* tests/check_field_check.c - whether a type's descriptor is sound. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <check.h>

#include <buskin/field.h>

#include "harness.h"
#include "sample_type.h"

START_TEST(sound_types_are_let_pass)
{
	const char *why = "untouched";

	ck_assert_int_eq(bsk_type_check(&sample_type, &why), 0);
	ck_assert_int_eq(bsk_type_check(&sample_tree_type, &why), 0);
	ck_assert_int_eq(bsk_type_check(&sample_needs_type, &why), 0);
	ck_assert_str_eq(why, "untouched");
}
END_TEST

struct odd {
	int32_t number;
	bsk_text text;
	bsk_list list;
	double ratio;
	long long wide;
	struct sample_part part;
	bsk_fd fd;
};

static const char *const no_words[] = {NULL};
static const char *const two_words[] = {"a", "b", NULL};

struct unsound {
	struct bsk_field field;
	const char *why;
};

static const struct unsound unsounds[] = {
	{BSK_FIELD(odd, number, NULL), "doc"},
	{BSK_FIELD(odd, wide, "x"), "no type"},
	{{.name = "x", .doc = "x"}, "no kind"},
	{{.name = "x", .doc = "x", .kind = (enum bsk_kind)99}, "no kind"},
	{{.name = "x", .doc = "x", .kind = BSK_KIND_U8,
	    .offset = sizeof(struct odd)}, "outside"},
	{{.name = "x", .doc = "x", .kind = BSK_KIND_U8, .offset = SIZE_MAX},
	    "outside"},
	{BSK_FIELD(odd, number, "x", .min = 5, .max = 4), "less than min"},
	{BSK_FIELD(odd, number, "x", .max = 1LL << 40), "max is out"},
	{BSK_FIELD(odd, number, "x", .min = -(1LL << 40)), "min is out"},
	{BSK_FIELD(odd, number, "x", .names = no_words), "no words"},
	{BSK_FIELD(odd, number, "x", .names = two_words, .max = 7),
	    "max is out"},
	{BSK_FIELD(odd, number, "x", .names = two_words,
	    .unit = BSK_UNIT_NS), "no unit"},
	{BSK_FIELD(odd, ratio, "x", .unit = BSK_UNIT_NS), "for integers"},
	{BSK_FIELD(odd, text, "x", .min = -1), "not negative"},
	{BSK_FIELD(odd, fd, "x", .max = 1), "no range"},
	{BSK_FIELD(odd, list, "x"), "needs an element"},
	{BSK_FIELD(odd, list, "x", .element = BSK_KIND_LIST),
	    "needs an element"},
	{BSK_FIELD(odd, list, "x", .element = BSK_KIND_STRUCT),
	    "needs their type"},
	{BSK_FIELD(odd, list, "x", .element = BSK_KIND_TEXT,
	    .unit = BSK_UNIT_NS), "for integers"},
	{BSK_FIELD(odd, number, "x", .element = BSK_KIND_U8),
	    "only a list"},
	{BSK_FIELD(odd, number, "x", .preset = "tru"), "preset"},
	{BSK_FIELD(odd, number, "x", .preset = "\"1\""), "preset"},
	{BSK_FIELD(odd, number, "x", .preset = "11", .max = 10), "preset"},
	{BSK_FIELD(odd, text, "x", .preset = "5"), "preset"},
	{BSK_FIELD(odd, fd, "x", .preset = "5"), "preset"},
	{BSK_FIELD(odd, text, "x", .preset = "\"a\"",
	    .marks = BSK_REQUIRED), "no preset"},
	{BSK_FIELD(odd, fd, "x", .marks = BSK_REQUIRED), "cannot give"},
};

START_TEST(an_unsound_field_is_named)
{
	struct bsk_type type = {.name = "odd", .doc = "odd",
		.size = sizeof(struct odd), .fields = &unsounds[_i].field,
		.field_count = 1, .marks = BSK_TYPE_OWNS};
	const char *why = "";

	ck_assert_int_eq(bsk_type_check(&type, &why), -EINVAL);
	ck_assert_msg(strstr(why, unsounds[_i].why) != NULL, "%s", why);
}
END_TEST

START_TEST(marks_must_agree_with_the_fields)
{
	struct bsk_type owning = sample_part_type;
	struct bsk_type plain = sample_config_type;
	const char *why = "";

	owning.marks = 0;
	ck_assert_int_eq(bsk_type_check(&owning, &why), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "owns"));
	plain.marks = BSK_TYPE_OWNS;
	ck_assert_int_eq(bsk_type_check(&plain, NULL), -EINVAL);
}
END_TEST

START_TEST(keys_must_differ_and_the_struct_must_not_be_huge)
{
	struct bsk_field twins[] = {BSK_FIELD(odd, number, "x"),
		BSK_FIELD(odd, ratio, "x", .json = "number")};
	struct bsk_type type = {.name = "odd", .doc = "odd",
		.size = sizeof(struct odd), .fields = twins,
		.field_count = 2};
	const char *why = "";

	ck_assert_int_eq(bsk_type_check(&type, &why), -EINVAL);
	ck_assert_str_eq(why, "two fields have one key");
	type.field_count = 1;
	ck_assert_int_eq(bsk_type_check(&type, &why), 0);
	type.size = BSK_TYPE_SIZE_MAX + 1;
	ck_assert_int_eq(bsk_type_check(&type, &why), -EINVAL);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("field_check");
	TCase *sound = harness_case("sound");

	tcase_add_test(sound, sound_types_are_let_pass);
	tcase_add_loop_test(sound, an_unsound_field_is_named, 0,
	    sizeof(unsounds) / sizeof(unsounds[0]));
	tcase_add_test(sound, marks_must_agree_with_the_fields);
	tcase_add_test(sound,
	    keys_must_differ_and_the_struct_must_not_be_huge);
	suite_add_tcase(suite, sound);
	return suite;
}

int
main(void)
{
	return harness_main(check_suite);
}
