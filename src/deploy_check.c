/* src/deploy_check.c - a deployment looked at as a whole. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deploy_check.h"
#include "deploy_say.h"
#include "deploy_walk.h"

/* What the runtime and the services hold beside the actors of the file. */
#define FDS_OF_OUR_OWN 32

/* Room for the names of a cycle; a longer list is cut. */
#define CYCLE_MAX 300

static bool
suspends(const struct bsk_deployment *deployment,
    const struct deploy_wire *wire)
{
	return deploy_on_full(deployment, wire) == BSK_SUSPEND;
}

static void
add_name(char *list, const char *name)
{
	size_t length = strlen(list);

	(void)snprintf(list + length, CYCLE_MAX - length, "%s%s",
	    length == 0 ? "" : " -> ", name);
}

static void
list_cycle(const struct deploy_walk *walk, const struct deploy_wire *wire,
    size_t from, char *list)
{
	const struct deploy_actor *actors = walk->deployment->actors;
	size_t i;

	list[0] = '\0';
	for (i = from; i < walk->depth; i++)
		add_name(list, actors[walk->steps[i].actor].name);
	add_name(list, actors[wire->to].name);
}

/* Each waits for room in the next: once all are full, none ever moves. */
static void
on_cycle(struct deploy_walk *walk, const struct deploy_wire *wire,
    size_t from)
{
	char list[CYCLE_MAX];

	list_cycle(walk, wire, from, list);
	deploy_error(walk->arg, deploy_at(wire->at), "suspend-cycle",
	    deploy_hint("give a wire of it another \"on_full\": refuse, "
		"drop_new or drop_old"),
	    "every mailbox of a cycle suspends: %s", list);
}

static void
check_cycles(struct deploy_load *load)
{
	struct deploy_walk walk = {load->deployment, suspends, on_cycle, NULL,
	    load, NULL, 0, NULL};
	int result = deploy_walk(&walk, NULL);

	if (result < 0)
		deploy_fail(load, result);
}

static bool
hears(const struct bsk_class *class_)
{
	size_t i;

	for (i = 0; i < class_->port_count; i++)
		if (class_->ports[i].direction == BSK_IN)
			return true;
	return false;
}

/* A service is reached by its name, a source by the world. Wires that were not
 * understood count as well: those are told of already. */
static bool
is_reached(const struct deploy_actor *actor)
{
	return actor->class_ == NULL || actor->is_wired_to ||
	    !hears(actor->class_) ||
	    bsk_json_member(actor->at, "out") != NULL ||
	    strcmp(actor->name, actor->class_->name) == 0;
}

static void
check_reach(struct deploy_load *load)
{
	struct bsk_deployment *deployment = load->deployment;
	const bsk_json *actors = bsk_json_member(deployment->tree, "actors");
	const struct deploy_actor *actor;
	size_t i;

	for (i = 0; i < deployment->actor_count; i++) {
		actor = &deployment->actors[i];
		if (is_reached(actor))
			continue;
		deploy_warning(load, deploy_at_key(actors, actor->name),
		    "unreachable", deploy_hint(NULL),
		    "nothing is wired to \"%s\", and it to nothing",
		    actor->name);
	}
}

static uint64_t
fd_limit(const struct deploy_load *load)
{
	long limit;

	if (load->options->fd_limit > 0)
		return load->options->fd_limit;
	limit = sysconf(_SC_OPEN_MAX);
	return limit < 0 ? UINT64_MAX : (uint64_t)limit;
}

static void
check_fds(struct deploy_load *load)
{
	const struct bsk_deployment *deployment = load->deployment;
	uint64_t limit = fd_limit(load);
	uint64_t need = FDS_OF_OUR_OWN;
	size_t i;

	for (i = 0; i < deployment->actor_count; i++)
		if (deployment->actors[i].class_ != NULL)
			need += deployment->actors[i].class_->fds;
	if (need <= limit)
		return;
	deploy_error(load, deploy_at_key(deployment->tree, "actors"),
	    "fd-limit", bsk_text_format("raise the limit: ulimit -n %" PRIu64
	    ", or LimitNOFILE=%" PRIu64 " in a unit", need, need),
	    "these actors may hold %" PRIu64 " descriptors, the process %"
	    PRIu64, need, limit);
}

void
deploy_check(struct deploy_load *load)
{
	check_cycles(load);
	check_reach(load);
	check_fds(load);
}
