/* check_links_lives.c - links of lives that begin again, of actors on several
 * threads, without memory, and looked at from outside.
 */
#include <check.h>
#include <errno.h>

#include <buskin/inspect.h>
#include <buskin/json.h>
#include <buskin/view.h>

#include "fail_alloc.h"
#include "harness.h"
#include "partners.h"
#include "probe.h"
#include "seeds.h"

/* --- lives that begin again ---------------------------------------------- */

struct keeper {
	uint8_t reserved;
};

/* It has a child in the cast, and restarts it. */
BSK_HANDLER(on_open, keeper, bsk_open)
{
	const struct bsk_spawn_options options = {.supervised = true};

	(void)self;
	(void)body;
	reasons[count] = ALIVE;
	return bsk_spawn(ctx, &partner_class, NULL, &options, &cast[count++]);
}

BSK_HANDLER(on_ended, keeper, bsk_child_ended)
{
	(void)self;
	return bsk_restart(ctx, body->child);
}

static const struct bsk_handler keeper_handlers[] = {
	BSK_ON(bsk_open,        on_open),
	BSK_ON(bsk_child_ended, on_ended),
};
static const struct bsk_class keeper_class =
    BSK_CLASS(keeper, "keeper", "restarts its child", keeper_handlers);

static void
next_life(uint64_t seed)
{
	bsk_ref child, heir, keeper, partner;

	open_world(seed);
	heir = join(&heir_class);
	partner = join(&partner_class);
	ck_assert_int_eq(bsk_system_spawn(sim, &keeper_class, NULL, NULL,
	    &keeper), 0);
	rest();
	child = cast[2];
	link_up(heir, child);
	link_up(child, partner);
	end(child, -EIO);
	ck_assert_uint_eq(told[0], 1);
	ck_assert_int_eq(reason_of(partner), -EIO);
	ck_assert_uint_eq(links(), 0);
	end(child, -EPIPE); /* its next life has no links */
	ck_assert_uint_eq(told[0], 1);
	link_up(child, heir); /* but may have */
	ck_assert_uint_eq(links(), 1);
	end(child, -EPIPE);
	ck_assert_uint_eq(told[0], 2);
	ck_assert_int_eq(last_told.reason, -EPIPE);
	close_world();
}

START_TEST(a_link_is_of_one_life)
{
	seeds_walk(next_life);
}
END_TEST

/* The end of a life and a new link of the one after it, crossing. */
static void
relinked(uint64_t seed)
{
	bsk_ref heir, keeper;

	open_world(seed);
	heir = join(&heir_class);
	ck_assert_int_eq(bsk_system_spawn(sim, &keeper_class, NULL, NULL,
	    &keeper), 0);
	rest();
	link_up(heir, cast[1]);
	order(cast[1], END, bsk_nobody(), -EIO);
	order(heir, UNLINK, cast[1], 0);
	order(heir, LINK, cast[1], 0);
	rest();
	/* it is told of the first life, or has the second */
	ck_assert_uint_ge(told[0] + links(), 1);
	told[0] = 0;
	if (links() == 0)
		link_up(heir, cast[1]);
	end(cast[1], -EPIPE);
	ck_assert_uint_eq(told[0], 1);
	close_world();
}

START_TEST(a_new_link_is_not_mistaken_for_the_old)
{
	seeds_walk(relinked);
}
END_TEST

/* --- without memory ------------------------------------------------------ */

/* The n-th allocation fails as they are linked: it is refused, or one has
 * ended for it, or they are linked. */
START_TEST(without_memory_no_link_is_half)
{
	unsigned total;
	unsigned n = 0;

	do {
		bsk_ref ann, bob;

		open_world(++n);
		ann = join(&partner_class);
		bob = join(&heir_class);
		rest();
		order(ann, LINK, bob, 0);
		result = ALIVE;
		fail_alloc_start(n);
		(void)bsk_sim_run(sim, bsk_sim_now(sim) + 1000000);
		total = fail_alloc_stop();
		if (reason_of(ann) == ALIVE && result == 0)
			ck_assert_uint_eq(links(), 1);
		else
			ck_assert_uint_eq(links(), 0);
		ck_assert(result == 0 || result == -ENOMEM);
		end(bob, -EIO);
		if (result == 0)
			ck_assert(reason_of(ann) == -EIO ||
			    reason_of(ann) == -ENOMEM);
		else
			ck_assert_int_eq(reason_of(ann), ALIVE);
		close_world();
	} while (n <= total);
	ck_assert_uint_gt(n, 2);
}
END_TEST

/* The end is told without memory too. */
START_TEST(without_memory_the_end_is_told)
{
	unsigned total;
	unsigned n = 0;

	do {
		bsk_ref ann, bob;

		open_world(++n);
		ann = join(&partner_class);
		bob = join(&partner_class);
		link_up(ann, bob);
		order(bob, END, bsk_nobody(), -EIO);
		fail_alloc_start(n);
		(void)bsk_sim_run(sim, bsk_sim_now(sim) + 1000000);
		total = fail_alloc_stop();
		ck_assert_int_eq(reason_of(ann), -EIO);
		ck_assert_uint_eq(links(), 0);
		close_world();
	} while (n <= total);
}
END_TEST

/* --- from outside -------------------------------------------------------- */

START_TEST(links_are_a_layer_of_the_graph)
{
	const bsk_json *layer;
	bsk_json *graph;
	bsk_ref ann, bob;

	open_world(1);
	ann = join(&partner_class);
	bob = join(&partner_class);
	link_up(ann, bob);
	link_up(bob, ann);
	ck_assert_int_eq(bsk_view_graph(sim, NULL, &graph), 0);
	layer = bsk_json_member(bsk_json_member(graph, "layers"), "links");
	ck_assert_ptr_nonnull(layer);
	ck_assert_uint_eq(bsk_json_count(layer), 1);
	ck_assert_ptr_nonnull(bsk_json_member(bsk_json_first(layer), "one"));
	ck_assert_ptr_nonnull(bsk_json_member(bsk_json_first(layer), "other"));
	bsk_json_free(graph);
	close_world();
}
END_TEST

/* --- on several threads -------------------------------------------------- */

#define PAIRS 24u

struct mate {
	uint8_t reserved;
};

/* Links with whoever is named, and at nobody fails. */
BSK_HANDLER(on_wire, mate, bsk_wire)
{
	(void)self;
	return bsk_ref_is_nobody(body->to) ? -EIO : bsk_link(ctx, body->to);
}

static const struct bsk_handler mate_handlers[] = {
	BSK_ON(bsk_wire, on_wire),
};
static const struct bsk_class mate_class =
    BSK_CLASS(mate, "mate", "links and fails", mate_handlers);

static void
tell(bsk_system *system, bsk_ref who, bsk_ref whom)
{
	ck_assert_int_eq(bsk_system_send(system, who,
	    BSK_NEW(bsk_wire, .to = whom)), 0);
}

/* Both link at once, and one fails at once: none is left over. */
START_TEST(pairs_on_two_threads_end_together)
{
	const struct bsk_spawn_options apart = {
		.placement = BSK_PLACE_THREAD,
	};
	static struct probe_log log;
	bsk_system *system = harness_system(2, NULL);
	bsk_ref pairs[PAIRS][2];
	bsk_ref probe;

	probe_log_init(&log);
	probe = probe_spawn(system, &log, NULL);
	for (unsigned i = 0; i < PAIRS; i++) {
		for (unsigned k = 0; k < 2; k++) {
			ck_assert_int_eq(bsk_system_spawn(system, &mate_class,
			    NULL, k == 0 ? NULL : &apart, &pairs[i][k]), 0);
			probe_monitor(system, probe, pairs[i][k]);
		}
		tell(system, pairs[i][0], pairs[i][1]);
		tell(system, pairs[i][1], pairs[i][0]);
		tell(system, pairs[i][i % 2], bsk_nobody());
	}
	ck_assert(probe_wait(&log, 2 * PAIRS));
	ck_assert_uint_eq(probe_count(&log, &bsk_down_type), 2 * PAIRS);
	harness_system_end(system);
	probe_log_release(&log);
}
END_TEST

static Suite *
links_lives_suite(void)
{
	Suite *suite = suite_create("links_lives");
	TCase *tcase = harness_case("links");

	tcase_add_test(tcase, without_memory_no_link_is_half);
	tcase_add_test(tcase, without_memory_the_end_is_told);
	tcase_add_test(tcase, links_are_a_layer_of_the_graph);
	tcase_add_test(tcase, pairs_on_two_threads_end_together);
	suite_add_tcase(suite, tcase);
	seeds_add(suite, "lives", a_link_is_of_one_life);
	seeds_add(suite, "relinked", a_new_link_is_not_mistaken_for_the_old);
	return suite;
}

int
main(void)
{
	return harness_main(links_lives_suite);
}
