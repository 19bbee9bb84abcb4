/* src/deploy_wire.c - the wires: what each actor's "out" says.
 *
 *	"out": { PORT: TARGET | [TARGET, ...], ... }
 *	TARGET: "NAME" | "NAME.PORT" | {"to": ..., "on_full": ...}
 *
 * A wire leads to the in port of its target that takes what is sent; which one
 * need only be said where several do.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "deploy_near.h"
#include "deploy_say.h"
#include "deploy_section.h"
#include "deploy_types.h"
#include "deploy_wire.h"

/* A wire that is being read. */
struct end {
	struct deploy_load *load;
	struct deploy_actor *from;
	size_t port;          /* index of the out port */
	const bsk_json *json; /* the target as it is written */
	const bsk_json *text; /* its text: the same, or the member "to" */
	int32_t on_full;
};

static const struct bsk_type *
sent(const struct end *end)
{
	return end->from->class_->ports[end->port].type;
}

/* Remembers the wire; the room was made for all of them. */
static void
add_wire(const struct end *end, struct deploy_actor *to, size_t in_port)
{
	struct deploy_actor *from = end->from;

	from->wires[from->wire_count++] = (struct deploy_wire){
		.at = end->json,
		.port = end->port,
		.in_port = in_port,
		.to = (size_t)(to - end->load->deployment->actors),
		.on_full = end->on_full,
	};
	to->is_wired_to = true;
}

static bool
find_port(const struct bsk_class *class_, enum bsk_direction direction,
    const char *name, size_t *ret_index)
{
	size_t i;

	for (i = 0; i < class_->port_count; i++)
		if (class_->ports[i].direction == direction &&
		    strcmp(class_->ports[i].name, name) == 0) {
			*ret_index = i;
			return true;
		}
	return false;
}

static bsk_text
hint_port(const struct bsk_class *class_, enum bsk_direction direction,
    const char *word)
{
	struct deploy_near near;
	bsk_text hint;
	size_t i;

	deploy_near_start(&near, word);
	for (i = 0; i < class_->port_count; i++)
		if (class_->ports[i].direction == direction)
			deploy_near_try(&near, class_->ports[i].name);
	hint = deploy_near_hint(&near);
	if (hint.chars == NULL)
		hint = bsk_text_format("the class \"%s\" has no such ports",
		    class_->name);
	return hint;
}

/* The target's text names its port. */
static void
wire_to_port(const struct end *end, struct deploy_actor *to, const char *name)
{
	const struct bsk_class *class_ = to->class_;
	size_t port;

	if (!find_port(class_, BSK_IN, name, &port))
		deploy_error(end->load, deploy_at(end->text), "unknown-port",
		    hint_port(class_, BSK_IN, name),
		    "\"%s\" has no in port \"%s\"", to->name, name);
	else if (class_->ports[port].type != sent(end))
		deploy_error(end->load, deploy_at(end->text), "type-mismatch",
		    deploy_hint(NULL), "\"%s\" sends %s, but \"%s\" takes %s",
		    end->from->class_->ports[end->port].name, sent(end)->name,
		    name, class_->ports[port].type->name);
	else
		add_wire(end, to, port);
}

/* What the in ports of a class take. */
static bsk_text
hint_types(const struct bsk_class *class_)
{
	char list[DEPLOY_NEAR_LIST] = "";
	size_t length = 0;
	size_t i;
	const char *name;

	for (i = 0; i < class_->port_count; i++) {
		name = class_->ports[i].type->name;
		if (class_->ports[i].direction != BSK_IN ||
		    length + strlen(name) + 3 > sizeof(list))
			continue;
		strcat(strcat(list, length == 0 ? "" : ", "), name);
		length = strlen(list);
	}
	if (length == 0)
		return bsk_text_format("the class \"%s\" has no in ports",
		    class_->name);
	return bsk_text_format("it takes %s", list);
}

/* The in port is the one that takes what is sent. */
static void
wire_to_actor(const struct end *end, struct deploy_actor *to)
{
	const struct bsk_class *class_ = to->class_;
	size_t fitting[2] = {0, 0}; /* the first two */
	size_t count = 0;
	size_t i;

	for (i = 0; i < class_->port_count && count < 2; i++)
		if (class_->ports[i].direction == BSK_IN &&
		    class_->ports[i].type == sent(end))
			fitting[count++] = i;
	if (count == 0)
		deploy_error(end->load, deploy_at(end->text), "type-mismatch",
		    hint_types(class_), "\"%s\" sends %s, which \"%s\" does "
		    "not take", end->from->class_->ports[end->port].name,
		    sent(end)->name, to->name);
	else if (count == 2)
		deploy_error(end->load, deploy_at(end->text),
		    "ambiguous-port", bsk_text_format("write \"%s.%s\" or "
		    "\"%s.%s\"", to->name, class_->ports[fitting[0]].name,
		    to->name, class_->ports[fitting[1]].name),
		    "several ports of \"%s\" take %s", to->name,
		    sent(end)->name);
	else
		add_wire(end, to, fitting[0]);
}

static bsk_text
hint_target(const struct bsk_deployment *deployment, const char *name)
{
	struct deploy_near near;
	size_t i;

	if (deploy_supervisor_find(deployment, name) != NULL)
		return bsk_text_copy("a supervisor takes no wires");
	deploy_near_start(&near, name);
	for (i = 0; i < deployment->actor_count; i++)
		deploy_near_try(&near, deployment->actors[i].name);
	return deploy_near_hint(&near);
}

/* Looks up NAME or NAME.PORT. */
static void
read_target(const struct end *end, const char *chars)
{
	const struct bsk_deployment *deployment = end->load->deployment;
	bsk_text name = bsk_text_copy_n(chars, strcspn(chars, "."));
	const char *dot = strchr(chars, '.');
	struct deploy_actor *to;

	if (bsk_text_is_lost(name)) {
		deploy_fail(end->load, -ENOMEM);
		return;
	}
	to = deploy_actor_find(deployment, name.chars);
	if (to == NULL)
		deploy_error(end->load, deploy_at(end->text),
		    "unknown-target", hint_target(deployment, name.chars),
		    "there is no actor \"%s\"", name.chars);
	else if (to->class_ != NULL && dot != NULL)
		wire_to_port(end, to, dot + 1);
	else if (to->class_ != NULL)
		wire_to_actor(end, to);
	bsk_text_drop(&name);
}

/* One target, in its short or its long form. */
static void
read_end(struct end *end, const bsk_json *json)
{
	struct deploy_end body;

	end->json = json;
	end->text = json;
	end->on_full = BSK_ON_FULL_DEFAULT;
	if (bsk_json_kind(json) == BSK_JSON_STRING) {
		read_target(end, bsk_json_string(json));
	} else if (bsk_json_kind(json) != BSK_JSON_OBJECT) {
		deploy_error(end->load, deploy_at(json), "wrong-kind",
		    deploy_hint("write \"NAME\", \"NAME.PORT\" or "
			"{\"to\": \"NAME\"}"),
		    "expected a target, not %s", bsk_json_kind_text(json));
	} else if (deploy_section(end->load, NULL, json, &deploy_end_type,
	    NULL, &body)) {
		end->text = bsk_json_member(json, "to");
		end->on_full = body.on_full;
		read_target(end, body.to.chars);
		bsk_type_drop(&deploy_end_type, &body);
	}
}

static void
read_port(struct deploy_load *load, struct deploy_actor *from,
    const bsk_json *out, const bsk_json *json)
{
	struct end end = {.load = load, .from = from};
	const char *name = bsk_json_key(json);
	const bsk_json *element;

	if (!find_port(from->class_, BSK_OUT, name, &end.port)) {
		deploy_error(load, deploy_at_key(out, name), "unknown-port",
		    hint_port(from->class_, BSK_OUT, name),
		    "\"%s\" has no out port \"%s\"", from->name, name);
		return;
	}
	if (bsk_json_kind(json) != BSK_JSON_ARRAY) {
		read_end(&end, json);
		return;
	}
	for (element = bsk_json_first(json); element != NULL;
	    element = bsk_json_next(element))
		read_end(&end, element);
}

/* As many wires as there can be. */
static size_t
count_ends(const bsk_json *out)
{
	const bsk_json *port;
	size_t count = 0;

	for (port = bsk_json_first(out); port != NULL;
	    port = bsk_json_next(port))
		count += 1 + bsk_json_count(port);
	return count;
}

static void
read_out(struct deploy_load *load, struct deploy_actor *actor,
    const bsk_json *out)
{
	const bsk_json *port;

	if (!deploy_is_kind(load, out, BSK_JSON_OBJECT) ||
	    actor->class_ == NULL)
		return;
	actor->wires = calloc(count_ends(out) + 1, sizeof(*actor->wires));
	if (actor->wires == NULL) {
		deploy_fail(load, -ENOMEM);
		return;
	}
	for (port = deploy_first(out); port != NULL; port = deploy_next(port))
		read_port(load, actor, out, port);
}

void
deploy_wire_read(struct deploy_load *load)
{
	struct bsk_deployment *deployment = load->deployment;
	const bsk_json *out;
	size_t i;

	for (i = 0; i < deployment->actor_count; i++) {
		out = bsk_json_member(deployment->actors[i].at, "out");
		if (out != NULL)
			read_out(load, &deployment->actors[i], out);
	}
}
