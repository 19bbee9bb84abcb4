/* check_inspector_guard.c - a guard lets nothing reach nng that could make it
 * stuck, and hands over all else. The test stands in for nng. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <buskin/inspector.h>
#include <buskin/supervisor.h>

#include "harness.h"
#include "probe.h"
#include "sp_client.h"

#define MS INT64_C(1000000)
#define MESSAGE_MAX 100

static const unsigned char nngs_greeting[8] = { 0, 'S', 'P', 0, 0, 0x31, 0, 0 };

static char directory[] = "/tmp/buskin-check-XXXXXX";
static char path[64];
static int listener;  /* where the guard takes nng to be */
static int client;    /* our end of the connection that it guards */
static bsk_system *system_;
static struct probe_log heard;
static bsk_ref owner;

static void
begin(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/nng", directory);
	strcpy(address.sun_path, path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address,
	    sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 5), 0);
	probe_log_init(&heard);
	system_ = harness_system(2, NULL);
	owner = probe_spawn(system_, &heard, NULL);
}

static void
end(void)
{
	harness_system_end(system_);
	probe_log_release(&heard);
	close(listener);
	close(client);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(directory), 0);
}

/* A guard with patience for nng of five times this, and so for being idle. */
static void
guard(int64_t patience_ns)
{
	int fds[2];

	ck_assert_int_eq(bsk_os_libc.socketpair(&bsk_os_libc, SOCK_STREAM,
	    fds), 0);
	client = fds[0];
	/* Ours blocks. */
	ck_assert_int_eq(bsk_os_libc.flags_set(&bsk_os_libc, client, 0), 0);
	probe_spawn_child(system_, owner, &bsk_inspector_guard_class,
	    BSK_PARCEL(bsk_inspector_guard_config,
	    .client = bsk_fd_own(fds[1]), .path = bsk_text_copy(path),
	    .message_max = MESSAGE_MAX, .greeting_ns = patience_ns,
	    .idle_ns = HARNESS_PATIENCE_NS), false);
}

/* Whether the guard connects to nng, within a moment if it does not. */
static int
accept_guard(int timeout_ms)
{
	struct pollfd ready = { .fd = listener, .events = POLLIN };

	if (poll(&ready, 1, timeout_ms) == 0)
		return -1;
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

static int
accept_greeted(void)
{
	unsigned char greeting[8];
	int fd = accept_guard(HARNESS_PATIENCE_S * 1000);

	ck_assert_int_ge(fd, 0);
	ck_assert(sp_receive(fd, greeting, 8));
	ck_assert_mem_eq(greeting, sp_greeting, 8);
	return fd;
}

/* Both have greeted. Returns nng's side. */
static int
relay(int64_t patience_ns)
{
	unsigned char greeting[8];
	int fd;

	guard(patience_ns);
	ck_assert(sp_send(client, sp_greeting, 8));
	fd = accept_greeted();
	ck_assert(sp_send(fd, nngs_greeting, 8));
	ck_assert(sp_receive(client, greeting, 8));
	ck_assert_mem_eq(greeting, nngs_greeting, 8);
	return fd;
}

/* Whether the other side has hung up, looked at after a moment. */
static bool
is_hung_up_on(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	unsigned char byte;

	return poll(&ready, 1, 100) > 0 && recv(fd, &byte, 1,
	    MSG_PEEK) <= 0;
}

static void
stop_guard(void)
{
	ck_assert(probe_wait(&heard, 1));
	probe_stop(system_, owner, ((const struct bsk_child_started *)
	    probe_heard(&heard, 0, &bsk_child_started_type))->child);
}

/* --- greetings ----------------------------------------------------------- */

START_TEST(does_not_trouble_nng_before_the_client_has_greeted)
{
	guard(10 * 1000 * MS);
	ck_assert(sp_send(client, sp_greeting, 7));
	ck_assert_int_eq(accept_guard(100), -1);
	ck_assert(sp_send(client, sp_greeting + 7, 1));
	close(accept_greeted());
}
END_TEST

START_TEST(hangs_up_at_the_first_wrong_byte)
{
	guard(HARNESS_PATIENCE_NS);
	ck_assert(sp_send(client, "\0SQ", 3));
	sp_expect_hang_up(dup(client));
	ck_assert_int_eq(accept_guard(0), -1);
}
END_TEST

/* The window in which a hang-up would make nng stuck. */
START_TEST(does_not_hang_up_on_nng_before_it_has_greeted)
{
	int fd;

	guard(HARNESS_PATIENCE_NS);
	ck_assert(sp_send(client, sp_greeting, 8));
	fd = accept_greeted();
	ck_assert_int_eq(shutdown(client, SHUT_RDWR), 0);
	ck_assert(!is_hung_up_on(fd));
	ck_assert(sp_send(fd, nngs_greeting, 5));
	ck_assert(!is_hung_up_on(fd));
	ck_assert(sp_send(fd, nngs_greeting + 5, 3));
	sp_expect_hang_up(fd);
}
END_TEST

START_TEST(does_not_hang_up_on_nng_so_early_when_it_stops_either)
{
	int fd;

	guard(HARNESS_PATIENCE_NS);
	ck_assert(sp_send(client, sp_greeting, 8));
	fd = accept_greeted();
	stop_guard();
	ck_assert(!is_hung_up_on(fd));
	ck_assert(sp_send(fd, nngs_greeting, 8));
	sp_expect_hang_up(fd);
}
END_TEST

START_TEST(gives_up_an_nng_that_does_not_greet)
{
	int fd;

	guard(20 * MS);
	ck_assert(sp_send(client, sp_greeting, 8));
	fd = accept_greeted();
	sp_expect_hang_up(dup(client));
	sp_expect_hang_up(fd);
}
END_TEST

START_TEST(gives_up_an_nng_that_does_not_answer)
{
	int fd = relay(50 * MS);

	sp_ask(client, "?", 1);
	sp_expect_hang_up(dup(client));
	sp_expect_hang_up(fd);
}
END_TEST

/* --- bytes --------------------------------------------------------------- */

START_TEST(hands_over_both_ways)
{
	unsigned char got[9 + 4 + 5];
	int fd = relay(HARNESS_PATIENCE_NS);

	sp_ask(client, "hello", 5);
	ck_assert(sp_receive(fd, got, sizeof(got)));
	ck_assert_mem_eq(got + 13, "hello", 5);
	ck_assert(sp_send(fd, "anything at all", 15));
	ck_assert(sp_receive(client, got, 15));
	ck_assert_mem_eq(got, "anything at all", 15);
	close(fd);
}
END_TEST

/* More than fits anywhere on the way, while nobody reads; then all of it. */
START_TEST(hands_over_more_than_it_holds)
{
	size_t size = 4 << 20;
	unsigned char *sent = malloc(size);
	unsigned char *got = malloc(size);
	int fd = relay(HARNESS_PATIENCE_NS);
	pid_t pid;
	size_t i;

	for (i = 0; i < size; i++)
		sent[i] = (unsigned char)(i * 7 + i / 251);
	pid = fork();
	if (pid == 0) {
		(void)sp_send(fd, sent, size);
		_exit(0);
	}
	close(fd);
	ck_assert(sp_receive(client, got, size));
	ck_assert_mem_eq(got, sent, size);
	sp_expect_hang_up(dup(client));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	free(sent);
	free(got);
}
END_TEST

START_TEST(cuts_what_is_too_long)
{
	unsigned char got[9 + MESSAGE_MAX];
	char text[5000];
	int fd = relay(HARNESS_PATIENCE_NS);

	memset(text, 'x', sizeof(text));
	sp_ask(client, text, sizeof(text));
	sp_ask(client, "next", 4);
	ck_assert(sp_receive(fd, got, sizeof(got)));
	ck_assert_uint_eq(got[8], MESSAGE_MAX);
	ck_assert(sp_receive(fd, got, 9 + 4 + 4));
	ck_assert_mem_eq(got + 13, "next", 4);
	close(fd);
}
END_TEST

START_TEST(hangs_up_on_a_client_that_sends_no_messages)
{
	int fd = relay(HARNESS_PATIENCE_NS);

	ck_assert(sp_send(client, "GET / HTTP/1.1\r\n\r\n", 18));
	sp_expect_hang_up(dup(client));
	sp_expect_hang_up(fd);
}
END_TEST

START_TEST(hands_over_the_last_words)
{
	unsigned char got[3];
	int fd = relay(HARNESS_PATIENCE_NS);

	ck_assert(sp_send(fd, "bye", 3));
	close(fd);
	ck_assert(sp_receive(client, got, 3));
	ck_assert_mem_eq(got, "bye", 3);
	sp_expect_hang_up(dup(client));
}
END_TEST

START_TEST(hands_over_an_answer_that_is_owed_when_it_stops)
{
	unsigned char got[9 + 4 + 1];
	int fd = relay(HARNESS_PATIENCE_NS);

	sp_ask(client, "?", 1);
	ck_assert(sp_receive(fd, got, sizeof(got)));
	stop_guard();
	ck_assert(!is_hung_up_on(client));
	ck_assert(sp_send(fd, "!", 1));
	ck_assert(sp_receive(client, got, 1));
	sp_expect_hang_up(fd);
}
END_TEST

START_TEST(ends_both_sides_when_it_is_killed)
{
	int fd = relay(HARNESS_PATIENCE_NS);

	probe_kill(system_, owner, owner);
	sp_expect_hang_up(dup(client));
	sp_expect_hang_up(fd);
}
END_TEST

static Suite *
inspector_guard_suite(void)
{
	Suite *suite = suite_create("inspector_guard");
	TCase *tests = harness_case("inspector_guard");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests,
	    does_not_trouble_nng_before_the_client_has_greeted);
	tcase_add_test(tests, hangs_up_at_the_first_wrong_byte);
	tcase_add_test(tests, does_not_hang_up_on_nng_before_it_has_greeted);
	tcase_add_test(tests,
	    does_not_hang_up_on_nng_so_early_when_it_stops_either);
	tcase_add_test(tests, gives_up_an_nng_that_does_not_greet);
	tcase_add_test(tests, gives_up_an_nng_that_does_not_answer);
	tcase_add_test(tests, hands_over_both_ways);
	tcase_add_test(tests, hands_over_more_than_it_holds);
	tcase_add_test(tests, cuts_what_is_too_long);
	tcase_add_test(tests, hangs_up_on_a_client_that_sends_no_messages);
	tcase_add_test(tests, hands_over_the_last_words);
	tcase_add_test(tests, hands_over_an_answer_that_is_owed_when_it_stops);
	tcase_add_test(tests, ends_both_sides_when_it_is_killed);
	suite_add_tcase(suite, tests);
	return suite;
}

int
main(void)
{
	return harness_main(inspector_guard_suite);
}
