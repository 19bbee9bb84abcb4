/* src/cli/graph_fold.c - a graph of what people gave names to.
 *
 * A node without a name is a part of its nearest ancestor that has one (the
 * streams of a listener, the reader of a process): its edges become those of
 * that ancestor, and what the parts of one say to each other is left out. An
 * actor that is gone is nobody, like whoever is outside; what passed between
 * two of those is left out as well.
 */
#include <stdlib.h>
#include <string.h>

#include <buskin/message.h>

#include "graph.h"

/* Edges that have become one. */
struct line {
	const char *from;      /* an id; "": nobody */
	const char *to;        /* an id; "": nobody, or the rest */
	const char *type;      /* "": the rest */
	const bsk_json *wire;  /* the declared edge of the named actor; NULL */
	bool is_observed;
	unsigned long long sent;
	unsigned long long queued;
	unsigned long long ends[BSK_END_COUNT];
};

struct fold {
	const bsk_json *graph;
	struct line *lines;
	size_t count;
};

static const bsk_json *
node_of(const bsk_json *graph, const char *id)
{
	const bsk_json *node = graph_list(graph, "nodes");

	while (node != NULL && strcmp(graph_string(node, "id"), id) != 0)
		node = bsk_json_next(node);
	return node;
}

/* The id of the named one that a node is part of; its own when there is none,
 * "" when the node itself is gone. A document that leads round in a circle is
 * left after as many steps as there are nodes. */
static const char *
owner_of(const bsk_json *graph, const char *id)
{
	const bsk_json *node = node_of(graph, id);
	const bsk_json *nodes = bsk_json_member(graph, "nodes");
	size_t left = nodes == NULL ? 0 : bsk_json_count(nodes);
	const bsk_json *up = node;

	while (up != NULL && *graph_string(up, "name") == '\0' && left-- > 0)
		up = node_of(graph, graph_string(up, "parent"));
	if (up != NULL)
		return graph_string(up, "id");
	return node == NULL ? "" : id;
}

static struct line *
line_of(struct fold *fold, const char *from, const char *to,
    const char *type)
{
	struct line *line = fold->lines;
	size_t left;

	for (left = fold->count; left > 0; left--, line++)
		if (strcmp(line->from, from) == 0 &&
		    strcmp(line->to, to) == 0 && strcmp(line->type, type) == 0)
			return line;
	fold->count++;
	*line = (struct line){.from = from, .to = to, .type = type};
	return line;
}

static bool
is_true(const bsk_json *object, const char *key)
{
	const bsk_json *member = bsk_json_member(object, key);

	return member != NULL && bsk_json_is_true(member);
}

static void
add_edge(struct fold *fold, const bsk_json *edge)
{
	const char *id = graph_string(edge, "from");
	const char *from = owner_of(fold->graph, id);
	const char *to = owner_of(fold->graph, graph_string(edge, "to"));
	const bsk_json *ends = bsk_json_member(edge, "ends");
	struct line *line;
	int end;

	if (strcmp(from, to) == 0 && *graph_string(edge, "type") != '\0')
		return;
	line = line_of(fold, from, to, graph_string(edge, "type"));
	if (is_true(edge, "declared") && strcmp(id, from) == 0)
		line->wire = edge;
	line->is_observed = line->is_observed || is_true(edge, "observed");
	line->sent += graph_number(edge, "sent");
	line->queued += graph_number(edge, "queued");
	for (end = 0; end < BSK_END_COUNT && ends != NULL; end++)
		line->ends[end] += graph_number(ends,
		    bsk_end_text((enum bsk_end)end));
}

/* --- the document that comes of it --- */

/* A failure is remembered by `ret_result`, and nothing else is done. */
static void
put(bsk_json *object, const char *key, bsk_json *value, int *ret_result)
{
	int result = bsk_json_put(object, key, value);

	if (result < 0)
		*ret_result = result;
}

static void
put_word(bsk_json *object, const char *key, const char *chars,
    int *ret_result)
{
	put(object, key, *chars == '\0' ? bsk_json_new_null() :
	    bsk_json_new_string(chars), ret_result);
}

static const char *
name_of(const bsk_json *graph, const char *id)
{
	const bsk_json *node = node_of(graph, id);

	return node == NULL ? "" : graph_string(node, "name");
}

static bsk_json *
new_ends(const struct line *line, int *ret_result)
{
	bsk_json *ends = bsk_json_new_object();
	int end;

	for (end = 0; end < BSK_END_COUNT; end++)
		put(ends, bsk_end_text((enum bsk_end)end),
		    bsk_json_new_counter(line->ends[end]), ret_result);
	return ends;
}

static void
append_line(bsk_json *edges, const bsk_json *graph, const struct line *line,
    int *ret_result)
{
	bsk_json *edge = bsk_json_new_object();
	const bsk_json *wire = line->wire;
	int result;

	put_word(edge, "from", line->from, ret_result);
	put_word(edge, "to", line->to, ret_result);
	put_word(edge, "from_name", name_of(graph, line->from), ret_result);
	put_word(edge, "to_name", name_of(graph, line->to), ret_result);
	put_word(edge, "port", wire == NULL ? "" :
	    graph_string(wire, "port"), ret_result);
	put_word(edge, "type", line->type, ret_result);
	put(edge, "declared", bsk_json_new_bool(wire != NULL), ret_result);
	put(edge, "observed", bsk_json_new_bool(line->is_observed),
	    ret_result);
	put_word(edge, "on_full", wire == NULL ? "" :
	    graph_string(wire, "on_full"), ret_result);
	put(edge, "sent", bsk_json_new_counter(line->sent), ret_result);
	put(edge, "queued", bsk_json_new_counter(line->queued), ret_result);
	put(edge, "ends", new_ends(line, ret_result), ret_result);
	result = bsk_json_append(edges, edge);
	if (result < 0)
		*ret_result = result;
}

static bsk_json *
new_edges(const struct fold *fold, int *ret_result)
{
	bsk_json *edges = bsk_json_new_array();
	size_t i;

	for (i = 0; i < fold->count; i++)
		append_line(edges, fold->graph, &fold->lines[i], ret_result);
	return edges;
}

/* Those with a name, and those that have nobody to be a part of. */
static bsk_json *
new_nodes(const bsk_json *graph, int *ret_result)
{
	bsk_json *nodes = bsk_json_new_array();
	const bsk_json *node = graph_list(graph, "nodes");
	const char *id;
	int result;

	for (; node != NULL; node = bsk_json_next(node)) {
		id = graph_string(node, "id");
		if (strcmp(owner_of(graph, id), id) != 0)
			continue;
		result = bsk_json_append(nodes, bsk_json_copy(node));
		if (result < 0)
			*ret_result = result;
	}
	return nodes;
}

static bsk_json *
make(const struct fold *fold)
{
	bsk_json *made = bsk_json_new_object();
	const bsk_json *layers = bsk_json_member(fold->graph, "layers");
	int result = 0;

	put_word(made, "name", graph_string(fold->graph, "name"), &result);
	put(made, "nodes", new_nodes(fold->graph, &result), &result);
	put(made, "edges", new_edges(fold, &result), &result);
	if (layers != NULL)
		put(made, "layers", bsk_json_copy(layers), &result);
	if (result == 0)
		return made;
	bsk_json_free(made);
	return NULL;
}

bsk_json *
graph_fold(const bsk_json *graph)
{
	const bsk_json *edges = bsk_json_member(graph, "edges");
	size_t count = edges == NULL ? 0 : bsk_json_count(edges);
	struct fold fold = {.graph = graph};
	const bsk_json *edge = graph_list(graph, "edges");
	bsk_json *made;

	fold.lines = calloc(count + 1, sizeof(*fold.lines));
	if (fold.lines == NULL)
		return NULL;
	for (; edge != NULL; edge = bsk_json_next(edge))
		add_edge(&fold, edge);
	made = make(&fold);
	free(fold.lines);
	return made;
}
