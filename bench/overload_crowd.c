/* overload_crowd.c - ten thousand actors that could always run, at home with one
 * worker: how long each waits at the worst, of two turns the second. `lap` is
 * how long it takes on average until all have had theirs.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "brood.h"
#include "overload.h"

#define ACTORS 10000u
#define SPELL_NS INT64_C(2000000000)

static uint64_t waits_ns[ACTORS]; /* the worst of each */
static size_t wait_count;
static uint64_t handled;          /* all told */
static atomic_bool is_over;

struct member {
	int64_t last_ns;
	uint64_t worst_ns;
	uint64_t handled;
	uint64_t left;    /* messages still in the mailbox at the end */
};

/* So many messages it has from here on. */
BSK_HANDLER(on_go, member, go)
{
	int result = 0;

	for (uint64_t i = 0; i < body->count && result == 0; i++)
		result = bsk_send(ctx, bsk_self(ctx), BSK_NEW(words, .a = i));
	self->left = body->count;
	self->handled = 0;
	self->worst_ns = 0;
	self->last_ns = io_now_ns();
	return result;
}

BSK_HANDLER(on_words, member, words)
{
	int64_t now_ns = io_now_ns();
	uint64_t wait_ns = (uint64_t)(now_ns - self->last_ns);

	self->last_ns = now_ns;
	if (!atomic_load_explicit(&is_over, memory_order_relaxed)) {
		self->handled++;
		if (wait_ns > self->worst_ns)
			self->worst_ns = wait_ns;
		return bsk_send(ctx, bsk_self(ctx),
		    BSK_NEW(words, .a = body->a));
	}
	if (--self->left == 0) {
		waits_ns[wait_count++] = self->worst_ns;
		handled += self->handled;
		bench_done();
	}
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(go, on_go),
	BSK_ON(words, on_words),
};
static const struct bsk_class member_class =
    BSK_CLASS(member, "member", "could always run", handlers);

static void
let_run(const struct bench *bench, const bsk_ref *refs, uint64_t messages,
    const char *lap, const char *wait)
{
	int64_t begun_ns;
	int64_t took_ns;

	wait_count = 0;
	handled = 0;
	atomic_store(&is_over, false);
	for (unsigned i = 0; i < ACTORS; i++)
		io_must(bsk_system_send(bench->system, refs[i],
		    BSK_NEW(go, .count = messages)), "send");
	begun_ns = io_now_ns();
	bench_sleep(SPELL_NS);
	took_ns = io_now_ns() - begun_ns;
	atomic_store(&is_over, true);
	bench_wait(ACTORS);
	bench_print(bench, lap, (double)took_ns * ACTORS *
	    (double)messages / (double)handled / 1e3, "us");
	overload_print(bench, wait, waits_ns, ACTORS);
}

static void
crowd(const struct bench *bench)
{
	bsk_ref *refs = brood_spawn(bench, &member_class, ACTORS, NULL);

	let_run(bench, refs, 1, "lap,messages=1", "wait,messages=1");
	let_run(bench, refs, 64, "lap,messages=64", "wait,messages=64");
	free(refs);
}

const struct workload overload_crowd = { "crowd", crowd };
