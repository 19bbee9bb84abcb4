/* check_log_line.c - a line of the log is whole, legible and one line,
 * whatever is in it.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <buskin/json.h>
#include <buskin/log.h>

#define NS INT64_C(1000000000)

static char line[BSK_LOG_LINE_SIZE + 1];

static size_t
compose(enum bsk_log_format format, const char *name, const void *text,
    size_t size)
{
	const struct bsk_log_entry entry = { .wall_ns = 1795305600 * NS +
	    123456789, .level = BSK_LOG_NOTICE, .format = format,
	    .name = name, .text = text, .size = size };
	size_t length = bsk_log_compose(&entry, line);

	ck_assert_uint_le(length, BSK_LOG_LINE_SIZE);
	line[length] = '\0';
	ck_assert_ptr_eq(strchr(line, '\n'), line + length - 1);
	return length;
}

static void
is_text(const char *name, const char *text, const char *expected)
{
	(void)compose(BSK_LOG_TEXT, name, text, strlen(text));
	ck_assert_str_eq(line, expected);
}

/* The member of the line, which must be a JSON object. */
static void
is_member(const char *key, const char *expected)
{
	bsk_json *json;
	const char *found;

	ck_assert_int_eq(bsk_json_read(line, strlen(line), &json, NULL), 0);
	found = bsk_json_string(bsk_json_member(json, key));
	if (expected == NULL)
		ck_assert_ptr_null(bsk_json_member(json, key));
	else
		ck_assert_str_eq(found, expected);
	bsk_json_free(json);
}

START_TEST(text_is_time_level_name_and_text)
{
	is_text("door", "open",
	    "2026-11-22T00:00:00.123Z notice door: open\n");
	is_text("", "open", "2026-11-22T00:00:00.123Z notice open\n");
	is_text(NULL, "", "2026-11-22T00:00:00.123Z notice \n");
}
END_TEST

START_TEST(json_is_one_object_with_the_same)
{
	(void)compose(BSK_LOG_JSON, "do\"or", "a \\ \"b\"", 7);
	is_member("time", "2026-11-22T00:00:00.123Z");
	is_member("level", "notice");
	is_member("actor", "do\"or");
	is_member("text", "a \\ \"b\"");
	(void)compose(BSK_LOG_JSON, NULL, "", 0);
	is_member("actor", NULL);
	is_member("text", "");
}
END_TEST

START_TEST(control_characters_are_shown)
{
	is_text(NULL, "a\tb\nc\x1b[1m\x7f",
	    "2026-11-22T00:00:00.123Z notice a\\x09b\\x0ac\\x1b[1m\\x7f\n");
	(void)compose(BSK_LOG_TEXT, NULL, "a\0b", 3);
	ck_assert_ptr_nonnull(strstr(line, "a\\x00b"));
	is_text(NULL, "\xc2\x85\xc2\xa0",
	    "2026-11-22T00:00:00.123Z notice \\xc2\\x85\xc2\xa0\n");
	(void)compose(BSK_LOG_JSON, NULL, "\n", 1);
	is_member("text", "\\x0a");
}
END_TEST

START_TEST(characters_are_kept_and_what_is_none_is_shown)
{
	static const char *const good[] = { "\xc3\xa9", "\xe2\x82\xac",
	    "\xed\x9f\xbf", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf",
	    "\xe0\xa0\x80", "\xf0\x90\x80\x80" };
	static const char *const bad[] = { "\xff", "\x80", "\xc3", "\xc0\xaf",
	    "\xe2\x82", "\xe2\x28\xa1", "\xed\xa0\x80", "\xe0\x9f\xbf",
	    "\xf4\x90\x80\x80", "\xf0\x8f\xbf\xbf", "\xf5\x80\x80\x80" };
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		(void)compose(BSK_LOG_JSON, NULL, good[i], strlen(good[i]));
		is_member("text", good[i]);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)compose(BSK_LOG_JSON, NULL, bad[i], strlen(bad[i]));
		ck_assert_ptr_nonnull(strstr(line, "\\\\x"));
		is_member("level", "notice");
	}
}
END_TEST

START_TEST(a_long_line_is_cut_and_says_so)
{
	size_t size = 100000;
	char *text = calloc(1, size + 1);
	const char *cut;
	size_t length;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', size);
	length = compose(BSK_LOG_TEXT, "name", text, size);
	ck_assert_uint_gt(length, BSK_LOG_LINE_SIZE / 2);
	cut = strchr(line, '[');
	ck_assert_ptr_nonnull(cut);
	ck_assert_str_eq(cut + strspn(cut, "[0123456789"), " bytes more]\n");
	ck_assert_uint_eq(strspn(strchr(line, 'x'), "x") +
	    strtoul(cut + 1, NULL, 10), size);
	memset(text, '\1', size);
	(void)compose(BSK_LOG_JSON, text, text, size);
	is_member("level", "notice");
	free(text);
}
END_TEST

START_TEST(any_bytes_make_one_line_that_is_json)
{
	unsigned char text[64];
	unsigned run;
	size_t i;

	srandom(1);
	for (run = 0; run < 2000; run++) {
		for (i = 0; i < sizeof(text); i++)
			text[i] = (unsigned char)random();
		(void)compose(BSK_LOG_JSON, "n", text, run % sizeof(text));
		is_member("actor", "n");
	}
}
END_TEST

START_TEST(the_date_is_right_on_any_day)
{
	struct bsk_log_entry entry = { .level = BSK_LOG_INFO, .text = "" };
	char expected[32];
	struct tm date;
	time_t second;

	/* To the year 2262, where 64 bits of nanoseconds end: the last second
	 * of one day, the last but one of another, ... */
	for (second = 86399; second < INT64_MAX / NS; second += 2 * 86400 - 1) {
		entry.wall_ns = second * NS;
		(void)bsk_log_compose(&entry, line);
		(void)gmtime_r(&second, &date);
		(void)strftime(expected, sizeof(expected),
		    "%Y-%m-%dT%H:%M:%S.000Z", &date);
		ck_assert_mem_eq(line, expected, 24);
	}
}
END_TEST

START_TEST(each_reason_has_words)
{
	ck_assert_str_eq(bsk_reason_text(0), "in order");
	ck_assert_str_eq(bsk_reason_text(-ENOENT), "No such file or directory");
	ck_assert_str_eq(bsk_reason_text(-99999), "unknown error");
	ck_assert_str_eq(bsk_reason_text(7), "unknown error");
	ck_assert_str_eq(bsk_reason_text(INT32_MIN), "unknown error");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_line");
	TCase *tcase = tcase_create("log_line");
	SRunner *runner = srunner_create(suite);
	int failures;

	tcase_add_test(tcase, text_is_time_level_name_and_text);
	tcase_add_test(tcase, json_is_one_object_with_the_same);
	tcase_add_test(tcase, control_characters_are_shown);
	tcase_add_test(tcase, characters_are_kept_and_what_is_none_is_shown);
	tcase_add_test(tcase, a_long_line_is_cut_and_says_so);
	tcase_add_test(tcase, any_bytes_make_one_line_that_is_json);
	tcase_add_test(tcase, the_date_is_right_on_any_day);
	tcase_add_test(tcase, each_reason_has_words);
	suite_add_tcase(suite, tcase);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
