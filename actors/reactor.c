/* actors/reactor.c - the reactor: who tells when a descriptor is ready.
 *
 *   hears   bsk_fd_watch, bsk_fd_unwatch, bsk_fd_release
 *           bsk_reactor_look  how is the reactor?
 *           bsk_down          an owner has ended, and so has its watch
 *   says    bsk_fd_ready      to the owner, by the watch's own notice
 *           bsk_result, bsk_reactor_figures
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
#include <buskin/notice.h>
#include <buskin/park.h>
#include <buskin/reactor.h>

#define BATCH_DEFAULT 256
#define ROOM_LEAST 64
#define WAKER_KEY 0 /* among the watches; none of them has generation 0 */

struct watch {
	bsk_ref owner;
	bsk_notice *notice;  /* how the owner is told */
	uint64_t monitor;    /* says when the owner ends without a word */
	uint32_t generation; /* of this watch; never 0 */
	int fd;              /* the owner's */
};

/* All that `wake` may touch. */
struct waker {
	const struct bsk_os *os;
	int fd; /* an eventfd, ours; negative: none */
};

struct reactor {
	bsk_fd epoll;
	struct waker *waker;        /* on the heap, apart from what changes */
	struct epoll_event *told;   /* room for a batch */
	int batch;
	uint32_t generation;        /* the last that was given out */
	struct watch **watches;     /* by descriptor; NULL: not watched */
	size_t room;                /* rows in there */
	void *monitors;             /* the same watches as a tree, by monitor */
	struct bsk_reactor_figures figures;
};

BSK_HANDLER(on_open, reactor, bsk_open);
BSK_HANDLER(on_watch, reactor, bsk_fd_watch);
BSK_HANDLER(on_unwatch, reactor, bsk_fd_unwatch);
BSK_HANDLER(on_release, reactor, bsk_fd_release);
BSK_HANDLER(on_look, reactor, bsk_reactor_look);
BSK_HANDLER(on_down, reactor, bsk_down);
BSK_HANDLER(on_close, reactor, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_fd_watch, on_watch),
	BSK_ON(bsk_fd_unwatch, on_unwatch),
	BSK_ON(bsk_fd_release, on_release),
	BSK_ON(bsk_reactor_look, on_look),
	BSK_ON(bsk_down, on_down),
	BSK_ON(bsk_close, on_close),
};

const struct bsk_class bsk_reactor_class = BSK_CLASS(reactor, "reactor",
    "tells actors when their descriptors are ready", handlers,
    .config = &bsk_reactor_config_type);

/* Our words and the kernel's. */
static const struct { uint32_t ours, kernels; } event_words[] = {
	{ BSK_FD_IN, EPOLLIN },
	{ BSK_FD_OUT, EPOLLOUT },
	{ BSK_FD_RDHUP, EPOLLRDHUP },
	{ BSK_FD_HUP, EPOLLHUP },
	{ BSK_FD_ERR, EPOLLERR },
};
#define EVENT_WORDS (sizeof(event_words) / sizeof(event_words[0]))

static struct watch *
watch_find(const struct reactor *self, int fd)
{
	return fd >= 0 && (size_t)fd < self->room ? self->watches[fd] : NULL;
}

static void
tell(struct reactor *self, bsk_ctx *ctx, const struct epoll_event *event)
{
	uint64_t key = event->data.u64;
	const struct watch *watch = watch_find(self, (int)(uint32_t)key);
	uint32_t told = 0;
	size_t row;

	if (key == WAKER_KEY)
		return;
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

static void
wake(void *arg)
{
	const struct waker *waker = arg;
	const uint64_t one = 1;

	(void)waker->os->write(waker->os, waker->fd, &one, sizeof(one));
}

static const struct bsk_park park = { .wait = sleep_in, .wake = wake };

/* The waker's eventfd is watched by edges and so never needs to be read: each
 * write to it is an edge of its own. */
static int
waker_open(struct reactor *self, const struct bsk_os *os)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };

	self->waker = malloc(sizeof(*self->waker));
	if (self->waker == NULL)
		return -ENOMEM;
	self->waker->os = os;
	self->waker->fd = os->eventfd(os, 0);
	if (self->waker->fd < 0)
		return self->waker->fd;
	event.data.u64 = WAKER_KEY;
	return os->epoll_ctl(os, bsk_fd_number(self->epoll), EPOLL_CTL_ADD,
	    self->waker->fd, &event);
}

static int
on_open(struct reactor *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_reactor_config *config = bsk_config(ctx);
	const struct bsk_os *os = bsk_os(ctx);
	int error;

	(void)open;
	self->batch = BATCH_DEFAULT;
	if (config != NULL && config->batch > 0)
		self->batch = (int)config->batch;
	self->told = calloc((size_t)self->batch, sizeof(*self->told));
	if (self->told == NULL)
		return -ENOMEM;
	error = os->epoll_create(os);
	self->epoll = bsk_fd_own(error);
	if (error >= 0)
		error = waker_open(self, os);
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
make_room(struct reactor *self, int fd)
{
	size_t room = self->room > 0 ? self->room : ROOM_LEAST;
	struct watch **watches;

	while (room <= (size_t)fd)
		room *= 2;
	watches = realloc(self->watches, room * sizeof(struct watch *));
	if (watches == NULL)
		return -ENOMEM;
	memset(&watches[self->room], 0,
	    (room - self->room) * sizeof(struct watch *));
	self->watches = watches;
	self->room = room;
	return 0;
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
	if (watch_find(self, watch->fd) == watch) {
		self->watches[watch->fd] = NULL;
		self->figures.watches--;
	}
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
	if (error == 0 && (size_t)watch->fd >= self->room)
		error = make_room(self, watch->fd);
	return error;
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
	error = watch_fill(self, ctx, watch, wanted->events);
	if (error < 0) {
		watch_remove(self, ctx, watch);
		return error;
	}
	self->watches[watch->fd] = watch;
	self->figures.watches++;
	return 0;
}

static int
watch_set(struct reactor *self, bsk_ctx *ctx, const struct bsk_fd_watch *wanted)
{
	struct watch *watch = watch_find(self, wanted->fd);
	int error;

	if (watch == NULL)
		return watch_add(self, ctx, wanted);
	if (!bsk_ref_equal(watch->owner, bsk_sender(ctx)))
		return -EBUSY;
	error = control(self, ctx, EPOLL_CTL_MOD, watch, wanted->events);
	if (error != -ENOENT)
		return error;
	/* Closed behind our back, and the number is another's by now. */
	watch_remove(self, ctx, watch);
	return watch_add(self, ctx, wanted);
}

/* An answer that finds no memory is the asker's loss (its ask fails), not the
 * end of everybody's reactor. */
static int
answer(bsk_ctx *ctx, int fd, int error)
{
	bsk_text text = { NULL };

	if (error < 0)
		text = bsk_text_format("descriptor %d: %s", fd,
		    error == -EBUSY ? "watched by another actor" :
		    strerrordesc_np(-error));
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error, .text = text));
	return 0;
}

static int
on_watch(struct reactor *self, bsk_ctx *ctx, const struct bsk_fd_watch *watch)
{
	const uint32_t all = BSK_FD_IN | BSK_FD_OUT | BSK_FD_RDHUP;

	if (watch->events == 0 || (watch->events & ~all) != 0 ||
	    bsk_ref_is_nobody(bsk_sender(ctx)))
		return answer(ctx, watch->fd, -EINVAL);
	return answer(ctx, watch->fd, watch_set(self, ctx, watch));
}

static int
on_unwatch(struct reactor *self, bsk_ctx *ctx,
    const struct bsk_fd_unwatch *unwatch)
{
	struct watch *watch = watch_find(self, unwatch->fd);

	if (watch == NULL || !bsk_ref_equal(watch->owner, bsk_sender(ctx)))
		return answer(ctx, unwatch->fd, -ENOENT);
	watch_remove(self, ctx, watch);
	return answer(ctx, unwatch->fd, 0);
}

/* Whoever hands the descriptor itself over is its owner, also where another
 * one watched it. */
static int
on_release(struct reactor *self, bsk_ctx *ctx,
    const struct bsk_fd_release *release)
{
	const struct bsk_os *os = bsk_os(ctx);
	int fd = bsk_fd_take(&release->fd);
	struct watch *watch = watch_find(self, fd);

	if (watch != NULL)
		watch_remove(self, ctx, watch);
	if (fd >= 0)
		(void)os->close(os, fd);
	return 0;
}

static int
on_look(struct reactor *self, bsk_ctx *ctx, const struct bsk_reactor_look *look)
{
	(void)look;
	(void)bsk_reply(ctx,
	    bsk_message_new(&bsk_reactor_figures_type, &self->figures));
	return 0;
}

static int
on_down(struct reactor *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	const struct watch key = { .monitor = down->monitor };
	void *node = tfind(&key, &self->monitors, by_monitor);

	if (node != NULL)
		watch_remove(self, ctx, *(struct watch **)node);
	return 0;
}

static int
on_close(struct reactor *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	const struct bsk_os *os = bsk_os(ctx);
	size_t row;

	(void)close;
	(void)bsk_park_set(ctx, NULL, NULL);
	if (self->waker != NULL && self->waker->fd >= 0)
		(void)os->close(os, self->waker->fd);
	free(self->waker);
	for (row = 0; row < self->room; row++)
		if (self->watches[row] != NULL)
			watch_remove(self, ctx, self->watches[row]);
	free(self->watches);
	free(self->told);
	bsk_fd_drop(&self->epoll);
	return 0;
}
