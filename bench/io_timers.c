/* io_timers.c - many timers of one actor: armed and disarmed, or all due. */
#include <stdio.h>
#include <stdlib.h>

#include "io.h"

#define SPREAD_NS UINT64_C(1000000000) /* they are due within this */
#define HEAD_NS INT64_C(300000000)     /* and none before */

static size_t timer_count; /* fixed before the system runs */

struct sleeper {
	int64_t *due_ns;    /* of each timer */
	uint64_t *late_ns;  /* of those that fired, in their order */
	size_t fired;
	size_t early;
	uint64_t random;
	double cpu_s;       /* when they had been armed */
};

static const char *
parameters(void)
{
	static char text[32];

	(void)snprintf(text, sizeof(text), "n=%zu", timer_count);
	return text;
}

/* --- armed and disarmed ------------------------------------------------ */

static void
print_armed(int64_t begun_ns, int64_t armed_ns, int64_t over_ns)
{
	double count = (double)timer_count;

	io_print("timers-arm", parameters(), "arm+cancel",
	    2e9 * count / (double)(over_ns - begun_ns), "ops/s");
	io_print("timers-arm", parameters(), "arm",
	    (double)(armed_ns - begun_ns) / count, "ns/op");
	io_print("timers-arm", parameters(), "cancel",
	    (double)(over_ns - armed_ns) / count, "ns/op");
	io_print("timers-arm", parameters(), "maxrss", io_peak() / count,
	    "bytes/timer");
}

BSK_HANDLER(on_arm, sleeper, bsk_open)
{
	int64_t begun_ns = io_now_ns();
	int64_t armed_ns;

	(void)body;
	self->random = 0x1234567;
	for (size_t i = 0; i < timer_count; i++)
		io_must(bsk_timer_arm(ctx, i, (int64_t)(SPREAD_NS +
		    io_random(&self->random) % (999 * SPREAD_NS)), 0), "arm");
	armed_ns = io_now_ns();
	for (size_t i = 0; i < timer_count; i++)
		io_must(bsk_timer_disarm(ctx, i), "disarm");
	print_armed(begun_ns, armed_ns, io_now_ns());
	bsk_stop_system(ctx, 0);
	return 0;
}

static const struct bsk_handler arm_handlers[] = { BSK_ON(bsk_open, on_arm) };
static const struct bsk_class arm_class =
    BSK_CLASS(sleeper, "arm", "arms and disarms", arm_handlers);

/* --- left to run ------------------------------------------------------- */

BSK_HANDLER(on_open, sleeper, bsk_open)
{
	int64_t base_ns = io_now_ns() + HEAD_NS;

	(void)body;
	self->random = 0x1234567;
	self->due_ns = calloc(timer_count, sizeof(*self->due_ns));
	self->late_ns = calloc(timer_count, sizeof(*self->late_ns));
	if (self->due_ns == NULL || self->late_ns == NULL)
		return -1;
	for (size_t i = 0; i < timer_count; i++) {
		self->due_ns[i] = base_ns +
		    (int64_t)(io_random(&self->random) % SPREAD_NS);
		io_must(bsk_timer_arm(ctx, i, self->due_ns[i] - io_now_ns(),
		    0), "arm");
	}
	self->cpu_s = io_cpu_s();
	return 0;
}

static void
print_fired(struct sleeper *self)
{
	io_print("timers-fire", parameters(), "lost",
	    (double)(timer_count - self->fired), "timers");
	io_print("timers-fire", parameters(), "early", (double)self->early,
	    "timers");
	io_print("timers-fire", parameters(), "late_p50",
	    io_quantile(self->late_ns, self->fired, 0.5) / 1e3, "us");
	io_print("timers-fire", parameters(), "late_p99",
	    io_quantile(self->late_ns, self->fired, 0.99) / 1e3, "us");
	io_print("timers-fire", parameters(), "cpu", io_cpu_s() - self->cpu_s,
	    "s");
}

BSK_HANDLER(on_due, sleeper, bsk_timer_due)
{
	int64_t late_ns = io_now_ns() - self->due_ns[body->timer];

	self->early += late_ns < 0;
	self->late_ns[self->fired++] = late_ns < 0 ? 0 : (uint64_t)late_ns;
	if (self->fired < timer_count)
		return 0;
	print_fired(self);
	bsk_stop_system(ctx, 0);
	return 0;
}

BSK_HANDLER(on_close, sleeper, bsk_close)
{
	(void)ctx;
	(void)body;
	free(self->due_ns);
	free(self->late_ns);
	return 0;
}

static const struct bsk_handler fire_handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_timer_due, on_due),
	BSK_ON(bsk_close, on_close),
};
static const struct bsk_class fire_class =
    BSK_CLASS(sleeper, "fire", "waits for timers", fire_handlers);

/* --- the commands ----------------------------------------------------- */

static void
arm(bsk_system *system, char **arguments)
{
	timer_count = (size_t)io_count(arguments[0]);
	(void)io_spawn_actor(system, &arm_class, NULL, NULL);
}

static void
fire(bsk_system *system, char **arguments)
{
	timer_count = (size_t)io_count(arguments[0]);
	(void)io_spawn_actor(system, &fire_class, NULL, NULL);
}

const struct io_command io_timers_arm = { "timers-arm", "COUNT", 1, arm };
const struct io_command io_timers_fire = { "timers-fire", "COUNT", 1, fire };
