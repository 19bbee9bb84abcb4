/* ask.c - a thread outside the pool asks an actor, one question at a time. */
#include <stdlib.h>

#include "workload.h"

#define ASKS 200000u
#define SECOND_NS INT64_C(1000000000)

struct echo {
	uint8_t unused;
};

BSK_HANDLER(on_words, echo, words)
{
	(void)self;
	return bsk_reply(ctx, BSK_NEW(words, .a = body->a, .b = body->b));
}

static const struct bsk_handler handlers[] = {
	BSK_ON(words, on_words),
};
static const struct bsk_class echo_class =
    BSK_CLASS(echo, "echo", "answers", handlers);

static void
ask(const struct bench *bench)
{
	bsk_ref echo = bench_spawn(bench, &echo_class, NULL, NULL);
	uint64_t *took_ns = calloc(ASKS, sizeof(*took_ns));

	io_must(took_ns == NULL ? -12 : 0, "memory");
	for (unsigned i = 0; i < ASKS; i++) {
		int64_t begun_ns = io_now_ns();
		bsk_message *answer;

		io_must(bsk_system_call(bench->system, echo,
		    BSK_NEW(words, .a = i), 10 * SECOND_NS, &answer), "call");
		bsk_message_free(answer);
		took_ns[i] = (uint64_t)(io_now_ns() - begun_ns);
	}
	bench_print(bench, "p50", io_quantile(took_ns, ASKS, 0.5) / 1e3,
	    "us");
	bench_print(bench, "p99", io_quantile(took_ns, ASKS, 0.99) / 1e3,
	    "us");
	free(took_ns);
}

const struct workload workload_ask = { "ask", ask };
