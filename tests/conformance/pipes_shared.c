/* pipes_shared.c - row X16: what others share with us is as it was, when we
 * have ended in whatever way.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <buskin/actor.h>

#include "../harness.h"
#include "../peer.h"
#include "../plumbing.h"

/* --- what is shared: the end's [0] is lent, and is the same open file as */
static int theirs;

static void
share_pipe(void)
{
	theirs = dup(plumbing_fds[0]);
}

static void
share_socket(void)
{
	plumbing_sockets();
	theirs = dup(plumbing_fds[0]);
}

static void
share_terminal(void)
{
	plumbing_terminal(true);
	theirs = dup(plumbing_fds[0]);
}

static void (*const shares[])(void) = {
	share_pipe, share_socket, share_terminal
};
#define SHARES 3

/* --- how it ends ------------------------------------------------------ */

static void
hang_up(void)
{
	plumbing_close(1);
}

static void
do_kill(bsk_ctx *ctx, void *arg)
{
	(void)arg;
	ck_assert_int_eq(bsk_kill(ctx, plumbing_pipe), 0);
}

static void
kill_it(void)
{
	clerk_do(plumbing_clerk, do_kill, NULL);
}

static void
end_system(void)
{
	harness_system_end(plumbing_system);
	plumbing_system = NULL;
}

static void (*const ends[])(void) = {
	plumbing_abort, plumbing_stop, hang_up, kill_it, end_system
};
#define ENDS 5

/* Every kind, in every way. */
START_TEST(X16)
{
	shares[_i % SHARES]();
	PIPE(.number = plumbing_fds[0]);
	SAY("x");
	(void)clerk_bytes(plumbing_clerk, 1);
	ck_assert(!plumbing_waits(plumbing_opened(1)->number));
	ends[_i / SHARES]();
	if (plumbing_system != NULL)
		(void)clerk_wait(plumbing_clerk, &bsk_down_type, 1);
	ck_assert(plumbing_waits(theirs));
	ck_assert(plumbing_waits(plumbing_fds[0]));
	(void)close(theirs);
}
END_TEST

START_TEST(X16_leaves_what_never_waited)
{
	shares[_i]();
	ck_assert_int_eq(fcntl(theirs, F_SETFL, O_NONBLOCK), 0);
	PIPE(.number = plumbing_fds[0]);
	(void)plumbing_opened(1);
	plumbing_abort();
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert(!plumbing_waits(theirs));
	(void)close(theirs);
}
END_TEST

/* The owner has closed its own by then; a copy is still somebody's. */
START_TEST(X16_when_the_lender_has_gone)
{
	shares[_i]();
	PIPE(.number = plumbing_fds[0]);
	(void)plumbing_opened(1);
	plumbing_close(0);
	SAY("x");
	(void)clerk_bytes(plumbing_clerk, 1);
	plumbing_abort();
	ck_assert_int_eq(plumbing_over(), 0);
	ck_assert(plumbing_waits(theirs));
	(void)close(theirs);
}
END_TEST

/* Standard input and output are often one open file: that of the terminal,
 * which the shell has too. It is not changed at any time, and one actor's end
 * is not the other's. */
START_TEST(X16_of_a_terminal_is_never_seen)
{
	share_terminal();
	PIPE(.number = theirs, .end = BSK_PIPE_WRITE);
	(void)plumbing_opened(1);
	PIPE(.number = plumbing_fds[0]);
	(void)plumbing_opened(2);
	ck_assert(plumbing_waits(theirs));
	SAY("in");
	(void)clerk_bytes(plumbing_clerk, 2);
	plumbing_abort();
	(void)plumbing_ended(1);
	ck_assert(plumbing_waits(theirs));
	clerk_say(plumbing_clerk,
	    clerk_sender(plumbing_clerk, &bsk_pipe_opened_type, 1), "out");
	peer_expect(plumbing_fds[1], "out");
	(void)close(theirs);
}
END_TEST

/* Standard output and error, one pipe: the same. */
START_TEST(X16_of_a_written_pipe_is_never_seen)
{
	theirs = dup(plumbing_fds[1]);
	PIPE(.number = theirs, .end = BSK_PIPE_WRITE);
	(void)plumbing_opened(1);
	PIPE(.number = plumbing_fds[1], .end = BSK_PIPE_WRITE);
	(void)plumbing_opened(2);
	ck_assert(plumbing_waits(theirs));
	plumbing_abort();
	(void)plumbing_ended(1);
	ck_assert(plumbing_waits(theirs));
	clerk_say(plumbing_clerk,
	    clerk_sender(plumbing_clerk, &bsk_pipe_opened_type, 1), "still");
	peer_expect(plumbing_fds[0], "still");
	(void)close(theirs);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("pipes, shared");
	TCase *tcase = harness_case("pipes, shared");

	tcase_add_checked_fixture(tcase, plumbing_begin, plumbing_end);
	tcase_add_loop_test(tcase, X16, 0, SHARES * ENDS);
	tcase_add_loop_test(tcase, X16_leaves_what_never_waited, 0, SHARES);
	tcase_add_loop_test(tcase, X16_when_the_lender_has_gone, 0, SHARES);
	tcase_add_test(tcase, X16_of_a_terminal_is_never_seen);
	tcase_add_test(tcase, X16_of_a_written_pipe_is_never_seen);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
