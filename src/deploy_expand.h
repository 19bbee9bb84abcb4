/* src/deploy_expand.h - variables in strings. */
#ifndef BUSKIN_SRC_DEPLOY_EXPAND_H
#define BUSKIN_SRC_DEPLOY_EXPAND_H

#include "deploy.h"

/* The string value with its variables expanded, as a value of its own. When
 * that cannot be done it is an error, and the string is copied as it is. NULL
 * for want of memory, which is remembered in `load`. */
bsk_json *deploy_expand(struct deploy_load *load,
    const struct deploy_source *source, const bsk_json *string);

/* The value of a variable, from where the load's options say; NULL: unset. */
const char *deploy_variable(const struct deploy_load *load, const char *name);

#endif
