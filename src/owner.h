/* owner.h - whose a system is: the process that created it.
 *
 * A page that the kernel gives to a forked child emptied (MADV_WIPEONFORK): so
 * a child that has not called exec learns, at the price of one load, that the
 * threads it would wait for are not there.
 */
#ifndef OWNER_H
#define OWNER_H

#include <stdbool.h>
#include <stddef.h>

/* Marks this process as the owner. -ENOMEM. */
int owner_init(const volatile unsigned char **ret_owner);

/* Frees the mark. NULL is let pass. */
void owner_release(const volatile unsigned char *owner);

/* Whether this is still the process that made the mark. */
static inline bool
owner_is_us(const volatile unsigned char *owner)
{
	return *owner != 0;
}

/* The same; NULL: nobody asks. */
static inline bool
owner_is_here(const volatile unsigned char *owner)
{
	return owner == NULL || owner_is_us(owner);
}

#endif
