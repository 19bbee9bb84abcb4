/* check_sim.c - the same seed is the same run, message by message. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/park.h>
#include <buskin/sim.h>

#include "harness.h"

#define ACTORS 12u
#define TRACE_SIZE 400000u

struct ball {
	uint64_t hops; /* left */
};
BSK_DECLARE(ball);
static const struct bsk_field ball_fields[] = {
	BSK_FIELD(ball, hops, "how often it is still thrown"),
};
const struct bsk_type ball_type = BSK_TYPE(ball, "a ball", ball_fields);

/* Throws balls to others, drawn at random, at times drawn at random. */
struct player {
	uint64_t thrown;
};

static bsk_ref players[ACTORS]; /* each test has a process of its own */

BSK_HANDLER(player_ball, player, ball);
BSK_HANDLER(player_due, player, bsk_timer_due);

static const struct bsk_handler player_handlers[] = {
	BSK_ON(ball, player_ball),
	BSK_ON(bsk_timer_due, player_due),
};
static const struct bsk_class player_class =
    BSK_CLASS(player, "player", "throws balls", player_handlers);

static int
player_ball(struct player *self, bsk_ctx *ctx, const struct ball *ball)
{
	bsk_ref to = players[bsk_random(ctx) % ACTORS];

	if (ball->hops == 0)
		return 0;
	if (self->thrown++ % 5 == 0)
		(void)bsk_timer_arm(ctx, ball->hops,
		    (int64_t)(bsk_random(ctx) % 1000000), 0);
	return bsk_send(ctx, to, BSK_NEW(ball, .hops = ball->hops - 1));
}

static int
player_due(struct player *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)self;
	return bsk_send(ctx, players[due->timer % ACTORS],
	    BSK_NEW(ball, .hops = due->timer / 2));
}

struct trace {
	char text[TRACE_SIZE];
	size_t length;
	uint64_t last;
	int64_t now_ns;
};

static void
write_step(void *arg, const struct bsk_sim_step *step)
{
	struct trace *trace = arg;

	ck_assert_uint_eq(step->number, ++trace->last);
	ck_assert_int_ge(step->now_ns, trace->now_ns);
	trace->now_ns = step->now_ns;
	ck_assert_uint_lt(trace->length + 200, TRACE_SIZE);
	trace->length += (size_t)snprintf(trace->text + trace->length, 200,
	    "%llu %lld %llx %llx %s %d\n", (unsigned long long)step->number,
	    (long long)step->now_ns, (unsigned long long)step->from.bits,
	    (unsigned long long)step->to.bits, step->type->name,
	    step->result);
}

static struct trace *
play(uint64_t seed)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	bsk_system *system;

	ck_assert_ptr_nonnull(trace);
	ck_assert_int_eq(bsk_sim_create(NULL, seed, &system), 0);
	bsk_sim_trace(system, write_step, trace);
	for (unsigned i = 0; i < ACTORS; i++)
		ck_assert_int_eq(bsk_system_spawn(system, &player_class, NULL,
		    NULL, &players[i]), 0);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(bsk_system_send(system, players[i],
		    BSK_NEW(ball, .hops = 40)), 0);
	ck_assert_int_eq(bsk_sim_run(system, INT64_C(1000000000)), 0);
	bsk_system_stop(system, 0);
	ck_assert_int_eq(bsk_sim_run(system, INT64_MAX), 1);
	harness_check_books(system);
	ck_assert_uint_eq(bsk_system_messages(system), 0);
	bsk_system_destroy(system);
	ck_assert_uint_gt(trace->last, 100);
	return trace;
}

START_TEST(the_same_seed_is_the_same_trace)
{
	for (uint64_t i = 0; i < 20; i++) {
		struct trace *one = play(harness_seed() + i);
		struct trace *other = play(harness_seed() + i);

		ck_assert_str_eq(one->text, other->text);
		free(one);
		free(other);
	}
}
END_TEST

START_TEST(different_seeds_differ)
{
	struct trace *one = play(1);

	for (uint64_t seed = 2; seed < 12; seed++) {
		struct trace *other = play(seed);

		ck_assert_str_ne(one->text, other->text);
		free(other);
	}
	free(one);
}
END_TEST

/* How much memory there was, and where, says nothing. */
START_TEST(what_was_before_in_the_process_does_not_matter)
{
	struct trace *one = play(5);
	struct trace *two = play(6);
	void *hole = malloc(123456);
	struct trace *other = play(5);

	ck_assert_str_eq(one->text, other->text);
	free(hole);
	free(one);
	free(two);
	free(other);
}
END_TEST

START_TEST(time_stands_still_until_there_is_nothing_to_do)
{
	bsk_system *system;

	ck_assert_int_eq(bsk_sim_create(NULL, 1, &system), 0);
	ck_assert_int_eq(bsk_sim_now(system), 0);
	for (unsigned i = 0; i < ACTORS; i++)
		ck_assert_int_eq(bsk_system_spawn(system, &player_class, NULL,
		    NULL, &players[i]), 0);
	ck_assert_int_eq(bsk_sim_run(system, 0), 0);
	ck_assert_int_eq(bsk_sim_now(system), 0);
	ck_assert_int_eq(bsk_sim_run(system, 5000), 0);
	ck_assert_int_eq(bsk_sim_now(system), 5000);
	ck_assert_int_eq(bsk_sim_run(system, 4000), 0);
	ck_assert_int_eq(bsk_sim_now(system), 5000);
	ck_assert_int_eq(bsk_sim_run(system, INT64_MAX), 0);
	ck_assert_int_eq(bsk_sim_now(system), 5000);
	bsk_system_destroy(system);
}
END_TEST

START_TEST(what_needs_threads_is_refused)
{
	bsk_message *answer = NULL;
	bsk_system *system;

	ck_assert_int_eq(bsk_sim_create(NULL, 1, &system), 0);
	ck_assert_int_eq(bsk_system_start(system), -ENOTSUP);
	ck_assert_int_eq(bsk_system_run(system), -ENOTSUP);
	ck_assert_int_eq(bsk_system_call(system, players[0],
	    BSK_NEW(ball, .hops = 1), 1000, &answer), -ENOTSUP);
	ck_assert_ptr_null(answer);
	bsk_system_destroy(system);
}
END_TEST

static Suite *
sim_suite(void)
{
	Suite *suite = suite_create("sim");
	TCase *tcase = harness_case("sim");

	tcase_add_test(tcase, the_same_seed_is_the_same_trace);
	tcase_add_test(tcase, different_seeds_differ);
	tcase_add_test(tcase, what_was_before_in_the_process_does_not_matter);
	tcase_add_test(tcase, time_stands_still_until_there_is_nothing_to_do);
	tcase_add_test(tcase, what_needs_threads_is_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(sim_suite);
}
