/* kin.c - parents and children. */
#include "kin.h"

static struct cell *
at(struct worker *worker, uint32_t index)
{
	return index == 0 ? NULL :
	    cells_find(&worker->system->cells, (bsk_ref){index});
}

struct cell *
kin_newest(struct worker *worker, struct cell *parent)
{
	return at(worker, parent->first_child);
}

struct cell *
kin_older(struct worker *worker, struct cell *child)
{
	return at(worker, child->next_sibling);
}

void
kin_link(struct worker *worker, struct cell *parent, struct cell *child)
{
	struct cell *newest = kin_newest(worker, parent);

	child->previous_sibling = 0;
	child->next_sibling = parent->first_child;
	if (newest != NULL)
		newest->previous_sibling = child->index;
	parent->first_child = child->index;
}

void
kin_unlink(struct worker *worker, struct cell *parent, struct cell *child)
{
	struct cell *newer = at(worker, child->previous_sibling);
	struct cell *older = at(worker, child->next_sibling);

	if (newer != NULL)
		newer->next_sibling = child->next_sibling;
	else if (parent->first_child == child->index)
		parent->first_child = child->next_sibling;
	if (older != NULL)
		older->previous_sibling = child->previous_sibling;
	child->next_sibling = 0;
	child->previous_sibling = 0;
}

/* Siblings on their way to another order. */
struct chain {
	struct cell *first;
	struct cell *last;
};

static void
append(struct chain *chain, struct cell *child)
{
	child->next_sibling = 0;
	child->previous_sibling = 0;
	if (chain->last == NULL) {
		chain->first = child;
	} else {
		chain->last->next_sibling = child->index;
		child->previous_sibling = chain->last->index;
	}
	chain->last = child;
}

void
kin_sort(struct worker *worker, struct cell *parent,
    unsigned (*key)(struct bsk_system *system, struct cell *child))
{
	struct chain chains[KIN_KEYS] = {{NULL, NULL}};
	struct chain all = {NULL, NULL};
	struct cell *child = kin_newest(worker, parent);
	struct cell *next;

	for (; child != NULL; child = next) {
		next = kin_older(worker, child);
		append(&chains[key(worker->system, child)], child);
	}
	for (unsigned i = 0; i < KIN_KEYS; i++)
		for (child = chains[i].first; child != NULL; child = next) {
			next = kin_older(worker, child);
			append(&all, child);
		}
	parent->first_child = all.first == NULL ? 0 : all.first->index;
}
