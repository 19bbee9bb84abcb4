/* check_view.c - a running system's documents agree with what has happened. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/counter.h>
#include <buskin/sim.h>
#include <buskin/view.h>

#include "harness.h"
#include "probe.h"
#include "sp_client.h"

/* A simulated system: "ann" sends to "counter", which is wired to "bob". */
static bsk_system *sim;
static bsk_ref ann;
static bsk_ref bob;
static bsk_ref counter;
static struct probe_log by_ann;
static struct probe_log by_bob;

static void
begin(void)
{
	struct bsk_wire wire = { .port = { "count" },
	    .on_full = BSK_DROP_OLD };

	ck_assert_int_eq(bsk_sim_create(&(struct bsk_system_options){
	    .name = "town" }, harness_seed(), &sim), 0);
	probe_log_init(&by_ann);
	probe_log_init(&by_bob);
	ann = probe_spawn(sim, &by_ann,
	    &(struct bsk_spawn_options){ .name = "ann" });
	bob = probe_spawn(sim, &by_bob,
	    &(struct bsk_spawn_options){ .name = "bob" });
	wire.to = bob;
	ck_assert_int_eq(bsk_system_spawn(sim, &bsk_counter_class,
	    BSK_PARCEL(bsk_counter_config, .every_ns = 1000000),
	    &(struct bsk_spawn_options){ .name = "counter", .wires = &wire,
	    .wire_count = 1, .capacity = 9 }, &counter), 0);
	ck_assert_int_eq(bsk_sim_run(sim, 0), 0);
}

static void
end(void)
{
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, HARNESS_PATIENCE_NS), 1);
	bsk_system_destroy(sim);
	probe_log_release(&by_ann);
	probe_log_release(&by_bob);
}

static void
feed(unsigned times)
{
	while (times-- > 0)
		probe_tell(sim, ann, counter, BSK_PARCEL(bsk_bytes,
		    .bytes = bsk_buf_copy("x\n", 2)));
	ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim) + 5000000), 0);
}

static bsk_json *
graph(void)
{
	bsk_json *json;

	ck_assert_int_eq(bsk_view_graph(sim, NULL, &json), 0);
	return json;
}

/* Whether a member is that text, or null where the text is NULL. */
static bool
is_text(const bsk_json *object, const char *key, const char *text)
{
	const bsk_json *member = bsk_json_member(object, key);

	ck_assert_ptr_nonnull(member);
	if (text == NULL)
		return bsk_json_kind(member) == BSK_JSON_NULL;
	return bsk_json_string(member) != NULL &&
	    strcmp(bsk_json_string(member), text) == 0;
}

static const bsk_json *
find_edge(const bsk_json *json, const char *from, const char *to,
    const char *type)
{
	const bsk_json *edge = bsk_json_first(sp_at(json, "edges"));

	while (edge != NULL && !(is_text(edge, "from_name", from) &&
	    is_text(edge, "to_name", to) && is_text(edge, "type", type)))
		edge = bsk_json_next(edge);
	if (edge == NULL)
		ck_abort_msg("no edge in %s", bsk_json_text(json));
	return edge;
}

static unsigned long
number_at(const bsk_json *json, const char *path)
{
	return strtoul(sp_string_at(json, path), NULL, 10);
}

START_TEST(shows_what_has_passed_on_an_edge)
{
	const bsk_json *edge;
	bsk_json *json;

	feed(7);
	json = graph();
	edge = find_edge(json, "ann", "counter", "bsk_bytes");
	ck_assert_uint_eq(number_at(edge, "sent"), 7);
	ck_assert_uint_eq(number_at(edge, "ends.handled"), 7);
	ck_assert_uint_eq(number_at(edge, "queued"), 0);
	ck_assert(bsk_json_is_true(sp_at(edge, "observed")));
	ck_assert(!bsk_json_is_true(sp_at(edge, "declared")));
	bsk_json_free(json);
}
END_TEST

START_TEST(shows_a_wire_before_and_after_it_is_used)
{
	bsk_json *json = graph();
	const bsk_json *edge = find_edge(json, "counter", "bob", "bsk_count");

	ck_assert(bsk_json_is_true(sp_at(edge, "declared")));
	ck_assert(!bsk_json_is_true(sp_at(edge, "observed")));
	ck_assert_str_eq(sp_string_at(edge, "port"), "count");
	ck_assert_str_eq(sp_string_at(edge, "on_full"), "drop_old");
	bsk_json_free(json);
	feed(3);
	json = graph();
	edge = find_edge(json, "counter", "bob", "bsk_count");
	ck_assert(bsk_json_is_true(sp_at(edge, "declared")));
	ck_assert(bsk_json_is_true(sp_at(edge, "observed")));
	ck_assert_uint_eq(number_at(edge, "sent"),
	    probe_count(&by_bob, &bsk_count_type));
	bsk_json_free(json);
}
END_TEST

START_TEST(shows_every_edge_once)
{
	const bsk_json *edge;
	const bsk_json *other;
	bsk_json *json;

	feed(3);
	json = graph();
	edge = bsk_json_first(sp_at(json, "edges"));
	for (; edge != NULL; edge = bsk_json_next(edge))
		for (other = bsk_json_next(edge); other != NULL;
		    other = bsk_json_next(other))
			ck_assert(
			    !is_text(other, "from", bsk_json_string(
			    sp_at(edge, "from"))) ||
			    !is_text(other, "to", bsk_json_string(
			    sp_at(edge, "to"))) ||
			    !is_text(other, "type", bsk_json_string(
			    sp_at(edge, "type"))) ||
			    bsk_json_is_true(sp_at(edge, "from_ended")) !=
			    bsk_json_is_true(sp_at(other, "from_ended")));
	bsk_json_free(json);
}
END_TEST

/* Many come, send and go: one edge is left of them. */
START_TEST(sums_those_who_are_gone)
{
	struct probe_log log;
	bsk_json *json;
	const bsk_json *edge;
	unsigned count = 0;
	int i;

	probe_log_init(&log);
	for (i = 0; i < 50; i++) {
		bsk_ref one = probe_spawn(sim, &log, NULL);

		probe_tell(sim, one, counter, BSK_PARCEL(bsk_bytes,
		    .bytes = bsk_buf_copy("x\n", 2)));
		ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim)), 0);
		probe_kill(sim, one, one);
		ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim)), 0);
	}
	json = graph();
	edge = bsk_json_first(sp_at(json, "edges"));
	for (; edge != NULL; edge = bsk_json_next(edge))
		if (is_text(edge, "to_name", "counter") &&
		    is_text(edge, "type", "bsk_bytes")) {
			count++;
			ck_assert(is_text(edge, "from", NULL));
			ck_assert(bsk_json_is_true(sp_at(edge,
			    "from_ended")));
			ck_assert_uint_eq(number_at(edge, "sent"), 50);
		}
	ck_assert_uint_eq(count, 1);
	bsk_json_free(json);
	probe_log_release(&log);
}
END_TEST

START_TEST(shows_an_actor_as_it_is)
{
	bsk_json *json;

	feed(2);
	ck_assert_int_eq(bsk_view_actor(sim, counter, NULL, &json), 0);
	ck_assert_str_eq(sp_string_at(json, "actor.name"), "counter");
	ck_assert_str_eq(sp_string_at(json, "actor.class"), "counter");
	ck_assert_str_eq(sp_string_at(json, "actor.state"), "active");
	ck_assert_double_eq(bsk_json_number(sp_at(json, "actor.capacity")),
	    9);
	ck_assert_double_eq(bsk_json_number(sp_at(json, "actor.depth")), 0);
	(void)find_edge(json, "ann", "counter", "bsk_bytes");
	(void)find_edge(json, "counter", "bob", "bsk_count");
	bsk_json_free(json);
}
END_TEST

START_TEST(does_not_know_an_actor_that_is_gone)
{
	bsk_json *json = NULL;

	probe_kill(sim, ann, bob);
	ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim)), 0);
	ck_assert_int_eq(bsk_view_actor(sim, bob, NULL, &json), -ESRCH);
	ck_assert_ptr_null(json);
}
END_TEST

START_TEST(shows_who_supervises_whom)
{
	bsk_json *json;
	const bsk_json *pair;

	probe_spawn_child(sim, ann, &bsk_counter_class,
	    BSK_PARCEL(bsk_counter_config, .every_ns = 1000000), true);
	ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim)), 0);
	json = graph();
	pair = sp_at(json, "layers.supervision.0");
	ck_assert_uint_eq(bsk_json_count(sp_at(json, "layers.supervision")),
	    1);
	ck_assert_str_ne(sp_string_at(pair, "supervisor"),
	    sp_string_at(pair, "child"));
	bsk_json_free(json);
}
END_TEST

START_TEST(tells_the_sums)
{
	bsk_json *json;
	unsigned long ended = 0;
	const bsk_json *end_;

	feed(5);
	ck_assert_int_eq(bsk_view_stats(sim, &json), 0);
	ck_assert_str_eq(sp_string_at(json, "name"), "town");
	end_ = bsk_json_first(sp_at(json, "ends"));
	for (; end_ != NULL; end_ = bsk_json_next(end_))
		ended += strtoul(bsk_json_string(end_), NULL, 10);
	ck_assert_uint_eq(number_at(json, "sent"), ended);
	ck_assert(!bsk_json_is_true(sp_at(json, "stopping")));
	bsk_json_free(json);
}
END_TEST

static Suite *
view_suite(void)
{
	Suite *suite = suite_create("view");
	TCase *tests = harness_case("view");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, shows_what_has_passed_on_an_edge);
	tcase_add_test(tests, shows_a_wire_before_and_after_it_is_used);
	tcase_add_test(tests, shows_every_edge_once);
	tcase_add_test(tests, sums_those_who_are_gone);
	tcase_add_test(tests, shows_an_actor_as_it_is);
	tcase_add_test(tests, does_not_know_an_actor_that_is_gone);
	tcase_add_test(tests, shows_who_supervises_whom);
	tcase_add_test(tests, tells_the_sums);
	suite_add_tcase(suite, tests);
	return suite;
}

int
main(void)
{
	return harness_main(view_suite);
}
