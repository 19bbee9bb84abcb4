/* src/cli/cmd_run.c - runs a deployment in the foreground. */
#include <signal.h>
#include <string.h>

#include <buskin/os.h>

#include "commands.h"
#include "load.h"

static int
run_system(const struct cli_call *call, bsk_system *system,
    const bsk_deployment *deployment)
{
	bsk_ref deployer;
	int result = bsk_deployment_start(deployment, system, &deployer);

	if (result < 0)
		return cli_say(call, CLI_FAILED, "cannot be started: %s",
		    strerror(-result));
	result = bsk_system_run(system);
	if (result < 0)
		return cli_say(call, CLI_FAILED, "%s", strerror(-result));
	return result;
}

/* Ctrl-C and SIGTERM wait from here on until the deployment's own actor for
 * signals takes them: one that came earlier would end the process and leave
 * sockets behind. */
static void
hold_signals(void)
{
	bsk_os_signals held = (bsk_os_signals)1 << (SIGTERM - 1) |
	    (bsk_os_signals)1 << (SIGINT - 1);
	bsk_os_signals old;

	/* In parentheses: <signal.h> has a macro of that name. */
	(void)(bsk_os_libc.sigmask)(&bsk_os_libc, SIG_BLOCK, held, &old);
}

static int
run(const struct cli_call *call)
{
	struct bsk_system_options options = {0};
	bsk_deployment *deployment;
	bsk_system *system;
	int status = cli_load_and_say(call, &deployment);
	int result;

	if (status != CLI_DONE)
		return status;
	hold_signals();
	bsk_deployment_system(deployment, &options);
	options.activation = true;
	result = bsk_system_create(&options, &system);
	if (result < 0) {
		status = cli_say(call, CLI_FAILED, "%s", strerror(-result));
	} else {
		status = run_system(call, system, deployment);
		bsk_system_destroy(system);
	}
	bsk_deployment_free(deployment);
	return status;
}

const struct cli_command cmd_run = {
	.name = "run",
	.operands = "FILE...",
	.summary = "run a deployment until it is told to stop",
	.help =
	    "Reads the files (\"-\" is standard input), one over another,\n"
	    "and starts what they say. Mistakes are told all at once, and\n"
	    "nothing is started then. SIGTERM or Ctrl-C stops it in order, a\n"
	    "second one at once. A service manager is told when\n"
	    "$NOTIFY_SOCKET is set.\n",
	.options = CLI_OPTION_JSON,
	.operands_min = 1,
	.operands_max = -1,
	.run = run,
};
