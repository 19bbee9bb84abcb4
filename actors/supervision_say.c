/* actors/supervision_say.c - what a supervisor logs of its children. */
#include <inttypes.h>

#include <buskin/log.h>
#include <buskin/supervision_say.h>

void
bsk_supervision_say_missed(bsk_ctx *ctx, const struct bsk_ward *ward)
{
	(void)bsk_log(ctx, BSK_LOG_WARNING, "%s cannot be started: %s",
	    ward->spec.name.chars, bsk_reason_text(ward->reason));
}

void
bsk_supervision_say_one(bsk_ctx *ctx, const struct bsk_ward *ward,
    int64_t delay_ns)
{
	(void)bsk_log(ctx, BSK_LOG_WARNING, "%s ended: %s; restart %" PRIu32
	    " in %" PRId64 " ms", ward->spec.name.chars,
	    bsk_reason_text(ward->reason), ward->backoff.attempts,
	    delay_ns / 1000000);
}

void
bsk_supervision_say_group(bsk_ctx *ctx, const struct bsk_supervision *self)
{
	(void)bsk_log(ctx, BSK_LOG_WARNING, "%s ended: %s; %s restarted in %"
	    PRId64 " ms", self->cause.name,
	    bsk_reason_text(self->cause.reason),
	    self->config->strategy == BSK_ONE_FOR_ALL ? "all are" :
	    "it and those after it are", self->delay_ns / 1000000);
}

void
bsk_supervision_say_given_up(bsk_ctx *ctx, const struct bsk_ward *ward,
    const struct bsk_intensity *bound)
{
	(void)bsk_log(ctx, BSK_LOG_ERROR, "gives up on %s: more than %" PRIu32
	    " restarts within %" PRId64 " ms", ward->spec.name.chars,
	    bound->most, bound->within_ns / 1000000);
}

void
bsk_supervision_say_left(bsk_ctx *ctx, const struct bsk_ward *ward)
{
	(void)bsk_log(ctx, BSK_LOG_INFO, "%s ended, and so does its supervisor",
	    ward->spec.name.chars);
}

void
bsk_supervision_say_killed(bsk_ctx *ctx, const struct bsk_ward *ward)
{
	(void)bsk_log(ctx, BSK_LOG_WARNING, "%s did not stop within %" PRId64
	    " ms and is killed", ward->spec.name.chars,
	    bsk_ward_grace(ward) / 1000000);
}
