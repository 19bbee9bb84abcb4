/* src/cli/commands.h - the commands; see cli.h. */
#ifndef BUSKIN_CLI_COMMANDS_H
#define BUSKIN_CLI_COMMANDS_H

#include "cli.h"

extern const struct cli_command cmd_check;
extern const struct cli_command cmd_classes;
extern const struct cli_command cmd_completion;
extern const struct cli_command cmd_graph;
extern const struct cli_command cmd_inspect;
extern const struct cli_command cmd_ps;
extern const struct cli_command cmd_run;
extern const struct cli_command cmd_stats;
extern const struct cli_command cmd_version;

#endif
