/* io_children.c - children: many that end at once, one after another, or all
 * together.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <buskin/process.h>

#include "io.h"

#define SPAWN_LIMIT_NS INT64_C(7000000000) /* no new child after that */
#define SETTLE_NS INT64_C(300000000)
#define PID_LIMIT (1 << 22)
#define CODES 61 /* exit codes 0.. of those that end together */

struct parent {
	long total;
	long started;
	long running;
	long ended;
	long bad;
	long at_once;      /* as many run at a time */
	int64_t begun_ns;
	int64_t stall_ns;  /* spent to have children started */
	double cpu_s;
	char *ballast;
	bsk_ref *children; /* in the order they were started; or NULL */
	uint8_t *codes;    /* that are expected, by pid */
	int pipe[2];       /* the children wait for its end */
};

/* Fixed before the system runs. */
static struct {
	long total;
	long at_once;
	long ballast_mib;
	const char *holder;
} plan;

static int
start(struct parent *self, bsk_ctx *ctx, struct bsk_parcel *config)
{
	const struct bsk_wire wires[] = {
		{ .port = { "started" }, .to = bsk_self(ctx) },
		{ .port = { "exited" }, .to = bsk_self(ctx) },
		{ .port = { "failed" }, .to = bsk_self(ctx) },
	};
	bsk_ref process;
	int error = bsk_spawn(ctx, &bsk_process_class, config,
	    &(const struct bsk_spawn_options){ .wires = wires,
		.wire_count = 3 }, &process);

	if (self->children != NULL)
		self->children[self->started] = process;
	self->started++;
	return error;
}

BSK_HANDLER(on_failed, parent, bsk_process_failed)
{
	(void)self;
	(void)ctx;
	io_must(body->error, body->text.chars);
	return 0;
}

/* --- spawn ----------------------------------------------------------- */

static int
start_true(struct parent *self, bsk_ctx *ctx)
{
	static const char *const command[] = { "/bin/true" };
	int64_t begun_ns = io_now_ns();
	int error = start(self, ctx, BSK_PARCEL(bsk_process_config,
	    .command = bsk_list_of_texts(command, 1),
	    .in = BSK_STDIO_INHERIT, .out = BSK_STDIO_INHERIT,
	    .err = BSK_STDIO_INHERIT));

	self->stall_ns += io_now_ns() - begun_ns;
	return error;
}

BSK_HANDLER(on_open, parent, bsk_open)
{
	int error = 0;
	size_t size = (size_t)plan.ballast_mib << 20;

	(void)body;
	self->total = plan.total;
	self->ballast = size > 0 ? malloc(size) : NULL;
	if (self->ballast != NULL)
		(void)memset(self->ballast, 1, size);
	self->begun_ns = io_now_ns();
	self->cpu_s = io_cpu_s();
	while (error == 0 && self->started < plan.at_once &&
	    self->started < self->total)
		error = start_true(self, ctx);
	return error;
}

static void
print_spawned(const struct parent *self)
{
	double count = (double)self->ended;
	char parameters[64];

	(void)snprintf(parameters, sizeof(parameters), "n=%ld,conc=%ld%s",
	    plan.total, plan.at_once, plan.ballast_mib > 0 ? ",bigparent" : "");
	io_print("spawn", parameters, "rate",
	    count * 1e9 / (double)(io_now_ns() - self->begun_ns),
	    "children/s");
	io_print("spawn", parameters, "parent_cpu",
	    (io_cpu_s() - self->cpu_s) * 1e6 / count, "us/child");
	io_print("spawn", parameters, "loop_stall",
	    (double)self->stall_ns / 1e3 / count, "us/child");
}

BSK_HANDLER(on_exited, parent, bsk_process_exited)
{
	io_must(body->child.code == 0 ? 0 : -ECHILD, "/bin/true");
	self->ended++;
	if (io_now_ns() > self->begun_ns + SPAWN_LIMIT_NS)
		self->total = self->started;
	if (self->started < self->total)
		return start_true(self, ctx);
	if (self->ended < self->total)
		return 0;
	print_spawned(self);
	bsk_stop_system(ctx, 0);
	return 0;
}

BSK_HANDLER(on_close, parent, bsk_close)
{
	(void)ctx;
	(void)body;
	free(self->ballast);
	free(self->children);
	free(self->codes);
	return 0;
}

static const struct bsk_handler spawn_handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_process_exited, on_exited),
	BSK_ON(bsk_process_failed, on_failed),
	BSK_ON(bsk_close, on_close),
};
static const struct bsk_class spawn_class =
    BSK_CLASS(parent, "parent", "has children", spawn_handlers);

/* --- reap ------------------------------------------------------------ */

static int
start_holder(struct parent *self, bsk_ctx *ctx)
{
	bsk_list fds = bsk_list_new(sizeof(struct bsk_process_fd), 1);
	struct bsk_process_fd *in = fds.items;
	char code[8];
	const char *const command[] = { plan.holder, code };

	(void)snprintf(code, sizeof(code), "%ld", self->started % CODES);
	if (in != NULL)
		in->fd = bsk_fd_own(dup(self->pipe[0]));
	return start(self, ctx, BSK_PARCEL(bsk_process_config,
	    .command = bsk_list_of_texts(command, 2), .fds = fds,
	    .out = BSK_STDIO_INHERIT, .err = BSK_STDIO_INHERIT));
}

BSK_HANDLER(on_reap, parent, bsk_open)
{
	int error = pipe2(self->pipe, O_CLOEXEC) < 0 ? -errno : 0;

	(void)body;
	self->total = plan.total;
	self->children = calloc((size_t)plan.total, sizeof(*self->children));
	self->codes = calloc(PID_LIMIT, 1);
	if (self->children == NULL || self->codes == NULL)
		return -ENOMEM;
	while (error == 0 && self->started < self->total)
		error = start_holder(self, ctx);
	return error;
}

BSK_HANDLER(on_started, parent, bsk_process_started)
{
	bsk_ref child = bsk_sender(ctx);
	long i = 0;

	while (self->children[i].bits != child.bits)
		i++;
	self->codes[body->pid] = (uint8_t)(i % CODES);
	if (++self->running < self->total)
		return 0;
	(void)close(self->pipe[0]);
	return bsk_timer_arm(ctx, 0, SETTLE_NS, 0); /* they come to read */
}

BSK_HANDLER(on_settled, parent, bsk_timer_due)
{
	(void)ctx;
	(void)body;
	self->cpu_s = io_cpu_s();
	self->begun_ns = io_now_ns();
	(void)close(self->pipe[1]);
	return 0;
}

static void
print_reaped(const struct parent *self, int64_t over_ns)
{
	char parameters[32];

	(void)snprintf(parameters, sizeof(parameters), "n=%ld", self->total);
	io_print("reap-burst", parameters, "lost",
	    (double)(self->total - self->ended + self->bad), "children");
	io_print("reap-burst", parameters, "all_delivered",
	    (double)(over_ns - self->begun_ns) / 1e6, "ms");
	io_print("reap-burst", parameters, "parent_cpu",
	    (io_cpu_s() - self->cpu_s) * 1e3, "ms");
}

BSK_HANDLER(on_reaped, parent, bsk_process_exited)
{
	self->bad += body->child.code != self->codes[body->child.pid];
	if (++self->ended < self->total)
		return 0;
	print_reaped(self, io_now_ns());
	bsk_stop_system(ctx, 0);
	return 0;
}

static const struct bsk_handler reap_handlers[] = {
	BSK_ON(bsk_open, on_reap),
	BSK_ON(bsk_process_started, on_started),
	BSK_ON(bsk_timer_due, on_settled),
	BSK_ON(bsk_process_exited, on_reaped),
	BSK_ON(bsk_process_failed, on_failed),
	BSK_ON(bsk_close, on_close),
};
static const struct bsk_class reap_class =
    BSK_CLASS(parent, "reaper", "has children", reap_handlers);

/* --- the commands ----------------------------------------------------- */

static void
spawn(bsk_system *system, char **arguments)
{
	plan.total = io_count(arguments[0]);
	plan.at_once = io_count(arguments[1]);
	plan.ballast_mib = arguments[2] != NULL ? io_count(arguments[2]) : 0;
	(void)io_spawn_actor(system, &spawn_class, NULL, NULL);
}

static void
reap(bsk_system *system, char **arguments)
{
	plan.total = io_count(arguments[0]);
	plan.holder = arguments[1];
	io_lift_limit();
	(void)io_spawn_actor(system, &reap_class, NULL, NULL);
}

const struct io_command io_spawn = { "spawn", "COUNT AT_ONCE [MIB]", 2, spawn };
const struct io_command io_reap = { "reap", "COUNT HOLDER", 2, reap };
