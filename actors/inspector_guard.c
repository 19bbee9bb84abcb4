/* actors/inspector_guard.c - a guard between one client and nng.
 *
 *   hears   bsk_fd_ready           from the reactor: either side can go on
 *           bsk_result             from the reactor: a side is watched
 *           bsk_timer_due          its own: a deadline, or its turn again
 *   says    bsk_inspector_guarded  to its parent, at the end
 *
 * nng's listener is stuck for good once a peer hangs up before both have
 * greeted. So the client must greet first; then nng is greeted in its name, and
 * is not hung up on before it has greeted back. Then bytes go both ways; a
 * cutter sees to it that nng never has to hold more than the longest message.
 */
#include <errno.h>
#include <string.h>

#include <buskin/actor.h>
#include <buskin/inspector.h>
#include <buskin/nng.h>
#include <buskin/reactor.h>
#include <buskin/unix.h>

#define GREETING 8
#define BUFFER 4096
#define BUDGET (64 * 1024) /* bytes a turn; then others get theirs */
#define SECOND_NS INT64_C(1000000000)
#define NNG_PATIENCE 5 /* times the client's, to greet and to answer */
#define RETRY_NS (SECOND_NS / 100) /* nng is behind with accepting */
#define LINGER_NS SECOND_NS /* to hand over the last bytes */

enum timer {
	DEADLINE, /* of the phase; when relaying, of being idle */
	CONNECT,  /* connect once more */
	TURN      /* go on */
};

/* What the guard waits for. */
enum phase {
	CLIENT_GREETING, /* the client's eight bytes */
	CONNECTING,      /* nng's listener */
	NNG_GREETING,    /* nng's eight bytes */
	RELAYING
};

/* One of the two sockets. */
struct side {
	bsk_fd fd;     /* the reactor's to close */
	bool readable; /* for all we know: there was no -EAGAIN since it was */
	bool writable; /* the same */
	bool ended;    /* it writes no more */
};

/* Bytes on their way from one side to the other. */
struct flow {
	size_t end;   /* bytes held */
	size_t ready; /* of these, may be written */
	unsigned char bytes[BUFFER];
};

struct inspector_guard {
	bsk_ref reactor;
	enum phase phase;
	struct side client, nng;
	struct flow up;   /* to nng */
	struct flow down; /* to the client */
	struct bsk_nng_cutter cutter; /* of what goes up */
	bool owed;        /* nng has a whole request and said nothing since */
	bool draining;    /* end once nng owes nothing */
	bool over;        /* the last word was said */
};

BSK_HANDLER(on_ready, inspector_guard, bsk_fd_ready);
BSK_HANDLER(on_timer, inspector_guard, bsk_timer_due);
BSK_HANDLER(on_watched, inspector_guard, bsk_result);
BSK_HANDLER(on_open, inspector_guard, bsk_open);
BSK_HANDLER(on_drain, inspector_guard, bsk_drain);
BSK_HANDLER(on_close, inspector_guard, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_fd_ready, on_ready),
	BSK_ON(bsk_timer_due, on_timer),
	BSK_ON(bsk_result, on_watched),
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

const struct bsk_class bsk_inspector_guard_class = BSK_CLASS(inspector_guard,
    "inspector-guard", "stands between one client and nng", handlers,
    .config = &bsk_inspector_guard_config_type);

/* A client that asks: 0, S, P, 0, protocol 0x30 (request), 0, 0. */
static const unsigned char greeting[GREETING] =
    { 0, 'S', 'P', 0, 0, 0x30, 0, 0 };

/* --- bytes --- */

/* Reads up to `end` bytes in all. A side that is broken has ended too. Returns
 * whether bytes came. */
static bool
fill(struct flow *flow, struct side *from, const struct bsk_os *os, size_t end)
{
	ssize_t got;

	if (!from->readable || from->ended || flow->end >= end)
		return false;
	got = os->read(os, bsk_fd_number(from->fd), flow->bytes + flow->end,
	    end - flow->end);
	if (got == -EAGAIN)
		from->readable = false;
	else if (got <= 0)
		from->ended = true;
	else
		flow->end += (size_t)got;
	return got > 0;
}

/* Writes what is ready. Returns whether bytes went. */
static bool
drain(struct flow *flow, struct side *to, const struct bsk_os *os)
{
	ssize_t put;

	if (!to->writable || flow->ready == 0)
		return false;
	put = os->write(os, bsk_fd_number(to->fd), flow->bytes, flow->ready);
	if (put == -EAGAIN)
		to->writable = false;
	else if (put < 0)
		to->ended = true;
	if (put <= 0)
		return false;
	flow->ready -= (size_t)put;
	flow->end -= (size_t)put;
	memmove(flow->bytes, flow->bytes + put, flow->end);
	return true;
}

/* --- relaying --- */

static void
end(struct inspector_guard *self, bsk_ctx *ctx, enum bsk_guard_end how)
{
	const struct bsk_inspector_guard_config *config = bsk_config(ctx);

	if (self->over)
		return;
	self->over = true;
	(void)bsk_send(ctx, bsk_parent(ctx), BSK_NEW(bsk_inspector_guarded,
	    .end = (int32_t)how, .socket = config->socket,
	    .cut_requests = self->cutter.cut));
	bsk_exit(ctx, 0);
}

/* What may go to nng, of what the client sent. */
static int
admit(struct flow *up, struct bsk_nng_cutter *cutter)
{
	size_t size = up->end - up->ready;
	size_t ready;
	int result = bsk_nng_cut(cutter, up->bytes + up->ready, &size, &ready);

	up->end = up->ready + size;
	up->ready += ready;
	return result;
}

/* As far as the sides and the budget let us. */
static int
exchange(struct inspector_guard *self, bsk_ctx *ctx)
{
	const struct bsk_os *os = bsk_os(ctx);
	size_t rounds = BUDGET / BUFFER;
	bool moved = true;

	while (moved && rounds-- > 0) {
		moved = fill(&self->up, &self->client, os, BUFFER);
		if (admit(&self->up, &self->cutter) < 0)
			return -EPROTO;
		if (drain(&self->up, &self->nng, os)) {
			self->owed = self->cutter.pass == 0 &&
			    self->up.ready == 0;
			moved = true;
		}
		if (fill(&self->down, &self->nng, os, BUFFER)) {
			self->owed = false;
			moved = true;
		}
		self->down.ready = self->down.end;
		moved = drain(&self->down, &self->client, os) || moved;
	}
	return moved ? bsk_timer_arm(ctx, TURN, 0, 0) : 0;
}

/* nng 1.5 loses the memory of an answer whose peer leaves just then: so it is
 * not left as long as it owes one, though nobody hears it any more. */
static bool
is_done(const struct inspector_guard *self)
{
	if (self->client.ended)
		return self->up.ready == 0 && !self->owed;
	return self->down.ready == 0 &&
	    (self->nng.ended || (self->draining && !self->owed));
}

static int
relay(struct inspector_guard *self, bsk_ctx *ctx)
{
	const struct bsk_inspector_guard_config *config = bsk_config(ctx);
	int64_t patience = config->idle_ns;

	if (exchange(self, ctx) < 0 || is_done(self))
		end(self, ctx, BSK_GUARD_DONE);
	if (self->nng.ended || self->client.ended)
		patience = LINGER_NS;
	else if (self->owed)
		patience = config->greeting_ns * NNG_PATIENCE;
	return bsk_timer_arm(ctx, DEADLINE, patience, 0);
}

/* --- greetings --- */

static int
watch(struct inspector_guard *self, bsk_ctx *ctx, struct side *side, int fd)
{
	uint64_t ignored;
	int result = bsk_service(ctx, &bsk_reactor_class, &self->reactor);

	*side = (struct side){ bsk_fd_own(fd), true, true, false };
	if (result < 0)
		return result;
	return bsk_ask(ctx, self->reactor, BSK_NEW(bsk_fd_watch, .fd = fd,
	    .events = BSK_FD_IN | BSK_FD_OUT | BSK_FD_RDHUP), SECOND_NS,
	    &ignored);
}

/* Returns the connected socket. */
static int
connect_to(const struct bsk_os *os, bsk_text path)
{
	struct sockaddr_un address;
	socklen_t size;
	int fd = os->socket(os, AF_UNIX, SOCK_STREAM, 0);

	if (fd >= 0 && bsk_unix_address(bsk_text_chars(path), &address,
	    &size) == 0 && os->connect(os, fd, (struct sockaddr *)&address,
	    size) == 0)
		return fd;
	if (fd >= 0)
		(void)os->close(os, fd);
	return -EAGAIN;
}

/* A listener that is behind, or being replaced, is tried again until the
 * deadline. A new socket has room for eight bytes. */
static int
greet_nng(struct inspector_guard *self, bsk_ctx *ctx)
{
	const struct bsk_inspector_guard_config *config = bsk_config(ctx);
	int fd = connect_to(bsk_os(ctx), config->path);
	int result;

	if (fd < 0)
		return bsk_timer_arm(ctx, CONNECT, RETRY_NS, 0);
	self->phase = NNG_GREETING;
	result = watch(self, ctx, &self->nng, fd);
	if (bsk_os(ctx)->write(bsk_os(ctx), fd, greeting, GREETING) !=
	    GREETING)
		end(self, ctx, BSK_GUARD_STUCK);
	return result;
}

static int
hear_client(struct inspector_guard *self, bsk_ctx *ctx)
{
	const struct bsk_inspector_guard_config *config = bsk_config(ctx);
	struct flow *up = &self->up;

	while (fill(up, &self->client, bsk_os(ctx), GREETING))
		continue;
	if (self->client.ended || memcmp(up->bytes, greeting, up->end) != 0) {
		end(self, ctx, BSK_GUARD_RUDE);
		return 0;
	}
	if (up->end < GREETING)
		return 0;
	up->end = 0;
	self->phase = CONNECTING;
	(void)bsk_timer_arm(ctx, DEADLINE,
	    config->greeting_ns * NNG_PATIENCE, 0);
	return greet_nng(self, ctx);
}

/* The client is not looked at here, so it cannot make us hang up. */
static int
hear_nng(struct inspector_guard *self, bsk_ctx *ctx)
{
	while (fill(&self->down, &self->nng, bsk_os(ctx), GREETING))
		continue;
	if (self->nng.ended)
		end(self, ctx, BSK_GUARD_DONE);
	if (self->down.end == GREETING)
		self->phase = RELAYING;
	return 0;
}

static int
go_on(struct inspector_guard *self, bsk_ctx *ctx)
{
	int result = 0;

	if (self->phase == CLIENT_GREETING)
		result = hear_client(self, ctx);
	if (result == 0 && self->phase == NNG_GREETING)
		result = hear_nng(self, ctx);
	if (result == 0 && self->phase == RELAYING)
		result = relay(self, ctx);
	return result;
}

static int
on_ready(struct inspector_guard *self, bsk_ctx *ctx,
    const struct bsk_fd_ready *ready)
{
	struct side *side = ready->fd == bsk_fd_number(self->nng.fd) ?
	    &self->nng : &self->client;

	/* Whatever it is, the next call will tell. */
	side->readable |= ready->events != BSK_FD_OUT;
	side->writable |= ready->events != BSK_FD_IN;
	return go_on(self, ctx);
}

static int
on_timer(struct inspector_guard *self, bsk_ctx *ctx,
    const struct bsk_timer_due *due)
{
	if (due->timer == CONNECT)
		return greet_nng(self, ctx);
	if (due->timer == DEADLINE)
		end(self, ctx, self->phase == CLIENT_GREETING ?
		    BSK_GUARD_RUDE : self->phase == RELAYING &&
		    (!self->owed || self->client.ended) ?
		    BSK_GUARD_DONE : BSK_GUARD_STUCK);
	return self->over ? 0 : go_on(self, ctx);
}

/* --- life --- */

static int
on_open(struct inspector_guard *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_inspector_guard_config *config = bsk_config(ctx);
	int fd = config == NULL ? -1 : bsk_fd_take(&config->client);
	int result;

	(void)open;
	if (fd < 0)
		return -EBADF;
	self->cutter.message_max = config->message_max;
	result = watch(self, ctx, &self->client, fd);
	if (result == 0)
		result = bsk_timer_arm(ctx, DEADLINE, config->greeting_ns, 0);
	return result < 0 ? result : go_on(self, ctx);
}

/* Unwatched, or unanswered, a guard ends at its next deadline. */
static int
on_watched(struct inspector_guard *self, bsk_ctx *ctx,
    const struct bsk_result *result)
{
	(void)self;
	(void)ctx;
	return result->error;
}

/* In the midst of a greeting nng is not hung up on. */
static int
on_drain(struct inspector_guard *self, bsk_ctx *ctx,
    const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = true;
	if (self->phase < NNG_GREETING)
		end(self, ctx, BSK_GUARD_DONE);
	return self->over ? 0 : go_on(self, ctx);
}

static int
on_close(struct inspector_guard *self, bsk_ctx *ctx,
    const struct bsk_close *close)
{
	(void)close;
	if (self->client.fd.plus_one != 0)
		(void)bsk_send(ctx, self->reactor, BSK_NEW(bsk_fd_release,
		    .fd = self->client.fd));
	if (self->nng.fd.plus_one != 0)
		(void)bsk_send(ctx, self->reactor, BSK_NEW(bsk_fd_release,
		    .fd = self->nng.fd));
	return 0;
}
