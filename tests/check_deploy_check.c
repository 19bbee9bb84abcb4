/* check_deploy_check.c - a deployment looked at as a whole. */
#include <stdio.h>
#include <stdlib.h>

#include "deploying.h"
#include "harness.h"

#define HINT "give a wire of it another \"on_full\": refuse, drop_new or " \
	"drop_old"
#define PASS(name, out) "'" name "': {'class': 'pass', 'out': {'out': " out \
	"}}"

START_TEST(a_cycle_in_which_all_suspend_is_an_error)
{
	deploying_expect(ACTORS(PASS("a", "@'a'")), "suspend-cycle",
	    "/actors/a/out/out", HINT);
	deploying_expect(ACTORS(PASS("a", "'b'") "," PASS("b", "'c'") ","
	    PASS("c", "{'to': 'k'}") ","
	    "'k': {'class': 'pass', 'out': {'out': ['x', @'b']}},"
	    "'x': {'class': 'sink'}"), "suspend-cycle",
	    "/actors/k/out/out/1", HINT);
}
END_TEST

START_TEST(the_names_of_a_cycle_are_told)
{
	struct deploying deploying;

	deploying_load(&deploying, ACTORS(PASS("a", "'b'") ","
	    PASS("b", "'c'") "," PASS("c", "'b'")), NULL);
	ck_assert_str_eq(bsk_diagnoses_at(deploying.diagnoses, 0)->text,
	    "every mailbox of a cycle suspends: b -> c -> b");
	deploying_release(&deploying);
}
END_TEST

START_TEST(every_cycle_is_told)
{
	struct deploying deploying;

	deploying_load(&deploying, ACTORS(PASS("a", "['a', 'b']") ","
	    PASS("b", "'a'") "," PASS("c", "'c'")), NULL);
	ck_assert_uint_eq(bsk_diagnoses_errors(deploying.diagnoses), 3);
	deploying_release(&deploying);
}
END_TEST

START_TEST(the_default_counts_where_nothing_is_said)
{
	deploying_expect("{'buskin': 1, 'name': 't', 'system': "
	    "{'mailbox': {'on_full': 'drop_old'}}, 'actors': {'a': {'class':"
	    "'pass', 'mailbox': {'on_full': 'suspend'}, 'out': {'out': "
	    "@'a'}}}}", "suspend-cycle", "/actors/a/out/out", HINT);
}
END_TEST

/* One wire that does not suspend is enough to keep it going. */
START_TEST(a_cycle_that_does_not_suspend_is_sound)
{
	struct deploying deploying;

	deploying_sound(&deploying, "{'buskin': 1, 'name': 't', 'system': "
	    "{'mailbox': {'on_full': 'drop_old'}}, 'actors': {"
	    PASS("a", "'b'") "," PASS("b", "'a'") "}}");
	deploying_release(&deploying);
	deploying_sound(&deploying, ACTORS(PASS("a", "'b'") ","
	    PASS("b", "{'to': 'a', 'on_full': 'drop_new'}")));
	deploying_release(&deploying);
}
END_TEST

START_TEST(two_ways_to_one_actor_are_no_cycle)
{
	struct deploying deploying;

	deploying_sound(&deploying, ACTORS(PASS("a", "['b', 'c']") ","
	    PASS("b", "'d'") "," PASS("c", "'d'") ",'d': {'class': 'sink'}"));
	deploying_release(&deploying);
}
END_TEST

START_TEST(an_actor_out_of_reach_is_a_warning)
{
	deploying_expect_warning(ACTORS("@'k': {'class': 'pass'}"),
	    "unreachable", "/actors/k");
}
END_TEST

START_TEST(services_and_sources_are_within_reach)
{
	struct deploying deploying;

	deploying_sound(&deploying, ACTORS("'sink': {'class': 'sink'},"
	    "'a': {'class': 'source', 'config': {'path': 'p'}}"));
	deploying_release(&deploying);
}
END_TEST

START_TEST(more_descriptors_than_there_are_is_an_error)
{
	deploying_expect("{'buskin': 1, 'name': 't', @'actors': "
	    "{'a': {'class': 'hoard'}}}", "fd-limit", "/actors",
	    "raise the limit: ulimit -n 1000032, or LimitNOFILE=1000032 in a "
	    "unit");
}
END_TEST

/* A chain that would overflow the stack of whoever walks it by calls. */
START_TEST(a_long_chain_is_walked)
{
	enum { LENGTH = 3000, ROOM = 80 };
	char *text = malloc(LENGTH * ROOM);
	struct deploying deploying;
	size_t at = 0;
	int i;

	at += (size_t)sprintf(text, "{'buskin': 1, 'name': 't', 'actors': {");
	for (i = 0; i < LENGTH; i++)
		at += (size_t)snprintf(text + at, ROOM, PASS("n%d", "'n%d'")
		    ",", i, i + 1);
	(void)snprintf(text + at, ROOM, "'n%d': {'class': 'sink'}}}", LENGTH);
	deploying_sound(&deploying, text);
	deploying_release(&deploying);
	free(text);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("deploy_check");
	TCase *tcase = harness_case("check");

	tcase_add_test(tcase, a_cycle_in_which_all_suspend_is_an_error);
	tcase_add_test(tcase, the_names_of_a_cycle_are_told);
	tcase_add_test(tcase, every_cycle_is_told);
	tcase_add_test(tcase, the_default_counts_where_nothing_is_said);
	tcase_add_test(tcase,
	    a_cycle_that_does_not_suspend_is_sound);
	tcase_add_test(tcase, two_ways_to_one_actor_are_no_cycle);
	tcase_add_test(tcase, an_actor_out_of_reach_is_a_warning);
	tcase_add_test(tcase, services_and_sources_are_within_reach);
	tcase_add_test(tcase, more_descriptors_than_there_are_is_an_error);
	tcase_add_test(tcase, a_long_chain_is_walked);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
