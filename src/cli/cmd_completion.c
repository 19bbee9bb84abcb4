/* src/cli/cmd_completion.c - buskin completion: a script for the shell. */
#include <string.h>

#include "commands.h"

static void
print_options(const struct cli_command *command)
{
	(void)fputs("--help", stdout);
	if ((command->options & CLI_OPTION_URL) != 0)
		(void)fputs(" -s --socket", stdout);
	if ((command->options & CLI_OPTION_FORMAT) != 0)
		(void)fputs(" --format", stdout);
	if ((command->options & CLI_OPTION_ALL) != 0)
		(void)fputs(" --all", stdout);
	if ((command->options & CLI_OPTION_JSON) != 0)
		(void)fputs(" --json", stdout);
}

static bool
takes_files(const struct cli_command *command)
{
	return strstr(command->operands, "FILE") != NULL;
}

static void
print_command(const struct cli_command *command)
{
	(void)printf("\t%s)\n\t\twords='", command->name);
	print_options(command);
	(void)printf("'\n\t\tfiles=%s\n\t\t;;\n",
	    takes_files(command) ? "yes" : "");
}

static void
print_script(const struct cli_call *call)
{
	size_t i;

	(void)fputs("# bash completion of buskin; made by `buskin completion`."
	    "\n_buskin()\n{\n"
	    "\tlocal word=${COMP_WORDS[COMP_CWORD]} words='help", stdout);
	for (i = 0; i < call->command_count; i++)
		(void)printf(" %s", call->commands[i]->name);
	(void)fputs("' files=\n"
	    "\t[ \"$COMP_CWORD\" -gt 1 ] && case ${COMP_WORDS[1]} in\n",
	    stdout);
	for (i = 0; i < call->command_count; i++)
		print_command(call->commands[i]);
	(void)fputs("\thelp)\n\t\t;;\n\t*)\n\t\twords=\n\t\t;;\n\tesac\n"
	    "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
	    "\t[ -z \"$files\" ] ||\n"
	    "\t    COMPREPLY+=($(compgen -f -- \"$word\"))\n"
	    "}\ncomplete -o filenames -F _buskin buskin\n", stdout);
}

static int
run(const struct cli_call *call)
{
	if (call->operand_count > 0 && strcmp(call->operands[0], "bash") != 0)
		return cli_say(call, CLI_USAGE,
		    "there is a script for bash only");
	print_script(call);
	return CLI_DONE;
}

const struct cli_command cmd_completion = {
	.name = "completion",
	.operands = "[bash]",
	.summary = "print a script that completes these commands in a shell",
	.help =
	    "Put it where bash-completion looks, or: . <(buskin completion)\n",
	.operands_max = 1,
	.run = run,
};
