/* src/deploy_section.c - one object of the tree, read by a field table.
 *
 * A section that has members which no field table can describe (names chosen
 * by the user, a config of a class's own type) is copied without those and
 * read from the copy; what is wrong there is looked up again in the tree.
 */
#include <errno.h>
#include <string.h>

#include "deploy_near.h"
#include "deploy_path.h"
#include "deploy_say.h"
#include "deploy_section.h"

/* What is read, for the callback that is told of faults. */
struct reading {
	struct deploy_load *load;
	const bsk_json *owner;
	const bsk_json *section; /* in the tree; NULL: not given */
	const bsk_json *read;    /* what is read: the section or a copy */
	const struct bsk_type *type;
	const char *const *apart;
};

static bool
is_comment(const bsk_json *member)
{
	const char *key = member == NULL ? NULL : bsk_json_key(member);

	return key != NULL && strcmp(key, DEPLOY_COMMENT) == 0;
}

const bsk_json *
deploy_first(const bsk_json *object)
{
	const bsk_json *member = bsk_json_first(object);

	return is_comment(member) ? bsk_json_next(member) : member;
}

const bsk_json *
deploy_next(const bsk_json *member)
{
	const bsk_json *next = bsk_json_next(member);

	return is_comment(next) ? bsk_json_next(next) : next;
}

static bool
is_apart(const char *const *apart, const char *key)
{
	for (; *apart != NULL; apart++)
		if (strcmp(*apart, key) == 0)
			return true;
	return false;
}

/* A hint for a key of the section itself: also those that stand apart may have
 * been meant. */
static bsk_text
hint_key(const struct reading *reading, const char *key)
{
	const struct bsk_type *type = reading->type;
	const char *const *apart = reading->apart;
	const char *word;
	struct deploy_near near;
	size_t i;

	deploy_near_start(&near, key);
	for (i = 0; i < type->field_count; i++) {
		word = type->fields[i].json;
		deploy_near_try(&near,
		    word == NULL ? type->fields[i].name : word);
	}
	for (; apart != NULL && *apart != NULL; apart++)
		deploy_near_try(&near, *apart);
	return deploy_near_hint(&near);
}

/* The value of the tree that a value of what is read is a copy of. */
static const bsk_json *
original(const struct reading *reading, const bsk_json *json)
{
	struct deploy_path path;

	if (json == NULL || reading->section == NULL)
		return reading->owner;
	if (!deploy_path_find(reading->read, json, &path))
		return reading->section;
	return deploy_path_follow(&path, reading->section);
}

static void
on_fault(void *arg, const struct bsk_json_fault *fault)
{
	struct reading *reading = arg;
	struct deploy_spot spot = {original(reading, fault->where),
	    fault->key};
	bsk_text hint;

	if (fault->where == reading->read && fault->key != NULL &&
	    strcmp(fault->code, "unknown-key") == 0)
		hint = hint_key(reading, fault->key);
	else
		hint = bsk_text_copy(fault->hint);
	deploy_error(reading->load, spot, fault->code, hint, "%s%s",
	    reading->section == NULL ? "in \"config\": " : "", fault->text);
}

static bsk_json *
copy_without(const bsk_json *section, const char *const *apart)
{
	bsk_json *copy = bsk_json_new_object();
	const bsk_json *member;
	int result = copy == NULL ? -ENOMEM : 0;

	for (member = bsk_json_first(section); member != NULL && result == 0;
	    member = bsk_json_next(member))
		if (!is_apart(apart, bsk_json_key(member)))
			result = bsk_json_put(copy, bsk_json_key(member),
			    bsk_json_copy(member));
	if (result == 0)
		return copy;
	bsk_json_free(copy);
	return NULL;
}

static bool
read_section(struct reading *reading, void *ret_body)
{
	int result = bsk_type_from_json(reading->type, reading->read, ret_body,
	    on_fault, reading);

	if (result < 0)
		memset(ret_body, 0, reading->type->size);
	if (result < 0 && result != -EINVAL)
		deploy_fail(reading->load, result);
	return result == 0;
}

bool
deploy_section(struct deploy_load *load, const bsk_json *owner,
    const bsk_json *section, const struct bsk_type *type,
    const char *const *apart, void *ret_body)
{
	struct reading reading = {load, owner, section, section, type, apart};
	bsk_json *copy;
	bool is_good;

	if (apart == NULL || section == NULL ||
	    bsk_json_kind(section) != BSK_JSON_OBJECT)
		return read_section(&reading, ret_body);
	copy = copy_without(section, apart);
	if (copy == NULL) {
		deploy_fail(load, -ENOMEM);
		memset(ret_body, 0, type->size);
		return false;
	}
	reading.read = copy;
	is_good = read_section(&reading, ret_body);
	bsk_json_free(copy);
	return is_good;
}
