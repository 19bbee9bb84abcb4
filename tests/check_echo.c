/* check_echo.c - what is sent comes back; through a listener, to real clients.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <buskin/echo.h>
#include <buskin/unix.h>

#include "clerk.h"
#include "harness.h"
#include "peer.h"

#define SECOND INT64_C(1000000000)
#define CLIENTS 50
#define LARGE (1 << 20)
#define LINES 60000

static bsk_system *system_;
static struct clerk *clerk;
static bsk_ref echo;

static void
begin(void)
{
	system_ = harness_system(2, NULL);
	clerk = clerk_new(system_);
	ck_assert_int_eq(bsk_system_spawn(
	    system_, &bsk_echo_class, NULL, NULL, &echo), 0);
}

static void
end(void)
{
	harness_system_end(system_);
	clerk_free(clerk);
	peer_clean();
}

/* An echo server made of a listener and an echo. */
static void
serve(int32_t frame)
{
	const struct bsk_wire wire = { .port = { "data" }, .to = echo };
	const struct bsk_spawn_options options = { .wires = &wire,
		.wire_count = 1 };
	bsk_ref listener;

	ck_assert_int_eq(bsk_system_spawn(system_, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config,
		.path = bsk_text_copy(peer_path("echo")), .frame = frame,
		.to = clerk_ref(clerk), .linger_ns = 3600 * SECOND),
	    &options, &listener), 0);
	(void)clerk_wait(clerk, &bsk_listener_ready_type, 1);
}

START_TEST(sends_back_what_it_is_sent)
{
	clerk_say(clerk, echo, "hello");
	clerk_say(clerk, echo, " there");
	(void)clerk_wait(clerk, &bsk_bytes_type, 2);
	clerk_expect(clerk, "hello there");
}
END_TEST

START_TEST(gives_a_copy_to_what_is_wired)
{
	const struct bsk_wire wire = { .port = { "copy" },
		.to = clerk_ref(clerk) };
	const struct bsk_spawn_options options = { .wires = &wire,
		.wire_count = 1 };
	bsk_ref copying;

	ck_assert_int_eq(bsk_system_spawn(
	    system_, &bsk_echo_class, NULL, &options, &copying), 0);
	ck_assert_int_eq(bsk_system_send(system_, copying, BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_copy("from outside", 12))), 0);
	clerk_expect(clerk, "from outside");
}
END_TEST

START_TEST(clients_hear_themselves)
{
	int clients[CLIENTS];
	char text[CLIENTS][32];
	int index;

	serve(BSK_FRAME_NONE);
	for (index = 0; index < CLIENTS; index++) {
		clients[index] = peer_connect(peer_path("echo"));
		(void)snprintf(text[index], 32, "client number %d", index);
		peer_say(clients[index], text[index]);
	}
	for (index = CLIENTS - 1; index >= 0; index--) {
		peer_expect(clients[index], text[index]);
		(void)close(clients[index]);
	}
}
END_TEST

/* The client has said all it will before the first answer can come. */
START_TEST(a_client_that_half_closes_hears_all_of_it)
{
	int client;

	serve(BSK_FRAME_NONE);
	client = peer_connect(peer_path("echo"));
	peer_say(client, "question");
	ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
	peer_expect(client, "question");
	(void)close(client);
}
END_TEST

/* Neither side reads while it writes: the loop through the server bounds
 * itself, and goes on when the client begins to read. */
START_TEST(a_client_that_writes_first_and_reads_later_is_no_danger)
{
	unsigned char *sent = malloc(LARGE);
	unsigned char *got = malloc(LARGE);
	size_t wrote = 0;
	int client;

	serve(BSK_FRAME_NONE);
	peer_fill(sent, LARGE);
	client = peer_connect(peer_path("echo"));
	while (wrote < LARGE) {
		ssize_t result = send(
		    client, sent + wrote, LARGE - wrote, MSG_DONTWAIT);

		if (result < 0)
			break; /* it is full: so it is bounded */
		wrote += (size_t)result;
	}
	ck_assert_uint_gt(wrote, 0);
	ck_assert_uint_eq(peer_read(client, got, wrote), wrote);
	ck_assert_mem_eq(sent, got, wrote);
	(void)close(client);
	free(sent);
	free(got);
}
END_TEST

/* An answer for each of far more frames than a mailbox has room for. */
START_TEST(a_flood_of_empty_lines_comes_back_whole)
{
	static char flood[LINES];
	static char got[LINES];
	int client;

	serve(BSK_FRAME_LINES);
	memset(flood, '\n', sizeof(flood));
	client = peer_connect(peer_path("echo"));
	ck_assert_uint_eq(peer_exchange(client, flood, got, LINES), LINES);
	ck_assert_mem_eq(flood, got, LINES);
	(void)close(client);
}
END_TEST

/* Writes pieces until there has been no room for a while. */
static void
write_until_stopped(int client, size_t piece)
{
	static char flood[LINES];
	struct pollfd room = { .fd = client, .events = POLLOUT };

	memset(flood, '\n', sizeof(flood));
	while (poll(&room, 1, 200) == 1)
		while (send(client, flood, piece, MSG_DONTWAIT) > 0)
			continue;
}

/* One that writes as much as it can and never reads: it is stopped, and nobody
 * else is. */
START_TEST(a_client_that_never_reads_stops_nobody_else)
{
	static const size_t pieces[] = { LINES, 1 };
	int greedy;
	int modest;

	serve(_i < 2 ? BSK_FRAME_NONE : BSK_FRAME_LINES);
	greedy = peer_connect(peer_path("echo"));
	modest = peer_connect(peer_path("echo"));
	write_until_stopped(greedy, pieces[_i % 2]);
	peer_say(modest, "hello\n");
	peer_expect(modest, "hello\n");
	(void)close(greedy);
	(void)close(modest);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("echo");
	TCase *tcase = harness_case("echo");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, sends_back_what_it_is_sent);
	tcase_add_test(tcase, gives_a_copy_to_what_is_wired);
	tcase_add_test(tcase, clients_hear_themselves);
	tcase_add_test(tcase, a_client_that_half_closes_hears_all_of_it);
	tcase_add_test(
	    tcase, a_client_that_writes_first_and_reads_later_is_no_danger);
	tcase_add_test(tcase, a_flood_of_empty_lines_comes_back_whole);
	tcase_add_loop_test(
	    tcase, a_client_that_never_reads_stops_nobody_else, 0, 4);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
