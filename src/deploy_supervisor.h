/* src/deploy_supervisor.h - the section "supervisors". */
#ifndef BUSKIN_SRC_DEPLOY_SUPERVISOR_H
#define BUSKIN_SRC_DEPLOY_SUPERVISOR_H

#include "deploy.h"

/* Reads the section, and adds the supervisor of those who name none. */
void deploy_supervisor_read(struct deploy_load *load);

#endif
