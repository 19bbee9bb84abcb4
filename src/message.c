/* message.c - making, copying and freeing messages. */
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "message.h"

/* On a worker's thread from its arena, elsewhere from malloc(3). */
static struct bsk_message *
get(const struct bsk_type *type)
{
	struct worker *worker = current_worker;
	struct bsk_message *message;

	if (worker == NULL)
		return malloc(message_size(type));
	INSIDE(worker);
	message = arena_get(&worker->arena, message_size(type));
	if (message != NULL)
		bump(&worker->messages_made, 1);
	return message;
}

static struct bsk_message *
allocate(const struct bsk_type *type)
{
	unsigned flags = message_flags_of(type);
	struct bsk_message *message = get(type);

	if (message == NULL)
		return NULL;
	if (current_worker == NULL)
		flags |= MESSAGE_OUTSIDE;
	*message = (struct bsk_message){ .type = type,
	    .flags = (uint16_t)flags };
	return message;
}

static void
put(struct worker *worker, struct bsk_message *message)
{
	INSIDE(worker);

	bump(&worker->messages_freed, 1);
	if ((message->flags & MESSAGE_OUTSIDE) == 0)
		arena_put(&worker->arena, message,
		    message_size(message->type));
}

static void
deallocate(struct bsk_message *message)
{
	bool is_outside = (message->flags & MESSAGE_OUTSIDE) != 0;

	if (current_worker != NULL)
		put(current_worker, message);
	if (is_outside)
		free(message);
}

/* What could not become a message is dropped. */
static void
drop(const struct bsk_type *type, const void *body)
{
	_Alignas(16) char doomed[BSK_TYPE_SIZE_MAX];

	memcpy(doomed, body, type->size);
	bsk_type_drop(type, doomed);
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
		memcpy(message_body(message), body, type->size);
	return message;
}

/* A piece that this worker has used before, counted; NULL: take the long
 * way. */
static inline struct bsk_message *
get_again(struct worker *worker, size_t size)
{
	struct bsk_message *message;
	bool before;

	if (!inside_try(worker, &before))
		return NULL;
	message = arena_get_again(&worker->arena, size);
	if (message != NULL)
		bump(&worker->messages_made, 1);
	inside_end(&before);
	return message;
}

static LONG_WAY bsk_message *
copy_long(struct bsk_message *message, const void *body, size_t size)
{
	memcpy(message_body(message), body, size);
	return message;
}

/* Most bodies are a few words, for which a call costs more than the copy. */
static inline bsk_message *
with_body(struct bsk_message *message, const void *body, size_t size)
{
	if (size == 16)
		memcpy(message_body(message), body, 16);
	else if (size == 8)
		memcpy(message_body(message), body, 8);
	else
		return copy_long(message, body, size);
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
		message = get_again(worker, message_size(type));
	if (RARELY(message == NULL))
		return make(type, body);
	*message = (struct bsk_message){ .type = type };
	return with_body(message, body, type->size);
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
