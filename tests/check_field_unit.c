/* tests/check_field_unit.c - units both ways, and the small tools of reading:
 * UTF-8, base64, the nearest word. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "../src/base64.h"
#include "../src/field_unit.h"
#include "../src/nearest.h"
#include "../src/utf8.h"
#include "harness.h"

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

struct unit {
	const char *text;
	int result;
	int64_t value;
};

/* --- times --- */

static const struct unit durations[] = {
	{"250ms", 0, 250000000}, {"1m30s", 0, 90000000000},
	{"1h", 0, 3600000000000}, {"5us", 0, 5000}, {"10ns", 0, 10},
	{"1d", 0, 86400000000000}, {"0", 0, 0}, {"0s", 0, 0},
	{"-5s", 0, -5000000000}, {"1.5s", 0, 1500000000},
	{"0.25h", 0, 900000000000}, {"1m0.5s", 0, 60500000000},
	{"0.125us", 0, 125}, {"1.000000001s", 0, 1000000001},
	{"1.50000s", 0, 1500000000}, {"1h2m3s4ms5us6ns", 0, 3723004005006},
	{"9223372036854775807ns", 0, INT64_MAX},
	{"106751d", 0, 106751 * 86400000000000},
	{"9223372036854775808ns", -ERANGE, 0}, {"106752d", -ERANGE, 0},
	{"9223372036854775807ns1ns", -EINVAL, 0},
	{"106751d24h", -ERANGE, 0}, {"99999999999999999999s", -ERANGE, 0},
	{"0.1ns", -ERANGE, 0}, {"1.0000000001s", -ERANGE, 0},
	{"0.33333333333333333333s", -ERANGE, 0},
	{"", -EINVAL, 0}, {"-", -EINVAL, 0}, {"5", -EINVAL, 0},
	{"s", -EINVAL, 0}, {"5 s", -EINVAL, 0}, {" 5s", -EINVAL, 0},
	{"5s ", -EINVAL, 0}, {"5S", -EINVAL, 0}, {"5sec", -EINVAL, 0},
	{"1s1m", -EINVAL, 0}, {"1s1s", -EINVAL, 0}, {"1.5m3s", -EINVAL, 0},
	{"1.s", -EINVAL, 0}, {".5s", -EINVAL, 0}, {"--5s", -EINVAL, 0},
	{"+5s", -EINVAL, 0}, {"1e3s", -EINVAL, 0}, {"1s-1ms", -EINVAL, 0},
};

START_TEST(a_time_is_read_exactly_or_refused)
{
	const struct unit *unit = &durations[_i];
	int64_t ns = 77;

	ck_assert_int_eq(field_unit_duration(unit->text, &ns), unit->result);
	ck_assert_int_eq(ns, unit->result == 0 ? unit->value : 77);
}
END_TEST

static const struct unit duration_texts[] = {
	{"0s", 0, 0}, {"250ms", 0, 250000000}, {"1m30s", 0, 90000000000},
	{"1s500ms", 0, 1500000000}, {"48h", 0, 172800000000000},
	{"-1h1ns", 0, -3600000000001}, {"999ns", 0, 999},
	{"2562047h47m16s854ms775us807ns", 0, INT64_MAX},
};

START_TEST(a_time_is_written_in_the_largest_units)
{
	char chars[FIELD_UNIT_SIZE];
	int64_t ns;

	field_unit_duration_text(duration_texts[_i].value, chars);
	ck_assert_str_eq(chars, duration_texts[_i].text);
	ck_assert_int_eq(field_unit_duration(chars, &ns), 0);
	ck_assert_int_eq(ns, duration_texts[_i].value);
}
END_TEST

START_TEST(the_least_time_has_a_text)
{
	char chars[FIELD_UNIT_SIZE];

	field_unit_duration_text(INT64_MIN, chars);
	ck_assert_str_eq(chars, "-2562047h47m16s854ms775us808ns");
}
END_TEST

/* --- sizes --- */

static const struct unit sizes[] = {
	{"64KiB", 0, 65536}, {"1MiB", 0, 1048576}, {"10kB", 0, 10000},
	{"2GiB", 0, 2147483648}, {"1TiB", 0, 1099511627776},
	{"1MB", 0, 1000000}, {"3GB", 0, 3000000000},
	{"1TB", 0, 1000000000000}, {"512", 0, 512}, {"512B", 0, 512},
	{"0", 0, 0}, {"1.5MiB", 0, 1572864}, {"1.25KiB", 0, 1280},
	{"9223372036854775807", 0, INT64_MAX},
	{"9223372036854775808", -ERANGE, 0}, {"8388608TiB", -ERANGE, 0},
	{"0.3KiB", -ERANGE, 0}, {"0.5B", -ERANGE, 0}, {"1.5", -ERANGE, 0},
	{"", -EINVAL, 0}, {"KiB", -EINVAL, 0}, {"64KB", -EINVAL, 0},
	{"64kib", -EINVAL, 0}, {"64 KiB", -EINVAL, 0}, {"-1", -EINVAL, 0},
	{"1KiB1B", -EINVAL, 0}, {"1K", -EINVAL, 0}, {"1KiB ", -EINVAL, 0},
};

START_TEST(a_size_is_read_exactly_or_refused)
{
	const struct unit *unit = &sizes[_i];
	int64_t bytes = 77;

	ck_assert_int_eq(field_unit_bytes(unit->text, &bytes), unit->result);
	ck_assert_int_eq(bytes, unit->result == 0 ? unit->value : 77);
}
END_TEST

static const struct unit size_texts[] = {
	{"0", 0, 0}, {"1000", 0, 1000}, {"1KiB", 0, 1024},
	{"1025", 0, 1025}, {"1536KiB", 0, 1572864},
	{"2048TiB", 0, 1LL << 51},
};

START_TEST(a_size_is_written_in_whole_units)
{
	char chars[FIELD_UNIT_SIZE];

	field_unit_bytes_text(size_texts[_i].value, chars);
	ck_assert_str_eq(chars, size_texts[_i].text);
}
END_TEST

/* --- modes, signals, digits --- */

static const struct unit modes[] = {
	{"0660", 0, 0660}, {"660", 0, 0660}, {"0", 0, 0}, {"7777", 0, 07777},
	{"07777", 0, 07777}, {"17777", -EINVAL, 0}, {"000660", -EINVAL, 0},
	{"", -EINVAL, 0}, {"0680", -EINVAL, 0}, {"rw", -EINVAL, 0},
	{"0o660", -EINVAL, 0}, {"-660", -EINVAL, 0},
};

START_TEST(a_mode_is_octal)
{
	int64_t mode = 77;

	ck_assert_int_eq(field_unit_mode(modes[_i].text, &mode),
	    modes[_i].result);
	ck_assert_int_eq(mode, modes[_i].result == 0 ? modes[_i].value : 77);
}
END_TEST

START_TEST(a_mode_is_written_with_four_digits)
{
	char chars[FIELD_UNIT_SIZE];

	field_unit_mode_text(0660, chars);
	ck_assert_str_eq(chars, "0660");
	field_unit_mode_text(0, chars);
	ck_assert_str_eq(chars, "0000");
	field_unit_mode_text(04755, chars);
	ck_assert_str_eq(chars, "4755");
}
END_TEST

START_TEST(every_signal_is_read_by_its_own_text)
{
	char chars[FIELD_UNIT_SIZE + 3] = "SIG";
	int64_t number;
	int i;

	for (i = 1; i <= SIGRTMAX; i++) {
		if (i >= 32 && i < SIGRTMIN)
			continue;
		field_unit_signal_text(i, chars + 3);
		ck_assert_int_eq(field_unit_signal(chars + 3, &number), 0);
		ck_assert_int_eq(number, i);
		ck_assert_int_eq(field_unit_signal(chars, &number), 0);
		ck_assert_int_eq(number, i);
	}
}
END_TEST

START_TEST(signals_go_by_the_usual_names)
{
	char chars[FIELD_UNIT_SIZE];
	int64_t number;

	ck_assert_int_eq(field_unit_signal("TERM", &number), 0);
	ck_assert_int_eq(number, SIGTERM);
	ck_assert_int_eq(field_unit_signal("SIGIOT", &number), 0);
	ck_assert_int_eq(number, SIGABRT);
	ck_assert_int_eq(field_unit_signal("RTMIN+3", &number), 0);
	ck_assert_int_eq(number, SIGRTMIN + 3);
	ck_assert_int_eq(field_unit_signal("SIGRTMAX-1", &number), 0);
	ck_assert_int_eq(number, SIGRTMAX - 1);
	field_unit_signal_text(SIGABRT, chars);
	ck_assert_str_eq(chars, "ABRT");
	field_unit_signal_text(SIGRTMIN + 3, chars);
	ck_assert_str_eq(chars, "RTMIN+3");
	field_unit_signal_text(0, chars);
	ck_assert_str_eq(chars, "0");
}
END_TEST

static const char *const no_signals[] = {"", "SIG", "term", "SIGSIGTERM",
	"TERMX", "RTMIN-1", "RTMAX+1", "RTMIN+", "RTMIN+99", "RTMIN+x",
	"RTMINUS", "15", "RTMIN+18446744073709551617"};

START_TEST(other_names_are_no_signals)
{
	int64_t number = 77;

	ck_assert_int_eq(field_unit_signal(no_signals[_i], &number), -EINVAL);
	ck_assert_int_eq(number, 77);
}
END_TEST

START_TEST(whole_numbers_are_read_to_the_last)
{
	uint64_t value = 0;
	int64_t number = 0;

	ck_assert_int_eq(field_unit_unsigned("18446744073709551615", &value),
	    0);
	ck_assert(value == UINT64_MAX);
	ck_assert_int_eq(field_unit_unsigned("18446744073709551616", &value),
	    -ERANGE);
	ck_assert_int_eq(field_unit_unsigned("", &value), -EINVAL);
	ck_assert_int_eq(field_unit_unsigned("1 ", &value), -EINVAL);
	ck_assert_int_eq(field_unit_unsigned("-1", &value), -EINVAL);
	ck_assert_int_eq(field_unit_signed("-9223372036854775808", &number),
	    0);
	ck_assert(number == INT64_MIN);
	ck_assert_int_eq(field_unit_signed("9223372036854775807", &number),
	    0);
	ck_assert(number == INT64_MAX);
	ck_assert_int_eq(field_unit_signed("-9223372036854775809", &number),
	    -ERANGE);
	ck_assert_int_eq(field_unit_signed("9223372036854775808", &number),
	    -ERANGE);
	ck_assert_int_eq(field_unit_signed("--1", &number), -EINVAL);
}
END_TEST

/* --- tools --- */

START_TEST(utf8_takes_every_character_and_nothing_else)
{
	unsigned wrong = 0;
	unsigned code;
	size_t length;
	char bytes[4] = {0};
	bool is_surrogate;

	for (code = 1; code <= 0x10ffff; code++) {
		length = utf8_put(code, bytes);
		is_surrogate = code >= 0xd800 && code <= 0xdfff;
		if (utf8_length(bytes, 4) != (is_surrogate ? 0 : length) ||
		    utf8_length(bytes, length - 1) != 0)
			wrong++;
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(utf8_length("\xc0\x80", 2), 0);
	ck_assert_uint_eq(utf8_length("\xe0\x9f\xbf", 3), 0);
	ck_assert_uint_eq(utf8_length("\xf0\x8f\xbf\xbf", 4), 0);
	ck_assert_uint_eq(utf8_length("\xf4\x90\x80\x80", 4), 0);
	ck_assert_uint_eq(utf8_length("\xf8\x88\x80\x80\x80", 5), 0);
	ck_assert_uint_eq(utf8_length("\x80", 1), 0);
	ck_assert_uint_eq(utf8_length("\xe2\x82(", 3), 0);
	ck_assert_uint_eq(utf8_length("", 0), 0);
}
END_TEST

START_TEST(utf8_is_cut_between_characters)
{
	ck_assert_uint_eq(utf8_cut("a\xc3\xa9z", 2), 1);
	ck_assert_uint_eq(utf8_cut("a\xc3\xa9z", 3), 3);
	ck_assert_uint_eq(utf8_cut("a\xc3\xa9", 9), 3);
	ck_assert_uint_eq(utf8_cut("\xf0\x9f\x98\x80", 3), 0);
}
END_TEST

struct base64 {
	const char *bytes;
	const char *chars;
};

/* RFC 4648, section 10. */
static const struct base64 base64s[] = {
	{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
	{"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
	{"\xff\xfe\xfd", "//79"}, {"\xfb\xef", "++8="},
};

START_TEST(base64_goes_both_ways)
{
	const struct base64 *wanted = &base64s[_i];
	size_t length = strlen(wanted->bytes);
	unsigned char bytes[8];
	char chars[16];
	size_t size;

	base64_encode((const unsigned char *)wanted->bytes, length, chars);
	ck_assert_str_eq(chars, wanted->chars);
	ck_assert_uint_eq(base64_length(length), strlen(wanted->chars));
	ck_assert_int_eq(base64_size(wanted->chars, &size), 0);
	ck_assert_uint_eq(size, length);
	base64_decode(wanted->chars, bytes);
	ck_assert(memcmp(bytes, wanted->bytes, length) == 0);
}
END_TEST

static const char *const no_base64s[] = {"Z", "Zg", "Zg=", "Zg===", "=",
	"====", "Zh==", "Zm9=", "Zm9v\n", "Zm 9", "Z=g=", "Zm9v====", "-_8="};

START_TEST(base64_that_is_not_canonical_is_refused)
{
	size_t size = 77;

	ck_assert_int_eq(base64_size(no_base64s[_i], &size), -EINVAL);
	ck_assert_uint_eq(size, 77);
}
END_TEST

static const char *
nearest_of(const char *given)
{
	static const char *const words[] = {"strategy", "restarts", "within",
		"on_full", "drop_old", "drop_new", "in"};
	struct nearest nearest;
	int i;

	nearest_start(&nearest, given);
	for (i = 0; i < COUNT(words); i++)
		nearest_offer(&nearest, words[i]);
	return nearest.best == NULL ? "" : nearest.best;
}

START_TEST(the_nearest_word_is_offered)
{
	char flood[5000];

	ck_assert_str_eq(nearest_of("stratgey"), "strategy");
	ck_assert_str_eq(nearest_of("restart"), "restarts");
	ck_assert_str_eq(nearest_of("onFull"), "on_full");
	ck_assert_str_eq(nearest_of("ON-FULL"), "on_full");
	ck_assert_str_eq(nearest_of("drop_odl"), "drop_old");
	ck_assert_str_eq(nearest_of("drop_newest"), "drop_new");
	ck_assert_str_eq(nearest_of("colour"), "");
	ck_assert_str_eq(nearest_of(""), "");
	ck_assert_str_eq(nearest_of("xy"), "");
	memset(flood, 'a', sizeof(flood));
	flood[sizeof(flood) - 1] = '\0';
	ck_assert_str_eq(nearest_of(flood), "");
}
END_TEST

static Suite *
unit_suite(void)
{
	Suite *suite = suite_create("field_unit");
	TCase *units = harness_case("units");
	TCase *tools = harness_case("tools");

	tcase_add_loop_test(units, a_time_is_read_exactly_or_refused, 0,
	    COUNT(durations));
	tcase_add_loop_test(units, a_time_is_written_in_the_largest_units, 0,
	    COUNT(duration_texts));
	tcase_add_test(units, the_least_time_has_a_text);
	tcase_add_loop_test(units, a_size_is_read_exactly_or_refused, 0,
	    COUNT(sizes));
	tcase_add_loop_test(units, a_size_is_written_in_whole_units, 0,
	    COUNT(size_texts));
	tcase_add_loop_test(units, a_mode_is_octal, 0, COUNT(modes));
	tcase_add_test(units, a_mode_is_written_with_four_digits);
	tcase_add_test(units, every_signal_is_read_by_its_own_text);
	tcase_add_test(units, signals_go_by_the_usual_names);
	tcase_add_loop_test(units, other_names_are_no_signals, 0,
	    COUNT(no_signals));
	tcase_add_test(units, whole_numbers_are_read_to_the_last);
	suite_add_tcase(suite, units);
	tcase_add_test(tools, utf8_takes_every_character_and_nothing_else);
	tcase_add_test(tools, utf8_is_cut_between_characters);
	tcase_add_loop_test(tools, base64_goes_both_ways, 0, COUNT(base64s));
	tcase_add_loop_test(tools, base64_that_is_not_canonical_is_refused, 0,
	    COUNT(no_base64s));
	tcase_add_test(tools, the_nearest_word_is_offered);
	suite_add_tcase(suite, tools);
	return suite;
}

int
main(void)
{
	return harness_main(unit_suite);
}
