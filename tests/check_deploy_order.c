/* check_deploy_order.c - who is started before whom. */
#include <string.h>

#include "deploy.h"
#include "deploying.h"
#include "harness.h"

/* Fails the test unless the actors are started in the order of `names`, which
 * are parted by spaces. */
static void
starts(const char *text, const char *names)
{
	struct deploying deploying;
	char order[200] = "";
	size_t i;

	deploying_sound(&deploying, text);
	for (i = 0; i < deploying.deployment->actor_count; i++) {
		(void)strcat(order, i == 0 ? "" : " ");
		(void)strcat(order, deploying.deployment->actors[
		    deploying.deployment->order[i]].name);
	}
	ck_assert_str_eq(order, names);
	deploying_release(&deploying);
}

START_TEST(whoever_is_wired_to_comes_first)
{
	starts(ACTORS("'a': {'class': 'pass', 'out': {'out': 'b'}},"
	    "'b': {'class': 'pass', 'out': {'out': ['c', 'd']}},"
	    "'c': {'class': 'pass', 'out': {'out': 'd'}},"
	    "'d': {'class': 'sink'}"), "on-signal d c b a");
}
END_TEST

START_TEST(services_come_before_the_others)
{
	starts("{'buskin': 1, 'name': 't', 'inspector': {'url': 'u'},"
	    "'actors': {'a': {'class': 'pass', 'out': {'out': 'b'}},"
	    "'b': {'class': 'sink'}, 'sink': {'class': 'sink'}}}",
	    "sink inspector on-signal b a");
}
END_TEST

START_TEST(a_service_that_is_wired_comes_after_its_targets)
{
	starts(ACTORS("'pass': {'class': 'pass', 'out': {'out': 'b'}},"
	    "'b': {'class': 'sink'}"), "b pass on-signal");
}
END_TEST

/* A service manager's variable for those who have one. */
static const char *
variable(void *arg, const char *name)
{
	(void)arg;
	return strcmp(name, "NOTIFY_SOCKET") == 0 ? "/run/notify" : NULL;
}

START_TEST(the_service_manager_is_told_last)
{
	const char *text = "{\"buskin\": 1, \"name\": \"t\", \"actors\": "
	    "{\"a\": {\"class\": \"sink\", \"out\": {}}}}";
	struct bsk_deployment_source source = {"x", text, strlen(text)};
	struct bsk_deployment_options options = {.sources = &source,
		.source_count = 1, .classes = deploying_classes,
		.variable = variable};
	bsk_diagnoses *diagnoses = bsk_diagnoses_new();
	bsk_deployment *deployment;

	ck_assert_int_eq(bsk_deployment_load(&options, diagnoses,
	    &deployment), 0);
	ck_assert_uint_eq(deployment->actor_count, 3);
	ck_assert_str_eq(deployment->actors[deployment->order[2]].name,
	    "notifier");
	bsk_deployment_free(deployment);
	bsk_diagnoses_free(diagnoses);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("deploy_order");
	TCase *tcase = harness_case("order");

	tcase_add_test(tcase, whoever_is_wired_to_comes_first);
	tcase_add_test(tcase, services_come_before_the_others);
	tcase_add_test(tcase, a_service_that_is_wired_comes_after_its_targets);
	tcase_add_test(tcase, the_service_manager_is_told_last);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
