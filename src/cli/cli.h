/* src/cli/cli.h - what the commands of the program share.
 *
 * A command is one row of the table in main.c and one file cmd_NAME.c. Results
 * go to stdout, everything else to stderr.
 */
#ifndef BUSKIN_CLI_H
#define BUSKIN_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <buskin/json.h>

/* How the program ends. */
enum cli_exit {
	CLI_DONE = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,          /* the command line is not understood */
	CLI_NOT_RUNNING = 3,    /* some actor is not running */
	CLI_NO_ACTOR = 4,       /* there is no such actor */
	CLI_NO_INPUT = 66,      /* a file cannot be read */
	CLI_UNAVAILABLE = 69,   /* nothing listens there */
	CLI_TIMED_OUT = 75,
	CLI_NOT_PERMITTED = 77,
	CLI_BAD_CONFIG = 78     /* the configuration is not valid */
};

/* The options that a command may take. */
enum cli_option {
	CLI_OPTION_JSON = 1,   /* --json */
	CLI_OPTION_URL = 2,    /* -s URL, --socket=URL */
	CLI_OPTION_FORMAT = 4, /* --format=WORD */
	CLI_OPTION_ALL = 8     /* --all */
};

struct cli_command;

/* A command line, understood. */
struct cli_call {
	const char *command;
	const struct cli_command *const *commands; /* all there are */
	size_t command_count;  /* how many */
	bool json;
	bool all;
	const char *url;       /* of -s, else $BUSKIN_URL; NULL: neither */
	const char *format;    /* NULL: not given */
	char *const *operands; /* `operand_count` of them */
	int operand_count;
};

/* A command. */
struct cli_command {
	const char *name;
	const char *operands;  /* as the usage line shows them */
	const char *summary;   /* a phrase */
	const char *help;      /* what more there is to say, in whole lines */
	unsigned options;      /* enum cli_option */
	int operands_min;      /* fewer are a mistake */
	int operands_max;      /* more are a mistake; -1: any number */
	int (*run)(const struct cli_call *call); /* returns enum cli_exit */
};

/* Says something about the call on stderr, after the program's and the
 * command's names. Returns `status`. */
int cli_say(const struct cli_call *call, enum cli_exit status,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Prints a document on stdout, in one line or, on a terminal, indented.
 * Returns enum cli_exit. */
int cli_print_json(const struct cli_call *call, const bsk_json *json);

/* Whether escape sequences may be sent there: a terminal, and NO_COLOR is not
 * set. */
bool cli_has_colour(FILE *out);

#endif
