/* actors/relay.c - passes one connection on to a Unix socket.
 *
 *   hears   bsk_fd_ready      from the reactor: a side can go on; or from
 *                             itself, to go on
 *           bsk_timer_due     its own: see enum timer
 *   says    bsk_relay_moved, bsk_relay_ended   to its parent
 *
 * Two flows between two sides (buskin/flow.h), each watched for what its flows
 * wait for.
 */
#include <errno.h>

#include <buskin/actor.h>
#include <buskin/flow.h>
#include <buskin/notice.h>
#include <buskin/proxy.h>
#include <buskin/unix_attempt.h>

#define TURN (-2) /* for a descriptor's number: we go on by ourselves */
#define BUDGET ((size_t)256 * 1024) /* bytes a turn, each way */
#define TELL_NS INT64_C(1000000000)
#define LINGER_NS INT64_C(1000000000)

enum timer {
	RETRY, /* connect once more */
	QUIET, /* has anything moved? */
	NEWS   /* tell what was moved */
};

struct relay {
	const struct bsk_relay_config *config;
	struct bsk_unix_attempt *attempt; /* NULL: connected, or given up */
	struct bsk_flow_side client, upstream;
	struct bsk_flow up;   /* from the client */
	struct bsk_flow down; /* to the client */
	bsk_notice *turn;     /* to ourselves: the budget was used, go on */
	struct bsk_relay_moved told; /* what the parent knows */
	uint64_t moved_bytes; /* both ways, when we last looked */
	int64_t moved_ns;     /* when that changed, if it matters */
	int64_t quiet_ns;     /* how long it need not change; 0: for ever */
	bool connected;
	bool telling;         /* NEWS is armed */
	bool draining;
	bool ended;           /* and said so */
};

BSK_HANDLER(on_open, relay, bsk_open);
BSK_HANDLER(on_ready, relay, bsk_fd_ready);
BSK_HANDLER(on_result, relay, bsk_result);
BSK_HANDLER(on_failed, relay, bsk_ask_failed);
BSK_HANDLER(on_timer, relay, bsk_timer_due);
BSK_HANDLER(on_status, relay, bsk_status_ask);
BSK_HANDLER(on_drain, relay, bsk_drain);
BSK_HANDLER(on_close, relay, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_fd_ready, on_ready),
	BSK_ON(bsk_result, on_result),
	BSK_ON(bsk_ask_failed, on_failed),
	BSK_ON(bsk_timer_due, on_timer),
	BSK_ON(bsk_status_ask, on_status),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

const struct bsk_class bsk_relay_class = BSK_CLASS(relay, "relay",
    "passes one connection on to a Unix socket", handlers,
    .config = &bsk_relay_config_type, .status = &bsk_relay_status_type,
    .fds = 6); /* two sockets and two pipes */

/* --- the end ---------------------------------------------------------- */

static struct bsk_relay_moved
sum(const struct relay *self)
{
	return (struct bsk_relay_moved){ .up_bytes = self->up.moved_bytes,
		.down_bytes = self->down.moved_bytes, .copied_bytes =
		self->up.copied_bytes + self->down.copied_bytes };
}

static void
tell(struct relay *self, bsk_ctx *ctx)
{
	struct bsk_relay_moved all = sum(self);
	struct bsk_relay_moved *told = &self->told;

	self->telling = false;
	if (all.up_bytes != told->up_bytes ||
	    all.down_bytes != told->down_bytes)
		(void)bsk_send(ctx, bsk_parent(ctx), BSK_NEW(bsk_relay_moved,
		    .up_bytes = all.up_bytes - told->up_bytes,
		    .down_bytes = all.down_bytes - told->down_bytes,
		    .copied_bytes = all.copied_bytes - told->copied_bytes));
	*told = all;
}

static void
end(struct relay *self, bsk_ctx *ctx, int reason)
{
	struct bsk_relay_moved all = sum(self);

	if (self->ended)
		return;
	self->ended = true;
	tell(self, ctx);
	(void)bsk_send(ctx, bsk_parent(ctx), BSK_NEW(bsk_relay_ended,
	    .reason = reason, .connected = self->connected,
	    .pid = self->config->pid, .uid = self->config->uid,
	    .up_bytes = all.up_bytes, .down_bytes = all.down_bytes,
	    .copied_bytes = all.copied_bytes,
	    .lost_bytes = self->up.lost_bytes + self->down.lost_bytes +
		bsk_flow_held(&self->up) + bsk_flow_held(&self->down)));
	bsk_exit(ctx, 0);
}

/* --- passing on ------------------------------------------------------- */

/* Takes note of what was moved. */
static void
look(struct relay *self, bsk_ctx *ctx)
{
	uint64_t moved = self->up.moved_bytes + self->down.moved_bytes;

	if (moved == self->moved_bytes)
		return;
	self->moved_bytes = moved;
	if (self->quiet_ns > 0)
		self->moved_ns = bsk_now(ctx);
	if (!self->telling)
		self->telling = bsk_timer_arm(ctx, NEWS, TELL_NS, 0) == 0;
}

/* Both are over. Who left in order, leaves nothing behind. */
static int
reason_of(const struct relay *self)
{
	const struct bsk_flow *up = &self->up;
	const struct bsk_flow *down = &self->down;

	if (up->error < 0)
		return up->error;
	if (down->error < 0)
		return down->error;
	return up->lost_bytes + down->lost_bytes > 0 ? -EPIPE : 0;
}

static void
pass(struct relay *self, bsk_ctx *ctx)
{
	struct bsk_flow_side *client = &self->client;
	struct bsk_flow_side *upstream = &self->upstream;
	int up = bsk_flow_move(&self->up, ctx, client, upstream, BUDGET);
	int down = bsk_flow_move(&self->down, ctx, upstream, client, BUDGET);
	int error = up < 0 ? up : down;

	bsk_flow_settle(&self->up, ctx, upstream);
	bsk_flow_settle(&self->down, ctx, client);
	look(self, ctx);
	if (error < 0)
		end(self, ctx, error);
	else if (self->up.over && self->down.over)
		end(self, ctx, reason_of(self));
	else if (up > 0 || down > 0)
		bsk_notice_post(ctx, self->turn, BSK_FD_IN);
}

static int
watch(struct relay *self, bsk_ctx *ctx)
{
	int error = bsk_flow_side_watch(
	    &self->client, ctx, &self->up, &self->down);

	if (error == 0 && self->connected)
		error = bsk_flow_side_watch(
		    &self->upstream, ctx, &self->down, &self->up);
	return error;
}

static int
go_on(struct relay *self, bsk_ctx *ctx)
{
	if (self->connected)
		pass(self, ctx);
	else if (self->client.gone)
		end(self, ctx, -ECANCELED);
	return self->ended ? 0 : watch(self, ctx);
}

static int
on_ready(struct relay *self, bsk_ctx *ctx, const struct bsk_fd_ready *ready)
{
	if (ready->fd == bsk_flow_side_fd(&self->client))
		bsk_flow_side_told(&self->client, ready->events);
	else if (ready->fd != TURN)
		bsk_flow_side_told(&self->upstream, ready->events);
	return self->ended ? 0 : go_on(self, ctx);
}

static int
on_result(struct relay *self, bsk_ctx *ctx, const struct bsk_result *result)
{
	if (result->error < 0)
		end(self, ctx, result->error);
	return 0;
}

static int
on_failed(struct relay *self, bsk_ctx *ctx, const struct bsk_ask_failed *ask)
{
	end(self, ctx, ask->reason);
	return 0;
}

/* --- connecting ------------------------------------------------------- */

/* Ends it when nothing moves for so long, from now on. */
static int
be_quiet(struct relay *self, bsk_ctx *ctx, int64_t quiet_ns)
{
	self->quiet_ns = quiet_ns;
	self->moved_ns = bsk_now(ctx);
	return quiet_ns > 0 ? bsk_timer_arm(ctx, QUIET, quiet_ns, 0) : 0;
}

/* The upstream socket has taken us. */
static int
begin(struct relay *self, bsk_ctx *ctx)
{
	const bsk_fd fd = bsk_fd_own(bsk_unix_attempt_take(self->attempt));
	int error = bsk_flow_side_take(&self->upstream, ctx, &fd);

	self->connected = true;
	bsk_unix_attempt_free(self->attempt, ctx);
	self->attempt = NULL;
	if (error == 0 && self->quiet_ns == 0)
		error = be_quiet(self, ctx, self->config->idle_ns);
	return error < 0 ? error : go_on(self, ctx);
}

static int
try(struct relay *self, bsk_ctx *ctx)
{
	int64_t wait_ns = 0;
	int error = bsk_unix_attempt_try(self->attempt, ctx, &wait_ns);

	if (error == 0)
		return begin(self, ctx);
	if (error == -EAGAIN)
		return bsk_timer_arm(ctx, RETRY, wait_ns, 0);
	end(self, ctx, error);
	return 0;
}

static int
on_open(struct relay *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_relay_config *config = bsk_config(ctx);
	const struct bsk_fd_ready turn = { .fd = TURN };
	int error;

	(void)open;
	self->config = config;
	self->up.most_bytes = self->down.most_bytes = config->pipe_bytes;
	error = bsk_flow_side_take(&self->client, ctx, &config->client);
	if (error == 0)
		error = bsk_notice_new(ctx, bsk_self(ctx), &bsk_fd_ready_type,
		    &turn, offsetof(struct bsk_fd_ready, events), &self->turn);
	if (error == 0)
		error = bsk_unix_attempt_new(ctx,
		    bsk_text_chars(config->path), config->timeout_ns,
		    &self->attempt);
	if (error == 0)
		error = watch(self, ctx);
	if (error == 0)
		return try(self, ctx);
	end(self, ctx, error);
	return 0;
}

/* --- time ------------------------------------------------------------- */

/* Whether bytes are on their way tells a stop that was in order. */
static int
is_quiet(struct relay *self, bsk_ctx *ctx)
{
	int64_t left_ns = self->moved_ns + self->quiet_ns - bsk_now(ctx);
	bool empty = bsk_flow_held(&self->up) + bsk_flow_held(&self->down) == 0;

	if (left_ns > 0)
		return bsk_timer_arm(ctx, QUIET, left_ns, 0);
	if (self->draining)
		end(self, ctx, self->connected && empty ? 0 : -ECANCELED);
	else
		end(self, ctx, -ETIMEDOUT);
	return 0;
}

static int
on_timer(struct relay *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	if (self->ended)
		return 0;
	if (due->timer == QUIET)
		return is_quiet(self, ctx);
	if (due->timer == NEWS)
		tell(self, ctx);
	else if (self->attempt != NULL)
		return try(self, ctx);
	return 0;
}

/* Protocols are not ours to know: what has been quiet is done. */
static int
on_drain(struct relay *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	int64_t linger_ns = self->config->linger_ns;

	(void)drain;
	self->draining = true;
	return be_quiet(self, ctx, linger_ns > 0 ? linger_ns : LINGER_NS);
}

/* --- looking, and the last -------------------------------------------- */

static int
on_status(struct relay *self, bsk_ctx *ctx, const struct bsk_status_ask *ask)
{
	struct bsk_relay_moved all = sum(self);
	bsk_list fds = { NULL, 0 };

	(void)ask;
	bsk_resources_add(&fds, bsk_self(ctx),
	    bsk_flow_side_fd(&self->client), "client");
	if (self->connected)
		bsk_resources_add(&fds, bsk_self(ctx),
		    bsk_flow_side_fd(&self->upstream), "upstream");
	(void)bsk_reply(ctx, BSK_NEW(bsk_relay_status,
	    .path = bsk_text_copy(bsk_text_chars(self->config->path)),
	    .connected = self->connected, .pid = self->config->pid,
	    .uid = self->config->uid, .up_open = !self->up.ended,
	    .down_open = self->connected && !self->down.ended,
	    .up_bytes = all.up_bytes, .down_bytes = all.down_bytes,
	    .copied_bytes = all.copied_bytes,
	    .up_waiting_bytes = bsk_flow_held(&self->up),
	    .down_waiting_bytes = bsk_flow_held(&self->down), .fds = fds));
	return 0;
}

static int
on_close(struct relay *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	end(self, ctx, close->reason);
	if (self->attempt != NULL)
		bsk_unix_attempt_free(self->attempt, ctx);
	bsk_watched_release(&self->client.fd, ctx);
	bsk_watched_release(&self->upstream.fd, ctx);
	bsk_flow_release(&self->up, ctx);
	bsk_flow_release(&self->down, ctx);
	if (self->turn != NULL)
		bsk_notice_free(ctx, self->turn);
	return 0;
}
