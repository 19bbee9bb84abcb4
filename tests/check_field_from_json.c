/* tests/check_field_from_json.c - a body from JSON, and every fault of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <buskin/field.h>
#include <buskin/json.h>

#include "fail_alloc.h"
#include "harness.h"
#include "sample_type.h"

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

/* What was told of a reading. */
struct report {
	const bsk_json *root;
	int count;
	char text[2048]; /* "CODE@POINTER+KEY(HINT);" for each */
};

static void
on_fault(void *arg, const struct bsk_json_fault *fault)
{
	struct report *report = arg;
	size_t length = strlen(report->text);
	char pointer[128] = "none";

	report->count++;
	if (fault->where != NULL)
		ck_assert_int_eq(bsk_json_pointer(report->root, fault->where,
		    pointer, sizeof(pointer)), 0);
	ck_assert_ptr_nonnull(fault->text);
	ck_assert_uint_gt(strlen(fault->text), 0);
	(void)snprintf(report->text + length, sizeof(report->text) - length,
	    "%s@%s%s%s(%s);", fault->code, pointer,
	    fault->key == NULL ? "" : "+",
	    fault->key == NULL ? "" : fault->key,
	    fault->hint == NULL ? "" : fault->hint);
}

static bsk_json *
parse(const char *text)
{
	struct bsk_json_error error;
	bsk_json *json = NULL;
	int result = bsk_json_read(text, strlen(text), &json, &error);

	ck_assert_msg(result == 0, "%s: %s", text, error.text);
	return json;
}

/* Reads `text` as `type`; gives what was told. */
static int
read_as(const struct bsk_type *type, const char *text, void *ret_body,
    struct report *ret_report)
{
	bsk_json *json = parse(text);
	int result;

	*ret_report = (struct report){.root = json};
	result = bsk_type_from_json(type, json, ret_body, on_fault,
	    ret_report);
	bsk_json_free(json);
	return result;
}

START_TEST(missing_fields_get_their_presets)
{
	struct sample_config config;

	ck_assert_int_eq(bsk_type_from_json(&sample_config_type, NULL,
	    &config, NULL, NULL), 0);
	ck_assert_int_eq(config.period_ns, 5000000000);
	ck_assert_uint_eq(config.retries, 7);
	ck_assert_uint_eq(config.policy, 3);
	ck_assert_double_eq(config.jitter, 0.25);
}
END_TEST

START_TEST(a_nested_struct_that_is_missing_gets_its_presets_too)
{
	struct sample_needs needs;
	struct report report;

	ck_assert_int_eq(read_as(&sample_needs_type,
	    "{\"path\":\"/x\",\"port\":80}", &needs, &report), 0);
	ck_assert_uint_eq(needs.config.retries, 7);
	ck_assert_str_eq(needs.path.chars, "/x");
	bsk_type_drop(&sample_needs_type, &needs);
}
END_TEST

START_TEST(what_is_given_beats_the_preset)
{
	struct sample_config config;
	struct report report;

	ck_assert_int_eq(read_as(&sample_config_type, "{\"retries\":2,"
	    "\"$comment\":[1],\"period\":\"1ms\"}", &config, &report), 0);
	ck_assert_uint_eq(config.retries, 2);
	ck_assert_int_eq(config.period_ns, 1000000);
	ck_assert_uint_eq(config.policy, 3);
}
END_TEST

struct mistake {
	const char *text;
	const char *told; /* ended by "(" where the hint does not matter */
};

static const struct mistake mistakes[] = {
	{"[]", "wrong-kind@()"},
	{"{\"flag\":0}", "wrong-kind@/flag("},
	{"{\"i8\":128}", "out-of-range@/i8("},
	{"{\"i8\":-129}", "out-of-range@/i8("},
	{"{\"i16\":1.5}", "not-whole@/i16("},
	{"{\"i16\":1e300}", "not-whole@/i16("},
	{"{\"i16\":\"5\"}", "wrong-kind@/i16(remove the quotes)"},
	{"{\"i16\":\"x\"}", "wrong-kind@/i16("},
	{"{\"i16\":true}", "wrong-kind@/i16("},
	{"{\"i32\":-9}", "out-of-range@/i32("},
	{"{\"i32\":-101}", "out-of-range@/i32("},
	{"{\"i64\":\"9223372036854775808\"}", "out-of-range@/i64("},
	{"{\"i64\":\"-9223372036854775809\"}", "out-of-range@/i64("},
	{"{\"u8\":-1}", "out-of-range@/u8("},
	{"{\"u8\":256}", "out-of-range@/u8("},
	{"{\"u32\":4}", "out-of-range@/u32("},
	{"{\"u64\":-1}", "out-of-range@/u64("},
	{"{\"u64\":\"-9007199254740999\"}", "out-of-range@/u64("},
	{"{\"u64\":\"18446744073709551616\"}", "out-of-range@/u64("},
	{"{\"ratio\":1.0001}", "out-of-range@/ratio("},
	{"{\"ratio\":-0.1}", "out-of-range@/ratio("},
	{"{\"ratio\":\"1\"}", "wrong-kind@/ratio("},
	{"{\"who\":\"12\"}", "bad-ref@/who("},
	{"{\"who\":\"1.2.3\"}", "bad-ref@/who("},
	{"{\"who\":\"4294967296.0\"}", "bad-ref@/who("},
	{"{\"who\":\".5\"}", "bad-ref@/who("},
	{"{\"who\":12}", "wrong-kind@/who("},
	{"{\"every\":250}", "wrong-kind@/every(write a string with a unit: "
	    "\"250ms\", \"1m30s\")"},
	{"{\"every\":\"250\"}", "bad-duration@/every("},
	{"{\"every\":\"1ns\"}", "out-of-range@/every("},
	{"{\"every\":\"2h\"}", "out-of-range@/every("},
	{"{\"every\":\"99999999999d\"}", "bad-duration@/every("},
	{"{\"limit\":\"64KB\"}", "bad-size@/limit("},
	{"{\"limit\":-1}", "out-of-range@/limit("},
	{"{\"limit\":true}", "wrong-kind@/limit("},
	{"{\"mode\":660}", "wrong-kind@/mode(write octal digits in quotes: "
	    "\"0660\")"},
	{"{\"mode\":\"0990\"}", "bad-mode@/mode("},
	{"{\"signal\":\"SIGTREM\"}", "bad-signal@/signal("
	    "did you mean \"TERM\"?)"},
	{"{\"signal\":99}", "out-of-range@/signal("},
	{"{\"signal\":-1}", "out-of-range@/signal("},
	{"{\"total\":\"x\"}", "wrong-kind@/total("},
	{"{\"policy\":\"drop_odl\"}", "unknown-word@/policy("
	    "did you mean \"drop_old\"?)"},
	{"{\"policy\":\"zzz\"}", "unknown-word@/policy("
	    "one of suspend, refuse, drop_new, drop_old)"},
	{"{\"policy\":1}", "wrong-kind@/policy("},
	{"{\"part\":{\"weight\":11}}", "out-of-range@/part/weight("},
	{"{\"part\":{\"wieght\":1}}", "unknown-key@/part+wieght("
	    "did you mean \"weight\"?)"},
	{"{\"part\":[]}", "wrong-kind@/part("},
	{"{\"part\":null}", "wrong-kind@/part("},
	{"{\"name\":\"12345678901234567\"}", "too-long@/name("},
	{"{\"name\":5}", "wrong-kind@/name("},
	{"{\"data\":5}", "wrong-kind@/data("},
	{"{\"data\":null}", "wrong-kind@/data("},
	{"{\"data\":{\"base64\":\"Zg\"}}", "bad-base64@/data("},
	{"{\"data\":{\"base64\":\"Zg==\",\"x\":1}}", "wrong-kind@/data("},
	{"{\"data\":{\"base64\":7}}", "wrong-kind@/data("},
	{"{\"fd\":5}", "not-readable@/fd("},
	{"{\"parcel\":{}}", "not-readable@/parcel("},
	{"{\"texts\":\"one\"}", "wrong-kind@/texts("},
	{"{\"texts\":[\"a\",1]}", "wrong-kind@/texts/1("},
	{"{\"numbers\":[1,2,3,4,5]}", "too-long@/numbers("},
	{"{\"numbers\":[65536]}", "out-of-range@/numbers/0("},
	{"{\"parts\":[]}", "too-short@/parts("},
	{"{\"parts\":[{\"label\":\"x\"},{\"lable\":\"y\"}]}",
	    "unknown-key@/parts/1+lable(did you mean \"label\"?)"},
	{"{\"times\":[\"1s\",\"x\"]}", "bad-duration@/times/1("},
	{"{\"every_ns\":\"1s\"}", "unknown-key@+every_ns("},
};

/* A struct that may be left out. */
struct host {
	struct bsk_parcel *guest;
};

static const struct bsk_field host_fields[] = {
	BSK_FIELD(host, guest, "may stay away", .type = &sample_part_type),
};
static const struct bsk_type host_type =
	BSK_OWNING_TYPE(host, "has a guest, or none", host_fields);

static const struct {
	const char *text;
	int weight;   /* of the guest; -1: there is none; -2: a mistake */
} guests[] = {
	{"{}", -1},
	{"{\"guest\":null}", -1},
	{"{\"guest\":{\"label\":\"x\",\"weight\":7}}", 7},
	{"{\"guest\":{\"label\":\"x\",\"weight\":11}}", -2},
	{"{\"guest\":{\"label\":\"x\",\"wieght\":1}}", -2},
	{"{\"guest\":true}", -2},
};

START_TEST(a_struct_may_be_left_out)
{
	const struct sample_part *part;
	struct host host;
	struct report report;
	int result;

	ck_assert_int_eq(bsk_type_check(&host_type, NULL), 0);
	result = read_as(&host_type, guests[_i].text, &host, &report);
	ck_assert_int_eq(result, guests[_i].weight == -2 ? -EINVAL : 0);
	if (result < 0)
		return;
	part = bsk_parcel_body(host.guest);
	ck_assert_int_eq(part == NULL ? -1 : part->weight, guests[_i].weight);
	bsk_type_drop(&host_type, &host);
}
END_TEST

START_TEST(a_mistake_is_told_with_its_place)
{
	const struct mistake *mistake = &mistakes[_i];
	struct sample sample;
	struct report report;

	memset(&sample, 0x5a, sizeof(sample));
	ck_assert_int_eq(read_as(&sample_type, mistake->text, &sample,
	    &report), -EINVAL);
	ck_assert_int_eq(report.count, 1);
	ck_assert_msg(strncmp(report.text, mistake->told,
	    strlen(mistake->told)) == 0, "%s", report.text);
	ck_assert_ptr_null(sample.name.chars);
	ck_assert_uint_eq(sample.u8, 0);
}
END_TEST

START_TEST(all_mistakes_are_told_at_once)
{
	struct sample_needs needs;
	struct report report;

	ck_assert_int_eq(read_as(&sample_needs_type, "{\"Path\":\"/x\","
	    "\"port\":0,\"config\":{\"retries\":0,\"jitter\":2,"
	    "\"period\":\"1s\"}}", &needs, &report), -EINVAL);
	ck_assert_int_eq(report.count, 5);
	ck_assert_str_eq(report.text, "unknown-key@+Path("
	    "did you mean \"path\"?);missing-key@+path(where to listen);"
	    "out-of-range@/port();out-of-range@/config/retries();"
	    "out-of-range@/config/jitter();");
}
END_TEST

START_TEST(nothing_given_lacks_what_is_required)
{
	struct report report = {0};
	struct sample_needs needs;

	ck_assert_int_eq(bsk_type_from_json(&sample_needs_type, NULL, &needs,
	    on_fault, &report), -EINVAL);
	ck_assert_str_eq(report.text, "missing-key@none+path("
	    "where to listen);missing-key@none+port(the port's number);");
	ck_assert_int_eq(bsk_type_from_json(&sample_needs_type, NULL, &needs,
	    NULL, NULL), -EINVAL);
}
END_TEST

START_TEST(null_stands_for_nothing_unless_it_is_required)
{
	struct sample_needs needs;
	struct sample sample;
	struct report report;

	ck_assert_int_eq(read_as(&sample_type, "{\"who\":null,"
	    "\"name\":null,\"fd\":null,\"parcel\":null,\"u32\":5}", &sample,
	    &report), 0);
	ck_assert(bsk_ref_is_nobody(sample.who));
	ck_assert_ptr_null(sample.name.chars);
	ck_assert_int_eq(read_as(&sample_needs_type,
	    "{\"path\":null,\"port\":1}", &needs, &report), -EINVAL);
	ck_assert_str_eq(report.text, "wrong-kind@/path();");
}
END_TEST

START_TEST(limits_are_taken_in)
{
	struct sample sample;
	struct report report;

	ck_assert_int_eq(read_as(&sample_type, "{\"i8\":-128,\"i32\":-10,"
	    "\"u8\":255,\"u64\":\"18446744073709551615\",\"ratio\":1,"
	    "\"every\":\"1h\",\"mode\":\"7777\",\"signal\":\"RTMIN+1\","
	    "\"total\":7,\"name\":\"1234567890123456\",\"limit\":0,"
	    "\"i64\":\"-9223372036854775808\",\"numbers\":[1,2,3,4],"
	    "\"who\":\"4294967295.4294967295\"}", &sample, &report), 0);
	ck_assert_int_eq(sample.i8, -128);
	ck_assert(sample.u64 == UINT64_MAX);
	ck_assert(sample.i64 == INT64_MIN);
	ck_assert_uint_eq(sample.total, 7);
	ck_assert(sample.who.bits == UINT64_MAX);
	ck_assert_uint_eq(sample.mode, 07777);
	bsk_type_drop(&sample_type, &sample);
}
END_TEST

START_TEST(strangers_keys_are_told_in_whole_characters)
{
	struct sample_config config;
	struct report report;
	char text[512] = "{\"";
	int i;

	for (i = 0; i < 100; i++)
		strcat(text, "\xe2\x82\xac");
	strcat(text, "\":1}");
	ck_assert_int_eq(read_as(&sample_config_type, text, &config, &report),
	    -EINVAL);
	ck_assert_int_eq(report.count, 1);
}
END_TEST

START_TEST(bytes_are_read_from_text_and_base64)
{
	struct sample sample;
	struct report report;

	ck_assert_int_eq(read_as(&sample_type, "{\"data\":{\"base64\":"
	    "\"AP8=\"},\"bufs\":[\"\",\"x\"]}", &sample, &report), 0);
	ck_assert_uint_eq(sample.data.size, 2);
	ck_assert_mem_eq(sample.data.bytes, "\0\xff", 2);
	ck_assert_uint_eq(((bsk_buf *)sample.bufs.items)[0].size, 0);
	ck_assert_uint_eq(((bsk_buf *)sample.bufs.items)[1].size, 1);
	bsk_type_drop(&sample_type, &sample);
}
END_TEST

static const char whole_text[] = "{\"part\":{\"label\":\"a\"},\"name\":\"b\","
    "\"data\":{\"base64\":\"AP8=\"},\"texts\":[\"a\",\"b\"],"
    "\"parts\":[{\"label\":\"c\"},{}],\"bufs\":[\"d\"],\"u32\":9}";

START_TEST(reading_survives_any_failed_allocation)
{
	bsk_json *json = parse(whole_text);
	struct sample sample;
	unsigned n = 0;
	int result;

	do {
		fail_alloc_start(++n);
		result = bsk_type_from_json(&sample_type, json, &sample, NULL,
		    NULL);
		if (fail_alloc_stop() < n)
			break;
		ck_assert_int_eq(result, -ENOMEM);
		ck_assert_ptr_null(sample.name.chars);
	} while (true);
	ck_assert_int_eq(result, 0);
	ck_assert_uint_gt(n, 12);
	bsk_type_drop(&sample_type, &sample);
	bsk_json_free(json);
}
END_TEST

static Suite *
from_json_suite(void)
{
	Suite *suite = suite_create("field_from_json");
	TCase *tests = harness_case("field_from_json");

	tcase_add_test(tests, missing_fields_get_their_presets);
	tcase_add_test(tests,
	    a_nested_struct_that_is_missing_gets_its_presets_too);
	tcase_add_test(tests, what_is_given_beats_the_preset);
	tcase_add_loop_test(tests, a_struct_may_be_left_out, 0,
	    sizeof(guests) / sizeof(guests[0]));
	tcase_add_loop_test(tests, a_mistake_is_told_with_its_place, 0,
	    COUNT(mistakes));
	tcase_add_test(tests, all_mistakes_are_told_at_once);
	tcase_add_test(tests, nothing_given_lacks_what_is_required);
	tcase_add_test(tests, null_stands_for_nothing_unless_it_is_required);
	tcase_add_test(tests, limits_are_taken_in);
	tcase_add_test(tests, strangers_keys_are_told_in_whole_characters);
	tcase_add_test(tests, bytes_are_read_from_text_and_base64);
	tcase_add_test(tests, reading_survives_any_failed_allocation);
	suite_add_tcase(suite, tests);
	return suite;
}

int
main(void)
{
	return harness_main(from_json_suite);
}
