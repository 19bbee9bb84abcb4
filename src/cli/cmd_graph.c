/* src/cli/cmd_graph.c - draws who is wired to whom. */
#include <errno.h>
#include <string.h>

#include "client.h"
#include "commands.h"
#include "graph.h"
#include "load.h"

/* The graph that the files' deployment will be. */
static int
get_planned(const struct cli_call *call, bsk_json **ret_graph)
{
	bsk_deployment *deployment;
	int status = cli_load_and_say(call, &deployment);

	if (status != CLI_DONE)
		return status;
	if (bsk_deployment_graph(deployment, ret_graph) < 0)
		status = cli_say(call, CLI_FAILED, "out of memory");
	bsk_deployment_free(deployment);
	return status;
}

/* The graph that a running system is. */
static int
get_live(const struct cli_call *call, bsk_json **ret_graph)
{
	char url[CLI_URL_SIZE];
	int status = cli_client_find(call->url, url);

	if (status == 0)
		status = cli_client_ask(url, "graph", NULL, CLI_TIMEOUT_NS,
		    ret_graph);
	return status;
}

/* A document for programs is whole; what people look at is folded. */
static int
print(const struct cli_call *call, const bsk_json *graph)
{
	const char *format = call->json ? "json" : call->format;
	bsk_json *folded;
	int result;

	if (call->all || (format != NULL && strcmp(format, "json") == 0))
		return cli_graph_print(stdout, graph, format);
	folded = graph_fold(graph);
	if (folded == NULL)
		return -ENOMEM;
	result = cli_graph_print(stdout, folded, format);
	bsk_json_free(folded);
	return result;
}

static int
run(const struct cli_call *call)
{
	bsk_json *graph = NULL;
	int status = call->operand_count > 0 ? get_planned(call, &graph) :
	    get_live(call, &graph);
	int result;

	if (status != CLI_DONE)
		return status;
	result = print(call, graph);
	bsk_json_free(graph);
	if (result == -EINVAL)
		return cli_say(call, CLI_USAGE, "no format \"%s\": one of "
		    "text, dot, mermaid, json", call->format);
	return result < 0 ? cli_say(call, CLI_FAILED, "out of memory") :
	    CLI_DONE;
}

const struct cli_command cmd_graph = {
	.name = "graph",
	.operands = "[FILE...]",
	.summary = "draw who is wired to whom",
	.help =
	    "Without a file: of a running system, with what has passed; with\n"
	    "files: of the deployment they describe. FORMAT is text, dot\n"
	    "(Graphviz), mermaid or json. Actors without a name are drawn as\n"
	    "parts of those that made them; with --all, and as JSON, each is\n"
	    "shown by itself.\n",
	.options = CLI_OPTION_URL | CLI_OPTION_FORMAT | CLI_OPTION_ALL |
	    CLI_OPTION_JSON,
	.operands_max = -1,
	.run = run,
};
