/* check_deploy_show.c - mistakes, written for people and as JSON. */
#include <stdlib.h>
#include <string.h>

#include "deploy_diagnoses.h"
#include "deploying.h"
#include "harness.h"

static void
shows(const char *text, const char *shown)
{
	struct deploying deploying;
	char *made;

	deploying_load(&deploying, text, NULL);
	made = bsk_diagnoses_text(deploying.diagnoses, BSK_DIAGNOSES_PLAIN);
	ck_assert_str_eq(made, shown);
	free(made);
	deploying_release(&deploying);
}

START_TEST(a_mistake_has_place_pointer_line_caret_and_hint)
{
	shows("{'buskin': 1, 'name': 't',\n"
	    "\t'actors': {'a': {'class': 'snik'}}}",
	    "1.json:2:28: error: there is no class \"snik\" [unknown-class]\n"
	    "  at: /actors/a/class\n"
	    "    2 | \t\"actors\": {\"a\": {\"class\": \"snik\"}}}\n"
	    "      | \t                          ^\n"
	    "  hint: did you mean \"sink\"?\n");
}
END_TEST

START_TEST(a_mistake_without_a_hint_has_none)
{
	shows("{'buskin': 1, 'name': 't', 'actors': 3}",
	    "1.json:1:38: error: expected an object, not a number "
	    "[wrong-kind]\n"
	    "  at: /actors\n"
	    "    1 | {\"buskin\": 1, \"name\": \"t\", \"actors\": 3}\n"
	    "      |                                      ^\n");
}
END_TEST

START_TEST(warnings_are_called_so)
{
	struct deploying deploying;
	char *made;

	deploying_load(&deploying, ACTORS("'a': {'class': 'sink'}"), NULL);
	made = bsk_diagnoses_text(deploying.diagnoses, BSK_DIAGNOSES_PLAIN);
	ck_assert_ptr_nonnull(strstr(made, ": warning: "));
	ck_assert_uint_eq(bsk_diagnoses_errors(deploying.diagnoses), 0);
	ck_assert_uint_eq(bsk_diagnoses_count(deploying.diagnoses), 1);
	free(made);
	deploying_release(&deploying);
}
END_TEST

START_TEST(no_mistakes_are_no_text)
{
	shows(ACTORS(""), "");
}
END_TEST

START_TEST(colour_is_only_where_it_is_asked_for)
{
	struct deploying deploying;
	char *plain;
	char *coloured;

	deploying_load(&deploying, "{'x': 1}", NULL);
	plain = bsk_diagnoses_text(deploying.diagnoses, BSK_DIAGNOSES_PLAIN);
	coloured = bsk_diagnoses_text(deploying.diagnoses,
	    BSK_DIAGNOSES_COLOUR);
	ck_assert_ptr_null(strchr(plain, '\033'));
	ck_assert_ptr_nonnull(strchr(coloured, '\033'));
	free(plain);
	free(coloured);
	deploying_release(&deploying);
}
END_TEST

START_TEST(what_a_stranger_wrote_is_cleaned)
{
	struct deploying deploying;
	const struct bsk_diagnosis *seen;

	deploying_load(&deploying,
	    ACTORS("'a': {'class': '\\u001b[31m'}"), NULL);
	seen = bsk_diagnoses_at(deploying.diagnoses, 0);
	ck_assert_str_eq(seen->text, "there is no class \"\\x1B[31m\"");
	deploying_release(&deploying);
}
END_TEST

START_TEST(as_json_it_has_the_same_parts)
{
	struct deploying deploying;
	const bsk_json *first;
	bsk_json *json;
	char *text;

	deploying_load(&deploying, "{'buskin': 1, 'name': 't', 'actors': 3}",
	    NULL);
	ck_assert_int_eq(bsk_diagnoses_json(deploying.diagnoses, &json), 0);
	ck_assert_uint_eq(bsk_json_count(json), 1);
	first = bsk_json_first(json);
	text = bsk_json_text(first);
	ck_assert_str_eq(text, "{\"severity\":\"error\",\"file\":\"1.json\","
	    "\"line\":1,\"column\":38,\"pointer\":\"/actors\","
	    "\"caret\":37,\"excerpt\":\"{\\\"buskin\\\": 1, "
	    "\\\"name\\\": \\\"t\\\", \\\"actors\\\": 3}\","
	    "\"code\":\"wrong-kind\",\"text\":\"expected an object, not a "
	    "number\"}");
	free(text);
	bsk_json_free(json);
	deploying_release(&deploying);
}
END_TEST

START_TEST(beyond_the_last_there_is_none)
{
	bsk_diagnoses *diagnoses = bsk_diagnoses_new();

	ck_assert_ptr_null(bsk_diagnoses_at(diagnoses, 0));
	bsk_diagnoses_free(diagnoses);
	bsk_diagnoses_free(NULL);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("deploy_show");
	TCase *tcase = harness_case("show");

	tcase_add_test(tcase, a_mistake_has_place_pointer_line_caret_and_hint);
	tcase_add_test(tcase, a_mistake_without_a_hint_has_none);
	tcase_add_test(tcase, warnings_are_called_so);
	tcase_add_test(tcase, no_mistakes_are_no_text);
	tcase_add_test(tcase, colour_is_only_where_it_is_asked_for);
	tcase_add_test(tcase, what_a_stranger_wrote_is_cleaned);
	tcase_add_test(tcase, as_json_it_has_the_same_parts);
	tcase_add_test(tcase, beyond_the_last_there_is_none);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
