/* tests/check_field_schema.c - JSON Schema of a type. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <buskin/field.h>
#include <buskin/json.h>

#include "fail_alloc.h"
#include "harness.h"
#include "sample_type.h"

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

START_TEST(a_schema_says_what_is_read)
{
	bsk_json *json;
	char *text;

	ck_assert_int_eq(bsk_type_schema(&sample_needs_type, &json), 0);
	text = bsk_json_text(json);
	ck_assert_str_eq(text, "{\"title\":\"sample_needs\","
	    "\"description\":\"a config with needs\",\"type\":\"object\","
	    "\"properties\":{\"$comment\":true,"
	    "\"path\":{\"description\":\"where to listen\","
	    "\"type\":\"string\",\"minLength\":1,\"maxLength\":107},"
	    "\"port\":{\"description\":\"the port's number\","
	    "\"type\":\"integer\",\"minimum\":1,\"maximum\":65535},"
	    "\"config\":{\"description\":\"the rest\",\"type\":\"object\","
	    "\"properties\":{\"$comment\":true,"
	    "\"period\":{\"description\":\"how often\",\"type\":\"string\","
	    "\"pattern\":\"^(0|-?([0-9]+(\\\\.[0-9]+)?"
	    "(d|h|m|s|ms|us|ns))+)$\",\"default\":\"5s\"},"
	    "\"retries\":{\"description\":\"how many times\","
	    "\"type\":\"integer\",\"minimum\":1,\"maximum\":4294967295,"
	    "\"default\":7},"
	    "\"policy\":{\"description\":\"when full\","
	    "\"enum\":[\"suspend\",\"refuse\",\"drop_new\",\"drop_old\"],"
	    "\"default\":\"drop_old\"},"
	    "\"jitter\":{\"description\":\"how unsteady\","
	    "\"type\":\"number\",\"minimum\":0,\"maximum\":1,"
	    "\"default\":0.25}},\"additionalProperties\":false}},"
	    "\"required\":[\"path\",\"port\"],"
	    "\"additionalProperties\":false}");
	free(text);
	bsk_json_free(json);
}
END_TEST

/* The property of a type's schema, as text; the caller frees it. */
static char *
property_of(const struct bsk_type *type, const char *key)
{
	bsk_json *json;
	char *text;

	ck_assert_int_eq(bsk_type_schema(type, &json), 0);
	text = bsk_json_text(bsk_json_member(bsk_json_member(json,
	    "properties"), key));
	bsk_json_free(json);
	return text;
}

static const char *const properties[][2] = {
	{"flag", "{\"description\":\"a flag\",\"type\":\"boolean\"}"},
	{"i32", "{\"description\":\"32 bits\",\"type\":\"integer\","
	    "\"minimum\":-100,\"maximum\":-10,\"default\":-50}"},
	{"u64", "{\"description\":\"64 bits\",\"type\":[\"string\","
	    "\"integer\"],\"pattern\":\"^-?[0-9]{16,20}$\",\"minimum\":0}"},
	{"who", "{\"description\":\"an actor\",\"type\":[\"string\","
	    "\"null\"],\"pattern\":\"^[0-9]{1,10}\\\\.[0-9]{1,10}$\"}"},
	{"mode", "{\"description\":\"file mode\",\"type\":\"string\","
	    "\"pattern\":\"^0?[0-7]{1,4}$\"}"},
	{"name", "{\"description\":\"its name\",\"type\":[\"string\","
	    "\"null\"],\"maxLength\":16}"},
	{"password", "{\"description\":\"its secret\",\"type\":[\"string\","
	    "\"null\"],\"writeOnly\":true}"},
	{"fd", "{\"description\":\"its file\",\"type\":\"null\"}"},
	{"parcel", "{\"description\":\"anything\",\"type\":[\"object\","
	    "\"null\"]}"},
	{"numbers", "{\"description\":\"numbers\","
	    "\"items\":{\"description\":\"numbers\",\"type\":\"integer\","
	    "\"minimum\":0,\"maximum\":65535},\"type\":\"array\","
	    "\"maxItems\":4}"},
};

START_TEST(each_kind_has_its_schema)
{
	char *text = property_of(&sample_type, properties[_i][0]);

	ck_assert_str_eq(text, properties[_i][1]);
	free(text);
}
END_TEST

START_TEST(a_type_inside_itself_ends_its_schema)
{
	char *text = property_of(&sample_tree_type, "children");

	ck_assert_str_eq(text, "{\"description\":\"what is below\","
	    "\"items\":{\"description\":\"what is below\","
	    "\"type\":\"object\"},\"type\":\"array\",\"maxItems\":4}");
	free(text);
}
END_TEST

START_TEST(the_schema_survives_any_failed_allocation)
{
	bsk_json *json;
	unsigned n = 0;
	int result;

	do {
		json = NULL;
		fail_alloc_start(++n);
		result = bsk_type_schema(&sample_type, &json);
		if (fail_alloc_stop() < n)
			break;
		ck_assert_int_eq(result, -ENOMEM);
		ck_assert_ptr_null(json);
	} while (true);
	ck_assert_int_eq(result, 0);
	ck_assert_uint_gt(n, 100);
	bsk_json_free(json);
}
END_TEST

static Suite *
schema_suite(void)
{
	Suite *suite = suite_create("field_schema");
	TCase *tests = harness_case("field_schema");

	tcase_add_test(tests, a_schema_says_what_is_read);
	tcase_add_loop_test(tests, each_kind_has_its_schema, 0,
	    COUNT(properties));
	tcase_add_test(tests, a_type_inside_itself_ends_its_schema);
	tcase_add_test(tests, the_schema_survives_any_failed_allocation);
	suite_add_tcase(suite, tests);
	return suite;
}

int
main(void)
{
	return harness_main(schema_suite);
}
