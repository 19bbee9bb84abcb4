/* check_unix_credit.c - who is handed connections says how many there may be;
 * all others wait in the backlog, and nobody is hung up on for coming late.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <buskin/unix.h>

#include "clerk.h"
#include "harness.h"
#include "peer.h"

static bsk_system *system_;
static struct clerk *clerk;
static bsk_ref listener;
static char path[128];

static void
begin(void)
{
	const struct bsk_system_options options = { .workers = 2 };

	ck_assert_int_eq(bsk_system_create(&options, &system_), 0);
	ck_assert_int_eq(bsk_system_start(system_), 0);
	clerk = clerk_new(system_);
	(void)snprintf(path, sizeof(path), "%s", peer_path("socket"));
	listener = clerk_spawn(clerk, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config,
		.path = bsk_text_copy(path), .to = clerk_ref(clerk),
		.accept = BSK_UNIX_FD, .credit = 2));
	(void)clerk_wait(clerk, &bsk_listener_ready_type, 1);
}

static void
end(void)
{
	harness_system_end(system_);
	clerk_free(clerk);
	peer_clean();
}

/* A client, who waits for an answer. */
static int
come(void)
{
	int fd = peer_connect(path);

	peer_say(fd, "here");
	return fd;
}

/* The nth connection that was handed over is answered, and is over. */
static void
serve(unsigned nth)
{
	const struct bsk_unix_accepted *accepted =
	    clerk_wait(clerk, &bsk_unix_accepted_type, nth);
	int fd = bsk_fd_take(&accepted->fd);

	peer_expect(fd, "here");
	peer_say(fd, "served");
	(void)close(fd);
}

static void
be_served(int fd)
{
	peer_expect(fd, "served");
	(void)close(fd);
}

/* How many were accepted ever, once it has looked: its own turn comes first. */
static uint64_t
accepted(void)
{
	unsigned nth = clerk_count(clerk, &bsk_unix_listener_status_type) + 1;
	const struct bsk_unix_listener_status *status;

	clerk_ask(clerk, listener, BSK_NEW(bsk_status_ask, .reserved = 0));
	status = clerk_wait(clerk, &bsk_unix_listener_status_type, nth);
	ck_assert_uint_eq(status->refused, 0);
	return status->accepted;
}

START_TEST(no_more_are_handed_over_than_were_asked_for)
{
	int fds[5];
	unsigned i;

	for (i = 0; i < 5; i++)
		fds[i] = come();
	serve(1);
	serve(2);
	ck_assert_uint_eq(accepted(), 2);
	clerk_tell(clerk, listener, BSK_NEW(bsk_listener_credit, .count = 1));
	serve(3);
	ck_assert_uint_eq(accepted(), 3);
	/* More than it has handed over: what was never owed is no credit. */
	clerk_tell(clerk, listener,
	    BSK_NEW(bsk_listener_credit, .count = UINT32_MAX));
	serve(4);
	serve(5);
	for (i = 0; i < 5; i++)
		be_served(fds[i]);
	for (i = 0; i < 2; i++)
		fds[i] = come();
	ck_assert_uint_eq(accepted(), 5);
	clerk_tell(clerk, listener, BSK_NEW(bsk_listener_credit, .count = 2));
	for (i = 0; i < 2; i++)
		serve(6 + i);
	for (i = 0; i < 2; i++)
		be_served(fds[i]);
}
END_TEST

START_TEST(one_that_was_stopped_accepts_nobody_however_much_credit)
{
	int served = come();
	int other = come();
	char byte;
	int late;

	serve(1);
	serve(2);
	be_served(served);
	be_served(other);
	late = come();
	clerk_ask(clerk, listener,
	    BSK_NEW(bsk_listener_stop, .drain = false));
	ck_assert_int_eq(read(late, &byte, 1), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	clerk_tell(clerk, listener, BSK_NEW(bsk_listener_credit, .count = 2));
	ck_assert_uint_eq(accepted(), 2);
	(void)close(late);
}
END_TEST

START_TEST(credit_is_for_who_hands_over)
{
	struct bsk_unix_listener_config config = {
		.path = bsk_text_copy("@nowhere"), .credit = 1 };
	struct bsk_config_fault fault = { .field = NULL };

	ck_assert_int_eq(bsk_unix_listener_check(&config, &fault), -EINVAL);
	ck_assert_str_eq(fault.field, "credit");
	bsk_text_drop(&config.path);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("unix-credit");
	TCase *tcase = harness_case("credit");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, no_more_are_handed_over_than_were_asked_for);
	tcase_add_test(
	    tcase, one_that_was_stopped_accepts_nobody_however_much_credit);
	tcase_add_test(tcase, credit_is_for_who_hands_over);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
