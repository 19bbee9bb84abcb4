/* src/deploy_own.h - the actors that a deployment adds of its own. */
#ifndef BUSKIN_SRC_DEPLOY_OWN_H
#define BUSKIN_SRC_DEPLOY_OWN_H

#include "deploy.h"

/* Adds what serves the section "inspector", what does as "on_signal" says, and
 * what tells the service manager when there is one. Of the latter two, those
 * whose class there is. */
void deploy_own_add(struct deploy_load *load);

#endif
