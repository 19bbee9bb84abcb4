/* check_deploy_actor.c - the section "actors", and what is added to it. */
#include <stdlib.h>
#include <string.h>

#include "deploy.h"
#include "deploying.h"
#include "harness.h"

START_TEST(actors_must_be_there)
{
	deploying_expect("@{'buskin': 1, 'name': 't'}", "missing-key", "",
	    NULL);
}
END_TEST

START_TEST(a_class_must_be_named_and_known)
{
	deploying_expect(ACTORS("'a': @{}"), "missing-key", "/actors/a",
	    NULL);
	deploying_expect(ACTORS("'a': {'class': @7}"), "wrong-kind",
	    "/actors/a/class", NULL);
	deploying_expect(ACTORS("'a': {'class': @'sourec'}"),
	    "unknown-class", "/actors/a/class", "did you mean \"source\"?");
	deploying_expect(ACTORS("'a': {'class': @'elephant'}"),
	    "unknown-class", "/actors/a/class", "one of source, pass, sink, "
	    "twins, sum, hoard, team, inspector, on-signal, notifier");
}
END_TEST

START_TEST(what_an_actor_says_is_kept)
{
	const struct deploy_actor *actor;
	struct deploying deploying;

	deploying_sound(&deploying, "{'buskin': 1, 'name': 't',"
	    "'supervisors': {'m': {}}, 'actors': {'a': {'class': 'sum',"
	    "'supervisor': 'm', 'restart': 'temporary', 'grace': '3s',"
	    "'placement': 'host', 'mailbox': {'capacity': 3,"
	    "'capacity_bytes': '1KiB', 'on_full': 'refuse', 'alarm': 80},"
	    "'out': {}}}}");
	actor = deploy_actor_find(deploying.deployment, "a");
	ck_assert_ptr_nonnull(actor);
	ck_assert_str_eq(actor->class_->name, "sum");
	ck_assert_str_eq(actor->supervisor, "m");
	ck_assert_int_eq(actor->spec.restart, BSK_TEMPORARY);
	ck_assert_int_eq(actor->spec.placement, BSK_PLACE_HOST);
	ck_assert_int_eq(actor->spec.grace_ns, 3000000000);
	ck_assert_uint_eq(actor->spec.capacity, 3);
	ck_assert_uint_eq(actor->spec.capacity_bytes, 1024);
	ck_assert_int_eq(actor->spec.on_full, BSK_REFUSE);
	ck_assert_uint_eq(actor->spec.alarm, 80);
	ck_assert_ptr_null(actor->config);
	deploying_release(&deploying);
}
END_TEST

START_TEST(the_words_of_an_actor_are_checked)
{
	deploying_expect(ACTORS("'a': {'class': 'sum', 'restart': @'never',"
	    "'out': {}}"), "unknown-word", "/actors/a/restart",
	    "one of permanent, transient, temporary");
	deploying_expect(ACTORS("'a': {'class': 'sum', 'placement': @'threat',"
	    "'out': {}}"), "unknown-word", "/actors/a/placement",
	    "did you mean \"thread\"?");
	deploying_expect(ACTORS("'a': {'class': 'sum', @'confg': {},"
	    "'out': {}}"), "unknown-key", "/actors/a/confg",
	    "did you mean \"config\"?");
	deploying_expect(ACTORS("'a': @'sum'"), "wrong-kind", "/actors/a",
	    NULL);
}
END_TEST

START_TEST(a_config_is_read_by_its_class)
{
	deploying_expect(ACTORS("'a': @{'class': 'source'}"), "missing-key",
	    "/actors/a", "where to listen");
	deploying_expect(ACTORS("'a': {'class': 'source', 'config': @{}}"),
	    "missing-key", "/actors/a/config", "where to listen");
	deploying_expect(ACTORS("'a': {'class': 'source', 'config': {"
	    "'path': 'p', @'evry': '1s'}}"), "unknown-key",
	    "/actors/a/config/evry", "did you mean \"every\"?");
	deploying_expect(ACTORS("'a': {'class': 'source', 'config': {"
	    "'path': 'p', 'every': @'1 second'}}"), "bad-duration",
	    "/actors/a/config/every",
	    "units are d, h, m, s, ms, us, ns: \"250ms\", \"1m30s\"");
	deploying_expect(ACTORS("'a': {'class': 'source', 'config': @3}"),
	    "wrong-kind", "/actors/a/config", NULL);
	deploying_expect(ACTORS("'a': {'class': 'sum', 'out': {},"
	    "'config': @{'x': 1}}"), "no-config", "/actors/a/config",
	    "leave it out");
}
END_TEST

#define TEAM(config) ACTORS("'a': {'class': 'team', 'config': {" config "}}")

START_TEST(a_config_within_it_is_read_by_its_own_class)
{
	const struct deploy_actor *actor;
	struct deploying deploying;
	bsk_json *json;
	char *text;

	deploying_sound(&deploying, TEAM("'member': 'source', 'each': "
	    "{'path': 'p', 'every': '2s'}"));
	actor = deploy_actor_find(deploying.deployment, "a");
	ck_assert_int_eq(bsk_type_to_json(bsk_parcel_type(actor->config),
	    bsk_parcel_body(actor->config), BSK_SECRETS_SHOWN, &json), 0);
	text = bsk_json_text(bsk_json_member(bsk_json_member(json, "each"),
	    "body"));
	ck_assert_str_eq(text,
	    "{\"path\":\"p\",\"every\":\"2s\",\"mode\":\"0000\"}");
	free(text);
	bsk_json_free(json);
	deploying_release(&deploying);
	deploying_sound(&deploying, TEAM("'member': 'sum'"));
	deploying_release(&deploying);
	deploying_sound(&deploying, TEAM(""));
	deploying_release(&deploying);
}
END_TEST

START_TEST(what_is_wrong_within_it_is_told_at_its_place)
{
	deploying_expect(TEAM("'member': @'sauce'"), "unknown-class",
	    "/actors/a/config/member", "did you mean \"source\"?");
	deploying_expect(TEAM("'each': @{}"), "no-config",
	    "/actors/a/config/each", "leave it out");
	deploying_expect(TEAM("'member': 'sum', 'each': @{'x': 1}"),
	    "no-config", "/actors/a/config/each", "leave it out");
	deploying_expect(TEAM("'member': 'source', 'each': @{}"),
	    "missing-key", "/actors/a/config/each", "where to listen");
	deploying_expect(TEAM("'member': 'source', 'each': {'path': 'p', "
	    "@'evry': '1s'}"), "unknown-key",
	    "/actors/a/config/each/evry", "did you mean \"every\"?");
	deploying_expect(TEAM("'member': 'team', 'each': {'member': 'source', "
	    "'each': {'path': @7}}"), "wrong-kind",
	    "/actors/a/config/each/each/path", NULL);
	deploying_expect(TEAM("'member': 'sum', @'eahc': {}"), "unknown-key",
	    "/actors/a/config/eahc", "did you mean \"each\"?");
}
END_TEST

START_TEST(a_path_of_over_107_bytes_is_refused)
{
	deploying_expect(ACTORS("'a': {'class': 'source', 'config': {'path':\n"
	    "@'0123456789012345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567'}}"), "too-long",
	    "/actors/a/config/path", NULL);
}
END_TEST

START_TEST(a_supervisor_must_be_known)
{
	deploying_expect("{'buskin': 1, 'name': 't', 'supervisors': "
	    "{'main': {}}, 'actors': {'a': {'class': 'sum', 'out': {},"
	    "'supervisor': @'mian'}}}", "unknown-supervisor",
	    "/actors/a/supervisor", "did you mean \"main\"?");
	deploying_expect(ACTORS("'a': {'class': 'sum', 'out': {},"
	    "'supervisor': @1}"), "wrong-kind", "/actors/a/supervisor",
	    NULL);
}
END_TEST

START_TEST(names_are_plain_and_used_once)
{
	deploying_expect(ACTORS("@'a.b': {'class': 'sum', 'out': {}}"),
	    "bad-name", "/actors/a.b", "1 to 63 letters, digits, - and _");
	deploying_expect(ACTORS("@'a/b': {'class': 'sum', 'out': {}}"),
	    "bad-name", "/actors/a~1b", "1 to 63 letters, digits, - and _");
	deploying_expect("{'buskin': 1, 'name': 't', 'supervisors': {'m': {}},"
	    "'actors': {@'m': {'class': 'sum', 'out': {}}}}",
	    "duplicate-name", "/actors/m", "take another name");
	deploying_expect(ACTORS("@'supervisor': {'class': 'sum', 'out': {}}"),
	    "duplicate-name", "/actors/supervisor", "take another name");
	deploying_expect(ACTORS("@'deployer': {'class': 'sum', 'out': {}}"),
	    "reserved-name", "/actors/deployer", "take another name");
	deploying_expect(ACTORS("@'on-signal': {'class': 'sum', 'out': {}}"),
	    "reserved-name", "/actors/on-signal", "take another name");
	deploying_expect("{'buskin': 1, 'name': 't', 'supervisors': "
	    "{@'deployer': {}}, 'actors': {}}", "reserved-name",
	    "/supervisors/deployer", "take another name");
}
END_TEST

START_TEST(one_name_in_one_section_twice_is_a_duplicate_key)
{
	deploying_expect(ACTORS("'a': {'class': 'sum'}, @'a': {}"),
	    "duplicate-key", "/actors/a",
	    "the first is on line 1, column 39; remove one");
}
END_TEST

START_TEST(a_service_s_name_on_another_class_is_a_warning)
{
	deploying_expect_warning(ACTORS("@'sink': {'class': 'sum',"
	    "'out': {}}"), "class-name", "/actors/sink");
}
END_TEST

START_TEST(the_inspector_s_section_makes_an_actor)
{
	const struct deploy_actor *actor;
	struct deploying deploying;

	deploying_sound(&deploying, SECTION("'inspector': {'url': 'u'}"));
	actor = deploy_actor_find(deploying.deployment, "inspector");
	ck_assert_ptr_nonnull(actor);
	ck_assert_str_eq(actor->class_->name, "inspector");
	ck_assert_ptr_eq(bsk_parcel_type(actor->config),
	    actor->class_->config);
	ck_assert_int_gt(actor->spec.grace_ns, 0);
	deploying_release(&deploying);
	deploying_expect(SECTION("'inspector': @{}"), "missing-key",
	    "/inspector", "where");
	deploying_expect(SECTION("'inspector': {'url': @7}"), "wrong-kind",
	    "/inspector/url", NULL);
	deploying_expect("{'buskin': 1, 'name': 't', 'inspector': {'url': 'u'},"
	    "'actors': {@'inspector': {'class': 'sum', 'out': {}}}}",
	    "duplicate-name", "/actors/inspector", "take another name");
}
END_TEST

START_TEST(signals_are_watched_by_an_actor)
{
	const struct bsk_on_signal_config *config;
	const struct deploy_actor *actor;
	struct deploying deploying;

	deploying_sound(&deploying, ACTORS(""));
	actor = deploy_actor_find(deploying.deployment, "on-signal");
	ck_assert_ptr_nonnull(actor);
	config = bsk_parcel_body(actor->config);
	ck_assert_uint_eq(config->signals.count, 2);
	deploying_release(&deploying);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("deploy_actor");
	TCase *tcase = harness_case("actor");

	tcase_add_test(tcase, actors_must_be_there);
	tcase_add_test(tcase, a_class_must_be_named_and_known);
	tcase_add_test(tcase, what_an_actor_says_is_kept);
	tcase_add_test(tcase, the_words_of_an_actor_are_checked);
	tcase_add_test(tcase, a_config_is_read_by_its_class);
	tcase_add_test(tcase, a_config_within_it_is_read_by_its_own_class);
	tcase_add_test(tcase, what_is_wrong_within_it_is_told_at_its_place);
	tcase_add_test(tcase, a_path_of_over_107_bytes_is_refused);
	tcase_add_test(tcase, a_supervisor_must_be_known);
	tcase_add_test(tcase, names_are_plain_and_used_once);
	tcase_add_test(tcase, one_name_in_one_section_twice_is_a_duplicate_key);
	tcase_add_test(tcase, a_service_s_name_on_another_class_is_a_warning);
	tcase_add_test(tcase, the_inspector_s_section_makes_an_actor);
	tcase_add_test(tcase, signals_are_watched_by_an_actor);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
