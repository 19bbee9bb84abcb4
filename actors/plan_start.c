/* actors/plan_start.c - what a planned actor's supervisor is asked for.
 *
 * Apart from the other words of buskin/plan.h, which know no supervisor.
 */
#include <buskin/plan.h>
#include <buskin/supervisor.h>

bsk_message *
bsk_plan_start(const struct bsk_deployer_actor *actor, bsk_list wires)
{
	return BSK_NEW(bsk_child_start,
	    .name = bsk_text_copy(actor->name.chars),
	    .class_name = bsk_text_copy(actor->class_name.chars),
	    .config = bsk_parcel_copy(actor->config),
	    .wires = wires,
	    .restart = actor->restart,
	    .placement = actor->placement,
	    .capacity = actor->capacity,
	    .capacity_bytes = actor->capacity_bytes,
	    .alarm = actor->alarm,
	    .on_full = actor->on_full,
	    .grace_ns = actor->grace_ns,
	    .significant = actor->significant,
	    .mailbox = actor->mailbox,
	    .redeliver = actor->redeliver,
	    .poison = actor->poison,
	    .restarts = actor->restarts,
	    .within_ns = actor->within_ns);
}
