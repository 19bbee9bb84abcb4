/* peer_uv.c - the commands of bench/io with libuv. Here: which there are,
 * signals and timers.
 */
#include <stdio.h>
#include <stdlib.h>

#include "peer.h"
#include "peer_uv.h"

#define SPREAD_MS 999000u          /* timers that are armed are due within */
#define FIRE_NS UINT64_C(1000000000) /* those that fire, within this */
#define HEAD_NS INT64_C(300000000) /* and none before */
#define MS INT64_C(1000000)

const struct peer_command peer_commands[] = {
	{ "cat", 2, uv_peer_cat },
	{ "echo", 1, uv_peer_echo },
	{ "proxy", 2, uv_peer_proxy },
	{ "reap", 2, uv_peer_reap },
	{ "sendfile", 2, uv_peer_sendfile },
	{ "signals", 2, uv_peer_signals },
	{ "sink", 1, uv_peer_sink },
	{ "spawn", 2, uv_peer_spawn },
	{ "timers-arm", 1, uv_peer_timers_arm },
	{ "timers-fire", 1, uv_peer_timers_fire },
	{ NULL, 0, NULL },
};

void
uv_peer_run(void)
{
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

void
uv_peer_must(int result, const char *what)
{
	io_must(result, what); /* its errors are those of the system */
}

/* --- signals --------------------------------------------------------- */

static void
on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	peer_ear_hear(handle->data);
}

void
uv_peer_signals(char **arguments)
{
	struct peer_ear *ear = peer_ear_open(arguments[0]);
	uv_signal_t handle;

	uv_peer_must(uv_signal_init(uv_default_loop(), &handle), "signal");
	handle.data = ear;
	uv_peer_must(uv_signal_start(&handle, on_signal,
	    (int)io_count(arguments[1])), "signal");
	ear->ready = 1;
	uv_peer_run();
}

/* --- timers ---------------------------------------------------------- */

struct alarm {
	uv_timer_t timer;
	int64_t due_ns;
};

static struct {
	char parameters[32];
	struct alarm *alarms;
	size_t count;
	uint64_t *late_ns; /* of those that fired, in their order */
	size_t fired;
	size_t early;
} sleeper;

static void
on_due(uv_timer_t *timer)
{
	struct alarm *alarm = (struct alarm *)timer;
	int64_t late_ns = io_now_ns() - alarm->due_ns;

	sleeper.early += late_ns < 0;
	sleeper.late_ns[sleeper.fired++] =
	    late_ns < 0 ? 0 : (uint64_t)late_ns;
}

static void
make_alarms(const char *count)
{
	sleeper.count = (size_t)io_count(count);
	sleeper.alarms = calloc(sleeper.count, sizeof(*sleeper.alarms));
	sleeper.late_ns = calloc(sleeper.count, sizeof(*sleeper.late_ns));
	if (sleeper.alarms == NULL || sleeper.late_ns == NULL)
		uv_peer_must(UV_ENOMEM, "timers");
	(void)snprintf(sleeper.parameters, sizeof(sleeper.parameters), "n=%zu",
	    sleeper.count);
}

static void
print_armed(int64_t begun_ns, int64_t armed_ns, int64_t over_ns)
{
	const char *parameters = sleeper.parameters;
	double count = (double)sleeper.count;

	io_print("timers-arm", parameters, "arm+cancel",
	    2e9 * count / (double)(over_ns - begun_ns), "ops/s");
	io_print("timers-arm", parameters, "arm",
	    (double)(armed_ns - begun_ns) / count, "ns/op");
	io_print("timers-arm", parameters, "cancel",
	    (double)(over_ns - armed_ns) / count, "ns/op");
	io_print("timers-arm", parameters, "maxrss", io_peak() / count,
	    "bytes/timer");
}

void
uv_peer_timers_arm(char **arguments)
{
	uint64_t random = 0x1234567;
	int64_t begun_ns;
	int64_t armed_ns;

	make_alarms(arguments[0]);
	begun_ns = io_now_ns();
	for (size_t i = 0; i < sleeper.count; i++) {
		uv_timer_t *timer = &sleeper.alarms[i].timer;

		(void)uv_timer_init(uv_default_loop(), timer);
		uv_peer_must(uv_timer_start(timer, on_due,
		    1000 + io_random(&random) % SPREAD_MS, 0), "timer");
	}
	armed_ns = io_now_ns();
	for (size_t i = 0; i < sleeper.count; i++)
		(void)uv_timer_stop(&sleeper.alarms[i].timer);
	print_armed(begun_ns, armed_ns, io_now_ns());
}

static void
print_fired(double cpu_s)
{
	const char *parameters = sleeper.parameters;

	io_print("timers-fire", parameters, "lost",
	    (double)(sleeper.count - sleeper.fired), "timers");
	io_print("timers-fire", parameters, "early", (double)sleeper.early,
	    "timers");
	io_print("timers-fire", parameters, "late_p50",
	    io_quantile(sleeper.late_ns, sleeper.fired, 0.5) / 1e3, "us");
	io_print("timers-fire", parameters, "late_p99",
	    io_quantile(sleeper.late_ns, sleeper.fired, 0.99) / 1e3, "us");
	io_print("timers-fire", parameters, "cpu", cpu_s, "s");
}

/* It counts in milliseconds: rounded up, so that none is early. */
void
uv_peer_timers_fire(char **arguments)
{
	int64_t base_ns = io_now_ns() + HEAD_NS;
	uint64_t random = 0x1234567;
	double cpu_s;

	make_alarms(arguments[0]);
	for (size_t i = 0; i < sleeper.count; i++) {
		struct alarm *alarm = &sleeper.alarms[i];

		alarm->due_ns = base_ns + (int64_t)(io_random(&random) %
		    FIRE_NS);
		(void)uv_timer_init(uv_default_loop(), &alarm->timer);
		uv_update_time(uv_default_loop());
		uv_peer_must(uv_timer_start(&alarm->timer, on_due,
		    (uint64_t)((alarm->due_ns - io_now_ns() + MS - 1) / MS), 0),
		    "timer");
	}
	cpu_s = io_cpu_s();
	uv_peer_run();
	print_fired(io_cpu_s() - cpu_s);
}
