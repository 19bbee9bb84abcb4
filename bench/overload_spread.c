/* overload_spread.c - a thousand actors that could always run, all made by one
 * parent, and whose messages take so long: how many are handled in a second.
 * With as many workers as there are CPUs, to that with one, it says whether
 * the work spreads, and from which length of a message on.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "brood.h"
#include "overload.h"

#define ACTORS 1000u
#define SPELL_NS INT64_C(1000000000)
#define WARM_NS INT64_C(300000000)

static atomic_ulong handled;
static _Atomic int64_t work_ns; /* of each message; 0: no more */

struct toiler {
	uint64_t handled;
};

static void
work(int64_t until_ns)
{
	while (io_now_ns() < until_ns)
		;
}

BSK_HANDLER(on_words, toiler, words)
{
	int64_t long_ns = atomic_load_explicit(&work_ns,
	    memory_order_relaxed);

	if (long_ns == 0) {
		bench_done();
		return 0;
	}
	work(io_now_ns() + long_ns);
	self->handled++;
	atomic_fetch_add_explicit(&handled, 1, memory_order_relaxed);
	return bsk_send(ctx, bsk_self(ctx), BSK_NEW(words, .a = body->a));
}

static const struct bsk_handler handlers[] = {
	BSK_ON(words, on_words),
};
static const struct bsk_class toiler_class =
    BSK_CLASS(toiler, "toiler", "has much to do", handlers);

static void
let_toil(const struct bench *bench, const bsk_ref *refs, int64_t long_ns)
{
	char metric[64];
	int64_t begun_ns;
	unsigned long before;
	double rate;

	atomic_store(&work_ns, long_ns);
	for (unsigned i = 0; i < ACTORS; i++)
		io_must(bsk_system_send(bench->system, refs[i],
		    BSK_NEW(words, .a = i)), "send");
	bench_sleep(WARM_NS);
	begun_ns = io_now_ns();
	before = atomic_load(&handled);
	bench_sleep(SPELL_NS);
	rate = (double)(atomic_load(&handled) - before) * 1e9 /
	    (double)(io_now_ns() - begun_ns);
	atomic_store(&work_ns, 0);
	bench_wait(ACTORS);
	(void)snprintf(metric, sizeof(metric), "takes=%lldns-rate",
	    (long long)long_ns);
	bench_print(bench, metric, rate, "msg/s");
}

static void
spread(const struct bench *bench)
{
	static const int64_t lengths_ns[] = { 500, 2000, 5000, 50000 };
	bsk_ref *refs = brood_spawn(bench, &toiler_class, ACTORS, NULL);

	for (size_t i = 0; i < sizeof(lengths_ns) / sizeof(lengths_ns[0]); i++)
		let_toil(bench, refs, lengths_ns[i]);
	free(refs);
}

const struct workload overload_spread = { "spread", spread };
