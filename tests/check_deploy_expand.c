/* check_deploy_expand.c - variables in strings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deploy.h"
#include "deploying.h"
#include "harness.h"

/* The value of a string once it is loaded as an inspector's URL. */
static void
expands(const char *string, const char *value)
{
	struct deploying deploying;
	char text[400];

	(void)snprintf(text, sizeof(text),
	    SECTION("'inspector': {'url': '%s'}"), string);
	deploying_sound(&deploying, text);
	ck_assert_str_eq(bsk_json_string(bsk_json_member(bsk_json_member(
	    deploying.deployment->tree, "inspector"), "url")), value);
	deploying_release(&deploying);
}

START_TEST(a_variable_stands_for_its_value)
{
	expands("${SET}", "value");
	expands("a/${SET}/b${SET}", "a/value/bvalue");
	expands("x${EMPTY}y", "xy");
}
END_TEST

START_TEST(a_value_is_not_expanded_again)
{
	expands("${COST}", "5$");
	expands("${COST}{SET}", "5${SET}");
}
END_TEST

START_TEST(a_default_is_for_what_is_unset_or_empty)
{
	expands("${SET:-x}", "value");
	expands("${EMPTY:-x}", "x");
	expands("${UNSET:-/tmp}/a", "/tmp/a");
	expands("${UNSET:-}", "");
	expands("${UNSET:-a:-b}", "a:-b");
}
END_TEST

START_TEST(a_dollar_elsewhere_is_a_dollar)
{
	expands("$$", "$");
	expands("$${SET}", "${SET}");
	expands("^a$", "^a$");
	expands("$1 $SET", "$1 $SET");
}
END_TEST

START_TEST(keys_are_taken_as_they_are)
{
	deploying_expect(SECTION("@'${SET}': 1"), "unknown-key", "/${SET}",
	    "one of buskin, name, system, inspector, plugins, supervisors, "
	    "actors");
}
END_TEST

START_TEST(an_unset_variable_is_an_error_at_its_string)
{
	deploying_expect(SECTION("'inspector': {'url':\n  @'a${UNSET}'}"),
	    "unset-variable", "/inspector/url",
	    "set it, or give a default: ${UNSET:-...}");
}
END_TEST

START_TEST(what_follows_from_an_unset_variable_is_not_told)
{
	deploying_expect(ACTORS("'a': {'class': @'${UNSET}'}"),
	    "unset-variable", "/actors/a/class",
	    "set it, or give a default: ${UNSET:-...}");
}
END_TEST

START_TEST(a_malformed_variable_is_an_error)
{
	static const char *const bad[] = {"${", "${}", "${a b}", "${1}",
		"${A:x}", "${A:", "${A:-x", "${A-x}"};
	char text[200];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    SECTION("'inspector': {'url': @'%s'}"), bad[i]);
		deploying_expect(text, "bad-variable", "/inspector/url",
		    "write ${NAME} or ${NAME:-default}, and $$ for a dollar");
	}
}
END_TEST

START_TEST(a_value_that_is_no_utf8_is_an_error)
{
	deploying_expect(SECTION("'inspector': {'url': @'${BAD}'}"),
	    "bad-variable", "/inspector/url", NULL);
}
END_TEST

START_TEST(without_a_function_the_environment_is_asked)
{
	const char *text = "{\"buskin\": 1, \"name\": \"${BUSKIN_TEST}\", "
	    "\"actors\": {}}";
	struct bsk_deployment_source source = {"x", text, strlen(text)};
	struct bsk_deployment_options options = {.sources = &source,
		.source_count = 1, .classes = deploying_classes};
	bsk_diagnoses *diagnoses = bsk_diagnoses_new();
	bsk_deployment *deployment;

	(void)setenv("BUSKIN_TEST", "from-outside", 1);
	ck_assert_int_eq(bsk_deployment_load(&options, diagnoses,
	    &deployment), 0);
	ck_assert_str_eq(bsk_deployment_name(deployment), "from-outside");
	bsk_deployment_free(deployment);
	bsk_diagnoses_free(diagnoses);
}
END_TEST

START_TEST(comments_are_not_expanded)
{
	struct deploying deploying;

	deploying_sound(&deploying,
	    SECTION("'$comment': ['${UNSET}', '${'], 'system': "
		"{'$comment': '${UNSET}'}"));
	deploying_release(&deploying);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("deploy_expand");
	TCase *tcase = harness_case("expand");

	tcase_add_test(tcase, a_variable_stands_for_its_value);
	tcase_add_test(tcase, a_value_is_not_expanded_again);
	tcase_add_test(tcase, a_default_is_for_what_is_unset_or_empty);
	tcase_add_test(tcase, a_dollar_elsewhere_is_a_dollar);
	tcase_add_test(tcase, keys_are_taken_as_they_are);
	tcase_add_test(tcase, comments_are_not_expanded);
	tcase_add_test(tcase, an_unset_variable_is_an_error_at_its_string);
	tcase_add_test(tcase, what_follows_from_an_unset_variable_is_not_told);
	tcase_add_test(tcase, a_malformed_variable_is_an_error);
	tcase_add_test(tcase, a_value_that_is_no_utf8_is_an_error);
	tcase_add_test(tcase, without_a_function_the_environment_is_asked);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
