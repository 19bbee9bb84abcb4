/* actors/nng_rep.c - one context of an nng socket that answers requests.
 *
 *   hears   bsk_fd_ready     from the reactor: nng has finished something
 *           bsk_nng_answer   from whoever was given the request
 *           bsk_result       from the reactor: the bell is watched
 *   says    bsk_nng_request  to its owner
 *
 * A context receives, waits for the answer, sends it, and receives again. So
 * no more requests than contexts are ever queued.
 *
 * nng works on threads of its own. What it calls there only rings a bell, an
 * eventfd that the reactor watches: it does not touch the system, and it
 * cannot fail for want of memory.
 */
#include <errno.h>

#include <nng/nng.h>

#include <buskin/actor.h>
#include <buskin/nng.h>
#include <buskin/reactor.h>

#define PLACES 64
#define SECOND_NS INT64_C(1000000000)
#define WATCH_NS (5 * SECOND_NS)
#define ANSWER_NS (10 * SECOND_NS)
/* nng could not receive, for want of memory: try again after this. */
#define RETRY_NS (SECOND_NS / 10)

/* The one timer. */
#define PATIENCE 0

/* What the context is about. */
enum step {
	IDLE,      /* nothing; the timer may be armed to try again */
	RECEIVING, /* nng has the operation */
	ASKING,    /* we wait for the answer, as long as the timer runs */
	ANSWERING  /* nng has the operation */
};

struct nng_rep {
	/* Read on nng's threads, so not changed while `operation` is. */
	const struct bsk_os *os;
	int bell_number;

	bsk_fd bell;        /* the reactor's to close, when nng rings no more */
	bsk_ref reactor;
	nng_ctx nng;        /* id 0: not open */
	nng_aio *operation; /* the one at a time; NULL: not made */
	enum step step;
	uint64_t rounds;    /* requests so far */
	uint64_t request;   /* the number of the one in hand */
	bool draining;      /* take no more */
};

BSK_HANDLER(on_ready, nng_rep, bsk_fd_ready);
BSK_HANDLER(on_answer, nng_rep, bsk_nng_answer);
BSK_HANDLER(on_timer, nng_rep, bsk_timer_due);
BSK_HANDLER(on_open, nng_rep, bsk_open);
BSK_HANDLER(on_watched, nng_rep, bsk_result);
BSK_HANDLER(on_unwatched, nng_rep, bsk_ask_failed);
BSK_HANDLER(on_drain, nng_rep, bsk_drain);
BSK_HANDLER(on_close, nng_rep, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_fd_ready, on_ready),
	BSK_ON(bsk_nng_answer, on_answer),
	BSK_ON(bsk_timer_due, on_timer),
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_result, on_watched),
	BSK_ON(bsk_ask_failed, on_unwatched),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

const struct bsk_class bsk_nng_rep_class = BSK_CLASS(nng_rep, "nng-rep",
    "one context of an nng socket that answers requests", handlers,
    .config = &bsk_nng_rep_config_type);

/* On a thread of nng's. A bell that is too full to ring has been rung. */
static void
on_finished(void *arg)
{
	static const uint64_t once = 1;
	struct nng_rep *self = arg;

	(void)self->os->write(self->os, self->bell_number, &once,
	    sizeof(once));
}

/* --- one request after another --- */

static void
receive(struct nng_rep *self)
{
	self->step = RECEIVING;
	nng_ctx_recv(self->nng, self->operation);
}

/* The request in hand is done with, answered or not. */
static void
go_on(struct nng_rep *self, bsk_ctx *ctx)
{
	(void)bsk_timer_disarm(ctx, PATIENCE);
	self->step = IDLE;
	if (self->draining)
		bsk_exit(ctx, 0);
	else
		receive(self);
}

/* A request that cannot be told is given up: its peer asks again. */
static void
tell(struct nng_rep *self, bsk_ctx *ctx, nng_msg *message)
{
	const struct bsk_nng_rep_config *config = bsk_config(ctx);
	int result = bsk_timer_arm(ctx, PATIENCE,
	    config->answer_ns > 0 ? config->answer_ns : ANSWER_NS, 0);

	self->step = ASKING;
	self->request = self->rounds++ * PLACES + config->place;
	if (result == 0)
		result = bsk_send(ctx, config->owner, BSK_NEW(bsk_nng_request,
		    .request = self->request,
		    .body = bsk_buf_copy(nng_msg_body(message),
		    nng_msg_len(message))));
	if (result < 0)
		go_on(self, ctx);
}

static int
finish_receive(struct nng_rep *self, bsk_ctx *ctx)
{
	nng_msg *message;

	self->step = IDLE;
	if (nng_aio_result(self->operation) != 0)
		return bsk_timer_arm(ctx, PATIENCE, RETRY_NS, 0);
	message = nng_aio_get_msg(self->operation);
	nng_aio_set_msg(self->operation, NULL);
	tell(self, ctx, message);
	nng_msg_free(message);
	return 0;
}

/* What was not sent, because the peer is gone, is still ours. */
static int
finish_answer(struct nng_rep *self, bsk_ctx *ctx)
{
	nng_msg *unsent = nng_aio_get_msg(self->operation);

	if (nng_aio_result(self->operation) != 0 && unsent != NULL)
		nng_msg_free(unsent);
	nng_aio_set_msg(self->operation, NULL);
	go_on(self, ctx);
	return 0;
}

static int
on_ready(struct nng_rep *self, bsk_ctx *ctx, const struct bsk_fd_ready *ready)
{
	uint64_t rings;

	(void)ready;
	if (self->os->read(self->os, self->bell_number, &rings,
	    sizeof(rings)) < 0)
		return 0;
	return self->step == RECEIVING ? finish_receive(self, ctx) :
	    finish_answer(self, ctx);
}

static int
on_answer(struct nng_rep *self, bsk_ctx *ctx,
    const struct bsk_nng_answer *answer)
{
	nng_msg *message = NULL;

	if (self->step != ASKING || self->request != answer->request)
		return 0;
	if (nng_msg_alloc(&message, 0) != 0 || nng_msg_append(message,
	    answer->body.bytes, answer->body.size) != 0) {
		if (message != NULL)
			nng_msg_free(message);
		go_on(self, ctx);
		return 0;
	}
	(void)bsk_timer_disarm(ctx, PATIENCE);
	self->step = ANSWERING;
	nng_aio_set_msg(self->operation, message);
	nng_ctx_send(self->nng, self->operation);
	return 0;
}

static int
on_timer(struct nng_rep *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)due;
	go_on(self, ctx);
	return 0;
}

/* --- life --- */

static int
watch_bell(struct nng_rep *self, bsk_ctx *ctx)
{
	uint64_t ignored;
	int result = bsk_service(ctx, &bsk_reactor_class, &self->reactor);

	if (result < 0)
		return result;
	self->os = bsk_os(ctx);
	self->bell_number = self->os->eventfd(self->os, 0);
	if (self->bell_number < 0)
		return self->bell_number;
	self->bell = bsk_fd_own(self->bell_number);
	return bsk_ask(ctx, self->reactor, BSK_NEW(bsk_fd_watch,
	    .fd = self->bell_number, .events = BSK_FD_IN), WATCH_NS, &ignored);
}

static int
on_open(struct nng_rep *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_nng_rep_config *config = bsk_config(ctx);
	nng_socket socket;
	int result;

	(void)open;
	if (config == NULL)
		return -EINVAL;
	socket.id = config->socket;
	result = watch_bell(self, ctx);
	if (result < 0)
		return result;
	if (nng_aio_alloc(&self->operation, on_finished, self) != 0)
		return -ENOMEM;
	if (nng_ctx_open(&self->nng, socket) != 0)
		return -EIO;
	receive(self);
	return 0;
}

static int
on_watched(struct nng_rep *self, bsk_ctx *ctx, const struct bsk_result *result)
{
	(void)self;
	(void)ctx;
	return result->error;
}

static int
on_unwatched(struct nng_rep *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	(void)self;
	(void)ctx;
	return failed->reason;
}

/* What was asked is still answered. */
static int
on_drain(struct nng_rep *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = true;
	if (self->step == IDLE || self->step == RECEIVING)
		bsk_exit(ctx, 0);
	return 0;
}

/* Stopping the operation waits until nng rings no more. */
static void
let_go(struct nng_rep *self)
{
	nng_msg *message;

	nng_aio_stop(self->operation);
	message = nng_aio_get_msg(self->operation);
	if (message != NULL)
		nng_msg_free(message);
	nng_aio_free(self->operation);
}

static int
on_close(struct nng_rep *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)close;
	if (self->operation != NULL)
		let_go(self);
	if (self->nng.id > 0)
		(void)nng_ctx_close(self->nng);
	if (self->bell.plus_one == 0)
		return 0;
	return bsk_send(ctx, self->reactor, BSK_NEW(bsk_fd_release,
	    .fd = self->bell));
}
