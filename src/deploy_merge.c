/* src/deploy_merge.c - several sources laid over each other.
 *
 * Where a value of the tree came from is not written down: it is the last
 * source in which the way to it leads anywhere (see deploy_say.c). That holds
 * because objects are merged and everything else is replaced as a whole.
 */
#include <errno.h>
#include <string.h>

#include "deploy_expand.h"
#include "deploy_merge.h"
#include "deploy_say.h"
#include "deploy_section.h"

/* What is laid over what. */
struct layer {
	struct deploy_load *load;
	const struct deploy_source *source; /* which the upper one is of */
};

static bsk_json *merge(const struct layer *in, const bsk_json *below,
    const bsk_json *above);

static bool
is_object(const bsk_json *json)
{
	return json != NULL && bsk_json_kind(json) == BSK_JSON_OBJECT;
}

/* Takes the value in any case; NULL is taken for a failed allocation. */
static void
put(const struct layer *in, bsk_json *object, const char *key,
    bsk_json *value)
{
	int result;

	if (value == NULL || object == NULL) {
		bsk_json_free(value);
		return;
	}
	result = key == NULL ? bsk_json_append(object, value) :
	    bsk_json_put(object, key, value);
	if (result < 0)
		deploy_fail(in->load, result);
}

static bsk_json *
merge_array(const struct layer *in, const bsk_json *above)
{
	bsk_json *array = bsk_json_new_array();
	const bsk_json *element;

	if (array == NULL)
		deploy_fail(in->load, -ENOMEM);
	for (element = bsk_json_first(above); element != NULL && array != NULL;
	    element = bsk_json_next(element))
		put(in, array, NULL, merge(in, NULL, element));
	return array;
}

static bsk_json *
copy(const struct layer *in, const bsk_json *json)
{
	bsk_json *made = bsk_json_copy(json);

	if (made == NULL)
		deploy_fail(in->load, -ENOMEM);
	return made;
}

/* What a comment says is nobody's business. */
static bsk_json *
merge_member(const struct layer *in, const bsk_json *below,
    const bsk_json *above)
{
	return strcmp(bsk_json_key(above), DEPLOY_COMMENT) == 0 ?
	    copy(in, above) : merge(in, below, above);
}

/* Members that are below come first, in their order; null takes one away. */
static bsk_json *
merge_object(const struct layer *in, const bsk_json *below,
    const bsk_json *above)
{
	bsk_json *object = bsk_json_new_object();
	const bsk_json *old = is_object(below) ? bsk_json_first(below) : NULL;
	const bsk_json *member;
	const bsk_json *over;

	if (object == NULL)
		deploy_fail(in->load, -ENOMEM);
	for (; old != NULL; old = bsk_json_next(old)) {
		over = bsk_json_member(above, bsk_json_key(old));
		if (over == NULL)
			put(in, object, bsk_json_key(old), copy(in, old));
		else if (bsk_json_kind(over) != BSK_JSON_NULL)
			put(in, object, bsk_json_key(old),
			    merge_member(in, old, over));
	}
	for (member = bsk_json_first(above); member != NULL;
	    member = bsk_json_next(member))
		if (!is_object(below) ||
		    bsk_json_member(below, bsk_json_key(member)) == NULL)
			put(in, object, bsk_json_key(member),
			    merge_member(in, NULL, member));
	return object;
}

static bsk_json *
merge(const struct layer *in, const bsk_json *below, const bsk_json *above)
{
	switch (bsk_json_kind(above)) {
	case BSK_JSON_OBJECT:
		return merge_object(in, below, above);
	case BSK_JSON_ARRAY:
		return merge_array(in, above);
	case BSK_JSON_STRING:
		return deploy_expand(in->load, in->source, above);
	default:
		return copy(in, above);
	}
}

bool
deploy_merge(struct deploy_load *load)
{
	size_t count = load->options->source_count;
	struct layer in = {load, load->sources};
	bsk_json *below = NULL;
	bsk_json *tree;
	bool are_objects = true;

	for (; in.source < load->sources + count; in.source++) {
		if (!is_object(in.source->document)) {
			deploy_error_in(load, in.source, in.source->document,
			    "wrong-kind", deploy_hint(NULL),
			    "a deployment must be an object, not %s",
			    bsk_json_kind_text(in.source->document));
			are_objects = false;
			continue;
		}
		tree = merge_object(&in, below, in.source->document);
		bsk_json_free(below);
		below = tree;
	}
	load->deployment->tree = below;
	return load->result == 0 && are_objects;
}
