/* check_counter.c - the counter counts all that passes, and tells in time. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include <buskin/counter.h>
#include <buskin/sim.h>

#include "probe.h"
#include "seeds.h"

#define MS INT64_C(1000000)

/* A simulated system with a counter between two probes: what is sent to the
 * counter, what comes out of "count", what comes out of "pass". */
static bsk_system *sim;
static bsk_ref counter;
static bsk_ref sender;
static struct probe_log by_sender;
static struct probe_log counts;
static struct probe_log passed;

static void
begin(uint64_t seed, int64_t every_ms, bool is_passing)
{
	struct bsk_wire wires[2] = { { .port = { "count" } },
	    { .port = { "pass" } } };
	const struct bsk_spawn_options options = { .name = "counter",
	    .wires = wires, .wire_count = is_passing ? 2 : 1 };

	ck_assert_int_eq(bsk_sim_create(NULL, seed, &sim), 0);
	probe_log_init(&by_sender);
	probe_log_init(&counts);
	probe_log_init(&passed);
	sender = probe_spawn(sim, &by_sender, NULL);
	wires[0].to = probe_spawn(sim, &counts, NULL);
	wires[1].to = probe_spawn(sim, &passed, NULL);
	ck_assert_int_eq(bsk_system_spawn(sim, &bsk_counter_class,
	    BSK_PARCEL(bsk_counter_config, .every_ns = every_ms * MS),
	    &options, &counter), 0);
}

static void
end(void)
{
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim) + 60000 * MS), 1);
	ck_assert_uint_eq(bsk_system_messages(sim), 0);
	bsk_system_destroy(sim);
	probe_log_release(&by_sender);
	probe_log_release(&counts);
	probe_log_release(&passed);
}

static void
feed(const char *text)
{
	probe_tell(sim, sender, counter, BSK_PARCEL(bsk_bytes,
	    .bytes = bsk_buf_copy(text, strlen(text))));
}

static void
run_until(int64_t now_ms)
{
	ck_assert_int_eq(bsk_sim_run(sim, now_ms * MS), 0);
}

static void
is_count(const struct bsk_count *count, uint64_t messages, uint64_t bytes,
    uint64_t lines)
{
	ck_assert_uint_eq(count->messages, messages);
	ck_assert_uint_eq(count->bytes, bytes);
	ck_assert_uint_eq(count->lines, lines);
}

static void
tells(uint64_t seed)
{
	begin(seed, 100, false);
	feed("one\ntwo\n");
	feed("thr");
	feed("ee\n");
	feed("");
	run_until(99);
	ck_assert_uint_eq(counts.count, 0);
	run_until(1000);
	ck_assert_uint_eq(counts.count, 1);
	is_count(probe_heard(&counts, 0, &bsk_count_type), 4, 14, 3);
	ck_assert_int_eq(counts.records[0].now_ns / MS, 100);
	feed("four\n");
	run_until(2000);
	ck_assert_uint_eq(counts.count, 2);
	is_count(probe_heard(&counts, 1, &bsk_count_type), 5, 19, 4);
	ck_assert_int_eq(counts.records[1].now_ns / MS, 1100);
	end();
}

START_TEST(it_tells_a_period_after_something_moved_and_then_is_quiet)
{
	seeds_walk(tells);
}
END_TEST

static void
rates(uint64_t seed)
{
	const struct bsk_count *count;
	unsigned i;

	begin(seed, 500, false);
	for (i = 0; i < 50; i++)
		feed("x");
	run_until(1000);
	count = probe_last(&counts, &bsk_count_type);
	ck_assert_double_eq_tol(count->rate, 100, 0.1);
	run_until(5000);
	feed("x");
	run_until(6000);
	count = probe_last(&counts, &bsk_count_type);
	ck_assert_double_eq_tol(count->rate, 2, 0.1);
	end();
}

START_TEST(the_rate_leaves_out_the_quiet_time)
{
	seeds_walk(rates);
}
END_TEST

static void
passes(uint64_t seed)
{
	const struct bsk_bytes *bytes;
	char text[8];
	unsigned i;

	begin(seed, 0, true);
	for (i = 0; i < 100; i++) {
		(void)snprintf(text, sizeof(text), "%u\n", i);
		feed(text);
	}
	run_until(100);
	ck_assert_uint_eq(passed.count, 100);
	for (i = 0; i < 100; i++) {
		(void)snprintf(text, sizeof(text), "%u\n", i);
		bytes = probe_heard(&passed, i, &bsk_bytes_type);
		ck_assert_uint_eq(bytes->bytes.size, strlen(text));
		ck_assert_mem_eq(bytes->bytes.bytes, text, strlen(text));
	}
	end();
}

START_TEST(it_passes_everything_on_unchanged_and_in_order)
{
	seeds_walk(passes);
}
END_TEST

static void
asked(uint64_t seed)
{
	begin(seed, 0, false);
	feed("a\nb\n");
	probe_ask(sim, sender, counter, BSK_PARCEL(bsk_counter_get));
	run_until(100000);
	ck_assert_uint_eq(by_sender.count, 1);
	is_count(probe_heard(&by_sender, 0, &bsk_count_type), 1, 4, 2);
	ck_assert_uint_eq(counts.count, 0);
	end();
}

START_TEST(without_a_period_it_tells_only_who_asks)
{
	seeds_walk(asked);
}
END_TEST

static void
last(uint64_t seed)
{
	begin(seed, 0, true);
	feed("a\n");
	feed("b\n");
	probe_stop(sim, sender, counter);
	run_until(100);
	ck_assert_uint_eq(counts.count, 1);
	is_count(probe_heard(&counts, 0, &bsk_count_type), 2, 4, 2);
	ck_assert_uint_eq(passed.count, 2);
	end();
}

START_TEST(it_tells_a_last_time_when_it_is_stopped)
{
	seeds_walk(last);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("counter");
	SRunner *runner = srunner_create(suite);
	int failures;

	seeds_add(suite, "tells",
	    it_tells_a_period_after_something_moved_and_then_is_quiet);
	seeds_add(suite, "rate", the_rate_leaves_out_the_quiet_time);
	seeds_add(suite, "passes",
	    it_passes_everything_on_unchanged_and_in_order);
	seeds_add(suite, "asked", without_a_period_it_tells_only_who_asks);
	seeds_add(suite, "last", it_tells_a_last_time_when_it_is_stopped);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
