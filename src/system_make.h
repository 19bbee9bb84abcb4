/* system_make.h - making a system with a world of one's own, and its last
 * hour.
 */
#ifndef SYSTEM_MAKE_H
#define SYSTEM_MAKE_H

#include "system.h"

/* As bsk_system_create; `os` NULL: as the options say. `owner` is lent until
 * the system is freed; NULL: it makes its own. */
int system_make(const struct bsk_system_options *options,
    const struct bsk_os *os, const volatile unsigned char *owner,
    struct bsk_system **ret_system);

/* Brings all that lives or is under way to its end; the books are closed then.
 * What is left to do is bsk_system_destroy. */
void system_settle(struct bsk_system *system);

#endif
