/* growth_children.c - a child started and ended where few live and where many
 * do. Those that live read from one pipe, and end with it: also when this
 * program is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <buskin/process.h>

#include "growth.h"

#define FEW 10u
#define MANY 10000u
#define SAMPLES 100u  /* one after another */
#define AT_ONCE 64u   /* that are being started */
#define FDS 2u        /* descriptors that each costs */
#define OTHERS 512u   /* descriptors and processes that there are besides */

/* Of the last go; the parent's until bench_done. */
static struct series series = { .metric = "start+exit", .unit = "ns/child",
	.sizes = { FEW } };
static int error;           /* that ended it all; 0 */
static uint64_t alive;      /* children that wait for the pipe's end */
static int64_t ended_ns;    /* all of them, after that end */
static int write_end;       /* of the pipe that is standard input */

struct parent {
	unsigned size;      /* of the series: how many live now */
	unsigned samples;
	uint64_t asked;     /* children that are to live, or do */
	bool is_over;
	int64_t begun_ns;   /* of the sample, or of the end */
	bsk_ref sample;
};

static int
start(bsk_ctx *ctx, struct bsk_parcel *config, bsk_ref *ret_process)
{
	const struct bsk_wire wires[] = {
		{ .port = { "started" }, .to = bsk_self(ctx) },
		{ .port = { "exited" }, .to = bsk_self(ctx) },
		{ .port = { "failed" }, .to = bsk_self(ctx) },
	};

	return bsk_spawn(ctx, &bsk_process_class, config,
	    &(const struct bsk_spawn_options){ .wires = wires,
		.wire_count = 3 }, ret_process);
}

static int
start_sample(struct parent *self, bsk_ctx *ctx)
{
	static const char *const command[] = { "/bin/true" };

	self->begun_ns = io_now_ns();
	return start(ctx, BSK_PARCEL(bsk_process_config,
	    .command = bsk_list_of_texts(command, 1),
	    .in = BSK_STDIO_INHERIT, .out = BSK_STDIO_INHERIT,
	    .err = BSK_STDIO_INHERIT), &self->sample);
}

static int
start_one(struct parent *self, bsk_ctx *ctx)
{
	static const char *const command[] = { "/bin/cat" };
	bsk_ref unused;

	self->asked++;
	return start(ctx, BSK_PARCEL(bsk_process_config,
	    .command = bsk_list_of_texts(command, 1),
	    .in = BSK_STDIO_INHERIT, .out = BSK_STDIO_INHERIT,
	    .err = BSK_STDIO_INHERIT), &unused);
}

/* More of those that live; when all are there, the samples. */
static int
go_on(struct parent *self, bsk_ctx *ctx)
{
	uint64_t goal = series.sizes[self->size];
	int result = 0;

	while (result == 0 && self->asked < goal &&
	    self->asked - alive < AT_ONCE)
		result = start_one(self, ctx);
	if (result == 0 && alive == goal)
		result = start_sample(self, ctx);
	return result;
}

BSK_HANDLER(on_go, parent, go)
{
	(void)body;
	return go_on(self, ctx);
}

BSK_HANDLER(on_started, parent, bsk_process_started)
{
	(void)body;
	if (bsk_ref_equal(bsk_sender(ctx), self->sample))
		return 0;
	alive++;
	return go_on(self, ctx);
}

/* All children end with the pipe. */
static void
end(struct parent *self)
{
	self->is_over = true;
	self->begun_ns = io_now_ns();
	(void)close(write_end);
}

static int
sampled(struct parent *self, bsk_ctx *ctx)
{
	series_note(&series, self->size,
	    (double)(io_now_ns() - self->begun_ns));
	if (++self->samples < SAMPLES)
		return start_sample(self, ctx);
	self->samples = 0;
	self->sample = bsk_nobody();
	if (++self->size < series_sizes(&series))
		return go_on(self, ctx);
	end(self);
	return 0;
}

BSK_HANDLER(on_exited, parent, bsk_process_exited)
{
	if (bsk_ref_equal(bsk_sender(ctx), self->sample))
		return sampled(self, ctx);
	if (!self->is_over || body->child.code != 0)
		error = -ECHILD;
	if (--alive > 0 && error == 0)
		return 0;
	ended_ns = io_now_ns() - self->begun_ns;
	bench_done();
	return 0;
}

BSK_HANDLER(on_failed, parent, bsk_process_failed)
{
	(void)self;
	(void)ctx;
	error = body->error;
	bench_done();
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(go, on_go),
	BSK_ON(bsk_process_started, on_started),
	BSK_ON(bsk_process_exited, on_exited),
	BSK_ON(bsk_process_failed, on_failed),
};
static const struct bsk_class parent_class =
    BSK_CLASS(parent, "parent", "has children", handlers);

static void
need(const struct bench *bench, int resource, uint64_t count,
    const char *what)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0 || limit.rlim_cur < count)
		bench_skip(bench, "%llu %s are more than there may be here",
		    (unsigned long long)count, what);
}

/* From here on standard input is a pipe, and so it is for every child. */
static void
open_pipe(void)
{
	int ends[2];

	io_must(pipe2(ends, O_CLOEXEC) < 0 ||
	    dup2(ends[0], STDIN_FILENO) < 0 ? -errno : 0, "pipe");
	(void)close(ends[0]);
	write_end = ends[1];
}

static void
children(const struct bench *bench)
{
	bsk_ref parent;

	series.sizes[1] = bench->size > 0 ? bench->size : MANY;
	if (series.sizes[1] < FEW)
		bench_skip(bench, "there must be %u or more", FEW);
	io_lift_limit();
	need(bench, RLIMIT_NOFILE, FDS * series.sizes[1] + OTHERS,
	    "descriptors");
	need(bench, RLIMIT_NPROC, series.sizes[1] + OTHERS, "processes");
	open_pipe();
	parent = bench_spawn(bench, &parent_class, NULL, NULL);
	io_must(bsk_system_send(bench->system, parent,
	    BSK_NEW(go, .count = 1)), "send");
	bench_wait(1);
	if (error < 0)
		bench_skip(bench, "with %llu children alive: %s",
		    (unsigned long long)alive, strerror(-error));
	series_print(bench, &series);
	bench_print(bench, "all-end", (double)ended_ns / 1e3 /
	    (double)series.sizes[1], "us/child");
}

const struct workload growth_children = { "children", children };
