/* src/deploy_find.c - the parts of a deployment by their names. */
#include <string.h>

#include "deploy.h"

const struct bsk_class *
deploy_class(const struct bsk_deployment *deployment, const char *name)
{
	const struct bsk_class *const *class_;

	for (class_ = deployment->classes; *class_ != NULL; class_++)
		if (strcmp((*class_)->name, name) == 0)
			return *class_;
	return NULL;
}

struct deploy_actor *
deploy_actor_find(const struct bsk_deployment *deployment, const char *name)
{
	size_t i;

	for (i = 0; i < deployment->actor_count; i++)
		if (strcmp(deployment->actors[i].name, name) == 0)
			return &deployment->actors[i];
	return NULL;
}

struct deploy_supervisor *
deploy_supervisor_find(const struct bsk_deployment *deployment,
    const char *name)
{
	size_t i;

	for (i = 0; i < deployment->supervisor_count; i++)
		if (strcmp(deployment->supervisors[i].name, name) == 0)
			return &deployment->supervisors[i];
	return NULL;
}

enum bsk_on_full
deploy_on_full(const struct bsk_deployment *deployment,
    const struct deploy_wire *wire)
{
	const struct deploy_actor *to = &deployment->actors[wire->to];
	int32_t on_full = wire->on_full;

	if (on_full == BSK_ON_FULL_DEFAULT)
		on_full = to->spec.on_full;
	if (on_full == BSK_ON_FULL_DEFAULT)
		on_full = deployment->system.mailbox.on_full;
	return on_full == BSK_ON_FULL_DEFAULT ? BSK_SUSPEND :
	    (enum bsk_on_full)on_full;
}
