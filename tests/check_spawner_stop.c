/* check_spawner_stop.c - what nobody has taken does not outlive the system, and
 * holds nobody up.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <buskin/spawner.h>

#include "harness.h"
#include "patron.h"

static struct patron_log heard;

static void
begin(void)
{
	patron_log_init(&heard);
}

static void
end(void)
{
	patron_log_release(&heard);
}

#define WORDS(...) \
	bsk_list_of_texts((const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static int
refuse_to_kill(const struct bsk_os *os, int pidfd, int number)
{
	(void)os;
	(void)pidfd;
	(void)number;
	return -EPERM;
}

/* As for a child that has become another user's: the end does not wait. */
START_TEST(one_that_may_not_be_killed_holds_nobody_up)
{
	struct bsk_os world = bsk_os_libc;
	const struct bsk_system_options options = { .workers = 1,
	    .handover_ns = -1,
		.os = &world };
	bsk_system *other;
	pid_t pid;

	world.pidfd_send_signal = refuse_to_kill;
	ck_assert_int_eq(bsk_system_create(&options, &other), 0);
	ck_assert_int_eq(bsk_system_start(other), 0);
	patron_ask(other, patron_spawn(other, &heard), &bsk_spawner_class,
	    BSK_PARCEL(bsk_process_spawn, .how = {
		.command = WORDS("sleep", "1000") }));
	pid = ((const struct bsk_process_spawned *)patron_hears(&heard,
	    &bsk_process_spawned_type, 1))->pid;
	harness_system_end(other);
	ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), 0);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

/* What is written to standard error while the system ends. */
static void
complaints_at_the_end(bsk_system *system, char *ret_text, size_t size)
{
	int before = dup(STDERR_FILENO);
	int file = memfd_create("stderr", MFD_CLOEXEC);
	ssize_t got;

	ck_assert_int_ge(dup2(file, STDERR_FILENO), 0);
	harness_system_end(system);
	(void)dup2(before, STDERR_FILENO);
	(void)close(before);
	got = pread(file, ret_text, size - 1, 0);
	ck_assert_int_ge(got, 0);
	ret_text[got] = '\0';
	(void)close(file);
}

#define MANY 20u

/* They die while the system ends; who is to reap them is settled. */
START_TEST(what_it_has_killed_is_reaped_once)
{
	bsk_system *other = harness_system(2, NULL);
	bsk_ref asker = patron_spawn(other, &heard);
	bsk_ref stopper = patron_spawn(other, &heard);
	char text[4096];

	for (unsigned n = 0; n < MANY; n++)
		patron_ask(other, asker, &bsk_spawner_class,
		    BSK_PARCEL(bsk_process_spawn, .how = {
			.command = WORDS("sleep", "1000") }));
	(void)patron_hears(&heard, &bsk_process_spawned_type, MANY);
	patron_stop(other, stopper, asker);
	complaints_at_the_end(other, text, sizeof(text));
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("spawner_stop");
	TCase *tcase = harness_case("spawner_stop");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, one_that_may_not_be_killed_holds_nobody_up);
	tcase_add_test(tcase, what_it_has_killed_is_reaped_once);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
