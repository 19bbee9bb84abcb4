/* check_stack.c - a handler that runs too long is told of with its stack. */
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "number.h"
#include "tally.h"

#define MS 1000000

static struct tally told = TALLY_INIT;  /* while it runs */
static struct tally ended = TALLY_INIT; /* and when it has ended */
static char stack[4096];                /* that came with one of them */
static atomic_bool may_go;
static int pipe_fds[2];
static atomic_int broken_off; /* errno of the call that it was in; 0: none */

/* --- who is told ---------------------------------------------------------- */

struct taker {
	uint8_t reserved;
};

BSK_HANDLER(taker_open, taker, bsk_open)
{
	(void)self;
	(void)body;
	return bsk_take_faults(ctx);
}

BSK_HANDLER(taker_overrun, taker, bsk_overrun)
{
	(void)self;
	(void)ctx;
	if (bsk_text_chars(body->stack)[0] != '\0') {
		ck_assert_str_eq(stack, "");
		(void)snprintf(stack, sizeof(stack), "%s",
		    bsk_text_chars(body->stack));
	}
	tally_add(body->running ? &told : &ended);
	return 0;
}

static const struct bsk_handler taker_handlers[] = {
	BSK_ON(bsk_open, taker_open),
	BSK_ON(bsk_overrun, taker_overrun),
};
static const struct bsk_class taker_class = BSK_CLASS(taker, "taker",
    "is told", taker_handlers, .placement = BSK_PLACE_THREAD);

/* --- who takes long ------------------------------------------------------- */

enum how { SPINS, READS, SLEEPS };

/* ThreadSanitizer gives its thread a signal at the next call that it looks
 * into; sched_yield is none, and clock_gettime is one. */
static void
spin(void)
{
	struct timespec now;

	while (!atomic_load(&may_go))
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
}

static void
wait_in_read(void)
{
	char byte;
	ssize_t size = read(pipe_fds[0], &byte, 1);

	if (size != 1)
		atomic_store(&broken_off, errno);
}

static void
wait_in_sleep(void)
{
	struct timespec time = { .tv_sec = HARNESS_PATIENCE_S };

	if (nanosleep(&time, NULL) < 0)
		atomic_store(&broken_off, errno);
}

struct late {
	uint8_t reserved;
};

BSK_HANDLER(late_number, late, number)
{
	static void (*const waits[])(void) = {
		[SPINS] = spin,
		[READS] = wait_in_read,
		[SLEEPS] = wait_in_sleep,
	};

	(void)self;
	(void)ctx;
	waits[body->value]();
	return 0;
}

static const struct bsk_handler late_handlers[] = {
	BSK_ON(number, late_number),
};
static const struct bsk_class late_class =
    BSK_CLASS(late, "late", "takes long", late_handlers);

/* --- the world ------------------------------------------------------------ */

static bsk_system *
begin(const struct bsk_system_options *options, enum how how)
{
	bsk_system *system;
	bsk_ref taker;
	bsk_ref late;

	atomic_store(&may_go, false);
	atomic_store(&broken_off, 0);
	stack[0] = '\0';
	ck_assert_int_eq(bsk_system_create(options, &system), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &taker_class, NULL, NULL,
	    &taker), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &late_class, NULL, NULL,
	    &late), 0);
	ck_assert_int_eq(bsk_system_send(system, late,
	    BSK_NEW(number, .value = how)), 0);
	return system;
}

/* The stack, told while it runs, is of this program. Where signals are kept
 * back from a thread in read(2), it is told without. */
static void
check_stack(enum how how)
{
	if (how == READS && harness_keeps_signals_back())
		return;
	ck_assert_msg(strstr(stack, "check_stack") != NULL &&
	    strstr(stack, " < ") != NULL, "told: \"%s\"", stack);
}

static const struct bsk_system_options with_loan = { .workers = 1,
    .overrun_ns = 20 * MS, .overrun_signal = SIGURG };
static const struct bsk_system_options without_loan = { .workers = 1,
    .overrun_ns = 20 * MS, .overrun_signal = SIGURG, .handover_ns = -1 };

/* --- claims --------------------------------------------------------------- */

static void
spin_and_be_told(const struct bsk_system_options *options)
{
	bsk_system *system = begin(options, SPINS);

	tally_wait(&told, 1);
	check_stack(SPINS);
	atomic_store(&may_go, true);
	harness_system_end(system);
	ck_assert_uint_eq(tally_count(&told), 1);
}

START_TEST(it_is_told_where_it_is)
{
	spin_and_be_told(&without_loan);
}
END_TEST

START_TEST(where_its_worker_is_lent_too)
{
	spin_and_be_told(&with_loan);
}
END_TEST

START_TEST(a_read_goes_on)
{
	bsk_system *system;

	ck_assert_int_eq(pipe(pipe_fds), 0);
	system = begin(&with_loan, READS);
	tally_wait(&told, 1);
	check_stack(READS);
	ck_assert_int_eq(write(pipe_fds[1], "x", 1), 1);
	harness_system_end(system);
	ck_assert_int_eq(atomic_load(&broken_off), 0);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}
END_TEST

START_TEST(a_sleep_is_broken_off)
{
	bsk_system *system = begin(&with_loan, SLEEPS);

	tally_wait(&ended, 1);
	check_stack(SLEEPS);
	harness_system_end(system);
	ck_assert_int_eq(atomic_load(&broken_off), EINTR);
}
END_TEST

START_TEST(without_a_signal_there_is_no_stack)
{
	struct bsk_system_options options = with_loan;
	bsk_system *system;

	options.overrun_signal = 0;
	system = begin(&options, SPINS);
	tally_wait(&told, 1);
	ck_assert_str_eq(stack, "");
	atomic_store(&may_go, true);
	harness_system_end(system);
}
END_TEST

/* Nobody has asked: so it is nothing. */
START_TEST(a_signal_from_elsewhere_does_nothing)
{
	bsk_system *system = begin(&with_loan, SPINS);

	for (unsigned i = 0; i < 1000; i++)
		ck_assert_int_eq(kill(getpid(), SIGURG), 0);
	tally_wait(&told, 1);
	check_stack(SPINS);
	for (unsigned i = 0; i < 1000; i++)
		ck_assert_int_eq(kill(getpid(), SIGURG), 0);
	atomic_store(&may_go, true);
	harness_system_end(system);
	ck_assert_uint_eq(tally_count(&told), 1);
}
END_TEST

static void
handle(int number)
{
	(void)number;
}

START_TEST(a_signal_that_is_taken_is_refused)
{
	struct bsk_system_options options = with_loan;
	struct sigaction action = { .sa_handler = handle };
	struct sigaction before;
	bsk_system *system;
	bsk_system *second;

	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	ck_assert_int_eq(bsk_system_create(&options, &second), -EBUSY);
	options.overrun_signal = SIGRTMIN + 3;
	ck_assert_int_eq(bsk_system_create(&options, &second), 0);
	bsk_system_destroy(second);
	bsk_system_destroy(system);
	ck_assert_int_eq(sigaction(SIGRTMIN + 3, &action, &before), 0);
	ck_assert_int_eq(bsk_system_create(&options, &system), -EBUSY);
	ck_assert_int_eq(sigaction(SIGRTMIN + 3, &before, NULL), 0);
}
END_TEST

START_TEST(a_signal_that_means_something_else_is_refused)
{
	static const int numbers[] = { -1, 65, 1000, SIGKILL, SIGSTOP,
	    SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGCHLD, SIGPIPE, SIGABRT, 32 };
	struct bsk_system_options options = with_loan;
	bsk_system *system;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		options.overrun_signal = numbers[i];
		ck_assert_int_eq(bsk_system_create(&options, &system),
		    -EINVAL);
	}
}
END_TEST

static Suite *
stack_suite(void)
{
	Suite *suite = suite_create("stack");
	TCase *tcase = harness_case("stack");

	tcase_add_test(tcase, it_is_told_where_it_is);
	tcase_add_test(tcase, where_its_worker_is_lent_too);
	tcase_add_test(tcase, a_read_goes_on);
	tcase_add_test(tcase, a_sleep_is_broken_off);
	tcase_add_test(tcase, without_a_signal_there_is_no_stack);
	tcase_add_test(tcase, a_signal_from_elsewhere_does_nothing);
	tcase_add_test(tcase, a_signal_that_is_taken_is_refused);
	tcase_add_test(tcase, a_signal_that_means_something_else_is_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(stack_suite);
}
