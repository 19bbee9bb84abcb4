/* check_os_child_fds.c - which descriptors a child has, and by what numbers. */
#include <check.h>
#include <unistd.h>

#include <fcntl.h>

#include "spawned.h"

#define TIMEOUT_S 60
#define FIRST 5 /* descriptors that a shell can name by one digit */

static const struct bsk_os *const os = &bsk_os_libc;
static struct spawned said;
static unsigned open_before;

static char *const cat[] = { (char *)"/bin/cat", NULL };

static void
begin(void)
{
	open_before = spawned_open_count();
}

static void
end(void)
{
	ck_assert_uint_eq(spawned_open_count(), open_before);
	spawned_assert_no_child();
}

/* Gives the child `count` descriptors, after putting pipes with the texts A,
 * B, C at FIRST and on, and has it print what it reads from `wanted`. */
static void
expect_fds(const struct bsk_os_child_fd *fds, size_t count,
    const char *wanted, const char *texts)
{
	static const char *const contents[] = { "A", "B", "C" };
	struct bsk_os_spawn how = spawned_how(cat);

	for (int i = 0; i < 3; i++) {
		int fd = spawned_text(contents[i]);

		ck_assert_int_eq(dup3(fd, FIRST + i + 20, O_CLOEXEC),
		    FIRST + i + 20);
		ck_assert_int_eq(close(fd), 0);
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(dup3(FIRST + i + 20, FIRST + i, O_CLOEXEC),
		    FIRST + i);
		ck_assert_int_eq(close(FIRST + i + 20), 0);
	}
	how.fds = fds;
	how.fd_count = count;
	spawned_script(how, wanted, &said);
	ck_assert_str_eq(said.output, texts);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(close(FIRST + i), 0);
}

START_TEST(a_descriptor_is_moved)
{
	const struct bsk_os_child_fd fds[] = { { 5, 0 } };

	expect_fds(fds, 1, "cat", "A");
}
END_TEST

START_TEST(a_descriptor_that_stays_is_no_longer_close_on_exec)
{
	const struct bsk_os_child_fd fds[] = { { 6, 6 } };

	expect_fds(fds, 1, "cat <&6", "B");
}
END_TEST

START_TEST(descriptors_can_be_swapped)
{
	const struct bsk_os_child_fd fds[] = { { 5, 6 }, { 6, 5 } };

	expect_fds(fds, 2, "cat <&5; cat <&6", "BA");
}
END_TEST

START_TEST(descriptors_can_go_round_in_a_circle)
{
	const struct bsk_os_child_fd up[] = { { 5, 6 }, { 6, 7 }, { 7, 5 } };
	const struct bsk_os_child_fd down[] = { { 7, 6 }, { 6, 5 }, { 5, 7 } };

	expect_fds(up, 3, "cat <&5; cat <&6; cat <&7", "CAB");
	expect_fds(down, 3, "cat <&5; cat <&6; cat <&7", "BCA");
}
END_TEST

START_TEST(descriptors_can_be_shifted_over_each_other)
{
	const struct bsk_os_child_fd up[] = { { 5, 6 }, { 6, 7 }, { 7, 8 } };
	const struct bsk_os_child_fd down[] = { { 7, 8 }, { 6, 7 }, { 5, 6 } };

	expect_fds(up, 3, "cat <&6; cat <&7; cat <&8", "ABC");
	expect_fds(down, 3, "cat <&6; cat <&7; cat <&8", "ABC");
}
END_TEST

START_TEST(one_descriptor_may_get_several_numbers)
{
	const struct bsk_os_child_fd fds[] = { { 5, 6 }, { 5, 7 }, { 5, 5 } };

	expect_fds(fds, 3, "test /proc/self/fd/5 -ef /proc/self/fd/6 && "
	    "test /proc/self/fd/5 -ef /proc/self/fd/7 && echo same", "same\n");
}
END_TEST

/* Whichever low number is free, and so the first for a saved copy of 6, is
 * given to 7 before that copy has its turn. */
START_TEST(a_saved_descriptor_is_out_of_the_others_way)
{
	const struct bsk_os_child_fd fds[] = { { 5, 6 }, { 7, 3 }, { 7, 4 },
		{ 7, 8 }, { 7, 9 }, { 7, 10 }, { 6, 0 } };

	expect_fds(fds, 7, "cat; cat <&8; cat <&6", "BCA");
}
END_TEST

START_TEST(standard_input_and_output_can_be_swapped)
{
	const struct bsk_os_child_fd fds[] = { { 1, 0 }, { 0, 1 } };
	struct bsk_os_spawn how = spawned_how(cat);
	int ours[2] = { os->dup(os, 0), os->dup(os, 1) };
	int text = spawned_text("through");
	enum bsk_os_spawn_step step;
	char got[16] = "";
	int out[2];
	pid_t pid;
	int error;
	int pidfd;

	ck_assert_int_eq(os->pipe2(os, out, 0), 0);
	how.fds = fds;
	how.fd_count = 2;
	/* Nothing may be asserted while our own are the wrong way round. */
	(void)dup2(out[1], 0);
	(void)dup2(text, 1);
	error = os->spawn(os, &how, &pid, &pidfd, &step);
	(void)dup2(ours[0], 0);
	(void)dup2(ours[1], 1);
	(void)close(out[1]);
	(void)close(ours[0]);
	(void)close(ours[1]);
	(void)close(text);
	ck_assert_int_eq(error, 0);
	ck_assert_int_eq(spawned_end(pidfd).status, 0);
	ck_assert_int_eq(read(out[0], got, sizeof(got)), 7);
	ck_assert_str_eq(got, "through");
	(void)close(out[0]);
}
END_TEST

START_TEST(no_other_descriptor_is_open_in_it)
{
	char *argv[] = { (char *)"/bin/ls", (char *)"/proc/self/fd", NULL };
	struct bsk_os_spawn how = spawned_how(argv);
	int leaky = open("/dev/null", O_RDONLY);

	ck_assert_int_ge(leaky, 3);
	ck_assert_int_eq(dup2(leaky, 100), 100);
	spawned_says(&how, &said);
	/* The last is the directory that it reads. */
	ck_assert_str_eq(said.output, "0\n1\n2\n3\n");
	ck_assert_int_eq(fcntl(100, F_GETFD), 0);
	ck_assert_int_eq(close(100), 0);
	ck_assert_int_eq(close(leaky), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("os_child_fds");
	TCase *tcase = tcase_create("os_child_fds");
	SRunner *runner;
	int failures;

	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_descriptor_is_moved);
	tcase_add_test(
	    tcase, a_descriptor_that_stays_is_no_longer_close_on_exec);
	tcase_add_test(tcase, descriptors_can_be_swapped);
	tcase_add_test(tcase, descriptors_can_go_round_in_a_circle);
	tcase_add_test(tcase, descriptors_can_be_shifted_over_each_other);
	tcase_add_test(tcase, one_descriptor_may_get_several_numbers);
	tcase_add_test(tcase, a_saved_descriptor_is_out_of_the_others_way);
	tcase_add_test(tcase, standard_input_and_output_can_be_swapped);
	tcase_add_test(tcase, no_other_descriptor_is_open_in_it);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
