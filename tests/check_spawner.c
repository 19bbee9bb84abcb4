/* check_spawner.c - programs are started, or said why not. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <buskin/child.h>
#include <buskin/spawner.h>

#include "faulty_os.h"
#include "harness.h"
#include "patron.h"

static bsk_system *os_system;
static struct patron_log heard;
static bsk_ref patron;

static void
begin(void)
{
	os_system = harness_system(2, NULL);
	patron_log_init(&heard);
	patron = patron_spawn(os_system, &heard);
}

static void
end(void)
{
	harness_system_end(os_system);
	patron_log_release(&heard);
}

#define WORDS(...) \
	bsk_list_of_texts((const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void
start(struct bsk_process_config how)
{
	patron_ask(os_system, patron, &bsk_spawner_class,
	    BSK_PARCEL(bsk_process_spawn, .how = how));
}

static const struct bsk_result *
fails(struct bsk_process_config how)
{
	start(how);
	return patron_hears(&heard, &bsk_result_type, 1);
}

/* Takes the child over and waits for its end. */
static const struct bsk_child_exited *
bury(const struct bsk_process_spawned *spawned)
{
	patron_ask(os_system, patron, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_watch, .pid = spawned->pid, .owned = true));
	patron_ask(os_system, patron, &bsk_spawner_class,
	    BSK_PARCEL(bsk_process_taken, .pid = spawned->pid));
	return patron_hears(&heard, &bsk_child_exited_type, 1);
}

START_TEST(a_program_is_found_in_path_and_its_output_comes_by_a_pipe)
{
	const struct bsk_process_spawned *spawned;
	char text[16] = "";
	int fd;

	start((struct bsk_process_config){ .command = WORDS("echo", "hi"),
	    .out = BSK_STDIO_PIPE });
	spawned = patron_hears(&heard, &bsk_process_spawned_type, 1);
	ck_assert_int_gt(spawned->pid, 0);
	fd = bsk_fd_number(spawned->out);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_lt(bsk_fd_number(spawned->in), 0);
	ck_assert_int_eq(bury(spawned)->code, 0);
	ck_assert_int_eq(read(fd, text, sizeof(text)), 3);
	ck_assert_str_eq(text, "hi\n");
}
END_TEST

START_TEST(its_pipes_hold_as_much_as_was_wished)
{
	const struct bsk_process_spawned *spawned;

	start((struct bsk_process_config){ .command = WORDS("true"),
	    .out = BSK_STDIO_PIPE, .pipe_bytes = 16384 });
	spawned = patron_hears(&heard, &bsk_process_spawned_type, 1);
	ck_assert_int_eq(fcntl(bsk_fd_number(spawned->out), F_GETPIPE_SZ),
	    16384);
	ck_assert_int_eq(bury(spawned)->code, 0);
}
END_TEST

/* As beyond what a user may have. */
START_TEST(a_wish_that_is_not_granted_is_no_failure)
{
	const struct bsk_process_config how = { .command = WORDS("true"),
		.out = BSK_STDIO_PIPE, .pipe_bytes = 16384 };
	struct bsk_process_spawned spawned;
	struct bsk_result fault;
	struct faulty_os world;

	faulty_os_init(&world, &bsk_os_libc);
	faulty_os_fail_always(&world, FAULTY_PIPE_SIZE_SET, EPERM);
	ck_assert_int_eq(bsk_process_launch(&world.table, &how, &spawned,
	    &fault), 0);
	ck_assert_int_eq(waitpid(spawned.pid, NULL, 0), spawned.pid);
	bsk_type_drop(&bsk_process_spawned_type, &spawned);
	bsk_type_drop(&bsk_process_config_type, (void *)&how);
}
END_TEST

START_TEST(a_program_that_is_not_there_is_named_with_step_and_errno)
{
	const struct bsk_result *result = fails((struct bsk_process_config){
	    .command = WORDS("no-such-program") });

	ck_assert_int_eq(result->error, -ENOENT);
	ck_assert_str_eq(bsk_text_chars(result->field), "command");
	ck_assert_ptr_nonnull(strstr(result->text.chars, "no-such-program"));
	ck_assert_ptr_nonnull(strstr(result->text.chars, strerror(ENOENT)));
}
END_TEST

START_TEST(a_file_that_cannot_be_executed_is_eacces)
{
	const struct bsk_result *result = fails((struct bsk_process_config){
	    .command = WORDS("/etc/passwd") });

	ck_assert_int_eq(result->error, -EACCES);
	ck_assert_ptr_nonnull(strstr(result->text.chars, "/etc/passwd"));
	ck_assert_ptr_nonnull(strstr(result->text.chars, "exec"));
}
END_TEST

START_TEST(a_bad_directory_is_named)
{
	const struct bsk_result *result = fails((struct bsk_process_config){
	    .command = WORDS("true"),
	    .directory = bsk_text_copy("/no/such/place") });

	ck_assert_int_eq(result->error, -ENOENT);
	ck_assert_str_eq(bsk_text_chars(result->field), "directory");
	ck_assert_ptr_nonnull(strstr(result->text.chars, "/no/such/place"));
}
END_TEST

START_TEST(nothing_to_start_is_refused)
{
	ck_assert_int_eq(fails((struct bsk_process_config){
	    .in = BSK_STDIO_NULL })->error, -EINVAL);
}
END_TEST

START_TEST(a_variable_without_a_value_is_refused)
{
	const struct bsk_result *result = fails((struct bsk_process_config){
	    .command = WORDS("true"), .env = WORDS("NAME") });

	ck_assert_int_eq(result->error, -EINVAL);
	ck_assert_str_eq(bsk_text_chars(result->field), "env");
}
END_TEST

START_TEST(a_umask_that_is_not_octal_is_refused)
{
	const struct bsk_result *result = fails((struct bsk_process_config){
	    .command = WORDS("true"), .umask = bsk_text_copy("9") });

	ck_assert_int_eq(result->error, -EINVAL);
	ck_assert_str_eq(bsk_text_chars(result->field), "umask");
}
END_TEST

/* Starts a script and compares what it writes to a pipe. */
static void
says(struct bsk_process_config how, const char *script, const char *expected)
{
	const struct bsk_process_spawned *spawned;
	char text[512] = "";
	ssize_t size;

	how.command = WORDS("/bin/sh", "-c", script);
	how.out = BSK_STDIO_PIPE;
	start(how);
	spawned = patron_hears(&heard, &bsk_process_spawned_type, 1);
	ck_assert_int_eq(bury(spawned)->code, 0);
	size = read(bsk_fd_number(spawned->out), text, sizeof(text) - 1);
	ck_assert_int_ge(size, 0);
	ck_assert_str_eq(text, expected);
}

START_TEST(variables_come_over_the_inherited_ones)
{
	ck_assert_int_eq(setenv("PATRON_A", "old", 1), 0);
	ck_assert_int_eq(setenv("PATRON_B", "kept", 1), 0);
	says((struct bsk_process_config){ .env = WORDS("PATRON_A=new") },
	    "echo $PATRON_A $PATRON_B", "new kept\n");
}
END_TEST

START_TEST(a_cleared_environment_has_only_what_is_given)
{
	says((struct bsk_process_config){ .env = WORDS("A=1"),
	    .clear_env = true }, "/usr/bin/env | grep -v -e PWD -e SHLVL -e _=",
	    "A=1\n");
}
END_TEST

START_TEST(the_umask_is_set)
{
	says((struct bsk_process_config){ .umask = bsk_text_copy("0027") },
	    "umask", "0027\n");
}
END_TEST

START_TEST(stderr_may_go_where_stdout_goes)
{
	says((struct bsk_process_config){ .err = BSK_STDIO_STDOUT },
	    "echo one; echo two >&2", "one\ntwo\n");
}
END_TEST

START_TEST(a_child_has_the_null_device_where_it_is_wanted)
{
	says((struct bsk_process_config){ .in = BSK_STDIO_NULL },
	    "readlink /proc/self/fd/0", "/dev/null\n");
}
END_TEST

START_TEST(a_child_has_no_descriptors_but_its_own)
{
	says((struct bsk_process_config){ .in = BSK_STDIO_NULL },
	    "echo; n=3; while [ $n -lt 99 ]; do "
	    "test -e /proc/$$/fd/$n && echo $n; n=$((n + 1)); done; true",
	    "\n");
}
END_TEST

START_TEST(a_child_gets_the_descriptors_it_is_given)
{
	bsk_list fds = bsk_list_new(sizeof(struct bsk_process_fd), 1);
	struct bsk_process_fd *more = fds.items;
	int pipe_fds[2];

	ck_assert_int_eq(pipe2(pipe_fds, O_CLOEXEC), 0);
	ck_assert_int_eq(write(pipe_fds[1], "deep\n", 5), 5);
	ck_assert_int_eq(close(pipe_fds[1]), 0);
	more->fd = bsk_fd_own(pipe_fds[0]);
	more->to = 7;
	says((struct bsk_process_config){ .fds = fds }, "cat <&7", "deep\n");
}
END_TEST

START_TEST(a_limit_holds_in_the_child)
{
	bsk_list limits = bsk_list_new(sizeof(struct bsk_process_limit), 1);

	*(struct bsk_process_limit *)limits.items =
	    (struct bsk_process_limit){ .resource = RLIMIT_NOFILE,
		.soft = 99, .hard = 99 };
	says((struct bsk_process_config){ .limits = limits }, "ulimit -n",
	    "99\n");
}
END_TEST

START_TEST(it_tells_what_it_has_started_and_who_is_not_taken)
{
	const struct bsk_process_spawned *spawned;
	const struct bsk_spawner_status *status;
	const struct bsk_resource *child;

	(void)fails((struct bsk_process_config){ .command = WORDS("/no") });
	start((struct bsk_process_config){ .command = WORDS("true") });
	spawned = patron_hears(&heard, &bsk_process_spawned_type, 1);
	patron_ask(os_system, patron, &bsk_spawner_class,
	    BSK_PARCEL(bsk_status_ask, .reserved = 0));
	status = patron_hears(&heard, &bsk_spawner_status_type, 1);
	ck_assert_uint_eq(status->started, 1);
	ck_assert_uint_eq(status->failed, 1);
	ck_assert_uint_eq(status->children.count, 1);
	child = status->children.items;
	ck_assert_int_eq(child->number, spawned->pid);
	ck_assert(bsk_ref_equal(child->owner, patron));
	(void)bury(spawned);
	/* The question overtakes what the spawner was told before. */
	for (unsigned n = 2; status->children.count > 0; n++) {
		patron_ask(os_system, patron, &bsk_spawner_class,
		    BSK_PARCEL(bsk_status_ask, .reserved = 0));
		status = patron_hears(&heard, &bsk_spawner_status_type, n);
	}
}
END_TEST

START_TEST(a_child_that_is_never_taken_is_killed_with_its_asker)
{
	const struct bsk_process_spawned *spawned;
	bsk_ref other = patron_spawn(os_system, &heard);

	patron_ask(os_system, other, &bsk_spawner_class,
	    BSK_PARCEL(bsk_process_spawn, .how = {
		.command = WORDS("sleep", "1000") }));
	spawned = patron_hears(&heard, &bsk_process_spawned_type, 1);
	patron_ask(os_system, patron, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_watch, .pid = spawned->pid));
	ck_assert_int_eq(((const struct bsk_result *)patron_hears(&heard,
	    &bsk_result_type, 1))->error, 0);
	patron_stop(os_system, patron, other);
	ck_assert_int_eq(((const struct bsk_child_exited *)patron_hears(&heard,
	    &bsk_child_exited_type, 1))->signal, SIGKILL);
}
END_TEST

/* The children that it keeps for now. */
static uint32_t
untaken(unsigned n)
{
	const struct bsk_spawner_status *status;

	patron_ask(os_system, patron, &bsk_spawner_class,
	    BSK_PARCEL(bsk_status_ask, .reserved = 0));
	status = patron_hears(&heard, &bsk_spawner_status_type, n);
	return status->children.count;
}

static const struct bsk_child_exited *
lives_and_dies(bsk_ref whose, unsigned n)
{
	const struct bsk_process_spawned *spawned;

	patron_ask(os_system, whose, &bsk_spawner_class,
	    BSK_PARCEL(bsk_process_spawn, .how = { .command = WORDS("true") }));
	spawned = patron_hears(&heard, &bsk_process_spawned_type, n);
	patron_ask(os_system, patron, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_watch, .pid = spawned->pid));
	return patron_hears(&heard, &bsk_child_exited_type, n);
}

/* The news that the asker has ended overtakes its word that it has taken the
 * child. What the watcher is asked it does in its order, so after the second
 * child it has heard whatever there was to hear of the first. */
START_TEST(a_child_that_was_reaped_is_not_looked_for)
{
	bsk_ref other = patron_spawn(os_system, &heard);

	ck_assert_int_eq(lives_and_dies(other, 1)->code, 0);
	patron_stop(os_system, patron, other);
	for (unsigned n = 1; untaken(n) > 0; n++)
		;
	ck_assert_int_eq(lives_and_dies(patron, 2)->code, 0);
	patron_ask(os_system, patron, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_status_ask, .reserved = 0));
	ck_assert_uint_eq(((const struct bsk_child_watcher_status *)
	    patron_hears(&heard, &bsk_child_watcher_status_type, 1))->lost, 0);
}
END_TEST

static void
start_sleeper(uint32_t life)
{
	patron_ask(os_system, patron, &bsk_spawner_class,
	    BSK_PARCEL(bsk_process_spawn, .life = life,
	    .how = { .command = WORDS("sleep", "1000") }));
}

START_TEST(an_actor_may_have_many_children_that_it_has_not_taken)
{
	for (int i = 0; i < 3; i++)
		start_sleeper(0);
	(void)patron_hears(&heard, &bsk_process_spawned_type, 3);
	ck_assert_uint_eq(untaken(1), 3);
	/* They go as the spawner ends. */
}
END_TEST

START_TEST(what_an_earlier_life_has_not_taken_is_killed)
{
	const struct bsk_process_spawned *spawned;
	const struct bsk_child_exited *exited;

	start_sleeper(0);
	spawned = patron_hears(&heard, &bsk_process_spawned_type, 1);
	patron_ask(os_system, patron, &bsk_child_watcher_class,
	    BSK_PARCEL(bsk_child_watch, .pid = spawned->pid));
	ck_assert_int_eq(((const struct bsk_result *)patron_hears(&heard,
	    &bsk_result_type, 1))->error, 0);
	start_sleeper(1);
	(void)patron_hears(&heard, &bsk_process_spawned_type, 2);
	exited = patron_hears(&heard, &bsk_child_exited_type, 1);
	ck_assert_int_eq(exited->pid, spawned->pid);
	ck_assert_int_eq(exited->signal, SIGKILL);
	ck_assert_uint_eq(untaken(1), 1);
}
END_TEST

static Suite *
spawner_suite(void)
{
	Suite *suite = suite_create("spawner");
	TCase *tcase = harness_case("spawner");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase,
	    a_program_is_found_in_path_and_its_output_comes_by_a_pipe);
	tcase_add_test(tcase, its_pipes_hold_as_much_as_was_wished);
	tcase_add_test(tcase, a_wish_that_is_not_granted_is_no_failure);
	tcase_add_test(tcase,
	    a_program_that_is_not_there_is_named_with_step_and_errno);
	tcase_add_test(tcase, a_file_that_cannot_be_executed_is_eacces);
	tcase_add_test(tcase, a_bad_directory_is_named);
	tcase_add_test(tcase, nothing_to_start_is_refused);
	tcase_add_test(tcase, a_variable_without_a_value_is_refused);
	tcase_add_test(tcase, a_umask_that_is_not_octal_is_refused);
	tcase_add_test(tcase, variables_come_over_the_inherited_ones);
	tcase_add_test(tcase, a_cleared_environment_has_only_what_is_given);
	tcase_add_test(tcase, the_umask_is_set);
	tcase_add_test(tcase, stderr_may_go_where_stdout_goes);
	tcase_add_test(tcase,
	    a_child_has_the_null_device_where_it_is_wanted);
	tcase_add_test(tcase, a_child_has_no_descriptors_but_its_own);
	tcase_add_test(tcase, a_child_gets_the_descriptors_it_is_given);
	tcase_add_test(tcase, a_limit_holds_in_the_child);
	tcase_add_test(tcase,
	    it_tells_what_it_has_started_and_who_is_not_taken);
	tcase_add_test(tcase,
	    a_child_that_is_never_taken_is_killed_with_its_asker);
	tcase_add_test(tcase, a_child_that_was_reaped_is_not_looked_for);
	tcase_add_test(tcase,
	    an_actor_may_have_many_children_that_it_has_not_taken);
	tcase_add_test(tcase, what_an_earlier_life_has_not_taken_is_killed);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(spawner_suite);
}
