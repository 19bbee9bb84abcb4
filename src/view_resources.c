/* view_resources.c - what actors keep for others, as JSON.
 *
 * Whoever keeps something tells it in its status, as a list of bsk_resource;
 * the name of the list is the kind. So the view knows no kind.
 */
#include <errno.h>
#include <string.h>

#include <buskin/status.h>

#include "view.h"

static bsk_json *
new_resource(const struct bsk_resource *resource, bsk_ref keeper)
{
	return BSK_VIEW_OBJECT(
		{ "number", bsk_json_new_number(resource->number) },
		{ "owner", view_ref(resource->owner) },
		{ "what", view_text(resource->what.chars) },
		{ "keeper", view_ref(keeper) });
}

/* One kind, that is being filled. */
struct kind {
	const char *name;
	bsk_json *array;
};

static int
add_list(void *arg, const char *name, const bsk_list *list, bsk_ref keeper)
{
	const struct bsk_resource *items = list->items;
	struct kind *kind = arg;
	int result = 0;
	uint32_t i;

	if (strcmp(name, kind->name) != 0)
		return 0;
	for (i = 0; i < list->count && result == 0; i++)
		result = bsk_json_append(kind->array,
		    new_resource(&items[i], keeper));
	return result;
}

/* All kinds, that are being filled. */
struct kinds {
	const struct bsk_survey *survey;
	bsk_json *object;
};

/* With the first list of a kind come all of that kind. */
static int
add_kind(void *arg, const char *name, const bsk_list *list, bsk_ref keeper)
{
	struct kinds *kinds = arg;
	struct kind kind = { name, NULL };

	(void)list;
	(void)keeper;
	if (bsk_json_member(kinds->object, name) != NULL)
		return 0;
	kind.array = bsk_json_new_array();
	if (kind.array != NULL &&
	    bsk_survey_resources(kinds->survey, add_list, &kind) == 0)
		return bsk_json_put(kinds->object, name, kind.array);
	bsk_json_free(kind.array);
	return -ENOMEM;
}

bsk_json *
view_resources(const struct bsk_survey *survey)
{
	struct kinds kinds = { survey, bsk_json_new_object() };

	if (kinds.object == NULL || survey == NULL ||
	    bsk_survey_resources(survey, add_kind, &kinds) == 0)
		return kinds.object;
	bsk_json_free(kinds.object);
	return NULL;
}
