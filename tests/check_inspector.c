/* check_inspector.c - a running system is asked from outside, and neither the
 * rude nor the many keep it from answering. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nng/nng.h>

#include <buskin/inspector.h>
#include <buskin/supervisor.h>

#include "harness.h"
#include "probe.h"
#include "sp_client.h"

#define MS INT64_C(1000000)
#define STATS "{\"v\":1,\"id\":\"1\",\"op\":\"stats\"}"

static char directory[] = "/tmp/buskin-check-XXXXXX";
static char path[64];
static bsk_system *system_;
static struct probe_log heard;
static bsk_ref owner;

/* nng's threads and descriptors are the process's, not the inspector's: what
 * is left once nng itself has been told to end was leaked. */
static void
end_nng(void)
{
	nng_fini();
}

static void
begin(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(setenv("RUNTIME_DIRECTORY", directory, 1), 0);
	snprintf(path, sizeof(path), "%s/check.ipc", directory);
	probe_log_init(&heard);
	system_ = harness_system(2, NULL);
	owner = probe_spawn(system_, &heard,
	    &(struct bsk_spawn_options){ .name = "owner" });
}

static unsigned
count_files(void)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	unsigned count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			count++;
	closedir(dir);
	return count;
}

/* Nothing of the inspector's is left in the file system either. */
static void
end(void)
{
	harness_system_end(system_);
	probe_log_release(&heard);
	ck_assert_uint_eq(count_files(), 0);
	ck_assert_int_eq(rmdir(directory), 0);
	end_nng();
}

/* The inspector at a URL; `more` gives the limits. It is the owner's child. */
static void
inspect_at(const char *url, uint32_t mode, struct bsk_inspector_config more)
{
	bsk_list list = bsk_list_new(sizeof(struct bsk_inspector_listen), 1);
	struct bsk_inspector_listen *listen = list.items;

	listen->url = bsk_text_copy(url);
	listen->mode = mode;
	more.listen = list;
	probe_spawn_child(system_, owner, &bsk_inspector_class,
	    bsk_parcel_new(&bsk_inspector_config_type, &more), false);
}

static void
inspect(struct bsk_inspector_config more)
{
	char url[80];

	snprintf(url, sizeof(url), "ipc://%s", path);
	inspect_at(url, 0, more);
}

static bsk_json *
ask_once(const char *text)
{
	int fd = sp_open(path);
	bsk_json *answer = sp_call(fd, text);

	close(fd);
	return answer;
}

static unsigned long
traffic(const char *what)
{
	bsk_json *answer = ask_once(STATS);
	const bsk_json *value;
	char at[64];
	unsigned long count;

	snprintf(at, sizeof(at), "result.inspector.%s", what);
	value = sp_at(answer, at);
	count = bsk_json_kind(value) == BSK_JSON_NUMBER ?
	    (unsigned long)bsk_json_number(value) :
	    strtoul(sp_string_at(answer, at), NULL, 10);
	bsk_json_free(answer);
	return count;
}

/* Whether a client is answered; else it is hung up on. */
static bool
is_answered(void)
{
	unsigned char bytes[9];
	int fd = sp_connect(path);
	bool is;

	ck_assert(sp_send(fd, sp_greeting, sizeof(sp_greeting)));
	is = sp_receive(fd, bytes, 8);
	if (is) {
		sp_ask(fd, STATS, strlen(STATS));
		is = sp_receive(fd, bytes, 9);
	}
	close(fd);
	return is;
}

/* --- answers ------------------------------------------------------------ */

START_TEST(answers_a_client_that_greets)
{
	bsk_json *answer;

	inspect((struct bsk_inspector_config){0});
	answer = ask_once("{\"v\":1,\"id\":\"7\",\"op\":\"hello\",\"args\":{}}");
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

	inspect((struct bsk_inspector_config){0});
	fd = sp_open(path);
	for (i = 1; i <= 200; i++) {
		bsk_json *answer = sp_call(fd, STATS);

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

	inspect((struct bsk_inspector_config){0});
	for (i = 0; i < 32; i++)
		fds[i] = sp_open(path);
	for (i = 0; i < 32; i++)
		sp_ask(fds[i], STATS, strlen(STATS));
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

	inspect((struct bsk_inspector_config){0});
	for (odd = 0; odd < 2; odd++) {
		at = sprintf(text, "{\"v\":1,\"id\":\"7\",\"op\":\"%s",
		    odd ? "x" : "");
		while (at < 900)
			at += sprintf(text + at, "\303\251");
		strcpy(text + at, "\"}");
		answer = ask_once(text);
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
	inspect((struct bsk_inspector_config){0});
	fd = sp_open(path);
	sp_ask(fd, text, size);
	chars = sp_answer(fd);
	ck_assert_ptr_nonnull(strstr(chars, "\"too-large\""));
	free(chars);
	free(text);
	answer = sp_call(fd, STATS);
	ck_assert(bsk_json_is_true(sp_at(answer, "ok")));
	bsk_json_free(answer);
	close(fd);
	ck_assert_uint_eq(traffic("cut_requests"), 1);
}
END_TEST

START_TEST(reads_a_request_as_long_as_allowed)
{
	char text[1000];
	bsk_json *answer;
	char *chars;
	int fd;

	memset(text, ' ', sizeof(text));
	memcpy(text, STATS, strlen(STATS));
	inspect((struct bsk_inspector_config){ .request_max = 999 });
	fd = sp_open(path);
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

/* Debian's own client, if it is here. */
static bool
run_nngcat(char *answer, size_t size)
{
	char command[256];
	FILE *out;
	int status;

	snprintf(command, sizeof(command), "nngcat --req --dial ipc://%s "
	    "--raw -D '{\"v\":1,\"id\":\"1\",\"op\":\"graph\"}'", path);
	out = popen(command, "re");
	ck_assert_ptr_nonnull(out);
	answer[fread(answer, 1, size - 1, out)] = '\0';
	status = pclose(out);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
have_nngcat(void)
{
	return system("command -v nngcat >/dev/null") == 0;
}

/* --- those who are not let in ------------------------------------------- */

/* What a rude client says before it hangs up. */
static void
be_rude(int how)
{
	unsigned char bytes[128];
	int fd = sp_connect(path);
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)rand();
	if (how % 6 >= 2)
		memcpy(bytes, sp_greeting, sizeof(sp_greeting));
	if (how % 6 == 4)
		memcpy(bytes + 8, "\1\0\0\0\0\0\0\1\0\x80\0\0\1", 13);
	switch (how % 6) {
	case 0: /* nothing */
		break;
	case 1: /* garbage */
		(void)sp_send(fd, bytes, sizeof(bytes));
		break;
	case 2: /* half a greeting */
		(void)sp_send(fd, bytes, 1 + (size_t)how % 7);
		break;
	case 3: /* a greeting */
		(void)sp_send(fd, bytes, 8);
		break;
	case 4: /* and a torn message */
		(void)sp_send(fd, bytes, 9 + (size_t)how % 64);
		break;
	default: /* or garbage */
		(void)sp_send(fd, bytes, sizeof(bytes));
	}
	close(fd);
}

START_TEST(outlives_ten_thousand_hang_ups)
{
	char answer[1 << 16];
	int64_t before;
	int i;

	inspect((struct bsk_inspector_config){0});
	for (i = 0; i < 10000; i++)
		be_rude(i);
	before = bsk_os_libc.now(&bsk_os_libc);
	if (have_nngcat()) {
		ck_assert(run_nngcat(answer, sizeof(answer)));
		ck_assert_ptr_nonnull(strstr(answer, "\"nodes\":["));
	} else
		ck_assert(is_answered());
	ck_assert_uint_eq(traffic("renewed"), 0);
	printf("# answered %lld ms after 10,000 hang-ups\n", (long long)
	    ((bsk_os_libc.now(&bsk_os_libc) - before) / MS));
}
END_TEST

START_TEST(hangs_up_on_those_who_do_not_greet_in_time)
{
	int fd;

	inspect((struct bsk_inspector_config){ .greeting_ns = 100 * MS });
	fd = sp_connect(path);
	ck_assert(sp_send(fd, sp_greeting, 5));
	sp_expect_hang_up(fd);
	ck_assert_uint_eq(traffic("rude"), 1);
}
END_TEST

START_TEST(hangs_up_on_those_who_greet_as_another_protocol)
{
	static const unsigned char as_rep[] = { 0, 'S', 'P', 0, 0, 0x31, 0, 0 };
	int fd;

	inspect((struct bsk_inspector_config){ 0 });
	fd = sp_connect(path);
	ck_assert(sp_send(fd, as_rep, sizeof(as_rep)));
	sp_expect_hang_up(fd);
	ck_assert_uint_eq(traffic("rude"), 1);
}
END_TEST

START_TEST(hangs_up_on_those_who_are_idle)
{
	inspect((struct bsk_inspector_config){ .idle_ns = 100 * MS });
	sp_expect_hang_up(sp_open(path));
}
END_TEST

START_TEST(lets_one_too_many_wait)
{
	unsigned char greeting[8];
	int fds[5];
	int i;

	inspect((struct bsk_inspector_config){ .connections = 4 });
	for (i = 0; i < 4; i++)
		fds[i] = sp_open(path);
	fds[4] = sp_connect(path);
	ck_assert(sp_send(fds[4], sp_greeting, sizeof(sp_greeting)));
	sp_ask(fds[0], STATS, strlen(STATS));
	free(sp_answer(fds[0]));
	close(fds[0]);
	ck_assert(sp_receive(fds[4], greeting, sizeof(greeting)));
	for (i = 1; i < 5; i++)
		close(fds[i]);
}
END_TEST

/* Connects as nobody, and tells by its exit whether it was hung up on. */
static int
connect_as_nobody(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		unsigned char byte;
		int fd;

		if (setgid(65534) < 0 || setuid(65534) < 0)
			_exit(3);
		fd = sp_connect(path);
		(void)sp_send(fd, sp_greeting, sizeof(sp_greeting));
		_exit(sp_receive(fd, &byte, 1) ? 1 : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(hangs_up_on_other_users)
{
	char url[80];

	if (geteuid() != 0) {
		printf("# only root can be another user\n");
		return;
	}
	ck_assert_int_eq(chmod(directory, 0755), 0);
	snprintf(url, sizeof(url), "ipc://%s", path);
	inspect_at(url, 0666, (struct bsk_inspector_config){0});
	free((close(sp_open(path)), NULL));
	ck_assert_int_eq(connect_as_nobody(), 0);
	ck_assert_uint_eq(traffic("strangers"), 1);
}
END_TEST

/* --- nng, stuck --------------------------------------------------------- */

/* Where nng's own socket is: the one directory in ours. */
static void
find_private(char *ret_path, size_t size)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;

	ck_assert_ptr_nonnull(dir);
	ret_path[0] = '\0';
	while ((entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, "buskin-", 7) == 0)
			snprintf(ret_path, size, "%s/%s/nng", directory,
			    entry->d_name);
	closedir(dir);
	ck_assert_str_ne(ret_path, "");
}

START_TEST(keeps_nng_where_only_this_user_can_go)
{
	struct stat status;
	char private[400];

	inspect((struct bsk_inspector_config){0});
	close(sp_open(path));
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	find_private(private, sizeof(private));
	*strrchr(private, '/') = '\0';
	ck_assert_int_eq(stat(private, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0700);
}
END_TEST

/* The very thing that the guard is there to prevent, done behind its back. */
START_TEST(replaces_an_nng_socket_that_is_stuck)
{
	char private[400];
	int i;

	inspect((struct bsk_inspector_config){ .greeting_ns = 100 * MS });
	ck_assert(is_answered());
	find_private(private, sizeof(private));
	for (i = 0; i < 300; i++)
		close(sp_connect(private));
	for (i = 0; i < 10 && !is_answered(); i++)
		continue;
	ck_assert_int_lt(i, 10);
	ck_assert(is_answered());
	printf("# nng was replaced %d times\n", (int)traffic("renewed"));
}
END_TEST

/* --- places that cannot be served --------------------------------------- */

/* The reason for which the inspector ends. */
static int
reason_of_end(void)
{
	const struct bsk_down *down;

	ck_assert(probe_wait(&heard, 2));
	down = probe_last(&heard, &bsk_down_type);
	ck_assert_ptr_nonnull(down);
	return down->reason;
}

START_TEST(leaves_a_regular_file_alone)
{
	char text[8] = "";
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "mine", 4), 4);
	inspect((struct bsk_inspector_config){0});
	ck_assert_int_eq(reason_of_end(), -EADDRINUSE);
	ck_assert_int_eq(pread(fd, text, sizeof(text), 0), 4);
	ck_assert_str_eq(text, "mine");
	ck_assert_int_eq(unlink(path), 0);
	close(fd);
}
END_TEST

START_TEST(does_not_take_a_place_that_is_served)
{
	bsk_json *answer;

	inspect((struct bsk_inspector_config){0});
	close(sp_open(path));
	inspect((struct bsk_inspector_config){0});
	ck_assert(probe_wait(&heard, 3));
	ck_assert_int_eq(((const struct bsk_down *)probe_last(&heard,
	    &bsk_down_type))->reason, -EADDRINUSE);
	answer = ask_once(STATS);
	ck_assert(bsk_json_is_true(sp_at(answer, "ok")));
	bsk_json_free(answer);
}
END_TEST

START_TEST(serves_unix_sockets_only)
{
	inspect_at("tcp://127.0.0.1:5555", 0,
	    (struct bsk_inspector_config){0});
	ck_assert_int_eq(reason_of_end(), -ENOTSUP);
}
END_TEST

START_TEST(refuses_a_path_that_is_too_long)
{
	char url[120] = "ipc:///tmp/";

	memset(url + strlen(url), 'x', 119 - strlen(url));
	inspect_at(url, 0, (struct bsk_inspector_config){0});
	ck_assert_int_eq(reason_of_end(), -ENAMETOOLONG);
}
END_TEST

/* --- ending ------------------------------------------------------------- */

START_TEST(ends_while_a_client_is_connected)
{
	int fd;

	inspect((struct bsk_inspector_config){0});
	fd = sp_open(path);
	free((sp_ask(fd, STATS, strlen(STATS)), sp_answer(fd)));
	bsk_system_stop(system_, 0);
	sp_expect_hang_up(fd);
	ck_assert_int_eq(bsk_system_wait(system_, HARNESS_PATIENCE_NS), 0);
}
END_TEST

START_TEST(ends_when_it_is_killed)
{
	const struct bsk_child_started *started;
	int fd;

	inspect((struct bsk_inspector_config){0});
	fd = sp_open(path);
	started = probe_heard(&heard, 0, &bsk_child_started_type);
	probe_kill(system_, owner, started->child);
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
	inspect((struct bsk_inspector_config){0});
	close(sp_open(path));
	ck_assert_uint_gt(count_nngs_threads(), 0);
}
END_TEST

static Suite *
inspector_suite(void)
{
	Suite *suite = suite_create("inspector");
	TCase *tests = harness_case("inspector");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, answers_a_client_that_greets);
	tcase_add_test(tests, answers_many_requests_on_one_connection);
	tcase_add_test(tests, answers_several_clients_at_once);
	tcase_add_test(tests, answers_a_word_that_is_too_long);
	tcase_add_test(tests, answers_a_request_that_is_too_long);
	tcase_add_test(tests, reads_a_request_as_long_as_allowed);
	tcase_add_test(tests, outlives_ten_thousand_hang_ups);
	tcase_add_test(tests, hangs_up_on_those_who_do_not_greet_in_time);
	tcase_add_test(tests,
	    hangs_up_on_those_who_greet_as_another_protocol);
	tcase_add_test(tests, hangs_up_on_those_who_are_idle);
	tcase_add_test(tests, lets_one_too_many_wait);
	tcase_add_test(tests, hangs_up_on_other_users);
	tcase_add_test(tests, keeps_nng_where_only_this_user_can_go);
	tcase_add_test(tests, leaves_a_regular_file_alone);
	tcase_add_test(tests, does_not_take_a_place_that_is_served);
	tcase_add_test(tests, serves_unix_sockets_only);
	tcase_add_test(tests, refuses_a_path_that_is_too_long);
	tcase_add_test(tests, ends_while_a_client_is_connected);
	tcase_add_test(tests, ends_when_it_is_killed);
	tcase_add_test(tests, starts_nngs_threads_late_and_deaf_to_signals);
	suite_add_tcase(suite, tests);
	/* Without the fixture that looks for what is left open: what is stuck
	 * in nng stays. */
	tests = tcase_create("stuck");
	tcase_add_checked_fixture(tests, begin, end);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, replaces_an_nng_socket_that_is_stuck);
	suite_add_tcase(suite, tests);
	return suite;
}

int
main(void)
{
	return harness_main(inspector_suite);
}
