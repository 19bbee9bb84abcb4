/* check_deploy_wire.c - the wires between actors. */
#include "deploy.h"
#include "deploying.h"
#include "harness.h"

#define SOURCE "'s': {'class': 'source', 'config': {'path': 'p'}, 'out': "
#define SINK "'k': {'class': 'sink'}"
#define PASS "'p': {'class': 'pass'}"
#define TWINS "'t': {'class': 'twins'}"

/* How many wires the actor "s" has, and that they lead as they should. */
static size_t
wires_of(const char *text, const char *to, int32_t on_full)
{
	const struct deploy_actor *actor;
	struct deploying deploying;
	size_t count;
	size_t i;

	deploying_sound(&deploying, text);
	actor = deploy_actor_find(deploying.deployment, "s");
	count = actor->wire_count;
	for (i = 0; i < count; i++) {
		ck_assert_str_eq(deploying.deployment->actors[
		    actor->wires[i].to].name, to);
		ck_assert_uint_eq(actor->wires[i].port, 0);
		ck_assert_int_eq(actor->wires[i].on_full, on_full);
	}
	deploying_release(&deploying);
	return count;
}

START_TEST(a_target_has_a_short_and_a_long_form)
{
	ck_assert_uint_eq(wires_of(ACTORS(SOURCE "{'data': 'k'}}," SINK),
	    "k", 0), 1);
	ck_assert_uint_eq(wires_of(ACTORS(SOURCE "{'data': 'k.in'}}," SINK),
	    "k", 0), 1);
	ck_assert_uint_eq(wires_of(ACTORS(SOURCE "{'data': ['k', 'k']}},"
	    SINK), "k", 0), 2);
	ck_assert_uint_eq(wires_of(ACTORS(SOURCE "{'data': {'to': 'k',"
	    "'on_full': 'drop_old'}}}," SINK), "k", BSK_DROP_OLD), 1);
	ck_assert_uint_eq(wires_of(ACTORS(SOURCE "{'data': [{'to': 'k.in',"
	    "'on_full': 'refuse'}]}}," SINK), "k", BSK_REFUSE), 1);
	ck_assert_uint_eq(wires_of(ACTORS(SOURCE "{'data': []}}," SINK ","
	    "'x': {'class': 'pass', 'out': {'out': 'k'}}"), "k", 0), 0);
}
END_TEST

START_TEST(an_actor_may_be_wired_to_before_it_is_described)
{
	ck_assert_uint_eq(wires_of(ACTORS(SINK "," SOURCE "{'data': 'k'}}"),
	    "k", 0), 1);
}
END_TEST

START_TEST(out_ports_must_be_known)
{
	deploying_expect(ACTORS(SOURCE "{@'dta': 'k'}}," SINK ",'x':"
	    "{'class': 'pass', 'out': {'out': 'k'}}"), "unknown-port",
	    "/actors/s/out/dta", "did you mean \"data\"?");
	deploying_expect(ACTORS("'k': {'class': 'sink', 'out': {@'x': 'k'}}"),
	    "unknown-port", "/actors/k/out/x",
	    "the class \"sink\" has no such ports");
	deploying_expect(ACTORS("'k': {'class': 'sink', 'out': @'x'}"),
	    "wrong-kind", "/actors/k/out", NULL);
}
END_TEST

START_TEST(targets_must_be_known)
{
	deploying_expect(ACTORS(SOURCE "{'data': @'count'}},"
	    "'counter': {'class': 'pass', 'out': {}}"), "unknown-target",
	    "/actors/s/out/data", "did you mean \"counter\"?");
	deploying_expect(ACTORS(SOURCE "{'data': ['k', @'nothing']}}," SINK),
	    "unknown-target", "/actors/s/out/data/1",
	    "one of s, k, on-signal");
	deploying_expect(ACTORS(SOURCE "{'data': {'to': @'kist'}}},"
	    "'list': {'class': 'sink', 'out': {}}"), "unknown-target",
	    "/actors/s/out/data/to", "did you mean \"list\"?");
	deploying_expect("{'buskin': 1, 'name': 't', 'supervisors': {'m': {}},"
	    "'actors': {" SOURCE "{'data': @'m'}}}}", "unknown-target",
	    "/actors/s/out/data", "a supervisor takes no wires");
}
END_TEST

START_TEST(targets_must_be_written_as_targets)
{
	deploying_expect(ACTORS(SOURCE "{'data': @7}}"), "wrong-kind",
	    "/actors/s/out/data",
	    "write \"NAME\", \"NAME.PORT\" or {\"to\": \"NAME\"}");
	deploying_expect(ACTORS(SOURCE "{'data': [@[]]}}"), "wrong-kind",
	    "/actors/s/out/data/0",
	    "write \"NAME\", \"NAME.PORT\" or {\"to\": \"NAME\"}");
	deploying_expect(ACTORS(SOURCE "{'data': @{}}}"), "missing-key",
	    "/actors/s/out/data", "who gets what is sent, or NAME.PORT");
	deploying_expect(ACTORS(SOURCE "{'data': {'to': 'k',"
	    "@'on_ful': 'x'}}},'k': {'class': 'sink', 'out': {}}"),
	    "unknown-key", "/actors/s/out/data/on_ful",
	    "did you mean \"on_full\"?");
}
END_TEST

START_TEST(in_ports_must_be_known)
{
	deploying_expect(ACTORS(SOURCE "{'data': @'t.lift'}},"
	    "'t': {'class': 'twins', 'out': {}}"), "unknown-port",
	    "/actors/s/out/data", "did you mean \"left\"?");
	deploying_expect(ACTORS(SOURCE "{'data': @'p.out'}},"
	    "'p': {'class': 'pass', 'out': {}}"), "unknown-port",
	    "/actors/s/out/data", "one of in");
}
END_TEST

START_TEST(types_must_fit)
{
	deploying_expect(ACTORS(SOURCE "{'data': @'n'}},"
	    "'n': {'class': 'sum', 'out': {}}"), "type-mismatch",
	    "/actors/s/out/data", "it takes number");
	deploying_expect(ACTORS(SOURCE "{'data': @'n.in'}},"
	    "'n': {'class': 'sum', 'out': {}}"), "type-mismatch",
	    "/actors/s/out/data", NULL);
	deploying_expect(ACTORS(SOURCE "{'data': @'o'}},'o': {'class': "
	    "'source', 'config': {'path': 'q'}}"), "type-mismatch",
	    "/actors/s/out/data", "the class \"source\" has no in ports");
}
END_TEST

START_TEST(several_ports_that_fit_must_be_told_apart)
{
	struct deploying deploying;

	deploying_expect(ACTORS(SOURCE "{'data': @'t'}},"
	    "'t': {'class': 'twins', 'out': {}}"), "ambiguous-port",
	    "/actors/s/out/data", "write \"t.left\" or \"t.right\"");
	deploying_sound(&deploying, ACTORS(SOURCE "{'data': 't.right'}},"
	    TWINS));
	ck_assert_uint_eq(deploy_actor_find(deploying.deployment,
	    "s")->wires[0].in_port, 1);
	deploying_release(&deploying);
}
END_TEST

START_TEST(a_wire_to_an_actor_of_unknown_class_is_not_told_of_again)
{
	deploying_expect(ACTORS(SOURCE "{'data': 'k'}},"
	    "'k': {'class': @'snik'}"), "unknown-class", "/actors/k/class",
	    "did you mean \"sink\"?");
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("deploy_wire");
	TCase *tcase = harness_case("wire");

	tcase_add_test(tcase, a_target_has_a_short_and_a_long_form);
	tcase_add_test(tcase, an_actor_may_be_wired_to_before_it_is_described);
	tcase_add_test(tcase, out_ports_must_be_known);
	tcase_add_test(tcase, targets_must_be_known);
	tcase_add_test(tcase, targets_must_be_written_as_targets);
	tcase_add_test(tcase, in_ports_must_be_known);
	tcase_add_test(tcase, types_must_fit);
	tcase_add_test(tcase, several_ports_that_fit_must_be_told_apart);
	tcase_add_test(tcase,
	    a_wire_to_an_actor_of_unknown_class_is_not_told_of_again);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
