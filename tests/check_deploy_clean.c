/* check_deploy_clean.c - foreign bytes made fit to be shown. */
#include <stdlib.h>
#include <string.h>

#include "deploy_clean.h"
#include "harness.h"

static void
cleans(const char *bytes, const char *shown)
{
	char *clean = deploy_clean(bytes, strlen(bytes));

	ck_assert_str_eq(clean, shown);
	free(clean);
}

START_TEST(plain_text_stays_as_it_is)
{
	cleans("", "");
	cleans("a b\tc", "a b\tc");
	cleans("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
	    "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
}
END_TEST

START_TEST(what_a_terminal_would_obey_is_escaped)
{
	cleans("a\x1b[31mb", "a\\x1B[31mb");
	cleans("\r\n\x7f\b", "\\x0D\\x0A\\x7F\\x08");
	cleans("\xc2\x9b" "2J", "\\xC2\\x9B2J");
}
END_TEST

START_TEST(what_is_no_utf8_is_escaped)
{
	cleans("a\xff" "b", "a\\xFFb");
	cleans("\xc3", "\\xC3");
	cleans("\xed\xa0\x80", "\\xED\\xA0\\x80");
}
END_TEST

START_TEST(a_zero_byte_is_escaped)
{
	char *clean = deploy_clean("a\0b", 3);

	ck_assert_str_eq(clean, "a\\x00b");
	free(clean);
}
END_TEST

/* The line around the first `@` of a text, and what its caret points at. */
static void
cuts(const char *text, const char *line)
{
	unsigned caret = 0;
	char *cut = deploy_excerpt(text, strlen(text),
	    (size_t)(strchr(text, '@') - text), &caret);

	ck_assert_str_eq(cut, line);
	ck_assert_int_eq(cut[caret], '@');
	free(cut);
}

START_TEST(an_excerpt_is_the_line)
{
	cuts("@", "@");
	cuts("one\ntwo @ three\nfour", "two @ three");
	cuts("one\r\n\t@\r\nthree", "\t@");
}
END_TEST

START_TEST(the_caret_counts_what_was_escaped)
{
	cuts("a\x01@", "a\\x01@");
	cuts("a\xff@", "a\\xFF@");
}
END_TEST

START_TEST(the_caret_counts_characters)
{
	unsigned caret = 0;
	char *cut = deploy_excerpt("\xc3\xbc\xe2\x82\xac@", 6, 5, &caret);

	ck_assert_uint_eq(caret, 2);
	free(cut);
}
END_TEST

START_TEST(a_long_line_is_cut_around_the_place)
{
	char text[1001];
	unsigned caret = 0;
	size_t at;
	char *cut;

	memset(text, 'x', 1000);
	text[1000] = '\0';
	for (at = 0; at < 1000; at += 37) {
		text[at] = '@';
		cut = deploy_excerpt(text, 1000, at, &caret);
		ck_assert_uint_le(strlen(cut), 120);
		ck_assert_int_eq(cut[caret], '@');
		free(cut);
		text[at] = 'x';
	}
}
END_TEST

START_TEST(no_character_is_cut_in_two)
{
	char text[901];
	unsigned caret;
	size_t at;
	char *cut;

	for (at = 0; at < 900; at += 3)
		memcpy(text + at, "\xe2\x82\xac", 3);
	for (at = 0; at < 900; at += 3) {
		cut = deploy_excerpt(text, 900, at, &caret);
		ck_assert_ptr_null(strchr(cut, 'x'));
		free(cut);
	}
}
END_TEST

START_TEST(a_place_behind_the_end_is_the_end)
{
	unsigned caret = 7;
	char *cut = deploy_excerpt("ab", 2, 9, &caret);

	ck_assert_str_eq(cut, "ab");
	ck_assert_uint_eq(caret, 2);
	free(cut);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("deploy_clean");
	TCase *tcase = harness_case("clean");

	tcase_add_test(tcase, plain_text_stays_as_it_is);
	tcase_add_test(tcase, what_a_terminal_would_obey_is_escaped);
	tcase_add_test(tcase, what_is_no_utf8_is_escaped);
	tcase_add_test(tcase, a_zero_byte_is_escaped);
	tcase_add_test(tcase, an_excerpt_is_the_line);
	tcase_add_test(tcase, the_caret_counts_what_was_escaped);
	tcase_add_test(tcase, the_caret_counts_characters);
	tcase_add_test(tcase, a_long_line_is_cut_around_the_place);
	tcase_add_test(tcase, no_character_is_cut_in_two);
	tcase_add_test(tcase, a_place_behind_the_end_is_the_end);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
