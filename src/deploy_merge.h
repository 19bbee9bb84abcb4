/* src/deploy_merge.h - several sources laid over each other. */
#ifndef BUSKIN_SRC_DEPLOY_MERGE_H
#define BUSKIN_SRC_DEPLOY_MERGE_H

#include "deploy.h"

/* One tree of all sources, each laid over those before it as RFC 7396 merges a
 * patch, with variables expanded. Each must be an object. False after a
 * mistake that leaves no tree, and for want of memory. */
bool deploy_merge(struct deploy_load *load);

#endif
