/* stage.c - a system whose host is the test's own thread. */
#include "stage.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <buskin/signal.h>

#include "harness.h"

bsk_system *all;
struct patron_log heard;
bsk_ref patron;
const struct bsk_os *stage_os;

static const enum bsk_signal_how hows[STAGE_WAYS] = {
	BSK_SIGNAL_FD, BSK_SIGNAL_HANDLER,
};
static enum bsk_signal_how how;

bool
stage_by_handlers(void)
{
	return how == BSK_SIGNAL_HANDLER;
}

static unsigned long long
read_host_mask(void)
{
	char path[64];
	char line[256];
	unsigned long long mask = 0;
	FILE *status;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/status",
	    (int)getpid());
	status = fopen(path, "re");
	ck_assert_ptr_nonnull(status);
	while (fgets(line, sizeof(line), status) != NULL)
		if (strncmp(line, "SigBlk:", 7) == 0)
			mask = strtoull(line + 7, NULL, 16);
	(void)fclose(status);
	return mask;
}

/* Not while the host starts a thread, which is to take no signals: it blocks
 * them all then, even those that nobody else can. */
unsigned long long
stage_host_mask(void)
{
	const unsigned long long unblockable = 1ull << (SIGKILL - 1) |
	    1ull << (SIGSTOP - 1);
	unsigned long long mask = read_host_mask();

	while ((mask | unblockable) == ~0ull)
		mask = read_host_mask();
	return mask;
}

bool
stage_is_caught(int number)
{
	struct sigaction action;

	ck_assert_int_eq(sigaction(number, NULL, &action), 0);
	return action.sa_handler != SIG_DFL ||
	    (stage_host_mask() >> (number - 1) & 1) != 0;
}

void
stage_await_default(int number)
{
	while (stage_is_caught(number))
		(void)sched_yield();
}

/* What a test does. In a thread of its own, which blocks what the worker that
 * starts it blocks: everything. */
static void (*script)(void);
static pthread_t player;

static void *
act(void *arg)
{
	(void)arg;
	while (stage_is_caught(SIGHUP)) /* the host opens its signals soon */
		continue;
	script();
	bsk_system_stop(all, 0);
	return NULL;
}

/* Who raises the curtain once the system runs. */
struct stagehand {
	uint8_t reserved;
};

BSK_HANDLER(on_open, stagehand, bsk_open)
{
	(void)self;
	(void)ctx;
	(void)body;
	return -pthread_create(&player, NULL, act, NULL);
}

static const struct bsk_handler stagehand_handlers[] = {
	BSK_ON(bsk_open, on_open),
};

static const struct bsk_class stagehand_class = BSK_CLASS(stagehand,
    "stagehand", "starts the test", stagehand_handlers);

static void
spawn_signal(bsk_system *system, int way)
{
	const struct bsk_spawn_options options = { .name = "signal" };
	bsk_ref signal_actor;

	how = hows[way];
	ck_assert_int_eq(bsk_system_spawn(system, &bsk_signal_class,
	    BSK_PARCEL(bsk_signal_config, .how = (int)how), &options,
	    &signal_actor), 0);
}

void
stage(void (*what)(void), int way)
{
	bsk_ref stagehand;

	script = what;
	patron_log_init(&heard);
	ck_assert_int_eq(bsk_system_create(&(struct bsk_system_options){
	    .workers = 2, .os = stage_os }, &all), 0);
	spawn_signal(all, way);
	patron = patron_spawn(all, &heard);
	ck_assert_int_eq(bsk_system_spawn(all, &stagehand_class, NULL, NULL,
	    &stagehand), 0);
	ck_assert_int_eq(bsk_system_run(all), 0);
	(void)pthread_join(player, NULL);
	bsk_system_destroy(all);
	patron_log_release(&heard);
}

const struct bsk_result *
stage_answer(void)
{
	return patron_hears(&heard, &bsk_result_type,
	    patron_count(&heard, &bsk_result_type));
}

int
stage_ask(bsk_ref who, struct bsk_parcel *message)
{
	unsigned before = patron_count(&heard, &bsk_result_type);

	patron_ask(all, who, &bsk_signal_class, message);
	(void)patron_hears(&heard, &bsk_result_type, before + 1);
	return stage_answer()->error;
}

int
stage_watch(int number)
{
	return stage_ask(patron,
	    BSK_PARCEL(bsk_signal_watch, .number = number));
}

int
stage_unwatch(int number)
{
	return stage_ask(patron,
	    BSK_PARCEL(bsk_signal_unwatch, .number = number));
}

void
stage_raise(int number)
{
	ck_assert_int_eq(kill(getpid(), number), 0);
}

const struct bsk_signal_raised *
stage_raised(unsigned n)
{
	return patron_hears(&heard, &bsk_signal_raised_type, n);
}
