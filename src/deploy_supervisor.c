/* src/deploy_supervisor.c - the section "supervisors". */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "deploy_say.h"
#include "deploy_section.h"
#include "deploy_supervisor.h"
#include "deploy_top.h"
#include "deploy_types.h"

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
	    NULL, &body);
	made->name = name;
	made->config = (struct bsk_supervisor_config){
		.strategy = body.strategy,
		.restarts = body.restarts,
		.within_ns = body.within_ns,
		.backoff_first_ns = body.backoff.first_ns,
		.backoff_max_ns = body.backoff.max_ns,
		.backoff_jitter = body.backoff.jitter,
	};
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
}
