/* check_deployer_tree.c - a deployment whose supervisors are under each other,
 * restart groups, and end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/deployer.h>
#include <buskin/deployment.h>
#include <buskin/inspect.h>
#include <buskin/log.h>
#include <buskin/sim.h>
#include <buskin/supervisor.h>

#include "deploying.h"
#include "harness.h"
#include "probe.h"
#include "seeds.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

/* Whoever is below is written first. */
#define TREE "{'buskin': 1, 'name': 't', 'supervisors': {" \
	"'low': {'supervisor': 'mid', 'restarts': 0}," \
	"'mid': {'supervisor': 'top'}, 'top': {}}, 'actors': {" \
	"'x': {'class': 'part', 'supervisor': 'low'}," \
	"'y': {'class': 'part', 'supervisor': 'mid'}," \
	"'z': {'class': 'part'}}}"

/* --- a part: fails, ends and lingers as it is told to --------------------- */

/* "+NAME" for each life that is opened, "-NAME" for each that is asked to stop;
 * of simulated systems. */
static char story[4096];

static void
tell(bsk_ctx *ctx, const char *mark)
{
	char name[64];
	size_t length = strlen(story);

	(void)bsk_inspect_name(bsk_system_of(ctx), bsk_self(ctx), name,
	    sizeof(name));
	if (length + sizeof(name) + 2 < sizeof(story))
		(void)snprintf(story + length, sizeof(story) - length,
		    "%s%s ", mark, name);
}

static unsigned
times(const char *what)
{
	const char *at = strstr(story, what);
	unsigned count = 0;

	for (; at != NULL; at = strstr(at + 1, what))
		count++;
	return count;
}

struct blow {
	bool is_deadly; /* in its receiver's first life */
};
static const struct bsk_field blow_fields[] = {
	BSK_FIELD(blow, is_deadly, "whether it is"),
};
static const struct bsk_type blow_type =
	BSK_TYPE(blow, "a blow", blow_fields);

struct part_config {
	bool is_stillborn;  /* fails to open, every time */
	bool strikes;       /* sends a blow as it opens */
	int64_t fails_ns;   /* fails so long after it was opened */
	int64_t lingers_ns; /* takes so long to stop */
};
static const struct bsk_field part_fields[] = {
	BSK_FIELD(part_config, is_stillborn, "fails to open"),
	BSK_FIELD(part_config, strikes, "sends a blow"),
	BSK_FIELD(part_config, fails_ns, "fails after", .json = "fails",
	    .unit = BSK_UNIT_NS),
	BSK_FIELD(part_config, lingers_ns, "takes to stop",
	    .json = "lingers", .unit = BSK_UNIT_NS),
};
static const struct bsk_type part_config_type =
	BSK_TYPE(part_config, "a part", part_fields);

enum { FAIL_TIMER = 1, END_TIMER };

struct part {
	const struct part_config *config; /* NULL: it does nothing */
	uint32_t incarnation;
};

BSK_HANDLER(on_open, part, bsk_open)
{
	self->config = bsk_config(ctx);
	self->incarnation = body->incarnation;
	tell(ctx, "+");
	if (self->config == NULL)
		return 0;
	if (self->config->fails_ns > 0)
		(void)bsk_timer_arm(ctx, FAIL_TIMER, self->config->fails_ns,
		    0);
	if (self->config->strikes)
		(void)bsk_emit(ctx, 1, BSK_NEW(blow, .is_deadly = true));
	return self->config->is_stillborn ? -EIO : 0;
}

BSK_HANDLER(on_blow, part, blow)
{
	(void)ctx;
	(void)body;
	return self->incarnation == 0 ? -EPIPE : 0;
}

BSK_HANDLER(on_due, part, bsk_timer_due)
{
	(void)self;
	if (body->timer == FAIL_TIMER)
		return -EPIPE;
	bsk_exit(ctx, 0);
	return 0;
}

BSK_HANDLER(on_drain, part, bsk_drain)
{
	(void)body;
	tell(ctx, "-");
	if (self->config == NULL || self->config->lingers_ns == 0 ||
	    bsk_timer_arm(ctx, END_TIMER, self->config->lingers_ns, 0) < 0)
		bsk_exit(ctx, 0);
	return 0;
}

static const struct bsk_handler part_handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(blow, on_blow),
	BSK_ON(bsk_timer_due, on_due),
	BSK_ON(bsk_drain, on_drain),
};
static const struct bsk_port part_ports[] = {
	BSK_PORT_IN("in", blow, "blows"),
	BSK_PORT_OUT("out", blow, "blows"),
};
static const struct bsk_class part_class = BSK_CLASS(part, "part",
    "a part of a test", part_handlers, .config = &part_config_type,
    BSK_PORTS(part_ports));

static const struct bsk_class *const classes[] = {&bsk_deployer_class,
	&bsk_supervisor_class, &bsk_log_class, &part_class, NULL};

#define PART(name, supervisor, config) "'" name "': {'class': 'part'," \
	"'supervisor': '" supervisor "', 'config': {" config "}"

/* --- the world ------------------------------------------------------------ */

static char written[4096];

static ssize_t
keep(const struct bsk_os *os, int fd, const void *bytes, size_t size)
{
	size_t length = strlen(written);

	(void)os;
	(void)fd;
	ck_assert_uint_lt(length + size, sizeof(written));
	memcpy(written + length, bytes, size);
	written[length + size] = '\0';
	return (ssize_t)size;
}

static struct bsk_os world;
static bsk_system *sim;
static struct probe_log told;

static bsk_deployment *
load(const char *marked)
{
	char *text = deploying_text(marked, NULL);
	struct bsk_deployment_source source = {"t.json", text, strlen(text)};
	struct bsk_deployment_options options = {.sources = &source,
		.source_count = 1, .classes = classes};
	bsk_diagnoses *diagnoses = bsk_diagnoses_new();
	bsk_deployment *deployment = NULL;

	ck_assert_int_eq(bsk_deployment_load(&options, diagnoses,
	    &deployment), 0);
	bsk_diagnoses_free(diagnoses);
	free(text);
	return deployment;
}

static void
begin(const char *text, uint64_t seed)
{
	struct bsk_system_options system = {.os = &world};
	bsk_deployment *deployment = load(text);
	bsk_ref deployer;

	world = bsk_os_libc;
	world.write = keep;
	written[0] = '\0';
	story[0] = '\0';
	probe_log_init(&told);
	bsk_deployment_system(deployment, &system);
	ck_assert_int_eq(bsk_sim_create(&system, seed, &sim), 0);
	ck_assert_int_eq(bsk_deployment_start(deployment, sim, &deployer), 0);
	bsk_deployment_free(deployment);
}

static void
end(void)
{
	ck_assert_uint_eq(bsk_system_messages(sim), 0);
	bsk_system_destroy(sim);
	probe_log_release(&told);
}

static bsk_ref
named(const char *name)
{
	bsk_ref ref = bsk_nobody();

	ck_assert_int_eq(bsk_system_find(sim, name, &ref), 0);
	return ref;
}

/* The parent that decides about restarts. */
static bool
note_supervisor(void *arg, const struct bsk_actor_info *info)
{
	*(bsk_ref *)arg = info->supervised ? info->parent : bsk_nobody();
	return true;
}

static void
is_under(const char *name, const char *above)
{
	bsk_ref parent = bsk_nobody();

	ck_assert_int_eq(bsk_inspect_actor(sim, named(name), note_supervisor,
	    &parent), 0);
	ck_assert(bsk_ref_equal(parent, named(above)));
}

static void
comes_up(uint64_t seed)
{
	begin(TREE, seed);
	ck_assert_int_eq(bsk_sim_run(sim, SECOND), 0);
	is_under("x", "low");
	is_under("low", "mid");
	is_under("y", "mid");
	is_under("mid", "top");
	is_under("z", "supervisor");
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, 10 * SECOND), 1);
	ck_assert_int_eq(bsk_sim_now(sim) < 10 * SECOND, 1);
	ck_assert_ptr_null(strstr(written, "error"));
	end();
}

START_TEST(a_tree_of_supervisors_comes_up_and_goes_down)
{
	seeds_walk(comes_up);
}
END_TEST

static void
gives_up(uint64_t seed)
{
	bsk_ref probe;

	begin(TREE, seed);
	ck_assert_int_eq(bsk_sim_run(sim, SECOND), 0);
	probe = probe_spawn(sim, &told, NULL);
	probe_kill(sim, probe, named("x"));
	ck_assert_int_eq(bsk_sim_run(sim, 60 * SECOND), 1);
	ck_assert_ptr_nonnull(strstr(written, "gives up on x"));
	ck_assert_ptr_nonnull(strstr(written,
	    "low: has given up, and so does the system\n"));
	end();
}

START_TEST(one_below_that_gives_up_ends_it_all)
{
	seeds_walk(gives_up);
}
END_TEST

/* --- groups -------------------------------------------------------------- */

/* "a" fails while "b", stopped before it, still lingers. */
#define GROUP(strategy) "{'buskin': 1, 'name': 't', 'supervisors': {" \
	"'group': {'strategy': '" strategy "', 'backoff': {" \
	"'first': '10ms'}}}, 'actors': {" \
	PART("a", "group", "'fails': '1500ms'") "}," \
	PART("b", "group", "'lingers': '2s'") ", 'out': {'out': 'a'}}," \
	PART("c", "group", "") ", 'out': {'out': 'b'}}}}"

static void
stays_down(const char *text, uint64_t seed)
{
	begin(text, seed);
	ck_assert_int_eq(bsk_sim_run(sim, SECOND), 0);
	ck_assert_str_eq(story, "+a +b +c ");
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, 30 * SECOND), 1);
	ck_assert_uint_eq(times("+b"), 1);
	ck_assert_uint_eq(times("+c"), 1);
	end();
}

static void
all_stay_down(uint64_t seed)
{
	stays_down(GROUP("one_for_all"), seed);
}

START_TEST(who_is_stopped_is_not_brought_back_with_all)
{
	seeds_walk(all_stay_down);
}
END_TEST

static void
rest_stays_down(uint64_t seed)
{
	stays_down(GROUP("rest_for_one"), seed);
}

START_TEST(who_is_stopped_is_not_brought_back_with_the_rest)
{
	seeds_walk(rest_stays_down);
}
END_TEST

/* "b" makes "a" fail as it opens itself; "c" waits until the delay is over. */
static void
rises_late(uint64_t seed)
{
	begin("{'buskin': 1, 'name': 't', 'supervisors': {'group': {"
	    "'strategy': 'one_for_all', 'backoff': {'first': '10s',"
	    "'jitter': 0.2}}}, 'actors': {"
	    PART("a", "group", "") "},"
	    PART("b", "group", "'strikes': true, 'lingers': '3s'")
	    ", 'out': {'out': 'a'}},"
	    PART("c", "group", "") ", 'out': {'out': 'b'}}}}", seed);
	ck_assert_int_eq(bsk_sim_run(sim, 60 * SECOND), 0);
	ck_assert_uint_eq(times("+a"), 2);
	ck_assert_uint_ge(times("+c"), 1);
	ck_assert_ptr_null(strstr(written, "error"));
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, 90 * SECOND), 1);
	end();
}

START_TEST(a_group_that_restarts_as_it_rises_is_waited_for)
{
	seeds_walk(rises_late);
}
END_TEST

static void
is_stillborn(uint64_t seed)
{
	begin("{'buskin': 1, 'name': 't', 'supervisors': {'group': {"
	    "'strategy': 'one_for_all', 'on_exhausted': 'keep_down'}},"
	    "'actors': {" PART("a", "group", "") "},"
	    PART("b", "group", "'is_stillborn': true")
	    ", 'out': {'out': 'a'}}}}", seed);
	ck_assert_int_eq(bsk_sim_run(sim, 60 * SECOND), 1);
	ck_assert_ptr_nonnull(strstr(written,
	    "b: it failed as it was started"));
	end();
}

START_TEST(one_of_a_group_that_cannot_be_opened_ends_it_all)
{
	seeds_walk(is_stillborn);
}
END_TEST

/* --- ends in order ------------------------------------------------------- */

#define TOP_STOPS "{'buskin': 1, 'name': 't', 'supervisors': {" \
	"'it': {'restarts': 0, 'on_exhausted': 'stop'}}, 'actors': {" \
	PART("x", "it", "'fails': '20ms'") "}, 'y': {'class': 'part'}}}"

/* "other" gives up a little later, when all has been said. */
#define NESTED_STOPS "{'buskin': 1, 'name': 't', 'supervisors': {" \
	"'it': {'restarts': 0, 'on_exhausted': 'stop'," \
	"'supervisor': 'top'}, 'top': {}," \
	"'other': {'restarts': 0, 'supervisor': 'top'}}, 'actors': {" \
	PART("x", "it", "'fails': '20ms'") "}," \
	PART("y", "other", "'fails': '2s'") "}}}"

#define SIGNIFICANT "{'buskin': 1, 'name': 't', 'supervisors': {" \
	"'it': {'auto_shutdown': 'any_significant'}, 'low': {" \
	"'supervisor': 'it'}}, 'actors': {" \
	PART("x", "it", "'fails': '20ms'") ", 'restart': 'temporary'," \
	"'significant': true}, " PART("y", "low", "") "}}}"

static const char *const ending[] = {TOP_STOPS, NESTED_STOPS, SIGNIFICANT,
	NULL};

static void
ends_in_order(uint64_t seed)
{
	const char *const *text;

	for (text = ending; *text != NULL; text++) {
		begin(*text, seed);
		ck_assert_int_eq(bsk_sim_run(sim, 60 * SECOND), 1);
		ck_assert_ptr_nonnull(strstr(written,
		    "it: has ended in order, and so does the "
		    "system\n"));
		ck_assert_ptr_null(strstr(written, "has given up"));
		end();
	}
}

START_TEST(a_supervisor_that_ends_in_order_ends_it_all_in_order)
{
	seeds_walk(ends_in_order);
}
END_TEST

START_TEST(an_end_in_order_has_status_0)
{
	bsk_system *system = harness_system(1, classes);
	bsk_deployment *deployment = load(ending[_i]);
	bsk_ref deployer;

	ck_assert_int_eq(bsk_deployment_start(deployment, system, &deployer),
	    0);
	bsk_deployment_free(deployment);
	ck_assert_int_eq(bsk_system_wait(system, HARNESS_PATIENCE_NS), 0);
	bsk_system_destroy(system);
}
END_TEST

/* Those below it end in order before it fails. */
static void
middle_gives_up(uint64_t seed)
{
	begin("{'buskin': 1, 'name': 't', 'supervisors': {"
	    "'first': {'supervisor': 'mid'}, 'second': {'supervisor': 'mid'},"
	    "'mid': {'supervisor': 'top', 'restarts': 0}, 'top': {}},"
	    "'actors': {" PART("w", "mid", "'lingers': '1s'") "},"
	    PART("x", "mid", "'fails': '20ms'") "},"
	    PART("y", "first", "") "}," PART("z", "second", "") "}}}", seed);
	ck_assert_int_eq(bsk_sim_run(sim, 60 * SECOND), 1);
	ck_assert_ptr_nonnull(strstr(written,
	    "mid: has given up, and so does the system\n"));
	ck_assert_ptr_null(strstr(written, "has ended in order"));
	ck_assert_ptr_null(strstr(written, "first: "));
	end();
}

START_TEST(below_one_that_gives_up_no_end_in_order_counts)
{
	seeds_walk(middle_gives_up);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("deployer_tree");
	TCase *tcase = harness_case("status");

	seeds_add(made, "up", a_tree_of_supervisors_comes_up_and_goes_down);
	seeds_add(made, "gives-up", one_below_that_gives_up_ends_it_all);
	seeds_add(made, "all", who_is_stopped_is_not_brought_back_with_all);
	seeds_add(made, "rest",
	    who_is_stopped_is_not_brought_back_with_the_rest);
	seeds_add(made, "late",
	    a_group_that_restarts_as_it_rises_is_waited_for);
	seeds_add(made, "stillborn",
	    one_of_a_group_that_cannot_be_opened_ends_it_all);
	seeds_add(made, "order",
	    a_supervisor_that_ends_in_order_ends_it_all_in_order);
	seeds_add(made, "middle",
	    below_one_that_gives_up_no_end_in_order_counts);
	tcase_add_loop_test(tcase, an_end_in_order_has_status_0, 0, 3);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
