/* src/deploy_order.c - who is started before whom. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "deploy_order.h"
#include "deploy_walk.h"

/* The order as far as it is known. */
struct line {
	struct bsk_deployment *deployment;
	size_t length;
};

/* When it is its turn: services come first, and what tells the service manager
 * that all is ready comes last. */
static int
turn_of(const struct deploy_actor *actor)
{
	if (strcmp(actor->name, DEPLOY_NOTIFIER) == 0)
		return 2;
	return strcmp(actor->name, actor->class_->name) == 0 ? 0 : 1;
}

/* Writes the actors' indices by their turns; within one, as in the file. */
static void
list_roots(const struct bsk_deployment *deployment, size_t *roots)
{
	size_t count = 0;
	size_t i;
	int turn;

	for (turn = 0; turn <= 2; turn++)
		for (i = 0; i < deployment->actor_count; i++)
			if (turn_of(&deployment->actors[i]) == turn)
				roots[count++] = i;
}

/* What an actor sends to has been left before it. */
static void
on_left(struct deploy_walk *walk, size_t actor)
{
	struct line *line = walk->arg;
	struct bsk_deployment *deployment = line->deployment;

	deployment->actors[actor].position = line->length;
	deployment->order[line->length++] = actor;
}

void
deploy_order(struct deploy_load *load)
{
	struct bsk_deployment *deployment = load->deployment;
	struct line line = {deployment, 0};
	struct deploy_walk walk = {deployment, NULL, NULL, on_left, &line,
	    NULL, 0, NULL};
	size_t count = deployment->actor_count + 1;
	size_t *roots = calloc(count, sizeof(*roots));

	deployment->order = malloc(count * sizeof(*deployment->order));
	if (roots == NULL || deployment->order == NULL) {
		deploy_fail(load, -ENOMEM);
		free(roots);
		return;
	}
	list_roots(deployment, roots);
	if (deploy_walk(&walk, roots) < 0)
		deploy_fail(load, -ENOMEM);
	free(roots);
}
