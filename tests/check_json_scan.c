/* tests/check_json_scan.c - what is no document, and where, and why. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <buskin/json.h>

#include "harness.h"

struct refusal {
	const char *text;
	const char *code;
	unsigned line;
	unsigned column;
	const char *pointer;
	const char *hint; /* a part of it; "": none is asked for */
};

static const struct refusal refusals[] = {
	{"", "empty", 1, 1, "", "{}"},
	{" \n ", "empty", 2, 2, "", "{}"},
	{"\xef\xbb\xbf{}", "byte-order-mark", 1, 1, "", "UTF-8"},
	{"\xff\xfe{", "bad-utf8", 1, 1, "", "UTF-8"},
	{"{\"a\":1,}", "trailing-comma", 1, 7, "/a", "remove the comma"},
	{"[\n1,\n]", "trailing-comma", 2, 2, "/0", "remove the comma"},
	{"{ // c\n}", "comment", 1, 3, "", "$comment"},
	{"{\"a\":1 /* c */}", "comment", 1, 8, "/a", "$comment"},
	{"# c\n{}", "comment", 1, 1, "", "$comment"},
	{"{}\n// c", "comment", 2, 1, "", "$comment"},
	{"{\"a\": // c\n1}", "comment", 1, 7, "/a", "$comment"},
	{"{\"a\":1,\n \"a\":2}", "duplicate-key", 2, 2, "/a",
	    "line 1, column 2"},
	{"{\"a\":{\"x\":1,\"\\u0078\":2}}", "duplicate-key", 1, 13, "/a/x",
	    "remove one"},
	{"{\"z\":1,\"a\":1,\"z\":1,\"a\":1}", "duplicate-key", 1, 14, "/z", ""},
	{"{\"a\":{\"b\":1,\"b\":1},\"a\":1}", "duplicate-key", 1, 13, "/a/b",
	    ""},
	{"{\"x\":[1,\"a\\u0000b\"]}", "nul-character", 1, 11, "/x/1", ""},
	{"{\"a\\u0000\":1}", "nul-character", 1, 4, "", ""},
	{"[\"\xc3\xa9\\ud800\"]", "lone-surrogate", 1, 4, "/0", "pair"},
	{"[\"\\udc00\\ud800\"]", "lone-surrogate", 1, 3, "/0", ""},
	{"[\"\\ud800\\u0041\"]", "lone-surrogate", 1, 3, "/0", ""},
	{"[0,1e999]", "number-range", 1, 4, "/1", ""},
	{"[-1e309]", "number-range", 1, 2, "/0", ""},
	{"[1e-400]", "number-range", 1, 2, "/0", ""},
	{"[0.0e999999999999999999999999, 1e99999999999999999999999999999]",
	    "number-range", 1, 32, "/1", ""},
	{"[9007199254740993]", "number-range", 1, 2, "/0", "strings"},
	{"[-9007199254740993]", "number-range", 1, 2, "/0", "strings"},
	{"{\"mode\":0660}", "bad-number", 1, 9, "/mode", "\"0660\""},
	{"[+1]", "bad-number", 1, 2, "/0", ""},
	{"[.5]", "bad-number", 1, 2, "/0", ""},
	{"[1.]", "bad-number", 1, 2, "/0", "decimal point"},
	{"[1e+]", "bad-number", 1, 2, "/0", "\"e\""},
	{"[-]", "bad-number", 1, 2, "/0", ""},
	{"{\"every\":250ms}", "bad-number", 1, 10, "/every", "\"250ms\""},
	{"[\"a\nb\"]", "control-character", 1, 4, "/0", "\\n"},
	{"[\"\xc3\xa9\xff\"]", "bad-utf8", 1, 4, "/0", "UTF-8"},
	{"[\"\xed\xa0\x80\"]", "bad-utf8", 1, 3, "/0", ""},
	{"[\"\xe2\x82\"]", "bad-utf8", 1, 3, "/0", ""},
	{"[\"\\x\"]", "bad-escape", 1, 3, "/0", "backslash"},
	{"[\"\\u12g4\"]", "bad-escape", 1, 3, "/0", ""},
	{"\"\\", "bad-escape", 1, 2, "", ""},
	{"[1, \"abc", "unclosed", 1, 5, "/1", "quote"},
	{"{\"a\":[1", "unclosed", 1, 8, "/a/0", "\"]\""},
	{"{\"a\":1", "unclosed", 1, 7, "/a", "\"}\""},
	{"{\"a\"", "unclosed", 1, 5, "/a", ""},
	{"[1] [2]", "trailing-text", 1, 5, "", "one value"},
	{"[1]]", "trailing-text", 1, 4, "", ""},
	{"[1 2]", "syntax", 1, 4, "/0", ""},
	{"[\"a\" \"b\"]", "syntax", 1, 6, "/0", "comma"},
	{"[,1]", "syntax", 1, 2, "/0", ""},
	{"{\"a\" 1}", "syntax", 1, 6, "/a", ""},
	{"{\"a\":}", "syntax", 1, 6, "/a", ""},
	{"{a:1}", "syntax", 1, 2, "", "strings"},
	{"{\"a\":1,'b':2}", "syntax", 1, 8, "", "strings"},
	{"['a']", "syntax", 1, 2, "/0", "double quotes"},
	{"[NaN]", "syntax", 1, 2, "/0", "no such number"},
	{"[True]", "syntax", 1, 2, "/0", "small letters"},
	{"[yes]", "syntax", 1, 2, "/0", "double quotes"},
	{"[1}", "syntax", 1, 3, "/0", ""},
	{"{\"a/b\":{\"c~d\":[1,{\"\\u00e9\\n\":x}]}}", "syntax", 1, 30,
	    "/a~1b/c~0d/1/\xc3\xa9\n", ""},
	{"{\"\\ud83d\\ude00\\t\\/\":x}", "syntax", 1, 21,
	    "/\xf0\x9f\x98\x80\t~1", ""},
};

START_TEST(is_refused_with_place_pointer_and_hint)
{
	const struct refusal *wanted = &refusals[_i];
	size_t size = strlen(wanted->text);
	struct bsk_json_error error;
	bsk_json *json = NULL;
	char *text = malloc(size + (size == 0));

	/* Without the zero byte: a read beyond the end shows. */
	memcpy(text, wanted->text, size);
	ck_assert_int_eq(bsk_json_read(text, size, &json, &error), -EINVAL);
	free(text);
	ck_assert_ptr_null(json);
	ck_assert_str_eq(error.code, wanted->code);
	ck_assert_str_eq(error.pointer, wanted->pointer);
	ck_assert_uint_eq(error.place.line, wanted->line);
	ck_assert_uint_eq(error.place.column, wanted->column);
	ck_assert_ptr_nonnull(strstr(error.hint, wanted->hint));
	ck_assert_uint_gt(strlen(error.text), 0);
}
END_TEST

START_TEST(a_zero_byte_is_refused_wherever_it_stands)
{
	static const char texts[][4] = {{'\0', '[', ']', ' '},
	    {'[', '\0', ']', ' '}, {'"', '\0', '"', ' '},
	    {'[', ']', '\0', ' '}, {'1', '\0', ' ', ' '}};
	struct bsk_json_error error;
	bsk_json *json;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_int_eq(bsk_json_read(texts[i], 4, &json, &error),
		    -EINVAL);
}
END_TEST

START_TEST(broken_grammar_is_told_before_what_is_only_too_strict)
{
	static const char text[] = "[1e999, \"\\u0000\", tru]";
	struct bsk_json_error error;
	bsk_json *json;

	ck_assert_int_eq(bsk_json_read(text, strlen(text), &json, &error),
	    -EINVAL);
	ck_assert_str_eq(error.code, "syntax");
}
END_TEST

START_TEST(nests_to_64_and_no_deeper)
{
	struct bsk_json_error error;
	bsk_json *json;
	char text[132];

	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	ck_assert_int_eq(bsk_json_read(text + 1, 128, &json, NULL), 0);
	bsk_json_free(json);
	ck_assert_int_eq(bsk_json_read(text, 130, &json, &error), -EINVAL);
	ck_assert_str_eq(error.code, "too-deep");
	ck_assert_uint_eq(error.place.column, 65);
}
END_TEST

START_TEST(a_pointer_that_does_not_fit_is_cut_at_a_character)
{
	struct bsk_json_error error;
	char text[700] = "";
	bsk_json *json;
	int i;

	strcat(text, "{\"");
	for (i = 0; i < 300; i++)
		strcat(text, "\xc3\xa9");
	strcat(text, "\":x}");
	ck_assert_int_eq(bsk_json_read(text, strlen(text), &json, &error),
	    -EINVAL);
	/* The slash and 127 characters of two bytes. */
	ck_assert_uint_eq(strlen(error.pointer), 255);
}
END_TEST

START_TEST(many_keys_are_compared_in_a_moment)
{
	const size_t count = 200000;
	char *text = malloc(count * 16 + 32);
	struct bsk_json_error error;
	bsk_json *json;
	size_t length = 0;
	size_t i;

	text[length++] = '{';
	for (i = 0; i < count; i++)
		length += (size_t)sprintf(text + length, "\"%zu\":0,", i);
	length += (size_t)sprintf(text + length, "\"7\":0}");
	ck_assert_int_eq(bsk_json_read(text, length, &json, &error), -EINVAL);
	free(text);
	ck_assert_str_eq(error.code, "duplicate-key");
	ck_assert_str_eq(error.pointer, "/7");
}
END_TEST

static Suite *
scan_suite(void)
{
	Suite *suite = suite_create("json_scan");
	TCase *refused = harness_case("refused");

	tcase_add_loop_test(refused, is_refused_with_place_pointer_and_hint,
	    0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(refused, a_zero_byte_is_refused_wherever_it_stands);
	tcase_add_test(refused,
	    broken_grammar_is_told_before_what_is_only_too_strict);
	tcase_add_test(refused, nests_to_64_and_no_deeper);
	tcase_add_test(refused,
	    a_pointer_that_does_not_fit_is_cut_at_a_character);
	tcase_add_test(refused, many_keys_are_compared_in_a_moment);
	suite_add_tcase(suite, refused);
	return suite;
}

int
main(void)
{
	return harness_main(scan_suite);
}
