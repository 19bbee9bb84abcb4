/* actors/unix_channel.c - descriptors sent over a Unix socket.
 *
 *   hears   bsk_unix_packet   from anybody: to be written
 *           bsk_fd_ready      from the reactor; or from itself, to go on
 *   says    bsk_unix_packet   through "packets": what was read
 *           bsk_stream_ended  to its parent
 *
 * With a path it connects there first. What waits to be written is a list of
 * held messages; of the first, a part may be written already, and its
 * descriptors with that.
 */
#include <errno.h>
#include <stdlib.h>

#include <buskin/notice.h>
#include <buskin/reactor.h>
#include <buskin/stream.h>
#include <buskin/unix_attempt.h>
#include <buskin/unix_channel.h>

#define FDS_DEFAULT 16
#define SIZE_DEFAULT 65536
#define BATCH 16 /* packets read in one turn */
#define PATIENCE_NS INT64_C(30000000000) /* with the reactor */

/* A packet that waits. */
struct waiting {
	struct waiting *next;
	bsk_message *message; /* held */
};

struct unix_channel {
	struct bsk_unix_attempt *attempt; /* to connect; NULL: none */
	bsk_fd fd;
	bsk_ref reactor;
	bsk_notice *turn;      /* to ourselves: go on reading */
	uint32_t max_fds;
	uint32_t max_size;
	struct waiting *first; /* to be written */
	struct waiting **last; /* where the next comes */
	size_t done;           /* bytes of the first that are written */
	bool out_asked;        /* the reactor watches for room */
	bool deaf;             /* reads no more */
	bool finishing;        /* ends when nothing waits */
	struct bsk_stream_ended ended; /* the figures so far */
	bool over;             /* has said so */
};

BSK_HANDLER(on_open, unix_channel, bsk_open);
BSK_HANDLER(on_packet, unix_channel, bsk_unix_packet);
BSK_HANDLER(on_ready, unix_channel, bsk_fd_ready);
BSK_HANDLER(on_result, unix_channel, bsk_result);
BSK_HANDLER(on_failed, unix_channel, bsk_ask_failed);
BSK_HANDLER(on_timer, unix_channel, bsk_timer_due);
BSK_HANDLER(on_drain, unix_channel, bsk_drain);
BSK_HANDLER(on_close, unix_channel, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_unix_packet, on_packet),
	BSK_ON(bsk_fd_ready, on_ready),
	BSK_ON(bsk_result, on_result),
	BSK_ON(bsk_ask_failed, on_failed),
	BSK_ON(bsk_timer_due, on_timer),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

static const struct bsk_port ports[] = {
	[BSK_UNIX_CHANNEL_PACKETS] =
	    BSK_PORT_OUT("packets", bsk_unix_packet, "what was read"),
	[BSK_UNIX_CHANNEL_SEND] =
	    BSK_PORT_IN("send", bsk_unix_packet, "what to write"),
};

const struct bsk_class bsk_unix_channel_class = BSK_CLASS(unix_channel,
    "unix-channel", "descriptors sent over a Unix socket", handlers,
    BSK_PORTS(ports), .config = &bsk_unix_channel_config_type,
    .check = bsk_unix_channel_check, .fds = FDS_DEFAULT + 1);

static int
watch(const struct unix_channel *self, bsk_ctx *ctx)
{
	uint32_t events = BSK_FD_IN | BSK_FD_RDHUP;
	uint64_t ask;

	if (self->out_asked)
		events |= BSK_FD_OUT;
	return bsk_ask(ctx, self->reactor, BSK_NEW(bsk_fd_watch,
	    .fd = bsk_fd_number(self->fd), .events = events), PATIENCE_NS,
	    &ask);
}

/* Whoever cannot connect ends so, for its supervisor to judge. */
static int
try(struct unix_channel *self, bsk_ctx *ctx)
{
	int64_t wait_ns;
	int error = bsk_unix_attempt_try(self->attempt, ctx, &wait_ns);

	if (error == -EAGAIN)
		return bsk_timer_arm(ctx, 0, wait_ns, 0);
	if (error < 0)
		return error;
	self->fd = bsk_fd_own(bsk_unix_attempt_take(self->attempt));
	bsk_unix_attempt_drop(&self->attempt, ctx, self->attempt);
	self->out_asked = self->first != NULL;
	return watch(self, ctx);
}

static int
begin(struct unix_channel *self, bsk_ctx *ctx,
    const struct bsk_unix_channel_config *config)
{
	int error;

	self->fd = bsk_fd_own(bsk_fd_take(&config->fd));
	if (bsk_fd_number(self->fd) >= 0)
		return watch(self, ctx);
	error = bsk_unix_attempt_new(ctx, bsk_text_chars(config->path),
	    config->timeout_ns, &self->attempt);
	return error < 0 ? error : try(self, ctx);
}

static int
on_open(struct unix_channel *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_unix_channel_config *config = bsk_config(ctx);
	const struct bsk_fd_ready turn = { .events = 0 };
	int error;

	(void)open;
	self->last = &self->first;
	self->max_fds = config->max_fds > 0 ? config->max_fds : FDS_DEFAULT;
	self->max_size =
	    config->max_size > 0 ? config->max_size : SIZE_DEFAULT;
	error = bsk_service(ctx, &bsk_reactor_class, &self->reactor);
	if (error == 0)
		error = bsk_notice_new(ctx, bsk_self(ctx), &bsk_fd_ready_type,
		    &turn, offsetof(struct bsk_fd_ready, events), &self->turn);
	return error < 0 ? error : begin(self, ctx, config);
}

static int
on_timer(struct unix_channel *self, bsk_ctx *ctx,
    const struct bsk_timer_due *due)
{
	(void)due;
	return try(self, ctx);
}

/* --- writing ---------------------------------------------------------- */

/* Answers who has asked, and lets the packet go. */
static void
conclude(bsk_ctx *ctx, bsk_message *message, int error)
{
	if (bsk_message_is_ask(message))
		(void)bsk_answer(ctx, message,
		    BSK_NEW(bsk_result, .error = error));
	else
		bsk_let_go(ctx, message,
		    error < 0 ? BSK_END_LOST : BSK_END_HANDLED);
}

static void
dequeue(struct unix_channel *self, bsk_ctx *ctx, int error)
{
	struct waiting *oldest = self->first;

	self->first = oldest->next;
	if (self->first == NULL)
		self->last = &self->first;
	self->done = 0;
	conclude(ctx, oldest->message, error);
	free(oldest);
}

/* The oldest will not be written. */
static void
give_up(struct unix_channel *self, bsk_ctx *ctx, int error)
{
	const struct bsk_unix_packet *packet =
	    bsk_message_body(self->first->message);

	self->ended.unsent_bytes += packet->bytes.size - self->done;
	self->ended.unsent_messages++;
	dequeue(self, ctx, error);
}

static void
end(struct unix_channel *self, bsk_ctx *ctx, int reason)
{
	if (self->over)
		return;
	self->over = true;
	self->ended.reason = reason;
	while (self->first != NULL)
		give_up(self, ctx, reason < 0 ? reason : -EPIPE);
	if (!bsk_ref_is_nobody(bsk_parent(ctx)))
		(void)bsk_send(ctx, bsk_parent(ctx), bsk_message_new(
		    &bsk_stream_ended_type, &self->ended));
	bsk_exit(ctx, 0);
}

/* Writes of the oldest packet what the kernel takes. */
static ssize_t
write_some(struct unix_channel *self, bsk_ctx *ctx)
{
	const struct bsk_unix_packet *packet =
	    bsk_message_body(self->first->message);
	const bsk_fd *items = packet->fds.items;
	int fds[BSK_UNIX_FDS_MAX];
	unsigned count = 0;
	ssize_t wrote;

	while (self->done == 0 && count < packet->fds.count) {
		fds[count] = bsk_fd_number(items[count]);
		count++;
	}
	wrote = bsk_unix_send(bsk_os(ctx), bsk_fd_number(self->fd),
	    packet->bytes.bytes + self->done,
	    packet->bytes.size - self->done, fds, count);
	if (wrote < 0)
		return wrote;
	self->ended.written_bytes += (uint64_t)wrote;
	self->done += (size_t)wrote;
	if (self->done == packet->bytes.size)
		dequeue(self, ctx, 0);
	return wrote;
}

/* Whether it is that packet that the kernel will not have, for what it carries
 * or its size: nothing of it has gone out, and the next may be good. */
static bool
is_refused(const struct unix_channel *self, ssize_t wrote)
{
	const struct bsk_unix_packet *packet;

	if (wrote >= 0 || self->done > 0)
		return false;
	packet = bsk_message_body(self->first->message);
	return wrote == -EMSGSIZE || (packet->fds.count > 0 &&
	    (wrote == -EBADF || wrote == -ETOOMANYREFS));
}

static ssize_t
write_all(struct unix_channel *self, bsk_ctx *ctx)
{
	ssize_t wrote = 0;

	while (wrote >= 0 && self->first != NULL) {
		wrote = write_some(self, ctx);
		if (is_refused(self, wrote)) {
			give_up(self, ctx, (int)wrote);
			wrote = 0;
		}
	}
	return wrote;
}

static int
flush(struct unix_channel *self, bsk_ctx *ctx)
{
	ssize_t wrote = 0;

	if (self->attempt == NULL)
		wrote = write_all(self, ctx);
	if (wrote < 0 && wrote != -EAGAIN) {
		end(self, ctx, (int)wrote);
		return 0;
	}
	if (self->first == NULL && self->finishing)
		end(self, ctx, 0);
	if (self->over || self->attempt != NULL ||
	    (self->first != NULL) == self->out_asked)
		return 0;
	self->out_asked = self->first != NULL;
	return watch(self, ctx);
}

/* What is wrong with a packet; 0: nothing. */
static int
fault(const struct unix_channel *self, const struct bsk_unix_packet *packet)
{
	if (self->over || self->finishing)
		return -EPIPE;
	if (packet->fds.count > BSK_UNIX_FDS_MAX)
		return -EMSGSIZE;
	return packet->bytes.size == 0 && packet->fds.count > 0 ? -EINVAL : 0;
}

static int
on_packet(struct unix_channel *self, bsk_ctx *ctx,
    const struct bsk_unix_packet *packet)
{
	struct waiting *waiting = malloc(sizeof(*waiting));
	int error = fault(self, packet);

	if (waiting == NULL)
		return -ENOMEM;
	waiting->next = NULL;
	waiting->message = bsk_hold(ctx);
	if (error < 0 || packet->bytes.size == 0) {
		conclude(ctx, waiting->message, error);
		free(waiting);
		return 0;
	}
	*self->last = waiting;
	self->last = &waiting->next;
	return self->first == waiting ? flush(self, ctx) : 0;
}

/* --- reading ---------------------------------------------------------- */

/* Reads once. 0: there may be more; -EAGAIN: not now; else never. */
static int
read_once(struct unix_channel *self, bsk_ctx *ctx)
{
	struct bsk_unix_packet packet;
	ssize_t got = bsk_unix_packet_receive(bsk_os(ctx),
	    bsk_fd_number(self->fd), self->max_size, self->max_fds, &packet);
	int error;

	if (got <= 0) {
		self->deaf = self->deaf || got == 0;
		return got < 0 ? (int)got : -EPIPE;
	}
	self->ended.read_bytes += (uint64_t)got;
	error = bsk_emit(ctx, BSK_UNIX_CHANNEL_PACKETS,
	    bsk_message_new(&bsk_unix_packet_type, &packet));
	return error == -ENOMEM ? error : 0; /* a wire may refuse */
}

static int
read_on(struct unix_channel *self, bsk_ctx *ctx)
{
	unsigned left = BATCH;
	int error = 0;

	while (error == 0 && left-- > 0 && !self->deaf)
		error = read_once(self, ctx);
	if (self->deaf)
		self->finishing = true;
	else if (error == 0)
		bsk_notice_post(ctx, self->turn, BSK_FD_IN);
	else if (error != -EAGAIN)
		end(self, ctx, error);
	return self->over ? 0 : flush(self, ctx);
}

static int
on_ready(struct unix_channel *self, bsk_ctx *ctx,
    const struct bsk_fd_ready *ready)
{
	(void)ready;
	return self->over ? 0 : read_on(self, ctx);
}

static int
on_result(struct unix_channel *self, bsk_ctx *ctx,
    const struct bsk_result *result)
{
	if (result->error < 0)
		end(self, ctx, result->error);
	return 0;
}

static int
on_failed(struct unix_channel *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	end(self, ctx, failed->reason);
	return 0;
}

static int
on_drain(struct unix_channel *self, bsk_ctx *ctx, const struct bsk_drain *it)
{
	(void)it;
	self->deaf = true;
	self->finishing = true;
	return flush(self, ctx);
}

static int
on_close(struct unix_channel *self, bsk_ctx *ctx,
    const struct bsk_close *close)
{
	end(self, ctx, close->reason);
	if (self->attempt != NULL)
		bsk_unix_attempt_drop(&self->attempt, ctx, self->attempt);
	if (bsk_fd_number(self->fd) >= 0)
		(void)bsk_send(ctx, self->reactor,
		    BSK_NEW(bsk_fd_release, .fd = self->fd));
	self->fd = bsk_fd_own(-1);
	if (self->turn != NULL)
		bsk_notice_free(ctx, self->turn);
	return 0;
}
