/* check_proxy.c - what a client says arrives, and what is said to it, in the
 * kernel or by hand; who does not read holds up who writes; and there may be
 * many.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <buskin/echo.h>
#include <buskin/log.h>
#include <buskin/reactor.h>

#include "harness.h"
#include "mob.h"
#include "peer.h"
#include "proxied.h"
#include "scribe.h"

#define CROWD 1000u

/* --- passing on ------------------------------------------------------- */

START_TEST(what_is_said_arrives_both_ways)
{
	serve(5);
	PROXY(.idle_ns = HOUR);
	meet();
	peer_say(client, "question");
	peer_expect(upstream, "question");
	peer_say(upstream, "answer");
	peer_expect(client, "answer");
	ck_assert_uint_eq(status()->connections, 1);
	ck_assert_uint_eq(relay_status(relay())->up_bytes, 8);
	ck_assert_uint_eq(atomic_load(&socket_bytes), 0);
}
END_TEST

START_TEST(a_flood_passes_both_ways_at_once_and_never_comes_here)
{
	size_t size = harness_is_instrumented() ? 6 * MIB : 64 * MIB;

	serve(5);
	PROXY(.idle_ns = HOUR);
	meet();
	exchange(size);
	ck_assert_int_eq(ended(1)->reason, 0);
	ck_assert_uint_eq(ended(1)->up_bytes, size);
	ck_assert_uint_eq(ended(1)->down_bytes, size);
	ck_assert_uint_eq(ended(1)->copied_bytes, 0);
	ck_assert_uint_eq(atomic_load(&socket_bytes), 0);
	ck_assert_uint_gt(faulty_os_count(&world, FAULTY_SPLICE), 0);
	ck_assert_uint_eq(status()->up_bytes, size);
	ck_assert_uint_eq(status()->down_bytes, size);
	ck_assert_uint_eq(status()->connections, 0);
}
END_TEST

START_TEST(where_the_kernel_refuses_it_is_copied)
{
	size_t size = harness_is_instrumented() ? 2 * MIB : 16 * MIB;

	serve(5);
	if (_i == 0)
		refuse_to_splice();
	else
		faulty_os_fail_always(&world, FAULTY_PIPE2, EMFILE);
	PROXY(.idle_ns = HOUR);
	meet();
	exchange(size);
	ck_assert_int_eq(ended(1)->reason, 0);
	ck_assert_uint_eq(ended(1)->copied_bytes, 2 * size);
	ck_assert_uint_gt(atomic_load(&socket_bytes), 0);
	ck_assert_uint_eq(status()->copied_bytes, 2 * size);
}
END_TEST

/* Also with bytes in the pipe by then. */
START_TEST(the_kernel_may_refuse_at_any_time)
{
	serve(5);
	faulty_os_fail(&world, FAULTY_SPLICE, (unsigned)_i + 1, EINVAL);
	PROXY(.idle_ns = HOUR);
	meet();
	exchange(MIB);
	ck_assert_uint_eq(faulty_os_struck(&world), 1);
	ck_assert_int_eq(ended(1)->reason, 0);
	ck_assert_uint_gt(ended(1)->copied_bytes, 0);
}
END_TEST

START_TEST(a_pipe_that_may_not_be_enlarged_will_do)
{
	serve(5);
	faulty_os_fail_always(&world, FAULTY_PIPE_SIZE_SET, EPERM);
	PROXY(.idle_ns = HOUR);
	meet();
	exchange(4 * MIB);
	ck_assert_int_eq(ended(1)->reason, 0);
	ck_assert_uint_eq(ended(1)->copied_bytes, 0);
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_PIPE_SIZE_SET), 2);
}
END_TEST

/* --- half close ------------------------------------------------------- */

START_TEST(who_has_said_all_still_hears)
{
	int *first = _i == 0 ? &client : &upstream;
	int *second = _i == 0 ? &upstream : &client;

	serve(5);
	PROXY(.idle_ns = HOUR);
	meet();
	peer_say(*first, "all");
	ck_assert_int_eq(shutdown(*first, SHUT_WR), 0);
	peer_expect(*second, "all");
	peer_expect_eof(*second);
	peer_say(*second, "an answer");
	peer_expect(*first, "an answer");
	ck_assert_uint_eq(status()->connections, 1);
	ck_assert_int_eq(shutdown(*second, SHUT_WR), 0);
	peer_expect_eof(*first);
	ck_assert_int_eq(ended(1)->reason, 0);
	ck_assert_uint_eq(ended(1)->lost_bytes, 0);
}
END_TEST

/* --- back-pressure ---------------------------------------------------- */

/* Whether the reactor watches the relay's client for something to read. */
static bool
is_read(bsk_ref which)
{
	unsigned nth = clerk_count(clerk, &bsk_reactor_status_type) + 1;
	const struct bsk_resource *ours = relay_status(which)->fds.items;
	const struct bsk_reactor_status *now;
	const struct bsk_resource *all;
	bsk_ref reactor;
	uint32_t index = 0;

	ck_assert_int_eq(bsk_system_find(
	    system_, bsk_reactor_class.name, &reactor), 0);
	clerk_ask(clerk, reactor, BSK_NEW(bsk_status_ask, .reserved = 0));
	now = clerk_wait(clerk, &bsk_reactor_status_type, nth);
	all = now->fds.items;
	while (all[index].number != ours[0].number)
		ck_assert_uint_lt(++index, now->fds.count);
	return strncmp(all[index].what.chars, "in", 2) == 0;
}

START_TEST(who_does_not_read_holds_up_who_writes)
{
	size_t most = _i == 0 ? MIB : PIECE;
	size_t wrote;
	size_t got = 0;
	bsk_ref which;

	serve(5);
	if (_i == 1)
		refuse_to_splice();
	PROXY(.idle_ns = HOUR);
	meet();
	wrote = write_until_stopped(client, 64 * MIB);
	which = relay();
	ck_assert_uint_lt(wrote, 8 * MIB);
	ck_assert_uint_gt(relay_status(which)->up_waiting_bytes, 0);
	ck_assert_uint_le(relay_status(which)->up_waiting_bytes, most);
	ck_assert(!is_read(which));
	ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
	while (got < wrote) {
		char bytes[4096];

		got += peer_read(upstream, bytes,
		    wrote - got < 4096 ? wrote - got : 4096);
	}
	peer_expect_eof(upstream);
	ck_assert_uint_eq(relay_status(which)->up_bytes, wrote);
}
END_TEST

START_TEST(a_client_that_does_not_read_stops_nobody_else)
{
	int modest;
	int other;

	serve(5);
	PROXY(.idle_ns = HOUR);
	meet();
	(void)write_until_stopped(upstream, 64 * MIB);
	modest = peer_connect(front);
	other = accept_one();
	peer_say(modest, "hello");
	peer_expect(other, "hello");
	(void)close(modest);
	(void)close(other);
}
END_TEST

/* --- many ------------------------------------------------------------- */

/* Their upstream side is an echo in the same system. */
static void
serve_echoes(void)
{
	struct bsk_wire wire = { .port = { "data" } };
	const struct bsk_spawn_options options = { .wires = &wire,
		.wire_count = 1 };
	bsk_ref echoes;

	ck_assert_int_eq(bsk_system_spawn(
	    system_, &bsk_echo_class, NULL, NULL, &wire.to), 0);
	ck_assert_int_eq(bsk_system_spawn(system_, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config,
		.path = bsk_text_copy(back), .to = clerk_ref(clerk),
		.max_connections = CROWD, .backlog = 4096), &options,
	    &echoes), 0);
	(void)clerk_wait(clerk, &bsk_listener_ready_type, 1);
}

static struct mob *mob;

static void
begin_with_mob(void)
{
	mob = mob_new();
	begin();
}

static void
end_with_mob(void)
{
	mob_free(mob);
	end();
}

/* A relay has six descriptors, and the echo one. */
START_TEST(a_thousand_connections_at_once)
{
	struct rlimit limit, before;
	unsigned crowd = harness_is_instrumented() ? CROWD / 10 : CROWD;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	serve_echoes();
	PROXY(.max_connections = CROWD);
	mob_connect(mob, front, crowd);
	mob_expect_answers(mob, crowd);
	ck_assert_uint_eq(status()->connections, crowd);
	mob_leave(mob, crowd);
	ck_assert_int_eq(ended(crowd)->reason, 0);
	ck_assert_uint_eq(status()->up_bytes, crowd);
	ck_assert_uint_eq(status()->down_bytes, crowd);
	ck_assert_uint_eq(status()->refused + status()->failures, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
}
END_TEST

START_TEST(more_than_the_limit_are_hung_up_on)
{
	int late;

	serve(5);
	PROXY(.max_connections = 1);
	meet();
	late = peer_connect(front);
	peer_expect_eof(late);
	(void)close(late);
	ck_assert_uint_eq(status()->refused, 1);
	ck_assert_uint_eq(scribe_wait(BSK_LOG_WARNING, "as many"), 1);
	peer_say(client, "still here");
	peer_expect(upstream, "still here");
	hang_up(&client);
	(void)ended(1);
	hang_up(&upstream);
	while (status()->connections > 0)
		continue;
	meet();
	peer_say(client, "room again");
	peer_expect(upstream, "room again");
}
END_TEST

static TCase *
passing(void)
{
	TCase *tcase = harness_case("passing on");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, what_is_said_arrives_both_ways);
	tcase_add_test(
	    tcase, a_flood_passes_both_ways_at_once_and_never_comes_here);
	tcase_add_loop_test(
	    tcase, where_the_kernel_refuses_it_is_copied, 0, 2);
	tcase_add_loop_test(tcase, the_kernel_may_refuse_at_any_time, 0, 8);
	tcase_add_test(tcase, a_pipe_that_may_not_be_enlarged_will_do);
	tcase_add_loop_test(tcase, who_has_said_all_still_hears, 0, 2);
	tcase_add_loop_test(
	    tcase, who_does_not_read_holds_up_who_writes, 0, 2);
	tcase_add_test(tcase, a_client_that_does_not_read_stops_nobody_else);
	tcase_add_test(tcase, more_than_the_limit_are_hung_up_on);
	return tcase;
}

static TCase *
crowds(void)
{
	TCase *tcase = harness_case("crowds");

	tcase_add_checked_fixture(tcase, begin_with_mob, end_with_mob);
	tcase_add_test(tcase, a_thousand_connections_at_once);
	return tcase;
}

static Suite *
suite(void)
{
	Suite *s = suite_create("proxy");

	suite_add_tcase(s, passing());
	suite_add_tcase(s, crowds());
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
