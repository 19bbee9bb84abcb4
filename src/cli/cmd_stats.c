/* src/cli/cmd_stats.c - buskin stats: the books of a running system. */
#include <stdlib.h>

#include "client.h"
#include "commands.h"

static unsigned long long
counter(const bsk_json *object, const char *key)
{
	const char *digits = bsk_json_string(bsk_json_member(object, key));

	return digits == NULL ? 0 : strtoull(digits, NULL, 10);
}

static void
print_line(const char *word, unsigned long long value)
{
	(void)printf("%-10s %20llu\n", word, value);
}

static void
print_books(const bsk_json *stats)
{
	const bsk_json *ends = bsk_json_member(stats, "ends");
	const bsk_json *end = bsk_json_first(ends);
	unsigned long long sum = 0;

	print_line("actors", counter(stats, "actors"));
	print_line("sent", counter(stats, "sent"));
	for (; end != NULL; end = bsk_json_next(end)) {
		sum += counter(ends, bsk_json_key(end));
		print_line(bsk_json_key(end), counter(ends,
		    bsk_json_key(end)));
	}
	/* The figures are not of one instant. */
	print_line("under way", counter(stats, "sent") > sum ?
	    counter(stats, "sent") - sum : 0);
	print_line("wakeups", counter(stats, "wakeups"));
	print_line("seconds", counter(stats, "uptime_ns") / 1000000000);
}

static int
run(const struct cli_call *call)
{
	char url[CLI_URL_SIZE];
	bsk_json *stats = NULL;
	int status = cli_client_find(call->url, url);

	if (status == CLI_DONE)
		status = cli_client_ask(url, "stats", NULL, CLI_TIMEOUT_NS,
		    &stats);
	if (status != CLI_DONE)
		return status;
	if (call->json)
		status = cli_print_json(call, stats);
	else
		print_books(stats);
	bsk_json_free(stats);
	return status;
}

const struct cli_command cmd_stats = {
	.name = "stats",
	.operands = "",
	.summary = "show the books of a running system",
	.help =
	    "How many messages were sent and how each ended; what has not\n"
	    "ended is under way: queued, held, or between two workers.\n",
	.options = CLI_OPTION_URL | CLI_OPTION_JSON,
	.run = run,
};
