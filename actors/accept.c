/* actors/accept.c - connections taken from a socket that listens. */
#include <errno.h>

#include <buskin/accept.h>

#define MS_NS INT64_C(1000000)
#define PAUSE_FIRST_NS MS_NS
#define PAUSE_MAX_NS (250 * MS_NS)
#define SHED_BATCH 64 /* hung up on in one go */

/* An event counter takes a descriptor and nothing else. */
static void
keep_reserve(struct bsk_accept *accept, bsk_ctx *ctx)
{
	const struct bsk_os *os = bsk_os(ctx);

	if (bsk_fd_number(accept->reserve) < 0)
		accept->reserve = bsk_fd_own(os->eventfd(os, 0));
}

static void
give_reserve(struct bsk_accept *accept, bsk_ctx *ctx)
{
	const struct bsk_os *os = bsk_os(ctx);

	if (bsk_fd_number(accept->reserve) >= 0)
		(void)os->close(os, bsk_fd_number(accept->reserve));
	accept->reserve = bsk_fd_own(-1);
}

void
bsk_accept_open(struct bsk_accept *accept, bsk_ctx *ctx, int64_t shed_ns)
{
	accept->shed_ns = shed_ns;
	accept->pause.first_ns = PAUSE_FIRST_NS;
	accept->pause.max_ns = PAUSE_MAX_NS;
	keep_reserve(accept, ctx);
}

void
bsk_accept_told(struct bsk_accept *accept)
{
	accept->pending = true;
}

/* Nobody waits: a spell of failures is over. */
static void
be_empty(struct bsk_accept *accept, bsk_ctx *ctx)
{
	accept->pending = false;
	accept->error = 0;
	bsk_backoff_reset(&accept->pause);
	keep_reserve(accept, ctx);
}

static bool
is_shortage(int error)
{
	return error == -EMFILE || error == -ENFILE;
}

/* Hangs up on those who wait. Between the close and the accept somebody else
 * may take the descriptor: then it is for the next time. */
static void
shed(struct bsk_accept *accept, bsk_ctx *ctx, int fd)
{
	const struct bsk_os *os = bsk_os(ctx);
	unsigned left = SHED_BATCH;
	int client = 0;

	while (left-- > 0 && client >= 0 &&
	    bsk_fd_number(accept->reserve) >= 0) {
		give_reserve(accept, ctx);
		client = os->accept(os, fd, NULL, NULL);
		if (client >= 0) {
			(void)os->close(os, client);
			accept->shed++;
		}
		keep_reserve(accept, ctx);
	}
	if (client == -EAGAIN)
		be_empty(accept, ctx);
}

static void
fail(struct bsk_accept *accept, bsk_ctx *ctx, int fd, int error)
{
	int64_t now_ns = bsk_now(ctx);

	accept->failures++;
	accept->is_first = accept->error == 0;
	if (accept->is_first)
		accept->since_ns = now_ns;
	accept->error = error;
	accept->paused = true;
	(void)bsk_backoff_next(&accept->pause, bsk_random(ctx));
	if (is_shortage(error) &&
	    now_ns - accept->since_ns >= accept->shed_ns)
		shed(accept, ctx, fd);
}

/* One more is served: what is out has not been out since longer than this. */
static void
serve(struct bsk_accept *accept, bsk_ctx *ctx)
{
	accept->accepted++;
	accept->since_ns = bsk_now(ctx);
	bsk_backoff_reset(&accept->pause);
}

int
bsk_accept_next(struct bsk_accept *accept, bsk_ctx *ctx, int fd)
{
	const struct bsk_os *os = bsk_os(ctx);
	int client;

	if (!accept->pending || accept->paused)
		return -EAGAIN;
	do
		client = os->accept(os, fd, NULL, NULL);
	while (client == -ECONNABORTED);
	if (client >= 0)
		serve(accept, ctx);
	else if (client == -EAGAIN)
		be_empty(accept, ctx);
	else
		fail(accept, ctx, fd, client);
	return client;
}

int64_t
bsk_accept_pause_ns(const struct bsk_accept *accept)
{
	return accept->pause.last_ns > 0 ? accept->pause.last_ns :
	    PAUSE_FIRST_NS;
}

void
bsk_accept_resume(struct bsk_accept *accept)
{
	accept->paused = false;
}

int64_t
bsk_accept_freed_ns(struct bsk_accept *accept)
{
	bsk_backoff_reset(&accept->pause);
	return PAUSE_FIRST_NS;
}

void
bsk_accept_release(struct bsk_accept *accept, bsk_ctx *ctx)
{
	give_reserve(accept, ctx);
	accept->pending = false;
}
