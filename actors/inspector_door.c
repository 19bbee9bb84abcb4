/* actors/inspector_door.c - lets clients in to an endpoint of the inspector.
 *
 *   hears   bsk_inspector_behind   from the inspector: where nng is
 *           bsk_unix_accepted      from the listener, its child: a connection
 *           bsk_inspector_guarded  from a guard: how its connection went
 *           bsk_down               from either
 *   says    bsk_inspector_traffic  to the desk
 *           bsk_listener_credit    to the listener
 *           bsk_inspector_stuck    to its parent
 *
 * Each connection gets a guard. The listener hands over as many as may be at
 * once: more wait in its backlog. Strangers are hung up on. Where there are
 * many, those who have hung up meanwhile get none.
 */
#include <errno.h>
#include <stdlib.h>

#include <buskin/actor.h>
#include <buskin/inspector.h>
#include <buskin/unix.h>

#define BACKLOG 4096 /* what Linux allows, unless it was told otherwise */
/* nng's header of a request, and one byte by which a cut request shows. */
#define OVERHEAD 5

struct inspector_door {
	bsk_ref listener;  /* nobody: not yet, or no more */
	bsk_text behind;   /* nng's path; ours */
	uint32_t number;   /* of nng's socket */
	bool draining;
	struct bsk_inspector_traffic traffic;
	bsk_ref *guards;   /* ours; traffic.connections of them */
};

BSK_HANDLER(on_accepted, inspector_door, bsk_unix_accepted);
BSK_HANDLER(on_guarded, inspector_door, bsk_inspector_guarded);
BSK_HANDLER(on_open, inspector_door, bsk_open);
BSK_HANDLER(on_behind, inspector_door, bsk_inspector_behind);
BSK_HANDLER(on_ready, inspector_door, bsk_listener_ready);
BSK_HANDLER(on_down, inspector_door, bsk_down);
BSK_HANDLER(on_drain, inspector_door, bsk_drain);
BSK_HANDLER(on_close, inspector_door, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_unix_accepted, on_accepted),
	BSK_ON(bsk_inspector_guarded, on_guarded),
	BSK_ON(bsk_inspector_behind, on_behind),
	BSK_ON(bsk_listener_ready, on_ready),
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_down, on_down),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

const struct bsk_class bsk_inspector_door_class = BSK_CLASS(inspector_door,
    "inspector-door", "lets clients in to the inspector", handlers,
    .config = &bsk_inspector_door_config_type);

/* --- connections --- */

static void
tell_desk(struct inspector_door *self, bsk_ctx *ctx)
{
	const struct bsk_inspector_door_config *config = bsk_config(ctx);

	(void)bsk_send(ctx, config->desk, bsk_message_new(
	    &bsk_inspector_traffic_type, &self->traffic));
}

static int
spawn_guard(struct inspector_door *self, bsk_ctx *ctx, const bsk_fd *client)
{
	const struct bsk_inspector_door_config *config = bsk_config(ctx);

	return bsk_spawn(ctx, &bsk_inspector_guard_class,
	    BSK_PARCEL(bsk_inspector_guard_config,
	    .client = bsk_fd_own(bsk_fd_take(client)),
	    .path = bsk_text_copy(self->behind.chars),
	    .socket = self->number,
	    .message_max = config->request_max + OVERHEAD,
	    .greeting_ns = config->greeting_ns, .idle_ns = config->idle_ns),
	    NULL, &self->guards[self->traffic.connections]);
}

/* A connection is over: another one may come. */
static int
ask_for_more(const struct inspector_door *self, bsk_ctx *ctx)
{
	if (bsk_ref_is_nobody(self->listener))
		return 0;
	return bsk_send(ctx, self->listener,
	    BSK_NEW(bsk_listener_credit, .count = 1));
}

/* Then a guard is not for those who have hung up. */
static bool
is_crowded(const struct inspector_door *self, bsk_ctx *ctx)
{
	const struct bsk_inspector_door_config *config = bsk_config(ctx);

	return self->traffic.connections >= config->connections / 2;
}

/* Whoever is not let in is hung up on: the descriptor goes with the message. */
static int
on_accepted(struct inspector_door *self, bsk_ctx *ctx,
    const struct bsk_unix_accepted *accepted)
{
	const struct bsk_os *os = bsk_os(ctx);
	bool is_in = false;

	if (self->draining)
		return 0;
	if (accepted->uid != 0 && accepted->uid != os->geteuid(os))
		self->traffic.strangers++;
	else if (is_crowded(self, ctx) &&
	    bsk_unix_is_left(os, bsk_fd_number(accepted->fd)))
		self->traffic.left++;
	else if (spawn_guard(self, ctx, &accepted->fd) < 0)
		self->traffic.refused++;
	else
		is_in = true;
	self->traffic.accepted += is_in;
	self->traffic.connections += is_in;
	tell_desk(self, ctx);
	return is_in ? 0 : ask_for_more(self, ctx);
}

static int
on_guarded(struct inspector_door *self, bsk_ctx *ctx,
    const struct bsk_inspector_guarded *guarded)
{
	self->traffic.cut_requests += guarded->cut_requests;
	if (guarded->end == BSK_GUARD_RUDE)
		self->traffic.rude++;
	if (guarded->end == BSK_GUARD_STUCK)
		return bsk_send(ctx, bsk_parent(ctx),
		    BSK_NEW(bsk_inspector_stuck, .number = guarded->socket));
	return 0;
}

static int
lose_guard(struct inspector_door *self, bsk_ctx *ctx, bsk_ref guard)
{
	uint32_t i = 0;

	while (!bsk_ref_equal(self->guards[i], guard))
		i++;
	self->guards[i] = self->guards[--self->traffic.connections];
	tell_desk(self, ctx);
	if (!self->draining)
		return ask_for_more(self, ctx);
	if (self->traffic.connections == 0)
		bsk_exit(ctx, 0);
	return 0;
}

/* --- open and shut --- */

static int
on_open(struct inspector_door *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_inspector_door_config *config = bsk_config(ctx);

	(void)open;
	if (config == NULL || config->connections == 0)
		return -EINVAL;
	self->guards = calloc(config->connections, sizeof(*self->guards));
	return self->guards == NULL ? -ENOMEM : 0;
}

static int
on_behind(struct inspector_door *self, bsk_ctx *ctx,
    const struct bsk_inspector_behind *behind)
{
	const struct bsk_inspector_door_config *config = bsk_config(ctx);
	bsk_text path = bsk_text_copy(behind->path.chars);

	if (bsk_text_is_lost(path))
		return -ENOMEM;
	bsk_text_drop(&self->behind);
	self->behind = path;
	self->number = behind->number;
	self->traffic.renewed = behind->number - 1;
	if (self->draining || !bsk_ref_is_nobody(self->listener))
		return 0;
	return bsk_spawn(ctx, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config,
	    .path = bsk_text_copy(config->path.chars), .mode = config->mode,
	    .accept = BSK_UNIX_FD, .backlog = BACKLOG,
	    .credit = config->connections), NULL, &self->listener);
}

static int
on_ready(struct inspector_door *self, bsk_ctx *ctx,
    const struct bsk_listener_ready *ready)
{
	(void)self;
	(void)ctx;
	(void)ready;
	return 0;
}

/* Those who are in may still hear their answer. */
static int
shut(struct inspector_door *self, bsk_ctx *ctx)
{
	uint32_t i;

	self->listener = bsk_nobody();
	for (i = 0; i < self->traffic.connections; i++)
		(void)bsk_stop(ctx, self->guards[i]);
	if (self->traffic.connections == 0)
		bsk_exit(ctx, 0);
	return 0;
}

static int
on_drain(struct inspector_door *self, bsk_ctx *ctx,
    const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = true;
	return bsk_ref_is_nobody(self->listener) ? shut(self, ctx) :
	    bsk_stop(ctx, self->listener);
}

/* Without its listener a door is none. */
static int
on_down(struct inspector_door *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	if (!bsk_ref_equal(down->actor, self->listener))
		return lose_guard(self, ctx, down->actor);
	if (self->draining)
		return shut(self, ctx);
	return down->reason < 0 ? down->reason : -EIO;
}

static int
on_close(struct inspector_door *self, bsk_ctx *ctx,
    const struct bsk_close *close)
{
	(void)ctx;
	(void)close;
	bsk_text_drop(&self->behind);
	free(self->guards);
	return 0;
}
