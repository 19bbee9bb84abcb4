/* tests/check_json.c - documents: read, looked at, made, written. */
#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <buskin/json.h>

#include "fail_alloc.h"
#include "harness.h"

static bsk_json *
read_text(const char *text)
{
	struct bsk_json_error error;
	bsk_json *json = NULL;
	int result = bsk_json_read(text, strlen(text), &json, &error);

	ck_assert_msg(result == 0, "%s: %s [%s]", text, error.text,
	    error.code);
	return json;
}

static void
assert_text(const bsk_json *json, const char *wanted)
{
	char *text = bsk_json_text(json);

	ck_assert_str_eq(text, wanted);
	free(text);
}

/* --- read --- */

START_TEST(reads_every_kind)
{
	bsk_json *json = read_text("{\"n\":null,\"f\":false,\"t\":true,"
	    "\"d\":1.5,\"s\":\"x\",\"a\":[1],\"o\":{}}");
	static const char *const texts[] = {"null", "false", "true",
	    "a number", "a string", "an array", "an object"};
	const bsk_json *member = bsk_json_first(json);
	int kind;

	ck_assert_uint_eq(bsk_json_count(json), 7);
	for (kind = BSK_JSON_NULL; kind <= BSK_JSON_OBJECT; kind++) {
		ck_assert_int_eq((int)bsk_json_kind(member), kind);
		ck_assert_str_eq(bsk_json_kind_text(member), texts[kind]);
		member = bsk_json_next(member);
	}
	ck_assert_ptr_null(member);
	ck_assert(bsk_json_is_true(bsk_json_member(json, "t")));
	ck_assert(!bsk_json_is_true(bsk_json_member(json, "f")));
	ck_assert_double_eq(bsk_json_number(bsk_json_member(json, "d")), 1.5);
	ck_assert_str_eq(bsk_json_string(bsk_json_member(json, "s")), "x");
	ck_assert_ptr_null(bsk_json_string(bsk_json_member(json, "d")));
	ck_assert_double_eq(bsk_json_number(bsk_json_member(json, "s")), 0);
	bsk_json_free(json);
}
END_TEST

START_TEST(members_are_found_by_exact_key)
{
	bsk_json *json = read_text("{\"Key\":1,\"key\":2,\"\":3}");

	ck_assert_double_eq(bsk_json_number(bsk_json_member(json, "key")), 2);
	ck_assert_double_eq(bsk_json_number(bsk_json_member(json, "")), 3);
	ck_assert_ptr_null(bsk_json_member(json, "KEY"));
	ck_assert_ptr_null(bsk_json_member(bsk_json_first(json), "key"));
	ck_assert_str_eq(bsk_json_key(bsk_json_first(json)), "Key");
	ck_assert_ptr_null(bsk_json_key(json));
	bsk_json_free(json);
}
END_TEST

START_TEST(strings_are_decoded)
{
	bsk_json *json = read_text(
	    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\xc3\xa9\"");

	ck_assert_str_eq(bsk_json_string(json),
	    "\"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x98\x80\xc3\xa9");
	bsk_json_free(json);
}
END_TEST

struct number {
	const char *text;
	double value;
};

static const struct number numbers[] = {
	{"0", 0}, {"-1.5e3", -1500}, {"1E+2", 100}, {"0.1", 0.1},
	{"9007199254740992", 9007199254740992.0},
	{"-9007199254740992", -9007199254740992.0},
	{"1.7976931348623157e308", DBL_MAX}, {"5e-324", 5e-324},
	{"0e99999999999999999999", 0}, {"12.5e-1", 1.25},
	{"0.000000000000000000000000000000000000000000000000000000000000001",
	    1e-63},
	{"100000000000000000000000000000000000000000000000000000000000000e-62",
	    1},
	{"0.30000000000000004", 0.30000000000000004},
};

START_TEST(numbers_are_exact)
{
	bsk_json *json = read_text(numbers[_i].text);
	char *text;

	ck_assert_double_eq(bsk_json_number(json), numbers[_i].value);
	text = bsk_json_text(json);
	ck_assert_double_eq(strtod(text, NULL), numbers[_i].value);
	bsk_json_free(json);
	json = read_text(text);
	ck_assert_double_eq(bsk_json_number(json), numbers[_i].value);
	bsk_json_free(json);
	free(text);
}
END_TEST

START_TEST(a_number_of_any_length_is_read)
{
	char text[4003] = "0.";
	bsk_json *json;

	memset(text + 2, '3', 4000);
	json = read_text(text);
	ck_assert_double_eq(bsk_json_number(json), 1.0 / 3);
	bsk_json_free(json);
}
END_TEST

START_TEST(long_numbers_keep_their_neighbours)
{
	bsk_json *json = read_text("{\"a\":[0.1000000000000000000000000000000"
	    "00000000000000000000000000000000000000001,\"x\",2],\"b\":3}");

	assert_text(json, "{\"a\":[0.1,\"x\",2],\"b\":3}");
	bsk_json_free(json);
}
END_TEST

START_TEST(whole_numbers_are_integers)
{
	bsk_json *json = read_text("[-7,1.0,1e3,1.5,1e300,\"1\"]");
	static const int64_t wanted[] = {-7, 1, 1000};
	const bsk_json *item = bsk_json_first(json);
	int64_t value = 99;
	size_t i;

	for (i = 0; i < 3; i++, item = bsk_json_next(item)) {
		ck_assert_int_eq(bsk_json_integer(item, &value), 0);
		ck_assert_int_eq(value, wanted[i]);
	}
	for (; item != NULL; item = bsk_json_next(item))
		ck_assert_int_eq(bsk_json_integer(item, &value), -EINVAL);
	ck_assert_int_eq(value, 1000);
	bsk_json_free(json);
}
END_TEST

/* --- places --- */

START_TEST(every_value_knows_its_place)
{
	bsk_json *json = read_text("{\n  \"\xc3\xa9\": [1, \"\xc3\xa9\", {}],"
	    "\n\t\"b\" : true\n}");
	const bsk_json *list = bsk_json_member(json, "\xc3\xa9");
	const bsk_json *third =
	    bsk_json_next(bsk_json_next(bsk_json_first(list)));
	const bsk_json *b = bsk_json_member(json, "b");
	struct bsk_json_place place;

	ck_assert_int_eq(bsk_json_place(json, json, &place), 0);
	ck_assert_uint_eq(place.offset, 0);
	ck_assert_uint_eq(place.line, 1);
	ck_assert_uint_eq(place.column, 1);
	ck_assert_int_eq(bsk_json_key_place(json, list, &place), 0);
	ck_assert_uint_eq(place.line, 2);
	ck_assert_uint_eq(place.column, 3);
	ck_assert_int_eq(bsk_json_place(json, third, &place), 0);
	ck_assert_uint_eq(place.line, 2);
	ck_assert_uint_eq(place.column, 17);
	ck_assert_uint_eq(place.offset, 20);
	ck_assert_int_eq(bsk_json_place(json, b, &place), 0);
	ck_assert_uint_eq(place.line, 3);
	ck_assert_uint_eq(place.column, 8);
	ck_assert_int_eq(bsk_json_key_place(json, b, &place), 0);
	ck_assert_uint_eq(place.column, 2);
	ck_assert_int_eq(bsk_json_key_place(json, json, &place), -ENOENT);
	ck_assert_int_eq(bsk_json_key_place(json, third, &place), -ENOENT);
	bsk_json_free(json);
}
END_TEST

START_TEST(built_values_have_no_place)
{
	bsk_json *json = read_text("{\"a\":0}");
	bsk_json *copy = bsk_json_copy(json);
	bsk_json *holder = bsk_json_new_array();
	struct bsk_json_place place = {.line = 99};

	ck_assert_int_eq(bsk_json_put(json, "b", bsk_json_new_number(0)), 0);
	ck_assert_int_eq(bsk_json_place(json, bsk_json_member(json, "b"),
	    &place), -ENOENT);
	ck_assert_int_eq(bsk_json_place(copy, copy, &place), -ENOENT);
	ck_assert_int_eq(bsk_json_place(json, copy, &place), -ENOENT);
	ck_assert_int_eq(bsk_json_place(json, json, &place), 0);
	/* A root that was put below another is no root any more. */
	ck_assert_int_eq(bsk_json_append(holder, json), 0);
	ck_assert_int_eq(bsk_json_place(holder, json, &place), -ENOENT);
	ck_assert_int_eq(bsk_json_place(json, json, &place), -ENOENT);
	bsk_json_free(holder);
	bsk_json_free(copy);
}
END_TEST

START_TEST(pointers_lead_to_values)
{
	bsk_json *json = read_text("{\"a/b\":[0,{\"~\":1}],\"\":2}");
	bsk_json *other = bsk_json_new_null();
	const bsk_json *list = bsk_json_member(json, "a/b");
	const bsk_json *deep = bsk_json_first(bsk_json_next(
	    bsk_json_first(list)));
	char pointer[32] = "untouched";

	ck_assert_int_eq(bsk_json_pointer(json, other, pointer, 32), -ENOENT);
	ck_assert_str_eq(pointer, "untouched");
	ck_assert_int_eq(bsk_json_pointer(json, deep, pointer, 32), 0);
	ck_assert_str_eq(pointer, "/a~1b/1/~0");
	ck_assert_int_eq(bsk_json_pointer(json, json, pointer, 32), 0);
	ck_assert_str_eq(pointer, "");
	ck_assert_int_eq(bsk_json_pointer(json, bsk_json_member(json, ""),
	    pointer, 32), 0);
	ck_assert_str_eq(pointer, "/");
	ck_assert_int_eq(bsk_json_pointer(list, deep, pointer, 32), 0);
	ck_assert_str_eq(pointer, "/1/~0");
	/* Cut, and no escape in halves: /a~1 would need one byte more. */
	ck_assert_int_eq(bsk_json_pointer(json, list, pointer, 4), 0);
	ck_assert_str_eq(pointer, "/a");
	bsk_json_free(other);
	bsk_json_free(json);
}
END_TEST

/* --- made --- */

static bsk_json *
make_all(void)
{
	bsk_json *array = bsk_json_new_array();
	bsk_json *object = bsk_json_new_object();

	(void)bsk_json_append(array, bsk_json_new_number(0.5));
	(void)bsk_json_append(array, bsk_json_new_number(NAN));
	(void)bsk_json_append(array, bsk_json_new_bool(true));
	(void)bsk_json_append(array, bsk_json_new_bool(false));
	(void)bsk_json_append(array, bsk_json_new_null());
	(void)bsk_json_append(array, bsk_json_new_counter(UINT64_MAX));
	(void)bsk_json_put(object, "text", bsk_json_new_string("\"\x01\n"));
	(void)bsk_json_put(object, "all", array);
	(void)bsk_json_put(object, "o", bsk_json_new_object());
	return object;
}

START_TEST(writes_on_one_line_and_indented)
{
	bsk_json *json = make_all();
	char *pretty = bsk_json_pretty(json);

	assert_text(json, "{\"text\":\"\\\"\\u0001\\n\",\"all\":[0.5,null,"
	    "true,false,null,\"18446744073709551615\"],\"o\":{}}");
	ck_assert_str_eq(pretty, "{\n  \"text\": \"\\\"\\u0001\\n\",\n"
	    "  \"all\": [\n    0.5,\n    null,\n    true,\n    false,\n"
	    "    null,\n    \"18446744073709551615\"\n  ],\n  \"o\": {}\n}");
	free(pretty);
	bsk_json_free(json);
}
END_TEST

START_TEST(whole_numbers_are_written_without_loss)
{
	bsk_json *json = read_text("[9007199254740991,-0,1e15,1e16,1e22]");

	assert_text(json, "[9007199254740991,-0,1000000000000000,1e+16,"
	    "1e+22]");
	bsk_json_free(json);
}
END_TEST

START_TEST(a_copy_is_its_own)
{
	bsk_json *json = read_text("{\"a\":[1,{\"b\":\"c\"}]}");
	bsk_json *copy = bsk_json_copy(json);

	bsk_json_free(json);
	assert_text(copy, "{\"a\":[1,{\"b\":\"c\"}]}");
	bsk_json_free(copy);
}
END_TEST

START_TEST(no_string_is_made_of_what_is_not_utf8)
{
	ck_assert_ptr_null(bsk_json_new_string("a\xff"));
}
END_TEST

START_TEST(putting_nothing_is_want_of_memory)
{
	bsk_json *json = bsk_json_new_object();

	ck_assert_int_eq(bsk_json_put(json, "a", NULL), -ENOMEM);
	ck_assert_int_eq(bsk_json_put(NULL, "a", bsk_json_new_null()),
	    -ENOMEM);
	ck_assert_int_eq(bsk_json_append(NULL, bsk_json_new_null()), -ENOMEM);
	ck_assert_uint_eq(bsk_json_count(json), 0);
	bsk_json_free(json);
	bsk_json_free(NULL);
}
END_TEST

START_TEST(the_locale_does_not_matter)
{
	bsk_json *json;

	/* Where no locale with a comma is installed, this still holds. */
	if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL)
		(void)setlocale(LC_NUMERIC, "fr_FR.UTF-8");
	json = read_text("[1.5,-2.25e-3]");
	ck_assert_double_eq(bsk_json_number(bsk_json_first(json)), 1.5);
	assert_text(json, "[1.5,-0.00225]");
	bsk_json_free(json);
}
END_TEST

/* --- want of memory --- */

START_TEST(reading_survives_any_failed_allocation)
{
	static const char text[] = "{\"a\":[1,2,{\"b\":\"c\"}],\"d\":0."
	    "00000000000000000000000000000000000000000000000000000000000000"
	    "00000000000000000000000000000000000000000000000000000000000001,"
	    "\"e\":[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
	    "[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
	    "[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
	    "[],[],[],[],[],[],[],[],[],[]]}";
	unsigned n = 0;
	int result;
	bsk_json *json;

	do {
		json = NULL;
		fail_alloc_start(++n);
		result = bsk_json_read(text, strlen(text), &json, NULL);
		if (fail_alloc_stop() < n)
			break;
		ck_assert_int_eq(result, -ENOMEM);
		ck_assert_ptr_null(json);
	} while (true);
	ck_assert_int_eq(result, 0);
	ck_assert_uint_gt(n, 80);
	bsk_json_free(json);
}
END_TEST

START_TEST(writing_survives_any_failed_allocation)
{
	bsk_json *json = bsk_json_new_array();
	unsigned n = 0;
	char *text;
	int i;

	for (i = 0; i < 500; i++)
		(void)bsk_json_append(json, bsk_json_new_bool(true));
	do {
		fail_alloc_start(++n);
		text = bsk_json_text(json);
		if (fail_alloc_stop() < n)
			break;
		ck_assert_ptr_null(text);
	} while (true);
	ck_assert_uint_eq(strlen(text), 2501);
	ck_assert_uint_gt(n, 2);
	free(text);
	bsk_json_free(json);
}
END_TEST

START_TEST(making_survives_any_failed_allocation)
{
	unsigned n = 0;
	bsk_json *json;
	unsigned count;

	do {
		fail_alloc_start(++n);
		json = make_all();
		count = fail_alloc_stop();
		bsk_json_free(json);
	} while (count >= n);
	ck_assert_uint_gt(n, 12);
}
END_TEST

static Suite *
json_suite(void)
{
	Suite *suite = suite_create("json");
	TCase *read = harness_case("read");
	TCase *made = harness_case("made");

	tcase_add_test(read, reads_every_kind);
	tcase_add_test(read, members_are_found_by_exact_key);
	tcase_add_test(read, strings_are_decoded);
	tcase_add_loop_test(read, numbers_are_exact, 0,
	    sizeof(numbers) / sizeof(numbers[0]));
	tcase_add_test(read, a_number_of_any_length_is_read);
	tcase_add_test(read, long_numbers_keep_their_neighbours);
	tcase_add_test(read, whole_numbers_are_integers);
	tcase_add_test(read, every_value_knows_its_place);
	tcase_add_test(read, built_values_have_no_place);
	tcase_add_test(read, pointers_lead_to_values);
	tcase_add_test(read, the_locale_does_not_matter);
	tcase_add_test(read, reading_survives_any_failed_allocation);
	suite_add_tcase(suite, read);
	tcase_add_test(made, writes_on_one_line_and_indented);
	tcase_add_test(made, whole_numbers_are_written_without_loss);
	tcase_add_test(made, a_copy_is_its_own);
	tcase_add_test(made, no_string_is_made_of_what_is_not_utf8);
	tcase_add_test(made, putting_nothing_is_want_of_memory);
	tcase_add_test(made, writing_survives_any_failed_allocation);
	tcase_add_test(made, making_survives_any_failed_allocation);
	suite_add_tcase(suite, made);
	return suite;
}

int
main(void)
{
	return harness_main(json_suite);
}
