/* notice.h - messages that are sent again and again. */
#ifndef NOTICE_H
#define NOTICE_H

#include <buskin/notice.h>

#include "message.h"

/* Makes a notice and puts it into its maker's list; as bsk_notice_new. */
int notice_new(struct bsk_notice **first, bsk_ref from, bsk_ref to,
    const struct bsk_type *type, const void *body, size_t bits_offset,
    struct bsk_notice **ret_notice);

/* Adds bits. Whether the caller is to send the message now. */
bool notice_add(struct bsk_notice *notice, uint32_t bits);

/* The message, addressed. */
struct bsk_message *notice_message(struct bsk_notice *notice);

/* Takes it out of its maker's list and frees it as soon as it is home. */
void notice_free(struct bsk_notice *notice);

/* Fills in the bits that were posted until now; the message is about to be
 * handled. */
void notice_open(struct bsk_message *message);

/* The message has been handled, or is not going to be. Whether it is to be
 * sent once more; if not, its maker may post it again. */
bool notice_home(struct bsk_message *message);

/* Frees all notices of a list; those under way when they come home. */
void notice_free_all(struct bsk_notice *first);

#endif
