/* growth_fds.c - an event of a descriptor where few are watched and where many
 * are; as many are ever ready.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <buskin/reactor.h>

#include "growth.h"

#define ACTIVE 10u
#define EVENTS 200000u
#define ROUNDS 5u
#define MANY 10000u
#define OTHERS 64u /* descriptors that a system has besides */
#define PATIENCE_NS INT64_C(10000000000)

/* Of the last go; the watcher's until bench_done. */
static int64_t took_ns;

static uint64_t most;

struct watcher {
	int *fds;
	uint64_t watched; /* fds[0..] below are */
	uint64_t goal;
	uint64_t answers; /* that are to come */
	uint64_t left;    /* events */
	int64_t begun_ns;
	bsk_ref reactor;
};

BSK_HANDLER(on_open, watcher, bsk_open)
{
	(void)body;
	self->fds = calloc(most, sizeof(*self->fds));
	if (self->fds == NULL)
		return -ENOMEM;
	for (uint64_t i = 0; i < most; i++) {
		self->fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		io_must(self->fds[i] < 0 ? -errno : 0, "eventfd");
	}
	return bsk_service(ctx, &bsk_reactor_class, &self->reactor);
}

static int
watch(struct watcher *self, bsk_ctx *ctx)
{
	uint64_t ask;
	int fd = self->fds[self->watched++];

	self->answers++;
	return bsk_ask(ctx, self->reactor, BSK_NEW(bsk_fd_watch, .fd = fd,
	    .events = BSK_FD_IN), PATIENCE_NS, &ask);
}

static int
unwatch(struct watcher *self, bsk_ctx *ctx)
{
	uint64_t ask;
	int fd = self->fds[--self->watched];

	self->answers++;
	return bsk_ask(ctx, self->reactor, BSK_NEW(bsk_fd_unwatch, .fd = fd),
	    PATIENCE_NS, &ask);
}

static int
make_ready(int fd)
{
	return eventfd_write(fd, 1) < 0 ? -errno : 0;
}

/* All that are watched: a few of them, evenly spread, are made ready. */
static int
begin(struct watcher *self)
{
	int result = 0;

	self->left = EVENTS;
	self->begun_ns = io_now_ns();
	for (uint64_t i = 0; i < ACTIVE && result == 0; i++)
		result = make_ready(self->fds[i * self->watched / ACTIVE]);
	return result;
}

BSK_HANDLER(on_go, watcher, go)
{
	int result = 0;

	while (result == 0 && self->watched < body->count)
		result = watch(self, ctx);
	while (result == 0 && self->watched > body->count)
		result = unwatch(self, ctx);
	if (result == 0 && self->answers == 0)
		result = begin(self);
	return result;
}

BSK_HANDLER(on_result, watcher, bsk_result)
{
	(void)ctx;
	io_must(body->error, "watch");
	return --self->answers == 0 ? begin(self) : 0;
}

BSK_HANDLER(on_failed, watcher, bsk_ask_failed)
{
	(void)self;
	(void)ctx;
	io_must(body->reason, "watch");
	return 0;
}

BSK_HANDLER(on_ready, watcher, bsk_fd_ready)
{
	eventfd_t count;

	(void)ctx;
	if (eventfd_read(body->fd, &count) < 0 || self->left == 0)
		return 0;
	if (--self->left > 0)
		return make_ready(body->fd);
	took_ns = io_now_ns() - self->begun_ns;
	bench_done();
	return 0;
}

BSK_HANDLER(on_close, watcher, bsk_close)
{
	(void)ctx;
	(void)body;
	free(self->fds); /* what they name ends with the process */
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_fd_ready, on_ready),
	BSK_ON(go, on_go),
	BSK_ON(bsk_result, on_result),
	BSK_ON(bsk_ask_failed, on_failed),
	BSK_ON(bsk_close, on_close),
};
static const struct bsk_class watcher_class =
    BSK_CLASS(watcher, "watcher", "watches descriptors", handlers);

static void
fds(const struct bench *bench)
{
	static struct series series = { .metric = "event",
		.unit = "ns/event", .sizes = { ACTIVE } };
	struct rlimit limit;
	bsk_ref watcher;

	most = series.sizes[1] = bench->size > 0 ? bench->size : MANY;
	io_lift_limit();
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur < most + OTHERS)
		bench_skip(bench, "%llu descriptors are more than a process "
		    "may have here", (unsigned long long)most);
	if (most < ACTIVE)
		bench_skip(bench, "there must be %u or more", ACTIVE);
	watcher = bench_spawn(bench, &watcher_class, NULL, NULL);
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned i = 0; i < series_sizes(&series); i++) {
			io_must(bsk_system_send(bench->system, watcher,
			    BSK_NEW(go, .count = series.sizes[i])), "send");
			bench_wait(1);
			series_note(&series, i, (double)took_ns / EVENTS);
		}
	series_print(bench, &series);
}

const struct workload growth_fds = { "fds", fds };
