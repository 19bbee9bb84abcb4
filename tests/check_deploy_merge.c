/* check_deploy_merge.c - several files laid over each other. */
#include <errno.h>

#include "deploy.h"
#include "deploying.h"
#include "harness.h"

#define BELOW "{'buskin': 1, 'name': 'below', 'system': {'shutdown': '1s'," \
	"'workers': 2}, 'actors': {'a': {'class': 'source', 'config': " \
	"{'path': 'p', 'every': '2s'}, 'out': {'data': ['k', 'k']}}," \
	"'k': {'class': 'sink'}}}"

static const struct bsk_diagnosis *
only(const struct deploying *deploying)
{
	ck_assert_int_eq(deploying->result, -EINVAL);
	ck_assert_uint_eq(bsk_diagnoses_count(deploying->diagnoses), 1);
	return bsk_diagnoses_at(deploying->diagnoses, 0);
}

START_TEST(a_later_file_wins_key_by_key)
{
	struct bsk_system_options options = {0};
	struct deploying deploying;

	deploying_load(&deploying, BELOW, "{'name': 'above', 'system': "
	    "{'workers': 3}}", NULL);
	ck_assert_int_eq(deploying.result, 0);
	bsk_deployment_system(deploying.deployment, &options);
	ck_assert_str_eq(options.name, "above");
	ck_assert_uint_eq(options.workers, 3);
	ck_assert_int_eq(options.stop_timeout_ns, 1000000000);
	deploying_release(&deploying);
}
END_TEST

START_TEST(actors_are_merged_by_name)
{
	const struct deploy_actor *actor;
	struct deploying deploying;

	deploying_load(&deploying, BELOW, "{'actors': {'a': {'restart': "
	    "'transient', 'config': {'mode': '0600'}}, 'b': {'class': 'sink',"
	    "'out': {}}}}", NULL);
	ck_assert_int_eq(deploying.result, 0);
	actor = deploy_actor_find(deploying.deployment, "a");
	ck_assert_str_eq(actor->class_->name, "source");
	ck_assert_int_eq(actor->spec.restart, BSK_TRANSIENT);
	ck_assert_uint_eq(actor->wire_count, 2);
	ck_assert_ptr_nonnull(deploy_actor_find(deploying.deployment, "b"));
	deploying_release(&deploying);
}
END_TEST

START_TEST(arrays_are_replaced_as_wholes)
{
	struct deploying deploying;

	deploying_load(&deploying, BELOW,
	    "{'actors': {'a': {'out': {'data': ['k']}}}}", NULL);
	ck_assert_int_eq(deploying.result, 0);
	ck_assert_uint_eq(deploy_actor_find(deploying.deployment,
	    "a")->wire_count, 1);
	deploying_release(&deploying);
}
END_TEST

START_TEST(null_takes_away)
{
	struct deploying deploying;

	deploying_load(&deploying, BELOW, "{'actors': {'a': null, 'k': "
	    "{'out': {}}}, 'system': null}", NULL);
	ck_assert_int_eq(deploying.result, 0);
	ck_assert_ptr_null(deploy_actor_find(deploying.deployment, "a"));
	ck_assert_uint_eq(deploying.deployment->workers, 0);
	deploying_release(&deploying);
}
END_TEST

START_TEST(a_mistake_is_told_in_the_file_that_made_it)
{
	const struct bsk_diagnosis *seen;
	struct deploying deploying;

	deploying_load(&deploying, BELOW,
	    "{'actors': {'a': {'config':\n {'every': 'soon'}}}}", NULL);
	seen = only(&deploying);
	ck_assert_str_eq(seen->file, "2.json");
	ck_assert_uint_eq(seen->place.line, 2);
	ck_assert_uint_eq(seen->place.column, 12);
	deploying_release(&deploying);
	deploying_load(&deploying, "{'buskin': 1, 'name': 't', 'actors': "
	    "{'a': {'class': 'snik'}}}", "{'actors': {'a': {'out': {}}}}",
	    NULL);
	ck_assert_str_eq(only(&deploying)->file, "1.json");
	deploying_release(&deploying);
}
END_TEST

START_TEST(a_missing_key_is_told_in_the_last_file_that_has_the_object)
{
	struct deploying deploying;

	deploying_load(&deploying, "{'buskin': 1, 'name': 't', 'actors': "
	    "{'a': {'out': {}}}}", "{'actors': {'a': {'restart': "
	    "'permanent'}}}", "{'name': 'u'}", NULL);
	ck_assert_str_eq(only(&deploying)->file, "2.json");
	deploying_release(&deploying);
}
END_TEST

START_TEST(a_file_alone_may_lack_what_another_gives)
{
	struct deploying deploying;

	deploying_load(&deploying, "{'buskin': 1}", "{'name': 't'}",
	    "{'actors': {}}", NULL);
	ck_assert_int_eq(deploying.result, 0);
	deploying_release(&deploying);
}
END_TEST

START_TEST(mistakes_come_in_the_order_of_files_and_lines)
{
	struct deploying deploying;

	deploying_load(&deploying, "{'buskin': 1, 'name': 't', 'x': 1,\n"
	    "'actors': {'a': {'class': 'y'}}, 'z': 1}", "{'w': 1}", NULL);
	ck_assert_uint_eq(bsk_diagnoses_count(deploying.diagnoses), 4);
	ck_assert_str_eq(bsk_diagnoses_at(deploying.diagnoses, 0)->pointer,
	    "/x");
	ck_assert_str_eq(bsk_diagnoses_at(deploying.diagnoses, 1)->pointer,
	    "/actors/a/class");
	ck_assert_str_eq(bsk_diagnoses_at(deploying.diagnoses, 2)->pointer,
	    "/z");
	ck_assert_str_eq(bsk_diagnoses_at(deploying.diagnoses, 3)->pointer,
	    "/w");
	deploying_release(&deploying);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("deploy_merge");
	TCase *tcase = harness_case("merge");

	tcase_add_test(tcase, a_later_file_wins_key_by_key);
	tcase_add_test(tcase, actors_are_merged_by_name);
	tcase_add_test(tcase, arrays_are_replaced_as_wholes);
	tcase_add_test(tcase, null_takes_away);
	tcase_add_test(tcase, a_mistake_is_told_in_the_file_that_made_it);
	tcase_add_test(tcase,
	    a_missing_key_is_told_in_the_last_file_that_has_the_object);
	tcase_add_test(tcase, a_file_alone_may_lack_what_another_gives);
	tcase_add_test(tcase, mistakes_come_in_the_order_of_files_and_lines);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
