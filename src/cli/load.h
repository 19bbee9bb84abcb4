/* src/cli/load.h - the files of a command line, loaded as a deployment. */
#ifndef BUSKIN_CLI_LOAD_H
#define BUSKIN_CLI_LOAD_H

#include <buskin/deployment.h>

#include "cli.h"

/* Loads the operands, which must be one at least, against the built-in
 * classes; what is wrong is added to `diagnoses`. Returns enum cli_exit;
 * `ret_deployment` is set when that is CLI_DONE. */
int cli_load(const struct cli_call *call, bsk_diagnoses *diagnoses,
    bsk_deployment **ret_deployment);

/* As cli_load, and says what is wrong on stderr: as JSON with --json, else for
 * people. */
int cli_load_and_say(const struct cli_call *call,
    bsk_deployment **ret_deployment);

#endif
