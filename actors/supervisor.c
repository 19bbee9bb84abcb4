/* actors/supervisor.c - starts children, and again when they end.
 *
 *   hears   bsk_child_start    from whoever wants an actor that is looked after
 *           bsk_child_stop, bsk_child_restart, bsk_child_delete
 *                              from whoever wants it no more, or again
 *           bsk_children_ask, bsk_status_ask   from whoever wants to know
 *           bsk_child_opened   from the runtime: a child is open
 *           bsk_child_ended    from the runtime: a child waits for a verdict
 *           bsk_down           from the runtime: a child is gone for good
 *           bsk_timer_due      from the runtime: a delay or a grace is over
 *   says    bsk_child_started  to who asked for the start
 *           bsk_children       to who wanted to know
 *           bsk_result         to who asked for what cannot be, or for a stop
 *           bsk_log_line       to the log: every restart, and giving up
 *
 * A child is in the list from before it is spawned until its bsk_down; so the
 * supervisor is done when none in the list has an actor. If it dies, so do
 * they. What is done when is buskin/supervision.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <buskin/child_spec.h>
#include <buskin/log.h>
#include <buskin/status.h>
#include <buskin/supervision.h>

/* How long the children of a life before may take to be gone. */
#define NAMES_NS INT64_C(5000000000)

struct supervisor {
	struct bsk_supervision all;
};

BSK_HANDLER(on_open, supervisor, bsk_open);
BSK_HANDLER(on_start, supervisor, bsk_child_start);
BSK_HANDLER(on_stop, supervisor, bsk_child_stop);
BSK_HANDLER(on_restart, supervisor, bsk_child_restart);
BSK_HANDLER(on_delete, supervisor, bsk_child_delete);
BSK_HANDLER(on_children_ask, supervisor, bsk_children_ask);
BSK_HANDLER(on_status_ask, supervisor, bsk_status_ask);
BSK_HANDLER(on_opened, supervisor, bsk_child_opened);
BSK_HANDLER(on_ended, supervisor, bsk_child_ended);
BSK_HANDLER(on_down, supervisor, bsk_down);
BSK_HANDLER(on_due, supervisor, bsk_timer_due);
BSK_HANDLER(on_drain, supervisor, bsk_drain);
BSK_HANDLER(on_close, supervisor, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,          on_open),
	BSK_ON(bsk_child_start,   on_start),
	BSK_ON(bsk_child_stop,    on_stop),
	BSK_ON(bsk_child_restart, on_restart),
	BSK_ON(bsk_child_delete,  on_delete),
	BSK_ON(bsk_children_ask,  on_children_ask),
	BSK_ON(bsk_status_ask,    on_status_ask),
	BSK_ON(bsk_child_opened,  on_opened),
	BSK_ON(bsk_child_ended,   on_ended),
	BSK_ON(bsk_down,          on_down),
	BSK_ON(bsk_timer_due,     on_due),
	BSK_ON(bsk_drain,         on_drain),
	BSK_ON(bsk_close,         on_close),
};

const struct bsk_class bsk_supervisor_class = BSK_CLASS(supervisor,
    "supervisor", "starts children, and again when they end", handlers,
    .config = &bsk_supervisor_config_type, .status = &bsk_children_type,
    .check = bsk_supervisor_check);

/* --- starting ------------------------------------------------------------- */

__attribute__((format(printf, 4, 5))) static int
refuse(bsk_ctx *ctx, int error, const char *field, const char *format, ...)
{
	struct bsk_config_fault fault;
	va_list list;

	va_start(list, format);
	(void)vsnprintf(fault.text, sizeof(fault.text), format, list);
	va_end(list);
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
	    .text = bsk_text_copy(fault.text),
	    .field = bsk_text_copy(field)));
	return 0;
}

/* Adds a child, to be started. */
static int
add(struct supervisor *self, bsk_ctx *ctx, const struct bsk_child_start *start,
    struct bsk_ward **ret_ward, struct bsk_config_fault *ret_fault)
{
	const struct bsk_class *class_ = bsk_class_find(ctx,
	    bsk_text_chars(start->class_name));
	const char *name = bsk_text_chars(start->name);
	struct bsk_ward *ward;
	bsk_ref other;
	int result = bsk_child_spec_check(start,
	    self->all.config->auto_shutdown, ret_fault);

	if (result == 0)
		result = bsk_child_class_check(start, class_, ret_fault);
	if (result < 0)
		return result;
	ret_fault->field = "name";
	ward = bsk_wards_named(&self->all.wards, name);
	if (ward != NULL || (bsk_now(ctx) >= self->all.names_until_ns &&
	    bsk_find(ctx, name, &other) == 0)) {
		(void)snprintf(ret_fault->text, sizeof(ret_fault->text),
		    "there is %s \"%s\" already", ward != NULL &&
		    ward->state == BSK_WARD_STOPPED ? "a child, stopped," :
		    "an actor", name);
		return -EEXIST;
	}
	ret_fault->field = NULL;
	(void)snprintf(ret_fault->text, sizeof(ret_fault->text),
	    "there is no memory for \"%s\"", name);
	result = bsk_wards_add(&self->all.wards, start, class_, &ward);
	if (result == 0)
		*ret_ward = ward;
	return result;
}

/* All of them, or none is started. */
static int
on_open(struct supervisor *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_supervisor_config *config = bsk_config(ctx);
	const struct bsk_child_start *children = config->children.items;
	struct bsk_config_fault fault;
	struct bsk_ward *ward = NULL;
	int result = bsk_supervision_init(&self->all, config);
	uint32_t i;

	if (open->incarnation > 0)
		self->all.names_until_ns = bsk_now(ctx) + NAMES_NS;
	for (i = 0; i < config->children.count && result == 0; i++) {
		result = add(self, ctx, &children[i], &ward, &fault);
		if (result == 0)
			ward->is_due = true;
		else
			(void)bsk_log(ctx, BSK_LOG_ERROR,
			    "cannot begin with \"%s\": %s",
			    bsk_text_chars(children[i].name), fault.text);
	}
	if (result == 0)
		bsk_supervision_rise(&self->all, ctx);
	return result;
}

/* Whether a request to start has to wait, or cannot be. */
static bool
is_put_off(struct supervisor *self, bsk_ctx *ctx)
{
	if (self->all.phase == BSK_SUPERVISION_CALM)
		return false;
	if (self->all.phase == BSK_SUPERVISION_ENDING)
		(void)refuse(ctx, -ESHUTDOWN, NULL,
		    "the supervisor is stopping");
	else if (bsk_held_ask_add(&self->all.postponed, ctx) < 0)
		(void)refuse(ctx, -ENOMEM, NULL, "no memory to wait");
	return true;
}

/* Whoever asked is told how it went. */
static int
start_asked(bsk_ctx *ctx, struct bsk_ward *ward)
{
	int result = bsk_ward_start(ward, ctx);

	if (result < 0)
		return result;
	(void)bsk_reply(ctx, BSK_NEW(bsk_child_started, .child = ward->ref));
	return 0;
}

static int
on_start(struct supervisor *self, bsk_ctx *ctx,
    const struct bsk_child_start *start)
{
	struct bsk_config_fault fault;
	struct bsk_ward *ward;
	int result;

	if (is_put_off(self, ctx))
		return 0;
	result = add(self, ctx, start, &ward, &fault);
	if (result < 0)
		return refuse(ctx, result, fault.field, "%s", fault.text);
	result = start_asked(ctx, ward);
	if (result == 0)
		return 0;
	bsk_wards_remove(&self->all.wards, ward);
	return refuse(ctx, result, NULL, "cannot start \"%s\": %s",
	    bsk_text_chars(start->name), bsk_reason_text(result));
}

/* --- by name -------------------------------------------------------------- */

/* The child of that name; refused when there is none. */
static struct bsk_ward *
named(struct supervisor *self, bsk_ctx *ctx, bsk_text name)
{
	struct bsk_ward *ward = bsk_wards_named(&self->all.wards,
	    bsk_text_chars(name));

	if (ward == NULL)
		(void)refuse(ctx, -ENOENT, "name", "no child \"%s\" here",
		    bsk_text_chars(name));
	return ward;
}

static bool
is_stopped(const struct bsk_ward *ward)
{
	return ward->state == BSK_WARD_STOPPED && !ward->is_due;
}

static int
on_restart(struct supervisor *self, bsk_ctx *ctx,
    const struct bsk_child_restart *restart)
{
	struct bsk_ward *ward;
	int result;

	if (is_put_off(self, ctx))
		return 0;
	ward = named(self, ctx, restart->name);
	if (ward == NULL)
		return 0;
	if (!is_stopped(ward))
		return refuse(ctx, -EALREADY, "name", "\"%s\" is not stopped",
		    ward->spec.name.chars);
	result = start_asked(ctx, ward);
	return result == 0 ? 0 : refuse(ctx, result, NULL,
	    "cannot start \"%s\": %s", ward->spec.name.chars,
	    bsk_reason_text(result));
}

static int
on_delete(struct supervisor *self, bsk_ctx *ctx,
    const struct bsk_child_delete *delete_)
{
	struct bsk_ward *ward = named(self, ctx, delete_->name);

	if (ward == NULL)
		return 0;
	if (!is_stopped(ward))
		return refuse(ctx, -EBUSY, "name", "\"%s\" is not stopped",
		    ward->spec.name.chars);
	bsk_wards_remove(&self->all.wards, ward);
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = 0));
	return 0;
}

static int
on_stop(struct supervisor *self, bsk_ctx *ctx,
    const struct bsk_child_stop *stop)
{
	struct bsk_ward *ward = named(self, ctx, stop->name);

	if (ward == NULL)
		return 0;
	if (bsk_ward_await(ward, ctx) < 0)
		return refuse(ctx, -ENOMEM, NULL, "no memory to wait");
	bsk_supervision_stop(&self->all, ctx, ward);
	return 0;
}

/* --- looking -------------------------------------------------------------- */

static int
report(struct supervisor *self, bsk_ctx *ctx, uint32_t from)
{
	(void)bsk_reply(ctx, BSK_NEW(bsk_children,
	    .strategy = self->all.config->strategy,
	    .restarts = self->all.restart_count,
	    .count = self->all.wards.count,
	    .from = from,
	    .children = bsk_wards_list(&self->all.wards, from)));
	return 0;
}

static int
on_children_ask(struct supervisor *self, bsk_ctx *ctx,
    const struct bsk_children_ask *ask)
{
	return report(self, ctx, ask->from);
}

static int
on_status_ask(struct supervisor *self, bsk_ctx *ctx,
    const struct bsk_status_ask *ask)
{
	(void)ask;
	return report(self, ctx, 0);
}

/* --- what the runtime says ------------------------------------------------ */

static int
on_opened(struct supervisor *self, bsk_ctx *ctx,
    const struct bsk_child_opened *opened)
{
	bsk_supervision_opened(&self->all, ctx, opened);
	return 0;
}

static int
on_ended(struct supervisor *self, bsk_ctx *ctx,
    const struct bsk_child_ended *ended)
{
	bsk_supervision_ended(&self->all, ctx, ended);
	return 0;
}

static int
on_down(struct supervisor *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	bsk_supervision_gone(&self->all, ctx, down);
	return 0;
}

static int
on_due(struct supervisor *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	bsk_supervision_due(&self->all, ctx, due->timer);
	return 0;
}

static int
on_drain(struct supervisor *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	bsk_supervision_end(&self->all, ctx, 0);
	return 0;
}

static int
on_close(struct supervisor *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)ctx;
	(void)close;
	bsk_supervision_release(&self->all);
	return 0;
}
