/* actors/router.c - one address for a pool of workers.
 *
 *   hears   anything            to be passed on
 *           bsk_router_add      somebody wants to be a worker, or another to be
 *           bsk_router_remove   and no more
 *           bsk_router_resize   the pool is to be larger, or smaller
 *           bsk_child_ended, bsk_timer_due, bsk_down
 *                               from the runtime: a worker has ended, is due
 *                               for its next life, is gone
 *           bsk_status_ask      how many are there?
 *   says    what it was sent    to a worker, or to all
 *           bsk_router_resized  to who asked for another size
 *           bsk_log_line        to the log: a worker that is restarted
 */
#include <errno.h>

#include <buskin/actor.h>
#include <buskin/child_spec.h>
#include <buskin/crew.h>
#include <buskin/router.h>
#include <buskin/routes.h>
#include <buskin/status.h>

struct router {
	struct bsk_routes routes;
	struct bsk_crew crew; /* those of the routes that it has made */
	bool is_ending; /* when the crew is gone */
	size_t wired; /* wires that have been looked at */
	struct bsk_router_status figures;
};

/* Wires may be laid at any time. One that leads to a worker is nothing new. */
static int
look_at_wires(struct router *self, bsk_ctx *ctx)
{
	const struct bsk_wire *wires = NULL;
	size_t count = bsk_wires(ctx, BSK_ROUTER_WORKERS, &wires);

	for (; self->wired < count; self->wired++) {
		const struct bsk_wire *wire = &wires[self->wired];
		int error = bsk_routes_add(&self->routes, ctx, wire->to,
		    wire->on_full);

		if (error < 0 && error != -EEXIST)
			return error;
	}
	return 0;
}

/* --- passing on ----------------------------------------------------------- */

/* A copy to each but the last, who is passed the message itself. That one has
 * no room is its own policy, and counted there. */
static int
pass_to_all(struct router *self, bsk_ctx *ctx, const bsk_message *message)
{
	int error = 0;

	for (size_t i = 0; i + 1 < self->routes.count && error != -ENOMEM; i++)
		error = bsk_send_along(ctx, &self->routes.all[i].wire,
		    bsk_message_copy(message));
	return error == -ENOMEM ? error : bsk_forward_along(ctx,
	    &self->routes.all[self->routes.count - 1].wire);
}

static int
pass_on(struct router *self, bsk_ctx *ctx, const bsk_message *message)
{
	bool is_for_all = self->figures.policy == BSK_ROUTE_BROADCAST;
	int error = look_at_wires(self, ctx);
	ptrdiff_t at = -1;

	if (error < 0)
		return error;
	if (self->routes.count > 0)
		at = is_for_all ? 0 : bsk_routes_choose(&self->routes, ctx,
		    bsk_config(ctx), message);
	if (at < 0) {
		self->figures.unrouted++;
		return bsk_forward(ctx, bsk_nobody());
	}
	self->figures.passed++;
	return is_for_all ? pass_to_all(self, ctx, message) :
	    bsk_forward_along(ctx, &self->routes.all[at].wire);
}

static int
on_other(void *self, bsk_ctx *ctx, const bsk_message *message)
{
	return pass_on(self, ctx, message);
}

/* --- the class ------------------------------------------------------------ */

BSK_HANDLER(on_open, router, bsk_open);
BSK_HANDLER(on_add, router, bsk_router_add);
BSK_HANDLER(on_remove, router, bsk_router_remove);
BSK_HANDLER(on_resize, router, bsk_router_resize);
BSK_HANDLER(on_ended, router, bsk_child_ended);
BSK_HANDLER(on_due, router, bsk_timer_due);
BSK_HANDLER(on_down, router, bsk_down);
BSK_HANDLER(on_status, router, bsk_status_ask);
BSK_HANDLER(on_drain, router, bsk_drain);
BSK_HANDLER(on_close, router, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,          on_open),
	BSK_ON(bsk_router_add,    on_add),
	BSK_ON(bsk_router_remove, on_remove),
	BSK_ON(bsk_router_resize, on_resize),
	BSK_ON(bsk_child_ended,   on_ended),
	BSK_ON(bsk_timer_due,     on_due),
	BSK_ON(bsk_down,          on_down),
	BSK_ON(bsk_status_ask,    on_status),
	BSK_ON(bsk_drain,         on_drain),
	BSK_ON(bsk_close,         on_close),
};

static const struct bsk_port ports[] = {
	[BSK_ROUTER_WORKERS] = BSK_PORT_OUT("workers", bsk_bytes,
	    "who takes turns"),
	[BSK_ROUTER_IN] = BSK_PORT_IN("in", bsk_bytes, "what to pass on"),
	[BSK_ROUTER_OUT] = BSK_PORT_OUT("out", bsk_bytes,
	    "where the port `out` of its own workers leads"),
};

static bool
is_given(bsk_text text)
{
	return bsk_text_chars(text)[0] != '\0';
}

/* How the workers that it is to make end and begin again. */
static int
check_restarts(const struct bsk_router_config *config,
    struct bsk_config_fault *fault)
{
	int error = bsk_budget_check(config->restarts, config->within_ns,
	    fault);

	return error < 0 ? error : bsk_backoff_check(config->backoff_first_ns,
	    config->backoff_max_ns, fault);
}

/* Whether the class is one, only the system knows. */
static int
check_pool(const struct bsk_router_config *config,
    struct bsk_config_fault *fault)
{
	if (config->size > BSK_ROUTER_SIZE_MAX)
		return bsk_config_refuse(fault, "size", "at most %d workers",
		    BSK_ROUTER_SIZE_MAX);
	if (is_given(config->worker) && config->size == 0)
		return bsk_config_refuse(fault, "size",
		    "a pool has a worker at least");
	if (is_given(config->worker))
		return check_restarts(config, fault);
	if (config->size > 0)
		return bsk_config_refuse(fault, "worker",
		    "a pool needs the class of its workers");
	if (config->worker_config != NULL)
		return bsk_config_refuse(fault, "worker_config",
		    "there is no class that it is for");
	return is_given(config->out) ? bsk_config_refuse(fault, "out",
	    "there is no class whose port it is") : 0;
}

/* A key without a use is as much a mistake as a use without a key. */
static int
check(const void *body, struct bsk_config_fault *ret_fault)
{
	const struct bsk_router_config *config = body;
	bool has_key = is_given(config->key);

	if (has_key != (config->policy == BSK_ROUTE_HASH))
		return bsk_config_refuse(ret_fault, "key", "%s", has_key ?
		    "only the policy \"hash\" has a key" :
		    "the policy \"hash\" needs the field to hash");
	return check_pool(config, ret_fault);
}

const struct bsk_class bsk_router_class = BSK_CLASS(router, "router",
    "passes messages on to a pool of workers", handlers, BSK_PORTS(ports),
    .config = &bsk_router_config_type, .status = &bsk_router_status_type,
    .other = on_other, .check = check);

static int
on_open(struct router *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_router_config *config = bsk_config(ctx);
	int error = look_at_wires(self, ctx);

	(void)open;
	self->figures.policy = config == NULL ? BSK_ROUTE_ROUND_ROBIN :
	    config->policy;
	return error < 0 ? error : bsk_crew_open(&self->crew, ctx,
	    &self->routes);
}

/* --- who is a worker ------------------------------------------------------ */

static int
refuse(bsk_ctx *ctx, int error, const char *field, const char *text)
{
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
	    .text = bsk_text_copy(text), .field = bsk_text_copy(field)));
	return 0;
}

static int
answer(bsk_ctx *ctx, int error, const char *text)
{
	return error == 0 ? refuse(ctx, 0, NULL, NULL) :
	    refuse(ctx, error, "worker", text);
}

static bsk_ref
whom(bsk_ctx *ctx, bsk_ref named)
{
	return bsk_ref_is_nobody(named) ? bsk_sender(ctx) : named;
}

static int
on_add(struct router *self, bsk_ctx *ctx, const struct bsk_router_add *request)
{
	bsk_ref who = whom(ctx, request->worker);
	int error;

	if (bsk_ref_is_nobody(who) || bsk_ref_equal(who, bsk_self(ctx)) ||
	    request->on_full > BSK_DROP_OLD)
		return answer(ctx, -EINVAL, "that cannot be a worker");
	error = bsk_routes_add(&self->routes, ctx, who, request->on_full);
	return answer(ctx, error, error == -EEXIST ? "a worker already" :
	    "no memory for another worker");
}

static int
on_remove(struct router *self, bsk_ctx *ctx,
    const struct bsk_router_remove *request)
{
	bsk_ref who = whom(ctx, request->worker);
	size_t at = bsk_routes_find(&self->routes, who);

	if (at == self->routes.count)
		return answer(ctx, -ENOENT, "not a worker");
	if (bsk_crew_has(&self->crew, who))
		return answer(ctx, -EPERM, "the router's own: resize the pool");
	(void)bsk_demonitor(ctx, self->routes.all[at].monitor);
	bsk_routes_take_out(&self->routes, at);
	return answer(ctx, 0, NULL);
}

/* --- the pool ------------------------------------------------------------- */

static int
on_resize(struct router *self, bsk_ctx *ctx,
    const struct bsk_router_resize *request)
{
	int error;

	if (self->crew.class_ == NULL)
		return refuse(ctx, -ENOENT, NULL, "it has made no workers");
	if (self->is_ending)
		return refuse(ctx, -ESHUTDOWN, NULL, "the router is stopping");
	if (request->size == 0 || request->size > BSK_ROUTER_SIZE_MAX)
		return refuse(ctx, -EINVAL, "size", request->size == 0 ?
		    "a pool has a worker at least" : "too many workers");
	error = bsk_crew_resize(&self->crew, ctx, &self->routes,
	    request->size);
	if (error < 0)
		return refuse(ctx, error, "size", "it could not be done");
	(void)bsk_reply(ctx, BSK_NEW(bsk_router_resized,
	    .size = bsk_crew_size(&self->crew),
	    .leaving = self->crew.surplus));
	return 0;
}

static int
on_ended(struct router *self, bsk_ctx *ctx, const struct bsk_child_ended *ended)
{
	return bsk_crew_ended(&self->crew, ctx, ended);
}

static int
on_due(struct router *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	return bsk_crew_due(&self->crew, ctx, due->timer);
}

static void
end_if_done(struct router *self, bsk_ctx *ctx)
{
	if (self->is_ending && self->crew.count == 0)
		bsk_exit(ctx, 0);
}

/* Of its own it is told as their parent. A monitor may be given up for want of
 * memory, which means nothing then. */
static int
on_down(struct router *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	size_t at = bsk_routes_find(&self->routes, down->actor);
	int error = 0;

	if (down->monitor == 0)
		error = bsk_crew_gone(&self->crew, ctx, &self->routes,
		    down->actor);
	else if (at < self->routes.count &&
	    self->routes.all[at].monitor == down->monitor &&
	    !bsk_crew_has(&self->crew, down->actor))
		bsk_routes_take_out(&self->routes, at);
	end_if_done(self, ctx);
	return error;
}

/* Its own handle what they have been passed before it ends. */
static int
on_drain(struct router *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->is_ending = true;
	end_if_done(self, ctx);
	return bsk_crew_resize(&self->crew, ctx, &self->routes, 0);
}

/* --- the rest ------------------------------------------------------------- */

static int
on_status(struct router *self, bsk_ctx *ctx, const struct bsk_status_ask *ask)
{
	struct bsk_router_status status = self->figures;

	(void)ask;
	status.workers = (uint32_t)self->routes.count;
	status.size = bsk_crew_size(&self->crew);
	status.leaving = self->crew.surplus;
	status.restarts = self->crew.restarts;
	(void)bsk_reply(ctx, bsk_message_new(&bsk_router_status_type,
	    &status));
	return 0;
}

static int
on_close(struct router *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)ctx;
	(void)close;
	bsk_crew_release(&self->crew);
	bsk_routes_release(&self->routes);
	return 0;
}
