/* imps.c - supervisors with small imps, which do mischief to each other. */
#include "imps.h"

#include <errno.h>
#include <stdio.h>

#include <buskin/inspect.h>
#include <buskin/log.h>
#include <buskin/sim.h>
#include <buskin/supervisor.h>

#define THREADS 8u   /* imps with a thread of their own */
#define HELD 4u
#define OPEN 6u      /* asks, and monitors, at a time */
#define CAPACITY 8u
#define HOPS 12u
#define US INT64_C(1000)
#define ASK_NS (200000 * US)
#define GRACE_NS (20000 * US)

_Atomic uint64_t imps[IMPS];
_Atomic uint32_t imp_mistakes;
static _Atomic uint32_t births; /* numbers for names */

static const struct bsk_field poke_fields[] = {
	BSK_FIELD(poke, hops, "how often it is passed on"),
};
const struct bsk_type poke_type = BSK_TYPE(poke, "a poke", poke_fields);

static const struct bsk_field imp_config_fields[] = {
	BSK_FIELD(imp_config, slot, "which"),
};
const struct bsk_type imp_config_type =
    BSK_TYPE(imp_config, "an imp's config", imp_config_fields);

/* --- an imp --- */

struct imp {
	bsk_message *held[HELD];
	uint32_t held_count;
	uint64_t asks[OPEN];     /* 0: free */
	uint64_t monitors[OPEN]; /* 0: free */
	uint32_t children;
};

static void
mistake(bsk_ctx *ctx, const char *what)
{
	bsk_sim_fail(bsk_system_of(ctx), "%s", what);
	fprintf(stderr, "a mistake: %s\n", what);
	atomic_fetch_add(&imp_mistakes, 1);
}

static uint64_t *
place_of(uint64_t places[OPEN], uint64_t number)
{
	for (unsigned i = 0; i < OPEN; i++)
		if (places[i] == number)
			return &places[i];
	return NULL;
}

static bsk_ref
somebody(bsk_ctx *ctx)
{
	return (bsk_ref){ atomic_load(&imps[bsk_random(ctx) % IMPS]) };
}

BSK_HANDLER(on_open, imp, bsk_open)
{
	const struct imp_config *config = bsk_config(ctx);

	(void)self;
	(void)body;
	if (config->slot < IMPS)
		atomic_store(&imps[config->slot], bsk_self(ctx).bits);
	return bsk_random(ctx) % 50 == 0 ? -EIO : bsk_timer_arm(ctx, 1,
	    (int64_t)(bsk_random(ctx) % 1000) * US, 500 * US);
}

static int
send_pokes(bsk_ctx *ctx, uint32_t hops)
{
	int r = 0;

	if (hops == 0)
		return 0;
	for (uint64_t i = bsk_random(ctx) % 3; r != -ENOMEM && i > 0; i--)
		r = bsk_send(ctx, somebody(ctx),
		    BSK_NEW(poke, .hops = hops - 1));
	return r == -ENOMEM ? r : 0;
}

static int
ask_somebody(struct imp *self, bsk_ctx *ctx)
{
	uint64_t *place = place_of(self->asks, 0);

	return place == NULL ? 0 : bsk_ask(ctx, somebody(ctx),
	    BSK_NEW(poke, .hops = 2), (int64_t)(bsk_random(ctx) % 400) * US,
	    place);
}

static int
watch_somebody(struct imp *self, bsk_ctx *ctx)
{
	uint64_t *place = place_of(self->monitors, 0);

	return place == NULL ? 0 : bsk_monitor(ctx, somebody(ctx), place);
}

static int
take_back(struct imp *self, bsk_ctx *ctx)
{
	unsigned i = (unsigned)(bsk_random(ctx) % OPEN);

	if (self->monitors[i] != 0 &&
	    bsk_demonitor(ctx, self->monitors[i]) < 0)
		mistake(ctx, "a monitor is over that was not told of");
	self->monitors[i] = 0;
	if (self->asks[i] != 0 && bsk_ask_cancel(ctx, self->asks[i]) < 0)
		mistake(ctx, "an ask is over that was not told of");
	self->asks[i] = 0;
	return 0;
}

static int
hold(struct imp *self, bsk_ctx *ctx)
{
	if (self->held_count == HELD)
		return 0;
	self->held[self->held_count] = bsk_hold(ctx);
	if (self->held[self->held_count] == NULL)
		return -ENOMEM;
	self->held_count++;
	return 0;
}

static int
have_a_child(struct imp *self, bsk_ctx *ctx)
{
	bsk_ref ref;

	if (self->children++ >= 2)
		return 0;
	return bsk_spawn(ctx, &imp_class, BSK_PARCEL(imp_config,
	    .slot = IMPS), NULL, &ref);
}

static int
harm(bsk_ctx *ctx)
{
	switch (bsk_random(ctx) % 8) {
	case 0:
		return -EIO;
	case 1:
		bsk_exit(ctx, bsk_random(ctx) % 2 == 0 ? 0 : -EPIPE);
		return 0;
	case 2:
		return bsk_kill(ctx, somebody(ctx));
	case 3:
		return bsk_stop(ctx, somebody(ctx));
	default:
		return 0;
	}
}

BSK_HANDLER(on_poke, imp, poke)
{
	switch (bsk_random(ctx) % 16) {
	case 0:
	case 1:
		return ask_somebody(self, ctx);
	case 2:
	case 3:
		return watch_somebody(self, ctx);
	case 4:
		return take_back(self, ctx);
	case 5:
		return hold(self, ctx);
	case 6:
		return have_a_child(self, ctx);
	case 7:
		return harm(ctx);
	case 8:
		if (body->hops > 0)
			(void)bsk_forward(ctx, somebody(ctx));
		return 0;
	case 9:
	case 10:
		(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = 0));
		return send_pokes(ctx, body->hops);
	default:
		return send_pokes(ctx, body->hops);
	}
}

BSK_HANDLER(on_due, imp, bsk_timer_due)
{
	(void)body;
	if (self->held_count == 0)
		return send_pokes(ctx, 2);
	self->held_count--;
	if (bsk_random(ctx) % 2 == 0)
		bsk_let_go(ctx, self->held[self->held_count],
		    BSK_END_HANDLED);
	else
		bsk_unhold(ctx, self->held[self->held_count]);
	return 0;
}

BSK_HANDLER(on_result, imp, bsk_result)
{
	uint64_t *place = place_of(self->asks, bsk_asked(ctx));

	(void)body;
	if (place == NULL || *place == 0)
		mistake(ctx, "an answer that is not waited for");
	else
		*place = 0;
	return 0;
}

BSK_HANDLER(on_failed, imp, bsk_ask_failed)
{
	uint64_t *place = place_of(self->asks, body->ask);

	if (place == NULL || *place == 0)
		mistake(ctx, "a failure that is not waited for");
	else
		*place = 0;
	return 0;
}

/* Of a child it is told without a monitor. */
BSK_HANDLER(on_down, imp, bsk_down)
{
	uint64_t *place = place_of(self->monitors, body->monitor);

	if (body->monitor == 0)
		return 0;
	if (place == NULL)
		mistake(ctx, "a down that is not waited for");
	else
		*place = 0;
	return 0;
}

static const struct bsk_handler imp_handlers[] = {
	BSK_ON(bsk_open,       on_open),
	BSK_ON(poke,           on_poke),
	BSK_ON(bsk_timer_due,  on_due),
	BSK_ON(bsk_result,     on_result),
	BSK_ON(bsk_ask_failed, on_failed),
	BSK_ON(bsk_down,       on_down),
};
const struct bsk_class imp_class = BSK_CLASS(imp, "imp",
    "does mischief", imp_handlers, .config = &imp_config_type);

/* --- who makes them --- */

struct director {
	bsk_ref supervisors[SUPERVISORS];
	uint64_t asked;
};

static int
start_imp(bsk_ctx *ctx, bsk_ref supervisor, uint32_t slot)
{
	bool has_thread = slot % (IMPS / THREADS) == 0;
	uint64_t ask;

	return bsk_ask(ctx, supervisor, BSK_NEW(bsk_child_start,
	    .name = bsk_text_format("imp %u",
		(unsigned)atomic_fetch_add(&births, 1)),
	    .class_name = bsk_text_copy("imp"),
	    .config = BSK_PARCEL(imp_config, .slot = slot),
	    .restart = (int32_t)(bsk_random(ctx) % 3),
	    .placement = has_thread ? BSK_PLACE_THREAD : BSK_PLACE_POOL,
	    .capacity = CAPACITY,
	    .on_full = (int32_t)(bsk_random(ctx) % 5),
	    .grace_ns = GRACE_NS), ASK_NS, &ask);
}

static int
start_family(struct director *self, bsk_ctx *ctx, uint32_t number)
{
	struct bsk_supervisor_config config = {
		.strategy = (int32_t)(bsk_random(ctx) % 3),
		.restarts = number % 2 == 0 ? 3 : 1000,
		.within_ns = 1000000 * US,
		.backoff_first_ns = (int64_t)(number % 3) * 100 * US,
		.backoff_max_ns = 1000 * US,
		.backoff_jitter = 0.5,
	};
	int r = bsk_spawn(ctx, &bsk_supervisor_class,
	    bsk_parcel_new(&bsk_supervisor_config_type, &config), NULL,
	    &self->supervisors[number]);

	for (uint32_t i = 0; r == 0 && i < IMPS_EACH; i++)
		r = start_imp(ctx, self->supervisors[number],
		    number * IMPS_EACH + i);
	return r;
}

BSK_HANDLER(director_open, director, bsk_open)
{
	int r = 0;

	(void)body;
	for (uint32_t i = 0; r == 0 && i < SUPERVISORS; i++)
		r = start_family(self, ctx, i);
	return r;
}

/* A family that has come to its end is followed by another. */
BSK_HANDLER(director_down, director, bsk_down)
{
	struct bsk_system_info info;

	bsk_inspect_system(bsk_system_of(ctx), &info);
	for (uint32_t i = 0; !info.stopping && i < SUPERVISORS; i++)
		if (bsk_ref_equal(self->supervisors[i], body->actor))
			return start_family(self, ctx, i);
	return 0;
}

#define DOES_NOT_CARE(tag) \
	BSK_HANDLER(director_##tag, director, tag) \
	{ \
		(void)ctx; \
		(void)body; \
		self->asked++; \
		return 0; \
	}

DOES_NOT_CARE(bsk_child_started)
DOES_NOT_CARE(bsk_result)
DOES_NOT_CARE(bsk_log_line)

static const struct bsk_handler director_handlers[] = {
	BSK_ON(bsk_open,          director_open),
	BSK_ON(bsk_down,          director_down),
	BSK_ON(bsk_child_started, director_bsk_child_started),
	BSK_ON(bsk_result,        director_bsk_result),
};
static const struct bsk_class director_class =
    BSK_CLASS(director, "director", "makes families", director_handlers);

/* The supervisors say what they do; here nobody listens. */
static const struct bsk_handler deaf_handlers[] = {
	BSK_ON(bsk_log_line, director_bsk_log_line),
};
static const struct bsk_class deaf_class =
    BSK_CLASS(director, "deaf", "takes the log's lines", deaf_handlers);

/* --- all of them --- */

int
imps_populate(bsk_system *system)
{
	struct bsk_spawn_options log = {.name = "log"};
	bsk_ref ref;
	int r;

	for (unsigned i = 0; i < IMPS; i++)
		atomic_store(&imps[i], 0);
	r = bsk_system_spawn(system, &deaf_class, NULL, &log, &ref);
	return r < 0 ? r : bsk_system_spawn(system, &director_class, NULL,
	    NULL, &ref);
}

void
imps_poke(bsk_system *system, uint64_t chance)
{
	(void)bsk_system_send(system,
	    (bsk_ref){ atomic_load(&imps[chance % IMPS]) },
	    BSK_NEW(poke, .hops = HOPS));
}
