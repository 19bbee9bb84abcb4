/* actors/child_charge.c - the strategy in charge, and how it is replaced.
 *
 * A strategy that has ended, because it failed or because another one is
 * wanted, is followed by the next in one way: all it had said has arrived by
 * then, so when the next is told of every child that is left, no end falls
 * between them. Two are never there at once: what one of them reaped would be
 * lost to the other.
 */
#include <errno.h>

#include <buskin/child_table.h>
#include <buskin/log.h>

#define FAILURES 5 /* of the strategy, within: then it is given up */
#define FAILURES_NS INT64_C(10000000000)

static int
start(bsk_ctx *ctx, struct bsk_child_charge *charge)
{
	struct bsk_child_watcher_config config = {
		.strategy = (int32_t)charge->kind };

	if (bsk_config(ctx) != NULL)
		config = *(const struct bsk_child_watcher_config *)
		    bsk_config(ctx);
	charge->ready = false;
	charge->ending = false;
	return bsk_spawn(ctx, bsk_child_strategy_classes[charge->kind],
	    bsk_parcel_new(&bsk_child_watcher_config_type, &config), NULL,
	    &charge->strategy);
}

static void
choose(struct bsk_child_charge *charge, int wanted)
{
	charge->may_choose = wanted == BSK_CHILD_AUTO;
	charge->kind = charge->may_choose ? BSK_CHILD_PIDFD :
	    (enum bsk_child_strategy)wanted;
}

int
bsk_child_charge_open(bsk_ctx *ctx, struct bsk_child_charge *charge, int wanted)
{
	int error;

	if (wanted < 0 || wanted >= BSK_CHILD_STRATEGIES)
		return -EINVAL;
	error = bsk_intensity_init(&charge->failures, FAILURES, FAILURES_NS);
	if (error < 0)
		return error;
	choose(charge, wanted);
	return start(ctx, charge);
}

/* It ends after what it has been told already. */
static int
end(bsk_ctx *ctx, struct bsk_child_charge *charge)
{
	charge->ready = false;
	charge->ending = true;
	return bsk_stop(ctx, charge->strategy);
}

void
bsk_child_charge_close(bsk_ctx *ctx, struct bsk_child_charge *charge)
{
	charge->closing = true;
	(void)end(ctx, charge);
}

int
bsk_child_charge_set(bsk_ctx *ctx, struct bsk_child_charge *charge,
    const struct bsk_child_strategy_set *request)
{
	int error = 0;

	if (request->strategy < 0 || request->strategy >= BSK_CHILD_STRATEGIES)
		error = -EINVAL;
	else if (!charge->ready)
		error = -EALREADY;
	if (error < 0 || request->strategy == (int)charge->kind) {
		(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
		    .text = bsk_text_copy(error == 0 ? NULL :
		    bsk_reason_text(error)),
		    .field = bsk_text_copy(error == 0 ? NULL : "strategy")));
		return 0;
	}
	charge->setting = bsk_hold(ctx);
	charge->previous = charge->kind;
	choose(charge, request->strategy);
	return end(ctx, charge);
}

static void
answer(bsk_ctx *ctx, struct bsk_child_charge *charge, int error,
    const char *text)
{
	if (charge->setting != NULL)
		(void)bsk_answer(ctx, charge->setting, BSK_NEW(bsk_result,
		    .error = error, .text = bsk_text_copy(text),
		    .field = bsk_text_copy(error == 0 ? NULL : "strategy")));
	charge->setting = NULL;
}

/* It cannot begin: on to the next, or back to the one before. */
static int
fall_back(bsk_ctx *ctx, struct bsk_child_charge *charge,
    const struct bsk_child_strategy_ready *ready)
{
	const char *text = bsk_text_chars(ready->text);

	if (charge->may_choose && charge->kind == BSK_CHILD_PIDFD) {
		charge->kind = BSK_CHILD_SCAN;
	} else if (charge->setting != NULL) {
		answer(ctx, charge, ready->error, text);
		charge->kind = charge->previous;
	} else {
		(void)bsk_log(ctx, BSK_LOG_ERROR, "%s: %s: %s",
		    bsk_child_strategy_classes[charge->kind]->name, text,
		    bsk_reason_text(ready->error));
		return ready->error;
	}
	return end(ctx, charge);
}

int
bsk_child_charge_ready(bsk_ctx *ctx, struct bsk_child_charge *charge,
    const struct bsk_child_strategy_ready *ready)
{
	if (charge->ending)
		return 0;
	if (ready->error < 0)
		return fall_back(ctx, charge, ready);
	charge->ready = true;
	charge->may_choose = false;
	answer(ctx, charge, 0, NULL);
	return 1;
}

/* The one that was wanted is the asker's fault, and nobody else's: the one
 * before goes on. */
static int
take_back(bsk_ctx *ctx, struct bsk_child_charge *charge, int error)
{
	answer(ctx, charge, error, bsk_reason_text(error));
	charge->kind = charge->previous;
	charge->may_choose = false;
	return start(ctx, charge);
}

static int
start_next(bsk_ctx *ctx, struct bsk_child_charge *charge)
{
	int error = start(ctx, charge);

	return error < 0 && charge->setting != NULL ?
	    take_back(ctx, charge, error) : error;
}

int
bsk_child_charge_down(bsk_ctx *ctx, struct bsk_child_charge *charge, int reason)
{
	int error = reason == 0 ? -EPIPE : reason;

	if (charge->closing)
		bsk_exit(ctx, 0);
	if (charge->ending)
		return charge->closing ? 0 : start_next(ctx, charge);
	(void)bsk_log(ctx, BSK_LOG_WARNING, "%s has failed: %s",
	    bsk_child_strategy_classes[charge->kind]->name,
	    bsk_reason_text(reason));
	if (charge->setting != NULL)
		return take_back(ctx, charge, error);
	if (!bsk_intensity_allows(&charge->failures, bsk_now(ctx)))
		return error;
	return start(ctx, charge);
}
