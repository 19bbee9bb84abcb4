/* check_deploy_top.c - what a deployment says about itself and its system. */
#include <signal.h>

#include "deploy.h"
#include "deploying.h"
#include "harness.h"

START_TEST(a_deployment_of_nothing_is_sound)
{
	struct deploying deploying;

	deploying_sound(&deploying, ACTORS(""));
	ck_assert_str_eq(bsk_deployment_name(deploying.deployment), "t");
	deploying_release(&deploying);
}
END_TEST

START_TEST(comments_are_let_pass_everywhere)
{
	struct deploying deploying;

	deploying_sound(&deploying, "{'$comment': 1, 'buskin': 1, 'name': 't',"
	    "'system': {'$comment': [], 'on_signal': {'$comment': 2}},"
	    "'supervisors': {'$comment': {}, 'm': {'$comment': 'x'}},"
	    "'actors': {'$comment': 'x', 'a': {'class': 'source',"
	    "'config': {'path': 'p', '$comment': 'x'},"
	    "'out': {'$comment': 'x', 'data': {'to': 'b', '$comment': 'x'}}},"
	    "'b': {'class': 'sink'}}}");
	deploying_release(&deploying);
}
END_TEST

START_TEST(the_format_must_be_the_first)
{
	deploying_expect("{'buskin': @2, 'name': 't', 'actors': {}}",
	    "out-of-range", "/buskin", NULL);
	deploying_expect("{'buskin': @'1', 'name': 't', 'actors': {}}",
	    "wrong-kind", "/buskin", "remove the quotes");
	deploying_expect("@{'name': 't', 'actors': {}}", "missing-key", "",
	    "the format's version, 1");
}
END_TEST

START_TEST(a_name_must_be_there_and_be_plain)
{
	deploying_expect("@{'buskin': 1, 'actors': {}}", "missing-key", "",
	    "what the deployment is called");
	deploying_expect("{'buskin': 1, 'name': @'a b', 'actors': {}}",
	    "bad-name", "/name", "1 to 63 letters, digits, - and _");
	deploying_expect("{'buskin': 1, 'name': @'', 'actors': {}}",
	    "bad-name", "/name", "1 to 63 letters, digits, - and _");
	deploying_expect("{'buskin': 1, 'name': @'"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "', 'actors': {}}",
	    "bad-name", "/name", "1 to 63 letters, digits, - and _");
}
END_TEST

START_TEST(unknown_sections_and_keys_are_errors)
{
	deploying_expect("{'buskin': 1, 'name': 't', @'actor': {},\n"
	    "'actors': {}}", "unknown-key", "/actor",
	    "did you mean \"actors\"?");
	deploying_expect(SECTION("'system': {@'worker': 1}"), "unknown-key",
	    "/system/worker", "did you mean \"workers\"?");
	deploying_expect(SECTION("'system': {'mailbox': {@'capcity': 1}}"),
	    "unknown-key", "/system/mailbox/capcity",
	    "did you mean \"capacity\"?");
}
END_TEST

START_TEST(a_section_must_be_of_its_kind)
{
	deploying_expect(SECTION("'system': @[]"), "wrong-kind", "/system",
	    NULL);
	deploying_expect(SECTION("'supervisors': @3"), "wrong-kind",
	    "/supervisors", NULL);
	deploying_expect(SECTION("'system': {'on_signal': @'stop'}"),
	    "wrong-kind", "/system/on_signal", NULL);
	deploying_expect("{'buskin': 1, 'name': 't', 'actors': @[]}",
	    "wrong-kind", "/actors", NULL);
	deploying_expect("@['buskin', 1]", "wrong-kind", "", NULL);
}
END_TEST

START_TEST(workers_are_a_number_or_the_cpus)
{
	struct bsk_system_options options = {0};
	struct deploying deploying;

	deploying_sound(&deploying, SECTION("'system': {'workers': 'cpus'}"));
	bsk_deployment_system(deploying.deployment, &options);
	ck_assert_uint_eq(options.workers, 0);
	deploying_release(&deploying);
	deploying_sound(&deploying, SECTION("'system': {'workers': 64}"));
	bsk_deployment_system(deploying.deployment, &options);
	ck_assert_uint_eq(options.workers, 64);
	deploying_release(&deploying);
	deploying_expect(SECTION("'system': {'workers': @0}"),
	    "out-of-range", "/system/workers", NULL);
	deploying_expect(SECTION("'system': {'workers': @65}"),
	    "out-of-range", "/system/workers", NULL);
	deploying_expect(SECTION("'system': {'workers': @1.5}"),
	    "wrong-kind", "/system/workers", NULL);
	deploying_expect(SECTION("'system': {'workers': @'many'}"),
	    "wrong-kind", "/system/workers", NULL);
}
END_TEST

START_TEST(what_is_said_of_the_system_reaches_it)
{
	struct bsk_system_options options = {0};
	struct deploying deploying;

	deploying_sound(&deploying, SECTION("'system': {'shutdown': '1m30s',"
	    "'handover': '5ms', 'overrun': '0s', 'overrun_signal': 'SIGURG',"
	    "'on_deadlock': 'kill',"
	    "'mailbox': {'alarm': 75, 'capacity': 7, 'capacity_bytes': '64KiB',"
	    "'on_full': 'drop_old'}}"));
	bsk_deployment_system(deploying.deployment, &options);
	ck_assert_str_eq(options.name, "t");
	ck_assert_int_eq(options.stop_timeout_ns, 90000000000);
	ck_assert_int_eq(options.handover_ns, 5000000);
	ck_assert_int_lt(options.overrun_ns, 0);
	ck_assert_int_eq(options.on_deadlock, BSK_DEADLOCK_KILL);
	ck_assert_uint_eq(options.capacity, 7);
	ck_assert_uint_eq(options.capacity_bytes, 65536);
	ck_assert_uint_eq(options.alarm, 75);
	ck_assert_int_eq(options.overrun_signal, SIGURG);
	ck_assert_int_eq(options.on_full, BSK_DROP_OLD);
	ck_assert_ptr_eq(options.classes, deploying_classes);
	deploying_release(&deploying);
}
END_TEST

START_TEST(times_sizes_and_words_are_checked)
{
	deploying_expect(SECTION("'system': {'shutdown': @'5 parsecs'}"),
	    "bad-duration", "/system/shutdown",
	    "units are d, h, m, s, ms, us, ns: \"250ms\", \"1m30s\"");
	deploying_expect(SECTION("'system': {'shutdown': @'0s'}"),
	    "out-of-range", "/system/shutdown", NULL);
	deploying_expect(SECTION("'system': {'mailbox': {'capacity': @-1}}"),
	    "out-of-range", "/system/mailbox/capacity", NULL);
	deploying_expect(SECTION("'system': {'mailbox': "
	    "{'on_full': @'suspnd'}}"), "unknown-word",
	    "/system/mailbox/on_full", "did you mean \"suspend\"?");
}
END_TEST

START_TEST(signals_do_as_told_and_end_it_by_default)
{
	struct deploying deploying;

	deploying_sound(&deploying, SECTION("'system': {'on_signal': "
	    "{'SIGINT': 'ignore', 'HUP': 'reload', 'RTMIN+1': 'stop'}}"));
	ck_assert_int_eq(deploying.deployment->on_signal[SIGTERM],
	    BSK_ON_SIGNAL_STOP);
	ck_assert_int_eq(deploying.deployment->on_signal[SIGINT],
	    BSK_ON_SIGNAL_IGNORE);
	ck_assert_int_eq(deploying.deployment->on_signal[SIGHUP],
	    BSK_ON_SIGNAL_RELOAD);
	ck_assert_int_eq(deploying.deployment->on_signal[SIGRTMIN + 1],
	    BSK_ON_SIGNAL_STOP);
	ck_assert_int_eq(deploying.deployment->on_signal[SIGUSR1], -1);
	deploying_release(&deploying);
}
END_TEST

START_TEST(signals_and_what_they_do_are_checked)
{
	deploying_expect(SECTION("'system': {'on_signal': {@'TREM': 'stop'}}"),
	    "bad-signal", "/system/on_signal/TREM",
	    "did you mean \"TERM\"?");
	deploying_expect(SECTION("'system': {'on_signal': {@'KILL': 'stop'}}"),
	    "bad-signal", "/system/on_signal/KILL", NULL);
	deploying_expect(SECTION("'system': {'on_signal': {@'STOP': 'stop'}}"),
	    "bad-signal", "/system/on_signal/STOP", NULL);
	deploying_expect(SECTION("'system': {'on_signal': {'HUP': @'relod'}}"),
	    "unknown-word", "/system/on_signal/HUP",
	    "did you mean \"reload\"?");
	deploying_expect(SECTION("'system': {'on_signal': {'HUP': @1}}"),
	    "wrong-kind", "/system/on_signal/HUP", NULL);
}
END_TEST

START_TEST(plugins_are_refused_rather_than_passed_over)
{
	struct deploying deploying;

	deploying_sound(&deploying, SECTION("'plugins': []"));
	deploying_release(&deploying);
	deploying_expect(SECTION("'plugins': @['./a.so']"), "unsupported",
	    "/plugins", "link the classes into a program of your own");
	deploying_expect(SECTION("'plugins': @'./a.so'"), "wrong-kind",
	    "/plugins", NULL);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("deploy_top");
	TCase *tcase = harness_case("top");

	tcase_add_test(tcase, a_deployment_of_nothing_is_sound);
	tcase_add_test(tcase, comments_are_let_pass_everywhere);
	tcase_add_test(tcase, the_format_must_be_the_first);
	tcase_add_test(tcase, a_name_must_be_there_and_be_plain);
	tcase_add_test(tcase, unknown_sections_and_keys_are_errors);
	tcase_add_test(tcase, a_section_must_be_of_its_kind);
	tcase_add_test(tcase, workers_are_a_number_or_the_cpus);
	tcase_add_test(tcase, what_is_said_of_the_system_reaches_it);
	tcase_add_test(tcase, times_sizes_and_words_are_checked);
	tcase_add_test(tcase, signals_do_as_told_and_end_it_by_default);
	tcase_add_test(tcase, signals_and_what_they_do_are_checked);
	tcase_add_test(tcase, plugins_are_refused_rather_than_passed_over);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
