/* overload_crowd.c - ten thousand actors that could always run, at home with
 * one worker: how long each waits at the worst from one message to its next.
 * `lap` is how long it takes on average until all have had their turn, and
 * `pause` the longest in which no handler began: the thread was not run.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "brood.h"
#include "overload.h"

#define ACTORS 10000u
#define SPELL_NS INT64_C(2000000000)
#define WARM_NS INT64_C(300000000)

static uint64_t waits_ns[ACTORS]; /* the worst of each */
static size_t wait_count;
static uint64_t handled;          /* all told */
static int64_t any_ns;            /* when a handler began last */
static int64_t pause_ns;          /* the longest between two */

/* What the members are to do; set from outside. */
enum phase {
	WARM,   /* go on */
	TIMED,  /* and look how long they wait */
	OVER    /* no more */
};
static _Atomic(enum phase) phase;

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
	*self = (struct member){ .left = body->count };
	return result;
}

static void
look(struct member *self)
{
	int64_t now_ns = io_now_ns();

	if (any_ns != 0 && now_ns - any_ns > pause_ns)
		pause_ns = now_ns - any_ns;
	if (self->last_ns != 0 &&
	    (uint64_t)(now_ns - self->last_ns) > self->worst_ns)
		self->worst_ns = (uint64_t)(now_ns - self->last_ns);
	self->last_ns = now_ns;
	any_ns = now_ns;
	self->handled++;
}

/* At the end what is in the mailbox goes no further. */
BSK_HANDLER(on_words, member, words)
{
	enum phase now = atomic_load_explicit(&phase, memory_order_relaxed);

	if (now == TIMED)
		look(self);
	if (now != OVER)
		return bsk_send(ctx, bsk_self(ctx),
		    BSK_NEW(words, .a = body->a));
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
print(const struct bench *bench, const char *name, const char *what,
    double time_ns)
{
	char metric[64];

	(void)snprintf(metric, sizeof(metric), "%s-%s", name, what);
	bench_print(bench, metric, time_ns / 1e3, "us");
}

static void
let_run(const struct bench *bench, const bsk_ref *refs, uint64_t messages,
    const char *name)
{
	int64_t begun_ns;
	int64_t took_ns;

	wait_count = 0;
	handled = 0;
	any_ns = 0;
	pause_ns = 0;
	atomic_store(&phase, WARM);
	for (unsigned i = 0; i < ACTORS; i++)
		io_must(bsk_system_send(bench->system, refs[i],
		    BSK_NEW(go, .count = messages)), "send");
	bench_sleep(WARM_NS);
	begun_ns = io_now_ns();
	atomic_store(&phase, TIMED);
	bench_sleep(SPELL_NS);
	took_ns = io_now_ns() - begun_ns;
	atomic_store(&phase, OVER);
	bench_wait(ACTORS);
	print(bench, name, "lap", (double)took_ns * ACTORS *
	    (double)messages / (double)handled);
	print(bench, name, "pause", (double)pause_ns);
	overload_print(bench, name, waits_ns, ACTORS);
}

static void
crowd(const struct bench *bench)
{
	bsk_ref *refs = brood_spawn(bench, &member_class, ACTORS, NULL);

	let_run(bench, refs, 1, "messages=1");
	let_run(bench, refs, 64, "messages=64");
	free(refs);
}

const struct workload overload_crowd = { "crowd", crowd };
