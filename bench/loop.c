/* loop.c - an actor that goes on sending to itself. */
#include "loop.h"

#define SLACK 16u /* room beyond the depth */

/* Of the loop that was measured last; its own until bench_done. */
static int64_t took_ns;

/* A loop is told how many messages are to lie in its mailbox, how many are to
 * be handled, and how long each is to take. */
struct loop_go {
	uint64_t depth;
	uint64_t hops;
	int64_t work_ns;
};
BSK_DECLARE(loop_go);
static const struct bsk_field loop_go_fields[] = {
	BSK_FIELD(loop_go, depth, "messages in the mailbox"),
	BSK_FIELD(loop_go, hops, "messages to handle"),
	BSK_FIELD(loop_go, work_ns, "for each of them"),
};
const struct bsk_type loop_go_type =
    BSK_TYPE(loop_go, "go round", loop_go_fields);

struct loop {
	uint64_t left;    /* messages to handle */
	int64_t work_ns;  /* that each takes; 0: none */
	int64_t begun_ns;
};

BSK_HANDLER(on_go, loop, loop_go)
{
	int result = 0;

	self->left = body->hops;
	self->work_ns = body->work_ns;
	for (uint64_t i = 0; i < body->depth && result == 0; i++)
		result = bsk_send(ctx, bsk_self(ctx), BSK_NEW(words, .a = i));
	self->begun_ns = io_now_ns();
	return result;
}

static void
work(int64_t work_ns)
{
	int64_t until_ns = io_now_ns() + work_ns;

	while (io_now_ns() < until_ns)
		continue;
}

/* What is in the mailbox at the end goes no further. */
BSK_HANDLER(on_words, loop, words)
{
	if (self->left == 0)
		return 0;
	if (self->work_ns > 0)
		work(self->work_ns);
	if (self->left != LOOP_FOR_EVER && --self->left == 0) {
		took_ns = io_now_ns() - self->begun_ns;
		bench_done();
		return 0;
	}
	return bsk_send(ctx, bsk_self(ctx), BSK_NEW(words, .a = body->a));
}

static const struct bsk_handler handlers[] = {
	BSK_ON(words, on_words),
	BSK_ON(loop_go, on_go),
};
static const struct bsk_class loop_class =
    BSK_CLASS(loop, "loop", "sends to itself", handlers);

bsk_ref
loop_spawn(const struct bench *bench, uint64_t depth)
{
	return bench_spawn(bench, &loop_class, NULL,
	    &(const struct bsk_spawn_options){
		.capacity = (uint32_t)depth + SLACK });
}

void
loop_start(const struct bench *bench, bsk_ref loop, uint64_t depth,
    uint64_t hops, int64_t work_ns)
{
	io_must(bsk_system_send(bench->system, loop,
	    BSK_NEW(loop_go, .depth = depth, .hops = hops,
		.work_ns = work_ns)), "send");
}

double
loop_measure(const struct bench *bench, bsk_ref loop, uint64_t depth,
    uint64_t hops)
{
	loop_start(bench, loop, depth, hops, 0);
	bench_wait(1);
	return (double)took_ns / (double)hops;
}
