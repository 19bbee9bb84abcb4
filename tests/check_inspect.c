/* check_inspect.c - what is shown of a system is what is true of it. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/inspect.h>
#include <buskin/life.h>

#include "harness.h"

#define MANY 40000u /* more than a table of edges holds */

struct number {
	uint64_t value;
};
BSK_DECLARE(number);
static const struct bsk_field number_fields[] = {
	BSK_FIELD(number, value, "which"),
};
const struct bsk_type number_type =
    BSK_TYPE(number, "a number", number_fields);

/* Answers even numbers, holds what is over 1000, becomes another at 999, and
 * makes children of its own at 500. */
struct clerk {
	uint64_t handled;
};

BSK_HANDLER(clerk_number, clerk, number);

static const struct bsk_handler clerk_handlers[] = {
	BSK_ON(number, clerk_number),
};
static const struct bsk_port clerk_ports[] = {
	BSK_PORT_OUT("out", number, "numbers"),
};
static const struct bsk_class clerk_class = BSK_CLASS(clerk, "clerk",
    "answers", clerk_handlers, BSK_PORTS(clerk_ports));

static int
clerk_number(struct clerk *self, bsk_ctx *ctx, const struct number *number)
{
	bsk_ref child;

	self->handled++;
	if (number->value == 500)
		return bsk_spawn(ctx, &clerk_class, NULL, NULL, &child);
	if (number->value == 501) {
		bsk_exit(ctx, 0);
		return 0;
	}
	if (number->value == 999)
		return bsk_become(ctx, clerk_handlers, 1);
	if (number->value > 1000)
		return bsk_hold(ctx) == NULL ? -ENOMEM : 0;
	if (number->value % 2 == 0 && bsk_is_wired(ctx, 0))
		return bsk_emit(ctx, 0, BSK_NEW(number,
		    .value = number->value + 1));
	return 0;
}

static bsk_system *
simulated(void)
{
	bsk_system *system;

	ck_assert_int_eq(bsk_sim_create(NULL, harness_seed(), &system), 0);
	return system;
}

static bsk_ref
clerk(bsk_system *system, const struct bsk_spawn_options *options)
{
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(system, &clerk_class, NULL, options,
	    &ref), 0);
	return ref;
}

static void
tell(bsk_system *system, bsk_ref to, uint64_t value)
{
	ck_assert_int_eq(bsk_system_send(system, to, BSK_NEW(number,
	    .value = value)), 0);
}

static void
rest(bsk_system *system)
{
	ck_assert_int_eq(bsk_sim_run(system, bsk_sim_now(system) + 1000), 0);
}

static void
finish(bsk_system *system)
{
	bsk_system_stop(system, 0);
	ck_assert_int_eq(bsk_sim_run(system, INT64_MAX), 1);
	harness_check_books(system);
	ck_assert_uint_eq(bsk_system_messages(system), 0);
	bsk_system_destroy(system);
}

/* --- actors -------------------------------------------------------------- */

struct noted {
	struct bsk_actor_info info;
	char name[64];
	unsigned count;
	unsigned enough;
};

static bool
note_actor(void *arg, const struct bsk_actor_info *info)
{
	struct noted *noted = arg;

	noted->info = *info;
	if (info->name != NULL)
		strcpy(noted->name, info->name);
	return ++noted->count != noted->enough;
}

START_TEST(an_actor_is_shown_as_it_is)
{
	bsk_system *system = simulated();
	struct bsk_spawn_options options = {.name = "ann", .capacity = 77};
	bsk_ref ref = clerk(system, &options);
	struct noted noted = {.count = 0};

	ck_assert_int_eq(bsk_inspect_actor(system, ref, note_actor, &noted),
	    0);
	ck_assert_int_eq(noted.info.state, BSK_STATE_STARTING);
	for (uint64_t i = 0; i < 5; i++)
		tell(system, ref, 1001 + i);
	for (uint64_t i = 0; i < 7; i++)
		tell(system, ref, 1);
	rest(system);
	ck_assert_int_eq(bsk_inspect_actor(system, ref, note_actor, &noted),
	    0);
	ck_assert(bsk_ref_equal(noted.info.ref, ref));
	ck_assert_str_eq(noted.name, "ann");
	ck_assert_str_eq(noted.info.class_name, "clerk");
	ck_assert_ptr_eq(noted.info.class_, &clerk_class);
	ck_assert_int_eq(noted.info.state, BSK_STATE_ACTIVE);
	ck_assert_int_eq(noted.info.placement, BSK_PLACE_POOL);
	ck_assert_uint_eq(noted.info.capacity, 77);
	ck_assert_uint_eq(noted.info.held, 5);
	ck_assert_uint_eq(noted.info.depth, 0);
	ck_assert_uint_eq(noted.info.ends[BSK_END_HANDLED], 8); /* and open */
	ck_assert(!noted.info.suspended);
	ck_assert(!noted.info.supervised);
	ref.bits += UINT64_C(1) << 32;
	ck_assert_int_eq(bsk_inspect_actor(system, ref, note_actor, &noted),
	    -ESRCH);
	finish(system);
}
END_TEST

START_TEST(all_are_shown_until_it_is_enough)
{
	bsk_system *system = simulated();
	struct noted noted = {.count = 0};

	for (int i = 0; i < 9; i++)
		(void)clerk(system, NULL);
	ck_assert_int_eq(bsk_inspect_actors(system, note_actor, &noted), 0);
	ck_assert_uint_eq(noted.count, 10); /* with the guardian */
	noted.count = 0;
	noted.enough = 4;
	ck_assert_int_eq(bsk_inspect_actors(system, note_actor, &noted), 1);
	ck_assert_uint_eq(noted.count, 4);
	finish(system);
}
END_TEST

/* --- edges --------------------------------------------------------------- */

struct found {
	bsk_ref from;
	bsk_ref to;
	uint64_t sent;
	uint64_t ended;
	unsigned edges;
	uint64_t rest;
};

static bool
find_edge(void *arg, const struct bsk_edge_info *edge)
{
	struct found *found = arg;

	found->edges++;
	if (edge->type == NULL)
		found->rest += edge->sent;
	if (!bsk_ref_equal(edge->from, found->from) ||
	    !bsk_ref_equal(edge->to, found->to) ||
	    edge->type != &number_type)
		return true;
	found->sent += edge->sent;
	for (unsigned i = 0; i < BSK_END_COUNT; i++)
		found->ended += edge->ends[i];
	return true;
}

static bool
see_wire(void *arg, const struct bsk_wire_info *info)
{
	bsk_ref *refs = arg;

	ck_assert(bsk_ref_equal(info->from, refs[0]));
	ck_assert(bsk_ref_equal(info->to, refs[1]));
	ck_assert_str_eq(info->port, "out");
	ck_assert_ptr_eq(info->type, &number_type);
	ck_assert_int_eq(info->on_full, BSK_DROP_NEW);
	refs[2].bits++;
	return true;
}

START_TEST(edges_and_wires_are_shown)
{
	bsk_system *system = simulated();
	struct bsk_wire wire = {
		.port = bsk_text_copy("out"),
		.on_full = BSK_DROP_NEW,
	};
	struct bsk_spawn_options wired = {.wires = &wire, .wire_count = 1};
	struct found found = {.sent = 0};
	bsk_ref refs[3] = {{0}};

	wire.to = refs[1] = clerk(system, NULL);
	refs[0] = clerk(system, &wired);
	for (uint64_t i = 0; i < 30; i++)
		tell(system, refs[0], i);
	rest(system);
	found.from = refs[0];
	found.to = refs[1];
	ck_assert_int_eq(bsk_inspect_edges(system, find_edge, &found), 0);
	ck_assert_uint_eq(found.sent, 15);
	ck_assert_uint_eq(found.ended, 15);
	found = (struct found){.to = refs[0]};
	ck_assert_int_eq(bsk_inspect_edges(system, find_edge, &found), 0);
	ck_assert_uint_eq(found.sent, 30);
	ck_assert_int_eq(bsk_inspect_wires(system, see_wire, refs), 0);
	ck_assert_uint_eq(refs[2].bits, 1);
	bsk_text_drop(&wire.port);
	finish(system);
}
END_TEST

/* Actors come and go without end: the table has room for those that live. */
START_TEST(edges_of_the_gone_make_room)
{
	bsk_system *system = simulated();
	struct bsk_system_info info;
	struct found found = {.sent = 0};
	bsk_ref last = {0};

	for (unsigned i = 0; i < MANY; i++) {
		last = clerk(system, NULL);
		tell(system, last, 501);
		if (i % 64 == 63)
			rest(system);
	}
	rest(system);
	last = clerk(system, NULL);
	for (unsigned i = 0; i < 1000; i++) {
		tell(system, last, 1);
		if (i % 64 == 63)
			rest(system);
	}
	rest(system);
	found.to = last;
	ck_assert_int_eq(bsk_inspect_edges(system, find_edge, &found), 0);
	ck_assert_uint_ge(found.sent, 500); /* a few were of the rest */
	ck_assert_uint_eq(found.sent, found.ended);
	ck_assert_uint_lt(found.edges, 10); /* the gone are all one */
	ck_assert_uint_ge(found.rest, MANY);
	bsk_inspect_system(system, &info);
	ck_assert_uint_eq(info.actors, 2);
	harness_check_books(system);
	finish(system);
}
END_TEST

/* Takes faults, and fails on numbers. */
struct fragile {
	char unused;
};

BSK_HANDLER(fragile_open, fragile, bsk_open)
{
	(void)self;
	(void)body;
	return bsk_take_faults(ctx);
}

BSK_HANDLER(fragile_number, fragile, number)
{
	(void)self;
	(void)ctx;
	(void)body;
	return -EIO;
}

BSK_HANDLER(fragile_fault, fragile, bsk_fault)
{
	(void)self;
	(void)ctx;
	ck_assert_int_eq(body->reason, -EIO);
	return 0;
}

static const struct bsk_handler fragile_handlers[] = {
	BSK_ON(bsk_open, fragile_open),
	BSK_ON(number, fragile_number),
	BSK_ON(bsk_fault, fragile_fault),
};
static const struct bsk_class fragile_class =
    BSK_CLASS(fragile, "fragile", "takes faults", fragile_handlers);

static bool
add_rest(void *arg, const struct bsk_edge_info *edge)
{
	struct bsk_edge_info *rest = arg;

	if (edge->type == NULL) {
		rest->sent += edge->sent;
		rest->bytes += edge->bytes;
	}
	return true;
}

/* The fault, with a name that does not fit in place, is of the rest. */
START_TEST(the_rest_counts_bytes_of_the_gone_only)
{
	bsk_system *system = simulated();
	struct bsk_spawn_options options = {
		.name = "one whose name is too long to lie within a message",
	};
	struct bsk_edge_info found = {.sent = 0};
	bsk_ref refs[2];

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(bsk_system_spawn(system, &fragile_class,
		    NULL, &options, &refs[i]), 0);
		rest(system);
		options.name = NULL;
	}
	tell(system, refs[0], 1);
	rest(system);
	ck_assert_int_eq(bsk_inspect_edges(system, add_rest, &found), 0);
	ck_assert_uint_gt(found.sent, 0);
	ck_assert_uint_eq(found.bytes, 0);
	finish(system);
}
END_TEST

/* --- from other threads -------------------------------------------------- */

static atomic_bool is_over;

static bool
look_at_actor(void *arg, const struct bsk_actor_info *info)
{
	(void)arg;
	ck_assert(info->class_ != NULL);
	ck_assert(strlen(info->class_name) > 0);
	return true;
}

static bool
look_at_edge(void *arg, const struct bsk_edge_info *info)
{
	(void)arg;
	(void)info;
	return true;
}

static void *
look_all_the_time(void *arg)
{
	struct bsk_system_info info;

	while (!atomic_load(&is_over)) {
		ck_assert_int_eq(bsk_inspect_actors(arg, look_at_actor, NULL),
		    0);
		ck_assert_int_eq(bsk_inspect_edges(arg, look_at_edge, NULL),
		    0);
		bsk_inspect_system(arg, &info);
	}
	return NULL;
}

START_TEST(looking_disturbs_nobody)
{
	bsk_system *system = harness_system(2, NULL);
	struct bsk_spawn_options options = {.placement = BSK_PLACE_THREAD};
	bsk_ref refs[2];
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, look_all_the_time,
	    system), 0);
	refs[0] = clerk(system, NULL);
	for (unsigned i = 0; i < 400; i++) {
		bsk_message *answer;

		if (i % 40 == 0)
			refs[1] = clerk(system, &options);
		for (unsigned k = 0; k < 2; k++) {
			tell(system, refs[k], 999);
			tell(system, refs[k], i % 40 == 39 && k == 1 ?
			    501 : 500);
		}
		ck_assert_int_eq(bsk_system_call(system, refs[0],
		    BSK_NEW(number, .value = 1), HARNESS_PATIENCE_NS,
		    &answer), -ENODATA);
	}
	atomic_store(&is_over, true);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	harness_system_end(system);
}
END_TEST

static Suite *
inspect_suite(void)
{
	Suite *suite = suite_create("inspect");
	TCase *tcase = harness_case("inspect");

	tcase_add_test(tcase, an_actor_is_shown_as_it_is);
	tcase_add_test(tcase, all_are_shown_until_it_is_enough);
	tcase_add_test(tcase, edges_and_wires_are_shown);
	tcase_add_test(tcase, edges_of_the_gone_make_room);
	tcase_add_test(tcase, the_rest_counts_bytes_of_the_gone_only);
	tcase_add_test(tcase, looking_disturbs_nobody);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(inspect_suite);
}
