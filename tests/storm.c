/* storm.c - a signal each millisecond. */
#include "storm.h"

#include <check.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#define PERIOD_NS 1000000L

static timer_t timer;
static struct sigaction calm;
static atomic_bool rages;

int __real_pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *old);

/* One that nothing here uses. */
static int
number(void)
{
	return SIGRTMAX - 3;
}

static bool
is_everything(const sigset_t *set)
{
	return sigismember(set, SIGSEGV) == 1 &&
	    sigismember(set, SIGPROF) == 1 && sigismember(set, number()) == 1;
}

/* A thread that would be deaf to everything hears the storm. */
int
__wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	sigset_t most;

	if (!atomic_load(&rages) || set == NULL || how == SIG_UNBLOCK ||
	    !is_everything(set))
		return __real_pthread_sigmask(how, set, old);
	most = *set;
	(void)sigdelset(&most, number());
	return __real_pthread_sigmask(how, &most, old);
}

static void
on_signal(int unused)
{
	(void)unused;
}

/* This thread is the test's, and takes no part. */
static void
mask(int how)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, number());
	ck_assert_int_eq(__real_pthread_sigmask(how, &set, NULL), 0);
}

void
storm_begin(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = number() };
	const struct itimerspec pace = { .it_value.tv_nsec = PERIOD_NS,
		.it_interval.tv_nsec = PERIOD_NS };

	if (getenv("BUSKIN_STORM") == NULL)
		return;
	mask(SIG_BLOCK);
	ck_assert_int_eq(sigaction(number(), &action, &calm), 0);
	ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	ck_assert_int_eq(timer_settime(timer, 0, &pace, NULL), 0);
	atomic_store(&rages, true);
}

void
storm_end(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	if (!atomic_load(&rages))
		return;
	atomic_store(&rages, false);
	ck_assert_int_eq(timer_delete(timer), 0);
	/* What is on its way goes too. */
	(void)sigaction(number(), &ignore, NULL);
	ck_assert_int_eq(sigaction(number(), &calm, NULL), 0);
	mask(SIG_UNBLOCK);
}

int
storm_number(void)
{
	return atomic_load(&rages) ? number() : 0;
}
