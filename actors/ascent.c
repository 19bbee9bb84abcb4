/* actors/ascent.c - how an actor that a supervisor was asked for comes up. */
#include <buskin/ascent.h>
#include <buskin/inspect.h>

struct seen {
	bool is_opening;
	uint32_t ended; /* so many lives it has had */
};

static bool
on_seen(void *arg, const struct bsk_actor_info *info)
{
	struct seen *seen = arg;
	bool is_over = info->state == BSK_STATE_RESTARTING;

	seen->is_opening = is_over || info->state == BSK_STATE_STARTING;
	seen->ended = info->restarts + (is_over ? 1 : 0);
	return true;
}

enum bsk_ascent_state
bsk_ascent_look(const struct bsk_ascent *self, bsk_ctx *ctx)
{
	struct seen seen = {.is_opening = false};

	(void)bsk_inspect_actor(bsk_system_of(ctx), self->child, on_seen,
	    &seen);
	if (!seen.is_opening)
		return BSK_ASCENT_OPEN;
	return seen.ended > self->excused ? BSK_ASCENT_ENDED :
	    BSK_ASCENT_OPENING;
}

/* NULL: it is not among them. */
static const struct bsk_child_info *
child_in(const struct bsk_ascent *self, const struct bsk_children *children)
{
	const struct bsk_child_info *info = children->children.items;
	uint32_t i;

	for (i = 0; i < children->children.count; i++)
		if (bsk_ref_equal(info[i].child, self->child))
			return &info[i];
	return NULL;
}

/* Its supervisor may not have heard of its end yet: the next look shows. */
enum bsk_ascent_state
bsk_ascent_judge(struct bsk_ascent *self, const struct bsk_children *children)
{
	const struct bsk_child_info *info = child_in(self, children);
	uint32_t ended;

	if (info == NULL)
		return children->from + children->children.count <
		    children->count ? BSK_ASCENT_UNTOLD : BSK_ASCENT_OPENING;
	ended = info->restarts + (info->state == BSK_WARD_WAITING ? 1 : 0);
	if (ended <= self->excused)
		return BSK_ASCENT_OPENING;
	self->excused = ended;
	return info->reason < 0 || children->strategy == BSK_ONE_FOR_ONE ?
	    BSK_ASCENT_FAILED : BSK_ASCENT_OPENING;
}
