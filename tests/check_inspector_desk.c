/* check_inspector_desk.c - each request gets one answer, and the answer says
 * what is wrong where. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/inspector.h>
#include <buskin/json.h>
#include <buskin/nng.h>
#include <buskin/sim.h>

#include "fail_alloc.h"
#include "harness.h"
#include "probe.h"
#include "sp_client.h"

#define REQUEST_MAX 200

/* A simulated system with a desk and a probe, named "ann", who asks. */
static bsk_system *sim;
static bsk_ref desk;
static bsk_ref ann;
static struct probe_log heard;

static void
begin(void)
{
	ck_assert_int_eq(bsk_sim_create(&(struct bsk_system_options){
	    .name = "town" }, harness_seed(), &sim), 0);
	probe_log_init(&heard);
	ann = probe_spawn(sim, &heard,
	    &(struct bsk_spawn_options){ .name = "ann" });
	ck_assert_int_eq(bsk_system_spawn(sim, &bsk_inspector_desk_class,
	    BSK_PARCEL(bsk_inspector_desk_config, .right = BSK_RIGHT_CONTROL,
	    .request_max = REQUEST_MAX),
	    &(struct bsk_spawn_options){ .name = "desk" }, &desk), 0);
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

/* The one answer to a request; the caller frees it. */
static bsk_json *
ask_bytes(const void *bytes, size_t size)
{
	const struct bsk_nng_answer *answer;
	struct bsk_json_error error;
	bsk_json *json;

	probe_log_clear(&heard);
	probe_tell(sim, ann, desk, BSK_PARCEL(bsk_nng_request, .request = 77,
	    .body = bsk_buf_copy(bytes, size)));
	ck_assert_int_eq(bsk_sim_run(sim, 0), 0);
	ck_assert_uint_eq(probe_count(&heard, &bsk_nng_answer_type), 1);
	answer = probe_last(&heard, &bsk_nng_answer_type);
	ck_assert_uint_eq(answer->request, 77);
	if (bsk_json_read((const char *)answer->body.bytes, answer->body.size,
	    &json, &error) < 0)
		ck_abort_msg("%s: %.*s", error.text, (int)answer->body.size,
		    (const char *)answer->body.bytes);
	ck_assert_double_eq(bsk_json_number(sp_at(json, "v")), 1);
	return json;
}

static bsk_json *
ask(const char *text)
{
	return ask_bytes(text, strlen(text));
}

/* --- refusals ------------------------------------------------------------ */

struct refusal {
	const char *request;
	const char *id; /* NULL: null */
	const char *code;
	const char *pointer;
};

static const struct refusal refusals[] = {
	/* no JSON */
	{ "", NULL, "bad-json", "" },
	{ "hello", NULL, "bad-json", "" },
	{ "{\"v\":1,\"id\":\"7\",\"op\":\"ps\",}", NULL, "bad-json",
	    "/op" },
	{ "{\"v\":1,\"v\":1,\"id\":\"7\",\"op\":\"ps\"}", NULL, "bad-json",
	    "/v" },
	{ "{\"v\":1,\"id\":\"\xff\",\"op\":\"ps\"}", NULL, "bad-json",
	    "/id" },
	/* no request */
	{ "[]", NULL, "wrong-kind", "" },
	{ "null", NULL, "wrong-kind", "" },
	{ "{\"v\":1,\"id\":\"7\",\"op\":\"ps\",\"on\":1}", "7",
	    "unknown-key", "/on" },
	{ "{\"v\":1,\"op\":\"ps\"}", NULL, "missing-key", "" },
	{ "{\"v\":1,\"id\":7,\"op\":\"ps\"}", NULL, "wrong-kind", "/id" },
	{ "{\"v\":1,\"id\":\"7\"}", "7", "missing-key", "" },
	{ "{\"v\":1,\"id\":\"7\",\"op\":7}", "7", "wrong-kind", "/op" },
	/* another version */
	{ "{\"id\":\"7\",\"op\":\"ps\"}", "7", "missing-key", "" },
	{ "{\"v\":2,\"id\":\"7\",\"op\":\"ps\"}", "7", "out-of-range", "/v" },
	{ "{\"v\":\"1\",\"id\":\"7\",\"op\":\"ps\"}", "7", "wrong-kind",
	    "/v" },
	/* no such thing to do */
	{ "{\"v\":1,\"id\":\"7\",\"op\":\"pz\"}", "7", "unknown-op", "/op" },
	{ "{\"v\":1,\"id\":\"7\",\"op\":\"\"}", "7", "unknown-op", "/op" },
	/* not with these */
	{ "{\"v\":1,\"id\":\"7\",\"op\":\"ps\",\"args\":[]}", "7",
	    "wrong-kind", "/args" },
	{ "{\"v\":1,\"id\":\"7\",\"op\":\"ps\",\"args\":{\"all\":true}}", "7",
	    "unknown-key", "/args/all" },
	{ "{\"v\":1,\"id\":\"7\",\"op\":\"actor\"}", "7", "missing-key",
	    "" },
	{ "{\"v\":1,\"id\":\"7\",\"op\":\"actor\",\"args\":{}}", "7",
	    "missing-key", "/args" },
	{ "{\"v\":1,\"id\":\"7\",\"op\":\"actor\",\"args\":{\"nam\":\"x\"}}",
	    "7", "unknown-key", "/args/nam" },
	{ "{\"v\":1,\"id\":\"7\",\"op\":\"actor\",\"args\":{\"name\":1}}",
	    "7", "wrong-kind", "/args/name" },
	{ "{\"v\":1,\"id\":\"7\",\"op\":\"actor\",\"args\":{\"id\":\"x\"}}",
	    "7", "bad-ref", "/args/id" },
	{ "{\"v\":1,\"id\":\"7\",\"op\":\"actor\","
	    "\"args\":{\"name\":\"bob\"}}", "7", "no-such-actor",
	    "/args/name" },
	{ "{\"v\":1,\"id\":\"7\",\"op\":\"actor\","
	    "\"args\":{\"id\":\"999.9\"}}", "7", "no-such-actor", "/args" },
};

START_TEST(says_what_is_wrong_where)
{
	const struct refusal *refusal = &refusals[_i];
	bsk_json *answer = ask(refusal->request);
	const bsk_json *id = sp_at(answer, "id");

	ck_assert(!bsk_json_is_true(sp_at(answer, "ok")));
	ck_assert_str_eq(sp_string_at(answer, "error.code"), refusal->code);
	ck_assert_str_eq(sp_string_at(answer, "error.pointer"),
	    refusal->pointer);
	ck_assert_str_ne(sp_string_at(answer, "error.message"), "");
	ck_assert_ptr_nonnull(sp_string_at(answer, "error.hint"));
	if (refusal->id != NULL)
		ck_assert_str_eq(bsk_json_string(id), refusal->id);
	else
		ck_assert_int_eq(bsk_json_kind(id), BSK_JSON_NULL);
	bsk_json_free(answer);
}
END_TEST

START_TEST(tells_which_operations_there_are)
{
	bsk_json *answer = ask("{\"v\":1,\"id\":\"7\",\"op\":\"grap\"}");

	ck_assert_str_eq(sp_string_at(answer, "error.hint"),
	    "there are hello, ps, actor, graph, stats");
	bsk_json_free(answer);
}
END_TEST

START_TEST(refuses_one_byte_too_many)
{
	char text[REQUEST_MAX + 1];
	bsk_json *answer;

	memset(text, ' ', sizeof(text));
	memcpy(text, "{\"v\":1,\"id\":\"7\",\"op\":\"ps\"}", 26);
	answer = ask_bytes(text, REQUEST_MAX);
	ck_assert(bsk_json_is_true(sp_at(answer, "ok")));
	bsk_json_free(answer);
	answer = ask_bytes(text, REQUEST_MAX + 1);
	ck_assert_str_eq(sp_string_at(answer, "error.code"), "too-large");
	bsk_json_free(answer);
}
END_TEST

/* Whatever bytes come, an answer goes. */
START_TEST(answers_any_bytes)
{
	static const char model[] =
	    "{\"v\":1,\"id\":\"7\",\"op\":\"actor\",\"args\":{\"name\":\"a\"}}";
	unsigned seed = (unsigned)harness_seed();
	char text[sizeof(model)];
	int i;

	srand(seed);
	for (i = 0; i < 5000; i++) {
		int change = 1 + rand() % 4;

		memcpy(text, model, sizeof(model));
		while (change-- > 0)
			text[rand() % (int)(sizeof(model) - 1)] =
			    (char)rand();
		bsk_json_free(ask_bytes(text,
		    1 + (size_t)rand() % (sizeof(model) - 1)));
	}
}
END_TEST

/* --- operations ---------------------------------------------------------- */

START_TEST(says_hello)
{
	bsk_json *answer =
	    ask("{\"v\":1,\"id\":\"7\",\"op\":\"hello\",\"args\":{}}");

	ck_assert(bsk_json_is_true(sp_at(answer, "ok")));
	ck_assert_str_eq(sp_string_at(answer, "id"), "7");
	ck_assert_str_eq(sp_string_at(answer, "result.name"), "town");
	ck_assert_uint_eq(bsk_json_count(sp_at(answer, "result.rights")), 3);
	ck_assert_str_eq(sp_string_at(answer, "result.rights.2"), "control");
	ck_assert_str_eq(sp_string_at(answer, "result.ops.3"), "graph");
	bsk_json_free(answer);
}
END_TEST

START_TEST(lists_every_actor)
{
	bsk_json *answer = ask("{\"v\":1,\"id\":\"7\",\"op\":\"ps\"}");
	const bsk_json *actor = bsk_json_first(sp_at(answer, "result"));
	unsigned found = 0;

	for (; actor != NULL; actor = bsk_json_next(actor)) {
		const char *name = bsk_json_string(
		    bsk_json_member(actor, "name"));

		if (name != NULL && (strcmp(name, "ann") == 0 ||
		    strcmp(name, "desk") == 0))
			found++;
	}
	ck_assert_uint_eq(found, 2);
	bsk_json_free(answer);
}
END_TEST

START_TEST(shows_an_actor_by_name_and_by_id)
{
	bsk_json *answer = ask("{\"v\":1,\"id\":\"7\",\"op\":\"actor\","
	    "\"args\":{\"name\":\"desk\"}}");
	char text[REQUEST_MAX];

	ck_assert_str_eq(sp_string_at(answer, "result.actor.class"),
	    "inspector-desk");
	ck_assert_str_eq(sp_string_at(answer, "result.edges.0.to_name"),
	    "desk");
	snprintf(text, sizeof(text), "{\"v\":1,\"id\":\"8\",\"op\":\"actor\","
	    "\"args\":{\"id\":\"%s\"}}",
	    sp_string_at(answer, "result.actor.id"));
	bsk_json_free(answer);
	answer = ask(text);
	ck_assert_str_eq(sp_string_at(answer, "result.actor.name"), "desk");
	bsk_json_free(answer);
}
END_TEST

START_TEST(tells_the_traffic_it_was_told)
{
	bsk_json *answer;

	probe_tell(sim, ann, desk, BSK_PARCEL(bsk_inspector_traffic,
	    .accepted = 5, .rude = 2));
	answer = ask("{\"v\":1,\"id\":\"7\",\"op\":\"stats\"}");
	ck_assert_str_eq(sp_string_at(answer, "result.inspector.accepted"),
	    "5");
	ck_assert_str_eq(sp_string_at(answer, "result.inspector.rude"), "2");
	ck_assert_str_eq(sp_string_at(answer, "result.name"), "town");
	bsk_json_free(answer);
}
END_TEST

START_TEST(numbers_its_answers)
{
	bsk_json *answer;
	int i;

	for (i = 1; i < 4; i++) {
		answer = ask("{\"v\":1,\"id\":\"7\",\"op\":\"hello\"}");
		ck_assert_double_eq(bsk_json_number(sp_at(answer, "seq")), i);
		bsk_json_free(answer);
	}
}
END_TEST

/* --- without memory ------------------------------------------------------ */

/* One who asks for the graph whenever told to, and does not mind whether that
 * succeeds. What is answered is kept in plain memory. */
static char answer_text[1 << 16];
static size_t answer_size;

struct asker {
	int unused;
};

BSK_HANDLER(on_told, asker, bsk_inspector_stuck)
{
	static const char request[] =
	    "{\"v\":1,\"id\":\"7\",\"op\":\"graph\"}";

	(void)self;
	(void)body;
	(void)bsk_send(ctx, desk, BSK_NEW(bsk_nng_request,
	    .body = bsk_buf_static(request, sizeof(request) - 1)));
	return 0;
}

BSK_HANDLER(on_answered, asker, bsk_nng_answer)
{
	(void)self;
	(void)ctx;
	/* Nothing is asserted here: that allocates. */
	if (body->body.size < sizeof(answer_text)) {
		answer_size = body->body.size;
		memcpy(answer_text, body->body.bytes, answer_size);
	}
	return 0;
}

static const struct bsk_handler asker_handlers[] = {
	BSK_ON(bsk_inspector_stuck, on_told),
	BSK_ON(bsk_nng_answer, on_answered),
};

static const struct bsk_class asker_class = BSK_CLASS(asker, "asker",
    "asks for the graph", asker_handlers);

/* Has the asker ask while the n-th allocation fails; returns how many there
 * were. */
static unsigned
ask_without_memory(bsk_ref asker, unsigned n)
{
	answer_size = 0;
	ck_assert_int_eq(bsk_system_send(sim, asker,
	    BSK_NEW(bsk_inspector_stuck, .number = 1)), 0);
	fail_alloc_start(n);
	(void)bsk_sim_run(sim, 0);
	return fail_alloc_stop();
}

/* Whichever allocation fails, no answer is half: it is whole, or says that
 * there is no memory, or does not come. */
START_TEST(answers_in_whole_or_not_at_all)
{
	unsigned whole = 0, sorry = 0, none = 0;
	bsk_ref asker;
	unsigned n;

	ck_assert_int_eq(bsk_system_spawn(sim, &asker_class, NULL, NULL,
	    &asker), 0);
	ck_assert_uint_gt(ask_without_memory(asker, 0), 100);
	for (n = 1; ask_without_memory(asker, n) >= n; n++) {
		bsk_json *json = NULL;

		if (answer_size == 0) {
			none++;
			continue;
		}
		ck_assert_int_eq(bsk_json_read(answer_text, answer_size,
		    &json, NULL), 0);
		if (bsk_json_is_true(sp_at(json, "ok"))) {
			whole++;
			(void)sp_at(json, "result.nodes.0.ends");
			(void)sp_at(json, "result.edges.0.queued");
		} else {
			sorry++;
			ck_assert_str_eq(sp_string_at(json, "error.code"),
			    "no-memory");
		}
		bsk_json_free(json);
	}
	printf("# %u allocations failed: %u whole answers, %u without memory, "
	    "%u none\n", n - 1, whole, sorry, none);
	fflush(stdout);
	ck_assert_uint_gt(answer_size, 0);
	ck_assert_uint_gt(sorry, 100);
}
END_TEST

static Suite *
inspector_desk_suite(void)
{
	Suite *suite = suite_create("inspector_desk");
	TCase *tests = harness_case("inspector_desk");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_loop_test(tests, says_what_is_wrong_where, 0,
	    (int)(sizeof(refusals) / sizeof(refusals[0])));
	tcase_add_test(tests, tells_which_operations_there_are);
	tcase_add_test(tests, refuses_one_byte_too_many);
	tcase_add_test(tests, answers_any_bytes);
	tcase_add_test(tests, says_hello);
	tcase_add_test(tests, lists_every_actor);
	tcase_add_test(tests, shows_an_actor_by_name_and_by_id);
	tcase_add_test(tests, tells_the_traffic_it_was_told);
	tcase_add_test(tests, numbers_its_answers);
	tcase_add_test(tests, answers_in_whole_or_not_at_all);
	suite_add_tcase(suite, tests);
	return suite;
}

int
main(void)
{
	return harness_main(inspector_desk_suite);
}
