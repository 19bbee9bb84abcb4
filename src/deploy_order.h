/* src/deploy_order.h - who is started before whom. */
#ifndef BUSKIN_SRC_DEPLOY_ORDER_H
#define BUSKIN_SRC_DEPLOY_ORDER_H

#include "deploy.h"

/* Puts the actors of a sound deployment in the order of starting: whoever is
 * wired to comes before whoever sends, as far as there are no cycles; services
 * (actors called as their class) come as early as they can, since others look
 * for them by that name. */
void deploy_order(struct deploy_load *load);

#endif
