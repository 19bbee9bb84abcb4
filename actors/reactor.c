/* actors/reactor.c - the reactor: who tells when a descriptor is ready.
 *
 *   hears   bsk_fd_watch, bsk_fd_unwatch, bsk_fd_release
 *           bsk_status_ask    how is the reactor?
 *           bsk_down          an owner has ended, and so has its watch
 *   says    bsk_fd_ready      to the owner, by the watch's own notice
 *           bsk_result, bsk_reactor_status; to the log, if it is there, by what
 *                             it waits
 *
 * Its worker sleeps in here (see sleep_in), so readiness is handled by the
 * thread that learns of it. A watch is found by its descriptor's number. The
 * number alone does not tell whether an event is still meant: a descriptor may
 * have been closed behind our back, live on in a copy, and its number be
 * another's by now. So each watch has a generation, and what the kernel says
 * about another generation is dropped and counted.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <buskin/actor.h>
#include <buskin/fd_map.h>
#include <buskin/inspect.h>
#include <buskin/log.h>
#include <buskin/notice.h>
#include <buskin/park.h>
#include <buskin/reactor.h>
#include <buskin/unblock.h>

#define BATCH_DEFAULT 256
#define WAKER_KEY 0 /* among the watches; none of them has generation 0 */

struct watch {
	bsk_ref owner;
	bsk_notice *notice;  /* how the owner is told */
	uint64_t monitor;    /* says when the owner ends without a word */
	uint32_t generation; /* of this watch; never 0 */
	uint32_t wanted;     /* enum bsk_fd_event, or-ed */
	int fd;              /* the owner's */
};

struct reactor {
	bsk_fd epoll;
	struct bsk_waker *waker;
	struct epoll_event *told;   /* room for a batch */
	int batch;
	uint32_t generation;        /* the last that was given out */
	struct bsk_fd_map watches;  /* struct watch */
	void *monitors;             /* the same watches as a tree, by monitor */
	struct bsk_reactor_status figures; /* without its texts and lists */
};

BSK_HANDLER(on_open, reactor, bsk_open);
BSK_HANDLER(on_watch, reactor, bsk_fd_watch);
BSK_HANDLER(on_unwatch, reactor, bsk_fd_unwatch);
BSK_HANDLER(on_release, reactor, bsk_fd_release);
BSK_HANDLER(on_status, reactor, bsk_status_ask);
BSK_HANDLER(on_down, reactor, bsk_down);
BSK_HANDLER(on_close, reactor, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_fd_watch, on_watch),
	BSK_ON(bsk_fd_unwatch, on_unwatch),
	BSK_ON(bsk_fd_release, on_release),
	BSK_ON(bsk_status_ask, on_status),
	BSK_ON(bsk_down, on_down),
	BSK_ON(bsk_close, on_close),
};

const struct bsk_class bsk_reactor_class = BSK_CLASS(reactor, "reactor",
    "tells actors when their descriptors are ready", handlers,
    .config = &bsk_reactor_config_type, .status = &bsk_reactor_status_type);

/* Our words and the kernel's. */
static const struct { uint32_t ours, kernels; } event_words[] = {
	{ BSK_FD_IN, EPOLLIN },
	{ BSK_FD_OUT, EPOLLOUT },
	{ BSK_FD_RDHUP, EPOLLRDHUP },
	{ BSK_FD_HUP, EPOLLHUP },
	{ BSK_FD_ERR, EPOLLERR },
};
#define EVENT_WORDS (sizeof(event_words) / sizeof(event_words[0]))

static void
tell(struct reactor *self, bsk_ctx *ctx, const struct epoll_event *event)
{
	uint64_t key = event->data.u64;
	const struct watch *watch = bsk_fd_map_find(&self->watches,
	    (int)(uint32_t)key);
	uint32_t told = 0;
	size_t row;

	if (key == WAKER_KEY) {
		self->figures.wakeups++;
		return;
	}
	self->figures.events++;
	for (row = 0; row < EVENT_WORDS; row++)
		if ((event->events & event_words[row].kernels) != 0)
			told |= event_words[row].ours;
	if (watch != NULL && watch->generation == key >> 32)
		bsk_notice_post(ctx, watch->notice, told);
	else
		self->figures.stale++;
}

static void
sleep_in(void *state, bsk_ctx *ctx, int64_t timeout_ns)
{
	struct reactor *self = state;
	const struct bsk_os *os = bsk_os(ctx);
	int count = os->epoll_wait(os, bsk_fd_number(self->epoll), self->told,
	    self->batch, timeout_ns);
	int index;

	self->figures.waits++;
	for (index = 0; index < count; index++)
		tell(self, ctx, &self->told[index]);
}

static const struct bsk_park park = {
	.wait = sleep_in,
	.wake = bsk_waker_wake,
};

static int
waker_open(struct reactor *self, const struct bsk_os *os)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int error = bsk_waker_new(os, &self->waker);

	event.data.u64 = WAKER_KEY;
	return error < 0 ? error :
	    os->epoll_ctl(os, bsk_fd_number(self->epoll), EPOLL_CTL_ADD,
	    bsk_waker_fd(self->waker), &event);
}

static int
on_open(struct reactor *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_reactor_config *config = bsk_config(ctx);
	const struct bsk_os *os = bsk_os(ctx);
	bsk_ref log;
	int error;

	(void)open;
	self->batch = config != NULL && config->batch > 0 ?
	    (int)config->batch : BATCH_DEFAULT;
	self->told = calloc((size_t)self->batch, sizeof(*self->told));
	if (self->told == NULL)
		return -ENOMEM;
	error = os->epoll_create(os);
	self->epoll = bsk_fd_own(error);
	if (error >= 0)
		error = waker_open(self, os);
	/* Only where there is a log: a reactor alone does not make one. */
	if (bsk_find(ctx, bsk_log_class.name, &log) == 0)
		(void)bsk_log(ctx, BSK_LOG_DEBUG, "waits by epoll");
	return error < 0 ? error : bsk_park_set(ctx, &park, self->waker);
}

static int
by_monitor(const void *one, const void *other)
{
	uint64_t left = ((const struct watch *)one)->monitor;
	uint64_t right = ((const struct watch *)other)->monitor;

	return (left > right) - (left < right);
}

static int
control(const struct reactor *self, bsk_ctx *ctx, int operation,
    const struct watch *watch, uint32_t wanted)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct epoll_event event = { .events = EPOLLET };
	size_t row;

	for (row = 0; row < EVENT_WORDS; row++)
		if ((wanted & event_words[row].ours) != 0)
			event.events |= event_words[row].kernels;
	event.data.u64 =
	    (uint64_t)watch->generation << 32 | (uint32_t)watch->fd;
	return os->epoll_ctl(
	    os, bsk_fd_number(self->epoll), operation, watch->fd, &event);
}

/* Also of a watch that is half made, or whose descriptor was closed behind our
 * back: the kernel refuses then, which is no matter. */
static void
watch_remove(struct reactor *self, bsk_ctx *ctx, struct watch *watch)
{
	(void)control(self, ctx, EPOLL_CTL_DEL, watch, 0);
	if (bsk_fd_map_find(&self->watches, watch->fd) == watch)
		(void)bsk_fd_map_set(&self->watches, watch->fd, NULL);
	if (watch->notice != NULL)
		bsk_notice_free(ctx, watch->notice);
	if (watch->monitor != 0) {
		(void)tdelete(watch, &self->monitors, by_monitor);
		(void)bsk_demonitor(ctx, watch->monitor);
	}
	free(watch);
}

/* The kernel is asked first: only a number that is really open may make the
 * table grow. */
static int
watch_fill(struct reactor *self, bsk_ctx *ctx, struct watch *watch,
    uint32_t events)
{
	const struct bsk_fd_ready ready = { .fd = watch->fd };
	int error = control(self, ctx, EPOLL_CTL_ADD, watch, events);

	if (error == 0)
		error = bsk_notice_new(ctx, watch->owner, &bsk_fd_ready_type,
		    &ready, offsetof(struct bsk_fd_ready, events),
		    &watch->notice);
	if (error == 0)
		error = bsk_monitor(ctx, watch->owner, &watch->monitor);
	if (error == 0 && tsearch(watch, &self->monitors, by_monitor) == NULL)
		error = -ENOMEM;
	return error == 0 ?
	    bsk_fd_map_set(&self->watches, watch->fd, watch) : error;
}

static int
watch_add(struct reactor *self, bsk_ctx *ctx, const struct bsk_fd_watch *wanted)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int error;

	if (watch == NULL)
		return -ENOMEM;
	if (++self->generation == 0)
		self->generation = 1;
	watch->generation = self->generation;
	watch->owner = bsk_sender(ctx);
	watch->fd = wanted->fd;
	watch->wanted = wanted->events;
	error = watch_fill(self, ctx, watch, wanted->events);
	if (error < 0) {
		watch_remove(self, ctx, watch);
		return error;
	}
	return 0;
}

static int
watch_set(struct reactor *self, bsk_ctx *ctx, const struct bsk_fd_watch *wanted)
{
	struct watch *watch = bsk_fd_map_find(&self->watches, wanted->fd);
	int error;

	if (watch == NULL)
		return watch_add(self, ctx, wanted);
	if (!bsk_ref_equal(watch->owner, bsk_sender(ctx)))
		return -EBUSY;
	error = control(self, ctx, EPOLL_CTL_MOD, watch, wanted->events);
	if (error == 0)
		watch->wanted = wanted->events;
	if (error != -ENOENT)
		return error;
	/* Closed behind our back, and the number is another's by now. */
	watch_remove(self, ctx, watch);
	return watch_add(self, ctx, wanted);
}

/* Why the kernel or we said no. */
static bsk_text
reason(const struct reactor *self, bsk_ctx *ctx, int fd, int error)
{
	const struct watch *watch = bsk_fd_map_find(&self->watches, fd);
	char owner[BSK_INSPECT_WORDS_SIZE];

	if (error != -EBUSY || watch == NULL)
		return bsk_text_format("descriptor %d: %s", fd,
		    strerrordesc_np(-error));
	bsk_inspect_words(bsk_system_of(ctx), watch->owner, owner,
	    sizeof(owner));
	return bsk_text_format("descriptor %d is watched by %s", fd, owner);
}

/* An answer that finds no memory is the asker's loss (its ask fails), not the
 * end of everybody's reactor. */
static int
answer(const struct reactor *self, bsk_ctx *ctx, int fd, int error,
    const char *field)
{
	struct bsk_result result = { .error = error };

	if (error < 0) {
		result.text = reason(self, ctx, fd, error);
		result.field = bsk_text_copy(field);
	}
	(void)bsk_reply(ctx, bsk_message_new(&bsk_result_type, &result));
	return 0;
}

static int
on_watch(struct reactor *self, bsk_ctx *ctx, const struct bsk_fd_watch *watch)
{
	const uint32_t all = BSK_FD_IN | BSK_FD_OUT | BSK_FD_RDHUP;

	if (watch->events == 0 || (watch->events & ~all) != 0 ||
	    bsk_ref_is_nobody(bsk_sender(ctx)))
		return answer(self, ctx, watch->fd, -EINVAL, "events");
	return answer(self, ctx, watch->fd, watch_set(self, ctx, watch), "fd");
}

static int
on_unwatch(struct reactor *self, bsk_ctx *ctx,
    const struct bsk_fd_unwatch *unwatch)
{
	struct watch *watch = bsk_fd_map_find(&self->watches, unwatch->fd);

	if (watch == NULL || !bsk_ref_equal(watch->owner, bsk_sender(ctx)))
		return answer(self, ctx, unwatch->fd, -ENOENT, "fd");
	watch_remove(self, ctx, watch);
	return answer(self, ctx, unwatch->fd, 0, NULL);
}

/* Whoever hands the descriptor itself over is its owner, also where another
 * one watched it. */
static int
on_release(struct reactor *self, bsk_ctx *ctx,
    const struct bsk_fd_release *release)
{
	const struct bsk_os *os = bsk_os(ctx);
	int fd = bsk_fd_number(release->fd);
	struct watch *watch = bsk_fd_map_find(&self->watches, fd);

	if (watch != NULL)
		watch_remove(self, ctx, watch);
	bsk_block_again(os, &release->fd);
	(void)bsk_fd_take(&release->fd);
	if (fd >= 0)
		(void)os->close(os, fd);
	return 0;
}

static int
on_status(struct reactor *self, bsk_ctx *ctx, const struct bsk_status_ask *ask)
{
	struct bsk_reactor_status status = self->figures;
	const struct watch *watch;

	(void)ask;
	status.kind = bsk_text_copy("epoll");
	status.watches = (uint32_t)self->watches.count;
	for (int fd = 0; status.fds.count < BSK_STATUS_LIST_MAX &&
	    (watch = bsk_fd_map_next(&self->watches, fd, &fd)) != NULL; fd++)
		bsk_resources_add(&status.fds, watch->owner, fd,
		    bsk_fd_events_text(watch->wanted));
	(void)bsk_reply(ctx,
	    bsk_message_new(&bsk_reactor_status_type, &status));
	return 0;
}

/* For want of memory one is told of an end that was none. */
static bool
monitor_again(struct reactor *self, bsk_ctx *ctx, struct watch *watch)
{
	(void)tdelete(watch, &self->monitors, by_monitor);
	watch->monitor = 0;
	return bsk_monitor(ctx, watch->owner, &watch->monitor) == 0 &&
	    tsearch(watch, &self->monitors, by_monitor) != NULL;
}

static int
on_down(struct reactor *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	const struct watch key = { .monitor = down->monitor };
	void *node = tfind(&key, &self->monitors, by_monitor);
	struct watch *watch = node == NULL ? NULL : *(struct watch **)node;

	if (watch != NULL && (down->reason != -ENOMEM ||
	    !monitor_again(self, ctx, watch)))
		watch_remove(self, ctx, watch);
	return 0;
}

static int
on_close(struct reactor *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	struct watch *watch;
	int fd = 0;

	(void)close;
	(void)bsk_park_set(ctx, NULL, NULL);
	bsk_waker_free(self->waker);
	while ((watch = bsk_fd_map_next(&self->watches, fd, &fd)) != NULL)
		watch_remove(self, ctx, watch);
	bsk_fd_map_release(&self->watches);
	free(self->told);
	bsk_fd_drop(&self->epoll);
	return 0;
}
