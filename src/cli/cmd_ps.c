/* src/cli/cmd_ps.c - buskin ps: every actor of a running system, one a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "commands.h"

#define COLUMNS 8
#define CELL_SIZE 80

/* One line of the table. */
struct row {
	char cells[COLUMNS][CELL_SIZE];
};

static const char *const titles[COLUMNS] = { "ID", "NAME", "CLASS", "STATE",
    "WORKER", "MAILBOX", "HANDLED", "RESTARTS" };

/* Numbers stand to the right. */
static const bool is_number[COLUMNS] = { false, false, false, false, true,
    true, true, true };

/* What somebody named is shown without what a terminal would obey. */
static void
put_text(char *cell, const bsk_json *text)
{
	const char *chars = bsk_json_string(text);
	char *at;

	(void)snprintf(cell, CELL_SIZE, "%s", chars == NULL ? "-" : chars);
	for (at = cell; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
}

static unsigned long long
counter(const bsk_json *ends, const char *end)
{
	const char *digits = bsk_json_string(bsk_json_member(ends, end));

	return digits == NULL ? 0 : strtoull(digits, NULL, 10);
}

static double
number(const bsk_json *actor, const char *key)
{
	const bsk_json *member = bsk_json_member(actor, key);

	return member == NULL ? 0 : bsk_json_number(member);
}

static void
fill(struct row *row, const bsk_json *actor)
{
	const bsk_json *ends = bsk_json_member(actor, "ends");

	put_text(row->cells[0], bsk_json_member(actor, "id"));
	put_text(row->cells[1], bsk_json_member(actor, "name"));
	put_text(row->cells[2], bsk_json_member(actor, "class"));
	put_text(row->cells[3], bsk_json_member(actor, "state"));
	(void)snprintf(row->cells[4], CELL_SIZE, "%.0f",
	    number(actor, "worker"));
	(void)snprintf(row->cells[5], CELL_SIZE, "%.0f/%.0f",
	    number(actor, "depth"), number(actor, "capacity"));
	(void)snprintf(row->cells[6], CELL_SIZE, "%llu",
	    counter(ends, "handled") + counter(ends, "replied"));
	(void)snprintf(row->cells[7], CELL_SIZE, "%.0f",
	    number(actor, "restarts"));
}

static void
print_row(const struct row *row, const int *widths)
{
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		(void)printf("%s%*s", i == 0 ? "" : "  ",
		    is_number[i] ? widths[i] : -widths[i], row->cells[i]);
	(void)putchar('\n');
}

static void
widen(int *widths, const struct row *row)
{
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		if ((int)strlen(row->cells[i]) > widths[i])
			widths[i] = (int)strlen(row->cells[i]);
}

static int
print_table(const struct cli_call *call, const bsk_json *actors)
{
	size_t count = bsk_json_count(actors) + 1;
	struct row *rows = calloc(count, sizeof(*rows));
	const bsk_json *actor = bsk_json_first(actors);
	int widths[COLUMNS] = {0};
	size_t i;

	if (rows == NULL)
		return cli_say(call, CLI_FAILED, "out of memory");
	for (i = 0; i < COLUMNS; i++)
		(void)strcpy(rows[0].cells[i], titles[i]);
	widen(widths, &rows[0]);
	for (i = 1; i < count; i++, actor = bsk_json_next(actor)) {
		fill(&rows[i], actor);
		widen(widths, &rows[i]);
	}
	for (i = 0; i < count; i++)
		print_row(&rows[i], widths);
	free(rows);
	return CLI_DONE;
}

static int
run(const struct cli_call *call)
{
	char url[CLI_URL_SIZE];
	bsk_json *actors = NULL;
	int status = cli_client_find(call->url, url);

	if (status == CLI_DONE)
		status = cli_client_ask(url, "ps", NULL, CLI_TIMEOUT_NS,
		    &actors);
	if (status != CLI_DONE)
		return status;
	status = call->json ? cli_print_json(call, actors) :
	    print_table(call, actors);
	bsk_json_free(actors);
	return status;
}

const struct cli_command cmd_ps = {
	.name = "ps",
	.operands = "",
	.summary = "list the actors of a running system",
	.help =
	    "MAILBOX is how many messages wait, of how many may; HANDLED is\n"
	    "how many were taken by a handler that went well.\n",
	.options = CLI_OPTION_URL | CLI_OPTION_JSON,
	.run = run,
};
