/* check_inspector.c - a running system is asked from outside. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <buskin/inspector.h>
#include <buskin/supervisor.h>

#include "harness.h"
#include "inspected.h"
#include "probe.h"
#include "sp_client.h"

/* --- answers ------------------------------------------------------------ */

START_TEST(answers_a_client_that_greets)
{
	bsk_json *answer;

	inspected_by((struct bsk_inspector_config){0});
	answer = inspected_ask(
	    "{\"v\":1,\"id\":\"7\",\"op\":\"hello\",\"args\":{}}");
	ck_assert_str_eq(sp_string_at(answer, "id"), "7");
	ck_assert(bsk_json_is_true(sp_at(answer, "ok")));
	ck_assert_double_eq(bsk_json_number(sp_at(answer, "result.pid")),
	    getpid());
	ck_assert_str_eq(sp_string_at(answer, "result.rights.0"), "read");
	bsk_json_free(answer);
}
END_TEST

START_TEST(answers_many_requests_on_one_connection)
{
	int fd;
	int i;

	inspected_by((struct bsk_inspector_config){0});
	fd = sp_open(inspected.path);
	for (i = 1; i <= 200; i++) {
		bsk_json *answer = sp_call(fd, INSPECTED_STATS);

		ck_assert_double_eq(bsk_json_number(sp_at(answer, "seq")), i);
		bsk_json_free(answer);
	}
	close(fd);
}
END_TEST

START_TEST(answers_several_clients_at_once)
{
	int fds[32];
	int i;

	inspected_by((struct bsk_inspector_config){0});
	for (i = 0; i < 32; i++)
		fds[i] = sp_open(inspected.path);
	for (i = 0; i < 32; i++)
		sp_ask(fds[i], INSPECTED_STATS, strlen(INSPECTED_STATS));
	for (i = 31; i >= 0; i--) {
		free(sp_answer(fds[i]));
		close(fds[i]);
	}
}
END_TEST

/* An answer has room for a part of the word only, and must not cut it within a
 * character. */
START_TEST(answers_a_word_that_is_too_long)
{
	char text[1000];
	bsk_json *answer;
	int odd;
	int at;

	inspected_by((struct bsk_inspector_config){0});
	for (odd = 0; odd < 2; odd++) {
		at = sprintf(text, "{\"v\":1,\"id\":\"7\",\"op\":\"%s",
		    odd ? "x" : "");
		while (at < 900)
			at += sprintf(text + at, "\303\251");
		strcpy(text + at, "\"}");
		answer = inspected_ask(text);
		ck_assert_str_eq(sp_string_at(answer, "id"), "7");
		ck_assert_str_eq(sp_string_at(answer, "error.code"),
		    "too-long");
		ck_assert_str_eq(sp_string_at(answer, "error.pointer"),
		    "/op");
		bsk_json_free(answer);
	}
}
END_TEST

START_TEST(answers_a_request_that_is_too_long)
{
	size_t size = 5 << 20;
	char *text = malloc(size);
	bsk_json *answer;
	char *chars;
	int fd;

	ck_assert_ptr_nonnull(text);
	memset(text, ' ', size);
	inspected_by((struct bsk_inspector_config){0});
	fd = sp_open(inspected.path);
	sp_ask(fd, text, size);
	chars = sp_answer(fd);
	ck_assert_ptr_nonnull(strstr(chars, "\"too-large\""));
	free(chars);
	free(text);
	answer = sp_call(fd, INSPECTED_STATS);
	ck_assert(bsk_json_is_true(sp_at(answer, "ok")));
	bsk_json_free(answer);
	close(fd);
	ck_assert_uint_eq(inspected_traffic("cut_requests"), 1);
}
END_TEST

START_TEST(reads_a_request_as_long_as_allowed)
{
	char text[1000];
	bsk_json *answer;
	char *chars;
	int fd;

	memset(text, ' ', sizeof(text));
	memcpy(text, INSPECTED_STATS, strlen(INSPECTED_STATS));
	inspected_by((struct bsk_inspector_config){ .request_max = 999 });
	fd = sp_open(inspected.path);
	sp_ask(fd, text, 1000);
	chars = sp_answer(fd);
	ck_assert_ptr_nonnull(strstr(chars, "\"too-large\""));
	free(chars);
	text[999] = '\0';
	answer = sp_call(fd, text);
	ck_assert(bsk_json_is_true(sp_at(answer, "ok")));
	bsk_json_free(answer);
	close(fd);
}
END_TEST

/* --- places that cannot be served --------------------------------------- */

/* The reason for which the inspector ends. */
static int
reason_of_end(void)
{
	const struct bsk_down *down;

	ck_assert(probe_wait(&inspected.heard, 2));
	down = probe_last(&inspected.heard, &bsk_down_type);
	ck_assert_ptr_nonnull(down);
	return down->reason;
}

START_TEST(leaves_a_regular_file_alone)
{
	char text[8] = "";
	int fd = open(inspected.path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "mine", 4), 4);
	inspected_by((struct bsk_inspector_config){0});
	ck_assert_int_eq(reason_of_end(), -EADDRINUSE);
	ck_assert_int_eq(pread(fd, text, sizeof(text), 0), 4);
	ck_assert_str_eq(text, "mine");
	ck_assert_int_eq(unlink(inspected.path), 0);
	close(fd);
}
END_TEST

START_TEST(does_not_take_a_place_that_is_served)
{
	bsk_json *answer;

	inspected_by((struct bsk_inspector_config){0});
	close(sp_open(inspected.path));
	inspected_by((struct bsk_inspector_config){0});
	ck_assert(probe_wait(&inspected.heard, 3));
	ck_assert_int_eq(((const struct bsk_down *)probe_last(&inspected.heard,
	    &bsk_down_type))->reason, -EADDRINUSE);
	answer = inspected_ask(INSPECTED_STATS);
	ck_assert(bsk_json_is_true(sp_at(answer, "ok")));
	bsk_json_free(answer);
}
END_TEST

/* What comes of such a URL, before anything is made. */
static int
refusal(const char *url)
{
	bsk_ref ref;

	return bsk_system_spawn(inspected.system, &bsk_inspector_class,
	    inspected_config(url, 0, (struct bsk_inspector_config){0}), NULL,
	    &ref);
}

START_TEST(serves_unix_sockets_only)
{
	ck_assert_int_eq(refusal("tcp://127.0.0.1:5555"), -ENOTSUP);
	ck_assert_int_eq(refusal("/tmp/a.ipc"), -ENOTSUP);
	ck_assert_int_eq(refusal("ipc://"), -EINVAL);
}
END_TEST

START_TEST(refuses_a_path_that_is_too_long)
{
	char url[120] = "ipc:///tmp/";

	memset(url + strlen(url), 'x', 119 - strlen(url));
	ck_assert_int_eq(refusal(url), -ENAMETOOLONG);
}
END_TEST

/* --- ending ------------------------------------------------------------- */

START_TEST(ends_while_a_client_is_connected)
{
	int fd;

	inspected_by((struct bsk_inspector_config){0});
	fd = sp_open(inspected.path);
	sp_ask(fd, INSPECTED_STATS, strlen(INSPECTED_STATS));
	free(sp_answer(fd));
	bsk_system_stop(inspected.system, 0);
	sp_expect_hang_up(fd);
	ck_assert_int_eq(bsk_system_wait(inspected.system,
	    HARNESS_PATIENCE_NS), 0);
}
END_TEST

START_TEST(ends_when_it_is_killed)
{
	const struct bsk_child_started *started;
	int fd;

	inspected_by((struct bsk_inspector_config){0});
	fd = sp_open(inspected.path);
	started = probe_heard(&inspected.heard, 0, &bsk_child_started_type);
	probe_kill(inspected.system, inspected.owner, started->child);
	sp_expect_hang_up(fd);
}
END_TEST

/* --- threads ------------------------------------------------------------ */

/* A field of a thread's status, such as "Name:"; "" when it is gone. */
static void
read_status(const char *thread, const char *field, char *ret_text, size_t size)
{
	char name[300];
	char line[256];
	FILE *file;

	ret_text[0] = '\0';
	snprintf(name, sizeof(name), "/proc/self/task/%s/status", thread);
	file = fopen(name, "re");
	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, field, strlen(field)) == 0)
			snprintf(ret_text, size, "%s", line + strlen(field) +
			    1);
	fclose(file);
}

/* How many threads are nng's; each has SIGTERM blocked. */
static unsigned
count_nngs_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	unsigned count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		char name[64];
		char blocked[64];

		read_status(entry->d_name, "Name:", name, sizeof(name));
		read_status(entry->d_name, "SigBlk:", blocked,
		    sizeof(blocked));
		if (strncmp(name, "nng:", 4) != 0)
			continue;
		count++;
		ck_assert_uint_ne(strtoull(blocked, NULL, 16) &
		    1ull << (SIGTERM - 1), 0);
	}
	closedir(dir);
	return count;
}

START_TEST(starts_nngs_threads_late_and_deaf_to_signals)
{
	ck_assert_uint_eq(count_nngs_threads(), 0);
	inspected_by((struct bsk_inspector_config){0});
	close(sp_open(inspected.path));
	ck_assert_uint_gt(count_nngs_threads(), 0);
}
END_TEST

static Suite *
inspector_suite(void)
{
	Suite *suite = suite_create("inspector");
	TCase *tests = harness_case("inspector");

	tcase_add_checked_fixture(tests, inspected_begin, inspected_end);
	tcase_add_test(tests, answers_a_client_that_greets);
	tcase_add_test(tests, answers_many_requests_on_one_connection);
	tcase_add_test(tests, answers_several_clients_at_once);
	tcase_add_test(tests, answers_a_word_that_is_too_long);
	tcase_add_test(tests, answers_a_request_that_is_too_long);
	tcase_add_test(tests, reads_a_request_as_long_as_allowed);
	tcase_add_test(tests, leaves_a_regular_file_alone);
	tcase_add_test(tests, does_not_take_a_place_that_is_served);
	tcase_add_test(tests, serves_unix_sockets_only);
	tcase_add_test(tests, refuses_a_path_that_is_too_long);
	tcase_add_test(tests, ends_while_a_client_is_connected);
	tcase_add_test(tests, ends_when_it_is_killed);
	tcase_add_test(tests, starts_nngs_threads_late_and_deaf_to_signals);
	suite_add_tcase(suite, tests);
	return suite;
}

int
main(void)
{
	return harness_main(inspector_suite);
}
