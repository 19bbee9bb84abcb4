/* actors/nng_rep.c - the answering side of nng's request protocol.
 *
 *   hears   bsk_fd_ready       from the reactor: nng has finished something
 *           bsk_nng_answer     from whoever was given a request
 *           bsk_result         from the reactor: the bell is watched
 *   says    bsk_nng_request    to its parent
 *           bsk_nng_listening  to its parent
 *
 * A context of nng's serves one request at a time: it receives, waits for the
 * answer, sends it, receives again. So no more requests than contexts are ever
 * queued. nng is behind the hub; when it has finished something it rings a
 * bell, an eventfd that the reactor watches.
 */
#include <errno.h>

#include <buskin/actor.h>
#include <buskin/nng.h>
#include <buskin/reactor.h>

#define PLACES 64
#define SECOND_NS INT64_C(1000000000)
#define ANSWER_NS (10 * SECOND_NS)
#define WATCH_NS (5 * SECOND_NS)
/* nng could not receive, for want of memory: try again after this. */
#define RETRY_NS (SECOND_NS / 10)

/* What a context is about. */
enum step {
	IDLE,      /* nothing; its timer may be armed to try again */
	RECEIVING, /* nng has it */
	ASKING,    /* we wait for the answer, as long as its timer runs */
	ANSWERING  /* nng has it */
};

/* A context's place. Its number is its timer's too. */
struct place {
	enum step step;
	uint64_t request; /* the number of the one in hand */
};

struct nng_rep {
	struct bsk_nng_hub *hub; /* NULL: not open */
	bsk_fd bell;       /* the reactor's to close */
	bsk_ref reactor;
	uint64_t requests; /* ever; makes their numbers */
	uint32_t busy;     /* contexts that ask or answer */
	bool draining;     /* take no more requests */
	struct place places[PLACES];
};

BSK_HANDLER(on_ready, nng_rep, bsk_fd_ready);
BSK_HANDLER(on_answer, nng_rep, bsk_nng_answer);
BSK_HANDLER(on_timer, nng_rep, bsk_timer_due);
BSK_HANDLER(on_watched, nng_rep, bsk_result);
BSK_HANDLER(on_open, nng_rep, bsk_open);
BSK_HANDLER(on_drain, nng_rep, bsk_drain);
BSK_HANDLER(on_close, nng_rep, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_fd_ready, on_ready),
	BSK_ON(bsk_nng_answer, on_answer),
	BSK_ON(bsk_timer_due, on_timer),
	BSK_ON(bsk_result, on_watched),
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

const struct bsk_class bsk_nng_rep_class = BSK_CLASS(nng_rep, "nng-rep",
    "the answering side of an nng socket", handlers,
    .config = &bsk_nng_socket_config_type, .placement = BSK_PLACE_THREAD);

/* --- one request after another --- */

static void
receive(struct nng_rep *self, uint32_t number)
{
	self->places[number].step = RECEIVING;
	bsk_nng_hub_receive(self->hub, number);
}

/* The request in hand is done with, answered or not. */
static void
go_on(struct nng_rep *self, bsk_ctx *ctx, uint32_t number)
{
	self->busy--;
	self->places[number].step = IDLE;
	(void)bsk_timer_disarm(ctx, number);
	if (!self->draining)
		receive(self, number);
	else if (self->busy == 0)
		bsk_exit(ctx, 0);
}

/* A request that cannot be told is given up: its peer asks again. */
static void
tell(struct nng_rep *self, bsk_ctx *ctx, uint32_t number, bsk_buf body)
{
	const struct bsk_nng_socket_config *config = bsk_config(ctx);
	struct place *place = &self->places[number];
	bsk_message *request;

	place->step = ASKING;
	place->request = ++self->requests * PLACES + number;
	self->busy++;
	request = BSK_NEW(bsk_nng_request, .request = place->request,
	    .body = body);
	if (bsk_timer_arm(ctx, number, config->answer_ns > 0 ?
	    config->answer_ns : ANSWER_NS, 0) < 0) {
		bsk_message_free(request);
		go_on(self, ctx, number);
	} else if (bsk_send(ctx, bsk_parent(ctx), request) < 0)
		go_on(self, ctx, number);
}

static int
finish_receive(struct nng_rep *self, bsk_ctx *ctx, uint32_t number,
    int result, bsk_buf body)
{
	self->places[number].step = IDLE;
	if (result < 0)
		return bsk_timer_arm(ctx, number, RETRY_NS, 0);
	if (self->draining)
		bsk_buf_drop(&body);
	else
		tell(self, ctx, number, body);
	return 0;
}

static int
on_ready(struct nng_rep *self, bsk_ctx *ctx, const struct bsk_fd_ready *ready)
{
	uint32_t count = bsk_nng_hub_count(self->hub);
	uint32_t number;
	uint64_t rings;
	int result = 0;

	/* Before looking, so that what is done from here on rings again. */
	(void)bsk_os(ctx)->read(bsk_os(ctx), ready->fd, &rings, sizeof(rings));
	for (number = 0; result == 0 && number < count; number++) {
		bsk_buf body = {0};
		int outcome;

		if (!bsk_nng_hub_take(self->hub, number, &outcome, &body))
			continue;
		if (self->places[number].step == RECEIVING)
			result = finish_receive(self, ctx, number, outcome,
			    body);
		else
			go_on(self, ctx, number);
	}
	return result;
}

static int
on_answer(struct nng_rep *self, bsk_ctx *ctx,
    const struct bsk_nng_answer *answer)
{
	uint32_t number = answer->request % PLACES;
	struct place *place = &self->places[number];

	if (place->step != ASKING || place->request != answer->request)
		return 0;
	if (bsk_nng_hub_send(self->hub, number, &answer->body) < 0) {
		go_on(self, ctx, number);
		return 0;
	}
	(void)bsk_timer_disarm(ctx, number);
	place->step = ANSWERING;
	return 0;
}

/* A request without an answer is given up; an idle context tries again. */
static int
on_timer(struct nng_rep *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	uint32_t number = (uint32_t)due->timer;

	if (self->places[number].step == ASKING)
		go_on(self, ctx, number);
	else if (self->places[number].step == IDLE && !self->draining)
		receive(self, number);
	return 0;
}

/* --- life --- */

static int
watch_bell(struct nng_rep *self, bsk_ctx *ctx)
{
	uint64_t ignored;
	int fd;
	int result = bsk_service(ctx, &bsk_reactor_class, &self->reactor);

	if (result < 0)
		return result;
	fd = bsk_os(ctx)->eventfd(bsk_os(ctx), 0);
	if (fd < 0)
		return fd;
	self->bell = bsk_fd_own(fd);
	return bsk_ask(ctx, self->reactor, BSK_NEW(bsk_fd_watch, .fd = fd,
	    .events = BSK_FD_IN), WATCH_NS, &ignored);
}

static int
on_open(struct nng_rep *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_nng_socket_config *config = bsk_config(ctx);
	uint32_t number;
	int result;

	(void)open;
	if (config == NULL)
		return -EINVAL;
	result = watch_bell(self, ctx);
	if (result == 0)
		result = bsk_nng_hub_open(bsk_os(ctx),
		    bsk_fd_number(self->bell), config, &self->hub);
	if (result < 0)
		return result;
	for (number = 0; number < bsk_nng_hub_count(self->hub); number++)
		receive(self, number);
	return bsk_send(ctx, bsk_parent(ctx), BSK_NEW(bsk_nng_listening,
	    .url = bsk_text_copy(config->url.chars)));
}

static int
on_watched(struct nng_rep *self, bsk_ctx *ctx, const struct bsk_result *result)
{
	(void)self;
	(void)ctx;
	return result->error;
}

/* What was asked is still answered. */
static int
on_drain(struct nng_rep *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = true;
	if (self->busy == 0)
		bsk_exit(ctx, 0);
	return 0;
}

static int
on_close(struct nng_rep *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	const struct bsk_nng_socket_config *config = bsk_config(ctx);

	(void)close;
	if (self->hub != NULL)
		bsk_nng_hub_close(self->hub, config->close_ns);
	if (self->bell.plus_one == 0)
		return 0;
	return bsk_send(ctx, self->reactor, BSK_NEW(bsk_fd_release,
	    .fd = self->bell));
}
