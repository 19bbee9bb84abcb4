/* load_echo.c - servers that send back what they get: one request at a time,
 * many at once, connections that come and go, connections that lie idle.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

#define SAMPLES ((size_t)1 << 21)
#define EVENTS 256
#define STEP 7919u /* between the places where connections enter the stream */
#define PATIENCE_NS INT64_C(5000000000)
#define SETTLE_US 300000

static int
start_echo(void)
{
	load_start((const char *const[]){ "echo", load_path("socket"), NULL });
	return load_reach();
}

/* --- one request at a time --------------------------------------------- */

/* How many, each with its time in `samples`. */
static size_t
ask_for(int fd, size_t size, int64_t spell_ns, uint64_t *samples)
{
	int64_t now_ns = io_now_ns();
	int64_t over_ns = now_ns + spell_ns;
	uint64_t offset = 0;
	size_t count = 0;

	while (now_ns < over_ns && count < SAMPLES) {
		int64_t begun_ns = now_ns;

		load_send(fd, offset, size);
		load_receive(fd, offset, size);
		now_ns = io_now_ns();
		samples[count++] = (uint64_t)(now_ns - begun_ns);
		offset += size;
	}
	return count;
}

void
load_latency(const struct load_work *work)
{
	uint64_t *samples = calloc(SAMPLES, sizeof(*samples));
	struct load_usage before;
	struct load_usage after;
	int fd = start_echo();
	size_t count;

	if (samples == NULL)
		load_fail("no memory");
	(void)ask_for(fd, (size_t)work->size, LOAD_WARM_NS, samples);
	load_look(&before);
	count = ask_for(fd, (size_t)work->size, LOAD_NS, samples);
	load_look(&after);
	load_print(work, "p50", io_quantile(samples, count, 0.5) / 1e3, "us");
	load_print(work, "p99", io_quantile(samples, count, 0.99) / 1e3, "us");
	load_print_cpu(work, &before, &after, (double)count, 1e6,
	    "us/request");
	(void)close(fd);
	free(samples);
}

/* --- many at once ------------------------------------------------------ */

struct caller {
	int fd;
	uint64_t base; /* where it is in the stream */
	uint64_t sent;
	uint64_t got;
};

struct crowd {
	const struct load_work *work;
	struct caller *callers;
	int epoll;
	uint64_t answered;   /* requests */
	uint64_t under_way;  /* bytes */
	bool is_over;        /* nothing more is sent */
};

/* Never more is under way than a socket holds. */
static void
call(struct crowd *crowd, struct caller *caller, uint64_t requests)
{
	size_t size = (size_t)requests * (size_t)crowd->work->size;
	ssize_t sent;

	if (size == 0 || crowd->is_over)
		return;
	sent = send(caller->fd, load_bytes(caller->base + caller->sent), size,
	    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent != (ssize_t)size)
		load_fail("a request of %zu bytes could not be sent", size);
	caller->sent += size;
	crowd->under_way += size;
}

static void
hear(struct crowd *crowd, struct caller *caller)
{
	static char bytes[LOAD_CHUNK];
	uint64_t size = (uint64_t)crowd->work->size;
	uint64_t whole = caller->got / size;
	ssize_t some = recv(caller->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (some < 0 && errno == EAGAIN)
		return;
	if (some <= 0 || caller->got + (uint64_t)some > caller->sent)
		load_fail("a connection was closed, or got too much");
	load_check(bytes, caller->base + caller->got, (size_t)some);
	caller->got += (uint64_t)some;
	crowd->under_way -= (uint64_t)some;
	whole = caller->got / size - whole;
	crowd->answered += whole;
	call(crowd, caller, whole);
}

/* Until then; or until all is answered. */
static void
serve_crowd(struct crowd *crowd, int64_t over_ns)
{
	struct epoll_event events[EVENTS];

	while (crowd->under_way > 0 && io_now_ns() < over_ns) {
		int count = epoll_wait(crowd->epoll, events, EVENTS, 100);

		for (int i = 0; i < count; i++)
			hear(crowd, events[i].data.ptr);
	}
}

static void
gather(struct crowd *crowd)
{
	long count = crowd->work->connections;

	crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
	crowd->callers = calloc((size_t)count, sizeof(*crowd->callers));
	if (crowd->epoll < 0 || crowd->callers == NULL)
		load_fail("no memory");
	for (long i = 0; i < count; i++) {
		struct caller *caller = &crowd->callers[i];
		struct epoll_event event = { .events = EPOLLIN,
			.data.ptr = caller };

		caller->fd = i == 0 ? start_echo() : load_connect();
		caller->base = (uint64_t)i * STEP;
		if (epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, caller->fd,
		    &event) < 0)
			load_fail("epoll_ctl: %m");
	}
}

void
load_closed(const struct load_work *work)
{
	struct crowd crowd = { .work = work };
	struct load_usage before;
	struct load_usage after;
	uint64_t answered;
	int64_t begun_ns;
	double seconds;

	gather(&crowd);
	for (long i = 0; i < work->connections; i++)
		call(&crowd, &crowd.callers[i], (uint64_t)work->depth);
	serve_crowd(&crowd, io_now_ns() + LOAD_WARM_NS);
	load_look(&before);
	answered = crowd.answered;
	begun_ns = io_now_ns();
	serve_crowd(&crowd, begun_ns + LOAD_NS);
	seconds = (double)(io_now_ns() - begun_ns) / 1e9;
	answered = crowd.answered - answered;
	load_look(&after);
	crowd.is_over = true;
	serve_crowd(&crowd, io_now_ns() + PATIENCE_NS);
	if (crowd.under_way > 0 || answered == 0)
		load_fail("%llu bytes did not come back",
		    (unsigned long long)crowd.under_way);
	load_print(work, "rate", (double)answered / seconds, "requests/s");
	load_print_cpu(work, &before, &after, (double)answered, 1e6,
	    "us/request");
	free(crowd.callers);
}

/* --- connections that come and go -------------------------------------- */

/* Takes the answer of the oldest, and puts a new one in its place. */
static void
change(int *fd, uint64_t *offset, uint64_t next)
{
	load_receive(*fd, *offset, 1);
	(void)close(*fd);
	*fd = load_connect();
	*offset = next;
	load_send(*fd, next, 1);
}

void
load_churn(const struct load_work *work)
{
	size_t count = (size_t)work->connections;
	int *fds = calloc(count, sizeof(*fds));
	uint64_t *offsets = calloc(count, sizeof(*offsets));
	struct load_usage before;
	struct load_usage after;
	int64_t begun_ns;
	uint64_t made = 0;

	if (fds == NULL || offsets == NULL)
		load_fail("no memory");
	for (size_t i = 0; i < count; i++) {
		fds[i] = i == 0 ? start_echo() : load_connect();
		load_send(fds[i], 0, 1);
	}
	load_look(&before);
	begun_ns = io_now_ns();
	for (; io_now_ns() < begun_ns + LOAD_NS; made++)
		change(&fds[made % count], &offsets[made % count], made + 1);
	load_print(work, "rate", (double)made * 1e9 /
	    (double)(io_now_ns() - begun_ns), "connections/s");
	load_look(&after);
	for (size_t i = 0; i < count; i++)
		load_receive(fds[i], offsets[i], 1);
	load_print_cpu(work, &before, &after, (double)made, 1e6,
	    "us/connection");
	free(offsets);
	free(fds);
}

/* --- connections that lie idle ----------------------------------------- */

void
load_idle(const struct load_work *work)
{
	struct load_usage none;
	struct load_usage before;
	struct load_usage after;
	int64_t begun_ns;
	double seconds;
	int fd = start_echo();

	load_look(&none);
	for (long i = 0; i < work->connections; i++) {
		load_send(fd, (uint64_t)i, 1);
		load_receive(fd, (uint64_t)i, 1);
		fd = load_connect(); /* the others stay open */
	}
	(void)usleep(SETTLE_US);
	load_look(&before);
	begun_ns = io_now_ns();
	(void)usleep((useconds_t)(LOAD_NS / 1000));
	seconds = (double)(io_now_ns() - begun_ns) / 1e9;
	load_look(&after);
	load_print(work, "wakeups",
	    (double)(after.switches - before.switches) / seconds, "wakeups/s");
	load_print(work, "memory", (after.resident - none.resident) /
	    (double)work->connections, "bytes/connection");
	load_print_cpu(work, &before, &after, seconds, 1e6, "us/s");
}
