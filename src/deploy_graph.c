/* src/deploy_graph.c - the graph that a deployment will be.
 *
 * In the form of the inspector's operation "graph", so that one program draws
 * both: what only a running system knows is null or zero here, and the ids are
 * names.
 */
#include <errno.h>
#include <string.h>

#include <buskin/message.h>

#include "deploy.h"
#include "deploy_types.h"

/* A tree that grows; after a failure nothing is put any more. */
struct sink {
	const struct bsk_deployment *deployment;
	int result;
};

static void
put(struct sink *in, bsk_json *object, const char *key, bsk_json *value)
{
	int result = bsk_json_put(object, key, value);

	if (in->result == 0)
		in->result = result;
}

static void
append(struct sink *in, bsk_json *array, bsk_json *value)
{
	int result = bsk_json_append(array, value);

	if (in->result == 0)
		in->result = result;
}

static void
put_text(struct sink *in, bsk_json *object, const char *key,
    const char *chars)
{
	put(in, object, key, chars == NULL ? bsk_json_new_null() :
	    bsk_json_new_string(chars));
}

static void
put_number(struct sink *in, bsk_json *object, const char *key,
    uint32_t number)
{
	put(in, object, key, bsk_json_new_number(number));
}

static void
put_zero(struct sink *in, bsk_json *object, const char *key)
{
	put(in, object, key, bsk_json_new_counter(0));
}

static void
put_ends(struct sink *in, bsk_json *object)
{
	bsk_json *ends = bsk_json_new_object();
	int end;

	for (end = 0; end < BSK_END_COUNT && ends != NULL; end++)
		put_zero(in, ends, bsk_end_text((enum bsk_end)end));
	put(in, object, "ends", ends);
}

static const char *
placement_of(const struct deploy_actor *actor)
{
	int32_t placement = actor->spec.placement;

	if (placement == BSK_PLACE_DEFAULT)
		placement = (int32_t)actor->class_->placement;
	if (placement == BSK_PLACE_DEFAULT)
		placement = BSK_PLACE_POOL;
	return deploy_placement_words[placement];
}

/* A node with what every one has. */
static bsk_json *
new_node(struct sink *in, const char *name, const char *class_name,
    const char *parent)
{
	bsk_json *node = bsk_json_new_object();

	if (node == NULL) {
		in->result = -ENOMEM;
		return NULL;
	}
	put_text(in, node, "id", name);
	put_text(in, node, "name", name);
	put_text(in, node, "class", class_name);
	put_text(in, node, "parent", parent);
	put_text(in, node, "state", "planned");
	put(in, node, "worker", bsk_json_new_null());
	put(in, node, "suspended", bsk_json_new_bool(false));
	put(in, node, "waits_for", bsk_json_new_null());
	put_number(in, node, "depth", 0);
	put_number(in, node, "high_water", 0);
	put(in, node, "alarmed", bsk_json_new_bool(false));
	put_zero(in, node, "oldest_ns");
	put_number(in, node, "held", 0);
	put_number(in, node, "restarts", 0);
	put_zero(in, node, "handler_ns");
	put_ends(in, node);
	return node;
}

static void
append_actor(struct sink *in, bsk_json *nodes,
    const struct deploy_actor *actor)
{
	uint32_t capacity = actor->spec.capacity;
	bsk_json *node = new_node(in, actor->name, actor->class_->name,
	    actor->supervisor);

	if (node == NULL)
		return;
	if (capacity == 0)
		capacity = in->deployment->system.mailbox.capacity;
	put_text(in, node, "supervisor", actor->supervisor);
	put_text(in, node, "placement", placement_of(actor));
	put_number(in, node, "capacity", capacity == 0 ?
	    DEPLOY_CAPACITY : capacity);
	append(in, nodes, node);
}

static void
append_other(struct sink *in, bsk_json *nodes, const char *name,
    const char *class_name, const char *supervisor)
{
	uint32_t capacity = in->deployment->system.mailbox.capacity;
	bool is_deployer = strcmp(class_name, DEPLOY_DEPLOYER) == 0;
	bsk_json *node = new_node(in, name, class_name,
	    supervisor != NULL || is_deployer ? supervisor : DEPLOY_DEPLOYER);

	if (node == NULL)
		return;
	put_text(in, node, "supervisor", supervisor);
	put_text(in, node, "placement", deploy_placement_words[BSK_PLACE_POOL]);
	put_number(in, node, "capacity", capacity == 0 ?
	    DEPLOY_CAPACITY : capacity);
	append(in, nodes, node);
}

static bsk_json *
new_nodes(struct sink *in)
{
	const struct bsk_deployment *deployment = in->deployment;
	bsk_json *nodes = bsk_json_new_array();
	size_t i;

	append_other(in, nodes, DEPLOY_DEPLOYER, DEPLOY_DEPLOYER, NULL);
	for (i = 0; i < deployment->supervisor_count; i++)
		append_other(in, nodes, deployment->supervisors[i].name,
		    DEPLOY_SUPERVISOR, deployment->supervisors[i].parent);
	for (i = 0; i < deployment->actor_count; i++)
		append_actor(in, nodes, &deployment->actors[i]);
	return nodes;
}

static void
append_edge(struct sink *in, bsk_json *edges, const struct deploy_actor *from,
    const struct deploy_wire *wire)
{
	const struct bsk_port *port = &from->class_->ports[wire->port];
	const char *to = in->deployment->actors[wire->to].name;
	bsk_json *edge = bsk_json_new_object();

	if (edge == NULL) {
		in->result = -ENOMEM;
		return;
	}
	put_text(in, edge, "from", from->name);
	put_text(in, edge, "to", to);
	put_text(in, edge, "from_name", from->name);
	put_text(in, edge, "to_name", to);
	put_text(in, edge, "port", port->name);
	put_text(in, edge, "type", port->type->name);
	put(in, edge, "declared", bsk_json_new_bool(true));
	put(in, edge, "observed", bsk_json_new_bool(false));
	put_zero(in, edge, "sent");
	put_ends(in, edge);
	put_zero(in, edge, "queued");
	put_text(in, edge, "on_full", deploy_on_full_words[
	    deploy_on_full(in->deployment, wire)]);
	append(in, edges, edge);
}

static bsk_json *
new_edges(struct sink *in)
{
	const struct bsk_deployment *deployment = in->deployment;
	bsk_json *edges = bsk_json_new_array();
	const struct deploy_actor *actor;
	size_t i;
	size_t j;

	for (i = 0; i < deployment->actor_count; i++) {
		actor = &deployment->actors[i];
		for (j = 0; j < actor->wire_count; j++)
			append_edge(in, edges, actor, &actor->wires[j]);
	}
	return edges;
}

static void
append_pair(struct sink *in, bsk_json *layer, const char *supervisor,
    const char *child)
{
	bsk_json *pair = bsk_json_new_object();

	put_text(in, pair, "supervisor", supervisor);
	put_text(in, pair, "child", child);
	append(in, layer, pair);
}

static bsk_json *
new_layers(struct sink *in)
{
	const struct bsk_deployment *deployment = in->deployment;
	bsk_json *layers = bsk_json_new_object();
	bsk_json *layer = bsk_json_new_array();
	size_t i;

	for (i = 0; i < deployment->supervisor_count; i++)
		if (deployment->supervisors[i].parent != NULL)
			append_pair(in, layer,
			    deployment->supervisors[i].parent,
			    deployment->supervisors[i].name);
	for (i = 0; i < deployment->actor_count; i++)
		append_pair(in, layer, deployment->actors[i].supervisor,
		    deployment->actors[i].name);
	put(in, layers, "supervision", layer);
	return layers;
}

int
bsk_deployment_graph(const bsk_deployment *deployment, bsk_json **ret_json)
{
	struct sink in = {deployment, 0};
	bsk_json *graph = bsk_json_new_object();

	put_text(&in, graph, "name", deployment->name);
	put(&in, graph, "nodes", new_nodes(&in));
	put(&in, graph, "edges", new_edges(&in));
	put(&in, graph, "layers", new_layers(&in));
	put(&in, graph, "resources", bsk_json_new_object());
	if (in.result < 0) {
		bsk_json_free(graph);
		return in.result;
	}
	*ret_json = graph;
	return 0;
}
