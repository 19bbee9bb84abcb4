/* actors/inspector.c - the inspector: a running system asked from outside.
 *
 *   hears   bsk_unix_accepted      from a listener: a connection
 *           bsk_nng_listening      from an nng socket: clients may come
 *           bsk_inspector_guarded  from a guard: how its connection went
 *           bsk_down               from any of these
 *   says    bsk_inspector_traffic  to the desks
 *
 * For each endpoint it has three children: a listener where clients connect;
 * an nng socket in a directory of its own where only guards do; and a desk
 * that is wired to the socket and answers. A guard stands between the first
 * two for each connection. The bytes and the requests never come here.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/actor.h>
#include <buskin/inspector.h>
#include <buskin/log.h>
#include <buskin/nng.h>
#include <buskin/unix.h>

#define ENDPOINTS_MAX 8
#define PATH_SIZE (BSK_UNIX_PATH_MAX + 1)
#define SECOND_NS INT64_C(1000000000)
/* For guards to hand over the last answers. */
#define FAREWELL_NS (2 * SECOND_NS)
/* nng's header of a request, and one byte by which a cut request shows. */
#define OVERHEAD 5
/* A desk answers at once, so a few go a long way. */
#define CONTEXTS 4

/* The children that each endpoint has. */
enum child { DESK, SOCKET, LISTENER, CHILDREN };

struct endpoint {
	bsk_ref children[CHILDREN]; /* nobody: not yet, or no more */
	uint32_t number;      /* of the socket, unique in this inspector */
	bool renewing;        /* the socket was stuck and is being replaced */
	char path[PATH_SIZE]; /* of the socket */
};

struct inspector {
	struct endpoint endpoints[ENDPOINTS_MAX];
	uint32_t count;       /* endpoints */
	uint32_t sockets;     /* ever made; gives their numbers */
	struct bsk_inspector_traffic traffic;
	bool draining;        /* listeners were asked to stop */
	bool farewell;        /* and sockets were asked to stop */
	/* With its blanks filled in; the list is the runtime's. */
	struct bsk_inspector_config config;
};

BSK_HANDLER(on_accepted, inspector, bsk_unix_accepted);
BSK_HANDLER(on_guarded, inspector, bsk_inspector_guarded);
BSK_HANDLER(on_listening, inspector, bsk_nng_listening);
BSK_HANDLER(on_ready, inspector, bsk_listener_ready);
BSK_HANDLER(on_down, inspector, bsk_down);
BSK_HANDLER(on_timer, inspector, bsk_timer_due);
BSK_HANDLER(on_open, inspector, bsk_open);
BSK_HANDLER(on_drain, inspector, bsk_drain);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_unix_accepted, on_accepted),
	BSK_ON(bsk_inspector_guarded, on_guarded),
	BSK_ON(bsk_nng_listening, on_listening),
	BSK_ON(bsk_listener_ready, on_ready),
	BSK_ON(bsk_down, on_down),
	BSK_ON(bsk_timer_due, on_timer),
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_drain, on_drain),
};

const struct bsk_class bsk_inspector_class = BSK_CLASS(inspector, "inspector",
    "answers questions about the system", handlers,
    .config = &bsk_inspector_config_type);

static const struct bsk_inspector_listen *
listen_of(const struct inspector *self, const struct endpoint *endpoint)
{
	const struct bsk_inspector_listen *all = self->config.listen.items;

	return &all[endpoint - self->endpoints];
}

/* --- connections --- */

static void
tell_desks(struct inspector *self, bsk_ctx *ctx)
{
	uint32_t i;

	for (i = 0; i < self->count; i++)
		(void)bsk_send(ctx, self->endpoints[i].children[DESK],
		    bsk_message_new(&bsk_inspector_traffic_type,
		    &self->traffic));
}

/* Whose child it is; NULL: none's. */
static struct endpoint *
endpoint_of(struct inspector *self, enum child which, bsk_ref child)
{
	uint32_t i;

	for (i = 0; i < self->count; i++)
		if (bsk_ref_equal(self->endpoints[i].children[which], child))
			return &self->endpoints[i];
	return NULL;
}

static int
spawn_guard(struct inspector *self, bsk_ctx *ctx,
    const struct endpoint *endpoint, const bsk_fd *client)
{
	const struct bsk_inspector_config *config = &self->config;
	bsk_ref guard;

	return bsk_spawn(ctx, &bsk_inspector_guard_class,
	    BSK_PARCEL(bsk_inspector_guard_config,
	    .client = bsk_fd_own(bsk_fd_take(client)),
	    .path = bsk_text_copy(endpoint->path), .socket = endpoint->number,
	    .message_max = config->request_max + OVERHEAD,
	    .greeting_ns = config->greeting_ns, .idle_ns = config->idle_ns),
	    NULL, &guard);
}

/* Whoever is not let in is hung up on: the descriptor goes with the message. */
static int
on_accepted(struct inspector *self, bsk_ctx *ctx,
    const struct bsk_unix_accepted *accepted)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct endpoint *endpoint = endpoint_of(self, LISTENER,
	    bsk_sender(ctx));

	if (endpoint == NULL || self->draining)
		return 0;
	if (accepted->uid != 0 && accepted->uid != os->geteuid(os))
		self->traffic.strangers++;
	else if (self->traffic.connections >= self->config.connections ||
	    spawn_guard(self, ctx, endpoint, &accepted->fd) < 0)
		self->traffic.crowded++;
	else {
		self->traffic.accepted++;
		self->traffic.connections++;
	}
	tell_desks(self, ctx);
	return 0;
}

/* nng did not greet. Its socket is replaced, unless that has been done. */
static void
renew(struct inspector *self, bsk_ctx *ctx, uint32_t number)
{
	struct endpoint *endpoint = self->endpoints;
	struct endpoint *end = endpoint + self->count;

	for (; endpoint < end; endpoint++)
		if (endpoint->number == number && !endpoint->renewing &&
		    !self->draining) {
			endpoint->renewing = true;
			self->traffic.renewed++;
			(void)bsk_kill(ctx, endpoint->children[SOCKET]);
		}
}

static int
on_guarded(struct inspector *self, bsk_ctx *ctx,
    const struct bsk_inspector_guarded *guarded)
{
	self->traffic.cut_requests += guarded->cut_requests;
	if (guarded->end == BSK_GUARD_RUDE)
		self->traffic.rude++;
	if (guarded->end == BSK_GUARD_STUCK)
		renew(self, ctx, guarded->socket);
	return 0;
}

/* --- endpoints --- */

/* A new directory for each socket, in the first of the runtime directories. */
static int
choose_path(const struct bsk_os *os, char *ret_path)
{
	const char *base = getenv("RUNTIME_DIRECTORY");
	uint64_t tag;
	size_t length;
	int result = os->random(os, &tag, sizeof(tag));

	if (result < 0)
		return result;
	if (base == NULL || base[0] != '/')
		base = "/tmp";
	length = strcspn(base, ":");
	result = snprintf(ret_path, PATH_SIZE, "%.*s/buskin-%d-%016" PRIx64
	    "/nng", (int)length, base, (int)os->getpid(os), tag);
	return (size_t)result < PATH_SIZE ? 0 : -ENAMETOOLONG;
}

static int
spawn_socket(struct inspector *self, bsk_ctx *ctx, struct endpoint *endpoint)
{
	const struct bsk_wire wire = { .port = { "requests" },
	    .to = endpoint->children[DESK] };
	const struct bsk_spawn_options options =
	    { .wires = &wire, .wire_count = 1 };
	int result = choose_path(bsk_os(ctx), endpoint->path);

	endpoint->number = ++self->sockets;
	if (result < 0)
		return result;
	return bsk_spawn(ctx, &bsk_nng_socket_class,
	    BSK_PARCEL(bsk_nng_socket_config,
	    .url = bsk_text_format("ipc://%s", endpoint->path),
	    .own_directory = true, .contexts = CONTEXTS,
	    .message_max = self->config.request_max + OVERHEAD),
	    &options, &endpoint->children[SOCKET]);
}

static uint8_t
greatest_right(const bsk_list *rights)
{
	uint8_t greatest = BSK_RIGHT_READ;
	uint32_t i;

	for (i = 0; i < rights->count; i++)
		if (((const uint8_t *)rights->items)[i] > greatest)
			greatest = ((const uint8_t *)rights->items)[i];
	return greatest;
}

static int
open_endpoint(struct inspector *self, bsk_ctx *ctx, struct endpoint *endpoint)
{
	const struct bsk_inspector_listen *listen = listen_of(self, endpoint);
	int result;

	if (strncmp(bsk_text_chars(listen->url), "ipc://", 6) != 0) {
		(void)bsk_log(ctx, BSK_LOG_ERROR, "inspector: %s: only ipc:// "
		    "is served", bsk_text_chars(listen->url));
		return -ENOTSUP;
	}
	result = bsk_spawn(ctx, &bsk_inspector_desk_class,
	    BSK_PARCEL(bsk_inspector_desk_config,
	    .right = greatest_right(&listen->rights),
	    .request_max = self->config.request_max),
	    NULL, &endpoint->children[DESK]);
	return result < 0 ? result : spawn_socket(self, ctx, endpoint);
}

/* Only when nng is there clients may come. */
static int
on_listening(struct inspector *self, bsk_ctx *ctx,
    const struct bsk_nng_listening *listening)
{
	struct endpoint *endpoint = endpoint_of(self, SOCKET, bsk_sender(ctx));
	const struct bsk_inspector_listen *listen;

	(void)listening;
	if (endpoint == NULL || self->draining ||
	    !bsk_ref_is_nobody(endpoint->children[LISTENER]))
		return 0;
	listen = listen_of(self, endpoint);
	return bsk_spawn(ctx, &bsk_unix_listener_class,
	    BSK_PARCEL(bsk_unix_listener_config,
	    .path = bsk_text_copy(listen->url.chars + 6),
	    .mode = listen->mode, .accept = BSK_UNIX_FD),
	    NULL, &endpoint->children[LISTENER]);
}

static int
on_ready(struct inspector *self, bsk_ctx *ctx,
    const struct bsk_listener_ready *ready)
{
	(void)self;
	(void)ctx;
	(void)ready;
	return 0;
}

static int
on_open(struct inspector *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_inspector_config *config = bsk_config(ctx);
	uint32_t i;
	int result = 0;

	(void)open;
	if (config == NULL || config->listen.count > ENDPOINTS_MAX)
		return -EINVAL;
	self->config = *config;
	if (self->config.connections == 0)
		self->config.connections = 64;
	if (self->config.request_max == 0)
		self->config.request_max = 64 * 1024;
	if (self->config.greeting_ns == 0)
		self->config.greeting_ns = 2 * SECOND_NS;
	if (self->config.idle_ns == 0)
		self->config.idle_ns = 60 * SECOND_NS;
	self->count = config->listen.count;
	for (i = 0; result == 0 && i < self->count; i++)
		result = open_endpoint(self, ctx, &self->endpoints[i]);
	return result;
}

/* --- ending --- */

static bool
have_ended(const struct inspector *self, enum child which)
{
	uint32_t i;

	for (i = 0; i < self->count; i++)
		if (!bsk_ref_is_nobody(self->endpoints[i].children[which]))
			return false;
	return true;
}

static void
stop(struct inspector *self, bsk_ctx *ctx, enum child which)
{
	uint32_t i;

	for (i = 0; i < self->count; i++)
		(void)bsk_stop(ctx, self->endpoints[i].children[which]);
}

/* First nobody comes in any more, then nng answers what it was asked, then the
 * guards hand that over; the desks go with us. */
static int
proceed(struct inspector *self, bsk_ctx *ctx)
{
	if (!self->draining || !have_ended(self, LISTENER))
		return 0;
	if (!self->farewell) {
		self->farewell = true;
		stop(self, ctx, SOCKET);
	}
	if (!have_ended(self, SOCKET))
		return 0;
	if (self->traffic.connections > 0)
		return bsk_timer_arm(ctx, 0, FAREWELL_NS, 0);
	bsk_exit(ctx, 0);
	return 0;
}

static int
on_timer(struct inspector *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)self;
	(void)due;
	bsk_exit(ctx, 0);
	return 0;
}

static int
on_drain(struct inspector *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = true;
	stop(self, ctx, LISTENER);
	return proceed(self, ctx);
}

/* A child of an endpoint that ends by itself takes the inspector with it, for
 * whoever supervises that to judge. */
static int
lose_child(struct inspector *self, bsk_ctx *ctx, enum child which,
    const struct bsk_down *down)
{
	struct endpoint *endpoint = endpoint_of(self, which, down->actor);

	endpoint->children[which] = bsk_nobody();
	if (self->draining)
		return proceed(self, ctx);
	if (which == SOCKET && endpoint->renewing) {
		endpoint->renewing = false;
		return spawn_socket(self, ctx, endpoint);
	}
	(void)bsk_log(ctx, BSK_LOG_ERROR, "inspector: %s: %s",
	    bsk_text_chars(listen_of(self, endpoint)->url),
	    strerror(-down->reason));
	return down->reason < 0 ? down->reason : -EIO;
}

static int
on_down(struct inspector *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	enum child which;

	for (which = DESK; which < CHILDREN; which++)
		if (endpoint_of(self, which, down->actor) != NULL)
			return lose_child(self, ctx, which, down);
	self->traffic.connections--;
	tell_desks(self, ctx);
	return proceed(self, ctx);
}
