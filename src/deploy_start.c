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

static uint32_t
count_nested(const struct bsk_deployment *deployment)
{
	uint32_t count = 0;
	size_t i;

	for (i = 0; i < deployment->supervisor_count; i++)
		if (deployment->supervisors[i].parent != NULL)
			count++;
	return count;
}

/* Those under none. */
static bsk_list
plan_supervisors(const struct bsk_deployment *deployment,
    const struct bsk_class *class_)
{
	bsk_list list = bsk_list_new(sizeof(struct bsk_deployer_supervisor),
	    (uint32_t)deployment->supervisor_count - count_nested(deployment));
	struct bsk_deployer_supervisor *item = list.items;
	const struct deploy_supervisor *supervisor = deployment->supervisors;
	const struct deploy_supervisor *end =
	    supervisor + deployment->supervisor_count;

	for (; supervisor < end && !bsk_list_is_lost(list); supervisor++)
		if (supervisor->parent == NULL)
			*item++ = (struct bsk_deployer_supervisor){
				.name = text(supervisor->name),
				.config = bsk_parcel_new(class_->config,
				    &supervisor->config),
			};
	return list;
}

static size_t
depth_of(const struct bsk_deployment *deployment,
    const struct deploy_supervisor *supervisor)
{
	size_t depth = 0;

	while (supervisor->parent != NULL) {
		supervisor = deploy_supervisor_find(deployment,
		    supervisor->parent);
		depth++;
	}
	return depth;
}

/* Those under others are actors of the plan, each after the one it is under. It
 * is not restarted: what it looked after would be gone. */
static struct bsk_deployer_actor *
plan_nested(const struct bsk_deployment *deployment,
    struct bsk_deployer_actor *item)
{
	const struct bsk_class *class_ = deploy_class(deployment,
	    DEPLOY_SUPERVISOR);
	const struct deploy_supervisor *supervisors = deployment->supervisors;
	size_t depth;
	size_t i;

	for (depth = 1; depth < deployment->supervisor_count; depth++)
		for (i = 0; i < deployment->supervisor_count; i++)
			if (depth_of(deployment, &supervisors[i]) == depth)
				*item++ = (struct bsk_deployer_actor){
					.name = text(supervisors[i].name),
					.class_name = text(class_->name),
					.supervisor =
					    text(supervisors[i].parent),
					.config = bsk_parcel_new(
					    class_->config,
					    &supervisors[i].config),
					.restart = BSK_TEMPORARY,
				};
	return item;
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
		.restart = actor->spec.restart,
		.placement = actor->spec.placement,
		.capacity = actor->spec.capacity,
		.capacity_bytes = actor->spec.capacity_bytes,
		.alarm = actor->spec.alarm,
		.on_full = actor->spec.on_full,
		.grace_ns = actor->spec.grace_ns,
		.significant = actor->spec.significant,
		.mailbox = actor->spec.mailbox,
		.redeliver = actor->spec.redeliver,
		.poison = actor->spec.poison,
		.restarts = actor->spec.restarts,
		.within_ns = actor->spec.within_ns,
	};
}

static bsk_list
plan_actors(const struct bsk_deployment *deployment)
{
	bsk_list list = bsk_list_new(sizeof(struct bsk_deployer_actor),
	    (uint32_t)deployment->actor_count + count_nested(deployment));
	struct bsk_deployer_actor *item = list.items;
	size_t i;

	if (bsk_list_is_lost(list))
		return list;
	item = plan_nested(deployment, item);
	for (i = 0; i < deployment->actor_count; i++)
		*item++ = plan_actor(deployment,
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
