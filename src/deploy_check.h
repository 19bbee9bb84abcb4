/* src/deploy_check.h - a deployment looked at as a whole. */
#ifndef BUSKIN_SRC_DEPLOY_CHECK_H
#define BUSKIN_SRC_DEPLOY_CHECK_H

#include "deploy.h"

/* Cycles in which every mailbox suspends, actors that nothing reaches, and
 * more descriptors than the process may have. Wires must have been read. */
void deploy_check(struct deploy_load *load);

#endif
