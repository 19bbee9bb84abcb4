/* src/cli/cmd_check.c - looks for mistakes in a deployment. */
#include <errno.h>

#include "commands.h"
#include "load.h"

static int
put_result(bsk_json *json, const bsk_deployment *deployment,
    const bsk_diagnoses *diagnoses)
{
	bsk_json *list;
	int result = bsk_diagnoses_json(diagnoses, &list);

	if (result == 0)
		result = bsk_json_put(json, "diagnoses", list);
	if (result == 0)
		result = bsk_json_put(json, "ok",
		    bsk_json_new_bool(deployment != NULL));
	if (result == 0 && deployment != NULL)
		result = bsk_json_put(json, "name",
		    bsk_json_new_string(bsk_deployment_name(deployment)));
	return result;
}

static int
print_result(const struct cli_call *call, const bsk_deployment *deployment,
    const bsk_diagnoses *diagnoses)
{
	bsk_json *json = bsk_json_new_object();
	int status;

	if (json == NULL || put_result(json, deployment, diagnoses) < 0)
		status = cli_say(call, CLI_FAILED, "out of memory");
	else
		status = cli_print_json(call, json);
	bsk_json_free(json);
	return status;
}

/* With --json the mistakes are the result. */
static int
check_for_program(const struct cli_call *call)
{
	bsk_diagnoses *diagnoses = bsk_diagnoses_new();
	bsk_deployment *deployment = NULL;
	int printed;
	int status;

	if (diagnoses == NULL)
		return cli_say(call, CLI_FAILED, "out of memory");
	status = cli_load(call, diagnoses, &deployment);
	printed = print_result(call, deployment, diagnoses);
	bsk_deployment_free(deployment);
	bsk_diagnoses_free(diagnoses);
	return status == CLI_DONE ? printed : status;
}

static int
run(const struct cli_call *call)
{
	bsk_deployment *deployment;
	int status;

	if (call->json)
		return check_for_program(call);
	status = cli_load_and_say(call, &deployment);
	if (status != CLI_DONE)
		return status;
	(void)printf("%s: no mistakes\n", bsk_deployment_name(deployment));
	bsk_deployment_free(deployment);
	return CLI_DONE;
}

const struct cli_command cmd_check = {
	.name = "check",
	.operands = "FILE...",
	.summary = "look for mistakes in a deployment, and start nothing",
	.help =
	    "All mistakes are told, each with its place and, where one is\n"
	    "known, a hint. Ends with status 0 when there are none, 66 when a\n"
	    "file cannot be read, 78 when the configuration is not valid.\n",
	.options = CLI_OPTION_JSON,
	.operands_min = 1,
	.operands_max = -1,
	.run = run,
};
