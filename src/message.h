/* message.h - the envelope around a message's body. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <buskin/life.h>
#include <buskin/message.h>

/* What is special about a message. */
enum message_flag {
	MESSAGE_ASKS = 1,     /* its sender waits for an answer */
	MESSAGE_ANSWERS = 2,  /* it answers `ask` of its receiver */
	MESSAGE_EXEMPT = 4,   /* was asked for, so no mailbox bounds it */
	MESSAGE_NOTICE = 8,   /* comes home to its struct bsk_notice */
	MESSAGE_OUTSIDE = 16, /* its memory is malloc's, not an arena's */
	/* a timer of the receiver's; asked of it once more */
	MESSAGE_TIMER = 32,
	MESSAGE_HELD = 64,    /* in its receiver's hands */
	MESSAGE_RUNTIME = 128, /* between the runtime's own parts */
	MESSAGE_UNCOUNTED = 256, /* from outside; counted where it comes in */
	MESSAGE_OPENED = 512, /* was handed to its receiver, who held it */
	/* was counted as sent with the rest, so ends there */
	MESSAGE_REST = 1024,
	MESSAGE_CONTROL = 2048, /* its type is of the control lane */
	MESSAGE_OWNS = 4096,  /* its type owns something */
	/* one of those that need `ask` for something else than `put_ns` */
	MESSAGE_NUMBERED = MESSAGE_ASKS | MESSAGE_ANSWERS | MESSAGE_NOTICE |
	    MESSAGE_TIMER
};

/* One cache line with a body of two words. */
struct bsk_message {
	struct bsk_message *next;    /* in the queue it waits in */
	const struct bsk_type *type;
	union {
		bsk_ref to;                 /* whom it is for */
		/* held: it is at home; the one before */
		struct bsk_message *before;
	};
	bsk_ref from;                /* nobody: from outside, or the runtime */
	union {
		uint64_t ask;               /* which ask it is or answers */
		/* if neither, in a mailbox: when it was put in */
		int64_t put_ns;
	};
	/* in the edge table of the worker it is at */
	uint32_t edge;
	uint16_t flags;              /* enum message_flag */
	uint8_t on_full;             /* of its wire; enum bsk_on_full */
	uint8_t deaths;              /* of its receiver, one after another */
};

/* Messages in order: the last one's next is the first. */
struct message_queue {
	struct bsk_message *last; /* NULL: empty */
};

/* Bytes that a message of a type takes. */
static inline size_t
message_size(const struct bsk_type *type)
{
	return sizeof(struct bsk_message) + type->size;
}

static inline void *
message_body(struct bsk_message *message)
{
	return message + 1;
}

static inline bool
message_is_control(const struct bsk_message *message)
{
	return (message->flags & MESSAGE_CONTROL) != 0;
}

/* Whether it is the runtime's own bsk_open. */
static inline bool
message_is_open(const struct bsk_message *message)
{
	return (message->flags & MESSAGE_RUNTIME) != 0 &&
	    message->type == &bsk_open_type;
}

static inline void
message_queue_push(struct message_queue *queue, struct bsk_message *message)
{
	if (queue->last == NULL) {
		message->next = message;
	} else {
		message->next = queue->last->next;
		queue->last->next = message;
	}
	queue->last = message;
}

static inline void
message_queue_push_front(struct message_queue *queue,
    struct bsk_message *message)
{
	if (queue->last == NULL) {
		message->next = message;
		queue->last = message;
	} else {
		message->next = queue->last->next;
		queue->last->next = message;
	}
}

/* Puts all of `front` before what is in the queue. */
static inline void
message_queue_prepend(struct message_queue *queue, struct message_queue front)
{
	struct bsk_message *first;

	if (front.last == NULL)
		return;
	if (queue->last == NULL) {
		queue->last = front.last;
		return;
	}
	first = front.last->next;
	front.last->next = queue->last->next;
	queue->last->next = first;
}

/* The first, taken out of a queue with that one last. */
static inline struct bsk_message *
message_queue_pop_of(struct message_queue *queue, struct bsk_message *last)
{
	struct bsk_message *first = last->next;

	if (first == last)
		queue->last = NULL;
	else
		last->next = first->next;
	return first;
}

/* The first, taken out; NULL: empty. */
static inline struct bsk_message *
message_queue_pop(struct message_queue *queue)
{
	struct bsk_message *last = queue->last;

	return last == NULL ? NULL : message_queue_pop_of(queue, last);
}

/* What its type alone makes it. */
static inline uint16_t
message_flags_of(const struct bsk_type *type)
{
	unsigned flags = 0;

	if (type->marks == 0)
		return 0;
	if ((type->marks & BSK_TYPE_NEWS) != 0)
		flags |= MESSAGE_EXEMPT;
	if ((type->marks & BSK_TYPE_CONTROL) != 0)
		flags |= MESSAGE_CONTROL;
	if ((type->marks & BSK_TYPE_OWNS) != 0)
		flags |= MESSAGE_OWNS;
	return (uint16_t)flags;
}

/* Whether there is nothing special about it: most are plain, and take the
 * shorter way. */
static inline bool
message_is_plain(const struct bsk_message *message)
{
	return message->flags == 0;
}

/* How much of a mailbox's bytes it takes. */
static inline size_t
message_weight(struct bsk_message *message)
{
	if ((message->flags & MESSAGE_OWNS) == 0)
		return message->type->size;
	return bsk_type_weight(message->type, message_body(message));
}

#endif
