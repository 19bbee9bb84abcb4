/* 03_signal.c - signals are messages.
 *
 * An actor watches two signals. The handler that hears of them runs like any
 * other: it may allocate, print, send; nothing runs in signal context. Signals
 * that nobody watches keep the action they had.
 *
 * The program sends itself what you would send it: SIGUSR1 with kill(1), and
 * SIGTERM, at which it stops the whole system in order.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <buskin/signal.h>
#include <buskin/system.h>

#define SECOND_NS 1000000000

struct listener {
	int watched; /* signals that are being caught */
};

BSK_HANDLER(on_open, listener, bsk_open);
BSK_HANDLER(on_result, listener, bsk_result);
BSK_HANDLER(on_raised, listener, bsk_signal_raised);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,          on_open),
	BSK_ON(bsk_result,        on_result),
	BSK_ON(bsk_signal_raised, on_raised),
};

static const struct bsk_class listener_class =
    BSK_CLASS(listener, "listener", "hears signals", handlers);

/* bsk_service finds the one actor that serves everybody, or starts it. */
static int
watch(bsk_ctx *ctx, int number)
{
	bsk_ref signal_actor;
	uint64_t ask;
	int result = bsk_service(ctx, &bsk_signal_class, &signal_actor);

	if (result < 0)
		return result;
	return bsk_ask(ctx, signal_actor,
	    BSK_NEW(bsk_signal_watch, .number = number), SECOND_NS, &ask);
}

static int
on_open(struct listener *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	int result = watch(ctx, SIGUSR1);

	(void)self;
	(void)open;
	return result < 0 ? result : watch(ctx, SIGTERM);
}

/* Once it is answered, a signal is caught; not before. */
static int
on_result(struct listener *self, bsk_ctx *ctx, const struct bsk_result *result)
{
	(void)ctx;
	if (result->error == 0 && ++self->watched == 2)
		(void)kill(getpid(), SIGUSR1);
	return result->error;
}

static int
on_raised(struct listener *self, bsk_ctx *ctx,
    const struct bsk_signal_raised *raised)
{
	(void)self;
	printf("%s from %s\n", raised->number == SIGTERM ? "TERM" : "USR1",
	    raised->pid == getpid() ? "myself" : "somebody else");
	if (raised->number == SIGTERM)
		bsk_stop_system(ctx, 0);
	else
		(void)kill(getpid(), SIGTERM);
	return 0;
}

/* bsk_system_run makes this thread the host: the only one whose signals are
 * open, so that what nobody watches does what it always did. */
int
main(void)
{
	bsk_system *system;
	bsk_ref listener;
	int status;

	if (bsk_system_create(NULL, &system) < 0)
		return 1;
	if (bsk_system_spawn(system, &listener_class, NULL, NULL,
	    &listener) < 0)
		return 1;
	status = bsk_system_run(system);
	bsk_system_destroy(system);
	return status;
}
