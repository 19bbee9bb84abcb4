/* src/deploy_source.h - the files of a deployment, read. */
#ifndef BUSKIN_SRC_DEPLOY_SOURCE_H
#define BUSKIN_SRC_DEPLOY_SOURCE_H

#include "deploy.h"

/* Reads all sources of the options into `load->sources`; each that is no
 * document is an error. Returns whether all are. */
bool deploy_source_read(struct deploy_load *load);

/* Frees them. */
void deploy_source_release(struct deploy_load *load);

#endif
