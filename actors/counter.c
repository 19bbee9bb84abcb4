/* actors/counter.c - counts what passes by.
 *
 *   hears   bsk_bytes         from whoever is wired to "in"
 *           bsk_counter_get   from whoever wants to know now
 *           bsk_timer_due     from the runtime: a period is over
 *   says    bsk_count         by the port "count", and to who asked
 *           bsk_bytes         by the port "pass": what it heard, unchanged
 *
 * The period starts with the first message after a quiet time, so a counter
 * that nothing passes costs no wake-ups.
 */
#include <errno.h>
#include <string.h>

#include <buskin/actor.h>
#include <buskin/counter.h>

#define PERIOD_TIMER 1
#define DEFAULT_EVERY_NS 1000000000

struct counter {
	uint64_t messages;
	uint64_t bytes;
	uint64_t lines;
	uint64_t told;     /* of the messages: those in the last bsk_count */
	int64_t every_ns;  /* the period; 0: none */
	int64_t since_ns;  /* when the first message after that one came */
};

BSK_HANDLER(on_open, counter, bsk_open);
BSK_HANDLER(on_bytes, counter, bsk_bytes);
BSK_HANDLER(on_get, counter, bsk_counter_get);
BSK_HANDLER(on_due, counter, bsk_timer_due);
BSK_HANDLER(on_drain, counter, bsk_drain);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,        on_open),
	BSK_ON(bsk_bytes,       on_bytes),
	BSK_ON(bsk_counter_get, on_get),
	BSK_ON(bsk_timer_due,   on_due),
	BSK_ON(bsk_drain,       on_drain),
};

/* In the order of enum bsk_counter_port. */
static const struct bsk_port ports[] = {
	BSK_PORT_OUT("count", bsk_count, "what has passed, each period"),
	BSK_PORT_OUT("pass", bsk_bytes, "what came in, unchanged"),
	BSK_PORT_IN("in", bsk_bytes, "what to count"),
};

const struct bsk_class bsk_counter_class = BSK_CLASS(counter, "counter",
    "counts messages, bytes and lines", handlers, BSK_PORTS(ports),
    .config = &bsk_counter_config_type);

static int
on_open(struct counter *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_counter_config *config = bsk_config(ctx);

	(void)open;
	self->every_ns = config == NULL ? DEFAULT_EVERY_NS : config->every_ns;
	return self->every_ns < 0 ? -EINVAL : 0;
}

static uint64_t
count_lines(const bsk_buf *buf)
{
	const unsigned char *at = buf->bytes;
	size_t left = buf->size;
	const unsigned char *found;
	uint64_t lines = 0;

	while (left > 0 && (found = memchr(at, '\n', left)) != NULL) {
		lines++;
		left -= (size_t)(found - at) + 1;
		at = found + 1;
	}
	return lines;
}

/* That the next one refuses what is passed on is its own policy, and counted
 * there. Want of memory breaks the promise to pass all of it on: then the
 * counter fails, and the message is named among the dead. */
static int
pass(bsk_ctx *ctx, const bsk_buf *buf)
{
	int result;

	if (!bsk_is_wired(ctx, BSK_COUNTER_PASS))
		return 0;
	result = bsk_emit(ctx, BSK_COUNTER_PASS,
	    BSK_NEW(bsk_bytes, .bytes = bsk_buf_share(buf)));
	return result == -ENOMEM ? result : 0;
}

static int
on_bytes(struct counter *self, bsk_ctx *ctx, const struct bsk_bytes *bytes)
{
	int result = 0;

	if (self->messages == self->told) {
		self->since_ns = bsk_now(ctx);
		if (self->every_ns > 0)
			result = bsk_timer_arm(ctx, PERIOD_TIMER,
			    self->every_ns, 0);
	}
	self->messages++;
	self->bytes += bytes->bytes.size;
	self->lines += count_lines(&bytes->bytes);
	return result < 0 ? result : pass(ctx, &bytes->bytes);
}

static bsk_message *
count(const struct counter *self, bsk_ctx *ctx)
{
	uint64_t fresh = self->messages - self->told;
	int64_t span_ns = bsk_now(ctx) - self->since_ns;
	double rate = 0;

	if (fresh > 0 && span_ns > 0)
		rate = (double)fresh * 1e9 / (double)span_ns;
	return BSK_NEW(bsk_count, .messages = self->messages,
	    .bytes = self->bytes, .lines = self->lines, .rate = rate);
}

static int
on_get(struct counter *self, bsk_ctx *ctx, const struct bsk_counter_get *get)
{
	(void)get;
	(void)bsk_reply(ctx, count(self, ctx));
	return 0;
}

static int
tell(struct counter *self, bsk_ctx *ctx)
{
	int result = bsk_emit(ctx, BSK_COUNTER_COUNT, count(self, ctx));

	if (result == 0)
		self->told = self->messages;
	return result;
}

/* A count that found no room or no memory is told a period later. */
static int
on_due(struct counter *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)due;
	if (tell(self, ctx) == 0)
		return 0;
	return bsk_timer_arm(ctx, PERIOD_TIMER, self->every_ns, 0);
}

static int
on_drain(struct counter *self, bsk_ctx *ctx, const struct bsk_drain *drain)
{
	(void)drain;
	(void)tell(self, ctx);
	bsk_exit(ctx, 0);
	return 0;
}
