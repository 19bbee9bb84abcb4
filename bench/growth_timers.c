/* growth_timers.c - a timer armed and disarmed, and a message, where few timers
 * run and where many do.
 */
#include "growth.h"
#include "loop.h"

#define OPERATIONS 200000u
#define HOPS 2000000u
#define ROUNDS 5u
#define MANY 100000u
#define SPREAD_NS UINT64_C(1000000000000)
#define LEAST_NS UINT64_C(100000000000) /* so none is due */

/* Of the last go; the holder's until bench_done. */
static int64_t took_ns;

struct holder {
	uint64_t held;   /* timers 0.. below are armed */
	uint64_t random;
};

static int64_t
some_time(struct holder *self)
{
	return (int64_t)(LEAST_NS + io_random(&self->random) % SPREAD_NS);
}

/* Holds so many from here on; then arms and disarms one more. */
BSK_HANDLER(on_go, holder, go)
{
	uint64_t more;

	if (self->random == 0)
		self->random = 0x1234567;
	while (self->held < body->count)
		io_must(bsk_timer_arm(ctx, self->held++, some_time(self), 0),
		    "arm");
	while (self->held > body->count)
		io_must(bsk_timer_disarm(ctx, --self->held), "disarm");
	more = self->held;
	took_ns = io_now_ns();
	for (unsigned i = 0; i < OPERATIONS; i++) {
		io_must(bsk_timer_arm(ctx, more, some_time(self), 0), "arm");
		io_must(bsk_timer_disarm(ctx, more), "disarm");
	}
	took_ns = io_now_ns() - took_ns;
	bench_done();
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(go, on_go),
};
static const struct bsk_class holder_class =
    BSK_CLASS(holder, "holder", "holds timers", handlers);

static void
timers(const struct bench *bench)
{
	static struct series armed = { .metric = "arm+disarm",
		.unit = "ns/pair", .sizes = { 10 } };
	static struct series sent = { .metric = "message",
		.unit = "ns/message", .sizes = { 10 } };
	bsk_ref holder = bench_spawn(bench, &holder_class, NULL, NULL);
	bsk_ref loop = loop_spawn(bench, 1);

	armed.sizes[1] = sent.sizes[1] = bench->size > 0 ? bench->size : MANY;
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned i = 0; i < series_sizes(&armed); i++) {
			io_must(bsk_system_send(bench->system, holder,
			    BSK_NEW(go, .count = armed.sizes[i])), "send");
			bench_wait(1);
			series_note(&armed, i, (double)took_ns / OPERATIONS);
			series_note(&sent, i, loop_measure(bench, loop, 1,
			    HOPS));
		}
	series_print(bench, &armed);
	series_print(bench, &sent);
}

const struct workload growth_timers = { "timers", timers };
