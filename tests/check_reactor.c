/* check_reactor.c - readiness is told to whom it concerns, by edges, and to
 * nobody else.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <buskin/reactor.h>

#include "clerk.h"
#include "faulty_os.h"
#include "harness.h"
#include "peer.h"

static bsk_system *system_;
static struct clerk *ann;
static struct clerk *bob;
static bsk_ref reactor;
static int fds[2]; /* [0] is watched */

static void
find(bsk_ctx *ctx, void *arg)
{
	(void)arg;
	ck_assert_int_eq(bsk_service(ctx, &bsk_reactor_class, &reactor), 0);
}

static void
begin(void)
{
	system_ = harness_system(2, NULL);
	ann = clerk_new(system_);
	bob = clerk_new(system_);
	clerk_do(ann, find, NULL);
	peer_pipe_from(fds);
}

static void
end(void)
{
	harness_system_end(system_);
	clerk_free(ann);
	clerk_free(bob);
	if (fds[0] >= 0)
		(void)close(fds[0]);
	(void)close(fds[1]);
}

/* The answer to the nth question of a clerk. */
static int
answer(struct clerk *clerk, unsigned nth)
{
	const struct bsk_result *result =
	    clerk_wait(clerk, &bsk_result_type, nth);

	return result->error;
}

static void
watch(struct clerk *clerk, int fd, uint32_t events)
{
	clerk_ask(clerk, reactor,
	    BSK_NEW(bsk_fd_watch, .fd = fd, .events = events));
}

static void
unwatch(struct clerk *clerk, int fd)
{
	clerk_ask(clerk, reactor, BSK_NEW(bsk_fd_unwatch, .fd = fd));
}

static const struct bsk_fd_ready *
ready(struct clerk *clerk, unsigned nth)
{
	return clerk_wait(clerk, &bsk_fd_ready_type, nth);
}

/* Asked from outside, so that no clerk's messages are disturbed. */
static struct bsk_reactor_status
figures(void)
{
	struct bsk_reactor_status copy;
	bsk_message *told;

	ck_assert_int_eq(bsk_system_call(system_, reactor,
	    BSK_NEW(bsk_status_ask, .reserved = 0), HARNESS_PATIENCE_NS,
	    &told), 0);
	ck_assert_ptr_eq(bsk_message_type(told), &bsk_reactor_status_type);
	copy = *(const struct bsk_reactor_status *)bsk_message_body(told);
	bsk_message_free(told);
	copy.kind = (bsk_text){ NULL };
	copy.fds = (bsk_list){ NULL, 0 };
	return copy;
}

START_TEST(tells_that_a_pipe_has_become_readable)
{
	watch(ann, fds[0], BSK_FD_IN);
	ck_assert_int_eq(answer(ann, 1), 0);
	ck_assert_uint_eq(clerk_count(ann, &bsk_fd_ready_type), 0);
	peer_say(fds[1], "x");
	ck_assert_int_eq(ready(ann, 1)->fd, fds[0]);
	ck_assert_uint_eq(ready(ann, 1)->events, BSK_FD_IN);
}
END_TEST

START_TEST(tells_at_once_of_what_is_ready_already)
{
	peer_say(fds[1], "x");
	watch(ann, fds[0], BSK_FD_IN);
	ck_assert_uint_eq(ready(ann, 1)->events, BSK_FD_IN);
}
END_TEST

START_TEST(tells_each_edge_and_nothing_between)
{
	watch(ann, fds[0], BSK_FD_IN);
	peer_say(fds[1], "x");
	(void)ready(ann, 1);
	peer_say(fds[1], "y");
	(void)ready(ann, 2);
	watch(bob, fds[1], BSK_FD_OUT); /* an event of another's, after ours */
	(void)ready(bob, 1);
	ck_assert_uint_eq(clerk_count(ann, &bsk_fd_ready_type), 2);
}
END_TEST

START_TEST(keeps_hang_up_apart_from_readable)
{
	watch(ann, fds[0], BSK_FD_IN);
	ck_assert_int_eq(answer(ann, 1), 0);
	(void)close(fds[1]);
	fds[1] = dup(fds[0]);
	ck_assert_uint_eq(ready(ann, 1)->events, BSK_FD_HUP);
}
END_TEST

START_TEST(keeps_an_error_apart_from_writable)
{
	watch(ann, fds[1], BSK_FD_OUT);
	ck_assert_uint_eq(ready(ann, 1)->events, BSK_FD_OUT);
	(void)close(fds[0]);
	fds[0] = -1;
	ck_assert_uint_ne(ready(ann, 2)->events & BSK_FD_ERR, 0);
}
END_TEST

START_TEST(a_second_watch_changes_the_first_and_tells_again)
{
	int pair[2];

	peer_socket(pair);
	watch(ann, pair[0], BSK_FD_OUT);
	ck_assert_uint_eq(ready(ann, 1)->events, BSK_FD_OUT);
	peer_say(pair[1], "x");
	watch(ann, pair[0], BSK_FD_IN);
	ck_assert_int_eq(answer(ann, 2), 0);
	ck_assert_uint_eq(ready(ann, 2)->events, BSK_FD_IN);
	watch(ann, pair[0], BSK_FD_IN | BSK_FD_RDHUP);
	ck_assert_uint_eq(ready(ann, 3)->events, BSK_FD_IN);
	ck_assert_uint_eq(figures().watches, 1);
	unwatch(ann, pair[0]);
	ck_assert_int_eq(answer(ann, 4), 0);
	(void)close(pair[0]);
	(void)close(pair[1]);
}
END_TEST

START_TEST(refuses_what_another_watches_and_says_so)
{
	const struct bsk_result *refusal;

	watch(ann, fds[0], BSK_FD_IN);
	ck_assert_int_eq(answer(ann, 1), 0);
	watch(bob, fds[0], BSK_FD_IN);
	refusal = clerk_wait(bob, &bsk_result_type, 1);
	ck_assert_int_eq(refusal->error, -EBUSY);
	ck_assert_ptr_nonnull(strstr(refusal->text.chars, "a clerk"));
	unwatch(bob, fds[0]);
	ck_assert_int_eq(answer(bob, 2), -ENOENT);
	peer_say(fds[1], "x");
	(void)ready(ann, 1);
	ck_assert_uint_eq(clerk_count(bob, &bsk_fd_ready_type), 0);
}
END_TEST

START_TEST(refuses_what_is_always_ready)
{
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int regular = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	watch(ann, file, BSK_FD_IN);
	ck_assert_int_eq(answer(ann, 1), -EPERM);
	watch(ann, regular, BSK_FD_IN);
	ck_assert_int_eq(answer(ann, 2), -EPERM);
	ck_assert_uint_eq(figures().watches, 0);
	(void)close(file);
	(void)close(regular);
}
END_TEST

START_TEST(refuses_a_number_that_is_not_open)
{
	watch(ann, 1 << 30, BSK_FD_IN);
	ck_assert_int_eq(answer(ann, 1), -EBADF);
	watch(ann, -1, BSK_FD_IN);
	ck_assert_int_eq(answer(ann, 2), -EBADF);
	unwatch(ann, 1 << 30);
	ck_assert_int_eq(answer(ann, 3), -ENOENT);
	unwatch(ann, -1);
	ck_assert_int_eq(answer(ann, 4), -ENOENT);
}
END_TEST

START_TEST(refuses_no_events_unknown_events_and_no_sender)
{
	const struct bsk_result *result;
	bsk_message *told;

	watch(ann, fds[0], 0);
	ck_assert_int_eq(answer(ann, 1), -EINVAL);
	watch(ann, fds[0], BSK_FD_HUP);
	ck_assert_int_eq(answer(ann, 2), -EINVAL);
	ck_assert_int_eq(bsk_system_call(system_, reactor,
	    BSK_NEW(bsk_fd_watch, .fd = fds[0], .events = BSK_FD_IN),
	    HARNESS_PATIENCE_NS, &told), 0);
	result = bsk_message_body(told);
	ck_assert_int_eq(result->error, -EINVAL);
	bsk_message_free(told);
}
END_TEST

START_TEST(nothing_comes_after_the_answer_to_an_unwatch)
{
	watch(ann, fds[0], BSK_FD_IN);
	peer_say(fds[1], "x");
	(void)ready(ann, 1);
	unwatch(ann, fds[0]);
	ck_assert_int_eq(answer(ann, 2), 0);
	peer_say(fds[1], "y");
	watch(bob, fds[1], BSK_FD_OUT);
	(void)ready(bob, 1);
	ck_assert_uint_eq(clerk_count(ann, &bsk_fd_ready_type), 1);
	unwatch(ann, fds[0]);
	ck_assert_int_eq(answer(ann, 3), -ENOENT);
}
END_TEST

START_TEST(a_released_descriptor_is_closed_and_unwatched)
{
	int fd = fds[0];

	watch(ann, fd, BSK_FD_IN);
	ck_assert_int_eq(answer(ann, 1), 0);
	fds[0] = -1;
	clerk_tell(ann, reactor,
	    BSK_NEW(bsk_fd_release, .fd = bsk_fd_own(fd)));
	unwatch(ann, fd);
	ck_assert_int_eq(answer(ann, 2), -ENOENT);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_uint_eq(figures().watches, 0);
}
END_TEST

START_TEST(also_releases_what_was_never_watched)
{
	int fd = fds[0];

	fds[0] = -1;
	clerk_tell(ann, reactor,
	    BSK_NEW(bsk_fd_release, .fd = bsk_fd_own(fd)));
	clerk_tell(ann, reactor, BSK_NEW(bsk_fd_release, .fd = { 0 }));
	ck_assert_uint_eq(figures().watches, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

/* The lender's descriptor is not ours to close. */
START_TEST(what_is_lent_blocks_again_and_stays_its_lenders)
{
	int copy = fcntl(fds[0], F_DUPFD_CLOEXEC, 0);

	ck_assert_int_ne(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
	watch(ann, copy, BSK_FD_IN);
	ck_assert_int_eq(answer(ann, 1), 0);
	clerk_tell(ann, reactor,
	    BSK_NEW(bsk_fd_release, .fd = bsk_fd_lend(copy)));
	unwatch(ann, copy);
	ck_assert_int_eq(answer(ann, 2), -ENOENT);
	ck_assert_int_eq(fcntl(copy, F_GETFD), -1);
	ck_assert_int_eq(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
	peer_say(fds[1], "more");
	peer_expect(fds[0], "more");
}
END_TEST

START_TEST(an_owner_that_ends_watches_no_more)
{
	struct clerk *eve = clerk_new(system_);

	watch(eve, fds[0], BSK_FD_IN);
	watch(eve, fds[1], BSK_FD_OUT);
	ck_assert_int_eq(answer(eve, 2), 0);
	ck_assert_uint_eq(figures().watches, 2);
	clerk_stop(ann, clerk_ref(eve));
	/* Told to the reactor as well as to us; asked until it knows. */
	while (figures().watches > 0)
		continue;
	watch(bob, fds[0], BSK_FD_IN);
	ck_assert_int_eq(answer(bob, 1), 0);
	clerk_free(eve);
}
END_TEST

/* The open file lives on in a copy and in epoll, but its number is another's
 * by now: what the kernel tells of it must not be taken for the other. */
START_TEST(drops_and_counts_what_is_about_an_earlier_descriptor)
{
	int later[2];
	int copy = dup(fds[0]);

	watch(ann, fds[0], BSK_FD_IN);
	ck_assert_int_eq(answer(ann, 1), 0);
	peer_pipe_from(later);
	ck_assert_int_eq(dup3(later[0], fds[0], O_CLOEXEC), fds[0]);
	watch(ann, fds[0], BSK_FD_IN);
	ck_assert_int_eq(answer(ann, 2), 0);
	ck_assert_uint_eq(figures().watches, 1);
	peer_say(fds[1], "to the earlier");
	while (figures().stale == 0)
		continue;
	ck_assert_uint_eq(clerk_count(ann, &bsk_fd_ready_type), 0);
	peer_say(later[1], "to the later");
	ck_assert_int_eq(ready(ann, 1)->fd, fds[0]);
	(void)close(copy);
	(void)close(later[0]);
	(void)close(later[1]);
}
END_TEST

START_TEST(the_table_grows_with_the_numbers)
{
	int high = fcntl(fds[0], F_DUPFD_CLOEXEC, 900);

	ck_assert_int_ge(high, 900);
	watch(ann, fds[0], BSK_FD_IN);
	watch(ann, high, BSK_FD_IN);
	ck_assert_int_eq(answer(ann, 2), 0);
	peer_say(fds[1], "x");
	(void)ready(ann, 2);
	ck_assert_int_ne(ready(ann, 1)->fd, ready(ann, 2)->fd);
	unwatch(ann, high);
	ck_assert_int_eq(answer(ann, 3), 0);
	(void)close(high);
}
END_TEST

START_TEST(does_not_open_without_its_own_descriptors)
{
	static const enum faulty_call calls[] = {
		FAULTY_EPOLL_CREATE, FAULTY_EVENTFD, FAULTY_EPOLL_CTL,
	};
	struct bsk_system_options options = { .workers = 1, .handover_ns = -1 };
	struct faulty_os world;
	const struct bsk_down *down;
	struct clerk *clerk;
	bsk_system *system;

	faulty_os_init(&world, &bsk_os_libc);
	options.os = &world.table;
	faulty_os_fail(&world, calls[_i], 1, EMFILE);
	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	clerk = clerk_new(system);
	(void)clerk_spawn(clerk, &bsk_reactor_class, NULL);
	down = clerk_wait(clerk, &bsk_down_type, 1);
	ck_assert_int_eq(down->reason, -EMFILE);
	ck_assert_uint_eq(faulty_os_struck(&world), 1);
	harness_system_end(system);
	clerk_free(clerk);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("reactor");
	TCase *tcase = harness_case("reactor");
	TCase *faults = harness_case("faults");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, tells_that_a_pipe_has_become_readable);
	tcase_add_test(tcase, tells_at_once_of_what_is_ready_already);
	tcase_add_test(tcase, tells_each_edge_and_nothing_between);
	tcase_add_test(tcase, keeps_hang_up_apart_from_readable);
	tcase_add_test(tcase, keeps_an_error_apart_from_writable);
	tcase_add_test(tcase, a_second_watch_changes_the_first_and_tells_again);
	tcase_add_test(tcase, refuses_what_another_watches_and_says_so);
	tcase_add_test(tcase, refuses_what_is_always_ready);
	tcase_add_test(tcase, refuses_a_number_that_is_not_open);
	tcase_add_test(tcase, refuses_no_events_unknown_events_and_no_sender);
	tcase_add_test(tcase, nothing_comes_after_the_answer_to_an_unwatch);
	tcase_add_test(tcase, a_released_descriptor_is_closed_and_unwatched);
	tcase_add_test(tcase, also_releases_what_was_never_watched);
	tcase_add_test(tcase, what_is_lent_blocks_again_and_stays_its_lenders);
	tcase_add_test(tcase, an_owner_that_ends_watches_no_more);
	tcase_add_test(
	    tcase, drops_and_counts_what_is_about_an_earlier_descriptor);
	tcase_add_test(tcase, the_table_grows_with_the_numbers);
	tcase_add_loop_test(
	    faults, does_not_open_without_its_own_descriptors, 0, 3);
	suite_add_tcase(s, tcase);
	suite_add_tcase(s, faults);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
