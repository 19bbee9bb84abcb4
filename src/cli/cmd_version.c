/* src/cli/cmd_version.c - which buskin this is. */
#include "commands.h"

static int
run(const struct cli_call *call)
{
	bsk_json *json;
	int status;

	if (!call->json) {
		(void)puts("buskin " PACKAGE_VERSION);
		return CLI_DONE;
	}
	json = bsk_json_new_object();
	if (bsk_json_put(json, "version",
	    bsk_json_new_string(PACKAGE_VERSION)) < 0)
		status = cli_say(call, CLI_FAILED, "out of memory");
	else
		status = cli_print_json(call, json);
	bsk_json_free(json);
	return status;
}

const struct cli_command cmd_version = {
	.name = "version",
	.operands = "",
	.summary = "say which version this is",
	.help = "",
	.options = CLI_OPTION_JSON,
	.run = run,
};
