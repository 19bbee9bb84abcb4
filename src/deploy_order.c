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

/* Writes the actors' indices, services first; else as in the file. */
static void
list_roots(const struct bsk_deployment *deployment, size_t *roots)
{
	size_t count = 0;
	size_t i;
	int pass;
	const struct deploy_actor *actor;

	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < deployment->actor_count; i++) {
			actor = &deployment->actors[i];
			if ((strcmp(actor->name, actor->class_->name) != 0) ==
			    pass)
				roots[count++] = i;
		}
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
