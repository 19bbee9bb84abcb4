/* patron.c - an actor that asks for what a test wants and keeps what it
 * hears. */
#include "patron.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <buskin/child.h>
#include <buskin/process.h>
#include <buskin/spawner.h>
#include <buskin/signal.h>
#include <buskin/supervisor.h>

#include "harness.h"

/* --- what a test tells a patron ------------------------------------------- */

struct patron_do {
	uint64_t service;  /* the address of a struct bsk_class; 0: none */
	bsk_ref to;        /* else to whom */
	struct bsk_parcel *message; /* to ask; NULL: stop and monitor */
};

static const struct bsk_field do_fields[] = {
	BSK_FIELD(patron_do, service, "which service"),
	BSK_FIELD(patron_do, to, "or whom"),
	BSK_FIELD(patron_do, message, "with what"),
};

static const struct bsk_type patron_do_type =
	BSK_OWNING_TYPE(patron_do, "do something", do_fields);

struct patron_config {
	uint64_t log; /* the address of a struct patron_log */
};

static const struct bsk_field config_fields[] = {
	BSK_FIELD(patron_config, log, "where to write"),
};

static const struct bsk_type patron_config_type =
	BSK_TYPE(patron_config, "a patron's config", config_fields);

/* --- the actor ------------------------------------------------------------ */

struct patron {
	struct patron_log *log;
};

BSK_HANDLER(on_open, patron, bsk_open)
{
	const struct patron_config *config = bsk_config(ctx);

	(void)body;
	self->log = (struct patron_log *)(uintptr_t)config->log;
	return 0;
}

BSK_HANDLER(on_do, patron, patron_do)
{
	bsk_ref to = body->to;
	uint64_t number;
	int error = 0;

	(void)self;
	if (body->service != 0)
		error = bsk_service(ctx,
		    (const struct bsk_class *)(uintptr_t)body->service, &to);
	if (error < 0)
		return error;
	if (body->message != NULL)
		return bsk_ask(ctx, to, bsk_message_of_parcel(
		    bsk_parcel_copy(body->message)), HARNESS_PATIENCE_NS,
		    &number);
	error = bsk_monitor(ctx, to, &number);
	return error < 0 ? error : bsk_stop(ctx, to);
}

static int
record(const struct patron *self, const struct bsk_type *type,
    const void *body)
{
	struct patron_log *log = self->log;
	char copy[BSK_TYPE_SIZE_MAX];
	int error = bsk_type_copy(type, body, copy);

	if (error < 0)
		return error;
	(void)pthread_mutex_lock(&log->mutex);
	ck_assert_uint_lt(log->count, PATRON_RECORDS);
	log->records[log->count].type = type;
	log->records[log->count++].body = bsk_parcel_new(type, copy);
	(void)pthread_cond_broadcast(&log->grown);
	(void)pthread_mutex_unlock(&log->mutex);
	return 0;
}

BSK_HANDLER(on_bytes, patron, bsk_bytes)
{
	struct patron_log *log = self->log;
	char *text;

	(void)ctx;
	(void)pthread_mutex_lock(&log->mutex);
	text = realloc(log->text, log->size + body->bytes.size + 1);
	ck_assert_ptr_nonnull(text);
	memcpy(text + log->size, body->bytes.bytes, body->bytes.size);
	log->size += body->bytes.size;
	log->pieces++;
	text[log->size] = '\0';
	log->text = text;
	(void)pthread_cond_broadcast(&log->grown);
	(void)pthread_mutex_unlock(&log->mutex);
	return 0;
}

#define HEARS(tag) \
	BSK_HANDLER(on_##tag, patron, tag) \
	{ \
		(void)ctx; \
		return record(self, &tag##_type, body); \
	}

HEARS(bsk_result)
HEARS(bsk_ask_failed)
HEARS(bsk_down)
HEARS(bsk_child_started)
HEARS(bsk_signal_raised)
HEARS(bsk_child_exited)
HEARS(bsk_child_stopped)
HEARS(bsk_child_continued)
HEARS(bsk_child_stranger)
HEARS(bsk_process_spawned)
HEARS(bsk_process_started)
HEARS(bsk_process_exited)
HEARS(bsk_process_finished)
HEARS(bsk_process_closed)
HEARS(bsk_process_failed)
HEARS(bsk_process_status)
HEARS(bsk_spawner_status)
HEARS(bsk_child_watcher_status)

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(patron_do, on_do),
	BSK_ON(bsk_bytes, on_bytes),
	BSK_ON(bsk_result, on_bsk_result),
	BSK_ON(bsk_ask_failed, on_bsk_ask_failed),
	BSK_ON(bsk_down, on_bsk_down),
	BSK_ON(bsk_child_started, on_bsk_child_started),
	BSK_ON(bsk_signal_raised, on_bsk_signal_raised),
	BSK_ON(bsk_child_exited, on_bsk_child_exited),
	BSK_ON(bsk_child_stopped, on_bsk_child_stopped),
	BSK_ON(bsk_child_continued, on_bsk_child_continued),
	BSK_ON(bsk_child_stranger, on_bsk_child_stranger),
	BSK_ON(bsk_process_spawned, on_bsk_process_spawned),
	BSK_ON(bsk_process_started, on_bsk_process_started),
	BSK_ON(bsk_process_exited, on_bsk_process_exited),
	BSK_ON(bsk_process_finished, on_bsk_process_finished),
	BSK_ON(bsk_process_closed, on_bsk_process_closed),
	BSK_ON(bsk_process_failed, on_bsk_process_failed),
	BSK_ON(bsk_process_status, on_bsk_process_status),
	BSK_ON(bsk_spawner_status, on_bsk_spawner_status),
	BSK_ON(bsk_child_watcher_status, on_bsk_child_watcher_status),
};

static const struct bsk_class patron_class = BSK_CLASS(patron, "patron",
    "asks and listens", handlers, .config = &patron_config_type);

/* --- the test's side ------------------------------------------------------ */

void
patron_log_init(struct patron_log *log)
{
	memset(log, 0, sizeof(*log));
	(void)pthread_mutex_init(&log->mutex, NULL);
	(void)pthread_cond_init(&log->grown, NULL);
}

void
patron_log_release(struct patron_log *log)
{
	for (unsigned i = 0; i < log->count; i++)
		bsk_parcel_free(log->records[i].body);
	free(log->text);
	(void)pthread_mutex_destroy(&log->mutex);
	(void)pthread_cond_destroy(&log->grown);
}

bsk_ref
patron_spawn(bsk_system *system, struct patron_log *log)
{
	bsk_ref patron;

	ck_assert_int_eq(bsk_system_spawn(system, &patron_class,
	    BSK_PARCEL(patron_config, .log = (uint64_t)(uintptr_t)log), NULL,
	    &patron), 0);
	return patron;
}

void
patron_ask(bsk_system *system, bsk_ref patron, const struct bsk_class *service,
    struct bsk_parcel *message)
{
	ck_assert_int_eq(bsk_system_send(system, patron, BSK_NEW(patron_do,
	    .service = (uint64_t)(uintptr_t)service, .message = message)), 0);
}

void
patron_ask_actor(bsk_system *system, bsk_ref patron, bsk_ref to,
    struct bsk_parcel *message)
{
	ck_assert_int_eq(bsk_system_send(system, patron,
	    BSK_NEW(patron_do, .to = to, .message = message)), 0);
}

void
patron_stop(bsk_system *system, bsk_ref patron, bsk_ref actor)
{
	ck_assert_int_eq(bsk_system_send(system, patron,
	    BSK_NEW(patron_do, .to = actor)), 0);
}

static void
set_deadline(struct timespec *ret_deadline)
{
	(void)clock_gettime(CLOCK_REALTIME, ret_deadline);
	ret_deadline->tv_sec += HARNESS_PATIENCE_S;
}

/* The n-th of that type; NULL: not yet. */
static const void *
look(const struct patron_log *log, const struct bsk_type *type, unsigned n)
{
	for (unsigned i = 0; i < log->count; i++)
		if (log->records[i].type == type && --n == 0)
			return bsk_parcel_body(log->records[i].body);
	return NULL;
}

const void *
patron_hears(struct patron_log *log, const struct bsk_type *type,
    unsigned count)
{
	struct timespec deadline;
	const void *body;
	int error = 0;

	set_deadline(&deadline);
	(void)pthread_mutex_lock(&log->mutex);
	while ((body = look(log, type, count)) == NULL && error == 0)
		error = pthread_cond_timedwait(&log->grown, &log->mutex,
		    &deadline);
	(void)pthread_mutex_unlock(&log->mutex);
	ck_assert_msg(body != NULL, "%s number %u was not heard", type->name,
	    count);
	return body;
}

unsigned
patron_count(struct patron_log *log, const struct bsk_type *type)
{
	unsigned count = 0;

	(void)pthread_mutex_lock(&log->mutex);
	for (unsigned i = 0; i < log->count; i++)
		count += log->records[i].type == type;
	(void)pthread_mutex_unlock(&log->mutex);
	return count;
}

unsigned
patron_place(struct patron_log *log, const struct bsk_type *type)
{
	unsigned place = 0;

	(void)pthread_mutex_lock(&log->mutex);
	while (place < log->count && log->records[place].type != type)
		place++;
	ck_assert_msg(place < log->count, "%s was not heard", type->name);
	(void)pthread_mutex_unlock(&log->mutex);
	return place;
}

const char *
patron_reads(struct patron_log *log, size_t size)
{
	struct timespec deadline;
	int error = 0;

	set_deadline(&deadline);
	(void)pthread_mutex_lock(&log->mutex);
	while (log->size < size && error == 0)
		error = pthread_cond_timedwait(&log->grown, &log->mutex,
		    &deadline);
	(void)pthread_mutex_unlock(&log->mutex);
	ck_assert_uint_ge(log->size, size);
	return log->text == NULL ? "" : log->text;
}
