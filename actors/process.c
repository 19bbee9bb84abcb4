/* actors/process.c - a child process as an actor.
 *
 *   hears   bsk_bytes            from anybody: for the child's stdin
 *           bsk_stream_finish    from anybody: end of file for it
 *           bsk_process_signal   from anybody; passed on to the keeper
 *           bsk_process_spawned  from the keeper: the child runs
 *           bsk_child_exited     from the keeper: it has ended
 *           bsk_fd_ready         from the reactor: there is room in its stdin
 *           bsk_process_output_ended  from the reader: all has been read
 *   says    bsk_process_started, bsk_process_exited, bsk_process_finished
 *                                by its ports, in that order
 *
 * What the kernel was not given when this life is over goes back from the
 * outbox to the mailbox, for the next. An actor of its own keeps the child
 * (process_child.c), and one reads what it writes (process_output.c).
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include <buskin/outbox.h>
#include <buskin/process.h>
#include <buskin/reactor.h>

#define SECOND_NS INT64_C(1000000000)
#define ASK_TIMEOUT_NS (30 * SECOND_NS)
#define TIMER_BROKEN 0 /* its stdin is closed: by its end, or does it live? */

enum input {
	INPUT_HELD, /* nothing can be written now; it may be later */
	INPUT_OPEN,
	INPUT_OVER  /* nothing will be written any more */
};

struct process {
	bsk_ref reactor;
	bsk_ref keeper;           /* of the child */
	bsk_ref reader;           /* of its output; nobody: all is read */
	bsk_fd stdin_fd;          /* the pipe to the child; none: closed */
	struct bsk_outbox outbox; /* for the child's stdin */
	enum input input;
	bool finishing;           /* close its stdin when all is written */
	bool draining;            /* asked to stop */
	bool exited;
	struct bsk_process_finished finished; /* what will be told at last */
};

BSK_HANDLER(on_open, process, bsk_open);
BSK_HANDLER(on_bytes, process, bsk_bytes);
BSK_HANDLER(on_finish, process, bsk_stream_finish);
BSK_HANDLER(on_signal, process, bsk_process_signal);
BSK_HANDLER(on_spawned, process, bsk_process_spawned);
BSK_HANDLER(on_result, process, bsk_result);
BSK_HANDLER(on_ask_failed, process, bsk_ask_failed);
BSK_HANDLER(on_ready, process, bsk_fd_ready);
BSK_HANDLER(on_exited, process, bsk_child_exited);
BSK_HANDLER(on_output, process, bsk_process_output_ended);
BSK_HANDLER(on_down, process, bsk_down);
BSK_HANDLER(on_drain, process, bsk_drain);
BSK_HANDLER(on_due, process, bsk_timer_due);
BSK_HANDLER(on_close, process, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,                 on_open),
	BSK_ON(bsk_bytes,                on_bytes),
	BSK_ON(bsk_stream_finish,        on_finish),
	BSK_ON(bsk_process_signal,       on_signal),
	BSK_ON(bsk_process_spawned,      on_spawned),
	BSK_ON(bsk_result,               on_result),
	BSK_ON(bsk_ask_failed,           on_ask_failed),
	BSK_ON(bsk_fd_ready,             on_ready),
	BSK_ON(bsk_child_exited,         on_exited),
	BSK_ON(bsk_process_output_ended, on_output),
	BSK_ON(bsk_down,                 on_down),
	BSK_ON(bsk_drain,                on_drain),
	BSK_ON(bsk_timer_due,            on_due),
	BSK_ON(bsk_close,                on_close),
};

static const struct bsk_port ports[] = {
	BSK_PORT_IN("stdin", bsk_bytes, "what the child reads"),
	BSK_PORT_OUT("stdout", bsk_bytes, "what it writes"),
	BSK_PORT_OUT("stderr", bsk_bytes, "what it complains of"),
	BSK_PORT_OUT("started", bsk_process_started, "it runs"),
	BSK_PORT_OUT("exited", bsk_process_exited, "it has ended"),
	BSK_PORT_OUT("finished", bsk_process_finished, "so has its output"),
};

const struct bsk_class bsk_process_class = BSK_CLASS(process, "process",
    "a child process", handlers, BSK_PORTS(ports),
    .config = &bsk_process_config_type, .fds = 6); /* pipes, pidfds */

/* --- stdin ---------------------------------------------------------------- */

static void
close_stdin(struct process *self, bsk_ctx *ctx)
{
	if (bsk_fd_number(self->stdin_fd) >= 0)
		(void)bsk_send(ctx, self->reactor,
		    BSK_NEW(bsk_fd_release, .fd = self->stdin_fd));
	self->stdin_fd = bsk_fd_own(-1);
}

/* The child reads no more. Has it ended? Then what waits is for the next one,
 * and we shall hear of it in a moment. */
static void
wrote(struct process *self, bsk_ctx *ctx, int error)
{
	if (error < 0) {
		self->input = INPUT_HELD;
		(void)bsk_timer_arm(ctx, TIMER_BROKEN, SECOND_NS, 0);
	} else if (self->finishing && self->outbox.count == 0) {
		self->input = INPUT_OVER;
		close_stdin(self, ctx);
	}
}

static void
write_on(struct process *self, bsk_ctx *ctx)
{
	if (self->input == INPUT_OPEN)
		wrote(self, ctx, bsk_outbox_flush(&self->outbox, ctx,
		    bsk_fd_number(self->stdin_fd)));
	else if (self->input == INPUT_OVER)
		bsk_outbox_lose(&self->outbox, ctx);
}

/* Where nothing can be written now, the outbox gets no descriptor to try. */
static int
on_bytes(struct process *self, bsk_ctx *ctx, const struct bsk_bytes *bytes)
{
	bool is_open = self->input == INPUT_OPEN;
	int fd = is_open ? bsk_fd_number(self->stdin_fd) : -1;
	int error;

	if (self->finishing || self->input == INPUT_OVER) {
		bsk_let_go(ctx, bsk_hold(ctx), BSK_END_DROPPED);
		return 0;
	}
	error = bsk_outbox_put(&self->outbox, ctx, fd, bytes);
	if (is_open && error != -ENOMEM)
		wrote(self, ctx, error);
	return error == -ENOMEM ? error : 0;
}

static int
on_finish(struct process *self, bsk_ctx *ctx,
    const struct bsk_stream_finish *finish)
{
	(void)finish;
	self->finishing = true;
	write_on(self, ctx);
	return 0;
}

static int
on_ready(struct process *self, bsk_ctx *ctx, const struct bsk_fd_ready *ready)
{
	(void)ready;
	write_on(self, ctx);
	/* It reads: its grace begins anew. */
	return self->draining ? bsk_stop(ctx, self->keeper) : 0;
}

/* --- starting ------------------------------------------------------------- */

static int32_t
choose(int32_t kind, bool has_use)
{
	if (kind != BSK_STDIO_DEFAULT)
		return kind;
	return has_use ? BSK_STDIO_PIPE : BSK_STDIO_INHERIT;
}

/* What is not said about the standard descriptors follows from the wires. */
static int
on_open(struct process *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	struct bsk_process_config how;
	int error = bsk_service(ctx, &bsk_reactor_class, &self->reactor);

	(void)open;
	if (error == 0)
		error = bsk_type_copy(&bsk_process_config_type,
		    bsk_config(ctx), &how);
	if (error < 0)
		return error;
	how.in = choose(how.in, true);
	how.out = choose(how.out, bsk_is_wired(ctx, BSK_PROCESS_STDOUT));
	how.err = choose(how.err, bsk_is_wired(ctx, BSK_PROCESS_STDERR));
	return bsk_spawn(ctx, &bsk_process_child_class,
	    bsk_parcel_new(&bsk_process_config_type, &how), NULL,
	    &self->keeper);
}

/* The reader speaks straight to whoever is wired to our ports. */
static int
read_output(struct process *self, bsk_ctx *ctx, bsk_fd out, bsk_fd err)
{
	const struct bsk_process_config *config = bsk_config(ctx);
	const struct bsk_wire *out_wires;
	const struct bsk_wire *err_wires;
	size_t outs = bsk_wires(ctx, BSK_PROCESS_STDOUT, &out_wires);
	size_t errs = bsk_wires(ctx, BSK_PROCESS_STDERR, &err_wires);
	struct bsk_wire *wires = calloc(outs + errs + 1, sizeof(wires[0]));
	const struct bsk_spawn_options options = {
		.wires = wires, .wire_count = outs + errs,
	};
	struct bsk_parcel *how = BSK_PARCEL(bsk_process_output_config,
	    .out = out, .err = err, .frame = config->frame,
	    .max_frame = config->max_frame);
	int error = -ENOMEM;

	for (size_t i = 0; wires != NULL && i < outs + errs; i++)
		wires[i] = i < outs ? out_wires[i] : err_wires[i - outs];
	if (wires == NULL)
		bsk_parcel_free(how);
	else
		error = bsk_spawn(ctx, &bsk_process_output_class, how,
		    &options, &self->reader);
	free(wires);
	return error;
}

static int
on_spawned(struct process *self, bsk_ctx *ctx,
    const struct bsk_process_spawned *spawned)
{
	int in = bsk_fd_take(&spawned->in);
	uint64_t ask;
	int error;

	self->finished.pid = spawned->pid;
	self->stdin_fd = bsk_fd_own(in);
	self->input = in < 0 ? INPUT_OVER : INPUT_OPEN;
	error = read_output(self, ctx,
	    bsk_fd_own(bsk_fd_take(&spawned->out)),
	    bsk_fd_own(bsk_fd_take(&spawned->err)));
	if (error == 0 && in >= 0)
		error = bsk_ask(ctx, self->reactor, BSK_NEW(bsk_fd_watch,
		    .fd = in, .events = BSK_FD_OUT), ASK_TIMEOUT_NS, &ask);
	if (error < 0)
		return error;
	write_on(self, ctx);
	return bsk_emit(ctx, BSK_PROCESS_STARTED,
	    BSK_NEW(bsk_process_started, .pid = spawned->pid));
}

static int
on_result(struct process *self, bsk_ctx *ctx, const struct bsk_result *result)
{
	(void)self;
	(void)ctx;
	return result->error;
}

static int
on_ask_failed(struct process *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	(void)self;
	(void)ctx;
	return failed->reason;
}

/* --- the end -------------------------------------------------------------- */

/* Once both are over, the child and what it wrote. */
static int
finish(struct process *self, bsk_ctx *ctx)
{
	if (!self->exited || !bsk_ref_is_nobody(self->reader))
		return 0;
	(void)bsk_emit(ctx, BSK_PROCESS_FINISHED, bsk_message_new(
	    &bsk_process_finished_type, &self->finished));
	bsk_exit(ctx,
	    self->draining || self->finished.code == 0 ? 0 : -ECHILD);
	return 0;
}

/* What the pipe still holds the child has never seen; what the outbox holds
 * the kernel has not either. */
static struct bsk_process_exited
describe(const struct process *self, bsk_ctx *ctx,
    const struct bsk_child_exited *child)
{
	const struct bsk_outbox *outbox = &self->outbox;

	return (struct bsk_process_exited){
		.child = *child,
		.written_bytes = outbox->written_bytes,
		.unread_bytes = bsk_outbox_unread(ctx,
		    bsk_fd_number(self->stdin_fd)),
		.unsent_bytes = outbox->waiting_bytes + outbox->lost_bytes,
		.unsent_messages = outbox->count + outbox->lost_messages,
	};
}

/* What was asked for is worth a line only when something was lost by it. */
static bool
is_news(const struct process *self, const struct bsk_process_exited *exited)
{
	uint64_t lost = exited->unread_bytes + exited->unsent_bytes;

	return self->draining ? lost > 0 : exited->child.code != 0;
}

static int
on_exited(struct process *self, bsk_ctx *ctx,
    const struct bsk_child_exited *child)
{
	const struct bsk_process_config *config = bsk_config(ctx);
	int64_t linger = config->linger_ns > 0 ? config->linger_ns : SECOND_NS;
	struct bsk_process_exited exited = describe(self, ctx, child);

	self->exited = true;
	self->finished.code = child->code;
	if (self->input == INPUT_OPEN)
		self->input = INPUT_HELD;
	close_stdin(self, ctx);
	if (is_news(self, &exited))
		bsk_process_exited_log(ctx, &config->command, &exited);
	(void)bsk_emit(ctx, BSK_PROCESS_EXITED,
	    bsk_message_new(&bsk_process_exited_type, &exited));
	(void)bsk_timer_disarm(ctx, TIMER_BROKEN);
	(void)bsk_send(ctx, self->reader, BSK_NEW(bsk_process_output_finish,
	    .linger_ns = linger));
	return finish(self, ctx);
}

static int
on_output(struct process *self, bsk_ctx *ctx,
    const struct bsk_process_output_ended *ended)
{
	self->finished.out_bytes = ended->out_bytes;
	self->finished.err_bytes = ended->err_bytes;
	self->finished.cut = ended->cut;
	self->reader = bsk_nobody();
	return finish(self, ctx);
}

/* Neither ends before we do unless it has failed. */
static int
on_down(struct process *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	(void)ctx;
	if (bsk_ref_equal(self->keeper, down->actor) ||
	    bsk_ref_equal(self->reader, down->actor))
		return down->reason == 0 ? -ECHILD : down->reason;
	return 0;
}

/* --- stopping ------------------------------------------------------------- */

static int
on_signal(struct process *self, bsk_ctx *ctx,
    const struct bsk_process_signal *request)
{
	(void)request;
	return bsk_forward(ctx, self->keeper);
}

static int
on_drain(struct process *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = self->finishing = true;
	write_on(self, ctx);
	return bsk_stop(ctx, self->keeper);
}

static int
on_due(struct process *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)due;
	self->input = INPUT_OVER;
	close_stdin(self, ctx);
	bsk_outbox_lose(&self->outbox, ctx);
	return 0;
}

/* The keeper ends with us, and its child with it. */
static int
on_close(struct process *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	const struct bsk_process_config *config = bsk_config(ctx);
	int32_t pid = self->finished.pid;
	struct bsk_child_exited killed = {.pid = pid, .signal = SIGKILL};
	struct bsk_process_exited end = describe(self, ctx, &killed);

	(void)close;
	if (self->draining && !self->exited && pid != 0 && is_news(self, &end))
		bsk_process_exited_log(ctx, &config->command, &end);
	close_stdin(self, ctx);
	if (self->draining)
		bsk_outbox_lose(&self->outbox, ctx);
	else
		bsk_outbox_return(&self->outbox, ctx);
	return 0;
}
