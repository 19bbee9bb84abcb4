/* overload_stuck.c - a handler that computes for a second, and actors that are
 * at home with the same worker: each millisecond a message comes from outside
 * and goes through two of them. What one waits counts from when it was due.
 */
#include <time.h>

#include "overload.h"

#define PINGS 1000u
#define SPELLS 5u
#define EVERY_NS INT64_C(1000000)
#define COMPUTE_NS INT64_C(1000000000)

/* The siblings; the parent's until bench_done. */
static struct {
	bsk_ref busy;
	bsk_ref relay;
	bsk_ref clock;
} siblings;

static uint64_t delays_ns[SPELLS * PINGS];
static size_t delay_count; /* the clock's, until bench_done */

/* --- who computes ------------------------------------------------------ */

struct busy {
	uint64_t sum;
};

/* It calls no verb meanwhile. */
BSK_HANDLER(busy_go, busy, go)
{
	int64_t until_ns = io_now_ns() + COMPUTE_NS;

	(void)ctx;
	while (io_now_ns() < until_ns)
		self->sum += body->count;
	return 0;
}

static const struct bsk_handler busy_handlers[] = { BSK_ON(go, busy_go) };
static const struct bsk_class busy_class =
    BSK_CLASS(busy, "busy", "computes", busy_handlers);

/* --- who is not to wait ------------------------------------------------ */

struct sibling {
	uint64_t seen;
};

BSK_HANDLER(relay_words, sibling, words)
{
	self->seen++;
	return bsk_send(ctx, siblings.clock, BSK_NEW(words, .a = body->a));
}

BSK_HANDLER(clock_words, sibling, words)
{
	(void)ctx;
	self->seen++;
	delays_ns[delay_count++] = (uint64_t)io_now_ns() - body->a;
	bench_done();
	return 0;
}

static const struct bsk_handler relay_handlers[] = {
	BSK_ON(words, relay_words),
};
static const struct bsk_class relay_class =
    BSK_CLASS(sibling, "relay", "passes on", relay_handlers);
static const struct bsk_handler clock_handlers[] = {
	BSK_ON(words, clock_words),
};
static const struct bsk_class clock_class =
    BSK_CLASS(sibling, "clock", "looks how late it is", clock_handlers);

BSK_HANDLER(parent_open, sibling, bsk_open)
{
	int result = bsk_spawn(ctx, &busy_class, NULL, NULL, &siblings.busy);

	(void)self;
	(void)body;
	if (result == 0)
		result = bsk_spawn(ctx, &relay_class, NULL, NULL,
		    &siblings.relay);
	if (result == 0)
		result = bsk_spawn(ctx, &clock_class, NULL, NULL,
		    &siblings.clock);
	bench_done();
	return result;
}

static const struct bsk_handler parent_handlers[] = {
	BSK_ON(bsk_open, parent_open),
};
static const struct bsk_class parent_class =
    BSK_CLASS(sibling, "parent", "has them at its home", parent_handlers);

/* --- from outside ------------------------------------------------------ */

static void
ping(const struct bench *bench)
{
	int64_t due_ns = io_now_ns();

	for (unsigned i = 0; i < PINGS; i++) {
		struct timespec due;

		due_ns += EVERY_NS;
		due.tv_sec = (time_t)(due_ns / 1000000000);
		due.tv_nsec = (long)(due_ns % 1000000000);
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due,
		    NULL) != 0)
			continue;
		io_must(bsk_system_send(bench->system, siblings.relay,
		    BSK_NEW(words, .a = (uint64_t)due_ns)), "send");
	}
	bench_wait(PINGS);
}

static void
spells(const struct bench *bench, const char *what, bool is_busy)
{
	delay_count = 0;
	for (unsigned i = 0; i < SPELLS; i++) {
		if (is_busy)
			io_must(bsk_system_send(bench->system, siblings.busy,
			    BSK_NEW(go, .count = 1)), "send");
		ping(bench);
	}
	overload_print(bench, what, delays_ns, delay_count);
}

static void
stuck(const struct bench *bench)
{
	(void)bench_spawn(bench, &parent_class, NULL, NULL);
	bench_wait(1);
	spells(bench, "calm", false);
	spells(bench, "stuck", true);
}

const struct workload overload_stuck = { "stuck", stuck };
