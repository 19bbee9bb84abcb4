/* spawning.c - rows D01 to D10: how a child comes to be, or does not. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <buskin/child.h>
#include <buskin/json.h>
#include <buskin/process.h>

#include "../employer.h"
#include "../faulty_os.h"
#include "../harness.h"
#include "../spawned.h"

/* --- D01: nobody to bury it ----------------------------------------------- */

struct absent {
	char unused;
};

BSK_HANDLER(on_unwatch, absent, bsk_child_unwatch)
{
	(void)self;
	(void)body;
	return bsk_reply(ctx, BSK_NEW(bsk_result, .error = -ESHUTDOWN));
}

static const struct bsk_handler absent_handlers[] = {
	BSK_ON(bsk_child_unwatch, on_unwatch),
};

/* Stands where a child watcher ought to, and does not watch. */
static const struct bsk_class absent_class =
	BSK_CLASS(absent, "absent", "does not watch", absent_handlers);

static void
begin_over(struct faulty_os *world)
{
	const struct bsk_system_options options = { .os = &world->table,
	    .workers = 1, .handover_ns = -1 };

	patron_log_init(&employer_heard);
	ck_assert_int_eq(bsk_system_create(&options, &employer_system), 0);
	ck_assert_int_eq(bsk_system_start(employer_system), 0);
	employer_patron = patron_spawn(employer_system, &employer_heard);
}

START_TEST(D01)
{
	const struct bsk_spawn_options options = { .name = "child-watcher" };
	const struct bsk_process_failed *failed;
	struct faulty_os world;
	bsk_ref unused;

	faulty_os_init(&world, &bsk_os_libc);
	begin_over(&world);
	ck_assert_int_eq(bsk_system_spawn(employer_system, &absent_class, NULL,
	    &options, &unused), 0);
	(void)employer_run((struct bsk_process_config){
	    .command = WORDS("true") });
	failed = employer_hears(&bsk_process_failed_type, 1);
	ck_assert_int_eq(failed->error, -ESHUTDOWN);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_SPAWN), 0);
	ck_assert_uint_eq(employer_count(&bsk_process_started_type), 0);
	employer_end();
}
END_TEST

/* --- D02: no exit is missed ----------------------------------------------- */

#define CHILDREN 100

START_TEST(D02)
{
	bool codes[CHILDREN] = { false };
	char script[32];

	for (int i = 0; i < CHILDREN; i++) {
		(void)snprintf(script, sizeof(script), "exit %d", i);
		(void)employer_run((struct bsk_process_config){
		    .command = WORDS("sh", "-c", script) });
	}
	for (unsigned i = 1; i <= CHILDREN; i++) {
		int code = employer_exited(i)->child.code;

		ck_assert_int_ge(code, 0);
		ck_assert_int_lt(code, CHILDREN);
		ck_assert(!codes[code]);
		codes[code] = true;
	}
	(void)employer_finished(CHILDREN);
}
END_TEST

/* --- D03: all or nothing -------------------------------------------------- */

static void
start_or_fail(struct faulty_os *world, void *arg)
{
	unsigned fds = spawned_open_count();
	bool fails;
	bsk_ref process;

	(void)arg;
	begin_over(world);
	process = employer_run((struct bsk_process_config){
	    .command = WORDS("cat") });
	employer_stop(process);
	(void)employer_down();
	fails = faulty_os_struck(world) > 0;
	if (fails)
		(void)employer_hears(&bsk_process_failed_type, 1);
	else
		(void)employer_finished(1);
	ck_assert_uint_eq(employer_count(&bsk_process_started_type), !fails);
	ck_assert_uint_eq(employer_count(&bsk_process_failed_type), fails);
	employer_end();
	spawned_assert_no_child();
	ck_assert_uint_eq(spawned_open_count(), fds);
}

static const enum faulty_call calls[] = {
	FAULTY_PIPE2, FAULTY_SPAWN,
};

START_TEST(D03)
{
	ck_assert_uint_gt(faulty_os_walk(&bsk_os_libc, calls[_i], EMFILE,
	    start_or_fail, NULL), 0);
}
END_TEST

/* --- D05: why not --------------------------------------------------------- */

static const struct {
	const char *program;
	const char *directory;
	const char *cgroup;
	int error;
	const char *field;
} faults[] = {
	{ "/no/such/program", NULL, NULL, -ENOENT, "command" },
	{ "no-such-program", NULL, NULL, -ENOENT, "command" },
	{ "/etc/passwd", NULL, NULL, -EACCES, "command" },
	{ "/", NULL, NULL, -EACCES, "command" },
	{ "true", "/no/such/place", NULL, -ENOENT, "directory" },
	{ "true", "/etc/passwd", NULL, -ENOTDIR, "directory" },
	{ "true", NULL, "/no/such/group", -ENOENT, "cgroup" },
};

START_TEST(D05)
{
	const struct bsk_process_failed *failed;
	const char *directory = faults[_i].directory;

	employer_stop(employer_run((struct bsk_process_config){
	    .command = WORDS(faults[_i].program),
	    .directory = bsk_text_copy(directory),
	    .cgroup = bsk_text_copy(faults[_i].cgroup) }));
	failed = employer_hears(&bsk_process_failed_type, 1);
	ck_assert_int_eq(failed->error, faults[_i].error);
	ck_assert_str_eq(bsk_text_chars(failed->field), faults[_i].field);
	ck_assert_ptr_nonnull(
	    strstr(failed->text.chars, faults[_i].program));
	ck_assert_ptr_nonnull(
	    strstr(failed->text.chars, strerror(-faults[_i].error)));
	if (directory != NULL)
		ck_assert_ptr_nonnull(strstr(failed->text.chars, directory));
	(void)employer_down();
	ck_assert_uint_eq(employer_count(&bsk_process_started_type), 0);
	spawned_assert_no_child();
}
END_TEST

/* --- D06: where it reads and writes --------------------------------------- */

/* Runs a script to its end; all it writes is this. */
static void
says(struct bsk_process_config how, const char *script, const char *expected)
{
	how.command = WORDS("/bin/sh", "-c", script);
	(void)employer_run(how);
	ck_assert_int_eq(employer_finished(1)->code, 0);
	ck_assert_str_eq(
	    patron_reads(&employer_heard, strlen(expected)), expected);
}

START_TEST(D06)
{
	says((struct bsk_process_config){ .in = BSK_STDIO_NULL,
	    .err = BSK_STDIO_NULL }, "readlink /proc/self/fd/0; cat; "
	    "readlink /proc/self/fd/2; echo lost >&2",
	    "/dev/null\n/dev/null\n");
}
END_TEST

START_TEST(D06_inherit)
{
	char place[256] = "";

	ck_assert_int_gt(readlink("/proc/self/fd/0", place, 255), 0);
	(void)strcat(place, "\n");
	says((struct bsk_process_config){ .in = BSK_STDIO_INHERIT },
	    "readlink /proc/self/fd/0", place);
}
END_TEST

START_TEST(D06_joined)
{
	says((struct bsk_process_config){ .err = BSK_STDIO_STDOUT },
	    "echo one; echo two >&2; echo three", "one\ntwo\nthree\n");
	ck_assert_uint_eq(employer_finished(1)->out_bytes, 14);
	ck_assert_uint_eq(employer_finished(1)->err_bytes, 0);
}
END_TEST

START_TEST(D06_given)
{
	bsk_list fds;
	int other = employer_give(0, 0, &fds);

	ck_assert_int_eq(write(other, "given\n", 6), 6);
	ck_assert_int_eq(close(other), 0);
	says((struct bsk_process_config){ .fds = fds }, "cat", "given\n");
}
END_TEST

/* A given stdout, and stderr with it. */
START_TEST(D06_given_and_joined)
{
	bsk_list fds;
	int other = employer_give(1, 1, &fds);
	char text[16] = "";

	(void)employer_run((struct bsk_process_config){ .fds = fds,
	    .err = BSK_STDIO_STDOUT, .command = WORDS("sh", "-c",
		"echo one; echo two >&2") });
	ck_assert_uint_eq(employer_finished(1)->out_bytes, 0);
	ck_assert_int_eq(read(other, text, sizeof(text)), 8);
	ck_assert_str_eq(text, "one\ntwo\n");
	ck_assert_int_eq(close(other), 0);
}
END_TEST

/* --- what makes no sense as a whole --------------------------------------- */

/* Refused before there is anything: no actor, and the descriptor is closed with
 * the config that owned it. */
static void
refused(struct bsk_process_config how, const char *field)
{
	struct bsk_config_fault fault;
	bsk_ref unused;

	ck_assert_int_eq(bsk_process_class.check(&how, &fault), -EINVAL);
	ck_assert_str_eq(fault.field, field);
	ck_assert_str_ne(fault.text, "");
	ck_assert_int_eq(bsk_system_spawn(employer_system, &bsk_process_class,
	    bsk_parcel_new(&bsk_process_config_type, &how), NULL, &unused),
	    -EINVAL);
}

START_TEST(D06_given_twice)
{
	bsk_list fds;
	int other = employer_give(1, 1, &fds);
	char byte;

	refused((struct bsk_process_config){ .fds = fds,
	    .out = BSK_STDIO_PIPE, .command = WORDS("true") }, "out");
	ck_assert_int_eq(read(other, &byte, 1), 0);
	ck_assert_int_eq(close(other), 0);
}
END_TEST

START_TEST(D08_no_program)
{
	refused((struct bsk_process_config){ .command = WORDS("") },
	    "command");
	refused((struct bsk_process_config){ .in = BSK_STDIO_NULL },
	    "command");
}
END_TEST

START_TEST(D10_refused)
{
	refused((struct bsk_process_config){ .command = WORDS("true"),
	    .umask = bsk_text_copy("9") }, "umask");
	refused((struct bsk_process_config){ .command = WORDS("true"),
	    .umask = bsk_text_copy("1000") }, "umask");
	refused((struct bsk_process_config){ .command = WORDS("true"),
	    .env = WORDS("A=1", "NAME") }, "env");
	refused((struct bsk_process_config){ .command = WORDS("true"),
	    .env = WORDS("=1") }, "env");
	refused((struct bsk_process_config){ .command = WORDS("true"),
	    .new_session = true, .join_group = 7 }, "join_group");
	refused((struct bsk_process_config){ .command = WORDS("true"),
	    .err = 9 }, "err");
}
END_TEST

/* --- D07, D08: what cannot be meant --------------------------------------- */

/* The first key or place that is found at fault, and why. */
struct found {
	const struct bsk_json *root;
	char what[128];
};

static void
on_fault(void *arg, const struct bsk_json_fault *fault)
{
	struct found *found = arg;
	char place[64] = "";

	if (found->what[0] != '\0')
		return;
	(void)bsk_json_pointer(found->root, fault->where, place,
	    sizeof(place));
	(void)snprintf(found->what, sizeof(found->what), "%s@%s%s%s",
	    fault->code, place, fault->key == NULL ? "" : "/",
	    fault->key == NULL ? "" : fault->key);
}

static void
refuses(const char *text, const char *what)
{
	struct bsk_process_config config;
	struct bsk_json_error error;
	struct found found = { .what = "" };
	bsk_json *json = NULL;

	ck_assert_int_eq(bsk_json_read(text, strlen(text), &json, &error), 0);
	found.root = json;
	ck_assert_int_eq(bsk_type_from_json(&bsk_process_config_type, json,
	    &config, on_fault, &found), -EINVAL);
	ck_assert_str_eq(found.what, what);
	bsk_json_free(json);
}

static const char *const text_modes[][2] = {
	{ "\"text\":true", "unknown-key@/text" },
	{ "\"encoding\":\"utf-8\"", "unknown-key@/encoding" },
	{ "\"errors\":\"strict\"", "unknown-key@/errors" },
	{ "\"bufsize\":1", "unknown-key@/bufsize" },
	{ "\"universal_newlines\":true", "unknown-key@/universal_newlines" },
	{ "\"stdout\":\"text\"", "unknown-word@/stdout" },
	{ "\"stdin\":\"stdout\"", "unknown-word@/stdin" },
	{ "\"limits\":[{\"resource\":\"x\",\"soft\":1,\"hard\":1}]",
	    "unknown-word@/limits/0/resource" },
	{ "\"parent_death\":\"NOPE\"", "bad-signal@/parent_death" },
};

START_TEST(D07)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "{\"command\":[\"cat\"],%s}",
	    text_modes[_i][0]);
	refuses(text, text_modes[_i][1]);
}
END_TEST

static const char *const commands[][2] = {
	{ "{\"command\":\"ls -l\"}", "wrong-kind@/command" },
	{ "{\"command\":[\"ls\"],\"shell\":true}", "unknown-key@/shell" },
	{ "{\"command\":[]}", "too-short@/command" },
	{ "{\"command\":[1]}", "wrong-kind@/command/0" },
	{ "{}", "missing-key@/command" },
};

START_TEST(D08)
{
	refuses(commands[_i][0], commands[_i][1]);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("spawning");
	TCase *tcase = harness_case("spawning");

	tcase_add_checked_fixture(tcase, employer_begin, employer_end);
	tcase_add_test(tcase, D02);
	tcase_add_loop_test(tcase, D05, 0,
	    (int)(sizeof(faults) / sizeof(faults[0])));
	tcase_add_test(tcase, D06);
	tcase_add_test(tcase, D06_inherit);
	tcase_add_test(tcase, D06_joined);
	tcase_add_test(tcase, D06_given);
	tcase_add_test(tcase, D06_given_and_joined);
	tcase_add_test(tcase, D06_given_twice);
	tcase_add_test(tcase, D08_no_program);
	tcase_add_test(tcase, D10_refused);
	suite_add_tcase(s, tcase);
	tcase = harness_case("spawning in another world");
	tcase_add_test(tcase, D01);
	tcase_add_loop_test(tcase, D03, 0,
	    (int)(sizeof(calls) / sizeof(calls[0])));
	tcase_add_loop_test(tcase, D07, 0,
	    (int)(sizeof(text_modes) / sizeof(text_modes[0])));
	tcase_add_loop_test(tcase, D08, 0,
	    (int)(sizeof(commands) / sizeof(commands[0])));
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
