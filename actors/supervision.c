/* actors/supervision.c - what a supervisor does with its children. */
#include <errno.h>
#include <stdio.h>

#include <buskin/supervision.h>
#include <buskin/supervision_say.h>

/* Children's have their numbers, from 1. */
#define GROUP_TIMER 0

/* How often it is looked whether a name is free. */
#define LOOK_NS INT64_C(1000000)

static void go_on(struct bsk_supervision *self, bsk_ctx *ctx);

int
bsk_supervision_init(struct bsk_supervision *self,
    const struct bsk_supervisor_config *config)
{
	self->config = config;
	return bsk_intensity_init(&self->restarts, config->restarts,
	    config->within_ns);
}

void
bsk_supervision_release(struct bsk_supervision *self)
{
	bsk_wards_release(&self->wards);
	bsk_held_ask_release(&self->postponed);
	bsk_intensity_release(&self->restarts);
}

/* --- stopping ------------------------------------------------------------- */

/* There is no actor any more. */
static void
settle(struct bsk_supervision *self, bsk_ctx *ctx, struct bsk_ward *ward)
{
	ward->state = BSK_WARD_STOPPED;
	ward->is_due = false;
	ward->is_unwanted = false;
	if (self->rising == ward)
		self->rising = NULL;
	bsk_ward_tell(ward, ctx);
	if (bsk_ward_is_temporary(ward))
		bsk_wards_remove(&self->wards, ward);
}

/* Its life is over, and its actor waits for the verdict or is gone: it stays
 * down. */
static void
put_down(struct bsk_supervision *self, bsk_ctx *ctx, struct bsk_ward *ward)
{
	(void)bsk_timer_disarm(ctx, ward->number);
	ward->is_due = false;
	if (bsk_ref_is_nobody(ward->ref)) {
		settle(self, ctx, ward);
		return;
	}
	ward->state = BSK_WARD_STOPPING;
	(void)bsk_kill(ctx, ward->ref);
}

void
bsk_supervision_stop(struct bsk_supervision *self, bsk_ctx *ctx,
    struct bsk_ward *ward)
{
	ward->is_due = false;
	ward->is_unwanted = true;
	if (bsk_ward_lives(ward))
		bsk_ward_stop(ward, ctx);
	else
		put_down(self, ctx, ward);
	go_on(self, ctx);
}

static void
end_newest(struct bsk_supervision *self, bsk_ctx *ctx)
{
	struct bsk_ward *ward = self->wards.newest;

	while (ward != NULL && ward->state == BSK_WARD_STOPPED)
		ward = ward->older;
	if (ward != NULL)
		bsk_ward_stop(ward, ctx);
	else
		bsk_exit(ctx, self->reason);
}

void
bsk_supervision_end(struct bsk_supervision *self, bsk_ctx *ctx, int reason)
{
	struct bsk_ward *older;

	if (self->phase == BSK_SUPERVISION_ENDING)
		return;
	self->phase = BSK_SUPERVISION_ENDING;
	self->reason = reason;
	for (struct bsk_ward *ward = self->wards.newest; ward != NULL;
	    ward = older) {
		older = ward->older;
		ward->is_due = false;
		if (ward->state == BSK_WARD_WAITING)
			put_down(self, ctx, ward);
	}
	bsk_held_ask_return(&self->postponed, ctx);
	go_on(self, ctx);
}

/* --- restarting ----------------------------------------------------------- */

static void judge(struct bsk_supervision *self, bsk_ctx *ctx,
    struct bsk_ward *ward, int64_t ended_ns);
static void leave(struct bsk_supervision *self, bsk_ctx *ctx,
    struct bsk_ward *ward);

/* Children of a life before may not be gone yet, and have the names still. */
static bool
waits_for_name(struct bsk_supervision *self, bsk_ctx *ctx)
{
	return self->phase == BSK_SUPERVISION_RISING &&
	    bsk_now(ctx) < self->names_until_ns &&
	    bsk_timer_arm(ctx, GROUP_TIMER, LOOK_NS, 0) == 0;
}

/* Whether it is being started, or will be when its name is free; else it may be
 * gone, and all else may have changed. */
static bool
start(struct bsk_supervision *self, bsk_ctx *ctx, struct bsk_ward *ward)
{
	int result = bsk_ward_start(ward, ctx);

	ward->is_due = result == -EEXIST && waits_for_name(self, ctx);
	if (result == 0 || ward->is_due)
		return true;
	ward->started_ns = bsk_now(ctx); /* that life was of no length */
	ward->reason = result;
	if (bsk_ward_is_temporary(ward)) {
		bsk_supervision_say_missed(ctx, ward);
		leave(self, ctx, ward);
	} else {
		judge(self, ctx, ward, ward->started_ns);
	}
	return false;
}

static void
restart_one(struct bsk_supervision *self, bsk_ctx *ctx, struct bsk_ward *ward)
{
	int64_t delay_ns = bsk_ward_delay(ward, ctx, self->config);

	bsk_supervision_say_one(ctx, ward, delay_ns);
	if (bsk_timer_arm(ctx, ward->number, delay_ns, 0) < 0)
		(void)start(self, ctx, ward);
}

/* Of several that fail, the first is the reason; the others may have failed for
 * want of it, and may be heard of before it. */
static void
note_cause(struct bsk_supervision *self, const struct bsk_ward *ward,
    int64_t ended_ns)
{
	if (self->phase == BSK_SUPERVISION_FALLING &&
	    (ward->reason == 0 || ended_ns >= self->cause.ended_ns))
		return;
	(void)snprintf(self->cause.name, sizeof(self->cause.name), "%s",
	    ward->spec.name.chars);
	self->cause.ended_ns = ended_ns;
	self->cause.reason = ward->reason;
}

/* Who is being stopped on request stays out of it. */
static void
restart_group(struct bsk_supervision *self, bsk_ctx *ctx,
    struct bsk_ward *ward, int64_t ended_ns)
{
	struct bsk_ward *member = ward;

	if (self->config->strategy == BSK_ONE_FOR_ALL)
		member = self->wards.oldest;
	note_cause(self, ward, ended_ns);
	self->delay_ns = bsk_ward_delay(ward, ctx, self->config);
	self->phase = BSK_SUPERVISION_FALLING;
	self->rising = NULL;
	(void)bsk_timer_disarm(ctx, GROUP_TIMER);
	for (; member != NULL; member = member->newer)
		if (member->state != BSK_WARD_STOPPING ||
		    !member->is_unwanted)
			member->is_due = true;
	go_on(self, ctx);
}

static void
give_up(struct bsk_supervision *self, bsk_ctx *ctx, struct bsk_ward *ward,
    const struct bsk_intensity *bound)
{
	bsk_supervision_say_given_up(ctx, ward, bound);
	if (self->config->on_exhausted == BSK_EXHAUSTED_KEEP_DOWN)
		put_down(self, ctx, ward);
	else
		bsk_supervision_end(self, ctx,
		    self->config->on_exhausted == BSK_EXHAUSTED_STOP ? 0 :
		    -ELOOP);
}

/* Counted before the delay, not after it: nobody waits in vain. */
static void
judge(struct bsk_supervision *self, bsk_ctx *ctx, struct bsk_ward *ward,
    int64_t ended_ns)
{
	int64_t now_ns = bsk_now(ctx);

	ward->state = BSK_WARD_WAITING;
	if (!bsk_ward_allows(ward, now_ns)) {
		give_up(self, ctx, ward, &ward->budget);
	} else if (!bsk_intensity_allows(&self->restarts, now_ns)) {
		give_up(self, ctx, ward, &self->restarts);
	} else {
		self->restart_count++;
		if (self->config->strategy == BSK_ONE_FOR_ONE)
			restart_one(self, ctx, ward);
		else
			restart_group(self, ctx, ward, ended_ns);
	}
}

/* --- groups --------------------------------------------------------------- */

static void
rest(struct bsk_supervision *self, bsk_ctx *ctx)
{
	bsk_supervision_say_group(ctx, self);
	self->phase = BSK_SUPERVISION_RESTING;
	if (bsk_timer_arm(ctx, GROUP_TIMER, self->delay_ns, 0) < 0)
		bsk_supervision_rise(self, ctx);
}

static void
stop_newest_due(struct bsk_supervision *self, bsk_ctx *ctx)
{
	struct bsk_ward *ward = self->wards.newest;

	while (ward != NULL && (!ward->is_due || !bsk_ward_lives(ward)))
		ward = ward->older;
	if (ward != NULL)
		bsk_ward_stop(ward, ctx);
	else
		rest(self, ctx);
}

/* A start that fails may begin a group anew: then this is not its time. */
static void
start_oldest_due(struct bsk_supervision *self, bsk_ctx *ctx)
{
	struct bsk_ward *ward;

	if (self->rising != NULL && self->rising->state == BSK_WARD_STARTING)
		return;
	self->rising = NULL;
	while ((ward = bsk_wards_due(&self->wards)) != NULL) {
		if (start(self, ctx, ward)) {
			if (!ward->is_due)
				self->rising = ward;
			return;
		}
		if (self->phase != BSK_SUPERVISION_RISING ||
		    self->rising != NULL)
			return;
	}
	self->phase = BSK_SUPERVISION_CALM;
	bsk_held_ask_return(&self->postponed, ctx);
}

void
bsk_supervision_rise(struct bsk_supervision *self, bsk_ctx *ctx)
{
	self->phase = BSK_SUPERVISION_RISING;
	go_on(self, ctx);
}

static void
go_on(struct bsk_supervision *self, bsk_ctx *ctx)
{
	if (self->phase == BSK_SUPERVISION_FALLING)
		stop_newest_due(self, ctx);
	else if (self->phase == BSK_SUPERVISION_RISING)
		start_oldest_due(self, ctx);
	else if (self->phase == BSK_SUPERVISION_ENDING)
		end_newest(self, ctx);
}

/* --- what was heard ------------------------------------------------------- */

/* It has ended by itself and is not restarted. */
static void
leave(struct bsk_supervision *self, bsk_ctx *ctx, struct bsk_ward *ward)
{
	int32_t shutdown = self->config->auto_shutdown;
	bool ends_all = ward->spec.significant &&
	    (shutdown == BSK_AUTO_SHUTDOWN_ANY_SIGNIFICANT ||
	    (shutdown == BSK_AUTO_SHUTDOWN_ALL_SIGNIFICANT &&
	    !bsk_wards_have_significant(&self->wards, ward)));

	if (ends_all)
		bsk_supervision_say_left(ctx, ward);
	put_down(self, ctx, ward);
	if (ends_all)
		bsk_supervision_end(self, ctx, 0);
}

/* A life has ended unasked, or with its group. */
static void
fall(struct bsk_supervision *self, bsk_ctx *ctx, struct bsk_ward *ward,
    int64_t ended_ns)
{
	int32_t restart = ward->spec.restart;

	if (self->phase == BSK_SUPERVISION_ENDING ||
	    (ward->state == BSK_WARD_STOPPING && bsk_ward_is_temporary(ward))) {
		put_down(self, ctx, ward);
	} else if (ward->is_due && !bsk_ward_is_temporary(ward)) {
		note_cause(self, ward, ended_ns);
		ward->state = BSK_WARD_WAITING;
	} else if (restart == BSK_TEMPORARY ||
	    (restart == BSK_TRANSIENT && ward->reason == 0)) {
		leave(self, ctx, ward);
	} else {
		judge(self, ctx, ward, ended_ns);
	}
}

void
bsk_supervision_opened(struct bsk_supervision *self, bsk_ctx *ctx,
    const struct bsk_child_opened *opened)
{
	struct bsk_ward *ward = bsk_wards_of(&self->wards, opened->child);

	if (ward == NULL || ward->state != BSK_WARD_STARTING)
		return;
	ward->state = BSK_WARD_RUNNING;
	go_on(self, ctx);
}

void
bsk_supervision_ended(struct bsk_supervision *self, bsk_ctx *ctx,
    const struct bsk_child_ended *ended)
{
	struct bsk_ward *ward = bsk_wards_of(&self->wards, ended->child);

	if (ward == NULL) {
		(void)bsk_kill(ctx, ended->child);
		return;
	}
	(void)bsk_timer_disarm(ctx, ward->number);
	ward->reason = ended->reason;
	if (ward->state != BSK_WARD_STOPPING || ward->is_due)
		fall(self, ctx, ward, ended->ended_ns);
	else
		put_down(self, ctx, ward);
	go_on(self, ctx);
}

/* Nobody but us kills it for good; else it is lost for want of memory. */
void
bsk_supervision_gone(struct bsk_supervision *self, bsk_ctx *ctx,
    const struct bsk_down *down)
{
	struct bsk_ward *ward = bsk_wards_of(&self->wards, down->actor);

	if (ward == NULL)
		return;
	ward->ref = bsk_nobody();
	if (ward->state == BSK_WARD_STOPPING && !ward->is_due) {
		(void)bsk_timer_disarm(ctx, ward->number);
		settle(self, ctx, ward);
	} else if (bsk_ward_lives(ward)) {
		(void)bsk_timer_disarm(ctx, ward->number);
		ward->reason = down->reason;
		fall(self, ctx, ward, bsk_now(ctx));
	}
	go_on(self, ctx);
}

void
bsk_supervision_due(struct bsk_supervision *self, bsk_ctx *ctx,
    uint64_t timer)
{
	struct bsk_ward *ward = bsk_wards_numbered(&self->wards, timer);

	if (timer == GROUP_TIMER) {
		if (self->phase == BSK_SUPERVISION_RESTING)
			self->phase = BSK_SUPERVISION_RISING;
		go_on(self, ctx);
	} else if (ward != NULL && ward->state == BSK_WARD_STOPPING) {
		bsk_supervision_say_killed(ctx, ward);
		bsk_ward_end(ward, ctx);
	} else if (ward != NULL && ward->state == BSK_WARD_WAITING) {
		(void)start(self, ctx, ward);
	}
}
