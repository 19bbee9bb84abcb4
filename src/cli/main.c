/* src/cli/main.c - the program: finds the command and calls it. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

static const struct cli_command *const commands[] = {
	&cmd_run,
	&cmd_check,
	&cmd_graph,
	&cmd_ps,
	&cmd_inspect,
	&cmd_stats,
	&cmd_classes,
	&cmd_completion,
	&cmd_version,
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const struct cli_command *
find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static void
print_overview(FILE *out)
{
	size_t i;

	(void)fputs("usage: buskin COMMAND [OPTION...] [OPERAND...]\n\n", out);
	for (i = 0; i < COMMAND_COUNT; i++)
		(void)fprintf(out, "  %-10s %s\n", commands[i]->name,
		    commands[i]->summary);
	(void)fputs("\n`buskin COMMAND --help` tells more.\n", out);
}

static void
print_usage(const struct cli_command *command, FILE *out)
{
	(void)fprintf(out, "usage: buskin %s", command->name);
	if ((command->options & CLI_OPTION_URL) != 0)
		(void)fputs(" [-s URL]", out);
	if ((command->options & CLI_OPTION_FORMAT) != 0)
		(void)fputs(" [--format FORMAT]", out);
	if ((command->options & CLI_OPTION_ALL) != 0)
		(void)fputs(" [--all]", out);
	if ((command->options & CLI_OPTION_JSON) != 0)
		(void)fputs(" [--json]", out);
	(void)fprintf(out, "%s%s\n", *command->operands == '\0' ? "" : " ",
	    command->operands);
}

static void
print_help(const struct cli_command *command)
{
	print_usage(command, stdout);
	(void)printf("\n%s\n\n%s", command->summary, command->help);
	if (command->options != 0)
		(void)putchar('\n');
	if ((command->options & CLI_OPTION_URL) != 0)
		(void)puts("  -s, --socket URL  the inspector's; else "
		    "$BUSKIN_URL");
	if ((command->options & CLI_OPTION_FORMAT) != 0)
		(void)puts("      --format FORMAT");
	if ((command->options & CLI_OPTION_ALL) != 0)
		(void)puts("      --all         leave nothing out");
	if ((command->options & CLI_OPTION_JSON) != 0)
		(void)puts("      --json        print JSON");
}

static int
refuse(const struct cli_command *command, const char *why)
{
	if (why != NULL)
		(void)fprintf(stderr, "buskin %s: %s\n", command->name, why);
	print_usage(command, stderr);
	return CLI_USAGE;
}

/* What getopt_long returns for the long options that have no letter. */
enum {
	LONG_JSON = 256,
	LONG_FORMAT,
	LONG_ALL
};

/* What a command must allow for the option to be taken. */
static unsigned
permit_of(int option)
{
	switch (option) {
	case 's':
		return CLI_OPTION_URL;
	case LONG_JSON:
		return CLI_OPTION_JSON;
	case LONG_FORMAT:
		return CLI_OPTION_FORMAT;
	case LONG_ALL:
		return CLI_OPTION_ALL;
	default:
		return 0;
	}
}

/* One option. Returns -1 to go on, else how the program ends. */
static int
take_option(const struct cli_command *command, int option,
    struct cli_call *call)
{
	if ((command->options & permit_of(option)) != permit_of(option))
		return refuse(command, "takes no such option");
	switch (option) {
	case 's':
		call->url = optarg;
		return -1;
	case LONG_JSON:
		call->json = true;
		return -1;
	case LONG_FORMAT:
		call->format = optarg;
		return -1;
	case LONG_ALL:
		call->all = true;
		return -1;
	case 'h':
		print_help(command);
		return CLI_DONE;
	default:
		return refuse(command, NULL);
	}
}

/* Options and operands may stand in any order. */
static int
call_command(const struct cli_command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'},
		{"socket", required_argument, NULL, 's'},
		{"json", no_argument, NULL, LONG_JSON},
		{"format", required_argument, NULL, LONG_FORMAT},
		{"all", no_argument, NULL, LONG_ALL},
		{NULL, 0, NULL, 0},
	};
	struct cli_call call = {.command = command->name,
		.commands = commands, .command_count = COMMAND_COUNT,
		.url = getenv("BUSKIN_URL")};
	int status;
	int option;

	while ((option = getopt_long(argc, argv, "hs:", options, NULL)) !=
	    -1) {
		status = take_option(command, option, &call);
		if (status >= 0)
			return status;
	}
	call.operands = argv + optind;
	call.operand_count = argc - optind;
	if (call.operand_count < command->operands_min)
		return refuse(command, "an operand is missing");
	if (command->operands_max >= 0 &&
	    call.operand_count > command->operands_max)
		return refuse(command, "too many operands");
	return command->run(&call);
}

static int
run_named(const char *name, int argc, char **argv)
{
	const struct cli_command *command = find_command(name);

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
	    (strcmp(name, "help") == 0 && argc < 2)) {
		print_overview(stdout);
		return CLI_DONE;
	}
	if (strcmp(name, "help") == 0) {
		command = find_command(argv[1]);
		if (command != NULL) {
			print_help(command);
			return CLI_DONE;
		}
		name = argv[1];
	}
	if (strcmp(name, "--version") == 0)
		command = &cmd_version;
	if (command != NULL)
		return call_command(command, argc, argv);
	(void)fprintf(stderr, "buskin: there is no command \"%s\"\n\n", name);
	print_overview(stderr);
	return CLI_USAGE;
}

int
main(int argc, char **argv)
{
	int status = CLI_USAGE;

	if (argc < 2)
		print_overview(stderr);
	else
		status = run_named(argv[1], argc - 1, argv + 1);
	/* A result that did not get out is no result. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == CLI_DONE) {
		perror("buskin: standard output");
		status = CLI_FAILED;
	}
	return status;
}
