/* actors/child_pidfd.c - the strategy that sleeps on pidfds.
 *
 *   hears   bsk_child_follow, bsk_child_signal, bsk_child_look
 *                          from the child watcher
 *           bsk_fd_ready   from the reactor: a child has ended
 *   says    bsk_child_strategy_ready, bsk_child_followed, bsk_child_exited
 *                          to the child watcher
 *
 * One pidfd for each child: no signal, no scan, and a recycled pid cannot be
 * mistaken for ours. The kernel must be 5.4 or newer. A child whose pidfd
 * cannot be had or watched, for want of descriptors, is looked at by the
 * clock.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <buskin/child_strategy.h>
#include <buskin/reactor.h>

#define BUCKETS 1024
#define WATCH_TIMEOUT_NS INT64_C(10000000000)
#define LOOK_NS INT64_C(50000000)
#define TIMER_LOOK 1 /* at what the reactor does not watch */

struct child {
	struct bsk_child_node node;
	struct child *next;    /* in the bucket of its pidfd */
	bsk_fd fd;             /* its pidfd; may be none */
	uint64_t ask;          /* of the reactor, to watch it */
	bool exit_only;        /* not ours to reap */
	bool looked_after;     /* the reactor would not: we look now and then */
};

struct child_pidfd {
	bsk_ref reactor;
	struct bsk_child_set set;       /* of struct child */
	struct child *buckets[BUCKETS]; /* by pidfd; who has one */
};

BSK_HANDLER(on_open, child_pidfd, bsk_open);
BSK_HANDLER(on_follow, child_pidfd, bsk_child_follow);
BSK_HANDLER(on_signal, child_pidfd, bsk_child_signal);
BSK_HANDLER(on_look, child_pidfd, bsk_child_look);
BSK_HANDLER(on_ready, child_pidfd, bsk_fd_ready);
BSK_HANDLER(on_result, child_pidfd, bsk_result);
BSK_HANDLER(on_ask_failed, child_pidfd, bsk_ask_failed);
BSK_HANDLER(on_due, child_pidfd, bsk_timer_due);
BSK_HANDLER(on_close, child_pidfd, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,         on_open),
	BSK_ON(bsk_child_follow, on_follow),
	BSK_ON(bsk_child_signal, on_signal),
	BSK_ON(bsk_child_look,   on_look),
	BSK_ON(bsk_fd_ready,     on_ready),
	BSK_ON(bsk_result,       on_result),
	BSK_ON(bsk_ask_failed,   on_ask_failed),
	BSK_ON(bsk_timer_due,    on_due),
	BSK_ON(bsk_close,        on_close),
};

const struct bsk_class bsk_child_pidfd_class = BSK_CLASS(child_pidfd,
    "child-watcher-pidfd", "follows children by pidfd", handlers,
    .config = &bsk_child_watcher_config_type);

/* We are no child of our own: -ECHILD is the answer of a kernel that can both
 * open and wait for a pidfd. */
static int
try_pidfd(const struct bsk_os *os)
{
	struct bsk_os_wait wait;
	int fd = os->pidfd_open(os, os->getpid(os));
	int error;

	if (fd < 0)
		return fd;
	error = os->waitid(os, P_PIDFD, (id_t)fd, WEXITED | WNOHANG, &wait);
	(void)os->close(os, fd);
	return error == -EINVAL ? -ENOSYS : 0;
}

/* Want of descriptors is no want of pidfds. */
static int
on_open(struct child_pidfd *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	int error = try_pidfd(bsk_os(ctx));

	(void)open;
	if (error == -ENOSYS || error == -EPERM)
		return bsk_child_say_ready(ctx, error, "no pidfds here");
	error = bsk_service(ctx, &bsk_reactor_class, &self->reactor);
	return error < 0 ? error : bsk_child_say_ready(ctx, 0, NULL);
}

/* --- the table ------------------------------------------------------------ */

static struct child **
bucket(struct child_pidfd *self, int fd)
{
	return &self->buckets[(unsigned)fd % BUCKETS];
}

/* The reactor takes its pidfd out of epoll before it closes it. */
static void
forget(struct child_pidfd *self, bsk_ctx *ctx, struct child *child)
{
	int fd = bsk_fd_number(child->fd);

	if (fd >= 0) {
		struct child **link = bucket(self, fd);

		while (*link != child)
			link = &(*link)->next;
		*link = child->next;
		(void)bsk_send(ctx, self->reactor,
		    BSK_NEW(bsk_fd_release, .fd = child->fd));
	}
	bsk_child_set_remove(&self->set, &child->node);
	free(child);
}

static struct child *
find(const struct child_pidfd *self, int32_t pid)
{
	return (struct child *)bsk_child_set_find(&self->set, pid);
}

static int
look_after(struct child *child, bsk_ctx *ctx)
{
	child->looked_after = true;
	return bsk_timer_arm(ctx, TIMER_LOOK, LOOK_NS, LOOK_NS);
}

/* --- following ------------------------------------------------------------ */

/* By its pid alone only a child of ours is taken: how another process ends,
 * the kernel will not tell. Returns the pidfd. */
static int
open_pidfd(const struct bsk_os *os, const struct bsk_child_follow *request)
{
	struct bsk_os_wait wait;
	int fd = os->pidfd_open(os, request->pid);
	int error;

	if (fd < 0 || request->exit_only)
		return fd;
	error = os->waitid(os, P_PIDFD, (id_t)fd,
	    WEXITED | WNOHANG | WNOWAIT, &wait);
	if (error == 0)
		return fd;
	(void)os->close(os, fd);
	return error;
}

/* Where descriptors have run out, the child is there all the same. */
static bool
is_reachable(const struct bsk_os *os, const struct bsk_child_follow *request,
    int error)
{
	return (error == -EMFILE || error == -ENFILE || error == -ENOMEM) &&
	    !request->exit_only && bsk_child_may_follow(os, request) == 0;
}

/* Takes `fd`, which may be -1, when it returns 0. The child is watched, or
 * looked after: nothing that the reactor may answer can be a refusal. */
static int
enter(struct child_pidfd *self, bsk_ctx *ctx,
    const struct bsk_child_follow *request, int fd)
{
	struct child *child = calloc(1, sizeof(*child));
	int error = -ENOMEM;

	if (child != NULL) {
		child->node.pid = request->pid;
		child->exit_only = request->exit_only;
		error = bsk_child_set_insert(&self->set, &child->node);
	}
	if (error < 0) {
		free(child);
		return error;
	}
	if (fd >= 0) {
		struct child **first = bucket(self, fd);

		child->fd = bsk_fd_own(fd);
		child->next = *first;
		*first = child;
		error = bsk_ask(ctx, self->reactor, BSK_NEW(bsk_fd_watch,
		    .fd = fd, .events = BSK_FD_IN), WATCH_TIMEOUT_NS,
		    &child->ask);
	}
	if (fd < 0 || error < 0)
		error = look_after(child, ctx);
	return error < 0 ? error :
	    bsk_child_say_followed(ctx, request->pid, true, 0);
}

/* It was ours, and somebody else has reaped it. */
static int
say_lost(bsk_ctx *ctx, int32_t pid)
{
	const struct bsk_child_exited lost = { .pid = pid, .code = 255,
	    .lost = true };

	return bsk_child_say_exited(ctx, &lost);
}

static int
follow(struct child_pidfd *self, bsk_ctx *ctx,
    const struct bsk_child_follow *request)
{
	const struct bsk_os *os = bsk_os(ctx);
	int fd = bsk_fd_take(&request->pidfd);
	int error;

	if (fd < 0)
		fd = open_pidfd(os, request);
	if (fd < 0 && !is_reachable(os, request, fd)) {
		if (request->known && (fd == -ESRCH || fd == -ECHILD))
			return say_lost(ctx, request->pid);
		return bsk_child_say_followed(ctx, request->pid, true, fd);
	}
	error = enter(self, ctx, request, fd);
	if (error == -ENOMEM && find(self, request->pid) == NULL) {
		if (fd >= 0)
			(void)os->close(os, fd);
		return bsk_child_say_followed(ctx, request->pid, true, error);
	}
	return error;
}

static int
on_follow(struct child_pidfd *self, bsk_ctx *ctx,
    const struct bsk_child_follow *request)
{
	struct child *child = find(self, request->pid);
	bool is_there = child != NULL;

	if (request->on && !is_there)
		return follow(self, ctx, request);
	if (is_there && !request->on)
		forget(self, ctx, child);
	return bsk_child_say_followed(ctx, request->pid, request->on,
	    is_there ? 0 : -ENOENT);
}

/* Whether the reactor watches. Who asked is sought only when it does not. */
static int
settle(struct child_pidfd *self, bsk_ctx *ctx, uint64_t ask, int error)
{
	struct bsk_child_node *node = error < 0 ? self->set.first : NULL;

	while (node != NULL && ((struct child *)node)->ask != ask)
		node = node->next;
	return node == NULL ? 0 : look_after((struct child *)node, ctx);
}

static int
on_result(struct child_pidfd *self, bsk_ctx *ctx,
    const struct bsk_result *result)
{
	return settle(self, ctx, bsk_asked(ctx), result->error);
}

static int
on_ask_failed(struct child_pidfd *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	return settle(self, ctx, failed->ask, failed->reason);
}

/* One without a pidfd may have been reaped behind our back. */
static int
send_signal(const struct bsk_os *os, const struct child *child, int number)
{
	int fd = bsk_fd_number(child->fd);

	return fd >= 0 ? os->pidfd_send_signal(os, fd, number) :
	    bsk_child_kill(os, child->node.pid, number);
}

static int
on_signal(struct child_pidfd *self, bsk_ctx *ctx,
    const struct bsk_child_signal *request)
{
	const struct child *child = find(self, request->pid);
	int error = child == NULL ? -ESRCH :
	    send_signal(bsk_os(ctx), child, request->number);

	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
	    .text = bsk_text_copy(error == -ESRCH ?
	    "not watched, or ended" : NULL)));
	return 0;
}

/* --- the end -------------------------------------------------------------- */

/* How a stranger ended is not ours to know; that it did, its pidfd tells. */
static int
reap(struct child_pidfd *self, bsk_ctx *ctx, struct child *child,
    bool has_ended)
{
	const struct bsk_os *os = bsk_os(ctx);
	int32_t pid = child->node.pid;
	int fd = bsk_fd_number(child->fd);
	struct bsk_child_exited exited = { .pid = pid, .code = 255,
	    .lost = true };
	int ended = child->exit_only ?
	    has_ended || os->pidfd_send_signal(os, fd, 0) == -ESRCH :
	    bsk_child_end(os, fd >= 0 ? P_PIDFD : P_PID,
	    (id_t)(fd >= 0 ? fd : pid), pid, &exited);

	if (ended <= 0)
		return ended;
	forget(self, ctx, child);
	return bsk_child_say_exited(ctx, &exited);
}

static int
on_ready(struct child_pidfd *self, bsk_ctx *ctx,
    const struct bsk_fd_ready *ready)
{
	struct child *child = *bucket(self, ready->fd);

	while (child != NULL && bsk_fd_number(child->fd) != ready->fd)
		child = child->next;
	return child == NULL ? 0 : reap(self, ctx, child, true);
}

static int
look(struct child_pidfd *self, bsk_ctx *ctx, bool at_all)
{
	struct bsk_child_node *next;
	int error = 0;

	for (struct bsk_child_node *node = self->set.first;
	    node != NULL && error == 0; node = next) {
		struct child *child = (struct child *)node;

		next = node->next;
		if (at_all || child->looked_after)
			error = reap(self, ctx, child, false);
	}
	return error;
}

static int
on_look(struct child_pidfd *self, bsk_ctx *ctx,
    const struct bsk_child_look *body)
{
	(void)body;
	return look(self, ctx, true);
}

static int
on_due(struct child_pidfd *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)due;
	return look(self, ctx, false);
}

static int
on_close(struct child_pidfd *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)close;
	while (self->set.first != NULL)
		forget(self, ctx, (struct child *)self->set.first);
	return 0;
}
