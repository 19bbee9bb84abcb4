/* clerk.c - an actor for tests of I/O. */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <buskin/actor.h>
#include <buskin/inspect.h>
#include <buskin/log.h>
#include <buskin/pipe.h>
#include <buskin/proxy.h>
#include <buskin/reactor.h>
#include <buskin/sendfile.h>
#include <buskin/stream.h>
#include <buskin/tls.h>
#include <buskin/unix.h>
#include <buskin/unix_channel.h>

#include "clerk.h"
#include "harness.h"

#define RECORDS 4096

struct record {
	const struct bsk_type *type;
	struct bsk_parcel *body; /* a copy */
	bsk_ref sender;
};

struct clerk {
	bsk_system *system;
	bsk_ref ref;
	pthread_mutex_t mutex;   /* guards what is below */
	pthread_cond_t grown;
	struct record records[RECORDS];
	unsigned count;
	unsigned char *bytes;    /* of all bsk_bytes */
	size_t size;
	size_t room;
};

struct clerk_config {
	uint64_t clerk; /* its address */
};
static const struct bsk_field config_fields[] = {
	BSK_FIELD(clerk_config, clerk, "the test's side"),
};
static const struct bsk_type clerk_config_type =
	BSK_TYPE(clerk_config, "a clerk's config", config_fields);

struct clerk_order {
	uint64_t what; /* the address of a function, */
	uint64_t arg;  /* and of what it is given */
};
static const struct bsk_field order_fields[] = {
	BSK_FIELD(clerk_order, what, "what to do"),
	BSK_FIELD(clerk_order, arg, "with what"),
};
static const struct bsk_type clerk_order_type =
	BSK_TYPE(clerk_order, "do something", order_fields);

/* --- the actor -------------------------------------------------------- */

struct clerk_state {
	struct clerk *clerk;
};

static void
gather(struct clerk *clerk, const struct bsk_bytes *heard)
{
	while (clerk->room < clerk->size + heard->bytes.size) {
		clerk->room = clerk->room > 0 ? 2 * clerk->room : 65536;
		clerk->bytes = realloc(clerk->bytes, clerk->room);
		ck_assert_ptr_nonnull(clerk->bytes);
	}
	if (heard->bytes.size > 0)
		memcpy(clerk->bytes + clerk->size, heard->bytes.bytes,
		    heard->bytes.size);
	clerk->size += heard->bytes.size;
}

static void
record(struct clerk_state *self, bsk_ctx *ctx, const struct bsk_type *type,
    const void *body)
{
	struct clerk *clerk = self->clerk;
	char copy[BSK_TYPE_SIZE_MAX];
	struct record *record;

	ck_assert_int_eq(bsk_type_copy(type, body, copy), 0);
	(void)pthread_mutex_lock(&clerk->mutex);
	if (type == &bsk_bytes_type)
		gather(clerk, body);
	ck_assert_uint_lt(clerk->count, RECORDS);
	record = &clerk->records[clerk->count++];
	record->type = type;
	record->body = bsk_parcel_new(type, copy);
	record->sender = bsk_sender(ctx);
	(void)pthread_cond_broadcast(&clerk->grown);
	(void)pthread_mutex_unlock(&clerk->mutex);
}

BSK_HANDLER(on_open, clerk_state, bsk_open)
{
	const struct clerk_config *config = bsk_config(ctx);

	(void)body;
	self->clerk = (struct clerk *)(uintptr_t)config->clerk;
	return 0;
}

BSK_HANDLER(on_order, clerk_state, clerk_order)
{
	void (*what)(bsk_ctx *, void *) =
	    (void (*)(bsk_ctx *, void *))(uintptr_t)body->what;

	(void)self;
	what(ctx, (void *)(uintptr_t)body->arg);
	return bsk_reply(ctx, BSK_NEW(bsk_result, .error = 0));
}

#define HEARS(tag) \
	BSK_HANDLER(on_##tag, clerk_state, tag) \
	{ \
		record(self, ctx, &tag##_type, body); \
		return 0; \
	}

HEARS(bsk_bytes)
HEARS(bsk_result)
HEARS(bsk_ask_failed)
HEARS(bsk_down)
HEARS(bsk_fd_ready)
HEARS(bsk_reactor_status)
HEARS(bsk_fault)
HEARS(bsk_log_line)
HEARS(bsk_pipe_opened)
HEARS(bsk_pipe_refused)
HEARS(bsk_pipe_status)
HEARS(bsk_proxy_status)
HEARS(bsk_relay_ended)
HEARS(bsk_relay_moved)
HEARS(bsk_relay_status)
HEARS(bsk_stream_eof)
HEARS(bsk_stream_ended)
HEARS(bsk_stream_pressure)
HEARS(bsk_stream_sent)
HEARS(bsk_stream_status)
HEARS(bsk_tls_ready)
HEARS(bsk_tls_failed)
HEARS(bsk_tls_status)
HEARS(bsk_listener_ready)
HEARS(bsk_listener_failed)
HEARS(bsk_unix_accepted)
HEARS(bsk_unix_connected)
HEARS(bsk_unix_packet)
HEARS(bsk_unix_refused)
HEARS(bsk_unix_listener_status)
HEARS(bsk_unix_connector_status)

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(clerk_order, on_order),
	BSK_ON(bsk_bytes, on_bsk_bytes),
	BSK_ON(bsk_result, on_bsk_result),
	BSK_ON(bsk_ask_failed, on_bsk_ask_failed),
	BSK_ON(bsk_down, on_bsk_down),
	BSK_ON(bsk_fd_ready, on_bsk_fd_ready),
	BSK_ON(bsk_reactor_status, on_bsk_reactor_status),
	BSK_ON(bsk_fault, on_bsk_fault),
	BSK_ON(bsk_log_line, on_bsk_log_line),
	BSK_ON(bsk_pipe_opened, on_bsk_pipe_opened),
	BSK_ON(bsk_pipe_refused, on_bsk_pipe_refused),
	BSK_ON(bsk_pipe_status, on_bsk_pipe_status),
	BSK_ON(bsk_proxy_status, on_bsk_proxy_status),
	BSK_ON(bsk_relay_ended, on_bsk_relay_ended),
	BSK_ON(bsk_relay_moved, on_bsk_relay_moved),
	BSK_ON(bsk_relay_status, on_bsk_relay_status),
	BSK_ON(bsk_stream_eof, on_bsk_stream_eof),
	BSK_ON(bsk_stream_ended, on_bsk_stream_ended),
	BSK_ON(bsk_stream_pressure, on_bsk_stream_pressure),
	BSK_ON(bsk_stream_sent, on_bsk_stream_sent),
	BSK_ON(bsk_stream_status, on_bsk_stream_status),
	BSK_ON(bsk_tls_ready, on_bsk_tls_ready),
	BSK_ON(bsk_tls_failed, on_bsk_tls_failed),
	BSK_ON(bsk_tls_status, on_bsk_tls_status),
	BSK_ON(bsk_listener_ready, on_bsk_listener_ready),
	BSK_ON(bsk_listener_failed, on_bsk_listener_failed),
	BSK_ON(bsk_unix_accepted, on_bsk_unix_accepted),
	BSK_ON(bsk_unix_connected, on_bsk_unix_connected),
	BSK_ON(bsk_unix_packet, on_bsk_unix_packet),
	BSK_ON(bsk_unix_refused, on_bsk_unix_refused),
	BSK_ON(bsk_unix_listener_status, on_bsk_unix_listener_status),
	BSK_ON(bsk_unix_connector_status, on_bsk_unix_connector_status),
};

static const struct bsk_class clerk_class = BSK_CLASS(clerk_state, "clerk",
    "does what a test tells it", handlers, .config = &clerk_config_type);

/* --- the test's side -------------------------------------------------- */

struct clerk *
clerk_new(bsk_system *system)
{
	struct clerk *clerk = calloc(1, sizeof(*clerk));
	pthread_condattr_t monotonic;

	ck_assert_ptr_nonnull(clerk);
	clerk->system = system;
	(void)pthread_mutex_init(&clerk->mutex, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&clerk->grown, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	ck_assert_int_eq(bsk_system_spawn(system, &clerk_class,
	    BSK_PARCEL(clerk_config, .clerk = (uintptr_t)clerk), NULL,
	    &clerk->ref), 0);
	return clerk;
}

void
clerk_free(struct clerk *clerk)
{
	while (clerk->count > 0)
		bsk_parcel_free(clerk->records[--clerk->count].body);
	(void)pthread_cond_destroy(&clerk->grown);
	(void)pthread_mutex_destroy(&clerk->mutex);
	free(clerk->bytes);
	free(clerk);
}

bsk_ref
clerk_ref(const struct clerk *clerk)
{
	return clerk->ref;
}

void
clerk_do(struct clerk *clerk, void (*what)(bsk_ctx *, void *), void *arg)
{
	bsk_message *answer;

	ck_assert_int_eq(bsk_system_call(clerk->system, clerk->ref,
	    BSK_NEW(clerk_order, .what = (uintptr_t)what,
		.arg = (uintptr_t)arg), HARNESS_PATIENCE_NS, &answer), 0);
	bsk_message_free(answer);
}

static struct timespec
deadline(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += HARNESS_PATIENCE_S;
	return at;
}

/* With the mutex held. */
static struct record *
find(struct clerk *clerk, const struct bsk_type *type, unsigned nth)
{
	unsigned index;

	for (index = 0; index < clerk->count; index++)
		if (clerk->records[index].type == type && --nth == 0)
			return &clerk->records[index];
	return NULL;
}

static struct record *
await(struct clerk *clerk, const struct bsk_type *type, unsigned nth)
{
	const struct timespec at = deadline();
	struct record *record;
	int result = 0;

	(void)pthread_mutex_lock(&clerk->mutex);
	while ((record = find(clerk, type, nth)) == NULL && result == 0)
		result = pthread_cond_timedwait(
		    &clerk->grown, &clerk->mutex, &at);
	(void)pthread_mutex_unlock(&clerk->mutex);
	ck_assert_msg(record != NULL, "no %s number %u has come", type->name,
	    nth);
	return record;
}

const void *
clerk_wait(struct clerk *clerk, const struct bsk_type *type, unsigned nth)
{
	return bsk_parcel_body(await(clerk, type, nth)->body);
}

bsk_ref
clerk_sender(struct clerk *clerk, const struct bsk_type *type, unsigned nth)
{
	return await(clerk, type, nth)->sender;
}

unsigned
clerk_count(struct clerk *clerk, const struct bsk_type *type)
{
	unsigned count = 0;
	unsigned index;

	(void)pthread_mutex_lock(&clerk->mutex);
	for (index = 0; index < clerk->count; index++)
		count += clerk->records[index].type == type;
	(void)pthread_mutex_unlock(&clerk->mutex);
	return count;
}

static bool
note_depth(void *arg, const struct bsk_actor_info *info)
{
	*(uint32_t *)arg = info->depth;
	return true;
}

void
clerk_settle(struct clerk *clerk, bsk_ref actor)
{
	int64_t until_ns = bsk_os_libc.now(&bsk_os_libc) + HARNESS_PATIENCE_NS;
	uint32_t depth = 1;

	while (depth > 0) {
		ck_assert_int_lt(bsk_os_libc.now(&bsk_os_libc), until_ns);
		depth = 0; /* of one that is gone */
		(void)bsk_inspect_actor(clerk->system, actor, note_depth,
		    &depth);
		if (depth > 0)
			(void)sched_yield();
	}
}

unsigned
clerk_place(struct clerk *clerk, const struct bsk_type *type)
{
	return (unsigned)(await(clerk, type, 1) - clerk->records);
}

/* What was heard as soon as it is that much, and how much it is. */
static const unsigned char *
await_bytes(struct clerk *clerk, size_t size, size_t *ret_heard)
{
	const struct timespec at = deadline();
	const unsigned char *bytes;
	int result = 0;

	(void)pthread_mutex_lock(&clerk->mutex);
	while (clerk->size < size && result == 0)
		result = pthread_cond_timedwait(
		    &clerk->grown, &clerk->mutex, &at);
	*ret_heard = clerk->size;
	bytes = clerk->bytes;
	(void)pthread_mutex_unlock(&clerk->mutex);
	ck_assert_uint_ge(*ret_heard, size);
	return bytes;
}

const unsigned char *
clerk_bytes(struct clerk *clerk, size_t size)
{
	size_t heard;

	return await_bytes(clerk, size, &heard);
}

void
clerk_expect(struct clerk *clerk, const char *text)
{
	size_t heard;
	const unsigned char *bytes = await_bytes(clerk, strlen(text), &heard);

	ck_assert_uint_eq(heard, strlen(text));
	ck_assert_mem_eq(bytes, text, strlen(text));
}

/* --- orders ----------------------------------------------------------- */

struct order {
	const struct bsk_class *class_;
	struct bsk_parcel *config;
	bsk_ref ref;
	bsk_message *message;
	int error;
};

/* The port whose messages the clerk is to hear; NULL: none. */
static const char *
gives_data(const struct bsk_class *class_)
{
	size_t index;

	for (index = 0; index < class_->port_count; index++)
		if (class_->ports[index].direction == BSK_OUT &&
		    (strcmp(class_->ports[index].name, "data") == 0 ||
		    strcmp(class_->ports[index].name, "packets") == 0))
			return class_->ports[index].name;
	return NULL;
}

static void
do_spawn(bsk_ctx *ctx, void *arg)
{
	struct order *order = arg;
	const char *port = gives_data(order->class_);
	const struct bsk_wire wire = { .port = { port },
		.to = bsk_self(ctx) };
	const struct bsk_spawn_options options = { .wires = &wire,
		.wire_count = port != NULL };

	order->error = bsk_spawn(
	    ctx, order->class_, order->config, &options, &order->ref);
}

static void
do_tell(bsk_ctx *ctx, void *arg)
{
	struct order *order = arg;

	ck_assert_int_eq(bsk_send(ctx, order->ref, order->message), 0);
}

static void
do_ask(bsk_ctx *ctx, void *arg)
{
	struct order *order = arg;
	uint64_t ask;

	ck_assert_int_eq(bsk_ask(ctx, order->ref, order->message,
	    HARNESS_PATIENCE_NS, &ask), 0);
}

static void
do_stop(bsk_ctx *ctx, void *arg)
{
	struct order *order = arg;

	ck_assert_int_eq(bsk_stop(ctx, order->ref), 0);
}

bsk_ref
clerk_spawn(struct clerk *clerk, const struct bsk_class *class_,
    struct bsk_parcel *config)
{
	struct order order = { .class_ = class_, .config = config };

	clerk_do(clerk, do_spawn, &order);
	ck_assert_int_eq(order.error, 0);
	return order.ref;
}

int
clerk_spawn_error(struct clerk *clerk, const struct bsk_class *class_,
    struct bsk_parcel *config)
{
	struct order order = { .class_ = class_, .config = config };

	clerk_do(clerk, do_spawn, &order);
	return order.error;
}

void
clerk_tell(struct clerk *clerk, bsk_ref to, bsk_message *message)
{
	struct order order = { .ref = to, .message = message };

	clerk_do(clerk, do_tell, &order);
}

void
clerk_ask(struct clerk *clerk, bsk_ref to, bsk_message *message)
{
	struct order order = { .ref = to, .message = message };

	clerk_do(clerk, do_ask, &order);
}

void
clerk_stop(struct clerk *clerk, bsk_ref actor)
{
	struct order order = { .ref = actor };

	clerk_do(clerk, do_stop, &order);
}

void
clerk_say(struct clerk *clerk, bsk_ref to, const char *text)
{
	clerk_tell(clerk, to, BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_copy(text, strlen(text))));
}
