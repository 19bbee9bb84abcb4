/* check_inspector_door.c - neither the rude nor the many keep the inspector
 * from answering. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <buskin/inspector.h>

#include "harness.h"
#include "inspected.h"
#include "probe.h"
#include "sp_client.h"

#define MS INT64_C(1000000)

/* Debian's own client, if it is here. */
static bool
run_nngcat(char *answer, size_t size)
{
	char command[256];
	FILE *out;
	int status;

	snprintf(command, sizeof(command), "nngcat --req --dial ipc://%s "
	    "--raw -D '{\"v\":1,\"id\":\"1\",\"op\":\"graph\"}'",
	    inspected.path);
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
	int fd = sp_connect(inspected.path);
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

	inspected_by((struct bsk_inspector_config){0});
	for (i = 0; i < 10000; i++)
		be_rude(i);
	before = bsk_os_libc.now(&bsk_os_libc);
	if (have_nngcat()) {
		ck_assert(run_nngcat(answer, sizeof(answer)));
		ck_assert_ptr_nonnull(strstr(answer, "\"nodes\":["));
	} else
		ck_assert(inspected_answers());
	ck_assert_uint_eq(inspected_traffic("renewed"), 0);
	printf("# answered %lld ms after 10,000 hang-ups\n", (long long)
	    ((bsk_os_libc.now(&bsk_os_libc) - before) / MS));
}
END_TEST

START_TEST(hangs_up_on_those_who_do_not_greet_in_time)
{
	int fd;

	inspected_by((struct bsk_inspector_config){ .greeting_ns = 100 * MS });
	fd = sp_connect(inspected.path);
	ck_assert(sp_send(fd, sp_greeting, 5));
	sp_expect_hang_up(fd);
	ck_assert_uint_eq(inspected_traffic("rude"), 1);
}
END_TEST

START_TEST(hangs_up_on_those_who_greet_as_another_protocol)
{
	static const unsigned char as_rep[] = { 0, 'S', 'P', 0, 0, 0x31, 0, 0 };
	int fd;

	inspected_by((struct bsk_inspector_config){ 0 });
	fd = sp_connect(inspected.path);
	ck_assert(sp_send(fd, as_rep, sizeof(as_rep)));
	sp_expect_hang_up(fd);
	ck_assert_uint_eq(inspected_traffic("rude"), 1);
}
END_TEST

START_TEST(hangs_up_on_those_who_are_idle)
{
	inspected_by((struct bsk_inspector_config){ .idle_ns = 100 * MS });
	sp_expect_hang_up(sp_open(inspected.path));
}
END_TEST

START_TEST(lets_one_too_many_wait)
{
	unsigned char greeting[8];
	int fds[5];
	int i;

	inspected_by((struct bsk_inspector_config){ .connections = 4 });
	for (i = 0; i < 4; i++)
		fds[i] = sp_open(inspected.path);
	fds[4] = sp_connect(inspected.path);
	ck_assert(sp_send(fds[4], sp_greeting, sizeof(sp_greeting)));
	sp_ask(fds[0], INSPECTED_STATS, strlen(INSPECTED_STATS));
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
		fd = sp_connect(inspected.path);
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
	ck_assert_int_eq(chmod(inspected.directory, 0755), 0);
	snprintf(url, sizeof(url), "ipc://%s", inspected.path);
	inspected_at(url, 0666, (struct bsk_inspector_config){0});
	free((close(sp_open(inspected.path)), NULL));
	ck_assert_int_eq(connect_as_nobody(), 0);
	ck_assert_uint_eq(inspected_traffic("strangers"), 1);
}
END_TEST

/* --- nng, stuck --------------------------------------------------------- */

/* Where nng's own socket is: the one inspected.directory in ours. */
static void
find_private(char *ret_path, size_t size)
{
	DIR *dir = opendir(inspected.directory);
	struct dirent *entry;

	ck_assert_ptr_nonnull(dir);
	ret_path[0] = '\0';
	while ((entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, "buskin-", 7) == 0)
			snprintf(ret_path, size, "%s/%s/nng",
			    inspected.directory, entry->d_name);
	closedir(dir);
	ck_assert_str_ne(ret_path, "");
}

START_TEST(keeps_nng_where_only_this_user_can_go)
{
	struct stat status;
	char private[400];

	inspected_by((struct bsk_inspector_config){0});
	close(sp_open(inspected.path));
	ck_assert_int_eq(stat(inspected.path, &status), 0);
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

	inspected_by((struct bsk_inspector_config){ .greeting_ns = 100 * MS });
	ck_assert(inspected_answers());
	find_private(private, sizeof(private));
	for (i = 0; i < 300; i++)
		close(sp_connect(private));
	for (i = 0; i < 10 && !inspected_answers(); i++)
		continue;
	ck_assert_int_lt(i, 10);
	ck_assert(inspected_answers());
	printf("# nng was replaced %lu times\n",
	    inspected_traffic("renewed"));
	fflush(stdout);
	inspected_end_without_nng();
	/* nng itself loses what is stuck in it: memory and descriptors. */
	_exit(EXIT_SUCCESS);
}
END_TEST

static Suite *
inspector_door_suite(void)
{
	Suite *suite = suite_create("inspector_door");
	TCase *tests = harness_case("inspector_door");

	tcase_add_checked_fixture(tests, inspected_begin, inspected_end);
	tcase_add_test(tests, outlives_ten_thousand_hang_ups);
	tcase_add_test(tests, hangs_up_on_those_who_do_not_greet_in_time);
	tcase_add_test(tests, hangs_up_on_those_who_greet_as_another_protocol);
	tcase_add_test(tests, hangs_up_on_those_who_are_idle);
	tcase_add_test(tests, lets_one_too_many_wait);
	tcase_add_test(tests, hangs_up_on_other_users);
	tcase_add_test(tests, keeps_nng_where_only_this_user_can_go);
	suite_add_tcase(suite, tests);
	tests = tcase_create("stuck");
	tcase_add_checked_fixture(tests, inspected_begin, NULL);
	tcase_set_timeout(tests, 4 * HARNESS_PATIENCE_S);
	tcase_add_exit_test(tests, replaces_an_nng_socket_that_is_stuck,
	    EXIT_SUCCESS);
	suite_add_tcase(suite, tests);
	return suite;
}

int
main(void)
{
	return harness_main(inspector_door_suite);
}
