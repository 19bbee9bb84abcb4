/* src/deploy_actor.c - the section "actors". */
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "deploy_actor.h"
#include "deploy_child.h"
#include "deploy_near.h"
#include "deploy_say.h"
#include "deploy_section.h"
#include "deploy_supervisor.h"
#include "deploy_top.h"
#include "deploy_types.h"

/* What a field table cannot read, or what other steps need also when something
 * else is wrong. */
static const char *const actor_apart[] = {"class", "supervisor", "config",
    "out", NULL};

/* The string under a key; NULL: not there, or an error. */
static const char *
read_word(struct deploy_load *load, const bsk_json *object, const char *key)
{
	const bsk_json *json = bsk_json_member(object, key);

	if (json == NULL ||
	    !deploy_is_kind(load, json, BSK_JSON_STRING))
		return NULL;
	return bsk_json_string(json);
}

static bsk_text
hint_class(const struct bsk_deployment *deployment, const char *word)
{
	const struct bsk_class *const *class_;
	struct deploy_near near;

	deploy_near_start(&near, word);
	for (class_ = deployment->classes; *class_ != NULL; class_++)
		deploy_near_try(&near, (*class_)->name);
	return deploy_near_hint(&near);
}

static const struct bsk_class *
read_class(struct deploy_load *load, const bsk_json *object)
{
	const char *name = read_word(load, object, "class");
	const struct bsk_class *class_;

	if (bsk_json_member(object, "class") == NULL)
		deploy_error(load, deploy_at(object), "missing-key",
		    deploy_hint(NULL),
		    "the key \"class\" is missing");
	if (name == NULL)
		return NULL;
	class_ = deploy_class(load->deployment, name);
	if (class_ == NULL)
		deploy_error(load,
		    deploy_at(bsk_json_member(object, "class")),
		    "unknown-class", hint_class(load->deployment, name),
		    "there is no class \"%s\"", name);
	return class_;
}

static const char *
key_of(const struct bsk_field *field)
{
	return field->json == NULL ? field->name : field->json;
}

/* What a field is called in JSON. */
static const char *
json_key(const struct bsk_type *type, const char *name)
{
	size_t i;

	for (i = 0; i < type->field_count; i++)
		if (strcmp(type->fields[i].name, name) == 0 &&
		    type->fields[i].json != NULL)
			return type->fields[i].json;
	return name;
}

/* Has the class look at the whole; says what it finds at the key at fault, or
 * where that is missing. */
static bool
check_whole(struct deploy_load *load, const struct bsk_class *class_,
    const bsk_json *owner, const bsk_json *json, const void *body)
{
	const bsk_json *place = json != NULL ? json : owner;
	struct bsk_config_fault fault;
	struct deploy_spot spot;
	const char *key;

	if (class_->check == NULL || class_->check(body, &fault) == 0)
		return true;
	key = json_key(class_->config, fault.field);
	spot = deploy_at(place);
	if (bsk_json_member(place, key) != NULL)
		spot = deploy_at(bsk_json_member(place, key));
	deploy_error(load, spot, "bad-config", deploy_hint(NULL),
	    "\"%s\": %s", key, fault.text);
	return false;
}

/* A config may have in it that of others, which the actor is to make: a parcel
 * of no one type is a config of the class that the text before it names. */
static const struct bsk_field *
find_inner(const struct bsk_type *type)
{
	const struct bsk_field *fields = type->fields;
	size_t i;

	for (i = 1; i < type->field_count; i++)
		if (fields[i].kind == BSK_KIND_PARCEL &&
		    fields[i].type == NULL &&
		    fields[i - 1].kind == BSK_KIND_TEXT)
			return &fields[i];
	return NULL;
}

/* Reads it into the body; after a mistake there is none. */
static void
read_inner(struct deploy_load *load, const struct bsk_field *inner,
    const bsk_json *json, unsigned char *body)
{
	const struct bsk_field *naming = inner - 1;
	const bsk_json *given = bsk_json_member(json, key_of(inner));
	const char *name = bsk_text_chars(
	    *(bsk_text *)(void *)(body + naming->offset));
	const struct bsk_class *class_ = deploy_class(load->deployment, name);

	if (name[0] == '\0' && given != NULL)
		deploy_error(load, deploy_at(given), "no-config",
		    deploy_hint("leave it out"),
		    "\"%s\" names no class that this is for",
		    key_of(naming));
	else if (name[0] != '\0' && class_ == NULL)
		deploy_error(load,
		    deploy_at(bsk_json_member(json, key_of(naming))),
		    "unknown-class", hint_class(load->deployment, name),
		    "there is no class \"%s\"", name);
	else if (name[0] != '\0')
		*(struct bsk_parcel **)(void *)(body + inner->offset) =
		    deploy_actor_config(load, class_, json, given);
}

/* A class without a config is given none, or an empty one. */
static void
check_none(struct deploy_load *load, const struct bsk_class *class_,
    const bsk_json *json)
{
	if (json != NULL && deploy_is_kind(load, json, BSK_JSON_OBJECT) &&
	    deploy_first(json) != NULL)
		deploy_error(load, deploy_at(json), "no-config",
		    deploy_hint("leave it out"),
		    "the class \"%s\" has no config", class_->name);
}

struct bsk_parcel *
deploy_actor_config(struct deploy_load *load, const struct bsk_class *class_,
    const bsk_json *owner, const bsk_json *json)
{
	alignas(max_align_t) unsigned char body[BSK_TYPE_SIZE_MAX];
	const struct bsk_field *inner;
	const char *apart[2] = {NULL, NULL};
	struct bsk_parcel *parcel;

	if (class_->config == NULL) {
		check_none(load, class_, json);
		return NULL;
	}
	inner = find_inner(class_->config);
	if (inner != NULL)
		apart[0] = key_of(inner);
	if (!deploy_section(load, owner, json, class_->config,
	    inner == NULL ? NULL : apart, body))
		return NULL;
	if (inner != NULL)
		read_inner(load, inner, json, body);
	if (!check_whole(load, class_, owner, json, body)) {
		bsk_type_drop(class_->config, body);
		return NULL;
	}
	parcel = bsk_parcel_new(class_->config, body);
	if (!bsk_parcel_is_lost(parcel))
		return parcel;
	deploy_fail(load, -ENOMEM);
	return NULL;
}

static bool
is_reserved(const char *name)
{
	return strcmp(name, DEPLOY_DEPLOYER) == 0 ||
	    strcmp(name, DEPLOY_ON_SIGNAL) == 0 ||
	    strcmp(name, DEPLOY_NOTIFIER) == 0;
}

/* Every name is one thing only: an actor, a supervisor, or what the deployment
 * adds of its own. */
static bool
check_name(struct deploy_load *load, struct deploy_spot spot)
{
	const bsk_json *tree = load->deployment->tree;

	if (!deploy_top_name(load, spot, spot.key))
		return false;
	if (is_reserved(spot.key))
		deploy_error(load, spot, "reserved-name",
		    deploy_hint("take another name"),
		    "every deployment has its own \"%s\"", spot.key);
	else if (deploy_supervisor_find(load->deployment, spot.key) != NULL)
		deploy_error(load, spot, "duplicate-name",
		    deploy_hint("take another name"),
		    "\"%s\" is a supervisor already", spot.key);
	else if (strcmp(spot.key, DEPLOY_INSPECTOR) == 0 &&
	    bsk_json_member(tree, DEPLOY_INSPECTOR) != NULL)
		deploy_error(load, spot, "duplicate-name",
		    deploy_hint("take another name"),
		    "the section \"inspector\" makes an actor of this name");
	else
		return true;
	return false;
}

/* Others look for a service by the name of its class. */
static void
check_service(struct deploy_load *load, struct deploy_spot spot,
    const struct bsk_class *class_)
{
	if (class_ == NULL || strcmp(class_->name, spot.key) == 0 ||
	    deploy_class(load->deployment, spot.key) == NULL)
		return;
	deploy_warning(load, spot, "class-name",
	    deploy_hint("take another name"),
	    "\"%s\" is also the name of a class: who looks for that service "
	    "finds this \"%s\"", spot.key, class_->name);
}

static void
read_actor(struct deploy_load *load, const bsk_json *actors,
    const bsk_json *json)
{
	struct bsk_deployment *deployment = load->deployment;
	struct deploy_spot spot = deploy_at_key(actors, bsk_json_key(json));
	struct deploy_actor *actor;
	struct deploy_role body;
	bool is_named;

	/* After a mistake it is still there to be wired to. */
	actor = &deployment->actors[deployment->actor_count++];
	actor->at = json;
	actor->name = spot.key;
	actor->supervisor = DEPLOY_SUPERVISOR;
	is_named = check_name(load, spot);
	if (!deploy_is_kind(load, json, BSK_JSON_OBJECT))
		return;
	(void)deploy_section(load, NULL, json, &deploy_role_type, actor_apart,
	    &body);
	actor->supervisor = deploy_supervisor_named(load, json,
	    DEPLOY_SUPERVISOR);
	deploy_child_read(load, json, &body, actor);
	actor->class_ = read_class(load, json);
	if (is_named)
		check_service(load, spot, actor->class_);
	if (actor->class_ != NULL)
		actor->config = deploy_actor_config(load, actor->class_, json,
		    bsk_json_member(json, "config"));
}

void
deploy_actor_read(struct deploy_load *load)
{
	struct bsk_deployment *deployment = load->deployment;
	const bsk_json *actors = bsk_json_member(deployment->tree, "actors");
	const bsk_json *json = NULL;

	if (actors == NULL)
		deploy_error(load, deploy_at(deployment->tree), "missing-key",
		    deploy_hint(NULL),
		    "the key \"actors\" is missing");
	else if (deploy_is_kind(load, actors, BSK_JSON_OBJECT))
		json = deploy_first(actors);
	deployment->actors = calloc((actors == NULL ? 0 :
	    bsk_json_count(actors)) + DEPLOY_OWN, sizeof(*deployment->actors));
	if (deployment->actors == NULL) {
		deploy_fail(load, -ENOMEM);
		return;
	}
	for (; json != NULL; json = deploy_next(json))
		read_actor(load, actors, json);
}

void
deploy_actor_release(struct deploy_actor *actor)
{
	bsk_parcel_free(actor->config);
	free(actor->wires);
}
