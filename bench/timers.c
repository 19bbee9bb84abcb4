/* timers.c - a hundred thousand actors, each with a timer that it arms again
 * whenever it is due.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "workload.h"

#define ACTORS 100000u
#define FIRINGS 10u
#define PERIOD_NS INT64_C(100000000)

static uint64_t late_ns[ACTORS * FIRINGS];
static atomic_uint late_count;

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
	bench_done();
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_timer_due, on_due),
};
static const struct bsk_class sleeper_class =
    BSK_CLASS(sleeper, "sleeper", "sleeps", handlers);

static void
timers(const struct bench *bench)
{
	for (unsigned i = 0; i < ACTORS; i++)
		(void)bench_spawn(bench, &sleeper_class, NULL, NULL);
	bench_wait(ACTORS);
	bench_print(bench, "late_p99",
	    io_quantile(late_ns, ACTORS * FIRINGS, 0.99) / 1e6, "ms");
	bench_print(bench, "cpu", io_cpu_s(), "s");
}

const struct workload workload_timers = { "timers", timers };
