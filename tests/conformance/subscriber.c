/* subscriber.c - row B17: a subscriber that fails at what it is told. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <buskin/builtin.h>
#include <buskin/signal.h>
#include <buskin/supervisor.h>

#include "../harness.h"
#include "../patron.h"
#include "../tally.h"

#define FAILURES 3

static struct tally watched = TALLY_INIT;
static struct tally told = TALLY_INIT;

/* Watches in its first life only, and fails at the first few it is told. */
struct clumsy {
	bool is_old;
};

BSK_HANDLER(on_open, clumsy, bsk_open)
{
	bsk_ref service;
	uint64_t ask;
	int error;

	(void)self;
	(void)body;
	if (tally_count(&told) > 0)
		return 0;
	error = bsk_service(ctx, &bsk_signal_class, &service);
	return error < 0 ? error : bsk_ask(ctx, service,
	    BSK_NEW(bsk_signal_watch, .number = SIGUSR1),
	    HARNESS_PATIENCE_NS, &ask);
}

BSK_HANDLER(on_result, clumsy, bsk_result)
{
	(void)self;
	(void)ctx;
	tally_add(&watched);
	return body->error;
}

BSK_HANDLER(on_raised, clumsy, bsk_signal_raised)
{
	(void)ctx;
	ck_assert(!self->is_old);
	self->is_old = true;
	ck_assert_int_eq(body->number, SIGUSR1);
	tally_add(&told);
	return tally_count(&told) <= FAILURES ? -EIO : 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_result, on_result),
	BSK_ON(bsk_signal_raised, on_raised),
};

static const struct bsk_class clumsy_class =
    BSK_CLASS(clumsy, "clumsy", "fails at what it is told", handlers);
static const struct bsk_class *const classes[] = { &clumsy_class, NULL };

static struct patron_log heard;

static void
supervise(bsk_system *system)
{
	bsk_ref supervisor;
	bsk_ref patron = patron_spawn(system, &heard);

	ck_assert_int_eq(bsk_system_spawn(system, &bsk_supervisor_class,
	    BSK_PARCEL(bsk_supervisor_config, .restarts = FAILURES,
	    .within_ns = INT64_C(3600000000000)), NULL, &supervisor), 0);
	patron_ask_actor(system, patron, supervisor, BSK_PARCEL(
	    bsk_child_start, .name = bsk_text_copy("clumsy"),
	    .class_name = bsk_text_copy("clumsy")));
	(void)patron_hears(&heard, &bsk_child_started_type, 1);
}

/* Its failure is its own: the signal stays caught, and what it watched it
 * watches in its next lives. */
START_TEST(B17)
{
	const struct bsk_spawn_options options = { .name = "signal" };
	const enum bsk_signal_how how = _i == 0 ? BSK_SIGNAL_FD :
	    BSK_SIGNAL_HANDLER;
	bsk_system *system;
	sigset_t one;
	bsk_ref ref;

	(void)sigemptyset(&one);
	(void)sigaddset(&one, SIGUSR1);
	if (how == BSK_SIGNAL_FD)
		(void)sigprocmask(SIG_BLOCK, &one, NULL);
	patron_log_init(&heard);
	system = harness_system(2, classes);
	ck_assert_int_eq(bsk_system_spawn(system, &bsk_signal_class,
	    BSK_PARCEL(bsk_signal_config, .how = (int)how), &options, &ref),
	    0);
	supervise(system);
	tally_wait(&watched, 1);
	for (unsigned i = 0; i <= FAILURES; i++) {
		ck_assert_int_eq(kill(getpid(), SIGUSR1), 0);
		tally_wait(&told, i + 1);
	}
	harness_system_end(system);
	ck_assert_uint_eq(tally_count(&watched), 1);
	patron_log_release(&heard);
	(void)sigprocmask(SIG_UNBLOCK, &one, NULL);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("subscriber");
	TCase *tcase = harness_case("subscriber");

	tcase_add_loop_test(tcase, B17, 0, 2);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
