/* notice.c - messages that are sent again and again.
 *
 * One word says all about a notice: the bits that were posted and not yet
 * handed over, whether its one message is under way, and whether its maker has
 * let go of it. Whoever turns "under way" on sends the message; whoever
 * handles it turns that off again.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "notice.h"

#define UNDER_WAY 0x80000000u
#define LET_GO 0x40000000u
#define BITS 0x3fffffffu

struct bsk_notice {
	struct bsk_notice *next;       /* of the same maker */
	struct bsk_notice **place;     /* what points to this one */
	_Atomic uint32_t word;
	size_t bits_offset;            /* in the body */
	bsk_ref to;
	bsk_ref from;
	struct bsk_message message;    /* the body follows */
};

static uint16_t
flags_of(const struct bsk_type *type)
{
	return (uint16_t)(MESSAGE_NOTICE | MESSAGE_EXEMPT |
	    message_flags_of(type));
}

int
notice_new(struct bsk_notice **first, bsk_ref from, bsk_ref to,
    const struct bsk_type *type, const void *body, size_t bits_offset,
    struct bsk_notice **ret_notice)
{
	struct bsk_notice *notice;

	if ((type->marks & BSK_TYPE_OWNS) != 0 ||
	    bits_offset + sizeof(uint32_t) > type->size)
		return -EINVAL;
	notice = calloc(1, sizeof(*notice) + type->size);
	if (notice == NULL)
		return -ENOMEM;
	notice->bits_offset = bits_offset;
	notice->to = to;
	notice->from = from;
	notice->message.type = type;
	notice->message.flags = flags_of(type);
	notice->message.ask = (uintptr_t)notice;
	memcpy(message_body(&notice->message), body, type->size);
	notice->next = *first;
	notice->place = first;
	if (notice->next != NULL)
		notice->next->place = &notice->next;
	*first = notice;
	*ret_notice = notice;
	return 0;
}

static struct bsk_notice *
notice_of(const struct bsk_message *message)
{
	return (struct bsk_notice *)(uintptr_t)message->ask;
}

/* Whether the caller is to send the message now. */
bool
notice_add(struct bsk_notice *notice, uint32_t bits)
{
	/* Acquire and release: pairs with those in notice_open and
	 * notice_home, so the message is in one pair of hands at a time. */
	uint32_t before = atomic_fetch_or_explicit(&notice->word,
	    UNDER_WAY | (bits & BITS), memory_order_acq_rel);

	return (before & UNDER_WAY) == 0;
}

struct bsk_message *
notice_message(struct bsk_notice *notice)
{
	notice->message.to = notice->to;
	notice->message.from = notice->from;
	notice->message.flags = flags_of(notice->message.type);
	return &notice->message;
}

void
notice_open(struct bsk_message *message)
{
	struct bsk_notice *notice = notice_of(message);
	uint32_t bits;

	/* Pairs with notice_add: what it or-ed in is handed over once. */
	bits = atomic_fetch_and_explicit(&notice->word, ~BITS,
	    memory_order_acq_rel) & BITS;
	memcpy((char *)message_body(message) + notice->bits_offset, &bits,
	    sizeof(bits));
}

/* A notice to an actor that is gone comes home once and stays: what is posted
 * later finds it gone again. */
bool
notice_home(struct bsk_message *message)
{
	struct bsk_notice *notice = notice_of(message);
	uint32_t word = atomic_load_explicit(&notice->word,
	    memory_order_acquire); /* pairs with notice_add */

	for (;;) {
		if ((word & LET_GO) != 0) {
			free(notice);
			return false;
		}
		if ((word & BITS) != 0) {
			(void)notice_message(notice);
			return true;
		}
		/* Release: whoever posts next has the message as it is. */
		if (atomic_compare_exchange_weak_explicit(&notice->word,
		    &word, word & ~UNDER_WAY, memory_order_acq_rel,
		    memory_order_acquire))
			return false;
	}
}

static void
let_go(struct bsk_notice *notice)
{
	/* Pairs with notice_home: one of the two frees it. */
	uint32_t before = atomic_fetch_or_explicit(&notice->word, LET_GO,
	    memory_order_acq_rel);

	if ((before & UNDER_WAY) == 0)
		free(notice);
}

void
notice_free(struct bsk_notice *notice)
{
	*notice->place = notice->next;
	if (notice->next != NULL)
		notice->next->place = notice->place;
	let_go(notice);
}

void
notice_free_all(struct bsk_notice *first)
{
	while (first != NULL) {
		struct bsk_notice *next = first->next;

		let_go(first);
		first = next;
	}
}
