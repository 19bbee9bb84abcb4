/* src/deploy_top.h - what a deployment says about itself and its system. */
#ifndef BUSKIN_SRC_DEPLOY_TOP_H
#define BUSKIN_SRC_DEPLOY_TOP_H

#include "deploy_say.h"

/* Reads the head of the document and the sections "system" and "plugins". */
void deploy_top_read(struct deploy_load *load);

/* Whether a name may be one: letters, digits, - and _, not too long. An error
 * at the spot otherwise. */
bool deploy_top_name(struct deploy_load *load, struct deploy_spot spot,
    const char *name);

#endif
