/* crowds.c - rows F14 and X18, many clients at a time, and sockets that a
 * process is started with (F23).
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <buskin/echo.h>
#include <buskin/log.h>
#include <buskin/unix.h>

#include "../faulty_os.h"
#include "../harness.h"
#include "../mob.h"
#include "../peer.h"

#define SECOND INT64_C(1000000000)
#define CROWD 10000u
#define SPARE 300u /* descriptors beside those of the clients */
#define SHORT_OF 12u /* descriptors left when they are to run out */
#define CLIENTS 40u

static struct faulty_os world;
static bsk_system *system_;
static struct mob *mob;
static struct rlimit limit; /* as it was */
static bsk_ref listener;
static int lines[2];        /* the log writes here */
static char path[128];

static void
begin(void)
{
	struct bsk_system_options options = { .workers = 2,
		.os = &world.table };
	const struct bsk_spawn_options name = { .name = "log" };
	bsk_ref log;

	(void)snprintf(path, sizeof(path), "%s", peer_path("socket"));
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	mob = mob_new();
	ck_assert_int_eq(pipe(lines), 0);
	faulty_os_init(&world, &bsk_os_libc);
	ck_assert_int_eq(bsk_system_create(&options, &system_), 0);
	ck_assert_int_eq(bsk_system_spawn(system_, &bsk_log_class,
	    BSK_PARCEL(bsk_log_config, .level = BSK_LOG_WARNING,
		.fd = lines[1]), &name, &log), 0);
	ck_assert_int_eq(bsk_system_start(system_), 0);
}

static void
end(void)
{
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	mob_free(mob);
	harness_system_end(system_);
	(void)close(lines[0]);
	(void)close(lines[1]);
	peer_clean();
}

/* A listener whose connections are echoed. */
static void
echo_there(int64_t shed_ns)
{
	struct bsk_wire wire = { .port = { "data" } };
	const struct bsk_spawn_options options = { .wires = &wire,
		.wire_count = 1 };

	ck_assert_int_eq(bsk_system_spawn(
	    system_, &bsk_echo_class, NULL, NULL, &wire.to), 0);
	ck_assert_int_eq(bsk_system_spawn(system_, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config,
		.path = bsk_text_copy(path), .backlog = 4096,
		.max_connections = CROWD, .shed_ns = shed_ns), &options,
	    &listener), 0);
}

struct figures {
	uint32_t connections;
	uint64_t accepted;
	uint64_t refused;
	bool paused;
};

static struct figures
look(void)
{
	const struct bsk_unix_listener_status *status;
	struct figures figures;
	bsk_message *answer;

	ck_assert_int_eq(bsk_system_call(system_, listener,
	    BSK_NEW(bsk_status_ask, .reserved = 0), HARNESS_PATIENCE_NS,
	    &answer), 0);
	status = bsk_message_body(answer);
	figures = (struct figures){ status->connections, status->accepted,
		status->refused, status->paused };
	bsk_message_free(answer);
	return figures;
}

static void
await_listening(void)
{
	bsk_message *answer;
	bool serving = false;

	while (!serving) {
		const struct bsk_unix_listener_status *status;

		ck_assert_int_eq(bsk_system_call(system_, listener,
		    BSK_NEW(bsk_status_ask, .reserved = 0),
		    HARNESS_PATIENCE_NS, &answer), 0);
		status = bsk_message_body(answer);
		serving = status->serving;
		bsk_message_free(answer);
	}
}

/* Leaves the process only a few descriptors. */
static void
run_short(void)
{
	struct rlimit low = limit;
	int lowest = dup(0);

	ck_assert_int_ge(lowest, 0);
	(void)close(lowest);
	low.rlim_cur = (rlim_t)lowest + SHORT_OF;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
}

static void
await_pause(void)
{
	while (!look().paused)
		continue;
}

/* Reads the one report, and no second one though it takes some tries. */
static void
expect_one_report(void)
{
	struct pollfd it = { .fd = lines[0], .events = POLLIN };
	unsigned before = faulty_os_count(&world, FAULTY_ACCEPT);
	char line[512] = "";
	ssize_t size = read(lines[0], line, sizeof(line) - 1);

	ck_assert_int_gt(size, 0);
	ck_assert_ptr_nonnull(strstr(line, "cannot accept for now"));
	ck_assert_ptr_eq(strchr(line, '\n'), line + size - 1);
	while (faulty_os_count(&world, FAULTY_ACCEPT) < before + 10)
		(void)look();
	ck_assert_int_eq(poll(&it, 1, 0), 0);
}

/* While nothing is free, there is one call for each pause, and pauses double:
 * so in the time of the next four there are not many more. */
static void
survives_want_of_descriptors(void)
{
	unsigned tries;
	uint64_t served;
	int spare;

	echo_there(3600 * SECOND);
	await_listening();
	spare = dup(0);
	run_short();
	mob_connect(mob, path, CLIENTS);
	await_pause();
	expect_one_report();
	served = look().accepted;
	ck_assert_uint_lt(served, CLIENTS);
	ck_assert_uint_gt(served, 0);
	/* One that has nothing to do with us is freed. */
	(void)close(spare);
	while (look().accepted < served + 1)
		continue;
	/* And one of ours. */
	tries = faulty_os_count(&world, FAULTY_ACCEPT);
	mob_leave(mob, 1);
	while (look().accepted < served + 2)
		continue;
	ck_assert_uint_lt(
	    faulty_os_count(&world, FAULTY_ACCEPT), tries + 20);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (look().accepted < CLIENTS)
		continue;
	mob_expect_answers(mob, CLIENTS - 1);
	ck_assert_uint_eq(look().refused, 0);
}

START_TEST(F14)
{
	survives_want_of_descriptors();
}
END_TEST

START_TEST(X18)
{
	survives_want_of_descriptors();
}
END_TEST

/* When it lasts, who waits is hung up on: better than to wait for ever. */
START_TEST(X18_sheds_those_who_wait)
{
	struct figures figures;

	echo_there(1);
	await_listening();
	run_short();
	mob_connect(mob, path, CLIENTS);
	do
		figures = look();
	while (figures.accepted + figures.refused < CLIENTS);
	ck_assert_uint_gt(figures.refused, 0);
	mob_expect_hang_ups(mob, (unsigned)figures.refused);
	mob_expect_answers(mob, (unsigned)figures.accepted);
}
END_TEST

/* As many at a time as the process may have descriptors for. */
START_TEST(F22_ten_thousand)
{
	struct rlimit high = limit;
	unsigned count = CROWD;

	high.rlim_cur = high.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &high), 0);
	if (harness_is_instrumented())
		count /= 10;
	if (count + SPARE > high.rlim_cur)
		count = (unsigned)high.rlim_cur - SPARE;
	printf("# %u connections\n", count);
	fflush(stdout);
	echo_there(0);
	await_listening();
	mob_connect(mob, path, count);
	mob_expect_answers(mob, count);
	ck_assert_uint_eq(look().connections, count);
	ck_assert_uint_eq(look().refused, 0);
	mob_leave(mob, count);
	while (look().connections > 0)
		continue;
}
END_TEST

/* --- sockets that a process is started with ---------------------------- */

static const char *
program(void)
{
	const char *named = getenv("BUSKIN");

	return named != NULL ? named : "./buskin";
}

static const char *
write_deployment(void)
{
	const char *name = peer_path("echo.json");
	FILE *file = fopen(name, "w");

	ck_assert_ptr_nonnull(file);
	(void)fputs("{\"buskin\": 1, \"name\": \"echo\", \"actors\": {"
	    "\"door\": {\"class\": \"unix-listener\", \"config\": "
	    "{\"listen_fd\": \"web\"}, \"out\": {\"data\": \"echo\"}},"
	    "\"echo\": {\"class\": \"echo\"}}}", file);
	(void)fclose(file);
	return name;
}

/* As a service manager does: the second of two is the one of that name. */
static pid_t
run_with(int fd, const char *deployment)
{
	pid_t pid = fork();
	char number[32];

	if (pid != 0)
		return pid;
	fd = dup2(fd, 20);
	(void)dup2(0, 3);
	(void)dup2(fd, 4);
	(void)close(20);
	(void)snprintf(number, sizeof(number), "%d", (int)getpid());
	(void)setenv("LISTEN_PID", number, 1);
	(void)setenv("LISTEN_FDS", "2", 1);
	(void)setenv("LISTEN_FDNAMES", "other:web", 1);
	(void)execl(program(), program(), "run", deployment, (char *)NULL);
	_exit(127);
}

START_TEST(F23_listen_fds_by_name)
{
	struct bsk_unix_socket made;
	struct stat status;
	const char *why;
	pid_t pid;
	int client;
	int ended;

	ck_assert_int_eq(bsk_unix_listen(
	    &bsk_os_libc, path, 0600, 5, &made, &why), 0);
	pid = run_with(made.fd, write_deployment());
	(void)close(made.fd);
	client = peer_connect(path);
	peer_say(client, "hello");
	peer_expect(client, "hello");
	(void)close(client);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(waitpid(pid, &ended, 0), pid);
	ck_assert(WIFEXITED(ended));
	ck_assert_int_eq(WEXITSTATUS(ended), 0);
	ck_assert_int_eq(lstat(path, &status), 0); /* not its to remove */
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("crowds");
	TCase *tcase = harness_case("crowds");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, F14);
	tcase_add_test(tcase, F22_ten_thousand);
	tcase_add_test(tcase, X18);
	tcase_add_test(tcase, X18_sheds_those_who_wait);
	tcase_add_test(tcase, F23_listen_fds_by_name);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
