/* src/cli/graph.c - a graph of actors, drawn in one of several formats. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"

static int
print_json(FILE *out, const bsk_json *graph)
{
	char *text = bsk_json_pretty(graph);

	if (text == NULL)
		return -ENOMEM;
	(void)fprintf(out, "%s\n", text);
	free(text);
	return 0;
}

int
cli_graph_print(FILE *out, const bsk_json *graph, const char *format)
{
	if (format == NULL || strcmp(format, "text") == 0)
		graph_text_print(out, graph);
	else if (strcmp(format, "dot") == 0)
		graph_dot_print(out, graph);
	else if (strcmp(format, "mermaid") == 0)
		graph_mermaid_print(out, graph);
	else if (strcmp(format, "json") == 0)
		return print_json(out, graph);
	else
		return -EINVAL;
	return 0;
}
