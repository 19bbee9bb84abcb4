/* actors/process.c - a child process as an actor.
 *
 *   hears   bsk_bytes            from anybody: for the child's stdin
 *           bsk_stream_finish    from anybody: end of file for it
 *           bsk_process_signal, bsk_process_wait
 *                                from anybody; passed on to the keeper
 *           bsk_process_spawned  from the keeper: the child runs
 *           bsk_process_failed   from the keeper: there is none
 *           bsk_child_exited     from the keeper: it has ended
 *           bsk_fd_ready         from the reactor: there is room in its stdin
 *           bsk_process_output_begun, bsk_process_closed,
 *           bsk_process_output_ended  from the reader
 *   says    bsk_process_started, _exited, _finished by its ports, in that
 *           order; bsk_process_closed, _failed; by the keeper
 *           bsk_child_stopped, bsk_child_continued
 *
 * What the kernel was not given when this life is over goes back from the
 * outbox to the mailbox, for the next. An actor of its own keeps the child
 * (process_child.c), and one reads what it writes (process_output.c).
 */
#include <errno.h>
#include <signal.h>

#include <buskin/reactor.h>
#include <buskin/spawner.h>

#define BROKEN_NS INT64_C(1000000000)
#define TIMER_BROKEN 0 /* its stdin is closed: by its end, or does it live? */
#define PIPES 3

struct process {
	bsk_ref keeper;           /* of the child */
	bsk_ref reader;           /* of its output; nobody: all is read */
	struct bsk_process_input input;
	enum bsk_process_pipe pipes[PIPES];
	bool draining;            /* asked to stop */
	bool started;             /* and said so */
	bool exited;
	struct bsk_child_exited child; /* how */
	struct bsk_process_finished finished; /* what will be told at last */
};

BSK_HANDLER(on_open, process, bsk_open);
BSK_HANDLER(on_bytes, process, bsk_bytes);
BSK_HANDLER(on_finish, process, bsk_stream_finish);
BSK_HANDLER(on_signal, process, bsk_process_signal);
BSK_HANDLER(on_wait, process, bsk_process_wait);
BSK_HANDLER(on_status, process, bsk_status_ask);
BSK_HANDLER(on_failed, process, bsk_process_failed);
BSK_HANDLER(on_spawned, process, bsk_process_spawned);
BSK_HANDLER(on_result, process, bsk_result);
BSK_HANDLER(on_ask_failed, process, bsk_ask_failed);
BSK_HANDLER(on_ready, process, bsk_fd_ready);
BSK_HANDLER(on_exited, process, bsk_child_exited);
BSK_HANDLER(on_begun, process, bsk_process_output_begun);
BSK_HANDLER(on_closed, process, bsk_process_closed);
BSK_HANDLER(on_output, process, bsk_process_output_ended);
BSK_HANDLER(on_down, process, bsk_down);
BSK_HANDLER(on_drain, process, bsk_drain);
BSK_HANDLER(on_due, process, bsk_timer_due);
BSK_HANDLER(on_close, process, bsk_close);

static int tell_exit(struct process *self, bsk_ctx *ctx);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,                 on_open),
	BSK_ON(bsk_bytes,                on_bytes),
	BSK_ON(bsk_stream_finish,        on_finish),
	BSK_ON(bsk_process_signal,       on_signal),
	BSK_ON(bsk_process_wait,         on_wait),
	BSK_ON(bsk_status_ask,           on_status),
	BSK_ON(bsk_process_failed,       on_failed),
	BSK_ON(bsk_process_spawned,      on_spawned),
	BSK_ON(bsk_result,               on_result),
	BSK_ON(bsk_ask_failed,           on_ask_failed),
	BSK_ON(bsk_fd_ready,             on_ready),
	BSK_ON(bsk_child_exited,         on_exited),
	BSK_ON(bsk_process_output_begun, on_begun),
	BSK_ON(bsk_process_closed,       on_closed),
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
	BSK_PORT_OUT("closed", bsk_process_closed, "a pipe is at its end"),
	BSK_PORT_OUT("failed", bsk_process_failed, "there is no child"),
	BSK_PORT_OUT("stopped", bsk_child_stopped, "it does not run"),
	BSK_PORT_OUT("continued", bsk_child_continued, "it runs again"),
};

const struct bsk_class bsk_process_class = BSK_CLASS(process, "process",
    "a child process", handlers, BSK_PORTS(ports),
    .config = &bsk_process_config_type, .check = bsk_process_check,
    .status = &bsk_process_status_type, .fds = 6); /* pipes, pidfds */

/* --- stdin ---------------------------------------------------------------- */

/* Says once that it is closed. If the child did that, we hear of its end in a
 * moment, or it has no use for what waits. */
static void
look_at_stdin(struct process *self, bsk_ctx *ctx)
{
	const struct bsk_process_input *input = &self->input;

	if (self->pipes[0] != BSK_PROCESS_PIPE_OPEN || !self->started ||
	    input->state == BSK_PROCESS_INPUT_OPEN)
		return;
	self->pipes[0] = BSK_PROCESS_PIPE_CLOSED;
	(void)bsk_emit(ctx, BSK_PROCESS_CLOSED, BSK_NEW(bsk_process_closed,
	    .fd = 0, .error = input->error,
	    .bytes = input->outbox.written_bytes));
	if (input->error < 0 && !self->exited)
		(void)bsk_timer_arm(ctx, TIMER_BROKEN, BROKEN_NS, 0);
}

static int
on_bytes(struct process *self, bsk_ctx *ctx, const struct bsk_bytes *bytes)
{
	int error = bsk_process_input_put(&self->input, ctx, bytes);

	look_at_stdin(self, ctx);
	return error;
}

static void
finish_stdin(struct process *self, bsk_ctx *ctx)
{
	self->input.finishing = true;
	bsk_process_input_flush(&self->input, ctx);
	look_at_stdin(self, ctx);
}

static int
on_finish(struct process *self, bsk_ctx *ctx,
    const struct bsk_stream_finish *finish)
{
	(void)finish;
	finish_stdin(self, ctx);
	return 0;
}

static int
on_ready(struct process *self, bsk_ctx *ctx, const struct bsk_fd_ready *ready)
{
	(void)ready;
	bsk_process_input_flush(&self->input, ctx);
	look_at_stdin(self, ctx);
	/* It reads: its grace begins anew. */
	return self->draining ? bsk_stop(ctx, self->keeper) : 0;
}

static int
on_due(struct process *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)due;
	bsk_process_input_lose(&self->input, ctx);
	return 0;
}

/* --- starting ------------------------------------------------------------- */

static int
on_open(struct process *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)open;
	return bsk_process_child_spawn(ctx, &self->keeper);
}

/* The reader speaks straight to whoever is wired to our ports. */
static int
on_spawned(struct process *self, bsk_ctx *ctx,
    const struct bsk_process_spawned *spawned)
{
	const int fds[PIPES] = { bsk_fd_number(spawned->in),
		bsk_fd_number(spawned->out), bsk_fd_number(spawned->err) };
	int error;

	self->finished.pid = spawned->pid;
	for (int i = 0; i < PIPES; i++)
		if (fds[i] >= 0)
			self->pipes[i] = BSK_PROCESS_PIPE_OPEN;
	error = bsk_process_input_open(
	    &self->input, ctx, bsk_fd_take(&spawned->in));
	return error < 0 ? error : bsk_process_output_spawn(ctx,
	    bsk_fd_own(bsk_fd_take(&spawned->out)),
	    bsk_fd_own(bsk_fd_take(&spawned->err)), &self->reader);
}

/* Now all who serve the child are known; none has read anything yet. */
static int
on_begun(struct process *self, bsk_ctx *ctx,
    const struct bsk_process_output_begun *begun)
{
	self->started = true;
	(void)bsk_emit(ctx, BSK_PROCESS_STARTED, BSK_NEW(bsk_process_started,
	    .pid = self->finished.pid,
	    .in = self->pipes[0] == BSK_PROCESS_NO_PIPE ? bsk_nobody() :
	    bsk_self(ctx),
	    .out = begun->out, .err = begun->err));
	look_at_stdin(self, ctx);
	return self->exited ? tell_exit(self, ctx) : 0;
}

static int
on_failed(struct process *self, bsk_ctx *ctx,
    const struct bsk_process_failed *failed)
{
	struct bsk_process_failed copy;

	(void)self;
	if (bsk_type_copy(&bsk_process_failed_type, failed, &copy) == 0)
		(void)bsk_emit(ctx, BSK_PROCESS_FAILED,
		    bsk_message_new(&bsk_process_failed_type, &copy));
	bsk_exit(ctx, failed->error);
	return 0;
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
	if (!self->exited || !self->started || !bsk_ref_is_nobody(self->reader))
		return 0;
	(void)bsk_emit(ctx, BSK_PROCESS_FINISHED, bsk_message_new(
	    &bsk_process_finished_type, &self->finished));
	bsk_exit(ctx,
	    self->draining || self->finished.code == 0 ? 0 : -ECHILD);
	return 0;
}

static int
tell_exit(struct process *self, bsk_ctx *ctx)
{
	const struct bsk_process_config *config = bsk_config(ctx);
	struct bsk_process_exited exited = bsk_process_exited_of(ctx,
	    &self->child, &self->input.outbox, bsk_fd_number(self->input.fd));

	bsk_process_input_hold(&self->input, ctx);
	look_at_stdin(self, ctx);
	bsk_process_exited_log(ctx, config, &exited, self->draining);
	(void)bsk_emit(ctx, BSK_PROCESS_EXITED,
	    bsk_message_new(&bsk_process_exited_type, &exited));
	(void)bsk_timer_disarm(ctx, TIMER_BROKEN);
	(void)bsk_send(ctx, self->reader, BSK_NEW(bsk_process_output_finish,
	    .linger_ns = config->linger_ns));
	return finish(self, ctx);
}

static int
on_exited(struct process *self, bsk_ctx *ctx,
    const struct bsk_child_exited *child)
{
	self->exited = true;
	self->child = *child;
	self->finished.code = child->code;
	return self->started ? tell_exit(self, ctx) : 0;
}

static int
on_closed(struct process *self, bsk_ctx *ctx,
    const struct bsk_process_closed *closed)
{
	self->pipes[closed->fd] = BSK_PROCESS_PIPE_CLOSED;
	(void)bsk_emit(ctx, BSK_PROCESS_CLOSED,
	    bsk_message_new(&bsk_process_closed_type, closed));
	return 0;
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

/* The keeper does not end before we do unless it has failed; the reader says
 * that it has ended, if a moment later. */
static int
on_down(struct process *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	(void)ctx;
	if (bsk_ref_equal(self->keeper, down->actor))
		return down->reason == 0 ? -ECHILD : down->reason;
	return bsk_ref_equal(self->reader, down->actor) ? down->reason : 0;
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
on_wait(struct process *self, bsk_ctx *ctx, const struct bsk_process_wait *wait)
{
	(void)wait;
	return bsk_forward(ctx, self->keeper);
}

static int
on_drain(struct process *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = true;
	finish_stdin(self, ctx);
	return bsk_stop(ctx, self->keeper);
}

/* The keeper ends with us, and its child with it. */
static int
on_close(struct process *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	const struct bsk_process_config *config = bsk_config(ctx);
	int32_t pid = self->finished.pid;
	struct bsk_child_exited killed = {.pid = pid, .signal = SIGKILL};
	struct bsk_process_exited end = bsk_process_exited_of(ctx, &killed,
	    &self->input.outbox, bsk_fd_number(self->input.fd));

	(void)close;
	if (self->draining && !self->exited && pid != 0)
		bsk_process_exited_log(ctx, config, &end, true);
	bsk_process_input_hold(&self->input, ctx);
	if (self->draining)
		bsk_outbox_lose(&self->input.outbox, ctx);
	else
		bsk_outbox_return(&self->input.outbox, ctx);
	return 0;
}

/* --- status --------------------------------------------------------------- */

static enum bsk_process_state
state(const struct process *self)
{
	if (self->exited)
		return BSK_PROCESS_OVER;
	if (self->finished.pid == 0)
		return BSK_PROCESS_STARTING;
	return self->draining ? BSK_PROCESS_STOPPING : BSK_PROCESS_RUNNING;
}

static int
on_status(struct process *self, bsk_ctx *ctx, const struct bsk_status_ask *ask)
{
	const struct bsk_outbox *outbox = &self->input.outbox;
	bool lives = self->finished.pid != 0 && !self->exited;
	bsk_list children = bsk_list_new(sizeof(struct bsk_resource), lives);

	(void)ask;
	if (children.items != NULL)
		*(struct bsk_resource *)children.items = (struct bsk_resource){
			.owner = bsk_self(ctx), .number = self->finished.pid };
	(void)bsk_reply(ctx, BSK_NEW(bsk_process_status,
	    .state = (int32_t)state(self), .pid = self->finished.pid,
	    .code = self->finished.code, .in = (int32_t)self->pipes[0],
	    .out = (int32_t)self->pipes[1], .err = (int32_t)self->pipes[2],
	    .waiting_bytes = outbox->waiting_bytes,
	    .waiting_messages = outbox->count,
	    .written_bytes = outbox->written_bytes, .children = children));
	return 0;
}
