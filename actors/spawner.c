/* actors/spawner.c - starts programs.
 *
 *   hears   bsk_process_spawn    from whoever wants a program to run
 *           bsk_process_taken    from the same: it has the child in hand
 *           bsk_down             an asker has ended, or the child watcher
 *           bsk_child_exited     a child that nobody took has been reaped
 *   says    bsk_process_spawned  the answer; or bsk_result, saying why not
 *           bsk_child_watch      to the child watcher, for a child that
 *                                nobody took: it has been killed
 *
 * It lives on the host's thread: whoever starts a child stands still until the
 * child has become the program, and no actor of the pool shall.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <buskin/actor.h>
#include <buskin/child.h>
#include <buskin/spawner.h>

#define DRAIN_NS INT64_C(2000000000) /* for the watcher to reap */

/* A child that has been started and not been taken yet. */
struct untaken {
	struct untaken *next;
	bsk_ref asker;
	uint64_t monitor;
	uint32_t life; /* of the asker's */
	int pidfd; /* ours: a duplicate; -1: the kernel has none */
	int pid;
	bool killed; /* and to be reaped: nobody will take it */
	bsk_ref reaper; /* the watcher it was given to; nobody: it was not */
	bool lives_on; /* that could not be done */
};

struct spawner {
	struct untaken *untaken;
	uint64_t started;
	uint64_t failed;
	bsk_ref watcher;  /* the last that was monitored */
	bool draining;
};

BSK_HANDLER(on_spawn, spawner, bsk_process_spawn);
BSK_HANDLER(on_taken, spawner, bsk_process_taken);
BSK_HANDLER(on_down, spawner, bsk_down);
BSK_HANDLER(on_exited, spawner, bsk_child_exited);
BSK_HANDLER(on_status, spawner, bsk_status_ask);
BSK_HANDLER(on_drain, spawner, bsk_drain);
BSK_HANDLER(on_due, spawner, bsk_timer_due);
BSK_HANDLER(on_close, spawner, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_process_spawn, on_spawn),
	BSK_ON(bsk_process_taken, on_taken),
	BSK_ON(bsk_down,          on_down),
	BSK_ON(bsk_child_exited,  on_exited),
	BSK_ON(bsk_status_ask,    on_status),
	BSK_ON(bsk_drain,         on_drain),
	BSK_ON(bsk_timer_due,     on_due),
	BSK_ON(bsk_close,         on_close),
};

const struct bsk_class bsk_spawner_class = BSK_CLASS(spawner, "spawner",
    "starts programs", handlers, .placement = BSK_PLACE_HOST,
    .status = &bsk_spawner_status_type);

/* --- children that nobody has taken --------------------------------------- */

static void
forget(struct spawner *self, bsk_ctx *ctx, struct untaken *child)
{
	struct untaken **link = &self->untaken;

	while (*link != child)
		link = &(*link)->next;
	*link = child->next;
	if (!child->killed)
		(void)bsk_demonitor(ctx, child->monitor);
	if (child->pidfd >= 0)
		(void)bsk_os(ctx)->close(bsk_os(ctx), child->pidfd);
	free(child);
}

/* -ESRCH: it has been reaped. */
static int
kill_child(bsk_ctx *ctx, struct untaken *child)
{
	const struct bsk_os *os = bsk_os(ctx);
	int error;

	if (child->killed)
		return 0;
	error = child->pidfd >= 0 ?
	    os->pidfd_send_signal(os, child->pidfd, SIGKILL) :
	    bsk_child_kill(os, child->pid, SIGKILL);
	(void)bsk_demonitor(ctx, child->monitor);
	child->killed = true;
	child->lives_on = error < 0 && error != -ESRCH;
	return error;
}

/* Gives the child to the watcher. Should that end first, it is ours again. */
static void
give(struct spawner *self, bsk_ctx *ctx, struct untaken *child)
{
	const struct bsk_os *os = bsk_os(ctx);
	uint64_t monitor;
	bsk_ref watcher;

	if (bsk_service(ctx, &bsk_child_watcher_class, &watcher) < 0)
		return;
	if (!bsk_ref_equal(watcher, self->watcher)) {
		if (bsk_monitor(ctx, watcher, &monitor) < 0)
			return;
		self->watcher = watcher;
	}
	if (bsk_send(ctx, watcher, BSK_NEW(bsk_child_watch,
	    .pid = child->pid, .owned = true,
	    .pidfd = bsk_fd_own(child->pidfd < 0 ? -1 :
		os->dup(os, child->pidfd)))) == 0)
		child->reaper = watcher;
}

/* Kills the child and has it reaped: others may watch it too, so that is for
 * the watcher to do. It is forgotten when that has told of its end; or now, if
 * it has been reaped: the asker took it and has ended, and the news of that
 * came before its word. */
static void
put_down(struct spawner *self, bsk_ctx *ctx, struct untaken *child)
{
	if (child->killed)
		return;
	if (kill_child(ctx, child) == -ESRCH)
		forget(self, ctx, child);
	else
		give(self, ctx, child);
}

/* Those of the lives before this one. */
static void
put_down_all(struct spawner *self, bsk_ctx *ctx, bsk_ref asker, uint64_t life)
{
	struct untaken *next;

	for (struct untaken *it = self->untaken; it != NULL; it = next) {
		next = it->next;
		if (bsk_ref_equal(it->asker, asker) && it->life < life)
			put_down(self, ctx, it);
	}
}

/* The asker gets a pidfd of its own; ours is for the case that it never says
 * that it has it. */
static int
keep(struct spawner *self, bsk_ctx *ctx, struct untaken *child,
    struct bsk_process_spawned *spawned)
{
	const struct bsk_os *os = bsk_os(ctx);
	int own = bsk_fd_number(spawned->pidfd);
	int twin = own < 0 ? -1 : os->dup(os, own);

	child->asker = bsk_sender(ctx);
	child->pid = spawned->pid;
	child->pidfd = own;
	child->next = self->untaken;
	self->untaken = child;
	spawned->pidfd = bsk_fd_own(twin);
	return own >= 0 && twin < 0 ? twin :
	    bsk_monitor(ctx, child->asker, &child->monitor);
}

/* --- requests ------------------------------------------------------------- */

static int
refuse(bsk_ctx *ctx, int error, const char *text)
{
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
	    .text = bsk_text_copy(text)));
	return 0;
}

static int
spawn_child(struct spawner *self, bsk_ctx *ctx,
    const struct bsk_process_config *how, struct untaken *child)
{
	struct bsk_process_spawned spawned;
	struct bsk_result fault;
	int error;

	if (bsk_process_launch(bsk_os(ctx), how, &spawned, &fault) < 0) {
		self->failed++;
		free(child);
		(void)bsk_reply(ctx, bsk_message_new(&bsk_result_type, &fault));
		return 0;
	}
	self->started++;
	error = keep(self, ctx, child, &spawned);
	if (error < 0) {
		bsk_type_drop(&bsk_process_spawned_type, &spawned);
		put_down(self, ctx, child);
		return refuse(ctx, error, "cannot keep hold of the child");
	}
	(void)bsk_reply(ctx,
	    bsk_message_new(&bsk_process_spawned_type, &spawned));
	return 0;
}

static int
on_spawn(struct spawner *self, bsk_ctx *ctx,
    const struct bsk_process_spawn *request)
{
	struct untaken *child;

	if (bsk_ref_is_nobody(bsk_sender(ctx)))
		return refuse(ctx, -EINVAL, "only an actor can have a child");
	/* What was not taken in an earlier life will never be. */
	put_down_all(self, ctx, bsk_sender(ctx), request->life);
	child = calloc(1, sizeof(*child));
	if (child == NULL)
		return refuse(ctx, -ENOMEM, NULL);
	child->life = request->life;
	return spawn_child(self, ctx, &request->how, child);
}

static int
on_taken(struct spawner *self, bsk_ctx *ctx,
    const struct bsk_process_taken *taken)
{
	struct untaken *child = self->untaken;

	while (child != NULL && (child->pid != taken->pid ||
	    !bsk_ref_equal(child->asker, bsk_sender(ctx))))
		child = child->next;
	if (child != NULL)
		forget(self, ctx, child);
	return 0;
}

/* Waits for a child that was killed: it ends as soon as the kernel lets it. For
 * one that could not be killed nobody can wait. */
static void
bury(const struct bsk_os *os, const struct untaken *child)
{
	bool exact = child->pidfd >= 0;
	struct bsk_os_wait wait;

	(void)os->waitid(os, exact ? P_PIDFD : P_PID,
	    (id_t)(exact ? child->pidfd : child->pid),
	    child->lives_on ? WEXITED | WNOHANG : WEXITED, &wait);
}

/* Ends, when asked to, once nothing that was given is to be reaped; but for
 * what could not be killed. */
static void
end_if_done(struct spawner *self, bsk_ctx *ctx)
{
	const struct untaken *child = self->untaken;

	while (child != NULL &&
	    (bsk_ref_is_nobody(child->reaper) || child->lives_on))
		child = child->next;
	if (self->draining && child == NULL)
		bsk_exit(ctx, 0);
}

/* A watcher is gone, and perhaps has not reaped them. */
static void
take_back(struct spawner *self, bsk_ctx *ctx, bsk_ref watcher)
{
	struct untaken *next;

	for (struct untaken *it = self->untaken; it != NULL; it = next) {
		next = it->next;
		if (!bsk_ref_equal(it->reaper, watcher))
			continue;
		bury(bsk_os(ctx), it);
		forget(self, ctx, it);
	}
}

/* Without memory the runtime gives a monitor up, and says so as of an end: the
 * actor may well be alive. Whether it is monitored anew. */
static bool
monitor_again(struct spawner *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	struct untaken *child = self->untaken;
	uint64_t monitor;

	if (down->reason != -ENOMEM ||
	    bsk_monitor(ctx, down->actor, &monitor) < 0)
		return false;
	while (child != NULL &&
	    (child->killed || child->monitor != down->monitor))
		child = child->next;
	if (child != NULL)
		child->monitor = monitor;
	return true;
}

static int
on_down(struct spawner *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	if (monitor_again(self, ctx, down))
		return 0;
	take_back(self, ctx, down->actor);
	put_down_all(self, ctx, down->actor, UINT64_MAX);
	end_if_done(self, ctx);
	return 0;
}

static int
on_exited(struct spawner *self, bsk_ctx *ctx,
    const struct bsk_child_exited *exited)
{
	struct untaken *child = self->untaken;

	while (child != NULL && (child->pid != exited->pid || !child->killed))
		child = child->next;
	if (child != NULL)
		forget(self, ctx, child);
	end_if_done(self, ctx);
	return 0;
}

static int
on_status(struct spawner *self, bsk_ctx *ctx, const struct bsk_status_ask *ask)
{
	uint32_t count = 0;
	bsk_list children;
	struct bsk_resource *resource;

	(void)ask;
	for (struct untaken *child = self->untaken;
	    child != NULL && count < BSK_STATUS_LIST_MAX; child = child->next)
		count += !child->killed;
	children = bsk_list_new(sizeof(*resource), count);
	resource = children.items;
	for (struct untaken *child = self->untaken;
	    resource != NULL && count > 0; child = child->next) {
		if (child->killed)
			continue;
		*resource++ = (struct bsk_resource){ .owner = child->asker,
			.number = child->pid };
		count--;
	}
	(void)bsk_reply(ctx, BSK_NEW(bsk_spawner_status,
	    .started = self->started, .failed = self->failed,
	    .children = children));
	return 0;
}

/* What was given is waited for: reaped by us, it would be missed there. */
static int
on_drain(struct spawner *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = true;
	end_if_done(self, ctx);
	return bsk_timer_arm(ctx, 0, DRAIN_NS, 0);
}

static int
on_due(struct spawner *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)self;
	(void)due;
	bsk_exit(ctx, 0);
	return 0;
}

/* Nobody else may be left to reap: at the end of the system the child watcher
 * may go before us. */
static int
on_close(struct spawner *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)close;
	for (struct untaken *it = self->untaken; it != NULL; it = it->next)
		(void)kill_child(ctx, it);
	while (self->untaken != NULL) {
		bury(bsk_os(ctx), self->untaken);
		forget(self, ctx, self->untaken);
	}
	return 0;
}
