/* brood.c - many actors of one class, children of one parent. */
#include <errno.h>
#include <stdlib.h>

#include "brood.h"

#define BATCH 1000u

/* Of the brood that is being born; its parent's until bench_done. */
static struct {
	const struct bsk_class *class_;
	const struct bsk_spawn_options *options;
	uint64_t count;
	bsk_ref *refs;
} plan;

struct parent {
	uint64_t born;
};

/* A batch, and then others have their turn. */
BSK_HANDLER(on_go, parent, go)
{
	int result = 0;

	(void)body;
	for (unsigned i = 0; i < BATCH && result == 0 &&
	    self->born < plan.count; i++)
		result = bsk_spawn(ctx, plan.class_, NULL, plan.options,
		    &plan.refs[self->born++]);
	io_must(result, "spawn");
	if (self->born < plan.count)
		return bsk_send(ctx, bsk_self(ctx), BSK_NEW(go, .count = 1));
	bench_done();
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(go, on_go),
};
static const struct bsk_class parent_class =
    BSK_CLASS(parent, "parent", "bears a brood", handlers);

bsk_ref *
brood_spawn(const struct bench *bench, const struct bsk_class *class_,
    uint64_t count, const struct bsk_spawn_options *options)
{
	bsk_ref parent = bench_spawn(bench, &parent_class, NULL, NULL);

	plan.class_ = class_;
	plan.options = options;
	plan.count = count;
	plan.refs = calloc(count, sizeof(*plan.refs));
	io_must(plan.refs == NULL ? -ENOMEM : 0, "refs");
	io_must(bsk_system_send(bench->system, parent,
	    BSK_NEW(go, .count = 1)), "send");
	bench_wait(1);
	return plan.refs;
}
