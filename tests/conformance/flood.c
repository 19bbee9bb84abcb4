/* flood.c - rows B26, B27, X01, X02: signals and other processes. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <buskin/actor.h>
#include <buskin/signal.h>

#include "../harness.h"
#include "../stage.h"
#include "../tally.h"

#define QUEUE_MAX 4000
#define RT_FIRST 40
#define RT_KINDS 4

static const int plain[] = { SIGUSR1, SIGUSR2, SIGHUP, SIGTERM, SIGCHLD,
	SIGWINCH, SIGURG, SIGIO };

#define PLAIN_KINDS (sizeof(plain) / sizeof(plain[0]))

/* --- who counts ----------------------------------------------------------- */

static struct tally watched = TALLY_INIT; /* answers to the watches */
static struct tally queued = TALLY_INIT;  /* real-time signals */
static struct tally seen[65];
static atomic_uint marked[65]; /* of these: sent by this process */
static atomic_uint strange;    /* real-time signals out of order */

struct counter_of_signals {
	int next[RT_KINDS]; /* the value that comes next */
};

static int
watch(bsk_ctx *ctx, bsk_ref service, int number)
{
	uint64_t ask;

	return bsk_ask(ctx, service, BSK_NEW(bsk_signal_watch,
	    .number = number), HARNESS_PATIENCE_NS, &ask);
}

BSK_HANDLER(on_open, counter_of_signals, bsk_open)
{
	bsk_ref service;
	int error = bsk_service(ctx, &bsk_signal_class, &service);

	(void)self;
	(void)body;
	for (size_t i = 0; error == 0 && i < PLAIN_KINDS; i++)
		error = watch(ctx, service, plain[i]);
	for (int i = 0; error == 0 && i < RT_KINDS; i++)
		error = watch(ctx, service, RT_FIRST + i);
	return error;
}

BSK_HANDLER(on_result, counter_of_signals, bsk_result)
{
	(void)self;
	(void)ctx;
	if (body->error == 0)
		tally_add(&watched);
	return 0;
}

BSK_HANDLER(on_raised, counter_of_signals, bsk_signal_raised)
{
	int number = body->number;

	(void)ctx;
	if (body->pid == getpid())
		(void)atomic_fetch_add(&marked[number], 1);
	if (number < RT_FIRST) {
		tally_add(&seen[number]);
		return 0;
	}
	if (body->value != self->next[number - RT_FIRST]++ ||
	    body->count != 1)
		(void)atomic_fetch_add(&strange, 1);
	tally_add(&queued);
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_result, on_result),
	BSK_ON(bsk_signal_raised, on_raised),
};

static const struct bsk_class counter_class = BSK_CLASS(counter_of_signals,
    "counter-of-signals", "counts them", handlers);

/* --- who sends ------------------------------------------------------------ */

static unsigned how_many;

/* Half of them real-time; where the kernel's limit is reached it waits. */
static void
flood(pid_t target, unsigned many)
{
	union sigval value = { 0 };

	for (unsigned i = 0; i < many / 2; i++) {
		value.sival_int = (int)(i / RT_KINDS);
		while (sigqueue(target, RT_FIRST + (int)(i % RT_KINDS),
		    value) < 0 && errno == EAGAIN)
			(void)sched_yield();
		(void)kill(target, plain[i % PLAIN_KINDS]);
	}
}

static pid_t
start_sender(int *ret_go)
{
	int go[2];
	char byte;
	pid_t child;

	ck_assert_int_eq(pipe(go), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		close(go[1]);
		if (read(go[0], &byte, 1) == 1)
			flood(getppid(), how_many);
		_exit(0);
	}
	close(go[0]);
	*ret_go = go[1];
	return child;
}

/* --- the stage ------------------------------------------------------------ */

static bsk_system *sys;
static pid_t sender;
static int go;

/* It is still heard. What we send is one with what waits already: then that is
 * told, and we send again. */
static void
mark(int number)
{
	while (atomic_load(&marked[number]) == 0) {
		unsigned before = tally_count(&seen[number]);

		ck_assert_int_eq(kill(getpid(), number), 0);
		tally_wait(&seen[number], before + 1);
	}
}

/* From a thread that takes no signals; the program's own does. */
static void *
play(void *arg)
{
	siginfo_t end;

	(void)arg;
	tally_wait(&watched, PLAIN_KINDS + RT_KINDS);
	ck_assert_int_eq(write(go, "x", 1), 1);
	while (waitid(P_PID, (id_t)sender, &end, WEXITED) < 0)
		ck_assert_int_eq(errno, EINTR);
	tally_wait(&queued, how_many / 2);
	ck_assert_uint_eq(atomic_load(&strange), 0);
	for (size_t i = 0; i < PLAIN_KINDS; i++)
		tally_wait(&seen[plain[i]], 1);
	for (size_t i = 0; i < PLAIN_KINDS; i++)
		mark(plain[i]);
	bsk_system_stop(sys, 0);
	return NULL;
}

/* What may be queued is counted for the user's processes together: most of it
 * is left to the others, whose timers need it too. */
static void
be_modest(void)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_SIGPENDING, &limit), 0);
	if (limit.rlim_cur > QUEUE_MAX)
		limit.rlim_cur = QUEUE_MAX;
	ck_assert_int_eq(setrlimit(RLIMIT_SIGPENDING, &limit), 0);
}

static void
init_seen(void)
{
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		seen[i] = (struct tally)TALLY_INIT;
}

static void
show(enum bsk_signal_how how, unsigned many)
{
	struct bsk_spawn_options options = { .name = "signal" };
	pthread_t player;
	sigset_t everything;
	sigset_t before;
	bsk_ref ref;

	how_many = many;
	init_seen();
	be_modest();
	sender = start_sender(&go);
	ck_assert_int_eq(bsk_system_create(&(struct bsk_system_options){
	    .workers = 2 }, &sys), 0);
	ck_assert_int_eq(bsk_system_spawn(sys, &bsk_signal_class, BSK_PARCEL(
	    bsk_signal_config, .how = (int)how), &options, &ref), 0);
	ck_assert_int_eq(bsk_system_spawn(sys, &counter_class, NULL, NULL,
	    &ref), 0);
	(void)sigfillset(&everything);
	(void)pthread_sigmask(SIG_SETMASK, &everything, &before);
	ck_assert_int_eq(pthread_create(&player, NULL, play, NULL), 0);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	ck_assert_int_eq(bsk_system_run(sys), 0);
	(void)pthread_join(player, NULL);
	bsk_system_destroy(sys);
	close(go);
}

START_TEST(X01)
{
	show(_i == 0 ? BSK_SIGNAL_FD : BSK_SIGNAL_HANDLER,
	    harness_is_instrumented() ? 100000 : 1000000);
}
END_TEST

/* The reference's own measure: 3,000 while nobody looks. Here the sender does
 * not wait for anybody either, and no number is lost. */
START_TEST(B26)
{
	show(_i == 0 ? BSK_SIGNAL_FD : BSK_SIGNAL_HANDLER, 100000);
}
END_TEST

/* --- B27, X02: children --------------------------------------------------- */

/* A child that was forked dies of its own signal; we hear only of ours. */
static void
signal_in_a_child(void)
{
	siginfo_t end;
	sigset_t open;
	pid_t child;

	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	child = fork();
	if (child == 0) {
		(void)sigemptyset(&open);
		(void)pthread_sigmask(SIG_SETMASK, &open, NULL);
		(void)kill(getpid(), SIGUSR1);
		_exit(0);
	}
	while (waitid(P_PID, (id_t)child, &end, WEXITED) < 0)
		ck_assert_int_eq(errno, EINTR);
	ck_assert_int_eq(end.si_code, CLD_KILLED);
	ck_assert_int_eq(end.si_status, SIGUSR1);
	stage_raise(SIGUSR1);
	ck_assert_int_eq(stage_raised(1)->pid, getpid());
	ck_assert_uint_eq(patron_count(&heard, &bsk_signal_raised_type), 1);
}

STAGED(B27)
{
	signal_in_a_child();
}

/* Again and again: no child's signal is ever taken for one of ours. */
STAGED(X02)
{
	signal_in_a_child();
	ck_assert_int_eq(stage_unwatch(SIGUSR1), 0);
	while (stage_is_caught(SIGUSR1)) /* the host opens it soon */
		continue;
}

static Suite *
suite(void)
{
	Suite *s = suite_create("flood");
	TCase *tcase = harness_case("flood");
	int ways = STAGE_WAYS;

	if (harness_keeps_signals_back()) {
		printf("# by handlers: not under ThreadSanitizer, "
		    "which keeps signals back\n");
		ways = 1;
	}
	tcase_set_timeout(tcase, 20 * HARNESS_PATIENCE_S);
	tcase_add_loop_test(tcase, X01, 0, ways);
	tcase_add_loop_test(tcase, B26, 0, ways);
	tcase_add_loop_test(tcase, B27, 0, ways);
	tcase_add_loop_test(tcase, X02, 0, ways);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
