/* check_deploy_graph.c - the graph that a deployment will be. */
#include <string.h>

#include "deploying.h"
#include "harness.h"

#define TEXT "{'buskin': 1, 'name': 't', 'system': {'mailbox': {'capacity': " \
	"9}}, 'supervisors': {'m': {}}, 'actors': {'a': {'class': 'pass'," \
	"'supervisor': 'm', 'mailbox': {'capacity': 5}, 'out': {'out': " \
	"{'to': 'b', 'on_full': 'refuse'}, 'sum': 'n'}}, 'b': {'class': " \
	"'sink'}, 'n': {'class': 'sum'}}}"

static struct deploying deploying;
static bsk_json *graph;

static void
draw(void)
{
	deploying_sound(&deploying, TEXT);
	ck_assert_int_eq(bsk_deployment_graph(deploying.deployment, &graph),
	    0);
}

static void
release(void)
{
	bsk_json_free(graph);
	deploying_release(&deploying);
}

/* The element of an array whose member `key` is `value`. */
static const bsk_json *
find(const char *list, const char *key, const char *value)
{
	const bsk_json *at = bsk_json_first(bsk_json_member(graph, list));

	while (at != NULL &&
	    strcmp(bsk_json_string(bsk_json_member(at, key)), value) != 0)
		at = bsk_json_next(at);
	ck_assert_msg(at != NULL, "nothing has %s %s", key, value);
	return at;
}

static const char *
string(const bsk_json *object, const char *key)
{
	return bsk_json_string(bsk_json_member(object, key));
}

START_TEST(every_actor_and_supervisor_is_a_node)
{
	const bsk_json *node;

	draw();
	ck_assert_str_eq(string(graph, "name"), "t");
	/* Three actors, two supervisors, the deployer and on-signal. */
	ck_assert_uint_eq(bsk_json_count(bsk_json_member(graph, "nodes")), 7);
	node = find("nodes", "name", "a");
	ck_assert_str_eq(string(node, "id"), "a");
	ck_assert_str_eq(string(node, "class"), "pass");
	ck_assert_str_eq(string(node, "supervisor"), "m");
	ck_assert_str_eq(string(node, "state"), "planned");
	ck_assert_str_eq(string(node, "placement"), "pool");
	ck_assert_double_eq(bsk_json_number(bsk_json_member(node,
	    "capacity")), 5);
	node = find("nodes", "name", "n");
	ck_assert_str_eq(string(node, "placement"), "thread");
	ck_assert_double_eq(bsk_json_number(bsk_json_member(node,
	    "capacity")), 9);
	ck_assert_str_eq(string(find("nodes", "name", "m"), "parent"),
	    "deployer");
	release();
}
END_TEST

START_TEST(every_wire_is_an_edge)
{
	const bsk_json *edge;

	draw();
	ck_assert_uint_eq(bsk_json_count(bsk_json_member(graph, "edges")), 2);
	edge = find("edges", "port", "out");
	ck_assert_str_eq(string(edge, "from"), "a");
	ck_assert_str_eq(string(edge, "to_name"), "b");
	ck_assert_str_eq(string(edge, "type"), "thing");
	ck_assert_str_eq(string(edge, "on_full"), "refuse");
	ck_assert_str_eq(string(edge, "sent"), "0");
	ck_assert(bsk_json_is_true(bsk_json_member(edge, "declared")));
	ck_assert(!bsk_json_is_true(bsk_json_member(edge, "observed")));
	ck_assert_str_eq(string(find("edges", "port", "sum"), "on_full"),
	    "suspend");
	release();
}
END_TEST

START_TEST(who_looks_after_whom_is_a_layer)
{
	const bsk_json *layer;

	draw();
	layer = bsk_json_member(bsk_json_member(graph, "layers"),
	    "supervision");
	ck_assert_uint_eq(bsk_json_count(layer), 4);
	ck_assert_str_eq(string(bsk_json_first(layer), "supervisor"), "m");
	ck_assert_str_eq(string(bsk_json_first(layer), "child"), "a");
	release();
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("deploy_graph");
	TCase *tcase = harness_case("graph");

	tcase_add_test(tcase, every_actor_and_supervisor_is_a_node);
	tcase_add_test(tcase, every_wire_is_an_edge);
	tcase_add_test(tcase, who_looks_after_whom_is_a_layer);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
