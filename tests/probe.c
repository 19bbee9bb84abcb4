/* probe.c - an actor that does what a test tells it and keeps what it hears. */
#include "probe.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <buskin/counter.h>
#include <buskin/nng.h>
#include <buskin/router.h>
#include <buskin/supervisor.h>
#include <buskin/timer.h>

#define ASK_NS 10000000000
#define WAIT_S 10

/* --- what a test tells a probe ------------------------------------------ */

enum verb { TELL, ASK, MONITOR, STOP, KILL };

struct probe_do {
	uint32_t verb;
	bsk_ref to;
	struct bsk_parcel *message; /* to tell or to ask */
};
static const struct bsk_field do_fields[] = {
	BSK_FIELD(probe_do, verb, "what to do"),
	BSK_FIELD(probe_do, to, "to whom"),
	BSK_FIELD(probe_do, message, "with what"),
};
static const struct bsk_type probe_do_type = BSK_OWNING_TYPE(probe_do,
    "do something to another actor", do_fields);

struct probe_bear {
	uint64_t class_; /* the address of a struct bsk_class */
	struct bsk_parcel *config;
	bool is_supervised;
};
static const struct bsk_field bear_fields[] = {
	BSK_FIELD(probe_bear, class_, "its class"),
	BSK_FIELD(probe_bear, config, "its config"),
	BSK_FIELD(probe_bear, is_supervised, "whether it is restarted"),
};
static const struct bsk_type probe_bear_type = BSK_OWNING_TYPE(probe_bear,
    "spawn a child", bear_fields);

static const struct bsk_field config_fields[] = {
	BSK_FIELD(probe_config, log, "where to write"),
};
const struct bsk_type probe_config_type = BSK_TYPE(probe_config,
    "a probe's config", config_fields);

/* --- the actor ---------------------------------------------------------- */

struct probe {
	struct probe_log *log;
};

static void
record(const struct probe *self, bsk_ctx *ctx, const struct bsk_type *type,
    const void *body)
{
	struct probe_record *at;
	char copy[BSK_TYPE_SIZE_MAX];
	int result = bsk_type_copy(type, body, copy);

	ck_assert_int_eq(result, 0);
	(void)pthread_mutex_lock(&self->log->mutex);
	ck_assert_uint_lt(self->log->count, PROBE_RECORDS);
	at = &self->log->records[self->log->count++];
	at->type = type;
	at->body = bsk_parcel_new(type, copy);
	at->sender = bsk_sender(ctx);
	at->asked = bsk_asked(ctx);
	at->now_ns = bsk_now(ctx);
	(void)pthread_cond_broadcast(&self->log->grown);
	(void)pthread_mutex_unlock(&self->log->mutex);
}

BSK_HANDLER(on_open, probe, bsk_open)
{
	const struct probe_config *config = bsk_config(ctx);

	(void)body;
	self->log = (struct probe_log *)(uintptr_t)config->log;
	return 0;
}

BSK_HANDLER(on_do, probe, probe_do)
{
	uint64_t number;

	(void)self;
	switch (body->verb) {
	case ASK:
		return bsk_ask(ctx, body->to, bsk_message_of_parcel(
		    bsk_parcel_copy(body->message)), ASK_NS, &number);
	case MONITOR:
		return bsk_monitor(ctx, body->to, &number);
	case STOP:
		return bsk_stop(ctx, body->to);
	case KILL:
		return bsk_kill(ctx, body->to);
	default:
		(void)bsk_send(ctx, body->to, bsk_message_of_parcel(
		    bsk_parcel_copy(body->message)));
		return 0;
	}
}

BSK_HANDLER(on_bear, probe, probe_bear)
{
	const struct bsk_spawn_options options = {
		.supervised = body->is_supervised,
	};
	struct bsk_child_started started = { { 0 } };
	int result = bsk_spawn(ctx,
	    (const struct bsk_class *)(uintptr_t)body->class_,
	    bsk_parcel_copy(body->config), &options, &started.child);

	ck_assert_int_eq(result, 0);
	record(self, ctx, &bsk_child_started_type, &started);
	return 0;
}

BSK_HANDLER(on_child_ended, probe, bsk_child_ended)
{
	record(self, ctx, &bsk_child_ended_type, body);
	return bsk_restart(ctx, body->child);
}

#define HEARS(tag) \
	BSK_HANDLER(on_##tag, probe, tag) \
	{ \
		record(self, ctx, &tag##_type, body); \
		return 0; \
	}

HEARS(bsk_result)
HEARS(bsk_ask_failed)
HEARS(bsk_down)
HEARS(bsk_bytes)
HEARS(bsk_count)
HEARS(bsk_timer_fired)
HEARS(bsk_child_started)
HEARS(bsk_children)
HEARS(bsk_router_resized)
HEARS(bsk_router_status)
HEARS(bsk_nng_request)
HEARS(bsk_nng_answer)
HEARS(bsk_nng_listening)

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,          on_open),
	BSK_ON(probe_do,          on_do),
	BSK_ON(probe_bear,        on_bear),
	BSK_ON(bsk_child_ended,   on_child_ended),
	BSK_ON(bsk_result,        on_bsk_result),
	BSK_ON(bsk_ask_failed,    on_bsk_ask_failed),
	BSK_ON(bsk_down,          on_bsk_down),
	BSK_ON(bsk_bytes,         on_bsk_bytes),
	BSK_ON(bsk_count,         on_bsk_count),
	BSK_ON(bsk_timer_fired,   on_bsk_timer_fired),
	BSK_ON(bsk_child_started, on_bsk_child_started),
	BSK_ON(bsk_children,      on_bsk_children),
	BSK_ON(bsk_router_resized, on_bsk_router_resized),
	BSK_ON(bsk_router_status, on_bsk_router_status),
	BSK_ON(bsk_nng_request,   on_bsk_nng_request),
	BSK_ON(bsk_nng_answer,    on_bsk_nng_answer),
	BSK_ON(bsk_nng_listening, on_bsk_nng_listening),
};

static const struct bsk_port ports[] = {
	BSK_PORT_OUT("bytes", bsk_bytes, "never used"),
	BSK_PORT_IN("in", bsk_bytes, "what to keep"),
	BSK_PORT_IN("count", bsk_count, "what to keep"),
	BSK_PORT_IN("fired", bsk_timer_fired, "what to keep"),
};

const struct bsk_class probe_class = BSK_CLASS(probe, "probe",
    "keeps what it hears", handlers, BSK_PORTS(ports),
    .config = &probe_config_type);

/* --- the test's side ---------------------------------------------------- */

void
probe_log_init(struct probe_log *log)
{
	pthread_condattr_t monotonic;

	(void)pthread_mutex_init(&log->mutex, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&log->grown, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	log->count = 0;
}

void
probe_log_clear(struct probe_log *log)
{
	(void)pthread_mutex_lock(&log->mutex);
	while (log->count > 0)
		bsk_parcel_free(log->records[--log->count].body);
	(void)pthread_mutex_unlock(&log->mutex);
}

void
probe_log_release(struct probe_log *log)
{
	probe_log_clear(log);
	(void)pthread_cond_destroy(&log->grown);
	(void)pthread_mutex_destroy(&log->mutex);
}

bsk_ref
probe_spawn(bsk_system *system, struct probe_log *log,
    const struct bsk_spawn_options *options)
{
	bsk_ref probe = bsk_nobody();
	int result = bsk_system_spawn(system, &probe_class,
	    BSK_PARCEL(probe_config, .log = (uintptr_t)log), options, &probe);

	ck_assert_int_eq(result, 0);
	return probe;
}

static void
instruct(bsk_system *system, bsk_ref probe, bsk_message *message)
{
	int result = bsk_system_send(system, probe, message);

	ck_assert_int_eq(result, 0);
}

void
probe_tell(bsk_system *system, bsk_ref probe, bsk_ref to,
    struct bsk_parcel *message)
{
	instruct(system, probe, BSK_NEW(probe_do, .verb = TELL, .to = to,
	    .message = message));
}

void
probe_ask(bsk_system *system, bsk_ref probe, bsk_ref to,
    struct bsk_parcel *message)
{
	instruct(system, probe, BSK_NEW(probe_do, .verb = ASK, .to = to,
	    .message = message));
}

void
probe_monitor(bsk_system *system, bsk_ref probe, bsk_ref actor)
{
	instruct(system, probe, BSK_NEW(probe_do, .verb = MONITOR,
	    .to = actor));
}

void
probe_stop(bsk_system *system, bsk_ref probe, bsk_ref actor)
{
	instruct(system, probe, BSK_NEW(probe_do, .verb = STOP, .to = actor));
}

void
probe_kill(bsk_system *system, bsk_ref probe, bsk_ref actor)
{
	instruct(system, probe, BSK_NEW(probe_do, .verb = KILL, .to = actor));
}

void
probe_spawn_child(bsk_system *system, bsk_ref probe,
    const struct bsk_class *class_, struct bsk_parcel *config,
    bool is_supervised)
{
	instruct(system, probe, BSK_NEW(probe_bear,
	    .class_ = (uintptr_t)class_, .config = config,
	    .is_supervised = is_supervised));
}

bool
probe_wait(struct probe_log *log, unsigned count)
{
	struct timespec deadline;
	bool has_grown;
	int result = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += WAIT_S;
	(void)pthread_mutex_lock(&log->mutex);
	while (log->count < count && result == 0)
		result = pthread_cond_timedwait(&log->grown, &log->mutex,
		    &deadline);
	has_grown = log->count >= count;
	(void)pthread_mutex_unlock(&log->mutex);
	return has_grown;
}

const void *
probe_heard(struct probe_log *log, unsigned index,
    const struct bsk_type *type)
{
	const struct probe_record *record = &log->records[index];

	ck_assert_uint_lt(index, log->count);
	ck_assert_str_eq(record->type->name, type->name);
	return bsk_parcel_body(record->body);
}

unsigned
probe_count(struct probe_log *log, const struct bsk_type *type)
{
	unsigned count = 0;
	unsigned i;

	for (i = 0; i < log->count; i++)
		count += log->records[i].type == type;
	return count;
}

const void *
probe_last(struct probe_log *log, const struct bsk_type *type)
{
	unsigned i = log->count;

	while (i-- > 0)
		if (log->records[i].type == type)
			return bsk_parcel_body(log->records[i].body);
	return NULL;
}
