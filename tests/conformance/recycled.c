/* recycled.c - row X05: a signal never goes to somebody who has got the number
 * of a child that is gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../employer.h"
#include "../faulty_os.h"
#include "../harness.h"

#define HOUR_NS (INT64_C(3600) * 1000000000)
#define NOT_PERMITTED 77

/* Says who it is when it has left for a session of its own. */
#define STRAY "setsid sh -c 'echo $$; exec sleep 1000' & "

static int
send_signal(bsk_ref process, int number)
{
	unsigned before = employer_count(&bsk_result_type);

	employer_ask(process, BSK_PARCEL(bsk_process_signal,
	    .number = number));
	return ((const struct bsk_result *)employer_hears(&bsk_result_type,
	    before + 1))->error;
}

/* A child that has ended, of whose group nobody is left, while its actor waits
 * for an output that somebody in another session holds. */
static bsk_ref
run_and_lose(bool kill_group)
{
	bsk_ref process = employer_run((struct bsk_process_config){
	    .linger_ns = HOUR_NS, .kill_group = kill_group,
	    .command = WORDS("sh", "-c",
		STRAY "read x; exit 0") });

	(void)patron_reads(&employer_heard, 2);
	employer_feed(process, "\n");
	ck_assert_int_eq(employer_exited(1)->child.code, 0);
	return process;
}

static void
let_go(void)
{
	ck_assert_int_eq(kill(atoi(patron_reads(&employer_heard, 2)), SIGKILL),
	    0);
	(void)employer_finished(1);
}

/* --- a new owner of the number -------------------------------------------- */

/* The next child gets this number, if nobody else is faster. */
static void
choose_next(pid_t pid)
{
	FILE *file = fopen("/proc/sys/kernel/ns_last_pid", "we");

	if (file == NULL || fprintf(file, "%d", (int)pid - 1) < 0 ||
	    fclose(file) != 0)
		_exit(NOT_PERMITTED);
}

/* Somebody with that number who leads a group; says so, and waits for its
 * end. */
static pid_t
bystander(pid_t wanted)
{
	int ends[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	choose_next(wanted);
	pid = fork();
	if (pid == 0) {
		(void)setpgid(0, 0);
		(void)signal(SIGTERM, SIG_DFL);
		(void)write(ends[1], "", 1);
		for (;;)
			(void)pause();
	}
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return pid;
}

/* The first process of a world of its own. */
static void
first_process(bool kill_group)
{
	bsk_ref process;
	pid_t pid;
	pid_t other;
	int status;

	employer_begin();
	process = run_and_lose(kill_group);
	pid = employer_started(1);
	other = bystander(pid);
	if (other != pid)
		_exit(2);
	if (send_signal(process, SIGTERM) != -ESRCH ||
	    send_signal(process, SIGKILL) != -ESRCH)
		_exit(3);
	let_go();
	employer_stop(process);
	(void)employer_hears(&bsk_down_type, 1);
	if (waitpid(other, &status, WNOHANG) != 0)
		_exit(4);
	(void)kill(other, SIGKILL);
	employer_end();
	_exit(0);
}

static void
enter_world(bool kill_group)
{
	int status = -1;
	pid_t pid;

	if (unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS) < 0)
		_exit(NOT_PERMITTED);
	pid = fork();
	if (pid == 0) {
		/* A /proc of its own, where that is to be had. */
		(void)mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
		(void)mount("proc", "/proc", "proc", 0, NULL);
		first_process(kill_group);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		_exit(5);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 6);
}

START_TEST(X05)
{
	int status = -1;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		enter_world(_i == 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_PERMITTED)
		(void)fprintf(stderr, "# no user namespace is permitted\n");
	else
		ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

/* --- what is called ------------------------------------------------------- */

static void
begin_over(struct faulty_os *world)
{
	const struct bsk_system_options options = { .os = &world->table,
	    .workers = 1, .handover_ns = -1 };

	faulty_os_init(world, &bsk_os_libc);
	patron_log_init(&employer_heard);
	ck_assert_int_eq(bsk_system_create(&options, &employer_system), 0);
	ck_assert_int_eq(bsk_system_start(employer_system), 0);
	employer_patron = patron_spawn(employer_system, &employer_heard);
}

/* Nobody is reached by a number, neither the child nor its group. */
START_TEST(X05_by_pidfd_only)
{
	struct faulty_os world;
	bsk_ref process;

	begin_over(&world);
	process = run_and_lose(_i == 1);
	ck_assert_int_eq(send_signal(process, SIGTERM), -ESRCH);
	let_go();
	process = employer_run((struct bsk_process_config){
	    .kill_group = _i == 1, .grace_ns = 20 * MS,
	    .command = WORDS("sleep", "1000") });
	(void)employer_started(2);
	employer_stop(process);
	ck_assert_int_eq(employer_exited(2)->child.signal, SIGTERM);
	employer_end();
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_KILL), 0);
}
END_TEST

/* A kernel that cannot tell a group by a pidfd: by its number, but only while
 * the child has not been reaped. */
START_TEST(X05_old_kernel)
{
	struct faulty_os world;
	bsk_ref process;
	unsigned kills;

	begin_over(&world);
	faulty_os_fail_always(&world, FAULTY_PIDFD_SIGNAL_GROUP, EINVAL);
	process = employer_run((struct bsk_process_config){
	    .kill_group = true, .linger_ns = HOUR_NS,
	    .command = WORDS("sh", "-c", STRAY "read x") });
	(void)patron_reads(&employer_heard, 2);
	ck_assert_int_eq(send_signal(process, SIGKILL), 0);
	(void)employer_exited(1);
	kills = faulty_os_count(&world, FAULTY_KILL);
	ck_assert_uint_eq(kills, 1);
	ck_assert_int_eq(send_signal(process, SIGKILL), -ESRCH);
	let_go();
	employer_end();
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_KILL), kills);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("recycled numbers");
	TCase *tcase = harness_case("recycled numbers");

	tcase_add_loop_test(tcase, X05, 0, 2);
	tcase_add_loop_test(tcase, X05_by_pidfd_only, 0, 2);
	tcase_add_test(tcase, X05_old_kernel);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
