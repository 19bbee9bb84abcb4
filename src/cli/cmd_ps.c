/* src/cli/cmd_ps.c - buskin ps: every actor of a running system, one a line. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <buskin/json.h>

#include "client.h"
#include "cmd_ps.h"

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
print_row(FILE *out, const struct row *row, const int *widths)
{
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		(void)fprintf(out, "%s%*s", i == 0 ? "" : "  ",
		    is_number[i] ? widths[i] : -widths[i], row->cells[i]);
	(void)fputc('\n', out);
}

int
cli_ps_print(FILE *out, const bsk_json *actors)
{
	size_t count = bsk_json_count(actors) + 1;
	struct row *rows = calloc(count, sizeof(*rows));
	const bsk_json *actor = bsk_json_first(actors);
	int widths[COLUMNS] = { 0 };
	size_t i;
	size_t column;

	if (rows == NULL)
		return EXIT_FAILURE;
	for (column = 0; column < COLUMNS; column++)
		(void)strcpy(rows[0].cells[column], titles[column]);
	for (i = 1; i < count; i++, actor = bsk_json_next(actor))
		fill(&rows[i], actor);
	for (i = 0; i < count; i++)
		for (column = 0; column < COLUMNS; column++)
			if ((int)strlen(rows[i].cells[column]) >
			    widths[column])
				widths[column] =
				    (int)strlen(rows[i].cells[column]);
	for (i = 0; i < count; i++)
		print_row(out, &rows[i], widths);
	free(rows);
	return 0;
}

static int
print_json(FILE *out, const bsk_json *json)
{
	char *text = bsk_json_pretty(json);

	if (text == NULL)
		return EXIT_FAILURE;
	(void)fprintf(out, "%s\n", text);
	free(text);
	return 0;
}

static int
show(const char *given, bool as_json)
{
	char url[CLI_URL_SIZE];
	bsk_json *actors = NULL;
	int status = cli_client_find(given, url);

	if (status == 0)
		status = cli_client_ask(url, "ps", NULL, CLI_TIMEOUT_NS,
		    &actors);
	if (status == 0)
		status = as_json ? print_json(stdout, actors) :
		    cli_ps_print(stdout, actors);
	bsk_json_free(actors);
	return status;
}
