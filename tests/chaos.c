/* chaos.c - hundreds of actors to which everything happens at once.
 *
 * Supervisors with small imps, which send, ask, hold, pass on, monitor, stop
 * and kill each other, fail, exit, and have children; their mailboxes are small
 * and do whatever a full one may do. The system is stopped in the middle of it,
 * once or twice. It must come to its end with nobody left, no answer and no
 * news may come twice, and as with every system that a test frees, its books
 * must balance: see books.h. In a pool of threads, and simulated.
 *
 * A short version is a part of the suite; BUSKIN_CHAOS=1 (make chaos) plays
 * the whole.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <buskin/inspect.h>
#include <buskin/log.h>
#include <buskin/supervisor.h>

#include "harness.h"

#define SUPERVISORS 10u
#define IMPS_EACH 49u
#define IMPS (SUPERVISORS * IMPS_EACH)
#define THREADS 8u   /* imps with a thread of their own */
#define HELD 4u
#define OPEN 6u      /* asks, and monitors, at a time */
#define CAPACITY 8u
#define HOPS 12u
#define US INT64_C(1000)
#define STOP_NS (200000 * US)
#define GRACE_NS (20000 * US)

/* All actors of one system; each test has a process of its own. */
static _Atomic uint64_t imps[IMPS];
static _Atomic uint32_t births;   /* numbers for names */
static _Atomic uint32_t mistakes;

struct poke {
	uint32_t hops;
};
static const struct bsk_field poke_fields[] = {
	BSK_FIELD(poke, hops, "how often it is passed on"),
};
static const struct bsk_type poke_type = BSK_TYPE(poke, "a poke", poke_fields);

struct imp_config {
	uint32_t slot; /* where others find it; IMPS and up: nowhere */
};
static const struct bsk_field imp_config_fields[] = {
	BSK_FIELD(imp_config, slot, "which"),
};
static const struct bsk_type imp_config_type =
    BSK_TYPE(imp_config, "an imp's config", imp_config_fields);

/* --- an imp --- */

struct imp {
	bsk_message *held[HELD];
	uint32_t held_count;
	uint64_t asks[OPEN];     /* 0: free */
	uint64_t monitors[OPEN]; /* 0: free */
	uint32_t children;
};

static const struct bsk_class imp_class;

static void
mistake(bsk_ctx *ctx, const char *what)
{
	bsk_sim_fail(bsk_system_of(ctx), "%s", what);
	fprintf(stderr, "a mistake: %s\n", what);
	atomic_fetch_add(&mistakes, 1);
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
static const struct bsk_class imp_class = BSK_CLASS(imp, "imp",
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
	    .grace_ns = GRACE_NS), STOP_NS, &ask);
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

/* --- systems --- */

static const struct bsk_class *const classes[] = { &imp_class, NULL };
static const struct bsk_system_options options = {
	.workers = 2,
	.classes = classes,
	.stop_timeout_ns = STOP_NS,
};

static bool
is_whole(void)
{
	return getenv("BUSKIN_CHAOS") != NULL;
}

/* As many as there is time for. */
static uint64_t
rounds(uint64_t whole, uint64_t usual, uint64_t instrumented)
{
	if (is_whole())
		return whole;
	return harness_is_instrumented() ? instrumented : usual;
}

static int
populate(bsk_system *system)
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

static void
poke_somebody(bsk_system *system, uint64_t chance)
{
	(void)bsk_system_send(system,
	    (bsk_ref){ atomic_load(&imps[chance % IMPS]) },
	    BSK_NEW(poke, .hops = HOPS));
}

/* --- simulated --- */

static void
play(bsk_system *system, void *state)
{
	uint64_t moments = bsk_sim_draw(system) % 10;

	(void)state;
	bsk_sim_expect(system, populate(system) == 0);
	for (uint64_t i = 0; i < moments; i++) {
		(void)bsk_sim_run(system, bsk_sim_now(system) +
		    (int64_t)(bsk_sim_draw(system) % 500) * US);
		for (int p = 0; p < 20; p++)
			poke_somebody(system, bsk_sim_draw(system));
	}
	bsk_system_stop(system, 0);
	if (bsk_sim_draw(system) % 4 != 0)
		return;
	(void)bsk_sim_run(system, bsk_sim_now(system) +
	    (int64_t)(bsk_sim_draw(system) % 500) * US);
	bsk_system_stop(system, 0);
}

static const struct bsk_sim_scenario chaos = {
	.name = "chaos",
	.options = &options,
	.busy = true,
	.turns_max = 10000000,
	.play = play,
};

START_TEST(a_simulated_pool_comes_to_its_end)
{
	struct bsk_sim_seeds seeds = {
		.first = harness_seed(),
		.count = rounds(2000, 40, 4),
	};

	ck_assert_int_eq(bsk_sim_explore(&chaos, &seeds), 0);
}
END_TEST

/* --- with threads --- */

static bool
name_actor(void *arg, const struct bsk_actor_info *info)
{
	(void)arg;
	fprintf(stderr, "%s (%s) is %s, %u wait, %u held%s\n",
	    info->name == NULL ? "-" : info->name, info->class_name,
	    bsk_state_text(info->state), info->depth, info->held,
	    info->suspended ? ", suspended" : "");
	return true;
}

/* Waits for the end; tells who hangs. */
static void
await_end(bsk_system *system, uint64_t seed)
{
	struct bsk_system_info info;
	int r = bsk_system_wait(system, HARNESS_PATIENCE_NS);

	if (r < 0)
		(void)bsk_inspect_actors(system, name_actor, NULL);
	ck_assert_msg(r == 0, "seed %" PRIu64 ": it does not end: %d", seed,
	    r);
	bsk_inspect_system(system, &info);
	ck_assert_msg(info.actors <= 1, "seed %" PRIu64 ": %" PRIu64
	    " actors outlive the end", seed, info.actors - 1);
}

static uint64_t
draw(uint64_t *chance)
{
	*chance ^= *chance >> 12;
	*chance ^= *chance << 25;
	*chance ^= *chance >> 27;
	return *chance * 0x2545f4914f6cdd1du;
}

/* Pokes, and asks, from outside, as long as is drawn. */
static void
disturb(bsk_system *system, uint64_t *chance)
{
	uint64_t pokes = draw(chance) % 2000;

	for (uint64_t i = 0; i < pokes; i++) {
		bsk_message *answer = NULL;

		poke_somebody(system, draw(chance));
		if (i % 64 != 0)
			continue;
		(void)bsk_system_call(system, (bsk_ref){
		    atomic_load(&imps[draw(chance) % IMPS]) },
		    BSK_NEW(poke, .hops = 2),
		    (int64_t)(draw(chance) % 1000) * US, &answer);
		bsk_message_free(answer);
	}
}

static void
play_with_threads(uint64_t seed)
{
	uint64_t chance = seed | 1;
	bsk_system *system;

	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	ck_assert_int_eq(populate(system), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	disturb(system, &chance);
	bsk_system_stop(system, 0);
	if (draw(&chance) % 4 == 0)
		bsk_system_stop(system, 0);
	await_end(system, seed);
	bsk_system_destroy(system);
	ck_assert_uint_eq(atomic_load(&mistakes), 0);
}

START_TEST(a_pool_of_threads_comes_to_its_end)
{
	uint64_t count = rounds(100, 4, 1);

	for (uint64_t i = 0; i < count; i++)
		play_with_threads(harness_seed() + i);
}
END_TEST

/* --- beginning and ending --- */

static void
begin_and_end(uint64_t seed)
{
	struct bsk_system_options few = {.workers = 1 + seed % 2};
	struct bsk_spawn_options thread = {.placement = BSK_PLACE_THREAD};
	bsk_system *system;
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_create(&few, &system), 0);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_int_eq(bsk_system_spawn(system, &imp_class,
		    BSK_PARCEL(imp_config, .slot = i),
		    seed % 4 == 0 && i == 1 ? &thread : NULL, &ref), 0);
		atomic_store(&imps[i], ref.bits);
	}
	ck_assert_int_eq(bsk_system_start(system), 0);
	for (unsigned i = 0; i < seed % 8; i++)
		poke_somebody(system, i % 3);
	bsk_system_stop(system, 0);
	await_end(system, seed);
	bsk_system_destroy(system);
}

START_TEST(a_system_can_begin_and_end_ten_thousand_times)
{
	uint64_t count = rounds(10000, 300, 30);

	for (uint64_t i = 0; i < count; i++)
		begin_and_end(harness_seed() + i);
}
END_TEST

static Suite *
chaos_suite(void)
{
	Suite *suite = suite_create("chaos");
	TCase *tcase = harness_case("chaos");

	if (is_whole())
		tcase_set_timeout(tcase, 40 * HARNESS_PATIENCE_S);
	tcase_add_test(tcase, a_simulated_pool_comes_to_its_end);
	tcase_add_test(tcase, a_pool_of_threads_comes_to_its_end);
	tcase_add_test(tcase, a_system_can_begin_and_end_ten_thousand_times);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(chaos_suite);
}
