/* check_sentry.c - one handler that takes long keeps nobody else. */
#include <errno.h>
#include <pthread.h>

#include <buskin/park.h>
#include <buskin/supervisor.h>

#include "favours.h"
#include "harness.h"
#include "number.h"

#define MS INT64_C(1000000)

static bsk_system *sys;

static void
begin(unsigned workers)
{
	const struct bsk_system_options options = { .workers = workers,
	    .overrun_ns = -1 };

	sem_init(&in_handler, 0, 0);
	sem_init(&go_on, 0, 0);
	ck_assert_int_eq(bsk_system_create(&options, &sys), 0);
	ck_assert_int_eq(bsk_system_start(sys), 0);
}

static void
block(bsk_ref actor)
{
	ck_assert_int_eq(bsk_system_send(sys, actor, favour(BLOCK)), 0);
	wait_for(&in_handler);
}

static void
expect_answer(bsk_ref actor)
{
	ck_assert_int_eq(call(sys, actor, ANSWER, HARNESS_PATIENCE_NS), 0);
}

START_TEST(others_of_its_worker_go_on)
{
	bsk_ref slow;
	bsk_ref quick;

	begin(1);
	slow = helper(sys, BSK_PLACE_POOL);
	quick = helper(sys, BSK_PLACE_POOL);
	block(slow);
	for (int i = 0; i < 100; i++)
		expect_answer(quick);
	sem_post(&go_on);
	expect_answer(slow);
	expect_answer(quick);
	harness_system_end(sys);
}
END_TEST

/* Each keeps the thread that was to stand in for the one before it. */
START_TEST(as_many_as_there_are_may_take_long)
{
	enum { MANY = 8 };
	bsk_ref slow[MANY];
	bsk_ref quick;

	begin(2);
	quick = helper(sys, BSK_PLACE_POOL);
	for (int i = 0; i < MANY; i++) {
		slow[i] = helper(sys, BSK_PLACE_POOL);
		block(slow[i]);
		expect_answer(quick);
	}
	for (int i = 0; i < MANY; i++)
		sem_post(&go_on);
	for (int i = 0; i < MANY; i++)
		expect_answer(slow[i]);
	harness_system_end(sys);
}
END_TEST

/* --- what it does while its worker is lent -------------------------------- */

#define SENT 1000

struct talker {
	bsk_ref listener;
};

static atomic_uint heard;
static atomic_bool in_order;

BSK_HANDLER(on_heard, talker, number)
{
	(void)ctx;
	(void)self;
	if (body->value != (uint64_t)atomic_fetch_add(&heard, 1))
		atomic_store(&in_order, false);
	return 0;
}

BSK_HANDLER(on_how_many, talker, favour)
{
	(void)self;
	(void)body;
	return bsk_reply(ctx, BSK_NEW(number, .value = atomic_load(&heard)));
}

static const struct bsk_handler listener_handlers[] = {
	BSK_ON(number, on_heard),
	BSK_ON(favour, on_how_many),
};
static const struct bsk_class listener_class = BSK_CLASS(talker, "listener",
    "listens", listener_handlers);

BSK_HANDLER(on_talker_open, talker, bsk_open)
{
	(void)body;
	return bsk_spawn(ctx, &listener_class, NULL,
	    &(struct bsk_spawn_options){ .name = "listener" },
	    &self->listener);
}

/* Computes until others have had their turn meanwhile, and goes on to send. */
BSK_HANDLER(on_talk, talker, favour)
{
	if (body->wish == ANSWER)
		return bsk_reply(ctx, BSK_NEW(number, .value = 0));
	for (uint64_t i = 0; i < SENT; i++) {
		if (i % (SENT / 4) == 0) {
			sem_post(&in_handler);
			wait_for(&go_on);
		}
		if (bsk_send(ctx, self->listener,
		    BSK_NEW(number, .value = i)) < 0)
			return -EIO;
	}
	return 0;
}

static const struct bsk_handler talker_handlers[] = {
	BSK_ON(bsk_open, on_talker_open),
	BSK_ON(favour, on_talk),
};
static const struct bsk_class talker_class = BSK_CLASS(talker, "talker",
    "talks at length", talker_handlers);

/* Its verbs wait until the worker is back, and what it sends keeps its order.
 */
START_TEST(its_verbs_find_their_worker_again)
{
	bsk_ref listener;
	bsk_ref talker;
	bsk_ref quick;

	begin(1);
	atomic_store(&in_order, true);
	quick = helper(sys, BSK_PLACE_POOL);
	ck_assert_int_eq(bsk_system_spawn(sys, &talker_class, NULL, NULL,
	    &talker), 0);
	for (int round = 0; round < 5; round++) {
		atomic_store(&heard, 0);
		ck_assert_int_eq(bsk_system_send(sys, talker,
		    favour(IGNORE)), 0);
		for (int i = 0; i < 4; i++) {
			wait_for(&in_handler);
			expect_answer(quick);
			sem_post(&go_on);
		}
		expect_answer(talker);
		ck_assert_int_eq(bsk_system_find(sys, "listener", &listener),
		    0);
		expect_answer(listener);
		ck_assert_uint_eq(atomic_load(&heard), SENT);
	}
	ck_assert(atomic_load(&in_order));
	harness_system_end(sys);
}
END_TEST

/* --- kills and ends meanwhile --------------------------------------------- */

BSK_HANDLER(on_kill, talker, favour)
{
	(void)body;
	bsk_kill(ctx, self->listener);
	return bsk_reply(ctx, BSK_NEW(number, .value = 0));
}

BSK_HANDLER(on_victim_open, talker, bsk_open)
{
	(void)body;
	return bsk_spawn(ctx, &helper_class, NULL, &(struct bsk_spawn_options){
	    .name = "victim" }, &self->listener);
}

static const struct bsk_handler killer_handlers[] = {
	BSK_ON(bsk_open, on_victim_open),
	BSK_ON(favour, on_kill),
};
static const struct bsk_class killer_class = BSK_CLASS(talker, "killer",
    "kills its child", killer_handlers);

/* One that is killed while its handler runs ends when that has ended. */
START_TEST(is_killed_after_its_handler)
{
	bsk_ref killer;
	bsk_ref victim;

	begin(1);
	atomic_store(&closed, 0);
	ck_assert_int_eq(bsk_system_spawn(sys, &killer_class, NULL, NULL,
	    &killer), 0);
	expect_answer(helper(sys, BSK_PLACE_POOL));
	ck_assert_int_eq(bsk_system_find(sys, "victim", &victim), 0);
	block(victim);
	expect_answer(killer);
	ck_assert_uint_eq(atomic_load(&closed), 0);
	sem_post(&go_on);
	ck_assert_int_lt(call(sys, victim, ANSWER, HARNESS_PATIENCE_NS), 0);
	ck_assert_uint_eq(atomic_load(&closed), 1);
	harness_system_end(sys);
}
END_TEST

static void *
go_on_soon(void *arg)
{
	(void)arg;
	while (bsk_system_wait(sys, 0) == -ETIMEDOUT)
		sem_post(&go_on);
	return NULL;
}

/* A system that ends waits for the handler. */
START_TEST(a_stop_waits_for_it)
{
	pthread_t thread;
	bsk_ref slow;

	begin(1);
	slow = helper(sys, BSK_PLACE_POOL);
	block(slow);
	expect_answer(helper(sys, BSK_PLACE_POOL));
	bsk_system_stop(sys, 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, go_on_soon, NULL), 0);
	ck_assert_int_eq(bsk_system_wait(sys, HARNESS_PATIENCE_NS), 0);
	pthread_join(thread, NULL);
	bsk_system_destroy(sys);
}
END_TEST

/* --- the one that the worker sleeps in ------------------------------------ */

/* Waits for its semaphore, and has a handler that takes long. */
struct sleeper {
	bool is_busy;
};

static sem_t bell;
static atomic_bool met_busy;

static void
sleep_on_bell(void *arg, bsk_ctx *ctx, int64_t timeout_ns)
{
	struct sleeper *self = arg;

	(void)ctx;
	if (self->is_busy)
		atomic_store(&met_busy, true);
	if (timeout_ns < 0)
		wait_for(&bell);
	else
		(void)sem_trywait(&bell);
}

static void
ring_bell(void *waker)
{
	sem_post(waker);
}

static const struct bsk_park bell_park = { .wait = sleep_on_bell,
	.wake = ring_bell };

BSK_HANDLER(on_sleeper_open, sleeper, bsk_open)
{
	(void)self;
	(void)body;
	return bsk_park_set(ctx, &bell_park, &bell);
}

BSK_HANDLER(on_long, sleeper, favour)
{
	(void)ctx;
	(void)body;
	self->is_busy = true;
	sem_post(&in_handler);
	wait_for(&go_on);
	self->is_busy = false;
	return 0;
}

BSK_HANDLER(on_sleeper_close, sleeper, bsk_close)
{
	(void)self;
	(void)body;
	(void)bsk_park_set(ctx, NULL, NULL);
	return 0;
}

static const struct bsk_handler sleeper_handlers[] = {
	BSK_ON(bsk_open, on_sleeper_open),
	BSK_ON(favour, on_long),
	BSK_ON(bsk_close, on_sleeper_close),
};
static const struct bsk_class sleeper_class = BSK_CLASS(sleeper, "sleeper",
    "is slept in", sleeper_handlers);

static sem_t told;

BSK_HANDLER(on_taker_open, talker, bsk_open)
{
	(void)self;
	(void)body;
	return bsk_take_faults(ctx);
}

BSK_HANDLER(on_overrun, talker, bsk_overrun)
{
	(void)self;
	(void)ctx;
	(void)body;
	sem_post(&told);
	return 0;
}

static const struct bsk_handler taker_handlers[] = {
	BSK_ON(bsk_open, on_taker_open),
	BSK_ON(bsk_overrun, on_overrun),
};
static const struct bsk_class taker_class = BSK_CLASS(talker, "taker",
    "takes faults", taker_handlers);

/* It keeps its worker: another thread would go to sleep in it meanwhile. */
START_TEST(who_is_slept_in_keeps_its_worker)
{
	const struct bsk_system_options options = { .workers = 1,
	    .overrun_ns = 20 * MS };
	const struct bsk_spawn_options apart = {
	    .placement = BSK_PLACE_THREAD };
	bsk_ref sleeper;
	bsk_ref taker;

	sem_init(&in_handler, 0, 0);
	sem_init(&go_on, 0, 0);
	sem_init(&bell, 0, 0);
	sem_init(&told, 0, 0);
	atomic_store(&met_busy, false);
	ck_assert_int_eq(bsk_system_create(&options, &sys), 0);
	ck_assert_int_eq(bsk_system_start(sys), 0);
	ck_assert_int_eq(bsk_system_spawn(sys, &taker_class, NULL, &apart,
	    &taker), 0);
	ck_assert_int_eq(bsk_system_spawn(sys, &sleeper_class, NULL, NULL,
	    &sleeper), 0);
	block(sleeper);
	wait_for(&told);
	sem_post(&go_on);
	expect_answer(helper(sys, BSK_PLACE_POOL));
	ck_assert(!atomic_load(&met_busy));
	harness_system_end(sys);
}
END_TEST

/* --- many ----------------------------------------------------------------- */

/* Some compute for a few milliseconds, all the while sending. */
struct mixer {
	bsk_ref next;
	uint64_t left;
};

static sem_t mixed;

BSK_HANDLER(on_mix, mixer, number)
{
	int64_t until_ns = bsk_now(ctx) + (int64_t)(bsk_random(ctx) % 16 == 0 ?
	    3 * MS : 0);

	while (bsk_now(ctx) < until_ns)
		(void)bsk_random(ctx);
	if (body->value == 0) {
		sem_post(&mixed);
		return 0;
	}
	return bsk_send(ctx, bsk_ref_is_nobody(self->next) ? bsk_sender(ctx) :
	    self->next, BSK_NEW(number, .value = body->value - 1));
}

BSK_HANDLER(on_next, mixer, bsk_child_started)
{
	(void)ctx;
	self->next = body->child;
	return 0;
}

static const struct bsk_handler mixer_handlers[] = {
	BSK_ON(number, on_mix),
	BSK_ON(bsk_child_started, on_next),
};
static const struct bsk_class mixer_class = BSK_CLASS(mixer, "mixer",
    "computes and sends", mixer_handlers);

START_TEST(nothing_is_lost_while_workers_change_hands)
{
	enum { MIXERS = 8, TOKENS = 16, HOPS = 60 };
	bsk_ref mixers[MIXERS];

	begin(2);
	sem_init(&mixed, 0, 0);
	for (int i = 0; i < MIXERS; i++)
		ck_assert_int_eq(bsk_system_spawn(sys, &mixer_class, NULL,
		    NULL, &mixers[i]), 0);
	for (int i = 0; i < MIXERS; i++)
		ck_assert_int_eq(bsk_system_send(sys, mixers[i],
		    BSK_NEW(bsk_child_started,
			.child = mixers[(i + 1) % MIXERS])), 0);
	for (int i = 0; i < TOKENS; i++)
		ck_assert_int_eq(bsk_system_send(sys, mixers[i % MIXERS],
		    BSK_NEW(number, .value = HOPS)), 0);
	for (int i = 0; i < TOKENS; i++)
		wait_for(&mixed);
	harness_system_end(sys);
}
END_TEST

static Suite *
sentry_suite(void)
{
	Suite *suite = suite_create("sentry");
	TCase *tcase = harness_case("handover");

	tcase_add_test(tcase, others_of_its_worker_go_on);
	tcase_add_test(tcase, as_many_as_there_are_may_take_long);
	tcase_add_test(tcase, its_verbs_find_their_worker_again);
	tcase_add_test(tcase, is_killed_after_its_handler);
	tcase_add_test(tcase, a_stop_waits_for_it);
	tcase_add_test(tcase, who_is_slept_in_keeps_its_worker);
	tcase_add_test(tcase, nothing_is_lost_while_workers_change_hands);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(sentry_suite);
}
