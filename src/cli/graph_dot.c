/* src/cli/graph_dot.c - a graph of actors for Graphviz. */
#include <string.h>

#include "graph.h"

static void
escape(FILE *out, unsigned char byte)
{
	if (byte == '"' || byte == '\\')
		(void)fprintf(out, "\\%c", byte);
	else
		(void)fputc(' ', out);
}

static void
write_word(FILE *out, const char *chars)
{
	graph_write(out, chars, "\"\\", escape);
}

static void
write_quoted(FILE *out, const char *chars)
{
	(void)fputc('"', out);
	write_word(out, chars);
	(void)fputc('"', out);
}

static void
write_node(FILE *out, const bsk_json *node, bool is_planned)
{
	(void)fputc('\t', out);
	write_quoted(out, graph_string(node, "id"));
	(void)fputs(" [label=\"", out);
	write_word(out, graph_label(node));
	(void)fputs("\\n", out);
	write_word(out, graph_string(node, "class"));
	if (!is_planned) {
		(void)fputs("\\n", out);
		write_word(out, graph_string(node, "state"));
		(void)fprintf(out, " %llu/%llu", graph_number(node, "depth"),
		    graph_number(node, "capacity"));
	}
	(void)fputs("\"];\n", out);
}

/* From outside the system is a place of its own. */
static const char *
end_of(const bsk_json *edge, const char *key)
{
	const char *id = graph_string(edge, key);

	return *id == '\0' ? "outside" : id;
}

static void
write_edge(FILE *out, const bsk_json *edge, bool is_planned)
{
	const bsk_json *declared = bsk_json_member(edge, "declared");
	bool is_declared = declared != NULL && bsk_json_is_true(declared);

	(void)fputc('\t', out);
	write_quoted(out, end_of(edge, "from"));
	(void)fputs(" -> ", out);
	write_quoted(out, end_of(edge, "to"));
	(void)fputs(" [label=\"", out);
	write_word(out, graph_string(edge, "port"));
	(void)fputs(*graph_string(edge, "port") == '\0' ? "" : "\\n", out);
	write_word(out, graph_string(edge, "type"));
	if (!is_planned)
		(void)fprintf(out, "\\n%llu", graph_number(edge, "sent"));
	(void)fprintf(out, "\"%s];\n", is_declared ? "" : ", style=dotted");
}

static void
write_care(FILE *out, const bsk_json *pair)
{
	(void)fputc('\t', out);
	write_quoted(out, graph_string(pair, "supervisor"));
	(void)fputs(" -> ", out);
	write_quoted(out, graph_string(pair, "child"));
	(void)fputs(" [style=dashed, color=gray, arrowhead=none];\n", out);
}

static void
write_link(FILE *out, const bsk_json *pair)
{
	(void)fputc('\t', out);
	write_quoted(out, graph_string(pair, "one"));
	(void)fputs(" -> ", out);
	write_quoted(out, graph_string(pair, "other"));
	(void)fputs(" [style=dotted, dir=both];\n", out);
}

static void
write_layers(FILE *out, const bsk_json *layers)
{
	const bsk_json *at;

	for (at = graph_list(layers, "supervision"); at != NULL;
	    at = bsk_json_next(at))
		write_care(out, at);
	for (at = graph_list(layers, "links"); at != NULL;
	    at = bsk_json_next(at))
		write_link(out, at);
}

void
graph_dot_print(FILE *out, const bsk_json *graph)
{
	bool is_planned = graph_is_planned(graph);
	const bsk_json *layers = bsk_json_member(graph, "layers");
	const bsk_json *at;

	(void)fputs("digraph ", out);
	write_quoted(out, graph_string(graph, "name"));
	(void)fputs(" {\n\trankdir=LR;\n\tnode [shape=box];\n", out);
	for (at = graph_list(graph, "nodes"); at != NULL;
	    at = bsk_json_next(at))
		write_node(out, at, is_planned);
	for (at = graph_list(graph, "edges"); at != NULL;
	    at = bsk_json_next(at))
		write_edge(out, at, is_planned);
	if (layers != NULL)
		write_layers(out, layers);
	(void)fputs("}\n", out);
}
