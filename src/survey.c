/* survey.c - asking many actors how they stand, and gathering it. */
#include <errno.h>
#include <stdlib.h>

#include <buskin/inspect.h>
#include <buskin/status.h>
#include <buskin/survey.h>

/* Whom to ask, while that is found out. */
struct roll {
	struct bsk_survey *survey;
	bsk_ref self;
	size_t room;
	bool no_memory;
};

static int
make_room(struct roll *roll)
{
	struct bsk_survey *survey = roll->survey;
	size_t room = roll->room == 0 ? 16 : 2 * roll->room;
	struct bsk_surveyed *items =
	    realloc(survey->items, room * sizeof(*items));

	if (items == NULL)
		return -ENOMEM;
	survey->items = items;
	roll->room = room;
	return 0;
}

/* One that has not begun, or waits for a verdict, has nothing to tell. */
static bool
is_asked(const struct roll *roll, const struct bsk_actor_info *info)
{
	return info->class_->status != NULL &&
	    (info->state == BSK_STATE_ACTIVE ||
	    info->state == BSK_STATE_DRAINING) &&
	    !bsk_ref_equal(info->ref, roll->self);
}

static bool
on_actor(void *arg, const struct bsk_actor_info *info)
{
	struct roll *roll = arg;
	struct bsk_survey *survey = roll->survey;

	if (!is_asked(roll, info))
		return true;
	if (survey->count == BSK_STATUS_LIST_MAX) {
		survey->omitted++;
		return true;
	}
	if (survey->count == roll->room && make_room(roll) < 0) {
		roll->no_memory = true;
		return false;
	}
	survey->items[survey->count++] =
	    (struct bsk_surveyed){ .ref = info->ref };
	return true;
}

/* Who is gone meanwhile is left out. */
static int
ask_all(struct bsk_survey *survey, bsk_ctx *ctx)
{
	size_t i;
	int result = 0;

	for (i = 0; i < survey->count && result == 0; i++) {
		result = bsk_ask(ctx, survey->items[i].ref,
		    BSK_NEW(bsk_status_ask, .reserved = 0),
		    BSK_SURVEY_PATIENCE_NS, &survey->items[i].ask);
		survey->waiting += result == 0 ? 1 : 0;
	}
	return result;
}

int
bsk_survey_begin(struct bsk_survey *survey, bsk_ctx *ctx, bsk_ref only)
{
	struct roll roll = { .survey = survey, .self = bsk_self(ctx) };
	bsk_system *system = bsk_system_of(ctx);
	int result;

	if (bsk_ref_is_nobody(only))
		result = bsk_inspect_actors(system, on_actor, &roll);
	else
		result = bsk_inspect_actor(system, only, on_actor, &roll);
	if (result == -ENOMEM || roll.no_memory)
		return -ENOMEM;
	return ask_all(survey, ctx);
}

static struct bsk_surveyed *
asked(struct bsk_survey *survey, uint64_t ask)
{
	size_t i;

	for (i = 0; i < survey->count; i++)
		if (ask != 0 && survey->items[i].ask == ask)
			return &survey->items[i];
	return NULL;
}

bool
bsk_survey_heard(struct bsk_survey *survey, uint64_t ask,
    const bsk_message *answer)
{
	struct bsk_surveyed *item = asked(survey, ask);

	if (item == NULL)
		return false;
	item->ask = 0;
	item->status = bsk_message_copy(answer);
	survey->waiting--;
	return true;
}

bool
bsk_survey_failed(struct bsk_survey *survey, uint64_t ask)
{
	struct bsk_surveyed *item = asked(survey, ask);

	if (item == NULL)
		return false;
	item->ask = 0;
	survey->waiting--;
	return true;
}

static int
by_slot(const void *key, const void *item)
{
	uint32_t slot = (uint32_t)((const bsk_ref *)key)->bits;
	uint32_t other =
	    (uint32_t)((const struct bsk_surveyed *)item)->ref.bits;

	return slot < other ? -1 : slot > other ? 1 : 0;
}

const bsk_message *
bsk_survey_of(const struct bsk_survey *survey, bsk_ref ref)
{
	const struct bsk_surveyed *item = NULL;

	if (survey->count > 0)
		item = bsearch(&ref, survey->items, survey->count,
		    sizeof(*survey->items), by_slot);
	if (item == NULL || !bsk_ref_equal(item->ref, ref))
		return NULL;
	return item->status;
}

static const char *
key_of(const struct bsk_field *field)
{
	return field->json != NULL ? field->json : field->name;
}

static int
each_list(const struct bsk_surveyed *item, bsk_on_resources *on_list,
    void *arg)
{
	const struct bsk_type *type = bsk_message_type(item->status);
	const char *body = bsk_message_body(item->status);
	int result = 0;

	for (size_t f = 0; f < type->field_count && result == 0; f++)
		if (type->fields[f].kind == BSK_KIND_LIST &&
		    type->fields[f].type == &bsk_resource_type)
			result = on_list(arg, key_of(&type->fields[f]),
			    (const bsk_list *)(const void *)
			    (body + type->fields[f].offset), item->ref);
	return result;
}

int
bsk_survey_resources(const struct bsk_survey *survey,
    bsk_on_resources *on_list, void *arg)
{
	int result = 0;

	for (size_t i = 0; i < survey->count && result == 0; i++)
		if (survey->items[i].status != NULL)
			result = each_list(&survey->items[i], on_list, arg);
	return result;
}

void
bsk_survey_release(struct bsk_survey *survey)
{
	size_t i;

	for (i = 0; i < survey->count; i++)
		bsk_message_free(survey->items[i].status);
	free(survey->items);
	*survey = (struct bsk_survey){0};
}
