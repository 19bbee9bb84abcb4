/* sim.h - making a simulated system with a mark of its owner that is there
 * already: an exploration makes thousands.
 */
#ifndef SIM_H
#define SIM_H

#include "system.h"

/* As bsk_sim_create; `owner` is lent until the system is freed; NULL: it makes
 * its own. */
int sim_make(const struct bsk_system_options *options, uint64_t seed,
    const volatile unsigned char *owner, struct bsk_system **ret_system);

#endif
