/* loop.c - rows A: wakes, order and time. */
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
#define HOUR (3600 * 1000 * MS)

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

#define STANDING UINT64_C(100000)
#define MOST_KEPT 192 /* address space for one that stood, for the next */
#define MIB ((size_t)1 << 20)

static void
arm_and_disarm(bsk_ctx *ctx, void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < 10 * STANDING; i++) {
		ck_assert_int_eq(bsk_timer_arm(ctx, i, INT64_MAX - 1, 0), 0);
		ck_assert_int_eq(bsk_timer_disarm(ctx, i), 0);
	}
	/* The one that is left is due in 292 years, and not at once. */
	ck_assert_int_eq(bsk_timer_arm(ctx, 0, INT64_MAX, INT64_MAX), 0);
}

/* All stand at once; then they are let go, in another order. */
static void
arm_all_then_disarm(bsk_ctx *ctx, void *arg)
{
	(void)arg;
	for (uint64_t i = 1; i <= STANDING; i++)
		ck_assert_int_eq(bsk_timer_arm(ctx, i,
		    (int64_t)(i * i % 100003) * HOUR, 0), 0);
	for (uint64_t i = STANDING; i > 0; i--)
		ck_assert_int_eq(bsk_timer_disarm(ctx, i), 0);
}

static size_t
taken(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* Cancelling frees what arming took: after a million, one by one, there is
 * nothing to see; after many that stood at once, their places are there for the
 * next, and the map of them is gone. */
START_TEST(A10)
{
	struct clerk *clerk;
	size_t before;
	size_t after;

	begin_running(DEFAULTS);
	clerk = clerk_new(sys);
	before = taken();
	clerk_do(clerk, arm_and_disarm, NULL);
	ck_assert_uint_lt(taken(), before + MIB);
	clerk_do(clerk, arm_all_then_disarm, NULL);
	after = taken();
	ck_assert_uint_lt(after, before + MOST_KEPT * STANDING);
	for (int i = 0; i < 5; i++)
		clerk_do(clerk, arm_all_then_disarm, NULL);
	ck_assert_uint_lt(taken(), after + MIB);
	ck_assert_uint_eq(clerk_count(clerk, &bsk_timer_due_type), 0);
	harness_system_end(sys);
	clerk_free(clerk);
}
END_TEST

/* Those that go beyond what a poll's milliseconds can say fire when they are
 * due, once: a day, what 31 and 32 bits of milliseconds hold and a bit more. */
START_TEST(A10_long)
{
	static const int64_t after[] = { 24 * HOUR, 24 * HOUR + 1,
	    INT64_C(0x7fffffff) * MS, INT64_C(0x80000000) * MS,
	    INT64_C(0xffffffff) * MS, INT64_C(0x100000001) * MS,
	    10 * 365 * 24 * HOUR };
	const unsigned count = sizeof(after) / sizeof(after[0]);
	bsk_ref timer;
	bsk_ref probe;
	int64_t now;

	probe_log_init(&heard);
	ck_assert_int_eq(bsk_sim_create(NULL, harness_seed(), &sys), 0);
	ck_assert_int_eq(bsk_system_spawn(sys, &bsk_timer_class, NULL, NULL,
	    &timer), 0);
	probe = probe_spawn(sys, &heard, NULL);
	for (unsigned i = 0; i < count; i++)
		probe_tell(sys, probe, timer, BSK_PARCEL(bsk_timer_set,
		    .id = i, .after_ns = after[i]));
	probe_tell(sys, probe, timer, BSK_PARCEL(bsk_timer_set, .id = count,
	    .after_ns = INT64_MAX));
	ck_assert_int_eq(bsk_sim_run(sys, after[count - 1] + HOUR), 0);
	ck_assert(probe_wait(&heard, count));
	for (unsigned i = 0; i < count; i++) {
		ck_assert_uint_eq(((const struct bsk_timer_fired *)probe_heard(
		    &heard, i, &bsk_timer_fired_type))->id, i);
		now = heard.records[i].now_ns;
		ck_assert_int_ge(now, after[i]);
		ck_assert_int_le(now, after[i] + 2 * MS);
	}
	ck_assert_uint_eq(probe_count(&heard,
	    &bsk_timer_fired_type), count);
	bsk_system_destroy(sys);
	probe_log_release(&heard);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("loop");
	TCase *tcase = harness_case("loop");

	tcase_add_test(tcase, A03);
	tcase_add_test(tcase, A04);
	tcase_add_loop_test(tcase, A06, 0, 2);
	tcase_add_test(tcase, A07);
	tcase_add_test(tcase, A08);
	tcase_add_test(tcase, A09);
	tcase_add_test(tcase, A09_in_order);
	tcase_add_test(tcase, A10);
	tcase_add_test(tcase, A10_long);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
