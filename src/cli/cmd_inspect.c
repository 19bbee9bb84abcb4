/* src/cli/cmd_inspect.c - buskin inspect: all there is to see of one actor. */
#include <string.h>

#include "client.h"
#include "commands.h"

/* What is nested deeper stands further to the right. */
#define INDENT 2

static void print_value(const bsk_json *value, int depth);

static void
print_text(const char *chars)
{
	for (; *chars != '\0'; chars++)
		(void)putchar((unsigned char)*chars < ' ' || *chars == 0x7f ?
		    '?' : *chars);
}

static void
print_members(const bsk_json *json, int depth)
{
	const bsk_json *member = bsk_json_first(json);

	for (; member != NULL; member = bsk_json_next(member)) {
		(void)printf("%*s", INDENT * depth, "");
		if (bsk_json_key(member) != NULL)
			print_text(bsk_json_key(member));
		else
			(void)putchar('-');
		print_value(member, depth);
	}
}

static void
print_value(const bsk_json *value, int depth)
{
	enum bsk_json_kind kind = bsk_json_kind(value);

	if (kind == BSK_JSON_OBJECT || kind == BSK_JSON_ARRAY) {
		(void)puts(bsk_json_count(value) == 0 ? ": none" : ":");
		print_members(value, depth + 1);
		return;
	}
	(void)fputs(": ", stdout);
	if (kind == BSK_JSON_STRING)
		print_text(bsk_json_string(value));
	else if (kind == BSK_JSON_NUMBER)
		(void)printf("%.15g", bsk_json_number(value));
	else
		(void)fputs(kind == BSK_JSON_NULL ? "-" :
		    bsk_json_is_true(value) ? "yes" : "no", stdout);
	(void)putchar('\n');
}

/* An id is two numbers with a point between; anything else is a name. */
static bsk_json *
which(const char *operand)
{
	bsk_json *args = bsk_json_new_object();
	size_t digits = strspn(operand, "0123456789");
	bool is_id = digits > 0 && operand[digits] == '.' &&
	    operand[digits + 1] != '\0' &&
	    operand[digits + 1 + strspn(operand + digits + 1, "0123456789")] ==
	    '\0';

	if (args == NULL || bsk_json_put(args, is_id ? "id" : "name",
	    bsk_json_new_string(operand)) == 0)
		return args;
	bsk_json_free(args);
	return NULL;
}

static int
run(const struct cli_call *call)
{
	bsk_json *args = which(call->operands[0]);
	char url[CLI_URL_SIZE];
	bsk_json *actor = NULL;
	int status;

	if (args == NULL)
		return cli_say(call, CLI_FAILED, "out of memory");
	status = cli_client_find(call->url, url);
	if (status != CLI_DONE) {
		bsk_json_free(args);
		return status;
	}
	status = cli_client_ask(url, "actor", args, CLI_TIMEOUT_NS, &actor);
	if (status != CLI_DONE)
		return status;
	if (call->json)
		status = cli_print_json(call, actor);
	else
		print_members(actor, 0);
	bsk_json_free(actor);
	return status;
}

const struct cli_command cmd_inspect = {
	.name = "inspect",
	.operands = "NAME",
	.summary = "show one actor of a running system, and its edges",
	.help =
	    "NAME may be an id, such as 12.1. What the actor tells of itself\n"
	    "stands under `status`.\n",
	.options = CLI_OPTION_URL | CLI_OPTION_JSON,
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
