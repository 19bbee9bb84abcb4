/* held.c - the messages in an actor's hands. */
#include <errno.h>

#include "held.h"
#include "post.h"
#include "room.h"

int
held_add(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	struct extras *extras = cell_extras(cell);

	if (extras == NULL)
		return -ENOMEM;
	message->flags |= MESSAGE_HELD;
	message->before = NULL;
	message->next = extras->own.held;
	if (message->next != NULL)
		message->next->before = message;
	extras->own.held = message;
	bump(&extras->held, 1);
	(void)room_take_up(worker, cell, message);
	return 0;
}

void
held_remove(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	struct extras *extras = cell_has_extras(cell);

	if (message->before != NULL)
		message->before->next = message->next;
	else
		extras->own.held = message->next;
	if (message->next != NULL)
		message->next->before = message->before;
	message->flags &= (uint16_t)~MESSAGE_HELD;
	message->to = cell_ref(cell);
	poke(&extras->held, peek(&extras->held) - 1);
	room_give_back(worker, cell, message);
	room_offer(worker, cell);
}

void
held_lose(struct worker *worker, struct cell *cell, int reason)
{
	struct extras *extras = cell_has_extras(cell);

	while (extras != NULL && extras->own.held != NULL) {
		struct bsk_message *message = extras->own.held;

		held_remove(worker, cell, message);
		post_end(worker, cell, message, BSK_END_LOST,
		    reason < 0 ? reason : -ECANCELED);
	}
}
