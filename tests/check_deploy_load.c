/* check_deploy_load.c - a load for which there is no memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "deploying.h"
#include "fail_alloc.h"
#include "harness.h"

/* Enough to walk through every part of the loader. */
#define SOUND "{'buskin': 1, '$comment': 1, 'name': 't', 'system': " \
	"{'workers': 2, 'on_signal': {'HUP': 'ignore'}}, 'inspector': " \
	"{'url': 'u${SET}'}, 'supervisors': {'m': {'backoff': {}}}," \
	"'actors': {'a': {'class': 'source', 'supervisor': 'm', 'config': " \
	"{'path': '${UNSET:-p}'}, 'out': {'data': ['k', {'to': 'p'}]}}," \
	"'p': {'class': 'pass', 'out': {'out': 'k.in'}}," \
	"'t': {'class': 'team', 'config': {'member': 'source', 'each': " \
	"{'path': '${SET}'}}}, 'k': {'class': 'sink'}}}"
#define WRONG "{'buskin': 2, 'name': 'a b', 'system': {'worker': 1}, " \
	"'actors': {'a': {'class': 'snik', 'out': 3}, 'b': {'class': " \
	"'pass', 'config': {'x': 1}, 'out': {'out': ['b', 'c'], 'y': 1}}, " \
	"'c': {'class': 'team', 'config': {'member': 'source', 'each': 3}}, " \
	"'d': {'class': 'team', 'config': {'member': 'snik'}}}}"

static int
load(const char *text, bsk_diagnoses *diagnoses)
{
	struct bsk_deployment_source source = {"1.json", text, strlen(text)};
	struct bsk_deployment_options options = {.sources = &source,
		.source_count = 1, .classes = deploying_classes,
		.variable = deploying_variable, .fd_limit = 1024};
	bsk_deployment *deployment;
	int result = bsk_deployment_load(&options, diagnoses, &deployment);

	if (result == 0)
		bsk_deployment_free(deployment);
	return result;
}

/* Fails each allocation in turn: the load says so, and leaks nothing. */
static void
walk(const char *marked, int result)
{
	char *text = deploying_text(marked, NULL);
	unsigned total = UINT32_MAX;
	unsigned n;
	bsk_diagnoses *diagnoses;
	int seen;

	for (n = 0; n <= total; n++) {
		diagnoses = bsk_diagnoses_new();
		fail_alloc_start(n);
		seen = load(text, diagnoses);
		if (n == 0)
			total = fail_alloc_stop();
		else
			(void)fail_alloc_stop();
		ck_assert_int_eq(seen, n == 0 ? result : -ENOMEM);
		bsk_diagnoses_free(diagnoses);
	}
	ck_assert_uint_gt(total, 50);
	free(text);
}

START_TEST(a_sound_load_survives_each_allocation_that_fails)
{
	walk(SOUND, 0);
}
END_TEST

START_TEST(a_load_with_mistakes_survives_each_allocation_that_fails)
{
	walk(WRONG, -EINVAL);
}
END_TEST

START_TEST(drawing_survives_each_allocation_that_fails)
{
	struct deploying deploying;
	unsigned total = UINT32_MAX;
	unsigned n;
	bsk_json *graph;
	int result;

	deploying_sound(&deploying, SOUND);
	for (n = 0; n <= total; n++) {
		graph = NULL;
		fail_alloc_start(n);
		result = bsk_deployment_graph(deploying.deployment, &graph);
		if (n == 0)
			total = fail_alloc_stop();
		else
			(void)fail_alloc_stop();
		ck_assert_int_eq(result, n == 0 ? 0 : -ENOMEM);
		bsk_json_free(graph);
	}
	deploying_release(&deploying);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("deploy_load");
	TCase *tcase = harness_case("load");

	tcase_add_test(tcase, a_sound_load_survives_each_allocation_that_fails);
	tcase_add_test(tcase,
	    a_load_with_mistakes_survives_each_allocation_that_fails);
	tcase_add_test(tcase, drawing_survives_each_allocation_that_fails);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
