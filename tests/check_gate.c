/* check_gate.c - who has a worker, and who waits for it. */
#include <sched.h>

#include "gate.h"
#include "harness.h"

static struct gate gate;
static bool is_lendable;

static int
no_barrier(const struct bsk_os *os)
{
	(void)os;
	return 0;
}

static bool
may(void *arg, struct hand *runner)
{
	(void)arg;
	(void)runner;
	return is_lendable;
}

/* This thread enters, and is in a handler. */
static void
enter(void)
{
	gate_enter(&gate);
	atomic_store(&current_hand.is_inside, false);
}

static enum gate_loan
lend(void)
{
	struct bsk_os os = bsk_os_libc;

	os.barrier = no_barrier;
	return gate_lend(&gate, &os, may, NULL);
}

static void
begin(void)
{
	ck_assert_int_eq(gate_init(&gate), 0);
	is_lendable = true;
	enter();
}

static void *
come_and_go(void *arg)
{
	gate_enter(&gate);
	gate_leave(&gate);
	return arg;
}

static void
wait_for_one_at_the_gate(void)
{
	unsigned waiting;

	do {
		sched_yield();
		pthread_mutex_lock(&gate.lock);
		waiting = gate.waiting;
		pthread_mutex_unlock(&gate.lock);
	} while (waiting == 0);
}

static void
end(void)
{
	gate_leave(&gate);
	gate_release(&gate);
}

START_TEST(one_that_is_lent_is_taken_back)
{
	begin();
	ck_assert(gate_is_mine(&gate));
	ck_assert_int_eq(lend(), GATE_TAKEN);
	ck_assert(!gate_is_mine(&gate));
	ck_assert(atomic_load(&gate.is_lent));
	enter();
	gate_return(&gate);
	ck_assert(gate_is_mine(&gate));
	ck_assert(!atomic_load(&gate.is_lent));
	end();
}
END_TEST

START_TEST(one_that_may_not_be_lent_is_kept)
{
	begin();
	is_lendable = false;
	ck_assert_int_eq(lend(), GATE_KEPT);
	is_lendable = true;
	atomic_store(&current_hand.is_inside, true);
	ck_assert_int_eq(lend(), GATE_KEPT);
	ck_assert(gate_is_mine(&gate));
	ck_assert(!atomic_load(&gate.is_lent));
	end();
}
END_TEST

/* Nobody else need be called: each that is called and comes too late waits, and
 * soon all that there are would. */
START_TEST(who_waits_already_is_given_it)
{
	pthread_t thread;

	begin();
	ck_assert_int_eq(pthread_create(&thread, NULL, come_and_go, NULL), 0);
	wait_for_one_at_the_gate();
	ck_assert_int_eq(lend(), GATE_GIVEN);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	enter();
	gate_return(&gate);
	end();
}
END_TEST

static Suite *
gate_suite(void)
{
	Suite *suite = suite_create("gate");
	TCase *tcase = harness_case("gate");

	tcase_add_test(tcase, one_that_is_lent_is_taken_back);
	tcase_add_test(tcase, one_that_may_not_be_lent_is_kept);
	tcase_add_test(tcase, who_waits_already_is_given_it);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(gate_suite);
}
