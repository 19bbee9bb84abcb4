/* check_life.c - how actors begin, fail, begin again and end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/inspect.h>

#include "harness.h"
#include "number.h"
#include "probe.h"
#include "seeds.h"

/* What a test's actor is told to do. */
struct order {
	int32_t fail;    /* returned from the handler */
	bool exits;      /* calls bsk_exit with `reason` */
	int32_t reason;
	bool holds;      /* keeps the message */
	bool spawns;     /* a child of the same class */
};
BSK_DECLARE(order);

static const struct bsk_field order_fields[] = {
	BSK_FIELD(order, fail, "what to return"),
	BSK_FIELD(order, exits, "whether to exit"),
	BSK_FIELD(order, reason, "why"),
	BSK_FIELD(order, holds, "whether to hold"),
	BSK_FIELD(order, spawns, "whether to spawn"),
};
const struct bsk_type order_type = BSK_TYPE(order, "do it", order_fields);

/* The story, as the actors tell it: 'o' opened, 'c' closed, 'd' asked to
 * drain, digits handled. Each test has a process of its own. */
static char story[4096];
static size_t story_length;
static int last_close_reason;

static void
tell(char what)
{
	ck_assert_uint_lt(story_length, sizeof(story) - 1);
	story[story_length++] = what;
	story[story_length] = '\0';
}

struct worker_bee {
	uint64_t handled;
};

BSK_HANDLER(bee_open, worker_bee, bsk_open);
BSK_HANDLER(bee_order, worker_bee, order);
BSK_HANDLER(bee_number, worker_bee, number);
BSK_HANDLER(bee_close, worker_bee, bsk_close);

static const struct bsk_handler bee_handlers[] = {
	BSK_ON(bsk_open, bee_open),
	BSK_ON(order, bee_order),
	BSK_ON(number, bee_number),
	BSK_ON(bsk_close, bee_close),
};
static const struct bsk_class bee_class =
    BSK_CLASS(worker_bee, "bee", "does as it is told", bee_handlers);

static int
bee_open(struct worker_bee *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)ctx;
	ck_assert_uint_eq(self->handled, 0);
	tell(open->incarnation == 0 ? 'o' : 'O');
	return 0;
}

static int
bee_order(struct worker_bee *self, bsk_ctx *ctx, const struct order *order)
{
	bsk_ref child;

	self->handled++;
	if (order->spawns)
		ck_assert_int_eq(bsk_spawn(ctx, &bee_class, NULL, NULL,
		    &child), 0);
	if (order->holds)
		ck_assert_ptr_nonnull(bsk_hold(ctx));
	if (order->exits)
		bsk_exit(ctx, order->reason);
	return order->fail;
}

static int
bee_number(struct worker_bee *self, bsk_ctx *ctx, const struct number *number)
{
	(void)ctx;
	self->handled++;
	tell((char)('0' + number->value % 10));
	return 0;
}

static int
bee_close(struct worker_bee *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)self;
	(void)ctx;
	last_close_reason = close->reason;
	tell('c');
	return 0;
}

/* A supervisor that restarts whatever ends by itself, at most `lives` times. */
struct keeper {
	bsk_ref child;
	unsigned restarts;
};

struct keeper_config {
	uint32_t lives;
};
BSK_DECLARE(keeper_config);
static const struct bsk_field keeper_config_fields[] = {
	BSK_FIELD(keeper_config, lives, "restarts at most"),
};
const struct bsk_type keeper_config_type =
    BSK_TYPE(keeper_config, "a keeper's config", keeper_config_fields);

BSK_HANDLER(keeper_open, keeper, bsk_open);
BSK_HANDLER(keeper_ended, keeper, bsk_child_ended);

static const struct bsk_handler keeper_handlers[] = {
	BSK_ON(bsk_open, keeper_open),
	BSK_ON(bsk_child_ended, keeper_ended),
};
static const struct bsk_class keeper_class = BSK_CLASS(keeper, "keeper",
    "restarts", keeper_handlers, .config = &keeper_config_type);

static int
keeper_open(struct keeper *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	struct bsk_spawn_options options = {
		.name = "kept",
		.supervised = true,
	};

	(void)open;
	return bsk_spawn(ctx, &bee_class, NULL, &options, &self->child);
}

static int
keeper_ended(struct keeper *self, bsk_ctx *ctx,
    const struct bsk_child_ended *ended)
{
	const struct keeper_config *config = bsk_config(ctx);

	ck_assert(bsk_ref_equal(ended->child, self->child));
	ck_assert_uint_eq(ended->incarnation, self->restarts);
	if (self->restarts++ < config->lives)
		return bsk_restart(ctx, ended->child);
	return bsk_kill(ctx, ended->child);
}

/* --- the world ----------------------------------------------------------- */

static bsk_system *
simulated(uint64_t seed)
{
	bsk_system *system;

	story_length = 0;
	story[0] = '\0';
	ck_assert_int_eq(bsk_sim_create(NULL, seed, &system), 0);
	return system;
}

static void
rest(bsk_system *system)
{
	ck_assert_int_eq(bsk_sim_run(system, bsk_sim_now(system) + 1000), 0);
}

static void
finish(bsk_system *system)
{
	struct bsk_system_info info;

	bsk_system_stop(system, 0);
	ck_assert_int_eq(bsk_sim_run(system, INT64_MAX), 1);
	harness_check_books(system);
	bsk_inspect_system(system, &info);
	ck_assert_uint_eq(info.actors, 1); /* the guardian sees it out */
	ck_assert_uint_eq(info.messages, 0);
	bsk_system_destroy(system);
}

static bsk_ref
bee(bsk_system *system)
{
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(system, &bee_class, NULL, NULL,
	    &ref), 0);
	return ref;
}

static bool
note_state(void *arg, const struct bsk_actor_info *info)
{
	*(struct bsk_actor_info *)arg = *info;
	return true;
}

/* --- claims -------------------------------------------------------------- */

static void
open_is_first_and_close_is_last(uint64_t seed)
{
	bsk_system *system = simulated(seed);
	bsk_ref ref = bee(system);

	for (uint64_t i = 0; i < 5; i++)
		ck_assert_int_eq(bsk_system_send(system, ref,
		    BSK_NEW(number, .value = i)), 0);
	rest(system);
	ck_assert_str_eq(story, "o01234");
	finish(system);
	ck_assert_str_eq(story, "o01234c");
	ck_assert_int_eq(last_close_reason, 0);
}

static void
what_came_before_the_stop_is_handled(uint64_t seed)
{
	bsk_system *system = simulated(seed);
	bsk_ref ref = bee(system);

	for (uint64_t i = 0; i < 9; i++)
		ck_assert_int_eq(bsk_system_send(system, ref,
		    BSK_NEW(number, .value = i)), 0);
	finish(system);
	ck_assert_str_eq(story, "o012345678c");
}

static void
a_failing_handler_ends_its_actor(uint64_t seed)
{
	bsk_system *system = simulated(seed);
	struct bsk_actor_info info;
	bsk_ref ref = bee(system);

	bsk_system_send(system, ref, BSK_NEW(order, .fail = -EIO));
	bsk_system_send(system, ref, BSK_NEW(number, .value = 1));
	rest(system);
	ck_assert_str_eq(story, "oc");
	ck_assert_int_eq(last_close_reason, -EIO);
	ck_assert_int_eq(bsk_inspect_actor(system, ref, note_state, &info),
	    -ESRCH);
	finish(system);
}

static void
a_stale_ref_makes_a_dead_letter(uint64_t seed)
{
	bsk_system *system = simulated(seed);
	struct bsk_system_info info;
	bsk_ref ref = bee(system);
	bsk_ref heir;

	bsk_system_send(system, ref, BSK_NEW(order, .exits = true));
	rest(system);
	heir = bee(system); /* may well live in the same cell */
	rest(system);
	bsk_system_send(system, ref, BSK_NEW(number, .value = 7));
	rest(system);
	ck_assert_str_eq(story, "oco");
	bsk_inspect_system(system, &info);
	ck_assert_uint_eq(info.ends[BSK_END_DEAD], 1);
	ck_assert(!bsk_ref_equal(ref, heir));
	finish(system);
}

static void
a_restart_keeps_the_ref_and_the_mailbox(uint64_t seed)
{
	bsk_system *system = simulated(seed);
	struct bsk_actor_info info;
	bsk_ref keeper;
	bsk_ref kept;

	ck_assert_int_eq(bsk_system_spawn(system, &keeper_class,
	    BSK_PARCEL(keeper_config, .lives = 1), NULL, &keeper), 0);
	rest(system);
	ck_assert_int_eq(bsk_system_find(system, "kept", &kept), 0);
	bsk_system_send(system, kept, BSK_NEW(number, .value = 1));
	bsk_system_send(system, kept, BSK_NEW(order, .fail = -EIO));
	bsk_system_send(system, kept, BSK_NEW(number, .value = 2));
	bsk_system_send(system, kept, BSK_NEW(number, .value = 3));
	rest(system);
	ck_assert_str_eq(story, "o1cO23");
	ck_assert_int_eq(bsk_inspect_actor(system, kept, note_state, &info),
	    0);
	ck_assert_uint_eq(info.restarts, 1);
	ck_assert_int_eq(info.state, BSK_STATE_ACTIVE);
	finish(system);
}

static void
the_verdict_may_be_the_end(uint64_t seed)
{
	bsk_system *system = simulated(seed);
	bsk_ref keeper;
	bsk_ref kept;

	ck_assert_int_eq(bsk_system_spawn(system, &keeper_class,
	    BSK_PARCEL(keeper_config, .lives = 2), NULL, &keeper), 0);
	rest(system);
	ck_assert_int_eq(bsk_system_find(system, "kept", &kept), 0);
	for (int i = 0; i < 3; i++)
		bsk_system_send(system, kept, BSK_NEW(order, .exits = true));
	bsk_system_send(system, kept, BSK_NEW(number, .value = 3));
	rest(system);
	ck_assert_str_eq(story, "ocOcOc");
	ck_assert_int_eq(bsk_system_find(system, "kept", &kept), -ENOENT);
	finish(system);
}

static void
children_go_with_their_parent(uint64_t seed)
{
	bsk_system *system = simulated(seed);
	struct bsk_system_info info;
	bsk_ref ref = bee(system);

	for (int i = 0; i < 4; i++)
		bsk_system_send(system, ref, BSK_NEW(order, .spawns = true));
	rest(system);
	ck_assert_str_eq(story, "ooooo");
	bsk_system_send(system, ref, BSK_NEW(order, .fail = -EIO));
	rest(system);
	ck_assert_str_eq(story, "ooooo" "ccccc");
	bsk_inspect_system(system, &info);
	ck_assert_uint_eq(info.actors, 1);
	finish(system);
}

static void
what_was_held_is_lost_with_its_holder(uint64_t seed)
{
	bsk_system *system = simulated(seed);
	struct bsk_system_info info;
	bsk_ref ref = bee(system);

	bsk_system_send(system, ref, BSK_NEW(order, .holds = true));
	bsk_system_send(system, ref, BSK_NEW(order, .holds = true));
	rest(system);
	bsk_inspect_system(system, &info);
	ck_assert_uint_eq(info.messages, 2);
	bsk_system_send(system, ref, BSK_NEW(order, .exits = true));
	rest(system);
	bsk_inspect_system(system, &info);
	ck_assert_uint_eq(info.messages, 0);
	ck_assert_uint_eq(info.ends[BSK_END_LOST], 2);
	finish(system);
}

static void
a_monitor_is_told_once_also_of_the_dead(uint64_t seed)
{
	bsk_system *system = simulated(seed);
	struct probe_log heard;
	const struct bsk_down *down;
	bsk_ref ref = bee(system);
	bsk_ref probe;

	probe_log_init(&heard);
	probe = probe_spawn(system, &heard, NULL);
	probe_monitor(system, probe, ref);
	rest(system);
	ck_assert_uint_eq(probe_count(&heard, &bsk_down_type), 0);
	bsk_system_send(system, ref, BSK_NEW(order, .fail = -EPIPE));
	rest(system);
	ck_assert_uint_eq(probe_count(&heard, &bsk_down_type), 1);
	down = probe_last(&heard, &bsk_down_type);
	ck_assert(bsk_ref_equal(down->actor, ref));
	ck_assert_int_eq(down->reason, -EPIPE);
	probe_monitor(system, probe, ref);
	rest(system);
	ck_assert_uint_eq(probe_count(&heard, &bsk_down_type), 2);
	down = probe_last(&heard, &bsk_down_type);
	ck_assert_int_eq(down->reason, -ESRCH);
	finish(system);
	probe_log_release(&heard);
}

static void
the_end_stops_all_whatever_they_do(uint64_t seed)
{
	bsk_system *system = simulated(seed);

	for (int i = 0; i < 20; i++) {
		bsk_ref ref = bee(system);

		bsk_system_send(system, ref, BSK_NEW(order,
		    .spawns = i % 2 == 0, .fail = i % 5 == 0 ? -EIO : 0,
		    .exits = i % 7 == 0, .holds = i % 3 == 0));
	}
	finish(system);
}

#define UNDER_SEEDS(claim) \
	START_TEST(test_##claim) \
	{ \
		seeds_walk(claim); \
	} \
	END_TEST

UNDER_SEEDS(open_is_first_and_close_is_last)
UNDER_SEEDS(what_came_before_the_stop_is_handled)
UNDER_SEEDS(a_failing_handler_ends_its_actor)
UNDER_SEEDS(a_stale_ref_makes_a_dead_letter)
UNDER_SEEDS(a_restart_keeps_the_ref_and_the_mailbox)
UNDER_SEEDS(the_verdict_may_be_the_end)
UNDER_SEEDS(children_go_with_their_parent)
UNDER_SEEDS(what_was_held_is_lost_with_its_holder)
UNDER_SEEDS(a_monitor_is_told_once_also_of_the_dead)
UNDER_SEEDS(the_end_stops_all_whatever_they_do)

static Suite *
life_suite(void)
{
	Suite *suite = suite_create("life");

#define ADD(claim) seeds_add(suite, #claim, test_##claim)
	ADD(open_is_first_and_close_is_last);
	ADD(what_came_before_the_stop_is_handled);
	ADD(a_failing_handler_ends_its_actor);
	ADD(a_stale_ref_makes_a_dead_letter);
	ADD(a_restart_keeps_the_ref_and_the_mailbox);
	ADD(the_verdict_may_be_the_end);
	ADD(children_go_with_their_parent);
	ADD(what_was_held_is_lost_with_its_holder);
	ADD(a_monitor_is_told_once_also_of_the_dead);
	ADD(the_end_stops_all_whatever_they_do);
	return suite;
}

int
main(void)
{
	return harness_main(life_suite);
}
