/* check_survey.c - actors tell how they stand, and it is seen from outside: a
 * desk asks them and shows it.
 */
#include <errno.h>
#include <string.h>

#include <buskin/actor.h>
#include <buskin/inspector.h>
#include <buskin/json.h>
#include <buskin/nng.h>
#include <buskin/sim.h>
#include <buskin/status.h>

#include "harness.h"
#include "probe.h"
#include "seeds.h"
#include "sp_client.h"

/* --- a porter: keeps coats for others, and tells, unless he is mute ------- */

struct porter_status {
	uint32_t mood;
	bsk_text secret;
	bsk_list coats; /* of struct bsk_resource */
};
BSK_DECLARE(porter_status);
static const struct bsk_field status_fields[] = {
	BSK_FIELD(porter_status, mood, "how he feels"),
	BSK_FIELD(porter_status, secret, "nobody's", .marks = BSK_SECRET),
	BSK_FIELD(porter_status, coats, "what he keeps",
	    .element = BSK_KIND_STRUCT, .type = &bsk_resource_type),
};
const struct bsk_type porter_status_type =
	BSK_OWNING_TYPE(porter_status, "a porter", status_fields);

struct porter {
	uint32_t asked;
};

BSK_HANDLER(on_status, porter, bsk_status_ask)
{
	bsk_list coats = bsk_list_new(sizeof(struct bsk_resource), 1);
	struct bsk_resource *coat = coats.items;

	(void)body;
	self->asked++;
	*coat = (struct bsk_resource){ .owner = bsk_sender(ctx),
		.number = 12, .what = bsk_text_copy("a coat") };
	return bsk_reply(ctx, BSK_NEW(porter_status, .mood = self->asked,
	    .secret = bsk_text_copy("the key"), .coats = coats));
}

BSK_HANDLER(on_status_mutely, porter, bsk_status_ask)
{
	(void)ctx;
	(void)body;
	self->asked++;
	return bsk_hold(ctx) == NULL ? -ENOMEM : 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_status_ask, on_status),
};
static const struct bsk_class porter_class = BSK_CLASS(porter, "porter",
    "keeps coats", handlers, .status = &porter_status_type);

static const struct bsk_handler mute_handlers[] = {
	BSK_ON(bsk_status_ask, on_status_mutely),
};
static const struct bsk_class mute_class = BSK_CLASS(porter, "mute",
    "says nothing", mute_handlers, .status = &porter_status_type);

/* --- the world ------------------------------------------------------------ */

static bsk_system *sim;
static bsk_ref desk;
static bsk_ref ann;
static struct probe_log heard;

static void
begin(uint64_t seed)
{
	ck_assert_int_eq(bsk_sim_create(&(struct bsk_system_options){
	    .name = "town" }, seed, &sim), 0);
	probe_log_init(&heard);
	ann = probe_spawn(sim, &heard, NULL);
	ck_assert_int_eq(bsk_system_spawn(sim, &bsk_inspector_desk_class,
	    BSK_PARCEL(bsk_inspector_desk_config, .right = BSK_RIGHT_READ,
	    .request_max = 1000), NULL, &desk), 0);
}

static void
end(void)
{
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, HARNESS_PATIENCE_NS), 1);
	ck_assert_uint_eq(bsk_system_messages(sim), 0);
	bsk_system_destroy(sim);
	probe_log_release(&heard);
}

/* One that has opened: the others have nothing to tell yet. */
static void
spawn(const struct bsk_class *class_, const char *name)
{
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(sim, class_, NULL,
	    &(struct bsk_spawn_options){ .name = name }, &ref), 0);
	ck_assert_int_eq(bsk_sim_run(sim, 0), 0);
}

static void
tell_desk(const char *text)
{
	probe_tell(sim, ann, desk, BSK_PARCEL(bsk_nng_request, .request = 1,
	    .body = bsk_buf_copy(text, strlen(text))));
}

/* The one answer there is; the caller frees it. */
static bsk_json *
answer(void)
{
	const struct bsk_nng_answer *answer;
	struct bsk_json_error error;
	bsk_json *json;

	ck_assert_uint_eq(probe_count(&heard, &bsk_nng_answer_type), 1);
	answer = probe_last(&heard, &bsk_nng_answer_type);
	ck_assert_int_eq(bsk_json_read((const char *)answer->body.bytes,
	    answer->body.size, &json, &error), 0);
	return json;
}

static const bsk_json *
node_named(const bsk_json *graph, const char *name)
{
	const bsk_json *node = bsk_json_first(sp_at(graph, "result.nodes"));
	const char *its;

	for (; node != NULL; node = bsk_json_next(node)) {
		its = bsk_json_string(bsk_json_member(node, "name"));
		if (its != NULL && strcmp(its, name) == 0)
			return node;
	}
	ck_abort_msg("no node named %s", name);
}

/* --- claims --------------------------------------------------------------- */

static void
shows_all(uint64_t seed)
{
	bsk_json *graph;

	begin(seed);
	spawn(&porter_class, "paul");
	tell_desk("{\"v\":1,\"id\":\"1\",\"op\":\"graph\"}");
	ck_assert_int_eq(bsk_sim_run(sim, 0), 0);
	graph = answer();
	ck_assert_double_eq(bsk_json_number(sp_at(node_named(graph, "paul"),
	    "status.mood")), 1);
	ck_assert_str_ne(sp_string_at(node_named(graph, "paul"),
	    "status.secret"), "the key");
	ck_assert_double_eq(bsk_json_number(
	    sp_at(graph, "result.resources.coats.0.number")), 12);
	ck_assert_str_eq(sp_string_at(graph,
	    "result.resources.coats.0.what"), "a coat");
	ck_assert_str_eq(sp_string_at(graph,
	    "result.resources.coats.0.keeper"),
	    sp_string_at(node_named(graph, "paul"), "id"));
	bsk_json_free(graph);
	end();
}

START_TEST(a_graph_shows_how_actors_stand)
{
	seeds_walk(shows_all);
}
END_TEST

static void
shows_one(uint64_t seed)
{
	bsk_json *json;

	begin(seed);
	spawn(&porter_class, "paul");
	spawn(&porter_class, "peter");
	tell_desk("{\"v\":1,\"id\":\"1\",\"op\":\"actor\","
	    "\"args\":{\"name\":\"paul\"}}");
	ck_assert_int_eq(bsk_sim_run(sim, 0), 0);
	json = answer();
	ck_assert_double_eq(bsk_json_number(sp_at(json,
	    "result.actor.status.mood")), 1);
	bsk_json_free(json);
	probe_log_clear(&heard);
	tell_desk("{\"v\":1,\"id\":\"2\",\"op\":\"graph\"}");
	ck_assert_int_eq(bsk_sim_run(sim, 0), 0);
	json = answer();
	/* Nobody had asked the other one before. */
	ck_assert_double_eq(bsk_json_number(sp_at(node_named(json, "peter"),
	    "status.mood")), 1);
	bsk_json_free(json);
	end();
}

START_TEST(only_the_actor_that_is_asked_about_is_asked)
{
	seeds_walk(shows_one);
}
END_TEST

static void
waits_for_mutes(uint64_t seed)
{
	bsk_json *graph;

	begin(seed);
	spawn(&mute_class, "mute");
	spawn(&porter_class, "paul");
	tell_desk("{\"v\":1,\"id\":\"1\",\"op\":\"graph\"}");
	ck_assert_int_eq(bsk_sim_run(sim, 0), 0);
	ck_assert_uint_eq(probe_count(&heard, &bsk_nng_answer_type), 0);
	ck_assert_int_eq(bsk_sim_run(sim, HARNESS_PATIENCE_NS), 0);
	graph = answer();
	ck_assert_int_eq(bsk_json_kind(sp_at(node_named(graph, "mute"),
	    "status")), BSK_JSON_NULL);
	ck_assert_int_eq(bsk_json_kind(sp_at(node_named(graph, "paul"),
	    "status")), BSK_JSON_OBJECT);
	bsk_json_free(graph);
	end();
}

START_TEST(who_does_not_answer_is_shown_without)
{
	seeds_walk(waits_for_mutes);
}
END_TEST

/* What it still owes, it gives before it ends. */
static void
stops(uint64_t seed)
{
	begin(seed);
	spawn(&mute_class, "mute");
	tell_desk("{\"v\":1,\"id\":\"1\",\"op\":\"graph\"}");
	ck_assert_int_eq(bsk_sim_run(sim, 0), 0);
	probe_monitor(sim, ann, desk);
	probe_stop(sim, ann, desk);
	ck_assert_int_eq(bsk_sim_run(sim, HARNESS_PATIENCE_NS), 0);
	bsk_json_free(answer());
	ck_assert_uint_eq(probe_count(&heard, &bsk_down_type), 1);
	end();
}

START_TEST(a_desk_that_stops_answers_what_it_was_asked)
{
	seeds_walk(stops);
}
END_TEST

static void
kills(uint64_t seed)
{
	begin(seed);
	spawn(&mute_class, "mute");
	tell_desk("{\"v\":1,\"id\":\"1\",\"op\":\"graph\"}");
	ck_assert_int_eq(bsk_sim_run(sim, 0), 0);
	probe_kill(sim, ann, desk);
	ck_assert_int_eq(bsk_sim_run(sim, HARNESS_PATIENCE_NS), 0);
	ck_assert_uint_eq(probe_count(&heard, &bsk_nng_answer_type), 0);
	end();
}

START_TEST(a_desk_that_is_killed_leaves_nothing)
{
	seeds_walk(kills);
}
END_TEST

/* A class that lists no handler but hears all, and never the runtime. */
struct listener {
	uint32_t heard;
};

static unsigned others;

static int
on_other(void *self, bsk_ctx *ctx, const bsk_message *message)
{
	struct listener *listener = self;

	ck_assert_ptr_eq(bsk_message_type(message), &bsk_resource_type);
	listener->heard++;
	others++;
	return bsk_reply(ctx, BSK_NEW(bsk_result, .error = 0));
}

static const struct bsk_class listener_class = {
	.name = "listener", .doc = "hears all",
	.state_size = sizeof(struct listener), .other = on_other,
};

static void
hears_others(uint64_t seed)
{
	bsk_ref listener;

	others = 0;
	begin(seed);
	ck_assert_int_eq(bsk_system_spawn(sim, &listener_class, NULL, NULL,
	    &listener), 0);
	probe_ask(sim, ann, listener, BSK_PARCEL(bsk_resource, .number = 3,
	    .what = bsk_text_copy("x")));
	ck_assert_int_eq(bsk_sim_run(sim, 0), 0);
	probe_monitor(sim, ann, listener);
	probe_stop(sim, ann, listener);
	ck_assert_int_eq(bsk_sim_run(sim, HARNESS_PATIENCE_NS), 0);
	ck_assert_uint_eq(others, 1);
	ck_assert_uint_eq(probe_count(&heard, &bsk_result_type), 1);
	ck_assert_uint_eq(probe_count(&heard, &bsk_down_type), 1);
	end();
}

START_TEST(a_class_may_hear_what_its_table_has_no_row_for)
{
	seeds_walk(hears_others);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("survey");
	seeds_add(s, "graph", a_graph_shows_how_actors_stand);
	seeds_add(s, "actor", only_the_actor_that_is_asked_about_is_asked);
	seeds_add(s, "mute", who_does_not_answer_is_shown_without);
	seeds_add(s, "stop", a_desk_that_stops_answers_what_it_was_asked);
	seeds_add(s, "kill", a_desk_that_is_killed_leaves_nothing);
	seeds_add(s, "other",
	    a_class_may_hear_what_its_table_has_no_row_for);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
