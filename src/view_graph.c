/* src/view_graph.c - a system's graph, and one actor's part in it, as JSON. */
#include <errno.h>

#include <buskin/view.h>

#include "view.h"

/* An actor that was looked for. */
struct found {
	const struct bsk_survey *survey;
	bsk_json *actor; /* NULL: not found, or no memory */
};

static bool
on_found(void *arg, const struct bsk_actor_info *info)
{
	struct found *found = arg;

	found->actor = view_actor(info, found->survey);
	return true;
}

int
bsk_view_actor(bsk_system *system, bsk_ref ref,
    const struct bsk_survey *survey, bsk_json **ret_json)
{
	struct found found = { survey, NULL };
	bsk_json *edges = NULL;
	bsk_json *json;
	int result = bsk_inspect_actor(system, ref, on_found, &found);

	if (result < 0)
		return result;
	(void)view_edges(system, ref, &edges);
	json = BSK_VIEW_OBJECT(
		{ "actor", found.actor },
		{ "edges", edges });
	if (json == NULL)
		return -ENOMEM;
	*ret_json = json;
	return 0;
}

/* A layer that is being filled. */
struct layer {
	bsk_json *array;
	int result;
};

static bool
on_supervised(void *arg, const struct bsk_actor_info *info)
{
	struct layer *layer = arg;

	if (info->supervised)
		layer->result = bsk_json_append(layer->array,
		    BSK_VIEW_OBJECT(
			{ "supervisor", view_ref(info->parent) },
			{ "child", view_ref(info->ref) }));
	return layer->result == 0;
}

static bool
on_link(void *arg, const struct bsk_link_info *info)
{
	struct layer *layer = arg;

	layer->result = bsk_json_append(layer->array, BSK_VIEW_OBJECT(
		{ "one", view_ref(info->one) },
		{ "other", view_ref(info->other) }));
	return layer->result == 0;
}

/* The layer, or NULL for want of memory; `walked` is how the walk went. */
static bsk_json *
filled(struct layer *layer, int walked)
{
	if (walked >= 0 && layer->result == 0)
		return layer->array;
	bsk_json_free(layer->array);
	return NULL;
}

static bsk_json *
supervision(bsk_system *system)
{
	struct layer layer = { .array = bsk_json_new_array() };

	return layer.array == NULL ? NULL : filled(&layer,
	    bsk_inspect_actors(system, on_supervised, &layer));
}

static bsk_json *
links(bsk_system *system)
{
	struct layer layer = { .array = bsk_json_new_array() };

	return layer.array == NULL ? NULL : filled(&layer,
	    bsk_inspect_links(system, on_link, &layer));
}

int
bsk_view_graph(bsk_system *system, const struct bsk_survey *survey,
    bsk_json **ret_json)
{
	struct bsk_system_info info;
	bsk_json *nodes = NULL;
	bsk_json *edges = NULL;
	bsk_json *json;

	bsk_inspect_system(system, &info);
	(void)view_actors(system, survey, &nodes);
	(void)view_edges(system, bsk_nobody(), &edges);
	json = BSK_VIEW_OBJECT(
		{ "name", view_text(info.name) },
		{ "uptime_ns", bsk_json_new_counter(
		    (uint64_t)info.uptime_ns) },
		{ "nodes", nodes },
		{ "edges", edges },
		{ "layers", BSK_VIEW_OBJECT(
			{ "supervision", supervision(system) },
			{ "links", links(system) }) },
		{ "resources", view_resources(survey) },
		{ "unasked", bsk_json_new_number(
		    survey == NULL ? 0 : (double)survey->omitted) });
	if (json == NULL)
		return -ENOMEM;
	*ret_json = json;
	return 0;
}
