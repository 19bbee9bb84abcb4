/* check_explore.c - a scenario that fails under some seeds is found, told and
 * played again.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "books.h"
#include "harness.h"
#include "system.h"

#define REPORT_SIZE 200000u

struct note {
	uint64_t number;
};
static const struct bsk_field note_fields[] = {
	BSK_FIELD(note, number, "which"),
};
static const struct bsk_type note_type =
    BSK_TYPE(note, "a note", note_fields);

/* --- a world with a race ---
 *
 * Two writers send to a reader. Nothing says whose note comes first, and the
 * scenario claims that the first one's does. */

struct world {
	bsk_ref reader;
	uint64_t first;
	unsigned heard;
};

struct writer {
	uint64_t written;
};

BSK_HANDLER(writer_note, writer, note)
{
	struct world *world = bsk_sim_state(bsk_system_of(ctx));

	self->written++;
	return bsk_send(ctx, world->reader,
	    BSK_NEW(note, .number = body->number));
}

static const struct bsk_handler writer_handlers[] = {
	BSK_ON(note, writer_note),
};
static const struct bsk_class writer_class =
    BSK_CLASS(writer, "writer", "passes notes on", writer_handlers);

struct reader {
	uint64_t read;
};

BSK_HANDLER(reader_note, reader, note)
{
	struct world *world = bsk_sim_state(bsk_system_of(ctx));

	if (self->read++ == 0)
		world->first = body->number;
	world->heard++;
	bsk_sim_expect(bsk_system_of(ctx), world->first == 1);
	return 0;
}

static const struct bsk_handler reader_handlers[] = {
	BSK_ON(note, reader_note),
};
static const struct bsk_class reader_class =
    BSK_CLASS(reader, "reader", "reads notes", reader_handlers);

static void
spawn_both(bsk_system *system, struct world *world, bsk_ref writers[2])
{
	struct bsk_spawn_options options = {.name = "ann"};

	bsk_sim_expect(system, bsk_system_spawn(system, &reader_class, NULL,
	    &options, &world->reader) == 0);
	for (unsigned i = 0; i < 2; i++)
		bsk_sim_expect(system, bsk_system_spawn(system, &writer_class,
		    NULL, NULL, &writers[i]) == 0);
}

static void
play_race(bsk_system *system, void *state)
{
	bsk_ref writers[2];

	spawn_both(system, state, writers);
	for (unsigned i = 0; i < 2; i++)
		bsk_sim_expect(system, bsk_system_send(system, writers[i],
		    BSK_NEW(note, .number = i + 1)) == 0);
	(void)bsk_sim_run(system, 1000);
}

static void
play_in_turn(bsk_system *system, void *state)
{
	bsk_ref writers[2];

	spawn_both(system, state, writers);
	for (unsigned i = 0; i < 2; i++) {
		bsk_sim_expect(system, bsk_system_send(system, writers[i],
		    BSK_NEW(note, .number = i + 1)) == 0);
		(void)bsk_sim_run(system, 1000);
	}
}

static void
check_heard(bsk_system *system, void *state)
{
	bsk_sim_expect(system, ((struct world *)state)->heard == 2);
}

static const struct bsk_sim_scenario race = {
	.name = "race",
	.state_size = sizeof(struct world),
	.play = play_race,
};

static const struct bsk_sim_scenario no_race = {
	.name = "no_race",
	.state_size = sizeof(struct world),
	.play = play_in_turn,
	.check = check_heard,
};

/* --- what is said --- */

struct report {
	char text[REPORT_SIZE];
	size_t length;
};

static void
keep(void *arg, const char *line)
{
	struct report *report = arg;

	ck_assert_uint_lt(report->length + strlen(line) + 2, REPORT_SIZE);
	report->length += (size_t)sprintf(report->text + report->length,
	    "%s\n", line);
}

static void
keep_last(void *arg, const char *line)
{
	struct report *report = arg;

	if (report->length > REPORT_SIZE / 2)
		report->length = 0;
	keep(arg, line);
}

static struct report *
explore(const struct bsk_sim_scenario *scenario, uint64_t count, int wanted)
{
	struct report *report = calloc(1, sizeof(*report));
	struct bsk_sim_seeds seeds = {
		.first = 1,
		.count = count,
		.say = keep,
		.arg = report,
		.command = "tests/this",
	};

	ck_assert_ptr_nonnull(report);
	(void)unsetenv("BUSKIN_SEED"); /* it may be set for all the suite */
	ck_assert_int_eq(bsk_sim_explore(scenario, &seeds), wanted);
	return report;
}

/* The seed in a report. */
static uint64_t
seed_in(const struct report *report)
{
	const char *at = strstr(report->text, "BUSKIN_SEED=");

	ck_assert_ptr_nonnull(at);
	return strtoull(at + strlen("BUSKIN_SEED="), NULL, 10);
}

static bool
says(const struct report *report, const char *words)
{
	return strstr(report->text, words) != NULL;
}

/* --- claims --- */

START_TEST(what_holds_in_every_order_passes_without_a_word)
{
	struct report *report = explore(&no_race, 300, 0);

	ck_assert_str_eq(report->text, "");
	free(report);
}
END_TEST

START_TEST(a_race_is_found_and_its_seed_told)
{
	struct report *report = explore(&race, 300, 1);
	char words[64];

	(void)snprintf(words, sizeof(words), "race: seed %" PRIu64 ": ",
	    seed_in(report));
	ck_assert(says(report, words));
	ck_assert(says(report, "world->first == 1\n"));
	ck_assert(says(report, " tests/this\n"));
	free(report);
}
END_TEST

START_TEST(the_trace_tells_who_did_what_and_when)
{
	struct report *report = explore(&race, 300, 1);

	ck_assert(says(report, "       0.000000 ms"));
	ck_assert(says(report, "is made, a writer\n"));
	ck_assert(says(report, "ann#2                hears note from writer#"));
	ck_assert(says(report, "-> ann#2: note is sent\n"));
	ck_assert(says(report, "!!!"));
	ck_assert(!says(report, "not the same again"));
	free(report);
}
END_TEST

START_TEST(the_same_seed_is_the_same_report_byte_for_byte)
{
	struct report *one = explore(&race, 300, 1);
	void *hole = malloc(123456);
	struct report *other = explore(&race, 300, 1);

	ck_assert_str_eq(one->text, other->text);
	free(hole);
	free(one);
	free(other);
}
END_TEST

static int
explore_as(const struct bsk_sim_scenario *scenario, const char *seed,
    struct report *report)
{
	struct bsk_sim_seeds seeds = {
		.first = 1,
		.count = 300,
		.say = keep,
		.arg = report,
		.command = "tests/this",
	};

	(void)setenv("BUSKIN_SEED", seed, 1);
	return bsk_sim_explore(scenario, &seeds);
}

START_TEST(the_environment_picks_the_seed)
{
	struct report *one = explore(&race, 300, 1);
	struct report other = {.length = 0};
	char seed[24];

	(void)snprintf(seed, sizeof(seed), "%" PRIu64, seed_in(one));
	ck_assert_int_eq(explore_as(&race, seed, &other), 1);
	ck_assert_str_eq(one->text, other.text);
	other.length = 0;
	ck_assert_int_eq(explore_as(&race, "", &other), 1);
	ck_assert_str_eq(one->text, other.text);
	free(one);
}
END_TEST

static const char *const no_seeds[] = {"x", "7x", "-1", "0x", "1e3"};

START_TEST(what_is_no_seed_is_refused)
{
	struct report report = {.length = 0};

	ck_assert_int_eq(explore_as(&no_race, no_seeds[_i], &report), -EINVAL);
	ck_assert(says(&report, "no_race: BUSKIN_SEED is no seed: \""));
	ck_assert(says(&report, no_seeds[_i]));
}
END_TEST

/* --- what every run must keep --- */

static void
play_forever(bsk_system *system, void *state)
{
	bsk_ref writers[2];
	struct world *world = state;

	spawn_both(system, state, writers);
	world->reader = writers[0]; /* who writes to itself from now on */
	bsk_sim_expect(system, bsk_system_send(system, writers[0],
	    BSK_NEW(note, .number = 1)) == 0);
	(void)bsk_sim_run(system, 1000);
}

START_TEST(a_run_without_an_end_is_ended)
{
	static const struct bsk_sim_scenario forever = {
		.name = "forever",
		.state_size = sizeof(struct world),
		.turns_max = 1000,
		.play = play_forever,
	};
	struct report *report = calloc(1, sizeof(*report));
	struct bsk_sim_seeds seeds = {
		.first = 7,
		.count = 1,
		.say = keep_last,
		.arg = report,
	};

	ck_assert_ptr_nonnull(report);
	(void)unsetenv("BUSKIN_SEED");
	ck_assert_int_eq(bsk_sim_explore(&forever, &seeds), 1);
	ck_assert(says(report, "forever: seed 7: it does not come to its "));
	ck_assert(says(report, "BUSKIN_SEED=7 and the same command"));
	free(report);
}
END_TEST

/* One message more than there was, as a lost one would look. */
static void
play_loss(bsk_system *system, void *state)
{
	struct edges *edges = &system->workers[0]->edges;

	(void)state;
	bump(&edges_at(edges, EDGES_REST)->sent, 1);
}

START_TEST(books_that_do_not_balance_fail_it)
{
	static const struct bsk_sim_scenario loss = {
		.name = "loss",
		.play = play_loss,
	};
	struct report *report;

	books_are_cooked = true;
	report = explore(&loss, 1, 1);
	ck_assert(says(report, "the books do not balance: the rest "));
	free(report);
}
END_TEST

/* --- a busy world --- */

/* It arms a timer and writes to itself: which of them does it hear first? */
struct racer {
	bool was_due;
};

BSK_HANDLER(racer_open, racer, bsk_open)
{
	int r = bsk_timer_arm(ctx, 1, 1000, 0);

	(void)self;
	(void)body;
	return r < 0 ? r : bsk_send(ctx, bsk_self(ctx),
	    BSK_NEW(note, .number = 20));
}

BSK_HANDLER(racer_note, racer, note)
{
	bsk_sim_expect(bsk_system_of(ctx), !self->was_due);
	return body->number == 0 ? 0 : bsk_send(ctx, bsk_self(ctx),
	    BSK_NEW(note, .number = body->number - 1));
}

BSK_HANDLER(racer_due, racer, bsk_timer_due)
{
	(void)ctx;
	(void)body;
	self->was_due = true;
	return 0;
}

static const struct bsk_handler racer_handlers[] = {
	BSK_ON(bsk_open, racer_open),
	BSK_ON(note, racer_note),
	BSK_ON(bsk_timer_due, racer_due),
};
static const struct bsk_class racer_class =
    BSK_CLASS(racer, "racer", "is early or late", racer_handlers);

static void
play_racer(bsk_system *system, void *state)
{
	bsk_ref racer;

	(void)state;
	bsk_sim_expect(system, bsk_system_spawn(system, &racer_class, NULL,
	    NULL, &racer) == 0);
	(void)bsk_sim_run(system, 1000000);
}

START_TEST(deadlines_cross_messages_only_where_the_world_is_busy)
{
	struct bsk_sim_scenario racing = {
		.name = "racing",
		.play = play_racer,
	};

	free(explore(&racing, 200, 0));
	racing.busy = true;
	free(explore(&racing, 200, 1));
}
END_TEST

/* --- crashes --- */

static void
play_crash(bsk_system *system, void *state)
{
	(void)state;
	if (system->sim.chance % 64 == 0)
		_exit(42);
}

START_TEST(the_seed_of_a_crash_can_be_kept)
{
	static const struct bsk_sim_scenario crash = {
		.name = "crash",
		.play = play_crash,
	};
	uint64_t *at = mmap(NULL, sizeof(*at), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct bsk_sim_seeds seeds = {.first = 1, .count = 1000, .at = at};
	uint64_t seed;
	int status;

	ck_assert_ptr_ne(at, MAP_FAILED);
	(void)unsetenv("BUSKIN_SEED");
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (pid == 0)
			_exit(bsk_sim_explore(&crash, &seeds));
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(WEXITSTATUS(status), 42);
		seed = *at;
		seeds.first = seed;
		seeds.count = 1;
	}
	ck_assert_uint_gt(seed, 1);
	(void)munmap(at, sizeof(*at));
}
END_TEST

START_TEST(outside_a_scenario_there_is_nothing_to_fail)
{
	bsk_system *system;

	ck_assert_int_eq(bsk_sim_create(NULL, 1, &system), 0);
	ck_assert_ptr_null(bsk_sim_state(system));
	bsk_sim_fail(system, "nobody hears this");
	ck_assert_int_eq(bsk_sim_run(system, 1000), 0);
	bsk_system_destroy(system);
}
END_TEST

static Suite *
explore_suite(void)
{
	Suite *suite = suite_create("explore");
	TCase *tcase = harness_case("explore");

	tcase_add_test(tcase, what_holds_in_every_order_passes_without_a_word);
	tcase_add_test(tcase, a_race_is_found_and_its_seed_told);
	tcase_add_test(tcase, the_trace_tells_who_did_what_and_when);
	tcase_add_test(tcase, the_same_seed_is_the_same_report_byte_for_byte);
	tcase_add_test(tcase, the_environment_picks_the_seed);
	tcase_add_loop_test(tcase, what_is_no_seed_is_refused, 0, 5);
	tcase_add_test(tcase, a_run_without_an_end_is_ended);
	tcase_add_test(tcase, books_that_do_not_balance_fail_it);
	tcase_add_test(tcase,
	    deadlines_cross_messages_only_where_the_world_is_busy);
	tcase_add_test(tcase, the_seed_of_a_crash_can_be_kept);
	tcase_add_test(tcase, outside_a_scenario_there_is_nothing_to_fail);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(explore_suite);
}
