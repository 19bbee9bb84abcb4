/* src/deploy_start.c - a deployment handed over to the actor that starts it.
 *
 * The runtime names no actor: the deployer and the supervisor are classes of
 * the deployment's table like any other, looked up by their names; only the
 * shape of their configs is known here.
 */
#include <errno.h>
#include <string.h>

#include "deploy.h"

static bsk_text
text(const char *chars)
{
	return bsk_text_copy(chars);
}

static bsk_list
plan_supervisors(const struct bsk_deployment *deployment,
    const struct bsk_class *class_)
{
	bsk_list list = bsk_list_new(sizeof(struct bsk_deployer_supervisor),
	    (uint32_t)deployment->supervisor_count);
	struct bsk_deployer_supervisor *items = list.items;
	uint32_t i;

	if (bsk_list_is_lost(list))
		return list;
	for (i = 0; i < list.count; i++)
		items[i] = (struct bsk_deployer_supervisor){
			.name = text(deployment->supervisors[i].name),
			.config = bsk_parcel_new(class_->config,
			    &deployment->supervisors[i].config),
		};
	return list;
}

/* Whether a wire leads to somebody who is not up when its actor starts: it
 * closes a cycle. */
static bool
is_late(const struct bsk_deployment *deployment,
    const struct deploy_actor *actor, const struct deploy_wire *wire)
{
	return deployment->actors[wire->to].position >= actor->position;
}

static bsk_list
plan_wires(const struct bsk_deployment *deployment,
    const struct deploy_actor *actor)
{
	bsk_list list = bsk_list_new(sizeof(struct bsk_deployer_wire),
	    (uint32_t)actor->wire_count);
	struct bsk_deployer_wire *item = list.items;
	const struct deploy_wire *wire = actor->wires;
	const struct deploy_wire *end = wire + actor->wire_count;

	if (bsk_list_is_lost(list))
		return list;
	list.count = 0;
	for (; wire < end; wire++) {
		if (is_late(deployment, actor, wire))
			continue;
		item[list.count++] = (struct bsk_deployer_wire){
			.port = text(actor->class_->ports[wire->port].name),
			.to = text(deployment->actors[wire->to].name),
			.on_full = wire->on_full,
		};
	}
	return list;
}

/* The late wires that lead to an actor; returns how many. NULL: only that. */
static uint32_t
list_late(const struct bsk_deployment *deployment,
    const struct deploy_actor *to, struct bsk_deployer_late *ret_items)
{
	uint32_t count = 0;
	size_t i;
	size_t w;

	for (i = 0; i < deployment->actor_count; i++)
		for (w = 0; w < deployment->actors[i].wire_count; w++) {
			const struct deploy_actor *from =
			    &deployment->actors[i];
			const struct deploy_wire *wire = &from->wires[w];

			if (&deployment->actors[wire->to] != to ||
			    !is_late(deployment, from, wire))
				continue;
			if (ret_items != NULL)
				ret_items[count] = (struct bsk_deployer_late){
					.from = text(from->name),
					.port = text(from->class_->ports[
					    wire->port].name),
					.on_full = wire->on_full,
				};
			count++;
		}
	return count;
}

static bsk_list
plan_late(const struct bsk_deployment *deployment,
    const struct deploy_actor *actor)
{
	bsk_list list = bsk_list_new(sizeof(struct bsk_deployer_late),
	    list_late(deployment, actor, NULL));

	if (!bsk_list_is_lost(list) && list.count > 0)
		(void)list_late(deployment, actor, list.items);
	return list;
}

static struct bsk_deployer_actor
plan_actor(const struct bsk_deployment *deployment,
    const struct deploy_actor *actor)
{
	return (struct bsk_deployer_actor){
		.name = text(actor->name),
		.class_name = text(actor->class_->name),
		.supervisor = text(actor->supervisor),
		.config = bsk_parcel_copy(actor->config),
		.wires = plan_wires(deployment, actor),
		.late = plan_late(deployment, actor),
		.restart = actor->restart,
		.placement = actor->placement,
		.capacity = actor->mailbox.capacity,
		.capacity_bytes = actor->mailbox.capacity_bytes,
		.on_full = actor->mailbox.on_full,
		.grace_ns = actor->grace_ns,
	};
}

static bsk_list
plan_actors(const struct bsk_deployment *deployment)
{
	bsk_list list = bsk_list_new(sizeof(struct bsk_deployer_actor),
	    (uint32_t)deployment->actor_count);
	struct bsk_deployer_actor *items = list.items;
	uint32_t i;

	if (bsk_list_is_lost(list))
		return list;
	for (i = 0; i < list.count; i++)
		items[i] = plan_actor(deployment,
		    &deployment->actors[deployment->order[i]]);
	return list;
}

int
bsk_deployment_start(const bsk_deployment *deployment, bsk_system *system,
    bsk_ref *ret_deployer)
{
	const struct bsk_class *class_ = deploy_class(deployment,
	    DEPLOY_DEPLOYER);
	const struct bsk_class *supervisor = deploy_class(deployment,
	    DEPLOY_SUPERVISOR);
	struct bsk_spawn_options options = {.name = DEPLOY_DEPLOYER};
	struct bsk_deployer_config plan;

	if (class_ == NULL || class_->config == NULL ||
	    class_->config->size != sizeof(plan) || supervisor == NULL ||
	    supervisor->config == NULL ||
	    supervisor->config->size != sizeof(struct bsk_supervisor_config))
		return -ENOENT;
	plan = (struct bsk_deployer_config){
		.supervisors = plan_supervisors(deployment, supervisor),
		.actors = plan_actors(deployment),
	};
	return bsk_system_spawn(system, class_,
	    bsk_parcel_new(class_->config, &plan), &options, ret_deployer);
}
