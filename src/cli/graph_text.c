/* src/cli/graph_text.c - a graph of actors for people: each actor, and below
 * it where its messages go. */
#include <string.h>

#include "graph.h"

static void
escape(FILE *out, unsigned char byte)
{
	(void)fprintf(out, "\\x%02X", byte);
}

/* Written and filled up to a width. */
static void
write_column(FILE *out, const char *chars, int width)
{
	int length = (int)strlen(chars);

	graph_write(out, chars, "", escape);
	(void)fprintf(out, "%*s", length < width ? width - length : 0, "");
}

/* The longest label, so that columns stand under each other. */
static int
width_of(const bsk_json *graph)
{
	const bsk_json *node = graph_list(graph, "nodes");
	size_t width = 0;
	size_t length;

	for (; node != NULL; node = bsk_json_next(node)) {
		length = strlen(graph_label(node));
		width = length > width ? length : width;
	}
	return (int)width;
}

static const char *
label_of(const bsk_json *edge, const char *name_key, const char *id_key)
{
	const char *name = graph_string(edge, name_key);

	if (*name == '\0')
		name = graph_string(edge, id_key);
	return *name != '\0' ? name : "(gone)";
}

static void
write_counts(FILE *out, const bsk_json *edge)
{
	const bsk_json *ends = bsk_json_member(edge, "ends");

	(void)fprintf(out, "  sent %llu, queued %llu",
	    graph_number(edge, "sent"), graph_number(edge, "queued"));
	if (ends != NULL && (graph_number(ends, "dead") > 0 ||
	    graph_number(ends, "dropped") > 0))
		(void)fprintf(out, ", dead %llu, dropped %llu",
		    graph_number(ends, "dead"),
		    graph_number(ends, "dropped"));
}

static void
write_edge(FILE *out, const bsk_json *edge, int width, bool is_planned)
{
	const char *port = graph_string(edge, "port");
	const char *type = graph_string(edge, "type");

	(void)fputs("  -> ", out);
	write_column(out, *type == '\0' ? "(anybody)" :
	    label_of(edge, "to_name", "to"), width);
	(void)fputs("  ", out);
	write_column(out, *port == '\0' ? "-" : port, 8);
	(void)fputs("  ", out);
	graph_write(out, *type == '\0' ? "(the rest)" : type, "", escape);
	if (!is_planned)
		write_counts(out, edge);
	if (*port != '\0' && *graph_string(edge, "on_full") != '\0') {
		(void)fputs("  ", out);
		graph_write(out, graph_string(edge, "on_full"), "", escape);
	}
	(void)fputc('\n', out);
}

static void
write_edges(FILE *out, const bsk_json *graph, const char *from, int width)
{
	bool is_planned = graph_is_planned(graph);
	const bsk_json *edge = graph_list(graph, "edges");

	for (; edge != NULL; edge = bsk_json_next(edge))
		if (strcmp(graph_string(edge, "from"), from) == 0)
			write_edge(out, edge, width, is_planned);
}

/* What the node of that id is called. */
static const char *
label_of_id(const bsk_json *graph, const char *id)
{
	const bsk_json *node = graph_list(graph, "nodes");

	for (; node != NULL; node = bsk_json_next(node))
		if (strcmp(graph_string(node, "id"), id) == 0)
			return graph_label(node);
	return id;
}

static void
write_node(FILE *out, const bsk_json *graph, const bsk_json *node, int width)
{
	bool is_planned = graph_is_planned(graph);

	write_column(out, graph_label(node), width);
	(void)fputs("  ", out);
	write_column(out, graph_string(node, "class"), 14);
	(void)fputs("  ", out);
	graph_write(out, graph_string(node, "state"), "", escape);
	if (!is_planned)
		(void)fprintf(out, "  mailbox %llu/%llu, restarts %llu",
		    graph_number(node, "depth"),
		    graph_number(node, "capacity"),
		    graph_number(node, "restarts"));
	if (*graph_string(node, "supervisor") != '\0') {
		(void)fputs("  under ", out);
		graph_write(out, label_of_id(graph,
		    graph_string(node, "supervisor")), "", escape);
	}
	(void)fputc('\n', out);
}

static bool
has_edge_from_outside(const bsk_json *graph)
{
	const bsk_json *edge = graph_list(graph, "edges");

	for (; edge != NULL; edge = bsk_json_next(edge))
		if (*graph_string(edge, "from") == '\0')
			return true;
	return false;
}

void
graph_text_print(FILE *out, const bsk_json *graph)
{
	const bsk_json *node = graph_list(graph, "nodes");
	int width = width_of(graph);

	graph_write(out, graph_string(graph, "name"), "", escape);
	(void)fputc('\n', out);
	for (; node != NULL; node = bsk_json_next(node)) {
		write_node(out, graph, node, width);
		write_edges(out, graph, graph_string(node, "id"), width);
	}
	if (has_edge_from_outside(graph)) {
		(void)fputs("(from outside, or from who is gone)\n", out);
		write_edges(out, graph, "", width);
	}
}
