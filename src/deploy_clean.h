/* src/deploy_clean.h - foreign bytes made fit to be shown. */
#ifndef BUSKIN_SRC_DEPLOY_CLEAN_H
#define BUSKIN_SRC_DEPLOY_CLEAN_H

#include <stddef.h>

/* The bytes as UTF-8 for a terminal: control characters but the tab, and what
 * is no UTF-8, become \xNN. From malloc(3), the caller's; NULL: no memory. */
char *deploy_clean(const char *bytes, size_t size);

/* The line of a text that `offset` is in, cut when it is long; `ret_caret` is
 * the character of it that is meant, from 0. As deploy_clean. */
char *deploy_excerpt(const char *text, size_t size, size_t offset,
    unsigned *ret_caret);

#endif
