/* ambient.c - rows N: what a runtime with a garbage collector does unasked and
 * a C program must do itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <buskin/inspect.h>
#include <buskin/reactor.h>
#include <buskin/stream.h>
#include <buskin/unix.h>

#include "../clerk.h"
#include "../employer.h"
#include "../favours.h"
#include "../harness.h"
#include "../peer.h"

#define MUCH ((size_t)1 << 20)
#define HIGH_FD 2000

/* What a command says, up to the byte that it ends with. */
static const char *
says(const char *script, size_t size)
{
	(void)employer_run((struct bsk_process_config){
	    .command = WORDS("/bin/sh", "-c", script) });
	return patron_reads(&employer_heard, size);
}

static void
write_without_reader(bsk_ctx *ctx, void *arg)
{
	const struct bsk_os *os = bsk_os(ctx);
	int fds[2];

	ck_assert_int_eq(os->pipe2(os, fds, O_CLOEXEC), 0);
	ck_assert_int_eq(os->close(os, fds[0]), 0);
	*(ssize_t *)arg = os->write(os, fds[1], "x", 1);
	ck_assert_int_eq(os->close(os, fds[1]), 0);
}

/* A pipe without a reader is an error and nobody's death; children get the
 * signal as it was. */
START_TEST(N01)
{
	struct clerk *clerk;
	ssize_t result = 0;

	employer_begin();
	clerk = clerk_new(employer_system);
	clerk_do(clerk, write_without_reader, &result);
	ck_assert_int_eq((int)result, -EPIPE);
	ck_assert_str_eq(says("grep SigIgn: /proc/self/status", 25),
	    "SigIgn:\t0000000000000000\n");
	employer_end();
	clerk_free(clerk);
}
END_TEST

/* How many are open that were not before; fails the test for one that a program
 * would inherit. */
static unsigned
count_new(bool *known, bool is_first)
{
	unsigned count = 0;

	for (int fd = 0; fd < HIGH_FD; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (is_first)
			known[fd] = flags >= 0;
		if (flags < 0 || known[fd])
			continue;
		ck_assert_msg((flags & FD_CLOEXEC) != 0,
		    "descriptor %d is inherited", fd);
		count++;
	}
	return count;
}

/* With all kinds of them open: sockets, pipes, epoll, signals, pidfds, timers
 * of other children. A child has its own three, and no more. */
START_TEST(N02)
{
	static bool known[HIGH_FD];
	struct clerk *clerk;
	bsk_ref cat;
	int client;

	(void)count_new(known, true);
	employer_begin();
	clerk = clerk_new(employer_system);
	(void)clerk_spawn(clerk, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config, .to = clerk_ref(clerk),
		.path = bsk_text_copy(peer_path("socket")), .lock = true));
	(void)clerk_wait(clerk, &bsk_listener_ready_type, 1);
	client = peer_connect(peer_path("socket"));
	peer_say(client, "x");
	(void)clerk_wait(clerk, &bsk_bytes_type, 1);
	cat = employer_run((struct bsk_process_config){
	    .command = WORDS("/bin/cat") });
	employer_feed(cat, "still here");
	(void)patron_reads(&employer_heard, 10);
	ck_assert_uint_gt(count_new(known, false), 8);
	ck_assert_str_eq(says("ls /proc/$$/fd; echo .", 18) + 10,
	    "0\n1\n2\n.\n");
	employer_close_input(cat);
	(void)close(client);
	employer_end();
	clerk_free(clerk);
	peer_clean();
}
END_TEST

static void
on_alarm(int number)
{
	(void)number;
}

static void
storm(bool on)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	static struct sigaction before;
	const struct itimerval each = { { 0, 1000 }, { 0, 1000 } };
	const struct itimerval none = { { 0, 0 }, { 0, 0 } };

	if (on)
		ck_assert_int_eq(sigaction(SIGALRM, &action, &before), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, on ? &each : &none, NULL), 0);
	if (!on)
		ck_assert_int_eq(sigaction(SIGALRM, &before, NULL), 0);
}

/* Feeds `cat` and reads it all back: a pipe takes but a part at a time. */
static void
echo_much(void)
{
	char *bytes = malloc(MUCH + 1);
	const char *back;
	bsk_ref cat;

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < MUCH; i++)
		bytes[i] = (char)('a' + i % 23);
	bytes[MUCH] = '\0';
	employer_begin();
	cat = employer_run((struct bsk_process_config){
	    .command = WORDS("/bin/cat") });
	employer_feed(cat, bytes);
	back = patron_reads(&employer_heard, MUCH);
	ck_assert_int_eq(strcmp(back, bytes), 0);
	employer_close_input(cat);
	(void)employer_finished(1);
	employer_end();
	free(bytes);
}

START_TEST(N03)
{
	storm(true);
	echo_much();
	storm(false);
}
END_TEST

START_TEST(N04)
{
	echo_much();
}
END_TEST

START_TEST(N05)
{
	employer_begin();
	ck_assert_str_eq(says("grep SigBlk: /proc/self/status", 25),
	    "SigBlk:\t0000000000000000\n");
	employer_end();
}
END_TEST

static void
find_reactor(bsk_ctx *ctx, void *arg)
{
	ck_assert_int_eq(bsk_service(ctx, &bsk_reactor_class, arg), 0);
}

START_TEST(N07)
{
	bsk_system *system = harness_system(1, NULL);
	struct clerk *clerk = clerk_new(system);
	struct rlimit limit;
	bsk_ref reactor;
	int fds[2];
	int high;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	peer_pipe_from(fds);
	high = fcntl(fds[0], F_DUPFD_CLOEXEC, HIGH_FD);
	ck_assert_int_ge(high, HIGH_FD);
	clerk_do(clerk, find_reactor, &reactor);
	clerk_ask(clerk, reactor, BSK_NEW(bsk_fd_watch, .fd = high,
	    .events = BSK_FD_IN));
	peer_say(fds[1], "x");
	ck_assert_int_eq(((const struct bsk_fd_ready *)clerk_wait(clerk,
	    &bsk_fd_ready_type, 1))->fd, high);
	harness_system_end(system);
	clerk_free(clerk);
	close(high);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(N08)
{
	const struct bsk_os *os = &bsk_os_libc;
	int64_t then = os->now(os);

	for (int i = 0; i < 100000; i++) {
		int64_t now = os->now(os);

		ck_assert_int_ge(now, then);
		then = now;
	}
}
END_TEST

/* In the child. Which of the system's functions does not say that it is
 * dead. */
static int
first_that_lives(bsk_system *system, bsk_ref ref)
{
	bsk_ref other;

	if (bsk_system_start(system) != -EOWNERDEAD)
		return 1;
	if (bsk_system_run(system) != -EOWNERDEAD)
		return 2;
	if (bsk_system_wait(system, -1) != -EOWNERDEAD)
		return 3;
	if (bsk_system_send(system, ref, favour(ANSWER)) != -EOWNERDEAD)
		return 4;
	if (call(system, ref, ANSWER, HARNESS_PATIENCE_NS) != -EOWNERDEAD)
		return 5;
	if (bsk_system_spawn(system, &helper_class, NULL, NULL, &other) !=
	    -EOWNERDEAD)
		return 6;
	if (bsk_system_find(system, "helper", &other) != -EOWNERDEAD)
		return 7;
	if (bsk_inspect_actors(system, NULL, NULL) != -EOWNERDEAD)
		return 8;
	if (bsk_inspect_edges(system, NULL, NULL) != -EOWNERDEAD)
		return 9;
	bsk_system_stop(system, 0);
	bsk_system_destroy(system);
	return 0;
}

/* What the child lets go of is its own: the parent goes on listening. */
START_TEST(N09)
{
	bsk_system *system = harness_system(2, NULL);
	bsk_ref ref = helper(system, BSK_PLACE_POOL);
	struct clerk *clerk = clerk_new(system);
	int client;
	siginfo_t end;
	pid_t child;

	ck_assert_int_eq(call(system, ref, ANSWER, HARNESS_PATIENCE_NS), 0);
	(void)clerk_spawn(clerk, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config, .to = clerk_ref(clerk),
		.path = bsk_text_copy(peer_path("socket"))));
	(void)clerk_wait(clerk, &bsk_listener_ready_type, 1);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(first_that_lives(system, ref));
	ck_assert_int_eq(waitid(P_PID, (id_t)child, &end, WEXITED), 0);
	ck_assert_int_eq(end.si_code, CLD_EXITED);
	ck_assert_int_eq(end.si_status, 0);
	ck_assert_int_eq(call(system, ref, ANSWER, HARNESS_PATIENCE_NS), 0);
	client = peer_connect(peer_path("socket"));
	peer_say(client, "hello");
	clerk_expect(clerk, "hello");
	(void)close(client);
	harness_system_end(system);
	clerk_free(clerk);
	peer_clean();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("ambient");
	TCase *tcase = harness_case("ambient");

	tcase_add_test(tcase, N01);
	tcase_add_test(tcase, N02);
	tcase_add_test(tcase, N03);
	tcase_add_test(tcase, N04);
	tcase_add_test(tcase, N05);
	tcase_add_test(tcase, N07);
	tcase_add_test(tcase, N08);
	tcase_add_test(tcase, N09);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
