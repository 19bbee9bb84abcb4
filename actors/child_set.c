/* actors/child_set.c - a set of children, found by pid. */
#include <errno.h>
#include <search.h>
#include <stdlib.h>

#include <buskin/child_strategy.h>

static int
by_pid(const void *one, const void *other)
{
	int32_t left = ((const struct bsk_child_node *)one)->pid;
	int32_t right = ((const struct bsk_child_node *)other)->pid;

	return (left > right) - (left < right);
}

int
bsk_child_set_insert(struct bsk_child_set *set, struct bsk_child_node *node)
{
	if (tsearch(node, &set->tree, by_pid) == NULL)
		return -ENOMEM;
	node->prev = NULL;
	node->next = set->first;
	if (set->first != NULL)
		set->first->prev = node;
	set->first = node;
	set->count++;
	return 0;
}

struct bsk_child_node *
bsk_child_set_find(const struct bsk_child_set *set, int32_t pid)
{
	const struct bsk_child_node key = { .pid = pid };
	void *found = tfind(&key, &set->tree, by_pid);

	return found == NULL ? NULL : *(struct bsk_child_node **)found;
}

void
bsk_child_set_remove(struct bsk_child_set *set, struct bsk_child_node *node)
{
	(void)tdelete(node, &set->tree, by_pid);
	if (node->prev != NULL)
		node->prev->next = node->next;
	else
		set->first = node->next;
	if (node->next != NULL)
		node->next->prev = node->prev;
	set->count--;
}

int
bsk_child_set_add(struct bsk_child_set *set, int32_t pid)
{
	struct bsk_child_node *node = calloc(1, sizeof(*node));
	int error = -ENOMEM;

	if (node != NULL) {
		node->pid = pid;
		error = bsk_child_set_insert(set, node);
	}
	if (error < 0)
		free(node);
	return error;
}

void
bsk_child_set_drop(struct bsk_child_set *set, struct bsk_child_node *node)
{
	bsk_child_set_remove(set, node);
	free(node);
}

void
bsk_child_set_clear(struct bsk_child_set *set)
{
	while (set->first != NULL)
		bsk_child_set_drop(set, set->first);
}
