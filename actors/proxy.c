/* actors/proxy.c - passes connections on to another Unix socket.
 *
 *   hears   bsk_unix_accepted   from a listener: a client
 *           bsk_relay_moved, bsk_relay_ended, bsk_down   from its relays
 *   says    bsk_relay_ended     through "ended"
 *
 * Each client is a relay, our child; we count them, and hang up on those that
 * are too many.
 */
#include <errno.h>

#include <buskin/actor.h>
#include <buskin/log.h>
#include <buskin/proxy.h>
#include <buskin/unix_crowd.h>

#define CONNECTIONS_DEFAULT 1024
#define DRAIN_NS INT64_C(2000000000)
#define WARN_NS INT64_C(10000000000)

/* Our timers. */
enum { TIMER_CUT, TIMER_ALONE };

struct proxy {
	const struct bsk_proxy_config *config;
	struct bsk_unix_crowd crowd; /* the relays */
	struct bsk_relay_moved moved; /* by all of them, as they have told */
	uint64_t accepted;  /* clients ever */
	uint64_t failures;  /* of those: the upstream socket refused */
	uint64_t unsaid;    /* clients hung up on, that the log was not told
	                     * of */
	int64_t warned_ns;  /* when it last was; 0: never */
	bool draining;
};

BSK_HANDLER(on_open, proxy, bsk_open);
BSK_HANDLER(on_accepted, proxy, bsk_unix_accepted);
BSK_HANDLER(on_moved, proxy, bsk_relay_moved);
BSK_HANDLER(on_ended, proxy, bsk_relay_ended);
BSK_HANDLER(on_down, proxy, bsk_down);
BSK_HANDLER(on_status, proxy, bsk_status_ask);
BSK_HANDLER(on_drain, proxy, bsk_drain);
BSK_HANDLER(on_timer, proxy, bsk_timer_due);
BSK_HANDLER(on_close, proxy, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_unix_accepted, on_accepted),
	BSK_ON(bsk_relay_moved, on_moved),
	BSK_ON(bsk_relay_ended, on_ended),
	BSK_ON(bsk_down, on_down),
	BSK_ON(bsk_status_ask, on_status),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_timer_due, on_timer),
	BSK_ON(bsk_close, on_close),
};

static const struct bsk_port ports[] = {
	[BSK_PROXY_CLIENTS] = BSK_PORT_IN("clients", bsk_unix_accepted,
	    "who is to be passed on"),
	[BSK_PROXY_ENDED] = BSK_PORT_OUT("ended", bsk_relay_ended,
	    "how each of them ended"),
};

const struct bsk_class bsk_proxy_class = BSK_CLASS(proxy, "proxy",
    "passes connections on to another Unix socket", handlers,
    BSK_PORTS(ports), .config = &bsk_proxy_config_type,
    .check = bsk_proxy_check, .status = &bsk_proxy_status_type,
    .fds = 6); /* of one client: see relay.c */

static const char *
where(const struct proxy *self)
{
	return bsk_text_chars(self->config->path);
}

static int
on_open(struct proxy *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)open;
	self->config = bsk_config(ctx);
	return 0;
}

/* A client was hung up on. Of many, the log is told now and then. */
static void
complain(struct proxy *self, bsk_ctx *ctx, const char *why)
{
	int64_t now = bsk_now(ctx);

	self->unsaid++;
	if (self->warned_ns != 0 && now - self->warned_ns < WARN_NS)
		return;
	(void)bsk_log(ctx, BSK_LOG_WARNING, "%s: hung up on %llu client%s: %s",
	    where(self), (unsigned long long)self->unsaid,
	    self->unsaid == 1 ? "" : "s", why);
	self->warned_ns = now;
	self->unsaid = 0;
}

/* --- clients ---------------------------------------------------------- */

static uint32_t
limit(const struct proxy *self)
{
	return self->config->max_connections > 0 ?
	    self->config->max_connections : CONNECTIONS_DEFAULT;
}

/* Makes a relay of a client. */
static int
serve(struct proxy *self, bsk_ctx *ctx, const struct bsk_unix_accepted *client)
{
	const struct bsk_proxy_config *how = self->config;
	struct bsk_unix_client it = { .pid = client->pid, .uid = client->uid,
		.gid = client->gid };
	int error = bsk_unix_crowd_make_room(&self->crowd);

	if (error < 0)
		return error;
	error = bsk_spawn(ctx, &bsk_relay_class, BSK_PARCEL(bsk_relay_config,
	    .client = bsk_fd_own(bsk_fd_take(&client->fd)),
	    .pid = client->pid, .uid = client->uid,
	    .path = bsk_text_copy(where(self)), .timeout_ns = how->timeout_ns,
	    .idle_ns = how->idle_ns, .linger_ns = how->linger_ns,
	    .pipe_bytes = how->pipe_bytes), NULL, &it.connection);
	if (error == 0)
		bsk_unix_crowd_came(&self->crowd, &it);
	return error;
}

/* The descriptor goes with the message where nobody takes it. */
static int
on_accepted(struct proxy *self, bsk_ctx *ctx,
    const struct bsk_unix_accepted *client)
{
	const char *why = NULL;
	int error = 0;

	self->accepted++;
	if (bsk_fd_number(client->fd) < 0)
		why = "it came without its descriptor";
	else if (self->draining)
		why = "the proxy is stopping";
	else if (self->crowd.count >= limit(self))
		why = "there are as many connections as there may be";
	else
		error = serve(self, ctx, client);
	if (error < 0)
		why = bsk_reason_text(error);
	if (why == NULL)
		return 0;
	self->crowd.refused++;
	complain(self, ctx, why);
	return 0;
}

/* --- relays ----------------------------------------------------------- */

static int
on_moved(struct proxy *self, bsk_ctx *ctx, const struct bsk_relay_moved *moved)
{
	(void)ctx;
	self->moved.up_bytes += moved->up_bytes;
	self->moved.down_bytes += moved->down_bytes;
	self->moved.copied_bytes += moved->copied_bytes;
	return 0;
}

/* That one has no room for the news is its own policy. */
static int
on_ended(struct proxy *self, bsk_ctx *ctx, const struct bsk_relay_ended *ended)
{
	if (bsk_is_wired(ctx, BSK_PROXY_ENDED))
		(void)bsk_emit(ctx, BSK_PROXY_ENDED,
		    bsk_message_new(&bsk_relay_ended_type, ended));
	if (ended->connected || ended->reason == -ECANCELED)
		return 0;
	self->failures++;
	complain(self, ctx, bsk_reason_text(ended->reason));
	return 0;
}

/* This overtakes what the relay has told before: when it was the last, we end
 * behind that. */
static int
on_down(struct proxy *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	(void)bsk_unix_crowd_left(&self->crowd, down->actor);
	return self->draining && self->crowd.count == 0 ?
	    bsk_timer_arm(ctx, TIMER_ALONE, 0, 0) : 0;
}

static int
on_status(struct proxy *self, bsk_ctx *ctx, const struct bsk_status_ask *ask)
{
	(void)ask;
	(void)bsk_reply(ctx, BSK_NEW(bsk_proxy_status,
	    .path = bsk_text_copy(where(self)),
	    .connections = self->crowd.count, .accepted = self->accepted,
	    .refused = self->crowd.refused, .failures = self->failures,
	    .up_bytes = self->moved.up_bytes,
	    .down_bytes = self->moved.down_bytes,
	    .copied_bytes = self->moved.copied_bytes,
	    .clients = bsk_unix_crowd_list(&self->crowd)));
	return 0;
}

/* --- ending ----------------------------------------------------------- */

static int
on_drain(struct proxy *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	int64_t drain_ns = self->config->drain_ns;
	int error;

	(void)drain;
	self->draining = true;
	if (self->crowd.count == 0)
		return bsk_timer_arm(ctx, TIMER_ALONE, 0, 0);
	error = bsk_unix_crowd_stop(&self->crowd, ctx);
	return error < 0 ? error : bsk_timer_arm(
	    ctx, TIMER_CUT, drain_ns > 0 ? drain_ns : DRAIN_NS, 0);
}

/* Each still tells of its end. */
static int
on_timer(struct proxy *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	if (due->timer == TIMER_ALONE)
		bsk_exit(ctx, 0);
	if (self->crowd.count == 0)
		return 0;
	(void)bsk_log(ctx, BSK_LOG_WARNING,
	    "%s: cuts off %u clients that did not finish in time",
	    where(self), self->crowd.count);
	bsk_unix_crowd_kill(&self->crowd, ctx);
	return 0;
}

static int
on_close(struct proxy *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)ctx;
	(void)close;
	bsk_unix_crowd_release(&self->crowd);
	return 0;
}
