/* check_deployer_tree.c - a deployment whose supervisors are under each other.
 */
#include <stdlib.h>
#include <string.h>

#include <buskin/builtin.h>
#include <buskin/deployment.h>
#include <buskin/inspect.h>
#include <buskin/sim.h>

#include "deploying.h"
#include "probe.h"
#include "seeds.h"

#define SECOND INT64_C(1000000000)

/* Whoever is below is written first. */
#define TREE "{'buskin': 1, 'name': 't', 'supervisors': {" \
	"'low': {'supervisor': 'mid', 'restarts': 0}," \
	"'mid': {'supervisor': 'top'}, 'top': {}}, 'actors': {" \
	"'x': {'class': 'echo', 'supervisor': 'low'}," \
	"'y': {'class': 'echo', 'supervisor': 'mid'}," \
	"'z': {'class': 'echo'}}}"

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

static void
begin(uint64_t seed)
{
	char *text = deploying_text(TREE, NULL);
	struct bsk_deployment_source source = {"t.json", text, strlen(text)};
	struct bsk_deployment_options options = {.sources = &source,
		.source_count = 1, .classes = bsk_builtin_classes};
	struct bsk_system_options system = {.os = &world};
	bsk_diagnoses *diagnoses = bsk_diagnoses_new();
	bsk_deployment *deployment;
	bsk_ref deployer;

	world = bsk_os_libc;
	world.write = keep;
	written[0] = '\0';
	probe_log_init(&told);
	ck_assert_int_eq(bsk_deployment_load(&options, diagnoses,
	    &deployment), 0);
	bsk_diagnoses_free(diagnoses);
	bsk_deployment_system(deployment, &system);
	ck_assert_int_eq(bsk_sim_create(&system, seed, &sim), 0);
	ck_assert_int_eq(bsk_deployment_start(deployment, sim, &deployer), 0);
	bsk_deployment_free(deployment);
	free(text);
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
	begin(seed);
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

	begin(seed);
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

int
main(void)
{
	Suite *suite = suite_create("deployer_tree");
	SRunner *runner = srunner_create(suite);
	int failures;

	seeds_add(suite, "up", a_tree_of_supervisors_comes_up_and_goes_down);
	seeds_add(suite, "gives-up", one_below_that_gives_up_ends_it_all);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
