/* actors/inspector.c - the inspector: a running system asked from outside.
 *
 *   hears   bsk_nng_listening      from an nng socket: it can be asked
 *           bsk_inspector_stuck    from a door: it cannot any more
 *           bsk_down               from any of these
 *   says    bsk_inspector_behind   to the doors
 *
 * For each endpoint it has three children: a door where clients come in; an
 * nng socket in a directory of its own, where only the door's guards connect;
 * and a desk that is wired to the socket and answers. The bytes and the
 * requests never come here.
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
#define SCHEME "ipc://"
#define SCHEME_LENGTH (sizeof(SCHEME) - 1)
#define SECOND_NS INT64_C(1000000000)
/* For guards to hand over the last answers; then they are killed. */
#define FAREWELL_NS (2 * SECOND_NS)
/* Of nng's header, and then some. */
#define OVERHEAD 16
/* A desk answers at once, or when it has asked around, in a quarter of a
 * second; so a few go a long way, and bound what it holds. */
#define CONTEXTS 4

/* The children that each endpoint has. */
enum child { DESK, SOCKET, DOOR, CHILDREN };

struct endpoint {
	bsk_ref children[CHILDREN]; /* nobody: not yet, or no more */
	uint32_t number;      /* of the socket, from 1 */
	bool renewing;        /* the socket was stuck and is being replaced */
	char path[PATH_SIZE]; /* of the socket */
};

struct inspector {
	struct endpoint endpoints[ENDPOINTS_MAX];
	uint32_t count;       /* endpoints */
	bool draining;        /* doors were asked to stop */
	/* With its blanks filled in; the list is the runtime's. */
	struct bsk_inspector_config config;
};

BSK_HANDLER(on_listening, inspector, bsk_nng_listening);
BSK_HANDLER(on_stuck, inspector, bsk_inspector_stuck);
BSK_HANDLER(on_down, inspector, bsk_down);
BSK_HANDLER(on_timer, inspector, bsk_timer_due);
BSK_HANDLER(on_open, inspector, bsk_open);
BSK_HANDLER(on_drain, inspector, bsk_drain);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_nng_listening, on_listening),
	BSK_ON(bsk_inspector_stuck, on_stuck),
	BSK_ON(bsk_down, on_down),
	BSK_ON(bsk_timer_due, on_timer),
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_drain, on_drain),
};

static int check(const void *config, struct bsk_config_fault *ret_fault);

const struct bsk_class bsk_inspector_class = BSK_CLASS(inspector, "inspector",
    "answers questions about the system", handlers,
    .config = &bsk_inspector_config_type, .check = check);

/* Before anything is opened: each URL is one that can be served. */
static int
check(const void *body, struct bsk_config_fault *ret_fault)
{
	const struct bsk_inspector_config *config = body;
	const struct bsk_inspector_listen *listen = config->listen.items;
	uint32_t i;
	int result = 0;

	ret_fault->field = "listen";
	for (i = 0; i < config->listen.count && result == 0; i++) {
		const char *url = bsk_text_chars(listen[i].url);

		if (strncmp(url, SCHEME, SCHEME_LENGTH) == 0) {
			result = bsk_unix_path_check(url + SCHEME_LENGTH,
			    ret_fault->text, sizeof(ret_fault->text));
			continue;
		}
		(void)snprintf(ret_fault->text, sizeof(ret_fault->text),
		    "only " SCHEME "PATH is served, not \"%.100s\"", url);
		result = -ENOTSUP;
	}
	return result;
}

static const struct bsk_inspector_listen *
listen_of(const struct inspector *self, const struct endpoint *endpoint)
{
	const struct bsk_inspector_listen *all = self->config.listen.items;

	return &all[endpoint - self->endpoints];
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

	endpoint->number++;
	if (result < 0)
		return result;
	return bsk_spawn(ctx, &bsk_nng_socket_class,
	    BSK_PARCEL(bsk_nng_socket_config,
	    .url = bsk_text_format(SCHEME "%s", endpoint->path),
	    .own_directory = true, .contexts = CONTEXTS,
	    .message_max = self->config.request_max + OVERHEAD),
	    &options, &endpoint->children[SOCKET]);
}

static int
spawn_door(struct inspector *self, bsk_ctx *ctx, struct endpoint *endpoint)
{
	const struct bsk_inspector_config *config = &self->config;
	const struct bsk_inspector_listen *listen = listen_of(self, endpoint);

	return bsk_spawn(ctx, &bsk_inspector_door_class,
	    BSK_PARCEL(bsk_inspector_door_config,
	    .path = bsk_text_copy(listen->url.chars + SCHEME_LENGTH),
	    .mode = listen->mode, .desk = endpoint->children[DESK],
	    .connections = config->connections,
	    .request_max = config->request_max,
	    .greeting_ns = config->greeting_ns, .idle_ns = config->idle_ns),
	    NULL, &endpoint->children[DOOR]);
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

	result = bsk_spawn(ctx, &bsk_inspector_desk_class,
	    BSK_PARCEL(bsk_inspector_desk_config,
	    .right = greatest_right(&listen->rights),
	    .request_max = self->config.request_max),
	    NULL, &endpoint->children[DESK]);
	if (result == 0)
		result = spawn_door(self, ctx, endpoint);
	return result < 0 ? result : spawn_socket(self, ctx, endpoint);
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

static int
on_listening(struct inspector *self, bsk_ctx *ctx,
    const struct bsk_nng_listening *listening)
{
	struct endpoint *endpoint = endpoint_of(self, SOCKET, bsk_sender(ctx));

	(void)listening;
	if (endpoint == NULL)
		return 0;
	return bsk_send(ctx, endpoint->children[DOOR],
	    BSK_NEW(bsk_inspector_behind,
	    .path = bsk_text_copy(endpoint->path),
	    .number = endpoint->number));
}

/* The socket is replaced, unless that has been done. */
static int
on_stuck(struct inspector *self, bsk_ctx *ctx,
    const struct bsk_inspector_stuck *stuck)
{
	struct endpoint *endpoint = endpoint_of(self, DOOR, bsk_sender(ctx));

	if (endpoint == NULL || endpoint->number != stuck->number ||
	    endpoint->renewing || self->draining)
		return 0;
	endpoint->renewing = true;
	return bsk_kill(ctx, endpoint->children[SOCKET]);
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

/* First nobody comes in any more and those who are in go, then nng, who must
 * not close while they are there; the desks go with us. */
static int
proceed(struct inspector *self, bsk_ctx *ctx)
{
	if (!self->draining || !have_ended(self, DOOR))
		return 0;
	if (have_ended(self, SOCKET))
		bsk_exit(ctx, 0);
	else
		stop(self, ctx, SOCKET);
	return 0;
}

static int
on_drain(struct inspector *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = true;
	stop(self, ctx, DOOR);
	if (have_ended(self, DOOR))
		return proceed(self, ctx);
	return bsk_timer_arm(ctx, 0, FAREWELL_NS, 0);
}

static int
on_timer(struct inspector *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	uint32_t i;

	(void)due;
	for (i = 0; i < self->count; i++)
		(void)bsk_kill(ctx, self->endpoints[i].children[DOOR]);
	return 0;
}

/* A child of an endpoint that ends by itself takes the inspector with it, for
 * whoever supervises that to judge. */
static int
lose_child(struct inspector *self, bsk_ctx *ctx, struct endpoint *endpoint,
    enum child which, int reason)
{
	endpoint->children[which] = bsk_nobody();
	if (self->draining)
		return proceed(self, ctx);
	if (which == SOCKET && endpoint->renewing) {
		endpoint->renewing = false;
		return spawn_socket(self, ctx, endpoint);
	}
	(void)bsk_log(ctx, BSK_LOG_ERROR, "inspector: %s: %s",
	    bsk_text_chars(listen_of(self, endpoint)->url),
	    strerror(-reason));
	return reason < 0 ? reason : -EIO;
}

static int
on_down(struct inspector *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	struct endpoint *endpoint;
	enum child which;

	for (which = DESK; which < CHILDREN; which++) {
		endpoint = endpoint_of(self, which, down->actor);
		if (endpoint != NULL)
			return lose_child(self, ctx, endpoint, which,
			    down->reason);
	}
	return 0;
}
