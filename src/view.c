/* src/view.c - a running system's actors and sums as JSON. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <buskin/view.h>

#include "view.h"

bsk_json *
view_ref(bsk_ref ref)
{
	char chars[32];

	if (bsk_ref_is_nobody(ref))
		return bsk_json_new_null();
	(void)snprintf(chars, sizeof(chars), "%" PRIu32 ".%" PRIu32,
	    (uint32_t)ref.bits, (uint32_t)(ref.bits >> 32));
	return bsk_json_new_string(chars);
}

bsk_json *
view_text(const char *chars)
{
	return chars == NULL ? bsk_json_new_null() :
	    bsk_json_new_string(chars);
}

/* An object that lacks a member for want of memory is none. */
static bsk_json *
whole_or_none(bsk_json *object, int result)
{
	if (result == 0)
		return object;
	bsk_json_free(object);
	return NULL;
}

bsk_json *
view_ends(const uint64_t *ends)
{
	bsk_json *object = bsk_json_new_object();
	int result = object == NULL ? -ENOMEM : 0;
	unsigned end;

	for (end = 0; result == 0 && end < BSK_END_COUNT; end++)
		result = bsk_json_put(object,
		    bsk_end_text((enum bsk_end)end),
		    bsk_json_new_counter(ends[end]));
	return whole_or_none(object, result);
}

bsk_json *
bsk_view_object(const struct bsk_view_member *members, size_t count)
{
	bsk_json *object = bsk_json_new_object();
	int result = object == NULL ? -ENOMEM : 0;
	size_t i;

	for (i = 0; i < count; i++)
		if (result == 0)
			result = bsk_json_put(object, members[i].key,
			    members[i].value);
		else
			bsk_json_free(members[i].value);
	return whole_or_none(object, result);
}

bsk_json *
bsk_view_words(const void *rows, size_t row_size, size_t count)
{
	bsk_json *array = bsk_json_new_array();
	size_t i;

	for (i = 0; array != NULL && i < count; i++)
		if (bsk_json_append(array, bsk_json_new_string(
		    *(const char *const *)((const char *)rows +
		    i * row_size))) < 0) {
			bsk_json_free(array);
			array = NULL;
		}
	return array;
}

static const char *
placement_text(enum bsk_placement placement)
{
	static const char *const texts[] = {
		[BSK_PLACE_DEFAULT] = "default",
		[BSK_PLACE_POOL] = "pool",
		[BSK_PLACE_THREAD] = "thread",
		[BSK_PLACE_HOST] = "host",
	};

	return texts[placement];
}

/* What it told of itself; null: nothing. */
static bsk_json *
status_of(const struct bsk_survey *survey, bsk_ref ref)
{
	const bsk_message *status =
	    survey == NULL ? NULL : bsk_survey_of(survey, ref);
	bsk_json *json = NULL;

	if (status == NULL)
		return bsk_json_new_null();
	(void)bsk_type_to_json(bsk_message_type(status),
	    bsk_message_body(status), BSK_SECRETS_MASKED, &json);
	return json;
}

/* Not known: null. */
static bsk_json *
view_age(int64_t age_ns)
{
	return age_ns < 0 ? bsk_json_new_null() :
	    bsk_json_new_counter((uint64_t)age_ns);
}

bsk_json *
view_actor(const struct bsk_actor_info *info, const struct bsk_survey *survey)
{
	return BSK_VIEW_OBJECT(
		{ "id", view_ref(info->ref) },
		{ "name", view_text(info->name) },
		{ "class", view_text(info->class_name) },
		{ "parent", view_ref(info->parent) },
		{ "supervisor", view_ref(info->supervised ? info->parent :
		    bsk_nobody()) },
		{ "state", view_text(bsk_state_text(info->state)) },
		{ "placement", view_text(placement_text(info->placement)) },
		{ "worker", bsk_json_new_number(info->worker) },
		{ "suspended", bsk_json_new_bool(info->suspended) },
		{ "waits_for", view_ref(info->waits_for) },
		{ "depth", bsk_json_new_number(info->depth) },
		{ "capacity", bsk_json_new_number(info->capacity) },
		{ "high_water", bsk_json_new_number(info->high_water) },
		{ "alarmed", bsk_json_new_bool(info->alarmed) },
		{ "oldest_ns", view_age(info->oldest_ns) },
		{ "held", bsk_json_new_number(info->held) },
		{ "ends", view_ends(info->ends) },
		{ "restarts", bsk_json_new_number(info->restarts) },
		{ "handler_ns", bsk_json_new_counter(info->handler_ns) },
		{ "status", status_of(survey, info->ref) });
}

/* A list that is being filled by a walk. */
struct filling {
	const struct bsk_survey *survey;
	bsk_json *array;
	int result;
};

static bool
on_actor(void *arg, const struct bsk_actor_info *info)
{
	struct filling *filling = arg;

	filling->result = bsk_json_append(filling->array, view_actor(info,
	    filling->survey));
	return filling->result == 0;
}

int
view_actors(bsk_system *system, const struct bsk_survey *survey,
    bsk_json **ret_json)
{
	struct filling filling = { survey, bsk_json_new_array(), 0 };
	int result;

	if (filling.array == NULL)
		return -ENOMEM;
	result = bsk_inspect_actors(system, on_actor, &filling);
	if (result < 0 || filling.result < 0) {
		bsk_json_free(filling.array);
		return -ENOMEM;
	}
	*ret_json = filling.array;
	return 0;
}

int
bsk_view_actors(bsk_system *system, bsk_json **ret_json)
{
	return view_actors(system, NULL, ret_json);
}

static bsk_json *
stats_object(const struct bsk_system_info *info)
{
	return BSK_VIEW_OBJECT(
		{ "name", view_text(info->name) },
		{ "workers", bsk_json_new_number(info->workers) },
		{ "actors", bsk_json_new_counter(info->actors) },
		{ "messages", bsk_json_new_counter(info->messages) },
		{ "sent", bsk_json_new_counter(info->sent) },
		{ "ends", view_ends(info->ends) },
		{ "wakeups", bsk_json_new_counter(info->wakeups) },
		{ "uptime_ns", bsk_json_new_counter(
		    (uint64_t)info->uptime_ns) },
		{ "stopping", bsk_json_new_bool(info->stopping) });
}

int
bsk_view_stats(bsk_system *system, bsk_json **ret_json)
{
	struct bsk_system_info info;
	bsk_json *json;

	bsk_inspect_system(system, &info);
	json = stats_object(&info);
	if (json == NULL)
		return -ENOMEM;
	*ret_json = json;
	return 0;
}
