/* src/deploy_near.c - a hint for a word that is unknown. */
#include <stdio.h>
#include <string.h>

#include "deploy_near.h"

void
deploy_near_start(struct deploy_near *near, const char *word)
{
	nearest_start(&near->nearest, word);
	near->list[0] = '\0';
	near->length = 0;
}

void
deploy_near_try(struct deploy_near *near, const char *candidate)
{
	size_t room = sizeof(near->list) - near->length;
	const char *comma = near->length == 0 ? "" : ", ";
	int length;

	nearest_offer(&near->nearest, candidate);
	if (strlen(candidate) + strlen(comma) >= room)
		return;
	length = snprintf(near->list + near->length, room, "%s%s", comma,
	    candidate);
	near->length += (size_t)length;
}

bsk_text
deploy_near_hint(const struct deploy_near *near)
{
	if (near->nearest.best != NULL)
		return bsk_text_format("did you mean \"%s\"?",
		    near->nearest.best);
	if (near->length > 0)
		return bsk_text_format("one of %s", near->list);
	return bsk_text_copy(NULL);
}
