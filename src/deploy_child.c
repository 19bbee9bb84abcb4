/* src/deploy_child.c - what an actor's supervisor is asked for. */
#include <string.h>

#include <buskin/child_spec.h>

#include "deploy_child.h"
#include "deploy_say.h"

/* The key that a field of the spec comes from. */
static const struct {
	const char *field;
	const char *key;
} keys[] = {
	{ "mailbox", "mailbox" },
	{ "poison", "poison" },
	{ "redeliver", "redeliver" },
	{ "restarts", "budget" },
	{ "significant", "significant" },
	{ "within_ns", "budget" },
};

static struct deploy_spot
spot_of(const bsk_json *json, const char *field)
{
	const bsk_json *member;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		member = bsk_json_member(json, keys[i].key);
		if (strcmp(keys[i].field, field) == 0 && member != NULL)
			return deploy_at(member);
	}
	return deploy_at(json);
}

/* The name has been looked at already. */
static void
check(struct deploy_load *load, const bsk_json *json,
    const struct deploy_actor *actor)
{
	const struct deploy_supervisor *supervisor = deploy_supervisor_find(
	    load->deployment, actor->supervisor);
	struct bsk_child_start named = actor->spec;
	struct bsk_config_fault fault;
	char name[] = "any";

	named.name.chars = name;
	if (supervisor != NULL && bsk_child_spec_check(&named,
	    supervisor->config.auto_shutdown, &fault) < 0)
		deploy_error(load, spot_of(json, fault.field), "bad-child",
		    deploy_hint(NULL), "%s", fault.text);
}

static int32_t
mailbox_of(const struct deploy_load *load, const struct deploy_role *role)
{
	int32_t fate = role->mailbox.on_restart;

	if (fate == 0)
		fate = load->deployment->system.mailbox.on_restart;
	return fate == 0 ? BSK_MAILBOX_KEEP : fate - 1;
}

void
deploy_child_read(struct deploy_load *load, const bsk_json *json,
    const struct deploy_role *role, struct deploy_actor *actor)
{
	actor->spec = (struct bsk_child_start){
		.restart = role->restart,
		.placement = role->placement,
		.capacity = role->mailbox.capacity,
		.capacity_bytes = role->mailbox.capacity_bytes,
		.alarm = role->mailbox.alarm,
		.on_full = role->mailbox.on_full,
		.grace_ns = role->grace_ns,
		.significant = role->significant,
		.mailbox = mailbox_of(load, role),
		.redeliver = role->redeliver,
		.poison = role->poison,
		.restarts = role->budget.restarts,
		.within_ns = role->budget.within_ns,
	};
	check(load, json, actor);
}
