/* timers.c - a hundred thousand actors, each with a timer that it arms again
 * whenever it is due.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "workload.h"

#define ACTORS 100000u
#define FIRINGS 10u
#define PERIOD_NS INT64_C(100000000)

#define BATCH 1000u /* born before others have their turn */

static uint64_t late_ns[ACTORS * FIRINGS];
static atomic_uint late_count;
static atomic_uint done_count; /* actors */

struct sleeper {
	int64_t due_ns;
	uint32_t fired;
};

static int
arm(struct sleeper *self, bsk_ctx *ctx)
{
	self->due_ns = bsk_now(ctx) + PERIOD_NS;
	return bsk_timer_arm(ctx, 1, PERIOD_NS, 0);
}

BSK_HANDLER(on_open, sleeper, bsk_open)
{
	(void)body;
	return arm(self, ctx);
}

BSK_HANDLER(on_due, sleeper, bsk_timer_due)
{
	int64_t late = bsk_now(ctx) - self->due_ns;

	(void)body;
	late_ns[atomic_fetch_add_explicit(&late_count, 1,
	    memory_order_relaxed)] = late > 0 ? (uint64_t)late : 0;
	if (++self->fired < FIRINGS)
		return arm(self, ctx);
	if (atomic_fetch_add_explicit(&done_count, 1,
	    memory_order_relaxed) + 1 == ACTORS)
		bench_done();
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_timer_due, on_due),
};
static const struct bsk_class sleeper_class =
    BSK_CLASS(sleeper, "sleeper", "sleeps", handlers);

struct parent {
	unsigned born;
};

BSK_HANDLER(on_go, parent, go)
{
	bsk_ref ref;
	int result = 0;

	for (unsigned i = 0; i < BATCH && result == 0; i++)
		result = bsk_spawn(ctx, &sleeper_class, NULL, NULL, &ref);
	self->born += BATCH;
	if (result < 0 || self->born >= ACTORS)
		return result;
	return bsk_send(ctx, bsk_self(ctx), BSK_NEW(go,
	    .count = body->count));
}

static const struct bsk_handler parent_handlers[] = {
	BSK_ON(go, on_go),
};
static const struct bsk_class parent_class =
    BSK_CLASS(parent, "parent", "bears sleepers", parent_handlers);

static void
timers(const struct bench *bench)
{
	bsk_ref parent = bench_spawn(bench, &parent_class, NULL, NULL);
	double cpu_s;

	io_must(bsk_system_send(bench->system, parent, BSK_NEW(go,
	    .count = 1)), "send");
	bench_wait(1);
	cpu_s = io_cpu_s();
	bench_print(bench, "late_p99",
	    io_quantile(late_ns, ACTORS * FIRINGS, 0.99) / 1e6, "ms");
	bench_print(bench, "cpu", cpu_s, "s");
}

const struct workload workload_timers = { "timers", timers };
