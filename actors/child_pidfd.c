/* actors/child_pidfd.c - the child watcher that sleeps on pidfds.
 *
 *   hears   bsk_child_watch    from whoever wants to know how a child ends
 *           bsk_child_unwatch  from the same
 *           bsk_child_signal   from whoever has something to tell the child
 *           bsk_fd_ready       from the reactor: a child has ended
 *   says    bsk_child_exited   to whoever watched it, once
 *
 * One pidfd for each child: no signal, no scan, and a recycled pid cannot be
 * mistaken for ours. A child stays in the table when its watcher ends: it is
 * reaped all the same, so that no zombie stays.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <buskin/actor.h>
#include <buskin/child.h>
#include <buskin/log.h>
#include <buskin/reactor.h>

#define BUCKETS 256
#define WATCH_TIMEOUT_NS INT64_C(10000000000)
#define DRAIN_NS INT64_C(1000000000) /* what is owned is killed by then */
#define LOOK_NS INT64_C(50000000)
#define TIMER_DRAIN 0
#define TIMER_LOOK 1 /* at what the reactor does not watch */
#define LOST_CODE 255 /* what is told when somebody else has reaped it */

struct child {
	struct child *next;    /* in the bucket of its pidfd */
	bsk_fd fd;             /* its pidfd */
	bsk_ref asker;         /* who is to be told */
	bsk_message *held;     /* its ask, until the reactor has answered */
	uint64_t ask;          /* of the reactor; 0: it has answered */
	int pid;
	bool owned;
	bool looked_after;     /* the reactor would not: we look now and then */
};

struct child_pidfd {
	bsk_ref reactor;
	struct child *buckets[BUCKETS]; /* by pidfd */
	size_t owned;          /* children that somebody will have killed */
	bool draining;
};

BSK_HANDLER(on_open, child_pidfd, bsk_open);
BSK_HANDLER(on_watch, child_pidfd, bsk_child_watch);
BSK_HANDLER(on_unwatch, child_pidfd, bsk_child_unwatch);
BSK_HANDLER(on_signal, child_pidfd, bsk_child_signal);
BSK_HANDLER(on_ready, child_pidfd, bsk_fd_ready);
BSK_HANDLER(on_result, child_pidfd, bsk_result);
BSK_HANDLER(on_ask_failed, child_pidfd, bsk_ask_failed);
BSK_HANDLER(on_drain, child_pidfd, bsk_drain);
BSK_HANDLER(on_due, child_pidfd, bsk_timer_due);
BSK_HANDLER(on_close, child_pidfd, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,          on_open),
	BSK_ON(bsk_child_watch,   on_watch),
	BSK_ON(bsk_child_unwatch, on_unwatch),
	BSK_ON(bsk_child_signal,  on_signal),
	BSK_ON(bsk_fd_ready,      on_ready),
	BSK_ON(bsk_result,        on_result),
	BSK_ON(bsk_ask_failed,    on_ask_failed),
	BSK_ON(bsk_drain,         on_drain),
	BSK_ON(bsk_timer_due,     on_due),
	BSK_ON(bsk_close,         on_close),
};

const struct bsk_class bsk_child_pidfd_class = BSK_CLASS(child_pidfd,
    "child-watcher-pidfd", "watches children by pidfd", handlers);

static int
on_open(struct child_pidfd *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)open;
	return bsk_service(ctx, &bsk_reactor_class, &self->reactor);
}

static int
answer(bsk_ctx *ctx, int error, const char *text)
{
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
	    .text = bsk_text_copy(text)));
	return 0;
}

/* --- the table ------------------------------------------------------------ */

static struct child **
bucket(struct child_pidfd *self, int fd)
{
	return &self->buckets[(unsigned)fd % BUCKETS];
}

/* The child of that pid, or the one that waits for that answer; 0: neither. */
static struct child *
find(struct child_pidfd *self, int pid, uint64_t ask)
{
	for (int i = 0; i < BUCKETS; i++)
		for (struct child *child = self->buckets[i]; child != NULL;
		    child = child->next)
			if (child->pid == pid ||
			    (ask != 0 && child->ask == ask))
				return child;
	return NULL;
}

static void
enter(struct child_pidfd *self, struct child *child)
{
	struct child **first = bucket(self, bsk_fd_number(child->fd));

	child->next = *first;
	*first = child;
	self->owned += child->owned;
}

/* Takes the child out of the table; the reactor takes its pidfd out of epoll
 * before it closes it. */
static void
forget(struct child_pidfd *self, bsk_ctx *ctx, struct child *child)
{
	struct child **link = bucket(self, bsk_fd_number(child->fd));

	while (*link != child)
		link = &(*link)->next;
	*link = child->next;
	self->owned -= child->owned;
	(void)bsk_send(ctx, self->reactor,
	    BSK_NEW(bsk_fd_release, .fd = child->fd));
	free(child);
	if (self->draining && self->owned == 0)
		bsk_exit(ctx, 0);
}

/* --- watching ------------------------------------------------------------- */

/* By its pid alone only a child of ours is taken: how another process ends,
 * the kernel will not tell. Returns the pidfd. */
static int
open_pidfd(const struct bsk_os *os, int pid)
{
	struct bsk_os_wait wait;
	int fd = os->pidfd_open(os, pid);
	int error;

	if (fd < 0)
		return fd;
	error = os->waitid(os, P_PIDFD, (id_t)fd,
	    WEXITED | WNOHANG | WNOWAIT, &wait);
	if (error == 0)
		return fd;
	(void)os->close(os, fd);
	return error;
}

/* Takes `fd` when it returns 0. */
static int
watch_new(struct child_pidfd *self, bsk_ctx *ctx,
    const struct bsk_child_watch *request, int fd)
{
	struct child *child = calloc(1, sizeof(*child));
	int error = child == NULL ? -ENOMEM : 0;

	if (error == 0)
		error = bsk_ask(ctx, self->reactor, BSK_NEW(bsk_fd_watch,
		    .fd = fd, .events = BSK_FD_IN), WATCH_TIMEOUT_NS,
		    &child->ask);
	if (error < 0) {
		free(child);
		return error;
	}
	child->fd = bsk_fd_own(fd);
	child->pid = request->pid;
	child->owned = request->owned;
	child->asker = bsk_sender(ctx);
	child->held = bsk_hold(ctx);
	enter(self, child);
	return 0;
}

static int
watch_again(const struct child *child, bsk_ctx *ctx)
{
	if (!bsk_ref_equal(child->asker, bsk_sender(ctx)))
		return answer(ctx, -EBUSY, "watched by another actor");
	return answer(ctx, child->held == NULL ? 0 : -EALREADY, NULL);
}

static int
on_watch(struct child_pidfd *self, bsk_ctx *ctx,
    const struct bsk_child_watch *request)
{
	const struct bsk_os *os = bsk_os(ctx);
	const struct child *child = find(self, request->pid, 0);
	int fd;
	int error;

	if (request->pid < 1)
		return answer(ctx, -EINVAL, "not a pid");
	if (child != NULL)
		return watch_again(child, ctx);
	fd = bsk_fd_take(&request->pidfd);
	if (fd < 0)
		fd = open_pidfd(os, request->pid);
	if (fd < 0)
		return answer(ctx, fd, "no child of ours");
	error = watch_new(self, ctx, request, fd);
	if (error == 0)
		return 0;
	(void)os->close(os, fd);
	return answer(ctx, error, NULL);
}

static void
answer_held(bsk_ctx *ctx, struct child *child, int error)
{
	if (child->held != NULL)
		(void)bsk_answer(ctx, child->held,
		    BSK_NEW(bsk_result, .error = error));
	child->held = NULL;
}

/* The reactor has answered: now the asker is. What is owned will be killed,
 * and must be reaped even where the reactor cannot watch it. */
static int
settle(struct child_pidfd *self, bsk_ctx *ctx, uint64_t ask, int error)
{
	struct child *child = find(self, 0, ask);

	if (child == NULL)
		return 0;
	child->ask = 0;
	answer_held(ctx, child, error);
	child->looked_after = error < 0 && child->owned;
	if (child->looked_after)
		return bsk_timer_arm(ctx, TIMER_LOOK, LOOK_NS, LOOK_NS);
	if (error < 0)
		forget(self, ctx, child);
	return 0;
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

static int
on_unwatch(struct child_pidfd *self, bsk_ctx *ctx,
    const struct bsk_child_unwatch *request)
{
	struct child *child = find(self, request->pid, 0);

	if (child == NULL || !bsk_ref_equal(child->asker, bsk_sender(ctx)))
		return answer(ctx, -ENOENT, "not watched");
	answer_held(ctx, child, -ECANCELED);
	forget(self, ctx, child);
	return answer(ctx, 0, NULL);
}

static int
on_signal(struct child_pidfd *self, bsk_ctx *ctx,
    const struct bsk_child_signal *request)
{
	const struct bsk_os *os = bsk_os(ctx);
	const struct child *child = find(self, request->pid, 0);

	if (child == NULL)
		return answer(ctx, -ESRCH, "not watched, or ended");
	return answer(ctx, os->pidfd_send_signal(os,
	    bsk_fd_number(child->fd), request->number), NULL);
}

/* --- the end -------------------------------------------------------------- */

static int64_t
ns(struct timeval time)
{
	return time.tv_sec * INT64_C(1000000000) + time.tv_usec * 1000;
}

static struct bsk_child_exited
describe(int pid, const struct bsk_os_wait *wait)
{
	bool killed = wait->code != CLD_EXITED;

	return (struct bsk_child_exited){
		.pid = pid,
		.code = killed ? -wait->status : wait->status,
		.signal = killed ? wait->status : 0,
		.core = wait->code == CLD_DUMPED,
		.user_ns = ns(wait->usage.ru_utime),
		.system_ns = ns(wait->usage.ru_stime),
		.memory_bytes = (uint64_t)wait->usage.ru_maxrss * 1024,
	};
}

static int
tell(bsk_ctx *ctx, const struct child *child,
    const struct bsk_child_exited *exited)
{
	if (exited->lost)
		(void)bsk_log(ctx, BSK_LOG_WARNING, "child process pid %d: "
		    "exit status already read by somebody else: will report "
		    "code %d", exited->pid, exited->code);
	return bsk_send(ctx, child->asker,
	    bsk_message_new(&bsk_child_exited_type, exited));
}

/* Returns 0 also when it has not ended yet, or its asker refuses to hear. */
static int
reap(struct child_pidfd *self, bsk_ctx *ctx, struct child *child)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct bsk_child_exited exited;
	struct bsk_os_wait wait;
	int error = os->waitid(os, P_PIDFD, (id_t)bsk_fd_number(child->fd),
	    WEXITED | WNOHANG, &wait);

	if (error == 0 && wait.pid == 0)
		return 0;
	if (error < 0 && error != -ECHILD)
		return error;
	exited = error < 0 ? (struct bsk_child_exited){ .pid = child->pid,
	    .code = LOST_CODE, .lost = true } : describe(child->pid, &wait);
	error = tell(ctx, child, &exited);
	forget(self, ctx, child);
	return error == -EAGAIN ? 0 : error;
}

static int
on_ready(struct child_pidfd *self, bsk_ctx *ctx,
    const struct bsk_fd_ready *ready)
{
	struct child *child = *bucket(self, ready->fd);

	while (child != NULL && bsk_fd_number(child->fd) != ready->fd)
		child = child->next;
	return child == NULL ? 0 : reap(self, ctx, child);
}

static int
look(struct child_pidfd *self, bsk_ctx *ctx)
{
	struct child *next;
	int error = 0;

	for (int i = 0; i < BUCKETS; i++)
		for (struct child *child = self->buckets[i];
		    child != NULL && error == 0; child = next) {
			next = child->next;
			if (child->looked_after || self->draining)
				error = reap(self, ctx, child);
		}
	return error;
}

/* Whoever owns a child has ended by now and has killed it: it is as good as
 * dead, and is waited for, even if the reactor is gone. Others live on. */
static int
on_drain(struct child_pidfd *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = true;
	if (self->owned == 0)
		bsk_exit(ctx, 0);
	(void)bsk_timer_arm(ctx, TIMER_LOOK, LOOK_NS, LOOK_NS);
	return bsk_timer_arm(ctx, TIMER_DRAIN, DRAIN_NS, 0);
}

static int
on_due(struct child_pidfd *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	if (due->timer == TIMER_LOOK)
		return look(self, ctx);
	bsk_exit(ctx, 0);
	return 0;
}

static int
on_close(struct child_pidfd *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)close;
	for (int i = 0; i < BUCKETS; i++)
		while (self->buckets[i] != NULL)
			forget(self, ctx, self->buckets[i]);
	return 0;
}
