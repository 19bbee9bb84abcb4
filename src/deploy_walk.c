/* src/deploy_walk.c - going along the wires, depth first.
 *
 * A stack of our own, not the thread's: how long a chain of wires is, is up to
 * whoever wrote the file.
 */
#include <errno.h>
#include <stdlib.h>

#include "deploy_walk.h"

enum mark {
	NEW,
	ON_STACK,
	LEFT
};

static void
enter(struct deploy_walk *walk, size_t actor)
{
	walk->marks[actor] = ON_STACK;
	walk->steps[walk->depth++] = (struct deploy_walk_step){actor, 0};
}

static size_t
depth_of(const struct deploy_walk *walk, size_t actor)
{
	size_t i = walk->depth - 1;

	while (walk->steps[i].actor != actor)
		i--;
	return i;
}

static void
follow(struct deploy_walk *walk, const struct deploy_wire *wire)
{
	if (walk->follows != NULL &&
	    !walk->follows(walk->deployment, wire))
		return;
	if (walk->marks[wire->to] == NEW)
		enter(walk, wire->to);
	else if (walk->marks[wire->to] == ON_STACK && walk->on_cycle != NULL)
		walk->on_cycle(walk, wire, depth_of(walk, wire->to));
}

static void
walk_from(struct deploy_walk *walk, size_t root)
{
	const struct deploy_actor *actors = walk->deployment->actors;
	struct deploy_walk_step *top;

	enter(walk, root);
	while (walk->depth > 0) {
		top = &walk->steps[walk->depth - 1];
		if (top->next < actors[top->actor].wire_count) {
			follow(walk, &actors[top->actor].wires[top->next++]);
			continue;
		}
		walk->marks[top->actor] = LEFT;
		walk->depth--;
		if (walk->on_left != NULL)
			walk->on_left(walk, top->actor);
	}
}

int
deploy_walk(struct deploy_walk *walk, const size_t *roots)
{
	size_t count = walk->deployment->actor_count;
	int result = -ENOMEM;
	size_t root;
	size_t i;

	walk->depth = 0;
	walk->steps = calloc(count + 1, sizeof(*walk->steps));
	walk->marks = calloc(count + 1, 1);
	if (walk->steps != NULL && walk->marks != NULL) {
		for (i = 0; i < count; i++) {
			root = roots == NULL ? i : roots[i];
			if (walk->marks[root] == NEW)
				walk_from(walk, root);
		}
		result = 0;
	}
	free(walk->steps);
	free(walk->marks);
	return result;
}
