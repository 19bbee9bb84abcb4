/* status.c - lists of what an actor keeps for others. */
#include <stdlib.h>

#include <buskin/status.h>

#define ROOM_LEAST 8u

/* The list has room up to the next power of two. */
static bool
is_full(uint32_t count)
{
	return count == 0 ||
	    (count >= ROOM_LEAST && (count & (count - 1)) == 0);
}

static bool
grow(bsk_list *list)
{
	size_t room = list->count == 0 ? ROOM_LEAST : 2 * (size_t)list->count;
	void *items = realloc(list->items, room * sizeof(struct bsk_resource));

	if (items != NULL)
		list->items = items;
	return items != NULL;
}

static void
lose(bsk_list *list)
{
	struct bsk_resource *items = list->items;

	for (uint32_t i = 0; i < list->count; i++)
		bsk_text_drop(&items[i].what);
	free(items);
	list->items = NULL;
	list->count = UINT32_MAX;
}

void
bsk_resources_add(bsk_list *list, bsk_ref owner, int32_t number,
    const char *what)
{
	struct bsk_resource *items;

	if (bsk_list_is_lost(*list) || list->count == BSK_STATUS_LIST_MAX)
		return;
	if (is_full(list->count) && !grow(list)) {
		lose(list);
		return;
	}
	items = list->items;
	items[list->count++] = (struct bsk_resource){
		.owner = owner,
		.number = number,
		.what = bsk_text_copy(what),
	};
}
