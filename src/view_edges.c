/* src/view_edges.c - who is wired to whom and what has passed, as JSON.
 *
 * A wire that was declared and an edge that was observed are one edge of the
 * graph where sender, receiver and type are the same: both are collected into
 * one array and sorted, and neighbours that belong together are merged. So are
 * all those that are gone, or else a server that makes an actor for each of its
 * clients would have a graph without end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/view.h>

#include "view.h"

/* An edge of the graph. */
struct edge {
	bsk_ref from;
	bsk_ref to;
	const struct bsk_type *type; /* NULL: the rest */
	bsk_text port;  /* ours; none: not declared */
	enum bsk_on_full on_full;
	bool from_ended; /* `from` was one who is gone, and is nobody now */
	bool to_ended;   /* the same of `to` */
	bool observed;
	bool is_merged; /* into another, which is shown in its place */
	uint64_t sent;
	uint64_t bytes;
	uint64_t ends[BSK_END_COUNT];
};

/* A live actor, kept past the walk. */
struct label {
	bsk_ref ref;
	bsk_text name; /* ours; none: has none */
};

/* An array that grows. */
struct array {
	void *items;
	size_t count;
	size_t room; /* in items */
};

struct graph {
	struct array edges;  /* of struct edge */
	struct array labels; /* of struct label */
	bsk_ref only;        /* edges of this actor; nobody: all */
	int result;          /* of the walk that is going on */
};

static void
release(struct graph *graph)
{
	struct edge *edges = graph->edges.items;
	struct label *labels = graph->labels.items;
	size_t i;

	for (i = 0; i < graph->edges.count; i++)
		bsk_text_drop(&edges[i].port);
	for (i = 0; i < graph->labels.count; i++)
		bsk_text_drop(&labels[i].name);
	free(edges);
	free(labels);
}

/* By index, then by generation. */
static int
compare_refs(bsk_ref one, bsk_ref other)
{
	uint64_t a = one.bits << 32 | one.bits >> 32;
	uint64_t b = other.bits << 32 | other.bits >> 32;

	return (a > b) - (a < b);
}

static int
compare_labels(const void *one, const void *other)
{
	return compare_refs(((const struct label *)one)->ref,
	    ((const struct label *)other)->ref);
}

/* --- collecting --- */

/* A zeroed item at the end; NULL for want of memory. */
static void *
add(struct array *array, size_t size)
{
	unsigned char *item;
	size_t room = array->room > 0 ? array->room * 2 : 64;
	void *items;

	if (array->count == array->room) {
		items = realloc(array->items, room * size);
		if (items == NULL)
			return NULL;
		array->items = items;
		array->room = room;
	}
	item = (unsigned char *)array->items + array->count++ * size;
	return memset(item, 0, size);
}

static bool
is_wanted(const struct graph *graph, bsk_ref from, bsk_ref to)
{
	return bsk_ref_is_nobody(graph->only) ||
	    bsk_ref_equal(graph->only, from) || bsk_ref_equal(graph->only, to);
}

static bool
on_actor(void *arg, const struct bsk_actor_info *info)
{
	struct graph *graph = arg;
	struct label *label = add(&graph->labels, sizeof(*label));

	if (label != NULL) {
		label->ref = info->ref;
		label->name = bsk_text_copy(info->name);
	}
	graph->result = label == NULL || bsk_text_is_lost(label->name) ?
	    -ENOMEM : 0;
	return graph->result == 0;
}

/* NULL: it is nobody, or gone. */
static const struct label *
find_label(const struct graph *graph, bsk_ref ref)
{
	const struct label key = { .ref = ref };

	return graph->labels.count == 0 ? NULL :
	    bsearch(&key, graph->labels.items, graph->labels.count,
	    sizeof(key), compare_labels);
}

/* Makes one who is gone nobody; returns whether it did. */
static bool
forget(const struct graph *graph, bsk_ref *ref)
{
	if (bsk_ref_is_nobody(*ref) || find_label(graph, *ref) != NULL)
		return false;
	*ref = bsk_nobody();
	return true;
}

/* A new edge; NULL for want of memory. */
static struct edge *
add_edge(struct graph *graph, bsk_ref from, bsk_ref to)
{
	struct edge *edge = add(&graph->edges, sizeof(*edge));

	graph->result = edge == NULL ? -ENOMEM : 0;
	if (edge == NULL)
		return NULL;
	edge->from = from;
	edge->to = to;
	edge->from_ended = forget(graph, &edge->from);
	edge->to_ended = forget(graph, &edge->to);
	return edge;
}

static bool
on_wire(void *arg, const struct bsk_wire_info *info)
{
	struct graph *graph = arg;
	struct edge *edge;

	if (!is_wanted(graph, info->from, info->to))
		return true;
	edge = add_edge(graph, info->from, info->to);
	if (edge == NULL)
		return false;
	edge->type = info->type;
	edge->on_full = info->on_full;
	edge->port = bsk_text_copy(info->port);
	graph->result = bsk_text_is_lost(edge->port) ? -ENOMEM : 0;
	return graph->result == 0;
}

static bool
on_edge(void *arg, const struct bsk_edge_info *info)
{
	struct graph *graph = arg;
	struct edge *edge;

	if (!is_wanted(graph, info->from, info->to))
		return true;
	edge = add_edge(graph, info->from, info->to);
	if (edge == NULL)
		return false;
	edge->type = info->type;
	edge->observed = true;
	edge->sent = info->sent;
	edge->bytes = info->bytes;
	memcpy(edge->ends, info->ends, sizeof(edge->ends));
	return true;
}

/* --- sorting and merging --- */

/* By name, so that the order is the same in every process. */
static int
compare_types(const struct bsk_type *one, const struct bsk_type *other)
{
	int order;

	if (one == other)
		return 0;
	if (one == NULL || other == NULL)
		return one == NULL ? -1 : 1;
	order = strcmp(one->name, other->name);
	if (order != 0)
		return order;
	return (uintptr_t)one < (uintptr_t)other ? -1 : 1;
}

static int
compare_keys(const struct edge *one, const struct edge *other)
{
	int order = compare_refs(one->from, other->from);

	if (order == 0)
		order = one->from_ended - other->from_ended;
	if (order == 0)
		order = compare_refs(one->to, other->to);
	if (order == 0)
		order = one->to_ended - other->to_ended;
	return order == 0 ? compare_types(one->type, other->type) : order;
}

/* Of equals, those with ports come first. */
static int
compare_edges(const void *a, const void *b)
{
	const struct edge *one = a;
	const struct edge *other = b;
	int order = compare_keys(one, other);

	if (order != 0)
		return order;
	if (one->port.chars == NULL || other->port.chars == NULL)
		return (one->port.chars == NULL) - (other->port.chars == NULL);
	return strcmp(one->port.chars, other->port.chars);
}

static void
add_traffic(struct edge *to, const struct edge *from)
{
	unsigned end;

	to->observed = true;
	to->sent += from->sent;
	to->bytes += from->bytes;
	for (end = 0; end < BSK_END_COUNT; end++)
		to->ends[end] += from->ends[end];
}

/* What has passed is shown at the first of several wires: which of them a
 * message took is not known. */
static void
merge(struct graph *graph)
{
	struct edge *edges = graph->edges.items;
	struct edge *first = edges;
	size_t i;

	for (i = 1; i < graph->edges.count; i++)
		if (compare_keys(first, &edges[i]) != 0)
			first = &edges[i];
		else if (edges[i].observed) {
			add_traffic(first, &edges[i]);
			edges[i].is_merged = true;
		}
}

/* qsort(3) wants an array, if only an empty one. */
static void
sort(struct array *array, size_t size,
    int (*compare)(const void *, const void *))
{
	if (array->count > 1)
		qsort(array->items, array->count, size, compare);
}

static int
collect(struct graph *graph, bsk_system *system)
{
	if (bsk_inspect_actors(system, on_actor, graph) < 0 ||
	    graph->result < 0)
		return -ENOMEM;
	sort(&graph->labels, sizeof(struct label), compare_labels);
	if (bsk_inspect_wires(system, on_wire, graph) < 0 ||
	    graph->result < 0 ||
	    bsk_inspect_edges(system, on_edge, graph) < 0 ||
	    graph->result < 0)
		return -ENOMEM;
	sort(&graph->edges, sizeof(struct edge), compare_edges);
	merge(graph);
	return 0;
}

/* --- showing --- */

static bsk_json *
name_of(const struct graph *graph, bsk_ref ref)
{
	const struct label *label = find_label(graph, ref);

	return view_text(label == NULL ? NULL : label->name.chars);
}

/* The figures are not of one instant: ends may run ahead of what was sent. */
static uint64_t
queued(const struct edge *edge)
{
	uint64_t ended = 0;
	unsigned end;

	for (end = 0; end < BSK_END_COUNT; end++)
		ended += edge->ends[end];
	return edge->sent > ended ? edge->sent - ended : 0;
}

static const char *
on_full_text(const struct edge *edge)
{
	static const char *const texts[] = {
		[BSK_ON_FULL_DEFAULT] = "default",
		[BSK_SUSPEND] = "suspend",
		[BSK_REFUSE] = "refuse",
		[BSK_DROP_NEW] = "drop_new",
		[BSK_DROP_OLD] = "drop_old",
	};

	return edge->port.chars == NULL ? NULL : texts[edge->on_full];
}

static bsk_json *
show_edge(const struct graph *graph, const struct edge *edge)
{
	return BSK_VIEW_OBJECT(
		{ "from", view_ref(edge->from) },
		{ "to", view_ref(edge->to) },
		{ "from_name", name_of(graph, edge->from) },
		{ "to_name", name_of(graph, edge->to) },
		{ "from_ended", bsk_json_new_bool(edge->from_ended) },
		{ "to_ended", bsk_json_new_bool(edge->to_ended) },
		{ "port", view_text(edge->port.chars) },
		{ "type", view_text(edge->type == NULL ? NULL :
		    edge->type->name) },
		{ "declared", bsk_json_new_bool(
		    edge->port.chars != NULL) },
		{ "observed", bsk_json_new_bool(edge->observed) },
		{ "on_full", view_text(on_full_text(edge)) },
		{ "sent", bsk_json_new_counter(edge->sent) },
		{ "ends", view_ends(edge->ends) },
		{ "queued", bsk_json_new_counter(queued(edge)) },
		{ "bytes", bsk_json_new_counter(edge->bytes) });
}

static bsk_json *
show_edges(const struct graph *graph)
{
	const struct edge *edge = graph->edges.items;
	const struct edge *end = edge + graph->edges.count;
	bsk_json *array = bsk_json_new_array();

	if (array == NULL)
		return NULL;
	for (; edge < end; edge++) {
		if (edge->is_merged || bsk_json_append(array,
		    show_edge(graph, edge)) == 0)
			continue;
		bsk_json_free(array);
		return NULL;
	}
	return array;
}

int
view_edges(bsk_system *system, bsk_ref only, bsk_json **ret_json)
{
	struct graph graph = { .only = only };
	bsk_json *json = NULL;

	if (collect(&graph, system) == 0)
		json = show_edges(&graph);
	release(&graph);
	if (json == NULL)
		return -ENOMEM;
	*ret_json = json;
	return 0;
}
