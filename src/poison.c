/* poison.c - messages that handlers fail on, again and again.
 *
 * What is put back is the first that the next incarnation handles, so the
 * deaths that a message counts follow one after another.
 */
#include <stdlib.h>
#include <string.h>

#include <buskin/json.h>

#include "poison.h"
#include "post.h"
#include "utf8.h"

#define POISON_DEFAULT 3u

/* Whether it means to the next incarnation what it meant to this one. */
static bool
is_for_the_next(const struct bsk_ctx *ctx)
{
	return ctx->deeds == 0 && !message_is_control(ctx->message) &&
	    (ctx->message->flags & (MESSAGE_RUNTIME | MESSAGE_ANSWERS |
	    MESSAGE_TIMER | MESSAGE_NOTICE)) == 0;
}

static unsigned
limit_of(struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);

	return extras == NULL || extras->own.poison == 0 ? POISON_DEFAULT :
	    extras->own.poison;
}

/* None for want of memory: the fault is told all the same. */
static bsk_text
content_of(struct bsk_message *message)
{
	bsk_text content = {NULL};
	bsk_json *json = NULL;
	char *chars;

	if (bsk_type_to_json(message->type, message_body(message),
	    BSK_SECRETS_MASKED, &json) < 0)
		return content;
	chars = bsk_json_text(json);
	bsk_json_free(json);
	if (chars != NULL)
		content = bsk_text_copy_n(chars, utf8_cut(chars,
		    BSK_FAULT_CONTENT_MAX));
	free(chars);
	if (bsk_text_is_lost(content))
		content = (bsk_text){NULL};
	return content;
}

bool
poison_spares(struct bsk_ctx *ctx, bsk_text *ret_content)
{
	struct bsk_message *message = ctx->message;

	if (!cell_has(ctx->cell, CELL_REDELIVERS) || !is_for_the_next(ctx))
		return false;
	if (++message->deaths >= limit_of(ctx->cell)) {
		*ret_content = content_of(message);
		return false;
	}
	post_back(ctx->worker, ctx->cell, message);
	return true;
}
