/* src/deploy_supervisor.h - the section "supervisors". */
#ifndef BUSKIN_SRC_DEPLOY_SUPERVISOR_H
#define BUSKIN_SRC_DEPLOY_SUPERVISOR_H

#include "deploy.h"

/* Reads the section, and adds the supervisor of those who name none. */
void deploy_supervisor_read(struct deploy_load *load);

/* The supervisor that an object names under the key "supervisor", whether there
 * is one or not (an error is told then); `otherwise` when it names none. */
const char *deploy_supervisor_named(struct deploy_load *load,
    const bsk_json *object, const char *otherwise);

#endif
