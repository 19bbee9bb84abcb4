/* message.c - making, copying and freeing messages. */
#include <stdlib.h>
#include <string.h>

#include "current.h"
#include "message.h"
#include "rare.h"
#include "worker.h"

static struct bsk_message *
allocate(const struct bsk_type *type)
{
	struct worker *worker = current_worker;
	uint16_t flags = message_flags_of(type);
	struct bsk_message *message;

	if (worker != NULL) {
		message = arena_get(&worker->arena, message_size(type));
	} else {
		message = malloc(message_size(type));
		flags |= MESSAGE_OUTSIDE;
	}
	if (message == NULL)
		return NULL;
	if (worker != NULL)
		bump(&worker->messages_made, 1);
	*message = (struct bsk_message){ .type = type, .flags = flags };
	return message;
}

static void
deallocate(struct bsk_message *message)
{
	struct worker *worker = current_worker;

	if (worker != NULL)
		bump(&worker->messages_freed, 1);
	if ((message->flags & MESSAGE_OUTSIDE) != 0)
		free(message);
	else
		arena_put(&worker->arena, message, message_size(message->type));
}

/* What could not become a message is dropped. */
static void
drop(const struct bsk_type *type, const void *body)
{
	_Alignas(16) char doomed[BSK_TYPE_SIZE_MAX];

	memcpy(doomed, body, type->size);
	bsk_type_drop(type, doomed);
}

/* Most bodies are a few words, for which a call costs more than the copy. */
static inline void
copy_body(void *to, const void *from, size_t size)
{
	if (size == 16)
		memcpy(to, from, 16);
	else if (size == 8)
		memcpy(to, from, 8);
	else
		memcpy(to, from, size);
}

/* One that owns is looked over before it is copied. */
static LONG_WAY bsk_message *
make(const struct bsk_type *type, const void *body)
{
	struct bsk_message *message = NULL;

	if ((type->marks & BSK_TYPE_OWNS) == 0 ||
	    !bsk_type_has_lost(type, body))
		message = allocate(type);
	if (message == NULL)
		drop(type, body);
	else
		copy_body(message_body(message), body, type->size);
	return message;
}

/* Most are made by a handler, of a type that nothing is special about and of
 * memory that was used before. */
bsk_message *
bsk_message_new(const struct bsk_type *type, const void *body)
{
	struct worker *worker = current_worker;
	struct bsk_message *message = NULL;

	if (worker != NULL && type->marks == 0)
		message = arena_get_again(&worker->arena, message_size(type));
	if (RARELY(message == NULL))
		return make(type, body);
	bump(&worker->messages_made, 1);
	*message = (struct bsk_message){ .type = type };
	copy_body(message_body(message), body, type->size);
	return message;
}

bsk_message *
bsk_message_of_parcel(struct bsk_parcel *parcel)
{
	struct bsk_message *message;
	const struct bsk_type *type;

	if (parcel == NULL || bsk_parcel_is_lost(parcel))
		return NULL;
	type = bsk_parcel_type(parcel);
	message = allocate(type);
	if (message != NULL &&
	    bsk_type_copy(type, bsk_parcel_body(parcel),
	    message_body(message)) < 0) {
		deallocate(message);
		message = NULL;
	}
	bsk_parcel_free(parcel);
	return message;
}

bsk_message *
bsk_message_copy(const bsk_message *message)
{
	struct bsk_message *copy = allocate(message->type);

	if (copy == NULL)
		return NULL;
	if (bsk_type_copy(message->type, bsk_message_body(message),
	    message_body(copy)) < 0) {
		deallocate(copy);
		return NULL;
	}
	copy->on_full = message->on_full;
	return copy;
}

void
bsk_message_free(bsk_message *message)
{
	if (message == NULL)
		return;
	if ((message->type->marks & BSK_TYPE_OWNS) != 0)
		bsk_type_drop(message->type, message_body(message));
	deallocate(message);
}

const struct bsk_type *
bsk_message_type(const bsk_message *message)
{
	return message->type;
}

const void *
bsk_message_body(const bsk_message *message)
{
	return message + 1;
}

bsk_ref
bsk_message_sender(const bsk_message *message)
{
	return message->from;
}

bool
bsk_message_is_ask(const bsk_message *message)
{
	return (message->flags & MESSAGE_ASKS) != 0;
}

const char *
bsk_end_text(enum bsk_end end)
{
	static const char *const texts[BSK_END_COUNT] = {
		"handled", "replied", "dead", "dropped", "expired",
		"cancelled", "lost",
	};

	return (unsigned)end < BSK_END_COUNT ? texts[end] : "?";
}
