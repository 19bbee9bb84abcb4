/* actors/router.c - one address for a pool of workers.
 *
 *   hears   anything            to be passed on
 *           bsk_router_add      somebody wants to be a worker, or another to be
 *           bsk_router_remove   and no more
 *           bsk_down            a worker has ended
 *           bsk_status_ask      how many are there?
 *   says    what it was sent    to a worker, or to all
 */
#include <errno.h>
#include <stdio.h>

#include <buskin/actor.h>
#include <buskin/router.h>
#include <buskin/routes.h>
#include <buskin/status.h>

struct router {
	struct bsk_routes routes;
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
BSK_HANDLER(on_down, router, bsk_down);
BSK_HANDLER(on_status, router, bsk_status_ask);
BSK_HANDLER(on_close, router, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,          on_open),
	BSK_ON(bsk_router_add,    on_add),
	BSK_ON(bsk_router_remove, on_remove),
	BSK_ON(bsk_down,          on_down),
	BSK_ON(bsk_status_ask,    on_status),
	BSK_ON(bsk_close,         on_close),
};

static const struct bsk_port ports[] = {
	[BSK_ROUTER_WORKERS] = BSK_PORT_OUT("workers", bsk_bytes,
	    "who takes turns"),
	[BSK_ROUTER_IN] = BSK_PORT_IN("in", bsk_bytes, "what to pass on"),
};

/* A key without a use is as much a mistake as a use without a key. */
static int
check(const void *body, struct bsk_config_fault *ret_fault)
{
	const struct bsk_router_config *config = body;
	bool has_key = bsk_text_chars(config->key)[0] != '\0';

	if (has_key == (config->policy == BSK_ROUTE_HASH))
		return 0;
	ret_fault->field = "key";
	(void)snprintf(ret_fault->text, sizeof(ret_fault->text), has_key ?
	    "only the policy \"hash\" has a key" :
	    "the policy \"hash\" needs the field to hash");
	return -EINVAL;
}

const struct bsk_class bsk_router_class = BSK_CLASS(router, "router",
    "passes messages on to a pool of workers", handlers, BSK_PORTS(ports),
    .config = &bsk_router_config_type, .status = &bsk_router_status_type,
    .other = on_other, .check = check);

static int
on_open(struct router *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_router_config *config = bsk_config(ctx);

	(void)open;
	self->figures.policy = config == NULL ? BSK_ROUTE_ROUND_ROBIN :
	    config->policy;
	return look_at_wires(self, ctx);
}

static int
answer(bsk_ctx *ctx, int error, const char *text)
{
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
	    .text = bsk_text_copy(error == 0 ? NULL : text),
	    .field = bsk_text_copy(error == 0 ? NULL : "worker")));
	return 0;
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
	size_t at = bsk_routes_find(&self->routes, whom(ctx, request->worker));

	if (at == self->routes.count)
		return answer(ctx, -ENOENT, "not a worker");
	(void)bsk_demonitor(ctx, self->routes.all[at].monitor);
	bsk_routes_take_out(&self->routes, at);
	return answer(ctx, 0, NULL);
}

static int
on_down(struct router *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	size_t at = bsk_routes_find(&self->routes, down->actor);

	(void)ctx;
	if (at < self->routes.count &&
	    self->routes.all[at].monitor == down->monitor)
		bsk_routes_take_out(&self->routes, at);
	return 0;
}

static int
on_status(struct router *self, bsk_ctx *ctx, const struct bsk_status_ask *ask)
{
	struct bsk_router_status status = self->figures;

	(void)ask;
	status.workers = (uint32_t)self->routes.count;
	(void)bsk_reply(ctx, bsk_message_new(&bsk_router_status_type,
	    &status));
	return 0;
}

static int
on_close(struct router *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)ctx;
	(void)close;
	bsk_routes_release(&self->routes);
	return 0;
}
