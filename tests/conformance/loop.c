/* loop.c - rows A: turns, wakes, order, time, faults, the life of a system. */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <buskin/log.h>
#include <buskin/reactor.h>
#include <buskin/timer.h>

#include "../clerk.h"
#include "../favours.h"
#include "../faulty_os.h"
#include "../harness.h"
#include "../number.h"
#include "../peer.h"
#include "../probe.h"

#define MS INT64_C(1000000)

static struct faulty_os world;
static bsk_system *sys;

/* A system of one worker, in a world that counts. A handler that blocks keeps
 * that worker. */
static void
begin(struct bsk_system_options options)
{
	faulty_os_init(&world, &bsk_os_libc);
	sem_init(&in_handler, 0, 0);
	sem_init(&go_on, 0, 0);
	if (options.workers == 0)
		options.workers = 1;
	options.handover_ns = -1;
	if (options.os == NULL)
		options.os = &world.table;
	ck_assert_int_eq(bsk_system_create(&options, &sys), 0);
}

static void
begin_running(struct bsk_system_options options)
{
	begin(options);
	ck_assert_int_eq(bsk_system_start(sys), 0);
}

#define DEFAULTS ((struct bsk_system_options){ .name = "loop" })

static void
make_reactor(bsk_ctx *ctx, void *arg)
{
	ck_assert_int_eq(bsk_service(ctx, &bsk_reactor_class, arg), 0);
}

/* Has the one worker sleep in the reactor. */
static bsk_ref
reactor_on(struct clerk *clerk)
{
	bsk_ref reactor;

	clerk_do(clerk, make_reactor, &reactor);
	return reactor;
}

/* --- A03 to A08: wakes and order ------------------------------------------ */

START_TEST(A03)
{
	struct clerk *clerk;
	bsk_ref busy;
	unsigned before;

	begin_running(DEFAULTS);
	clerk = clerk_new(sys);
	(void)reactor_on(clerk);
	busy = helper(sys, BSK_PLACE_POOL);
	ck_assert_int_eq(bsk_system_send(sys, busy, favour(BLOCK)), 0);
	wait_for(&in_handler);
	before = faulty_os_count(&world, FAULTY_WRITE);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(bsk_system_send(sys, busy, favour(IGNORE)),
		    0);
	ck_assert_uint_le(faulty_os_count(&world, FAULTY_WRITE), before + 1);
	sem_post(&go_on);
	ck_assert_int_eq(call(sys, busy, ANSWER, HARNESS_PATIENCE_NS), 0);
	harness_system_end(sys);
	clerk_free(clerk);
}
END_TEST

START_TEST(A04)
{
	struct clerk *clerk;
	bsk_ref busy;

	begin_running(DEFAULTS);
	clerk = clerk_new(sys);
	(void)reactor_on(clerk);
	busy = helper(sys, BSK_PLACE_POOL);
	for (int i = 0; i < 200; i++) {
		faulty_os_fail(&world, FAULTY_EPOLL_WAIT, 1, EINTR);
		ck_assert_int_eq(call(sys, busy, ANSWER, HARNESS_PATIENCE_NS),
		    0);
	}
	ck_assert_uint_gt(faulty_os_struck(&world), 0);
	harness_system_end(sys);
	clerk_free(clerk);
}
END_TEST

static void *
post_until_the_end(void *arg)
{
	const bsk_ref *to = arg;
	int result;

	do
		result = bsk_system_send(sys, *to, favour(IGNORE));
	while (result != -ESHUTDOWN);
	return NULL;
}

/* Posting while it ends never crashes, and says when it is over. */
START_TEST(A05)
{
	struct clerk *clerk;
	pthread_t threads[3];
	bsk_ref busy;

	begin_running(DEFAULTS);
	clerk = clerk_new(sys);
	(void)reactor_on(clerk);
	busy = helper(sys, BSK_PLACE_POOL);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
		    post_until_the_end, &busy), 0);
	bsk_system_stop(sys, 0);
	ck_assert_int_eq(bsk_system_wait(sys, HARNESS_PATIENCE_NS), 0);
	for (int i = 0; i < 3; i++)
		(void)pthread_join(threads[i], NULL);
	bsk_system_destroy(sys);
	clerk_free(clerk);
}
END_TEST

/* An actor that checks that what each sender sends comes in order, once. */
#define SENDERS 4
#define EACH 20000

struct ledger {
	uint64_t next[SENDERS];
};
static atomic_uint entered;

BSK_HANDLER(on_number, ledger, number)
{
	(void)ctx;
	ck_assert_uint_eq(body->value % EACH,
	    self->next[body->value / EACH]++);
	(void)atomic_fetch_add(&entered, 1);
	return 0;
}

static const struct bsk_handler ledger_handlers[] = {
	BSK_ON(number, on_number),
};
static const struct bsk_class ledger_class = BSK_CLASS(ledger, "ledger",
    "checks the order", ledger_handlers);

static bsk_ref
ledger(void)
{
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(sys, &ledger_class, NULL, NULL,
	    &ref), 0);
	return ref;
}

static void
send_all(bsk_ctx *ctx, void *arg)
{
	for (uint64_t i = 0; i < EACH; i++)
		ck_assert_int_eq(bsk_send(ctx, *(bsk_ref *)arg,
		    BSK_NEW(number, .value = i)), 0);
}

START_TEST(A06)
{
	struct clerk *clerk;
	bsk_ref to;

	begin_running((struct bsk_system_options){
	    .workers = 1 + (unsigned)_i });
	clerk = clerk_new(sys);
	to = ledger();
	clerk_do(clerk, send_all, &to);
	harness_system_end(sys);
	ck_assert_uint_eq(atomic_load(&entered), EACH);
	clerk_free(clerk);
}
END_TEST

START_TEST(A07)
{
	struct clerk *clerk;
	bsk_ref busy;
	bsk_ref reactor;
	int fds[2];

	begin_running(DEFAULTS);
	clerk = clerk_new(sys);
	reactor = reactor_on(clerk);
	busy = helper(sys, BSK_PLACE_POOL);
	ck_assert_int_eq(bsk_system_send(sys, busy, favour(SELF)), 0);
	peer_pipe_from(fds);
	clerk_ask(clerk, reactor, BSK_NEW(bsk_fd_watch, .fd = fds[0],
	    .events = BSK_FD_IN));
	(void)clerk_wait(clerk, &bsk_result_type, 1);
	peer_say(fds[1], "x");
	(void)clerk_wait(clerk, &bsk_fd_ready_type, 1);
	bsk_system_stop(sys, 0);
	bsk_system_stop(sys, 0);
	ck_assert_int_eq(bsk_system_wait(sys, HARNESS_PATIENCE_NS), 0);
	bsk_system_destroy(sys);
	clerk_free(clerk);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

struct sender {
	bsk_ref to;
	uint64_t first;
};

static void *
send_from_outside(void *arg)
{
	const struct sender *sender = arg;

	for (uint64_t i = 0; i < EACH; i++)
		while (bsk_system_send(sys, sender->to, BSK_NEW(number,
		    .value = sender->first + i)) == -EAGAIN)
			sched_yield();
	return NULL;
}

START_TEST(A08)
{
	struct sender senders[SENDERS];
	pthread_t threads[SENDERS];
	bsk_ref to;

	begin_running(DEFAULTS);
	to = ledger();
	for (uint64_t i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender){ to, i * EACH };
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
		    send_from_outside, &senders[i]), 0);
	}
	for (int i = 0; i < SENDERS; i++)
		(void)pthread_join(threads[i], NULL);
	harness_system_end(sys);
	ck_assert_uint_eq(atomic_load(&entered), SENDERS * EACH);
}
END_TEST

/* --- A09, A10: time ------------------------------------------------------- */

static struct probe_log heard;

START_TEST(A09)
{
	const struct bsk_timer_fired *fired;
	int64_t begin_ns;
	bsk_ref timer;
	bsk_ref probe;

	probe_log_init(&heard);
	begin_running(DEFAULTS);
	ck_assert_int_eq(bsk_system_spawn(sys, &bsk_timer_class, NULL, NULL,
	    &timer), 0);
	probe = probe_spawn(sys, &heard, NULL);
	begin_ns = bsk_os_libc.now(&bsk_os_libc);
	for (uint64_t i = 0; i < 30; i++)
		probe_tell(sys, probe, timer, BSK_PARCEL(bsk_timer_set,
		    .id = i, .after_ns = (int64_t)(i % 10) * MS));
	ck_assert(probe_wait(&heard, 30));
	for (unsigned i = 0; i < 30; i++) {
		fired = probe_heard(&heard, i, &bsk_timer_fired_type);
		ck_assert_int_ge(heard.records[i].now_ns,
		    begin_ns + (int64_t)(fired->id % 10) * MS);
	}
	harness_system_end(sys);
	probe_log_release(&heard);
}
END_TEST

/* Those that are due together fire in the order they were set. */
START_TEST(A09_in_order)
{
	const struct bsk_timer_fired *fired;
	bsk_ref timer;
	bsk_ref probe;

	probe_log_init(&heard);
	ck_assert_int_eq(bsk_sim_create(NULL, harness_seed(), &sys), 0);
	ck_assert_int_eq(bsk_system_spawn(sys, &bsk_timer_class, NULL, NULL,
	    &timer), 0);
	probe = probe_spawn(sys, &heard, NULL);
	for (uint64_t i = 0; i < 100; i++)
		probe_tell(sys, probe, timer, BSK_PARCEL(bsk_timer_set,
		    .id = i, .after_ns = 5 * MS));
	ck_assert_int_eq(bsk_sim_run(sys, 10 * MS), 0);
	for (unsigned i = 0; i < 100; i++) {
		fired = probe_heard(&heard, i, &bsk_timer_fired_type);
		ck_assert_uint_eq(fired->id, i);
		ck_assert_int_ge(heard.records[i].now_ns, 5 * MS);
	}
	bsk_system_destroy(sys);
	probe_log_release(&heard);
}
END_TEST

static void
arm_and_disarm(bsk_ctx *ctx, void *arg)
{
	const uint64_t *many = arg;

	for (uint64_t i = 0; i < *many; i++) {
		ck_assert_int_eq(bsk_timer_arm(ctx, i, INT64_MAX - 1, 0), 0);
		ck_assert_int_eq(bsk_timer_disarm(ctx, i), 0);
	}
	ck_assert_int_eq(bsk_timer_arm(ctx, 0, INT64_MAX, INT64_MAX), 0);
}

START_TEST(A10)
{
	uint64_t many = 1000000;
	struct mallinfo2 before;
	struct mallinfo2 after;
	struct clerk *clerk;

	begin_running(DEFAULTS);
	clerk = clerk_new(sys);
	before = mallinfo2();
	clerk_do(clerk, arm_and_disarm, &many);
	after = mallinfo2();
	ck_assert_uint_lt(after.uordblks + after.hblkhd,
	    before.uordblks + before.hblkhd + (1 << 20));
	/* The one that is left is due in 292 years, and not at once. */
	ck_assert_uint_eq(clerk_count(clerk, &bsk_timer_due_type), 0);
	harness_system_end(sys);
	clerk_free(clerk);
}
END_TEST

/* --- A16 to A20: the life of a system ------------------------------------- */

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

	begin(DEFAULTS);
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

	begin(DEFAULTS);
	to = ledger();
	for (uint64_t i = 0; i < 500; i++)
		ck_assert_int_eq(bsk_system_send(sys, to,
		    BSK_NEW(number, .value = i)), 0);
	ck_assert_int_eq(bsk_system_start(sys), 0);
	bsk_system_stop(sys, 3);
	ck_assert_int_eq(bsk_system_wait(sys, HARNESS_PATIENCE_NS), 3);
	ck_assert_uint_eq(atomic_load(&entered), 500);
	bsk_system_destroy(sys);
}
END_TEST

START_TEST(A18)
{
	bsk_ref ref;

	begin_running(DEFAULTS);
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
	begin_running(DEFAULTS);
	clerk_do(clerk_new(sys), destroy_mine, NULL);
}
END_TEST

START_TEST(A19)
{
	begin_running(DEFAULTS);
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

	begin_running(DEFAULTS);
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
	Suite *s = suite_create("loop");
	TCase *tcase = harness_case("loop");
	TCase *aborts = tcase_create("aborts");

	tcase_add_test(tcase, A03);
	tcase_add_test(tcase, A04);
	tcase_add_test(tcase, A05);
	tcase_add_loop_test(tcase, A06, 0, 2);
	tcase_add_test(tcase, A07);
	tcase_add_test(tcase, A08);
	tcase_add_test(tcase, A09);
	tcase_add_test(tcase, A09_in_order);
	tcase_add_test(tcase, A10);
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
