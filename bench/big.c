/* big.c - many actors that ping each other at random, one ping each in flight.
 */
#include "workload.h"

#define ACTORS 120u
#define PINGS 20000u

static bsk_ref refs[ACTORS]; /* written before anybody is told to go */

struct pinger {
	uint64_t left;
};

static int
ping(struct pinger *self, bsk_ctx *ctx)
{
	if (self->left == 0) {
		bench_done();
		return 0;
	}
	self->left--;
	return bsk_send(ctx, refs[bsk_random(ctx) % ACTORS],
	    BSK_NEW(words, .a = 1, .b = 0));
}

BSK_HANDLER(on_go, pinger, go)
{
	self->left = body->count;
	return ping(self, ctx);
}

/* A ping, to be answered, or the answer to one. */
BSK_HANDLER(on_words, pinger, words)
{
	if (body->a == 1)
		return bsk_send(ctx, bsk_sender(ctx), BSK_NEW(words,
		    .a = 0, .b = 0));
	return ping(self, ctx);
}

static const struct bsk_handler handlers[] = {
	BSK_ON(go, on_go),
	BSK_ON(words, on_words),
};
static const struct bsk_class pinger_class =
    BSK_CLASS(pinger, "pinger", "pings", handlers);

static void
big(const struct bench *bench)
{
	int64_t begun_ns;

	for (unsigned i = 0; i < ACTORS; i++)
		refs[i] = bench_spawn(bench, &pinger_class, NULL, NULL);
	begun_ns = io_now_ns();
	for (unsigned i = 0; i < ACTORS; i++)
		io_must(bsk_system_send(bench->system, refs[i],
		    BSK_NEW(go, .count = PINGS)), "send");
	bench_wait(ACTORS);
	bench_print_rate(bench, 2.0 * ACTORS * PINGS, begun_ns, "msg/s");
}

const struct workload workload_big = { "big", big };
