/* src/cli/say.c - what the commands say, and where. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

int
cli_say(const struct cli_call *call, enum cli_exit status,
    const char *format, ...)
{
	va_list list;

	(void)fprintf(stderr, "buskin %s: ", call->command);
	va_start(list, format);
	(void)vfprintf(stderr, format, list);
	va_end(list);
	(void)fputc('\n', stderr);
	return (int)status;
}

int
cli_print_json(const struct cli_call *call, const bsk_json *json)
{
	char *text = isatty(STDOUT_FILENO) ? bsk_json_pretty(json) :
	    bsk_json_text(json);

	if (text == NULL)
		return cli_say(call, CLI_FAILED, "out of memory");
	(void)printf("%s\n", text);
	free(text);
	return CLI_DONE;
}

bool
cli_has_colour(FILE *out)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	return isatty(fileno(out)) &&
	    (no_colour == NULL || *no_colour == '\0') &&
	    (terminal == NULL || strcmp(terminal, "dumb") != 0);
}
