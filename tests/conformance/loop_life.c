/* loop_life.c - rows A05 and A16 to A20: how a system begins and ends. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <buskin/inspect.h>

#include "../clerk.h"
#include "../favours.h"
#include "../harness.h"

#define SENDERS 3
#define LATE 1000

static bsk_system *sys;

/* A system of one worker. A handler that blocks keeps that worker. */
static void
begin(void)
{
	struct bsk_system_options options = { .workers = 1,
	    .handover_ns = -1 };

	sem_init(&in_handler, 0, 0);
	sem_init(&go_on, 0, 0);
	ck_assert_int_eq(bsk_system_create(&options, &sys), 0);
}

static void
begin_running(void)
{
	begin();
	ck_assert_int_eq(bsk_system_start(sys), 0);
}

/* --- A05: who posts while it ends ----------------------------------------- */

struct favours_sent {
	uint64_t sent;
	uint64_t ends[BSK_END_COUNT];
};

static bool
add_edge(void *arg, const struct bsk_edge_info *edge)
{
	struct favours_sent *sum = arg;

	if (edge->type != &favour_type)
		return true;
	sum->sent += edge->sent;
	for (int i = 0; i < BSK_END_COUNT; i++)
		sum->ends[i] += edge->ends[i];
	return true;
}

/* What became of all favours that were asked. */
static struct favours_sent
favours_sent(void)
{
	struct favours_sent sum = { 0 };

	ck_assert_int_eq(bsk_inspect_edges(sys, add_edge, &sum), 0);
	return sum;
}

struct poster {
	pthread_t thread;
	bsk_ref to;
	uint64_t accepted;
};

static void *
post_until_the_end(void *arg)
{
	struct poster *poster = arg;
	int result;

	do {
		result = bsk_system_send(sys, poster->to, favour(IGNORE));
		if (result == 0)
			poster->accepted++;
		else
			(void)sched_yield();
	} while (result != -ESHUTDOWN);
	return NULL;
}

/* Posting while it ends never crashes and says when it is over; and whatever
 * was accepted was handled, is a dead letter and counted, or has come in since
 * the last worker looked: that becomes one when the system is freed. */
START_TEST(A05)
{
	struct poster posters[SENDERS];
	struct favours_sent sum;
	uint64_t accepted = 0;
	bsk_ref busy;

	begin_running();
	busy = helper(sys, BSK_PLACE_POOL);
	for (int i = 0; i < SENDERS; i++) {
		posters[i] = (struct poster){ .to = busy };
		ck_assert_int_eq(pthread_create(&posters[i].thread, NULL,
		    post_until_the_end, &posters[i]), 0);
	}
	bsk_system_stop(sys, 0);
	ck_assert_int_eq(bsk_system_wait(sys, HARNESS_PATIENCE_NS), 0);
	for (int i = 0; i < SENDERS; i++) {
		(void)pthread_join(posters[i].thread, NULL);
		accepted += posters[i].accepted;
	}
	sum = favours_sent();
	ck_assert_uint_eq(sum.ends[BSK_END_HANDLED] + sum.ends[BSK_END_DEAD],
	    sum.sent);
	ck_assert_uint_eq(sum.sent + bsk_system_messages(sys), accepted);
	bsk_system_destroy(sys);
}
END_TEST

/* To one that has stopped, while another still holds the system up. */
START_TEST(A05_dead_letters)
{
	struct favours_sent sum;
	bsk_ref dawdler;
	bsk_ref gone;

	begin_running();
	ck_assert_int_eq(bsk_system_spawn(sys, &dawdler_class, NULL, NULL,
	    &dawdler), 0);
	gone = helper(sys, BSK_PLACE_POOL);
	bsk_system_stop(sys, 0);
	wait_for(&in_handler); /* the dawdler is asked last */
	ck_assert_uint_eq(atomic_load(&closed), 1);
	for (int i = 0; i < LATE; i++)
		ck_assert_int_eq(bsk_system_send(sys, gone, favour(IGNORE)),
		    0);
	bsk_system_stop(sys, 0);
	ck_assert_int_eq(bsk_system_wait(sys, HARNESS_PATIENCE_NS), 0);
	sum = favours_sent();
	ck_assert_uint_eq(sum.sent, LATE);
	ck_assert_uint_eq(sum.ends[BSK_END_DEAD], LATE);
	bsk_system_destroy(sys);
}
END_TEST

/* --- A16 to A20 ----------------------------------------------------------- */

static void
run_inside(bsk_ctx *ctx, void *arg)
{
	(void)ctx;
	*(int *)arg = bsk_system_run(sys);
}

START_TEST(A16)
{
	bsk_system *other = harness_system(1, NULL);
	struct clerk *clerk = clerk_new(other);
	int result = 0;

	begin();
	clerk_do(clerk, run_inside, &result);
	ck_assert_int_eq(result, -EDEADLK);
	ck_assert_int_eq(bsk_system_start(sys), 0);
	ck_assert_int_eq(bsk_system_start(sys), -EALREADY);
	ck_assert_int_eq(bsk_system_run(sys), -EALREADY);
	harness_system_end(sys);
	harness_system_end(other);
	clerk_free(clerk);
}
END_TEST

START_TEST(A17)
{
	bsk_ref to;

	begin();
	to = helper(sys, BSK_PLACE_POOL);
	for (int i = 0; i < 500; i++)
		ck_assert_int_eq(bsk_system_send(sys, to, favour(IGNORE)), 0);
	ck_assert_int_eq(bsk_system_start(sys), 0);
	bsk_system_stop(sys, 3);
	ck_assert_int_eq(bsk_system_wait(sys, HARNESS_PATIENCE_NS), 3);
	ck_assert_uint_eq(favours_sent().ends[BSK_END_HANDLED], 500);
	bsk_system_destroy(sys);
}
END_TEST

START_TEST(A18)
{
	bsk_ref ref;

	begin_running();
	ref = helper(sys, BSK_PLACE_POOL);
	ck_assert_int_eq(call(sys, ref, ANSWER, HARNESS_PATIENCE_NS), 0);
	bsk_system_destroy(sys); /* stops it first, in order */
	ck_assert_uint_eq(atomic_load(&closed), 1);
}
END_TEST

static void
destroy_mine(bsk_ctx *ctx, void *arg)
{
	(void)arg;
	bsk_system_destroy(bsk_system_of(ctx));
}

START_TEST(A18_not_by_a_handler)
{
	begin_running();
	clerk_do(clerk_new(sys), destroy_mine, NULL);
}
END_TEST

START_TEST(A19)
{
	begin_running();
	for (int i = 0; i < 5; i++)
		bsk_system_stop(sys, i);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(bsk_system_wait(sys, HARNESS_PATIENCE_NS), 0);
	bsk_system_stop(sys, 9);
	bsk_system_destroy(sys);
	bsk_system_destroy(NULL);
}
END_TEST

START_TEST(A20)
{
	bsk_ref ref;

	begin_running();
	ref = helper(sys, BSK_PLACE_POOL);
	bsk_system_stop(sys, 0);
	ck_assert_int_eq(bsk_system_wait(sys, HARNESS_PATIENCE_NS), 0);
	ck_assert_int_eq(bsk_system_send(sys, ref, favour(ANSWER)),
	    -ESHUTDOWN);
	ck_assert_int_eq(call(sys, ref, ANSWER, SECOND_NS), -ESHUTDOWN);
	ck_assert_int_eq(bsk_system_spawn(sys, &helper_class, NULL, NULL,
	    &ref), -ESHUTDOWN);
	ck_assert_int_eq(bsk_system_start(sys), -EALREADY);
	ck_assert_int_eq(bsk_system_run(sys), -EALREADY);
	bsk_system_destroy(sys);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("loop_life");
	TCase *tcase = harness_case("loop_life");
	TCase *aborts = tcase_create("aborts");

	tcase_add_test(tcase, A05);
	tcase_add_test(tcase, A05_dead_letters);
	tcase_add_test(tcase, A16);
	tcase_add_test(tcase, A17);
	tcase_add_test(tcase, A18);
	tcase_add_test(tcase, A19);
	tcase_add_test(tcase, A20);
	suite_add_tcase(s, tcase);
	tcase_add_test_raise_signal(aborts, A18_not_by_a_handler, SIGABRT);
	suite_add_tcase(s, aborts);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
