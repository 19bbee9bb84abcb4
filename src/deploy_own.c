/* src/deploy_own.c - the actors that a deployment adds of its own.
 *
 * They are actors as any other, under the supervisor of those who name none,
 * and seen in the graph. The runtime knows the shape of their configs only;
 * their classes are looked up by name.
 */
#include <errno.h>
#include <string.h>

#include "deploy_actor.h"
#include "deploy_expand.h"
#include "deploy_own.h"
#include "deploy_say.h"
#include "deploy_section.h"
#include "deploy_types.h"

/* The room for it was made with that of the others. */
static void
add(struct deploy_load *load, const bsk_json *at,
    const struct bsk_class *class_, struct bsk_parcel *config)
{
	struct bsk_deployment *deployment = load->deployment;
	struct deploy_actor *actor =
	    &deployment->actors[deployment->actor_count++];
	struct deploy_role presets;

	(void)deploy_section(load, at, NULL, &deploy_role_type, NULL,
	    &presets);
	actor->at = at;
	actor->name = class_->name;
	actor->class_ = class_;
	actor->supervisor = DEPLOY_SUPERVISOR;
	actor->spec.restart = presets.restart;
	actor->spec.grace_ns = presets.grace_ns;
	actor->config = config;
}

/* The section is the config of the actor that serves it. */
static void
add_inspector(struct deploy_load *load)
{
	const bsk_json *tree = load->deployment->tree;
	const bsk_json *section = bsk_json_member(tree, DEPLOY_INSPECTOR);
	const struct bsk_class *class_ = deploy_class(load->deployment,
	    DEPLOY_INSPECTOR);

	if (section == NULL)
		return;
	if (class_ == NULL)
		deploy_error(load, deploy_at_key(tree, DEPLOY_INSPECTOR),
		    "unsupported", deploy_hint(NULL),
		    "there is no class \"inspector\" to serve this");
	else
		add(load, section, class_, deploy_actor_config(load, class_,
		    section, section));
}

/* The class of that name when its config has this size; NULL. */
static const struct bsk_class *
find_class(const struct deploy_load *load, const char *name, size_t size)
{
	const struct bsk_class *class_ = deploy_class(load->deployment, name);

	if (class_ == NULL || class_->config == NULL ||
	    class_->config->size != size)
		return NULL;
	return class_;
}

/* Adds an actor with a config whose fields it takes over. */
static void
add_with(struct deploy_load *load, const struct bsk_class *class_,
    const void *config)
{
	struct bsk_parcel *parcel = bsk_parcel_new(class_->config, config);

	if (bsk_parcel_is_lost(parcel))
		deploy_fail(load, -ENOMEM);
	else
		add(load, load->deployment->tree, class_, parcel);
}

static void
add_on_signal(struct deploy_load *load)
{
	const int8_t *on_signal = load->deployment->on_signal;
	const struct bsk_class *class_ = find_class(load, DEPLOY_ON_SIGNAL,
	    sizeof(struct bsk_on_signal_config));
	struct bsk_on_signal_config config;
	struct bsk_on_signal *signals;
	int32_t number;

	if (class_ == NULL)
		return;
	config.signals = bsk_list_new(sizeof(*signals), DEPLOY_SIGNALS);
	signals = config.signals.items;
	if (!bsk_list_is_lost(config.signals)) {
		for (number = 1; number < DEPLOY_SIGNALS; number++)
			if (on_signal[number] >= 0)
				*signals++ = (struct bsk_on_signal){number,
				    on_signal[number]};
		config.signals.count = (uint32_t)(signals -
		    (struct bsk_on_signal *)config.signals.items);
	}
	add_with(load, class_, &config);
}

/* What is no path of a socket is nobody we know how to tell. */
static void
add_notifier(struct deploy_load *load)
{
	const struct bsk_class *class_ = find_class(load, DEPLOY_NOTIFIER,
	    sizeof(struct bsk_notifier_config));
	const char *path = deploy_variable(load, "NOTIFY_SOCKET");
	struct bsk_notifier_config config;

	if (class_ == NULL || path == NULL ||
	    (*path != '/' && *path != '@') || strlen(path) > DEPLOY_PATH_MAX)
		return;
	config.socket = bsk_text_copy(path);
	add_with(load, class_, &config);
}

void
deploy_own_add(struct deploy_load *load)
{
	add_inspector(load);
	add_on_signal(load);
	add_notifier(load);
}
