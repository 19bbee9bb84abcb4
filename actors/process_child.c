/* actors/process_child.c - the child of a process actor: born, told, buried.
 *
 *   hears   bsk_process_spawned  from the spawner: it runs
 *           bsk_child_exited     from the child watcher: it has ended
 *           bsk_child_stopped, bsk_child_continued
 *                                from the same, where somebody is wired
 *           bsk_process_signal, bsk_process_wait
 *                                from anybody, by way of the process actor
 *           bsk_drain            the process actor wants it to end
 *   says    bsk_process_spawn    to the spawner, with the config as it is
 *           bsk_process_spawned, bsk_process_failed, bsk_child_exited
 *                                to the process actor
 *           bsk_child_stopped, bsk_child_continued   by its ports
 *
 * While this actor lives so may the child; when it ends, the child is killed,
 * and with it what is left of its group, where the config wants that.
 * Asked to stop, it gives the child its grace, then SIGTERM and as long again,
 * then SIGKILL. It stays until the process actor has no more use for it.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/actor.h>
#include <buskin/child.h>
#include <buskin/log.h>
#include <buskin/spawner.h>

#define SECOND_NS INT64_C(1000000000)
#define ASK_TIMEOUT_NS (30 * SECOND_NS)
#define GRACE_NS (2 * SECOND_NS)

enum timer {
	TIMER_TERM, /* it has not ended: SIGTERM */
	TIMER_KILL  /* nor then: SIGKILL */
};

/* Who waits for its end. */
struct waiter {
	struct waiter *next;
	bsk_message *ask; /* held */
};

struct process_child {
	bsk_ref spawner;
	bsk_ref watcher;
	uint64_t greeting; /* the ask whether there is a watcher */
	bsk_fd pidfd;
	int32_t pid;   /* 0: it does not run yet */
	bool draining; /* it is to end */
	bool taken;    /* the spawner need not answer for it any more */
	bool exited;
	struct bsk_child_exited end; /* how */
	struct waiter *waiters;
};

BSK_HANDLER(on_open, process_child, bsk_open);
BSK_HANDLER(on_spawned, process_child, bsk_process_spawned);
BSK_HANDLER(on_result, process_child, bsk_result);
BSK_HANDLER(on_ask_failed, process_child, bsk_ask_failed);
BSK_HANDLER(on_signal, process_child, bsk_process_signal);
BSK_HANDLER(on_wait, process_child, bsk_process_wait);
BSK_HANDLER(on_exited, process_child, bsk_child_exited);
BSK_HANDLER(on_stopped, process_child, bsk_child_stopped);
BSK_HANDLER(on_continued, process_child, bsk_child_continued);
BSK_HANDLER(on_drain, process_child, bsk_drain);
BSK_HANDLER(on_due, process_child, bsk_timer_due);
BSK_HANDLER(on_close, process_child, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,            on_open),
	BSK_ON(bsk_process_spawned, on_spawned),
	BSK_ON(bsk_result,          on_result),
	BSK_ON(bsk_ask_failed,      on_ask_failed),
	BSK_ON(bsk_process_signal,  on_signal),
	BSK_ON(bsk_process_wait,    on_wait),
	BSK_ON(bsk_child_exited,    on_exited),
	BSK_ON(bsk_child_stopped,   on_stopped),
	BSK_ON(bsk_child_continued, on_continued),
	BSK_ON(bsk_drain,           on_drain),
	BSK_ON(bsk_timer_due,       on_due),
	BSK_ON(bsk_close,           on_close),
};

static const struct bsk_port ports[] = {
	[BSK_PROCESS_CHILD_STOPPED] = BSK_PORT_OUT("stopped",
	    bsk_child_stopped, "it does not run"),
	[BSK_PROCESS_CHILD_CONTINUED] = BSK_PORT_OUT("continued",
	    bsk_child_continued, "it runs again"),
};

const struct bsk_class bsk_process_child_class = BSK_CLASS(process_child,
    "process-child", "keeps a child process", handlers, BSK_PORTS(ports),
    .config = &bsk_process_config_type);

/* Nobody is born before there is somebody to bury it: a watcher that answers,
 * if only that we watch no such child. */
static int
on_open(struct process_child *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	int error = bsk_config(ctx) == NULL ? -EINVAL :
	    bsk_service(ctx, &bsk_spawner_class, &self->spawner);

	(void)open;
	if (error == 0)
		error = bsk_service(ctx, &bsk_child_watcher_class,
		    &self->watcher);
	if (error < 0)
		return error;
	return bsk_ask(ctx, self->watcher, BSK_NEW(bsk_child_unwatch,
	    .pid = 0), ASK_TIMEOUT_NS, &self->greeting);
}

static int
spawn(struct process_child *self, bsk_ctx *ctx)
{
	struct bsk_process_config how;
	uint64_t ask;
	int error = bsk_type_copy(&bsk_process_config_type, bsk_config(ctx),
	    &how);

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
	int pidfd = bsk_fd_number(self->pidfd);
	uint64_t ask;

	return bsk_ask(ctx, self->watcher, BSK_NEW(bsk_child_watch,
	    .pid = self->pid, .owned = true,
	    .stops = bsk_is_wired(ctx, BSK_PROCESS_CHILD_STOPPED) ||
	    bsk_is_wired(ctx, BSK_PROCESS_CHILD_CONTINUED), .pidfd =
	    bsk_fd_own(pidfd < 0 ? -1 : os->dup(os, pidfd))),
	    ASK_TIMEOUT_NS, &ask);
}

/* Until there is somebody to bury it the spawner answers for the child. */
static int
take(struct process_child *self, bsk_ctx *ctx)
{
	if (self->taken)
		return 0;
	self->taken = true;
	return bsk_send(ctx, self->spawner,
	    BSK_NEW(bsk_process_taken, .pid = self->pid));
}

/* The pipes are the process actor's; the pidfd stays here. */
static int
on_spawned(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_process_spawned *spawned)
{
	int error;

	self->pid = spawned->pid;
	self->pidfd = bsk_fd_own(bsk_fd_take(&spawned->pidfd));
	error = watch_child(self, ctx);
	if (error == 0)
		error = bsk_send(ctx, bsk_parent(ctx),
		    BSK_NEW(bsk_process_spawned, .pid = self->pid,
		    .in = bsk_fd_own(bsk_fd_take(&spawned->in)),
		    .out = bsk_fd_own(bsk_fd_take(&spawned->out)),
		    .err = bsk_fd_own(bsk_fd_take(&spawned->err))));
	if (error == 0 && self->draining)
		error = bsk_timer_arm(ctx, TIMER_TERM, grace(ctx), 0);
	bsk_process_started_log(ctx, bsk_config(ctx), self->pid);
	return error;
}

static const char *
program(bsk_ctx *ctx)
{
	const struct bsk_process_config *config = bsk_config(ctx);
	const bsk_text *words = config->command.items;

	return config->command.count == 0 ? "" : bsk_text_chars(words[0]);
}

/* There is no child. We stay until the process actor has said so. */
static int
fail(bsk_ctx *ctx, int error, const char *text, const char *field)
{
	struct bsk_process_failed failed = {
		.error = error,
		.text = bsk_text_copy(text),
		.field = bsk_text_copy(field),
	};

	(void)bsk_log(ctx, BSK_LOG_ERROR, "%s", text);
	return bsk_send(ctx, bsk_parent(ctx),
	    bsk_message_new(&bsk_process_failed_type, &failed));
}

/* One that cannot be watched is the actor's end. */
static int
on_result(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_result *result)
{
	const char *text = bsk_text_chars(result->text);

	if (bsk_asked(ctx) == self->greeting &&
	    (result->error == -ENOENT || result->error == -EINVAL))
		return spawn(self, ctx);
	if (result->error == 0)
		return take(self, ctx);
	if (text[0] == '\0')
		text = program(ctx);
	if (self->pid == 0)
		return fail(ctx, result->error, text, result->field.chars);
	(void)bsk_log(ctx, BSK_LOG_ERROR, "%s", text);
	return result->error;
}

static int
on_ask_failed(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	bool is_watcher = bsk_asked(ctx) == self->greeting;
	bsk_text text = bsk_text_format("cannot run \"%s\": no %s: %s",
	    program(ctx), is_watcher ? "child watcher" : "answer",
	    strerror(-failed->reason));
	int error = failed->reason;

	if (self->pid == 0)
		error = fail(ctx, error, bsk_text_chars(text), NULL);
	else
		(void)bsk_log(ctx, BSK_LOG_ERROR, "%s", bsk_text_chars(text));
	bsk_text_drop(&text);
	return error;
}

/* --- signals -------------------------------------------------------------- */

/* A group may be reached also after the child, as long as anybody is in it. */
static int
signal_child(struct process_child *self, bsk_ctx *ctx, int number)
{
	const struct bsk_process_config *config = bsk_config(ctx);

	if (self->pid == 0 || (self->exited && !config->kill_group))
		return -ESRCH;
	return bsk_process_kill(bsk_os(ctx), self->pid,
	    bsk_fd_number(self->pidfd), config->kill_group, number);
}

static int
on_signal(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_process_signal *request)
{
	(void)bsk_reply(ctx, BSK_NEW(bsk_result,
	    .error = signal_child(self, ctx, request->number)));
	return 0;
}

/* --- the end -------------------------------------------------------------- */

static int
on_wait(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_process_wait *wait)
{
	struct waiter *waiter;

	(void)wait;
	if (self->exited) {
		(void)bsk_reply(ctx,
		    bsk_message_new(&bsk_child_exited_type, &self->end));
		return 0;
	}
	waiter = malloc(sizeof(*waiter));
	if (waiter == NULL)
		return -ENOMEM;
	*waiter = (struct waiter){ self->waiters, bsk_hold(ctx) };
	if (waiter->ask == NULL) {
		free(waiter);
		return -ENOMEM;
	}
	self->waiters = waiter;
	return 0;
}

static void
answer_all(struct process_child *self, bsk_ctx *ctx)
{
	struct waiter *waiter;

	while ((waiter = self->waiters) != NULL) {
		self->waiters = waiter->next;
		(void)bsk_answer(ctx, waiter->ask,
		    bsk_message_new(&bsk_child_exited_type, &self->end));
		free(waiter);
	}
}

static int
on_exited(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_child_exited *exited)
{
	if (exited->pid != self->pid)
		return 0;
	self->exited = true;
	self->end = *exited;
	(void)take(self, ctx);
	answer_all(self, ctx);
	(void)bsk_timer_disarm(ctx, TIMER_TERM);
	(void)bsk_timer_disarm(ctx, TIMER_KILL);
	(void)bsk_log(ctx, BSK_LOG_DEBUG, "%s: pid %" PRIi32
	    " ended with code %" PRIi32, program(ctx), self->pid,
	    exited->code);
	return bsk_send(ctx, bsk_parent(ctx),
	    bsk_message_new(&bsk_child_exited_type, exited));
}

/* A mailbox that is full is no fault of the child's. */
static int
on_stopped(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_child_stopped *stopped)
{
	(void)self;
	(void)bsk_emit(ctx, BSK_PROCESS_CHILD_STOPPED,
	    bsk_message_new(&bsk_child_stopped_type, stopped));
	return 0;
}

static int
on_continued(struct process_child *self, bsk_ctx *ctx,
    const struct bsk_child_continued *continued)
{
	(void)self;
	(void)bsk_emit(ctx, BSK_PROCESS_CHILD_CONTINUED,
	    bsk_message_new(&bsk_child_continued_type, continued));
	return 0;
}

/* --- stopping ------------------------------------------------------------- */

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
	struct waiter *waiter;

	(void)close;
	(void)signal_child(self, ctx, SIGKILL);
	if (bsk_fd_number(self->pidfd) >= 0)
		(void)os->close(os, bsk_fd_number(self->pidfd));
	while ((waiter = self->waiters) != NULL) {
		self->waiters = waiter->next;
		free(waiter);
	}
	return 0;
}
