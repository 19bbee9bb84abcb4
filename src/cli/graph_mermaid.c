/* src/cli/graph_mermaid.c - a graph of actors for Mermaid, which many viewers
 * of Markdown draw. */
#include <string.h>

#include "graph.h"

/* What Mermaid or the page it stands in would take for markup. */
#define SPECIAL "\"<>&#|[]{}()`"

static void
escape(FILE *out, unsigned char byte)
{
	(void)fprintf(out, "#%u;", byte < ' ' ? ' ' : byte);
}

static void
write_word(FILE *out, const char *chars)
{
	graph_write(out, chars, SPECIAL, escape);
}

/* Nodes are known by their places; those that are no node are "outside". */
static void
write_id(FILE *out, const bsk_json *graph, const char *id)
{
	const bsk_json *node = graph_list(graph, "nodes");
	unsigned place = 0;

	for (; node != NULL; node = bsk_json_next(node), place++)
		if (strcmp(graph_string(node, "id"), id) == 0)
			break;
	if (node == NULL)
		(void)fputs("outside", out);
	else
		(void)fprintf(out, "n%u", place);
}

static void
write_node(FILE *out, const bsk_json *graph, const bsk_json *node)
{
	(void)fputs("    ", out);
	write_id(out, graph, graph_string(node, "id"));
	(void)fputs("[\"", out);
	write_word(out, graph_label(node));
	(void)fputs("<br/>", out);
	write_word(out, graph_string(node, "class"));
	(void)fputs("\"]\n", out);
}

static void
write_edge(FILE *out, const bsk_json *graph, const bsk_json *edge,
    bool is_planned)
{
	const bsk_json *declared = bsk_json_member(edge, "declared");
	const char *port = graph_string(edge, "port");

	(void)fputs("    ", out);
	write_id(out, graph, graph_string(edge, "from"));
	(void)fputs(declared != NULL && bsk_json_is_true(declared) ?
	    " -->|\"" : " -.->|\"", out);
	write_word(out, *port != '\0' ? port : graph_string(edge, "type"));
	if (!is_planned)
		(void)fprintf(out, " %llu", graph_number(edge, "sent"));
	(void)fputs("\"| ", out);
	write_id(out, graph, graph_string(edge, "to"));
	(void)fputc('\n', out);
}

void
graph_mermaid_print(FILE *out, const bsk_json *graph)
{
	bool is_planned = graph_is_planned(graph);
	const bsk_json *at;

	(void)fputs("flowchart LR\n", out);
	for (at = graph_list(graph, "nodes"); at != NULL;
	    at = bsk_json_next(at))
		write_node(out, graph, at);
	for (at = graph_list(graph, "edges"); at != NULL;
	    at = bsk_json_next(at))
		write_edge(out, graph, at, is_planned);
}
