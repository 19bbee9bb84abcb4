/* src/list.c - owned arrays. Dropping one needs to know what its elements
 * are: that is in field.c. */
#include <stdlib.h>

#include <buskin/value.h>

static const bsk_list lost_list = {NULL, UINT32_MAX};

bsk_list
bsk_list_new(size_t element_size, uint32_t count)
{
	bsk_list list = {NULL, count};

	if (count == 0)
		return list;
	if (count == UINT32_MAX)
		return lost_list;
	list.items = calloc(count, element_size);
	return list.items == NULL ? lost_list : list;
}

bsk_list
bsk_list_of_texts(const char *const *texts, uint32_t count)
{
	bsk_list list = bsk_list_new(sizeof(bsk_text), count);
	bsk_text *items = list.items;
	uint32_t i;

	if (bsk_list_is_lost(list))
		return list;
	for (i = 0; i < count; i++) {
		items[i] = bsk_text_copy(texts[i]);
		if (bsk_text_is_lost(items[i]))
			break;
	}
	if (i == count)
		return list;
	while (i-- > 0)
		bsk_text_drop(&items[i]);
	free(items);
	return lost_list;
}

bool
bsk_list_is_lost(bsk_list list)
{
	return list.count == UINT32_MAX;
}
