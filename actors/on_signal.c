/* actors/on_signal.c - what a signal does to the whole system.
 *
 *   hears   bsk_signal_raised  from the signal service
 *           bsk_result         from the signal service: it is watched, or not
 *           bsk_ask_failed     instead of that
 *   says    bsk_signal_watch   to the signal service
 *           bsk_log_line       to the log: a signal that cannot be watched
 */
#include <buskin/actor.h>
#include <buskin/log.h>
#include <buskin/on_signal.h>
#include <buskin/signal.h>

/* How long the signal service may take to answer. */
#define ANSWER_NS INT64_C(10000000000)

struct on_signal {
	const struct bsk_on_signal_config *config; /* the runtime's; or NULL */
};

BSK_HANDLER(on_open, on_signal, bsk_open);
BSK_HANDLER(on_raised, on_signal, bsk_signal_raised);
BSK_HANDLER(on_result, on_signal, bsk_result);
BSK_HANDLER(on_failed, on_signal, bsk_ask_failed);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,          on_open),
	BSK_ON(bsk_signal_raised, on_raised),
	BSK_ON(bsk_result,        on_result),
	BSK_ON(bsk_ask_failed,    on_failed),
};

const struct bsk_class bsk_on_signal_class = BSK_CLASS(on_signal, "on-signal",
    "stops the system when a signal comes", handlers,
    .config = &bsk_on_signal_config_type);

static int
on_open(struct on_signal *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_on_signal *signals;
	bsk_ref service;
	uint64_t ask;
	uint32_t i;
	int result = 0;

	(void)open;
	self->config = bsk_config(ctx);
	if (self->config == NULL || self->config->signals.count == 0)
		return 0;
	signals = self->config->signals.items;
	result = bsk_service(ctx, &bsk_signal_class, &service);
	for (i = 0; i < self->config->signals.count && result == 0; i++)
		result = bsk_ask(ctx, service, BSK_NEW(bsk_signal_watch,
		    .number = signals[i].number), ANSWER_NS, &ask);
	return result;
}

static int
action_of(const struct on_signal *self, int32_t number)
{
	const struct bsk_on_signal *signals = self->config->signals.items;
	uint32_t i;

	for (i = 0; i < self->config->signals.count; i++)
		if (signals[i].number == number)
			return signals[i].action;
	return BSK_ON_SIGNAL_IGNORE;
}

static int
on_raised(struct on_signal *self, bsk_ctx *ctx,
    const struct bsk_signal_raised *raised)
{
	switch (action_of(self, raised->number)) {
	case BSK_ON_SIGNAL_STOP:
		bsk_stop_system(ctx, 0);
		return 0;
	case BSK_ON_SIGNAL_RELOAD:
		return bsk_log(ctx, BSK_LOG_WARNING,
		    "reload is not supported yet; nothing was changed");
	default:
		return 0;
	}
}

static int
on_result(struct on_signal *self, bsk_ctx *ctx,
    const struct bsk_result *answer)
{
	(void)self;
	if (answer->error == 0)
		return 0;
	return bsk_log(ctx, BSK_LOG_WARNING, "a signal is not watched: %s",
	    answer->text.chars != NULL ? answer->text.chars :
	    bsk_reason_text(answer->error));
}

static int
on_failed(struct on_signal *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	(void)self;
	return bsk_log(ctx, BSK_LOG_WARNING, "a signal is not watched: %s",
	    bsk_reason_text(failed->reason));
}
