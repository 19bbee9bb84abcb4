/* plan.c - the wires of a planned actor. */
#include <errno.h>

#include <buskin/plan.h>

/* Before it is made shorter. */
static int
check_on_full(int32_t planned)
{
	return planned < BSK_ON_FULL_DEFAULT || planned > BSK_DROP_OLD ?
	    -EINVAL : 0;
}

int
bsk_plan_wires(bsk_ctx *ctx, const struct bsk_deployer_actor *actor,
    bsk_list *ret_wires)
{
	const struct bsk_deployer_wire *planned = actor->wires.items;
	bsk_list wires = bsk_list_new(sizeof(struct bsk_wire),
	    actor->wires.count);
	struct bsk_wire *wire = wires.items;
	uint32_t i;
	int result = bsk_list_is_lost(wires) ? -ENOMEM : 0;

	for (i = 0; i < actor->wires.count && result == 0; i++) {
		result = check_on_full(planned[i].on_full);
		if (result == 0)
			result = bsk_find(ctx, planned[i].to.chars, &wire->to);
		if (result == 0) {
			wire->port = bsk_text_copy(planned[i].port.chars);
			wire->on_full = (uint8_t)planned[i].on_full;
			wire++;
		}
	}
	/* What is left at the end is zero and owns nothing. */
	if (!bsk_list_is_lost(wires))
		wires.count = (uint32_t)(wire -
		    (struct bsk_wire *)wires.items);
	*ret_wires = wires;
	return result;
}

/* Who has ended since needs no wire. */
int
bsk_plan_close(bsk_ctx *ctx, const struct bsk_deployer_actor *actor)
{
	const struct bsk_deployer_late *late = actor->late.items;
	struct bsk_wire wire;
	bsk_ref from;
	int result = 0;
	uint32_t i;

	for (i = 0; i < actor->late.count && result == 0; i++) {
		wire = (struct bsk_wire){ .port = late[i].port,
			.on_full = (uint8_t)late[i].on_full };
		result = check_on_full(late[i].on_full);
		if (result == 0)
			result = bsk_find(ctx, late[i].from.chars, &from);
		if (result == 0)
			result = bsk_find(ctx, actor->name.chars, &wire.to);
		if (result == 0)
			result = bsk_wire_add(ctx, from, &wire);
		if (result == -ENOENT || result == -ESRCH)
			result = 0;
	}
	return result;
}
