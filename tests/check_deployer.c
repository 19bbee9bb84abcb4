/* check_deployer.c - a deployment is brought up in order and down in reverse.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/deployer.h>
#include <buskin/deployment.h>
#include <buskin/log.h>
#include <buskin/supervisor.h>

#include "deploying.h"
#include "harness.h"
#include "seeds.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

/* --- what happens is told in a story ------------------------------------ */

static char story[8192];
static pthread_mutex_t story_lock = PTHREAD_MUTEX_INITIALIZER;

static void
tell(const char *mark, const char *what)
{
	(void)pthread_mutex_lock(&story_lock);
	if (strlen(story) + strlen(what) + 4 < sizeof(story)) {
		(void)strcat(story, *story == '\0' ? "" : " ");
		(void)strcat(strcat(story, mark), what);
	}
	(void)pthread_mutex_unlock(&story_lock);
}

static bool
was_told(const char *what)
{
	bool was;

	(void)pthread_mutex_lock(&story_lock);
	was = strstr(story, what) != NULL;
	(void)pthread_mutex_unlock(&story_lock);
	return was;
}

/* --- a part: says +tag when it is opened and -tag when it is stopped ----- */

struct token {
	int32_t what;
};
static const struct bsk_field token_fields[] = {
	BSK_FIELD(token, what, "anything"),
};
static const struct bsk_type token_type =
	BSK_TYPE(token, "a token", token_fields);

struct part_config {
	bsk_text tag;
	bool is_stillborn; /* fails to open, every time */
	int64_t dies_ns;   /* fails so long after it was opened */
	bool emits;        /* one token once it is open */
	int64_t emits_ns;  /* one token so long after it was opened */
	int32_t relays;    /* passes so many tokens on */
};
static const struct bsk_field part_fields[] = {
	BSK_FIELD(part_config, tag, "for the story"),
	BSK_FIELD(part_config, is_stillborn, "fails to open"),
	BSK_FIELD(part_config, dies_ns, "fails after", .json = "dies",
	    .unit = BSK_UNIT_NS),
	BSK_FIELD(part_config, emits, "emits a token"),
	BSK_FIELD(part_config, emits_ns, "emits a token after",
	    .json = "emits_after", .unit = BSK_UNIT_NS),
	BSK_FIELD(part_config, relays, "passes so many tokens on"),
};
static const struct bsk_type part_config_type =
	BSK_OWNING_TYPE(part_config, "a part", part_fields);

enum { DIE_TIMER = 1, EMIT_TIMER };

struct part {
	const struct part_config *config;
	int32_t relayed;
};

BSK_HANDLER(on_open, part, bsk_open)
{
	(void)body;
	self->config = bsk_config(ctx);
	tell("+", self->config->tag.chars);
	if (self->config->dies_ns > 0)
		(void)bsk_timer_arm(ctx, DIE_TIMER, self->config->dies_ns, 0);
	if (self->config->emits_ns > 0)
		(void)bsk_timer_arm(ctx, EMIT_TIMER, self->config->emits_ns,
		    0);
	if (self->config->emits)
		(void)bsk_emit(ctx, 1, BSK_NEW(token, .what = 1));
	return self->config->is_stillborn ? -EIO : 0;
}

BSK_HANDLER(on_due, part, bsk_timer_due)
{
	(void)self;
	if (body->timer == DIE_TIMER)
		return -EIO;
	return bsk_emit(ctx, 1, BSK_NEW(token, .what = 1));
}

BSK_HANDLER(on_token, part, token)
{
	(void)body;
	tell("*", self->config->tag.chars);
	if (self->relayed++ < self->config->relays)
		return bsk_emit(ctx, 1, BSK_NEW(token, .what = 1));
	return 0;
}

BSK_HANDLER(on_drain, part, bsk_drain)
{
	(void)body;
	tell("-", self->config->tag.chars);
	bsk_exit(ctx, 0);
	return 0;
}

static const struct bsk_handler part_handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_timer_due, on_due),
	BSK_ON(token, on_token),
	BSK_ON(bsk_drain, on_drain),
};
static const struct bsk_port part_ports[] = {
	BSK_PORT_IN("in", token, "tokens"),
	BSK_PORT_OUT("out", token, "tokens"),
};
static const struct bsk_class part_class = BSK_CLASS(part, "part",
    "a part of a test", part_handlers, .config = &part_config_type,
    BSK_PORTS(part_ports));

/* --- a log that adds to the story ---------------------------------------- */

struct teller {
	int nothing;
};

BSK_HANDLER(on_line, teller, bsk_log_line)
{
	(void)self;
	(void)ctx;
	tell("log: ", body->text.chars);
	return 0;
}

static const struct bsk_handler teller_handlers[] = {
	BSK_ON(bsk_log_line, on_line),
};
static const struct bsk_class teller_class = BSK_CLASS(teller, "log",
    "a log", teller_handlers);

static const struct bsk_class *const classes[] = {&bsk_deployer_class,
	&bsk_supervisor_class, &part_class, &teller_class, NULL};

/* --- the world ----------------------------------------------------------- */

#define PART(name, more) "'" name "': {'class': 'part', 'config': {'tag': '" \
	name "'" more "}"
#define CHAIN ACTORS("'log': {'class': 'log'}," \
	PART("a", "") ", 'out': {'out': 'b'}}," \
	PART("b", "") ", 'out': {'out': 'c'}}," PART("c", "") "}")

static bsk_deployment *
load(const char *marked)
{
	char *text = deploying_text(marked, NULL);
	struct bsk_deployment_source source = {"t.json", text, strlen(text)};
	struct bsk_deployment_options options = {.sources = &source,
		.source_count = 1, .classes = classes,
		.variable = deploying_variable};
	bsk_diagnoses *diagnoses = bsk_diagnoses_new();
	bsk_deployment *deployment = NULL;

	ck_assert_int_eq(bsk_deployment_load(&options, diagnoses,
	    &deployment), 0);
	bsk_diagnoses_free(diagnoses);
	free(text);
	return deployment;
}

/* `others`: the classes that the system has instead; NULL: the plan's. */
static bsk_system *
sim_with(const char *text, uint64_t seed,
    const struct bsk_class *const *others)
{
	bsk_deployment *deployment = load(text);
	struct bsk_system_options options = {0};
	bsk_system *system;
	bsk_ref deployer;

	story[0] = '\0';
	bsk_deployment_system(deployment, &options);
	if (others != NULL)
		options.classes = others;
	ck_assert_int_eq(bsk_sim_create(&options, seed, &system), 0);
	ck_assert_int_eq(bsk_deployment_start(deployment, system, &deployer),
	    0);
	bsk_deployment_free(deployment);
	return system;
}

static bsk_system *
sim_of(const char *text, uint64_t seed)
{
	return sim_with(text, seed, NULL);
}

static void
stop_sim(bsk_system *system)
{
	bsk_system_stop(system, 0);
	ck_assert_int_eq(bsk_sim_run(system, bsk_sim_now(system) +
	    20 * SECOND), 1);
	bsk_system_destroy(system);
}

/* --- claims --------------------------------------------------------------- */

static void
rises_and_falls(uint64_t seed)
{
	bsk_system *system = sim_of(CHAIN, seed);

	ck_assert_int_eq(bsk_sim_run(system, SECOND), 0);
	ck_assert_str_eq(story, "+c +b +a");
	stop_sim(system);
	ck_assert_str_eq(story, "+c +b +a -a -b -c");
}

START_TEST(sinks_rise_first_and_sources_fall_first)
{
	seeds_walk(rises_and_falls);
}
END_TEST

static void
emits(uint64_t seed)
{
	bsk_system *system = sim_of(ACTORS("'log': {'class': 'log'},"
	    PART("a", ", 'emits': true") ", 'out': {'out': ['b', 'c']}},"
	    PART("b", "") "}," PART("c", "") "}"), seed);

	ck_assert_int_eq(bsk_sim_run(system, SECOND), 0);
	ck_assert(was_told("*b"));
	ck_assert(was_told("*c"));
	ck_assert(!was_told("*a"));
	stop_sim(system);
}

START_TEST(wires_lead_where_the_file_says)
{
	seeds_walk(emits);
}
END_TEST

/* Whoever comes last in the order closes it. */
static void
goes_round(uint64_t seed)
{
	bsk_system *system = sim_of(ACTORS("'log': {'class': 'log'},"
	    PART("a", ", 'emits_after': '100ms', 'relays': 2")
	    ", 'out': {'out': 'b'}},"
	    PART("b", ", 'relays': 2")
	    ", 'out': {'out': {'to': 'a', 'on_full': 'refuse'}}},"
	    PART("c", ", 'emits_after': '200ms', 'relays': 1")
	    ", 'out': {'out': {'to': 'c', 'on_full': 'drop_new'}}}"), seed);

	ck_assert_int_eq(bsk_sim_run(system, SECOND), 0);
	ck_assert(was_told(" *b *a *b *a *b *c *c"));
	stop_sim(system);
}

START_TEST(a_cycle_goes_round)
{
	seeds_walk(goes_round);
}
END_TEST

static void
is_stillborn(uint64_t seed)
{
	bsk_system *system = sim_of(ACTORS("'log': {'class': 'log'},"
	    PART("a", "") ", 'out': {'out': 'b'}},"
	    PART("b", ", 'is_stillborn': true") ", 'out': {'out': 'c'}},"
	    PART("c", "") "}"), seed);

	ck_assert_int_eq(bsk_sim_run(system, 20 * SECOND), 1);
	ck_assert(was_told("+c +b"));
	ck_assert(was_told("log: b: it failed as it was started"));
	ck_assert(!was_told("+a"));
	ck_assert(was_told("-c"));
	bsk_system_destroy(system);
}

START_TEST(one_that_cannot_be_opened_ends_it_all)
{
	seeds_walk(is_stillborn);
}
END_TEST

static void
gives_up(uint64_t seed)
{
	bsk_system *system = sim_of("{'buskin': 1, 'name': 't',"
	    "'supervisors': {'strict': {'restarts': 1}}, 'actors': {"
	    "'log': {'class': 'log'}," PART("c", "") ", 'out': {'out': 'b'}},"
	    PART("b", ", 'dies': '2s'") ", 'supervisor': 'strict'}}}", seed);

	ck_assert_int_eq(bsk_sim_run(system, SECOND), 0);
	ck_assert_str_eq(story, "+b +c");
	ck_assert_int_eq(bsk_sim_run(system, 60 * SECOND), 1);
	ck_assert(was_told("log: strict: has given up"));
	ck_assert(was_told("-c"));
	bsk_system_destroy(system);
}

START_TEST(a_supervisor_that_gives_up_ends_it_all)
{
	seeds_walk(gives_up);
}
END_TEST

static void
is_taken(uint64_t seed)
{
	bsk_system *system = sim_of(CHAIN, seed);
	struct bsk_spawn_options options = {.name = "b"};
	bsk_ref other;

	ck_assert_int_eq(bsk_system_spawn(system, &teller_class, NULL,
	    &options, &other), 0);
	ck_assert_int_eq(bsk_sim_run(system, 20 * SECOND), 1);
	ck_assert(was_told("log: b: "));
	ck_assert(was_told("-c"));
	ck_assert(!was_told("+b"));
	ck_assert(!was_told("+a"));
	bsk_system_destroy(system);
}

START_TEST(a_name_that_is_taken_ends_it_all)
{
	seeds_walk(is_taken);
}
END_TEST

static void
count_stops(void *arg, const struct bsk_sim_step *step)
{
	if (step->type == &bsk_child_stop_type)
		++*(unsigned *)arg;
}

/* The system's part has no port that the late wire could begin at. */
static void
cannot_be_closed(uint64_t seed)
{
	static const struct bsk_class portless = BSK_CLASS(part, "part",
	    "a part of a test", part_handlers, .config = &part_config_type);
	static const struct bsk_class *const portless_classes[] = {
		&bsk_deployer_class, &bsk_supervisor_class, &portless,
		&teller_class, NULL};
	bsk_system *system = sim_with(ACTORS("'log': {'class': 'log'},"
	    PART("c", "") ", 'out': {'out': {'to': 'c',"
	    "'on_full': 'refuse'}}}"), seed, portless_classes);
	unsigned stops = 0;

	bsk_sim_trace(system, count_stops, &stops);
	ck_assert_int_eq(bsk_sim_run(system, 20 * SECOND), 1);
	ck_assert(was_told("log: c: "));
	ck_assert(was_told("-c"));
	ck_assert_uint_eq(stops, 2); /* the log's and c's */
	bsk_system_destroy(system);
}

START_TEST(a_wire_that_cannot_be_laid_ends_it_all)
{
	seeds_walk(cannot_be_closed);
}
END_TEST

/* How many of the three were opened, and how many were stopped. */
static int
count(char mark)
{
	const char *at;
	int found = 0;

	for (at = strchr(story, mark); at != NULL; at = strchr(at + 1, mark))
		found++;
	return found;
}

/* The system is stopped while it comes up, each time a little later. */
static void
is_interrupted(uint64_t seed)
{
	bsk_system *system = sim_of(CHAIN, seed);

	(void)bsk_sim_run(system, (int64_t)(seed % 20) * (MS / 4));
	stop_sim(system);
	ck_assert_int_eq(count('+'), count('-'));
}

START_TEST(stopped_as_it_rises_it_falls)
{
	seeds_walk(is_interrupted);
}
END_TEST

START_TEST(an_ordered_end_has_the_status_it_was_given)
{
	bsk_system *system = harness_system(2, classes);
	bsk_deployment *deployment = load(CHAIN);
	bsk_ref deployer;

	ck_assert_int_eq(bsk_deployment_start(deployment, system, &deployer),
	    0);
	bsk_deployment_free(deployment);
	while (!was_told("+a"))
		(void)sched_yield();
	bsk_system_stop(system, 0);
	ck_assert_int_eq(bsk_system_wait(system, HARNESS_PATIENCE_NS), 0);
	bsk_system_destroy(system);
	ck_assert_str_eq(story, "+c +b +a -a -b -c");
}
END_TEST

START_TEST(a_failed_start_has_status_1)
{
	bsk_system *system = harness_system(2, classes);
	bsk_deployment *deployment = load(ACTORS("'log': {'class': 'log'},"
	    PART("b", ", 'is_stillborn': true") ", 'out': {}}"));
	bsk_ref deployer;

	ck_assert_int_eq(bsk_deployment_start(deployment, system, &deployer),
	    0);
	bsk_deployment_free(deployment);
	ck_assert_int_eq(bsk_system_wait(system, HARNESS_PATIENCE_NS), 1);
	bsk_system_destroy(system);
}
END_TEST

START_TEST(without_its_class_nothing_is_started)
{
	static const struct bsk_class *const few[] = {&part_class,
		&bsk_supervisor_class, NULL};
	const char *text = "{\"buskin\": 1, \"name\": \"t\", \"actors\": {}}";
	struct bsk_deployment_source source = {"t", text, strlen(text)};
	struct bsk_deployment_options options = {.sources = &source,
		.source_count = 1, .classes = few};
	bsk_diagnoses *diagnoses = bsk_diagnoses_new();
	bsk_deployment *deployment;
	bsk_system *system = harness_system(1, few);
	bsk_ref deployer;

	ck_assert_int_eq(bsk_deployment_load(&options, diagnoses,
	    &deployment), 0);
	ck_assert_int_eq(bsk_deployment_start(deployment, system, &deployer),
	    -ENOENT);
	bsk_deployment_free(deployment);
	bsk_diagnoses_free(diagnoses);
	harness_system_end(system);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("deployer");
	TCase *tcase = harness_case("threads");

	seeds_add(made, "order", sinks_rise_first_and_sources_fall_first);
	seeds_add(made, "wires", wires_lead_where_the_file_says);
	seeds_add(made, "round", a_cycle_goes_round);
	seeds_add(made, "stillborn", one_that_cannot_be_opened_ends_it_all);
	seeds_add(made, "gives_up", a_supervisor_that_gives_up_ends_it_all);
	seeds_add(made, "taken", a_name_that_is_taken_ends_it_all);
	seeds_add(made, "closing", a_wire_that_cannot_be_laid_ends_it_all);
	seeds_add(made, "interrupted", stopped_as_it_rises_it_falls);
	tcase_add_test(tcase, an_ordered_end_has_the_status_it_was_given);
	tcase_add_test(tcase, a_failed_start_has_status_1);
	tcase_add_test(tcase, without_its_class_nothing_is_started);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
