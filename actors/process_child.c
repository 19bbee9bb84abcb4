/* actors/process_child.c - the child of a process actor: born, told, buried.
 *
 *   hears   bsk_process_spawned  from the spawner: it runs
 *           bsk_child_exited     from the child watcher: it has ended
 *           bsk_process_signal   from anybody, by way of the process actor
 *           bsk_drain            the process actor wants it to end
 *   says    bsk_process_spawn    to the spawner, with the config as it is
 *           bsk_process_spawned, bsk_child_exited
 *                                to the process actor
 *
 * While this actor lives so may the child; when it ends, the child is killed,
 * and with it what is left of its group, where the config wants that.
 * Asked to stop, it gives the child its grace, then SIGTERM and as long again,
 * then SIGKILL. It stays until the process actor has no more use for it.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <buskin/actor.h>
#include <buskin/child.h>
#include <buskin/log.h>
#include <buskin/process.h>

#define SECOND_NS INT64_C(1000000000)
#define ASK_TIMEOUT_NS (30 * SECOND_NS)
#define GRACE_NS (2 * SECOND_NS)

enum timer {
	TIMER_TERM, /* it has not ended: SIGTERM */
	TIMER_KILL  /* nor then: SIGKILL */
};

struct process_child {
	bsk_ref spawner;
	bsk_fd pidfd;
	int32_t pid;   /* 0: it does not run yet */
	bool draining; /* it is to end */
	bool exited;
};

BSK_HANDLER(on_open, process_child, bsk_open);
BSK_HANDLER(on_spawned, process_child, bsk_process_spawned);
BSK_HANDLER(on_result, process_child, bsk_result);
BSK_HANDLER(on_ask_failed, process_child, bsk_ask_failed);
BSK_HANDLER(on_signal, process_child, bsk_process_signal);
BSK_HANDLER(on_exited, process_child, bsk_child_exited);
BSK_HANDLER(on_drain, process_child, bsk_drain);
BSK_HANDLER(on_due, process_child, bsk_timer_due);
BSK_HANDLER(on_close, process_child, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,            on_open),
	BSK_ON(bsk_process_spawned, on_spawned),
	BSK_ON(bsk_result,          on_result),
	BSK_ON(bsk_ask_failed,      on_ask_failed),
	BSK_ON(bsk_process_signal,  on_signal),
	BSK_ON(bsk_child_exited,    on_exited),
	BSK_ON(bsk_drain,           on_drain),
	BSK_ON(bsk_timer_due,       on_due),
	BSK_ON(bsk_close,           on_close),
};

const struct bsk_class bsk_process_child_class = BSK_CLASS(process_child,
    "process-child", "keeps a child process", handlers,
    .config = &bsk_process_config_type);

static int
on_open(struct process_child *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	struct bsk_process_config how;
	uint64_t ask;
	int error = bsk_config(ctx) == NULL ? -EINVAL :
	    bsk_service(ctx, &bsk_spawner_class, &self->spawner);

	(void)open;
	if (error == 0)
		error = bsk_type_copy(&bsk_process_config_type,
		    bsk_config(ctx), &how);
	if (error < 0)
		return error;
	return bsk_ask(ctx, self->spawner, BSK_NEW(bsk_process_spawn,
	    .how = how), ASK_TIMEOUT_NS, &ask);
}

static int64_t
grace(bsk_ctx *ctx)
{
	const struct bsk_process_config *config = bsk_config(ctx);

	return config->grace_ns > 0 ? config->grace_ns : GRACE_NS;
}

/* The watcher gets a pidfd of its own, and reaps whether we live or not. */
static int
watch_child(struct process_child *self, bsk_ctx *ctx)
{
	const struct bsk_os *os = bsk_os(ctx);
	bsk_ref watcher;
	uint64_t ask;
	int error = bsk_service(ctx, &bsk_child_watcher_class, &watcher);

	if (error < 0)
		return error;
	return bsk_ask(ctx, watcher, BSK_NEW(bsk_child_watch,
	    .pid = self->pid, .owned = true, .pidfd =
	    bsk_fd_own(os->dup(os, bsk_fd_number(self->pidfd)))),
	    ASK_TIMEOUT_NS, &ask);
}

/* The pipes are the process actor's; the pidfd stays here. */
static int
on_spawned(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_process_spawned *spawned)
{
	int error;

	self->pid = spawned->pid;
	self->pidfd = bsk_fd_own(bsk_fd_take(&spawned->pidfd));
	(void)bsk_send(ctx, self->spawner,
	    BSK_NEW(bsk_process_taken, .pid = self->pid));
	error = watch_child(self, ctx);
	if (error == 0)
		error = bsk_send(ctx, bsk_parent(ctx),
		    BSK_NEW(bsk_process_spawned, .pid = self->pid,
		    .in = bsk_fd_own(bsk_fd_take(&spawned->in)),
		    .out = bsk_fd_own(bsk_fd_take(&spawned->out)),
		    .err = bsk_fd_own(bsk_fd_take(&spawned->err))));
	if (error == 0 && self->draining)
		error = bsk_timer_arm(ctx, TIMER_TERM, grace(ctx), 0);
	return error;
}

static const char *
program(bsk_ctx *ctx)
{
	const struct bsk_process_config *config = bsk_config(ctx);
	const bsk_text *words = config->command.items;

	return config->command.count == 0 ? "" : bsk_text_chars(words[0]);
}

/* No child at all is the actor's end; so is one that cannot be watched. */
static int
on_result(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_result *result)
{
	(void)self;
	if (result->error < 0)
		(void)bsk_log(ctx, BSK_LOG_ERROR, "%s",
		    result->text.chars != NULL ? result->text.chars :
		    program(ctx));
	return result->error;
}

static int
on_ask_failed(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	(void)self;
	(void)bsk_log(ctx, BSK_LOG_ERROR, "%s: no answer: %s", program(ctx),
	    strerror(-failed->reason));
	return failed->reason;
}

/* --- signals -------------------------------------------------------------- */

/* A group is reached by its number, which is the child's pid. Nobody else can
 * have that until the child has been reaped, nor as long as anybody is in the
 * group; so it may be reached also a moment after the child. */
static int
signal_child(struct process_child *self, bsk_ctx *ctx, int number)
{
	const struct bsk_process_config *config = bsk_config(ctx);
	const struct bsk_os *os = bsk_os(ctx);

	if (self->pid != 0 && config->kill_group)
		return os->kill(os, -self->pid, number);
	if (self->pid == 0 || self->exited)
		return -ESRCH;
	return os->pidfd_send_signal(os, bsk_fd_number(self->pidfd), number);
}

static int
on_signal(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_process_signal *request)
{
	(void)bsk_reply(ctx, BSK_NEW(bsk_result,
	    .error = signal_child(self, ctx, request->number)));
	return 0;
}

static int
on_exited(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_child_exited *exited)
{
	if (exited->pid != self->pid)
		return 0;
	self->exited = true;
	(void)bsk_timer_disarm(ctx, TIMER_TERM);
	(void)bsk_timer_disarm(ctx, TIMER_KILL);
	return bsk_send(ctx, bsk_parent(ctx),
	    bsk_message_new(&bsk_child_exited_type, exited));
}

static int
on_drain(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = true;
	if (self->pid == 0 || self->exited)
		return 0;
	return bsk_timer_arm(ctx, TIMER_TERM, grace(ctx), 0);
}

static int
on_due(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_timer_due *due)
{
	if (due->timer == TIMER_KILL) {
		(void)signal_child(self, ctx, SIGKILL);
		return 0;
	}
	(void)signal_child(self, ctx, SIGTERM);
	return bsk_timer_arm(ctx, TIMER_KILL, grace(ctx), 0);
}

static int
on_close(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_close *close)
{
	const struct bsk_os *os = bsk_os(ctx);

	(void)close;
	(void)signal_child(self, ctx, SIGKILL);
	if (bsk_fd_number(self->pidfd) >= 0)
		(void)os->close(os, bsk_fd_number(self->pidfd));
	return 0;
}
