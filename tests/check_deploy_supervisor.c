/* check_deploy_supervisor.c - who looks after whom, and how. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deploy.h"
#include "deploying.h"
#include "harness.h"

#define SOURCE \
	"'s': {'class': 'source', 'config': {'path': 'p'}, 'out': {'data': "
#define SUPERVISED(judges, roles) "{'buskin': 1, 'name': 't', 'supervisors': " \
	"{" judges "}, 'actors': {'a': {'class': 'sink'" roles "}, " SOURCE \
	"'a'}}}}"

START_TEST(each_strategy_is_a_word)
{
	static const char *const words[] = {"one_for_one", "one_for_all",
		"rest_for_one"};
	struct deploying deploying;
	char text[512];
	int32_t i;

	for (i = 0; i < 3; i++) {
		(void)snprintf(text, sizeof(text), SUPERVISED(
		    "'m': {'strategy': '%s'}", ""), words[i]);
		deploying_sound(&deploying, text);
		ck_assert_int_eq(deploying.deployment->supervisors[0].config
		    .strategy, i);
		deploying_release(&deploying);
	}
	deploying_expect(SUPERVISED("'m': {'strategy': @'one_for_al'}", ""),
	    "unknown-word", "/supervisors/m/strategy",
	    "did you mean \"one_for_all\"?");
}
END_TEST

START_TEST(how_it_judges_is_read)
{
	const struct bsk_supervisor_config *config;
	struct deploying deploying;

	deploying_sound(&deploying, SUPERVISED("'m': {'restarts': 2, 'within': "
	    "'3s', 'on_exhausted': 'keep_down', 'auto_shutdown': "
	    "'any_significant'}", ""));
	config = &deploying.deployment->supervisors[0].config;
	ck_assert_uint_eq(config->restarts, 2);
	ck_assert_int_eq(config->within_ns, 3000000000);
	ck_assert_int_eq(config->on_exhausted, BSK_EXHAUSTED_KEEP_DOWN);
	ck_assert_int_eq(config->auto_shutdown,
	    BSK_AUTO_SHUTDOWN_ANY_SIGNIFICANT);
	deploying_release(&deploying);
	deploying_expect(SUPERVISED("'m': {'within': @'0s'}", ""),
	    "out-of-range", "/supervisors/m/within", NULL);
	deploying_expect(SUPERVISED("'m': {'restarts': @-1}", ""),
	    "out-of-range", "/supervisors/m/restarts", NULL);
	deploying_expect(SUPERVISED("'m': {'backoff': {'jitter': @1.5}}", ""),
	    "out-of-range", "/supervisors/m/backoff/jitter", NULL);
	deploying_expect(SUPERVISED("'m': {'on_exhausted': @'keep'}", ""),
	    "unknown-word", "/supervisors/m/on_exhausted",
	    "one of escalate, stop, keep_down");
}
END_TEST

START_TEST(what_an_actor_is_asked_for_is_read)
{
	const struct bsk_child_start *spec;
	struct deploying deploying;

	deploying_sound(&deploying, SUPERVISED("'m': {'auto_shutdown': "
	    "'all_significant'}", ", 'supervisor': 'm', 'restart': "
	    "'transient', 'significant': true, 'redeliver': true, 'poison': 5,"
	    "'budget': {'restarts': 2, 'within': '1m'}"));
	spec = &deploying.deployment->actors[0].spec;
	ck_assert_int_eq(spec->restart, BSK_TRANSIENT);
	ck_assert(spec->significant && spec->redeliver);
	ck_assert_uint_eq(spec->poison, 5);
	ck_assert_uint_eq(spec->restarts, 2);
	ck_assert_int_eq(spec->within_ns, 60000000000);
	ck_assert_int_eq(spec->mailbox, BSK_MAILBOX_KEEP);
	deploying_release(&deploying);
	deploying_sound(&deploying, "{'buskin': 1, 'name': 't', 'system': "
	    "{'mailbox': {'on_restart': 'drop'}}, 'actors': {'a': {'class': "
	    "'sink'}, 'b': {'class': 'sink', 'mailbox': {'on_restart': 'keep'"
	    "}}, " SOURCE "['a', 'b']}}}}");
	ck_assert_int_eq(deploying.deployment->actors[0].spec.mailbox,
	    BSK_MAILBOX_DROP);
	ck_assert_int_eq(deploying.deployment->actors[1].spec.mailbox,
	    BSK_MAILBOX_KEEP);
	deploying_release(&deploying);
}
END_TEST

/* The name of the claim says it: each at its own key. */
START_TEST(what_cannot_work_is_refused_at_its_key)
{
	deploying_expect(SUPERVISED("'supervisor': {'auto_shutdown': "
	    "'any_significant'}", ", 'significant': @true"), "bad-child",
	    "/actors/a/significant", NULL);
	deploying_expect(SUPERVISED("", ", 'restart': 'transient', "
	    "'significant': @true"), "bad-child", "/actors/a/significant",
	    NULL);
	deploying_expect(SUPERVISED("", ", 'poison': @2"), "bad-child",
	    "/actors/a/poison", NULL);
	deploying_expect(SUPERVISED("", ", 'poison': @256"), "out-of-range",
	    "/actors/a/poison", NULL);
	deploying_expect(SUPERVISED("", ", 'restart': 'temporary', "
	    "'redeliver': @true"), "bad-child", "/actors/a/redeliver", NULL);
	deploying_expect(SUPERVISED("", ", 'mailbox': {'on_restart': 'drop'},"
	    "'redeliver': @true"), "bad-child", "/actors/a/redeliver", NULL);
	deploying_expect(SUPERVISED("", ", 'budget': @{'restarts': 3}"),
	    "bad-child", "/actors/a/budget", NULL);
	deploying_expect(SUPERVISED("", ", 'grace': @'0s'"), "out-of-range",
	    "/actors/a/grace", NULL);
}
END_TEST

START_TEST(a_supervisor_may_be_under_another)
{
	struct deploying deploying;

	deploying_sound(&deploying, SUPERVISED("'db': {'supervisor': 'main'}, "
	    "'main': {'supervisor': 'top'}, 'top': {}", ""));
	ck_assert_str_eq(deploying.deployment->supervisors[0].parent, "main");
	ck_assert_ptr_null(deploying.deployment->supervisors[2].parent);
	deploying_release(&deploying);
	deploying_expect(SUPERVISED("'db': {'supervisor': @'mian'}, 'main': {}",
	    ""), "unknown-supervisor", "/supervisors/db/supervisor",
	    "did you mean \"main\"?");
	deploying_expect(SUPERVISED("'db': {'supervisor': @'db'}", ""),
	    "supervisor-cycle", "/supervisors/db/supervisor", NULL);
	deploying_expect(SUPERVISED("'db': {'supervisor': @3}", ""),
	    "wrong-kind", "/supervisors/db/supervisor", NULL);
	deploying_expect(SUPERVISED("'db': {'supervisor': @'main'}, 'main': "
	    "{'strategy': 'one_for_all'}", ""), "unsupported",
	    "/supervisors/db/supervisor", NULL);
}
END_TEST

START_TEST(the_graph_shows_the_tree_of_supervisors)
{
	struct deploying deploying;
	bsk_json *graph;
	char *text;

	deploying_sound(&deploying, SUPERVISED("'main': {}, 'db': {'supervisor'"
	    ": 'main'}", ", 'supervisor': 'db'"));
	ck_assert_int_eq(bsk_deployment_graph(deploying.deployment, &graph), 0);
	text = bsk_json_text(graph);
	ck_assert_ptr_nonnull(strstr(text, "\"supervision\":[{\"supervisor\":"
	    "\"main\",\"child\":\"db\"},{\"supervisor\":\"db\",\"child\":"
	    "\"a\"},"));
	free(text);
	bsk_json_free(graph);
	deploying_release(&deploying);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("deploy_supervisor");
	TCase *tcase = harness_case("supervisor");

	tcase_add_test(tcase, each_strategy_is_a_word);
	tcase_add_test(tcase, how_it_judges_is_read);
	tcase_add_test(tcase, what_an_actor_is_asked_for_is_read);
	tcase_add_test(tcase, what_cannot_work_is_refused_at_its_key);
	tcase_add_test(tcase, a_supervisor_may_be_under_another);
	tcase_add_test(tcase, the_graph_shows_the_tree_of_supervisors);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
