/* actors/process_output.c - reads what a child process writes.
 *
 *   hears   bsk_stream_ended   from a stream or framer: read to the end
 *           bsk_process_output_finish
 *                              from the process actor: the child has ended
 *           bsk_timer_due      it is still not at its end
 *   says    bsk_process_output_begun, bsk_process_closed,
 *           bsk_process_output_ended  to the process actor, in this order
 *
 * A stream reads, or a framer with a stream of its own where output is cut in
 * frames, and what it gives goes straight to whoever is wired to our port of
 * that name. We only see to the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/actor.h>
#include <buskin/log.h>
#include <buskin/process.h>

#define LINGER_NS INT64_C(1000000000) /* the default */

enum output { OUT, ERR, OUTPUTS };

struct process_output {
	bsk_ref readers[OUTPUTS];      /* nobody: not a pipe, or at its end */
	uint64_t read_bytes[OUTPUTS];
	bool cut;
};

BSK_HANDLER(on_open, process_output, bsk_open);
BSK_HANDLER(on_eof, process_output, bsk_stream_eof);
BSK_HANDLER(on_ended, process_output, bsk_stream_ended);
BSK_HANDLER(on_down, process_output, bsk_down);
BSK_HANDLER(on_finish, process_output, bsk_process_output_finish);
BSK_HANDLER(on_due, process_output, bsk_timer_due);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,                  on_open),
	BSK_ON(bsk_stream_eof,            on_eof),
	BSK_ON(bsk_stream_ended,          on_ended),
	BSK_ON(bsk_down,                  on_down),
	BSK_ON(bsk_process_output_finish, on_finish),
	BSK_ON(bsk_timer_due,             on_due),
};

static const struct bsk_port ports[OUTPUTS] = {
	BSK_PORT_OUT("stdout", bsk_bytes, "what the child writes"),
	BSK_PORT_OUT("stderr", bsk_bytes, "what it complains of"),
};

const struct bsk_class bsk_process_output_class = BSK_CLASS(process_output,
    "process-output", "reads what a child process writes", handlers,
    BSK_PORTS(ports), .config = &bsk_process_output_config_type);

static void
end_if_all(struct process_output *self, bsk_ctx *ctx)
{
	for (int i = 0; i < OUTPUTS; i++)
		if (!bsk_ref_is_nobody(self->readers[i]))
			return;
	(void)bsk_send(ctx, bsk_parent(ctx), BSK_NEW(bsk_process_output_ended,
	    .out_bytes = self->read_bytes[OUT],
	    .err_bytes = self->read_bytes[ERR], .cut = self->cut));
	bsk_exit(ctx, 0);
}

/* --- starting ------------------------------------------------------------- */

static struct bsk_parcel *
configure(const struct bsk_process_output_config *config, bsk_fd fd)
{
	const struct bsk_stream_config stream = {
		.fd = fd,
		.read_only = true,
	};

	if (config->frame == BSK_FRAME_NONE)
		return bsk_parcel_new(&bsk_stream_config_type, &stream);
	return BSK_PARCEL(bsk_framer_config, .frame = config->frame,
	    .max_frame = config->max_frame, .stream = stream);
}

/* Streams and framers have a port of the same name for what they give. */
static int
spawn_reader(bsk_ctx *ctx, const struct bsk_class *reader, unsigned port,
    struct bsk_parcel *config, bsk_ref *ret_reader)
{
	const struct bsk_wire *ours;
	size_t count = bsk_wires(ctx, port, &ours);
	struct bsk_wire *wires = calloc(count + 1, sizeof(wires[0]));
	const struct bsk_spawn_options options = {
		.wires = wires,
		.wire_count = count,
	};
	int error;

	if (wires == NULL) {
		bsk_parcel_free(config);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		wires[i] = ours[i];
		wires[i].port.chars = "data";
	}
	error = bsk_spawn(ctx, reader, config, &options, ret_reader);
	free(wires);
	return error;
}

static int
on_open(struct process_output *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_process_output_config *config = bsk_config(ctx);
	const bsk_fd fds[OUTPUTS] = {
		bsk_fd_own(bsk_fd_take(&config->out)),
		bsk_fd_own(bsk_fd_take(&config->err)),
	};
	int outcome = 0;

	(void)open;
	for (unsigned i = 0; i < OUTPUTS; i++) {
		int error = bsk_fd_number(fds[i]) < 0 ? 0 : spawn_reader(ctx,
		    config->frame == BSK_FRAME_NONE ? &bsk_stream_class :
		    &bsk_framer_class, i, configure(config, fds[i]),
		    &self->readers[i]);

		if (error < 0)
			outcome = error;
	}
	if (outcome == 0)
		outcome = bsk_send(ctx, bsk_parent(ctx),
		    BSK_NEW(bsk_process_output_begun,
		    .out = self->readers[OUT], .err = self->readers[ERR]));
	if (outcome == 0)
		end_if_all(self, ctx);
	return outcome;
}

/* --- ending --------------------------------------------------------------- */

static int
on_eof(struct process_output *self, bsk_ctx *ctx,
    const struct bsk_stream_eof *eof)
{
	(void)self;
	(void)ctx;
	(void)eof;
	return 0;
}

static int
on_ended(struct process_output *self, bsk_ctx *ctx,
    const struct bsk_stream_ended *ended)
{
	for (int i = 0; i < OUTPUTS; i++) {
		if (!bsk_ref_equal(self->readers[i], bsk_sender(ctx)))
			continue;
		self->readers[i] = bsk_nobody();
		self->read_bytes[i] = ended->read_bytes;
		(void)bsk_send(ctx, bsk_parent(ctx),
		    BSK_NEW(bsk_process_closed, .fd = i + 1,
		    .error = ended->reason, .bytes = ended->read_bytes));
		if (ended->reason < 0)
			(void)bsk_log(ctx, BSK_LOG_ERROR, "a child's %s: %s",
			    ports[i].name, strerror(-ended->reason));
	}
	end_if_all(self, ctx);
	return 0;
}

/* One that ends in order says so by itself, if a moment later: its word travels
 * with the data. */
static int
on_down(struct process_output *self, bsk_ctx *ctx,
    const struct bsk_down *down)
{
	(void)self;
	(void)ctx;
	return down->reason;
}

static int
on_finish(struct process_output *self, bsk_ctx *ctx,
    const struct bsk_process_output_finish *finish)
{
	(void)self;
	return bsk_timer_arm(ctx, 0,
	    finish->linger_ns > 0 ? finish->linger_ns : LINGER_NS, 0);
}

/* Somebody else who lives on holds it open. */
static int
on_due(struct process_output *self, bsk_ctx *ctx,
    const struct bsk_timer_due *due)
{
	(void)due;
	self->cut = true;
	for (int i = 0; i < OUTPUTS; i++)
		if (!bsk_ref_is_nobody(self->readers[i]))
			(void)bsk_stop(ctx, self->readers[i]);
	return 0;
}
