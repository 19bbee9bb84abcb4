/* signals_left.c - rows B22 and B25: signals that cannot be let go, or are when
 * all ends; and those on their way then.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#include <buskin/signal.h>

#include "../faulty_os.h"
#include "../harness.h"
#include "../stage.h"

#define ERRORS 2

static struct faulty_os world;

static void
play(void (*script)(void), int way)
{
	faulty_os_init(&world, &bsk_os_libc);
	stage_os = &world.table;
	stage(script, way);
	stage_os = NULL;
}

static void
on_old(int number)
{
	(void)number;
}

static void
install(int number)
{
	const struct sigaction mine = { .sa_handler = on_old };

	ck_assert_int_eq(sigaction(number, &mine, NULL), 0);
}

/* Takes our handler off again; says whether it was still there. */
static bool
remove_mine(int number)
{
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	struct sigaction now;

	ck_assert_int_eq(sigaction(number, &plain, &now), 0);
	return now.sa_handler == on_old;
}

/* --- B22 ------------------------------------------------------------------ */

static int refusal; /* what the kernel says */

static void
cannot_be_let_go(void)
{
	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	faulty_os_fail(&world, stage_by_handlers() ? FAULTY_SIGACTION :
	    FAULTY_SIGNALFD, 1, refusal);
	ck_assert_int_eq(stage_unwatch(SIGUSR1), -refusal);
	ck_assert_str_eq(bsk_text_chars(stage_answer()->text),
	    refusal == EINVAL ? "signal 10 cannot be caught" :
	    "cannot change what signal 10 does");
	/* All the same it is not watched any more, and can be again. */
	ck_assert_int_eq(stage_unwatch(SIGUSR1), -ENOENT);
	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	stage_raise(SIGUSR1);
	ck_assert_int_eq(stage_raised(1)->number, SIGUSR1);
	ck_assert_int_eq(stage_unwatch(SIGUSR1), 0);
	stage_await_default(SIGUSR1);
}

START_TEST(B22)
{
	refusal = _i < STAGE_WAYS ? EINVAL : EPERM;
	play(cannot_be_let_go, _i % STAGE_WAYS);
}
END_TEST

static void
cannot_be_let_go_once(void)
{
	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	faulty_os_fail(&world, stage_by_handlers() ? FAULTY_SIGACTION :
	    FAULTY_SIGNALFD, 1, EPERM);
	ck_assert_int_eq(stage_unwatch(SIGUSR1), -EPERM);
}

/* The end of the actor tries again: the fixture finds all as it was. */
START_TEST(B22_at_the_end)
{
	play(cannot_be_let_go_once, _i);
}
END_TEST

/* --- B25 ------------------------------------------------------------------ */

/* What was let go is somebody else's by the time all ends, in the middle of
 * whatever is going on: killed, not stopped in order. */
static void
let_one_go_and_kill(void)
{
	for (int number = 1; number <= 64; number++)
		if (number != SIGKILL && number != SIGSTOP &&
		    number != 32 && number != 33)
			ck_assert_int_eq(stage_watch(number), 0);
	ck_assert_int_eq(stage_unwatch(SIGUSR2), 0);
	stage_await_default(SIGUSR2);
	install(SIGUSR2);
	bsk_system_stop(all, 0);
	bsk_system_stop(all, 0);
}

START_TEST(B25)
{
	play(let_one_go_and_kill, _i);
	ck_assert(remove_mine(SIGUSR2));
}
END_TEST

/* Nor does freeing a system that has ended touch what came after its end. */
START_TEST(B25_not_twice)
{
	bsk_system *system;
	struct patron_log log;
	bsk_ref who;
	unsigned calls;

	patron_log_init(&log);
	faulty_os_init(&world, &bsk_os_libc);
	ck_assert_int_eq(bsk_system_create(&(struct bsk_system_options){
	    .workers = 1, .os = &world.table }, &system), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &bsk_signal_class,
	    BSK_PARCEL(bsk_signal_config, .how = BSK_SIGNAL_HANDLER),
	    &(struct bsk_spawn_options){ .name = "signal" }, &who), 0);
	who = patron_spawn(system, &log);
	ck_assert_int_eq(bsk_system_start(system), 0);
	patron_ask(system, who, &bsk_signal_class,
	    BSK_PARCEL(bsk_signal_watch, .number = SIGUSR2));
	ck_assert_int_eq(((const struct bsk_result *)patron_hears(&log,
	    &bsk_result_type, 1))->error, 0);
	bsk_system_stop(system, 0);
	ck_assert_int_eq(bsk_system_wait(system, HARNESS_PATIENCE_NS), 0);
	calls = faulty_os_count(&world, FAULTY_SIGACTION);
	ck_assert_uint_gt(calls, 0);
	install(SIGUSR2);
	bsk_system_destroy(system);
	ck_assert(remove_mine(SIGUSR2));
	ck_assert_uint_eq(faulty_os_count(&world, FAULTY_SIGACTION), calls);
	patron_log_release(&log);
}
END_TEST

/* --- on their way --------------------------------------------------------- */

#define LOOKS 20000 /* how long a handler is held up, at most */

static pthread_t receiver;     /* the only thread that takes SIGUSR1 */
static atomic_bool is_held_up; /* its handler is */
static atomic_bool may_go;

/* The first thing that a handler calls. */
static pid_t
slow_getpid(const struct bsk_os *os)
{
	(void)os;
	if (pthread_equal(pthread_self(), receiver) &&
	    !atomic_exchange(&is_held_up, true))
		for (int i = 0; i < LOOKS && !atomic_load(&may_go); i++)
			(void)sched_yield();
	return bsk_os_libc.getpid(&bsk_os_libc);
}

static void *
receive(void *arg)
{
	sigset_t set;

	(void)arg;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	while (!atomic_load(&is_held_up))
		(void)sched_yield();
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	return NULL;
}

/* One watcher lets go while the handler is at work in another thread; whoever
 * watches next did not ask for that signal. */
static void
let_go_while_it_is_told(void)
{
	bsk_ref next = patron_spawn(all, &heard);

	atomic_store(&is_held_up, false);
	atomic_store(&may_go, false);
	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	ck_assert_int_eq(pthread_create(&receiver, NULL, receive, NULL), 0);
	ck_assert_int_eq(pthread_kill(receiver, SIGUSR1), 0);
	while (!atomic_load(&is_held_up))
		(void)sched_yield();
	ck_assert_int_eq(stage_unwatch(SIGUSR1), 0);
	ck_assert_int_eq(stage_ask(next,
	    BSK_PARCEL(bsk_signal_watch, .number = SIGUSR1)), 0);
	atomic_store(&may_go, true);
	(void)pthread_join(receiver, NULL);
	/* It is let go again behind whatever the handler has put down. */
	ck_assert_int_eq(stage_ask(next,
	    BSK_PARCEL(bsk_signal_unwatch, .number = SIGUSR1)), 0);
	ck_assert_uint_eq(patron_count(&heard, &bsk_signal_raised_type), 0);
}

START_TEST(what_is_on_its_way_is_not_the_next_watchers)
{
	faulty_os_init(&world, &bsk_os_libc);
	world.table.getpid = slow_getpid;
	stage_os = &world.table;
	stage(let_go_while_it_is_told, 1);
	stage_os = NULL;
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("signals_left");
	TCase *tcase = harness_case("signals_left");

	tcase_add_loop_test(tcase, B22, 0, STAGE_WAYS * ERRORS);
	tcase_add_loop_test(tcase, B22_at_the_end, 0, STAGE_WAYS);
	tcase_add_loop_test(tcase, B25, 0, STAGE_WAYS);
	tcase_add_test(tcase, B25_not_twice);
	tcase_add_test(tcase, what_is_on_its_way_is_not_the_next_watchers);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
