/* actors/framer.c - a byte stream cut into frames, and back.
 *
 *   hears   bsk_bytes          from its stream (or, alone, from anybody): to
 *                              be cut; from others: to be sent as a frame
 *           bsk_stream_eof, bsk_stream_ended   from its stream
 *           bsk_stream_pause, _resume          from others
 *           all else           from its stream: for its parent, as what TLS
 *                              tells; from others: for the stream
 *   says    bsk_bytes          through "data": one frame each
 *           bsk_stream_ended   to its parent, when it has a stream
 *
 * A piece of input may hold more frames than one turn should send: whoever
 * answers each of them must get a turn as well, or the two would fill each
 * other's mailbox. So pieces wait in a queue, and a notice to ourselves, behind
 * what came meanwhile, goes on with them.
 */
#include <errno.h>

#include <buskin/actor.h>
#include <buskin/framer.h>
#include <buskin/notice.h>
#include <buskin/pieces.h>

#define FRAMES_PER_TURN 128
#define MAX_DEFAULT (UINT32_C(1) << 20)

/* Bytes that wait to be cut: above the one the stream is paused, at the other
 * it goes on. */
#define HIGH_WATER (256 * 1024)
#define LOW_WATER (64 * 1024)

struct framer {
	struct bsk_cutter cutter;
	bsk_ref stream;       /* ours; nobody: we stand alone */
	bsk_notice *turn;     /* to ourselves: go on */
	struct bsk_pieces input; /* the queue */
	int fault;            /* what came was no frame: why; else 0 */
	bool paused;          /* the stream, by us */
	bool held_up;         /* the stream, by request */
	bool eof;             /* no more input will come */
	bool over;            /* the stream has ended; as it said: */
	struct bsk_stream_ended ended;
};

/* The notice to ourselves. */
struct framer_turn {
	uint32_t bits; /* 1 */
};

static const struct bsk_field turn_fields[] = {
	BSK_FIELD(framer_turn, bits, "1"),
};
static const struct bsk_type framer_turn_type =
	BSK_TYPE(framer_turn, "go on", turn_fields);

BSK_HANDLER(on_open, framer, bsk_open);
BSK_HANDLER(on_bytes, framer, bsk_bytes);
BSK_HANDLER(on_turn, framer, framer_turn);
BSK_HANDLER(on_eof, framer, bsk_stream_eof);
BSK_HANDLER(on_ended, framer, bsk_stream_ended);
BSK_HANDLER(on_pause, framer, bsk_stream_pause);
BSK_HANDLER(on_resume, framer, bsk_stream_resume);
BSK_HANDLER(on_drain, framer, bsk_drain);
BSK_HANDLER(on_close, framer, bsk_close);

/* Alone it has nobody to hand it to: a dead letter. */
static int
on_other(void *state, bsk_ctx *ctx, const bsk_message *message)
{
	const struct framer *self = state;
	bsk_ref to = self->stream;

	(void)message;
	if (!bsk_ref_is_nobody(to) && bsk_ref_equal(bsk_sender(ctx), to))
		to = bsk_parent(ctx);
	return bsk_forward(ctx, to);
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_bytes, on_bytes),
	BSK_ON(framer_turn, on_turn),
	BSK_ON(bsk_stream_eof, on_eof),
	BSK_ON(bsk_stream_ended, on_ended),
	BSK_ON(bsk_stream_pause, on_pause),
	BSK_ON(bsk_stream_resume, on_resume),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

static const struct bsk_port ports[] = {
	[BSK_FRAMER_DATA] = BSK_PORT_OUT("data", bsk_bytes, "frames"),
	[BSK_FRAMER_BYTES] = BSK_PORT_IN("bytes", bsk_bytes,
	    "what to cut; in front of a stream, what to send"),
};

const struct bsk_class bsk_framer_class = BSK_CLASS(framer, "framer",
    "cuts bytes into frames", handlers, BSK_PORTS(ports),
    .config = &bsk_framer_config_type, .other = on_other);

static int
spawn_stream(struct framer *self, bsk_ctx *ctx,
    const struct bsk_framer_config *config)
{
	const struct bsk_wire wire = {
		.port = { "data" }, .to = bsk_self(ctx),
	};
	const struct bsk_spawn_options options = {
		.wires = &wire, .wire_count = 1,
		.capacity = BSK_CONNECTION_CAPACITY,
		.capacity_bytes = BSK_CONNECTION_CAPACITY_BYTES,
	};
	struct bsk_stream_config own = config->stream;

	own.fd = bsk_fd_move(&config->stream.fd);
	own.write_fd = bsk_fd_move(&config->stream.write_fd);
	return bsk_tls_spawn_over(ctx, (enum bsk_tls_role)config->tls_role,
	    config->tls, &own, &options, &self->stream);
}

static int
on_open(struct framer *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_framer_config *config = bsk_config(ctx);
	const struct framer_turn turn = { 0 };
	int error;

	(void)open;
	self->cutter.frame = config->frame;
	self->cutter.max =
	    config->max_frame > 0 ? config->max_frame : MAX_DEFAULT;
	error = bsk_notice_new(ctx, bsk_self(ctx), &framer_turn_type, &turn,
	    offsetof(struct framer_turn, bits), &self->turn);
	if (error == 0 && bsk_fd_number(config->stream.fd) >= 0)
		error = spawn_stream(self, ctx, config);
	return error;
}

/* --- the queue of input ----------------------------------------------- */

/* Puts the message in hand, of which `at` bytes are done, into the queue. */
static int
enqueue(struct framer *self, bsk_ctx *ctx, size_t at)
{
	bool is_first = self->input.first == NULL;
	int error = bsk_pieces_put(&self->input, ctx);

	if (error < 0)
		return error;
	if (is_first) {
		self->input.at = at;
		bsk_notice_post(ctx, self->turn, 1);
	}
	if (self->input.waiting_bytes <= HIGH_WATER || self->paused ||
	    bsk_ref_is_nobody(self->stream))
		return 0;
	self->paused = true;
	return bsk_send(
	    ctx, self->stream, BSK_NEW(bsk_stream_pause, .reserved = 0));
}

/* --- cutting ---------------------------------------------------------- */

/* A wire that refuses is its own policy. */
static int
emit(bsk_ctx *ctx, bsk_buf frame)
{
	int error = bsk_emit(
	    ctx, BSK_FRAMER_DATA, BSK_NEW(bsk_bytes, .bytes = frame));

	return error == -ENOMEM ? error : 0;
}

/* What came is no frame: nothing that comes after it can be one. */
static int
spoil(struct framer *self, bsk_ctx *ctx, int error)
{
	if (error == -ENOMEM)
		return error;
	self->fault = error;
	while (self->input.first != NULL)
		bsk_pieces_drop(&self->input, ctx, BSK_END_DROPPED);
	if (self->over)
		return 0;
	if (!bsk_ref_is_nobody(self->stream))
		return bsk_send(ctx, self->stream,
		    BSK_NEW(bsk_stream_abort, .reserved = 0));
	bsk_exit(ctx, error);
	return 0;
}

/* Emits frames from `at` on, at most `left` of them. */
static int
cut(struct framer *self, bsk_ctx *ctx, const bsk_buf *input, size_t *at,
    unsigned *left)
{
	int result = 1;
	bsk_buf frame;

	while (*left > 0 && result > 0) {
		result = bsk_cutter_next(&self->cutter, input, at, &frame);
		if (result > 0 && emit(ctx, frame) < 0)
			return -ENOMEM;
		--*left;
	}
	return result < 0 ? spoil(self, ctx, result) : 0;
}

/* The last frame, if what is left is one. */
static int
flush(struct framer *self, bsk_ctx *ctx)
{
	bsk_buf frame;
	int result = 0;

	if (self->fault == 0)
		result = bsk_cutter_end(&self->cutter, &frame);
	if (result > 0)
		result = emit(ctx, frame);
	return result < 0 ? spoil(self, ctx, result) : 0;
}

/* Does what is due once all input is cut. */
static int
settle(struct framer *self, bsk_ctx *ctx)
{
	int error;

	if (self->input.first != NULL || !self->eof)
		return 0;
	error = flush(self, ctx);
	if (self->over && self->fault < 0)
		self->ended.reason = self->fault;
	if (self->over && !bsk_ref_is_nobody(bsk_parent(ctx)))
		(void)bsk_send(ctx, bsk_parent(ctx), bsk_message_new(
		    &bsk_stream_ended_type, &self->ended));
	if (self->over || bsk_ref_is_nobody(self->stream))
		bsk_exit(ctx, 0);
	return error;
}

/* Sends as a frame what is not input. */
static int
send_on(struct framer *self, bsk_ctx *ctx, const struct bsk_bytes *bytes)
{
	enum bsk_frame frame = (enum bsk_frame)self->cutter.frame;
	bsk_buf whole = { 0 };
	int error = bsk_frame_encode(frame, &bytes->bytes, &whole);

	if (error == 0)
		error = bsk_send(ctx, self->stream,
		    BSK_NEW(bsk_bytes, .bytes = whole));
	if (error == -EMSGSIZE)
		bsk_let_go(ctx, bsk_hold(ctx), BSK_END_DROPPED);
	return error == -ENOMEM ? error : 0;
}

static int
on_bytes(struct framer *self, bsk_ctx *ctx, const struct bsk_bytes *bytes)
{
	bool is_alone = bsk_ref_is_nobody(self->stream);
	unsigned left = FRAMES_PER_TURN;
	size_t size = bytes->bytes.size;
	size_t at = 0;
	int error = 0;

	if (!is_alone && !bsk_ref_equal(bsk_sender(ctx), self->stream))
		return send_on(self, ctx, bytes);
	if (self->fault < 0 || self->eof) {
		bsk_let_go(ctx, bsk_hold(ctx), BSK_END_DROPPED);
		return 0;
	}
	if (self->input.first == NULL)
		error = cut(self, ctx, &bytes->bytes, &at, &left);
	if (error == 0 && self->fault == 0 && at < size)
		error = enqueue(self, ctx, at);
	return error;
}

static int
resume(struct framer *self, bsk_ctx *ctx)
{
	if (!self->paused || self->input.waiting_bytes > LOW_WATER)
		return 0;
	self->paused = false;
	return self->held_up ? 0 : bsk_send(
	    ctx, self->stream, BSK_NEW(bsk_stream_resume, .reserved = 0));
}

static int
on_turn(struct framer *self, bsk_ctx *ctx, const struct framer_turn *turn)
{
	unsigned left = FRAMES_PER_TURN;
	int error = 0;

	(void)turn;
	while (error == 0 && left > 0 && self->input.first != NULL) {
		const bsk_buf *input = bsk_pieces_first(&self->input);

		error = cut(self, ctx, input, &self->input.at, &left);
		if (self->fault == 0 && self->input.at == input->size)
			bsk_pieces_drop(&self->input, ctx, BSK_END_HANDLED);
	}
	if (error < 0)
		return error;
	if (self->input.first != NULL)
		bsk_notice_post(ctx, self->turn, 1);
	error = resume(self, ctx);
	return error < 0 ? error : settle(self, ctx);
}

static int
on_eof(struct framer *self, bsk_ctx *ctx, const struct bsk_stream_eof *eof)
{
	(void)eof;
	self->eof = true;
	return settle(self, ctx);
}

static int
on_ended(struct framer *self, bsk_ctx *ctx,
    const struct bsk_stream_ended *ended)
{
	self->eof = true;
	self->over = true;
	self->ended = *ended;
	return settle(self, ctx);
}

static int
on_pause(struct framer *self, bsk_ctx *ctx, const struct bsk_stream_pause *it)
{
	(void)it;
	self->held_up = true;
	return bsk_forward(ctx, self->stream);
}

static int
on_resume(struct framer *self, bsk_ctx *ctx,
    const struct bsk_stream_resume *it)
{
	(void)it;
	self->held_up = false;
	return self->paused ? 0 : bsk_forward(ctx, self->stream);
}

/* A stream finishes first, and what it has read comes before its end. */
static int
on_drain(struct framer *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	if (!bsk_ref_is_nobody(self->stream))
		return bsk_stop(ctx, self->stream);
	self->eof = true;
	return settle(self, ctx);
}

static int
on_close(struct framer *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)close;
	while (self->input.first != NULL)
		bsk_pieces_drop(&self->input, ctx, BSK_END_LOST);
	bsk_cutter_release(&self->cutter);
	if (self->turn != NULL)
		bsk_notice_free(ctx, self->turn);
	return 0;
}
