/* src/deploy_load.c - a deployment: loaded in steps, and freed. */
#include <errno.h>
#include <stdlib.h>

#include "deploy_actor.h"
#include "deploy_check.h"
#include "deploy_diagnoses.h"
#include "deploy_merge.h"
#include "deploy_order.h"
#include "deploy_own.h"
#include "deploy_source.h"
#include "deploy_supervisor.h"
#include "deploy_top.h"
#include "deploy_wire.h"

void
bsk_deployment_free(bsk_deployment *deployment)
{
	size_t i;

	if (deployment == NULL)
		return;
	for (i = 0; i < deployment->actor_count; i++)
		deploy_actor_release(&deployment->actors[i]);
	free(deployment->actors);
	free(deployment->supervisors);
	free(deployment->order);
	bsk_json_free(deployment->tree);
	free(deployment);
}

/* Each step needs the memory that those before it got. */
static void
read_sections(struct deploy_load *load)
{
	static void (*const steps[])(struct deploy_load *load) = {
		deploy_top_read,
		deploy_supervisor_read,
		deploy_actor_read,
		deploy_own_add,
		deploy_wire_read,
		deploy_check,
	};
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (load->result == 0)
			steps[i](load);
}

static void
run_steps(struct deploy_load *load, size_t errors_before)
{
	load->deployment = calloc(1, sizeof(*load->deployment));
	if (load->deployment == NULL) {
		deploy_fail(load, -ENOMEM);
		return;
	}
	load->deployment->classes = load->options->classes;
	if (deploy_source_read(load) && deploy_merge(load))
		read_sections(load);
	if (bsk_diagnoses_errors(load->diagnoses) > errors_before)
		deploy_fail(load, -EINVAL);
	if (load->result == 0)
		deploy_order(load);
}

int
bsk_deployment_load(const struct bsk_deployment_options *options,
    bsk_diagnoses *diagnoses, bsk_deployment **ret_deployment)
{
	struct deploy_load load = {.options = options,
		.diagnoses = diagnoses};

	run_steps(&load, bsk_diagnoses_errors(diagnoses));
	deploy_diagnoses_sort(diagnoses);
	deploy_source_release(&load);
	if (load.result == 0)
		*ret_deployment = load.deployment;
	else
		bsk_deployment_free(load.deployment);
	return load.result;
}

const char *
bsk_deployment_name(const bsk_deployment *deployment)
{
	return deployment->name;
}

/* As the system's options say it. */
static int64_t
never_if_zero(int64_t ns)
{
	return ns == 0 ? -1 : ns;
}

void
bsk_deployment_system(const bsk_deployment *deployment,
    struct bsk_system_options *options)
{
	const struct deploy_system *system = &deployment->system;

	options->name = deployment->name;
	options->workers = deployment->workers;
	options->classes = deployment->classes;
	options->capacity = system->mailbox.capacity;
	options->capacity_bytes = system->mailbox.capacity_bytes;
	options->alarm = (uint8_t)system->mailbox.alarm;
	options->on_full = (enum bsk_on_full)system->mailbox.on_full;
	options->on_deadlock = (enum bsk_on_deadlock)system->on_deadlock;
	options->stop_timeout_ns = system->shutdown_ns;
	options->handover_ns = never_if_zero(system->handover_ns);
	options->overrun_ns = never_if_zero(system->overrun_ns);
	options->overrun_signal = system->overrun_signal;
}
