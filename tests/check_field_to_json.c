/* tests/check_field_to_json.c - a body as JSON, and back. */
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

START_TEST(every_kind_is_written)
{
	struct sample sample;
	char wanted[2048];
	bsk_json *json;
	char *text;

	ck_assert(sample_fill(&sample));
	ck_assert_int_eq(bsk_type_to_json(&sample_type, &sample,
	    BSK_SECRETS_MASKED, &json), 0);
	(void)snprintf(wanted, sizeof(wanted), "{\"flag\":true,\"i8\":-128,"
	    "\"i16\":-32768,\"i32\":-11,\"i64\":\"-9223372036854775808\","
	    "\"u8\":255,\"u16\":65535,\"u32\":4294967295,"
	    "\"u64\":\"18446744073709551615\",\"ratio\":0.5,"
	    "\"who\":\"12.3\",\"every\":\"250ms\",\"limit\":\"64KiB\","
	    "\"mode\":\"0660\",\"signal\":\"TERM\",\"total\":\"42\","
	    "\"policy\":\"drop_old\","
	    "\"part\":{\"label\":\"part\",\"weight\":10},"
	    "\"name\":\"n\xc3\xa4me\\n\",\"password\":\"***\","
	    "\"data\":\"bytes\",\"fd\":%d,\"texts\":[\"one\",\"two\"],"
	    "\"numbers\":[0,65535],"
	    "\"parts\":[{\"label\":\"first\",\"weight\":-10}],"
	    "\"bufs\":[{\"base64\":\"/w==\"}],\"times\":[\"1s500ms\"],"
	    "\"parcel\":{\"type\":\"sample_part\","
	    "\"body\":{\"label\":\"inside\",\"weight\":1}}}",
	    bsk_fd_number(sample.fd));
	text = bsk_json_text(json);
	ck_assert_str_eq(text, wanted);
	free(text);
	bsk_json_free(json);
	bsk_type_drop(&sample_type, &sample);
}
END_TEST

START_TEST(secrets_are_shown_only_when_asked)
{
	struct sample sample = {.password = bsk_text_copy("hush")};
	bsk_json *json;

	ck_assert_int_eq(bsk_type_to_json(&sample_type, &sample,
	    BSK_SECRETS_SHOWN, &json), 0);
	ck_assert_str_eq(bsk_json_string(bsk_json_member(json, "password")),
	    "hush");
	bsk_json_free(json);
	bsk_type_drop(&sample_type, &sample);
}
END_TEST

START_TEST(text_that_is_not_utf8_is_mended)
{
	struct sample_part part = {bsk_text_copy("a\xff\xc3\xa9\xe2\x82"), 0};
	bsk_json *json;

	ck_assert_int_eq(bsk_type_to_json(&sample_part_type, &part,
	    BSK_SECRETS_SHOWN, &json), 0);
	ck_assert_str_eq(bsk_json_string(bsk_json_member(json, "label")),
	    "a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd");
	bsk_json_free(json);
	bsk_type_drop(&sample_part_type, &part);
}
END_TEST

START_TEST(what_is_written_is_read_back_the_same)
{
	struct sample sample;
	struct sample again;
	bsk_json *json;
	char *first;
	char *second;

	ck_assert(sample_fill(&sample));
	/* Neither of these can be read. */
	bsk_fd_drop(&sample.fd);
	bsk_parcel_free(sample.parcel);
	sample.parcel = NULL;
	ck_assert_int_eq(bsk_type_to_json(&sample_type, &sample,
	    BSK_SECRETS_SHOWN, &json), 0);
	first = bsk_json_text(json);
	bsk_json_free(json);
	ck_assert_int_eq(bsk_json_read(first, strlen(first), &json, NULL), 0);
	ck_assert_int_eq(bsk_type_from_json(&sample_type, json, &again, NULL,
	    NULL), 0);
	bsk_json_free(json);
	ck_assert_int_eq(bsk_type_to_json(&sample_type, &again,
	    BSK_SECRETS_SHOWN, &json), 0);
	second = bsk_json_text(json);
	ck_assert_str_eq(first, second);
	bsk_json_free(json);
	free(first);
	free(second);
	bsk_type_drop(&sample_type, &sample);
	bsk_type_drop(&sample_type, &again);
}
END_TEST

START_TEST(a_zeroed_body_goes_there_and_back)
{
	struct sample_tree tree = {0};
	struct sample_tree again;
	bsk_json *json;

	ck_assert_int_eq(bsk_type_to_json(&sample_tree_type, &tree,
	    BSK_SECRETS_SHOWN, &json), 0);
	ck_assert_int_eq(bsk_type_from_json(&sample_tree_type, json, &again,
	    NULL, NULL), 0);
	ck_assert_uint_eq(again.children.count, 0);
	bsk_json_free(json);
}
END_TEST

START_TEST(writing_survives_any_failed_allocation)
{
	struct sample sample;
	bsk_json *json;
	unsigned n = 0;
	int result;

	ck_assert(sample_fill(&sample));
	bsk_text_drop(&sample.name);
	sample.name = bsk_text_copy("\xff");
	do {
		json = NULL;
		fail_alloc_start(++n);
		result = bsk_type_to_json(&sample_type, &sample,
		    BSK_SECRETS_SHOWN, &json);
		if (fail_alloc_stop() < n)
			break;
		ck_assert_int_eq(result, -ENOMEM);
		ck_assert_ptr_null(json);
	} while (true);
	ck_assert_int_eq(result, 0);
	ck_assert_uint_gt(n, 40);
	bsk_json_free(json);
	bsk_type_drop(&sample_type, &sample);
}
END_TEST

static Suite *
to_json_suite(void)
{
	Suite *suite = suite_create("field_to_json");
	TCase *tests = harness_case("field_to_json");

	tcase_add_test(tests, every_kind_is_written);
	tcase_add_test(tests, secrets_are_shown_only_when_asked);
	tcase_add_test(tests, text_that_is_not_utf8_is_mended);
	tcase_add_test(tests, what_is_written_is_read_back_the_same);
	tcase_add_test(tests, a_zeroed_body_goes_there_and_back);
	tcase_add_test(tests, writing_survives_any_failed_allocation);
	suite_add_tcase(suite, tests);
	return suite;
}

int
main(void)
{
	return harness_main(to_json_suite);
}
