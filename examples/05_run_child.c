/* 05_run_child.c - a child process as an actor.
 *
 * A process actor starts a program. What it is sent, the program reads; what
 * the program writes, it says. Here sort(1) gets three lines and the end of
 * its input, and whatever comes of it is wired back to us.
 */
#include <stdio.h>

#include <buskin/process.h>
#include <buskin/system.h>

struct parent {
	bsk_ref sorter;
};

BSK_HANDLER(on_open, parent, bsk_open);
BSK_HANDLER(on_started, parent, bsk_process_started);
BSK_HANDLER(on_bytes, parent, bsk_bytes);
BSK_HANDLER(on_finished, parent, bsk_process_finished);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,             on_open),
	BSK_ON(bsk_process_started,  on_started),
	BSK_ON(bsk_bytes,            on_bytes),
	BSK_ON(bsk_process_finished, on_finished),
};

static const struct bsk_class parent_class =
    BSK_CLASS(parent, "parent", "has a child process", handlers);

/* A wire leads from a port of the process to an actor. With "lines" the output
 * comes one line a message. */
static int
on_open(struct parent *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	static const char *const command[] = { "sort", "-r" };
	const struct bsk_wire wires[] = {
		{ .port = { "started" }, .to = bsk_self(ctx) },
		{ .port = { "stdout" }, .to = bsk_self(ctx) },
		{ .port = { "finished" }, .to = bsk_self(ctx) },
	};
	const struct bsk_spawn_options options = {
		.wires = wires, .wire_count = 3,
	};

	(void)open;
	return bsk_spawn(ctx, &bsk_process_class,
	    BSK_PARCEL(bsk_process_config,
		.command = bsk_list_of_texts(command, 2),
		.frame = BSK_FRAME_LINES),
	    &options, &self->sorter);
}

static int
say(struct parent *self, bsk_ctx *ctx, const char *line, size_t size)
{
	return bsk_send(ctx, self->sorter,
	    BSK_NEW(bsk_bytes, .bytes = bsk_buf_static(line, size)));
}

/* It could have been sent earlier as well: it would have waited. */
static int
on_started(struct parent *self, bsk_ctx *ctx,
    const struct bsk_process_started *started)
{
	printf("started: %s\n", started->pid > 0 ? "yes" : "no");
	(void)say(self, ctx, "chorus\n", 7);
	(void)say(self, ctx, "actor\n", 6);
	(void)say(self, ctx, "buskin\n", 7);
	return bsk_send(ctx, self->sorter,
	    BSK_NEW(bsk_stream_finish, .reserved = 0));
}

static int
on_bytes(struct parent *self, bsk_ctx *ctx, const struct bsk_bytes *line)
{
	(void)self;
	(void)ctx;
	printf("it says: %.*s", (int)line->bytes.size,
	    (const char *)line->bytes.bytes);
	return 0;
}

/* The last word: the child has ended and all it wrote has come. */
static int
on_finished(struct parent *self, bsk_ctx *ctx,
    const struct bsk_process_finished *finished)
{
	(void)self;
	printf("finished with %d\n", (int)finished->code);
	bsk_stop_system(ctx, 0);
	return 0;
}

int
main(void)
{
	bsk_system *system;
	bsk_ref parent;
	int status;

	if (bsk_system_create(NULL, &system) < 0)
		return 1;
	if (bsk_system_spawn(system, &parent_class, NULL, NULL, &parent) < 0)
		return 1;
	status = bsk_system_run(system);
	bsk_system_destroy(system);
	return status;
}
