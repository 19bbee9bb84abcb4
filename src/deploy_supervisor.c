/* src/deploy_supervisor.c - the section "supervisors". */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "deploy_near.h"
#include "deploy_say.h"
#include "deploy_section.h"
#include "deploy_supervisor.h"
#include "deploy_top.h"
#include "deploy_types.h"

/* Who is whose child is looked at once all are known. */
static const char *const judge_apart[] = {"supervisor", NULL};

static bsk_text
hint_supervisor(const struct bsk_deployment *deployment, const char *word)
{
	struct deploy_near near;
	size_t i;

	deploy_near_start(&near, word);
	for (i = 0; i < deployment->supervisor_count; i++)
		deploy_near_try(&near, deployment->supervisors[i].name);
	return deploy_near_hint(&near);
}

const char *
deploy_supervisor_named(struct deploy_load *load, const bsk_json *object,
    const char *otherwise)
{
	const bsk_json *json = bsk_json_member(object, "supervisor");
	const char *name;

	if (json == NULL || !deploy_is_kind(load, json, BSK_JSON_STRING))
		return otherwise;
	name = bsk_json_string(json);
	if (deploy_supervisor_find(load->deployment, name) == NULL)
		deploy_error(load, deploy_at(json), "unknown-supervisor",
		    hint_supervisor(load->deployment, name),
		    "there is no supervisor \"%s\"", name);
	return name;
}

/* Reads one; NULL: the one that nobody wrote down, from presets alone. */
static void
read_one(struct deploy_load *load, const bsk_json *json, const char *name)
{
	struct bsk_deployment *deployment = load->deployment;
	struct deploy_supervisor *made =
	    &deployment->supervisors[deployment->supervisor_count++];
	struct deploy_judge body;

	/* After a mistake it is still there to be named by actors. */
	(void)deploy_section(load, deployment->tree, json, &deploy_judge_type,
	    judge_apart, &body);
	made->name = name;
	made->at = json;
	made->config = (struct bsk_supervisor_config){
		.strategy = body.strategy,
		.restarts = body.restarts,
		.within_ns = body.within_ns,
		.backoff_first_ns = body.backoff.first_ns,
		.backoff_max_ns = body.backoff.max_ns,
		.backoff_jitter = body.backoff.jitter,
		.on_exhausted = body.on_exhausted,
		.auto_shutdown = body.auto_shutdown,
	};
}

/* Whether the way up from a supervisor leads back to it. */
static bool
is_its_own_ancestor(const struct bsk_deployment *deployment,
    const struct deploy_supervisor *supervisor)
{
	const struct deploy_supervisor *above = supervisor;
	size_t i;

	for (i = 0; i < deployment->supervisor_count && above != NULL &&
	    above->parent != NULL; i++) {
		above = deploy_supervisor_find(deployment, above->parent);
		if (above == supervisor)
			return true;
	}
	return false;
}

/* One that is stopped with others would come back without those it looked
 * after: a plan starts them once. */
static void
check_parent(struct deploy_load *load,
    const struct deploy_supervisor *supervisor)
{
	const struct deploy_supervisor *parent =
	    supervisor->parent == NULL ? NULL : deploy_supervisor_find(
	    load->deployment, supervisor->parent);

	if (parent != NULL && parent->config.strategy != BSK_ONE_FOR_ONE)
		deploy_error(load, deploy_at(bsk_json_member(supervisor->at,
		    "supervisor")), "unsupported", deploy_hint(NULL),
		    "\"%s\" restarts others with one that fails, and so "
		    "cannot have a supervisor under it", parent->name);
}

/* Each is told at its own key. */
static void
read_parents(struct deploy_load *load)
{
	struct bsk_deployment *deployment = load->deployment;
	struct deploy_supervisor *supervisor;
	size_t i;

	for (i = 0; i < deployment->supervisor_count; i++) {
		supervisor = &deployment->supervisors[i];
		if (supervisor->at != NULL && bsk_json_kind(supervisor->at) ==
		    BSK_JSON_OBJECT)
			supervisor->parent = deploy_supervisor_named(load,
			    supervisor->at, NULL);
	}
	for (i = 0; i < deployment->supervisor_count; i++) {
		supervisor = &deployment->supervisors[i];
		check_parent(load, supervisor);
		if (is_its_own_ancestor(deployment, supervisor))
			deploy_error(load, deploy_at(bsk_json_member(
			    supervisor->at, "supervisor")),
			    "supervisor-cycle", deploy_hint(NULL),
			    "\"%s\" would be under itself",
			    supervisor->name);
	}
}

static void
read_section(struct deploy_load *load, const bsk_json *section)
{
	struct deploy_spot spot;
	const bsk_json *member;

	for (member = deploy_first(section); member != NULL;
	    member = deploy_next(member)) {
		spot = deploy_at_key(section, bsk_json_key(member));
		if (strcmp(spot.key, DEPLOY_DEPLOYER) == 0)
			deploy_error(load, spot, "reserved-name",
			    deploy_hint("take another name"),
			    "every deployment has its own \"%s\"",
			    spot.key);
		else if (deploy_top_name(load, spot, spot.key))
			read_one(load, member, spot.key);
	}
}

void
deploy_supervisor_read(struct deploy_load *load)
{
	struct bsk_deployment *deployment = load->deployment;
	const bsk_json *section = bsk_json_member(deployment->tree,
	    "supervisors");
	bool is_given = section != NULL && deploy_is_kind(load, section,
	    BSK_JSON_OBJECT);
	size_t count = is_given ? bsk_json_count(section) : 0;

	deployment->supervisors = calloc(count + 1,
	    sizeof(*deployment->supervisors));
	if (deployment->supervisors == NULL) {
		deploy_fail(load, -ENOMEM);
		return;
	}
	if (is_given)
		read_section(load, section);
	if (deploy_supervisor_find(deployment, DEPLOY_SUPERVISOR) == NULL)
		read_one(load, NULL, DEPLOY_SUPERVISOR);
	read_parents(load);
}
