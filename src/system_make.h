/* system_make.h - making a system with a world of one's own. */
#ifndef SYSTEM_MAKE_H
#define SYSTEM_MAKE_H

#include "system.h"

/* As bsk_system_create; `os` NULL: as the options say. */
int system_make(const struct bsk_system_options *options,
    const struct bsk_os *os, struct bsk_system **ret_system);

#endif
