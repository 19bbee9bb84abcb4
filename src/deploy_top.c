/* src/deploy_top.c - what a deployment says about itself and its system. */
#include <signal.h>
#include <string.h>

#include "deploy_near.h"
#include "deploy_section.h"
#include "deploy_top.h"
#include "deploy_types.h"
#include "field_unit.h"

/* The most threads a pool may have. */
#define WORKERS_MAX 64

/* The sections that are read by themselves. */
static const char *const top_apart[] = {"system", "inspector", "plugins",
    "supervisors", "actors", NULL};

static const char *const system_apart[] = {"workers", "on_signal", NULL};

bool
deploy_top_name(struct deploy_load *load, struct deploy_spot spot,
    const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t length = strlen(name);

	if (length > 0 && length <= DEPLOY_NAME_MAX &&
	    strspn(name, letters) == length)
		return true;
	deploy_error(load, spot, "bad-name",
	    bsk_text_format("1 to %d letters, digits, - and _",
	    DEPLOY_NAME_MAX), "\"%s\" cannot be a name", name);
	return false;
}

static void
read_workers(struct deploy_load *load, const bsk_json *json)
{
	const char *word;
	int64_t workers;

	if (json == NULL)
		return;
	word = bsk_json_string(json);
	if (word != NULL && strcmp(word, "cpus") == 0)
		return;
	if (bsk_json_integer(json, &workers) < 0)
		deploy_error(load, deploy_at(json), "wrong-kind",
		    deploy_hint(NULL),
		    "expected \"cpus\" or a whole number, not %s",
		    bsk_json_kind_text(json));
	else if (workers < 1 || workers > WORKERS_MAX)
		deploy_error(load, deploy_at(json), "out-of-range",
		    deploy_hint(NULL), "out of range: 1 to %d",
		    WORKERS_MAX);
	else
		load->deployment->workers = (uint32_t)workers;
}

/* The signal of that name; an error at its key when there is none that can be
 * caught. */
static bool
find_signal(struct deploy_load *load, const bsk_json *on_signal,
    const char *name, int64_t *ret_number)
{
	struct deploy_near near;
	int64_t number;
	size_t i;

	if (field_unit_signal(name, &number) < 0) {
		deploy_near_start(&near, name);
		for (i = 0; field_unit_signal_name(i) != NULL; i++)
			deploy_near_try(&near, field_unit_signal_name(i));
		deploy_error(load, deploy_at_key(on_signal, name),
		    "bad-signal", deploy_near_hint(&near),
		    "there is no signal \"%s\"", name);
		return false;
	}
	if (number == SIGKILL || number == SIGSTOP) {
		deploy_error(load, deploy_at_key(on_signal, name),
		    "bad-signal", deploy_hint(NULL),
		    "the signal %s cannot be caught", name);
		return false;
	}
	*ret_number = number;
	return true;
}

static void
read_action(struct deploy_load *load, const bsk_json *json, int64_t number)
{
	const char *given = bsk_json_string(json);
	struct deploy_near near;
	int8_t action;

	if (!deploy_is_kind(load, json, BSK_JSON_STRING))
		return;
	deploy_near_start(&near, given);
	for (action = 0; deploy_action_words[action] != NULL; action++) {
		if (strcmp(deploy_action_words[action], given) == 0) {
			load->deployment->on_signal[number] = action;
			return;
		}
		deploy_near_try(&near, deploy_action_words[action]);
	}
	deploy_error(load, deploy_at(json), "unknown-word",
	    deploy_near_hint(&near), "a signal cannot do \"%s\"", given);
}

/* What the file does not mention stays as it is by default. */
static void
read_on_signal(struct deploy_load *load, const bsk_json *json)
{
	const bsk_json *member;
	int64_t number;

	if (json == NULL ||
	    !deploy_is_kind(load, json, BSK_JSON_OBJECT))
		return;
	for (member = deploy_first(json); member != NULL;
	    member = deploy_next(member))
		if (find_signal(load, json, bsk_json_key(member), &number))
			read_action(load, member, number);
}

static void
read_system(struct deploy_load *load, const bsk_json *tree)
{
	const bsk_json *section = bsk_json_member(tree, "system");
	struct deploy_system body;

	if (deploy_section(load, tree, section, &deploy_system_type,
	    system_apart, &body)) {
		load->deployment->system = body;
	}
	if (section == NULL)
		return;
	read_workers(load, bsk_json_member(section, "workers"));
	read_on_signal(load, bsk_json_member(section, "on_signal"));
}

static void
read_plugins(struct deploy_load *load, const bsk_json *json)
{
	if (json == NULL ||
	    !deploy_is_kind(load, json, BSK_JSON_ARRAY) ||
	    bsk_json_count(json) == 0)
		return;
	deploy_error(load, deploy_at(json), "unsupported",
	    deploy_hint("link the classes into a program of your own"),
	    "plugins are not supported yet");
}

/* The name stays in the tree: what a field table reads of it is dropped. */
static void
read_head(struct deploy_load *load, const bsk_json *tree)
{
	const bsk_json *name = bsk_json_member(tree, "name");
	const char *chars = name == NULL ? NULL : bsk_json_string(name);
	struct deploy_top body;

	if (deploy_section(load, tree, tree, &deploy_top_type, top_apart,
	    &body))
		bsk_type_drop(&deploy_top_type, &body);
	if (chars != NULL && deploy_top_name(load, deploy_at(name), chars))
		load->deployment->name = chars;
}

void
deploy_top_read(struct deploy_load *load)
{
	struct bsk_deployment *deployment = load->deployment;
	const bsk_json *tree = deployment->tree;

	memset(deployment->on_signal, -1, sizeof(deployment->on_signal));
	deployment->on_signal[SIGTERM] = BSK_ON_SIGNAL_STOP;
	deployment->on_signal[SIGINT] = BSK_ON_SIGNAL_STOP;
	read_head(load, tree);
	read_system(load, tree);
	read_plugins(load, bsk_json_member(tree, "plugins"));
}
